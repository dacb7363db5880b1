"""Flows day by day, and what comes before a sale within spans of days: what is looked at while a period runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed, once
from salesgoals_kit.kpis.measure import whole_months
from salesgoals_kit.kpis.needs import missing
from salesgoals_kit.kpis.revenue import SALE_DAY, TABLE, sales
from salesgoals_kit.kpis.scope import By, Frame, Scope, extent, flag, totals
from salesgoals_kit.owners import Owner
from salesgoals_kit.words import Message

Spans = tuple[tuple[int, int], ...]  # first and last day number, both inclusive
FEW_OPEN = 30
MOST_UNOWNED = 0.1  # share of open deals that are nobody's, above which an owner's own tell nothing
STEPS = ("leads", "qualified_leads", "opportunities", "pipeline", "won")  # kinds of activities stand beside them


@dataclass(frozen=True, eq=False)
class Flow:
    """What came of a flow by day: ``frame`` has the columns day (number) and amount (minor units of money; counts).

    ``first`` is the first month that is whole, of a team or a rep from its own first on; ``last`` the last one. A
    period that begins before ``first`` is not known whole.
    """

    frame: pd.DataFrame
    first: int
    last: int
    notes: tuple[Message, ...]


@handed
def flow_by_day(tables: Tables, owner: Owner, kpi: str) -> Flow | None:
    """Return what came of revenue or qualified leads day by day up to as_of.

    None for what is no sum of events with a day (stocks, rates, recurring revenue), and where its tables are lacking.
    """
    scope = Scope(tables, owner)
    if not _is_dated(tables, kpi) or missing(kpi, tables, owner):
        return None
    found = whole_months(kpi, scope)
    rows = _events(scope, kpi)
    return Flow(totals(rows, ("day",), amount=nw.col("amount")), found.first, found.last, found.notes)


@handed
def flow_by_rep(tables: Tables, owner: Owner, kpi: str, first: int, last: int) -> pd.DataFrame:
    """Return what came of a flow between two days (numbers, both inclusive) by rep: columns rep (None: nobody), amount.

    Minor units of money, or counts. No rows where `flow_by_day` would have none, or no rep is known.
    """
    scope = Scope(tables, owner)
    if not _is_dated(tables, kpi) or missing(kpi, tables, owner) or "rep" not in tables.columns(_table(tables, kpi)):
        return pd.DataFrame({"rep": pd.Series(dtype="object"), "amount": pd.Series(dtype="int64")})
    rows = _events(scope, kpi, ("rep",)).filter((nw.col("day") >= first) & (nw.col("day") <= last))
    return totals(rows, ("rep",), amount=nw.col("amount"))


def _is_dated(tables: Tables, kpi: str) -> bool:
    return kpi == "qualified_leads" or (kpi == "revenue" and tables.company.revenue != "mrr")


def _table(tables: Tables, kpi: str) -> str:
    return "leads" if kpi == "qualified_leads" else TABLE[tables.company.revenue]


def _events(scope: Scope, kpi: str, by: By = ()) -> Frame:
    """Return one row an event: its day and its amount; 0 where that is not known."""
    if kpi == "qualified_leads":
        rows, day, amount = scope.rows("leads"), "qualified_at_day", flag(~nw.col("lead_id").is_null())
    else:
        day = f"{SALE_DAY[_table(scope.tables, kpi)]}_day"
        rows, amount = sales(scope), nw.col("amount").fill_null(0)
    return rows.filter(~nw.col(day).is_null()).select(*by, nw.col(day).alias("day"), amount.alias("amount"))


@handed
def open_by_rep(tables: Tables, owner: Owner) -> pd.DataFrame:
    """Return the owner's open deals by rep: columns rep (None: nobody), deals and amount (minor units; unknown: 0)."""
    scope = Scope(tables, owner)
    if not tables.has("deals") or not {"rep", "status"} <= tables.columns("deals") or not scope.owns("deals"):
        return pd.DataFrame({"rep": pd.Series(dtype="object"), "deals": [], "amount": []})
    opened = scope.rows("deals").filter(nw.col("status") == "open")
    return totals(opened, ("rep",), deals=flag(~nw.col("deal_id").is_null()), amount=nw.col("amount").fill_null(0))


