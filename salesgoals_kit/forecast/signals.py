"""What is forecast: one monthly series on its even scale, and how random numbers are drawn for it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from salesgoals_kit.forecast.scale import Scale
from salesgoals_kit.forecast.series import Array, Months

YEAR = 12
SEASON_FROM = 24  # months of history: two of each month of the year
GAPS_ALLOWED = 4  # unknown months among the first 24
STILL_FROM = 6  # so many equal months, and a series counts as constant


@dataclass(frozen=True, eq=False)
class Signal:
    """Months ``first``, ``first + 1``, … on the even scale; NaN where unknown. ``scale`` leads back to values."""

    first: int
    z: Array
    scale: Scale = field(default_factory=lambda: Scale("signed"))

    def __len__(self) -> int:
        return len(self.z)

    def until(self, months: int) -> Signal:
        """Return its first ``months`` months."""
        return replace(self, z=self.z[:months])

    def months(self, ahead: int = 0) -> Months:
        """Return the numbers of its months and of so many after the last."""
        return np.arange(self.first, self.first + len(self.z) + ahead)

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which months are known."""
        return np.isfinite(self.z)

    @property
    def still(self) -> bool:
        """Whether it has been the same for so long that nothing but the same can be drawn."""
        seen = self.z[self.known]
        return len(seen) >= STILL_FROM and float(np.ptp(seen)) < 1e-12

    @property
    def has_season(self) -> bool:
        """Whether it is long enough to fit a yearly season to: two years, nearly all of them known."""
        return len(self.z) >= SEASON_FROM and int(self.known.sum()) >= SEASON_FROM - GAPS_ALLOWED

    @property
    def filled(self) -> Array:
        """The series, unknown months taken from the same month of the year before or after, else from neighbours."""
        z = self.z.copy()
        for at in np.flatnonzero(~self.known):
            near = [z[i] for i in (at - YEAR, at + YEAR) if 0 <= i < len(z) and np.isfinite(z[i])]
            z[at] = near[0] if near else np.nan
        seen = np.flatnonzero(np.isfinite(z))
        return np.asarray(np.interp(np.arange(len(z)), seen, z[seen]))


def seed_of(*parts: object) -> int:
    """Return a seed made of these parts: the same parts, the same draws, in any process.

    >>> seed_of(0, "revenue", "Central") == seed_of(0, "revenue", "Central") != seed_of(0, "revenue", "East")
    True
    """
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:4], "big")
