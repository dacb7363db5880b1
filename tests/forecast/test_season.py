"""Prophet in its room: season found or not fitted, joint paths, silence."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast import season
from salesgoals_kit.forecast.signals import Signal
from salesgoals_kit.forecast.usual_year import season_profile
from tests.forecast.conftest import MakeSeries


def test_a_planted_season_is_found(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    profile = season_profile(make_series(seasonal))
    assert profile is not None
    # planted: 1 - 0.3 cos(2 pi m / 12) with m = 0 for January: 0.7 in January, 1.3 in July
    planted = 1 - 0.3 * np.cos(2 * np.pi * np.arange(12) / 12)
    np.testing.assert_allclose(profile["factor"], planted, atol=0.1)
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


def test_under_two_years_no_season_is_fitted(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    assert season_profile(make_series(seasonal[-23:])) is None
    signal = Signal(0, np.log(seasonal[:23]))
    assert "yearly" not in season.fit_season(signal, 1).model.seasonalities
    assert "yearly" in season.fit_season(Signal(0, np.log(seasonal[:24])), 1).model.seasonalities


def test_two_years_with_many_unknown_months_are_no_two_years(seasonal: np.ndarray) -> None:
    z = np.log(seasonal[:24])
    z[2:9] = np.nan
    assert "yearly" not in season.fit_season(Signal(0, z), 1).model.seasonalities


def test_weeks_and_days_have_no_season(seasonal: np.ndarray) -> None:
    assert list(season.fit_season(Signal(0, np.log(seasonal)), 1).model.seasonalities) == ["yearly"]


def bent() -> np.ndarray:
    """A trend that has turned twice: up, even, up again."""
    turns = np.cumsum(np.repeat([0.05, 0.0, 0.05], 20))
    return np.asarray(turns + np.random.default_rng(6).normal(0, 0.1, 60))


def test_paths_go_on_from_the_last_month(seasonal: np.ndarray) -> None:
    paths = season.paths(Signal(600, np.log(seasonal)), 3, 800, 1)
    assert paths.shape == (800, 3)
    # January to March are those of last year, and a year's growth of 12 % on top
    np.testing.assert_allclose(np.median(paths, axis=0), np.log(seasonal[36:39]) + 0.12, atol=0.15)


def test_a_trend_that_has_turned_may_turn_again_so_uncertainty_grows_with_the_horizon() -> None:
    paths = season.paths(Signal(600, bent()), 24, 2000, 1)
    assert paths[:, 23].std() > 2 * paths[:, 0].std() > 0


def test_the_months_of_a_path_belong_together() -> None:
    """The trend is uncertain as a whole: far months of one path are high or low together."""
    paths = season.paths(Signal(600, bent()), 24, 2000, 1)
    assert np.corrcoef(paths[:, 20], paths[:, 23])[0, 1] > 0.5


@pytest.mark.parametrize("z", [np.arange(11.0), np.full(30, 2.0), np.full(30, np.nan)])
def test_what_gives_no_trend_is_refused(z: np.ndarray) -> None:
    with pytest.raises(ForecastError, match="12 months that differ"):
        season.fit_season(Signal(0, z), 1)


def test_a_fit_that_stan_gives_up_is_a_forecast_error(seasonal: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    made = season._model

    def broken(yearly: bool) -> object:
        model = made(yearly)
        monkeypatch.setattr(model.stan_backend.model, "optimize", _gives_up)
        return model

    monkeypatch.setattr(season, "_model", broken)
    with pytest.raises(ForecastError, match="no solution"):
        season.fit_season(Signal(0, np.log(seasonal)), 1)


def _gives_up(**_: object) -> None:
    raise RuntimeError("Error during optimization")


def test_nothing_is_logged_and_the_loggers_are_as_before(
    seasonal: np.ndarray, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        season.paths(Signal(0, np.log(seasonal)), 3, 10, 1)
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")
    assert not any(logging.getLogger(name).disabled for name in season.NOISY)


def test_numpys_own_random_numbers_go_on_as_if_nothing_had_been_drawn(seasonal: np.ndarray) -> None:
    np.random.seed(11)
    expected = np.random.random(3).tolist()
    np.random.seed(11)
    season.paths(Signal(0, np.log(seasonal)), 3, 10, 1)
    assert np.random.random(3).tolist() == expected
