"""Agreed goals that do not add up are told: who, by how much, and never where that is how it was meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.policies import Tree as TreePolicy
from salesgoals_kit.run.above import digest_of
from salesgoals_kit.run.apart import apart
from salesgoals_kit.store.rows import AGREED_BY_HUMANS, GoalRow
from tests.goals.test_above import company_of

PEOPLE = {"ann": "North", "bob": "North", "cid": "South"}
NORTH, SOUTH = Owner("North"), Owner("South")
ANN, BOB = Owner(rep="ann"), Owner(rep="bob")


@pytest.fixture(scope="module")
def tables() -> Tables:
    return tables_of()


def tables_of(over: float = 1.0, left: date | None = None) -> Tables:
    days = [date(2025, 1, 2) + timedelta(days=day) for day in range(0, 300, 10)]
    reps = [list(PEOPLE)[i % 3] for i in range(len(days))]
    deals = {
        "deal_id": [f"D{i}" for i in range(len(days))],
        "status": ["won"] * len(days),
        "created_at": days,
        "closed_at": days,
        "amount": [100_000] * len(days),
        "rep": reps,
        "team": [PEOPLE[rep] for rep in reps],
    }
    people = {"rep": list(PEOPLE), "team": list(PEOPLE.values()), "hired_on": [date(2020, 1, 1)] * 3}
    people |= {} if left is None else {"left_on": [None, left, None]}
    company = company_of({"North": None, "South": None})
    company = company.model_copy(update={"tree": TreePolicy(over=over)})
    return tables_from_frames({"deals": pd.DataFrame(deals), "reps": pd.DataFrame(people)}, company, date(2025, 12, 31))


def row(owner: Owner, value: float, period: str = "2026Q1", kpi: str = "revenue") -> GoalRow:
    told = {"template": AGREED_BY_HUMANS, "as_of": date(2025, 12, 1), "kpi": kpi, "level": "agreed"}
    return GoalRow(owner=owner, period=period, value=value, **told)  # type: ignore[arg-type]


def test_less_than_the_goal_is_told_where_all_have_agreed(tables: Tables) -> None:
    rows = [row(NORTH, 871_710.0), row(ANN, 465_437.0), row(BOB, 400_000.0)]
    assert apart(tables, rows) == [
        "note: team North, revenue 2026Q1: €871,710 agreed, its 2 reps have €865,437 agreed together: "
        "€6,273 nobody carries"
    ]
    assert apart(tables, rows[:2]) == []
    assert apart(tables, [*rows[:2], row(BOB, 406_273.0)]) == []


def test_more_than_the_goal_is_told_whoever_has_agreed(tables: Tables) -> None:
    rows = [row(COMPANY, 100.0), row(NORTH, 120.5)]
    assert apart(tables, rows) == [
        "note: the company, revenue 2026Q1: €100.00 agreed, 1 of its 2 teams has €120.50 agreed together: "
        "€20.50 more than the goal"
    ]
    assert apart(tables, rows, {("revenue", "2026Q2")}) == []
    assert len(apart(tables, rows, {("revenue", "2026Q1")})) == 1


def test_more_by_rule_is_no_fault() -> None:
    rows = [row(NORTH, 100.0), row(ANN, 60.0), row(BOB, 50.0)]
    asked = tables_of(over=1.1)
    assert apart(asked, rows) == []
    (line,) = apart(asked, [*rows[:2], row(BOB, 52.0)])
    assert line.endswith("its 2 reps have €112 agreed together: €2 more than 1.1 times the goal")


def test_months_are_left_to_the_longer_period(tables: Tables) -> None:
    months = [row(NORTH, 10.0, "2026-01"), row(ANN, 9.0, "2026-01"), row(BOB, 9.0, "2026-01")]
    assert len(apart(tables, months)) == 1
    whole = [row(NORTH, 30.0), row(ANN, 20.0), row(BOB, 10.0)]
    assert apart(tables, [*months, *whole]) == []


def test_of_a_period_that_is_over_nothing_is_told(tables: Tables) -> None:
    """Bob carried his half of the third quarter, and left after it; what he was to carry next nobody does."""
    left = tables_of(left=date(2025, 11, 1))
    for period, told in (("2025Q3", 0), ("2025Q4", 0), ("2026Q1", 1)):
        rows = [row(NORTH, 100.0, period), row(ANN, 50.0, period), row(BOB, 50.0, period)]
        assert apart(tables, rows) == [] and len(apart(left, rows)) == told


def test_only_what_adds_up_is_added(tables: Tables) -> None:
    assert apart(tables, [row(COMPANY, 0.2, kpi="win_rate"), row(NORTH, 0.5, kpi="win_rate")]) == []


def test_another_month_is_another_digest() -> None:
    one = row(ANN, 5.0, "2026-01")
    assert digest_of([one]) != digest_of([replace(one, period="2026-02")])
    assert digest_of([]) == ""
