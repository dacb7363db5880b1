"""The change of margin from one year to the next, split into price, volume, mix and cost, to the last minor unit.

The analysis of variances by product (Horngren, Datar & Rajan, Cost Accounting, chapters 7 and 14), with the products'
quantities added up at last year's prices, as Laspeyres' index of quantities does: pieces, seats and days cannot be
added, and so it does not matter in which units a product is counted. With q quantity, p price and c cost of a unit, 0
the year before and 1 now, m = p - c, M the margin, and V = sum of q p0:

- price: sum of q1 (p1 - p0)
- cost: - sum of q1 (c1 - c0)
- volume: M0 (V1 / V0 - 1), as if everything had been sold in the same proportions
- mix: sum of q1 m0 - M0 V1 / V0, what is left

A product that is new has no price or cost of the year before; it is taken at its own, so it changes no price and no
cost, and what it brings beyond the average is mix; what one that is gone had brought is missing in volume and mix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.covered import Span, months_in, within
from salesgoals_kit.kpis.months import Clock, reach
from salesgoals_kit.kpis.others import as_words
from salesgoals_kit.kpis.scope import Scope, native
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR

Source = Literal["invoices", "deals"]
PARTS = ("price", "volume", "mix", "cost", "unsplit")
_COLUMNS = {  # table: id, day, quantity
    "invoices": ("invoice_id", "invoiced_at", "quantity"),
    "deals": ("deal_id", "closed_at", "list_price"),
}
_SUMS = ["quantity", "revenue", "cost"]
_BOTH = [f"{name}_{year}" for name in _SUMS for year in ("before", "now")]
WHOLE = 2.0**53  # minor units: beyond this a float is no whole number any more
State = Literal["both", "new", "gone", "unsplit"]


@dataclass(frozen=True, eq=False)
class Split:
    """The change of an owner's margin (money) of ``months`` on the same a year before; all money in minor units.

    price + volume + mix + cost + unsplit = margin - margin_before. ``unsplit`` is the change of rows that have no
    product or no quantity, and of products whose quantity or revenue is not above nothing in one year, or whose
    quantities are too far apart to be of one unit. ``products``:
    product, state (both, new, gone, unsplit), before, now (their margins), price, cost, amount (volume and mix
    together), which add up as well. Rows without cost are in no margin: ``uncosted`` of ``rows``; ``unmeasured`` have
    no quantity (deals: no list price) or product; ``credits``: credit notes without a quantity, which lower the price.
    """

    source: Source
    months: Span
    revenue_before: int
    revenue: int
    margin_before: int
    margin: int
    price: int
    volume: int
    mix: int
    cost: int
    unsplit: int
    products: pd.DataFrame
    rows: int
    uncosted: int
    unmeasured: int
    credits: int


@handed
def margin_split(tables: Tables, months: Span, owner: Owner = COMPANY) -> Split | None:
    """Return how the margin of the months differs from that of the same months a year before.

    Months that the table does not have whole in both years are left out: a part year is not set against a whole one.
    It is that of invoices where most of those of both years have a quantity, else that of deals won, counted by their
    list price. None where neither has cost and quantity in both years.
    """
    scope = Scope(tables, owner)
    sources: tuple[Source, ...] = ("invoices", "deals")
    for source in sources:
        known = _known(scope, source, months)
        if known is not None and _measured(rows := _rows(scope, source, known)):
            return _split(rows, source, known)
    return None


def _known(scope: Scope, source: Source, months: Span) -> Span | None:
    """Return those of the months that the table has whole in both years; None without any, or what it takes."""
    _, day, measure = _COLUMNS[source]
    wanted = {"amount", "cost", measure, day}
    if not scope.tables.has(source) or not wanted <= scope.tables.columns(source) or not scope.owns(source):
        return None
    found = reach(scope, [Clock(source, (day,))])
    known = within(months, (found.first + YEAR, found.last))
    return known if months_in(known) else None


def _rows(scope: Scope, source: Source, months: Span) -> pd.DataFrame:
    """Return the sales of both years: product, quantity, amount, cost, now.

    Without a column for products everything is one.
    """
    name, day, measure = _COLUMNS[source]
    month = nw.col(f"{day}_month")
    rows = scope.rows(source).filter(~nw.col("amount").is_null(), month >= months[0] - YEAR, month <= months[1])
    rows = rows if source == "invoices" else rows.filter(nw.col("status") == "won")
    columns = [name, "product", "amount", "cost", measure]
    found = native(rows.select(*columns, month.alias("month"))).sort_values(name, ignore_index=True)
    found = found[(found["month"] >= months[0]) | (found["month"] <= months[1] - YEAR)].reset_index(drop=True)
    single = "product" not in scope.tables.columns(source)
    return pd.DataFrame(
        {
            "product": as_words(found["product"]) if not single else pd.Series("", index=found.index, dtype="object"),
            "quantity": found[measure].astype("float64"),
            "revenue": found["amount"].astype("int64"),
            "cost": found["cost"].astype("Int64"),
            "now": (found["month"] >= months[0]).astype(bool),
        }
    )


def _measured(rows: pd.DataFrame) -> bool:
    """Return whether most sales of each year have a quantity, and some a cost as well."""
    sold = rows[rows["revenue"] > 0]
    whole = sold["quantity"].gt(0) & sold["cost"].notna()
    return all(2 * int(whole[sold["now"] == year].sum()) > int((sold["now"] == year).sum()) for year in (True, False))


def _split(rows: pd.DataFrame, source: Source, months: Span) -> Split:
    costed = rows[rows["cost"].notna()].astype({"cost": "int64"})
    credit = (costed["revenue"] < 0) & costed["quantity"].isna()
    placed = costed["product"].notna() & (costed["quantity"].notna() | credit)
    if source == "deals":
        placed &= costed["quantity"] > 0
    sums = [_sums(costed[placed & (costed["now"] == year)]) for year in (False, True)]
    wide = sums[0].join(sums[1], how="outer", lsuffix="_before", rsuffix="_now").fillna(0.0)
    products, parts = split_change(wide.reset_index())
    loose, now = costed[~placed], costed["now"]
    parts["unsplit"] += int(_margin(loose[loose["now"]]) - _margin(loose[~loose["now"]]))
    return Split(
        source=source,
        months=months,
        revenue_before=int(costed.loc[~now, "revenue"].sum()),
        revenue=int(costed.loc[now, "revenue"].sum()),
        margin_before=_margin(costed[~now]),
        margin=_margin(costed[now]),
        **parts,
        products=products,
        rows=len(rows),
        uncosted=int(rows["cost"].isna().sum()),
        unmeasured=int((~placed).sum()),
        credits=int((credit & placed).sum()),
    )


def _sums(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.groupby("product")[_SUMS].sum()


def _margin(rows: pd.DataFrame) -> int:
    return int(rows["revenue"].sum() - rows["cost"].sum())


def split_change(products: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return what each product did to the margin, and the change of all in its PARTS, both adding up exactly.

    One row a product: product, and quantity, revenue and cost (whole minor units) with ``_before`` and ``_now``.
    Price, cost and volume are rounded to whole minor units, and mix takes what that leaves.
    """
    rows = products.assign(state=[_state(*row) for row in products[_BOTH].itertuples(index=False, name=None)])
    for name in ("revenue", "cost"):
        for year in ("before", "now"):
            rows[f"{name}_{year}"] = rows[f"{name}_{year}"].astype("int64")
    rows["before"] = rows["revenue_before"] - rows["cost_before"]
    rows["now"] = rows["revenue_now"] - rows["cost_now"]
    both = rows["state"] == "both"
    price, cost = (_of_units(rows, name).where(both, 0.0) for name in ("revenue", "cost"))
    rows["price"], rows["cost"] = price.round().astype("int64"), -cost.round().astype("int64")
    loose = rows["state"] == "unsplit"
    rows["amount"] = (rows["now"] - rows["before"] - rows["price"] - rows["cost"]).where(~loose, 0)
    unsplit = int((rows["now"] - rows["before"])[loose].sum())
    volume = _volume(rows[~loose])
    parts = {"price": int(rows["price"].sum()), "volume": volume, "mix": int(rows["amount"].sum()) - volume}
    shown = rows[["product", "state", "before", "now", "price", "cost", "amount"]].sort_values("product")
    return shown.reset_index(drop=True), {**parts, "cost": int(rows["cost"].sum()), "unsplit": unsplit}


