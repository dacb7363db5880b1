"""Sales that come now and then: what counts as such, what is fitted, and whether the chances are right."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest

from salesgoals_kit.forecast import lumpy
from salesgoals_kit.forecast.lumpy import Lumpy, fit_lumpy, is_lumpy
from salesgoals_kit.forecast.model import fit_outlook, outlook_paths
from salesgoals_kit.periods import parse_period
from tests.forecast.conftest import MakeSeries

Q1 = parse_period("2026Q1")
LEVELS = (0.1, 0.2, 0.5, 0.8, 0.9)


def simulated(seed: int, months: int, rate: float, cv2: float, year: np.ndarray | None = None) -> np.ndarray:
    """Return months of a compound Poisson with gamma sizes of mean 1 000, event by event."""
    rng = np.random.default_rng(seed)
    usual = np.ones(12) if year is None else year
    events = [rng.poisson(rate * usual[month % 12]) for month in range(months)]
    return np.array([rng.gamma(1 / cv2, 1000 * cv2, many).sum() for many in events])


def fitted(values: np.ndarray, *, counted: bool = False) -> Lumpy:
    return fit_lumpy(np.arange(600, 600 + len(values)), values, counted=counted)


@pytest.mark.parametrize(
    ("nothing", "of", "counted", "expected"),
    [
        (3, 20, False, True),  # 15 % of the months
        (2, 20, False, False),  # 10 %
        (0, 20, False, False),
        (20, 20, False, False),  # nothing at all is not now and then
        (1, 40, True, True),  # a count of 2: any month of nothing is enough
        (0, 40, True, False),
    ],
)
def test_a_series_is_lumpy_from_fifteen_months_of_a_hundred_without_anything(
    nothing: int, of: int, counted: bool, expected: bool
) -> None:
    values = np.array([0.0] * nothing + [2.0] * (of - nothing))
    assert is_lumpy(values, counted=counted) is expected


def test_a_count_of_three_a_month_is_no_small_one() -> None:
    """One month of 40 without anything, the others with 3: a mean of 2.925; with 4: of 3.9."""
    assert is_lumpy(np.array([0.0] + [3.0] * 39), counted=True)
    assert not is_lumpy(np.array([0.0] + [4.0] * 39), counted=True)
    assert not is_lumpy(np.array([0.0] + [3.0] * 39), counted=False)


def test_unknown_months_are_not_months_without_anything() -> None:
    assert not is_lumpy(np.array([np.nan] * 5 + [2.0] * 15), counted=False)
    assert is_lumpy(np.array([np.nan] * 5 + [0.0] * 2 + [2.0] * 8), counted=False)  # 2 of 10
    assert not is_lumpy(np.array([np.nan, np.nan]), counted=True)


def twin(values: list[float]) -> tuple[float, float, float]:
    """Return rate, size and squared coefficient of variation in plain Python, without a season."""
    weight = [0.97 ** (len(values) - 1 - at) for at in range(len(values))]
    total = sum(weight)
    months = total**2 / sum(w**2 for w in weight)
    mean = sum(w * x for w, x in zip(weight, values, strict=True)) / total
    variance = sum(w * (x - mean) ** 2 for w, x in zip(weight, values, strict=True)) / total * months / (months - 1)
    nothing = sum(w for w, x in zip(weight, values, strict=True) if x == 0) / total
    rate = -math.log((nothing * months + 0.5) / (months + 1))
    size = mean / rate
    return rate, size, min(max(variance / (rate * size**2) - 1, 0.05), 5.0)


@pytest.mark.parametrize("seed", range(5))
def test_rate_and_size_are_what_a_plain_loop_makes_of_the_moments(seed: int) -> None:
    values = simulated(seed, 23, 0.8, 0.5)
    found = fitted(values)
    assert (found.rate, found.size, found.cv2) == pytest.approx(twin(values.tolist()))
    assert (found.year == 1).all()


def test_in_the_long_run_the_moments_are_those_of_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without fading: 0.7 events a month of mean 1 000 and cv² 0.5. Mean 700, variance 0.7 * 1000² * 1.5.

    Nothing comes in exp(-0.7) = 49.7 % of the months. So many months leave nothing open.
    """
    monkeypatch.setattr(lumpy, "FADING", 1.0)
    values = simulated(1, 60_000, 0.7, 0.5)
    found = fitted(values)
    assert (found.rate, found.size, found.cv2) == pytest.approx((0.7, 1000, 0.5), rel=0.06)
    drawn = found.draw(4000, np.arange(24), np.random.default_rng(2))
    assert drawn.mean() == pytest.approx(values.mean(), rel=0.03)
    assert drawn.var() == pytest.approx(values.var(), rel=0.06)
    assert np.mean(drawn == 0) == pytest.approx(np.mean(values == 0), abs=0.01)
    assert np.mean(values == 0) == pytest.approx(math.exp(-0.7), abs=0.01)


