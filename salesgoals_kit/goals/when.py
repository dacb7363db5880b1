"""Times in plain words: a period as it is spoken of, relative to as_of and to the company's fiscal year."""

from __future__ import annotations

import re
from datetime import date
from typing import NoReturn

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.ahead import ending, half, of_year, relative
from salesgoals_kit.goals.clock import Clock, When
from salesgoals_kit.goals.tokens import Text
from salesgoals_kit.goals.vocabulary import MEANS, MONTHS, ORDINALS
from salesgoals_kit.periods import Period, parse_period

_PARTS = ("mid", "middle", "early", "late", "beginning", "start")


def when(text: Text, i: int, clock: Clock) -> tuple[When, int] | None:
    """Return the time that begins at a token and the token after it; None where none does.

    when     = [ "the" ] [ ("end" | "close") [ "of" ] [ "the" ] ] ( written | year | quarter | half | month | day |
               relative | ending )
    written  = "2026" | "2026Q2" | "2026-06" | "2026-06-30" | "30.06.2026" | "06/2026"
    year     = "fy2026" | [ "fy" | "fiscal" [ "year" ] ] number [ "q2" ]
    quarter  = ( "q2" | ordinal "quarter" ) [ year, see ahead.of_year ]
    half     = "2026h1" | ( "h1" | ordinal "half" ) [ year ]
    month    = name [ year ]
    day      = number [ "of" ] month [ year ] | name number [ [ "," ] number ]
    relative = ( "this" | "next" | … ) ( "month" | "quarter" | "half-year" | "year" )
    ending   = "year" "end" | "eoy" | …; behind "end of" also "year", "quarter", "month"

    Raises ParamError for a time that can be read in two ways, and for one that there is not.
    """
    start = i + 1 if text.is_word(i, ("the",)) else i
    closing = text.is_word(start, ("end", "close"))
    if closing:
        start += 2 if text.is_word(start + 1, ("of",)) else 1
        start += 1 if text.is_word(start, ("the",)) else 0
    else:
        _check_part(text, start, clock)
    found = ending(text, start, clock, closing=closing)
    for form in (_written, half, _year, _quarter, _day, _month, relative):
        found = found or form(text, start, clock)
    return found


def _check_part(text: Text, i: int, clock: Clock) -> None:
    """Refuse the middle or the beginning of a time: no figure is whole then."""
    if not text.is_word(i, _PARTS):
        return
    at = i + 1
    at += 1 if text.is_word(at, ("of",)) else 0
    found = when(text, at, clock)
    if found is not None:
        time = text.between(at, found[1])
        _refuse(
            text, i, "no figure is whole then", f"write the end of a period: 'by the end of {time}'", after=found[1]
        )


def _written(text: Text, i: int, clock: Clock) -> tuple[When, int] | None:
    token = text.at(i)
    if token.kind == "period":
        name = re.sub("[- ]?q", "Q", token.text)
        return When(_parsed(text, i, name, clock)), i + 1
    if token.kind == "day":
        return _dated(text, i, token.text, clock, i + 1), i + 1
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
    return _dated(text, i, f"{year}-{second:02}-{first:02}", clock, i + 1)


def _dated(text: Text, i: int, iso: str, clock: Clock, after: int, *, filled: bool = False) -> When:
    try:
        return clock.on(date.fromisoformat(iso), filled=filled)
    except ValueError:
        return _refuse(text, i, f"there is no day {iso}", "write it like 2026-06-30", after=after)


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
    named = re.fullmatch(r"(?:fy|cy)(\d{4}|\d\d)", text.at(i).text)
    if named:
        year = named[1] if len(named[1]) == 4 else f"20{named[1]}"
    else:
        if text.is_word(i, ("fy", "fiscal", "financial")):
            i += 2 if text.is_word(i + 1, ("year",)) else 1
        if not is_year(text, i):
            return None
        year = text.at(i).text
    quarter = re.fullmatch("q([1-4])", text.at(i + 1).text)
    if quarter:
        return When(_parsed(text, i, f"{year}Q{quarter[1]}", clock)), i + 2
    return When(_parsed(text, i, year, clock)), i + 1


def _quarter(text: Text, i: int, clock: Clock) -> tuple[When, int] | None:
    named = re.fullmatch(r"q([1-4])(?:'(\d\d))?", text.at(i).text)
    if named and named[2]:
        return When(_parsed(text, i, f"20{named[2]}Q{named[1]}", clock)), i + 1
    if named:
        number, after = int(named[1]), i + 1
    elif text.at(i).text in ORDINALS and text.is_word(i + 1, ("quarter",)) and text.at(i).text != "last":
        number, after = ORDINALS[text.at(i).text], i + 2
    else:
        return None
    year, after = of_year(text, after, clock)
    if year is None:
        return When(clock.coming("quarter", number), filled=True), after
    return When(_parsed(text, i, f"{year}Q{number}", clock)), after


def _month(text: Text, i: int, clock: Clock) -> tuple[When, int] | None:
    number = _month_named(text, i)
    if number is None:
        return None
    year, after = of_year(text, i + 1, clock, calendar=True)
    if year is None:
        return When(clock.coming("month", number), filled=True), after
    return When(_parsed(text, i, f"{year}-{number:02}", clock)), after


def _day(text: Text, i: int, clock: Clock) -> tuple[When, int] | None:
    """Return a day of a month by name; without its year it is the next to come."""
    day, at = _day_number(text, i), i + 1
    named_first = day is None
    if day is not None:
        at += 1 if text.is_word(at, ("of",)) else 0
        number, at = _month_named(text, at), at + 1
    else:
        number, day, at = _month_named(text, i), _day_number(text, i + 1), i + 2
    if day is None or number is None:
        return None
    year, after = of_year(text, at, clock, calendar=True)
    if year is not None:
        return _dated(text, i, f"{year}-{number:02}-{day:02}", clock, after), after
    if named_first and text.at(i + 1).kind != "ordinal" and not _closes(text, at):
        return None  # "in March 20 leads" is no day
    return _next_day(text, i, number, day, clock, at), at


def _next_day(text: Text, i: int, month: int, day: int, clock: Clock, after: int) -> When:
    this = f"{clock.as_of.year}-{month:02}-{day:02}"
    past = this <= clock.as_of.isoformat()
    return _dated(text, i, f"{clock.as_of.year + 1}-{this[5:]}" if past else this, clock, after, filled=True)


def _closes(text: Text, i: int) -> bool:
    return text.at(i).kind in ("end", "stop") or text.is_word(i, ("by", *MEANS))


def _month_named(text: Text, i: int) -> int | None:
    word = "sep" if text.at(i).text == "sept" else text.at(i).text
    return next((names.index(word) + 1 for names in MONTHS if word in names), None)


def _day_number(text: Text, i: int) -> int | None:
    token = text.at(i)
    digits = re.match(r"\d{1,2}(?!\d)", token.text)
    return (
        int(digits[0]) if digits and token.kind in ("number", "ordinal") and token.value == int(token.value) else None
    )


def _refuse(
    text: Text, i: int, found: str, todo: str, how: str = "is not understood", after: int | None = None
) -> NoReturn:
    where = f"goal {text.marked(i, i + 1 if after is None else after)!r}"
    raise ParamError(f"The goal {how}.", [Fault(where, found, "a time", todo)])
