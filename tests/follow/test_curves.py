"""What has usually come by a working day: worked by hand, against a naive twin, and what a curve has to keep."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.follow.curves import FEWEST, Calendar, curve_of
from salesgoals_kit.kpis.byday import Flow
from salesgoals_kit.periods import Period, day_number, month_number, parse_period


def flow_of(amounts: dict[date, int], first: date, last: date) -> Flow:
    frame = pd.DataFrame({"day": [day_number(day) for day in amounts], "amount": list(amounts.values())})
    return Flow(frame, month_number(first), month_number(last), ())


def every_day(first: date, last: date, amount: int = 100) -> dict[date, int]:
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    return {day: amount for day in days if day.weekday() < 5}


def test_even_sales_are_a_straight_line_by_working_days_and_nothing_else_is() -> None:
    start, end = date(2023, 1, 1), date(2024, 12, 31)
    flow = flow_of(every_day(start, end), start, end)
    period = parse_period("2025Q1")
    curve = curve_of(flow, period, None)
    assert curve is not None
    days = Calendar(period, None).days
    assert curve.mid == pytest.approx(np.arange(len(days) + 1) / len(days), abs=0.01)
    rushed = {day: 10 for day in every_day(start, end)}
    rushed |= {day: 1000 for day in rushed if day.month % 3 == 0 and day.day >= 25}
    late = curve_of(flow_of(rushed, start, end), period, None)
    assert late is not None
    assert late.after(len(days) // 2)[1] < 0.15, "what comes at the end has not come by the middle"
    assert late.mid[-1] == pytest.approx(1.0)


def test_the_share_by_hand_with_a_holiday_and_a_day_off() -> None:
    """January 2025 in Germany: New Year is free, 22 working days; three sales of 100, 200 and 700."""
    sales: dict[date, int] = {}
    for year in (2022, 2023, 2024):
        for month in range(1, 13):
            sales |= {date(year, month, 2): 100, date(year, month, 20): 900}
    flow = flow_of(sales, date(2022, 1, 1), date(2024, 12, 31))
    period = parse_period("2025-01")
    assert len(Calendar(period, "DE").days) == 22
    assert len(Calendar(period, None).days) == 23
    curve = curve_of(flow, period, "DE")
    assert curve is not None
    assert len(curve.names) == 36
    assert curve.names[0] == "2022-01"
    assert curve.after(3) == pytest.approx((0.1, 0.1, 0.1)), "by the 6th only the first of both sales has come"
    assert curve.after(22) == pytest.approx((1.0, 1.0, 1.0))
    assert Calendar(period, "DE").done(day_number(date(2025, 1, 1))) == 0
    assert Calendar(period, "DE").done(day_number(date(2025, 1, 5))) == 2


def test_what_comes_on_a_day_off_is_there_on_the_next_working_day() -> None:
    sundays = [date(2022, 1, 2) + timedelta(days=7 * i) for i in range(156)]
    curve = curve_of(
        flow_of(dict.fromkeys(sundays, 100), date(2022, 1, 1), date(2024, 12, 31)), parse_period("2025Q1"), None
    )
    assert curve is not None
    assert curve.mid == pytest.approx(np.arange(len(curve.mid)) / (len(curve.mid) - 1), abs=0.05)


def test_fiscal_quarters_are_those_of_the_company() -> None:
    start, end = date(2022, 2, 1), date(2025, 1, 31)
    sales = {day: 10 for day in every_day(start, end)}
    sales |= {day: 5000 for day in sales if day.month in (1, 4, 7, 10) and day.day > 24}  # the rush at fiscal ends
    flow = flow_of(sales, start, end)
    fiscal = parse_period("2026Q1", fiscal_year_starts=2)
    assert (fiscal.start, fiscal.end) == (date(2025, 2, 1), date(2025, 4, 30))
    curve = curve_of(flow, fiscal, None)
    assert curve is not None
    assert curve.names[-1] == "2025Q4"
    half = len(curve.mid) // 2
    assert curve.mid[half] < 0.1
    calendar = curve_of(flow, parse_period("2025Q1"), None)
    assert calendar is not None
    assert calendar.mid[half] > 0.5, "cut at the calendar's edges the rush falls into the first month"


@pytest.mark.parametrize("period", ["2025-03", "2025Q1", "2025"])
def test_too_few_periods_make_no_curve_and_part_periods_count_for_none(period: str) -> None:
    wanted = parse_period(period)
    few = FEWEST[wanted.grain]
    first = wanted.shifted(-few)
    begins = first.start
    sales = every_day(date(2010, 1, 1), date(2025, 3, 10))
    assert curve_of(flow_of(sales, begins, date(2025, 2, 28)), wanted, None) is not None
    later = (pd.Timestamp(begins) + pd.DateOffset(months=1)).date()  # the first period is no longer whole
    assert curve_of(flow_of(sales, later, date(2025, 2, 28)), wanted, None) is None


def test_the_running_period_and_what_comes_after_it_change_nothing() -> None:
    start, end = date(2022, 1, 1), date(2024, 12, 31)
    sales = every_day(start, end)
    period = parse_period("2024Q4")
    before = curve_of(flow_of(sales, start, end), period, "DE")
    after = curve_of(flow_of({**sales, date(2024, 11, 4): 10**9, date(2025, 2, 3): 10**9}, start, end), period, "DE")
    assert before is not None
    assert after is not None
    assert before.names == after.names
    assert before.mid.tolist() == after.mid.tolist()


def naive(flow: Flow, period: Period, position: float) -> list[float]:
    """The shares that had come after a part of the working days, period by period, without vectors."""
    found, one = [], period.shifted(-1)
    while one.first >= flow.first:
        amounts = {day: amount for day, amount in zip(flow.frame["day"], flow.frame["amount"], strict=True)}
        inside = {d: a for d, a in amounts.items() if day_number(one.start) <= d <= day_number(one.end)}
        days, total = Calendar(one, None).days, sum(inside.values())
        place = position * len(days)
        below, part = int(place), place - int(place)

        def by(count: int, days: tuple[int, ...] = days, inside: dict[int, int] = inside, end: date = one.end) -> float:
            last = day_number(end) if count == len(days) else days[count - 1] if count else 0
            return sum(amount for day, amount in inside.items() if day <= last)

        share = by(below) if part < 1e-12 else by(below) + part * (by(below + 1) - by(below))
        found.append(share / total)
        one = one.shifted(-1)
    return found[::-1]


@pytest.mark.parametrize("seed", range(5))
def test_curves_are_as_a_naive_twin_has_them_and_never_fall(seed: int) -> None:
    rng = np.random.default_rng(seed)
    start, end = date(2022, 1, 1), date(2024, 12, 31)
    days = [start + timedelta(days=int(i)) for i in rng.integers(0, (end - start).days + 1, 400)]
    flow = flow_of({day: int(rng.integers(1, 10_000)) for day in days}, start, end)
    period = parse_period("2025Q2" if seed % 2 else "2025Q1")
    curve = curve_of(flow, period, None)
    assert curve is not None
    n = len(curve.mid) - 1
    for j in (0, n // 3, n // 2, n):
        shares = naive(flow, parse_period("2025Q1"), j / n)
        assert min(shares) - 1e-9 <= curve.mid[j] <= max(shares) + 1e-9
    assert (np.diff(curve.mid) >= -1e-12).all()
    assert (curve.low <= curve.mid).all()
    assert (curve.mid <= curve.high).all()
    assert curve.mid[-1] == pytest.approx(1.0)
    assert curve.within == pytest.approx(1 - 2 / 13)


def test_seasons_count_as_far_as_they_differ() -> None:
    """Fourth quarters come late, the others evenly: much of that is kept for a fourth quarter, nothing for a second."""
    start, end = date(2021, 1, 1), date(2024, 12, 31)
    sales = {day: 100 for day in every_day(start, end)}
    sales |= {day: 5000 for day in sales if day.month == 12 and day.day > 15}
    flow = flow_of(sales, start, end)
    last, second = curve_of(flow, parse_period("2025Q4"), None), curve_of(flow, parse_period("2025Q2"), None)
    assert last is not None
    assert second is not None
    half = len(last.mid) // 2
    assert last.mid[half] < 0.15
    assert second.mid[half] == pytest.approx(0.5, abs=0.05)


def test_the_band_holds_what_it_says_of_new_periods() -> None:
    held, tries, within = 0, 0, 0.0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        start, end = date(2021, 10, 1), date(2024, 12, 31)
        sales = {
            day: int(amount) for day, amount in zip(every_day(start, end), rng.gamma(0.05, 1e6, 10**4), strict=False)
        }
        flow = flow_of(sales, start, date(2024, 9, 30))
        period = parse_period("2024Q4")
        curve = curve_of(flow, period, None)
        assert curve is not None
        within, days = curve.within, Calendar(period, None).days
        total = sum(a for day, a in sales.items() if day_number(day) >= days[0])
        for j in (15, 32, 50):
            came = sum(a for day, a in sales.items() if days[0] <= day_number(day) <= days[j - 1]) / total
            held += curve.low[j] <= came <= curve.high[j]
            tries += 1
    assert within == pytest.approx(1 - 2 / 13)
    assert 0.75 <= held / tries <= 0.95
