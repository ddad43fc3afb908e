"""Scores a model folder on a task file: greedy generation, exact match of the extracted answer."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable

import yaml

from .checkpoint import Weights
from .network import generate
from .tokens import BOS, open_tokenizer

_BATCH = 250


@dataclass(frozen=True)
class Task:
    """What scoring needs of a `generate_until` task file with one regex filter."""

    name: str
    items: list[dict[str, Any]]
    pattern: re.Pattern[str]
    limit: int


def load_task(folder: Path, split: str, count: int | None = None) -> Task:
    """The task in zoo/tasks/<name>, with the first `count` items of a split."""
    config = yaml.safe_load((folder / f"{folder.name}.yaml").read_text())
    lines = (folder / config["dataset_kwargs"]["data_files"][split]).read_text().splitlines()
    filters = config["filter_list"][0]["filter"]
    pattern = next(step["regex_pattern"] for step in filters if step["function"] == "regex")
    return Task(
        config["task"], [json.loads(line) for line in lines[:count]], re.compile(pattern),
        config["generation_kwargs"]["max_gen_toks"],
    )


def outputs(model: Path, weights: Weights, task: Task) -> list[str]:
    """What the model writes for every item, in the order of the items. Texts of like length share a batch."""
    tokenizer = open_tokenizer(model)
    prompts = [[BOS, *tokenizer.encode(item["prompt"], add_special_tokens=False).ids] for item in task.items]
    order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
    written = [""] * len(prompts)
    for start in range(0, len(order), _BATCH):
        part = order[start : start + _BATCH]
        for index, ids in zip(part, generate(weights, [prompts[i] for i in part], task.limit), strict=True):
            written[index] = tokenizer.decode(ids, skip_special_tokens=False)
    return written


def percent_right(task: Task, written: Iterable[str]) -> float:
    """The share of items whose extracted answer is the reference, in percent."""
    found = [task.pattern.search(text) for text in written]
    right = [match is not None and match[1] == item["answer"] for match, item in zip(found, task.items, strict=True)]
    return 100 * sum(right) / len(right)
