"""Growth over consistent periods: whole months, quarters and fiscal years against the one before and a year before."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.kpis.measure import History
from salesgoals_kit.periods import LENGTH, Grain, month_number, whole_periods


def period_values(history: History, kpi: Kpi, grain: Grain, fiscal_year_starts: int = 1) -> pd.DataFrame:
    """Return the KPI of each whole period in a history: columns period (its name), first, last, value; in order.

    Months are combined as ``over_period`` says. A KPI that is recomputed on a period's rows needs a history whose
    ``length`` is the period's; any other one a monthly history. A period with a month that the history lacks is left
    out.
    """
    needed = LENGTH[grain] if kpi.over_period == "recompute" else 1
    if history.length != needed:
        raise ValueError(f"{kpi.name} by {grain} needs a history of length {needed}, not {history.length}")
    months = [month_number(month) for month in history.frame["month"].dt.date]
    row = {month: at for at, month in enumerate(months)}
    first = min(months, default=0) - needed + 1
    periods = whole_periods(grain, first, max(months, default=-1), fiscal_year_starts) if months else []
    whole = [period for period in periods if needed > 1 or all(month in row for month in period.months)]
    cells = history.frame[["numerator", "denominator", "value"]].to_numpy(dtype="float64")
    values = [_combined(cells[[row[month] for month in period.months if month in row]], kpi) for period in whole]
    return pd.DataFrame(
        {
            "period": pd.Series([period.name for period in whole], dtype="object"),
            "first": pd.Series([period.first for period in whole], dtype="int64"),
            "last": pd.Series([period.last for period in whole], dtype="int64"),
            "value": pd.Series(values, dtype="float64"),
        }
    )


def _combined(rows: npt.NDArray[np.float64], kpi: Kpi) -> float:
    """Return one period's value from its months' numerators, denominators and values."""
    numerators, denominators, values = rows.T
    if kpi.over_period in ("last", "recompute"):
        return float(values[-1])
    if kpi.over_period == "every_month":
        return float(np.fmax.reduce(values) if kpi.better == "lower" else np.fmin.reduce(values))
    numerator = math.fsum(numerators)
    if kpi.over_period == "sum":
        return numerator
    denominator = math.fsum(denominators)
    return numerator / denominator if denominator > 0 else np.nan


def growth(history: History, kpi: Kpi, grain: Grain, fiscal_year_starts: int = 1) -> pd.DataFrame:
    """Return a period's value beside the one before and that of a year before, with the relative changes.

    Columns period, first, last, value, previous, growth, year_before, growth_on_year; whole periods only, NaN where
    there is nothing to compare with, or where that is not above 0. For a year the two comparisons are the same.
    """
    rows = period_values(history, kpi, grain, fiscal_year_starts)
    known = rows.set_index("last")["value"]
    for column, change, months in (("previous", "growth", LENGTH[grain]), ("year_before", "growth_on_year", 12)):
        rows[column] = known.reindex(rows["last"] - months).to_numpy()
        rows[change] = rows["value"] / rows[column].where(rows[column] > 0) - 1
    return rows
