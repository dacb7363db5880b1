"""Recurring revenue account by account: what each pays at a month's end, and from when to when it is a customer.

An account is active while its mrr adds up to more than 0. When it lapses it is lost if it stays inactive for longer
than company.churn.pause_days: the loss is dated at the lapse, and is final only once that many days have passed.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.data.kept import once
from salesgoals_kit.kpis.months import Clock
from salesgoals_kit.kpis.scope import By, Frame, Scope, Spans, collected, monthly
from salesgoals_kit.kpis.spans import at_end, group_frame, measured
from salesgoals_kit.periods import day_of, month_number

NEVER = 1 << 30  # a month or a day after all others


def mrr(scope: Scope, spans: Spans, by: By) -> pd.DataFrame:
    """Return the mrr active at the end of each span, by group, in currency units."""
    parts = mrr_by_month(scope, by, max(last for _, last in spans))
    return measured(at_end(parts, spans, by), by, (scope.company.minor_units, 1))


def arr(scope: Scope, spans: Spans, by: By) -> pd.DataFrame:
    """Return 12 times the mrr active at the end of each span, by group, in currency units."""
    parts = mrr_by_month(scope, by, max(last for _, last in spans))
    parts["numerator"] *= 12
    return measured(at_end(parts, spans, by), by, (scope.company.minor_units, 1))


def mrr_by_month(scope: Scope, by: By, until: int) -> pd.DataFrame:
    """Return the mrr active at each month's end, up to month ``until``: columns by, month, numerator in minor units."""
    changes = monthly(_changes(scope, by), "month", by, numerator=nw.col("delta"))
    if changes.empty:
        return changes
    every = range(int(changes["month"].min()), max(until, int(changes["month"].max())) + 1)
    groups = group_frame(changes, by).merge(pd.DataFrame({"month": every}, dtype="int64"), how="cross")
    placed = groups.merge(changes, how="left", on=[*by, "month"])
    placed["numerator"] = placed["numerator"].fillna(0).astype("int64")
    if not by:
        return placed.assign(numerator=placed["numerator"].cumsum())[["month", "numerator"]]
    placed["numerator"] = placed.groupby(list(by), dropna=False)["numerator"].cumsum()
    return placed


def _changes(scope: Scope, by: By) -> Frame:
    """Return what each subscription adds on the day it starts and takes away on the day it ends."""
    rows = scope.rows("subscriptions")
    keys = ("account_id", *by)
    begun = rows.select(
        *keys,
        nw.col("started_at_day").alias("day"),
        nw.col("started_at_month").alias("month"),
        nw.col("mrr").alias("delta"),
    )
    ended = rows.filter(~nw.col("ended_at_day").is_null()).select(
        *keys,
        nw.col("ended_at_day").alias("day"),
        nw.col("ended_at_month").alias("month"),
        (nw.col("mrr") * -1).alias("delta"),
    )
    return nw.concat([begun, ended])


@dataclass(frozen=True)
class Standing:
    """How accounts stood, month by month. An account is one within a group: one row of ``keys``, by its place.

    ``keys``: account_id and the columns of ``by``. ``mrr``: minor units at the end of each month from ``first`` on, one
    row for each key; nothing changes after its last column. ``spells``: key, start_day, start_month, lost_day,
    lost_month (NEVER: not lost). ``pending``: key, month of lapses too young to be called lost.
    """

    by: By
    keys: pd.DataFrame
    mrr: npt.NDArray[np.int64]
    first: int
    spells: pd.DataFrame
    pending: pd.DataFrame

    def level(self, month: int) -> npt.NDArray[np.int64]:
        """Return each key's mrr at the end of a month, in minor units."""
        place = min(month - self.first, self.mrr.shape[1] - 1)
        return self.mrr[:, place] if place >= 0 else np.zeros(len(self.keys), dtype="int64")


@once
def standing(scope: Scope, by: By = ()) -> Standing:
    """Return how every account of every group stood, from all its subscriptions known at as_of."""
    names = ["account_id", *by]
    changes = _changes(scope, by).group_by(*names, "day").agg(nw.col("delta").sum())
    days = collected(changes.with_columns(nw.col("delta").cast(nw.Int64), nw.col("day").cast(nw.Int64)))
    days = days[days["delta"] != 0].copy()
    days["key"] = days.groupby(names, dropna=False, sort=True).ngroup()
    days["mrr"] = days.groupby("key")["delta"].cumsum()
    days["month"] = _months(days["day"])
    keys = days.drop_duplicates("key").set_index("key")[names]
    turns = _turns(days, scope.as_of, scope.company.churn.pause_days)
    pending = turns.loc[turns["pending"], ["key", "month"]]
    first = int(days["month"].min()) if len(days) else 0
    return Standing(by, keys, _levels(days, len(keys), first), first, _spells(turns), pending)


def _levels(days: pd.DataFrame, keys: int, first: int) -> npt.NDArray[np.int64]:
    months = int(days["month"].max()) - first + 1 if len(days) else 0
    deltas = np.zeros((keys, months), dtype="int64")
    np.add.at(deltas, (days["key"].to_numpy(), days["month"].to_numpy() - first), days["delta"].to_numpy())
    return np.cumsum(deltas, axis=1)


def _turns(days: pd.DataFrame, as_of: int, pause_days: int) -> pd.DataFrame:
    """Return the days on which an account became active or inactive, and what became of the inactive ones."""
    active = days["mrr"] > 0
    before = active.groupby(days["key"]).shift(1, fill_value=False)
    turns = days.loc[active != before, ["key", "day", "month"]].copy()
    turns["active"] = active[active != before]
    back = turns.groupby("key")["day"].shift(-1)
    idle = back.fillna(as_of + 1) - turns["day"]
    turns["lost"] = ~turns["active"] & (idle > pause_days)
    turns["pending"] = ~turns["active"] & back.isna() & ~turns["lost"]
    return turns


def _spells(turns: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each time an account was a customer, pauses included."""
    fresh = turns.groupby("key")["lost"].shift(1, fill_value=True)
    turns = turns.assign(spell=(turns["active"] & fresh).groupby(turns["key"]).cumsum())
    starts = turns[turns["active"] & fresh].rename(columns={"day": "start_day", "month": "start_month"})
    ends = turns[turns["lost"]].rename(columns={"day": "lost_day", "month": "lost_month"})
    spells = starts[["key", "spell", "start_day", "start_month"]].merge(
        ends[["key", "spell", "lost_day", "lost_month"]], how="left", on=["key", "spell"]
    )
    spells[["lost_day", "lost_month"]] = spells[["lost_day", "lost_month"]].fillna(NEVER).astype("int64")
    return spells.drop(columns="spell")


def _months(days: pd.Series) -> pd.Series:
    known = {day: month_number(day_of(day)) for day in days.unique()}
    return days.map(known).astype("int64")


def subscription_clocks(_: Scope) -> list[Clock]:
    """Return by which events to tell how far recurring revenue reaches: starts and ends."""
    return [Clock("subscriptions", ("started_at", "ended_at"))]
