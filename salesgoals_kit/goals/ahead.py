"""Times by how far they are away: this and next quarter, the end of the year, half-years, within so many months."""

from __future__ import annotations

import re
from datetime import timedelta

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.clock import Clock, When
from salesgoals_kit.goals.tokens import Text
from salesgoals_kit.goals.vocabulary import NUMBERS, ORDINALS
from salesgoals_kit.periods import LENGTH, Grain, Period, last_whole_month, parse_period, whole_periods

_RELATIVE = {"this": 0, "current": 0, "running": 0, "next": 1, "coming": 1, "last": -1, "previous": -1}
_NEXT = ("next", "coming", "following")
_GRAINS: tuple[Grain, ...] = ("month", "quarter", "year")
_ENDS: dict[str, Grain] = {"eoy": "year", "eoq": "quarter", "eom": "month"}
_PLURALS: dict[str, Grain] = {f"{grain}{ending}": grain for grain in _GRAINS for ending in ("", "s")}
_DAYS = {"day": 1, "days": 1, "week": 7, "weeks": 7}
MOST = 120  # so many months, weeks or days ahead that somebody may mean


def relative(text: Text, i: int, clock: Clock) -> tuple[When, int] | None:
    """Return what "this quarter", "next half-year" and the like are.

    Raises ParamError on a period's last day: what is this one is over, and what is next may be this one by tomorrow.
    """
    steps = _RELATIVE.get(text.at(i).text)
    if steps is None or text.at(i).kind != "word":
        return None
    half = _half_year(text, i + 1)
    if half is not None:
        return _nth_half(clock, steps), half
    grain = next((grain for grain in _GRAINS if text.is_word(i + 1, (grain,))), None)
    if grain is None:
        return None
    if steps == 0 and clock.around(grain).end == clock.as_of:
        one, two = clock.around(grain).name, clock.around(grain, 1).name
        found = f"{one} ends on {clock.as_of}, the day that counts, and {two} begins then"
        fault = Fault(f"goal {text.marked(i, i + 2)!r}", found, f"{one!r} or {two!r}", "write the one that is meant")
        raise ParamError("The goal can be read in two ways.", [fault])
    return When(clock.around(grain, steps), filled=True), i + 2


def ending(text: Text, i: int, clock: Clock, *, closing: bool = False) -> tuple[When, int] | None:
    """Return what "year end" and "EOY" are, and behind "end of" (``closing``) the year, quarter, month: the next."""
    token = text.at(i)
    if token.text in _ENDS:
        return When(clock.ending(_ENDS[token.text]), filled=True), i + 1
    fiscal = i + 1 if text.is_word(i, ("fiscal", "financial")) else i
    grain = next((grain for grain in _GRAINS if text.is_word(fiscal, (grain,))), None)
    ends = grain is not None and text.is_word(fiscal + 1, ("end",))
    if grain is None or not (closing or ends):
        return None
    return When(clock.ending(grain), filled=True), fiscal + (2 if ends else 1)


def half(text: Text, i: int, clock: Clock) -> tuple[When, int] | None:
    """Return a half-year as the quarter that ends with it: "H1 2026", "2026H2", "the first half of 2026"."""
    token = text.at(i)
    if token.kind == "half":
        return _half(clock, int(token.text[-1]), token.text[:4]), i + 1
    named = re.fullmatch(r"h([12])(?:'(\d\d))?", token.text)
    if named:
        number, after = int(named[1]), i + 1
        if named[2]:
            return _half(clock, number, f"20{named[2]}"), after
    elif ORDINALS.get(token.text) in (1, 2) and text.is_word(i + 1, ("half",)):
        number, after = ORDINALS[token.text], _half_year(text, i + 1) or i + 2
    else:
        return None
    year, after = of_year(text, after, clock)
    return _half(clock, number, year), after


