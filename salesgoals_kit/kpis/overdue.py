"""Deals that were expected to close in a span of months and did not: by the day that was expected when it began."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed, once
from salesgoals_kit.kpis.scope import Frame, Scope, native
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import day_number, month_end, month_start

Span = tuple[int, int]
FIELD = "expected_close_at"


@dataclass(frozen=True)
class Slips:
    """Deals open when a span began and expected, by then, to close in it; money in currency units.

    ``slipped`` of the ``due`` were still open at its end; ``amount`` is what those are worth (``unpriced`` of them have
    no amount), ``won`` and ``lost`` of them are so by as_of. ``moved``: whether the data has the days that were
    expected before they were overwritten; without them a deal whose day was moved out of the span cannot be seen.
    """

    due: int
    slipped: int
    amount: float
    unpriced: int
    won: int
    lost: int
    moved: bool


@handed
def slips(tables: Tables, owner: Owner, span: Span) -> Slips | None:
    """Return what slipped out of a span; None where no deal has a day on which it is expected to close."""
    return slipped(Scope(tables, owner), span)


@once
def slipped(scope: Scope, span: Span) -> Slips | None:
    """Return `slips` of an owner's rows."""
    tables = scope.tables
    if not tables.has("deals") or not scope.owns("deals") or not _says(tables):
        return None
    start, end = day_number(month_start(span[0])), day_number(month_end(span[1]))
    rows = _open_then(scope, start)
    due = rows[rows["expected"].between(start, end)]
    late = due[due["closed_at_day"].isna() | (due["closed_at_day"] > end)]
    if rows["expected"].isna().all():
        return None
    return Slips(
        due=len(due),
        slipped=len(late),
        amount=int(late["amount"].fillna(0).sum()) / scope.company.minor_units,
        unpriced=int(late["amount"].isna().sum()),
        won=int((late["status"] == "won").sum()),
        lost=int((late["status"] == "lost").sum()),
        moved=tables.has("deal_changes"),
    )


def _says(tables: Tables) -> bool:
    return tables.has("deal_changes") or FIELD in tables.columns("deals")


def _open_then(scope: Scope, start: int) -> pd.DataFrame:
    """Return the deals that were open when the day began, with ``expected``: the day expected then, NaN if unknown."""
    created, closed = nw.col("created_at_day"), nw.col("closed_at_day")
    deals = scope.rows("deals").filter((created < start) & (closed.is_null() | (closed >= start)))
    kept = native(deals.select("deal_id", "status", "amount", "closed_at_day", f"{FIELD}_day"))
    rows = kept.sort_values("deal_id", ignore_index=True)
    days = rows[["closed_at_day", f"{FIELD}_day"]].astype("float64")
    rows = rows.assign(closed_at_day=days["closed_at_day"], expected=days[f"{FIELD}_day"])
    if not scope.tables.has("deal_changes"):
        return rows
    changes = scope.tables.frame("deal_changes").filter(nw.col("field") == FIELD)
    changes = changes.join(deals.select("deal_id"), on="deal_id", how="inner").select(
        "deal_id", "value", nw.col("changed_at_day").alias("day")
    )
    known = rows["deal_id"].map(_last_before(changes, start))
    ever = set(native(changes.select("deal_id").unique())["deal_id"].astype(str))
    return rows.assign(expected=known.where(rows["deal_id"].astype(str).isin(ever), rows["expected"]))


def _last_before(changes: Frame, start: int) -> dict[str, float]:
    """Return the day expected for each deal by what was written before a day; of several of one day the latest."""
    before = changes.filter(nw.col("day") < start)
    newest = before.group_by("deal_id").agg(nw.col("day").max())
    last = before.join(newest, on=["deal_id", "day"], how="inner")
    found = native(last.group_by("deal_id").agg(nw.col("value").max()))
    days = pd.to_datetime(found["value"].astype(object), format="%Y-%m-%d")
    numbers = (days - pd.Timestamp("1970-01-01")).dt.days.astype("float64")
    return {str(deal): float(day) for deal, day in zip(found["deal_id"], numbers, strict=True)}