def test_a_few_years_too_are_gone_on_with_at_their_mean() -> None:
    """Over 40 histories of 36 months the forecasts' mean is the histories', rate known up to half an event more."""
    pairs = []
    for seed in range(40):
        values = simulated(seed, 36, 0.7, 0.5)
        drawn = fitted(values).draw(1000, np.arange(636, 648), np.random.default_rng(seed))
        pairs.append((drawn.mean(), values.mean()))
    forecast, history = np.mean(pairs, axis=0)
    assert forecast == pytest.approx(history, rel=0.06)


def test_older_months_count_less() -> None:
    """Half after two years: 0.97^23 = 0.496. What came lately weighs more than what came long ago."""
    lately, long_ago = np.zeros(36), np.zeros(36)
    lately[[24, 27, 30, 33]] = long_ago[[2, 5, 8, 11]] = 900
    found = [fitted(values) for values in (lately, long_ago)]
    assert found[0].rate * found[0].size > 1.7 * found[1].rate * found[1].size


def test_what_few_months_leave_open_makes_the_range_wider() -> None:
    """The same rate and sizes seen for eight months, and for 48: of a year's total the former is known less."""
    short, long = (Lumpy(0.5, 1000, 0.5, months, np.ones(12)) for months in (8.0, 48.0))
    widths = [found.draw(20_000, np.arange(12), np.random.default_rng(1)).sum(axis=1).std() for found in (short, long)]
    assert widths[0] > 1.2 * widths[1]


@pytest.mark.parametrize("months", [36, 60])
def test_where_all_months_are_alike_chance_is_not_taken_for_a_season(months: int) -> None:
    """Mean Januaries, …, Decembers differ by chance; of that variance a tenth stays, and often nothing at all."""
    kept = []
    for seed in range(30):
        values = simulated(seed, months, 1.0, 0.5)
        by_chance = np.array([values[at::12].mean() for at in range(12)]) / values.mean()
        kept.append(float(np.var(fitted(values).year) / np.var(by_chance)))
    assert statistics.mean(kept) < 0.15
    assert sum(share == 0 for share in kept) >= 10
    assert max(kept) < 0.7


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_season_is_found(seed: int) -> None:
    """Nearly nothing around the turn of the year, twice the mean around July."""
    year = 1 - 0.9 * np.cos(2 * np.pi * np.arange(12) / 12)
    found = fitted(simulated(seed, 60, 1.5, 0.3, year)).year
    assert np.corrcoef(found, year)[0, 1] > 0.7
    assert found[[11, 0, 1]].mean() < 0.6 < 1.4 < found[[5, 6, 7]].mean()
    assert found.mean() == pytest.approx(1)


def test_under_two_years_there_is_no_season() -> None:
    year = np.where(np.arange(12) == 6, 9.0, 0.2)
    assert (fitted(simulated(1, 23, 1.5, 0.3, year)).year == 1).all()


