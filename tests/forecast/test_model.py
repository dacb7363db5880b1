"""Outlooks of whole series: every regime a user meets, and what must hold in all of them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast import paths as paths_room
from salesgoals_kit.forecast.combine import over_period
from salesgoals_kit.forecast.model import fit_outlook
from salesgoals_kit.forecast.outlook import FAN_LEVELS, Outlook
from salesgoals_kit.forecast.paths import Drawing, draw_paths
from salesgoals_kit.periods import parse_period
from tests.forecast.conftest import MakeSeries, forget

Q1 = parse_period("2026Q1")
LEVELS = (0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95)


def ids(outlook: Outlook) -> set[str]:
    return {note.id.removeprefix("forecast.") for note in outlook.notes}


def sound(outlook: Outlook) -> None:
    """What every outlook owes: finite draws, ordered quantiles, goals that are likely enough, JSON."""
    assert np.isfinite(outlook.draws).all()
    quantiles = [outlook.quantile(q) for q in LEVELS]
    assert quantiles == sorted(quantiles)
    for chance in LEVELS:
        assert outlook.chance(outlook.goal(chance)) >= chance
    json.dumps(outlook.as_record(), allow_nan=False)
    assert not outlook.calibrated


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.floats(0, 1e6), st.just(float("nan"))), min_size=1, max_size=17), st.integers(1, 3))
def test_a_short_history_of_anything_has_a_sound_outlook(
    make_series: MakeSeries, values: list[float], quarter: int
) -> None:
    series = make_series(values)
    if not series.known.any():
        with pytest.raises(ForecastError):
            fit_outlook(series, Q1)
        return
    outlook = fit_outlook(series, parse_period(f"2026Q{quarter}"))
    sound(outlook)
    assert outlook.draws.min() >= 0


@settings(max_examples=5, deadline=None)
@given(
    st.integers(18, 60),
    st.floats(-6, 12),
    st.floats(0, 0.6),
    st.floats(-0.03, 0.03),
    st.sampled_from(["sum", "last"]),
    st.integers(0, 10**6),
)
def test_a_random_series_has_a_sound_outlook_that_doubles_with_it(
    make_series: MakeSeries, months: int, size: float, noise: float, growth: float, rule: Any, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    month = np.arange(months)
    values = 10**size * np.exp(growth * month + 0.2 * np.sin(month * np.pi / 6) + rng.normal(0, noise, months))
    outlook = fit_outlook(make_series(values, over_period=rule), Q1)
    sound(outlook)
    twice = fit_outlook(make_series(2 * values, over_period=rule), Q1)
    np.testing.assert_array_equal(twice.draws, 2 * outlook.draws)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.floats(0, 1)), min_size=1, max_size=17),
    st.sampled_from(["ratio_of_sums", "every_month"]),
    st.sampled_from(["higher", "lower"]),
)
def test_a_rate_of_few_cases_stays_between_0_and_1_and_moves_in_whole_cases(
    make_series: MakeSeries, months: list[tuple[int, float]], rule: Any, better: Any
) -> None:
    of = np.array([month[0] for month in months])
    cases = np.rint(of * [month[1] for month in months])
    series = make_series(cases, of, scale="rate", over_period=rule, better=better, unit="rate")
    if not of.any():
        with pytest.raises(ForecastError):
            fit_outlook(series, Q1)
        return
    outlook = fit_outlook(series, Q1)
    sound(outlook)
    assert outlook.counts is not None
    drawn, below = outlook.counts
    assert ((drawn >= 0) & (drawn <= below) & (drawn == np.rint(drawn)) & (below == np.rint(below))).all()
    np.testing.assert_array_equal(outlook.draws, drawn / below)


def test_the_months_of_a_quarter_add_up_path_by_path(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    """The quarter is the sum of its months within each path; the sum of the months' bounds is wider."""
    series = make_series(seasonal)
    paths = draw_paths(series, Drawing(3, 1000, 0))
    outlook = fit_outlook(series, Q1)
    assert outlook.method == "combination"
    np.testing.assert_array_equal(outlook.draws, paths.value[:, 0] + paths.value[:, 1] + paths.value[:, 2])
    of_months = np.quantile(paths.value, [0.1, 0.9], axis=0).sum(axis=1)
    assert outlook.quantile(0.1) > of_months[0]
    assert outlook.quantile(0.9) < of_months[1]


