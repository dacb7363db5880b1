"""Revenue in the three ways a company may count it, and what of it is left as margin."""

from __future__ import annotations

import narwhals as nw
import pandas as pd

from salesgoals_kit.kpis.months import Clock
from salesgoals_kit.kpis.recurring import mrr_by_month
from salesgoals_kit.kpis.scope import By, Frame, Scope, Spans, count, flag, monthly
from salesgoals_kit.kpis.spans import measured, summed
from salesgoals_kit.words import Count, Message, say

TABLE = {"deals": "deals", "invoices": "invoices", "mrr": "subscriptions"}
SALE_DAY = {"deals": "closed_at", "invoices": "invoiced_at", "subscriptions": "started_at"}
MONTH = {"deals": "closed_at_month", "invoices": "invoiced_at_month"}


def revenue(scope: Scope, spans: Spans, by: By) -> pd.DataFrame:
    """Return revenue by group and span, in currency units.

    It is the amount of deals won, by closing date; or of invoices, credit notes taken off; or the sum over the span's
    months of the mrr active at each month's end: company.yaml says which.
    """
    parts = revenue_parts(scope, by, max(last for _, last in spans))
    return measured(summed(parts, spans, by), by, (scope.company.minor_units, 1))


def revenue_parts(scope: Scope, by: By, until: int) -> pd.DataFrame:
    """Return revenue by group and month: columns by, month, numerator in minor units."""
    if scope.company.revenue == "mrr":
        return mrr_by_month(scope, by, until)
    return monthly(sales(scope), MONTH[scope.company.revenue], by, numerator=nw.col("amount"))


def sales(scope: Scope) -> Frame:
    """Return the rows that are revenue: deals won, or invoices."""
    rows = scope.rows(TABLE[scope.company.revenue])
    return rows.filter(nw.col("status") == "won") if scope.company.revenue == "deals" else rows


def margin(scope: Scope, spans: Spans, by: By) -> pd.DataFrame:
    """Return (revenue - cost) / revenue by group and span, from sums in currency units.

    Where rows carry their cost, rows without one count in neither revenue nor cost. Costs that the costs table counts
    in margin come off too: by team at the finest, so a split by anything else shows the margin before them.
    """
    if costed_rows(scope):
        rows = sales(scope).filter(~nw.col("cost").is_null() & ~nw.col("amount").is_null())
        month = MONTH[scope.company.revenue]
        parts = monthly(rows, month, by, numerator=nw.col("amount") - nw.col("cost"), denominator=nw.col("amount"))
    else:
        parts = revenue_parts(scope, by, max(last for _, last in spans)).assign(denominator=lambda f: f["numerator"])
    parts = pd.concat([parts, _costs(scope, by)], ignore_index=True)
    units = (scope.company.minor_units,) * 2
    return measured(summed(parts, spans, by), by, units)


def costed_rows(scope: Scope) -> bool:
    """Return whether the rows of revenue carry their own cost."""
    table = TABLE[scope.company.revenue]
    return scope.tables.has(table) and "cost" in scope.tables.columns(table)


def counted_in(scope: Scope, where: str) -> Frame | None:
    """Return the owner's rows of costs that count in ``margin`` or ``spend``; None where there are none."""
    if not scope.tables.has("costs") or not scope.owns("costs"):
        return None
    rows = scope.rows("costs").filter(nw.col("counted_in") == where)
    return rows if count(rows) else None


def _costs(scope: Scope, by: By) -> pd.DataFrame:
    rows = counted_in(scope, "margin")
    if rows is None or not set(by) <= {"team"}:
        return pd.DataFrame({name: pd.Series(dtype="int64") for name in ("month", "numerator", "denominator")})
    return monthly(rows, "month_month", by, numerator=nw.col("amount") * -1).assign(denominator=0)


def revenue_remarks(scope: Scope, first: int, last: int) -> list[Message]:
    """Return which revenue is meant, and how many won deals of the months have no amount."""
    said = [in_force(scope)]
    if scope.company.revenue == "deals":
        blank = count(sales(scope).filter(_within(scope, first, last), nw.col("amount").is_null()))
        said += [say("kpis.won_without_amount", count=Count(blank))] if blank else []
    return said


def in_force(scope: Scope) -> Message:
    """Return the definition of revenue that the company file chose."""
    return say(f"kpis.revenue_from_{scope.company.revenue}")


def margin_remarks(scope: Scope, first: int, last: int) -> list[Message]:
    """Return which costs are in the margin, and how many rows were left out of it."""
    said = []
    if costed_rows(scope):
        rows = sales(scope).filter(_within(scope, first, last))
        known = flag(~nw.col("cost").is_null() & ~nw.col("amount").is_null())
        left_out, of = count(rows.filter(known == 0)), count(rows)
        said += [say("kpis.margin_rows_without_cost", count=Count(left_out), of=Count(of))] if left_out else []
    elif counted_in(scope, "margin") is not None:
        said.append(say("kpis.margin_from_costs_only"))
    if scope.owner.kind != "company" and counted_in(scope.everyone(), "margin") is not None:
        said.append(say("kpis.margin_own_costs_only"))
    return said


def _within(scope: Scope, first: int, last: int) -> nw.Expr:
    month = nw.col(MONTH[scope.company.revenue])
    return (month >= first) & (month <= last)


def sale_clocks(scope: Scope) -> list[Clock]:
    """Return by which events to tell how far revenue reaches."""
    table = TABLE[scope.company.revenue]
    return [Clock(table, ("started_at", "ended_at") if table == "subscriptions" else (SALE_DAY[table],))]


def margin_clocks(scope: Scope) -> list[Clock]:
    """Return by which events to tell how far margin reaches: those of revenue and, if any count, of costs."""
    costs = [Clock("costs", ("month",), "margin")]
    return sale_clocks(scope) + (costs if counted_in(scope, "margin") is not None else [])
