"""What accounts without a contract bought, and when: days of purchase, from invoices or from deals won."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed, once
from salesgoals_kit.kpis.scope import Frame, Scope, native
from salesgoals_kit.kpis.traits import with_traits
from salesgoals_kit.owners import COMPANY, Owner

Source = Literal["invoices", "deals"]
DAYS = {"invoices": "invoiced_at", "deals": "closed_at"}
WEEK = 7
NUMBERS = ("again", "latest", "until", "money", "first")


@dataclass(frozen=True, eq=False)
class Purchases:
    """The purchases of an owner's accounts that never had a contract, from ``source``.

    ``accounts``: one row each, by account_id: TRAITS; again (purchases after the first), latest and until (weeks from
    the first purchase to the latest, and to as_of), money (mean of those after the first, 0 where there is none) and
    first (what that came to), in currency. Those of a day are one.
    """

    source: Source
    accounts: pd.DataFrame


@handed
def purchases(tables: Tables, owner: Owner = COMPANY) -> Purchases | None:
    """Return what accounts without a contract bought; None where no table has the account, day and amount of a sale.

    Invoices tell it where they are what revenue is counted by, else deals won do. A credit note is no purchase: it is
    taken off the account's latest one before it, and of a purchase that is credited in full nothing is left. A
    customer from before the data begins counts from his first purchase in it.
    """
    scope = Scope(tables, owner)
    source = source_of(scope)
    if source is None:
        return None
    days = purchase_days(scope, source)
    free = days[~days["account_id"].isin(under_contract(scope.everyone()))]
    found = _summed(free, scope.as_of)
    found = with_traits(scope, found)
    return Purchases(source, found[[*(name for name in found.columns if name not in NUMBERS), *NUMBERS]])


def source_of(scope: Scope) -> Source | None:
    """Return which table tells who bought what and when; None where none does."""
    order: tuple[Source, ...] = ("invoices", "deals") if scope.company.revenue == "invoices" else ("deals", "invoices")
    return next((name for name in order if _tells(scope, name)), None)


def _tells(scope: Scope, name: Source) -> bool:
    wanted = {"account_id", DAYS[name], "amount"}
    return scope.tables.has(name) and wanted <= scope.tables.columns(name) and scope.owns(name)


def sold(scope: Scope, source: Source) -> Frame:
    """Return the rows that are sales to a known account, on a known day, of a known amount."""
    rows = scope.rows(source)
    rows = rows.filter(nw.col("status") == "won") if source == "deals" else rows
    return rows.filter(
        ~nw.col("account_id").is_null(), ~nw.col(f"{DAYS[source]}_day").is_null(), ~nw.col("amount").is_null()
    )


def purchase_days(scope: Scope, source: Source) -> pd.DataFrame:
    """Return account_id, day and amount (currency) of purchases, sorted; what was credited in full is none."""
    rows = sold(scope, source).select("account_id", nw.col(f"{DAYS[source]}_day").alias("day"), "amount")
    found = native(rows).astype({"day": "int64", "amount": "int64"})
    found["account_id"] = found["account_id"].astype("object")
    keys = ["account_id", "day", "note"]
    days = found.assign(note=found["amount"] < 0).groupby(keys, as_index=False).agg(amount=("amount", "sum"))
    days = days.sort_values(keys, ignore_index=True)
    days["purchase"] = (~days["note"]).groupby(days["account_id"]).cumsum()
    net = days[days["purchase"] > 0].groupby(["account_id", "purchase"], as_index=False)
    left = net.agg(day=("day", "first"), amount=("amount", "sum"), credited=("note", "any"))
    left = left[~left["credited"] | (left["amount"] > 0)].reset_index(drop=True)
    amount = left["amount"] / scope.company.minor_units
    return pd.DataFrame({"account_id": left["account_id"], "day": left["day"], "amount": amount})


@once
def under_contract(scope: Scope) -> frozenset[str]:
    """Return the accounts that have, or once had, recurring revenue."""
    if not scope.tables.has("subscriptions"):
        return frozenset()
    rows = scope.tables.frame("subscriptions").filter(nw.col("mrr") > 0)
    return frozenset(str(account) for account in native(rows.select("account_id").unique())["account_id"])


def _summed(days: pd.DataFrame, as_of: int) -> pd.DataFrame:
    grouped = days.groupby("account_id", sort=True)
    found = grouped.agg(begun=("day", "min"), ended=("day", "max"), count=("day", "size"), total=("amount", "sum"))
    found["first"] = grouped["amount"].first()
    again = (found["count"] - 1).astype("float64")
    rest = (found["total"] - found["first"]).to_numpy(dtype="float64")
    money = np.divide(rest, again, out=np.zeros(len(found)), where=again.to_numpy() > 0)
    weeks = {"latest": found["ended"] - found["begun"], "until": as_of - found["begun"]}
    answer = pd.DataFrame({"again": again, **{name: part / WEEK for name, part in weeks.items()}, "money": money})
    return answer.assign(first=found["first"].astype("float64")).reset_index()
