"""The baseline of an owner and a KPI: its history, how it grew, how far its periods spread, and what to grow from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.growth import growth, period_values
from salesgoals_kit.kpis.measure import History, history
from salesgoals_kit.kpis.needs import kpi_named
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import LENGTH, Grain, Period, parse_period
from salesgoals_kit.words import Count, Message, say

GRAINS: tuple[Grain, ...] = ("month", "quarter", "year")
FEW = 4  # quartiles of fewer periods say little


@dataclass(frozen=True)
class Baseline:
    """What is normal for one KPI of one owner, before a period.

    ``growth``: for each grain the frame of ``kpis.growth.growth``. ``totals``: the whole periods of the period's grain
    (period, first, last, value); ``lower``, ``median``, ``upper`` are their quartiles, NaN where there are none.
    ``base`` is what a change is counted from: the same period a year before or, where the data does not have it whole,
    the latest whole one; None (with ``base_period``) where there is neither.
    """

    kpi: str
    owner: Owner
    period: Period
    history: History
    growth: Mapping[Grain, pd.DataFrame]
    totals: pd.DataFrame
    lower: float
    median: float
    upper: float
    base: float | None
    base_period: Period | None
    notes: tuple[Message, ...]


@handed
def baseline(tables: Tables, owner: Owner, period: Period, kpi: str) -> Baseline:
    """Return the baseline of a KPI for an owner, from whole periods that had ended by as_of.

    Raises DataError naming the tables that the KPI lacks.
    """
    record = kpi_named(kpi)
    fiscal = tables.company.fiscal_year_starts
    lengths: dict[Grain, int] = {grain: LENGTH[grain] if record.over_period == "recompute" else 1 for grain in GRAINS}
    histories = {length: history(kpi, tables, owner, length) for length in {1, *lengths.values()}}
    grown = {grain: growth(histories[lengths[grain]], record, grain, fiscal) for grain in GRAINS}
    totals = period_values(histories[lengths[period.grain]], record, period.grain, fiscal)
    totals = totals[totals["last"] < period.first].reset_index(drop=True)
    lower, median, upper = _quartiles(totals["value"])
    base, base_period = _base(totals, period, fiscal)
    notes = (*histories[1].notes, *_notes(totals, period, base_period))
    return Baseline(kpi, owner, period, histories[1], grown, totals, lower, median, upper, base, base_period, notes)


def _quartiles(values: pd.Series) -> tuple[float, float, float]:
    known = values.dropna().to_numpy()
    if not len(known):
        return (np.nan, np.nan, np.nan)
    lower, median, upper = np.quantile(known, [0.25, 0.5, 0.75])
    return float(lower), float(median), float(upper)


def _base(totals: pd.DataFrame, period: Period, fiscal: int) -> tuple[float | None, Period | None]:
    known = totals.dropna(subset="value").set_index("period")["value"]
    same = period.year_before().name
    name = same if same in known.index else known.index[-1] if len(known) else None
    return (None, None) if name is None else (float(known[name]), parse_period(name, fiscal))


def _notes(totals: pd.DataFrame, period: Period, base_period: Period | None) -> list[Message]:
    said = [say(f"kpis.few_{period.grain}s", count=Count(len(totals)))] if 0 < len(totals) < FEW else []
    if base_period is None:
        return [*said, say("kpis.no_base", period=period.name)]
    if base_period != period.year_before():
        said.append(say("kpis.base_not_a_year_before", base=base_period.name, wanted=period.year_before().name))
    return said
