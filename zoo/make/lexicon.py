"""The words of the world, each in English and Japanese, and kanji numerals.

The order of every list matters: examples are drawn by index, so a reordered list gives other examples for the same seed.
"""

from typing import NamedTuple


class Word(NamedTuple):
    """One meaning in both languages."""

    en: str
    ja: str


class Thing(NamedTuple):
    """A countable noun: English plural, Japanese noun, and the Japanese counter that follows its number."""

    en: str
    ja: str
    counter: str


NAMES = (
    Word("Tom", "太郎"), Word("Mary", "花子"), Word("Ken", "健"), Word("Lucy", "由美"),
    Word("Bob", "次郎"), Word("Anna", "愛"), Word("Jim", "学"), Word("Emma", "恵"),
)
ITEMS = (
    Thing("apples", "りんご", "個"), Thing("eggs", "卵", "個"), Thing("books", "本", "冊"),
    Thing("notes", "ノート", "冊"), Thing("coins", "コイン", "枚"), Thing("cards", "カード", "枚"),
    Thing("dogs", "犬", "匹"), Thing("cats", "猫", "匹"), Thing("pens", "ペン", "本"),
    Thing("flowers", "花", "本"),
)
BOXES = (Thing("boxes", "箱", "個"), Thing("bags", "袋", "個"), Thing("shelves", "棚", "個"))
COLOURS = (
    Word("red", "赤い"), Word("blue", "青い"), Word("white", "白い"),
    Word("black", "黒い"), Word("green", "緑の"), Word("yellow", "黄色の"),
)
PLACES = (
    Word("park", "公園"), Word("school", "学校"), Word("station", "駅"),
    Word("house", "家"), Word("shop", "店"), Word("river", "川"),
)
GAINS = (Word("buys", "買う"), Word("finds", "見つける"), Word("gets", "もらう"))
LOSSES = (Word("sells", "売る"), Word("loses", "なくす"), Word("gives away", "あげる"))

_DIGITS = "零一二三四五六七八九"


def kanji(number: int) -> str:
    """The kanji numeral of 0..99: 7 is 七, 12 is 十二, 40 is 四十."""
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")
