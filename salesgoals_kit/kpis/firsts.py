"""The first deal that an account ever won, whoever sold it: through which channel it came, and what it brought."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import once
from salesgoals_kit.kpis.scope import Scope, native, teams_of

KINDS = ("industry", "size", "region", "segment")  # of accounts


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
    return firsts.assign(channel=words(firsts["channel"]), team=words(firsts["team"]))


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
    return rows.assign(**{name: words(rows[name]) for name in names}).drop_duplicates("account_id", ignore_index=True)


def words(cells: pd.Series) -> pd.Series:
    """Return words as objects, None where there is none: engines differ in how they write that."""
    return pd.Series([None if pd.isna(cell) else str(cell) for cell in cells], index=cells.index, dtype="object")
