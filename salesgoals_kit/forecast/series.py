"""The monthly series that a forecast is made of: what was measured, month after month, and how it adds up."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.errors import Fault, ForecastError
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import month_name

Array = npt.NDArray[np.float64]
Months = npt.NDArray[np.int64]
ScaleKind = Literal["positive", "rate", "signed"]
Better = Literal["higher", "lower"]
OverPeriod = Literal["sum", "last", "ratio_of_sums", "every_month", "recompute"]

LONGEST = 120  # months of history that are used: what was before tells little of what comes
LARGEST = 1e15  # beyond this a double no longer tells cents apart


@dataclass(frozen=True, eq=False)
class Series:
    """Whole months of one KPI for one owner; the value is numerator / denominator, or the numerator alone.

    ``months`` are consecutive month numbers; a month whose figures are not known is NaN. With a denominator of 0 the
    month is known, but has no value. With ``over_period`` ``recompute`` the values are already rolling over as many
    months as the period has. ``minor_units`` are those of the currency, for money alone.
    """

    kpi: str
    owner: Owner
    months: Months
    numerator: Array
    denominator: Array | None
    scale: ScaleKind
    better: Better
    over_period: OverPeriod
    unit: str
    minor_units: int = 100

    @property
    def value(self) -> Array:
        """The KPI month by month; NaN where it is not known or not defined."""
        if self.denominator is None:
            return self.numerator
        return ratio(self.numerator, self.denominator)

    @property
    def is_ratio(self) -> bool:
        """Whether a period's value needs the sums, or each month's two parts."""
        return self.denominator is not None and self.over_period in ("ratio_of_sums", "every_month")

    @property
    def is_stock(self) -> bool:
        """Whether a month's value carries on from the month before, like recurring revenue or a rolling figure."""
        return self.over_period in ("last", "recompute")

    @property
    def counts_cases(self) -> bool:
        """Whether it is a rate of cases (3 of 60), which moves in steps."""
        return self.is_ratio and self.scale == "rate" and _whole(self.numerator) and _whole(self.denominator)

    @property
    def has_two_amounts(self) -> bool:
        """Whether it is a ratio of positive amounts (cost for each customer), which are drawn each by itself."""
        return self.is_ratio and self.scale == "positive"

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which months have figures."""
        return np.isfinite(self.numerator) if self.is_ratio else np.isfinite(self.value)

    @property
    def first(self) -> int:
        """The first month's number."""
        return int(self.months[0])

    @property
    def last(self) -> int:
        """The last month's number."""
        return int(self.months[-1])

    def between(self, first: int, last: int) -> Series:
        """Return the same series with the months from ``first`` to ``last`` only."""
        kept = (self.months >= first) & (self.months <= last)
        denominator = None if self.denominator is None else self.denominator[kept]
        return replace(self, months=self.months[kept], numerator=self.numerator[kept], denominator=denominator)

    def until(self, last: int) -> Series:
        """Return what was known when month ``last`` had ended."""
        return self.between(self.first, last)

    def trimmed(self) -> Series:
        """Return the series from its first to its last month with figures; ForecastError where no month has any."""
        known = np.flatnonzero(self.known)
        if not known.size:
            where = f"{self.kpi} of {self.owner.name or 'the company'}"
            fault = Fault(where, "no month with figures", "one at least", "an outlook needs some history")
            raise ForecastError("There is nothing to forecast from.", [fault], "forecast.none_history")
        return self.between(int(self.months[known[0]]), int(self.months[known[-1]]))

    def recent(self) -> Series:
        """Return what a forecast is made of: the trimmed series, its last ten years at most."""
        known = self.trimmed()
        return known.between(known.last - LONGEST + 1, known.last).trimmed()

    def digest(self) -> str:
        """Return a hash of everything in it."""
        words = (self.kpi, self.owner, self.scale, self.better, self.over_period, self.unit, self.minor_units)
        found = hashlib.sha256(repr(words).encode())
        for part in (self.months, self.numerator, self.denominator):
            found.update(b"-" if part is None else np.ascontiguousarray(part).tobytes())
        return found.hexdigest()


