"""A goal as a typed record, whole or a fragment: of an agreed one, or of one that was put in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from salesgoals_kit.goals.agreed import AgreedGoal
from salesgoals_kit.goals.limits import impossible_value
from salesgoals_kit.goals.reading import changed
from salesgoals_kit.goals.wording import Base
from salesgoals_kit.goals.written import Unit
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import LENGTH, Grain, Period
from salesgoals_kit.words import Message, Name

Said = Message | Name  # a human's own words, or the kit's


@dataclass(frozen=True)
class Goal:
    """What is to be reached; what was not said is None.

    ``value`` in the KPI's unit, a rate as a fraction; or a ``change`` in a ``unit`` on the figure of ``base``. With a
    value, ``base`` is what it is compared with. ``every``: the change comes again each month, quarter or year until
    the period. ``stretch``: the harder end of a range, in the terms of its easier one. ``day``: a deadline that is no
    period's end. ``split``: the dimension each part of which is to reach it. ``reason``: why it is agreed although it
    is a walkover or hopeless.
    """

    kpi: str
    owner: Owner | None = None
    period: Period | None = None
    value: float | None = None
    change: float | None = None
    unit: Unit | None = None
    every: Grain | None = None
    base: Period | None = None
    initiative: Said | None = None
    objective: str | None = None
    reason: Said | None = None
    stretch: float | None = None
    day: date | None = None
    split: str | None = None
    told: float | None = None
    taken: tuple[Message, ...] = field(default=(), compare=False)

    @property
    def record(self) -> Kpi:
        """The KPI's record in the catalogue."""
        return CATALOGUE[self.kpi]

    @property
    def has_number(self) -> bool:
        """Whether it says how much."""
        return self.value is not None or self.change is not None


def goal_of(agreed: AgreedGoal) -> Goal:
    """Return the goal that humans agreed."""
    return Goal(
        kpi=agreed.kpi,
        owner=agreed.owner,
        period=agreed.period,
        value=agreed.value,
        change=agreed.change,
        unit=agreed.unit,
        base=agreed.base if agreed.change is not None else None,
        initiative=None if agreed.initiative is None else Name(agreed.initiative.what),
        objective=agreed.objective,
        reason=None if agreed.reason is None else Name(agreed.reason),
    )


def steps(goal: Goal) -> int:
    """Return how often the change comes from the base to the period: once, or every month, quarter or year."""
    if goal.every is None or goal.period is None or goal.base is None:
        return 1
    return max(1, round((goal.period.last - goal.base.last) / LENGTH[goal.every]))


def odd_steps(goal: Goal, base: Period | None) -> str:
    """Return why a change does not come again and again from a base to the goal's period, or nothing.

    >>> from salesgoals_kit.periods import parse_period
    >>> odd_steps(Goal("cac", period=parse_period("2026Q2"), every="year"), parse_period("2025Q3"))
    'from 2025Q3 to 2026Q2 is no whole number of years'
    """
    period = asked_period(goal)
    if base is None or period is None or goal.every is None or (period.last - base.last) % LENGTH[goal.every] == 0:
        return ""
    return f"from {base.name} to {period.name} is no whole number of {goal.every}s"


def number_of(goal: Goal, base: float | None) -> float | None:
    """Return the goal as a number in the KPI's unit; None where it has none, or no figure to start from.

    Counts are rounded up, as `goals.reading.goal_value` does; the result may be impossible (see `fault_of`).
    """
    if goal.change is None:
        return goal.value
    if base is None or not math.isfinite(base):
        return None
    value = changed(base, goal.change, goal.unit, steps(goal))
    return float(math.ceil(value - 1e-9)) if goal.record.unit == "count" and math.isfinite(value) else value


def fault_of(goal: Goal, value: float) -> str:
    """Return why the goal's number cannot be, or nothing."""
    return impossible_value(goal.record, value) if math.isfinite(value) else f"{value} is no number"


def with_base(goal: Goal, figures: Mapping[str, float]) -> Goal:
    """Return the goal with the base that it has by convention, if it needs one; ``figures`` by the periods' names.

    Year on year it is the same period a year before, the latest known one if that is still to come. Month on month
    and quarter on quarter, and for a stock (recurring revenue) with nothing said, it is the latest known period: what
    there is now. Else the same period a year before, or the one before where that is not known.
    """
    if goal.base is not None or goal.period is None or goal.change is None:
        return goal
    return replace(goal, base=_conventional(goal, goal.period, figures))


def base_of(goal: Goal, figures: Mapping[str, float], usual: Base | None) -> Base | None:
    """Return what a goal is compared with: its own base, else the usual one; None where no figure is known."""
    if goal.base is None:
        return None if goal.change is not None else usual
    value = figures.get(goal.base.name)
    return None if value is None or not math.isfinite(value) else Base(value, goal.base)


def asked_period(goal: Goal) -> Period | None:
    """Return the period that the goal is about: month on month it is the last month, whatever was written."""
    if goal.period is None or goal.every in (None, "year") or goal.every == goal.period.grain:
        return goal.period
    return part(goal.period, goal.every or "month")


def part(period: Period, grain: Grain) -> Period:
    """Return the last month, quarter or year within a period; the period itself if it is no longer than that.

    >>> from salesgoals_kit.periods import parse_period
    >>> part(parse_period("2026"), "month").name, part(parse_period("2026"), "quarter").name
    ('2026-12', '2026Q4')
    """
    if LENGTH[grain] >= LENGTH[period.grain]:
        return period
    return Period(grain, period.last - LENGTH[grain] + 1, period.last, period.fiscal_year_starts)


def _conventional(goal: Goal, period: Period, figures: Mapping[str, float]) -> Period | None:
    stock = goal.record.over_period == "last"
    if goal.every in ("month", "quarter") or (goal.every is None and stock):
        return _latest(period.shifted(-1), -1, figures)
    on_year = _latest(period.year_before(), -(12 // LENGTH[period.grain]), figures)
    return on_year if on_year is not None or goal.every == "year" else _latest(period.shifted(-1), -1, figures)


def _latest(first: Period, by: int, figures: Mapping[str, float]) -> Period | None:
    """Return the first of a row of earlier periods that has a figure."""
    period = first
    for _ in range(len(figures) + LONGEST_GAP):
        if math.isfinite(figures.get(period.name, math.nan)):
            return period
        period = period.shifted(by)
    return None


LONGEST_GAP = 240  # months: a deadline further away than the data reaches has no base by convention
