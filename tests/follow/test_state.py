"""States of goals: their thresholds, what counts, and what is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.follow.pace import Pace
from salesgoals_kit.follow.state import GoalState, State, followed, leading, shown, state_of, states
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report.quantities import five_points
from salesgoals_kit.store.rows import GoalRow
from salesgoals_kit.words import Message

CENTRAL, Q1 = Owner("Central"), parse_period("2026Q1")


def pace_of(chance: float, *, kpi: str = "revenue", closed: float = 10.0, left: int = 40, goal: float = 100.0) -> Pace:
    """How a period goes in which a goal of 100 has this chance."""
    met = round(chance * 1000)
    good, bad = (goal, goal / 2) if CATALOGUE[kpi].better == "higher" else (goal, goal * 2)
    draws = np.array([good] * met + [bad] * (1000 - met))
    found = Outlook(
        kpi=kpi, owner=CENTRAL, period=Q1, better=CATALOGUE[kpi].better, draws=draws, counts=None, method="x",
        step=None, calibrated=False, history_months=48, yearly_season=True, notes=(), unit=CATALOGUE[kpi].unit,
    )  # fmt: skip
    none = np.zeros(1000)
    return Pace(kpi, CENTRAL, Q1, date(2026, 2, 1), closed, none, none, found, left, (), (), Message("x"))


@pytest.mark.parametrize(
    ("chance", "promised", "expected"),
    [
        (0.8, 0.5, "on_track"),
        (0.5, 0.5, "on_track"),
        (0.48, 0.5, "on_track"),  # shown as 50 %
        (0.47, 0.5, "at_risk"),
        (0.5, 0.8, "on_track"),  # a target's chance is enough
        (0.36, 0.35, "on_track"),  # no less than was promised
        (0.3, 0.5, "at_risk"),
        (0.28, 0.5, "at_risk"),  # shown as 30 %
        (0.27, 0.5, "off_track"),
        (0.25, 0.2, "off_track"),  # more than was promised, and still less than is replanned at
        (0.009, 0.5, "out_of_reach"),
        (0.6, None, "on_track"),
        (0.4, None, "at_risk"),
    ],
)
def test_thresholds(company: Company, chance: float, promised: float | None, expected: State) -> None:
    assert state_of(CATALOGUE["revenue"], 100.0, promised, pace_of(chance), company) == expected


def test_chances_are_compared_as_they_are_shown() -> None:
    for chance in np.linspace(0.05, 0.95, 901):
        assert round(shown(float(chance)) * 100) == five_points(float(chance))


def test_a_flow_is_met_as_soon_as_it_has_come_and_a_rate_only_at_the_end(company: Company) -> None:
    revenue, rate = CATALOGUE["revenue"], CATALOGUE["win_rate"]
    assert state_of(revenue, 100.0, 0.5, pace_of(1.0, closed=100.0), company) == "met"
    assert state_of(rate, 0.3, 0.5, pace_of(0.6, kpi="win_rate", closed=0.4, goal=0.3), company) == "on_track"
    over = pace_of(1.0, kpi="win_rate", closed=0.4, goal=0.3, left=0)
    assert state_of(rate, 0.3, 0.5, over, company) == "met"
    missed = pace_of(0.0, kpi="win_rate", closed=0.2, goal=0.3, left=0)
    assert state_of(rate, 0.3, 0.5, missed, company) == "out_of_reach"
    churn = CATALOGUE["logo_churn"]
    low = pace_of(0.7, kpi="logo_churn", closed=0.01, goal=0.02)
    assert state_of(churn, 0.02, 0.5, low, company) == "on_track"
    assert state_of(churn, 0.02, 0.5, None, company) == "unknown"


def test_the_goal_that_counts_is_what_humans_agreed(company: Company, goal: Callable[..., GoalRow]) -> None:
    rows = [goal(), goal(level="share", value=90.0), goal(level="agreed", value=80.0, chance=0.7), goal(level="commit")]
    rows += [goal(period="2026Q2", value=1.0), goal("win_rate", value=0.3), goal("cac", level="stretch")]
    found = states(rows, CENTRAL, Q1, company, {"revenue": pace_of(0.4)})
    assert [(one.kpi.name, one.level, one.goal, one.promised) for one in found] == [
        ("revenue", "agreed", 80.0, 0.7),
        ("win_rate", "target", 0.3, 0.5),
    ]
    assert found[1].state == "unknown"
    assert found[1].now is None
    main = leading(found)
    assert main is not None
    assert main.kpi.name == "revenue"


def test_without_a_goal_the_number_from_above_is_followed(make_planned: Callable[..., Company]) -> None:
    company = make_planned()
    (found,) = states([], CENTRAL, Q1, company, {"revenue": pace_of(0.4)})
    assert (found.level, found.goal, found.promised, found.state) == ("plan", 100.0, None, "at_risk")
    assert followed([], CENTRAL, Q1, company) == ["revenue"]
    assert states([], Owner("Other"), Q1, company, {}) == ()


def test_what_calls_for_another_round_of_strategy(company: Company, goal: Callable[..., GoalRow]) -> None:
    def one(chance: float, **given: Any) -> GoalState:
        return states([goal()], CENTRAL, Q1, company, {"revenue": pace_of(chance, **given)})[0]

    assert [one(chance).replan for chance in (0.5, 0.3, 0.27, 0.0)] == [False, False, True, True]
    assert not one(1.0, closed=200.0).replan
    assert one(0.27).gap == 50.0
    late = states([goal(backfilled=True)], CENTRAL, Q1, company, {"revenue": pace_of(0.5)})[0]
    assert late.late


@pytest.fixture
def make_planned() -> Callable[..., Company]:
    def make() -> Company:
        plan = [{"kpi": "revenue", "period": "2026Q1", "value": 100.0, "team": "Central"}]
        given = {"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}, "plan": plan}
        return Company.model_validate({**given, "teams": [{"name": "Central"}, {"name": "Other"}]})

    return make
