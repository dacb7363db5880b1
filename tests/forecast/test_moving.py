"""Holidays that move between months: which months they are in, and what knowing of them is worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from salesgoals_kit.forecast.combination import point_forecast
from salesgoals_kit.forecast.moving import _days_taken, moving_days, working_days
from salesgoals_kit.forecast.scale import Scale
from salesgoals_kit.forecast.season import fit_season
from salesgoals_kit.forecast.signals import Signal
from salesgoals_kit.periods import month_number, parse_period

FIRST, LAST = parse_period("1990-01").first, parse_period("2050-12").first
YEARS = 61  # 1990 to 2050


def numbers(*months: str) -> np.ndarray:
    return np.array([parse_period(month).first for month in months])


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


def polish_twin(months: Sequence[int]) -> list[float]:
    """Poland's moving working days: Easter Monday and Corpus Christi, a Thursday, 60 days after Easter Sunday."""
    days = [easter(year) + timedelta(days=after) for year in range(1990, 2051) for after in (1, 60)]
    taken = Counter(month_number(day) for day in days)
    usual = Counter(day.month for day in days)
    return [taken[month] - usual[month % 12 + 1] / YEARS for month in months]


def test_a_march_without_easter_monday_has_more_working_days_than_usual() -> None:
    """Easter 2024: Sunday 31 March, Monday 1 April. Easter 2025: Sunday 20, Monday 21 April. Sundays are no loss.

    From 1990 to 2050 Easter Monday is in March nine times (1991, 1997, 2002, 2005, 2008, 2016, 2027, 2032, 2035) and
    52 times in April: a usual March has 9 / 61 of it, a usual April 52 / 61.
    """
    found = moving_days("PL", numbers("2024-03", "2024-04", "2025-03", "2025-04", "2027-03", "2027-04"))
    absent, present = -9 / 61, 1 - 52 / 61
    np.testing.assert_allclose(found, [absent, present, absent, present, 1 - 9 / 61, -52 / 61], atol=1e-12)


def test_corpus_christi_takes_a_thursday_of_may_or_of_june() -> None:
    """60 days after Easter: 30 May 2024, 19 June 2025; 16 Mays and 45 Junes of the 61 years have it."""
    found = moving_days("PL", numbers("2024-05", "2024-06", "2025-05", "2025-06"))
    np.testing.assert_allclose(found, [1 - 16 / 61, -45 / 61, -16 / 61, 1 - 45 / 61], atol=1e-12)


def test_all_polish_months_are_what_the_rule_of_easter_makes_of_them() -> None:
    months = range(FIRST, LAST + 1)
    np.testing.assert_allclose(moving_days("PL", np.array(months)), polish_twin(months), atol=1e-12)


def test_good_friday_counts_where_it_is_a_holiday() -> None:
    """Germany 2016: Good Friday 25 and Easter Monday 28 March; 2024: Good Friday 29 March, Easter Monday 1 April."""
    found = moving_days("DE", numbers("2016-03", "2016-04", "2024-03", "2024-04"))
    assert found[0] - found[2] == pytest.approx(1)
    assert found[1] - found[3] == pytest.approx(-1)


@pytest.mark.parametrize("country", ["PL", "DE", "US", "GB"])
def test_a_usual_year_has_no_moving_day(country: str) -> None:
    found = moving_days(country, np.arange(FIRST, LAST + 1)).reshape(YEARS, 12)
    np.testing.assert_allclose(found.sum(axis=0), 0, atol=1e-9)
    assert found.any()


def test_holidays_that_stay_in_their_month_move_nothing() -> None:
    months = np.arange(FIRST, LAST + 1)
    moved = moving_days("PL", months).reshape(YEARS, 12)
    # Epiphany, 1 and 3 May, Assumption, All Saints, Independence, Christmas stay; Easter Monday and Corpus Christi move
    assert np.flatnonzero(moved.any(axis=0)).tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize("country", [None, "XX"])
