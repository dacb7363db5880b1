"""From months to a period, worked by hand: two paths of three months."""

from __future__ import annotations

import numpy as np
import pytest

from salesgoals_kit.forecast.combine import actual, over_period
from salesgoals_kit.forecast.paths import Paths
from tests.forecast.conftest import MakeSeries

AMOUNTS = Paths(np.array([[1.0, 2, 3], [10, 0, 5]]), None)
RATES = Paths(np.array([[1.0, 2, 0], [3, 1, 0]]), np.array([[4.0, 4, 2], [10, 0, 10]]))


def test_a_sum_adds_the_months_of_each_path() -> None:
    assert over_period(AMOUNTS, "sum", "higher").values.tolist() == [6, 15]


@pytest.mark.parametrize("rule", ["last", "recompute"])
def test_a_stock_and_a_rolling_figure_are_those_of_the_last_month(rule: str) -> None:
    assert over_period(AMOUNTS, rule, "higher").values.tolist() == [3, 5]  # type: ignore[arg-type]


def test_a_ratio_divides_the_sums() -> None:
    drawn = over_period(RATES, "ratio_of_sums", "higher")
    assert drawn.values.tolist() == [3 / 10, 4 / 20]  # (1 + 2 + 0) / (4 + 4 + 2), (3 + 1 + 0) / (10 + 0 + 10)
    assert drawn.counts is not None
    assert (drawn.counts[0].tolist(), drawn.counts[1].tolist()) == ([3, 4], [10, 20])


def test_the_worst_month_decides_and_is_the_highest_where_lower_is_better() -> None:
    # months of the first path: 1/4, 2/4, 0/2; of the second: 3/10, none, 0/10
    assert over_period(RATES, "every_month", "lower").values.tolist() == [2 / 4, 3 / 10]
    assert over_period(RATES, "every_month", "higher").values.tolist() == [0, 0]


def test_every_month_without_denominators_takes_the_worst_value() -> None:
    assert over_period(AMOUNTS, "every_month", "lower").values.tolist() == [3, 10]
    assert over_period(AMOUNTS, "every_month", "higher").values.tolist() == [1, 0]


def test_a_path_without_cases_takes_the_value_of_another_and_is_counted() -> None:
    paths = Paths(np.array([[0.0], [1], [0], [2]]), np.array([[0.0], [4], [0], [8]]))
    drawn = over_period(paths, "ratio_of_sums", "higher")
    assert drawn.values.tolist() == [0.25, 0.25, 0.25, 0.25]
    assert drawn.undefined == 0.5


def test_paths_without_any_case_have_no_value() -> None:
    drawn = over_period(Paths(np.zeros((2, 1)), np.zeros((2, 1))), "ratio_of_sums", "higher")
    assert np.isnan(drawn.values).all()
    assert drawn.undefined == 1.0


def test_the_actual_figure_is_combined_like_the_paths(make_series: MakeSeries) -> None:
    total = make_series([5, 1, 2, 3])
    assert actual(total, total.last - 2, total.last) == 6
    rate = make_series([9, 1, 2, 0], [9, 4, 4, 2], scale="rate", over_period="ratio_of_sums")
    assert actual(rate, rate.last - 2, rate.last) == 3 / 10
    churn = make_series([9, 1, 2, 0], [9, 4, 4, 2], scale="rate", over_period="every_month", better="lower")
    assert actual(churn, churn.last - 2, churn.last) == 1 / 2
    assert actual(make_series([5, 1, 7], over_period="last"), total.last - 1, total.last) == 7


def test_an_actual_figure_with_an_unknown_month_is_unknown(make_series: MakeSeries) -> None:
    series = make_series([5, np.nan, 2, 3])
    assert np.isnan(actual(series, series.last - 2, series.last))
    assert np.isnan(actual(series, series.last, series.last + 1))
    no_case = make_series([0, 0], [0, 0], scale="rate", over_period="ratio_of_sums")
    assert np.isnan(actual(no_case, no_case.first, no_case.last))
