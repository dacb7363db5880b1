"""Histories that something is wrong with: each has an honest outlook, or is refused with its fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.model import fit_outlook, outlook_paths
from salesgoals_kit.forecast.series import Series
from salesgoals_kit.periods import parse_period
from tests.forecast.conftest import MakeSeries

Q1 = parse_period("2026Q1")
Change = Callable[[Series], Series]


def with_months(*moves: tuple[int, int]) -> Change:
    """Return what moves months by so many."""

    def change(series: Series) -> Series:
        months = series.months.copy()
        for at, by in moves:
            months[at] += by
        return replace(series, months=months)

    return change


def with_values(**changes: float) -> Change:
    def change(series: Series) -> Series:
        values = series.numerator.copy()
        for place, value in changes.items():
            values[int(place.removeprefix("at"))] = value
        return replace(series, numerator=values)

    return change


REFUSED: dict[str, tuple[Change, list[str]]] = {
    "infinite": (with_values(at5=np.inf), ["2023-06: inf; expected a finite number below 1e+15"]),
    "infinite below": (with_values(at5=-np.inf), ["2023-06: -inf; expected a finite number below 1e+15"]),
    "too large": (with_values(at5=1e16), ["2023-06: 1e+16; expected a finite number below 1e+15"]),
    "twice the same month": (
        with_months((10, -1)),
        ["2023-10: followed by 2023-10; expected 2023-11; keep one row a month", "2023-10: followed by 2023-12"],
    ),
    "a month left out": (
        with_months(*((at, 1) for at in range(20, 36))),
        ["2024-08: followed by 2024-10; expected 2024-09; give a month without figures as NaN"],
    ),
    "unsorted": (
        with_months((3, 1), (4, -1)),
        ["2023-03: followed by 2023-05", "2023-05: followed by 2023-04; expected 2023-06; sort the months"],
    ),
    "backwards": (
        lambda series: replace(series, months=series.months[::-1].copy()),
        ["2025-12: followed by 2025-11; expected 2026-01; sort the months"],
    ),
    "fewer figures than months": (
        lambda series: replace(series, numerator=series.numerator[:-1]),
        ["months: parts of the shapes [(35,), (36,)]; expected one number a month in each part"],
    ),
    "no month": (lambda series: series.between(0, 0), ["months: none; expected one at least"]),
    "nothing known": (
        lambda series: replace(series, numerator=np.full(36, np.nan)),
        ["revenue of Central: no month with figures; expected one at least; an outlook needs some history"],
    ),
    "a ratio without a denominator": (
        lambda series: replace(series, over_period="ratio_of_sums"),
        ["denominator: none; expected one a month, as a ratio of sums needs it"],
    ),
    "a rate above one": (
        lambda series: replace(series, scale="rate", over_period="recompute"),
        ["expected a rate from 0 to 1"],
    ),
    "more won than decided": (
        lambda series: replace(
            series, denominator=series.numerator - 1, scale="rate", over_period="ratio_of_sums", unit="rate"
        ),
        ["2023-01: 100 of 99; expected a rate from 0 to 1"],
    ),
    "a denominator below zero": (
        lambda series: replace(series, denominator=np.full(36, -1.0), over_period="ratio_of_sums"),
        ["2023-01: 100 of -1; expected a denominator from 0 to 1e+15"],
    ),
    "half a ratio": (
        lambda series: replace(series, denominator=np.full(36, np.nan), over_period="ratio_of_sums"),
        ["2023-01: 100 of nan; expected numerator and denominator, or neither"],
    ),
    "a ratio of nothing": (
        lambda series: replace(series, denominator=np.zeros(36), over_period="ratio_of_sums"),
        ["revenue: every denominator is 0; expected one above 0; a ratio of nothing cannot be forecast"],
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_no_honest_outlook_can_be_made_of_is_refused_with_its_fault(make_series: MakeSeries, kind: str) -> None:
    change, faults = REFUSED[kind]
    series = change(make_series(np.resize([100.0, 110, 120], 36)))
    for refuses in (lambda: fit_outlook(series, Q1), lambda: outlook_paths(series, 3)):
        with pytest.raises(ForecastError) as caught:
            refuses()
        for fault in faults:
            assert fault in str(caught.value)


def test_a_history_that_ends_years_before_is_refused_with_its_end(make_series: MakeSeries) -> None:
    """Three years from the history's end to the period's are the most; paths know no period and are not refused."""
    old = make_series(np.resize([100.0, 110, 120], 36), last="2023-02")
    with pytest.raises(ForecastError, match=r"the history ends with 2023-02; expected an end at most 36 months before"):
        fit_outlook(old, Q1)
    assert np.isfinite(fit_outlook(replace(old, months=old.months + 1), Q1).draws).all()
    assert np.isfinite(outlook_paths(old, 36).value).all()


def noisy(months: int, size: float = 100.0) -> np.ndarray:
    return np.asarray(size * np.random.default_rng(1).lognormal(0, 0.2, months))


def ending_in(values: np.ndarray, *last: float) -> np.ndarray:
    return np.concatenate([values, last])


BORNE: dict[str, np.ndarray] = {
    "one point": np.array([100.0]),
    "two points": np.array([100.0, 130.0]),
    "one point among unknown ones": np.array([np.nan, np.nan, 100.0, np.nan]),
    "two points years apart": ending_in(np.array([100.0]), *[np.nan] * 40, 120.0),
    "nothing at all": np.zeros(36),
    "nothing, then something": ending_in(np.zeros(35), 100.0),
    "something, then nothing": ending_in(noisy(30), *[0.0] * 6),
    "something, then nothing for a year": ending_in(noisy(24), *[0.0] * 12),
    "constant": np.full(36, 100.0),
    "constant but once": ending_in(np.full(35, 100.0), 100.01),
    "constant but for a huge month": np.where(np.arange(36) == 20, 1e9, 100.0),
    "half unknown": np.where(np.arange(36) % 2, np.nan, noisy(36)),
    "mostly unknown": np.where(np.arange(60) % 7, np.nan, noisy(60)),
    "a thousand times larger from one month to the next": np.where(np.arange(36) < 18, 1.0, 1000.0) * noisy(36),
    "doubling every month": 2.0 ** np.arange(36),
    "halving every month": 2.0 ** -np.arange(36),
    "huge figures": noisy(36, 1e12),
    "tiny figures": noisy(36, 1e-6),
    "figures of a huge and a tiny size": np.resize([1e12, 1e-6], 36),
    "figures at the end of numbers": np.resize([5e-324, 1e-300, 0.0], 20),
    "zero and less than nothing in turn": np.resize([0.0, -1.0], 30),
    "never above nothing": -noisy(36),
    "one month far below zero": np.where(np.arange(36) == 10, -1e6, noisy(36)),
    "the same two figures in turn": np.resize([1.0, 2.0], 36),
    "the same every year": np.resize([0, 0, 0, 5e3, 0, 0, 0, 0, 0, 0, 0, 9e3], 36),
}


@pytest.mark.parametrize("kind", BORNE)
@pytest.mark.parametrize("unit", ["money", "count"])
def test_whatever_else_there_was_has_an_outlook_that_is_possible(make_series: MakeSeries, kind: str, unit: str) -> None:
    """Finite, ordered, never below zero unless it has been, in whole numbers where it is counted; no warning."""
    values = BORNE[kind] if unit == "money" else np.rint(BORNE[kind])
    series = make_series(values, unit=unit)
    outlook = fit_outlook(series, Q1)
    paths = outlook_paths(series, 3).value
    for drawn in (outlook.draws, paths):
        assert np.isfinite(drawn).all()
        assert drawn.min() >= 0 or np.nanmin(values) < 0
        assert unit == "money" or (drawn == np.rint(drawn)).all()
    quantiles = [outlook.quantile(level) for level in (0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95)]
    assert quantiles == sorted(quantiles)
    assert all(outlook.chance(outlook.goal(level)) >= level for level in (0.1, 0.5, 0.9))
    # no quarter above ten times the best month in each of its three
    assert outlook.draws.max() <= 3 * 10 * max(float(np.nanmax(values)), 1) or np.nanmin(values) < 0


@pytest.mark.parametrize(
    "cases",
    [
        (np.zeros(36), np.full(36, 50)),
        (np.full(36, 50), np.full(36, 50)),
        (np.resize([0, 50], 36), np.full(36, 50)),
        (np.array([1.0]), np.array([1.0])),
        (np.array([0.0]), np.array([1.0])),
        (np.resize([0, 1, 0, 0], 36), np.resize([0, 1, 0, 0], 36)),
        (np.resize([1e6, 2e6], 36), np.full(36, 1e9)),
        (np.resize([np.nan, 3], 36), np.resize([np.nan, 9], 36)),
    ],
    ids=["none", "all", "none and all", "one of one", "none of one", "seldom a case", "millions", "half unknown"],
)
def test_rates_of_any_cases_stay_between_none_and_all(
    make_series: MakeSeries, cases: tuple[np.ndarray, np.ndarray]
) -> None:
    series = make_series(*cases, scale="rate", over_period="ratio_of_sums", unit="rate")
    outlook = fit_outlook(series, Q1)
    value = outlook_paths(series, 3).value
    assert ((outlook.draws >= 0) & (outlook.draws <= 1)).all()
    known = value[np.isfinite(value)]
    assert ((known >= 0) & (known <= 1)).all()


def test_the_series_handed_in_is_not_changed(make_series: MakeSeries) -> None:
    values = ending_in(noisy(30), np.nan, 5000.0, 0.0)
    series = make_series(values.copy())
    fit_outlook(series, Q1)
    outlook_paths(series, 3)
    np.testing.assert_array_equal(series.numerator, values)
