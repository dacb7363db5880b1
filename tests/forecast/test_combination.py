"""What is taken of many forecasts: the middle, last year's months, the mean month; and nothing from the future."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesgoals_kit.forecast import combination
from salesgoals_kit.forecast.combination import CUT, middle_of, point_forecast, quick_point
from salesgoals_kit.forecast.quick import quick_season
from salesgoals_kit.forecast.scale import Scale, scale_of
from salesgoals_kit.forecast.season import NO_SEASON, Season
from salesgoals_kit.forecast.signals import Signal
from salesgoals_kit.forecast.spread import rolling_origins
from salesgoals_kit.periods import parse_period

JANUARY = 600
LOGGED = Scale("positive")  # the unit is 1: the even scale is the plain logarithm


def logged(values: np.ndarray) -> Signal:
    return Signal(JANUARY, np.log(values), LOGGED)


def given_levels(monkeypatch: pytest.MonkeyPatch, **levels: float) -> None:
    """Let the models say what is wanted: each one value for all months, on the even scale."""
    paths = {name: np.exp(value) for name, value in levels.items()}

    def found(signal: Signal, season: np.ndarray, horizon: int) -> dict[str, np.ndarray]:
        return {name: np.full(horizon, path) for name, path in paths.items()}

    monkeypatch.setattr(combination, "level_forecasts", found)


def test_the_middle_is_the_mean_without_the_share_at_each_end() -> None:
    """Of eight 0.14 are 1.12, so one at each end: (2 + 3 + 4 + 5 + 6 + 7) / 6 = 4.5; of seven none: (28 + 72) / 7."""
    eight = [np.array([value]) for value in (5.0, 1, 7, 90, 2, 6, 3, 4)]
    assert middle_of(eight, CUT).tolist() == [4.5]
    seven = [np.array([value]) for value in (5.0, 1, 79, 2, 6, 3, 4)]
    assert middle_of(seven, CUT) == pytest.approx([100 / 7])


def test_the_middle_is_taken_month_by_month() -> None:
    paths = [np.array([1.0, 30]), np.array([2.0, 10]), np.array([3.0, 20])]
    assert middle_of(paths, 0.34).tolist() == [2, 20]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=25))
def test_a_half_cut_off_at_each_end_leaves_the_median(values: list[float]) -> None:
    assert middle_of([np.array([value]) for value in values], 0.5)[0] == pytest.approx(statistics.median(values))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=25), st.floats(0, 0.49))
def test_the_middle_is_what_a_plain_loop_makes_of_it(values: list[float], cut: float) -> None:
    left = sorted(values)
    for _ in range(int(cut * len(values))):
        left = left[1:-1]
    assert middle_of([np.array([value]) for value in values], cut)[0] == pytest.approx(sum(left) / len(left), abs=1e-6)


def test_from_three_years_on_the_ends_are_cut_and_before_the_median_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """With last year's months (0) there are eight: 0, 0.1, 0.2, 0.3, 0.5, 1, 2, 9.

    The median is (0.3 + 0.5) / 2 = 0.4; without one at each end it is (0.1 + 0.2 + 0.3 + 0.5 + 1 + 2) / 6 = 4.1 / 6.
    """
    given_levels(monkeypatch, a_log=0.1, b_log=0.2, c_log=0.3, d_log=0.5, e_log=1, f_log=2, g_log=9)
    younger, older = (point_forecast(logged(np.ones(months)), NO_SEASON, 2) for months in (35, 36))
    np.testing.assert_allclose(younger, [0.4, 0.4])
    np.testing.assert_allclose(older, [4.1 / 6, 4.1 / 6])


def test_a_model_of_the_series_as_it_is_counts_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Median of 0 (last year), 1, 2 and 5, 5: 2. With 5 once it would be 1.5, as it is for a fourth model's log."""
    series = logged(np.ones(30))
    given_levels(monkeypatch, a_log=1, b_apart=2, c_as_is=5)
    np.testing.assert_allclose(point_forecast(series, NO_SEASON, 1), [2])
    given_levels(monkeypatch, a_log=1, b_apart=2, c_log=5)
    np.testing.assert_allclose(point_forecast(series, NO_SEASON, 1), [1.5])


