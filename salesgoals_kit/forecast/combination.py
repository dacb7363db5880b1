"""The point forecast: many forecasts of one signal, and what is taken of them.

Nothing is weighted by how well it fitted. The models of the series as it is count twice, so that they weigh about as
much as those of its logarithm. The weights and the share cut off were chosen on M3's training part alone, at origins 9,
18, 27 and 36 months before its end (sMAPE 10.03 and MASE 0.785; the mean of ETS, dynamic Theta and CES 10.36 and 0.805;
the middle half of all models, each counted once, 10.03 and 0.786), and hold on M1 and Tourism. With two years of
history the median was better than any mean (18 months before M3's end: sMAPE 13.7 against 14.7 for the mean of the
three). Under four years most models do not see a strong season (0.8), or only part of it: for such series those that
are given it, and last year's months, are taken alone, which brought all series of M1, Tourism and M3 from an sMAPE of
15.5 to 15.2 (24 months of history), 15.4 to 15.0 (30), 15.2 to 14.9 (36) and 14.8 to 14.7 (42). With one year there is
no season to be fitted, but last year's months, taken for half, brought it from 15.9 to 14.9; under a year the mean
month, taken for half, brought it from 20.7 to 16.9 with six months.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from salesgoals_kit.forecast.level import AS_IS, LEAST, apart_forecasts, level_forecasts, quick_forecast
from salesgoals_kit.forecast.quick import quick_season, season_strength
from salesgoals_kit.forecast.season import Season
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import YEAR, Signal

MEDIAN_UNDER = 36  # months of history
HIDDEN_UNDER = 48  # months: under so many most models do not see a strong season, or only part of it
STRONG = 0.8  # strength (`season_strength`) from which on it is given to them
CUT = 0.14  # of the forecasts at each end, month by month
LAST_YEAR = 0.5  # share of last year's months where they are all there is of a season
FEWEST = 4  # months to fit a model to


def point_forecast(signal: Signal, season: Season, horizon: int) -> Array:
    """Return the combined forecast of the months after the last, on the even scale.

    What moving holidays did is taken out for all models, and put back for the months to come.
    """
    moved = season.moved(signal.months(horizon))
    without = replace(signal, z=signal.z - moved[: len(signal)])
    return np.asarray(_combined(without, season, horizon) + moved[len(signal) :])


def _combined(signal: Signal, season: Season, horizon: int) -> Array:
    last_year = _last_year(signal, horizon)
    if len(signal) < FEWEST:
        return np.full(horizon, float(np.mean(signal.filled)))
    added = season.at(signal.months(horizon))
    hidden = len(signal) < HIDDEN_UNDER and season_strength(signal) >= STRONG
    models = apart_forecasts if hidden else level_forecasts
    levels = {name: _even(signal, path) for name, path in models(signal, added, horizon).items()}
    found = [*levels.values(), *(path for name, path in levels.items() if name.endswith(AS_IS))]
    if last_year is not None and signal.has_season:
        found.append(last_year)
    middle = middle_of(found, CUT if len(signal) >= MEDIAN_UNDER else 0.5) if found else None
    if middle is None:
        return last_year if last_year is not None else np.full(horizon, float(np.mean(signal.filled[-3:])))
    return _steadied(signal, middle, last_year)


def quick_point(signal: Signal, horizon: int) -> Array:
    """Return what stands for the combined forecast at the rolling origins, on the even scale."""
    if len(signal) < FEWEST:
        return np.full(horizon, float(np.mean(signal.filled)))
    added = quick_season(signal).at(signal.months(horizon))
    path = quick_forecast(signal.filled - added[: len(signal)], horizon) + added[len(signal) :]
    return _steadied(signal, np.asarray(path), _last_year(signal, horizon))


def _steadied(signal: Signal, middle: Array, last_year: Array | None) -> Array:
    """Return the forecast, under two years of history drawn half-way to last year's months, or to the mean month."""
    if signal.has_season:
        return middle
    other = np.full(len(middle), float(np.mean(signal.filled))) if last_year is None else last_year
    return np.asarray((1 - LAST_YEAR) * middle + LAST_YEAR * other)


def middle_of(paths: Sequence[Array], cut: float) -> Array:
    """Return month by month the mean without the share ``cut`` at each end; the median where that is a half.

    >>> middle_of([np.array([1.0]), np.array([2.0]), np.array([4.0]), np.array([90.0])], 0.25)
    array([3.])
    """
    ordered = np.sort(np.stack(paths), axis=0)
    off = min(int(cut * len(ordered)), (len(ordered) - 1) // 2)
    return np.asarray(ordered[off : len(ordered) - off].mean(axis=0))


def _last_year(signal: Signal, horizon: int) -> Array | None:
    return np.resize(signal.filled[-YEAR:], horizon) if len(signal) >= YEAR else None


def _even(signal: Signal, path: Array) -> Array:
    scale = signal.scale
    if scale.kind == "positive":
        path = np.maximum(path, 0.0 if scale.offset else LEAST * scale.unit)
    return scale.forward(path)
