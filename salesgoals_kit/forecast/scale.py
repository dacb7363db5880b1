"""Values on the scale on which a month's noise is even, and back to where values can be.

Positive figures are forecast as logarithms, rates as log odds, signed ones as they are. Everything is divided by the
size of the series first, so that a series of millions and the same one in thousandths have the same outlook.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salesgoals_kit.forecast.series import Array, ScaleKind

NEARLY_NOTHING = 0.05  # of the mean month: a month below it is treated like one with nothing
SMALLEST_OFFSET = 0.2  # of the mean month that has something
LARGEST = 5.0  # times the median month that has something: no series has a size beyond that
ROOF = 10.0  # no month of a positive figure is drawn above so many times the best month there ever was
ENOUGH = 5.0  # cases, and others, expected in a month
EDGE = 0.002  # a rate that is not counted in cases stays at least so far from 0 and 1, where log odds have no end


@dataclass(frozen=True)
class Scale:
    """A change of scale. ``unit`` is the size of the series; ``offset`` and ``roof`` are counted in it.

    ``edge`` is how far from 0 and 1 a rate is taken to be at least.
    """

    kind: ScaleKind
    unit: float = 1.0
    offset: float = 0.0
    roof: float = np.inf
    edge: float = EDGE

    def forward(self, values: Array) -> Array:
        """Return values on the even scale."""
        if self.kind == "rate":
            inside = np.clip(values, self.edge, 1 - self.edge)
            return np.asarray(np.log(inside / (1 - inside)))
        sized = values / self.unit
        return np.asarray(np.log(sized + self.offset)) if self.kind == "positive" else sized

    def back(self, z: Array) -> Array:
        """Return values on their own scale: positive ones never negative, rates between 0 and 1."""
        if self.kind == "rate":
            return np.asarray(1 / (1 + np.exp(-np.clip(z, -50, 50))))
        if self.kind == "positive":
            grown = np.exp(np.minimum(z, np.log(self.roof + self.offset))) - self.offset
            return np.asarray(np.maximum(grown, 0.0) * self.unit)
        return z * self.unit


def scale_of(values: Array, kind: ScaleKind) -> Scale:
    """Return the scale for a series (NaN: unknown).

    Where months with nothing, or nearly nothing, occur among positive figures, an offset stands under the logarithm:
    the share of such months, at least 0.2, of the mean month that has something. The log of such a month is then low,
    but not so low that it alone makes the spread. A rate of exactly 0 or 1 is likewise taken to be half as far from
    there as the nearest other is.
    """
    known = values[np.isfinite(values)]
    if kind == "rate":
        off = np.minimum(known, 1 - known)
        return Scale(kind, edge=max(EDGE, float(off[off > 0].min()) / 2) if (off > 0).any() else EDGE)
    unit = _size_of(np.abs(known[known != 0]), known.size)
    if unit == 0.0:
        return Scale(kind, offset=1.0 if kind == "positive" else 0.0)
    if kind == "signed":
        return Scale(kind, unit)
    low = known < NEARLY_NOTHING * unit
    offset = max(SMALLEST_OFFSET, float(np.mean(low))) * float(np.mean(known[~low])) / unit if low.any() else 0.0
    return Scale(kind, unit, offset, ROOF * float(np.max(known)) / unit)


def _size_of(sizes: Array, months: int) -> float:
    """Return the mean month of all; where a month is beyond all measure (a thousand times), five times the median."""
    if not sizes.size:
        return 0.0
    return min(float(sizes.sum()) / months, LARGEST * float(np.median(sizes)))


def steadied_rates(cases: Array, of: Array) -> Array:
    """Return each month's rate, drawn towards the rate of all months by as much as chance alone can explain.

    ``(cases + a p) / (of + a)`` where p is the rate of all months, (cases + 1/2) / (of + 1), and 1/a the spread of the
    true rates beyond what drawing so many cases gives (moments of the beta-binomial: Kleinman 1973); a is at least 1.
    A team with five accounts does not get a churn of 1/12 in every month in which nobody left. NaN where there was
    no case or the month is unknown.
    """
    seen = np.isfinite(of) & (of > 0)
    if not seen.any():
        return np.full(cases.shape, np.nan)
    k, n = cases[seen], of[seen]
    mean = pooled_rate(cases, of)
    beyond, room = beyond_chance(k / n, n, mean, mean * (1 - mean))
    room -= len(n) - 1
    steadied = np.full(cases.shape, np.nan)
    if beyond <= 0 or room <= 0:
        steadied[seen] = mean
        return steadied
    weight = max(1.0, 1 / min(1.0, beyond / room) - 1)
    steadied[seen] = (k + weight * mean) / (n + weight)
    return steadied


def beyond_chance(rates: Array, of: Array, mean: float, variance: float) -> tuple[float, float]:
    """Return the spread of rates beyond what drawing the cases gives, and the room there is for it.

    ``sum n (r - mean)^2 / variance - (J - 1)`` and ``sum n - sum n^2 / sum n`` for J rates of n cases each, one case
    having the given variance (moments of a one-way random effect: Kleinman 1973; Buhlmann and Straub 1970).
    """
    spread = float(np.sum(of * (rates - mean) ** 2)) / variance - (len(of) - 1)
    return spread, float(np.sum(of) - np.sum(of**2) / np.sum(of))


def sampling_variance(cases: Array, of: Array) -> float | None:
    """Return the variance that drawing the cases gives to a month's log odds, 1 / (n p (1 - p)) on average.

    None where less than five cases or less than five others are to be expected in a month: log odds are then no
    measure, and the rate has to be steadied.
    """
    some = np.isfinite(of) & (of > 0)
    rate = pooled_rate(cases, of)
    if not some.any() or float(np.median(of[some])) * min(rate, 1 - rate) < ENOUGH:
        return None
    return float(np.mean(1 / of[some])) / (rate * (1 - rate))


def pooled_rate(cases: Array, of: Array) -> float:
    """Return the rate of all months together, (cases + 1/2) / (of + 1)."""
    return float((np.nansum(cases) + 0.5) / (np.nansum(of) + 1))
