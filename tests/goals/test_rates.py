"""Rates shared out by numerator and denominator: they come together to the rate above."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesgoals_kit.errors import ParamError
from salesgoals_kit.goals.rates import combined, share_rate


def test_rates_by_hand() -> None:
    """60 decided deals at 20 % and 40 at 30 % are 24 of 100; differences and factors are plain."""
    assert combined([0.2, 0.3], [60, 40]) == pytest.approx(0.24)
    assert share_rate(0.29, [0.2, 0.3], [60, 40], "signed").rates == pytest.approx((0.25, 0.35))
    assert share_rate(120.0, [80.0, 130.0], [60, 40], "positive").rates == pytest.approx((96.0, 156.0))


def test_log_odds_move_alike() -> None:
    """Of two rates the same step of log odds: 0.5 / 0.5 and 0.2 / 0.8, both odds times the same."""
    n = 1e9  # so many that the half case does not count
    found = share_rate(0.5, [0.5, 0.2], [n, n], "rate")
    odds = [rate / (1 - rate) for rate in found.rates]
    assert odds[0] / odds[1] == pytest.approx(4.0, rel=1e-6)
    assert found.rates == pytest.approx((2 / 3, 1 / 3), rel=1e-6)  # odds 2 and 1/2


@given(
    st.floats(0.001, 0.999),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1000)), min_size=1, max_size=8),
)
def test_rates_come_together_to_the_goal(goal: float, parts: list[tuple[float, float]]) -> None:
    rates, weights = zip(*[*parts, (0.3, 10.0)], strict=True)
    found = share_rate(goal, rates, weights, "rate")
    assert found.together == pytest.approx(goal, rel=1e-12)
    assert all(0 <= rate <= 1 for rate in found.rates)
    own = sorted(range(len(rates)), key=lambda i: (rates[i] * weights[i] + 0.5) / (weights[i] + 1))
    moved = [found.rates[i] for i in own if weights[i] > 0]
    assert all(a <= b + 1e-12 for a, b in pairwise(moved))  # who was better stays better


@given(st.floats(-1, 1), st.lists(st.tuples(st.floats(-2, 1), st.floats(0.1, 1e6)), min_size=1, max_size=8))
def test_signed_rates_too(goal: float, parts: list[tuple[float, float]]) -> None:
    rates, weights = zip(*parts, strict=True)
    assert share_rate(goal, rates, weights, "signed").together == pytest.approx(goal, abs=1e-9)


@given(st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_a_higher_goal_lowers_no_rate(one: float, other: float) -> None:
    low, high = (share_rate(goal, [0.1, 0.4, 0.0], [20, 30, 5], "rate").rates for goal in sorted((one, other)))
    assert all(a <= b + 1e-12 for a, b in zip(low, high, strict=True))


def test_a_slow_twin_finds_the_same_step() -> None:
    rates, weights = np.array([0.1, 0.25, 0.6]), np.array([50.0, 20, 30])
    inside = (rates * weights + 0.5) / (weights + 1)
    steps = np.linspace(-3, 3, 600_001)
    moved = 1 / (1 + np.exp(-(np.log(inside / (1 - inside))[:, None] + steps)))
    best = moved[:, np.argmin(np.abs(weights @ moved / weights.sum() - 0.4))]
    assert share_rate(0.4, list(rates), list(weights), "rate").rates == pytest.approx(tuple(best), abs=1e-5)


def test_edges() -> None:
    assert share_rate(1.0, [0.2, 0.3], [6, 4], "rate").rates == (1.0, 1.0)
    assert share_rate(0.0, [0.2, 0.3], [6, 4], "rate").numerators == (0.0, 0.0)
    assert share_rate(0.25, [0.2, 0.9], [6, 0], "rate").rates == pytest.approx((0.25, 0.25))
    assert share_rate(5.0, [0.0, 0.0], [6, 4], "positive").rates == (5.0, 5.0)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(ParamError) as caught:
        share_rate(1.5, [0.2, math.nan], [-1.0, 4.0], "rate")
    assert [fault.where for fault in caught.value.faults] == ["goal", "rates[1]", "denominators[0]"]
    with pytest.raises(ParamError, match="none is above 0"):
        share_rate(0.5, [0.2], [0.0], "rate")
