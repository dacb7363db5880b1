"""The review of a period: every goal against its figure, what was promised, and where the figure fell."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from salesgoals_kit.company import Company
from salesgoals_kit.follow.attain import attainment, percentile, reached
from salesgoals_kit.follow.drivers import DriverMove, driver_moves
from salesgoals_kit.follow.lessons import lessons_of
from salesgoals_kit.follow.sentences import level_sentence, notes_of, standing_sentence
from salesgoals_kit.follow.verdict import KpiReview, LevelReview, Standing
from salesgoals_kit.goals.deadline import deadline, final_on
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.store.rows import GoalRow, OutlookRow
from salesgoals_kit.store.visible import Visible
from salesgoals_kit.words import Message


@dataclass(frozen=True)
class Review:
    """What came of a period. ``lessons`` are at most three, for the ledger and the next goal setting."""

    owner: Owner
    period: Period
    as_of: date
    preliminary: bool
    kpis: tuple[KpiReview, ...]
    drivers: tuple[DriverMove, ...]
    lessons: tuple[Message, ...]


@dataclass(frozen=True)
class _Case:
    """What all reviews of one run share."""

    owner: Owner
    period: Period
    as_of: date
    company: Company


def review(
    owner: Owner,
    period: Period,
    as_of: date,
    company: Company,
    *,
    actuals: Mapping[str, float | None],
    visible: Visible,
    drivers: Mapping[str, float | None] | None = None,
) -> Review:
    """Return the review of one owner's period from what the tables and the ledger say at ``as_of``.

    ``actuals`` are the period's figures by KPI in the KPI's unit (None: undefined), ``drivers`` the period's own by
    name. A KPI with a figure and no goal is listed, and so is one with a goal and no figure.
    """
    case = _Case(owner, period, as_of, company)
    goals = [goal for goal in visible.goals if goal.period == period.name]
    outlooks = {outlook.kpi: outlook for outlook in visible.outlooks if outlook.period == period.name}
    asked = {*actuals, *(goal.kpi for goal in goals)}
    kpis = tuple(
        _kpi_review(case, kpi, actuals.get(name), [goal for goal in goals if goal.kpi == name], outlooks.get(name))
        for name, kpi in CATALOGUE.items()
        if name in asked
    )
    moves = driver_moves((row for row in visible.drivers if row.period == period.name), drivers or {})
    preliminary = as_of < final_on("revenue", period, company)
    return Review(owner, period, as_of, preliminary, kpis, moves, lessons_of(kpis, moves))


def standing(kpi: str, period: Period, as_of: date, company: Company) -> Standing:
    """Return how far a figure can be trusted at ``as_of``.

    ``final``: it is settled. ``preliminary``: its deadline has passed, late entries may still come. ``open``: the
    period, or the time its deals are followed, is not over, and no goal on it is decided.
    """
    if as_of >= final_on(kpi, period, company):
        return "final"
    return "preliminary" if as_of >= deadline(kpi, period, company) else "open"


def _kpi_review(
    case: _Case, kpi: Kpi, actual: float | None, goals: Sequence[GoalRow], outlook: OutlookRow | None
) -> KpiReview:
    figure = actual if actual is not None and math.isfinite(actual) else None
    stands = standing(kpi.name, case.period, case.as_of, case.company)
    decided = figure if stands != "open" else None
    fell = percentile(outlook.record, decided) if outlook is not None else None
    return KpiReview(
        kpi=kpi,
        actual=figure,
        standing=stands,
        final_on=final_on(kpi.name, case.period, case.company),
        percentile=fell,
        levels=tuple(_level(kpi, goal, figure, decided) for goal in goals),
        sentence=standing_sentence(kpi, stands, figure, final_on(kpi.name, case.period, case.company)),
        notes=notes_of(kpi, goals, fell, figure),
    )


def _level(kpi: Kpi, goal: GoalRow, actual: float | None, decided: float | None) -> LevelReview:
    met = reached(decided, goal.value, kpi.better)
    share = attainment(actual, goal.value, kpi.better)
    return LevelReview(
        level=goal.level,
        goal=goal.value,
        promised=goal.chance,
        attainment=share,
        reached=met,
        backfilled=goal.backfilled,
        set_after_the_fact=goal.set_after_the_fact,
        sentence=level_sentence(kpi, goal, actual, share, met),
    )