def test_from_two_years_on_last_years_months_are_one_forecast_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two models say 1 and 9, last year's January 4 and February 20: medians 4 and 9."""
    z = np.zeros(24)
    z[12:14] = [4, 20]
    given_levels(monkeypatch, a_log=1, b_log=9)
    np.testing.assert_allclose(point_forecast(Signal(JANUARY, z, LOGGED), NO_SEASON, 2), [4, 9])


@pytest.mark.parametrize(
    ("months", "size", "given_it"), [(24, 0.4, True), (47, 0.4, True), (48, 0.4, False), (30, 0.05, False)]
)
def test_under_four_years_models_are_given_a_strong_season(
    monkeypatch: pytest.MonkeyPatch, months: int, size: float, given_it: bool
) -> None:
    """Beside a noise of 0.1; all else says 0, those that are given the season 1."""
    given_levels(monkeypatch, a=0.0, b=0.0, c=0.0)
    monkeypatch.setattr(
        combination,
        "apart_forecasts",
        lambda signal, season, horizon: {name: np.full(horizon, math.e) for name in "abc"},
    )
    z = size * np.sin(np.arange(months) * np.pi / 6) + np.random.default_rng(3).normal(0, 0.1, months)
    signal = Signal(JANUARY, z, LOGGED)
    # last year's months, of 0.4 at most, are one more forecast beside the three
    assert bool(point_forecast(signal, quick_season(signal), 3)[0] > 0.6) == given_it


def test_under_two_years_the_forecast_is_half_way_to_last_years_months(monkeypatch: pytest.MonkeyPatch) -> None:
    """The models say 1; the same months a year before were 3, 5, 7: (1 + 3) / 2, (1 + 5) / 2, (1 + 7) / 2."""
    z = np.zeros(14)
    z[2:5] = [3, 5, 7]
    given_levels(monkeypatch, a_log=1, b_log=1)
    np.testing.assert_allclose(point_forecast(Signal(JANUARY, z, LOGGED), NO_SEASON, 3), [2, 3, 4])


def test_of_real_models_too_half_is_last_years_month() -> None:
    """Each month about 100, July 200: models see no season in 18 months, so July comes half-way, in logarithms.

    (100 * 200)^(1/2) = 141; an August of 100 stays about 100.
    """
    values = 100 * np.random.default_rng(0).lognormal(0, 0.01, 18)
    values[6] = 200
    scale = scale_of(values, "positive")
    signal = Signal(JANUARY, scale.forward(values), scale)
    for path in (point_forecast(signal, NO_SEASON, 2), quick_point(signal, 2)):
        np.testing.assert_allclose(scale.back(path), [141, 100], rtol=0.06)


