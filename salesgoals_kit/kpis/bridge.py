"""How recurring revenue moved: the bridge from one month's end to the next, what was kept, and which accounts left."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.kpis.recurring import NEVER, Standing, standing
from salesgoals_kit.kpis.scope import By, Scope, Spans, count, extent
from salesgoals_kit.kpis.spans import grid, measured, month_spans, placed
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import last_whole_month, month_name, month_number, month_start
from salesgoals_kit.words import Count, Message, Number, say

PARTS = ("start", "new", "expansion", "contraction", "churn", "end")


def moves(found: Standing, spans: Spans) -> pd.DataFrame:
    """Return what happened to accounts over each span, netted per account, by group.

    Columns by, first, last; ``at_start`` and ``lost``: accounts that were customers at the start (a pause that is no
    loss does not end that) and those of them lost within the span; ``passing``: accounts won and lost within it; and in
    minor units the PARTS of the bridge: start + new + expansion - contraction - churn = end, always.
    """
    spans = sorted(set(spans))
    rows = [_moves(found, first, last).assign(first=first, last=last) for first, last in spans]
    sums = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()
    return placed(grid(found.keys, spans, found.by), sums, ["at_start", "lost", "passing", *PARTS])


def _moves(found: Standing, first: int, last: int) -> pd.DataFrame:
    accounts = found.keys.assign(start=_level(found, first - 1), end=_level(found, last))
    accounts[["start", "end"]] = accounts[["start", "end"]].fillna(0).astype("int64")
    spells = found.spells
    there = spells[(spells["start_month"] < first) & (spells["lost_month"] >= first)]
    inside = spells[(spells["start_month"] >= first) & (spells["lost_month"] <= last)]
    accounts["at_start"] = accounts.index.isin(there["key"])
    accounts["lost"] = accounts.index.isin(there.loc[there["lost_month"] <= last, "key"])
    accounts["passing"] = inside.groupby("key").size().reindex(accounts.index, fill_value=0)
    kept = accounts["at_start"] & ~accounts["lost"]
    change = accounts["end"] - accounts["start"]
    accounts["expansion"] = change.where(kept & (change > 0), 0)
    accounts["contraction"] = (-change).where(kept & (change < 0), 0)
    accounts["churn"] = accounts["start"].where(accounts["lost"], 0)
    accounts["new"] = accounts["end"].where(accounts["lost"], change).where(~kept, 0)
    columns = ["at_start", "lost", "passing", *PARTS]
    numbers = accounts[columns].astype("int64")
    if not found.by:
        return numbers.sum().to_frame().T
    return numbers.groupby([accounts[name] for name in found.by], dropna=False).sum().reset_index()


def _level(found: Standing, month: int) -> pd.Series:
    there = found.levels[(found.levels["month"] <= month) & (found.levels["until"] > month)]
    return there.set_index("key")["mrr"]


def logo_churn(scope: Scope, spans: Spans, by: By) -> pd.DataFrame:
    """Return accounts lost in a month / customers at its start; over a longer span its worst month, by group."""
    months = sorted({month for first, last in spans for month in range(first, last + 1)})
    counts = moves(standing(scope, by), [(month, month) for month in months])
    rates = measured(counts.rename(columns={"lost": "numerator", "at_start": "denominator"}), by)
    rates = rates.drop(columns="last").rename(columns={"first": "month"})
    crossed = rates.merge(pd.DataFrame(sorted(set(spans)), columns=["first", "last"]), how="cross")
    inside = crossed[crossed["month"].between(crossed["first"], crossed["last"])]
    worst = inside.sort_values(["value", "month"], ascending=[False, True], na_position="last", kind="stable")
    answer = worst.drop_duplicates([*by, "first", "last"])
    columns = [*by, "first", "last", "numerator", "denominator", "value"]
    return answer.sort_values([*by, "first", "last"], na_position="last", ignore_index=True)[columns]


def grr(scope: Scope, spans: Spans, by: By) -> pd.DataFrame:
    """Return (start - contraction - churn) / start over each span, netted per account, by group; in currency units."""
    sums = moves(standing(scope, by), spans)
    return _kept(scope, sums, by, sums["start"] - sums["contraction"] - sums["churn"])


def nrr(scope: Scope, spans: Spans, by: By) -> pd.DataFrame:
    """Return (start + expansion - contraction - churn) / start over each span, netted per account, by group."""
    sums = moves(standing(scope, by), spans)
    return _kept(scope, sums, by, sums["start"] + sums["expansion"] - sums["contraction"] - sums["churn"])


def _kept(scope: Scope, sums: pd.DataFrame, by: By, kept: pd.Series) -> pd.DataFrame:
    units = (scope.company.minor_units,) * 2
    return measured(sums.assign(numerator=kept, denominator=sums["start"]), by, units)


def mrr_bridge(tables: Tables, owner: Owner = COMPANY) -> pd.DataFrame:
    """Return the bridge of every whole month with data: columns month and PARTS, in currency units.

    Each month start + new + expansion - contraction - churn = end, to the cent, and end is the next month's start.
    """
    scope = Scope(tables, owner)
    days = extent(scope.rows("subscriptions"), ("started_at",))
    last = last_whole_month(tables.as_of)
    spans = month_spans(month_number(_day(days[0])), last) if days else []
    sums = moves(standing(scope), spans)
    bridge = pd.DataFrame({"month": pd.to_datetime([month_start(month) for month in sums["first"]])})
    bridge["month"] = bridge["month"].astype("datetime64[us]")
    for part in PARTS:
        bridge[part] = (sums[part] / tables.company.minor_units).to_numpy()
    return bridge


@dataclass(frozen=True)
class ChurnDefinitions:
    """Accounts that count as churned, by four definitions; None where the data cannot tell.

    ``lost`` is the one in force; an account that came back is among them.
    """

    flagged: int | None
    with_event: int | None
    subscriptions_ended: int
    lost: int
    pause_days: int

    @property
    def sentence(self) -> Message:
        """The definition in force, and what the others would count."""
        others = (
            ("flagged", self.flagged),
            ("with_event", self.with_event),
            ("subscriptions_ended", self.subscriptions_ended),
        )
        told = tuple(say(f"kpis.churn_{name}", count=Count(n)) for name, n in others if n is not None)
        pause = Number(self.pause_days, 0, "days")
        return say("kpis.churn_definitions", pause=pause, lost=Count(self.lost), others=told)


def churn_definitions(tables: Tables, owner: Owner = COMPANY) -> ChurnDefinitions:
    """Return how many accounts churned up to as_of, under the definition in force and under others that are used."""
    scope = Scope(tables, owner)
    ended = count(scope.rows("subscriptions").filter(~nw.col("ended_at_day").is_null()))
    spells = standing(scope).spells
    lost = spells.loc[spells["lost_month"] < NEVER, "key"].nunique()
    whole = owner == COMPANY
    return ChurnDefinitions(
        flagged=_flagged(tables) if whole else None,
        with_event=_with_event(tables) if whole else None,
        subscriptions_ended=ended,
        lost=int(lost),
        pause_days=tables.company.churn.pause_days,
    )


def _flagged(tables: Tables) -> int | None:
    if not tables.has("accounts"):
        return None
    known = tables.frame("accounts").filter(~nw.col("churn_flag").is_null())
    return count(known.filter(nw.col("churn_flag"))) if count(known) else None


def _with_event(tables: Tables) -> int | None:
    return count(tables.frame("churn_events").select("account_id").unique()) if tables.has("churn_events") else None


def churn_remarks(scope: Scope, first: int, last: int) -> list[Message]:
    """Return the definition of churn in force, and the months whose losses are not final yet."""
    found = standing(scope)
    said = [say("kpis.churn_in_force", pause=Number(scope.company.churn.pause_days, 0, "days"))]
    pending = found.pending[found.pending["month"].between(first, last)]
    if len(pending):
        since = month_name(int(pending["month"].min()))
        said.append(say("kpis.churn_not_final", count=Count(len(pending)), since=since))
    passing = int(moves(found, month_spans(first, last))["passing"].sum()) if first <= last else 0
    return said + ([say("kpis.churn_within_a_month", count=Count(passing))] if passing else [])
