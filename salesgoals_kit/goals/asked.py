"""What is asked of a phasing, and what all its kinds have in common: spans of months, and chances on paths."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from salesgoals_kit.errors import Fault
from salesgoals_kit.forecast.outlook import SLACK
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.goals.course import Course
from salesgoals_kit.goals.limits import impossible_value
from salesgoals_kit.goals.phased import Kind, Part, Phase, Phasing
from salesgoals_kit.goals.shares import Steps, steps_of
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, month_end, month_name, month_start, whole_periods
from salesgoals_kit.words import Message


@dataclass(frozen=True)
class Calendar:
    """The country whose holidays count, the day one looks from (None: before the period), and how sales fall.

    ``sales``: of how many sales of equal size a month's amount is as uneven as (`weeks.unevenness` of
    `kpis.daily.daily_sales`); None: weeks of money have no chance.
    """

    country: str | None = None
    today: date | None = None
    sales: float | None = None


@dataclass(frozen=True, eq=False)
class Asked:
    """What is phased: the value, whose it is, the paths, the calendar, and what was ``agreed`` for months (numbers)."""

    value: float
    kpi: Kpi
    owner: Owner
    minor_units: int
    course: Course
    calendar: Calendar
    agreed: Mapping[int, float] = field(default_factory=dict)

    @property
    def steps(self) -> Steps:
        """What values are multiples of."""
        return steps_of(self.kpi, self.minor_units)

    def chance(self, draws: Array, value: float) -> float | None:
        """Return the share of the paths that have a value and meet ``value``; None where none has."""
        known = draws[np.isfinite(draws)]
        if not known.size:
            return None
        slack = SLACK * abs(value)
        met = known >= value - slack if self.kpi.better == "higher" else known <= value + slack
        return float(np.count_nonzero(met) / known.size)

    def phasing(self, value: float, kind: Kind, phases: Iterable[Phase], notes: Iterable[Message]) -> Phasing:
        """Return the phases put together."""
        chance = self.chance(self.course.draws, value) or 0.0
        return Phasing(self.kpi.name, self.owner, self.course.period, value, chance, kind, tuple(phases), tuple(notes))

    def phase(
        self,
        span: Span,
        value: float,
        chance: float | None,
        so_far: float | None = None,
        chance_so_far: float | None = None,
    ) -> Phase:
        """Return the phase of a span."""
        first = self.course.period.first
        return Phase(
            grain=span.grain,
            name=span.name,
            start=month_start(first + span.first),
            end=month_end(first + span.last),
            value=value,
            chance=chance,
            so_far=so_far,
            chance_so_far=chance_so_far,
            past=span.last < self.course.past,
            agreed=span.grain == "month" and first + span.first in self.agreed,
        )


@dataclass(frozen=True)
class Span:
    """A quarter or month of a period: its first and last month by their place in it."""

    grain: Part
    name: str
    first: int
    last: int

    @property
    def months(self) -> slice:
        """Its months."""
        return slice(self.first, self.last + 1)

    @property
    def until(self) -> slice:
        """The months up to its end."""
        return slice(0, self.last + 1)


def spans_of(period: Period) -> Iterator[Span]:
    """Give the quarters and months that are shorter than the period."""
    if period.grain == "year":
        for part in whole_periods("quarter", period.first, period.last, period.fiscal_year_starts):
            yield Span("quarter", part.name, part.first - period.first, part.last - period.first)
    if period.grain != "month":
        for at, month in enumerate(period.months):
            yield Span("month", month_name(month), at, at)


def wrong_months(asked: Asked) -> Iterator[Fault]:
    """Give a fault for each month that was agreed and cannot stand: of another period, impossible, of no amount."""
    period, kpi = asked.course.period, asked.kpi
    for month, value in sorted(asked.agreed.items()):
        where = f"{kpi.name}, {month_name(month)}"
        wrong = impossible_value(kpi, value) if math.isfinite(value) else f"{value!r} is not a number"
        if month not in period.months or period.grain == "month":
            yield Fault(where, f"no month within {period.name}", todo="leave it out")
        elif kpi.over_period != "sum":
            yield Fault(where, "a month that is no part of the goal", "a goal whose months add up", "leave it out")
        elif wrong:
            yield Fault(where, wrong)
