"""Times in plain words: a period as it is spoken of, relative to as_of and to the company's fiscal year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.tokens import Text
from salesgoals_kit.goals.vocabulary import MONTHS, ORDINALS
from salesgoals_kit.periods import LENGTH, Grain, Period, month_end, month_number, parse_period

_RELATIVE = {"this": 0, "current": 0, "running": 0, "next": 1, "coming": 1, "last": -1, "previous": -1}
_GRAINS: tuple[Grain, ...] = ("month", "quarter", "year")


@dataclass(frozen=True)
class When:
    """A time: a ``period``, or a ``day`` that is no month's end; ``filled``: its year was not said."""

    period: Period | None
    day: date | None = None
    filled: bool = False


@dataclass(frozen=True)
class Clock:
    """What a time is relative to."""

    as_of: date
    fiscal_year_starts: int = 1

    def around(self, grain: Grain, steps: int = 0) -> Period:
        """Return the period that as_of lies in, or so many later."""
        number, length = month_number(self.as_of), LENGTH[grain]
        offset = (self.fiscal_year_starts - 1) % length
        first = number - (number - offset) % length
        return Period(grain, first, first + length - 1, self.fiscal_year_starts).shifted(steps)

    def coming(self, grain: Grain, which: int) -> Period:
        """Return the quarter (1 to 4) or month (1 to 12) of that number that ends next after as_of."""
        for steps in range(13):
            period = self.around(grain, steps)
            number = (period.last - self.fiscal_year_starts + 1) % 12 // 3 + 1 if grain == "quarter" else 0
            number = number or period.first % 12 + 1
            if number == which and period.end > self.as_of:
                return period
        raise ValueError(f"there is no {grain} {which}")


def when(text: Text, i: int, clock: Clock) -> tuple[When, int] | None:
    """Return the time that begins at a token and the token after it; None where none does.

    when     = [ "the" ] [ ("end" | "close") "of" [ "the" ] ] ( written | year | quarter | month | day | relative )
    written  = "2026" | "2026Q2" | "2026-06" | "2026-06-30" | "30.06.2026" | "06/2026"
    year     = "fy2026" | [ "fy" | "fiscal" [ "year" ] ] number | "year" "end"
    quarter  = ( "q2" | ordinal "quarter" ) [ "of" ] [ number ]
    month    = name [ "of" ] [ number ]
    day      = number [ "of" ] month | name number [ "," ] number
    relative = ( "this" | "next" | … ) ( "month" | "quarter" | "year" )

    Raises ParamError for a day that can be read in two ways, and for one that there is not.
    """
    start = i + 1 if text.is_word(i, ("the",)) else i
    if text.is_word(start, ("end", "close")) and text.is_word(start + 1, ("of",)):
        start += 3 if text.is_word(start + 2, ("the",)) else 2
        if text.is_word(start, _GRAINS):
            return When(clock.around(_grain(text.at(start).text)), filled=True), start + 1
    for form in (_written, _year, _quarter, _day, _month, _relative):
        found = form(text, start, clock)
        if found is not None:
            return found
    return None


def _written(text: Text, i: int, clock: Clock) -> tuple[When, int] | None:
    token = text.at(i)
    if token.kind == "period":
        name = re.sub("[- ]?q", "Q", token.text)
        return When(_parsed(text, i, name, clock)), i + 1
    if token.kind == "day":
        return _dated(text, i, token.text, clock), i + 1
    if token.kind == "date":
        return _numeric(text, i, clock), i + 1
    return None


def _numeric(text: Text, i: int, clock: Clock) -> When:
    """Return a date of numbers; day and month change places from country to country, where a stroke is between."""
    token = text.at(i)
    parts = [int(part) for part in re.split(r"[./]", token.text)]
    if len(parts) == 2:
        return When(_parsed(text, i, f"{parts[1]}-{parts[0]:02}", clock))
    first, second, year = parts
    if "/" in token.text and first <= 12 and second <= 12 and first != second:
        one, two = f"{year}-{second:02}-{first:02}", f"{year}-{first:02}-{second:02}"
        _refuse(text, i, f"{token.text} is {one} or {two}", f"write {one} or {two}", "can be read in two ways")
    if "/" in token.text and second > 12:
        first, second = second, first
    return _dated(text, i, f"{year}-{second:02}-{first:02}", clock)


