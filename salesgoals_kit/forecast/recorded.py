"""The distribution of an outlook as it was recorded: its quantiles every five points, its lowest and highest draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np

from salesgoals_kit.forecast.outlook import SLACK
from salesgoals_kit.forecast.series import Array

NORMAL = NormalDist()


@dataclass(frozen=True, eq=False)
class Recorded:
    """The recorded points, ascending: ``values``, and how deep in the outlook each lies, as normal deviates.

    ``edges`` are the shares half-way between the points, 0 before the first and 1 after the last. Between the points
    the outlook is taken to be normal. A value that several points hold reaches half-way to the points beside them; so
    do the lowest and the highest draw.
    """

    values: Array
    depths: Array
    edges: Array

    def position(self, actual: float) -> tuple[float, float]:
        """Return the share of the outlook below a figure, and the share at or below it."""
        tied = np.flatnonzero(np.abs(self.values - actual) <= SLACK * abs(actual))
        if tied.size > 1 or (tied.size and tied[0] in (0, len(self.values) - 1)):
            return float(self.edges[tied[0]]), float(self.edges[tied[-1] + 1])
        if actual < self.values[0] or actual > self.values[-1]:
            return (0.0, 0.0) if actual < self.values[0] else (1.0, 1.0)
        share = round(NORMAL.cdf(float(np.interp(actual, self.values, self.depths))), 12)
        return share, share

    def quantile(self, share: float) -> float:
        """Return the value below which the outlook has a share of itself."""
        return float(np.interp(_depth(round(share, 9)), self.depths, self.values))


def recorded(record: Mapping[str, Any]) -> Recorded:
    """Return the distribution of a record (`Outlook.as_record`).

    >>> levels = {"40": 0.0, "60": 0.0, "80": 2.0}
    >>> found = recorded({"draws": 1000, "lowest": 0.0, "highest": 4.0, "quantiles": levels})
    >>> found.position(0.0), found.quantile(0.8)
    ((0.0, 0.7), 2.0)
    """
    inner = sorted((int(level) / 100, float(value)) for level, value in record["quantiles"].items())
    values = np.array([record["lowest"], *(value for _, value in inner), record["highest"]], dtype=np.float64)
    shares = np.array([0.0, *(share for share, _ in inner), 1.0])
    edges = np.array([0.0, *((shares[1:] + shares[:-1]) / 2), 1.0])
    same = values[1:] - values[:-1] <= SLACK * np.abs(values[1:])
    before, after = np.array([False, *same]), np.array([*same, False])
    moved = np.where(after & ~before, edges[:-1], np.where(before & ~after, edges[1:], shares))
    least = 0.5 / record["draws"]
    depths = np.array([_depth(share) for share in np.clip(moved, least, 1 - least).tolist()])
    return Recorded(values, depths, edges)


@cache
def _depth(share: float) -> float:
    return NORMAL.inv_cdf(share)
