"""The team's make-up, the rush at a quarter's end, and the drivers."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.kpis.drivers import drivers, latest_span
from salesgoals_kit.kpis.makeup import RAMP_MONTHS, make_up
from salesgoals_kit.kpis.rush import quarter_end_rush
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.words import Count, say

MakeTables = Callable[..., Tables]
MakeCompany = Callable[..., Company]
AS_OF = date(2024, 12, 31)

REPS = [
    {"rep": "Ann", "team": "North", "hired_on": date(2020, 1, 1), "capacity": 1.0},
    {"rep": "Bob", "team": "North", "hired_on": date(2024, 9, 1), "capacity": 0.5},
    {"rep": "Cid", "team": "South", "hired_on": date(2024, 7, 1), "capacity": None},
    {"rep": "Dan", "team": "South", "hired_on": None, "capacity": 1.0},
    {"rep": "Eve", "team": "South", "hired_on": date(2022, 1, 1), "left_on": date(2024, 6, 1), "capacity": 1.0},
    {"rep": "Fay", "team": "South", "hired_on": date(2022, 1, 1), "left_on": date(2023, 6, 1), "capacity": 1.0},
    {"rep": "Gus", "team": "North", "hired_on": date(2025, 2, 1), "capacity": 1.0},  # not there yet
]
DEAL = {"deal_id": "1", "status": "won", "closed_at": date(2024, 11, 1), "amount": 100, "rep": "Ann"}


def test_the_make_up_of_a_company_by_hand(make_tables: MakeTables) -> None:
    found = make_up(make_tables(AS_OF, deals=[DEAL], reps=REPS))
    assert found.people["rep"].tolist() == ["Ann", "Bob", "Cid", "Dan"]
    # Bob has been there for 122 days (4.0 months) and ramps; Cid for 184 (6.0) and does not; of Dan nobody knows.
    assert found.people["ramping"].tolist() == [False, True, False, None]
    assert found.people["tenure_months"].round(1).tolist()[1:3] == [4.0, 6.0]
    assert (found.headcount, found.ramping, found.joined, found.left) == (4, 1, 2, 1)
    assert (found.capacity, found.ramped_capacity) == (3.5, 3.0)
    assert found.ramp_months == RAMP_MONTHS == 5.0
    assert say("kpis.tenure_unknown", count=Count(1), of=Count(4)) in found.notes
    assert [note.id for note in found.notes if "ramp" in note.id] == ["kpis.ramp_default"]


def test_a_ramp_that_was_measured_is_not_called_the_default(make_tables: MakeTables) -> None:
    found = make_up(make_tables(AS_OF, deals=[DEAL], reps=REPS), COMPANY, 7.0)
    assert found.people["ramping"].tolist() == [False, True, True, None]
    assert "kpis.ramp_given" in [note.id for note in found.notes]


def test_assignments_say_where_people_are_and_with_what_share(
    make_tables: MakeTables, make_company: MakeCompany
) -> None:
    assignments = [
        {"rep": "Ann", "team": "South", "from": date(2020, 1, 1), "to": date(2024, 12, 31), "share": 1.0},
        {"rep": "Ann", "team": "North", "from": date(2024, 12, 31), "to": None, "share": 0.25},
        {"rep": "Ann", "team": "South", "from": date(2024, 12, 31), "to": None, "share": 0.75},
        {"rep": "Bob", "team": "North", "from": date(2024, 9, 1), "to": None, "share": None},
        {"rep": "Cid", "team": "North", "from": date(2024, 7, 1), "to": date(2024, 8, 1), "share": None},  # nowhere now
        {"rep": "Eve", "team": "South", "from": date(2022, 1, 1), "to": None, "share": None},
    ]
    company = make_company(teams={"North": None, "South": None})
    tables = make_tables(AS_OF, company, deals=[DEAL], reps=REPS, assignments=assignments)
    north, south = make_up(tables, Owner("North")), make_up(tables, Owner("South"))
    assert north.people[["rep", "share", "capacity"]].to_numpy().tolist() == [["Ann", 0.25, 0.25], ["Bob", 1.0, 0.5]]
    assert south.people[["rep", "share"]].to_numpy().tolist() == [["Ann", 0.75]]
    assert south.left == 1  # Eve
    everybody = make_up(tables)
    assert everybody.people["rep"].tolist() == ["Ann", "Bob", "Cid", "Dan"]  # Cid and Dan are in no team, but there
    assert everybody.people["share"].tolist() == [1.0, 1.0, 1.0, 1.0]
    assert everybody.people["team"].tolist() == ["South", "North", None, None]
    assert make_up(tables, Owner(rep="Ann")).headcount == 1


def test_without_a_list_of_people_they_are_the_ones_who_sold(make_tables: MakeTables) -> None:
    deals = [
        DEAL,
        {**DEAL, "deal_id": "2", "rep": "Zed", "closed_at": date(2023, 6, 1), "created_at": date(2023, 5, 1)},
        {**DEAL, "deal_id": "3", "rep": None},
        {"deal_id": "4", "status": "open", "rep": "Yan", "created_at": date(2024, 12, 1)},
    ]
    found = make_up(make_tables(AS_OF, deals=deals))
    assert found.people["rep"].tolist() == ["Ann", "Yan"]  # Zed has had nothing for a year
    assert found.left is None
    assert say("kpis.people_from_sales") in found.notes


def closings(month: int, won: int, lost: int, year: int = 2024) -> list[dict[str, Any]]:
    return [
        {
            "deal_id": f"{year}-{month}-{i}",
            "status": "won" if i < won else "lost",
            "closed_at": date(year, month, 1 + i),
        }
        for i in range(won + lost)
    ]


def test_the_rush_compares_last_months_with_the_others(make_tables: MakeTables) -> None:
    deals = [*closings(1, 5, 5), *closings(2, 5, 5), *closings(3, 8, 2), *closings(4, 9, 1)]
    found = quarter_end_rush(make_tables(date(2024, 4, 30), deals=deals))
    # One whole quarter: 8/10 in March, 10/20 before, 8 of 18 wins; April is of a quarter that has not ended.
    assert (found.last_month, found.other_months, found.quarters) == (0.8, 0.5, 1)
    assert found.share_of_wins == 8 / 18
    assert found.sentence.id == "kpis.rush_seen"


def test_the_rush_follows_the_fiscal_quarters(make_tables: MakeTables, make_company: MakeCompany) -> None:
    deals = [*closings(2, 5, 5), *closings(3, 8, 2), *closings(4, 6, 4)]
    found = quarter_end_rush(make_tables(date(2024, 4, 30), make_company(fiscal_year_starts=2), deals=deals))
    assert (found.last_month, found.sentence.id) == (0.6, "kpis.rush_not_seen")  # April, against 13 of 20


def test_a_rush_without_a_whole_quarter_is_unknown(make_tables: MakeTables) -> None:
    found = quarter_end_rush(make_tables(date(2024, 1, 31), deals=closings(1, 5, 5)))
    assert math.isnan(found.last_month)
    assert found.sentence.id == "kpis.rush_unknown"


def test_the_drivers_by_hand(make_tables: MakeTables, make_company: MakeCompany) -> None:
    span = (parse_period("2024-01").first, parse_period("2024-03").last)
    deals = pd.DataFrame(
        {
            "deal_id": ["1", "2", "3", "4"],
            "status": ["won", "won", "lost", "won"],
            "closed_at": [date(2024, month, 9) for month in (1, 2, 2, 4)],
            "amount": [9_000, 15_000, 7_000, 1],
            "list_price": [10_000, 20_000, 1, 1],
            "cost": [5_000, 7_000, 1, 1],
        }
    )
    leads = [
        {"lead_id": str(i), "created_at": date(2024, 1, 5), "qualified_at": date(2024, 3, 1) if i else None}
        for i in range(4)
    ]
    leads.append({"lead_id": "later", "created_at": AS_OF, "qualified_at": AS_OF})  # so the span before it is whole
    begun = {"started_at": date(2023, 12, 1)}
    subscriptions = [
        {**begun, "subscription_id": "1", "account_id": "x", "ended_at": date(2024, 2, 2), "mrr": 100},
        {**begun, "subscription_id": "2", "account_id": "y", "ended_at": None, "mrr": 300},
    ]
    spend = [
        {"month": date(2024, month, 1), "channel": "web", "amount": spent} for month, spent in ((2, 12_345), (3, 0))
    ]
    tables = make_tables(AS_OF, deals=deals, leads=leads, subscriptions=subscriptions, spend=spend)
    found = drivers(tables, COMPANY, span)
    assert found["churn"] == pytest.approx(1 / 5)  # x is lost; customers at the three starts 2 + 2 + 1
    assert {name: value for name, value in found.items() if name != "churn"} == {
        "leads": 4,
        "qualification": 0.75,
        "win_rate": pytest.approx(2 / 3),
        "deal_size": 120.0,  # 240 / 2
        "cycle_days": None,  # nobody says when the deals began
        "recurring_revenue": 3.0,
        "price": 0.8,  # 240 / 300 of the list
        "unit_cost": 60.0,  # 120 / 2
        "spend": 123.45,
        "decided": 3,
        "from_leads": None,  # no lead names its deal
        "on_time": None,  # no deal has a day on which it is expected
        "other_costs": None,  # there are none
        "units": None,  # these are deals
    }


def test_drivers_are_of_whole_months_before_the_period_and_never_of_a_part(make_tables: MakeTables) -> None:
    deals = [*closings(9, 5, 5), *closings(10, 5, 5), *closings(11, 5, 5)]
    leads = [{"lead_id": str(i), "created_at": date(2024, 9, 1 + i), "qualified_at": None} for i in range(5)]
    tables = make_tables(date(2024, 12, 1), deals=deals, leads=leads)
    span = latest_span(tables, parse_period("2025Q1"))
    # on 1 December the quarter before is still running: the last three whole months are September to November
    assert span == (parse_period("2024-09").first, parse_period("2024-11").last)
    assert drivers(tables, COMPANY, span)["leads"] is None  # they stop in September; the other months are unknown


def test_with_invoices_price_and_cost_are_a_units(make_tables: MakeTables, make_company: MakeCompany) -> None:
    sold = {"account_id": "x", "invoiced_at": date(2024, 1, 9)}
    rows = [
        {**sold, "invoice_id": "1", "amount": 9_000, "quantity": 3, "cost": 3_000},
        {**sold, "invoice_id": "2", "amount": 3_000, "quantity": 1, "cost": None},
        {**sold, "invoice_id": "3", "amount": 1, "invoiced_at": date(2024, 2, 9)},  # so January is whole
    ]
    tables = make_tables(AS_OF, make_company(revenue="invoices"), invoices=rows)
    found = drivers(tables, COMPANY, (parse_period("2024-01").first, parse_period("2024-01").last))
    assert (found["price"], found["unit_cost"], found["units"]) == (30.0, 10.0, 4.0)  # 120 / 4; 30 / 3
    assert [name for name, value in found.items() if value is None] == [
        *("leads", "qualification", "win_rate", "deal_size", "cycle_days", "recurring_revenue", "churn", "spend"),
        *("decided", "from_leads", "on_time", "other_costs"),
    ]
