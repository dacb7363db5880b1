"""The evidence out of tables: what a small company knows and what it does not, each said, and the rest still works."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.goals.evidence import Evidence
from salesgoals_kit.goals.goal import Goal
from salesgoals_kit.goals.known import evidence_for
from salesgoals_kit.goals.relevant import relevant
from salesgoals_kit.goals.smart import check
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.words import Name

END = date(2025, 12, 31)
Q1 = parse_period("2026Q1")
HOW = Name("coaching discovery calls")


def deals(reps: tuple[str, ...] = ("Ann",), months: int = 24) -> pd.DataFrame:
    """Return four deals a month and rep, three of them won, at 1 000 to 1 300 euros."""
    rows = [
        {
            "deal_id": f"{rep}{month}-{k}",
            "status": "won" if k else "lost",
            "created_at": date(2025 - month // 12, 12 - month % 12, 1 + k),
            "closed_at": date(2025 - month // 12, 12 - month % 12, 20 + k),
            "amount": 100_000 + 10_000 * ((month * 7 + k) % 4),
            "team": "One",
            "rep": rep,
        }
        for rep in reps
        for month in range(months)
        for k in range(4)
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def small(make_company: Any, tmp_path: Path) -> Any:
    """Give evidence from deals alone, and a team of one rep."""

    def evidence(goal: Goal, as_of: date = END, months: int = 24, **given: Any) -> Evidence:
        company: Company = make_company(**given)

        def at(day: date) -> Tables:
            return tables_from_frames({"deals": deals(months=months)}, company, day)

        return evidence_for(goal, at, as_of, date(2024, 1, 1), lambda period, day: Book(tmp_path))

    return evidence


def test_a_team_of_one_has_its_verdict(small: Any) -> None:
    goal = Goal("revenue", Owner("One"), Q1, value=10_000.0, initiative=HOW)
    found = small(goal)
    assert found.outlook is not None
    assert found.base is not None
    # 2025Q1 has March, February and January, 9 to 11 months back: (7m + k) % 4 for k of 1, 2, 3 adds up to 6 less the
    # one left out, (7m) % 4 = 3, 2, 1, so 3 + 4 + 5 ten thousands of cents on 900 000
    assert found.figures["2025Q1"] == found.base.value == 10_200.0
    assert found.pace is not None
    assert (found.pace.grain, found.pace.count) == ("quarter", 3)  # 2024Q1 is not whole: the data begins in it
    assert check(goal, found).better is not None


def test_a_kpi_without_its_tables_is_said_and_the_nearest_takes_its_place(small: Any) -> None:
    goal = Goal("margin", COMPANY, Q1, change=5.0, unit="percent", initiative=HOW)
    found = small(goal)
    assert found.lacking
    assert (found.asked, found.kpi) == ("margin", "revenue")
    verdict = check(goal, found)
    assert [letter.letter for letter in verdict.failed if letter.letter in "MA"] == ["M", "A"]
    assert verdict.better is not None
    assert verdict.better.kpi == "revenue"


def test_too_short_a_history_fails_a_with_what_to_do(small: Any) -> None:
    goal = Goal("revenue", Owner("One"), Q1, value=10_000.0, initiative=HOW)
    found = small(goal, months=1)
    assert (found.outlook, found.base) == (None, None)
    assert found.why_no_outlook is not None
    assert found.why_no_outlook.id == "smart.no_history"  # it goes on with what to do
    verdict = check(goal, found)
    assert [letter.letter for letter in verdict.failed] == ["M", "A"]
    assert verdict.better is None


def test_somebody_without_a_row_has_no_outlook_and_no_better_version(small: Any) -> None:
    goal = Goal("revenue", Owner(rep="Bob"), Q1, value=10_000.0, initiative=HOW)
    found = small(goal)
    assert found.outlook is None
    verdict = check(goal, found)
    assert not verdict.passed
    assert verdict.better is None
    assert verdict.nearest.changes


def test_a_goal_in_the_past_is_judged_for_the_next_period(small: Any) -> None:
    goal = Goal("win_rate", Owner("One"), parse_period("2025Q3"), value=0.8, initiative=HOW)
    found = small(goal)
    assert found.period == Q1
    assert [letter.letter for letter in check(goal, found).failed if letter.letter == "T"] == ["T"]


def test_a_running_period_is_judged_by_what_was_known_before_it(small: Any) -> None:
    goal = Goal("revenue", Owner("One"), parse_period("2025Q4"), value=10_000.0, initiative=HOW)
    found = small(goal, as_of=date(2025, 11, 10))
    assert (found.period.name, found.known_on) == ("2025Q4", date(2025, 9, 30))
    assert "2025-10" not in found.figures


def test_that_no_cost_is_known_is_part_of_the_evidence(small: Any) -> None:
    """Deals alone, without a cost: what more wins are worth is told as revenue, and that of revenue is not known."""
    won, sold = (small(Goal(kpi, COMPANY, Q1, value=value)) for kpi, value in (("win_rate", 0.8), ("revenue", 2e4)))
    assert won.before_costs and sold.before_costs
    assert sold.worth is None
    assert [said.id for said in relevant(Goal("win_rate", COMPANY, Q1, value=0.8), won).reasons][-1] == "smart.r_worth"
    last = relevant(Goal("revenue", COMPANY, Q1, value=2e4), sold).reasons[-1]
    assert last.id == "smart.r_worth_no_costs"
