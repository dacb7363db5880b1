"""What leads, deals and customers came to, by the channel they came through and by the kind of account.

Everybody is followed for the same number of days, those in which nearly all come who ever come; who cannot be
followed so far yet is in no count. So what is still open is not taken for lost, and no channel has a start on others.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed, once
from salesgoals_kit.kpis.covered import lead_months
from salesgoals_kit.kpis.curves import data_begins
from salesgoals_kit.kpis.firsts import KINDS, first_deals, kinds_of, of_teams, words
from salesgoals_kit.kpis.levers import SETTLING
from salesgoals_kit.kpis.recurring import standing
from salesgoals_kit.kpis.scope import Scope, native
from salesgoals_kit.kpis.wins import won_or_lost
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR, day_number, day_of, last_whole_month, month_end, month_number

IN_TIME = 0.95  # of those who become customers have become one within the days that all are followed
FEW = 30  # customers, under which those days are not told from the data
LATEST = 2 * YEAR  # months of first deals by which it is told what a customer brings
DEAL_MONTHS = 3 * YEAR  # of creation, by which it is told which kinds of accounts buy


@dataclass(frozen=True, eq=False)
class Cohorts:
    """Leads by the month they were created in: ``rows`` has channel, team, month (number), leads and won.

    ``won``: those of them that became customers within ``days``, which are ``told`` from the data. The months are all
    that are known whole, up to ``last``, whose leads have been followed so far; ``immature``: leads created since,
    which are in no row.
    """

    rows: pd.DataFrame
    days: int
    told: bool
    last: int
    immature: int


@handed
def lead_cohorts(tables: Tables, owner: Owner = COMPANY) -> Cohorts | None:
    """Return what the owner's leads came to by channel and month; None without leads with a channel and a deal."""
    scope = Scope(tables, owner)
    wanted = {"leads": ("channel", "deal_id"), "deals": ("closed_at", "status")}
    if any(not tables.has(name) or not {*columns} <= tables.columns(name) for name, columns in wanted.items()):
        return None
    if not scope.owns("leads"):
        return None
    (days, told), first = _days_to_win(scope.everyone()), lead_months(scope.everyone())[0]
    last = _followed(scope.as_of, days)
    leads = _leads(scope)
    leads = leads[leads["channel"].notna() & (leads["month"] >= first)]
    mature = leads[leads["month"] <= last].assign(leads=1, won=lambda rows: (rows["took"] <= days).astype("int64"))
    sums = mature.groupby(["channel", "team", "month"], dropna=False, as_index=False)[["leads", "won"]].sum()
    rows = sums.assign(team=words(sums["team"]))
    return Cohorts(rows, days, told, last, len(leads) - len(mature))


def _followed(as_of: int, days: int) -> int:
    """Return the latest month all of whose days are at least so many days ago."""
    month = month_number(day_of(as_of - days))
    return month if day_number(month_end(month)) + days <= as_of else month - 1


@once
def _leads(scope: Scope) -> pd.DataFrame:
    """Return the owner's leads: channel, team, month, created (day), took (days to winning; NaN: not won).

    Of several leads with one deal the first has won it.
    """
    leads = native(
        scope.rows("leads").select(
            "lead_id", "channel", "team", "deal_id",
            nw.col("created_at_day").alias("created"), nw.col("created_at_month").alias("month"),
        )
    ).sort_values(["created", "lead_id"], ignore_index=True)  # fmt: skip
    deals = scope.tables.frame("deals").filter((nw.col("status") == "won") & ~nw.col("closed_at_day").is_null())
    won = native(deals.select("deal_id", nw.col("closed_at_day").alias("won_on")))
    leads["deal_id"] = words(leads["deal_id"])
    rows = leads.merge(won.assign(deal_id=words(won["deal_id"])), how="left", on="deal_id")
    took = (rows["won_on"].astype("float64") - rows["created"].astype("float64")).clip(lower=0)
    again = rows["deal_id"].notna() & rows.duplicated("deal_id")
    return rows.assign(
        channel=words(rows["channel"]), team=words(rows["team"]), month=rows["month"].astype("int64"),
        created=rows["created"].astype("int64"), took=took.mask(again),
    )[["channel", "team", "month", "created", "took"]]  # fmt: skip


@once
def _days_to_win(scope: Scope) -> tuple[int, bool]:
    """Return within how many days 95 % of the leads that are won are won, of those old enough to know; and whether so.

    Old enough is twice the horizon of the company's cycle; of fewer than ``FEW`` won, that horizon itself.
    """
    horizon = scope.company.cycle.horizon_days
    leads = _leads(scope)
    took = leads.loc[leads["created"] <= scope.as_of - 2 * horizon, "took"].dropna()
    enough = len(took) >= FEW
    return (int(np.quantile(took, IN_TIME, method="higher")) if enough else horizon), enough


