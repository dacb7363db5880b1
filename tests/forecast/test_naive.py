"""The seasonal naive forecast: what it repeats, how wide it is, and whether its ranges hold."""

from __future__ import annotations

import numpy as np
import pytest

from salesgoals_kit.forecast import naive
from salesgoals_kit.forecast.signals import Signal

YEAR = np.array([0.0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])


def test_two_like_years_are_repeated_without_spread() -> None:
    paths = naive.paths(Signal(0, np.tile(YEAR, 2)), 15, 50, 1)
    np.testing.assert_array_equal(paths, np.tile([*YEAR, 0, 1, 2], (50, 1)))


def test_each_coming_year_is_off_by_a_run_of_past_changes_up_or_down() -> None:
    """All changes are 2: a path is off by plus or minus the same amount in all twelve months of a year."""
    paths = naive.paths(Signal(0, np.concatenate([10 * YEAR, 10 * YEAR + 2, 10 * YEAR + 4])), 12, 400, 1)
    off = paths - (10 * YEAR + 4)
    np.testing.assert_allclose(off, np.tile(off[:, :1], (1, 12)))
    assert 0.4 < np.mean(off[:, 0] > 0) < 0.6


def test_an_unknown_month_is_taken_from_the_year_before() -> None:
    z = np.concatenate([YEAR, YEAR, YEAR])
    z[30] = np.nan
    np.testing.assert_array_equal(naive.paths(Signal(0, z), 12, 3, 1), np.tile(YEAR, (3, 1)))


def test_a_series_without_a_season_stays_at_its_last_level() -> None:
    """A step half a year ago: last year's months are no guide."""
    rng = np.random.default_rng(3)
    z = np.concatenate([np.zeros(18), np.full(8, 5.0)]) + rng.normal(0, 0.1, 26)
    assert not naive.follows_the_year(Signal(0, z))
    assert np.median(naive.paths(Signal(0, z), 3, 400, 1)) == pytest.approx(5, abs=0.3)


def test_the_year_is_followed_where_last_year_is_nearer_than_other_months() -> None:
    rng = np.random.default_rng(8)
    noise = rng.normal(0, 0.1, 36)
    assert naive.follows_the_year(Signal(0, np.sin(np.arange(36) * np.pi / 6) + noise))
    assert not naive.follows_the_year(Signal(0, noise))
    assert not naive.follows_the_year(Signal(0, np.cumsum(noise)))
    assert not naive.follows_the_year(Signal(0, np.sin(np.arange(12) * np.pi / 6)))  # no last year


@pytest.mark.parametrize("months", [1, 2, 3, 7, 12, 14, 30])
def test_uncertainty_grows_with_the_horizon(months: int) -> None:
    rng = np.random.default_rng(months)
    z = np.cumsum(rng.normal(0, 0.1, months)) + np.resize(YEAR, months) / 10
    spread = naive.paths(Signal(0, z), 24, 4000, 1)
    near, far = (np.ptp(np.quantile(spread[:, at], [0.1, 0.9])) for at in (0, 23))
    assert far > near > 0


def test_one_month_of_history_has_a_wide_range_and_two_equal_ones_hardly_a_narrower() -> None:
    one = np.ptp(np.quantile(naive.paths(Signal(0, np.zeros(1)), 3, 4000, 1)[:, 2], [0.1, 0.9]))
    two = np.ptp(np.quantile(naive.paths(Signal(0, np.zeros(2)), 3, 4000, 1)[:, 2], [0.1, 0.9]))
    assert one > 0.7  # of a third below to half above, at the least: log 0.7 to log 1.5
    assert 0.6 * one < two < one


def test_the_range_widens_with_the_changes_seen() -> None:
    rng = np.random.default_rng(4)
    z = rng.normal(0, 1, 10)
    calm, wild = (np.std(naive.paths(Signal(0, size * z), 3, 2000, 1)) for size in (1.0, 3.0))
    assert wild == pytest.approx(3 * calm, rel=1e-6)


@pytest.mark.parametrize(("months", "season"), [(10, 0.0), (30, 0.0), (48, 0.0), (30, 1.0), (48, 1.0)])
def test_totals_fall_below_the_points_about_as_often_as_promised(months: int, season: float) -> None:
    """300 series each: a level that wanders a little, noise, with and without a season; the coming quarter's sum."""
    below = []
    for seed in range(300):
        rng = np.random.default_rng([months, seed])
        level = np.cumsum(rng.normal(0, 0.03, months + 3)) + season * np.sin(np.arange(months + 3) * np.pi / 6)
        z = level + rng.normal(0, 0.15, months + 3)
        drawn = np.exp(naive.paths(Signal(0, z[:months]), 3, 200, seed)).sum(axis=1)
        below.append(np.exp(z[months:]).sum() < np.quantile(drawn, [0.1, 0.2, 0.5, 0.8, 0.9]))
    np.testing.assert_allclose(np.mean(below, axis=0), [0.1, 0.2, 0.5, 0.8, 0.9], atol=0.12)
