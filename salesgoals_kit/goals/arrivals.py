"""How many deals come: the months that tell it, their season, and how much they vary."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.kpis.pipeline import Pipeline
from salesgoals_kit.periods import YEAR
from salesgoals_kit.words import Count, Message, say

Floats = npt.NDArray[np.float64]
SEASON_FROM = 24  # months of creation, from which deals to come have a season


def pace_months(known: Pipeline, last: int) -> range:
    """Return the months whose deals tell the pace: the last year up to ``last``, of a younger owner those it has.

    Where not even a month is known whole, all that has any deal.
    """
    first = known.since if known.since <= last else int(known.created["month"].min()) if len(known.created) else 0
    return range(max(first, last - YEAR + 1), last + 1)


def said_of_pace(known: Pipeline, last: int) -> tuple[Message, ...]:
    """Return that the pace is that of less than a year, where it is."""
    months = len(pace_months(known, last))
    return (say("ceilings.pace_of_months", months=Count(months)),) if 0 < months < YEAR else ()


def season_of(created: pd.DataFrame, last: int) -> Floats:
    """Return how many deals are created in a January, …, December beside the mean month; 1 under two years of them.

    The mean over whole years up to ``last`` of a month's part of its own year, so that growth is not season; drawn in
    to 1 by what of their differences Poisson counts alone would show (James & Stein 1961, the positive part).
    """
    counts = _whole_years(created, last)
    season = np.ones(YEAR)
    if len(counts) * YEAR < SEASON_FROM:
        return season
    parts = (counts / counts.mean(axis=1, keepdims=True)).mean(axis=0)
    chance = float((1 / counts.mean(axis=1)).mean()) / len(counts)
    seen = float(parts.var(ddof=1))
    kept = max(0.0, 1 - chance / seen) if seen > 0 else 0.0
    season[(last + 1 + np.arange(YEAR)) % YEAR] = 1 + kept * (parts - 1)
    return season


def overdispersion(created: pd.DataFrame, season: Floats, last: int) -> float:
    """Return the variance of months by their mean, season and each year's level taken off; at least 1.

    Pearson's chi-square by its degrees of freedom: of n years (n - 1) * 11 are left by the season, without one n * 11.
    """
    counts = _whole_years(created, last)
    if not len(counts):
        return 1.0
    factors = season[(last + 1 + np.arange(YEAR)) % YEAR]
    mean = counts.mean(axis=1, keepdims=True) * factors
    free = (YEAR - 1) * (len(counts) - 1 if len(counts) * YEAR >= SEASON_FROM else len(counts))
    return max(1.0, float(((counts - mean) ** 2 / mean).sum()) / free) if mean.min() > 0 else 1.0


def _whole_years(created: pd.DataFrame, last: int) -> Floats:
    """Return deals created by year (rows, up to ``last``) and month; no row of a year before the first deal."""
    sums = created.groupby("month")["deals"].sum()
    years = (last - int(sums.index.min()) + 1) // YEAR if len(sums) else 0
    months = np.arange(last - years * YEAR + 1, last + 1)
    counts = sums.reindex(months, fill_value=0).to_numpy(dtype="float64").reshape(years, YEAR)
    return np.asarray(counts[counts.sum(axis=1) > 0])