@handed
def customers_worth(tables: Tables, owner: Owner = COMPANY) -> pd.DataFrame:
    """Return what the owner's new customers of the last two years brought at first, by channel and by kind of account.

    Columns dimension, value, customers, ``monthly`` (the recurring revenue they began with, in all) and ``once`` (what
    came once of those who pay nothing monthly), each with ``_squared`` (Σ x²); money in currency units. The row of
    dimension and value ``""`` is all of them. An account counts where its first deal in the data is won, if it paid
    nothing before.
    """
    scope = Scope(tables, owner)
    last = last_whole_month(tables.as_of) - SETTLING
    firsts = first_deals(tables)
    firsts = of_teams(scope, firsts[firsts["month"].between(last - LATEST + 1, last)])
    brought = won_or_lost(scope.everyone())[["deal_id", "fresh", "once", "renewed"]]
    rows = firsts.merge(brought, on="deal_id").merge(kinds_of(tables), how="left", on="account_id")
    rows = rows[~(rows["renewed"] > 0)]
    rows = rows.assign(customers=1, monthly=rows["fresh"], monthly_squared=rows["fresh"] ** 2)
    rows["once_squared"] = rows["once"] ** 2
    numbers = ["customers", "monthly", "monthly_squared", "once", "once_squared"]
    parts = [pd.DataFrame([{"dimension": "", "value": "", **rows[numbers].sum()}])]
    for name in ("channel", *KINDS):
        if name in rows and rows[name].notna().any():
            sums = rows.groupby(name, as_index=False)[numbers].sum().rename(columns={name: "value"})
            parts.append(sums.assign(dimension=name))
    found = pd.concat(parts, ignore_index=True)[["dimension", "value", *numbers]]
    return found.assign(customers=found["customers"].astype("int64"))


@handed
def accounts_won(tables: Tables, owner: Owner = COMPANY) -> pd.DataFrame:
    """Return the deals with accounts that were no customers yet, and those won within the horizon, by kind of account.

    Columns dimension, value, deals, won; of deals created in the last three years that have been followed to the
    company's horizon of the cycle and were not under way when the data begin. No rows where accounts have no kind.
    """
    scope = Scope(tables, owner)
    empty = pd.DataFrame({name: pd.Series(dtype="object") for name in ("dimension", "value", "deals", "won")})
    if not tables.has("deals", "accounts") or "created_at" not in tables.columns("deals") or not scope.owns("deals"):
        return empty
    horizon = tables.company.cycle.horizon_days
    last = _followed(scope.as_of, horizon)
    rows = _new_deals(scope).merge(kinds_of(tables), on="account_id")
    rows = rows[
        rows["month"].between(last - DEAL_MONTHS + 1, last) & (rows["created"] >= data_begins(scope.everyone()))
    ]
    rows = rows.assign(deals=1, won=(rows["took"] <= horizon).astype("int64"))
    parts = []
    for name in KINDS:
        if name in rows and rows[name].notna().any():
            sums = rows.groupby(name, as_index=False)[["deals", "won"]].sum().rename(columns={name: "value"})
            parts.append(sums.assign(dimension=name)[["dimension", "value", "deals", "won"]])
    return pd.concat(parts, ignore_index=True) if parts else empty


def _new_deals(scope: Scope) -> pd.DataFrame:
    """Return the owner's deals with accounts that had bought nothing when they were created."""
    deals = native(
        scope.rows("deals").filter(~nw.col("account_id").is_null() & ~nw.col("created_at_day").is_null()).select(
            "deal_id", "account_id", "status",
            nw.col("created_at_day").alias("created"), nw.col("created_at_month").alias("month"),
            nw.col("closed_at_day").alias("closed"),
        )
    ).sort_values("deal_id", ignore_index=True)  # fmt: skip
    since = first_deals(scope.tables).set_index("account_id")["day"].astype("float64")
    begun: pd.Series = deals["account_id"].map(since).fillna(np.inf)
    if scope.tables.has("subscriptions"):
        found = standing(scope.everyone())
        spells = found.spells.merge(found.keys, left_on="key", right_index=True)
        paying = spells.groupby("account_id")["start_day"].min().astype("float64")
        begun = begun.clip(upper=deals["account_id"].map(paying).fillna(np.inf))
    created = deals["created"].astype("int64")
    took = (deals["closed"].astype("float64") - created).where(deals["status"] == "won")
    kept = deals.assign(created=created, month=deals["month"].astype("int64"), took=took)[created <= begun]
    return kept[["account_id", "created", "month", "took"]].reset_index(drop=True)
