"""The period that a deadline in plain words stands for, and what was read into words that do not say it in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NoReturn

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.clock import When
from salesgoals_kit.goals.goal import Goal
from salesgoals_kit.goals.heard import Read
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.periods import LENGTH, Grain, Period, month_name, whole_periods
from salesgoals_kit.words import Message, Name, say

_LONGER: dict[Grain, tuple[Grain, ...]] = {"month": ("quarter", "year"), "quarter": (), "year": ()}


def timed(read: Read, goal: Goal, named: Period | None) -> Goal:
    """Return the goal with its period: the one ``named`` beside the sentence, or the one that its deadline is.

    Raises ParamError where both differ, and for a flow that a deadline may ask for in a month, a quarter or longer.
    """
    if read.due is None:
        return replace(goal, period=named)
    found, first, after = read.due
    where = f"goal {read.text.marked(first, after)!r}"
    if named is not None:
        if found.end != named.end:
            fault = Fault(where, f"it ends on {found.end}, and {named.name} on {named.end}", "one deadline")
            raise ParamError("The goal has two deadlines.", [fault])
        return replace(goal, period=named)
    flow = CATALOGUE[goal.kpi].over_period == "sum" and goal.every in (None, "year")
    if found.period is not None and flow:
        ending = [found.period, *_ending_with(found.period)]
        if found.since is not None:
            said = read.text.between(first, after)
            parts = _parts(found.since, found.period)
            _refuse(where, f"{said!r} is no month, quarter or year, so no sum is known of it", ending, parts)
        if read.until and len(ending) > 1:
            _refuse(where, f"{_listed([period.grain for period in ending])} end then", ending)
    taken = _taken(found, Name(read.text.between(first, after)))
    return replace(goal, period=found.period, day=found.day, taken=(*goal.taken, *taken))


def _ending_with(period: Period) -> Iterator[Period]:
    """Give the longer periods that end on a month's last day."""
    for grain in _LONGER[period.grain]:
        offset, length = (period.fiscal_year_starts - 1) % LENGTH[grain], LENGTH[grain]
        if (period.last - offset) % length == length - 1:
            yield Period(grain, period.last - length + 1, period.last, period.fiscal_year_starts)


def _parts(since: int, last: Period) -> list[str]:
    """Return the quarters, else the months, that something longer than its last part is made of."""
    quarters = whole_periods("quarter", since, last.last, last.fiscal_year_starts)
    if sum(len(quarter.months) for quarter in quarters) == last.last - since + 1:
        return [quarter.name for quarter in quarters]
    return [month_name(month) for month in range(since, last.last + 1)]


def _refuse(where: str, found: str, ending: list[Period], parts: Sequence[str] = ()) -> NoReturn:
    what = {"month": "that month alone", "quarter": "the quarter that ends then", "year": "the year that ends then"}
    readings = " or ".join(f"'in {period.name}' ({what[period.grain]})" for period in ending)
    if parts:
        readings += f" or a goal for each of {', '.join(parts[:-1])} and {parts[-1]}"
    todo = "write one, or name it with --period"
    raise ParamError("The goal can be read in two ways.", [Fault(where, found, readings, todo)])


def _listed(grains: list[Grain]) -> str:
    return f"{', '.join(f'a {grain}' for grain in grains[:-1])} and a {grains[-1]}"


def _taken(found: When, said: Name) -> Iterator[Message]:
    if found.since is not None and found.period is not None:
        yield say("typed.taken_part", said=said, period=Name(found.period.name), end=found.period.end)
    elif found.filled and found.period is not None:
        period = found.period
        yield say("typed.taken_period", said=said, period=Name(period.name), start=period.start, end=period.end)
    elif found.filled and found.day is not None:
        yield say("typed.taken_day", said=said, day=found.day)
