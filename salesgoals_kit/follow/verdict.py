"""What a review says of one KPI, level by level, and the outcomes by which its chances are scored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from salesgoals_kit.forecast.scores import Outcome
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.store.rows import OutlookRow
from salesgoals_kit.words import Message

LATER = ("tracking",)  # templates whose outlooks knew part of the period
Standing = Literal["final", "preliminary", "open"]


@dataclass(frozen=True)
class LevelReview:
    """One goal against the figure: ``promised`` is its chance when it was set, ``reached`` None while undecided."""

    level: str
    goal: float
    promised: float | None
    attainment: float | None
    reached: bool | None
    backfilled: bool
    set_after_the_fact: bool
    sentence: Message


@dataclass(frozen=True)
class Forecast:
    """What a template had forecast of a figure: the middle, the middle 80 %, and where the figure fell (None: open).

    ``as_of`` is the day it looked from.
    """

    template: str
    as_of: date
    expected: float
    low: float
    high: float
    percentile: float | None
    backfilled: bool


@dataclass(frozen=True)
class KpiReview:
    """One KPI: its figure, how far that can be trusted, where it fell in the frozen outlook, and its goals.

    ``forecasts``: the outlook frozen with the goals first, then what was frozen while the period ran.
    """

    kpi: Kpi
    actual: float | None
    standing: Standing
    final_on: date
    percentile: float | None
    levels: tuple[LevelReview, ...]
    sentence: Message
    notes: tuple[Message, ...]
    forecasts: tuple[Forecast, ...] = ()

    @property
    def expected(self) -> float | None:
        """The middle of the outlook frozen with the goals; None without one."""
        return next((one.expected for one in self.forecasts if one.template not in LATER), None)

    @property
    def main(self) -> LevelReview | None:
        """The goal that counts: the one agreed, else the share of the goal above, else the target, else the first."""
        by_level = {level.level: level for level in self.levels}
        found = (by_level.get(name) for name in ("agreed", "share", "target"))
        return next((level for level in found if level is not None), next(iter(self.levels), None))


def outcomes(kpis: Iterable[KpiReview], outlooks: Iterable[OutlookRow]) -> list[Outcome]:
    """Return what can be scored of a review: each final figure whose outlook had been frozen."""
    frozen = {row.kpi: row for row in outlooks if row.template not in LATER}
    return [
        Outcome(row.record, one.actual, row.backfilled)
        for one in kpis
        if one.standing == "final" and one.actual is not None and (row := frozen.get(one.kpi.name)) is not None
    ]
