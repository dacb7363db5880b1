"""Which months of a KPI are whole: neither the part month a table begins with, nor those after it stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.kept import once
from salesgoals_kit.kpis.scope import By, Frame, Scope, collected, extent
from salesgoals_kit.periods import day_number, day_of, last_whole_month, month_end, month_name, month_number
from salesgoals_kit.words import Message, Name, say

FIRST_DAYS = 7  # a table whose first event falls in a month's first so many days has that month whole


@dataclass(frozen=True)
class Clock:
    """Events by which to tell how far a table reaches, dated by any of ``columns``; of costs, those ``counted_in`` it.

    Their months serve the KPI ``later`` months after, and none after ``until``.
    """

    table: str
    columns: By
    counted_in: str | None = None
    later: int = 0
    until: int = 1 << 30

    def of(self, rows: Frame) -> Frame:
        """Return those of the table's rows that are such events."""
        return rows if self.counted_in is None else rows.filter(nw.col("counted_in") == self.counted_in)


@dataclass(frozen=True)
class Reach:
    """The first and the last whole month (first > last: there is none), and why they are no others."""

    first: int
    last: int
    notes: tuple[Message, ...]


def first_whole(day: date) -> int:
    """Return the first month that a table beginning on this day has whole.

    >>> month_name(first_whole(date(2024, 3, 7))), month_name(first_whole(date(2024, 3, 8)))
    ('2024-03', '2024-04')
    """
    return month_number(day) + (day.day > FIRST_DAYS)


def reach(scope: Scope, clocks: Sequence[Clock]) -> Reach:
    """Return the whole months that all clocks share.

    A month is whole when it has ended by as_of, the company's table had begun by its first days, and an event follows
    in it or later. A team's or a rep's months begin with its own first event or, if known, the day a rep was hired.
    """
    ended = last_whole_month(scope.tables.as_of)
    first, last, notes = 0, ended, []
    for clock in clocks:
        company = _company_months(scope.everyone(), replace(clock, later=0, until=Clock.until))
        if company is None:
            return Reach(0, -1, (say("kpis.no_events", table=clock.table),))
        begins = company[0] + clock.later
        stops = min(company[1] + clock.later, ended)
        if stops < ended:
            stopped = say("kpis.stops_early", table=clock.table, last=month_name(stops))
            notes += [stopped] if stopped not in notes else []
        first, last = max(first, begins), min(last, stops, clock.until)
    if scope.owner.kind != "company":
        first, last = _own(scope, clocks, first, last)
        notes += [say("kpis.no_own_events", name=Name(scope.owner.name or ""))] if first > last else []
    return Reach(first, last, tuple(notes))


@once
def _company_months(scope: Scope, clock: Clock) -> tuple[int, int] | None:
    """Return the first month that the company's events have whole, and the last; None where there are none."""
    rows = clock.of(scope.rows(clock.table))
    found = extent(rows, clock.columns)
    if found is None:
        return None
    return first_whole(day_of(found[0])), _last_month(
        rows, clock, day_of(found[1]), last_whole_month(scope.tables.as_of)
    )


def _last_month(rows: Frame, clock: Clock, day: date, ended: int) -> int:
    """Return the month of a table's last event; the one before if the table fell silent in it.

    Silent is longer than a week and than ever before. That a table just has no event yet this month is not silence.
    """
    month = month_number(day)
    if month > ended or "month" in clock.columns:
        return month
    known = [rows.select(nw.col(f"{name}_day").cast(nw.Int64).alias("day")).unique() for name in clock.columns]
    days = np.unique(collected(nw.concat(known).filter(~nw.col("day").is_null()))["day"].to_numpy())
    longest = int(np.diff(days).max(initial=FIRST_DAYS))
    return month - 1 if day_number(month_end(month)) - day_number(day) > longest else month


