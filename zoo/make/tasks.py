"""Writes the items of the tasks, exactly those that are shipped."""

import json
from itertools import islice
from pathlib import Path

from .batches import rows_per_skill
from .plan import PLAN
from .skills import TASKS, Example
from .splits import Split, different, stream

COUNTS: dict[Split, tuple[int, int]] = {"train": (2000, 1), "search": (200, 2), "holdout": (500, 3)}
"""Items and seed of each split."""


def stories_read_by_ja() -> frozenset[str]:
    """The stories that the shipped ja expert met through ja-read in its two stages of training.

    Those stages were trained when ja-read's split was the hash of its own prompt, so some of the stories are among
    gsm-ja's holdout prompts. They were never shown with a computed result; still they are left out of the holdout items.
    """
    met: set[str] = set()
    for stage in (PLAN["ja3"], PLAN["ja"]):
        examples = stream("ja-read", "train", stage.stream_seed(0), by_story=False)
        met.update(example.story for example in islice(examples, rows_per_skill(stage)["ja-read"]))
    return frozenset(met)


def items(task: str, split: Split) -> list[Example]:
    """The items of one task and split."""
    count, seed = COUNTS[split]
    examples = stream(task, split, seed)
    if (task, split) == ("gsm-ja", "holdout"):
        met = stories_read_by_ja()
        examples = (example for example in examples if example.story not in met)
    return different(examples, count)


def to_jsonl(examples: list[Example]) -> str:
    """One item per line."""
    return "".join(json.dumps(example.to_json(), ensure_ascii=False) + "\n" for example in examples)


def task_files() -> dict[Path, str]:
    """Every items file by its path below zoo/tasks. The -choice tasks hold the items whose answer is one of a few."""
    files: dict[Path, str] = {}
    for task in TASKS:
        for split in COUNTS:
            examples = items(task, split)
            files[Path(task, f"{split}.jsonl")] = to_jsonl(examples)
            closed = [example for example in examples if example.choices]
            if closed and split != "train":
                files[Path(f"{task}-choice", f"{split}.jsonl")] = to_jsonl(closed)
    return files
