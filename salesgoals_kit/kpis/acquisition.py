"""What a new customer costs, and how long it takes until he has paid it back."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import once
from salesgoals_kit.kpis.curves import aalen_johansen, cohort_counts, half_time, last_followed
from salesgoals_kit.kpis.lifetime import clv, monthly_margin
from salesgoals_kit.kpis.months import Clock
from salesgoals_kit.kpis.recurring import standing
from salesgoals_kit.kpis.revenue import MONTH, counted_in, sale_clocks, sales
from salesgoals_kit.kpis.scope import By, Scope, Spans, collected, count, extent, flag, monthly, teams_of
from salesgoals_kit.kpis.spans import measured, month_spans, summed
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import DAYS_A_MONTH, day_of, month_number
from salesgoals_kit.words import Count, Message, Money, Number, say


def cac(scope: Scope, spans: Spans, by: By) -> pd.DataFrame:
    """Return spend on sales and marketing / new customers of each span, by group, in currency units.

    The spend is that of the same number of months, earlier by the company's median sales cycle in whole months; it
    includes costs that the costs table counts in spend (not by channel, which they do not have). A span without a new
    customer has no value; neither has one whose spend lies outside the months that the data has, nor customers of
    whom the group is unknown and has no spend.
    """
    later = lag(scope)
    spent = spend_parts(scope, by).assign(month=lambda parts: parts["month"] + later)
    new = new_customers(scope, by)
    parts = pd.concat([spent.assign(denominator=0), new.assign(numerator=0)], ignore_index=True)
    answer = measured(summed(parts, spans, by), by, (scope.company.minor_units, 1))
    months = spend_months(scope)
    seen = (answer["first"] - later >= months[0]) & (answer["last"] - later <= months[1])
    answer.loc[~seen, ["numerator", "value"]] = np.nan
    nobody = answer[list(by)].isna().any(axis=1) & (answer["numerator"] == 0)
    answer.loc[nobody, "value"] = np.nan
    return answer


@once
def spend_parts(scope: Scope, by: By = ()) -> pd.DataFrame:
    """Return spend by group and month: columns by, month, numerator in minor units."""
    parts = []
    if scope.tables.has("spend") and scope.owns("spend"):
        parts.append(monthly(scope.rows("spend"), "month_month", by, numerator=nw.col("amount")))
    wages = counted_in(scope, "spend")
    if wages is not None and "channel" not in by:
        parts.append(monthly(wages, "month_month", by, numerator=nw.col("amount")))
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="int64") for name in (*by, "month", "numerator")})
    return pd.concat(parts, ignore_index=True).groupby([*by, "month"], dropna=False, as_index=False).sum()


@once
def spend_months(scope: Scope) -> tuple[int, int]:
    """Return the first and last month for which the company's data has spend; an empty span if none."""
    frames = [scope.tables.frame("spend")] if scope.tables.has("spend") else []
    wages = counted_in(scope.everyone(), "spend")
    found = [extent(frame, ("month",)) for frame in [*frames, *([wages] if wages is not None else [])]]
    known = [(month_number(day_of(low)), month_number(day_of(high))) for low, high in filter(None, found)]
    return (max(low for low, _ in known), min(high for _, high in known)) if known else (0, -1)


def lag(scope: Scope) -> int:
    """Return the whole months by which spend comes before the customers it brings: the median cycle, 0 if unknown."""
    days = median_cycle(scope.everyone())
    return 0 if np.isnan(days) else round(days / DAYS_A_MONTH)


@once
def median_cycle(scope: Scope) -> float:
    """Return the days in which half of the wins within the horizon come, over the whole company.

    All deals count that have been followed to the horizon; NaN where there are none.
    """
    if not scope.tables.has("deals"):
        return float("nan")
    everyone = scope.everyone()
    counts = cohort_counts(everyone, ())
    counts = counts[counts["month"] <= last_followed(everyone)]
    return half_time(aalen_johansen(counts, scope.company.cycle.horizon_days)) if len(counts) else float("nan")


def new_customers(scope: Scope, by: By = ()) -> pd.DataFrame:
    """Return accounts by the month in which they first bought: columns by, month, denominator.

    First is first of the whole company: a customer of one team is not new to another. With recurring revenue an
    account that was lost and comes back is new. Of several rows on the first day the one with the lowest id counts.
    """
    return _first_subscriptions(scope, by) if scope.company.revenue == "mrr" else _first_sales(scope, by)


