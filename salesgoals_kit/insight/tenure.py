"""Customers at risk and lost, month of tenure by month of tenure, and when on the calendar that was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import gamma

TAIL = 0.1  # outside of the range on either side
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cells:
    """Counts by month of tenure: one entry a combination of life, month of tenure and calendar month, alike ones once.

    ``tenure`` (1, 2, …), ``month`` (number of the calendar month in which it ends), ``at_risk``, ``lost``.
    """

    tenure: Ints
    month: Ints
    at_risk: Ints
    lost: Ints

    @property
    def exposure(self) -> int:
        """Months that customers were at risk for, all together."""
        return int(self.at_risk.sum())

    @property
    def losses(self) -> int:
        """How many were lost, all together."""
        return int(self.lost.sum())

    def where(self, chosen: npt.NDArray[np.bool_]) -> Cells:
        """Return some of the entries."""
        return Cells(self.tenure[chosen], self.month[chosen], self.at_risk[chosen], self.lost[chosen])


def cells_of(rows: pd.DataFrame) -> Cells:
    """Return the months of lives (``start``, ``entry``, ``last``, ``lost``, ``lives``), alike ones together."""
    start, entry, last, lost, count = (
        rows[name].to_numpy("int64") for name in ("start", "entry", "last", "lost", "lives")
    )
    length = np.maximum(last - entry + 1, 0)
    life = np.repeat(np.arange(len(rows)), length)
    tenure = entry[life] + np.arange(len(life)) - np.repeat(np.cumsum(length) - length, length)
    month = start[life] + tenure
    gone = np.where((tenure == last[life]) & (lost[life] == 1), count[life], 0)
    first = int(month.min()) if len(month) else 0
    span = int(month.max(initial=first)) - first + 1
    keys, place = np.unique(tenure * span + month - first, return_inverse=True)
    at_risk, left = (
        np.bincount(place, weights=part, minlength=len(keys)).astype("int64") for part in (count[life], gone)
    )
    return Cells(keys // span, keys % span + first, at_risk, left)


def hazards(cells: Cells) -> pd.DataFrame:
    """Return the share of customers that leave in each month of tenure, of those who began it, with 80 % ranges.

    Columns month (of tenure), at_risk, lost, hazard, low, high; from the first month to the last that is known.
    """
    longest = int(cells.tenure.max(initial=0))
    at_risk, lost = (
        np.bincount(cells.tenure, weights=part, minlength=longest + 1)[1:].astype("int64")
        for part in (cells.at_risk, cells.lost)
    )
    low, high = rate_range(lost, at_risk)
    share = np.divide(lost, at_risk, out=np.full(longest, np.nan), where=at_risk > 0)
    columns = {"month": np.arange(1, longest + 1), "at_risk": at_risk, "lost": lost, "hazard": share}
    return pd.DataFrame({**columns, "low": low, "high": high})


def rate_range(events: Ints | int, exposure: Ints | int) -> tuple[Floats, Floats]:
    """Return the 80 % range of a rate from a count of events: that of a Poisson count (Garwood 1936), at most 1.

    >>> low, high = rate_range(np.array([0, 10]), np.array([100, 100]))
    >>> [[round(float(end), 4) for end in ends] for ends in zip(low, high)]
    [[0.0, 0.023], [0.0622, 0.1541]]
    """
    count, over = np.asarray(events, dtype="float64"), np.maximum(np.asarray(exposure, dtype="float64"), 1e-12)
    low = np.where(count > 0, gamma.ppf(TAIL, np.maximum(count, 1)), 0.0) / over
    return np.minimum(low, 1.0), np.minimum(gamma.isf(TAIL, count + 1) / over, 1.0)


def kept(found: pd.DataFrame) -> pd.Series:
    """Return the share that is still there after each month of tenure (Kaplan & Meier 1958, with late entry).

    NaN from the first month on of which nobody is known to have begun it.

    >>> kept(pd.DataFrame({"hazard": [0.1, 0.5, np.nan]})).round(2).tolist()
    [0.9, 0.45, nan]
    """
    return (1 - found["hazard"]).cumprod(skipna=False)
