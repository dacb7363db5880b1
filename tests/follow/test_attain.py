"""Attainment, reached or not, and where a figure fell."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from salesgoals_kit.follow.attain import attainment, percentile, reached
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.series import Better
from salesgoals_kit.owners import COMPANY
from salesgoals_kit.periods import parse_period

RECORD = {
    "draws": 1000,
    "lowest": 0.0,
    "highest": 100.0,
    "quantiles": {str(level): float(level) for level in range(5, 100, 5)},
}


def test_attainment_of_a_zero_goal_is_missing() -> None:
    assert attainment(5.0, 0.0, "higher") is None
    assert attainment(0.0, 0.0, "lower") is None


def test_attainment_of_a_goal_below_zero_is_missing() -> None:
    assert attainment(-0.1, -0.05, "higher") is None  # -10 % against -5 % would be 200 %


def test_attainment_where_lower_is_better_is_turned_round() -> None:
    # a cost of 125 against at most 100 is 100 / 125 = 80 %, one of 80 is 100 / 80 = 125 %
    assert attainment(125.0, 100.0, "lower") == 0.8
    assert attainment(80.0, 100.0, "lower") == 1.25
    assert attainment(0.0, 0.02, "lower") is None  # no churn at all: reached, but no number says by how much


@pytest.mark.parametrize("better", ["higher", "lower"])
@pytest.mark.parametrize("missing", [None, math.nan])
def test_without_a_figure_nothing_is_said(better: Better, missing: float | None) -> None:
    assert attainment(missing, 1.0, better) is None
    assert reached(missing, 1.0, better) is None
    assert percentile(RECORD, missing) is None


def test_a_whole_attainment_is_a_goal_reached_whichever_way_is_better() -> None:
    dice = random.Random(3)
    both: tuple[Better, ...] = ("higher", "lower")
    for _ in range(500):
        actual, goal = dice.uniform(0.01, 2), dice.uniform(0.01, 2)
        for better in both:
            share = attainment(actual, goal, better)
            assert share is not None
            assert (share >= 1) == reached(actual, goal, better)


def test_a_goal_met_exactly_is_reached() -> None:
    assert reached(0.1 + 0.2, 0.3, "lower") is True
    assert reached(0.3, 0.1 + 0.2, "higher") is True
    assert reached(0.0, 0.0, "lower") is True


def test_reached_counts_as_the_outlook_counted_its_chance() -> None:
    """Over its own draws a goal is reached as often as its chance says."""
    draws = np.random.default_rng(1).normal(100, 20, 200)
    both: tuple[Better, ...] = ("higher", "lower")
    for better in both:
        outlook = Outlook(
            "revenue",
            COMPANY,
            parse_period("2026Q1"),
            better,
            draws,
            None,
            "prophet",
            None,
            False,
            48,
            True,
            (),
        )
        goal = outlook.goal(0.35)
        hits = sum(bool(reached(float(draw), goal, better)) for draw in draws)
        assert hits / len(draws) == outlook.chance(goal)


@pytest.mark.parametrize(
    ("actual", "share"),
    [(-5.0, 0.0), (0.0, 0.0125), (5.0, 0.05), (50.0, 0.5), (52.0, 0.52), (100.0, 0.9875), (101.0, 1.0)],
)
def test_the_percentile_is_read_between_the_frozen_quantiles(actual: float, share: float) -> None:
    assert percentile(RECORD, actual) == pytest.approx(share, abs=0.002)


def test_of_ties_half_count() -> None:
    # no churn in 40 % of the draws and at most so much in the rest: a zero stands in the middle of the 40 %
    levels = range(5, 100, 5)
    quantiles = {str(at): 0.0 if at <= 40 else 0.1 for at in levels}
    record = {"draws": 1000, "lowest": 0.0, "highest": 0.1, "quantiles": quantiles}
    # the tie ends somewhere between the 40 and the 45 % point
    assert percentile(record, 0.0) == pytest.approx(0.425 / 2)
    assert percentile(record, 0.1) == pytest.approx((0.425 + 1.0) / 2)


def test_the_percentile_agrees_with_the_draws_it_was_made_of() -> None:
    draws = np.random.default_rng(2).lognormal(0, 0.5, 2000)
    outlook = Outlook(
        "revenue", COMPANY, parse_period("2026Q1"), "higher", draws, None, "prophet", None, False, 48, True, ()
    )
    record = outlook.as_record()
    for actual in np.quantile(draws, [0.02, 0.11, 0.5, 0.87, 0.99]):
        naive = sum(draw < actual for draw in draws) / len(draws)
        assert percentile(record, float(actual)) == pytest.approx(naive, abs=0.01)
