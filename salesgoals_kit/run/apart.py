"""Agreed goals that do not add up: what those below an owner agreed on together, beside what was agreed for him."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import ParamError
from salesgoals_kit.goals.above import standing
from salesgoals_kit.goals.carried import places_of
from salesgoals_kit.goals.own import ADD_UP
from salesgoals_kit.goals.shares import steps_of
from salesgoals_kit.goals.times import parts_of, ramped_carries
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, parse_period
from salesgoals_kit.report.text import Texts
from salesgoals_kit.store.rows import GoalRow

Group = tuple[str, str]  # a KPI and a period


def apart(tables: Tables, agreed: Iterable[GoalRow], only: Iterable[Group] | None = None) -> list[str]:
    """Return a line for every owner whose agreed goal is another amount than what those below him agreed on together.

    Where not all of them have agreed, only if those who have come to more. ``only``: these KPIs and periods. A month
    within a longer period that the owner agreed on is left out: it is the whole that has to add up. A company that
    asks those below for more than the goal by rule (``tree.over``) is told only beyond that. A period that is over is
    left out: who carried its goals may have left or moved since.
    """
    groups: dict[Group, list[GoalRow]] = {}
    for row in agreed:
        groups.setdefault((row.kpi, row.period), []).append(row)
    lines: list[str] = []
    for group in sorted(groups if only is None else set(only) & set(groups)):
        kpi, period = CATALOGUE[group[0]], parse_period(group[1], tables.company.fiscal_year_starts)
        if kpi.over_period in ADD_UP and kpi.better == "higher" and period.end > tables.as_of:
            lines += _lines(tables, kpi, period, groups)
    return lines


def _lines(tables: Tables, kpi: Kpi, period: Period, groups: Mapping[Group, Sequence[GoalRow]]) -> Iterator[str]:
    carry, parts = ramped_carries(tables, COMPANY, period), parts_of(tables, COMPANY, period)
    goals = standing(groups[kpi.name, period.name], carry, parts)
    longer = {row.owner for row in _longer(kpi, period, groups, tables.company.fiscal_year_starts)}
    below: dict[Owner, list[Owner]] = {}
    for place, above in places_of(tables, COMPANY, kpi):
        if above is not None:
            below.setdefault(above, []).append(place)
    for above, places in below.items():
        if above in goals and above not in longer:
            yield from _line(tables, kpi, period.name, above, places, goals)


def _longer(kpi: Kpi, period: Period, groups: Mapping[Group, Sequence[GoalRow]], starts: int) -> Iterator[GoalRow]:
    for (other, name), rows in groups.items():
        its = parse_period(name, starts)
        if other == kpi.name and its != period and its.first <= period.first and period.last <= its.last:
            yield from rows


def _line(
    tables: Tables, kpi: Kpi, period: str, above: Owner, places: Sequence[Owner], goals: Mapping[Owner, float]
) -> Iterator[str]:
    steps, over = steps_of(kpi, tables.company.minor_units), Fraction(repr(tables.company.tree.over))
    try:
        goal = steps.count(goals[above])
        together = steps.count(math.fsum(goals[place] for place in places if place in goals))
    except ParamError:  # an amount without cents to compare; the goal itself is refused elsewhere
        return
    agreed = sum(place in goals for place in places)
    most = max(goal, math.floor(goal * over + Fraction(1, 2)))
    if not agreed or together == goal or goal <= together <= most or (together < goal and agreed < len(places)):
        return
    told = (goal, together, goal - together if together < goal else together - most)
    texts, cents = Texts.of(tables.company), any(one % steps.per_unit for one in told)
    shown = [texts.amount(steps.value(one), cents=cents) if kpi.unit == "money" else str(one) for one in told]
    beyond = "more than the goal" if most == goal else f"more than {tables.company.tree.over:g} times the goal"
    what = "nobody carries" if together < goal else beyond
    who = "the company" if above.name is None else f"team {above.name}"
    yield (
        f"note: {who}, {kpi.name} {period}: {shown[0]} agreed, {_those(places, agreed)} {shown[1]} agreed together: "
        f"{shown[2]} {what}"
    )


def _those(places: Sequence[Owner], agreed: int) -> str:
    """Return who is below, and how many of them agreed: its 7 reps have, 1 of its 4 teams has."""
    kinds = sorted({place.kind for place in places}, reverse=True)
    many = " and ".join(f"{kind}s" for kind in kinds)
    if len(places) == 1:
        return f"its only {kinds[0]} has"
    verb = "has" if agreed == 1 else "have"
    return f"its {agreed} {many} have" if agreed == len(places) else f"{agreed} of its {len(places)} {many} {verb}"
