"""The first deal that an account ever won, whoever sold it: through which channel it came, and what it brought."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import once
from salesgoals_kit.kpis.scope import Scope, native, teams_of

KINDS = ("industry", "size", "region", "segment")  # of accounts
MOST_SIZES = 8  # different numbers; more are put into bands


def first_deals(tables: Tables) -> pd.DataFrame:
    """Return the first deal won of each account: account_id, deal_id, day (number), month, channel, team.

    First is first of the whole company; of several on one day the one with the lowest id. No rows without deals.
    """
    return _first_deals(Scope(tables))


@once
def _first_deals(scope: Scope) -> pd.DataFrame:
    names = ["account_id", "deal_id", "day", "month", "channel", "team"]
    if not scope.tables.has("deals"):
        return pd.DataFrame({name: pd.Series(dtype="object") for name in names})
    won = scope.rows("deals").filter(
        nw.col("status") == "won", ~nw.col("account_id").is_null(), ~nw.col("closed_at_day").is_null()
    )
    dated = won.with_columns(nw.col("closed_at_day").alias("day"), nw.col("closed_at_month").alias("month"))
    rows = native(dated.select(*names)).sort_values(["day", "deal_id"], ignore_index=True)
    firsts = rows.drop_duplicates("account_id").sort_values("account_id", ignore_index=True)
    for name in ("day", "month"):
        firsts[name] = firsts[name].astype("int64")
    return firsts.assign(**{name: words(firsts[name]) for name in ("account_id", "deal_id", "channel", "team")})


def of_teams(scope: Scope, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a team and of the teams below it, by a column ``team``; all rows of the company."""
    if scope.owner.team is None:
        return rows
    return rows[rows["team"].isin(teams_of(scope.company, scope.owner.team))].reset_index(drop=True)


def kinds_of(tables: Tables) -> pd.DataFrame:
    """Return account_id and, as far as the data has them, name and the KINDS of every account; None where unknown."""
    if not tables.has("accounts"):
        return pd.DataFrame({"account_id": pd.Series(dtype="object")})
    names = [name for name in ("name", *KINDS) if name in tables.columns("accounts")]
    rows = native(tables.frame("accounts").select("account_id", *names)).sort_values("account_id", ignore_index=True)
    rows = rows.drop_duplicates("account_id", ignore_index=True)
    return rows.assign(**{name: _banded(words(rows[name])) if name == "size" else words(rows[name]) for name in names})


def _banded(cells: pd.Series) -> pd.Series:
    """Return sizes that are many different numbers (of employees, say) as four bands, as many accounts in each.

    >>> _banded(pd.Series([str(number) for number in range(1, 13)] + [None], dtype="object")).tolist()[::4]
    ['1 - 3', '4 - 6', '7 - 9', None]
    """
    numbers = pd.to_numeric(cells, errors="coerce")
    known = cells.notna()
    if cells.nunique() <= MOST_SIZES or numbers[known].isna().any():
        return cells
    band = pd.qcut(numbers[known], 4, labels=False, duplicates="drop")
    ends = numbers[known].groupby(band).agg(["min", "max"])
    named = {place: f"{low:.15g} - {high:.15g}" for place, low, high in ends.itertuples()}
    return words(band.map(named).reindex(cells.index))


def words(cells: pd.Series) -> pd.Series:
    """Return words as objects, None where there is none: engines differ in how they write that."""
    return pd.Series([None if pd.isna(cell) else str(cell) for cell in cells], index=cells.index, dtype="object")
