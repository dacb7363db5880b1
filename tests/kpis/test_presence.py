"""Who is there on which days, and what was sold on them: worked by hand, and the same in pandas and in DuckDB."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.kpis.daily import daily_sales
from salesgoals_kit.kpis.presence import presence
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import day_number

MakeTables = Callable[..., Tables]
FAR = date(2025, 12, 31)
TEN = [date(2026, 1, 5) + timedelta(days=day) for day in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)]
REPS = [
    {"rep": "ann", "hired_on": date(2020, 1, 1), "left_on": None, "capacity": None},
    {"rep": "bob", "hired_on": date(2025, 12, 18), "left_on": None, "capacity": 0.5},
    {"rep": "cid", "hired_on": date(2020, 1, 1), "left_on": date(2025, 12, 20), "capacity": 1.0},
    {"rep": "dot", "hired_on": None, "left_on": None, "capacity": 1.0},
]
ASSIGNMENTS = [
    {"rep": "ann", "team": "North", "from": date(2020, 1, 1), "to": date(2025, 12, 16), "share": None},
    {"rep": "ann", "team": "North", "from": date(2025, 12, 16), "to": None, "share": 0.75},
    {"rep": "ann", "team": "South", "from": date(2025, 12, 16), "to": None, "share": 0.25},
    {"rep": "bob", "team": "North", "from": date(2025, 12, 18), "to": None, "share": 1.0},
    {"rep": "cid", "team": "North", "from": date(2020, 1, 1), "to": None, "share": 1.0},
    {"rep": "dot", "team": "East", "from": date(2020, 1, 1), "to": None, "share": 1.0},
]
DECEMBER = [date(2025, 12, day) for day in (10, 11, 12, 15, 16, 17, 18, 19, 22, 23)]


@pytest.fixture
def tables(make_tables: MakeTables, make_company: Callable[..., Any]) -> Tables:
    company = make_company(teams={"North": None, "South": None, "East": "South"})
    return make_tables(FAR, company, reps=REPS, assignments=ASSIGNMENTS)


def here(frame: pd.DataFrame, column: str = "here") -> dict[str, float]:
    return {str(rep): float(value) for rep, value in zip(frame["rep"], frame[column], strict=True)}


def test_the_days_ahead_are_those_of_who_is_there_now(tables: Tables) -> None:
    found = presence(tables, Owner("North"), TEN)
    assert here(found) == {"ann": 0.75, "bob": 1.0}
    assert here(found, "capacity") == {"ann": 1.0, "bob": 0.5}
    assert here(presence(tables, COMPANY, TEN)) == {"ann": 1.0, "bob": 1.0, "dot": 1.0}
    assert here(presence(tables, Owner("North", "bob"), TEN)) == {"bob": 1.0}


def test_teams_below_count_unless_they_are_not_asked_for(tables: Tables) -> None:
    assert here(presence(tables, Owner("South"), TEN)) == {"ann": 0.25, "dot": 1.0}
    assert here(presence(tables, Owner("South"), TEN, below=False)) == {"ann": 0.25}


def test_days_past_are_those_employed_and_assigned(tables: Tables) -> None:
    """Of ten days Ann was whole on four and three quarters on six; Bob was there on four, Cid on eight."""
    found = presence(tables, Owner("North"), DECEMBER)
    assert here(found) == {"ann": pytest.approx(0.85), "bob": 0.4, "cid": 0.8}
    assert here(found, "while_here") == {"ann": pytest.approx(0.85), "bob": 1.0, "cid": 0.8}
    assert here(presence(tables, Owner("South"), DECEMBER, below=False), "while_here") == {"ann": 0.25}


def test_who_is_away_is_not_there(tables: Tables) -> None:
    away = {"ann": [(date(2026, 1, 5), date(2026, 1, 9))], "bob": [(TEN[0], TEN[-1])]}
    assert here(presence(tables, Owner("North"), TEN, away)) == {"ann": 0.375}


def test_the_same_in_duckdb(tables: Tables, as_duckdb: Callable[[Tables], Tables]) -> None:
    for owner in (COMPANY, Owner("North"), Owner("South")):
        pd.testing.assert_frame_equal(presence(tables, owner, DECEMBER), presence(as_duckdb(tables), owner, DECEMBER))


def test_a_twin_that_goes_through_the_days(make_tables: MakeTables) -> None:
    rng = np.random.default_rng(8)
    rows: list[dict[str, Any]] = []
    for i in range(30):
        start = date(2025, 1, 1) + timedelta(days=int(rng.integers(0, 300)))
        end = start + timedelta(days=int(rng.integers(1, 200)))
        team = str(rng.choice(["North", "South"]))
        rows.append({"rep": f"r{i % 10}", "team": team, "from": start, "to": end, "share": float(rng.choice([0.3, 1]))})
    reps: list[dict[str, Any]] = [
        {"rep": f"r{i}", "hired_on": date(2025, 1, 1) + timedelta(days=20 * i), "left_on": None} for i in range(10)
    ]
    days = [date(2025, 1, 1) + timedelta(days=i) for i in range(0, 365, 3)]
    found = here(presence(make_tables(FAR, reps=reps, assignments=rows), Owner("North"), days))
    for rep in reps:
        own = [row for row in rows if row["rep"] == rep["rep"] and row["team"] == "North"]
        there = [
            sum(
                row["share"]
                for row in own
                if max(row["from"], rep["hired_on"]) <= day and (day < row["to"] or row["to"] > FAR)
            )
            for day in days
        ]
        assert found.get(str(rep["rep"]), 0.0) == pytest.approx(sum(there) / len(days))


def test_without_a_table_of_reps_people_are_known_by_what_they_sold(make_tables: MakeTables) -> None:
    deals = [
        {"deal_id": "1", "status": "won", "closed_at": date(2025, 11, 3), "amount": 5, "rep": "ann", "team": "North"},
        {"deal_id": "2", "status": "won", "closed_at": date(2023, 11, 3), "amount": 5, "rep": "bob", "team": "North"},
    ]
    assert here(presence(make_tables(FAR, deals=deals), Owner("North"), TEN)) == {"ann": 1.0}


def test_nobody_and_no_days(tables: Tables) -> None:
    assert presence(tables, Owner("West"), TEN).empty
    assert presence(tables, COMPANY, []).empty


def test_sales_day_by_day(make_tables: MakeTables, as_duckdb: Callable[[Tables], Tables]) -> None:
    """Two of one day are added; what was lost, is open, or older than two years does not count."""
    rows = [
        (date(2025, 11, 3), 1, "won"),
        (date(2025, 11, 3), 4, "won"),
        (date(2025, 12, 1), 2, "won"),
        (date(2025, 12, 2), 9, "lost"),
        (date(2023, 12, 31), 9, "won"),
    ]
    deals = [
        {"deal_id": str(i), "status": how, "closed_at": day, "amount": amount, "rep": "ann", "team": "North"}
        for i, (day, amount, how) in enumerate(rows)
    ]
    tables = make_tables(FAR, deals=deals)
    expected = [[670, day_number(date(2025, 11, 3)), 5], [671, day_number(date(2025, 12, 1)), 2]]
    for one in (tables, as_duckdb(tables)):
        assert daily_sales(one).to_numpy().tolist() == expected
        assert daily_sales(one, Owner("North", "ann")).to_numpy().tolist() == expected
        assert daily_sales(one, Owner("South")).empty


def test_recurring_revenue_is_no_sum_of_sales(make_tables: MakeTables, make_company: Callable[..., Any]) -> None:
    rows = [{"subscription_id": "1", "account_id": "a", "started_at": date(2025, 1, 1), "mrr": 5}]
    assert daily_sales(make_tables(FAR, make_company(revenue="mrr"), subscriptions=rows)).empty