def _dated(text: Text, i: int, iso: str, clock: Clock) -> When:
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        _refuse(text, i, f"there is no day {iso}", "write it like 2026-06-30")
    number = month_number(day)
    if day == month_end(number):
        return When(Period("month", number, number, clock.fiscal_year_starts))
    return When(None, day)


def _parsed(text: Text, i: int, name: str, clock: Clock) -> Period:
    try:
        return parse_period(name, clock.fiscal_year_starts)
    except ParamError:
        return _refuse(text, i, f"{name!r} is no period", "write 2026, 2026Q1 or 2026-03")


def is_year(text: Text, i: int) -> bool:
    """Return whether a token is a year, as far as its digits go."""
    token = text.at(i)
    return token.kind == "number" and re.fullmatch(r"\d{4}", token.text) is not None and 1971 <= token.value <= 2200


def _year(text: Text, i: int, clock: Clock) -> tuple[When, int] | None:
    if text.is_word(i, ("year",)) and text.is_word(i + 1, ("end",)):
        return When(clock.around("year"), filled=True), i + 2
    named = re.fullmatch(r"fy(\d{4}|\d\d)", text.at(i).text)
    if named:
        return When(_parsed(text, i, named[1] if len(named[1]) == 4 else f"20{named[1]}", clock)), i + 1
    if text.is_word(i, ("fy", "fiscal")):
        i += 2 if text.is_word(i + 1, ("year",)) else 1
    if not is_year(text, i):
        return None
    return When(_parsed(text, i, text.at(i).text, clock)), i + 1


def _quarter(text: Text, i: int, clock: Clock) -> tuple[When, int] | None:
    named = re.fullmatch("q([1-4])", text.at(i).text)
    if named:
        number, after = int(named[1]), i + 1
    elif text.at(i).text in ORDINALS and text.is_word(i + 1, ("quarter",)) and text.at(i).text != "last":
        number, after = ORDINALS[text.at(i).text], i + 2
    else:
        return None
    year, after = _of_year(text, after)
    if year is None:
        return When(clock.coming("quarter", number), filled=True), after
    return When(_parsed(text, i, f"{year}Q{number}", clock)), after


def _month(text: Text, i: int, clock: Clock) -> tuple[When, int] | None:
    number = _month_named(text, i)
    if number is None:
        return None
    year, after = _of_year(text, i + 1)
    if year is None:
        return When(clock.coming("month", number), filled=True), after
    return When(_parsed(text, i, f"{year}-{number:02}", clock)), after


def _day(text: Text, i: int, clock: Clock) -> tuple[When, int] | None:
    """Return a day of a month by name; without its year it is no day yet."""
    day, at = _day_number(text, i), i + 1
    if day is not None:
        at += 1 if text.is_word(at, ("of",)) else 0
        number, at = _month_named(text, at), at + 1
    else:
        number, day, at = _month_named(text, i), _day_number(text, i + 1), i + 2
        at += 1 if text.at(at).text == "," else 0
    if day is None or number is None or not is_year(text, at):
        return None
    return _dated(text, i, f"{text.at(at).text}-{number:02}-{day:02}", clock), at + 1


def _relative(text: Text, i: int, clock: Clock) -> tuple[When, int] | None:
    if text.at(i).text not in _RELATIVE or not text.is_word(i + 1, _GRAINS):
        return None
    steps = _RELATIVE[text.at(i).text]
    return When(clock.around(_grain(text.at(i + 1).text), steps), filled=True), i + 2


def _of_year(text: Text, i: int) -> tuple[str | None, int]:
    at = i + 1 if text.is_word(i, ("of",)) or text.at(i).text in (",", "/") else i
    if is_year(text, at) and text.at(at + 1).text != "%":
        return text.at(at).text, at + 1
    return None, i


def _month_named(text: Text, i: int) -> int | None:
    word = "sep" if text.at(i).text == "sept" else text.at(i).text
    return next((names.index(word) + 1 for names in MONTHS if word in names), None)


def _day_number(text: Text, i: int) -> int | None:
    token = text.at(i)
    digits = re.match(r"\d{1,2}(?!\d)", token.text)
    return (
        int(digits[0]) if digits and token.kind in ("number", "ordinal") and token.value == int(token.value) else None
    )


def _grain(word: str) -> Grain:
    return next(grain for grain in _GRAINS if grain == word)


def _refuse(text: Text, i: int, found: str, todo: str, how: str = "is not understood") -> NoReturn:
    where = f"goal {text.marked(i, i + 1)!r}"
    raise ParamError(f"The goal {how}.", [Fault(where, found, "a time", todo)])
