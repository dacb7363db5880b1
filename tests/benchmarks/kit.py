"""The kit's own forecast, asked for as any model is."""

from __future__ import annotations

import numpy as np

from salesgoals_kit.forecast.model import outlook_paths
from salesgoals_kit.forecast.series import ScaleKind, Series
from salesgoals_kit.owners import Owner
from tests.benchmarks.measures import Array


def kit_draws(y: Array, horizon: int, seed: int, first: int = 0) -> Array:
    """Return the kit's joint draws (draws by months) of the months after ``y``, whose first is month ``first``."""
    months = np.arange(first, first + len(y), dtype=np.int64)
    scale: ScaleKind = "signed" if (y < 0).any() else "positive"
    series = Series("revenue", Owner(), months, y, None, scale, "higher", "sum", "")
    return np.asarray(outlook_paths(series, horizon, country=None, seed=seed).numerator)
