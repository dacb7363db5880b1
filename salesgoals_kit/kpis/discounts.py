"""How deep the discounts of decided deals were, won and lost, by type, size and team."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed, once
from salesgoals_kit.kpis.others import RECENT, as_words
from salesgoals_kit.kpis.scope import Scope, native
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR, last_whole_month

EDGES = (0.005, 0.05, 0.10, 0.20)  # of the list price: a band of depth ends at each, the last has no end
EXACT = 9  # digits of a discount: 1 - 0.95 is a little more than 0.05
NEEDED = frozenset({"amount", "list_price", "closed_at", "status"})


@dataclass(frozen=True, eq=False)
class Discounts:
    """Deals decided in the last 24 months that have an amount and a list price, both above nothing.

    ``counts``: by deal_type, size (0 to 2: thirds of the list prices of the company's such deals), team and band
    (of depth, 0 to 4): deals, won. ``won``, ``lost``: all decided deals; ``won_known``, ``lost_known``: those of them
    that are counted. ``listed``, ``paid``: list prices and amounts of those won in the last twelve months, in currency.
    """

    counts: pd.DataFrame
    won: int
    lost: int
    won_known: int
    lost_known: int
    listed: float
    paid: float


@handed
def discounts(tables: Tables, owner: Owner = COMPANY) -> Discounts | None:
    """Return the owner's discounts; None where the table of deals has no list price, or does not say whose they are."""
    scope = Scope(tables, owner)
    if not tables.has("deals") or not tables.columns("deals") >= NEEDED or not scope.owns("deals"):
        return None
    decided = _decided(scope)
    known = decided[decided["off"].notna()]
    latest = known[(known["won"] == 1) & (known["month"] > last_whole_month(tables.as_of) - YEAR)]
    cuts = _cuts(scope.everyone())
    placed = known.assign(
        size=np.searchsorted(np.array(cuts), known["list_price"].to_numpy()),
        band=np.searchsorted(np.array(EDGES), known["off"].to_numpy()),
        deals=1,
    )
    keys = ["deal_type", "size", "team", "band"]
    counts = placed.groupby(keys, as_index=False)[["deals", "won"]].sum()
    unit, won = tables.company.minor_units, decided["won"] == 1
    return Discounts(
        counts=counts.astype({"size": "int64", "band": "int64"}),
        won=int(won.sum()),
        lost=int((~won).sum()),
        won_known=int((known["won"] == 1).sum()),
        lost_known=int((known["won"] == 0).sum()),
        listed=float(latest["list_price"].sum()) / unit,
        paid=float(latest["amount"].sum()) / unit,
    )


@once
def _decided(scope: Scope) -> pd.DataFrame:
    """Return the deals won and lost: deal_type, team (none: an empty word), month, won, amount, list_price, off."""
    month, last = nw.col("closed_at_month"), last_whole_month(scope.tables.as_of)
    rows = scope.rows("deals").filter(nw.col("status") != "open", month > last - RECENT, month <= last)
    found = native(rows.select("deal_id", "deal_type", "team", month.alias("month"), "status", "amount", "list_price"))
    found = found.sort_values("deal_id", ignore_index=True)
    amount, listed = found["amount"].astype("float64"), found["list_price"].astype("float64")
    deals = pd.DataFrame({name: as_words(found[name]).fillna("") for name in ("deal_type", "team")})
    return deals.assign(
        month=found["month"].astype("int64"),
        won=(found["status"] == "won").astype("int64"),
        amount=amount,
        list_price=listed,
        off=(1 - amount / listed).round(EXACT).where((amount > 0) & (listed > 0)),
    )


@once
def _cuts(scope: Scope) -> tuple[float, ...]:
    deals = _decided(scope)
    listed = deals.loc[deals["off"].notna(), "list_price"].to_numpy()
    if not len(listed):
        return (0.0, 0.0)
    return tuple(float(cut) for cut in np.quantile(listed, [1 / 3, 2 / 3], method="inverted_cdf"))
