"""The even scales and the way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesgoals_kit.forecast.scale import EDGE, ROOF, pooled_rate, sampling_variance, scale_of, steadied_rates


@given(st.lists(st.floats(1e-6, 1e12), min_size=1, max_size=30))
def test_positive_values_come_back_as_they_were(values: list[float]) -> None:
    known = np.array(values)
    scale = scale_of(known, "positive")
    np.testing.assert_allclose(scale.back(scale.forward(known)), known, rtol=1e-9, atol=1e-9 * known.mean())


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=30))
def test_signed_values_come_back_as_they_were(values: list[float]) -> None:
    known = np.array(values)
    scale = scale_of(known, "signed")
    np.testing.assert_allclose(scale.back(scale.forward(known)), known, rtol=1e-12, atol=1e-12)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30))
def test_whatever_is_drawn_comes_back_to_where_values_can_be(drawn: list[float]) -> None:
    z = np.array(drawn)
    rates = scale_of(np.array([0.2, 0.4]), "rate").back(z)
    amounts = scale_of(np.array([0.0, 3.0, 5.0]), "positive").back(z)
    assert ((rates >= 0) & (rates <= 1)).all()
    assert ((amounts >= 0) & (amounts <= ROOF * 5.0 * (1 + 1e-12))).all()


def test_a_series_without_small_months_has_no_offset() -> None:
    assert scale_of(np.array([90.0, 100.0, 110.0]), "positive").offset == 0


def test_months_with_nothing_put_an_offset_under_the_logarithm() -> None:
    # half of the months have nothing: half of the mean month that has something, 0.5 * 100, in units of the mean, 50
    scale = scale_of(np.array([0.0, 100.0, 0.0, 100.0]), "positive")
    assert scale.offset == pytest.approx(0.5 * 100 / 50)
    # one of twenty: at least 0.2 of the mean month that has something, 0.2 * 100, in units of the mean, 95
    assert scale_of(np.array([0.0] + [100.0] * 19), "positive").offset == pytest.approx(0.2 * 100 / 95)


def test_a_rate_of_exactly_one_stands_half_as_far_from_one_as_the_nearest_other() -> None:
    values = np.array([1.0, 0.96, 0.9, 1.0])
    # the nearest other is 0.04 away: 0.98
    np.testing.assert_allclose(
        scale_of(values, "rate").back(scale_of(values, "rate").forward(values)), [0.98, 0.96, 0.9, 0.98]
    )
    assert scale_of(np.ones(3), "rate").edge == EDGE


def test_doubling_a_series_leaves_its_even_scale_as_it_is() -> None:
    values = np.array([3.0, 0.0, 7.0, 11.0, 0.1])
    once, twice = scale_of(values, "positive"), scale_of(2 * values, "positive")
    np.testing.assert_array_equal(once.forward(values), twice.forward(2 * values))


def test_rates_that_differ_no_more_than_by_chance_are_all_the_same() -> None:
    # 0, 1, 0, 1, 0 of 10: no more spread than drawing gives; all months together (2 + 0.5) / (50 + 1)
    steadied = steadied_rates(np.array([0.0, 1, 0, 1, 0]), np.full(5, 10.0))
    np.testing.assert_allclose(steadied, 2.5 / 51)


def test_rates_of_many_cases_that_differ_stay_nearly_as_they_are() -> None:
    of = np.full(6, 1000.0)
    cases = np.array([300.0, 500, 310, 490, 305, 495])
    np.testing.assert_allclose(steadied_rates(cases, of), cases / of, atol=0.005)


def test_a_month_without_cases_has_no_rate_and_no_say() -> None:
    with_none = steadied_rates(np.array([3.0, 0, 9]), np.array([10.0, 0, 10]))
    without = steadied_rates(np.array([3.0, 9]), np.array([10.0, 10]))
    assert np.isnan(with_none[1])
    np.testing.assert_array_equal(with_none[[0, 2]], without)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=24))
def test_steadied_rates_lie_between_the_months_and_all_months(parts: list[tuple[int, int]]) -> None:
    cases = np.array([float(min(part)) for part in parts])
    of = np.array([float(max(part)) for part in parts])
    steadied, mean = steadied_rates(cases, of), pooled_rate(cases, of)
    for rate, k, n in zip(steadied, cases, of, strict=True):
        if n == 0:
            assert np.isnan(rate)
        else:
            assert min(k / n, mean) - 1e-12 <= rate <= max(k / n, mean) + 1e-12
            assert 0 < rate < 1


def test_the_variance_that_drawing_cases_gives_is_that_of_the_log_odds() -> None:
    """10 of 50 and 20 of 100: a rate of 30.5 / 151 = 0.202; (1/50 + 1/100) / 2 / (0.202 * 0.798) = 0.0931.

    An unknown month and one without a case have no say.
    """
    assert sampling_variance(np.array([10.0, 20]), np.array([50.0, 100])) == pytest.approx(0.0931, abs=1e-4)
    with_more = sampling_variance(np.array([10.0, np.nan, 0, 20]), np.array([50.0, np.nan, 0, 100]))
    assert with_more == pytest.approx(0.015 / (30.5 / 151 * (1 - 30.5 / 151)))


def test_the_variance_is_that_of_simulated_log_odds() -> None:
    """80 of 200, drawn ten thousand times: 1 / (200 * 0.4 * 0.6) = 0.0208, known to 1.4 %."""
    drawn = np.random.default_rng(1).binomial(200, 0.4, 10_000)
    variance = float(np.var(np.log(drawn / (200 - drawn))))
    assert sampling_variance(drawn[:50].astype("float64"), np.full(50, 200.0)) == pytest.approx(variance, rel=0.06)


@pytest.mark.parametrize(
    ("of", "rate", "enough"),
    [(20, 0.25, True), (20, 0.2, False), (20, 0.8, False), (1000, 0.004, False), (0, 0, False)],
)
def test_under_five_cases_or_five_others_a_month_log_odds_are_no_measure(of: int, rate: float, enough: bool) -> None:
    """Of 20 a quarter is five cases, (5 * 24 + 1/2) / (20 * 24 + 1) a little more; a fifth is four."""
    months = np.full(24, float(of))
    assert (sampling_variance(months * rate, months) is not None) is enough
