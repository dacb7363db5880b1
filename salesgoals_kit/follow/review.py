"""The review of a period: every goal against its figure, what was promised, and where the figure fell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from salesgoals_kit.company import Company
from salesgoals_kit.follow.attain import attainment, percentile, reached
from salesgoals_kit.follow.drivers import DriverMove, driver_moves
from salesgoals_kit.follow.facts import Facts
from salesgoals_kit.follow.gap import Frozen, Gap, gaps
from salesgoals_kit.follow.lessons import Learned, lessons_of
from salesgoals_kit.follow.sentences import level_sentence, notes_of, standing_sentence
from salesgoals_kit.follow.verdict import LATER, Forecast, KpiReview, LevelReview, Standing
from salesgoals_kit.goals.deadline import deadline, final_on
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.store.rows import GoalRow, OutlookRow
from salesgoals_kit.store.visible import Visible
from salesgoals_kit.words import Message


@dataclass(frozen=True)
class Review:
    """What came of a period. ``learned`` are at most three lessons, for the ledger and the next goal setting."""

    owner: Owner
    period: Period
    as_of: date
    preliminary: bool
    kpis: tuple[KpiReview, ...]
    drivers: tuple[DriverMove, ...]
    gaps: tuple[Gap, ...]
    learned: tuple[Learned, ...]

    @property
    def lessons(self) -> tuple[Message, ...]:
        """The lessons' sentences."""
        return tuple(lesson.sentence for lesson in self.learned)


@dataclass(frozen=True)
class _Case:
    """What all reviews of one run share."""

    owner: Owner
    period: Period
    as_of: date
    company: Company


def review(owner: Owner, period: Period, as_of: date, company: Company, *, facts: Facts, visible: Visible) -> Review:
    """Return the review of one owner's period from what the tables (``facts``) and the ledger say at ``as_of``.

    A KPI with a figure and no goal is listed, and so is one with a goal and no figure.
    """
    case = _Case(owner, period, as_of, company)
    goals = [goal for goal in visible.goals if goal.period == period.name]
    outlooks = [outlook for outlook in visible.outlooks if outlook.period == period.name]
    asked = {*facts.actuals, *(goal.kpi for goal in goals)}
    kpis = tuple(
        _kpi_review(
            case,
            kpi,
            facts.actuals.get(name),
            [goal for goal in goals if goal.kpi == name],
            [outlook for outlook in outlooks if outlook.kpi == name],
        )
        for name, kpi in CATALOGUE.items()
        if name in asked
    )
    then = [row for row in visible.drivers if row.period == period.name]
    moves = driver_moves(then, facts.drivers)
    promised = [row for row in outlooks if row.template not in LATER]
    split = gaps(kpis, Frozen(company, period, then, promised, facts.drivers, facts.slips, facts.paid))
    preliminary = as_of < final_on("revenue", period, company)
    return Review(owner, period, as_of, preliminary, kpis, moves, split, lessons_of(kpis, split, moves))


def standing(kpi: str, period: Period, as_of: date, company: Company) -> Standing:
    """Return how far a figure can be trusted at ``as_of``.

    ``final``: it is settled. ``preliminary``: its deadline has passed, late entries may still come. ``open``: the
    period, or the time its deals are followed, is not over, and no goal on it is decided.
    """
    if as_of >= final_on(kpi, period, company):
        return "final"
    return "preliminary" if as_of >= deadline(kpi, period, company) else "open"


def _kpi_review(
    case: _Case, kpi: Kpi, actual: float | None, goals: Sequence[GoalRow], outlooks: Sequence[OutlookRow]
) -> KpiReview:
    figure = actual if actual is not None and math.isfinite(actual) else None
    stands = standing(kpi.name, case.period, case.as_of, case.company)
    decided = figure if stands != "open" else None
    ordered = sorted(outlooks, key=lambda row: (row.template in LATER, row.as_of))
    forecasts = tuple(_forecast(row, decided) for row in ordered)
    fell = next((one.percentile for one in forecasts if one.template not in LATER), None)
    return KpiReview(
        kpi=kpi,
        actual=figure,
        standing=stands,
        final_on=final_on(kpi.name, case.period, case.company),
        percentile=fell,
        levels=tuple(_level(kpi, goal, figure, decided) for goal in goals),
        sentence=standing_sentence(kpi, stands, figure, final_on(kpi.name, case.period, case.company)),
        notes=notes_of(kpi, goals, fell, figure),
        forecasts=forecasts,
    )


def _forecast(row: OutlookRow, decided: float | None) -> Forecast:
    low, middle, high = (float(row.record["quantiles"][level]) for level in ("10", "50", "90"))
    return Forecast(row.template, row.as_of, middle, low, high, percentile(row.record, decided), row.backfilled)


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
