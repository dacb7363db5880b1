"""Goals over time: phases that add up, levels on the way, limits; chances on the paths; what is left of a year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesgoals_kit.errors import ForecastError, ParamError
from salesgoals_kit.forecast.moving import working_days
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.asked import Calendar
from salesgoals_kit.goals.course import NEAR, course_of
from salesgoals_kit.goals.phase import phase, rephase
from salesgoals_kit.goals.phased import Phasing
from salesgoals_kit.goals.weeks import fallen, pace, pieces_of, unevenness
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, day_number, day_of, month_number, parse_period
from salesgoals_kit.words import Message

REVENUE, LEADS, MRR = CATALOGUE["revenue"], CATALOGUE["qualified_leads"], CATALOGUE["mrr"]
YEAR, Q1 = parse_period(2026), parse_period("2026Q1")
SHAPES = np.array([2, 3, 4, 5, 6, 4, 3, 2, 5, 6, 8, 12.0])
GERMAN = Calendar("DE", None, 8.0)


def outlook_of(months: np.ndarray, kpi: str = "revenue", period: Period = YEAR, **given: Any) -> Outlook:
    rule = CATALOGUE[kpi]
    draws = {"sum": months.sum(axis=1), "last": months[:, -1], "recompute": months[:, -1]}.get(rule.over_period)
    if rule.over_period == "every_month":
        draws = months.max(axis=1)
    basic: dict[str, Any] = {
        "kpi": kpi,
        "owner": Owner("Central"),
        "period": period,
        "better": rule.better,
        "draws": draws,
        "counts": None,
        "method": "combination",
        "step": None,
        "calibrated": False,
        "history_months": 48,
        "yearly_season": True,
        "notes": (),
        "unit": rule.unit,
        "months": months,
    }
    return Outlook(**{**basic, **given})


def gamma_year(draws: int = 1000, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).gamma(SHAPES, 1000, (draws, len(SHAPES))).round(2)


def cents(phasing: Phasing, grain: Any) -> int:
    return sum(round(phase.value * 100) for phase in phasing.of(grain))


def test_months_are_those_of_the_paths_near_the_goal() -> None:
    """Independent gamma months keep their proportions whatever they come to (Lukacs 1955): half a goal, or twice."""
    course = course_of(outlook_of(gamma_year(20_000)))
    for value in (40_000, 60_000, 85_000):
        weights = course.weights(value)
        np.testing.assert_allclose(weights / weights.sum(), SHAPES / SHAPES.sum(), atol=0.003)


def test_uneven_months_carry_more_of_a_stretch() -> None:
    """Normal months: given the sum, a month is its mean and its part of the variance times what the sum is off."""
    mean, spread = np.array([100.0, 100, 100]), np.array([5.0, 10, 20])
    months = np.random.default_rng(2).normal(mean, spread, (100_000, 3))
    weights = course_of(outlook_of(months, period=Q1)).weights(330.0)
    near = np.sort(np.abs(months.sum(axis=1) - 330))[: round(NEAR * len(months))]
    assert near.max() > 10  # not only the goal itself: the mean sum of those near it counts
    expected = mean + spread**2 / (spread**2).sum() * (weights.sum() - 300)
    np.testing.assert_allclose(weights, expected, atol=0.2)


def test_a_year_by_hand() -> None:
    """Two paths, one near the goal: 100, 200, …, 1200 are 1/78 to 12/78 of 7,800.

    Of 780.01 that is 10.00, 20.00, …, and of the one cent it is 1/78 to 12/78: the
    largest remainder is December's.
    """
    path = np.arange(1, 13) * 100.0
    found = phase(780.01, outlook_of(np.vstack([path / 10, *[path[::-1] * 5] * 4])), REVENUE)
    assert [one.value for one in found.of("month")] == [10.0 * month for month in range(1, 12)] + [120.01]
    assert [one.value for one in found.of("quarter")] == [60.0, 150.0, 240.0, 330.01]
    assert [one.so_far for one in found.of("quarter")] == [60.0, 210.0, 450.0, 780.01]
    assert [one.chance for one in found.of("quarter")] == [1.0, 1.0, 1.0, 0.8]
    assert [one.chance_so_far for one in found.of("quarter")] == [1.0, 1.0, 1.0, 0.8]
    assert found.chance == 0.8


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10**9),
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 2, 4, 7, 12]),
    st.sampled_from(["year", "quarter", "month"]),
    st.sampled_from([None, "DE", "PL"]),
)
def test_phases_add_up_at_every_grain(goal: int, seed: int, starts: int, grain: str, country: str | None) -> None:
    rng = np.random.default_rng(seed)
    period = parse_period({"year": "2026", "quarter": "2026Q2", "month": "2026-05"}[grain], starts)
    months = rng.gamma(1, 1000, (50, len(period.months))).round(2) * rng.integers(0, 2, len(period.months))
    today = min(period.end, period.start + timedelta(days=int(rng.integers(-40, 366))))
    found = phase(goal / 100, outlook_of(months, period=period), REVENUE, Calendar(country, today, 4.0))
    assert found.value == goal / 100
    weeks = found.of("week")
    if grain == "year":
        assert cents(found, "quarter") == cents(found, "month") == goal
    if grain == "quarter":
        assert cents(found, "month") == goal
    if grain != "year":
        assert cents(found, "week") == goal
    elif weeks:
        running = next(q for q in found.of("quarter") if q.start <= weeks[-1].end <= q.end)
        inside = [m for m in found.of("month") if weeks[0].start <= m.start <= running.end]
        assert sum(round(m.value * 100) for m in inside) == cents(found, "week")
        assert weeks[-1].so_far == running.so_far
    for before, after in pairwise(weeks):
        assert before.end + timedelta(days=1) == after.start
    assert all(one.value >= 0 for one in found.phases)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 5_000), st.integers(0, 2**32 - 1))
def test_counts_stay_whole(goal: int, seed: int) -> None:
    months = np.random.default_rng(seed).poisson(SHAPES * 5, (60, 12)).astype(float)
    found = phase(float(goal), outlook_of(months, "qualified_leads"), LEADS)
    assert all(one.value == int(one.value) for one in found.phases)
    assert sum(one.value for one in found.of("month")) == goal
    assert all(one.chance is not None for one in found.of("week"))


def test_one_cent_more_goes_to_somebody_and_a_larger_goal_to_all() -> None:
    """Where the paths near the goal stay the same, no month gets more than a cent less (the Alabama paradox)."""
    outlook = outlook_of(np.tile(SHAPES * 1000, (10, 1)))
    one, more, twice = (phase(value, outlook, REVENUE) for value in (50_000, 50_000.01, 100_000))
    changes = [round((b.value - a.value) * 100) for a, b in zip(one.of("month"), more.of("month"), strict=True)]
    assert sum(changes) == 1 and min(changes) >= -1
    assert all(b.value >= a.value for a, b in zip(one.phases, twice.phases, strict=True))


def test_chances_are_those_of_the_paths() -> None:
    """Against a twin that goes through the paths one by one."""
    months = gamma_year(200)
    found = phase(62_000.0, outlook_of(months), REVENUE)
    for at, one in enumerate(found.of("month")):
        assert one.chance == sum(path[at] >= one.value - 1e-6 for path in months) / 200
        assert one.so_far is not None
        assert one.chance_so_far == sum(path[: at + 1].sum() >= one.so_far - 1e-6 for path in months) / 200
    assert found.of("month")[-1].chance_so_far == found.chance == outlook_of(months).chance(62_000.0)


def test_weeks_follow_working_days_and_are_cut_at_the_quarter_s_edge() -> None:
    """The first quarter of 2026 begins on a Thursday, a holiday, and ends on a Tuesday."""
    months = np.tile([2000.0, 2000.0, 2200.0], (10, 1))
    found = phase(6200.0, outlook_of(months, period=Q1), REVENUE, Calendar("DE"))
    weeks = found.of("week")
    assert (weeks[0].name, weeks[0].start, weeks[0].end) == ("2026-W01", date(2026, 1, 1), date(2026, 1, 4))
    assert (weeks[-1].name, weeks[-1].start, weeks[-1].end) == ("2026-W14", date(2026, 3, 30), date(2026, 3, 31))
    assert working_days("DE", date(2026, 1, 1), date(2026, 1, 31)) == 21
    assert [round(week.value, 2) for week in weeks[:2]] == [95.24, 476.19]  # 1 and 5 of 21 days of 2,000
    assert weeks[8].value == 500.0  # 23 February to 1 March: five of the 20 days of 2,000, and a Sunday
    assert weeks[-1].value == 200.0  # two of the 22 days of 2,200
    assert {week.chance for week in weeks} == {None}
    assert "phase.weeks_without_chance" in [note.id for note in found.notes]


def test_pieces_are_all_days_once() -> None:
    pieces = pieces_of(list(parse_period("2026Q4").months), "PL")
    days = [piece.start + timedelta(days=i) for piece in pieces for i in range((piece.end - piece.start).days + 1)]
    assert days == [date(2026, 10, 1) + timedelta(days=i) for i in range(92)]
    assert sum(piece.working for piece in pieces) == working_days("PL", date(2026, 10, 1), date(2026, 12, 31))


def test_sales_fall_within_a_month_as_a_compound_of_equal_ones() -> None:
    """Of a fixed month the Dirichlet share of a week has mean p and variance p (1 - p) / (n + 1)."""
    drawn = fallen(np.full(50_000, 100.0), [1, 5, 5, 5, 4], 10.0, np.random.default_rng(3)) / 100
    share = np.array([1, 5, 5, 5, 4]) / 20
    np.testing.assert_allclose(drawn.sum(axis=1), 1)
    np.testing.assert_allclose(drawn.mean(axis=0), share, atol=0.003)
    np.testing.assert_allclose(drawn.var(axis=0), share * (1 - share) / 11, rtol=0.05)
    counted = fallen(np.full(50_000, 30.0), [1, 1, 2], None, np.random.default_rng(3))
    assert (counted.sum(axis=1) == 30).all()
    np.testing.assert_allclose(counted.var(axis=0), 30 * np.array([0.25, 0.25, 0.5]) * [0.75, 0.75, 0.5], rtol=0.05)


def test_past_weeks_tell_how_uneven_sales_fall() -> None:
    """Months drawn with 6 equal sales give about 6 back; of one sale a month about none; of even days many."""
    rng, rows = np.random.default_rng(6), []
    first = parse_period("2000-01").first
    for month in range(first, first + 300):
        pieces = pieces_of([month], "DE")
        drawn = fallen(np.array([1e6]), pace(pieces), 6.0, rng)[0]
        rows += [(month, day_number(one.end), round(amount)) for one, amount in zip(pieces, drawn, strict=True)]
    columns = ["month", "day", "amount"]
    assert unevenness(pd.DataFrame(rows, columns=columns), "DE") == pytest.approx(6.0, rel=0.1)
    lone = pd.DataFrame(rows, columns=columns).sort_values("amount").drop_duplicates("month", keep="last")
    assert unevenness(lone, "DE") == 0.05
    days = [day for day in range(day_number(date(2025, 1, 1)), day_number(date(2026, 1, 1))) if (day + 3) % 7 < 5]
    even = pd.DataFrame([(month_number(day_of(day)), day, 100) for day in days], columns=columns)
    assert unevenness(even, None) == pytest.approx(1e6)
    assert unevenness(even.head(0), None) is None


def test_unevenness_by_hand() -> None:
    """June 2026 has weeks of 5, 5, 5, 5 and 2 of its 22 working days; all was sold in the first of them.

    Shares p: sum of p (1 - p) is 1 - 104 / 484; sum of squared distances (17² + 3 · 5² + 2²) / 484: 380 / 368 - 1.
    """
    june = pd.DataFrame([(month_number(date(2026, 6, 1)), day_number(date(2026, 6, 3)), 70)])
    june.columns = pd.Index(["month", "day", "amount"])
    assert unevenness(june, None) == 0.05
    assert 380 / 368 - 1 < 0.05
    two = pd.concat([june, june.assign(day=day_number(date(2026, 6, 10)))])  # half in each of two weeks
    assert unevenness(two, None) == pytest.approx(380 / (2 * 6**2 + 2 * 5**2 + 2**2) - 1)


def test_the_same_goal_has_the_same_weeks() -> None:
    outlook = outlook_of(gamma_year())
    assert phase(60_000.0, outlook, REVENUE, GERMAN) == phase(60_000.0, outlook, REVENUE, GERMAN)


def test_a_stock_is_on_its_way_to_the_goal() -> None:
    """A random walk from 1,000: given its end, month i is i/12 of the way there (Brownian bridge)."""
    walk = 1000 + np.random.default_rng(4).normal(0, 10, (20_000, 12)).cumsum(axis=1)
    found = phase(1030.0, outlook_of(walk, "mrr"), MRR)
    np.testing.assert_allclose([one.value for one in found.of("month")], 1000 + np.arange(1, 13) * 2.5, atol=1.0)
    assert found.kind == "levels" and found.of("month")[-1].value == 1030.0
    assert found.of("quarter")[-1].value == 1030.0 and found.of("quarter")[-1].chance == found.chance
    assert found.of("week") == () and "phase.no_weeks" in [note.id for note in found.notes]
    beyond = phase(1200.0, outlook_of(walk, "mrr"), MRR).of("month")  # farther than any path comes
    np.testing.assert_allclose([one.value for one in beyond], 1000 + np.arange(1, 13) * 200 / 12, atol=2.5)


def test_a_rate_has_the_level_of_the_paths_that_come_to_the_goal() -> None:
    rng = np.random.default_rng(5)
    level = rng.normal(0.25, 0.03, (5000, 1))
    months = np.clip(level + rng.normal(0, 0.05, (5000, 12)) + np.linspace(-0.02, 0.02, 12), 0.01, 0.99)
    outlook = outlook_of(
        months, "win_rate", draws=months.mean(axis=1), counts=(months.sum(axis=1), np.full(5000, 12.0))
    )
    found = phase(0.28, outlook, CATALOGUE["win_rate"])
    np.testing.assert_allclose(
        [one.value for one in found.of("month")], 0.28 + np.linspace(-0.02, 0.02, 12), atol=0.006
    )
    assert np.mean([one.value for one in found.of("month")]) == pytest.approx(0.28, abs=1e-9)
    assert all(one.so_far is None for one in found.phases)


def test_months_without_a_case_have_no_say() -> None:
    months = np.full((10, 3), np.nan)
    months[:5, 0] = [0.2, 0.3, 0.4, 0.5, 0.6]
    outlook = outlook_of(months, "win_rate", Q1, draws=np.linspace(0.2, 0.6, 10), counts=(np.ones(10), np.ones(10)))
    found = phase(0.4, outlook, CATALOGUE["win_rate"])
    assert [one.value for one in found.of("month")][1:] == [0.4, 0.4]
    assert [one.chance for one in found.of("month")][1:] == [None, None]
    assert len(found.milestones) == 3


def test_a_limit_is_the_same_every_month() -> None:
    months = np.array([[0.01, 0.02, 0.03], [0.02, 0.01, 0.01], [0.01, 0.01, 0.01], [0.03, 0.0, 0.0]])
    found = phase(0.02, outlook_of(months, "logo_churn", Q1), CATALOGUE["logo_churn"])
    assert [one.value for one in found.of("month")] == [0.02] * 3
    assert [one.chance for one in found.of("month")] == [0.75, 1.0, 0.75]
    assert [one.chance_so_far for one in found.of("month")] == [0.75, 0.75, 0.5]
    assert found.chance == 0.5 and found.kind == "limit" and found.milestones == ()


def rest_of(period: Period, months: int) -> Period:
    return Period(period.grain, period.last - months + 1, period.last, period.fiscal_year_starts)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2 * 10**7), st.integers(1, 11), st.integers(0, 2**32 - 1))
def test_reached_and_rest_are_the_goal(goal: int, over: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    reached = {YEAR.first + i: round(float(rng.gamma(2, 3000)), 2) for i in range(over)}
    rest = outlook_of(gamma_year(60, seed)[:, over:], period=rest_of(YEAR, 12 - over))
    found = rephase(goal / 100, YEAR, reached, rest, REVENUE, Calendar("DE"))
    months = found.of("month")
    assert [one.value for one in months[:over]] == list(reached.values())
    assert [one.past for one in months] == [True] * over + [False] * (12 - over)
    done = sum(round(value * 100) for value in reached.values())
    assert cents(found, "month") == cents(found, "quarter") == max(goal, done)
    assert ("phase.already_reached" in [note.id for note in found.notes]) == (done > goal)
    assert all(one.chance == 1.0 for one in months[:over])
    assert found.chance == np.mean(rest.draws + done / 100 >= goal / 100 * (1 - 1e-9))
    assert all(one.start >= months[over].start for one in found.of("week"))


def test_more_reached_leaves_less_for_the_rest() -> None:
    """And what was missed is shared out by the season of the months left, not put on the next one."""
    rest = outlook_of(np.tile(SHAPES[6:] * 1000, (5, 1)), period=rest_of(YEAR, 6))
    reached = {YEAR.first + i: 4000.0 for i in range(6)}
    poor, good = (
        [one.value for one in rephase(60_000.0, YEAR, {**reached, YEAR.first: first}, rest, REVENUE).of("month")][6:]
        for first in (1000.0, 4000.0)
    )
    assert all(a > b for a, b in zip(poor, good, strict=True))
    np.testing.assert_allclose(good, 36_000 * SHAPES[6:] / SHAPES[6:].sum(), atol=0.01)


def test_a_ratio_is_phased_anew_by_its_numerator_and_denominator() -> None:
    """10 of 50 won so far, 50 more are decided: for 25 % of 100 the rest has to win 15 of 50, 30 %."""
    months = np.repeat(np.linspace(0.1, 0.5, 41)[:, None], 6, axis=1)
    rest = outlook_of(
        months, "win_rate", rest_of(YEAR, 6), draws=months[:, 0], counts=(months[:, 0] * 50, np.full(41, 50.0))
    )
    reached = {YEAR.first + i: 0.2 for i in range(6)}
    found = rephase(0.25, YEAR, reached, rest, CATALOGUE["win_rate"], counts=(10.0, 50.0))
    np.testing.assert_allclose([one.value for one in found.of("month")], [0.2] * 6 + [0.3] * 6)
    assert found.chance == pytest.approx(np.mean(months[:, 0] >= 0.3 - 1e-9))
    with pytest.raises(ParamError, match="numerator"):
        rephase(0.25, YEAR, reached, rest, CATALOGUE["win_rate"])


def test_a_limit_that_was_broken_cannot_be_kept() -> None:
    rest = outlook_of(np.full((10, 2), 0.01), "logo_churn", rest_of(Q1, 2))
    kept, broken = (rephase(0.02, Q1, {Q1.first: was}, rest, CATALOGUE["logo_churn"]) for was in (0.015, 0.03))
    assert kept.chance == 1.0 and "phase.broken" not in [note.id for note in kept.notes]
    assert broken.chance == 0.0 and "phase.broken" in [note.id for note in broken.notes]
    assert broken.of("month")[0].value == 0.03


def test_every_wrong_month_is_told_at_once() -> None:
    rest = outlook_of(np.ones((5, 6)), period=rest_of(YEAR, 6))
    reached = {YEAR.first - 1: 1.0, YEAR.first: float("nan"), **{YEAR.first + i: 1.0 for i in (1, 2, 3, 6)}}
    with pytest.raises(ParamError) as caught:
        rephase(10.0, YEAR, reached, rest, REVENUE)
    assert {fault.where for fault in caught.value.faults} == {"2026-05", "2026-06", "2025-12", "2026-07", "2026-01"}


@pytest.mark.parametrize(("kpi", "value"), [("revenue", -1.0), ("revenue", float("nan")), ("qualified_leads", 1.5)])
def test_an_impossible_goal_is_refused(kpi: str, value: float) -> None:
    with pytest.raises(ParamError, match="cannot be phased"):
        phase(value, outlook_of(gamma_year(5), kpi), CATALOGUE[kpi])


def test_an_outlook_without_months_is_refused(make_outlook: Callable[..., Outlook]) -> None:
    with pytest.raises(ForecastError, match="cannot be phased"):
        phase(1.0, make_outlook([1, 2, 3]), REVENUE)


def test_where_nothing_is_expected_working_days_decide() -> None:
    found = phase(630.0, outlook_of(np.zeros((10, 3)), period=Q1), REVENUE, Calendar("DE"))
    assert [one.value for one in found.of("month")] == [210.0, 200.0, 220.0]  # 21, 20 and 22 days
    assert found.notes[0].id == "phase.by_working_days"


def test_a_month_below_zero_gets_no_goal() -> None:
    months = np.tile([100.0, -50.0, 100.0], (10, 1))
    assert [one.value for one in phase(150.0, outlook_of(months, period=Q1), REVENUE).of("month")] == [75.0, 0.0, 75.0]


def test_milestones_are_read(read: Callable[[Message], str]) -> None:
    months = np.tile([1000.0, 2000.0, 3000.0], (10, 1))
    found = phase(9000.0, outlook_of(months, period=Q1), REVENUE)
    assert next(read(one) for one in found.milestones) == (
        "By 31 January 2026: €1,500 of €9,000; a chance of under 5% as things are"
    )
    assert all(read(note) for note in found.notes)
    frame = found.frame
    assert list(frame.columns[:3]) == ["grain", "name", "start"] and len(frame) == len(found.phases)
