"""The room of statsforecast: which models there are, how each sees a series, and what is left out."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from salesgoals_kit.forecast import level
from salesgoals_kit.forecast.level import AS_IS, apart_forecasts, level_forecasts, quick_forecast
from salesgoals_kit.forecast.scale import scale_of
from salesgoals_kit.forecast.series import ScaleKind
from salesgoals_kit.forecast.signals import Signal

SEASONAL = ("ets", "dynamic_theta", "ces")
PLAIN = ("ets", "ces", "dynamic_theta", "theta")


def signal_of(values: np.ndarray, kind: ScaleKind = "positive") -> Signal:
    scale = scale_of(values, kind)
    return Signal(600, scale.forward(values), scale)


def forecasts(signal: Signal, horizon: int = 3) -> dict[str, np.ndarray]:
    return level_forecasts(signal, np.zeros(len(signal) + horizon), horizon)


class Last:
    """A model that goes on with the last value it was shown."""

    def forecast(self, y: np.ndarray, h: int) -> dict[str, np.ndarray]:
        return {"mean": np.full(h, y[-1])}


class Breaks(Last):
    def forecast(self, y: np.ndarray, h: int) -> dict[str, np.ndarray]:
        raise ValueError("no model able to be fitted")


class Runs(Last):
    """A model whose forecast runs away, with a warning."""

    def forecast(self, y: np.ndarray, h: int) -> dict[str, np.ndarray]:
        warnings.warn("overflow", RuntimeWarning, stacklevel=1)
        return {"mean": np.array([y[-1]] * (h - 1) + [np.inf])}


def test_each_model_sees_the_series_its_logarithm_and_that_without_the_season(seasonal: np.ndarray) -> None:
    found = forecasts(signal_of(seasonal))
    as_is = {f"{name}_as_is" for name in SEASONAL}
    logged = {f"{name}_log" for name in (*SEASONAL, "theta")}
    apart = {f"{name}_apart" for name in PLAIN}
    assert set(found) == as_is | logged | apart
    assert {name for name in found if name.endswith(AS_IS)} == as_is
    for path in found.values():
        assert path.shape == (3,)
        # January to March of last year with a year's growth of 12 % on top, each within a fifth
        np.testing.assert_allclose(path, 1.12 * seasonal[36:39], rtol=0.2)


def test_a_signed_series_is_seen_once_as_it_is_for_it_has_no_logarithm() -> None:
    values = np.random.default_rng(1).normal(0, 100, 48)
    found = forecasts(signal_of(values, "signed"))
    assert set(found) == {f"{name}_log" for name in (*SEASONAL, "theta")} | {f"{name}_apart" for name in PLAIN}


def test_a_rate_is_forecast_as_it_is_too() -> None:
    values = 0.3 + 0.05 * np.sin(np.arange(48)) ** 2
    found = forecasts(signal_of(values, "rate"))
    assert {f"{name}{AS_IS}" for name in SEASONAL} <= set(found)
    assert all(((path > 0.2) & (path < 0.45)).all() for path in found.values())


def test_the_season_is_taken_off_and_put_back_where_the_series_is_seen_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A level of 100 doubled in every second month. Without the season it is 100: 100, 200, 100 come next."""
    monkeypatch.setattr(level, "_plain", lambda: {"last": Last()})
    monkeypatch.setattr(level, "_seasonal", lambda length, *, logged: {"last": Last()})
    values = np.where(np.arange(30) % 2, 200.0, 100.0)
    signal = signal_of(values)
    season = np.where(np.arange(33) % 2, np.log(2), 0.0)
    found = level_forecasts(signal, season, 3)
    np.testing.assert_allclose(found["last_apart"], [100, 200, 100])
    np.testing.assert_allclose(found["last_log"], [200, 200, 200])  # the last month was 200
    np.testing.assert_allclose(found["last_as_is"], [200, 200, 200])


def test_models_of_the_season_are_given_one_only_after_two_years(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, bool]] = []

    def models(length: int, *, logged: bool) -> dict[str, Any]:
        asked.append((length, logged))
        return {"last": Last()}

    monkeypatch.setattr(level, "_seasonal", models)
    monkeypatch.setattr(level, "_plain", lambda: {"last": Last()})
    for months in (23, 24):
        forecasts(signal_of(np.arange(1.0, months + 1)))
    assert asked == [(1, True), (1, False), (12, True), (12, False)]


