"""The highest point of a likelihood of a few parameters, and draws from what it says of them, on a log scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import minimize

from salesgoals_kit.forecast.series import Array

Bounds = Sequence[tuple[float, float]]
Function = Callable[[Array], float]
WIDE = 3.0  # standard deviation of a parameter's logarithm before anything is seen: a factor of 20 either way
_PROPOSED = 4  # for each draw
_FREEDOM = 5.0  # degrees, of the t distribution that is proposed from: its tails are longer than the posterior's
_STEP = 1e-3


def highest(function: Function, starts: Sequence[Sequence[float]], bounds: Bounds) -> Array:
    """Return where a function is highest within the bounds: from several starts, the best then searched closely."""
    tried = [minimize(lambda at: -function(at), np.array(start), method="L-BFGS-B", bounds=bounds) for start in starts]
    best = min(tried, key=lambda found: float(found.fun))
    options = {"xatol": 1e-8, "fatol": 1e-10, "maxiter": 8000, "maxfev": 8000}
    close = minimize(lambda at: -function(at), best.x, method="Nelder-Mead", bounds=bounds, options=options)
    return np.asarray(close.x)


def drawn(function: Function, best: Array, centre: Array, bounds: Bounds, seed: int, count: int) -> Array:
    """Return draws (rows) of the logarithms of the parameters, from the likelihood and a wide normal about ``centre``.

    Sampling-importance resampling (Rubin 1988): proposed from a t distribution with the curvature of the posterior at
    its highest point, kept by their weights. Seeded.
    """

    def posterior(at: Array) -> float:
        return function(at) - 0.5 * float((((at - centre) / WIDE) ** 2).sum())

    top = highest(posterior, [best.tolist()], bounds)
    root = _spread(posterior, top)
    rng = np.random.default_rng(seed)
    size = len(top)
    steps = rng.standard_normal((_PROPOSED * count, size))
    steps /= np.sqrt(rng.chisquare(_FREEDOM, _PROPOSED * count) / _FREEDOM)[:, None]
    low, high = (np.array(ends) for ends in zip(*bounds, strict=True))
    proposed = top + steps @ root.T
    inside = np.asarray(((proposed >= low) & (proposed <= high)).all(axis=1))
    shape = -(_FREEDOM + size) / 2 * np.log1p((steps**2).sum(axis=1) / _FREEDOM)
    logs = np.array([posterior(at) - q if ok else -np.inf for at, q, ok in zip(proposed, shape, inside, strict=True)])
    weights = np.exp(logs - logs.max())
    return np.asarray(proposed[rng.choice(len(logs), size=count, p=weights / weights.sum())])


def _spread(function: Function, top: Array) -> Array:
    """Return a square root of the covariance that the curvature at the top stands for, no wider than was expected."""
    size = len(top)
    steps = np.eye(size) * _STEP
    curve = np.zeros((size, size))
    for i in range(size):
        for j in range(i + 1):
            corners = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
            values = [function(top + a * steps[i] + b * steps[j]) * a * b for a, b in corners]
            curve[i, j] = curve[j, i] = -sum(values) / (4 * _STEP**2)
    bends, axes = np.linalg.eigh(curve)
    return np.asarray(axes / np.sqrt(np.maximum(bends, 1 / WIDE**2)))
