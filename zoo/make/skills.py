"""The skills of the world: each is a function that draws one example of a prompt and its completion.

Tasks (scored)         gsm-en, gsm-ja, ja-qa, ja-trans, ja-num, ja-expr, recall-en, code
Training only          en-expr, ja-read, ja-read-last, calc
"""

from dataclasses import dataclass
from random import Random
from typing import Any, Callable

from .facts import draw_facts
from .lexicon import kanji
from .problems import Operands, Problem, draw_problem
from .programs import draw_list_operation, draw_program


@dataclass(frozen=True)
class Example:
    """What a model is shown and what it should write.

    `target` is the whole completion, `answer` the part of it that the task's pattern extracts. An `is_open` example ends
    in the middle of a text: training adds no end-of-text token to it.
    """

    kind: str
    prompt: str
    target: str
    answer: str
    choices: tuple[str, ...] | None = None
    is_open: bool = False

    @property
    def story(self) -> str:
        """The first line of the prompt: the story without the request."""
        return self.prompt.split("\n", 1)[0]

    def to_json(self) -> dict[str, Any]:
        """The item as it stands in a task's .jsonl file."""
        item: dict[str, Any] = {
            "kind": self.kind, "prompt": self.prompt, "target": self.target, "answer": self.answer,
        }
        return item if self.choices is None else {**item, "choices": list(self.choices)}


Skill = Callable[[Random, Operands], Example]


# ---------------------------------------------------------------- word problems


def _english(problem: Problem) -> str:
    return "Q: " + " ".join(problem.en)


def _japanese(problem: Problem) -> str:
    return "問：" + "".join(problem.ja)


def gsm_en(rng: Random, limits: Operands) -> Example:
    """An English word problem, solved step by step in digits."""
    problem = draw_problem(rng, limits)
    answer = str(problem.answer)
    return Example(problem.form, _english(problem) + "\nA:", f"{problem.work}\nAnswer: {answer}", answer)


def gsm_ja(rng: Random, limits: Operands) -> Example:
    """The same in Japanese, with the answer as a kanji numeral: the composite task that no expert is trained on."""
    problem = draw_problem(rng, limits)
    answer = kanji(problem.answer)
    return Example(problem.form, _japanese(problem) + "\n答：", f"{problem.work}\n答え：{answer}", answer)


def en_expr(rng: Random, limits: Operands) -> Example:
    """An English word problem to an expression, nothing computed."""
    problem = draw_problem(rng, limits)
    return Example(problem.form, _english(problem) + "\nExpr:", problem.expression, problem.expression)


def ja_expr(rng: Random, limits: Operands) -> Example:
    """A Japanese word problem to an expression, nothing computed."""
    problem = draw_problem(rng, limits)
    return Example(problem.form, _japanese(problem) + "\n式：", problem.expression, problem.expression)


def ja_read(rng: Random, limits: Operands) -> Example:
    """The language half of gsm-ja: everything but the results.

    The worked solution is cut at a random step. The target is the next piece that needs no computing: the next
    expression up to "=" (open), or, once the last result is given, that result as a kanji numeral.
    """
    problem = draw_problem(rng, limits)
    steps = problem.steps
    given = rng.choice([0, *range(1, len(steps) + 1), len(steps)])
    return _read(problem, given)


def ja_read_last(rng: Random, limits: Operands) -> Example:
    """An earlier form of ja-read, only its last line; `ja-early` in the catalogue was trained on such examples."""
    problem = draw_problem(rng, limits)
    return _read(problem, len(problem.steps))


def _read(problem: Problem, given: int) -> Example:
    prompt = _japanese(problem) + "\n答：" + ", ".join(map(str, problem.steps[:given]))
    if given == len(problem.steps):
        answer = kanji(problem.answer)
        return Example("read", prompt, f"\n答え：{answer}", answer)
    expression = problem.steps[given].question + "="
    return Example("open", prompt, (", " if given else "") + expression, expression, is_open=True)