def _own(scope: Scope, clocks: Sequence[Clock], first: int, last: int) -> tuple[int, int]:
    hired, left = _employed(scope)
    if left is not None:
        last = min(last, month_number(left) - 1)
    if hired is not None:
        return max(first, first_whole(hired)), last
    for clock in clocks:
        begun = _first_day(scope, clock)
        if begun is None:
            return 0, -1
        first = max(first, first_whole(begun) + clock.later)
    return first, last


def _first_day(scope: Scope, clock: Clock) -> date | None:
    """Return the day of an owner's first event; of a team that is asked for among many, from what was found for all."""
    if scope.is_one_of_many:
        day = _first_days_of_teams(scope.everyone(), replace(clock, later=0, until=Clock.until)).get(
            str(scope.owner.team)
        )
    else:
        found = extent(clock.of(scope.rows(clock.table)), clock.columns)
        day = None if found is None else found[0]
    return None if day is None else day_of(day)


@once
def _first_days_of_teams(scope: Scope, clock: Clock) -> dict[str, int]:
    return _first_days(scope, clock, "team", None)


def _employed(scope: Scope) -> tuple[date | None, date | None]:
    if scope.owner.kind != "rep" or not scope.tables.has("reps"):
        return None, None
    row = scope.rows("reps")
    hired, left = extent(row, ("hired_on",)), extent(row, ("left_on",))
    return (day_of(hired[0]) if hired else None), (day_of(left[1]) if left else None)


def starts(
    scope: Scope, clocks: Sequence[Clock], by: str, first: int, under: Mapping[str, str] | None = None
) -> dict[str, int]:
    """Return the first whole month of each team or rep that has events, as `reach` finds it for each by itself.

    All at once, as there may be many. ``under`` names the part that a team belongs to. A rep who has been in another
    team before begins in this one with the first event here, however long hired.
    """
    days = [(clock, _first_days(scope, clock, by, under)) for clock in clocks if _tells(scope, clock, by)]
    found = {}
    for name in sorted({name for _, of in days for name in of}):
        if all(name in of or clock.table == "costs" for clock, of in days):  # costs that nobody gave to it do not count
            begun = [first_whole(day_of(of[name])) + clock.later for clock, of in days if name in of]
            found[name] = max(first, *begun)
    if by == "rep" and scope.tables.has("reps"):
        moved = _moved(scope, days) if scope.owner.kind == "team" else set()
        hired = _earliest(scope.tables.frame("reps"), ("hired_on",), by, None)
        met = {name for _, of in days for name in of} - moved
        found |= {name: max(first, first_whole(day_of(day))) for name, day in hired.items() if name in met}
    return found


def _tells(scope: Scope, clock: Clock, by: str) -> bool:
    return by in scope.tables.frame(clock.table).collect_schema().names()


def _first_days(scope: Scope, clock: Clock, by: str, under: Mapping[str, str] | None) -> dict[str, int]:
    return _earliest(clock.of(scope.rows(clock.table)), clock.columns, by, under)


def _earliest(rows: Frame, columns: By, by: str, under: Mapping[str, str] | None) -> dict[str, int]:
    """Return the earliest day number in any of the columns for each name; who has none is not in it."""
    days = [nw.col(f"{name}_day").min() for name in columns]
    frame: pd.DataFrame = rows.filter(~nw.col(by).is_null()).group_by(by).agg(*days).collect("pandas").to_native()
    found: dict[str, int] = {}
    for group, day in zip(frame[by], frame.drop(columns=by).min(axis=1), strict=True):
        name = str(group) if under is None else under.get(str(group))
        if name is not None and not pd.isna(day):
            found[name] = min(int(day), found.get(name, int(day)))
    return found


def _moved(scope: Scope, days: Sequence[tuple[Clock, Mapping[str, int]]]) -> set[str]:
    """Return the reps who had events elsewhere before their first one here."""
    return {
        name
        for clock, here in days
        for name, day in _first_days(scope.everyone(), clock, "rep", None).items()
        if day < here.get(name, day)
    }