def _first_sales(scope: Scope, by: By) -> pd.DataFrame:
    kind = scope.company.revenue
    day, name = nw.col(MONTH[kind].replace("_month", "_day")), nw.col("deal_id" if kind == "deals" else "invoice_id")
    bought = sales(scope.everyone()).filter(~nw.col("account_id").is_null() & ~day.is_null())
    if kind == "invoices":
        bought = bought.filter(nw.col("amount") > 0)
    firsts = bought.with_columns(day.min().over("account_id").alias("_first")).filter(day == nw.col("_first"))
    one = firsts.with_columns(name.min().over("account_id").alias("_one")).filter(name == nw.col("_one"))
    return monthly(scope.own(one), MONTH[kind], by, denominator=flag(day == nw.col("_first")))


def _first_subscriptions(scope: Scope, by: By) -> pd.DataFrame:
    everyone = scope.everyone()
    found = standing(everyone)
    spells = found.spells.merge(found.keys, left_on="key", right_index=True)
    starts = spells.rename(columns={"start_day": "day", "start_month": "month"})[["account_id", "day", "month"]]
    begun = everyone.rows("subscriptions").filter(nw.col("mrr") > 0)
    whose = collected(
        begun.select("account_id", nw.col("started_at_day").alias("day"), "subscription_id", "team", "plan")
    )
    placed = starts.merge(whose.drop_duplicates(["account_id", "day"]), how="left", on=["account_id", "day"])
    if scope.owner.kind == "team":
        placed = placed[placed["team"].isin(teams_of(scope.company, str(scope.owner.team)))]
    counted = placed.assign(denominator=1)
    return counted.groupby([*by, "month"], dropna=False)["denominator"].sum().reset_index()


def payback(tables: Tables, spans: Spans, owner: Owner = COMPANY) -> pd.DataFrame:
    """Return the months until a new customer has paid for himself: CAC / monthly margin per customer, by span.

    Columns first, last, cac, monthly_margin (both in currency units), value. Needs subscriptions: what a customer
    brings in a month. Where no cost is known the margin is all of the revenue, and ``clv``'s notes say so.
    """
    scope = Scope(tables, owner)
    cost = cac(scope, spans, ()).rename(columns={"value": "cac"})[["first", "last", "cac"]]
    earned = monthly_margin(scope, spans).rename(columns={"value": "monthly_margin"})
    answer = cost.merge(earned[["first", "last", "monthly_margin"]], on=["first", "last"])
    return answer.assign(value=answer["cac"] / answer["monthly_margin"].where(answer["monthly_margin"] > 0))


def clv_to_cac(tables: Tables, spans: Spans, owner: Owner = COMPANY) -> pd.DataFrame:
    """Return customer lifetime value / acquisition cost by span: columns first, last, clv, cac, value."""
    scope = Scope(tables, owner)
    worth = clv(scope, spans, ()).rename(columns={"value": "clv"})[["first", "last", "clv"]]
    cost = cac(scope, spans, ()).rename(columns={"value": "cac"})[["first", "last", "cac"]]
    answer = worth.merge(cost, on=["first", "last"])
    return answer.assign(value=answer["clv"] / answer["cac"].where(answer["cac"] > 0))


def cac_remarks(scope: Scope, first: int, last: int) -> list[Message]:
    """Return by how much spend is shifted, what was spent in months that won nobody, and who is in no account."""
    said = [_shift(scope), say("kpis.cac_trailing")]
    months = cac(scope, month_spans(first, last), ()) if first <= last else None
    if months is not None:
        idle = months[(months["denominator"] == 0) & (months["numerator"] > 0)]
        spent = Money(float(idle["numerator"].sum()))
        said += [say("kpis.cac_won_none", months=Count(len(idle)), spent=spent)] if len(idle) else []
    if scope.owner.kind != "company" and len(spend_parts(scope.everyone(), ("team",)).query("team.isna()")):
        said.append(say("kpis.cac_own_spend_only"))
    blank = count(sales(scope).filter(nw.col("account_id").is_null())) if scope.company.revenue != "mrr" else 0
    return said + ([say("kpis.cac_without_account", count=Count(blank))] if blank else [])


def cac_clocks(scope: Scope) -> list[Clock]:
    """Return by which events to tell how far CAC reaches: purchases, and spend as many months before."""
    later = lag(scope)
    spend = [Clock("spend", ("month",), later=later)] if scope.tables.has("spend") else []
    wages = Clock("costs", ("month",), "spend", later)
    return sale_clocks(scope) + spend + ([wages] if counted_in(scope, "spend") is not None else [])


def _shift(scope: Scope) -> Message:
    if np.isnan(median_cycle(scope.everyone())):
        return say("kpis.cac_shift_unknown")
    later = lag(scope)
    return say("kpis.cac_shift", shift=Number(later, 0, "months")) if later else say("kpis.cac_shift_none")
