"""What a review says of one KPI, level by level, and the outcome by which its chances are scored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.words import Message

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
class KpiReview:
    """One KPI: its figure, how far that can be trusted, where it fell in the frozen outlook, and its goals."""

    kpi: Kpi
    actual: float | None
    standing: Standing
    final_on: date
    percentile: float | None
    levels: tuple[LevelReview, ...]
    sentence: Message
    notes: tuple[Message, ...]

    @property
    def main(self) -> LevelReview | None:
        """The goal that counts: the one agreed, else the proposed target, else the first there is."""
        by_level = {level.level: level for level in self.levels}
        return by_level.get("agreed") or by_level.get("target") or (self.levels[0] if self.levels else None)


@dataclass(frozen=True)
class Hit:
    """Whether a goal was reached, and the chance it was given. ``apart``: set or recorded too late to count."""

    level: str
    promised: float
    reached: bool
    apart: bool


@dataclass(frozen=True)
class Outcome:
    """One final figure and all that was promised about it: commit, target and stretch share one outcome."""

    owner: Owner
    kpi: str
    period: str
    actual: float
    percentile: float | None
    hits: tuple[Hit, ...]


def outcomes(owner: Owner, period: Period, kpis: Iterable[KpiReview]) -> list[Outcome]:
    """Return what can be scored: one outcome a KPI, final figures only, of goals that had a chance."""
    found = []
    for one in kpis:
        hits = tuple(
            Hit(level.level, level.promised, level.reached, level.backfilled or level.set_after_the_fact)
            for level in one.levels
            if level.promised is not None and level.reached is not None
        )
        if one.standing == "final" and one.actual is not None and hits:
            found.append(Outcome(owner, one.kpi.name, period.name, one.actual, one.percentile, hits))
    return found