@handed
def unowned(tables: Tables, owner: Owner) -> float:
    """Return which share of the company's open deals is nobody's: no team's, for a rep no rep's; 0 for the company.

    Under ``FEW_OPEN`` open deals it is the share of so many: a single one is no rule.
    """
    scope, whose = Scope(tables, owner), "rep" if owner.kind == "rep" else "team"
    if owner.kind == "company" or not tables.has("deals") or not scope.owns("deals"):
        return 0.0
    opened = tables.frame("deals").filter(nw.col("status") == "open")
    found = totals(opened, (), nobodys=flag(nw.col(whose).is_null()), deals=flag(~nw.col("deal_id").is_null())).iloc[0]
    return float(found["nobodys"] / max(found["deals"], FEW_OPEN))


@handed
def steps_within(tables: Tables, owner: Owner, spans: Spans) -> pd.DataFrame:
    """Return what was done in each span of days: one row a step and span that the step's table reaches over.

    Columns: step (those of `STEPS` and kinds of activities), first, last, count (of ``pipeline`` the amount of the
    deals created, in minor units; of those that have one) and known (rows counted: of ``pipeline`` those with an
    amount). A span that begins before the table does has no row: what is not known is not nothing.
    """
    parts = [part for part in _steps(Scope(tables, owner)) if len(part[1])]
    rows = []
    for begins, days in parts:
        for first, last in spans:
            if first >= begins:
                within = days[days["day"].between(first, last)]
                sums = within.groupby("step")[["count", "known"]].sum().reindex(sorted(days["step"].unique()))
                sums = sums.fillna(0).astype("int64").reset_index()
                rows.append(sums.assign(first=first, last=last))
    columns = ["step", "first", "last", "count", "known"]
    return pd.concat(rows, ignore_index=True)[columns] if rows else pd.DataFrame(columns=columns)


def _steps(scope: Scope) -> Iterator[tuple[int, pd.DataFrame]]:
    """Give for each table the day from which it reaches, and its counts by step and day."""
    one = flag(~nw.col("day").is_null())
    if _has(scope, "leads", "created_at"):
        yield _counted(scope, "leads", "created_at", nw.lit("leads"), one)
    if _has(scope, "leads", "qualified_at"):
        yield _counted(scope, "leads", "qualified_at", nw.lit("qualified_leads"), one)
    if _has(scope, "deals", "created_at"):
        yield _counted(scope, "deals", "created_at", nw.lit("opportunities"), one)
        if "amount" in scope.tables.columns("deals"):
            yield _counted(scope, "deals", "created_at", nw.lit("pipeline"), nw.col("amount"))
    if _has(scope, "deals", "closed_at"):
        won = scope.rows("deals").filter(nw.col("status") == "won")
        yield _counted(scope, "deals", "closed_at", nw.lit("won"), one, won)
    if _has(scope, "activities", "happened_at"):
        yield _counted(scope, "activities", "happened_at", nw.col("kind"), one)


def _has(scope: Scope, table: str, day: str) -> bool:
    tables = scope.tables
    return tables.has(table) and day in tables.columns(table) and scope.owns(table) and table in tables.coverage


def _counted(
    scope: Scope, table: str, day: str, step: nw.Expr, count: nw.Expr, rows: Frame | None = None
) -> tuple[int, pd.DataFrame]:
    dated = (scope.rows(table) if rows is None else rows).with_columns(
        nw.col(f"{day}_day").alias("day"), step.alias("step")
    )
    seen = dated.filter(~nw.col("day").is_null() & ~nw.col("step").is_null())
    found = totals(seen, ("step", "day"), count=count.fill_null(0), known=flag(~count.is_null()))
    return _begins(scope.everyone(), table, day), found


@once
def _begins(scope: Scope, table: str, day: str) -> int:
    """Return the day number of a table's first event in the whole company."""
    found = extent(scope.rows(table), (day,))
    return 0 if found is None else found[0]
