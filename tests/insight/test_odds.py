"""Shares compared stratum by stratum: Fisher's tea, all tables of two strata counted out, and honest p."""

from __future__ import annotations

import math
from math import comb

import numpy as np
import pytest

from salesgoals_kit.insight.odds import Stratum, beside_others, common_difference, compare_shares


def weights(one: Stratum) -> dict[int, float]:
    """Return Fisher's noncentral hypergeometric chances by the formula."""
    chosen = one.cases + one.other_cases
    raw = {
        k: comb(one.own, k) * comb(one.others, chosen - k) * one.odds**k
        for k in range(max(0, chosen - one.others), min(chosen, one.own) + 1)
    }
    return {k: value / sum(raw.values()) for k, value in raw.items()}


def test_the_lady_tasting_tea() -> None:
    found = compare_shares([Stratum(4, 4, 0, 4)])  # Fisher 1935: one in seventy
    assert found.p == pytest.approx(2 / 70)
    assert found.cases == 4
    assert found.expected == pytest.approx(2)


@pytest.mark.parametrize("odds", [1.0, 0.6, 2.5])
def test_two_strata_counted_out(odds: float) -> None:
    strata = [Stratum(5, 9, 3, 14, odds), Stratum(4, 6, 2, 10, odds)]
    first, second = (weights(one) for one in strata)
    sums: dict[int, float] = {}
    for a, p in first.items():
        for b, q in second.items():
            sums[a + b] = sums.get(a + b, 0.0) + p * q
    above = sum(p for total, p in sums.items() if total >= 9)
    below = sum(p for total, p in sums.items() if total <= 9)
    found = compare_shares(strata)
    assert found.p == pytest.approx(min(2 * min(above, below), 1.0))
    assert found.expected == pytest.approx(sum(total * p for total, p in sums.items()))


def test_a_stratum_that_cannot_differ_says_nothing() -> None:
    strata = [Stratum(5, 9, 3, 14)]
    empty = [Stratum(0, 7, 0, 7), Stratum(3, 3, 5, 5), Stratum(0, 0, 4, 9), Stratum(3, 10, 0, 0)]
    assert compare_shares([*strata, *empty]).p == pytest.approx(compare_shares(strata).p)
    assert compare_shares([]).p == 1.0
    assert math.isnan(common_difference([Stratum(0, 0, 1, 4)])[0])


def test_the_common_difference_of_one_stratum_is_the_difference() -> None:
    value, error = common_difference([Stratum(30, 100, 40, 200)])
    assert value == pytest.approx(0.1)
    assert error == pytest.approx(math.sqrt(0.3 * 0.7 / 100 + 0.2 * 0.8 / 200), rel=0.02)


def test_what_the_others_odds_would_make_of_the_group() -> None:
    """Others have 1 in 4 and 1 in 2; at twice the odds that is 2 in 5 and 2 in 3, of 10 and 30 deals of the group."""
    usual, error = beside_others([Stratum(5, 10, 5, 20, 2.0), Stratum(20, 30, 6, 12, 2.0), Stratum(0, 0, 1, 4)])
    assert usual == pytest.approx((10 * 2 / 5 + 30 * 2 / 3) / 40)
    assert 0.05 < error < 0.2
    assert math.isnan(beside_others([])[0])


def test_p_is_never_too_small_and_ranges_hold_where_nothing_differs() -> None:
    rng = np.random.default_rng(3)
    found, held = [], []
    for _ in range(1500):
        strata = []
        for rate in (0.2, 0.5, 0.7):
            own, others = int(rng.integers(5, 40)), int(rng.integers(20, 90))
            strata.append(Stratum(int(rng.binomial(own, rate)), own, int(rng.binomial(others, rate)), others))
        found.append(compare_shares(strata).p)
        value, error = common_difference(strata)
        held.append(abs(value) <= 1.2816 * error)
    p = np.array(found)
    assert all((p < level).mean() <= level * 1.3 + 0.001 for level in (0.2, 0.05, 0.01, 0.001))
    assert np.mean(held) == pytest.approx(0.8, abs=0.04)
