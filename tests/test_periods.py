"""Periods: fiscal years, whole runs, names."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesgoals_kit.errors import ParamError
from salesgoals_kit.periods import (
    day_number,
    day_of,
    last_whole_month,
    month_end,
    month_number,
    month_start,
    parse_period,
    whole_periods,
)


def test_a_fiscal_year_is_named_for_the_calendar_year_in_which_it_ends() -> None:
    # From April: fiscal 2026 runs 2025-04-01 to 2026-03-31, its first quarter April to June 2025.
    assert (parse_period("2026", 4).start, parse_period("2026", 4).end) == (date(2025, 4, 1), date(2026, 3, 31))
    assert (parse_period("2026Q1", 4).start, parse_period("2026Q4", 4).end) == (date(2025, 4, 1), date(2026, 3, 31))


def test_a_month_is_a_calendar_month_in_any_fiscal_year() -> None:
    assert parse_period("2026-02", 7).end == date(2026, 2, 28)


@pytest.mark.parametrize("wrong", ["2026Q5", "2026-13", "26", "2026q1", "last year", "", "2026-1", "9999"])
def test_what_is_no_period_is_refused_with_the_three_forms(wrong: str) -> None:
    with pytest.raises(ParamError, match="2026, 2026Q1 or 2026-03"):
        parse_period(wrong)


@given(st.integers(1971, 2200), st.integers(1, 12), st.sampled_from(["", "Q1", "Q2", "Q3", "Q4", "-01", "-12"]))
def test_a_period_reads_back_as_it_is_written(year: int, start: int, ending: str) -> None:
    period = parse_period(f"{year}{ending}", start)
    assert parse_period(period.name, start) == period
    assert period.shifted(3).shifted(-3) == period
    assert period.shifted(1).first == period.last + 1
    assert (period.year_before().start.year, period.year_before().start.month) == (
        period.start.year - 1,
        period.start.month,
    )


@given(st.integers(0, 600), st.integers(0, 60), st.integers(1, 12))
def test_whole_periods_are_those_of_pandas_that_lie_inside(first: int, length: int, start: int) -> None:
    months = pd.period_range(pd.Period(ordinal=first, freq="M"), periods=length + 1, freq="M")
    names = pd.Series([parse_name(month, start) for month in months])
    counts = names.value_counts()
    expected = [name for name in names.unique() if counts[name] == 3]
    assert [p.name for p in whole_periods("quarter", first, first + length, start)] == expected


def parse_name(month: pd.Period, start: int) -> str:
    """The fiscal quarter of a month, worked out by counting."""
    since = (month.month - start) % 12
    year = month.year + (1 if start > 1 and month.month >= start else 0)
    return f"{year}Q{since // 3 + 1}"


@given(st.dates(date(1971, 1, 1), date(2200, 12, 31)))
def test_days_and_months_count_as_pandas_counts(day: date) -> None:
    assert month_number(day) == pd.Period(day, "M").ordinal
    assert day_of(day_number(day)) == day
    assert month_start(month_number(day)) <= day <= month_end(month_number(day))
    assert last_whole_month(day) == month_number(day) - (day != month_end(month_number(day)))