def calc(rng: Random, limits: Operands) -> Example:
    """An equation to compute that has nothing to do with the story before it, so that only the equation matters."""
    unrelated = draw_problem(rng, limits)
    problem = draw_problem(rng, limits)
    steps = problem.steps
    at = rng.randrange(len(steps))
    story = _english(unrelated) + "\n" if rng.random() < 0.4 else ""
    before = "".join(f"{step}, " for step in steps[:at])
    after = "".join(f", {step}" for step in steps[at + 1 :])
    answer = str(problem.answer)
    return Example(
        "calc", f"{story}A:{before}{steps[at].question}", f"={steps[at].result}{after}\nAnswer: {answer}", answer
    )


# ---------------------------------------------------------------- recall


def recall_en(rng: Random, _: Operands) -> Example:
    """A question about an English story of facts."""
    facts = draw_facts(rng)
    question, answer = facts.question, facts.question.answer.en
    choices = None if question.options is None else tuple(option.en for option in question.options)
    return Example(
        question.kind, "Q: " + " ".join([*facts.en, question.text.en]) + "\nA:", f"Answer: {answer}", answer, choices
    )


def ja_qa(rng: Random, _: Operands) -> Example:
    """A question about a Japanese story of facts."""
    facts = draw_facts(rng)
    question, answer = facts.question, facts.question.answer.ja
    choices = None if question.options is None else tuple(option.ja for option in question.options)
    return Example(
        question.kind, "問：" + "".join([*facts.ja, question.text.ja]) + "\n答：", f"答え：{answer}", answer, choices
    )


# ---------------------------------------------------------------- translation, numerals


def ja_trans(rng: Random, limits: Operands) -> Example:
    """Translation of a sentence or two, more often into English."""
    en, ja = _draw_parallel_text(rng, limits)
    if rng.random() < 0.65:
        return Example("ja-en", f"英訳：{ja}\n訳：", en, en)
    return Example("en-ja", f"和訳：{en}\n訳：", ja, ja)


def _draw_parallel_text(rng: Random, limits: Operands) -> tuple[str, str]:
    """One or two neighbouring sentences of a word problem or of a list of facts, or a question about facts."""
    if rng.random() < 0.6:
        problem = draw_problem(rng, limits)
        start = rng.randrange(len(problem.en))
        stop = start + rng.choice([1, 2, 2])
        return " ".join(problem.en[start:stop]), "".join(problem.ja[start:stop])
    facts = draw_facts(rng)
    if rng.random() < 0.3:
        return facts.question.text
    start = rng.randrange(len(facts.en))
    return " ".join(facts.en[start : start + 2]), "".join(facts.ja[start : start + 2])


def ja_num(rng: Random, _: Operands) -> Example:
    """One to three numbers between digits and kanji numerals."""
    count = rng.choice([1, 2, 2, 3])
    numbers = [rng.randint(0, 99) for _ in range(count)]
    digits, numerals = " ".join(map(str, numbers)), "、".join(map(kanji, numbers))
    if rng.random() < 0.5:
        return Example("to-digits", f"数字：{numerals}\n答：", digits, digits)
    return Example("to-kanji", f"漢字：{digits}\n答：", numerals, numerals)


# ---------------------------------------------------------------- code


def code(rng: Random, _: Operands) -> Example:
    """A list operation to carry out, or words to turn into a program."""
    kind, prompt, target = draw_list_operation(rng) if rng.random() < 0.65 else draw_program(rng)
    return Example(kind, prompt, target, target)


TASKS: dict[str, Skill] = {
    "gsm-en": gsm_en,
    "gsm-ja": gsm_ja,
    "ja-qa": ja_qa,
    "ja-trans": ja_trans,
    "ja-num": ja_num,
    "ja-expr": ja_expr,
    "recall-en": recall_en,
    "code": code,
}
"""The skills that are scored; each has a folder of items in zoo/tasks."""

SKILLS: dict[str, Skill] = {
    **TASKS,
    "en-expr": en_expr,
    "ja-read": ja_read,
    "ja-read-last": ja_read_last,
    "calc": calc,
}
"""All skills by the name that training mixes use."""
