"""What customers cost and what they are worth: CAC, payback, CLV; by hand and beside naive twins."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.kpis.acquisition import clv_to_cac, lag, payback
from salesgoals_kit.kpis.measure import history, measure
from salesgoals_kit.kpis.scope import Scope
from salesgoals_kit.kpis.spans import month_spans
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import month_number, parse_period
from salesgoals_kit.words import Count, Money, Number, say

MakeTables = Callable[..., Tables]
MakeCompany = Callable[..., Company]
AS_OF = date(2024, 6, 30)


def m(text: str) -> int:
    return parse_period(text).first


def won(name: str, account: str | None, day: date, **more: Any) -> dict[str, Any]:
    return {"deal_id": name, "status": "won", "account_id": account, "closed_at": day, "amount": 100, **more}


def spent(month: int, amount: int, channel: str = "web", team: str | None = None) -> dict[str, Any]:
    return {"month": date(2024, month, 1), "channel": channel, "amount": amount, "team": team}


SPEND = [spent(month, 100_000) for month in range(1, 6)]
DEALS = [
    won("1", "A", date(2024, 1, 3), channel="web", team="North"),
    won("2", "B", date(2024, 2, 10), channel="fair", team="North"),
    won("3", "A", date(2024, 2, 12), channel="fair", team="South"),  # A is a customer already
    won("4", "C", date(2024, 2, 12), channel="web", team="South"),
    won("5", "D", date(2024, 4, 2), channel="web", team="South"),
    won("5b", "D", date(2024, 4, 2), channel="fair", team="North"),  # same day: the lowest id counts
    won("6", None, date(2024, 4, 9)),
]


def test_cac_is_spend_per_first_purchase_and_missing_where_nobody_was_won(make_tables: MakeTables) -> None:
    found = measure("cac", make_tables(AS_OF, deals=DEALS, spend=SPEND), month_spans(m("2024-01"), m("2024-04")))
    assert found["numerator"].tolist() == [1000.0] * 4
    assert found["denominator"].tolist() == [1, 2, 0, 1]  # A; B and C; nobody; D
    assert found["value"].tolist() == pytest.approx([1000.0, 500.0, math.nan, 1000.0], nan_ok=True)


def test_cac_of_a_quarter_is_a_ratio_of_sums(make_tables: MakeTables) -> None:
    found = measure("cac", make_tables(AS_OF, deals=DEALS, spend=SPEND), [(m("2024-01"), m("2024-03"))])
    assert found["value"].item() == 3000 / 3  # the mean of 1000, 500 and nothing would be 750


def test_the_history_trails_three_months_and_keeps_each_months_own_parts(make_tables: MakeTables) -> None:
    found = history("cac", make_tables(AS_OF, deals=DEALS, spend=SPEND))
    assert found.frame["denominator"].tolist() == [1, 2, 0, 1]
    assert found.frame["value"].iloc[2:].tolist() == [3000 / 3, 3000 / 3]
    assert found.frame["value"].iloc[:2].isna().all()  # nothing to trail yet
    assert say("kpis.cac_won_none", months=Count(1), spent=Money(1000.0)) in found.notes
    assert say("kpis.cac_without_account", count=Count(1)) in found.notes


def test_cac_by_channel_and_team_takes_the_first_purchases(make_tables: MakeTables) -> None:
    spend = [spent(2, 30_000, "web", "North"), spent(2, 50_000, "fair", "South"), spent(2, 7_000, "mail", None)]
    tables = make_tables(AS_OF, deals=DEALS, spend=spend)
    february = [(m("2024-02"), m("2024-02"))]
    found = measure("cac", tables, february, ("channel",))
    assert found["channel"].tolist() == ["fair", "mail", "web"]
    assert found["numerator"].tolist() == [500.0, 70.0, 300.0]
    assert found["denominator"].tolist() == [1, 0, 1]  # B by fair, C by web; mail: 70 spent, nobody won
    assert found["value"].isna().tolist() == [False, True, False]
    assert measure("cac", tables, february, (), Owner("South"))["value"].item() == 500.0  # C alone: A was North's


def test_customers_of_an_unknown_channel_have_no_cost_rather_than_none(make_tables: MakeTables) -> None:
    ways = [("A", "web"), ("B", None), ("C", "word")]
    deals = [won(account, account, date(2024, 1, 3), channel=way) for account, way in ways]
    found = measure("cac", make_tables(AS_OF, deals=deals, spend=SPEND), [(m("2024-01"), m("2024-01"))], ("channel",))
    assert found["channel"].tolist() == ["web", "word", None]
    assert found["value"].tolist() == pytest.approx([1000.0, 0.0, math.nan], nan_ok=True)  # word of mouth costs nothing


def test_a_team_is_told_that_the_companys_spend_is_not_in_its_own(make_tables: MakeTables) -> None:
    spend = [*SPEND, *(spent(month, 5_000, "web", "North") for month in range(1, 6))]
    note = say("kpis.cac_own_spend_only")
    tables = make_tables(AS_OF, deals=DEALS, spend=spend)
    assert note in history("cac", tables, Owner("North")).notes
    assert note not in history("cac", tables).notes


def test_spend_is_taken_from_as_many_months_before_as_half_of_the_wins_need(
    make_tables: MakeTables, make_company: MakeCompany
) -> None:
    # Deals of January take 60 days, two months: what was spent in January won March's customers.
    deals = [
        won("0", "Z", date(2024, 1, 2), created_at=date(2024, 1, 2)),
        won("1", "A", date(2024, 3, 4), created_at=date(2024, 1, 4)),
        won("2", "B", date(2024, 3, 9), created_at=date(2024, 1, 9)),
    ]
    spend = [spent(1, 40_000), spent(2, 90_000), spent(3, 10_000)]
    tables = make_tables(AS_OF, make_company(horizon_days=90), deals=deals, spend=spend)
    assert lag(Scope(tables)) == 2
    found = measure("cac", tables, month_spans(m("2024-01"), m("2024-05")))
    assert found["value"].iloc[2] == 200.0  # 400.00 of January / A and B
    assert found["numerator"].isna().tolist() == [True, True, False, False, False]  # 2023 is not in the data
    shift = say("kpis.cac_shift", shift=Number(2, 0, "months"))
    notes = history("cac", make_tables(AS_OF, make_company(horizon_days=90), deals=deals, spend=spend)).notes
    assert shift in notes


def test_wages_counted_in_spend_are_spend_but_of_no_channel(make_tables: MakeTables) -> None:
    wage = {"month": date(2024, 1, 1), "category": "wages", "amount": 60_000, "kind": "fixed", "counted_in": "spend"}
    tables = make_tables(AS_OF, deals=DEALS, spend=SPEND, costs=[wage])
    january = [(m("2024-01"), m("2024-01"))]
    assert measure("cac", tables, january)["value"].item() == 1600.0
    assert measure("cac", tables, january, ("channel",)).set_index("channel").loc["web", "value"] == 1000.0


def subscribed(account: str, start: date, end: date | None, mrr: int, team: str = "North") -> dict[str, Any]:
    made = {"subscription_id": f"{account}{start}", "account_id": account, "started_at": start}
    return {**made, "ended_at": end, "mrr": mrr, "team": team}


RECURRING = [
    subscribed("A", date(2024, 1, 1), None, 10_000),
    subscribed("B", date(2024, 1, 1), None, 30_000),
    subscribed("C", date(2024, 1, 1), date(2024, 2, 10), 20_000),
    subscribed("C", date(2024, 5, 1), None, 20_000, "South"),  # lost in between, so new again
]


def test_with_recurring_revenue_who_comes_back_is_a_new_customer(
    make_tables: MakeTables, make_company: MakeCompany
) -> None:
    tables = make_tables(AS_OF, make_company(revenue="mrr"), subscriptions=RECURRING, spend=SPEND)
    found = measure("cac", tables, month_spans(m("2024-01"), m("2024-05")), ("team",)).set_index(["team", "first"])
    assert found.loc[("North", m("2024-01")), "denominator"] == 3
    assert found.loc[("South", m("2024-05")), "denominator"] == 1
    assert found["denominator"].sum() == 4


def test_clv_is_margin_times_arpa_over_churn(make_tables: MakeTables, make_company: MakeCompany) -> None:
    costs = [
        {"month": date(2024, month, 1), "category": "x", "amount": 24_000, "kind": "fixed", "counted_in": "margin"}
        for month in range(1, 7)
    ]
    tables = make_tables(AS_OF, make_company(revenue="mrr"), subscriptions=RECURRING, costs=costs)
    span = [(m("2024-02"), m("2024-03"))]
    # Starts of February and March: 3 and 2 customers, 600 and 400: ARPA 1000 / 5 = 200. Lost: C, churn 1 / 5.
    # Margin: month's ends 400 and 400, costs 240 each: (800 - 480) / 800 = 0.4. 200 * 0.4 / 0.2 = 400.
    assert measure("clv", tables, span)["value"].item() == pytest.approx(400.0)
    assert say("kpis.clv_before_costs") not in history("clv", tables).notes


def test_clv_without_any_known_cost_is_revenue_and_says_so(make_tables: MakeTables) -> None:
    tables = make_tables(AS_OF, subscriptions=RECURRING)
    assert measure("clv", tables, [(m("2024-02"), m("2024-03"))])["value"].item() == 1000.0  # 200 / 0.2
    assert say("kpis.clv_before_costs") in history("clv", tables).notes


def test_clv_without_churn_is_missing_and_says_so(make_tables: MakeTables) -> None:
    tables = make_tables(AS_OF, subscriptions=RECURRING[:2])
    assert math.isnan(measure("clv", tables, [(m("2024-02"), m("2024-06"))])["value"].item())
    assert history("clv", tables).frame.empty


def test_payback_and_clv_to_cac(make_tables: MakeTables, make_company: MakeCompany) -> None:
    spend = [spent(month, 60_000) for month in range(1, 7)]
    tables = make_tables(AS_OF, make_company(revenue="mrr"), subscriptions=RECURRING, spend=spend)
    span = [(m("2024-02"), m("2024-05"))]
    # Spend 4 * 600, one new customer (C again): CAC 2400. Starts: 600 + 400 + 400 + 400 by 3 + 2 + 2 + 2: 200 a month.
    assert payback(tables, span)["value"].item() == 2400 / 200
    assert clv_to_cac(tables, span)["value"].item() == pytest.approx(1800 / 1 / 2400)  # CLV: 1800 / one lost


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("revenue", ["deals", "invoices"])
def test_cac_equals_a_naive_twin(draw: Callable[..., Tables], revenue: str, seed: int) -> None:
    tables = draw(seed, revenue)
    later = lag(Scope(tables))
    rows = {n: tables.frame(n).collect("pandas").to_native().to_dict("records") for n in (revenue, "spend", "costs")}
    day = {"deals": "closed_at", "invoices": "invoiced_at"}[revenue]
    bought = [r for r in rows[revenue] if (r["status"] == "won" if revenue == "deals" else r["amount"] > 0)]
    firsts: dict[str, int] = {}
    for row in sorted(bought, key=lambda r: r[day]):
        if not pd.isna(row["account_id"]):
            firsts.setdefault(row["account_id"], month_number(row[day]))
    outlays = [(month_number(r["month"]), r["amount"]) for r in rows["spend"]]
    outlays += [(month_number(r["month"]), r["amount"]) for r in rows["costs"] if r["counted_in"] == "spend"]
    spans = month_spans(m("2024-04"), m("2025-12"), 3)
    found = measure("cac", tables, spans)
    for i, (first, last) in enumerate(spans):
        new = sum(first <= month <= last for month in firsts.values())
        out = sum(amount for month, amount in outlays if first - later <= month <= last - later)
        assert (found["numerator"][i], found["denominator"][i]) == (pytest.approx(out / 100), new)
        assert found["value"][i] == pytest.approx(out / 100 / new if new else math.nan, nan_ok=True)


@pytest.mark.parametrize("seed", [1, 2])
def test_clv_equals_a_naive_twin(draw: Callable[..., Tables], seed: int) -> None:
    tables = draw(seed, "mrr")
    spans = month_spans(m("2024-06"), m("2025-12"), 6)
    months = month_spans(m("2024-05"), m("2025-12"))
    churn = measure("logo_churn", tables, months).set_index("first")
    mrr = measure("mrr", tables, months).set_index("first")["value"]
    margins, found = measure("margin", tables, spans)["value"], measure("clv", tables, spans)["value"]
    for i, (first, last) in enumerate(spans):
        start = mrr.loc[first - 1 : last - 1].sum()
        customers, lost = churn.loc[first:last, "denominator"].sum(), churn.loc[first:last, "numerator"].sum()
        worth = (start / customers) * margins[i] / (lost / customers) if lost else math.nan
        assert found[i] == pytest.approx(worth, nan_ok=True)
