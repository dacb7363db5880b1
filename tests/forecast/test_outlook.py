"""Chances and goals of draws made by hand, and what must hold for any draws."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.series import Better
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period


def outlook(
    draws: list[float], better: Better = "higher", step: float | None = None, unit: str = "days", minor: int = 100
) -> Outlook:
    return Outlook(
        kpi="revenue",
        owner=Owner("Central"),
        period=parse_period("2026Q1"),
        better=better,
        draws=np.array(draws, dtype=np.float64),
        counts=None,
        method="seasonal_naive",
        step=step,
        calibrated=False,
        history_months=24,
        yearly_season=True,
        notes=(),
        unit=unit,
        minor_units=minor,
    )


def test_the_chance_is_the_share_of_draws_at_or_above_the_goal() -> None:
    five = outlook([10, 20, 30, 40, 50])
    # at least 30: 30, 40, 50 of five; at least 31: two; at least 10: all; more than 50: none
    assert [five.chance(goal) for goal in (30, 31, 10, 51)] == [3 / 5, 2 / 5, 1.0, 0.0]


def test_the_chance_is_the_share_at_or_below_the_goal_where_lower_is_better() -> None:
    five = outlook([10, 20, 30, 40, 50], better="lower")
    assert [five.chance(goal) for goal in (30, 29, 50, 9)] == [3 / 5, 2 / 5, 1.0, 0.0]


def test_the_goal_is_the_most_ambitious_value_whose_chance_is_at_least_as_asked() -> None:
    five = outlook([50, 10, 40, 20, 30])
    # 80 % of five draws are four: 20 and above; 81 % need all five: 10; 20 % need one: 50; 50 % need three: 30
    assert [five.goal(chance) for chance in (0.8, 0.81, 0.2, 0.5, 1.0)] == [20, 10, 50, 30, 10]


def test_the_goal_where_lower_is_better_is_the_lowest_value_that_is_likely_enough() -> None:
    five = outlook([50, 10, 40, 20, 30], better="lower")
    # four of five at most: 40; one of five: 10
    assert [five.goal(chance) for chance in (0.8, 0.2, 1.0)] == [40, 10, 50]


def test_a_goal_in_money_is_rounded_to_the_cent_on_the_easier_side() -> None:
    draws = [100.004, 100.008, 100.019]
    assert outlook(draws, unit="money").goal(0.6) == 100.0  # two of three: 100.008, down to the cent
    assert outlook(draws, "lower", unit="money").goal(0.6) == 100.01  # two of three at most 100.008: up to the cent
    assert outlook(draws, unit="money", minor=1).goal(0.3) == 100.0  # yen have no cents
    assert outlook([0.29, 0.29], unit="money").goal(1.0) == 0.29  # 0.29 * 100 is 28.999999999999996


def test_a_rate_of_few_cases_has_a_goal_that_so_many_cases_can_give() -> None:
    churn = outlook([0 / 59, 1 / 61, 1 / 60, 1 / 60, 2 / 60], "lower", step=1 / 60, unit="rate")
    assert churn.goal(0.8) == 1 / 60  # four of five draws are 1/60 or less: at most 1 of 60 accounts
    assert churn.goal(0.4) == 1 / 60  # 1/61 is no number of 60 accounts; the next is 1/60
    wins = outlook([3 / 7, 4 / 7, 5 / 7, 5 / 7], step=1 / 7, unit="rate")
    assert wins.goal(0.5) == 5 / 7
    assert wins.goal(0.75) == 4 / 7


def test_a_count_has_whole_goals() -> None:
    leads = outlook([11, 12, 12, 15], step=1.0, unit="count")
    assert [leads.goal(chance) for chance in (0.25, 0.5, 0.75, 1.0)] == [15, 12, 12, 11]


def test_a_goal_typed_in_decimals_is_met_by_the_sum_that_it_is() -> None:
    assert outlook([0.1 + 0.2]).chance(0.3) == 1.0  # 0.1 + 0.2 is 0.30000000000000004
    assert outlook([0.1 + 0.2], better="lower").chance(0.3) == 1.0


@pytest.mark.parametrize("chance", [0.0, -0.1, 1.01, float("nan")])
def test_no_goal_has_an_impossible_chance(chance: float) -> None:
    with pytest.raises(ForecastError, match="above 0 and at most 1"):
        outlook([1, 2]).goal(chance)


def test_a_goal_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ForecastError, match="not a number"):
        outlook([1, 2]).chance(float("nan"))


def test_the_record_is_json_and_holds_the_quantiles() -> None:
    record = json.loads(json.dumps(outlook([float(i) for i in range(1, 101)]).as_record(), allow_nan=False))
    # of 1 … 100 the smallest that a share q does not exceed is 100 q
    assert (record["quantiles"]["5"], record["quantiles"]["50"], record["quantiles"]["95"]) == (5, 50, 95)
    assert record["owner"] == {"team": "Central", "rep": None}
    assert (record["period"], record["better"], record["method"]) == ("2026Q1", "higher", "seasonal_naive")


values = st.floats(-1e12, 1e12, allow_subnormal=False)
chances = st.floats(0.001, 1.0)


@given(st.lists(values, min_size=1, max_size=60), chances, st.sampled_from(["higher", "lower"]), st.booleans())
def test_a_goal_has_at_least_the_chance_it_was_asked_for(
    draws: list[float], chance: float, better: Better, money: bool
) -> None:
    some = outlook(draws, better, unit="money" if money else "times")
    assert some.chance(some.goal(chance)) >= chance


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(9, 70)), min_size=1, max_size=50),
    chances,
    st.sampled_from(["higher", "lower"]),
    st.integers(1, 70),
)
def test_a_goal_of_few_cases_is_attainable_and_likely_enough(
    drawn: list[tuple[int, int]], chance: float, better: Better, of: int
) -> None:
    some = outlook([cases / all_ for cases, all_ in drawn], better, step=1 / of, unit="rate")
    goal = some.goal(chance)
    assert float(Fraction(round(goal * of), of)) == goal
    assert some.chance(goal) >= chance


@given(st.lists(values, min_size=1, max_size=40), values, values, st.sampled_from(["higher", "lower"]))
def test_a_harder_goal_never_has_a_better_chance(draws: list[float], a: float, b: float, better: Better) -> None:
    low, high = sorted((a, b))
    some = outlook(draws, better)
    easy, hard = (low, high) if better == "higher" else (high, low)
    assert some.chance(hard) <= some.chance(easy)


@given(st.lists(values, min_size=1, max_size=40), chances, chances, st.sampled_from(["higher", "lower"]))
def test_a_likelier_goal_is_never_harder(draws: list[float], a: float, b: float, better: Better) -> None:
    unlikely, likely = sorted((a, b))
    some = outlook(draws, better)
    hard, easy = some.goal(unlikely), some.goal(likely)
    assert hard >= easy if better == "higher" else hard <= easy


@given(st.lists(values, min_size=1, max_size=40))
def test_quantiles_are_ordered(draws: list[float]) -> None:
    found = [outlook(draws).quantile(q) for q in (0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95)]
    assert found == sorted(found)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), chances, st.sampled_from(["higher", "lower"]))
def test_no_attainable_count_is_more_ambitious_and_still_likely_enough(
    draws: list[int], chance: float, better: Better
) -> None:
    """A naive twin: try every count and keep the most ambitious that is likely enough."""
    some = outlook([float(draw) for draw in draws], better, step=1.0, unit="count")
    met = [
        goal
        for goal in range(32)
        if sum(draw >= goal if better == "higher" else draw <= goal for draw in draws) / len(draws) >= chance
    ]
    assert some.goal(chance) == (max(met) if better == "higher" else min(met))
