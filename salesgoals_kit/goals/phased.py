"""A goal over time, as it is handed on: its phases, what they are, and the smaller wins on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from datetime import date
from typing import Literal

import pandas as pd

from salesgoals_kit.goals.wording import figure
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.words import Chance, Message, Value

Part = Literal["quarter", "month", "week"]
Kind = Literal["parts", "levels", "limit"]
MILESTONES: dict[str, Part] = {"year": "quarter", "quarter": "month", "month": "week"}


@dataclass(frozen=True)
class Phase:
    """A goal's phase: a quarter, a month, or an ISO week within the quarter (``name``: 2026Q1, 2026-03, 2026-W05).

    ``chance`` is that of reaching ``value`` in it. Of an amount ``so_far`` is what the goal asks for by its end, with
    ``chance_so_far``; of a limit the latter is the chance that no month until then breaks it. None: not known, or
    without meaning. ``past``: it is over, and ``value`` is what was reached. ``agreed``: humans agreed on this month.
    """

    grain: Part
    name: str
    start: date
    end: date
    value: float
    chance: float | None
    so_far: float | None = None
    chance_so_far: float | None = None
    past: bool = False
    agreed: bool = False


@dataclass(frozen=True)
class Phasing:
    """A goal and its phases, coarse before fine and each grain in the order of time.

    ``kind``: ``parts`` add up to ``value`` (past ones included, unless more than the goal was reached already, or what
    was agreed for the months is another amount: see ``notes``); ``levels`` lie on the way to it; a ``limit`` is the
    same every month. ``chance`` is that of the whole goal.
    """

    kpi: str
    owner: Owner
    period: Period
    value: float
    chance: float
    kind: Kind
    phases: tuple[Phase, ...]
    notes: tuple[Message, ...]

    def of(self, grain: Part) -> tuple[Phase, ...]:
        """Return the phases of one grain; none where the goal has none so fine."""
        return tuple(phase for phase in self.phases if phase.grain == grain)

    @property
    def adds_up(self) -> bool:
        """Whether its months are parts that come to the goal."""
        months = self.of("month")
        together = math.fsum(month.value for month in months)
        return self.kind == "parts" and (not months or math.isclose(together, self.value, rel_tol=1e-12, abs_tol=1e-6))

    @property
    def milestones(self) -> tuple[Message, ...]:
        """The smaller wins that lie ahead, in sentences: a year's quarters, a quarter's months, a month's weeks."""
        if self.kind == "limit":
            return ()
        ahead = [phase for phase in self.of(MILESTONES[self.period.grain]) if not phase.past]
        return tuple(self._milestone(phase) for phase in ahead)

    @property
    def frame(self) -> pd.DataFrame:
        """The phases as a table: one row a phase, its fields as columns."""
        names = [field.name for field in fields(Phase)]
        return pd.DataFrame([[getattr(phase, name) for name in names] for phase in self.phases], columns=names)

    def _milestone(self, phase: Phase) -> Message:
        kpi, parts = CATALOGUE[self.kpi], self.kind == "parts"
        chance = phase.chance_so_far if parts else phase.chance
        reached = phase.value if phase.so_far is None else phase.so_far
        said: dict[str, Value] = {"end": phase.end, "value": figure(kpi, reached)}
        if parts:
            said["whole"] = figure(kpi, self.value)
        name = "phase.milestone_part" if parts else f"phase.milestone_{kpi.better}"
        if chance is None:
            return Message(f"{name}_plain", said)
        return Message(name, {**said, "chance": Chance(chance)})