def test_three_months_and_their_quarter_are_drawn_from_the_same_paths(
    make_series: MakeSeries, seasonal: np.ndarray
) -> None:
    series = make_series(seasonal)
    longer, shorter = (draw_paths(series, Drawing(months, 50, 0)) for months in (12, 3))
    np.testing.assert_array_equal(longer.value[:, :3].shape, shorter.value.shape)
    quarter = over_period(longer.tail(3), "sum", "higher").values
    np.testing.assert_allclose(quarter, longer.value[:, -3:].sum(axis=1))


def test_months_between_the_history_and_the_period_are_forecast_too(
    make_series: MakeSeries, seasonal: np.ndarray
) -> None:
    near = fit_outlook(make_series(seasonal), Q1)
    far = fit_outlook(make_series(seasonal, last="2025-08"), Q1)
    assert "gap" in ids(far) - ids(near)
    assert (near.fan.shape, far.fan.shape) == ((len(FAN_LEVELS), 3), (len(FAN_LEVELS), 7))


def test_the_months_of_the_period_are_those_that_its_draws_are_made_of(
    make_series: MakeSeries, seasonal: np.ndarray
) -> None:
    outlook = fit_outlook(make_series(seasonal, last="2025-10"), Q1)
    assert outlook.months.shape == (len(outlook.draws), 3)
    np.testing.assert_allclose(outlook.months.sum(axis=1), outlook.draws, rtol=1e-12)
    np.testing.assert_allclose(np.quantile(outlook.months, FAN_LEVELS, axis=0), outlook.fan[:, -3:])


def test_unknown_months_at_the_end_are_forecast_and_not_taken_for_nothing(
    make_series: MakeSeries, seasonal: np.ndarray
) -> None:
    open_end = np.concatenate([seasonal[:-2], [np.nan, np.nan]])
    shorter = fit_outlook(make_series(seasonal[:-2], last="2025-10"), Q1)
    np.testing.assert_array_equal(fit_outlook(make_series(open_end), Q1).draws, shorter.draws)


