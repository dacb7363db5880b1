"""How long deals stay in each stage, from stage events: those that have left it, and those that are still in it."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.curves import data_begins
from salesgoals_kit.kpis.others import RECENT, as_words
from salesgoals_kit.kpis.scope import Scope, native
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import day_number, last_whole_month, month_start


@dataclass(frozen=True, eq=False)
class Stays:
    """Deals whose first stage was entered in the last 24 months and in the data's time, counted.

    ``stays``: place (of the stage in its usual order, from 0), stage, days, left, still: how many deals spent so many
    days in the stage in all and have left it, onwards, backwards or by closing; and how many are in it still.
    ``deals``: how many deals these are; ``backwards``: those of them that went back to an earlier stage.
    """

    stays: pd.DataFrame
    deals: int
    backwards: int


@handed
def stage_stays(tables: Tables, owner: Owner = COMPANY) -> Stays | None:
    """Return the owner's stays; None where the data has no stage events, or does not say whose the deals are."""
    scope = Scope(tables, owner)
    if not tables.has("stage_events", "deals") or not scope.owns("deals"):
        return None
    events = _events(scope)
    events = _ordered(events[events["entered"] <= events["until"]])
    following = events.groupby("deal_id")["entered"].shift(-1)
    events["days"] = following.fillna(events["until"]).astype("int64") - events["entered"]
    events["still"] = following.isna() & events["open"]
    before = events.groupby("deal_id")["place"].shift(1)
    backwards = int(events.loc[before > events["place"], "deal_id"].nunique())
    spent = events.groupby(["deal_id", "place", "stage"], as_index=False).agg(
        days=("days", "sum"), still=("still", "max")
    )
    spent["left"] = ~spent["still"]
    found = spent.groupby(["place", "stage", "days"], as_index=False)[["left", "still"]].sum()
    return Stays(found.astype({"left": "int64", "still": "int64"}), int(events["deal_id"].nunique()), backwards)


def _events(scope: Scope) -> pd.DataFrame:
    """Return the events of deals that count: deal_id, stage, entered, until (closing or as_of), open."""
    deals = scope.rows("deals").select("deal_id", "status", "closed_at_day")
    rows = scope.tables.frame("stage_events").select("deal_id", "stage", "entered_at_day").join(deals, on="deal_id")
    found = native(rows.filter(~nw.col("stage").is_null()))
    since = max(day_number(month_start(last_whole_month(scope.tables.as_of) - RECENT + 1)), data_begins(scope))
    entered = found["entered_at_day"].astype("int64")
    until = found["closed_at_day"].astype("float64").fillna(scope.as_of).astype("int64")
    events = pd.DataFrame({"deal_id": as_words(found["deal_id"]), "stage": as_words(found["stage"])})
    events = events.assign(entered=entered, until=until, open=(found["status"] == "open").astype(bool))
    return events[events.groupby("deal_id")["entered"].transform("min") >= since].reset_index(drop=True)


def _ordered(events: pd.DataFrame) -> pd.DataFrame:
    """Return the events with the place of their stage, in the order of time; those of one day in the usual order.

    The usual order is that of the mean rank of a stage's first day within its deal.
    """
    firsts = events.groupby(["deal_id", "stage"], as_index=False)["entered"].min()
    firsts["rank"] = firsts.groupby("deal_id")["entered"].rank(method="average")
    means = firsts.groupby("stage")["rank"].mean()
    order = sorted(means.index, key=lambda stage: (float(means[stage]), stage))
    placed = events.assign(place=events["stage"].map({stage: at for at, stage in enumerate(order)}).astype("int64"))
    return placed.sort_values(["deal_id", "entered", "place"], ignore_index=True)
