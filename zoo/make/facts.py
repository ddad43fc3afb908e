"""Stories of facts: who has what, who likes which colour, who is where, and a question about one of them."""

from dataclasses import dataclass
from random import Random
from typing import Sequence

from .lexicon import COLOURS, ITEMS, NAMES, PLACES, Thing, Word, kanji


@dataclass(frozen=True)
class Question:
    """A question with its answer in both languages; `options` are all answers of its kind, where they are few."""

    kind: str
    text: Word
    answer: Word
    options: Sequence[Word | Thing] | None = None


@dataclass(frozen=True)
class Facts:
    """One sentence per fact in each language, and the question that was picked."""

    en: list[str]
    ja: list[str]
    question: Question


def draw_facts(rng: Random) -> Facts:
    """Draws two or three facts about different people. The order of the draws is fixed."""
    count = rng.choice([2, 2, 3])
    drawn = [_draw_fact(rng, person) for person in rng.sample(NAMES, count)]
    return Facts(
        en=[sentence.en for sentence, _ in drawn],
        ja=[sentence.ja for sentence, _ in drawn],
        question=rng.choice([question for _, question in drawn]),
    )


def _draw_fact(rng: Random, person: Word) -> tuple[Word, Question]:
    """One sentence and the question that it answers."""
    match rng.choice(["own", "own", "colour", "where"]):
        case "own":
            return _draw_possession(rng, person)
        case "colour":
            item, colour = rng.choice(ITEMS), rng.choice(COLOURS)
            sentence = Word(f"{person.en} likes {colour.en} {item.en}.", f"{person.ja}は{colour.ja}{item.ja}が好き。")
            text = Word(f"What colour does {person.en} like?", f"{person.ja}の好きな色は？")
            return sentence, Question("colour", text, colour, COLOURS)
        case _:
            place = rng.choice(PLACES)
            sentence = Word(f"{person.en} is at the {place.en}.", f"{person.ja}は{place.ja}にいる。")
            text = Word(f"Where is {person.en}?", f"{person.ja}はどこ？")
            return sentence, Question("where", text, place, PLACES)


def _draw_possession(rng: Random, person: Word) -> tuple[Word, Question]:
    item, count = rng.choice(ITEMS), rng.randint(2, 99)
    sentence = Word(
        f"{person.en} has {count} {item.en}.", f"{person.ja}は{item.ja}を{kanji(count)}{item.counter}持つ。"
    )
    if rng.random() < 0.5:
        text = Word(f"How many {item.en} does {person.en} have?", f"{person.ja}の{item.ja}は何{item.counter}？")
        return sentence, Question("many", text, Word(str(count), kanji(count)))
    text = Word(f"What does {person.en} have?", f"{person.ja}は何を持つ？")
    return sentence, Question("what", text, Word(item.en, item.ja), ITEMS)
