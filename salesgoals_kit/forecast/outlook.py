"""The outlook: the distribution of one KPI for one owner and one whole period, and the chances it gives to goals."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from salesgoals_kit.errors import Fault, ForecastError
from salesgoals_kit.forecast.record import message_record
from salesgoals_kit.forecast.series import Array, Better
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.words import Message

LEVELS = tuple(range(5, 100, 5))  # per cent, of the quantiles that are recorded
FAN_LEVELS = (0.1, 0.2, 0.5, 0.8, 0.9)
SLACK = 1e-9  # relative: a goal typed as 0.3 is met by 0.1 + 0.2


@dataclass(frozen=True, eq=False)
class Outlook:
    """The chances of business as usual.

    ``draws`` are in KPI units, one a path; ``counts`` their numerators and denominators where they are a ratio.
    ``step`` is what attainable values are multiples of (counts; rates of few cases), ``minor_units`` that of money.
    ``season`` is what a usual January, …, December is, compared with the mean month. ``fan`` has the quantiles at
    ``FAN_LEVELS`` (rows) of the months from the one after the history to the period's last (columns). ``months`` has
    the KPI in the period's months (draws by months; NaN where a month of a path has no value): of a sum they add up to
    the draws, but for rounding. ``calibrated``: corrected by past scores, with the shift and the scale of
    ``correction`` (`forecast.calibration`).
    """

    kpi: str
    owner: Owner
    period: Period
    better: Better
    draws: Array
    counts: tuple[Array, Array] | None
    method: str
    step: float | None
    calibrated: bool
    history_months: int
    yearly_season: bool
    notes: tuple[Message, ...]
    unit: str = ""
    minor_units: int = 100
    season: tuple[float, ...] | None = None
    fan: Array = field(default_factory=lambda: np.empty((len(FAN_LEVELS), 0)))
    correction: tuple[float, float] | None = None
    months: Array = field(default_factory=lambda: np.empty((0, 0)))

    def chance(self, goal: float) -> float:
        """Return the share of draws at or above the goal; at or below it where lower is better."""
        if math.isnan(goal):
            raise ForecastError("A goal has no chance.", [Fault(self.kpi, "the goal is not a number", "a number")])
        slack = SLACK * abs(goal) if math.isfinite(goal) else 0.0
        met = self.draws >= goal - slack if self.better == "higher" else self.draws <= goal + slack
        return float(np.count_nonzero(met) / len(self.draws))

    def goal(self, chance: float) -> float:
        """Return the most ambitious attainable value whose chance is at least ``chance`` (above 0, at most 1).

        Money is rounded to minor units, counts and rates of few cases to their steps, towards the easier side.
        """
        if not 0 < chance <= 1:
            fault = Fault(self.kpi, f"a chance of {chance!r}", "a number above 0 and at most 1")
            raise ForecastError("No goal has this chance.", [fault])
        needed = _draws_needed(chance, len(self.draws))
        ordered = np.sort(self.draws)
        exact = float(ordered[-needed] if self.better == "higher" else ordered[needed - 1])
        return self._attainable(exact)

    def quantile(self, q: float) -> float:
        """Return the smallest draw that at least the share ``q`` of the draws does not exceed."""
        return float(np.quantile(self.draws, q, method="inverted_cdf"))

    def as_record(self) -> dict[str, Any]:
        """Return the outlook as JSON values: what a report, a store and a later score need to know of it."""
        return {
            "kpi": self.kpi,
            "owner": {"team": self.owner.team, "rep": self.owner.rep},
            "period": self.period.name,
            "better": self.better,
            "unit": self.unit,
            "quantiles": {str(level): self.quantile(level / 100) for level in LEVELS},
            "draws": len(self.draws),
            "lowest": float(self.draws.min()),
            "highest": float(self.draws.max()),
            "step": self.step,
            "minor_units": self.minor_units,
            "method": self.method,
            "calibrated": self.calibrated,
            "correction": None if self.correction is None else list(self.correction),
            "history_months": self.history_months,
            "yearly_season": self.yearly_season,
            "season": None if self.season is None else list(self.season),
            "fan": {str(level): _numbers(row) for level, row in zip(FAN_LEVELS, self.fan, strict=True)},
            "notes": [message_record(note) for note in self.notes],
        }

    def _attainable(self, exact: float) -> float:
        """Return the nearest attainable value that is no harder to reach."""
        parts = 1 / self.step if self.step else self.minor_units if self.unit == "money" else 0
        if not parts or abs(exact) * parts >= 2**52:
            return exact
        parts = round(parts) if parts >= 1 else parts
        if self.better == "higher":
            count = math.floor(exact * parts + 0.5)
            return (count if count / parts <= exact + SLACK / 2 * abs(exact) else count - 1) / parts
        count = math.ceil(exact * parts - 0.5)
        return (count if count / parts >= exact - SLACK / 2 * abs(exact) else count + 1) / parts


def _numbers(row: Array) -> list[float | None]:
    """Return what JSON knows: nothing for a month that has no value."""
    return [float(value) if np.isfinite(value) else None for value in row]


def _draws_needed(chance: float, draws: int) -> int:
    """Return the least number of draws that is a share of at least ``chance``, floating point or not."""
    needed = max(1, math.ceil(chance * draws) - 1)
    while needed / draws < chance:
        needed += 1
    return needed
