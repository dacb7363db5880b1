"""Actual to date, milestones behind, and what is needed of the time left: by hand, and for any numbers."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.follow.ahead import Case
from salesgoals_kit.follow.milestones import milestones
from salesgoals_kit.follow.todate import ToDate, to_date
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, day_number, parse_period
from tests.kpis.conftest import a_company, tables_of

Q4 = parse_period("2025Q4")


def deals(
    first: date, last: date, *, team: str = "North", amount: int = 100_00, every: int = 3
) -> list[dict[str, Any]]:
    found, day = [], first
    while day <= last:
        one = {"deal_id": f"{team}{day}", "status": "won", "created_at": day - timedelta(days=20), "closed_at": day}
        found.append({**one, "amount": amount, "team": team, "rep": f"rep of {team}"})
        day += timedelta(days=every)
    return found


def world(as_of: date, rows: list[dict[str, Any]], **given: Any) -> Tables:
    return tables_of(as_of, a_company(teams={"North": None, "South": None}, **given), deals=pd.DataFrame(rows))


def found_of(tables: Tables, period: Period = Q4, owner: Owner = COMPANY) -> ToDate:
    found = to_date(tables, owner, period, "revenue")
    assert found is not None
    return found


def outlook(months: Any, period: Period = Q4) -> Outlook:
    paths = np.asarray(months, dtype="float64")
    return Outlook(
        kpi="revenue", owner=COMPANY, period=period, better="higher", draws=paths.sum(axis=1), counts=None,
        method="x", step=None, calibrated=False, history_months=48, yearly_season=True, notes=(), unit="money",
        months=paths,
    )  # fmt: skip


def case_of(found: ToDate, goal: float, as_of: date, **given: Any) -> Case:
    return Case(found, goal, as_of, COMPANY, None, 100, **given)


def test_what_came_so_far_is_known_to_the_day() -> None:
    rows = deals(date(2022, 1, 3), date(2025, 12, 30))
    for day in (date(2025, 10, 1), date(2025, 11, 15), date(2025, 12, 31)):
        inside = [r for r in rows if Q4.start <= r["closed_at"] <= day]
        found = found_of(world(day, [r for r in rows if r["closed_at"] <= day]))
        assert found.actual == 100.0 * len(inside)
        assert sum(found.months.values()) == pytest.approx(found.actual)
        assert found.by_day[-1] == found.actual
        assert len(found.by_day) == found.done + 1
        assert (np.diff(found.by_day) >= 0).all()


def test_a_deal_that_closed_after_the_day_is_not_seen() -> None:
    rows = deals(date(2022, 1, 3), date(2025, 12, 30))
    late = found_of(world(date(2025, 11, 15), rows))
    assert late.actual == 100.0 * sum(Q4.start <= r["closed_at"] <= date(2025, 11, 15) for r in rows)


def test_a_team_that_is_new_takes_the_company_s_curve_and_says_so() -> None:
    rows = [*deals(date(2022, 1, 3), date(2025, 11, 14)), *deals(date(2025, 6, 2), date(2025, 11, 14), team="South")]
    tables = world(date(2025, 11, 15), rows)
    south, north = found_of(tables, owner=Owner("South")), found_of(tables, owner=Owner("North"))
    assert south.lent
    assert not north.lent
    assert south.curve is not None
    assert [note.id for note in south.notes][-1] == "tracking.curve_lent"
    assert [note.id for note in north.notes][-1] == "tracking.curve_own"
    young = found_of(world(date(2025, 11, 15), deals(date(2025, 6, 2), date(2025, 11, 14))))
    assert young.curve is None
    assert young.place(1000.0) is None
    assert young.sentence(1000.0).id == "tracking.so_far_alone"
    assert [note.id for note in young.notes][-1] == "tracking.curve_none"


def test_ahead_and_behind_are_told_by_the_band() -> None:
    found = found_of(world(date(2025, 11, 15), deals(date(2022, 1, 3), date(2025, 11, 14))))
    low, mid, high = found.share or (math.nan, math.nan, math.nan)
    assert 0 < low <= mid <= high < 1
    assert found.place(found.actual / high * 0.9) == "ahead"
    assert found.place(found.actual / mid) == "usual"
    assert found.place(found.actual / low * 1.1) == "behind"


def test_milestones_by_hand() -> None:
    """Months ask for 200, 300 and 500 of 1000; 250 came in October, 100 in November so far: 650 are left."""
    rows = [
        {"deal_id": "a", "status": "won", "closed_at": date(2025, 10, 20), "amount": 250_00},
        {"deal_id": "b", "status": "won", "closed_at": date(2025, 11, 5), "amount": 100_00},
        *deals(date(2022, 1, 3), date(2025, 9, 29)),
    ]
    day = date(2025, 11, 15)
    found = found_of(world(day, rows))
    before, now = outlook([[200, 300, 500]] * 4), outlook([[250, 400, 350]] * 4)
    made = milestones(case_of(found, 1000.0, day, before=before, now=now))
    (october,) = made.past
    assert (october.phase.name, october.phase.value, october.came, october.hit) == ("2025-10", 200.0, 250.0, True)
    assert [one.name for one in made.ahead] == ["2025-W47", "2025-W48", "2025-12"]
    assert made.ahead[0].first == date(2025, 11, 16)
    assert made.ahead[0].last == date(2025, 11, 23)
    assert made.ahead[-1].asked == 500.0
    november, december = made.ahead[0].value + made.ahead[1].value, made.ahead[2].value
    assert (november, december) == (300.0, 350.0), "what is left goes as 300 and 350 are still expected"
    assert [round(one.expected or 0.0) for one in made.ahead][-1] == 350
    assert made.so_far + made.left == 1000.0
    agreed = milestones(case_of(found, 1000.0, day, before=before, now=now, agreed={Q4.first: 260.0}))
    assert agreed.past[0].phase.agreed
    assert not agreed.past[0].hit, "260 were agreed for October and 250 came"


def test_a_missed_first_month_is_made_up_for_when_as_much_came_by_the_second() -> None:
    rows = [
        {"deal_id": "a", "status": "won", "closed_at": date(2025, 10, 20), "amount": 100_00},
        {"deal_id": "b", "status": "won", "closed_at": date(2025, 11, 5), "amount": 500_00},
        *deals(date(2022, 1, 3), date(2025, 9, 29)),
    ]
    day = date(2025, 11, 30)
    found = found_of(world(day, rows))
    made = milestones(case_of(found, 1000.0, day, before=outlook([[200, 300, 500]] * 4)))
    assert [one.hit for one in made.past] == [False, True]
    assert [one.by_then for one in made.past] == [100.0, 600.0]
    assert {one.first.month for one in made.ahead} == {12}
    assert made.left == 400.0


def test_reached_and_short_leave_nothing_ahead() -> None:
    rows = deals(date(2022, 1, 3), date(2025, 12, 30))
    found = found_of(world(date(2025, 11, 15), [r for r in rows if r["closed_at"] <= date(2025, 11, 15)]))
    reached = milestones(case_of(found, 500.0, date(2025, 11, 15)))
    assert (reached.ahead, reached.left) == ((), 0)
    assert reached.over == found.actual - 500.0
    over = found_of(world(Q4.end, rows))
    short = milestones(case_of(over, over.actual + 1, Q4.end))
    assert (short.ahead, short.over) == ((), 0.0)
    assert len(short.past) == 3


@pytest.mark.parametrize(
    ("name", "starts", "as_of", "grains"),
    [
        ("2025-11", 1, date(2025, 11, 12), {"week"}),
        ("2026", 2, date(2025, 8, 20), {"quarter"}),
        ("2026Q3", 2, date(2025, 9, 10), {"month"}),
        ("2025", 1, date(2025, 2, 28), {"quarter"}),
    ],
)
def test_months_years_and_fiscal_years_are_followed_by_their_own_parts(
    name: str, starts: int, as_of: date, grains: set[str]
) -> None:
    period = parse_period(name, starts)
    tables = world(as_of, deals(date(2022, 1, 3), as_of), fiscal_year_starts=starts)
    found = found_of(tables, period)
    goal = 2 * found.actual + 10_000.01
    made = milestones(case_of(found, goal, as_of))
    assert {one.phase.grain for one in made.past} <= grains
    assert all(one.phase.end <= as_of for one in made.past)
    assert made.ahead[0].first == as_of + timedelta(days=1)
    assert made.ahead[-1].last == period.end
    for one, other in zip(made.ahead, made.ahead[1:], strict=False):
        assert other.first == one.last + timedelta(days=1)
    cents = sum(round(one.value * 100) for one in made.ahead)
    assert cents + round(found.actual * 100) == round(goal * 100)
    assert found.period.start >= date(2025, 1, 1)


def test_quarters_of_a_fiscal_year_are_named_for_it() -> None:
    period = parse_period("2026", 2)
    as_of = date(2025, 8, 20)
    tables = world(as_of, deals(date(2022, 1, 3), as_of), fiscal_year_starts=2)
    made = milestones(case_of(found_of(tables, period), 50_000.0, as_of))
    assert [(one.phase.name, one.phase.end) for one in made.past] == [
        ("2026Q1", date(2025, 4, 30)),
        ("2026Q2", date(2025, 7, 31)),
    ]


BASE = world(date(2025, 11, 15), deals(date(2022, 1, 3), date(2025, 11, 14)))


@given(
    goal=st.integers(1, 10**9),
    day=st.dates(date(2025, 10, 1), date(2025, 12, 31)),
    seed=st.integers(0, 10**6),
    known=st.sampled_from(["both", "before", "now", "neither"]),
)
@settings(max_examples=60, deadline=None)
def test_what_came_and_what_is_needed_is_the_goal_to_the_cent(goal: int, day: date, seed: int, known: str) -> None:
    rng = np.random.default_rng(seed)
    whole: Any = found_of(BASE)
    days = np.sort(rng.choice(np.arange(day_number(Q4.start), day_number(day) + 1), rng.integers(0, 9)))
    amounts = rng.integers(0, 5 * 10**7, len(days))
    done = sum(one <= day_number(day) for one in whole.days)
    found = replace(whole, today=day_number(day), done=done, events=(days, amounts))
    before = outlook(rng.gamma(1.0, 10**5, (50, 3))) if known in ("both", "before") else None
    months = rng.gamma(1.0, 10**5, (50, 3))
    for month, value in found.months.items():
        months[:, month - Q4.first] += value
    now = outlook(months) if known in ("both", "now") else None
    made = milestones(case_of(found, goal / 100, day, before=before, now=now))
    came = int(amounts.sum())
    ahead = sum(round(one.value * 100) for one in made.ahead)
    if came >= goal:
        assert not made.ahead
        assert round(made.over * 100) == came - goal
    elif day == Q4.end:
        assert not made.ahead
    else:
        assert came + ahead == goal
        assert all(one.value >= 0 for one in made.ahead)
    for one in made.past:
        assert one.phase.end <= day
        assert one.hit == (round(one.by_then * 100) >= round(one.asked_by_then * 100))


def test_holidays_move_what_is_usual() -> None:
    """In Germany the 3rd of October is a holiday: a day less is over, and the same has come of what is asked."""
    rows = deals(date(2022, 1, 3), date(2025, 10, 3), every=1)
    free, none = (found_of(world(date(2025, 10, 3), rows, country=country)) for country in ("DE", None))
    assert (free.done, none.done) == (2, 3)
    assert len(none.days) - len(free.days) == 3, "German Unity, and both days of Christmas"
