"""The lives of accounts as customers, from the subscriptions: who was there in which month of tenure, and who left.

An account is a customer as `kpis.recurring` has it: parallel subscriptions are one life, a gap that is no longer than
company.churn.pause_days ends none, and one that was lost and returns begins anew. What is not known is left out on
both sides, so that nothing is biased: months before the table keeps what has ended (its first ``ended_at``; whoever
began earlier enters late), and months that are not over, or whose losses are not final, at as_of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed, once
from salesgoals_kit.kpis.bridge import PARTS, moves
from salesgoals_kit.kpis.firsts import KINDS, first_deals, kinds_of, words
from salesgoals_kit.kpis.recurring import NEVER, standing
from salesgoals_kit.kpis.scope import Scope, extent, native
from salesgoals_kit.kpis.tenures import month_marks, month_of_leaving, months_reached
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR, day_of, last_whole_month

DIMENSIONS = ("channel", *KINDS, "plan", "team")
SOON = 92  # days by which a first deal may close after its customer began to pay: the CRM is often behind
COUNTED = ("start", "entry", "last", "lost")


@dataclass(frozen=True, eq=False)
class Lives:
    """Lives of customers, alike ones together.

    ``rows`` has ``start`` (month number), ``entry`` and ``last`` (the first and the last month of tenure that is known
    whole), ``lost`` (whether they left in the last; 1 or 0), ``lives`` (how many), and those of DIMENSIONS that are
    known.

    ``final``: the last day whose losses are final. ``late``: lives that began before the losses were kept;
    ``unseen``: those that no whole month is known of.
    """

    rows: pd.DataFrame
    final: date
    late: int
    unseen: int

    @property
    def dimensions(self) -> tuple[str, ...]:
        """By what they can be told apart."""
        return tuple(name for name in DIMENSIONS if name in self.rows.columns)


@handed
def lives(tables: Tables, owner: Owner = COMPANY) -> Lives | None:
    """Return the lives of the owner's customers; None where no subscriptions are known to be the owner's.

    ``channel`` is that of the account's first deal, unknown where that closed long after it began to pay: the account
    is then older than the deals. ``plan`` and ``team`` are those of the first day. A team's rows have its own teams.
    """
    scope = Scope(tables, owner)
    if not tables.has("subscriptions") or not scope.owns("subscriptions"):
        return None
    final = scope.as_of - tables.company.churn.pause_days
    spells = _placed(scope)
    seen, late = _seen(spells, _begins(scope.everyone()), final)
    kept = seen[seen["entry"] <= seen["last"]]
    names = [name for name in DIMENSIONS if kept[name].notna().any()]
    rows = kept.assign(lives=1).groupby([*names, *COUNTED], dropna=False, as_index=False)["lives"].sum()
    rows = rows.assign(**{name: words(rows[name]) for name in names})
    rows = rows.sort_values([*COUNTED, *names], na_position="last", ignore_index=True)
    return Lives(rows, day_of(final), late, len(seen) - len(kept))


def _begins(scope: Scope) -> int:
    """Return the day number of the first ending in the company's table; as_of where nothing has ended."""
    days = extent(scope.rows("subscriptions"), ("ended_at",))
    return days[0] if days else scope.as_of


def _seen(spells: pd.DataFrame, begins: int, final: int) -> tuple[pd.DataFrame, int]:
    start, lost = (spells[name].to_numpy("int64") for name in ("start_day", "lost_day"))
    reached = months_reached(start, final)
    left = np.where(lost < NEVER, month_of_leaving(start, np.minimum(lost, final + 1)), NEVER)
    gone = (lost <= final) & (left <= reached)
    entry = np.where(start >= begins, 1, months_reached(start, begins - 1) + 2)
    counted = spells.assign(
        start=spells["start_month"], entry=entry, last=np.where(gone, left, reached), lost=gone.astype("int64")
    )
    return counted, int((start < begins).sum())


