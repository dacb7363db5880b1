"""Rolling origins: which of the two methods is used for a series, and how far off each would have been.

From up to four earlier moments both methods forecast a total of the period's length, as far ahead as the real one is,
and are scored on what came. Only months up to the moment are shown to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast import naive, season
from salesgoals_kit.forecast.combine import actual, over_period
from salesgoals_kit.forecast.paths import Drawing, Method, draw_paths
from salesgoals_kit.forecast.series import Array, Series
from salesgoals_kit.forecast.signals import SEASON_FROM, YEAR
from salesgoals_kit.periods import LENGTH, Period
from salesgoals_kit.words import Count, Message, Rate, say

METHODS: Mapping[str, Method] = {"prophet": season.paths, "seasonal_naive": naive.paths}
LEVELS = (0.1, 0.2, 0.5, 0.8, 0.9)
ORIGINS = 4
FEWEST_ORIGINS = 2
DRAWS = 400
STEP = {"month": 2, "quarter": 3, "year": 3}  # months between origins


@dataclass(frozen=True, eq=False)
class Backtest:
    """Scores from rolling origins.

    ``frame`` has one row for each origin and method: origin (the last month shown, a month number), first and last
    (of the period forecast), method, actual, predicted (the median), loss (mean pinball loss over five levels, in KPI
    units), error (absolute, as a share of the actual; NaN where that is 0). ``loss`` and ``error`` are the methods'
    means; empty where there were too few origins.
    """

    frame: pd.DataFrame
    chosen: str
    loss: dict[str, float]
    error: dict[str, float]
    notes: tuple[Message, ...]


def backtest(series: Series, period: Period, seed: int = 0) -> Backtest:
    """Return which method forecasts periods like this one better from within the series' own past.

    Prophet is used where its loss is lower; seasonal naive where it is not, or where there are too few origins.
    """
    rows = []
    for target in targets(series, period):
        known = series.until(target.first - 1 - gap(series, period))
        truth = actual(series, target.first, target.last)
        if np.isfinite(truth):
            rows += [_scored(known.trimmed(), target, truth, method, seed) for method in METHODS]
    columns = ["origin", "first", "last", "method", "actual", "predicted", "loss", "error"]
    frame = pd.DataFrame(rows, columns=columns)
    if len(frame) < FEWEST_ORIGINS * len(METHODS) or not np.isfinite(frame["loss"]).all():
        note = say("forecast.too_short_to_compare", months=Count(len(series.months)))
        return Backtest(frame, "seasonal_naive", {}, {}, (note,))
    by_method = frame.groupby("method")
    loss = {str(name): float(value) for name, value in by_method["loss"].mean().items()}
    error = {str(name): float(value) for name, value in by_method["error"].mean().items()}
    chosen = "prophet" if loss["prophet"] < loss["seasonal_naive"] else "seasonal_naive"
    return Backtest(frame, chosen, loss, error, (_choice(chosen, loss, error, len(frame) // len(METHODS)),))


def targets(series: Series, period: Period) -> list[Period]:
    """Return the past spans that are forecast again, latest first: as long as the period, and in step with its quarter.

    At least a year stands before each origin; two years where that leaves two origins.
    """
    length = LENGTH[period.grain]
    back = -((series.last - period.last) // 3) * 3 if period.grain == "quarter" else period.last - series.last
    latest = period.last - max(back, 0)
    spans = [
        Period(period.grain, last - length + 1, last, period.fiscal_year_starts)
        for last in range(latest, series.first, -STEP[period.grain])
    ]
    months = [span.first - gap(series, period) - series.first for span in spans]
    for fewest in (SEASON_FROM, YEAR):
        kept = [span for span, before in zip(spans, months, strict=True) if before >= fewest][:ORIGINS]
        if len(kept) >= FEWEST_ORIGINS:
            return kept
    return []


def gap(series: Series, period: Period) -> int:
    """Return the months between the history's last and the period's first."""
    return period.first - series.last - 1


def pinball(draws: Array, truth: float) -> float:
    """Return the mean pinball loss of the draws' 10, 20, 50, 80 and 90 % points (Koenker & Bassett 1978).

    >>> pinball(np.full(5, 10.0), 12.0)  # 2 too low at every level: 2 * (0.1 + 0.2 + 0.5 + 0.8 + 0.9) / 5
    1.0
    """
    levels = np.array(LEVELS)
    off = truth - np.quantile(draws, levels)
    return float(np.mean(np.maximum(levels * off, (levels - 1) * off)))


def _scored(known: Series, target: Period, truth: float, method: str, seed: int) -> list[object]:
    ahead = target.last - known.last
    try:
        paths = draw_paths(known, Drawing(METHODS[method], ahead, DRAWS, seed))
        draws = over_period(paths.tail(len(target.months)), known.over_period, known.better).values
    except ForecastError:  # nothing could be fitted from here: this method has no claim
        draws = np.full(DRAWS, np.nan)
    middle, loss = float(np.median(draws)), pinball(draws, truth)
    error = abs(middle / truth - 1) if truth else np.nan
    return [known.last, target.first, target.last, method, truth, middle, loss, error]


def _choice(chosen: str, loss: dict[str, float], error: dict[str, float], origins: int) -> Message:
    if loss["prophet"] == loss["seasonal_naive"]:
        return say("forecast.chosen_alike", origins=Count(origins))
    if not all(np.isfinite(value) for value in error.values()):
        return say(f"forecast.chosen_{chosen}_without_error", origins=Count(origins))
    prophet, naive_error = Rate(error["prophet"]), Rate(error["seasonal_naive"])
    return say(f"forecast.chosen_{chosen}", origins=Count(origins), prophet=prophet, naive=naive_error)
