"""How far off an outlook's forecast would have been: the same period forecast again from moments of the past.

Only months up to the moment are shown to the forecast. Beside it stands what repeating the year before would have
done. These are the rolling origins that the range is made of too (`spread`); here they are put in words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesgoals_kit.forecast.combination import quick_point
from salesgoals_kit.forecast.combine import actual
from salesgoals_kit.forecast.paths import value_signal
from salesgoals_kit.forecast.series import Array, Series
from salesgoals_kit.forecast.signals import SEASON_FROM, YEAR
from salesgoals_kit.periods import LENGTH, Period
from salesgoals_kit.words import Count, Message, Rate, say

LOOKED_BACK = 48  # months
FEWEST = 3  # past moments, to speak of how far off


@dataclass(frozen=True, eq=False)
class Backtest:
    """Forecasts from past moments.

    ``frame`` has one row a moment: origin (the last month shown, a month number), first and last (of the period),
    actual, predicted, repeated (the year before; NaN where there was none). ``error`` and ``repeated_error`` are mean
    absolute errors as shares of the actual, over the same moments; NaN where there were too few.
    """

    frame: pd.DataFrame
    error: float
    repeated_error: float
    notes: tuple[Message, ...]


def backtest(series: Series, period: Period) -> Backtest:
    """Return how far off forecasts of periods of this length, as far ahead as this one, would have been."""
    known = value_signal(series).known
    begun = series.first + int(np.argmax(known)) if known.any() else series.last
    rows = [_row(series, period, origin) for origin in _origins(series, period) if origin >= begun]
    frame = pd.DataFrame(rows, columns=["origin", "first", "last", "actual", "predicted", "repeated"])
    frame = frame[frame["actual"].notna()].reset_index(drop=True)
    truth = frame["actual"].where(frame["actual"] != 0)
    off = (frame["predicted"] / truth - 1).abs()
    repeated = (frame["repeated"] / truth - 1).abs()
    both = off.notna() & repeated.notna()
    many = int(off.notna().sum())
    if many < FEWEST:
        note = say("forecast.too_short_to_check", months=Count(len(series.months)))
        return Backtest(frame, np.nan, np.nan, (note,))
    if int(both.sum()) < FEWEST:
        error = float(off.mean())
        return Backtest(frame, error, np.nan, (say("forecast.off", origins=Count(many), error=Rate(error)),))
    error, year_before = float(off[both].mean()), float(repeated[both].mean())
    note = say(
        "forecast.off_beside_repeating", origins=Count(int(both.sum())), error=Rate(error), repeated=Rate(year_before)
    )
    return Backtest(frame, error, year_before, (note,))


def gap(series: Series, period: Period) -> int:
    """Return the months between the history's last and the period's first."""
    return period.first - series.last - 1


def _origins(series: Series, period: Period) -> list[int]:
    """Return the last months that are shown, latest first, a quarter apart (a month for a month)."""
    step = 1 if period.grain == "month" else 3
    fewest = YEAR if len(series.months) >= SEASON_FROM else 3
    latest = series.last - (period.last - series.last)
    earliest = max(series.first + fewest - 1, series.last - LOOKED_BACK)
    return list(range(latest, earliest - 1, -step))


def _row(series: Series, period: Period, origin: int) -> list[object]:
    length, between = LENGTH[period.grain], gap(series, period)
    first, last = origin + between + 1, origin + between + length
    known = value_signal(series.until(origin))
    path = known.scale.back(quick_point(known, between + length))[between:]
    before = np.array([actual(series, month, month) for month in range(first - YEAR, last + 1 - YEAR)])
    repeated = _whole(series, before) if last - YEAR <= origin else np.nan
    return [origin, first, last, actual(series, first, last), _whole(series, path), repeated]


def _whole(series: Series, values: Array) -> float:
    """Return what a period's months come to; of a ratio, whose parts are not known, the mean month."""
    if series.over_period == "sum":
        return float(values.sum())
    if series.is_stock:
        return float(values[-1])
    if series.over_period == "every_month":
        return float(values.min() if series.better == "higher" else values.max())
    return float(values.mean())