def ahead(text: Text, i: int, clock: Clock) -> tuple[When, int, bool] | None:
    """Return what "within 6 months" or "in the next two quarters" is, what follows it, and whether it is a limit.

    ahead = ( "within" | "in" ) count unit | [ "in" | "over" | … ] [ "the" ] "next" count unit

    Within so many of them ends with the last whole one: it is over by then. The next so many begin after the running.
    """
    first = i + 1 if text.is_word(i, ("in", "within", "over", "during", "for", "by")) else i
    at = first + 1 if text.is_word(first, ("the",)) else first
    coming = text.is_word(at, _NEXT)
    if not coming and not text.is_word(i, ("in", "within")):
        return None
    counted = _count(text, at + 1 if coming else first)
    if counted is None:
        return None
    count, unit, after = counted
    if unit in _DAYS:
        return clock.on(clock.as_of + timedelta(days=count * _DAYS[unit]), filled=True), after, True
    grain = _PLURALS[unit]
    if coming:
        return clock.span(clock.around(grain, 1).first, clock.around(grain, count).last), after, False
    return _within(clock, grain, count), after, True


def of_year(text: Text, i: int, clock: Clock, *, calendar: bool = False) -> tuple[str | None, int]:
    """Return the year that is said behind a quarter, a half or (``calendar``) a month, and what follows it.

    None where none is said.

    year = [ "of" | "," | "/" | "-" ] [ "the" ] ( "2026" | "'26" | "fy26" | ( "this" | "next" ) "year" | "year" )
    """
    joined = i > 0 and text.at(i).text in ("/", "-") and text.at(i).start == text.at(i - 1).end
    at = i + 1 if text.is_word(i, ("of",)) or text.at(i).text in (",", "/") or joined else i
    start = at + 1 if at > i and text.is_word(at, ("the",)) else at
    token, following = text.at(start), text.at(start + 1).text
    if token.kind == "number" and re.fullmatch(r"\d{4}" if not joined else r"\d{4}|\d\d", token.text):
        year = token.text if len(token.text) == 4 else f"20{token.text}"
        return (year, start + 1) if following != "%" and 1971 <= int(year) <= 2200 else (None, i)
    named = re.fullmatch(r"(?:fy|cy)(\d{4}|\d\d)", token.text)
    if named:
        return named[1] if len(named[1]) == 4 else f"20{named[1]}", start + 1
    if text.is_word(start + 1, ("year",)) and _RELATIVE.get(token.text) is not None:
        steps = _RELATIVE[token.text]
        return str(clock.as_of.year + steps) if calendar else clock.around("year", steps).name, start + 2
    if start > at and text.is_word(start, ("year",)):
        return None, start + 1
    return None, i


def _half(clock: Clock, which: int, year: str | None) -> When:
    if year is None:
        quarter = clock.coming("quarter", 2 * which)
    else:
        quarter = parse_period(f"{year}Q{2 * which}", clock.fiscal_year_starts)
    return When(quarter, filled=year is None, since=quarter.first - 3)


def _nth_half(clock: Clock, steps: int) -> When:
    """Return the half-year that as_of lies in, or so many later."""
    quarter = clock.around("quarter")
    second = (quarter if quarter.name.endswith(("2", "4")) else quarter.shifted(1)).shifted(2 * steps)
    return When(second, filled=True, since=second.first - 3)


def _half_year(text: Text, i: int) -> int | None:
    """Return what follows "half", "half year" or "half-year"."""
    if text.is_word(i, ("halfyear",)):
        return i + 1
    if not text.is_word(i, ("half",)):
        return None
    return i + 2 if text.is_word(i + 1, ("year",)) else i + 1


def _within(clock: Clock, grain: Grain, count: int) -> When:
    """Return the last of so many whole months, quarters or years after those that are over."""
    months = last_whole_month(clock.as_of)
    over = whole_periods(grain, months - LENGTH[grain] * 2, months, clock.fiscal_year_starts)[-1]
    last: Period = over.shifted(count)
    return When(last, filled=True, since=over.last + 1 if count > 1 else None)


def _count(text: Text, i: int) -> tuple[int, str, int] | None:
    """Return how many of which unit there are, and what follows; half a year is six months."""
    token, unit = text.at(i), text.at(i + 1).text
    if [text.at(at).text for at in range(i, i + 3)] == ["half", "a", "year"]:
        return 6, "months", i + 3
    if unit not in _DAYS and unit not in _PLURALS:
        return None
    if token.text in NUMBERS:
        return NUMBERS[token.text], unit, i + 2
    if token.kind == "number" and token.value == int(token.value) and 0 < token.value <= MOST:
        return int(token.value), unit, i + 2
    return None