def _state(q0: float, q1: float, r0: float, r1: float, c0: float, c1: float) -> State:
    """Return whether a product was sold in both years, now or before alone, or cannot be compared."""
    old, new = q0 > 0 and r0 > 0, q1 > 0 and r1 > 0
    if old and q1 > 0:
        return "both" if max(r0, abs(c0)) * (q1 / q0) < WHOLE else "unsplit"
    if new and not any((q0, r0, c0)):
        return "new"
    return "gone" if old and not any((q1, r1, c1)) else "unsplit"


def _of_units(rows: pd.DataFrame, name: str) -> pd.Series:
    """Return by how much a product's revenue or cost is beyond that of its quantity at last year's unit."""
    unit = rows[f"{name}_before"] / rows["quantity_before"].where(rows["quantity_before"] > 0)
    return rows[f"{name}_now"] - rows["quantity_now"] * unit


def _volume(rows: pd.DataFrame) -> int:
    """Return the margin of the year before times the change of all quantities at its prices; 0 from nothing."""
    before = float(rows["revenue_before"].sum())
    now = np.where(rows["state"] == "new", rows["revenue_now"], rows["revenue_now"] - rows["price"])
    return round(float(rows["before"].sum()) * (float(now.sum()) / before - 1)) if before > 0 else 0
