"""Odds over strata: against Fisher's exact test, a published table, brute force, and where nothing is to be found."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.stats import binomtest, fisher_exact, hypergeom

from salesgoals_kit.insight import exact
from salesgoals_kit.insight.exact import of_cases, of_shares

Strata = list[tuple[int, int, int, int]]  # seen, own, events, cases


def columns(strata: Strata) -> tuple[np.ndarray, ...]:
    return tuple(np.array(column, dtype="int64") for column in zip(*strata, strict=True))


def test_one_stratum_is_fishers_table() -> None:
    # Fisher's tea: 3 of 4 cups told right. R's fisher.test prints an odds ratio of 6.408309, one-sided p of 0.2429.
    found = of_cases(*columns([(3, 4, 4, 8)]))
    assert found.ratio == pytest.approx(6.4083, abs=1e-4)
    assert found.p_more == pytest.approx(0.2428571, abs=1e-7)
    assert (found.seen, found.expected) == (3, 2.0)


def test_two_sided_is_twice_the_smaller_tail() -> None:
    for table in ((8, 20, 10, 60), (1, 20, 12, 60), (5, 9, 6, 30)):
        a, own, events, cases = table
        square = [[a, own - a], [events - a, cases - own - events + a]]
        tails = [fisher_exact(square, alternative=side).pvalue for side in ("less", "greater")]
        assert of_cases(*columns([table])).p == pytest.approx(min(1.0, 2 * min(tails)))


def _twin(strata: Strata) -> tuple[float, float]:
    """Both tails by going through every combination of what could have happened in the strata."""
    ranges = [range(events + 1) for _, _, events, _ in strata]
    seen = sum(row[0] for row in strata)
    more = less = 0.0
    for combination in itertools.product(*ranges):
        chance = math.prod(
            float(hypergeom.pmf(k, cases, own, events))
            for k, (_, own, events, cases) in zip(combination, strata, strict=True)
        )
        more += chance * (sum(combination) >= seen)
        less += chance * (sum(combination) <= seen)
    return more, less


@pytest.mark.parametrize("seed", range(6))
def test_several_strata_are_those_of_a_naive_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    strata: Strata = []
    for _ in range(4):
        cases = int(rng.integers(5, 30))
        own, events = int(rng.integers(1, cases)), int(rng.integers(1, min(6, cases)))
        strata.append((int(rng.hypergeometric(own, cases - own, events)), own, events, cases))
    more, less = _twin(strata)
    found = of_cases(*columns(strata))
    assert found.p_more == pytest.approx(more)
    assert found.p == pytest.approx(min(1.0, 2 * min(more, less)))
    assert found.low <= found.ratio <= found.high


def test_shares_of_one_stratum_are_a_binomial_test() -> None:
    found = of_shares(np.array([9]), np.array([20]), np.array([0.25]))
    assert found.p_more == pytest.approx(binomtest(9, 20, 0.25, alternative="greater").pvalue)
    # 9 events for 0.25 of the exposure against 11 for 0.75: (9 / 0.25) / (11 / 0.75) = 27 / 11.
    assert found.ratio == pytest.approx(27 / 11, rel=1e-6)
    low, high = binomtest(9, 20, 0.25).proportion_ci(0.8)
    odds = [share / (1 - share) * 3 for share in (low, high)]
    assert [found.low, found.high] == pytest.approx(odds, rel=1e-6)


def test_the_range_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        own, others = rng.integers(20, 60, 12), rng.integers(40, 90, 12)
        usual = rng.uniform(0.02, 0.08, 12)
        odds = 2.0 * usual / (1 - usual)
        a, b = rng.binomial(own, odds / (1 + odds)), rng.binomial(others, usual)
        found = of_cases(a, own, a + b, own + others)
        held += found.low <= 2.0 <= found.high
    assert 0.78 <= held / 400 <= 0.93  # 80 % at least: exact ranges are a little wide


def test_where_there_is_nothing_small_p_are_as_rare_as_they_say() -> None:
    rng = np.random.default_rng(4)
    own, others = np.full(30, 12), np.full(30, 40)
    ps = []
    for _ in range(3000):
        a, b = rng.binomial(own, 0.03), rng.binomial(others, 0.03)
        ps.append(of_cases(a, own, a + b, own + others).p)
    assert np.mean(np.array(ps) < 0.05) < 0.06
    assert np.mean(np.array(ps) < 0.001) < 0.004


def test_with_very_many_events_the_normal_approximation_takes_over_without_a_step() -> None:
    rng = np.random.default_rng(5)
    own, others = rng.integers(100, 200, 60), rng.integers(300, 500, 60)
    a, b = rng.binomial(own, 0.06), rng.binomial(others, 0.05)
    table = (a, own, a + b, own + others)
    whole = of_cases(*table)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "LARGE", 0)
        rough = of_cases(*table)
        share = of_shares(a, a + b, own / (own + others))
    assert math.log(rough.p) == pytest.approx(math.log(whole.p), rel=0.05)
    assert [rough.ratio, rough.low, rough.high] == pytest.approx([whole.ratio, whole.low, whole.high], rel=0.02)
    whole_share = of_shares(a, a + b, own / (own + others))
    assert [share.ratio, share.low] == pytest.approx([whole_share.ratio, whole_share.low], rel=0.02)


def test_strata_that_tell_nothing_leave_nothing_told() -> None:
    for strata in ([(0, 5, 0, 9)], [(3, 9, 3, 9)], [(2, 3, 4, 4)]):
        found = of_cases(*columns(strata))  # none happened; all are the group's; it happened to all
        assert (found.ratio, found.p, found.p_more) == (1.0, 1.0, 1.0)
    empty = np.zeros(0, dtype="int64")
    assert of_cases(empty, empty, empty, empty).p == 1.0


def test_an_event_in_the_group_alone_has_a_finite_ratio() -> None:
    found = of_cases(*columns([(4, 10, 4, 60)]))
    assert 1 < found.low < found.ratio < found.high < math.inf
