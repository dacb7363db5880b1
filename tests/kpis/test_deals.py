"""Revenue, margin, win rate, qualified leads and coverage, by hand and beside naive twins."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.errors import DataError, ParamError
from salesgoals_kit.kpis.funnel import conversion, coverage
from salesgoals_kit.kpis.measure import history, measure
from salesgoals_kit.kpis.spans import month_spans
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import month_number, parse_period
from salesgoals_kit.words import Count, say

MakeTables = Callable[..., Tables]
MakeCompany = Callable[..., Company]


def m(text: str) -> int:
    return parse_period(text).first


def closed(name: str, day: date, status: str = "won", **more: Any) -> dict[str, Any]:
    return {"deal_id": name, "status": status, "closed_at": day, "amount": None, **more}


FOUR = [
    closed("a", date(2024, 1, 31), amount=10_000, cost=4_000, team="North", product="bolt"),
    closed("b", date(2024, 2, 1), amount=20_000, cost=15_000, team="South", product="bolt"),
    closed("c", date(2024, 2, 29), amount=5_050, team="North", product="nut"),
    closed("d", date(2024, 2, 29), "lost", amount=99_900, cost=1, team="North", product="nut"),
]


def test_revenue_is_the_amount_of_won_deals_by_closing_date(make_tables: MakeTables) -> None:
    # January: a = 100.00. February: b + c = 200.00 + 50.50 = 250.50; d was lost.
    found = measure("revenue", make_tables(deals=FOUR), [(m("2024-01"), m("2024-01")), (m("2024-02"), m("2024-02"))])
    assert found["value"].tolist() == [100.0, 250.5]
    assert found["denominator"].isna().all()


def test_revenue_is_complete_over_groups_and_overlapping_spans(make_tables: MakeTables) -> None:
    spans = [(m("2024-01"), m("2024-02")), (m("2024-02"), m("2024-02")), (m("2024-03"), m("2024-03"))]
    found = measure("revenue", make_tables(deals=FOUR), spans, ("team",))
    # North: a + c = 150.50 in both months, c = 50.50 in February, nothing in March; South: b = 200.00, 200.00, nothing.
    assert found["team"].tolist() == ["North"] * 3 + ["South"] * 3
    assert found["value"].tolist() == [150.5, 50.5, 0.0, 200.0, 200.0, 0.0]


def test_revenue_from_invoices_takes_credit_notes_off(make_tables: MakeTables, make_company: MakeCompany) -> None:
    rows = [
        {"invoice_id": "1", "account_id": "x", "invoiced_at": date(2024, 1, 10), "amount": 10_000},
        {"invoice_id": "2", "account_id": "x", "invoiced_at": date(2024, 1, 20), "amount": -2_500},
    ]
    tables = make_tables(company=make_company(revenue="invoices"), invoices=rows)
    assert measure("revenue", tables, [(m("2024-01"), m("2024-01"))])["value"].item() == 75.0  # 100.00 - 25.00


def test_revenue_from_mrr_is_what_is_active_at_each_months_end(
    make_tables: MakeTables, make_company: MakeCompany
) -> None:
    rows = pd.DataFrame(
        {
            "subscription_id": ["1", "2"],
            "account_id": ["x", "y"],
            "started_at": [date(2024, 1, 31), date(2024, 2, 2)],
            "ended_at": [date(2024, 3, 1), date(2024, 2, 29)],
            "mrr": [1_000, 500],
        }
    )
    tables = make_tables(company=make_company(revenue="mrr"), subscriptions=rows)
    # Ends are exclusive: 1 is active at the end of January and of February, 2 at the end of neither.
    found = measure("revenue", tables, [*month_spans(m("2024-01"), m("2024-03")), (m("2024-01"), m("2024-03"))])
    assert found["value"].tolist() == [10.0, 20.0, 10.0, 0.0]  # sorted: January, January to March, February, March


def test_margin_leaves_rows_without_cost_out_of_both_and_says_so(make_tables: MakeTables) -> None:
    # January (100 - 40) / 100 = 0.6; February b alone: (200 - 150) / 200 = 0.25; c has no cost.
    tables = make_tables(deals=FOUR)
    found = measure("margin", tables, month_spans(m("2024-01"), m("2024-02")))
    assert found["value"].tolist() == [0.6, 0.25]
    notes = {
        note.id: note.values for note in history("margin", make_tables(date(2024, 2, 29), deals=early(FOUR))).notes
    }
    assert notes["kpis.margin_rows_without_cost"]["count"] == Count(1)


def early(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with one more that makes January whole."""
    return [*rows, closed("e", date(2024, 1, 2), "lost")]


def test_margin_over_a_quarter_is_a_ratio_of_sums_not_a_mean_of_ratios(make_tables: MakeTables) -> None:
    # (60 + 50) / (100 + 200) = 0.3667; the mean of 0.6 and 0.25 would be 0.425.
    found = measure("margin", make_tables(deals=FOUR), [(m("2024-01"), m("2024-03"))])
    assert found["value"].item() == pytest.approx(110 / 300)
    assert (found["numerator"].item(), found["denominator"].item()) == (110.0, 300.0)