def test_without_a_country_or_of_an_unknown_one_nothing_moves(country: str | None) -> None:
    assert moving_days(country, np.arange(FIRST, FIRST + 24)).tolist() == [0.0] * 24


def off(per_day: float, noise: float, seed: int) -> tuple[float, float]:
    """Return how far March and April 2016 are off when forecast with and without Germany, from eight years.

    Easter is in March in 2008, 2013 (Good Friday alone) and 2016, else in April. Truth is what comes but for noise.
    """
    months = np.arange(numbers("2008-01")[0], numbers("2016-12")[0] + 1)
    truth = 0.005 * np.arange(len(months)) + 0.15 * np.sin(months * np.pi / 6) + per_day * moving_days("DE", months)
    seen = truth[:-12] + np.random.default_rng(seed).normal(0, noise, len(months) - 12)
    signal = Signal(int(months[0]), seen, Scale("positive"))

    def one(country: str | None) -> float:
        path = point_forecast(signal, fit_season(signal, country=country), 4)
        return float(np.abs(path[2:4] - truth[-10:-8]).mean())

    return one("DE"), one(None)


def test_where_a_working_day_lost_costs_four_per_cent_easter_is_forecast_better_with_its_country() -> None:
    """Two days in March and none in April, where the usual year has it the other way round: without, off by 7 %."""
    found = np.array([off(-0.04, 0.02, seed) for seed in range(6)])
    assert (found[:, 0] < found[:, 1]).all()
    assert found[:, 0].mean() < 0.4 * found[:, 1].mean()


def test_the_cost_of_a_working_day_is_found() -> None:
    months = np.arange(numbers("2008-01")[0], numbers("2016-01")[0])
    found = []
    for seed in range(4):
        noise = np.random.default_rng(seed).normal(0, 0.02, len(months))
        z = 0.15 * np.sin(months * np.pi / 6) - 0.04 * moving_days("DE", months) + noise
        found.append(fit_season(Signal(int(months[0]), z), country="DE").per_day)
    assert np.mean(found) == pytest.approx(-0.04, abs=0.012)


def test_where_easter_costs_nothing_its_country_does_little_harm() -> None:
    found = np.array([off(0.0, 0.02, seed) for seed in range(8)])
    assert found[:, 0].mean() < found[:, 1].mean() + 0.004


@pytest.mark.parametrize("country", ["JP", "KR"])
def test_what_moves_does_not_depend_on_the_language_of_the_machine(
    country: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names decide which holidays move, and the package gives them in the language of the machine where it can."""
    months = np.arange(FIRST, LAST + 1)
    found = []
    for language in ("C", "en_US.UTF-8", "ko_KR.UTF-8"):
        for name in ("LANG", "LANGUAGE", "LC_ALL"):
            monkeypatch.setenv(name, language)
        _days_taken.cache_clear()
        found.append(moving_days(country, months))
    assert found[0].any()
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_working_days_are_weekdays_that_are_no_holiday() -> None:
    """Poland 2026: 261 weekdays, less the 8 holidays that fall on them (3 May and 15 August, among others, do not)."""
    assert working_days("PL", date(2026, 1, 1), date(2026, 12, 31)) == 253
    assert working_days("PL", date(2026, 4, 6), date(2026, 4, 6)) == 0  # Easter Monday
    assert working_days("PL", date(2026, 4, 7), date(2026, 4, 7)) == 1


def test_working_days_over_new_year_know_the_holidays_of_both_years() -> None:
    """Germany: 24 December 2025 to 2 January 2026 has 8 weekdays; 25, 26 December and 1 January are holidays."""
    assert working_days("DE", date(2025, 12, 24), date(2026, 1, 2)) == 5


@pytest.mark.parametrize("country", [None, "XX"])
def test_without_a_known_calendar_every_weekday_is_worked(country: str | None) -> None:
    assert working_days(country, date(2025, 12, 22), date(2025, 12, 28)) == 5
    assert working_days(country, date(2025, 12, 28), date(2025, 12, 22)) == 0
