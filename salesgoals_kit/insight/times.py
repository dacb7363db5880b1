"""Times counted by day: by when half had come, with open ones censored, and how far that would be another time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
DRAWS = 400
RANGE = (0.1, 0.9)  # the middle 80 %
EXACT = 1e-9  # a half is reached when it is there but for rounding


def half_of(events: Ints) -> float:
    """Return the first day by which half of the events had come; ``events`` counts them by day, from day 0.

    NaN where there are none. Of deals followed to the horizon it is `kpis.curves.half_time` of their curve.
    """
    return float(_halves(events[None, :])[0])


def drawn_halves(events: Ints, rng: np.random.Generator, draws: int = DRAWS) -> Floats:
    """Return the half of so many resamples of the events with replacement (Efron 1979)."""
    total = int(events.sum())
    if not total:
        return np.full(draws, np.nan)
    return _halves(rng.multinomial(total, events / total, size=draws))


def _halves(rows: npt.NDArray[np.integer]) -> Floats:
    sums = rows.cumsum(axis=1)
    half = sums[:, -1:] / 2
    return np.where(sums[:, -1] > 0, np.argmax(sums >= half - EXACT, axis=1), np.nan).astype(np.float64)


def median_of(left: Ints, still: Ints) -> float:
    """Return the median of times by Kaplan & Meier 1958: ``left`` counts those that ended by day, ``still`` censored.

    NaN where the curve does not come down to a half: more than half would last longer than any that was seen.
    """
    return float(_medians(left[None, :], still[None, :])[0])


def drawn_medians(left: Ints, still: Ints, rng: np.random.Generator, draws: int = DRAWS) -> Floats:
    """Return the median of so many resamples of the times with replacement (Efron 1981)."""
    both = np.concatenate([left, still])
    total = int(both.sum())
    if not total:
        return np.full(draws, np.nan)
    drawn = rng.multinomial(total, both / total, size=draws)
    return _medians(drawn[:, : len(left)], drawn[:, len(left) :])


def _medians(left: npt.NDArray[np.integer], still: npt.NDArray[np.integer]) -> Floats:
    gone = (left + still).cumsum(axis=1)
    at_risk = gone[:, -1:] - gone + left + still
    stays = np.cumprod(np.where(at_risk > 0, (at_risk - left) / np.maximum(at_risk, 1), 1.0), axis=1)
    down = stays <= 0.5 + EXACT
    return np.where(down.any(axis=1), np.argmax(down, axis=1), np.nan).astype(np.float64)


def middle(drawn: Floats) -> tuple[float, float]:
    """Return the range that holds the middle 80 % of draws; a draw without a value is longer than all others."""
    if np.isnan(drawn).all():
        return np.nan, np.nan
    ends = np.quantile(np.nan_to_num(drawn, nan=np.inf), RANGE, method="inverted_cdf")
    low, high = (float(end) if np.isfinite(end) else np.nan for end in ends)
    return low, high


def by_day(days: npt.ArrayLike, counts: npt.ArrayLike, last: int | None = None) -> Ints:
    """Return counts by day, from day 0 to ``last`` or the latest.

    >>> by_day([2, 0, 2], [1, 1, 3]).tolist()
    [1, 0, 4]
    """
    at, many = np.asarray(days, dtype=np.int64), np.asarray(counts, dtype=np.int64)
    length = (int(at.max()) if len(at) else 0) if last is None else last
    return np.bincount(at, weights=many, minlength=length + 1).astype(np.int64)
