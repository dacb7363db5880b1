"""What a usual year looks like: each month of the year compared with the mean month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from salesgoals_kit.forecast.damping import damped
from salesgoals_kit.forecast.paths import season_of, value_signal
from salesgoals_kit.forecast.series import Array, Series
from salesgoals_kit.forecast.signals import YEAR


def season_profile(series: Series, country: str | None = None) -> pd.DataFrame | None:
    """Return month (1 to 12) and factor (1.2: a fifth above the mean month), from Prophet's yearly season.

    None under two years of history, and where the level is not above zero, so that no month can be a multiple of it.
    Holidays that move between months are not in it.
    """
    factors = season_factors(series, country)
    if factors is None:
        return None
    return pd.DataFrame({"month": np.arange(1, YEAR + 1), "factor": factors})


def season_factors(series: Series, country: str | None = None) -> tuple[float, ...] | None:
    """Return the factors of January to December, as `season_profile` does."""
    signal = damped(value_signal(series.recent())).signal
    if not signal.has_season or signal.still:
        return None
    added = season_of(signal, country).added
    months: Array = signal.scale.back(float(np.mean(signal.z[signal.known][-YEAR:])) + added)
    mean = float(months.mean())
    return tuple((months / mean).tolist()) if mean > 0 and (months >= 0).all() else None
