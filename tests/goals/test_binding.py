"""Which limit binds, how likely, by how much, and what would loosen it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.binding import Feasibility, more_needed
from salesgoals_kit.goals.capacity import CapacityCeiling
from salesgoals_kit.goals.floor import CostFloor
from salesgoals_kit.goals.funnel import FunnelCeiling
from salesgoals_kit.goals.plan import PlanCheck
from salesgoals_kit.goals.ramp import Ramp
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.words import Message, say

SAID = say("ceilings.nobody_there")
RAMP = Ramp(5.0, 3.0, 7.0, np.array([5.0]), 0, SAID)
HUNDRED = np.arange(1.0, 101.0) * 1_000


def capacity(draws: Any, one: float = 5_000.0) -> CapacityCeiling:
    each = np.asarray(draws, dtype="float64")
    return CapacityCeiling(each, each / 100, np.full(len(each), one), each * 0 + 3, 3, 0.1, RAMP, SAID, ())


def funnel(draws: Any, a_lead: float = 400.0, a_deal: float = 800.0) -> FunnelCeiling:
    each = np.asarray(draws, dtype="float64")
    return FunnelCeiling(each, each / 2, each / 2, each / 100, a_deal, a_lead, SAID, ())


def floor(to_pay: float, margins: Any, wanted: float = 0.8) -> CostFloor:
    return CostFloor(to_pay, to_pay, 0.0, 0.0, np.asarray(margins), wanted, 1.0, None, SAID, ())


@pytest.fixture
def feasible(make_outlook: Callable[..., Outlook]) -> Callable[..., Feasibility]:
    def make(usual: Any = HUNDRED, **given: Any) -> Feasibility:
        parts: dict[str, Any] = {"capacity": None, "funnel": None, "floor": None, "plan": None, "initiatives": ()}
        return Feasibility(
            owner=Owner("Central"),
            period=parse_period("2026Q1"),
            outlook=make_outlook(usual),
            notes=(),
            **{**parts, **given},
        )

    return make


def test_a_goal_against_three_limits_by_hand(
    feasible: Callable[..., Feasibility], read: Callable[[Message], str]
) -> None:
    found = feasible(capacity=capacity([60_000.0] * 30 + [90_000.0] * 70), funnel=funnel([75_000.0] * 100))
    # 30 paths with 60,000, the outlook is lower on none of the first 30 … path by path: 1,000, 2,000, … 100,000
    assert found.shares == pytest.approx({"usual": 0.75, "capacity": 0.0, "funnel": 0.25})
    stands = found.at(80_000.0, 0.5)
    assert stands.chances == pytest.approx({"usual": 0.21, "capacity": 0.7, "funnel": 0.0})
    assert stands.binds == "funnel"
    assert stands.shortfalls == pytest.approx({"usual": 40_000.0, "capacity": 20_000.0, "funnel": 5_000.0})
    assert stands.together == 0
    assert read(stands.message) == (
        "The funnel binds: it holds €80K with a chance of under 5%, and where it does not, €5,000 is typically "
        "lacking; in 25% of the courses the period can take it allows the least of all"
    )
    assert [read(way) for way in stands.loosen] == ["For an even chance it takes 13 more qualified leads now"]
    assert found.at(70_000.0, 0.5).together == pytest.approx(0.31)


@pytest.mark.parametrize(
    ("given", "goal", "said"),
    [
        ({"capacity": capacity([60_000.0] * 100)}, 81_000.0, "it takes 5 more experienced people through the whole"),
        ({"funnel": funnel([60_000.0] * 100, np.nan)}, 81_000.0, "it takes 27 more deals begun now"),
        ({"funnel": funnel([60_000.0] * 100, 0.0)}, 81_000.0, "No number of people or leads would bring it to an even"),
        ({}, 102_000.0, "it takes +100% on the €51K of business as usual"),
        ({"usual": [0.0]}, 102_000.0, "all of it has to come from something new"),
    ],
)
def test_what_would_loosen_it(
    given: dict[str, Any],
    goal: float,
    said: str,
    feasible: Callable[..., Feasibility],
    read: Callable[[Message], str],
) -> None:
    (way,) = feasible(**{"usual": HUNDRED, **given}).at(goal, 0.5).loosen
    assert said in read(way)


def test_a_goal_that_does_not_pay_the_costs_says_by_how_much(
    feasible: Callable[..., Feasibility], read: Callable[[Message], str]
) -> None:
    found = feasible(floor=floor(30_000.0, [0.5] * 85 + [0.4] * 15))
    low, high = found.at(50_000.0, 0.4), found.at(60_000.0, 0.4)
    assert (low.paid, high.paid) == (0.0, 0.85)
    assert high.loosen == ()
    assert [read(way) for way in low.loosen] == [
        "For €50K of revenue to pay the costs with a chance of about 80%, they would have to be €5,000 lower"
    ]


def test_where_nothing_binds_it_is_said(feasible: Callable[..., Feasibility], read: Callable[[Message], str]) -> None:
    assert "No ceiling is known beside business as usual" in read(feasible().at(20_000.0, 0.5).message)
    with_people = feasible(capacity=capacity(HUNDRED)).at(20_000.0, 0.5)
    assert with_people.binds is None
    assert with_people.loosen == ()
    assert "Nothing binds" in read(with_people.message)


def test_the_plan_says_who_is_to_supply_its_lift(
    feasible: Callable[..., Feasibility], read: Callable[[Message], str]
) -> None:
    plan = PlanCheck(120_000.0, 0.0, 51_000.0, 1.35, SAID)
    assert "No initiative has been agreed" in read(feasible(plan=plan).sentences[-1])
    told = read(feasible(plan=plan, initiatives=("coaching", "a partner fair")).sentences[-1])
    assert told.startswith("What is to supply the lift: ")
    assert "coaching" in told
    assert "a partner fair" in told
    assert len(feasible(plan=replace(plan, lift=0.0), initiatives=("coaching",)).sentences) == 1


def test_more_capacity_never_lowers_a_chance(feasible: Callable[..., Feasibility]) -> None:
    rng = np.random.default_rng(8)
    for _ in range(100):
        usual, people, leads, more = (rng.gamma(3.0, 20_000.0, size=100) for _ in range(4))
        goal, wanted = float(rng.uniform(5_000, 150_000)), float(rng.uniform(0.1, 0.9))
        before = feasible(usual, capacity=capacity(people), funnel=funnel(leads)).at(goal, wanted)
        after = feasible(usual, capacity=capacity(people + more), funnel=funnel(leads)).at(goal, wanted)
        assert after.together >= before.together
        assert all(after.chances[name] >= before.chances[name] for name in before.chances)
        assert after.shortfalls["usual"] == before.shortfalls["usual"]


def test_the_number_needed_is_the_smallest_that_is_enough() -> None:
    rng = np.random.default_rng(3)
    for _ in range(100):
        short, each = rng.normal(20, 30, size=50), rng.gamma(2.0, 3.0, size=50)
        wanted = float(rng.uniform(0.05, 0.95))
        naive = next((n for n in range(2_000) if (n * each >= short - 1e-9).mean() >= wanted), None)
        assert more_needed(short, each, wanted) == naive
    assert more_needed(np.array([1.0]), 0.0, 0.5) is None


def test_shares_add_up_and_limits_have_as_many_draws(feasible: Callable[..., Feasibility]) -> None:
    rng = np.random.default_rng(4)
    found = feasible(HUNDRED, capacity=capacity(rng.gamma(3.0, 1e4, 1_000)), funnel=funnel(rng.gamma(3.0, 1e4, 1_000)))
    assert {len(limit.draws) for limit in found.limits} == {1_000}
    assert sum(found.shares.values()) == pytest.approx(1)
    assert found.limits[0].chance(51_000.0) == found.outlook.chance(51_000.0)


def test_a_ceiling_that_all_but_forbids_the_goal_is_a_caution(
    feasible: Callable[..., Feasibility], read: Callable[[Message], str]
) -> None:
    """The funnel reaches 60,000 on 4 of 100 paths, and business as usual on 41."""
    full, short = [90_000.0] * 4, [50_000.0] * 96
    found = feasible(funnel=funnel(full + short)).at(60_000.0, 0.5)
    assert found.caution is not None
    assert read(found.caution) == (
        "Business as usual gives €60K a chance of about 40%, but the funnel holds it with a chance of under 5% only: "
        "agree on what fills it, or on less."
    )
    people = feasible(capacity=capacity(full + short)).at(60_000.0, 0.5)
    assert people.caution is not None and people.caution.id == "ceilings.caution_capacity"
    assert feasible(funnel=funnel([90_000.0] * 5 + [50_000.0] * 95)).at(60_000.0, 0.5).caution is None
    assert feasible(funnel=funnel(short)).at(98_000.0, 0.5).caution is None  # nor does business as usual allow it


def test_where_only_the_costs_are_not_paid_they_bind(
    feasible: Callable[..., Feasibility], read: Callable[[Message], str]
) -> None:
    """40,000 at margins of 50 and 60 % against 22,000 to pay: paid on the half of the paths with 60 %."""
    found = feasible(floor=floor(22_000.0, [0.5] * 50 + [0.6] * 50)).at(40_000.0, 0.5)
    assert (found.binds, found.paid) == (None, 0.5)
    assert read(found.message).startswith("The costs bind: €40K pays them with an even chance only.")
    assert [message.id for message in found.loosen] == ["ceilings.loosen_costs"]


def test_a_goal_that_next_to_never_pays_the_costs_is_a_caution(
    feasible: Callable[..., Feasibility], read: Callable[[Message], str]
) -> None:
    """40,000 at margins of 50 %, in one path of 50 of 60 %, against 22,000 to pay."""
    found = feasible(floor=floor(22_000.0, [0.5] * 98 + [0.6] * 2)).at(40_000.0, 0.5)
    assert found.caution is not None
    assert read(found.caution).startswith("€40K would pay the costs with a chance of under 5% only: agree on more")
    assert feasible(floor=floor(22_000.0, [0.5] * 95 + [0.6] * 5)).at(40_000.0, 0.5).caution is None
