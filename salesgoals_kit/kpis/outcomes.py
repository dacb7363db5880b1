"""Deals and whether they were won, one row each, for comparing what is won where; and what won deals bring.

A deal is judged by the cohort it was created in: won within the horizon or not, and only where it was created at least
that long ago, so that no open deal is taken for lost (cumulative incidence of winning at the horizon, without
censoring before it). The horizon is the age by which 99 % of the wins had come among the slowest team and type of
deals. Where too few deals are so old, or no day of creation is known, deals decided are judged by their closing day.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import once
from salesgoals_kit.kpis.curves import data_begins
from salesgoals_kit.kpis.described import described, tenure_bands
from salesgoals_kit.kpis.scope import Scope, collected
from salesgoals_kit.kpis.stages import WINDOW, horizon_of, last_followed
from salesgoals_kit.periods import YEAR, day_number, day_of, last_whole_month, month_number
from salesgoals_kit.words import Message, Number, say

ENOUGH = 200  # deals that were followed, under which deals decided are judged instead


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Deals of the last ``WINDOW`` months. ``horizon``: days they were followed; None: deals decided, by closing day.

    ``rows``: what `described` knows of the deals, ``deals`` (1), ``won`` (1 or 0), ``month`` (of creation, or of
    closing), ``quarter`` (of the fiscal year, 1 to 4), ``ago`` (0: in the last twelve months, 1: before, 2) and
    ``tenure``, the band of the rep's time in the job on that day.
    """

    horizon: int | None
    rows: pd.DataFrame
    notes: tuple[Message, ...]


@once
def outcomes(tables: Tables) -> Outcomes | None:
    """Return the deals to be compared; None without deals that are closed."""
    deals = described(tables)
    if not deals["closed"].notna().any():
        return None
    as_of, begins = day_number(tables.as_of), data_begins(Scope(tables))
    dated = deals[deals["created"] >= begins]
    dated = dated[~(dated["closed"] < dated["created"])]
    age = dated["closed"].fillna(as_of) - dated["created"]
    won = (dated["status"] == "won").astype("int64")
    seen = pd.DataFrame({"entry": 0, "leave": age.astype("int64"), "won": won, "lost": 0, "deals": 1})
    seen["lost"] = (dated["status"] == "lost").astype("int64")
    horizon = horizon_of(seen.assign(team=dated["team"], deal_type=dated["deal_type"]), tables)
    last = last_followed(as_of - horizon)
    rows = _dated(tables, dated.assign(won=won.where(age <= horizon, 0)), "created", last)
    if len(rows) >= ENOUGH:
        return Outcomes(horizon, rows, (say("strengths.followed", days=Number(horizon, 0, "days")),))
    closed = deals[deals["closed"].notna()]
    decided = closed.assign(won=(closed["status"] == "won").astype("int64"))
    rows = _dated(tables, decided, "closed", last_whole_month(tables.as_of))
    return Outcomes(None, rows, (say("strengths.decided"),))


def _dated(tables: Tables, rows: pd.DataFrame, day: str, last: int) -> pd.DataFrame:
    """Return the rows whose day is in the window that ends with the month ``last``."""
    months = np.array([month_number(day_of(int(number))) for number in rows[day]], dtype="int64")
    told = rows.assign(
        deals=1,
        month=months,
        ago=(last - months) // YEAR,
        quarter=(months - tables.company.fiscal_year_starts + 1) % YEAR // 3 + 1,
        tenure=tenure_bands(tables, rows["rep"], rows[day]),
    )
    return told[(months <= last) & (months > last - WINDOW)].reset_index(drop=True)


@once
def won_amounts(tables: Tables) -> pd.DataFrame:
    """Return what deals won in the last twelve months brought: team, deal_type, deals, total, squares.

    In currency units; ``squares`` is the sum of squared amounts. Deals without an amount are left out.
    """
    last = last_whole_month(tables.as_of)
    won = tables.frame("deals").filter(
        (nw.col("status") == "won") & (nw.col("closed_at_month") > last - YEAR) & ~nw.col("amount").is_null()
    )
    rows = collected(won.select("team", "deal_type", "amount"))
    amount = rows["amount"] / tables.company.minor_units
    rows = rows.assign(deals=1, total=amount, squares=amount**2)
    return rows.groupby(["team", "deal_type"], dropna=False, as_index=False)[["deals", "total", "squares"]].sum()
