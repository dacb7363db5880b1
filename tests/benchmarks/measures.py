"""The benchmark's measures: pure functions of what came (actual), what was said (forecast) and what was drawn (draws).

Makridakis 1993: Accuracy measures: theoretical and practical concerns. International Journal of Forecasting 9.
Hyndman & Koehler 2006: Another look at measures of forecast accuracy. International Journal of Forecasting 22.
Koenker & Bassett 1978: Regression quantiles. Econometrica 46.
Smith 1985: Diagnostic checks of non-standard time series models. Journal of Forecasting 4.
Brockwell 2007: Universal residuals: a multivariate transformation. Statistics & Probability Letters 77.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

GRAINS = {"month": 1, "quarter": 3, "year": 12}
LEVELS = (0.1, 0.2, 0.5, 0.8, 0.9)
YEAR = 12
ALIKE = 1e-6  # totals that differ by less, as a share, differ by rounding only (some draws come in single precision)


def blocks(months: Array, length: int) -> Array:
    """Return the totals of every whole block of ``length`` months from the first on, along the last axis.

    >>> blocks(np.array([1.0, 2, 3, 4, 5, 6, 7]), 3)  # the seventh month is no whole block
    array([ 6., 15.])
    """
    whole = months.shape[-1] // length
    return np.asarray(months[..., : whole * length].reshape(*months.shape[:-1], whole, length).sum(axis=-1))


def smape(actual: Array, forecast: Array) -> float:
    """Return 200 * mean(|a - f| / (|a| + |f|)), from 0 to 200; 0/0 counts 0 (Makridakis 1993).

    >>> smape(np.array([100.0, 0.0]), np.array([300.0, 0.0]))  # 200 * (200 / 400 + 0) / 2
    50.0
    """
    size = np.abs(actual) + np.abs(forecast)
    off = np.abs(actual - forecast)
    return float(200 * np.mean(np.divide(off, size, out=np.zeros_like(off), where=size > 0)))


def seasonal_error(train: Array) -> float:
    """Return mean |y_t - y_{t-12}|, or mean |y_t - y_{t-1}| of 12 months or fewer: the scale of MASE and pinball loss.

    It is 0 where the months repeat themselves, or where there is one alone: there is then no scale.

    >>> seasonal_error(np.array([1.0, 4.0, 2.0]))  # (3 + 2) / 2
    2.5
    """
    lag = YEAR if len(train) > YEAR else 1
    return float(np.mean(np.abs(train[lag:] - train[:-lag]))) if len(train) > lag else 0.0


def scaled(value: float, scale: float) -> float:
    """Return value / scale; NaN where the scale is 0, so that the series is left out."""
    return value / scale if scale > 0 else float("nan")


def mase(actual: Array, forecast: Array, train: Array) -> float:
    """Return mean |a - f| / the seasonal-naive error of the whole training part (Hyndman & Koehler 2006); or NaN."""
    return scaled(float(np.mean(np.abs(actual - forecast))), seasonal_error(train))


def percentage_error(actual: float, forecast: float) -> float:
    """Return 100 * |a - f| / |a|; NaN where a is 0.

    >>> percentage_error(80.0, 100.0)
    25.0
    """
    return 100 * abs(actual - forecast) / abs(actual) if actual else float("nan")


def pinball(actual: Array, draws: Array) -> float:
    """Return the mean over totals and the five levels p of max(p (a - q), (p - 1) (a - q)); NaN where no total is.

    q is the draws' (one row a path, one column a total) p-quantile (Koenker & Bassett 1978). The benchmark divides it
    by the seasonal-naive error of a month, for quarters and years as well: their figures are larger for that reason.

    >>> pinball(np.array([12.0]), np.full((9, 1), 10.0))  # 2 * (0.1 + 0.2 + 0.5 + 0.8 + 0.9) / 5
    1.0
    """
    if not len(actual):
        return float("nan")
    levels = np.array(LEVELS)[:, None]
    off = actual - np.quantile(draws, LEVELS, axis=0)
    return float(np.mean(np.maximum(levels * off, (levels - 1) * off)))


def randomised_pit(actual: Array, draws: Array, uniforms: Array) -> Array:
    """Return P(draw < a) + U * P(draw = a) of each total: even from 0 to 1 where the draws tell the truth.

    U is uniform from 0 to 1: without it, totals that tie with draws (months with nothing) would all count as below, or
    all as not below, a point of the forecast (Smith 1985; Brockwell 2007).

    >>> randomised_pit(np.array([2.0]), np.array([[1.0], [2.0], [2.0], [3.0]]), np.array([0.5]))  # 1/4 + 0.5 * 2/4
    array([0.5])
    """
    same = np.isclose(draws, actual, rtol=ALIKE, atol=0)
    below = (draws < actual) & ~same
    return np.asarray(below.mean(axis=0) + uniforms * same.mean(axis=0))


def uniforms(series: str, grain: str, totals: int) -> Array:
    """Return each total's U, from 0 to 1, which depends on the series, the grain and the block alone."""
    hashed = (hashlib.sha256(f"{series}/{grain}/{block}".encode()).digest() for block in range(totals))
    return np.array([int.from_bytes(one[:6], "big") / 2**48 for one in hashed], dtype=np.float64)


def hits(pits: Sequence[float]) -> dict[str, float | None]:
    """Return the share of totals below each point of the forecast, from 0 to 1: the share of PITs below p.

    >>> hits([0.05, 0.15, 0.6, 0.95])
    {'10': 0.25, '20': 0.5, '50': 0.5, '80': 0.75, '90': 0.75}
    """
    return {f"{level * 100:.0f}": float(np.mean(np.array(pits) < level)) if len(pits) else None for level in LEVELS}
