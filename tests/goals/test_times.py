"""Who still ramps counts for what he brings: by hand, and against a naive twin that adds up days."""

from __future__ import annotations

from dataclasses import astuple
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.goals.above import tree_of
from salesgoals_kit.goals.ramp import ramp_of
from salesgoals_kit.goals.times import ramped_carries, times_then
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import DAYS_A_MONTH, parse_period
from salesgoals_kit.store.rows import GoalRow

END = date(2025, 12, 31)
Q1 = parse_period("2026Q1")


@pytest.fixture
def tables() -> Tables:
    company = Company.model_validate(
        {"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}, "teams": [{"name": "A"}]}
    )
    deals = pd.DataFrame(
        {
            "deal_id": [str(i) for i in range(24)],
            "status": "won",
            "rep": "old",
            "created_at": pd.date_range("2023-12-05", periods=24, freq="MS"),
            "closed_at": pd.date_range("2024-01-05", periods=24, freq="MS"),
            "amount": 100_00,
        }
    )
    hired = [None, date(2020, 1, 1), date(2025, 11, 1), date(2025, 7, 1), date(2024, 11, 15)]
    reps = pd.DataFrame(
        {
            "rep": ["unknown", "old", "new", "half", "gone"],
            "team": "A",
            "hired_on": pd.to_datetime(pd.Series(hired)),
            "left_on": pd.to_datetime(pd.Series([None, None, None, None, date(2025, 6, 1)])),
            "capacity": [1, 1, 1, 0.5, 1],
        }
    )
    return tables_from_frames({"deals": deals, "reps": reps}, company, END)


def twin(hired: date, days: pd.DatetimeIndex, ramp: float) -> float:
    """The mean productivity over days, each by itself."""
    tenure = np.array([(day.date() - hired).days + 0.5 for day in days]) / DAYS_A_MONTH
    return float(np.clip(tenure[tenure > 0] / ramp, 0, 1).mean())


def test_a_rep_counts_for_what_his_tenure_brings(tables: Tables) -> None:
    ramp = ramp_of(tables).months
    found = ramped_carries(tables, Owner("A"), Q1)
    for rep, hired, capacity in (("new", date(2025, 11, 1), 1.0), ("half", date(2025, 7, 1), 0.5)):
        carry = found[Owner("A", rep)]
        assert carry.now == pytest.approx(capacity * twin(hired, pd.date_range(Q1.start, Q1.end), ramp), abs=0.01)
        assert carry.past == pytest.approx(capacity * twin(hired, pd.date_range(hired, END), ramp), abs=0.01)
        assert carry.now > carry.past


def test_who_is_full_grown_or_of_unknown_tenure_counts_whole(tables: Tables) -> None:
    found = ramped_carries(tables, COMPANY, Q1)
    for rep in ("old", "unknown"):
        assert astuple(found[Owner("A", rep)]) == pytest.approx((1.0, 1.0))


def test_a_team_s_last_goal_was_for_those_who_were_there_then(tables: Tables) -> None:
    """In the first quarter of 2025 two were full-grown and one, who has left since, still ramped; two came later."""
    before = Q1.year_before()
    found = times_then(tables, COMPANY, before, "revenue")
    ramp = ramp_of(tables).months
    gone = twin(date(2024, 11, 15), pd.date_range(before.start, before.end), ramp)
    reps = {rep: found[Owner("A", rep)] for rep in ("old", "unknown", "new", "half")}
    assert reps == {"old": 1.0, "unknown": 1.0, "new": 0.0, "half": 0.0}
    assert found[Owner("A")] == pytest.approx(2.0 + gone, abs=0.01)
    assert 0 < gone < 1
    assert found[COMPANY] == found[Owner("A")]
    assert Owner("A", "gone") not in found


def test_a_team_s_bound_is_for_as_many_full_times_as_it_has(tmp_path: Path) -> None:
    """A was asked for 9,000 with three people, one of whom has left: no more than a fifth above 6,000 now."""
    days = pd.date_range("2024-01-05", periods=24, freq="MS")
    names = ["ann", "bob", "cid", "dan"]
    deals = pd.DataFrame(
        {"deal_id": f"{rep}{day:%F}", "status": "won", "rep": rep, "closed_at": day, "amount": 1000_00}
        for rep in names
        for day in days
    ).assign(team=lambda rows: rows["rep"].map(lambda rep: "B" if rep == "dan" else "A"))
    reps = pd.DataFrame({"rep": names, "team": ["A", "A", "A", "B"], "hired_on": pd.Timestamp("2015-01-01")})
    reps["left_on"] = pd.to_datetime(pd.Series([None, None, date(2025, 10, 1), None]))
    company = Company.model_validate(
        {
            "version": 1,
            "name": "Acme",
            "sources": {"deals": {"path": "d.csv"}},
            "teams": [{"name": "A"}, {"name": "B"}],
        }
    )
    tables = tables_from_frames({"deals": deals[deals["closed_at"] < "2025-10-01"], "reps": reps}, company, END)
    goals = [
        GoalRow(
            owner=Owner(team),
            period="2025Q1",
            template="goal_setting",
            as_of=date(2024, 12, 31),
            kpi="revenue",
            level="agreed",
            value=goal,
        )
        for team, goal in (("A", 9000.0), ("B", 3000.0))
    ]
    tree = tree_of(tables, COMPANY, Q1, Book(tmp_path), 30_000.0, (goals, ()))
    team = tree.share(Owner("A"))
    assert team is not None and team.previous is not None
    assert team.previous.carry == pytest.approx(3.0)
    assert team.carry == pytest.approx(2.0)
    assert team.held == "most"
    assert team.value == pytest.approx(6000 * 1.2, abs=0.02)
    assert team.change == pytest.approx(0.2, abs=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_full_times_of_then_are_those_of_each_day(seed: int) -> None:
    """Nested teams and people who come, go and move: a team's are the sum over days of who was in it or below it."""
    rng = np.random.default_rng(seed)
    tree = [{"name": "A"}, {"name": "B", "parent": "A"}, {"name": "C"}]
    company = Company.model_validate(
        {"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}, "teams": tree}
    )
    day = pd.Timestamp("2024-01-01")
    names = [f"r{n}" for n in range(12)]
    hired = [day - pd.Timedelta(days=int(rng.integers(0, 900))) for _ in names]
    left = [day + pd.Timedelta(days=int(rng.integers(380, 900))) for _ in names]
    moved = [day + pd.Timedelta(days=int(rng.integers(380, 500))) for _ in names]
    first, then = (rng.choice(["A", "B", "C"], len(names)) for _ in range(2))
    parts = pd.DataFrame(
        {"rep": names * 2, "team": [*first, *then], "from": [*hired, *moved], "to": [*moved, *([None] * 12)]}
    )
    reps = pd.DataFrame({"rep": names, "hired_on": hired, "left_on": left})
    deals = pd.DataFrame(
        {"deal_id": [str(n) for n in range(24)], "status": "won", "rep": names[0], "team": "A", "amount": 100_00}
    ).assign(closed_at=pd.date_range("2024-01-05", periods=24, freq="MS"))
    tables = tables_from_frames({"deals": deals, "reps": reps, "assignments": parts}, company, END)
    before, ramp = Q1.year_before(), ramp_of(tables).months
    days = [one for one in pd.bdate_range(before.start, before.end)]
    found = times_then(tables, COMPANY, before, "revenue")
    below = {Owner("A"): "AB", Owner("B"): "B", Owner("C"): "C", COMPANY: "ABC"}
    for owner, teams in below.items():
        if owner not in found:
            continue
        whole = 0.0
        for n in range(len(names)):
            here = [(first[n] if one < moved[n] else then[n]) in teams and hired[n] <= one < left[n] for one in days]
            tenure = (pd.Timestamp(before.start) - hired[n]).days / DAYS_A_MONTH
            grown = np.clip(np.linspace(tenure, tenure + 3, 3001) / ramp, 0, 1).mean()
            whole += float(np.mean(here)) * float(grown)
        assert found[owner] == pytest.approx(whole, abs=0.05), owner
    assert COMPANY in found
