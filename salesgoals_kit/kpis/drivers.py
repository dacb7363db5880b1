"""What moves the goals, as numbers over one span: frozen with a goal, compared when it is reviewed."""

from __future__ import annotations

import math
from collections.abc import Callable

import narwhals as nw
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.acquisition import spend_parts
from salesgoals_kit.kpis.bridge import moves
from salesgoals_kit.kpis.measure import measure, whole_months
from salesgoals_kit.kpis.needs import missing
from salesgoals_kit.kpis.overdue import slipped
from salesgoals_kit.kpis.recurring import standing
from salesgoals_kit.kpis.revenue import MONTH, costed_rows, counted_in, sales
from salesgoals_kit.kpis.scope import Frame, Scope, count, flag, native, total, totals
from salesgoals_kit.kpis.spans import month_spans
from salesgoals_kit.kpis.wins import closed_deals
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, last_whole_month

Span = tuple[int, int]
# Drivers that are counted from rows, and the KPI whose tables have to reach over the span.
_CLOCKED = {
    "leads": "qualified_leads",
    "qualification": "qualified_leads",
    "win_rate": "win_rate",
    "deal_size": "revenue",
    "price": "revenue",
    "unit_cost": "revenue",
    "spend": "cac",
    "decided": "win_rate",
    "from_leads": "qualified_leads",
    "on_time": "win_rate",
    "other_costs": "margin",
    "units": "revenue",
}


@handed
def drivers(tables: Tables, owner: Owner, span: Span) -> dict[str, float | None]:
    """Return the drivers of one owner over the months of a span; None where the data cannot tell. Money in currency.

    leads: created. qualification: qualified / created, both in the span. win_rate: closed-period. deal_size: revenue a
    deal won. cycle_days: None for a cohort not yet followed to the horizon. recurring_revenue: mrr at the end. churn:
    accounts lost / customers, over the span's months. price: what a unit sold for (invoices with a quantity), else
    what part of the list price was got (deals with one). unit_cost: cost of a unit (invoices), of a deal won (deals).
    spend: sales and marketing, and costs counted in it. decided: deals won or lost. from_leads: the share of them that
    a lead had led to. on_time: decided / (decided and `slips`), the share that closed when it was due. other_costs:
    costs that the table of costs counts in the margin / the revenue that the margin is of. units: what was invoiced.
    """
    scope = Scope(tables, owner)
    found: dict[str, Callable[[Scope, Span], float | None]] = {
        "leads": _leads,
        "qualification": _qualification,
        "win_rate": lambda _, s: _measured("win_rate", tables, s, owner),
        "deal_size": _deal_size,
        "cycle_days": lambda _, s: _measured("cycle_days", tables, s, owner),
        "recurring_revenue": lambda _, s: _measured("mrr", tables, s, owner),
        "churn": _churn,
        "price": _price,
        "unit_cost": _unit_cost,
        "spend": _spend,
        "decided": _decided,
        "from_leads": _from_leads,
        "on_time": _on_time,
        "other_costs": _other_costs,
        "units": _units,
    }
    held = {name: _holds(scope, kpi, span) for name, kpi in _CLOCKED.items()}
    return {name: _known(driver(scope, span)) if held.get(name, True) else None for name, driver in found.items()}


def latest_span(tables: Tables, period: Period) -> Span:
    """Return the latest months of a period's length that had ended by as_of, and before the period begins."""
    last = min(period.first - 1, last_whole_month(tables.as_of))
    return last - len(period.months) + 1, last


def _holds(scope: Scope, kpi: str, span: Span) -> bool:
    """Return whether the tables of a KPI reach over the whole span; a part of it is not to be compared with a whole."""
    if missing(kpi, scope.tables, scope.owner):
        return True
    return whole_months(kpi, scope).last >= span[1]


def _known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)


