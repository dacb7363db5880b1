"""What holds of every outlook, whatever the series: order, chances, size, sums, and the same bytes again."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesgoals_kit.forecast.combine import over_period
from salesgoals_kit.forecast.model import fit_outlook, outlook_paths
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.series import OverPeriod, ScaleKind, Series
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from tests.forecast.conftest import forget

Q1 = parse_period("2026Q1")
DECEMBER = parse_period("2025-12").last
LEVELS = (0.01, 0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99)
FEW = settings(max_examples=8, deadline=None)

seeds = st.integers(0, 10**6)
lengths = st.integers(1, 50)


def series_of(
    numerator: np.ndarray,
    denominator: np.ndarray | None = None,
    scale: ScaleKind = "positive",
    rule: OverPeriod = "sum",
    unit: str = "times",
) -> Series:
    """Return a series to December 2025; in units that are not rounded, unless told otherwise."""
    months = np.arange(DECEMBER - len(numerator) + 1, DECEMBER + 1)
    return Series("any", Owner("Team"), months, numerator, denominator, scale, "higher", rule, unit)


@st.composite
def amounts(draw: st.DrawFn, *, signed: bool = False) -> Series:
    """Return months that grow or shrink, with a season, noise, and some months of nothing, unknown or below zero."""
    months, rng = draw(lengths), np.random.default_rng(draw(seeds))
    noise, growth, season = draw(st.floats(0, 0.8)), draw(st.floats(-0.05, 0.05)), draw(st.floats(0, 0.8))
    month = np.arange(months)
    values = 10 ** draw(st.floats(-5, 9)) * np.exp(
        growth * month + season * np.sin(month * np.pi / 6) + rng.normal(0, noise, months)
    )
    values[rng.random(months) < draw(st.sampled_from([0, 0, 0.1, 0.5]))] = 0.0
    values[rng.random(months) < draw(st.sampled_from([0, 0, 0.2]))] = np.nan
    values[0] = 1.0 if np.isnan(values[0]) else values[0]
    if signed:
        values[rng.random(months) < 0.3] *= -1
        values[-1] = -abs(values[-1])
    return series_of(values, rule=draw(st.sampled_from(["sum", "last"])))


@st.composite
def rates(draw: st.DrawFn) -> Series:
    """Return cases of so many, few or many, in some months none."""
    months, rng = draw(lengths), np.random.default_rng(draw(seeds))
    of = rng.poisson(draw(st.sampled_from([1, 5, 60, 3000])), months).astype("float64")
    of[-1] = max(of[-1], 1)
    chance = np.clip(draw(st.floats(0, 1)) + rng.normal(0, draw(st.floats(0, 0.2)), months), 0, 1)
    rule: OverPeriod = draw(st.sampled_from(["ratio_of_sums", "every_month"]))
    return series_of(rng.binomial(of.astype(int), chance).astype("float64"), of, "rate", rule, "rate")


def ordered(outlook: Outlook) -> None:
    """Quantiles rise with their level, chances fall as the goal rises, and a goal keeps the chance it was asked for."""
    assert np.isfinite(outlook.draws).all()
    quantiles = [outlook.quantile(level) for level in LEVELS]
    assert quantiles == sorted(quantiles)
    goals = sorted({*quantiles, *(2 * value for value in quantiles), 0.0, float(outlook.draws.max()) + 1})
    chances = [outlook.chance(goal) for goal in goals]
    assert all(harder <= easier for easier, harder in pairwise(chances))
    assert outlook.chance(-np.inf) == 1
    assert outlook.chance(np.inf) == 0
    asked = [outlook.goal(level) for level in LEVELS]
    assert all(outlook.chance(goal) >= level for goal, level in zip(asked, LEVELS, strict=True))
    assert asked == sorted(asked, reverse=True)


def fan_ordered(outlook: Outlook) -> None:
    defined = outlook.fan[:, np.isfinite(outlook.fan).all(axis=0)]
    assert (np.diff(defined, axis=0) >= 0).all()


@FEW
@given(amounts())
def test_amounts_have_ordered_chances_that_double_with_them_and_add_up(series: Series) -> None:
    outlook = fit_outlook(series, Q1)
    ordered(outlook)
    fan_ordered(outlook)
    assert outlook.draws.min() >= 0
    twice = fit_outlook(replace(series, numerator=2 * series.numerator), Q1)
    np.testing.assert_array_equal(twice.draws, 2 * outlook.draws)
    np.testing.assert_array_equal(twice.fan, 2 * outlook.fan)


@FEW
@given(amounts(signed=True))
def test_signed_amounts_have_ordered_chances_that_double_with_them(series: Series) -> None:
    outlook = fit_outlook(series, Q1)
    ordered(outlook)
    fan_ordered(outlook)
    half = fit_outlook(replace(series, numerator=series.numerator / 2), Q1)
    np.testing.assert_array_equal(outlook.draws, 2 * half.draws)


@FEW
@given(rates())
def test_rates_have_ordered_chances_between_none_and_all(series: Series) -> None:
    outlook = fit_outlook(series, Q1)
    ordered(outlook)
    fan_ordered(outlook)
    assert ((outlook.draws >= 0) & (outlook.draws <= 1)).all()
    assert outlook.counts is not None
    cases, of = outlook.counts
    assert ((cases >= 0) & (cases <= of) & (of > 0)).all()
    assert (cases == np.rint(cases)).all()


@FEW
@given(st.one_of(amounts(), amounts(signed=True), rates()))
def test_a_quarter_is_its_months_path_by_path(series: Series) -> None:
    """The outlook is what `over_period` makes of the very paths that `outlook_paths` gives."""
    known = series.trimmed()
    outlook = fit_outlook(series, Q1)
    paths = outlook_paths(series, Q1.last - known.last).tail(3)
    np.testing.assert_array_equal(outlook.draws, over_period(paths, series.over_period, "higher").values)
    if series.over_period == "sum":
        first, second, third = paths.value.T
        np.testing.assert_array_equal(outlook.draws, first + second + third)


@FEW
@given(st.one_of(amounts(), rates()), st.integers(0, 3))
def test_the_same_arguments_give_the_same_bytes(series: Series, seed: int) -> None:
    first = fit_outlook(series, Q1, "PL", seed)
    forget()
    second = fit_outlook(series, Q1, "PL", seed)
    assert first.draws.tobytes() == second.draws.tobytes()
    assert first.fan.tobytes() == second.fan.tobytes()
    assert first.as_record() == second.as_record()
    assert first.notes == second.notes


@FEW
@given(rates())
def test_of_a_lower_is_better_figure_easy_goals_are_high(series: Series) -> None:
    """The same draws read the other way round: the chance of at most, and of at least, make up one and the ties."""
    series = replace(series, over_period="ratio_of_sums")
    higher, lower = (fit_outlook(replace(series, better=better), Q1) for better in ("higher", "lower"))
    np.testing.assert_array_equal(higher.draws, lower.draws)
    ties = float(np.mean(np.abs(lower.draws - 0.5) <= 1e-9 * 0.5))
    assert higher.chance(0.5) + lower.chance(0.5) == pytest.approx(1 + ties)
    asked = [lower.goal(level) for level in LEVELS]
    assert asked == sorted(asked)
    assert all(lower.chance(goal) >= level for goal, level in zip(asked, LEVELS, strict=True))