@once
def _placed(scope: Scope) -> pd.DataFrame:
    """Return one row for each life: account_id, start_day, start_month, lost_day, and DIMENSIONS, None where unknown.

    Sorted by account and start.
    """
    found = standing(scope)
    spells = found.spells.merge(found.keys, left_on="key", right_index=True).drop(columns="key")
    begun = scope.rows("subscriptions").filter(nw.col("mrr") > 0)
    opening = native(
        begun.select("account_id", nw.col("started_at_day").alias("start_day"), "subscription_id", "plan", "team")
    )
    opening["start_day"] = opening["start_day"].astype("int64")
    opening = opening.sort_values(["account_id", "start_day", "subscription_id"])
    opening = opening.drop_duplicates(["account_id", "start_day"]).drop(columns="subscription_id")
    rows = spells.merge(opening, how="left", on=["account_id", "start_day"])
    rows = rows.merge(kinds_of(scope.tables), how="left", on="account_id").merge(
        first_deals(scope.tables)[["account_id", "day", "channel"]], how="left", on="account_id"
    )
    rows.loc[~(rows["day"].astype("float64") <= rows["start_day"] + SOON), "channel"] = None
    rows = rows.reindex(columns=[*spells.columns, "name", *DIMENSIONS])
    placed = rows.assign(**{name: words(rows[name]) for name in ("name", *DIMENSIONS)})
    return placed.sort_values(["account_id", "start_day"], ignore_index=True)


@handed
def customers_reaching(tables: Tables, months: tuple[int, ...], days: int, owner: Owner = COMPANY) -> pd.DataFrame:
    """Return the owner's customers of as_of who complete one of these months of tenure within so many days from then.

    Columns account_id, name (the id where it has none), since (day), month (of tenure), on (the day it is complete),
    mrr (in currency units, of as_of), channel; who pays most first.
    """
    scope = Scope(tables, owner)
    columns = ["account_id", "name", "since", "month", "on", "mrr", "channel"]
    if not months or not tables.has("subscriptions") or not scope.owns("subscriptions"):
        return pd.DataFrame(columns=columns)
    now = _placed(scope)[lambda rows: rows["lost_day"] == NEVER].merge(_paying(scope), on="account_id")
    starts = now["start_day"].to_numpy("int64")
    parts = []
    for month in sorted(set(months)):
        mark = month_marks(starts, month)
        parts.append(now.assign(month=month, mark=mark)[(mark > scope.as_of) & (mark <= scope.as_of + days)])
    rows = pd.concat(parts).sort_values(["mrr", "account_id", "month"], ascending=[False, True, True])
    rows = rows.assign(
        name=rows["name"].where(rows["name"].notna(), rows["account_id"]),
        since=pd.Series([day_of(day) for day in rows["start_day"]], index=rows.index, dtype="object"),
        on=pd.Series([day_of(day) for day in rows["mark"]], index=rows.index, dtype="object"),
    )
    found: pd.DataFrame = rows[columns].reset_index(drop=True)
    return found


def _paying(scope: Scope) -> pd.DataFrame:
    """Return what each account pays on as_of: account_id, mrr in currency units; only who pays anything."""
    active = scope.rows("subscriptions").filter(nw.col("ended_at_day").is_null())
    sums = native(active.group_by("account_id").agg(nw.col("mrr").sum()))
    sums["mrr"] = sums["mrr"].astype("float64") / scope.company.minor_units
    return sums[sums["mrr"] > 0].sort_values("account_id", ignore_index=True)


@dataclass(frozen=True)
class Retention:
    """What became of a year's recurring revenue, to the last month whose losses are final; money in currency units.

    ``first`` and ``last`` are month numbers. Netted per account over all the months: start + new + expansion -
    contraction - churn = end. ``customers``: at the start; ``lost``: of them. Rates are None where nothing was paid.
    """

    first: int
    last: int
    start: float
    new: float
    expansion: float
    contraction: float
    churn: float
    end: float
    customers: int
    lost: int

    @property
    def grr(self) -> float | None:
        """What was kept of the start, growth not counted."""
        return (self.start - self.contraction - self.churn) / self.start if self.start > 0 else None

    @property
    def nrr(self) -> float | None:
        """What the customers of the start pay at the end."""
        return (self.end - self.new) / self.start if self.start > 0 else None


@handed
def retention(tables: Tables, owner: Owner = COMPANY) -> Retention | None:
    """Return the last twelve months whose losses are final; None where no subscriptions are known to be the owner's."""
    scope = Scope(tables, owner)
    if not tables.has("subscriptions") or not scope.owns("subscriptions"):
        return None
    last = last_whole_month(tables.as_of - timedelta(days=tables.company.churn.pause_days))
    first = last - YEAR + 1
    sums = moves(standing(scope), [(first, last)]).iloc[0]
    parts = {part: float(sums[part]) / tables.company.minor_units for part in PARTS}
    return Retention(first, last, customers=int(sums["at_start"]), lost=int(sums["lost"]), **parts)
