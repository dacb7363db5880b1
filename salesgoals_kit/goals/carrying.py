"""What a full-grown rep of a team carries in a month: how many deals, of which size, and in which months how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.forecast.moving import working_days
from salesgoals_kit.forecast.signals import YEAR, seed_of
from salesgoals_kit.goals.ramp import DRAWS, Ramp, productivity
from salesgoals_kit.kpis.crew import Crew
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import month_end, month_start

Floats = npt.NDArray[np.float64]
BLOCK = 3  # months in which a level is sustained
ENOUGH = 0.5  # full-grown full-time months, under which a quarter says nothing of a level
KNOTS = 17


@dataclass(frozen=True)
class Calendar:
    """What a month can carry beside the mean month: the owner's season (January first; None: none) and the country."""

    season: tuple[float, ...] | None
    country: str | None

    def weight(self, month: int) -> float:
        """Return the month's season, times its working days beside those usual in that month of the year.

        The usual is the mean of the three years before, so that what is already in the season is not counted twice;
        without a season it is the mean of the twelve months before.
        """
        before = range(month - YEAR, month) if self.season is None else (month - YEAR * years for years in (1, 2, 3))
        usual = np.mean([self._days(earlier) for earlier in before])
        return float((1.0 if self.season is None else self.season[month % YEAR]) * self._days(month) / usual)

    def _days(self, month: int) -> int:
        return working_days(self.country, month_start(month), month_end(month))


def levels_of(known: Crew, team: str, calendar: Calendar, ramp: Ramp, owner: Owner) -> Floats:
    """Return draws of the deals that a full-grown full time wins in a mean month of the better half of quarters.

    Quarters are runs of three months that end with the last one; each draw takes as many as there are with repetition,
    sorts them, and averages the upper half (of one, the one). Part of what makes a quarter better is luck, which is
    why it is a ceiling and no expectation.
    """
    rows = known.months[known.months["team"] == team]
    weight = rows["month"].map({month: calendar.weight(month) for month in sorted(set(rows["month"]))})
    block = (rows["month"].max() - rows["month"].to_numpy(dtype="int64")) // BLOCK
    carried = np.bincount(block, rows["won"].to_numpy(dtype="float64"))
    grown = _grown(rows, weight.to_numpy(dtype="float64"), block, ramp)
    level = carried / np.maximum(grown, 1e-12)
    level = level[:, grown.min(axis=0) > ENOUGH]
    if not level.shape[1]:
        return np.asarray(carried.sum() / np.maximum(grown.sum(axis=1), 1e-12))
    rng = np.random.default_rng(seed_of("level", owner, team))
    chosen = rng.integers(0, level.shape[1], size=level.shape)
    drawn = np.sort(np.take_along_axis(level, chosen, axis=1), axis=1)
    return np.asarray(drawn[:, level.shape[1] // 2 :].mean(axis=1))


def _grown(rows: pd.DataFrame, weight: Floats, block: npt.NDArray[np.int64], ramp: Ramp) -> Floats:
    """Return draws of full-grown, weighted full-time months by block; between a few ramps, in a straight line."""
    begins, ends, time = (rows[name].to_numpy(dtype="float64") for name in ("begins", "ends", "time"))
    knots = np.unique(np.quantile(ramp.draws, np.linspace(0, 1, KNOTS)))
    at = np.array([np.bincount(block, time * weight * productivity(begins, ends, float(knot))) for knot in knots])
    return np.column_stack([np.interp(ramp.draws, knots, column) for column in at.T])


def sizes_of(known: Crew, team: str, owner: Owner) -> Floats:
    """Return draws of the mean deal: amounts / deals of the last year's months, taken with repetition."""
    rows = known.months[known.months["team"] == team]
    sums = rows[rows["month"] > rows["month"].max() - YEAR].groupby("month")[["won", "amount"]].sum()
    rng = np.random.default_rng(seed_of("size", owner, team))
    chosen = rng.integers(0, len(sums), size=(DRAWS, len(sums)))
    won, amount = (sums[name].to_numpy(dtype="float64")[chosen].sum(axis=1) for name in ("won", "amount"))
    whole = sums["amount"].sum() / max(sums["won"].sum(), 1)
    return np.asarray(np.where(won > 0, amount / np.maximum(won, 1), whole))
