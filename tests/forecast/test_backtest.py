"""Rolling origins: what is shown, what is scored, and which method is chosen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesgoals_kit.forecast.backtest import backtest, pinball, targets
from salesgoals_kit.periods import month_name, parse_period
from tests.forecast.conftest import MakeSeries

Q1 = parse_period("2026Q1")


def spikes() -> np.ndarray:
    """Four years alike but for 3 %: nothing but a burst every December, too sharp for a low Fourier order."""
    month = np.arange(48)
    noise = np.random.default_rng(2).lognormal(0, 0.03, 48)
    return np.asarray(np.where(month % 12 == 11, 900.0, np.where(month % 12 == 4, 20.0, 100.0)) * noise)


def test_the_seasonal_naive_forecast_is_chosen_where_it_is_better(make_series: MakeSeries) -> None:
    trial = backtest(make_series(spikes()), parse_period("2026-01"))
    assert trial.chosen == "seasonal_naive"
    assert trial.loss["seasonal_naive"] < trial.loss["prophet"]
    assert [note.id for note in trial.notes] == ["forecast.chosen_seasonal_naive"]


def test_prophet_is_chosen_where_it_is_better(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    """Growth of 1 % a month, which last year's months lack."""
    trial = backtest(make_series(seasonal), parse_period("2026"))
    assert trial.chosen == "prophet"
    assert trial.loss["prophet"] < trial.loss["seasonal_naive"]
    assert trial.error["prophet"] < trial.error["seasonal_naive"]


def test_nothing_after_an_origin_can_matter_to_its_forecast(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    series = make_series(seasonal)
    changed = series.numerator.copy()
    changed[-3:] *= 50  # the quarter after the latest origin
    before = backtest(series, Q1).frame
    after = backtest(replace(series, numerator=changed), Q1).frame
    assert before["predicted"].tolist() == after["predicted"].tolist()
    assert (before["actual"] != after["actual"]).sum() == 2  # one origin, two methods


def test_each_origin_forecasts_as_far_ahead_as_the_outlook_does(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    frame = backtest(make_series(seasonal, last="2025-11"), Q1).frame
    # the history ends in November, December lies between: origins one month before the spans begin
    assert (frame["first"] - frame["origin"]).eq(2).all()
    assert (frame["last"] - frame["first"]).eq(2).all()


def test_quarters_are_tried_on_quarters(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    spans = targets(make_series(seasonal, last="2025-11"), Q1)
    # the fourth quarter of 2025 is not over in November
    assert [span.name for span in spans] == ["2025Q3", "2025Q2", "2025Q1", "2024Q4"]


def test_two_years_stand_before_each_origin_where_that_leaves_two_and_one_year_otherwise(
    make_series: MakeSeries, seasonal: np.ndarray
) -> None:
    def shown(months: int, period: str) -> list[int]:
        series = make_series(seasonal[-months:])
        return [span.first - series.first for span in targets(series, parse_period(period))]

    assert shown(48, "2026") == [36, 33, 30, 27]
    assert shown(30, "2026Q1") == [27, 24]
    assert shown(29, "2026Q1") == [26, 23, 20, 17]
    assert shown(18, "2026Q1") == [15, 12]
    assert shown(17, "2026Q1") == []
    assert shown(20, "2026-01") == [19, 17, 15, 13]


@pytest.mark.parametrize("months", [1, 2, 11, 14, 17])
def test_too_little_history_leaves_the_seasonal_naive_forecast_and_says_so(
    make_series: MakeSeries, seasonal: np.ndarray, months: int
) -> None:
    trial = backtest(make_series(seasonal[-months:]), Q1)
    assert trial.chosen == "seasonal_naive"
    assert [note.id for note in trial.notes] == ["forecast.too_short_to_compare"]


def test_a_tie_goes_to_the_seasonal_naive_forecast(make_series: MakeSeries) -> None:
    trial = backtest(make_series(np.full(40, 5.0)), Q1)
    assert trial.loss["prophet"] == trial.loss["seasonal_naive"] == 0
    assert (trial.chosen, trial.notes[0].id) == ("seasonal_naive", "forecast.chosen_alike")


def test_an_origin_whose_period_has_an_unknown_month_is_left_out(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    values = seasonal.copy()
    values[-2] = np.nan
    series = make_series(values)
    frame = backtest(series, Q1).frame
    assert series.last not in set(frame["last"])
    assert len(frame) == 2 * 3


def test_the_errors_are_means_over_the_origins(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    trial = backtest(make_series(seasonal), Q1)
    rows = trial.frame[trial.frame["method"] == "seasonal_naive"]
    pairs = zip(rows["predicted"].tolist(), rows["actual"].tolist(), strict=True)
    by_hand = [abs(predicted - truth) / truth for predicted, truth in pairs]
    assert trial.error["seasonal_naive"] == pytest.approx(sum(by_hand) / len(by_hand))
    quarter = seasonal[-3:].sum()
    assert rows["actual"].iloc[0] == pytest.approx(quarter)
    assert month_name(int(rows["origin"].iloc[0])) == "2025-09"


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=30), st.floats(-100, 100))
def test_pinball_loss_is_what_a_plain_loop_makes_of_it(draws: list[float], truth: float) -> None:
    total = 0.0
    for level in (0.1, 0.2, 0.5, 0.8, 0.9):
        point = float(np.quantile(draws, level))
        total += level * (truth - point) if truth >= point else (1 - level) * (point - truth)
    assert pinball(np.array(draws), truth) == pytest.approx(total / 5)
