"""Turns a training plan into batches of token ids."""

from collections import Counter
from random import Random
from typing import Callable, Iterator, NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor

from .plan import Training
from .problems import OPERANDS
from .skills import Example
from .splits import stream
from .tokens import BOS, EOS, PAD

CHUNK = 32
"""Batches that are drawn at once, so that texts of like length can share a batch."""

IGNORED = -100
"""Label of a token that is not learnt."""

Text = tuple[list[int], list[int]]
"""Token ids of one example and their labels."""


class Batch(NamedTuple):
    """Token ids and labels, both [B, T], padded on the right with PAD and IGNORED."""

    ids: Tensor
    labels: Tensor


def batches(training: Training, tokenizer: Tokenizer, shard: int = 0, by_story: bool = True) -> Iterator[Batch]:
    """The batches of one shard, `training.taken` of them. The plan alone decides what is in them."""
    size = training.batch // training.shards
    rng = Random(training.batch_seed(shard))
    draws = {skill: _draw_from(training, skill, shard, rng, by_story) for skill in training.mix}
    for start in range(0, training.taken, CHUNK):
        skills = _choose_skills(training, rng, size)
        texts = _encode([draws[skill]() for skill in skills], tokenizer, learn_prompt=training.loss == "all")
        texts.sort(key=lambda text: len(text[0]))
        groups = [texts[i : i + size] for i in range(0, len(texts), size)]
        rng.shuffle(groups)
        for group in groups[: training.taken - start]:
            yield _pad(group)


def rows_per_skill(training: Training) -> Counter[str]:
    """How many examples of each skill the first shard of a run draws. Not for runs with `distinct` examples."""
    size = training.batch // training.shards
    rng = Random(training.batch_seed(0))
    counts: Counter[str] = Counter()
    for _ in range(0, training.taken, CHUNK):
        counts.update(_choose_skills(training, rng, size))
        rng.shuffle(list(range(CHUNK)))
    return counts


def _choose_skills(training: Training, rng: Random, size: int) -> list[str]:
    return rng.choices(list(training.mix), list(training.mix.values()), k=size * CHUNK)


def _draw_from(training: Training, skill: str, shard: int, rng: Random, by_story: bool) -> Callable[[], Example]:
    examples = stream(skill, "train", training.stream_seed(shard), OPERANDS[training.operands], by_story)
    if training.distinct is None:
        return lambda: next(examples)
    few = [next(examples) for _ in range(training.distinct)]
    return lambda: rng.choice(few)


def _encode(examples: list[Example], tokenizer: Tokenizer, learn_prompt: bool) -> list[Text]:
    prompts = tokenizer.encode_batch([example.prompt for example in examples], add_special_tokens=False)
    targets = tokenizer.encode_batch([example.target for example in examples], add_special_tokens=False)
    texts: list[Text] = []
    for example, prompt, target in zip(examples, prompts, targets, strict=True):
        head = [BOS, *prompt.ids]
        tail = target.ids if example.is_open else [*target.ids, EOS]
        texts.append((head + tail, (head if learn_prompt else [IGNORED] * len(head)) + tail))
    return texts


def _pad(group: list[Text]) -> Batch:
    longest = max(len(ids) for ids, _ in group)
    return Batch(
        torch.tensor([ids + [PAD] * (longest - len(ids)) for ids, _ in group]),
        torch.tensor([labels + [IGNORED] * (longest - len(labels)) for _, labels in group]),
    )
