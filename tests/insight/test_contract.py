"""The shifted beta-geometric model: the published tables, naive twins, and what must hold whatever the data."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import betaln

from salesgoals_kit.forecast.series import Array
from salesgoals_kit.insight.contract import (
    FEW_LOSSES,
    Renewals,
    Retention,
    draws,
    fit,
    lifetime,
    residual,
    survival,
)
from salesgoals_kit.words import Message

# Fader & Hardie 2007, table 1: per cent of two cohorts that are still there after 0 to 12 renewals.
HIGH_END = [100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4]
REGULAR = [100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3]
CALIBRATED = 7  # years; the other five are held out
PUBLISHED = {"regular": (0.704, 1.182), "high end": (0.668, 3.806)}


def cohort(percent: list[float], years: int, size: float = 10.0) -> Renewals:
    """Return the renewals of a cohort of 100 * size customers, followed for so many years."""
    there = size * np.array(percent[: years + 1], dtype="float64")
    return Renewals(there[:-1], -np.diff(there))


def drawn(rng: np.random.Generator, alpha: float, beta: float, size: int, horizon: int) -> Renewals:
    """Return the renewals of customers drawn one by one, each with his own chance of leaving."""
    chance = rng.beta(alpha, beta, size)
    left = rng.geometric(np.maximum(chance, 1e-12))
    ages = np.arange(1, horizon + 1)
    return Renewals((left[:, None] >= ages).sum(axis=0).astype(float), (left[:, None] == ages).sum(axis=0) * 1.0)


def _fitted(seen: Renewals) -> Retention:
    found = fit(seen)
    assert isinstance(found, Retention)
    return found


@pytest.mark.parametrize(("name", "percent"), [("regular", REGULAR), ("high end", HIGH_END)])
def test_the_published_parameters_come_out_to_the_printed_digits(name: str, percent: list[float]) -> None:
    found = _fitted(cohort(percent, CALIBRATED))
    assert (round(found.alpha, 3), round(found.beta, 3)) == PUBLISHED[name]
    assert not found.flat


@pytest.mark.parametrize(("percent", "off"), [(REGULAR, 0.005), (HIGH_END, 0.0175)])
def test_the_years_held_out_are_projected(percent: list[float], off: float) -> None:
    projected = _fitted(cohort(percent, CALIBRATED)).survival(12)[CALIBRATED + 1 :]
    assert np.abs(projected - np.array(percent[CALIBRATED + 1 :]) / 100).max() < off


def test_a_constant_rate_projects_them_worse() -> None:
    seen = cohort(HIGH_END, CALIBRATED)
    rate = 1 - seen.lost.sum() / seen.faced.sum()
    ours = abs(_fitted(seen).survival(12)[12] - 0.394)
    assert ours < 0.02 < abs(rate**12 - 0.394)


def _one_by_one(alpha: float, beta: float, lives: list[tuple[int, int, bool]]) -> float:
    """The log likelihood of lives by its definition: entry, age, lost; Fader & Hardie 2007, (5) and (6)."""

    def there(t: int) -> float:
        return float(betaln(alpha, beta + t) - betaln(alpha, beta))

    found = 0.0
    for entry, age, lost in lives:
        gone = float(betaln(alpha + 1, beta + age - 1) - betaln(alpha, beta))
        found += (gone if lost else there(age)) - there(entry)
    return found


def _renewals(lives: list[tuple[int, int, bool]]) -> Renewals:
    longest = max(age for _, age, _ in lives)
    faced, lost = np.zeros(longest), np.zeros(longest)
    for entry, age, gone in lives:
        faced[entry:age] += 1
        lost[age - 1] += gone
    return Renewals(faced, lost)


def test_the_likelihood_of_grouped_lives_is_that_of_each_life() -> None:
    rng = np.random.default_rng(1)
    for _ in range(10):
        lives = []
        for _ in range(60):
            entry = int(rng.integers(0, 5)) if rng.random() < 0.5 else 0
            lives.append((entry, entry + int(rng.integers(1, 9)), bool(rng.random() < 0.5)))
        found = _fitted(_renewals(lives))
        assert found.log_likelihood == pytest.approx(_one_by_one(found.alpha, found.beta, lives), rel=1e-6)
        for factor in ((1.1, 1.0), (1.0, 1.1), (0.9, 0.95)):
            other = _one_by_one(found.alpha * factor[0], found.beta * factor[1], lives)
            assert other <= found.log_likelihood + 1e-6


@pytest.mark.parametrize("discount", [0.25, 0.1, 1.1 ** (1 / 12) - 1])
def test_closed_forms_are_the_sums_they_stand_for(discount: float) -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        alpha, beta = np.exp(rng.normal(0, 2, 2)) * (1, 20)
        there = survival(alpha, beta, 6000)
        weights = (1 + discount) ** -np.arange(6001.0)
        assert float(lifetime(alpha, beta, discount)) == pytest.approx(float(there @ weights), rel=1e-6)
        for made in (0, 3, 40):
            rest = float(there[made + 1 :] @ weights[: -made - 1]) / there[made]
            assert float(residual(alpha, beta, made, discount)) == pytest.approx(rest, rel=1e-6)


def test_what_a_new_customer_pays_is_the_first_payment_and_the_rest() -> None:
    one = Retention(0.764, 1.296)  # the five-year cohort of Fader & Hardie 2010
    assert one.lifetime(0.1) == pytest.approx(1 + one.residual(0, 0.1) / 1.1)
    longer = [one.residual(made, 0.1) for made in range(5)]
    assert longer == sorted(longer)  # who has stayed is likelier to stay


def test_one_rate_for_all_is_said_to_be_flat() -> None:
    ages = np.arange(40)
    faced = np.asarray(1000 * 0.95**ages, dtype="float64")
    found = _fitted(Renewals(faced, faced * 0.05))
    assert found.flat
    assert found.lifetime(0.01) == pytest.approx(1 / (1 - 0.95 / 1.01), rel=1e-3)
    falling = _fitted(Renewals(faced, faced * (0.02 + 0.002 * ages)))  # they leave the sooner the longer they stay
    assert falling.flat


def test_too_few_losses_and_no_renewal_are_told_and_not_fitted() -> None:
    few = fit(Renewals(np.array([500.0, 400.0]), np.array([FEW_LOSSES - 1.0, 0.0])))
    assert isinstance(few, Message)
    assert few.id == "value.few_losses"
    nobody = fit(Renewals(np.array([50.0]), np.array([50.0])))
    assert isinstance(nobody, Message)
    assert nobody.id == "value.nobody_renewed"
    empty = fit(Renewals(np.zeros(0), np.zeros(0)))
    assert isinstance(empty, Message)


def _worth(seen: Renewals) -> Array:
    return lifetime(*draws(seen, 7), 0.01)


def test_more_losses_never_make_a_lifetime_longer() -> None:
    rng = np.random.default_rng(3)
    for _ in range(15):
        alpha, beta = np.exp(rng.normal((0, 3), 0.7))
        seen = drawn(rng, float(alpha), float(beta), size=400, horizon=20)
        if seen.losses < FEW_LOSSES:
            continue
        more = Renewals(seen.faced, np.minimum(seen.lost * 1.3 + 1, seen.faced - (seen.faced > 0) * 0.5).clip(0))
        assert _fitted(more).lifetime(0.01) < _fitted(seen).lifetime(0.01)
        assert np.median(_worth(more)) < np.median(_worth(seen))


def test_draws_lie_about_the_fit_and_are_the_same_each_time() -> None:
    seen = cohort(REGULAR, CALIBRATED)
    alpha, beta = draws(seen, 1)
    assert (np.median(alpha), np.median(beta)) == pytest.approx(PUBLISHED["regular"], rel=0.05)
    again = draws(seen, 1)
    assert np.array_equal(alpha, again[0])
    assert np.array_equal(beta, again[1])
    assert not np.array_equal(alpha, draws(seen, 2)[0])


def test_twice_the_customers_make_a_range_narrower() -> None:
    widths = [np.ptp(np.quantile(_worth(cohort(REGULAR, CALIBRATED, size)), (0.1, 0.9))) for size in (0.5, 5.0)]
    assert widths[1] < widths[0] / math.sqrt(10) * 1.3


def test_ranges_hold_the_lifetime_as_often_as_they_say() -> None:
    """80 % ranges of 150 sets of customers, whose rate to leave is drawn as well: 120 expected, deviation 4.9."""
    rng, held = np.random.default_rng(4), 0
    for trial in range(150):
        alpha = rng.uniform(0.5, 4)
        first = rng.uniform(0.01, 0.2)
        beta = alpha * (1 / first - 1)
        seen = drawn(rng, alpha, beta, size=200, horizon=30)
        low, high = np.quantile(lifetime(*draws(seen, trial, 500), 0.01), (0.1, 0.9))
        held += bool(low <= float(lifetime(alpha, beta, 0.01)) <= high)
    assert 105 <= held <= 135