def test_what_comes_in_the_same_month_every_year_comes_in_that_month() -> None:
    """A licence paid each April and each December, the same every year: nothing else is left to chance."""
    values = np.zeros(36)
    values[3::12], values[11::12] = 5000, 9000
    drawn = fitted(values).draw(2000, np.arange(636, 648), np.random.default_rng(1))
    assert np.isfinite(drawn).all()
    assert set(np.argsort(drawn.mean(axis=0))[-2:]) == {3, 11}
    assert np.delete(drawn.mean(axis=0), [3, 11]).max() < 0.05 * drawn.mean(axis=0)[3]


@pytest.mark.parametrize("counted", [False, True])
def test_nothing_is_ever_drawn_below_nothing_and_counts_come_whole(make_series: MakeSeries, counted: bool) -> None:
    for seed in range(5):
        values = np.random.default_rng(seed).poisson(0.8, 40) * (1.0 if counted else 333.3)
        series = make_series(values, unit="count" if counted else "money")
        drawn = outlook_paths(series, 6).value
        assert drawn.min() >= 0
        assert not counted or (drawn == np.rint(drawn)).all()


def test_a_case_counts_once() -> None:
    """Of whole numbers an event is one case at least, so that there are no more events than cases."""
    values = np.array([0.0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0])
    found = fitted(values, counted=True)
    assert found.size >= 1
    assert found.rate * found.size == pytest.approx(np.average(values, weights=0.97 ** np.arange(14, -1, -1)))


@pytest.mark.parametrize("size", [2.0**-60, 2.0**40])
def test_sizes_far_from_one_change_nothing_but_the_size(size: float) -> None:
    values = simulated(3, 30, 0.6, 0.5)
    one, other = fitted(values), fitted(size * values)
    assert (other.rate, other.size, other.cv2) == (one.rate, size * one.size, one.cv2)


@pytest.mark.parametrize("values", [[0.0, 5e-324], [0.0, 1e-308, 0.0], [1e15, 0.0, 0.0, 1e-300]])
def test_sizes_at_the_end_of_numbers_are_borne(values: list[float]) -> None:
    drawn = fitted(np.array(values)).draw(100, np.arange(3), np.random.default_rng(1))
    assert np.isfinite(drawn).all()


def test_an_outlook_of_a_lumpy_series_says_how_it_is_made(make_series: MakeSeries) -> None:
    outlook = fit_outlook(make_series(simulated(2, 40, 0.5, 0.5)), Q1)
    assert outlook.method == "lumpy"
    # a quarter without any sale has a chance of about exp(-3 * 0.5) = 22 %
    assert float(np.mean(outlook.draws == 0)) == pytest.approx(0.22, abs=0.12)


def transforms(make_series: MakeSeries, many: int, *, counted: bool) -> np.ndarray:
    """Return where each next quarter came among its draws, at random within ties (randomised PIT)."""
    found = []
    for seed in range(many):
        rng = np.random.default_rng(10_000 + seed)
        months, rate, cv2 = int(rng.integers(24, 61)), rng.uniform(0.2, 1.6), rng.uniform(0.2, 2)
        values = rng.poisson(rate, months + 3).astype(float) if counted else simulated(seed, months + 3, rate, cv2)
        unit = "count" if counted else "money"
        if is_lumpy(values[:-3], counted=counted):
            drawn = outlook_paths(make_series(values[:-3], unit=unit), 3, seed=seed).value.sum(axis=1)
            below, upto = np.mean(drawn < values[-3:].sum()), np.mean(drawn <= values[-3:].sum())
            found.append(float(rng.uniform(below, upto)))
    return np.array(found)


@pytest.mark.parametrize("counted", [False, True], ids=["money", "counts"])
def test_totals_fall_below_each_level_as_often_as_it_says(make_series: MakeSeries, counted: bool) -> None:
    """Next quarters of 400 simulated series of two to five years; by chance alone a share is off by up to 5 points."""
    found = transforms(make_series, 400, counted=counted)
    assert len(found) > 350
    assert [float(np.mean(found < level)) for level in LEVELS] == pytest.approx(LEVELS, abs=0.07)
