"""What each account has bought so far, and what it pays: a year before as_of, and at as_of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.kept import once
from salesgoals_kit.kpis.buying import DAYS, Source, purchase_days, sold, source_of, under_contract
from salesgoals_kit.kpis.scope import Scope, native
from salesgoals_kit.kpis.traits import traits
from salesgoals_kit.periods import YEAR, day_number

RECENT = 24  # months: who has no contract and bought nothing for longer is no customer
MORE = 0.1  # an account has grown when it pays so much more than a year before


@dataclass(frozen=True, eq=False)
class Holdings:
    """Accounts and what they have; nothing in it is handed on.

    ``accounts``: by account_id: name, industry, size, first (the product it bought first, None: unknown), contract
    (whether it has, or once had, recurring revenue), then and now (whether it was a customer a year before, and is),
    mrr_then and mrr_now in currency. ``owned``: account_id, product, day (of its first purchase). ``brought``: what
    each account's purchases of a product came to in the year: account_id, product, amount in currency.
    """

    accounts: pd.DataFrame
    owned: pd.DataFrame
    brought: pd.DataFrame


def year_before(day: date) -> int:
    """Return the day number of the same day a year before; of 29 February that of the 28th."""
    leap = (day.month, day.day) == (2, 29)
    return day_number(day.replace(year=day.year - 1, day=28 if leap else day.day))


@once
def holdings(scope: Scope) -> Holdings:
    """Return what the company's accounts have, from the products of invoices and of deals won, and from plans.

    A customer pays monthly, or where he never did he bought something in the latest ``RECENT`` months.
    """
    since, contracts = year_before(scope.tables.as_of), under_contract(scope)
    products, plans = _products(scope), _plans(scope)
    owned = pd.concat([products, plans], ignore_index=True)
    owned = owned.sort_values(["account_id", "day", "product"], ignore_index=True)
    year = products[(products["day"] > since) & products["amount"].notna()]
    brought = year.groupby(["account_id", "product"], as_index=False).agg(amount=("amount", "sum"))
    first = owned.drop_duplicates("account_id").set_index("account_id")["product"]
    owned = owned.drop_duplicates(["account_id", "product"], ignore_index=True)[["account_id", "product", "day"]]
    mrr = {name: _mrr_at(scope, day) for name, day in (("mrr_then", since), ("mrr_now", scope.as_of))}
    bought = _customer_days(scope)
    ids = sorted({*owned["account_id"], *contracts, *bought["account_id"]})
    known = traits(scope).reindex(ids)[["name", "industry", "size"]]
    accounts = known.assign(first=first.reindex(ids).astype("object"), contract=[one in contracts for one in ids])
    for name, paid in mrr.items():
        accounts[name] = paid.reindex(ids).fillna(0.0)
    for name, day in (("then", since), ("now", scope.as_of)):
        buys = set(bought.loc[bought["day"].between(_months_back(day), day), "account_id"])
        accounts[name] = np.where(accounts["contract"], accounts[f"mrr_{name}"] > 0, [one in buys for one in ids])
    accounts = accounts.astype({"then": "bool", "now": "bool", "contract": "bool"})
    return Holdings(accounts.rename_axis("account_id").reset_index(), owned, brought)


def has_products(scope: Scope) -> bool:
    """Return whether any table tells what accounts bought."""
    return any("product" in columns for columns in _told(scope).values()) or (
        scope.tables.has("subscriptions") and "plan" in scope.tables.columns("subscriptions")
    )


def _told(scope: Scope) -> dict[Source, frozenset[str]]:
    names: tuple[Source, ...] = ("deals", "invoices")
    found = {name: scope.tables.columns(name) for name in names if scope.tables.has(name)}
    return {name: columns for name, columns in found.items() if {"account_id", DAYS[name], "amount"} <= columns}


def _products(scope: Scope) -> pd.DataFrame:
    """Return purchases of products: account_id, product, day, amount (currency); NaN but in the table of revenue.

    So that nothing counts twice the amounts are those of one table: the one that tells what accounts bought, if it has
    products.
    """
    parts = []
    told = {name: columns for name, columns in _told(scope).items() if "product" in columns}
    counted = source_of(scope) if source_of(scope) in told else next(iter(told), None)
    for name in told:
        rows = sold(scope, name).filter(nw.col("amount") > 0, ~nw.col("product").is_null())
        found = native(rows.select("account_id", "product", nw.col(f"{DAYS[name]}_day").alias("day"), "amount"))
        amount = found["amount"].astype("float64") / scope.company.minor_units
        parts.append(found.assign(amount=amount if name == counted else np.nan))
    return _framed(parts)


def _plans(scope: Scope) -> pd.DataFrame:
    if not scope.tables.has("subscriptions") or "plan" not in scope.tables.columns("subscriptions"):
        return _framed([])
    rows = scope.tables.frame("subscriptions").filter(nw.col("mrr") > 0, ~nw.col("plan").is_null())
    found = native(rows.select("account_id", nw.col("plan").alias("product"), nw.col("started_at_day").alias("day")))
    return _framed([found.assign(amount=np.nan)])


def _framed(parts: list[pd.DataFrame]) -> pd.DataFrame:
    blank = pd.DataFrame({"account_id": [], "product": [], "day": [], "amount": []})
    found = pd.concat(parts, ignore_index=True) if parts else blank
    return found.astype({"account_id": "object", "product": "object", "day": "int64", "amount": "float64"})


def _mrr_at(scope: Scope, day: int) -> pd.Series:
    """Return what each account paid monthly at the end of a day, in currency."""
    if not scope.tables.has("subscriptions"):
        return pd.Series(dtype="float64")
    rows = scope.tables.frame("subscriptions").filter(nw.col("started_at_day") <= day)
    found = native(rows.select("account_id", "mrr", "ended_at_day"))
    ended = found["ended_at_day"].astype("float64").fillna(np.inf)
    paid = found[ended > day].groupby("account_id")["mrr"].sum()
    return paid.astype("float64") / scope.company.minor_units


def _customer_days(scope: Scope) -> pd.DataFrame:
    source = source_of(scope)
    if source is None:
        return pd.DataFrame({"account_id": pd.Series(dtype="object"), "day": pd.Series(dtype="int64")})
    return purchase_days(scope, source)


def _months_back(day: int) -> int:
    return day - round(RECENT * 365.25 / YEAR)
