"""What the data says about a goal: everything that its verdict rests on, frozen, so that the verdict is a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import numpy as np

from salesgoals_kit.company import Company
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.goal import Goal, asked_period, part, with_base
from salesgoals_kit.goals.limits import NO_GOAL
from salesgoals_kit.goals.wording import Base
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Grain, Period, last_whole_month, month_number, whole_periods
from salesgoals_kit.words import Message

# What comes nearest to a KPI that cannot be computed; beyond these it is revenue, then whatever there is.
NEAREST: dict[str, tuple[str, ...]] = {
    "mrr": ("arr",),
    "arr": ("mrr",),
    "win_rate": ("revenue",),
    "cycle_days": ("win_rate",),
    "qualified_leads": ("win_rate",),
    "logo_churn": ("grr", "nrr"),
    "grr": ("nrr", "logo_churn"),
    "nrr": ("grr", "logo_churn"),
    "clv": ("nrr", "grr", "mrr"),
    "cac": ("qualified_leads", "win_rate"),
    "coverage": ("revenue", "qualified_leads"),
}


@dataclass(frozen=True)
class Ceiling:
    """A limit beside the outlook: what people can carry, what the funnel can still bring, what costs ask for.

    ``chance`` gives the chance that a value of the KPI can be had under it (of the floor: that it pays the costs);
    None where it is not known. ``sentence`` says what it is, for a manager.
    """

    name: Literal["capacity", "funnel", "floor"]
    sentence: Message
    chance: Callable[[float], float] | None = None


@dataclass(frozen=True)
class Pace:
    """How fast the KPI moved in the last years: the lowest, median and highest change of a period on a year before."""

    grain: Grain
    count: int
    lowest: float
    median: float
    highest: float


@dataclass(frozen=True)
class Evidence:
    """What is known at ``as_of`` of one KPI of an owner for a period that ends later.

    ``kpi``, ``owner`` and ``period`` are what the goal is about or, where that cannot be, the nearest that can: a KPI
    that the tables do not lack, a period to come. ``kpi`` is None where nothing can be computed. ``lacking``: what the
    tables lack for the KPI that was ``asked``. ``known_on``: the day whose knowledge the outlook is made from; before
    as_of where the period has begun. ``figures``: whole earlier months, quarters and years by name. ``base``: what a
    value is compared with. ``worth``: gives what going from one figure to another is worth in contribution margin,
    signed, in currency; None where it is not known. ``before_costs``: no table has the cost of what is sold, so that
    it is revenue and no margin yet. No ``ceilings``: none is known.
    """

    as_of: date
    company: Company
    asked: str
    kpi: str | None
    owner: Owner
    period: Period
    outlook: Outlook | None = None
    why_no_outlook: Message | None = None
    known_on: date | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    base: Base | None = None
    lacking: tuple[str, ...] = ()
    ceilings: tuple[Ceiling, ...] = ()
    pace: Pace | None = None
    worth: Callable[[float, float], float | None] | None = None
    before_costs: bool = False


def pace_of(changes: np.typing.ArrayLike, grain: Grain) -> Pace | None:
    """Return the pace of changes on the year before (fractions; what is not finite does not count), if there are any.

    >>> pace_of([0.1, float("nan"), -0.05, 0.2], "quarter")
    Pace(grain='quarter', count=3, lowest=-0.05, median=0.1, highest=0.2)
    """
    known = np.asarray(changes, dtype="float64")
    known = known[np.isfinite(known)]
    if not len(known):
        return None
    return Pace(grain, len(known), float(known.min()), float(np.median(known)), float(known.max()))


def nearest_kpi(asked: str, available: Sequence[str]) -> str | None:
    """Return the KPI asked for if it can be computed and held to, else the nearest that can; None where none can.

    >>> nearest_kpi("clv", ["revenue", "nrr"]), nearest_kpi("coverage", ["win_rate"]), nearest_kpi("mrr", [])
    ('nrr', 'win_rate', None)
    """
    usable = [name for name in available if name not in NO_GOAL]
    wanted = (asked, *NEAREST.get(asked, ()), "revenue", *CATALOGUE)
    return next((name for name in wanted if name in usable), None)


def planning_period(company: Company, as_of: date) -> Period:
    """Return the next period that the company plans for: the first that begins after as_of.

    Its length is the first of ``schedule.periods``; a quarter where nothing is said.
    """
    grain = company.schedule.periods[0]
    last = last_whole_month(as_of)
    coming = whole_periods(grain, last + 1, last + 24, company.fiscal_year_starts)
    return next(period for period in coming if period.start > as_of)


def subject_period(goal: Goal, company: Company, as_of: date) -> Period:
    """Return the period a goal is judged for: its own, the one its day lies in, or the one that the company plans for.

    Where that is over it is the next of the same length that is not.
    """
    period = asked_period(goal)
    if period is None:
        planned = planning_period(company, as_of) if goal.day is None else month_of(goal.day, company)
        period = part(planned, goal.every) if goal.every in ("month", "quarter") else planned
    while period.end <= as_of:
        period = period.shifted(1)
    return period


def month_of(day: date, company: Company) -> Period:
    """Return the month a day lies in."""
    number = month_number(day)
    return Period("month", number, number, company.fiscal_year_starts)


def read_on(goal: Goal, evidence: Evidence) -> Goal:
    """Return the goal as it is judged: with the owner, the period and the base that it leaves open.

    The number of another KPI than the evidence's, or of one that was not said, stays out.
    """
    owner = goal.owner if goal.owner is not None else evidence.owner
    base = goal.base
    if base is not None and (base.grain != evidence.period.grain or base.last >= evidence.period.first):
        base = None  # a part against a whole, or against what comes later: limits.wrong_base
    read = replace(goal, owner=owner, period=evidence.period, base=base)
    return with_base(read, evidence.figures)
