"""Forecasts from moments of the past: which, of what, held to what, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from salesgoals_kit.forecast.backtest import backtest, gap
from salesgoals_kit.forecast.combination import quick_point
from salesgoals_kit.forecast.paths import value_signal
from salesgoals_kit.forecast.series import Better, Series
from salesgoals_kit.periods import month_name, parse_period
from salesgoals_kit.words import Count, Rate, say
from tests.forecast.conftest import MakeSeries

Q1 = parse_period("2026Q1")


def origins(series: Series, period: str) -> list[str]:
    return [month_name(int(month)) for month in backtest(series, parse_period(period)).frame["origin"]]


def predicted(series: Series, origin: int, horizon: int) -> np.ndarray:
    """Return what the quick forecast says of the months after an origin, shown nothing later."""
    known = value_signal(series.until(origin))
    return np.asarray(known.scale.back(quick_point(known, horizon)))


def test_a_row_is_one_moments_forecast_beside_what_came_and_what_had_been(
    make_series: MakeSeries, seasonal: np.ndarray
) -> None:
    """From September 2025 the fourth quarter is forecast; repeated would be that of 2024, twelve months earlier."""
    series = make_series(seasonal)
    frame = backtest(series, Q1).frame
    latest = frame.iloc[0]
    assert month_name(int(latest["origin"])) == "2025-09"
    assert (month_name(int(latest["first"])), month_name(int(latest["last"]))) == ("2025-10", "2025-12")
    assert latest["actual"] == pytest.approx(seasonal[45:48].sum())
    assert latest["repeated"] == pytest.approx(seasonal[33:36].sum())
    assert latest["predicted"] == pytest.approx(predicted(series, int(latest["origin"]), 3).sum())


def test_moments_are_a_quarter_apart_as_far_back_as_a_year_has_been_shown(
    make_series: MakeSeries, seasonal: np.ndarray
) -> None:
    """Of four years to December 2025 the earliest moment is December 2022: 2025-09, -06, … are twelve."""
    found = origins(make_series(seasonal), "2026Q1")
    assert (found[0], found[1], found[-1], len(found)) == ("2025-09", "2025-06", "2022-12", 12)
    # a year's figures must have come: from December 2024 back
    assert origins(make_series(seasonal), "2026")[0] == "2024-12"
    # months are looked at month by month: November 2025 back to December 2022
    monthly = origins(make_series(seasonal), "2026-01")
    assert (monthly[0], monthly[1], monthly[-1], len(monthly)) == ("2025-11", "2025-10", "2022-12", 36)


def test_under_two_years_a_quarter_shown_is_enough(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    """23 months begin in February 2024: the first three end with April; from September 2025 back in quarters."""
    assert origins(make_series(seasonal[-23:]), "2026Q1") == [
        "2025-09", "2025-06", "2025-03", "2024-12", "2024-09", "2024-06",
    ]  # fmt: skip


def test_at_most_four_years_are_looked_back(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    found = origins(make_series(np.tile(seasonal, 2)), "2026-01")
    assert (found[-1], len(found)) == ("2021-12", 48)


def test_each_moment_is_as_far_from_its_period_as_today_is(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    """The history ends in October: two months lie between, and did then."""
    series = make_series(seasonal, last="2025-10")
    assert gap(series, Q1) == 2
    frame = backtest(series, Q1).frame
    assert (frame["first"] - frame["origin"]).eq(3).all()
    assert (frame["last"] - frame["first"]).eq(2).all()
    latest = frame.iloc[0]
    assert month_name(int(latest["origin"])) == "2025-05"
    assert latest["predicted"] == pytest.approx(predicted(series, int(latest["origin"]), 5)[2:].sum())


def test_nothing_after_a_moment_can_matter_to_its_forecast(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    series = make_series(seasonal)
    changed = series.numerator.copy()
    changed[-3:] *= 50  # the quarter after the latest moment
    before, after = backtest(series, Q1).frame, backtest(replace(series, numerator=changed), Q1).frame
    assert before["predicted"].tolist() == after["predicted"].tolist()
    assert before["repeated"].tolist() == after["repeated"].tolist()
    assert (before["actual"] != after["actual"]).tolist() == [True] + [False] * 11


def test_the_errors_are_mean_shares_of_what_came_over_the_same_moments(
    make_series: MakeSeries, seasonal: np.ndarray
) -> None:
    trial = backtest(make_series(seasonal), Q1)
    rows = trial.frame.to_dict("records")
    both = [row for row in rows if row["repeated"] == row["repeated"]]
    off = [abs(row["predicted"] - row["actual"]) / row["actual"] for row in both]
    year_before = [abs(row["repeated"] - row["actual"]) / row["actual"] for row in both]
    assert trial.error == pytest.approx(sum(off) / len(off))
    assert trial.repeated_error == pytest.approx(sum(year_before) / len(year_before))
    assert trial.notes == (
        say(
            "forecast.off_beside_repeating",
            origins=Count(len(both)),
            error=Rate(trial.error),
            repeated=Rate(trial.repeated_error),
        ),
    )


def test_growth_makes_repeating_the_worse_forecast(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    """1 % a month is 12.7 % a year, by which what is repeated is too low: 1 - 1 / 1.127 = 11.3 % of what came."""
    trial = backtest(make_series(seasonal), Q1)
    assert trial.repeated_error == pytest.approx(0.113, abs=0.03)
    assert trial.error < trial.repeated_error


def test_what_is_always_the_same_is_never_off(make_series: MakeSeries) -> None:
    trial = backtest(make_series(np.full(40, 5.0)), Q1)
    assert trial.error == pytest.approx(0, abs=1e-9)
    assert trial.repeated_error == 0


@pytest.mark.parametrize("months", [1, 2, 3, 5, 8, 11])
def test_under_three_moments_no_error_is_told(make_series: MakeSeries, seasonal: np.ndarray, months: int) -> None:
    """Three months shown and a quarter come are six months for one moment, nine for two, twelve for three."""
    trial = backtest(make_series(seasonal[-months:]), Q1)
    assert np.isnan([trial.error, trial.repeated_error]).all()
    assert trial.notes == (say("forecast.too_short_to_check", months=Count(months)),)


@pytest.mark.parametrize("months", [12, 17, 18])
def test_where_there_was_no_year_before_the_error_is_told_alone(
    make_series: MakeSeries, seasonal: np.ndarray, months: int
) -> None:
    """A year before is known at moments from the fifteenth month on: of 18 months to two, of 21 to three."""
    trial = backtest(make_series(seasonal[-months:]), Q1)
    assert [note.id for note in trial.notes] == ["forecast.off"]
    assert np.isnan(trial.repeated_error)
    assert trial.error == pytest.approx(float((trial.frame["predicted"] / trial.frame["actual"] - 1).abs().mean()))


def test_from_twenty_one_months_on_both_are_told(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    trial = backtest(make_series(seasonal[-21:]), Q1)
    assert [note.id for note in trial.notes] == ["forecast.off_beside_repeating"]
    assert trial.notes[0].values["origins"] == Count(3)


def test_a_year_that_was_not_over_at_the_moment_is_not_repeated(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    """With three months between, a year's end lies 15 months ahead: the year before it ends after the moment."""
    frame = backtest(make_series(seasonal, last="2025-09"), parse_period("2026")).frame
    assert len(frame)
    assert frame["repeated"].isna().all()