def test_what_came_after_the_end_of_the_history_cannot_matter(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    series = make_series(seasonal, last="2026-06")
    other = replace(series, numerator=np.concatenate([series.numerator[:-6], series.numerator[-6:] * 99]))
    december = parse_period("2025-12").last
    first, second = (fit_outlook(one.until(december), Q1) for one in (series, other))
    np.testing.assert_array_equal(first.draws, second.draws)
    assert first.as_record() == second.as_record()


def test_a_period_that_has_begun_is_refused(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    with pytest.raises(ForecastError, match="the history ends with 2026-01"):
        fit_outlook(make_series(seasonal, last="2026-01"), Q1)


def test_a_history_that_ends_years_before_is_refused(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    with pytest.raises(ForecastError, match="load newer data"):
        fit_outlook(make_series(seasonal, last="2022-12"), Q1)


def test_every_fault_of_a_series_is_listed_before_anything_is_fitted(make_series: MakeSeries) -> None:
    with pytest.raises(ForecastError) as caught:
        fit_outlook(make_series([1, np.inf, 2, -np.inf]), Q1)
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize(("months", "low", "high"), [(1, 60, 167), (2, 67.5, 148)])
def test_one_or_two_months_have_a_wide_range_and_say_so(
    make_series: MakeSeries, months: int, low: float, high: float
) -> None:
    """The usual size is 0.2, its variance 1.1 + 5 / months times as wide: 6.1 and 3.6 times.

    That of January is 0.04 * 6.1 * (0.65 + 0.17) = 0.200, and 0.118. Of Student's t with five degrees 10 % are below
    -1.143 spreads: 100 * exp(-1.143 * 0.200^(1/2)) = 60 and 100 / 60 * 100 = 167; 67.5 and 148.
    A point of 500 pairs of draws is known to 3 %.
    """
    outlook = fit_outlook(make_series([100.0] * months), parse_period("2026-01"))
    assert {"few_months", "no_season", "too_short_to_check"} <= ids(outlook)
    assert outlook.quantile(0.1) == pytest.approx(low, rel=0.08)
    assert outlook.quantile(0.9) == pytest.approx(high, rel=0.08)


def test_ten_months_allow_no_season_and_say_so(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    outlook = fit_outlook(make_series(seasonal[-10:]), Q1)
    assert (outlook.yearly_season, outlook.season, outlook.history_months) == (False, None, 10)
    assert {"no_season", "last_values"} <= ids(outlook)


def test_two_years_have_a_season(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    outlook = fit_outlook(make_series(seasonal[-24:]), Q1)
    assert outlook.yearly_season
    assert outlook.season is not None
    assert "no_season" not in ids(outlook)


def test_a_constant_series_stays_as_it_is_and_says_so(make_series: MakeSeries) -> None:
    outlook = fit_outlook(make_series([7.0] * 30), Q1)
    assert set(outlook.draws) == {21.0}
    assert "constant" in ids(outlook)


def test_a_rate_whose_months_differ_only_by_chance_is_not_called_constant(make_series: MakeSeries) -> None:
    lost = np.random.default_rng(1).binomial(60, 0.02, 36)
    series = make_series(lost, np.full(36, 60), scale="rate", over_period="every_month", better="lower", unit="rate")
    assert "constant" not in ids(fit_outlook(series, Q1))
    assert "constant" not in ids(fit_outlook(make_series([7.0]), Q1))


def test_of_a_long_history_ten_years_are_used_and_that_is_said(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    long = np.concatenate([np.full(120, 9e9), seasonal[:24], seasonal, seasonal])
    outlook = fit_outlook(make_series(long), Q1)
    assert "older_left_out" in ids(outlook)
    assert outlook.history_months == 120
    np.testing.assert_array_equal(outlook.draws, fit_outlook(make_series(long[-120:]), Q1).draws)


def test_a_history_with_a_month_a_year_has_an_outlook(make_series: MakeSeries) -> None:
    """Nothing but Decembers are known: no month has a neighbour."""
    values = np.full(37, np.nan)
    values[::12] = [100.0, 110, 120, 130]
    outlook = fit_outlook(make_series(values), Q1)
    sound(outlook)
    assert "holes" in ids(outlook)


def test_a_month_of_the_fan_without_a_case_is_written_as_nothing(make_series: MakeSeries) -> None:
    of = np.array([0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1])
    outlook = fit_outlook(make_series(of, of, scale="rate", over_period="ratio_of_sums", unit="rate"), Q1)
    fan = outlook.fan.copy()
    fan[:, 0] = np.nan
    record = json.loads(json.dumps(replace(outlook, fan=fan).as_record(), allow_nan=False))
    assert record["fan"]["0.5"][0] is None


def test_where_there_was_never_anything_nothing_is_expected(make_series: MakeSeries) -> None:
    outlook = fit_outlook(make_series([0.0] * 30), Q1)
    assert set(outlook.draws) == {0.0}
    assert "all_zero" in ids(outlook)


def test_a_count_that_was_always_nothing_may_yet_become_something(make_series: MakeSeries) -> None:
    """Ten months without a lead: the mean is Gamma(1/2, 10), a quarter has one with chance 1 - (10 / 13)^(1/2)."""
    outlook = fit_outlook(make_series([0.0] * 10, unit="count"), Q1)
    assert outlook.chance(1) == pytest.approx(1 - (10 / 13) ** 0.5, abs=0.04)


def test_counts_are_whole(make_series: MakeSeries) -> None:
    leads = np.random.default_rng(1).poisson(4, 40)
    outlook = fit_outlook(make_series(leads, unit="count", kpi="qualified_leads"), Q1)
    assert outlook.step == 1.0
    assert (outlook.draws == np.rint(outlook.draws)).all()
    assert outlook.goal(0.8) == round(outlook.goal(0.8))


def test_churn_of_sixty_accounts_moves_in_sixtieths(make_series: MakeSeries) -> None:
    lost = np.random.default_rng(1).binomial(60, 0.02, 36)
    series = make_series(
        lost, np.full(36, 60), scale="rate", over_period="every_month", better="lower", unit="rate", kpi="logo_churn"
    )
    outlook = fit_outlook(series, Q1)
    assert outlook.step == 1 / 60
    assert outlook.goal(0.8) * 60 == pytest.approx(round(outlook.goal(0.8) * 60))
    assert outlook.goal(0.8) > outlook.goal(0.2)


def test_a_rate_of_few_cases_is_not_drawn_towards_one_half(make_series: MakeSeries) -> None:
    """Five accounts, one lost in three years: the worst month of a quarter is mostly 0, not 1 of 12."""
    lost = np.zeros(36)
    lost[20] = 1
    series = make_series(lost, np.full(36, 5), scale="rate", over_period="every_month", better="lower", unit="rate")
    # a month's rate is about 1 / 180; a quarter without a loss has chance (1 - 1/180)^15 = 0.92
    assert fit_outlook(series, Q1).chance(0) == pytest.approx(0.92, abs=0.06)


def test_values_at_the_edges_of_size_have_the_same_outlook_in_their_size(
    make_series: MakeSeries, seasonal: np.ndarray
) -> None:
    """By powers of two the change of size is exact."""
    small, large = (
        fit_outlook(make_series(seasonal * size, unit="times"), Q1) for size in (2.0**-37, 2.0**23)
    )  # about 1e-6 and 1e12
    np.testing.assert_array_equal(small.draws * 2.0**60, large.draws)
    assert large.goal(0.8) == small.goal(0.8) * 2.0**60


def test_a_positive_figure_is_never_drawn_below_zero_but_where_it_has_been(
    make_series: MakeSeries, seasonal: np.ndarray
) -> None:
    thinning = seasonal * np.linspace(1, 0, 48)
    assert fit_outlook(make_series(thinning), Q1).draws.min() >= 0
    credited = seasonal.copy()
    credited[::6] *= -1
    outlook = fit_outlook(make_series(credited), Q1)
    assert "below_zero" in ids(outlook)


def test_an_unknown_month_in_the_middle_is_left_out_and_said(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    values = seasonal.copy()
    values[20] = np.nan
    outlook = fit_outlook(make_series(values), Q1)
    assert "holes" in ids(outlook)
    whole = fit_outlook(make_series(seasonal), Q1)
    assert outlook.quantile(0.5) == pytest.approx(whole.quantile(0.5), rel=0.05)


def test_a_ratio_of_amounts_is_drawn_as_two_amounts(make_series: MakeSeries) -> None:
    """1 000 spent a month, 4 customers: 250 each; about that is the outlook, and lower is better."""
    rng = np.random.default_rng(3)
    spend, customers = 1000 * rng.lognormal(0, 0.05, 36), rng.poisson(4, 36)
    series = make_series(spend, customers, over_period="ratio_of_sums", better="lower", kpi="cac")
    outlook = fit_outlook(series, Q1)
    sound(outlook)
    assert outlook.quantile(0.5) == pytest.approx(250, rel=0.25)
    assert outlook.goal(0.8) > outlook.goal(0.5) > outlook.goal(0.2)


def test_a_period_that_may_have_no_case_says_so(make_series: MakeSeries) -> None:
    of = np.array([0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1])
    outlook = fit_outlook(make_series(of, of, scale="rate", over_period="ratio_of_sums", unit="rate"), Q1)
    assert "may_be_undefined" in ids(outlook)


def test_a_margin_below_zero_is_a_value_like_any_other(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    margins = np.resize([-0.1, 0.1, 0.05], 48)
    series = make_series(
        margins * seasonal, seasonal, scale="signed", over_period="ratio_of_sums", unit="rate", kpi="margin"
    )
    outlook = fit_outlook(series, Q1)
    sound(outlook)
    assert outlook.draws.min() < 0 < outlook.draws.max()


def test_where_prophet_finds_no_solution_its_twin_stands_in(
    make_series: MakeSeries, seasonal: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    series = make_series(seasonal)
    usual = fit_outlook(series, Q1)

    def fails(*_: Any, **__: Any) -> Any:
        raise ForecastError("Prophet found no solution.")

    monkeypatch.setattr(paths_room, "fit_season", fails)
    forget()
    outlook = fit_outlook(series, Q1)
    assert outlook.quantile(0.5) != usual.quantile(0.5)
    assert outlook.quantile(0.5) == pytest.approx(usual.quantile(0.5), rel=0.03)


SCRIPT = """
import hashlib, numpy as np
from salesgoals_kit.forecast.model import fit_outlook
from salesgoals_kit.forecast.series import Series
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
values = np.exp(np.sin(np.arange(48)) * 0.2 + np.arange(48) * 0.01)
last = parse_period("2025-12").last
months = np.arange(last - 47, last + 1)
series = Series("revenue", Owner("Central"), months, values, None, "positive", "higher", "sum", "money")
outlook = fit_outlook(series, parse_period("2026"), seed=5)
print(outlook.method, hashlib.sha256(outlook.draws.tobytes() + outlook.fan.tobytes()).hexdigest())
"""


def test_two_processes_draw_the_same_bytes(make_series: MakeSeries) -> None:
    def one(hash_seed: str) -> str:
        found = subprocess.run(
            [sys.executable, "-W", "error", "-c", SCRIPT],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        )
        assert found.stderr == ""
        return found.stdout

    here = fit_outlook(
        make_series(np.exp(np.sin(np.arange(48)) * 0.2 + np.arange(48) * 0.01)), parse_period("2026"), seed=5
    )
    digest = hashlib.sha256(here.draws.tobytes() + here.fan.tobytes()).hexdigest()
    assert one("1") == one("2") == f"{here.method} {digest}\n"


def test_another_seed_draws_other_paths(make_series: MakeSeries) -> None:
    series = make_series([3.0, 4, 5, 4])
    assert (fit_outlook(series, Q1, seed=1).draws != fit_outlook(series, Q1, seed=2).draws).any()
