"""How many sales a month's amount is as uneven as: the larger a few of them are, the fewer."""

from __future__ import annotations

import narwhals as nw
import numpy as np

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.revenue import MONTH, sales
from salesgoals_kit.kpis.scope import Scope, collected
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import last_whole_month

MONTHS = 12  # that are looked back on


@handed
def sales_a_month(tables: Tables, owner: Owner = COMPANY) -> float | None:
    """Return the effective number of sales in a month of the last year: (sum of amounts)² / (sum of squares) / months.

    So many sales of equal size would make a month as uneven as those there were (Kish 1965, Survey Sampling, 8.2): a
    sum of n independent sales whose sizes have the coefficient of variation c counts as n / (1 + c²). None where
    revenue is no sum of sales (recurring revenue), where there were none, and where it is not known whose they are.
    """
    scope = Scope(tables, owner)
    table = "deals" if tables.company.revenue == "deals" else "invoices"
    if tables.company.revenue == "mrr" or not tables.has(table) or not scope.owns(table):
        return None
    last, month = last_whole_month(tables.as_of), nw.col(MONTH[tables.company.revenue])
    rows = sales(scope).filter((month > last - MONTHS) & (month <= last) & (nw.col("amount") > 0))
    found = collected(rows.select(month.alias("month"), nw.col("amount")))
    if found.empty:
        return None
    amounts = found["amount"].to_numpy().astype(np.float64)
    months = last - int(found["month"].min()) + 1
    return float(amounts.sum() ** 2 / (amounts**2).sum() / months)
