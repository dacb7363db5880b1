"""What kind of account each is: industry, size, region and segment, and through which channel its first deal came."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from salesgoals_kit.data.kept import once
from salesgoals_kit.kpis.scope import Scope, native

KINDS = ("industry", "size", "region", "segment")
TRAITS = (*KINDS, "channel")


@once
def traits(scope: Scope) -> pd.DataFrame:
    """Return the company's accounts by account_id, with name and TRAITS; None where one is not known.

    The channel is that of the account's first deal won, by closing date.
    """
    channels = _first_channels(scope)
    if not scope.tables.has("accounts"):
        blank = dict.fromkeys(("name", *KINDS), None)
        found = pd.DataFrame({"channel": channels}, dtype="object").assign(**blank)
    else:
        rows = native(scope.tables.frame("accounts").select("account_id", "name", *KINDS))
        found = rows.astype("object").set_index("account_id").sort_index()
        found = found.reindex(found.index.union(channels.index)).assign(channel=channels)
    return blanks(found.reindex(columns=["name", *TRAITS])).rename_axis("account_id")


def _first_channels(scope: Scope) -> pd.Series:
    wanted = {"account_id", "channel", "closed_at"}
    if not scope.tables.has("deals") or not wanted <= scope.tables.columns("deals"):
        return pd.Series(dtype="object")
    rows = scope.tables.frame("deals").filter(
        nw.col("status") == "won", ~nw.col("account_id").is_null(), ~nw.col("closed_at_day").is_null()
    )
    deals = native(rows.select("account_id", "channel", "closed_at_day", "deal_id"))
    first = deals.sort_values(["closed_at_day", "deal_id"]).drop_duplicates("account_id")
    return first.set_index("account_id")["channel"].astype("object").sort_index()


def blanks(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of texts with None wherever nothing is known."""
    cells = {name: [None if pd.isna(cell) else cell for cell in rows[name]] for name in rows.columns}
    return pd.DataFrame(cells, index=rows.index, columns=rows.columns, dtype="object")


def with_traits(scope: Scope, rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows that have an account_id with TRAITS beside them."""
    known = traits(scope.everyone()).reindex(rows["account_id"])
    return rows.assign(**{name: known[name].to_numpy() for name in TRAITS})
