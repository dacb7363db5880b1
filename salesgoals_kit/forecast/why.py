"""Why an outlook is what it is: history used, level, trend and season, in sentences for a manager."""

from __future__ import annotations

import numpy as np

from salesgoals_kit.forecast.combine import actual
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.series import Series
from salesgoals_kit.forecast.signals import YEAR
from salesgoals_kit.periods import month_start
from salesgoals_kit.words import Change, Count, Message, Money, Number, Points, Rate, Value, say

EVEN_YEAR = 0.05  # strongest and weakest month nearer than this: there is no season to speak of
SHORT_TREND = 3  # months compared where there are no two years


def why(outlook: Outlook, series: Series) -> tuple[Message, ...]:
    """Return what the outlook rests on: the months used, the level, the trend, the season, and how it is continued."""
    if outlook.method == "borrowed":
        return (_continued(outlook),)
    known = series.recent()
    first, last = month_in_words(known.first), month_in_words(known.last)
    used = say("forecast.history_used", first=first, last=last, months=Count(len(known.months)))
    parts = [used, _level(known), _trend(known), _season(outlook), _continued(outlook)]
    return tuple(part for part in parts if part is not None)


def quantity(value: float, unit: str, decimals: int = 1) -> Value:
    """Return a value of a KPI as the typed quantity of its unit."""
    if unit == "money":
        return Money(value)
    if unit == "rate":
        return Rate(value)
    return Number(value, decimals, "" if unit == "count" else unit)


def month_in_words(number: int) -> Message:
    """Return a month of a year as it is spoken of: January 2026."""
    first = month_start(number)
    return say("forecast.month_of_year", month=say(f"forecast.month_{first.month}"), year=str(first.year))


def _level(series: Series) -> Message | None:
    months = min(YEAR, len(series.months))
    value = _mean(series, series.last - months + 1, series.last)
    if not np.isfinite(value):
        return None
    rule = "stock" if series.is_stock else "flow" if series.over_period == "sum" else "ratio"
    return say(f"forecast.level_{rule}", months=Count(months), value=quantity(value, series.unit))


def _trend(series: Series) -> Message | None:
    """Compare the last year with the one before, or the last three months with the three before."""
    months = YEAR if len(series.months) >= 2 * YEAR else SHORT_TREND
    if len(series.months) < 2 * months:
        return None
    now = _mean(series, series.last - months + 1, series.last)
    before = _mean(series, series.last - 2 * months + 1, series.last - months)
    if not (np.isfinite(now) and np.isfinite(before)):
        return None
    if series.unit != "rate" and before <= 0:
        return None
    change = Points(now - before) if series.unit == "rate" else Change(now / before - 1)
    if series.is_stock:
        return say("forecast.trend_of_stock", months=Count(months), change=change)
    return say("forecast.trend", months=Count(months), change=change)


def _season(outlook: Outlook) -> Message | None:
    if outlook.season is None:
        return None
    factors = np.array(outlook.season)
    if np.ptp(factors) < EVEN_YEAR:
        return say("forecast.even_year")
    strong, weak = int(np.argmax(factors)), int(np.argmin(factors))
    return say(
        "forecast.season",
        strong=say(f"forecast.month_{strong + 1}"),
        more=Change(float(factors[strong]) - 1),
        weak=say(f"forecast.month_{weak + 1}"),
        less=Change(float(factors[weak]) - 1),
    )


def _continued(outlook: Outlook) -> Message:
    if outlook.method == "combination" and outlook.history_months < YEAR:
        return say("forecast.continues_short")
    return say(f"forecast.continues_{outlook.method}")


def _mean(series: Series, first: int, last: int) -> float:
    """Return the mean month of a span, or its ratio of sums; NaN where nothing is known."""
    if series.is_ratio and series.over_period == "ratio_of_sums":
        part = series.between(first, last)
        below = 0.0 if part.denominator is None else float(np.nansum(part.denominator))
        return float(np.nansum(part.numerator)) / below if below > 0 else np.nan
    if series.is_stock:
        return actual(series, last, last)
    value = series.between(first, last).value
    return float(np.nanmean(value)) if np.isfinite(value).any() else np.nan