def test_costs_counted_in_margin_come_off_once_and_only_for_their_owner(make_tables: MakeTables) -> None:
    def cost(team: str | None, where: str, amount: int) -> dict[str, Any]:
        made = {"month": date(2024, 1, 1), "category": "x", "team": team, "kind": "fixed"}
        return {**made, "counted_in": where, "amount": amount}

    costs = [cost("North", "margin", 1_000), cost(None, "margin", 500), cost("North", "none", 7_000)]
    tables = make_tables(deals=FOUR, costs=costs)
    january = [(m("2024-01"), m("2024-01"))]
    # company: 100 - 40 - 10 - 5 = 45 of 100; North: 100 - 40 - 10 = 50; by product they stay: 60.
    assert measure("margin", tables, january)["value"].item() == 0.45
    assert measure("margin", tables, january, (), Owner("North"))["value"].item() == 0.5
    assert measure("margin", tables, january, ("product",)).set_index("product").loc["bolt", "value"] == 0.6


def test_win_rate_counts_only_decided_deals(make_tables: MakeTables) -> None:
    # February: b, c won, d lost: 2 / 3. The open deal is not a lost one. March has no decided deal: no rate.
    tables = make_tables(deals=[*FOUR, {"deal_id": "o", "status": "open", "created_at": date(2024, 1, 5)}])
    found = measure("win_rate", tables, month_spans(m("2024-02"), m("2024-03")))
    assert found["value"].iloc[0] == pytest.approx(2 / 3)
    assert math.isnan(found["value"].iloc[1])


def test_a_deal_closed_after_as_of_is_open(make_tables: MakeTables) -> None:
    tables = make_tables(date(2024, 2, 28), deals=FOUR)
    found = measure("win_rate", tables, [(m("2024-02"), m("2024-02"))])
    assert (found["numerator"].item(), found["denominator"].item()) == (1.0, 1.0)  # b alone has closed


def test_qualified_leads_count_by_day_of_qualification_and_convert_by_cohort(make_tables: MakeTables) -> None:
    leads = [
        {"lead_id": "1", "created_at": date(2024, 1, 5), "qualified_at": date(2024, 2, 5), "deal_id": "b"},
        {"lead_id": "2", "created_at": date(2024, 1, 6), "qualified_at": date(2024, 1, 8), "deal_id": "d"},
        {"lead_id": "3", "created_at": date(2024, 1, 7), "qualified_at": None, "deal_id": None},
        {"lead_id": "4", "created_at": date(2024, 2, 7), "qualified_at": None, "deal_id": None},
    ]
    tables = make_tables(deals=FOUR, leads=leads)
    spans = month_spans(m("2024-01"), m("2024-02"))
    assert measure("qualified_leads", tables, spans)["value"].tolist() == [1.0, 1.0]
    cohorts = conversion(tables, spans)
    # January's three: two qualified, two with a deal, one of them (b) won. February's one: nothing yet.
    assert cohorts[["leads", "qualified", "deals", "won"]].to_numpy().tolist() == [[3, 2, 2, 1], [1, 0, 0, 0]]
    assert cohorts["value"].tolist() == [pytest.approx(2 / 3), 0.0]


def test_a_lead_s_deal_that_was_not_created_yet_is_none(make_company: MakeCompany) -> None:
    """Qualified in January, made a deal in May: seen from March, its deal is not there."""
    later = {**closed("x", date(2024, 6, 1)), "created_at": date(2024, 5, 1)}
    lead = {"lead_id": "1", "created_at": date(2024, 1, 5), "qualified_at": date(2024, 1, 9), "deal_id": "x"}
    frames = {"deals": pd.DataFrame([*FOUR, later]), "leads": pd.DataFrame([lead])}
    counts = []
    for day in (date(2024, 3, 31), date(2024, 5, 31)):
        tables = tables_from_frames(frames, make_company(), day, known_on=date(2024, 7, 1))
        counts.append(conversion(tables, [(m("2024-01"), m("2024-01"))])["deals"].item())
    assert counts == [0, 1]


def test_a_team_has_the_teams_below_it_and_a_rep_his_own(make_tables: MakeTables, make_company: MakeCompany) -> None:
    company = make_company(teams={"Sales": None, "North": "Sales", "South": "Sales"})
    rows = [*FOUR, closed("n", date(2024, 1, 15), amount=3_300, rep="Ann")]  # no team
    tables = make_tables(company=company, deals=rows)
    january = [(m("2024-01"), m("2024-02"))]
    expected = {COMPANY: 383.5, Owner("Sales"): 350.5, Owner("North"): 150.5, Owner(rep="Ann"): 33.0}
    found = {owner: measure("revenue", tables, january, (), owner)["value"].item() for owner in expected}
    assert found == expected


