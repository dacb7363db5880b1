"""What is sold costs a share of what it sells for: by deals, else by invoices, else only as the table of costs says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import narwhals as nw
import pandas as pd

from salesgoals_kit.data.kept import once
from salesgoals_kit.kpis.covered import Span
from salesgoals_kit.kpis.revenue import MONTH, costed_rows, counted_in, sales
from salesgoals_kit.kpis.scope import Scope, flag, native, totals
from salesgoals_kit.kpis.yearly import share_of

Source = Literal["deals", "invoices", "table", "nothing"]


@dataclass(frozen=True)
class Share:
    """A share of revenue, and its standard error."""

    value: float
    error: float


@dataclass(frozen=True)
class Costing:
    """The cost of what is paid monthly, and of what comes once (None: unknown), and which table tells it.

    ``source``: deals or invoices, each row with its cost; ``table``: no row has one, and what is known are the costs
    that the table of costs counts in the margin, or that vary; ``nothing``: no cost of what is sold is known, so that
    what is left of revenue is not known either.
    """

    recurring: Share | None
    once: Share | None
    source: Source


def costing_of(scope: Scope, won: pd.DataFrame, span: Span, variable: float) -> Costing:
    """Return what is sold costs: of the deals ``won`` in the months, else of the invoices where they are the revenue.

    That is the KPI margin's definition: rows carry their cost, or the table of costs counts some in the margin. There
    what varies is ``variable``, a share of what is paid, and what does not is the same with every lever.
    """
    placed = won[won["placed"]]
    shares = (cost_share(placed[placed["once"] <= 0]), cost_share(placed[placed["once"] > 0]))
    if any(shares):
        return Costing(*shares, "deals")
    invoiced = _of_invoices(scope, span)
    if invoiced is not None:
        return Costing(invoiced, invoiced, "invoices")
    known = variable > 0 or counted_in(scope.everyone(), "margin") is not None
    return Costing(None, None, "table" if known else "nothing")


def cost_share(rows: pd.DataFrame) -> Share | None:
    """Return cost / amount over the rows that have both; None where there are none."""
    known = rows[rows["cost"].notna() & (rows["amount"] > 0)]
    value, error = share_of(known["cost"], known["amount"])
    return None if math.isnan(value) else Share(value, error)


def _of_invoices(scope: Scope, span: Span) -> Share | None:
    """Return the cost of what was invoiced, credit notes taken off, where invoices are the revenue and carry it."""
    if scope.company.revenue != "invoices" or not costed_rows(scope) or not scope.owns("invoices"):
        return None
    month = nw.col(MONTH["invoices"])
    rows = sales(scope).filter((month >= span[0]) & (month <= span[1]), ~nw.col("cost").is_null())
    found = native(rows.filter(~nw.col("amount").is_null()).select("invoice_id", "amount", "cost"))
    parts = found.sort_values("invoice_id", ignore_index=True)
    value, error = share_of(parts["cost"].astype("float64"), parts["amount"].astype("float64"))
    return None if math.isnan(value) else Share(value, error)


def compares_by_list(scope: Scope) -> bool:
    """Return whether the company's costs are compared by list price: most deals won that have a cost have one.

    Asked once for all quarters and teams, so that what is compared is alike; deals without a list price are left out
    then. Else costs are compared by what was paid.
    """
    return scope.tables.has("deals") and _by_list(scope.everyone())


@once
def _by_list(scope: Scope) -> bool:
    costed = scope.rows("deals").filter(nw.col("status") == "won", ~nw.col("cost").is_null(), nw.col("amount") > 0)
    sums = totals(costed, (), deals=flag(nw.col("amount") > 0), listed=flag(nw.col("list_price") > 0)).iloc[0]
    return bool(2 * sums["listed"] > sums["deals"])
