"""The last goals of a tree's owners, from rows of the ledger."""

from __future__ import annotations

from datetime import date

from salesgoals_kit.goals.nodes import Previous
from salesgoals_kit.goals.previous import previous_goals
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.store.rows import FinalRow, GoalRow

NORTH, ANN = Owner("North"), Owner("North", "ann")
DAY = date(2024, 12, 31)


def goal(owner: Owner, level: str, value: float, period: str = "2025Q1", kpi: str = "revenue") -> GoalRow:
    return GoalRow(owner=owner, period=period, template="goal_setting", as_of=DAY, kpi=kpi, level=level, value=value)


def final(owner: Owner, value: float | None, period: str = "2025Q1", kpi: str = "revenue") -> FinalRow:
    return FinalRow(
        owner=owner, period=period, template="review", as_of=DAY, kpi=kpi, value=value, final_on=date(2025, 4, 5)
    )


def test_what_was_agreed_counts_before_what_was_proposed_of_the_same_period_a_year_before() -> None:
    goals = [
        goal(NORTH, "commit", 80.0),
        goal(NORTH, "target", 100.0),
        goal(NORTH, "agreed", 110.0),
        goal(NORTH, "stretch", 130.0),
        goal(NORTH, "agreed", 500.0, period="2025Q4"),
        goal(NORTH, "agreed", 0.3, kpi="win_rate"),
        goal(ANN, "rep", 40.0),
        goal(COMPANY, "stretch", 900.0),
    ]
    finals = [final(NORTH, 120.0), final(NORTH, 9.0, period="2025Q4"), final(ANN, None)]
    found = previous_goals(goals, finals, "revenue", parse_period("2026Q1"), {ANN: 0.5})
    assert found == {NORTH: Previous(110.0, 120.0, None), ANN: Previous(40.0, None, 0.5)}


def test_what_humans_agreed_for_a_rep_is_his_in_whatever_team() -> None:
    agreed = [goal(Owner(rep="ann"), "agreed", 90.0), goal(ANN, "rep", 40.0)]
    found = previous_goals(agreed, [final(Owner(rep="ann"), 60.0)], "revenue", parse_period("2026Q1"), {ANN: 1.0})
    assert found == {ANN: Previous(90.0, 60.0, 1.0)}
    south = Owner("South", "ann")
    both = previous_goals(agreed, [], "revenue", parse_period("2026Q1"), {ANN: 0.5, south: 0.25})
    assert both == {ANN: Previous(60.0, None, 0.5), south: Previous(30.0, None, 0.25)}


def test_no_rows_no_goals() -> None:
    assert previous_goals([], [], "revenue", parse_period("2026Q1")) == {}


def test_a_goal_is_taken_for_as_many_full_times() -> None:
    assert Previous(100.0, None, 0.5).times(1.0) == 2.0
    assert Previous(100.0).times(0.5) == Previous(100.0, None, 0.0).times(0.5) == 1.0
