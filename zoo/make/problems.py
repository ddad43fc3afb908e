"""Word problems: one story told in both languages, and the steps that solve it."""

from dataclasses import dataclass, field
from random import Random

from .lexicon import BOXES, GAINS, ITEMS, LOSSES, NAMES, Thing, Word, kanji


@dataclass(frozen=True)
class Operands:
    """The largest numbers that a problem may add or subtract; every result stays within 0..99."""

    first: int
    minuend: int
    second: int
    later: int


OPERANDS = {
    "narrow": Operands(first=40, minuend=50, second=9, later=9),
    "medium": Operands(first=50, minuend=70, second=20, later=15),
    "wide": Operands(first=50, minuend=90, second=40, later=30),
}
"""`narrow` is what the tasks use; the earlier stages of training use the others."""


@dataclass(frozen=True)
class Step:
    """One computation, `left operator right = result`."""

    left: int
    operator: str
    right: int

    @property
    def result(self) -> int:
        match self.operator:
            case "+":
                return self.left + self.right
            case "-":
                return self.left - self.right
            case _:
                return self.left * self.right

    @property
    def question(self) -> str:
        return f"{self.left}{self.operator}{self.right}"

    def __str__(self) -> str:
        return f"{self.question}={self.result}"


@dataclass
class Problem:
    """A story under construction. `en` and `ja` hold one sentence per entry, the question last."""

    item: Thing
    form: str
    en: list[str] = field(default_factory=list)
    ja: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def answer(self) -> int:
        return self.steps[-1].result

    @property
    def work(self) -> str:
        """The worked solution, `6*7=42, 42-9=33`."""
        return ", ".join(map(str, self.steps))

    @property
    def expression(self) -> str:
        """All steps in one line without results, `6*7-9`."""
        return self.steps[0].question + "".join(f"{s.operator}{s.right}" for s in self.steps[1:])

    def owns(self, who: Word, count: int) -> None:
        self.en.append(f"{who.en} has {count} {self.item.en}.")
        self.ja.append(f"{who.ja}は{self.item.ja}を{kanji(count)}{self.item.counter}持つ。")

    def gains(self, who: Word, count: int, verb: Word) -> None:
        self.en.append(f"{who.en} {verb.en} {count} more.")
        self.ja.append(f"{who.ja}は{kanji(count)}{self.item.counter}{verb.ja}。")

    def loses(self, who: Word, count: int, verb: Word) -> None:
        self.en.append(f"{who.en} {verb.en} {count}.")
        self.ja.append(f"{who.ja}は{kanji(count)}{self.item.counter}{verb.ja}。")

    def boxes(self, boxes: int, each: int, box: Thing) -> None:
        self.en.append(f"There are {boxes} {box.en} with {each} {self.item.en} each.")
        self.ja.append(f"{box.ja}が{kanji(boxes)}{box.counter}あり、{self.item.ja}が{kanji(each)}{self.item.counter}ずつある。")

    def asks(self, everyone: bool) -> None:
        self.en.append(f"How many {self.item.en}{' in all' if everyone else ''}?")
        self.ja.append(f"{'全部で' if everyone else ''}{self.item.ja}は何{self.item.counter}？")


_FORMS = {
    "add": 4, "sub": 4, "sum": 3, "mul": 3,
    "add-sub": 1.5, "add-add": 1.5, "mul-add": 1.5, "mul-sub": 1.5,
}
"""How often each form is drawn. The name tells the operations; `sum` adds what two people have."""


def draw_problem(rng: Random, limits: Operands) -> Problem:
    """Draws one problem. The order of the draws is fixed: it decides which problem a seed gives."""
    hero, other = rng.sample(NAMES, 2)
    item = rng.choice(ITEMS)
    problem = Problem(item, rng.choices(list(_FORMS), list(_FORMS.values()))[0])
    _first_step(rng, limits, problem, hero, other)
    _second_step(rng, limits, problem, hero)
    problem.asks(everyone=problem.form == "sum")
    return problem


def _first_step(rng: Random, limits: Operands, problem: Problem, hero: Word, other: Word) -> None:
    match problem.form:
        case "add" | "sum" | "add-sub" | "add-add":
            left, right = rng.randint(2, limits.first), rng.randint(2, limits.second)
            problem.steps.append(Step(left, "+", right))
            problem.owns(hero, left)
            if problem.form == "sum":
                problem.owns(other, right)
            else:
                problem.gains(hero, right, rng.choice(GAINS))
        case "sub":
            left = rng.randint(3, limits.minuend)
            right = rng.randint(2, min(left, limits.second))
            problem.steps.append(Step(left, "-", right))
            problem.owns(hero, left)
            problem.loses(hero, right, rng.choice(LOSSES))
        case _:
            left, right = rng.randint(2, 9), rng.randint(2, 9)
            problem.steps.append(Step(left, "*", right))
            problem.boxes(left, right, rng.choice(BOXES))


def _second_step(rng: Random, limits: Operands, problem: Problem, hero: Word) -> None:
    so_far = problem.answer
    if problem.form.endswith("-sub"):
        right = rng.randint(2, min(so_far, limits.later))
        problem.steps.append(Step(so_far, "-", right))
        problem.loses(hero, right, rng.choice(LOSSES))
    elif problem.form.endswith("-add"):
        right = rng.randint(1, min(99 - so_far, limits.later)) if so_far < 99 else 0
        problem.steps.append(Step(so_far, "+", right))
        problem.gains(hero, right, rng.choice(GAINS))
