"""What a usual year looks like: each month of the year compared with the mean month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.paths import value_signal
from salesgoals_kit.forecast.season import fit_season
from salesgoals_kit.forecast.series import Array, Series
from salesgoals_kit.forecast.signals import YEAR


def season_profile(series: Series, seed: int = 0) -> pd.DataFrame | None:
    """Return month (1 to 12) and factor (1.2: a fifth above the mean month), from Prophet's yearly season.

    None under two years of history, where Prophet cannot be fitted, and where the level is not above zero, so that no
    month can be a multiple of it.
    """
    factors = season_factors(series, seed)
    if factors is None:
        return None
    return pd.DataFrame({"month": np.arange(1, YEAR + 1), "factor": factors})


def season_factors(series: Series, seed: int = 0) -> tuple[float, ...] | None:
    """Return the factors of January to December, as `season_profile` does."""
    signal, scale = value_signal(series.recent())
    if not signal.has_season:
        return None
    try:
        added = fit_season(signal, seed).year()
    except ForecastError:
        return None
    months: Array = scale.back(float(np.mean(signal.z[signal.known][-YEAR:])) + added)
    mean = float(months.mean())
    return tuple((months / mean).tolist()) if mean > 0 and (months >= 0).all() else None
