"""Ranks of times: a naive log-rank, exact shuffles, and p that is uniform where there is nothing to find."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from salesgoals_kit.insight.ranks import by_people, compare_times, scores_of, tail


def naive(day: np.ndarray, group: np.ndarray, stratum: np.ndarray) -> float:
    """Return observed - expected, day by day and stratum by stratum (Mantel 1966)."""
    total = 0.0
    for one in set(stratum.tolist()):
        for at in sorted(set(day[stratum == one].tolist())):
            there, now = (stratum == one) & (day >= at), (stratum == one) & (day == at)
            total += (now & group).sum() - now.sum() * (there & group).sum() / there.sum()
    return total


@pytest.mark.parametrize("seed", range(10))
def test_observed_less_expected_of_a_naive_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    day, group, stratum = rng.integers(0, 40, 90), rng.random(90) < 0.3, rng.integers(0, 3, 90)
    found = compare_times(day, group, stratum, np.ones(90, dtype=np.int64))
    assert found.observed - found.expected == pytest.approx(naive(day, group, stratum))
    scores = scores_of(day, stratum, np.ones(90, dtype=np.int64))
    assert [scores[stratum == one].sum() for one in range(3)] == pytest.approx([0, 0, 0])


def test_counted_rows_are_as_good_as_each_by_itself() -> None:
    rng = np.random.default_rng(2)
    day, group, weight = rng.integers(0, 9, 40), rng.random(40) < 0.4, rng.integers(1, 5, 40)
    counted = compare_times(day, group, np.zeros(40, dtype=np.int64), weight)
    ones = np.ones(int(weight.sum()), dtype=np.int64)
    single = compare_times(np.repeat(day, weight), np.repeat(group, weight), 0 * ones, ones)
    assert counted.p == pytest.approx(single.p)
    assert counted.expected == pytest.approx(single.expected)


@pytest.mark.parametrize("seed", range(4))
def test_p_is_near_that_of_all_shuffles(seed: int) -> None:
    rng = np.random.default_rng(seed)
    day, group = rng.integers(0, 60, 16), np.arange(16) < 6
    day[:6] += 12 * seed
    ones, same = np.ones(16, dtype=np.int64), np.zeros(16, dtype=np.int64)
    scores = scores_of(day, same, ones)
    sums = np.array([scores[list(some)].sum() for some in combinations(range(16), 6)])
    seen = scores[:6].sum()
    exact = min(2 * min((sums <= seen + 1e-9).mean(), (sums >= seen - 1e-9).mean()), 1.0)
    assert compare_times(day, group, same, ones).p == pytest.approx(exact, abs=0.04)


def test_p_is_uniform_far_into_its_tail_and_never_blames_a_lower_chance_to_win() -> None:
    """Groups that win less, not slower: their wins alone are compared, so nothing is found."""
    rng = np.random.default_rng(4)
    found = []
    for _ in range(3000):
        days = np.minimum(np.exp(rng.normal(4, 0.45, 240)).astype(np.int64), 180)
        group, won = rng.random(240) < 0.2, rng.random(240)
        kept = won < np.where(group, 0.3, 0.6)
        ones = np.ones(int(kept.sum()), dtype=np.int64)
        found.append(compare_times(days[kept], group[kept], ones, ones).p)
    assert np.mean(np.array(found) < 0.5) == pytest.approx(0.5, abs=0.03)
    assert np.mean(np.array(found) < 0.05) == pytest.approx(0.05, abs=0.012)
    assert np.mean(np.array(found) < 0.01) < 0.015
    assert np.sum(np.array(found) < 0.001) <= 9


def test_nothing_to_compare_is_no_difference() -> None:
    same = np.zeros(5, dtype=np.int64)
    assert compare_times(same + 7, np.arange(5) < 2, same, same + 1).p == 1.0
    assert tail(1.0, 0.0) == 1.0
    assert by_people(np.ones(3), np.ones(3), np.zeros(3, dtype=bool), 1) == 1.0


def test_whole_people_are_dealt_out() -> None:
    amount, size = np.array([9.0, 8.0, 1.0, 0.0, 2.0, 1.0, 1.0]), np.full(7, 10.0)
    group = np.arange(7) < 2
    apart = [
        abs(amount[list(some)].sum() / 20 - np.delete(amount, some).sum() / 50) for some in combinations(range(7), 2)
    ]
    exact = np.mean(np.array(apart) >= apart[0] - 1e-12)
    assert by_people(amount, size, group, 5) == pytest.approx(exact, abs=0.01)
    assert by_people(amount, size, group, 5) == by_people(amount, size, group, 5)
    assert by_people(amount, size, np.arange(7) < 1, 5) > 0.1  # one of seven people is never a pattern
