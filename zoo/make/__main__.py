"""The command: `python3 -m zoo.make tasks | train | score | tokenizer`; see README.md."""

import argparse
import sys
from pathlib import Path

import torch

from .checkpoint import Size, load_weights, random_weights, save_model
from .plan import PLAN, stages_of
from .score import load_task, outputs, percent_right
from .skills import TASKS
from .tasks import task_files
from .tokens import build_tokenizer, open_tokenizer
from .train import train

ZOO = Path(__file__).resolve().parent.parent


def say(text: str) -> None:
    print(text, flush=True)


def make_tasks(args: argparse.Namespace) -> int:
    """Writes the items, or compares them with those that are there."""
    different = 0
    for path, text in task_files().items():
        file = args.out / path
        if args.check:
            same = file.exists() and file.read_text() == text
            different += not same
            say(f"{'same     ' if same else 'DIFFERENT'} {path}")
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    return 1 if different else 0


def make_models(args: argparse.Namespace) -> int:
    """Trains models, each after the stages that lead to it; parents are taken from --out, else from the shipped zoo."""
    groups = {"models": [n for n, t in PLAN.items() if t.kind == "models"],
              "catalog": [n for n, t in PLAN.items() if t.kind == "catalog"]}
    names = [name for asked in args.names for name in groups.get(asked, [asked])]
    for name in dict.fromkeys(stage for name in names for stage in stages_of(name)):
        training = PLAN[name]
        parent = training.parent and folder_of(training.parent, args.out)
        tokenizer_folder = parent or ZOO / "models" / "base"
        say(f"{name}: {training.note}")
        start = load_weights(parent) if parent else random_weights(Size(), training.seed)
        tokenizer, dtype = open_tokenizer(tokenizer_folder), getattr(torch, args.dtype)
        weights, record = train(training, start, tokenizer, dtype, lambda line: say(f"  {line}"))
        save_model(args.out / training.kind / name, weights, tokenizer_folder, record)
    return 0


def folder_of(name: str, out: Path) -> Path:
    """Where a model is: freshly made, or shipped."""
    fresh = out / PLAN[name].kind / name
    return fresh if fresh.exists() else ZOO / PLAN[name].kind / name


def score_models(args: argparse.Namespace) -> int:
    """Prints a row per model: the score on each task in percent."""
    tasks = [load_task(ZOO / "tasks" / name, args.split, args.limit) for name in args.tasks.split(",")]
    for model in args.models:
        weights = load_weights(model)
        scores = [f"{task.name} {percent_right(task, outputs(model, weights, task)):.1f}" for task in tasks]
        say(f"{model}: {', '.join(scores)}")
    return 0


def make_tokenizer(args: argparse.Namespace) -> int:
    """Trains a new tokenizer."""
    build_tokenizer(args.out)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m zoo.make", description="Rebuilds the zoo.")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch (default 1)")
    commands = parser.add_subparsers(required=True)

    tasks = commands.add_parser("tasks", help="write the items of all tasks")
    tasks.add_argument("--out", type=Path, default=ZOO / "tasks")
    tasks.add_argument("--check", action="store_true", help="write nothing; tell which files differ")
    tasks.set_defaults(run=make_tasks)

    models = commands.add_parser("train", help="train models and the stages that lead to them")
    models.add_argument("names", nargs="+", choices=[*PLAN, "models", "catalog"], metavar="NAME",
                        help=f"models, catalog, or any of {', '.join(PLAN)}")
    models.add_argument("--out", type=Path, required=True)
    models.add_argument("--dtype", choices=["bfloat16", "float32"], default="bfloat16",
                        help="of activations and products; bfloat16 as the shipped models, float32 is faster on "
                        "processors without bfloat16 instructions")
    models.set_defaults(run=make_models)

    score = commands.add_parser("score", help="score model folders on the tasks")
    score.add_argument("models", nargs="+", type=Path)
    score.add_argument("--tasks", default=",".join(TASKS))
    score.add_argument("--split", choices=["train", "search", "holdout"], default="holdout")
    score.add_argument("--limit", type=int, help="only the first items")
    score.set_defaults(run=score_models)

    tokenizer = commands.add_parser("tokenizer", help="train a new tokenizer (does not fit the shipped weights)")
    tokenizer.add_argument("--out", type=Path, required=True)
    tokenizer.set_defaults(run=make_tokenizer)

    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    return args.run(args)


if __name__ == "__main__":
    sys.exit(main())
