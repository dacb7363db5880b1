"""When deals are won: how much of a year's wins of each age falls into each month, from deals there are and to come."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from salesgoals_kit.kpis.wins import LONGEST

Array = npt.NDArray[np.float64]
YEAR = 12
STEPS = 8  # of a month, in which deals are created
PARTS = (0.125, 0.375, 0.625, 0.875)  # of an age's month
AGES = LONGEST + 1


def arrivals(season: Array, *, new: bool, pace: float = 1.0, volume: Array | None = None) -> Array:
    """Return for each age (rows) what share of a year's wins of that age comes in each of the next 12 months (columns).

    ``season`` are the next twelve months beside the average one. ``new``: of deals (or leads) created from now on, or
    of those under way. A new deal that would take a days takes ``pace`` * a; ``volume`` is by how much more are created
    in each of the twelve months. With neither, both kinds together are the season's share of every month: nothing is
    counted twice.
    """
    start = 0 if new else -AGES * STEPS
    created = (np.arange(start, YEAR * STEPS if new else 0) + 0.5) / STEPS
    age = (np.arange(AGES)[:, None] + np.asarray(PARTS)).ravel()
    usual = created[None, :] + age[:, None]
    weight = season[np.floor(usual).astype(np.int64) % YEAR] / (STEPS * len(PARTS) * YEAR)
    if new and volume is not None:
        weight = weight * volume[np.floor(created).astype(np.int64)]
    won = np.floor(created[None, :] + (pace if new else 1.0) * age[:, None]).astype(np.int64)
    inside = (won >= 0) & (won < YEAR)
    row = np.broadcast_to(np.repeat(np.arange(AGES), len(PARTS))[:, None], won.shape)
    found = np.zeros((AGES, YEAR))
    np.add.at(found, (row[inside], won[inside]), weight[inside])
    return found