def test_a_model_that_fails_or_runs_away_is_left_out_in_silence(
    monkeypatch: pytest.MonkeyPatch, seasonal: np.ndarray
) -> None:
    broken = {"breaks": Breaks(), "runs": Runs(), "last": Last()}
    monkeypatch.setattr(level, "_seasonal", lambda length, *, logged: broken)
    monkeypatch.setattr(level, "_plain", lambda: broken)
    assert set(forecasts(signal_of(seasonal))) == {"last_log", "last_apart", "last_as_is"}


def test_where_all_fail_there_is_no_level_and_the_quick_one_is_the_last_quarters_mean(
    monkeypatch: pytest.MonkeyPatch, seasonal: np.ndarray
) -> None:
    monkeypatch.setattr(level, "_seasonal", lambda length, *, logged: {"breaks": Breaks()})
    monkeypatch.setattr(level, "_plain", lambda: {"breaks": Breaks()})
    monkeypatch.setattr(level, "_quick", lambda: {"breaks": Breaks()})
    assert forecasts(signal_of(seasonal)) == {}
    assert quick_forecast(np.array([9.0, 1, 2, 6]), 2).tolist() == [3, 3]  # (1 + 2 + 6) / 3


@pytest.mark.parametrize(
    "values",
    [
        np.full(4, 5.0),
        np.full(30, 5.0),
        np.array([1.0, 2, 1, 2]),
        np.array([5.0, 1e-9, 3, 4, 2]),
        np.arange(1.0, 14),
        np.array([0.0, 3, 0, 5, 0, 2, 0, 0, 9]),
        np.concatenate([np.full(23, 7.0), [7e6]]),
    ],
    ids=["four alike", "thirty alike", "four", "nearly nothing", "a year of growth", "many of nothing", "one huge"],
)
def test_whatever_is_shown_the_forecasts_are_finite_and_no_warning_escapes(values: np.ndarray) -> None:
    signal = signal_of(values)
    found = forecasts(signal, 14)
    assert found
    assert all(np.isfinite(path).all() and path.shape == (14,) for path in found.values())
    assert np.isfinite(quick_forecast(signal.z, 14)).all()


def test_what_was_always_the_same_is_expected_again() -> None:
    """Of exponential smoothing and of Theta; no model goes far."""
    found = forecasts(signal_of(np.full(30, 5.0)), 12)
    np.testing.assert_allclose(found["ets_as_is"], 5, rtol=1e-6)
    for path in found.values():
        np.testing.assert_allclose(path, 5, rtol=0.02)


def test_the_quick_forecast_is_the_mean_of_two_thetas(seasonal: np.ndarray) -> None:
    from statsforecast.models import DynamicOptimizedTheta, Theta

    z = np.log(seasonal)
    two = [model(season_length=1).forecast(y=z, h=5)["mean"] for model in (Theta, DynamicOptimizedTheta)]
    np.testing.assert_allclose(quick_forecast(z, 5), (two[0] + two[1]) / 2)


def test_a_trend_is_followed_but_not_in_full() -> None:
    """Of a line that rises by 1 Theta takes the half (Assimakopoulos & Nikolopoulos 2000), dynamic Theta up to all."""
    steps = np.diff(quick_forecast(np.arange(30.0), 12))
    assert ((steps > 0.5) & (steps < 0.99)).all()


def test_the_series_handed_in_is_not_changed(seasonal: np.ndarray) -> None:
    signal = signal_of(seasonal.copy())
    before = signal.z.copy()
    forecasts(signal)
    quick_forecast(signal.z, 3)
    np.testing.assert_array_equal(signal.z, before)


def test_models_that_are_given_the_season_see_the_values_divided_by_it_and_the_logarithm_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A season that doubles every second month: divided by it the series is flat, and the season comes back."""
    values, doubles = np.resize([2e5, 1e5], 26), np.log(np.resize([2.0, 1.0], 29))
    signal = signal_of(values)
    shown: list[np.ndarray] = []

    class Looks(Last):
        def forecast(self, y: np.ndarray, h: int) -> dict[str, np.ndarray]:
            shown.append(y)
            return super().forecast(y, h)

    monkeypatch.setattr(level, "_plain", lambda: {"last": Looks()})
    found = apart_forecasts(signal, doubles, 3)
    assert set(found) == {"last_apart", "last_divided"}
    for y in shown:
        assert np.ptp(y) < 1e-9
    for path in found.values():
        np.testing.assert_allclose(path, [2e5, 1e5, 2e5])


def test_where_figures_may_be_below_zero_nothing_is_divided() -> None:
    found = apart_forecasts(signal_of(np.linspace(-5, 5, 30), "signed"), np.zeros(33), 3)
    assert found
    assert all(name.endswith("_apart") for name in found)
