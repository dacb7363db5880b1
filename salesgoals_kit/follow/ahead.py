"""A goal on its way: what came so far, what the goal was set by, and what each part of the time left has to bring.

What is left is phased anew (`goals.phase.rephase`) from what has come: it adds up to the goal in minor units, whatever
was asked of these months before. Of the running month only its rest is phased; its weeks share that by what usually
comes when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np

from salesgoals_kit.follow.todate import ToDate
from salesgoals_kit.forecast.moving import working_days
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.asked import Calendar
from salesgoals_kit.goals.phase import rephase
from salesgoals_kit.goals.phased import Phase
from salesgoals_kit.goals.shares import share_out, steps_of
from salesgoals_kit.goals.weeks import pieces_of
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import day_number, month_end, month_name, month_start


@dataclass(frozen=True)
class Needed:
    """A part of the time left: a ``week`` (or what is left of one), or a ``month``.

    ``value`` is what it has to bring, ``asked`` what was asked of it before (None: it was not asked of just these
    days), ``expected`` what it is going to bring as things are, on average (None: not known).
    """

    grain: Literal["week", "month"]
    name: str
    first: date
    last: date
    value: float
    asked: float | None = None
    expected: float | None = None


@dataclass(frozen=True, eq=False)
class Case:
    """A flow so far and the goal for it: ``before`` is the outlook that it was set by, ``now`` that of today.

    Either may be None: then months go by what usually comes when. ``agreed`` are months that humans agreed on.
    """

    found: ToDate
    goal: float
    as_of: date
    owner: Owner
    country: str | None
    minor_units: int
    before: Outlook | None = None
    now: Outlook | None = None
    agreed: Mapping[int, float] | None = None

    @property
    def months(self) -> list[int]:
        """The months that are not over."""
        return [month for month in self.found.period.months if month_end(month) > self.as_of]

    @property
    def begun(self) -> float:
        """What has come of the running month."""
        return self.found.months.get(self.months[0], 0.0) if self.months else 0.0


def needed(case: Case, left: int, asked: list[Phase]) -> list[Needed]:
    """Return what each part of the time left has to bring; together what is ``left``, in steps."""
    steps, before = steps_of(case.found.kpi, case.minor_units), {one.name: one.value for one in asked}
    shares, expected = _months_left(case, left)
    running = case.months[0]
    rest = _rest_of_month(case, running, shares[0], expected[0])
    later = [
        Needed(
            "month",
            month_name(month),
            month_start(month),
            month_end(month),
            steps.value(share),
            before.get(month_name(month)),
            usual,
        )
        for month, share, usual in zip(case.months[1:], shares[1:], expected[1:], strict=True)
    ]
    return [*rest, *later]


def _months_left(case: Case, left: int) -> tuple[list[int], list[float | None]]:
    """Return the steps that each month left has to bring, of the running one its rest, and what each is going to."""
    found, now = case.found, case.now
    steps = steps_of(found.kpi, case.minor_units)
    if now is None or now.months.shape != (len(now.draws), len(found.period.months)):
        ends = [(max(case.as_of, month_start(m) - timedelta(days=1)), month_end(m)) for m in case.months]
        weights = [max(found.rest(day_number(a), day_number(b)), 0.0) for a, b in ends]
        return list(share_out(left, weights if any(weights) else [1.0] * len(weights))), [None] * len(ends)
    coming = np.maximum(now.months[:, case.months[0] - found.period.first :], 0.0)
    coming[:, 0] = np.maximum(coming[:, 0] - case.begun, 0.0)
    expected = [float(mean) for mean in coming.mean(axis=0)]
    if len(case.months) == 1:
        return [left], list(expected)
    rest = replace(now, period=replace(found.period, first=case.months[0]), months=coming, draws=coming.sum(axis=1))
    reached = {month: found.months[month] for month in found.period.months if month < case.months[0]}
    done = sum(steps.count(value) for value in reached.values())
    made = rephase(steps.value(left + done), found.period, reached, rest, found.kpi, Calendar(case.country, case.as_of))
    return [steps.count(month.value) for month in made.of("month") if not month.past], list(expected)


def _rest_of_month(case: Case, month: int, share: int, expected: float | None) -> list[Needed]:
    """Return what the rest of a month has to bring, week by week, by what usually comes when."""
    steps, found = steps_of(case.found.kpi, case.minor_units), case.found
    spans = _weeks_left(max(case.as_of + timedelta(days=1), month_start(month)), month, case.country)
    weights = [max(found.rest(day_number(first) - 1, day_number(last)), 0.0) for _, first, last in spans]
    weights = weights if any(weights) else [float((last - first).days + 1) for _, first, last in spans]
    whole = sum(weights)
    return [
        Needed("week", name, first, last, steps.value(part), None, expected and expected * weight / whole)
        for (name, first, last), part, weight in zip(spans, share_out(share, weights), weights, strict=True)
    ]


def _weeks_left(begins: date, month: int, country: str | None) -> list[tuple[str, date, date]]:
    """Return the weeks of what is left of a month; days off alone go with the week beside them."""
    spans: list[tuple[str, date, date]] = []
    first = begins
    for piece in pieces_of([month], country):
        if piece.end >= begins and working_days(country, first, piece.end):
            spans.append((piece.week, first, piece.end))
            first = piece.end + timedelta(days=1)
    if not spans:
        return [(month_name(month), begins, month_end(month))]
    name, start, _ = spans[-1]
    return [*spans[:-1], (name, start, month_end(month))]
