"""How recurring revenue moved: the bridge from one month's end to the next, what was kept, and which accounts left."""

from __future__ import annotations

from dataclasses import dataclass, replace

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.months import Clock
from salesgoals_kit.kpis.recurring import NEVER, Standing, standing, subscription_clocks
from salesgoals_kit.kpis.scope import By, Scope, Spans, count, extent
from salesgoals_kit.kpis.spans import grid, group_frame, measured, month_spans
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import day_of, last_whole_month, month_name, month_number, month_start
from salesgoals_kit.words import Count, Message, Number, say

PARTS = ("start", "new", "expansion", "contraction", "churn", "end")
NUMBERS = ("at_start", "lost", "passing", *PARTS)
Ints = npt.NDArray[np.int64]


def moves(found: Standing, spans: Spans) -> pd.DataFrame:
    """Return what happened to accounts over each span, netted per account, by group.

    Columns by, first, last; ``at_start`` and ``lost``: accounts that were customers at the start (a pause that is no
    loss does not end that) and those of them lost within the span; ``passing``: times an account was won and lost
    within it; and in minor units the PARTS of the bridge: start + new + expansion - contraction - churn = end, always.
    """
    answer = grid(found.keys, spans, found.by)
    groups = group_frame(found.keys, found.by)
    places = groups.assign(place=range(len(groups)))
    place = found.keys.merge(places, how="left", on=list(found.by)) if found.by else found.keys.assign(place=0)
    codes = place["place"].to_numpy(dtype="int64")
    sums = [_grouped(_moves(found, first, last), codes, len(groups)) for first, last in sorted(set(spans))]
    rows = np.stack(sums, axis=1).reshape(-1, len(NUMBERS)) if sums else np.zeros((0, len(NUMBERS)), dtype="int64")
    return pd.concat([answer, pd.DataFrame(rows, columns=list(NUMBERS), index=answer.index)], axis=1)


def _grouped(numbers: Ints, codes: Ints, groups: int) -> Ints:
    sums: Ints = np.zeros((groups, len(NUMBERS)), dtype="int64")
    if groups == 1:
        sums[0] = numbers.sum(axis=0)
    else:
        np.add.at(sums, codes, numbers)
    return sums


def _moves(found: Standing, first: int, last: int) -> Ints:
    """Return the NUMBERS of one span, a row for each account."""
    start, end = found.level(first - 1), found.level(last)
    key, begun, gone = (found.spells[name].to_numpy() for name in ("key", "start_month", "lost_month"))
    there = (begun < first) & (gone >= first)
    customer, lost, passing = np.zeros((3, len(found.keys)), dtype="int64")
    customer[key[there]] = 1
    lost[key[there & (gone <= last)]] = 1
    np.add.at(passing, key[(begun >= first) & (gone <= last)], 1)
    kept, change = customer - lost, end - start
    return np.column_stack(
        [
            *(customer, lost, passing, start),
            np.where(lost == 1, end, change * (1 - customer)),  # new: a customer that was lost and came back is new
            np.maximum(change, 0) * kept,
            np.maximum(-change, 0) * kept,
            *(start * lost, end),
        ]
    )


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


@handed
def mrr_bridge(tables: Tables, owner: Owner = COMPANY) -> pd.DataFrame:
    """Return the bridge of every whole month with data: columns month and PARTS, in currency units.

    Each month start + new + expansion - contraction - churn = end, to the cent, and end is the next month's start.
    """
    scope = Scope(tables, owner)
    days = extent(scope.rows("subscriptions"), ("started_at",))
    last = last_whole_month(tables.as_of)
    spans = month_spans(month_number(day_of(days[0])), last) if days else []
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


@handed
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


def churn_clocks(scope: Scope) -> list[Clock]:
    """Return by which events to tell how far losses reach: to the month before a lapse that may yet become one."""
    pending = standing(scope).pending["month"]
    return [
        replace(clock, until=int(pending.min()) - 1 if len(pending) else NEVER) for clock in subscription_clocks(scope)
    ]


def retention_remarks(scope: Scope, first: int, last: int) -> list[Message]:
    """Return the definition of churn in force."""
    return [say("kpis.churn_in_force", pause=Number(scope.company.churn.pause_days, 0, "days"))]


def churn_remarks(scope: Scope, first: int, last: int) -> list[Message]:
    """Return the definition of churn in force, from when on losses are not final yet, and losses in no month's rate."""
    found, said = standing(scope), retention_remarks(scope, first, last)
    if len(found.pending):
        since = month_name(int(found.pending["month"].min()))
        said.append(say("kpis.churn_not_final", count=Count(len(found.pending)), since=since))
    passing = int(moves(found, month_spans(first, last))["passing"].sum()) if first <= last else 0
    return said + ([say("kpis.churn_within_a_month", count=Count(passing))] if passing else [])