def monthly_series(
    kpi: str,
    owner: Owner,
    history: pd.DataFrame,
    *,
    scale: ScaleKind,
    better: Better,
    over_period: OverPeriod,
    unit: str,
    minor_units: int = 100,
) -> Series:
    """Return the checked series of a history: columns month (first days), numerator, denominator, value.

    Where a period needs no sums of parts the value alone is taken, except for rates, whose denominators tell how much
    each month is to be trusted. A month in which more was credited than invoiced tells no ratio: it is unknown. A
    history without a month is a series without one: that of a newcomer.
    """
    months = np.asarray(pd.to_datetime(history["month"]).dt.to_period("M").astype("int64"), dtype=np.int64)
    parts = {name: history[name].to_numpy("float64") for name in ("numerator", "denominator", "value")}
    in_parts = np.isfinite(parts["denominator"]).any() and (
        over_period in ("ratio_of_sums", "every_month") or scale == "rate"
    )
    if in_parts and scale == "signed":
        told = np.where(parts["denominator"] < 0, np.nan, 1.0)
        parts = {name: part * told for name, part in parts.items()}
    numerator, denominator = (parts["numerator"], parts["denominator"]) if in_parts else (parts["value"], None)
    series = Series(kpi, owner, months, numerator, denominator, scale, better, over_period, unit, minor_units)
    if len(months):
        check_series(series)
    return series


def ratio(above: Array, below: Array) -> Array:
    """Return ``above / below``; NaN where there is nothing below."""
    empty = np.full(above.shape, np.nan)
    return np.asarray(np.divide(above, below, out=empty, where=below > 0))


def check_series(series: Series) -> None:
    """Raise ForecastError with everything that is wrong with a series, or return nothing."""
    faults = _word_faults(series) + _shape_faults(series) or [*_month_faults(series), *_value_faults(series)]
    if faults:
        raise ForecastError(f"No outlook can be made of {series.kpi}.", faults)


def _word_faults(series: Series) -> list[Fault]:
    rules = {"scale": ScaleKind, "better": Better, "over_period": OverPeriod}
    return [
        Fault(name, repr(getattr(series, name)), f"one of {', '.join(get_args(known))}")
        for name, known in rules.items()
        if getattr(series, name) not in get_args(known)
    ]


def _shape_faults(series: Series) -> list[Fault]:
    if not len(series.months):
        return [Fault("months", "none", "one at least", "an outlook needs some history")]
    shapes = {part.shape for part in (series.months, series.numerator, series.denominator) if part is not None}
    if len(shapes) > 1 or series.months.ndim != 1:
        return [Fault("months", f"parts of the shapes {sorted(shapes)}", "one number a month in each part")]
    if series.denominator is None and series.over_period == "ratio_of_sums":
        return [Fault("denominator", "none", "one a month, as a ratio of sums needs it")]
    return []


def _month_faults(series: Series) -> list[Fault]:
    todo = {0: "keep one row a month", 1: "give a month without figures as NaN", -1: "sort the months"}
    faults = []
    for before, month in zip(series.months[:-1].tolist(), series.months[1:].tolist(), strict=True):
        step = month - before
        if step != 1:
            found = f"followed by {month_name(month)}"
            faults.append(Fault(month_name(before), found, month_name(before + 1), todo[int(np.sign(step))]))
    return faults


def _value_faults(series: Series) -> list[Fault]:
    top, bottom = series.numerator, series.denominator
    rules = [(np.isinf(top) | (np.abs(top) > LARGEST), f"a finite number below {LARGEST:g}")]
    if bottom is not None:
        rules += [
            (np.isinf(bottom) | (bottom < 0) | (bottom > LARGEST), f"a denominator from 0 to {LARGEST:g}"),
            (np.isfinite(top) != np.isfinite(bottom), "numerator and denominator, or neither"),
        ]
    if series.scale == "rate":
        rules.append(((top < 0) | (top > (1.0 if bottom is None else bottom)), "a rate from 0 to 1"))
    return [
        Fault(month_name(int(series.months[at])), _shown(series, int(at)), expected)
        for wrong, expected in rules
        for at in np.flatnonzero(wrong)
    ]


def _shown(series: Series, at: int) -> str:
    top = f"{series.numerator[at]:g}"
    return top if series.denominator is None else f"{top} of {series.denominator[at]:g}"


def _whole(part: Array | None) -> bool:
    return part is not None and bool(np.all(np.isnan(part) | (part == np.rint(part))))
