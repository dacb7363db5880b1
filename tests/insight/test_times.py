"""Halves and medians with censored times: the published trial, a naive twin, and ranges that hold what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from salesgoals_kit.insight.times import by_day, drawn_halves, drawn_medians, half_of, median_of, middle

# Freireich et al. 1963, as in Kalbfleisch & Prentice: weeks of remission; + is still in it.
TREATED = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def counted(trial: str) -> tuple[np.ndarray, np.ndarray]:
    weeks = trial.split()
    ends = [int(week.rstrip("+")) for week in weeks]
    still = [week.endswith("+") for week in weeks]
    return by_day(ends, [not one for one in still], 40), by_day(ends, still, 40)


def test_the_published_medians() -> None:
    assert median_of(*counted(TREATED)) == 23
    assert median_of(*counted(PLACEBO)) == 8


def test_more_than_half_that_never_end_have_no_median() -> None:
    assert math.isnan(median_of(by_day([3], [1]), by_day([3], [2])))
    assert math.isnan(median_of(np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64)))
    assert math.isnan(half_of(np.zeros(3, dtype=np.int64)))


@pytest.mark.parametrize("seed", range(20))
def test_a_naive_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    days, ended = rng.integers(0, 30, 40), rng.random(40) < 0.6
    left, still = by_day(days, ended, 30), by_day(days, ~ended, 30)
    stays, found = 1.0, math.nan
    for day in range(31):
        at_risk = int((days >= day).sum())
        stays *= 1 - int(((days == day) & ended).sum()) / at_risk if at_risk else 1.0
        if stays <= 0.5 + 1e-9 and math.isnan(found):
            found = float(day)
    assert median_of(left, still) == pytest.approx(found, nan_ok=True)
    events = np.sort(days[ended])
    assert half_of(left) == events[math.ceil(len(events) / 2) - 1]


def test_four_in_five_ranges_hold_the_truth() -> None:
    """Exponential times of 200 deals, a third of them censored; the true median is 60 * log 2."""
    rng = np.random.default_rng(1)
    held = []
    for _ in range(150):
        times, until = rng.exponential(60, 200), rng.uniform(0, 250, 200)
        days = np.ceil(np.minimum(times, until)).astype(np.int64)
        left, still = (by_day(days, side, int(days.max())) for side in (times <= until, times > until))
        low, high = middle(drawn_medians(left, still, rng))
        held.append(low <= math.ceil(60 * math.log(2)) <= high)
    assert 0.7 < np.mean(held) < 0.95


def test_ranges_are_the_same_for_the_same_seed_and_open_where_draws_are() -> None:
    events = by_day([5, 9, 12], [10, 10, 10])
    one, two = (drawn_halves(events, np.random.default_rng(3)) for _ in range(2))
    assert (one == two).all()
    assert middle(one) == (9, 9)  # a third before, a third after: the half is hardly ever elsewhere
    low, high = middle(np.array([1.0] * 8 + [math.nan] * 2))
    assert low == 1.0
    assert math.isnan(high)
    assert all(math.isnan(end) for end in middle(np.array([math.nan])))
