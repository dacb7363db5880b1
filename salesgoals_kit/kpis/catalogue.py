"""The catalogue: every KPI as a record, by the one name it has everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from salesgoals_kit.kpis.acquisition import cac, cac_clocks, cac_remarks
from salesgoals_kit.kpis.bridge import churn_clocks, churn_remarks, grr, logo_churn, nrr, retention_remarks
from salesgoals_kit.kpis.curves import cycle_clocks, cycle_days, cycle_remarks
from salesgoals_kit.kpis.funnel import (
    closing_clocks,
    coverage_remarks,
    lead_clocks,
    pipeline_cover,
    qualified_leads,
    win_rate,
)
from salesgoals_kit.kpis.lifetime import clv, clv_remarks
from salesgoals_kit.kpis.months import Clock
from salesgoals_kit.kpis.recurring import arr, mrr, subscription_clocks
from salesgoals_kit.kpis.revenue import margin, margin_clocks, margin_remarks, revenue, revenue_remarks, sale_clocks
from salesgoals_kit.kpis.scope import By, Scope, Spans
from salesgoals_kit.words import Message, say

Unit = Literal["money", "rate", "count", "days", "months", "times"]
Better = Literal["higher", "lower"]
Scale = Literal["positive", "rate", "signed"]
OverPeriod = Literal["sum", "last", "ratio_of_sums", "every_month", "recompute"]

DEAL_DIMENSIONS = ("team", "rep", "channel", "product", "family", "region", "deal_type")
SALES = ("sales.amount", "sales.day")  # the table that company.revenue names, its amount and its day
SUBSCRIPTIONS = ("subscriptions",)


@dataclass(frozen=True)
class Kpi:
    """One measure: what it is, how it is read, what it needs.

    ``needs`` are alternatives; each names tables, ``table.column`` or ``costs:where`` (rows counted there). ``by`` are
    the dimensions it can be split by where its tables have them. ``trailing``: over how many months the value of a
    monthly history is taken (its numerator and denominator are always the month's own).
    """

    name: str
    unit: Unit
    better: Better
    scale: Scale
    over_period: OverPeriod
    needs: tuple[tuple[str, ...], ...]
    by: tuple[str, ...]
    source: str
    measure: Callable[[Scope, Spans, By], pd.DataFrame] = field(repr=False)
    clocks: Callable[[Scope], list[Clock]] = field(repr=False)
    remarks: Callable[[Scope, int, int], list[Message]] = field(repr=False)
    trailing: int = 1

    @property
    def title(self) -> Message:
        """What it is called in a report."""
        return say(f"kpis.title_{self.name}")

    @property
    def definition(self) -> Message:
        """How it is defined, for a report."""
        return say(f"kpis.definition_{self.name}")


def _none(*_: object) -> list[Message]:
    return []


_ALL = (
    Kpi(
        name="revenue",
        unit="money",
        better="higher",
        scale="positive",
        over_period="sum",
        needs=(SALES,),
        by=(*DEAL_DIMENSIONS, "plan"),
        source="company.yaml, revenue",
        measure=revenue,
        clocks=sale_clocks,
        remarks=revenue_remarks,
    ),
    Kpi(
        name="mrr",
        unit="money",
        better="higher",
        scale="positive",
        over_period="last",
        needs=(SUBSCRIPTIONS,),
        by=("team", "plan"),
        source="SaaS Metrics Standards Board",
        measure=mrr,
        clocks=subscription_clocks,
        remarks=_none,
    ),
    Kpi(
        name="arr",
        unit="money",
        better="higher",
        scale="positive",
        over_period="last",
        needs=(SUBSCRIPTIONS,),
        by=("team", "plan"),
        source="SaaS Metrics Standards Board: 12 * MRR",
        measure=arr,
        clocks=subscription_clocks,
        remarks=_none,
    ),
    Kpi(
        name="margin",
        unit="rate",
        better="higher",
        scale="signed",
        over_period="ratio_of_sums",
        needs=((*SALES, "sales.cost"), (*SALES, "costs:margin")),
        by=DEAL_DIMENSIONS,
        source="(revenue - cost) / revenue, ratio of sums",
        measure=margin,
        clocks=margin_clocks,
        remarks=margin_remarks,
    ),
    Kpi(
        name="win_rate",
        unit="rate",
        better="higher",
        scale="rate",
        over_period="ratio_of_sums",
        needs=(("deals", "deals.closed_at"),),
        by=DEAL_DIMENSIONS,
        source="closed-period win rate (Varicent guide)",
        measure=win_rate,
        clocks=closing_clocks,
        remarks=_none,
    ),
    Kpi(
        name="cycle_days",
        unit="days",
        better="lower",
        scale="positive",
        over_period="recompute",
        needs=(("deals", "deals.created_at", "deals.closed_at"),),
        by=DEAL_DIMENSIONS,
        source="Aalen & Johansen 1978; Putter, Fiocco & Geskus 2007",
        measure=cycle_days,
        clocks=cycle_clocks,
        remarks=cycle_remarks,
    ),
    Kpi(
        name="qualified_leads",
        unit="count",
        better="higher",
        scale="positive",
        over_period="sum",
        needs=(("leads", "leads.qualified_at"),),
        by=("team", "rep", "channel"),
        source="count by day of qualification",
        measure=qualified_leads,
        clocks=lead_clocks,
        remarks=_none,
    ),
    Kpi(
        name="logo_churn",
        unit="rate",
        better="lower",
        scale="rate",
        over_period="every_month",
        needs=(SUBSCRIPTIONS,),
        by=("team", "plan"),
        source="SaaS Metrics Standards Board: retention by count",
        measure=logo_churn,
        clocks=churn_clocks,
        remarks=churn_remarks,
    ),
    Kpi(
        name="grr",
        unit="rate",
        better="higher",
        scale="rate",
        over_period="recompute",
        needs=(SUBSCRIPTIONS,),
        by=("team", "plan"),
        source="SaaS Metrics Standards Board",
        measure=grr,
        clocks=subscription_clocks,
        remarks=retention_remarks,
    ),
    Kpi(
        name="nrr",
        unit="rate",
        better="higher",
        scale="positive",
        over_period="recompute",
        needs=(SUBSCRIPTIONS,),
        by=("team", "plan"),
        source="SaaS Metrics Standards Board",
        measure=nrr,
        clocks=subscription_clocks,
        remarks=retention_remarks,
    ),
    Kpi(
        name="clv",
        unit="money",
        better="higher",
        scale="positive",
        over_period="recompute",
        needs=(SUBSCRIPTIONS,),
        by=("team", "plan"),
        source="ARPA * margin / churn: steady churn (Fader & Hardie 2007 say why it is low)",
        measure=clv,
        clocks=churn_clocks,
        remarks=clv_remarks,
    ),
    Kpi(
        name="cac",
        unit="money",
        better="lower",
        scale="positive",
        over_period="ratio_of_sums",
        needs=(("sales.day", "sales.account_id", "spend"), ("sales.day", "sales.account_id", "costs:spend")),
        by=("channel", "team"),
        source="blended: all spend on sales and marketing / all new customers",
        measure=cac,
        clocks=cac_clocks,
        remarks=cac_remarks,
        trailing=3,
    ),
    Kpi(
        name="coverage",
        unit="times",
        better="higher",
        scale="positive",
        over_period="last",
        needs=(("deals", "deals.amount", *SALES),),
        by=DEAL_DIMENSIONS,
        source="open pipeline / what is to be won; needed is 1 / own win rate",
        measure=pipeline_cover,
        clocks=sale_clocks,
        remarks=coverage_remarks,
    ),
)

CATALOGUE: dict[str, Kpi] = {kpi.name: kpi for kpi in _ALL}
