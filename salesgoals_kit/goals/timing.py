"""When deals are won and paid: how a year's wins of each age fall into the months, of deals there are and to come."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from salesgoals_kit.kpis.wins import LONGEST
from salesgoals_kit.periods import YEAR

Array = npt.NDArray[np.float64]
STEPS = 30  # of a month, in which deals are created: a day, as a twentieth of a deal's time is but a few of them
PARTS = (0.125, 0.375, 0.625, 0.875)  # of an age's month
AGES = LONGEST + 1


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Shares of a year's wins, by age (rows) and the next months (columns).

    ``begun``: what begins in the month; ``part``: the same, each counted by what is left of the month when it begins.
    """

    begun: Array
    part: Array

    def times(self, factor: float) -> Arrivals:
        """Return so many times the shares."""
        return Arrivals(self.begun * factor, self.part * factor)


def arrivals(
    season: Array,
    *,
    new: bool,
    delay: float = 0.0,
    pace: float = 1.0,
    volume: Array | None = None,
    months: int = YEAR,
) -> Arrivals:
    """Return what begins when, ``delay`` months after it is won, in each of the next ``months``.

    ``season`` are the next twelve months beside the average one; it comes again. ``new``: of deals (or leads) created
    from now on, or of those created before. A new deal that would take a days takes ``pace`` * a; ``volume`` is by how
    much more are created in each of the months. With neither, both kinds together are the season's share of every month
    (that of the months ``delay`` earlier): nothing is counted twice, and nothing is left out.
    """
    return _arrivals(tuple(season), new, delay, pace, None if volume is None else tuple(volume), months)


@lru_cache(maxsize=256)
def _arrivals(
    busy: tuple[float, ...], new: bool, delay: float, pace: float, volume: tuple[float, ...] | None, months: int
) -> Arrivals:
    """Return the same, each worked out once: most moves leave most of it as it was."""
    season = np.asarray(busy)
    created = (np.arange(0 if new else -(AGES + 2) * STEPS, months * STEPS if new else 0) + 0.5) / STEPS
    age = (np.arange(AGES)[:, None] + np.asarray(PARTS)).ravel()
    usual = created[None, :] + age[:, None]
    weight = season[np.floor(usual).astype(np.int64) % YEAR] / (STEPS * len(PARTS) * YEAR)
    if new and volume is not None:
        weight = weight * np.asarray(volume)[np.floor(created).astype(np.int64)]
    begins = created[None, :] + (pace if new else 1.0) * age[:, None] + delay
    month = np.floor(begins).astype(np.int64)
    inside = (month >= 0) & (month < months)
    row = np.repeat(np.arange(AGES), len(PARTS))[:, None] * months
    place, left = (row + month)[inside], (weight * (1 - (begins - month)))[inside]
    begun, part = (
        np.asarray(np.bincount(place, counted, AGES * months), dtype="float64").reshape(AGES, months)
        for counted in (weight[inside], left)
    )
    return Arrivals(begun, part)