def test_a_moment_whose_period_has_an_unknown_month_is_left_out(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    values = seasonal.copy()
    values[-2] = np.nan
    series = make_series(values)
    frame = backtest(series, Q1).frame
    assert series.last not in set(frame["last"])
    assert len(frame) == 11


def test_moments_before_anything_was_known_are_left_out(make_series: MakeSeries) -> None:
    """A rate whose first case came in its sixth month: before, there was nothing to show."""
    of = np.array([0, 0, 0, 0, 0, *[10] * 13])
    series = make_series(of // 2, of, scale="rate", over_period="ratio_of_sums", unit="rate")
    frame = backtest(series, Q1).frame
    assert frame["origin"].min() >= series.first + 5


def test_a_period_that_came_to_nothing_counts_in_no_error(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    values = seasonal.copy()
    values[42:45] = 0.0
    trial = backtest(make_series(values), Q1)
    assert (trial.frame["actual"] == 0).sum() == 1
    assert np.isfinite([trial.error, trial.repeated_error]).all()
    assert trial.notes[0].values["origins"] == Count(int((trial.frame["repeated"].notna()).sum()) - 1)


def test_of_a_ratio_the_mean_month_is_held_to_the_ratio_of_sums(make_series: MakeSeries) -> None:
    rng = np.random.default_rng(1)
    of = rng.integers(40, 80, 40)
    series = make_series(rng.binomial(of, 0.3), of, scale="rate", over_period="ratio_of_sums", unit="rate")
    latest = backtest(series, Q1).frame.iloc[0]
    assert series.denominator is not None
    assert latest["actual"] == pytest.approx(series.numerator[-3:].sum() / series.denominator[-3:].sum())
    assert latest["predicted"] == pytest.approx(predicted(series, int(latest["origin"]), 3).mean())
    # the quarter of a year before: its months' ratios, as a forecast would be
    assert latest["repeated"] == pytest.approx(series.value[-15:-12].mean())


def test_of_a_stock_the_last_month_counts(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    series = make_series(seasonal, over_period="last")
    latest = backtest(series, Q1).frame.iloc[0]
    assert latest["actual"] == seasonal[-1]
    assert latest["repeated"] == seasonal[-13]
    assert latest["predicted"] == pytest.approx(predicted(series, int(latest["origin"]), 3)[-1])


@pytest.mark.parametrize(("better", "worst"), [("lower", max), ("higher", min)])
def test_of_a_promise_for_every_month_the_worst_counts(
    make_series: MakeSeries, better: Better, worst: Callable[[list[float]], float]
) -> None:
    lost = np.random.default_rng(2).binomial(100, 0.1, 40)
    series = make_series(lost, np.full(40, 100), scale="rate", over_period="every_month", better=better, unit="rate")
    latest = backtest(series, Q1).frame.iloc[0]
    assert latest["actual"] == worst((lost[-3:] / 100).tolist())
    assert latest["predicted"] == pytest.approx(worst(predicted(series, int(latest["origin"]), 3).tolist()))
    assert latest["repeated"] == worst((lost[-15:-12] / 100).tolist())
