"""How much, said in words where digits are needed: "by a third", "by ten percent", "by roughly 10 %"."""

from __future__ import annotations

import re

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.tokens import Text
from salesgoals_kit.goals.vocabulary import CURRENCIES, MEANS, NUMBERS, SIZES, UNITS

_ABOUT = "about roughly around approximately approx circa ca some nearly almost only just at_least more_than"
_TENS = "fifteen twenty thirty forty fifty sixty seventy eighty ninety"
_MANY = f"half another several few a_few couple_of a_couple_of many {_TENS}"
_PARTS = "half third thirds quarter quarters fifth fifths sixth eighth tenth tenths lot hundred dozen week weeks"


def _any(*words: str) -> str:
    return "|".join(sorted((re.escape(word.replace("_", " ")) for word in words), key=len, reverse=True))


_UNIT = _any(*_PARTS.split(), *UNITS, *SIZES, *CURRENCIES)
_COUNT = rf"{_any(*NUMBERS, *_MANY.split())}|\d[\d.,' ]*"
_HOW_MUCH = re.compile(
    rf"(?:(?:(?:{_any(*_ABOUT.split())}) )*(?:(?:{_COUNT}) )+(?:{_UNIT})(?: (?:{_UNIT}))*"  # roughly ten percent
    rf"|(?:(?:{_any(*_ABOUT.split())}) )*(?:{_any(*NUMBERS, *_MANY.split())})"  # ten; half
    rf"|(?:(?:{_any(*_ABOUT.split())}) )+\d[\d.,' ]*"  # about 20
    rf"|{_any(*SIZES)})"  # millions
    rf"(?: (?:by|{_any(*MEANS)}) .*)?"
)


def refuse_uncounted(text: Text, first: int, after: int) -> None:
    """Raise ParamError where words that would be what is going to be done only say how much."""
    words = " ".join(token.text for token in text.tokens[first:after])
    if _HOW_MUCH.fullmatch(words):
        where = f"goal {text.marked(first, after)!r}"
        fault = Fault(where, "how much is said in words", "a number in digits with its unit", "as in 'by 10 %'")
        raise ParamError("The goal is not understood.", [fault])
