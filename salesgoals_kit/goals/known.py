"""The evidence for a goal, out of a company's tables and its book of outlooks."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.above import judged_by
from salesgoals_kit.goals.binding import CAPACITY, FUNNEL, Limit
from salesgoals_kit.goals.evidence import Ceiling, Evidence, nearest_kpi, pace_of, subject_period
from salesgoals_kit.goals.feasibility import REVENUE, feasibility
from salesgoals_kit.goals.gains import before_costs, worth_of
from salesgoals_kit.goals.goal import Goal
from salesgoals_kit.goals.wording import Base
from salesgoals_kit.kpis.baseline import Baseline, baseline
from salesgoals_kit.kpis.needs import available, kpi_named, missing
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import LENGTH, Period
from salesgoals_kit.words import Message, say

PACE_YEARS = 3  # of growth that are looked at: what grew from next to nothing before them is no pace to be held to


def evidence_for(
    goal: Goal, at: Callable[[date], Tables], as_of: date, first_day: date, book: Callable[[Period, date], Book]
) -> Evidence:
    """Return what the data says about a goal at as_of.

    ``at`` gives the tables as known on a day, from ``first_day`` on, and ``book`` the outlooks for a period from what
    may be learned on a day. The outlook and what it is compared with are those of the day before the period began,
    where it has begun: afterwards a part of it would already be known.
    """
    owner = COMPANY if goal.owner is None else goal.owner
    company = at(as_of).company
    period = subject_period(goal, company, as_of)
    known_on = max(min(as_of, period.start - timedelta(days=1)), first_day)
    tables = at(known_on)
    kpi = nearest_kpi(goal.kpi, available(tables, owner))
    lacking = missing(goal.kpi, tables, owner)
    if kpi is None:
        return Evidence(as_of, company, goal.kpi, None, owner, period, known_on=known_on, lacking=lacking)
    outlook, why_not = _outlook(tables, owner, kpi, period, book(period, known_on))
    normal = baseline(tables, owner, period, kpi)
    grown = normal.growth[period.grain]
    return Evidence(
        as_of=as_of,
        company=company,
        asked=goal.kpi,
        kpi=kpi,
        owner=owner,
        period=period,
        outlook=outlook,
        why_no_outlook=why_not,
        known_on=known_on,
        figures=_figures(normal),
        base=_base(normal),
        lacking=lacking,
        ceilings=_ceilings(tables, owner, period, outlook, book(period, known_on)),
        worth=worth_of(tables, owner, kpi, period),
        before_costs=before_costs(tables, owner),
        pace=pace_of(grown["growth_on_year"].tail(PACE_YEARS * 12 // LENGTH[period.grain]), period.grain),
    )


def _outlook(
    tables: Tables, owner: Owner, kpi: str, period: Period, book: Book
) -> tuple[Outlook | None, Message | None]:
    """Return the outlook, or why there is none and what to do."""
    try:
        return judged_by(tables, owner, kpi_named(kpi), period, book), None
    except ForecastError as error:
        return None, say("smart.no_history", reason=Message(error.reason))


def _ceilings(tables: Tables, owner: Owner, period: Period, outlook: Outlook | None, book: Book) -> tuple[Ceiling, ...]:
    """Return what people and funnel allow of revenue, and whether it pays the costs; of other KPIs nothing is known."""
    if outlook is None or outlook.kpi != REVENUE:
        return ()
    margin = None if missing("margin", tables, owner) else _outlook(tables, owner, "margin", period, book)[0]
    found = feasibility(tables, owner, period, outlook, margin)
    people, funnel, floor = found.capacity, found.funnel, found.floor
    held: list[Ceiling] = []
    if people is not None:
        held.append(Ceiling("capacity", people.message, Limit(CAPACITY, people.draws, people.message).chance))
    if funnel is not None:
        held.append(Ceiling("funnel", funnel.message, Limit(FUNNEL, funnel.draws, funnel.message).chance))
    if floor is not None:
        held.append(Ceiling("floor", floor.message, floor.chance))
    return tuple(held)


def _figures(normal: Baseline) -> dict[str, float]:
    """Return the figures of all whole months, quarters and years by name."""
    return {
        str(name): float(value)
        for rows in normal.growth.values()
        for name, value in zip(rows["period"], rows["value"], strict=True)
        if math.isfinite(value)
    }


def _base(normal: Baseline) -> Base | None:
    if normal.base is None or normal.base_period is None or not math.isfinite(normal.base):
        return None
    return Base(normal.base, normal.base_period)