def _ratio(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator > 0 else None


def _measured(name: str, tables: Tables, span: Span, owner: Owner) -> float | None:
    return None if missing(name, tables, owner) else float(measure(name, tables, [span], (), owner)["value"].iloc[0])


def _inside(month: str, span: Span) -> nw.Expr:
    return (nw.col(month) >= span[0]) & (nw.col(month) <= span[1])


def _leads(scope: Scope, span: Span) -> float | None:
    if not scope.tables.has("leads") or not scope.owns("leads"):
        return None
    return count(scope.rows("leads").filter(_inside("created_at_month", span)))


def _qualification(scope: Scope, span: Span) -> float | None:
    qualified, created = _measured("qualified_leads", scope.tables, span, scope.owner), _leads(scope, span)
    return None if qualified is None or created is None else _ratio(qualified, created)


def _deal_size(scope: Scope, span: Span) -> float | None:
    if not scope.tables.has("deals") or not scope.owns("deals"):
        return None
    won = scope.rows("deals").filter(nw.col("status") == "won", _inside("closed_at_month", span))
    priced = won.filter(~nw.col("amount").is_null())
    return _ratio(total(priced, nw.col("amount")) / scope.company.minor_units, count(priced))


def _churn(scope: Scope, span: Span) -> float | None:
    if missing("logo_churn", scope.tables, scope.owner):
        return None
    months = moves(standing(scope), month_spans(*span))
    return _ratio(float(months["lost"].sum()), float(months["at_start"].sum()))


def _price(scope: Scope, span: Span) -> float | None:
    kind = scope.company.revenue
    if kind == "mrr" or missing("revenue", scope.tables, scope.owner):
        return None
    per = nw.col("quantity" if kind == "invoices" else "list_price")
    rows = sales(scope).filter(_inside(MONTH[kind], span), ~per.is_null() & ~nw.col("amount").is_null())
    if kind == "invoices":
        return _per_unit(scope, rows, nw.col("amount"))
    sums = totals(rows, (), amount=nw.col("amount"), listed=per).iloc[0]
    return _ratio(float(sums["amount"]), float(sums["listed"]))


def _unit_cost(scope: Scope, span: Span) -> float | None:
    kind = scope.company.revenue
    if not costed_rows(scope) or missing("revenue", scope.tables, scope.owner):
        return None
    rows = sales(scope).filter(_inside(MONTH[kind], span), ~nw.col("cost").is_null())
    if kind == "invoices":
        return _per_unit(scope, rows.filter(~nw.col("quantity").is_null()), nw.col("cost"))
    sums = totals(rows, (), cost=nw.col("cost"), deals=flag(~nw.col("deal_id").is_null())).iloc[0]
    return _ratio(float(sums["cost"]) / scope.company.minor_units, float(sums["deals"]))


def _per_unit(scope: Scope, rows: Frame, money: nw.Expr) -> float | None:
    sums = rows.select(money.cast(nw.Int64).sum().alias("money"), nw.col("quantity").sum().alias("units"))
    found = sums.collect(backend="pandas").to_native().fillna(0).iloc[0]
    return _ratio(float(found["money"]) / scope.company.minor_units, float(found["units"]))


def _spend(scope: Scope, span: Span) -> float | None:
    parts = spend_parts(scope)
    if parts.empty:
        return None
    inside = parts["month"].between(*span)
    return float(parts.loc[inside, "numerator"].sum()) / scope.company.minor_units


def _decided(scope: Scope, span: Span) -> float | None:
    return None if missing("win_rate", scope.tables, scope.owner) else float(len(_closed(scope, span)))


def _closed(scope: Scope, span: Span) -> pd.DataFrame:
    closed = closed_deals(scope)
    return closed[closed["closed_month"].between(*span)]


def _from_leads(scope: Scope, span: Span) -> float | None:
    linked = scope.tables.has("leads") and {"deal_id", "created_at"} <= scope.tables.columns("leads")
    if not linked or missing("win_rate", scope.tables, scope.owner):
        return None
    closed = _closed(scope, span)
    return _ratio(float(closed["lead_days"].notna().sum()), float(len(closed)))


def _on_time(scope: Scope, span: Span) -> float | None:
    decided, late = _decided(scope, span), slipped(scope, span)
    return None if decided is None or late is None else _ratio(decided, decided + late.slipped)


def _other_costs(scope: Scope, span: Span) -> float | None:
    counted = counted_in(scope, "margin")
    if counted is None or missing("margin", scope.tables, scope.owner):
        return None
    costs = total(counted.filter(_inside("month_month", span)), nw.col("amount")) / scope.company.minor_units
    revenue = measure("margin", scope.tables, [span], (), scope.owner)["denominator"].iloc[0]
    return _ratio(costs, float(revenue))


def _units(scope: Scope, span: Span) -> float | None:
    """Return the quantity of invoices that have one, credit notes taken off."""
    kind = scope.company.revenue
    if (
        kind != "invoices"
        or "quantity" not in scope.tables.columns(kind)
        or missing("revenue", scope.tables, scope.owner)
    ):
        return None
    known = sales(scope).filter(~nw.col("quantity").is_null() & ~nw.col("amount").is_null())
    found = native(known.filter(_inside(MONTH[kind], span)).select(nw.col("quantity").sum().alias("units")))
    return float(found["units"].fillna(0).iloc[0])
