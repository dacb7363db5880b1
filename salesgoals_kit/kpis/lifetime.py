"""What a customer is worth while he stays: margin * lifetime, the lifetime from churn that is taken as steady."""

from __future__ import annotations

import pandas as pd

from salesgoals_kit.kpis.bridge import churn_remarks, moves
from salesgoals_kit.kpis.recurring import standing
from salesgoals_kit.kpis.revenue import costed_rows, counted_in, margin
from salesgoals_kit.kpis.scope import By, Scope, Spans
from salesgoals_kit.kpis.spans import measured, month_spans, summed
from salesgoals_kit.words import Message, say


def clv(scope: Scope, spans: Spans, by: By) -> pd.DataFrame:
    """Return ARPA a month * margin / monthly logo churn over each span, by group, in currency units.

    With ARPA = Σ mrr / Σ customers and churn = Σ lost / Σ customers, both over the starts of the span's months, this
    is margin * Σ mrr / accounts lost: numerator and denominator. No loss in the span: no value, for no end is in
    sight. Where no cost is known at all it is revenue that is counted, and the notes say so.
    """
    sums = _months(scope, spans, by)
    return measured(sums.assign(numerator=sums["earned"], denominator=sums["lost"]), by, (scope.company.minor_units, 1))


def monthly_margin(scope: Scope, spans: Spans, by: By = ()) -> pd.DataFrame:
    """Return what a customer brings in a month, ARPA * margin, over each span, by group, in currency units."""
    sums = _months(scope, spans, by)
    ratio = sums.assign(numerator=sums["earned"], denominator=sums["at_start"])
    return measured(ratio, by, (scope.company.minor_units, 1))


def _months(scope: Scope, spans: Spans, by: By) -> pd.DataFrame:
    """Return, over each span's months, Σ customers, Σ lost and Σ mrr at their starts * margin (minor units)."""
    months = month_spans(min(first for first, _ in spans), max(last for _, last in spans))
    found = moves(standing(scope, by), months).rename(columns={"first": "month"})
    sums = summed(found[[*by, "month", "at_start", "lost", "start"]], spans, by)
    shared = [name for name in by if name == "team"]
    keys = [*shared, "first", "last"]
    if not knows_cost(scope):
        return sums.assign(earned=sums["start"])
    rates = margin(scope, spans, tuple(shared))[[*keys, "value"]].rename(columns={"value": "margin"})
    placed = sums.merge(rates, how="left", on=keys)
    return placed.assign(earned=placed["start"] * placed["margin"])


def knows_cost(scope: Scope) -> bool:
    """Return whether any cost is known that a margin could be made of."""
    return costed_rows(scope) or counted_in(scope, "margin") is not None


def clv_remarks(scope: Scope, first: int, last: int) -> list[Message]:
    """Return that churn is taken as steady, whether costs are in it, and whether months had no loss."""
    said = [say("kpis.clv_steady_churn"), *churn_remarks(scope, first, last)]
    said += [] if knows_cost(scope) else [say("kpis.clv_before_costs")]
    if first <= last:
        lost = int(moves(standing(scope), month_spans(first, last))["lost"].sum())
        said += [] if lost else [say("kpis.clv_no_churn")]
    return said
