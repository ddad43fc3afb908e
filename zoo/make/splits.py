"""Which prompts may be trained on, searched on and scored on.

The split of a prompt is a hash of the task and the prompt, so splits never share a prompt, whatever the seed and
however many items are drawn.
"""

from hashlib import md5
from itertools import islice
from random import Random
from typing import Iterator, Literal

from .problems import OPERANDS, Operands
from .skills import SKILLS, Example

Split = Literal["train", "search", "holdout"]


_SAME_STREAM = {"ja-read-last": "ja-read"}
"""Skills that are drawn and split under another skill's name."""


def split_of(skill: str, prompt: str) -> Split:
    """10 % of all prompts are holdout, 5 % search, the rest train."""
    bucket = int(md5(f"{skill}\n{prompt}".encode()).hexdigest()[:8], 16) % 100
    return "holdout" if bucket < 10 else "search" if bucket < 15 else "train"


def stream(
    skill: str, split: Split, seed: int, limits: Operands = OPERANDS["narrow"], by_story: bool = True
) -> Iterator[Example]:
    """Endless examples of one skill and split; prompts may come again.

    `ja-read` shows a gsm-ja story together with a part of its solution, so its split is that of the story as a gsm-ja
    prompt: training never meets a story that gsm-ja holds out. `by_story=False` is the earlier rule (the hash of
    ja-read's own prompt), under which the shipped ja models were trained; see `tasks.stories_read_by_ja`.
    """
    name = _SAME_STREAM.get(skill, skill)
    rng = Random(f"{name}/{split}/{seed}")
    draw = SKILLS[skill]
    while True:
        example = draw(rng, limits)
        if by_story and name == "ja-read":
            where = split_of("gsm-ja", example.story + "\n答：")
        else:
            where = split_of(name, example.prompt)
        if where == split:
            yield example


def different(examples: Iterator[Example], count: int) -> list[Example]:
    """The first `count` examples whose prompts differ."""
    return list(islice(_without_repeats(examples), count))


def _without_repeats(examples: Iterator[Example]) -> Iterator[Example]:
    seen: set[str] = set()
    for example in examples:
        if example.prompt not in seen:
            seen.add(example.prompt)
            yield example