def open_deal(name: str, amount: int | None, expected: date | None) -> dict[str, Any]:
    made = {"deal_id": name, "status": "open", "created_at": date(2024, 2, 1)}
    return {**made, "amount": amount, "expected_close_at": expected}


def test_coverage_takes_the_deals_expected_within_the_period_and_the_own_win_rate(make_tables: MakeTables) -> None:
    deals = [
        *FOUR,
        open_deal("p", 30_000, date(2024, 4, 10)),
        open_deal("q", 10_000, date(2024, 2, 1)),  # overdue: still expected
        open_deal("r", 70_000, date(2024, 7, 1)),
        open_deal("s", None, date(2024, 6, 30)),
    ]
    found = coverage(make_tables(date(2024, 2, 29), deals=deals), COMPANY, parse_period("2024Q2"), 200.0)
    # (300 + 100) / 200 = 2; three of four decided deals were won, so 4/3 is needed.
    assert (found.pipeline, found.value, found.dated) == (400.0, 2.0, True)
    assert found.needed == pytest.approx(4 / 3)
    assert found.notes == (say("kpis.due_without_amount", count=Count(1), of=Count(3)),)  # s, of p, q and s


def test_coverage_without_expected_days_counts_everything_open_and_says_so(make_tables: MakeTables) -> None:
    tables = make_tables(date(2024, 2, 29), deals=[*FOUR, open_deal("p", 30_000, None)])
    found = coverage(tables, COMPANY, parse_period("2024Q2"), 100.0)
    assert (found.value, found.dated, found.notes[-1].id) == (3.0, False, "kpis.coverage_all_open")


def test_coverage_of_amounts_nobody_knows_is_unknown_not_zero(make_tables: MakeTables) -> None:
    tables = make_tables(date(2024, 2, 29), deals=[*FOUR, open_deal("p", None, None)])
    assert math.isnan(coverage(tables, COMPANY, parse_period("2024Q2"), 100.0).value)


def test_the_pipelines_past_is_unknown(make_tables: MakeTables) -> None:
    deals = [closed("z", date(2023, 1, 2), amount=50_000), closed("y", date(2023, 2, 2), amount=20_000), *FOUR]
    tables = make_tables(date(2024, 2, 29), deals=[*deals, open_deal("p", 30_000, None)])
    found = measure("coverage", tables, month_spans(m("2024-01"), m("2024-02")))
    assert math.isnan(found["value"].iloc[0])
    assert found["value"].iloc[1] == 1.5  # 300.00 open / 200.00 in February 2023
    assert len(history("coverage", tables).frame) == 1


def test_a_split_or_a_kpi_that_there_is_not_is_refused(make_tables: MakeTables) -> None:
    tables = make_tables(deals=FOUR)
    with pytest.raises(DataError, match=r"(?s)revenue cannot be split like this.*'channel'.*one of team, product"):
        measure("revenue", tables, [(0, 1)], ("channel",))
    with pytest.raises(ParamError, match=r"(?s)There is no such KPI.*'profit'.*revenue, mrr"):
        measure("profit", tables, [(0, 1)])
    with pytest.raises(DataError, match=r"(?s)mrr cannot be computed.*subscriptions is missing"):
        measure("mrr", tables, [(0, 1)])


def _in(day: Any, span: tuple[int, int]) -> bool:
    return not pd.isna(day) and span[0] <= month_number(day) <= span[1]


def ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else math.nan


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sales_measures_equal_their_naive_twins(draw: Callable[..., Tables], seed: int) -> None:
    tables = draw(seed)
    spans = [*month_spans(m("2024-01"), m("2025-12")), (m("2024-04"), m("2025-03"))]
    deals = tables.frame("deals").collect("pandas").to_native().to_dict("records")
    costs = tables.frame("costs").collect("pandas").to_native().to_dict("records")
    leads = tables.frame("leads").collect("pandas").to_native().to_dict("records")
    names = ("revenue", "margin", "win_rate", "qualified_leads")
    found = {name: measure(name, tables, spans).set_index(["first", "last"])["value"] for name in names}
    for span in spans:
        won = [d for d in deals if d["status"] == "won" and _in(d["closed_at"], span)]
        lost = [d for d in deals if d["status"] == "lost" and _in(d["closed_at"], span)]
        revenue = sum(d["amount"] for d in won if not pd.isna(d["amount"]))
        costed = [d for d in won if not pd.isna(d["amount"]) and not pd.isna(d["cost"])]
        base = sum(d["amount"] for d in costed)
        booked = sum(c["amount"] for c in costs if c["counted_in"] == "margin" and _in(c["month"], span))
        gain = base - sum(d["cost"] for d in costed) - booked
        qualified = sum(_in(lead["qualified_at"], span) for lead in leads)
        assert found["revenue"][span] == revenue / 100
        assert found["margin"][span] == pytest.approx(ratio(gain, base), nan_ok=True)
        assert found["win_rate"][span] == pytest.approx(ratio(len(won), len(won) + len(lost)), nan_ok=True)
        assert found["qualified_leads"][span] == qualified
