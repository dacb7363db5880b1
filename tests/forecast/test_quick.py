"""The quick season of the rolling origins beside Prophet's, which it stands for."""

from __future__ import annotations

import numpy as np
import pytest

from salesgoals_kit.forecast.quick import quick_season, season_strength
from salesgoals_kit.forecast.season import NO_SEASON, fit_season
from salesgoals_kit.forecast.signals import Signal
from salesgoals_kit.periods import parse_period
from tests.forecast.test_season import JANUARY, PLANTED, planted


@pytest.mark.parametrize("months", [24, 36, 47, 60])
@pytest.mark.parametrize("seed", [0, 3])
def test_the_quick_season_is_nearly_prophets(months: int, seed: int) -> None:
    """The same curve and priors: they differ by a tenth of what was planted (0.3) at most, and mostly by less."""
    signal = planted(months, seed)
    np.testing.assert_allclose(quick_season(signal).added, fit_season(signal).added, atol=0.03)


def test_on_noise_it_is_nearly_prophets_too() -> None:
    signal = Signal(JANUARY, np.random.default_rng(4).normal(0, 0.2, 30))
    np.testing.assert_allclose(quick_season(signal).added, fit_season(signal).added, atol=0.03)


def test_without_noise_the_planted_season_is_found_nearly_as_it_is() -> None:
    np.testing.assert_allclose(quick_season(planted(48, 0, noise=0.001)).added, PLANTED, atol=0.01)


def test_a_trend_that_turns_is_not_taken_for_a_season() -> None:
    """Up for two years, even for two: no month of the year differs."""
    turned = np.minimum(np.arange(48), 24) * 0.03
    assert np.abs(quick_season(Signal(JANUARY, turned)).added).max() < 0.03


def test_it_has_none_where_prophet_has_none() -> None:
    holes = planted(24, 0).z
    holes[2:7] = np.nan
    for signal in (planted(23, 0), Signal(JANUARY, np.full(48, 2.0)), Signal(JANUARY, holes)):
        assert quick_season(signal) is NO_SEASON


def test_it_adds_up_to_nothing_and_is_named_by_the_calendar() -> None:
    """A signal cut by four months begins in May, and its January is January still."""
    whole = planted(60, 1, noise=0.001)
    cut = Signal(JANUARY + 4, whole.z[4:])
    found = quick_season(cut).added
    assert found.sum() == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(found, PLANTED, atol=0.02)
    assert parse_period("2020-05").first == cut.first


def test_unknown_months_are_not_taken_for_nothing() -> None:
    signal = planted(48, 1, noise=0.001)
    z = signal.z.copy()
    z[[5, 17, 30]] = np.nan
    np.testing.assert_allclose(quick_season(Signal(JANUARY, z)).added, PLANTED, atol=0.02)


def test_it_does_not_depend_on_the_size_of_the_signal() -> None:
    small, large = (quick_season(Signal(JANUARY, size * planted(40, 5).z)).added for size in (1.0, 2.0**20))
    np.testing.assert_array_equal(small * 2.0**20, large)


def test_a_steep_trend_is_not_taken_for_a_season() -> None:
    """Growing 5 % a month with a noise of 2 %: what a month of the year adds stays within the noise of two years."""
    added = [
        np.abs(quick_season(Signal(JANUARY, np.arange(30) * 0.05 + rng.normal(0, 0.02, 30))).added).max()
        for rng in map(np.random.default_rng, range(20))
    ]
    assert np.mean(added) < 0.035


def test_a_step_that_is_named_is_not_taken_for_a_season() -> None:
    """Halved two years before the end of four: seen as a ramp it makes a season of 0.1; named it makes none."""
    halved = Signal(JANUARY, np.where(np.arange(48) < 24, np.log(2), 0.0))
    assert np.abs(quick_season(halved).added).max() > 0.05
    assert np.abs(quick_season(halved, step_at=24).added).max() < 0.005


def test_the_strength_of_a_season_is_its_share_of_what_the_trend_leaves() -> None:
    """A season of variance 0.3^2 / 2 beside a noise of 0.1^2: 0.045 / 0.055 = 0.82; with much data nearly that."""
    month = np.arange(240)
    noise = np.random.default_rng(1).normal(0, 0.1, 240)
    season = 0.3 * np.sin(month * np.pi / 6)
    assert season_strength(Signal(JANUARY, 0.01 * month + season + noise)) == pytest.approx(0.82, abs=0.03)
    assert season_strength(Signal(JANUARY, 0.01 * month + season)) > 0.99
    assert season_strength(Signal(JANUARY, 0.01 * month + noise)) < 0.15


def test_what_has_no_season_has_one_of_no_strength() -> None:
    assert season_strength(planted(23, 0)) == 0
    assert season_strength(Signal(JANUARY, np.full(48, 2.0))) == 0
