"""What accounts grew into and also bought within the latest year: those like each other, beside all others."""

from __future__ import annotations

from collections.abc import Iterator

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.buying import source_of, under_contract
from salesgoals_kit.kpis.holdings import MORE, Holdings, has_products, holdings, year_before
from salesgoals_kit.kpis.scope import Scope, native
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import YEAR

LIKE = ("industry_size", "first", "size_first", "has")  # what accounts that are like each other have in common
_COMMON = {"industry_size": ["industry", "size"], "first": ["first"], "size_first": ["size", "first"]}
GROWN = ""  # the target of those who came to pay more, whatever for
SEEN = 20  # accounts that are alike; fewer are not looked at
KEYS = ("contract", "like", "one", "other", "target")
Rule = tuple[bool, str, str, str, str]  # the KEYS; ``other`` is empty where one thing is in common


@handed
def adoption(tables: Tables) -> pd.DataFrame | None:
    """Return how many accounts took to a target in the latest year: those alike, and all others with the same basis.

    One row for each of KEYS: contract (whether accounts pay monthly: the two are not compared), like (of LIKE: the same
    industry and size; first product; size and first product; or both have one) with ``one`` and ``other``, target (a
    product, or GROWN). of, took: accounts alike that were customers a year before and had not yet bought the target,
    and those of them that have since; rest_of, rest_took: all others; extra: what it brought each of those that took
    it, in a year, in currency; more: by what share their monthly revenue grew (of GROWN). None where nothing tells
    what accounts bought.
    """
    scope = Scope(tables)
    if not has_products(scope):
        return None
    found, since = holdings(scope), year_before(tables.as_of)
    rows = [row for contract in (True, False) for row in _rows(found, since, contract)]
    columns = [*KEYS, "of", "took", "rest_of", "rest_took", "extra", "more"]
    return pd.DataFrame(rows, columns=columns).astype({"extra": "float64", "more": "float64"})


def _rows(found: Holdings, since: int, contract: bool) -> Iterator[tuple[object, ...]]:
    then = found.accounts[found.accounts["then"] & (found.accounts["contract"] == contract)].set_index("account_id")
    before = found.owned[found.owned["day"] <= since]
    then["first"] = then["first"].mask(~then.index.isin(before["account_id"]))  # what was bought since is no trait
    alike = list(_alike(then, before))
    for target, taken, had in _targets(found, then, since, contract):
        lacking = then.index.difference(had)
        takers = taken.index.intersection(lacking)
        for like, one, other, ids in alike:
            own = ids.intersection(lacking)
            if len(own) < SEEN or (like == "has" and one == target):
                continue
            took = ids.intersection(takers)
            gains = taken.loc[took]
            rest = (len(lacking) - len(own), len(takers) - len(took))
            means = gains[["extra", "more"]].mean()
            yield (contract, like, one, other, target, len(own), len(took), *rest, *means)


def _targets(
    found: Holdings, then: pd.DataFrame, since: int, contract: bool
) -> Iterator[tuple[str, pd.DataFrame, pd.Index]]:
    """Give each target, who took to it within the year (extra, more), and who had it before."""
    if contract:
        rise = then["mrr_now"] - then["mrr_then"]
        grown = then[then["mrr_now"] >= (1 + MORE) * then["mrr_then"]].index
        gains = pd.DataFrame({"extra": rise * YEAR, "more": rise / then["mrr_then"]}).loc[grown]
        yield GROWN, gains, pd.Index([], dtype="object")
    brought = found.brought.set_index(["product", "account_id"])["amount"]
    for product, rows in found.owned.groupby("product", sort=True):
        had = pd.Index(rows.loc[rows["day"] <= since, "account_id"])
        ids = pd.Index(rows.loc[rows["day"] > since, "account_id"])
        paid = brought.loc[product] if product in brought.index else pd.Series(dtype="float64")
        rise = ((then["mrr_now"] - then["mrr_then"]) * YEAR).reindex(ids)
        gains = pd.DataFrame({"extra": paid.reindex(ids).fillna(rise).to_numpy(), "more": np.nan}, index=ids)
        yield str(product), gains, had


def _alike(accounts: pd.DataFrame, owned: pd.DataFrame) -> Iterator[tuple[str, str, str, pd.Index]]:
    """Give each kind of likeness, what is in common, and the accounts."""
    for like, names in _COMMON.items():
        for common, rows in accounts.dropna(subset=names).groupby(names, sort=True):
            one, other = (*map(str, common), "")[:2]
            yield like, one, other, rows.index
    here = owned[owned["account_id"].isin(accounts.index)]
    for product, rows in here.groupby("product", sort=True):
        yield "has", str(product), "", pd.Index(rows["account_id"])


@handed
def untapped(tables: Tables, owner: Owner, rules: tuple[Rule, ...]) -> pd.DataFrame:
    """Return an owner's customers of now to whom rules apply and who lack the target: KEYS, account_id, name, paid.

    ``paid``: what it pays monthly, in currency. Who grew within the year does not lack GROWN; who once bought a product
    has it. Nobody who left is in it.
    """
    scope = Scope(tables)
    found = holdings(scope)
    own = found.accounts[found.accounts["now"] & found.accounts["account_id"].isin(_whose(Scope(tables, owner)))]
    here = own.set_index("account_id")
    alike = {
        (contract, like, one, other): ids
        for contract in (True, False)
        for like, one, other, ids in _alike(here[here["contract"] == contract], found.owned)
    }
    grown = here.index[(here["mrr_then"] > 0) & (here["mrr_now"] >= (1 + MORE) * here["mrr_then"])]
    names, paid = here["name"].to_dict(), here["mrr_now"].to_dict()
    rows = []
    for contract, like, one, other, target in rules:
        has = grown if target == GROWN else pd.Index(found.owned.loc[found.owned["product"] == target, "account_id"])
        ids = alike.get((contract, like, one, other), pd.Index([])).difference(has)
        keys = (contract, like, one, other, target)
        rows += [(*keys, who, names[who], paid[who]) for who in ids]
    return pd.DataFrame(rows, columns=[*KEYS, "account_id", "name", "paid"]).astype({"paid": "float64"})


def _whose(scope: Scope) -> set[str]:
    """Return the accounts that pay an owner monthly now, or never paid anyone monthly and bought of him."""
    found: set[str] = set()
    if scope.tables.has("subscriptions") and scope.owns("subscriptions"):
        rows = scope.rows("subscriptions").filter(nw.col("mrr") > 0, nw.col("ended_at_day").is_null())
        found |= set(native(rows.select("account_id").unique())["account_id"])
    source = source_of(scope)
    if source is not None:
        rows = scope.rows(source).filter(~nw.col("account_id").is_null())
        rows = rows.filter(nw.col("status") == "won") if source == "deals" else rows
        bought = set(native(rows.select("account_id").unique())["account_id"])
        found |= bought - under_contract(scope.everyone())
    return found


def account_name(name: object, account_id: str) -> str:
    """Return what an account is called: its name, or where it has none its id.

    >>> account_name("Nordwerk AG", "A1"), account_name(None, "A1")
    ('Nordwerk AG', 'A1')
    """
    return str(name) if isinstance(name, str) and name.strip() else account_id
