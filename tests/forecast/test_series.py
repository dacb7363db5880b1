"""What a series is refused for, and how a history becomes one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.series import Series, check_series, monthly_series
from salesgoals_kit.owners import COMPANY
from salesgoals_kit.periods import month_name
from tests.forecast.conftest import MakeSeries


def faults(series: Series) -> list[str]:
    with pytest.raises(ForecastError) as caught:
        check_series(series)
    return [str(fault) for fault in caught.value.faults]


def test_every_fault_of_the_months_is_listed(make_series: MakeSeries) -> None:
    series = make_series([1, 2, 3, 4, 5])
    months = series.months.copy()
    months[1] = months[0]  # the same month twice, and then one is lacking
    months[4] = months[2]  # and one goes back
    found = faults(replace(series, months=months))
    assert len(found) == 3
    assert "keep one row a month" in found[0]
    assert "give a month without figures as NaN" in found[1]
    assert "sort the months" in found[2]


def test_infinite_and_enormous_values_are_listed_with_their_months(make_series: MakeSeries) -> None:
    found = faults(make_series([1, np.inf, 3, -np.inf, 1e16]))
    assert [text.split(":")[0] for text in found] == ["2025-09", "2025-11", "2025-12"]


def test_an_unknown_month_in_the_middle_is_no_fault(make_series: MakeSeries) -> None:
    check_series(make_series([1, np.nan, 3]))


def test_a_rate_outside_0_and_1_is_a_fault(make_series: MakeSeries) -> None:
    found = faults(make_series([3, 7, -1], [5, 6, 4], scale="rate", over_period="ratio_of_sums"))
    assert ["7 of 6" in found[0], "-1 of 4" in found[1], len(found)] == [True, True, 2]
    assert len(faults(make_series([0.5, 1.2], scale="rate", over_period="last"))) == 1


def test_a_negative_denominator_and_half_known_months_are_faults(make_series: MakeSeries) -> None:
    found = faults(make_series([1, np.nan, 2], [-3, 5, 4], over_period="ratio_of_sums"))
    assert len(found) == 2


def test_a_ratio_of_sums_needs_denominators(make_series: MakeSeries) -> None:
    assert len(faults(make_series([1, 2], over_period="ratio_of_sums"))) == 1


def test_parts_of_different_length_are_a_fault(make_series: MakeSeries) -> None:
    assert len(faults(replace(make_series([1, 2, 3]), numerator=np.array([1.0])))) == 1


def test_no_months_are_a_fault(make_series: MakeSeries) -> None:
    assert "none" in faults(make_series([]))[0]


def test_a_series_without_any_figure_cannot_be_trimmed(make_series: MakeSeries) -> None:
    with pytest.raises(ForecastError, match="no month with figures"):
        make_series([np.nan, np.nan]).trimmed()


def test_unknown_months_at_the_ends_are_trimmed_and_those_between_stay(make_series: MakeSeries) -> None:
    trimmed = make_series([np.nan, 1, np.nan, 3, np.nan], last="2025-12").trimmed()
    assert (month_name(trimmed.first), month_name(trimmed.last)) == ("2025-09", "2025-11")
    np.testing.assert_array_equal(trimmed.numerator, [1, np.nan, 3])


def test_a_month_without_cases_is_known_but_has_no_value(make_series: MakeSeries) -> None:
    series = make_series([1, 0], [4, 0], scale="rate", over_period="ratio_of_sums")
    assert series.known.all()
    np.testing.assert_array_equal(series.value, [0.25, np.nan])


def test_until_forgets_what_came_later(make_series: MakeSeries) -> None:
    series = make_series([1, 2, 3], [4, 5, 6], over_period="ratio_of_sums")
    np.testing.assert_array_equal(series.until(series.last - 1).numerator, [1, 2])


def test_the_digest_depends_on_every_part(make_series: MakeSeries) -> None:
    series = make_series([1, 2], [3, 4], over_period="ratio_of_sums")
    others = [
        replace(series, kpi="margin"),
        replace(series, owner=COMPANY),
        replace(series, months=series.months + 1),
        replace(series, numerator=series.numerator + 1),
        replace(series, denominator=None),
        replace(series, scale="signed"),
        replace(series, better="lower"),
        replace(series, over_period="last"),
        replace(series, unit="rate"),
        replace(series, minor_units=1),
    ]
    assert len({series.digest(), *(other.digest() for other in others)}) == 11
    assert series.digest() == make_series([1, 2], [3, 4], over_period="ratio_of_sums").digest()


def history(**parts: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"month": pd.to_datetime(["2025-11-01", "2025-12-01"]), **parts})


def test_a_history_becomes_a_series_of_its_values() -> None:
    nan = float("nan")
    frame = history(numerator=[10, 30], denominator=[nan, nan], value=[10, 30])
    series = monthly_series(
        "revenue", COMPANY, frame, scale="positive", better="higher", over_period="sum", unit="money"
    )
    assert [month_name(int(month)) for month in series.months] == ["2025-11", "2025-12"]
    assert (series.numerator.tolist(), series.denominator) == ([10, 30], None)


def test_a_history_of_a_ratio_keeps_both_parts_and_one_that_is_recomputed_its_value_alone() -> None:
    frame = history(numerator=[10, 30], denominator=[20, 40], value=[0.5, 0.75])
    ratio = monthly_series(
        "cac", COMPANY, frame, scale="positive", better="lower", over_period="ratio_of_sums", unit="money"
    )
    assert ratio.denominator is not None
    assert ratio.denominator.tolist() == [20, 40]
    alone = monthly_series(
        "nrr", COMPANY, frame, scale="positive", better="higher", over_period="recompute", unit="rate"
    )
    assert (alone.numerator.tolist(), alone.denominator) == ([0.5, 0.75], None)


def test_an_empty_history_is_a_series_without_a_month_of_which_no_outlook_can_be_made() -> None:
    """That of a newcomer: its siblings may lend what it has not."""
    frame = history(numerator=[1, 2], denominator=[1, 2], value=[1, 2]).iloc[:0]
    series = monthly_series(
        "revenue", COMPANY, frame, scale="positive", better="higher", over_period="sum", unit="money"
    )
    assert len(series.months) == len(series.value) == 0
    with pytest.raises(ForecastError, match="months: none"):
        check_series(series)


def test_a_month_in_which_more_was_credited_than_invoiced_is_unknown_and_the_others_stay() -> None:
    """Margins of 0.4 and 0.5, and between them 30 earned of -10 invoiced, which is no margin."""
    parts = {"numerator": [40, 30, 50], "denominator": [100, -10, 100], "value": [0.4, np.nan, 0.5]}
    made = monthly_series(
        "margin",
        COMPANY,
        pd.DataFrame({"month": pd.date_range("2025-10-01", periods=3, freq="MS"), **parts}),
        scale="signed",
        better="higher",
        over_period="ratio_of_sums",
        unit="rate",
    )
    assert made.known.tolist() == [True, False, True]
    np.testing.assert_allclose(made.value, [0.4, np.nan, 0.5])
    check_series(made)


def test_words_that_do_not_exist_are_faults_all_at_once(make_series: MakeSeries) -> None:
    series = replace(make_series([1.0, 2.0]), scale="log", better="more", over_period="mean")  # type: ignore[arg-type]
    with pytest.raises(ForecastError) as caught:
        check_series(series)
    assert [fault.where for fault in caught.value.faults] == ["scale", "better", "over_period"]
    assert "positive, " in str(caught.value)
