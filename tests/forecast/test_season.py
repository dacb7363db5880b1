"""Prophet in its room: the season it finds, and where it finds none; determinism; silence."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast import season
from salesgoals_kit.forecast.season import NO_SEASON, Season, fit_season
from salesgoals_kit.forecast.signals import Signal
from salesgoals_kit.forecast.usual_year import season_profile
from salesgoals_kit.periods import parse_period
from tests.forecast.conftest import MakeSeries

JANUARY = parse_period("2020-01").first
YEAR = np.arange(12)
PLANTED = -0.3 * np.cos(2 * np.pi * YEAR / 12) + 0.1 * np.sin(4 * np.pi * YEAR / 12)  # January the lowest month


def planted(months: int, seed: int, noise: float = 0.08) -> Signal:
    """A signal from January on: growing 1 % a month, the season, noise."""
    month = np.arange(months)
    error = np.random.default_rng(seed).normal(0, noise, months)
    return Signal(JANUARY, 0.01 * month + PLANTED[month % 12] + error)


@pytest.mark.parametrize("seed", range(4))
def test_a_planted_season_is_found(seed: int) -> None:
    """Half the range planted is 0.3; five Januaries with noise of 0.08 are known to 0.08 / 5^(1/2) = 0.036."""
    added = fit_season(planted(60, seed)).added
    np.testing.assert_allclose(added, PLANTED, atol=0.12)
    assert np.corrcoef(added, PLANTED)[0, 1] > 0.97


def test_without_noise_the_planted_season_is_found_nearly_as_it_is() -> None:
    np.testing.assert_allclose(fit_season(planted(48, 0, noise=0.001)).added, PLANTED, atol=0.01)


def test_the_profile_of_a_series_shows_what_was_planted(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    profile = season_profile(make_series(seasonal))
    assert profile is not None
    # planted: 1 - 0.3 cos(2 pi m / 12) with m = 0 for January: 0.7 in January, 1.3 in July
    np.testing.assert_allclose(profile["factor"], 1 - 0.3 * np.cos(2 * np.pi * YEAR / 12), atol=0.1)
    assert profile["month"].tolist() == list(range(1, 13))
    assert profile["factor"].mean() == pytest.approx(1)
    assert int(profile["factor"].to_numpy().argmax()) + 1 in (6, 7, 8)


def test_the_season_of_a_history_that_begins_in_may_is_named_by_the_same_months(
    make_series: MakeSeries, seasonal: np.ndarray
) -> None:
    profile = season_profile(make_series(seasonal[4:]))
    assert profile is not None
    assert int(profile["factor"].to_numpy().argmin()) + 1 in (12, 1, 2)


def test_the_season_of_a_rate_is_found(make_series: MakeSeries) -> None:
    rng = np.random.default_rng(5)
    of = np.full(48, 800.0)
    cases = rng.binomial(800, 0.3 + 0.1 * np.sin(2 * np.pi * np.arange(48) / 12))  # highest in April
    profile = season_profile(make_series(cases, of, scale="rate", over_period="ratio_of_sums", unit="rate"))
    assert profile is not None
    assert profile["factor"].max() == pytest.approx(0.4 / 0.3, abs=0.1)
    assert int(profile["factor"].to_numpy().argmax()) + 1 in (3, 4, 5)


def test_on_noise_the_season_is_drawn_towards_nothing() -> None:
    """The mean Januaries, …, Decembers of noise differ by chance; of that the season keeps the smaller part."""
    kept = []
    for seed in range(8):
        z = np.random.default_rng(seed).normal(0, 0.2, 24)
        by_chance = np.array([z[at::12].mean() for at in YEAR]) - z.mean()
        kept.append(np.var(fit_season(Signal(JANUARY, z)).added) / np.var(by_chance))
    assert max(kept) < 1
    assert np.mean(kept) < 0.6


def test_under_two_years_there_is_no_season() -> None:
    assert fit_season(planted(23, 0)) is NO_SEASON
    assert fit_season(planted(24, 0)).added.any()


def test_two_years_with_many_unknown_months_are_no_two_years() -> None:
    """Four of the 24 may be unknown."""
    z = planted(24, 0).z
    z[2:6] = np.nan
    assert fit_season(Signal(JANUARY, z)).added.any()
    z[6] = np.nan
    assert fit_season(Signal(JANUARY, z)) is NO_SEASON


def test_what_does_not_move_has_no_season() -> None:
    assert fit_season(Signal(JANUARY, np.full(48, 3.5))) is NO_SEASON
    assert not NO_SEASON.added.any()


@pytest.mark.parametrize("months", [24, 31, 60])
def test_a_season_adds_up_to_nothing_over_the_year(months: int) -> None:
    found = fit_season(planted(months, 3))
    assert found.added.sum() == pytest.approx(0, abs=1e-12)
    assert found.at(np.arange(JANUARY + 5, JANUARY + 17)).sum() == pytest.approx(0, abs=1e-12)


def test_a_season_adds_the_same_to_each_january() -> None:
    found = Season(np.arange(12.0) - 5.5)
    assert found.at(np.array([JANUARY, JANUARY + 12, JANUARY + 11, JANUARY - 1])).tolist() == [-5.5, -5.5, 5.5, 5.5]


def test_a_holiday_that_moves_adds_its_own_beside_the_usual_year() -> None:
    """Easter Monday 2027 is 29 March; of 61 Marches 9 have one, so that this one has 1 - 9 / 61 more than usual."""
    march = np.array([parse_period("2027-03").first])
    found = Season(np.full(12, 0.25), "PL", -0.04)
    assert found.at(march).tolist() == [0.25]
    assert found.moved(march) == pytest.approx([-0.04 * (1 - 9 / 61)])
    assert Season(np.full(12, 0.25)).moved(march).tolist() == [0]
    assert NO_SEASON.moved(np.arange(5)).tolist() == [0] * 5


def test_under_three_years_no_moving_holiday_is_fitted() -> None:
    """Two Easters say nothing of Easter; of a country whose holidays stay in their months nothing is fitted at all."""
    assert fit_season(planted(35, 1), country="PL").per_day == 0
    assert fit_season(planted(36, 1), country="PL").per_day != 0
    assert fit_season(planted(36, 1), country="XX").per_day == 0
    assert fit_season(planted(36, 1)).per_day == 0


def test_the_same_signal_has_the_same_season_byte_for_byte() -> None:
    first, second = (fit_season(planted(48, 2), country="PL") for _ in range(2))
    assert first.added.tobytes() == second.added.tobytes()
    assert first.per_day == second.per_day


def test_a_season_does_not_depend_on_the_size_of_the_signal() -> None:
    """By a power of two the change of size is exact up to where Stan stops."""
    small, large = fit_season(planted(48, 2)).added, fit_season(Signal(JANUARY, 1024 * planted(48, 2).z)).added
    np.testing.assert_allclose(1024 * small, large, rtol=1e-9, atol=1e-9)


def test_weeks_and_days_have_no_season() -> None:
    model = season._model(moving=True)
    assert list(model.seasonalities) == ["yearly"]
    assert (model.weekly_seasonality, model.daily_seasonality) == (False, False)


def test_a_fit_that_stan_gives_up_is_a_forecast_error(monkeypatch: pytest.MonkeyPatch) -> None:
    made = season._model

    def broken(*, moving: bool) -> Any:
        model = made(moving=moving)
        monkeypatch.setattr(model.stan_backend.model, "optimize", _gives_up)
        return model

    monkeypatch.setattr(season, "_model", broken)
    with pytest.raises(ForecastError, match="no solution") as caught:
        fit_season(planted(48, 0))
    assert caught.value.faults[0].found == "Error during optimization"


def _gives_up(**_: object) -> None:
    raise RuntimeError("Error during optimization")


def test_nothing_is_logged_and_the_loggers_are_as_before(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        fit_season(planted(48, 0))
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")
    assert not any(logging.getLogger(name).disabled for name in season.NOISY)


def test_numpys_own_random_numbers_go_on_as_if_nothing_had_been_drawn() -> None:
    np.random.seed(11)
    expected = np.random.random(3).tolist()
    np.random.seed(11)
    fit_season(planted(48, 0))
    assert np.random.random(3).tolist() == expected
