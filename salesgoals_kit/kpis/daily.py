"""Sales day by day, as months do not tell how they fall within a month."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.revenue import MONTH, SALE_DAY, TABLE, sales
from salesgoals_kit.kpis.scope import Scope, totals
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import last_whole_month

MONTHS = 24  # that are looked back on


@handed
def daily_sales(tables: Tables, owner: Owner = COMPANY) -> pd.DataFrame:
    """Return the amounts of sales by day in the last 24 whole months.

    Columns: month, day (their numbers), amount (minor units). No rows where revenue is no sum of sales (recurring
    revenue), where there were none, and where it is not known whose they are. Credit notes are left out.
    """
    scope, counted = Scope(tables, owner), tables.company.revenue
    table = TABLE[counted]
    if counted == "mrr" or not tables.has(table) or not scope.owns(table):
        return pd.DataFrame({"month": [], "day": [], "amount": []}, dtype="int64")
    last, month = last_whole_month(tables.as_of), nw.col(MONTH[counted])
    rows = sales(scope).filter((month > last - MONTHS) & (month <= last) & (nw.col("amount") > 0))
    dated = rows.select(month.alias("month"), nw.col(f"{SALE_DAY[table]}_day").alias("day"), nw.col("amount"))
    return totals(dated, ("month", "day"), amount=nw.col("amount"))