def test_under_a_year_the_forecast_is_half_way_to_the_mean_month(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 1 to 11 the mean is 6, the models say 2: (2 + 6) / 2."""
    given_levels(monkeypatch, a_log=2, b_log=2, c_as_is=2)
    signal = Signal(JANUARY, np.arange(1.0, 12), LOGGED)
    np.testing.assert_allclose(point_forecast(signal, NO_SEASON, 3), [4, 4, 4])


@pytest.mark.parametrize(("z", "mean"), [([2.0], 2), ([2.0, 4], 3), ([2.0, 4, 9], 5), ([2.0, np.nan, 9], 4 + 2 / 3)])
def test_of_one_to_three_months_the_mean_is_expected(z: list[float], mean: float) -> None:
    """An unknown month between 2 and 9 is taken for 5.5: (2 + 5.5 + 9) / 3 = 5.5."""
    signal = Signal(JANUARY, np.array(z), LOGGED)
    expected = 5.5 if np.isnan(z).any() else mean
    for path in (point_forecast(signal, NO_SEASON, 2), quick_point(signal, 2)):
        np.testing.assert_allclose(path, [expected, expected])


def test_no_month_of_a_positive_figure_is_expected_below_a_hundredth_of_the_mean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A model of the series as it is may say -5: its logarithm is that of 0.01 units."""

    def negative(signal: Signal, season: np.ndarray, horizon: int) -> dict[str, np.ndarray]:
        return {"a_as_is": np.full(horizon, -5.0)}

    monkeypatch.setattr(combination, "level_forecasts", negative)
    monkeypatch.setattr(combination, "_last_year", lambda signal, horizon: None)
    signal = Signal(JANUARY, np.zeros(36), Scale("positive", unit=200.0))
    np.testing.assert_allclose(point_forecast(signal, NO_SEASON, 1), [np.log(0.01)])


def test_with_an_offset_a_month_may_be_expected_to_bring_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def negative(signal: Signal, season: np.ndarray, horizon: int) -> dict[str, np.ndarray]:
        return {"a_as_is": np.full(horizon, -5.0)}

    monkeypatch.setattr(combination, "level_forecasts", negative)
    monkeypatch.setattr(combination, "_last_year", lambda signal, horizon: None)
    scale = Scale("positive", unit=200.0, offset=0.2)
    assert scale.back(point_forecast(Signal(JANUARY, np.zeros(36), scale), NO_SEASON, 1)) == pytest.approx([0])


def test_where_no_model_can_be_fitted_last_year_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    given_levels(monkeypatch)
    z = np.arange(14.0)
    np.testing.assert_allclose(point_forecast(Signal(JANUARY, z, LOGGED), NO_SEASON, 3), [2, 3, 4])
    # under a year the last quarter: (3 + 4 + 5) / 3
    np.testing.assert_allclose(point_forecast(Signal(JANUARY, z[:6], LOGGED), NO_SEASON, 2), [4, 4])


def test_the_models_are_handed_the_season_of_the_months_known_and_of_those_ahead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handed = []

    def seen(signal: Signal, season: np.ndarray, horizon: int) -> dict[str, np.ndarray]:
        handed.append(season.tolist())
        return {"a_log": np.ones(horizon)}

    monkeypatch.setattr(combination, "level_forecasts", seen)
    point_forecast(Signal(JANUARY + 10, np.zeros(24), LOGGED), Season(np.arange(12.0)), 2)
    # from November on: the rest of that year, a whole one, ten months, and ahead November and December
    assert handed == [[10, 11, *range(12), *range(10), 10, 11]]


def test_what_moving_holidays_did_is_taken_out_for_all_models_and_put_back_for_what_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every month is 1 but for the working days of Easter, at -0.04 each. Models are shown 1, and Easter 2016 comes.

    Germany's days from March on: 2 in March 2016, none in April.
    """
    months = np.arange(parse_period("2012-01").first, parse_period("2016-04").first + 1)
    season = Season(np.zeros(12), "DE", -0.04)
    moved = season.moved(months)
    shown = []

    def seen(signal: Signal, added: np.ndarray, horizon: int) -> dict[str, np.ndarray]:
        shown.append(signal.z)
        return {name: np.full(horizon, math.e) for name in ("a_log", "b_apart", "c_as_is")}

    monkeypatch.setattr(combination, "level_forecasts", seen)
    path = point_forecast(Signal(int(months[0]), 1 + moved[:-4], LOGGED), season, 4)
    np.testing.assert_allclose(shown[0], np.ones(len(months) - 4))
    np.testing.assert_allclose(path, 1 + moved[-4:])
    assert path[2] < 0.95 < 1 < path[3]


def test_the_quick_point_stands_for_the_combination(seasonal: np.ndarray) -> None:
    """Over the coming quarter they differ by less than the noise of a month (0.08), at every length of history."""
    for months in (8, 18, 26, 40, 48):
        scale = scale_of(seasonal[:months], "positive")
        signal = Signal(JANUARY, scale.forward(seasonal[:months]), scale)
        full = point_forecast(signal, quick_season(signal), 3)
        assert abs(float(np.mean(quick_point(signal, 3) - full))) < 0.08


@pytest.mark.parametrize("months", [9, 20, 30, 48])
def test_nothing_after_an_origin_can_matter_to_its_forecast(seasonal: np.ndarray, months: int) -> None:
    z = np.log(seasonal[:months])
    changed = z.copy()
    changed[-4:] += [5, -3, np.nan, 9]
    before, after = (rolling_origins(Signal(JANUARY, one)) for one in (z, changed))
    assert before.origins == after.origins
    compared = 0
    for origin, first, second in zip(before.origins, before.forecasts, after.forecasts, strict=True):
        if origin <= months - 4:
            np.testing.assert_array_equal(first, second)
            compared += 1
    assert compared == len([origin for origin in before.origins if origin <= months - 4]) > 0
