"""From joint monthly paths to the draws of a whole period, as the KPI's ``over_period`` says.

Paths are summed, never bounds: the months of one path belong together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salesgoals_kit.forecast.paths import Paths
from salesgoals_kit.forecast.series import Array, Better, OverPeriod, Series


@dataclass(frozen=True, eq=False)
class PeriodDraws:
    """One value a path; for ratios its two parts beside it. ``undefined`` is the share of paths without a value."""

    values: Array
    counts: tuple[Array, Array] | None = None
    undefined: float = 0.0


def over_period(paths: Paths, rule: OverPeriod, better: Better) -> PeriodDraws:
    """Return the period's draws from the paths of its months.

    ``sum`` adds the months; ``last`` and ``recompute`` (already rolling over the period) take the last;
    ``ratio_of_sums`` divides the sum of the numerators by that of the denominators; ``every_month`` takes the worst.
    A path without a denominator has no value: it takes that of another path, so that the outlook is of the value if
    there is one.
    """
    if rule == "sum":
        return PeriodDraws(paths.numerator.sum(axis=1))
    if rule in ("last", "recompute"):
        return PeriodDraws(paths.value[:, -1])
    if rule == "every_month":
        return _worst_month(paths, better)
    assert paths.denominator is not None
    return _ratio(paths.numerator.sum(axis=1), paths.denominator.sum(axis=1))


def actual(series: Series, first: int, last: int) -> float:
    """Return what the months ``first`` to ``last`` of a series came to; NaN where a month is not known."""
    part = series.between(first, last)
    if not part.known.all() or len(part.months) < last - first + 1:
        return np.nan
    if not series.is_ratio:
        paths = Paths(part.value[None, :], None)
    else:
        below = part.denominator
        assert below is not None
        if not np.nansum(below) > 0:
            return np.nan
        paths = Paths(part.numerator[None, :], below[None, :])
    return float(over_period(paths, series.over_period, series.better).values[0])


def _worst_month(paths: Paths, better: Better) -> PeriodDraws:
    value = paths.value
    defined = np.isfinite(value)
    worst = np.where(defined, value, np.inf if better == "higher" else -np.inf)
    at = (np.argmin if better == "higher" else np.argmax)(worst, axis=1)
    rows = np.arange(len(value))
    if paths.denominator is None:
        return PeriodDraws(value[rows, at])
    return _ratio(paths.numerator[rows, at], paths.denominator[rows, at])


def _ratio(above: Array, below: Array) -> PeriodDraws:
    defined = np.flatnonzero(below > 0)
    if not defined.size:
        return PeriodDraws(np.full(above.shape, np.nan), (above, below), 1.0)
    rows = np.arange(len(below))
    lacking = below <= 0
    rows[lacking] = defined[np.arange(int(lacking.sum())) % defined.size]
    above, below = above[rows], below[rows]
    return PeriodDraws(above / below, (above, below), float(np.mean(lacking)))
