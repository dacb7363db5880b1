"""Months that humans agreed stand in a goal's phases; the other months share what they leave, and all still add up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesgoals_kit.errors import ParamError
from salesgoals_kit.goals.asked import Calendar
from salesgoals_kit.goals.phase import phase
from salesgoals_kit.goals.phased import Phasing
from salesgoals_kit.goals.settled import month_goals, whole_goals
from salesgoals_kit.goals.shares import share_beside, share_out
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.store.rows import AGREED_BY_HUMANS, GoalRow
from salesgoals_kit.words import Message
from tests.goals.test_phase import Q1, REVENUE, YEAR, cents, gamma_year, outlook_of

JANUARY = Q1.first
THREE = np.tile([100.0, 200.0, 300.0], (10, 1))


def of_months(found: Phasing) -> list[float]:
    return [month.value for month in found.of("month")]


def test_a_quarter_by_hand(read: Callable[[Message], str]) -> None:
    """Of 660 January has 60 as agreed; the 600 left are shared out as 200 to 300. Each keeps its own chance."""
    found = phase(660.0, outlook_of(THREE, period=Q1), REVENUE, Calendar("DE"), agreed={JANUARY: 60.0})
    assert of_months(found) == [60.0, 240.0, 360.0]
    assert [month.agreed for month in found.of("month")] == [True, False, False]
    assert [month.chance for month in found.of("month")] == [1.0, 0.0, 0.0]
    assert [month.so_far for month in found.of("month")] == [60.0, 300.0, 660.0]
    assert (found.value, found.adds_up) == (660.0, True)
    january = [week for week in found.of("week") if week.end <= date(2026, 1, 31)]
    assert round(sum(week.value for week in january), 2) < 60.0 <= round(found.of("week")[4].so_far or 0.0, 2)
    assert [note.id for note in found.notes][:2] == ["phase.parts", "phase.agreed"]
    assert read(found.notes[1]) == (
        "What was agreed for January 2026 stands; the other months share what it leaves of the goal."
    )
    assert all(phase.agreed is False for phase in found.of("week"))


@pytest.mark.parametrize(
    ("agreed", "expected", "adds_up", "said"),
    [
        ((100.0, 200.0, 300.0), [100.0, 200.0, 300.0], True, ["agreed_all"]),
        ((100.0, 200.0, 310.0), [100.0, 200.0, 310.0], False, ["agreed_all", "agreed_otherwise"]),
        ((100.0, 200.0, 290.0), [100.0, 200.0, 290.0], False, ["agreed_all", "agreed_otherwise"]),
        ((400.0, 250.0), [400.0, 250.0, 0.0], False, ["parts", "agreed", "agreed_beyond"]),
        ((400.0, 200.0), [400.0, 200.0, 0.0], True, ["parts", "agreed"]),
        ((), [100.0, 200.0, 300.0], True, ["parts"]),
    ],
)
def test_what_was_agreed_is_shown_even_where_it_is_another_amount(
    agreed: tuple[float, ...], expected: list[float], adds_up: bool, said: list[str], read: Callable[[Message], str]
) -> None:
    months = dict(enumerate(agreed, JANUARY))
    found = phase(600.0, outlook_of(THREE, period=Q1), REVENUE, Calendar("DE"), agreed=months)
    assert (of_months(found), found.adds_up, found.value) == (expected, adds_up, 600.0)
    told = [note for note in found.notes if note.id != "phase.weeks_without_chance"]
    assert [note.id.removeprefix("phase.") for note in told] == said
    if said[-1] == "agreed_otherwise":
        more = "more" if sum(agreed) > 600 else "less"
        assert f"€10.00 {more} than the goal of €600" in read(told[-1])
    if said[-1] == "agreed_beyond":
        assert "come to €50.00 more than the goal of €600" in read(told[-1])


def test_where_nothing_else_is_expected_working_days_share_the_rest() -> None:
    months = np.tile([100.0, 0.0, 0.0], (10, 1))
    found = phase(142.0, outlook_of(months, period=Q1), REVENUE, Calendar("DE"), agreed={JANUARY: 100.0})
    assert of_months(found) == [100.0, 20.0, 22.0]  # 20 and 22 working days
    assert found.notes[0].id == "phase.by_working_days"


@settings(max_examples=60, deadline=None)
@given(
    goal=st.integers(0, 10**9),
    seed=st.integers(0, 2**32 - 1),
    grain=st.sampled_from(["year", "quarter"]),
    stands=st.dictionaries(st.integers(0, 11), st.integers(0, 10**8), max_size=12),
)
def test_parts_add_up_at_every_grain_whatever_was_agreed(
    goal: int, seed: int, grain: str, stands: dict[int, int]
) -> None:
    rng = np.random.default_rng(seed)
    period = parse_period({"year": "2026", "quarter": "2026Q2"}[grain])
    many = len(period.months)
    agreed = {period.first + at: value / 100 for at, value in stands.items() if at < many}
    months = rng.gamma(1, 1000, (50, many)).round(2) * rng.integers(0, 2, many)
    found = phase(goal / 100, outlook_of(months, period=period), REVENUE, Calendar("DE", None, 4.0), agreed=agreed)
    shown = {period.first + at: month for at, month in enumerate(found.of("month"))}
    assert {number: shown[number].value for number in agreed} == agreed
    assert {number for number, month in shown.items() if month.agreed} == set(agreed)
    fixed = sum(round(value * 100) for value in agreed.values())
    expected = fixed if len(agreed) == many else max(goal, fixed)
    assert cents(found, "month") == expected
    assert grain == "quarter" or cents(found, "quarter") == expected
    assert (found.value, found.adds_up) == (goal / 100, expected == goal)
    weeks = found.of("week")
    running = [month for month in found.of("month") if weeks and weeks[0].start <= month.start <= weeks[-1].end]
    assert sum(round(month.value * 100) for month in running) == cents(found, "week")
    for month in found.of("month"):
        assert month.chance == pytest.approx(np.mean(months[:, month.start.month - period.start.month] >= month.value))


def test_nothing_agreed_is_as_before() -> None:
    outlook = outlook_of(gamma_year())
    assert phase(60_000.0, outlook, REVENUE) == phase(60_000.0, outlook, REVENUE, agreed={})


def test_what_cannot_stand_is_told_all_at_once() -> None:
    with pytest.raises(ParamError) as refused:
        phase(5.0, outlook_of(THREE, period=Q1), REVENUE, agreed={JANUARY: -1.0, JANUARY + 1: np.nan, JANUARY + 3: 1.0})
    assert [str(fault).split(":")[0] for fault in refused.value.faults] == [
        "revenue, 2026-01",
        "revenue, 2026-02",
        "revenue, 2026-04",
    ]
    rates = outlook_of(np.full((10, 3), 0.2), "win_rate", Q1, draws=np.full(10, 0.2))
    with pytest.raises(ParamError, match="a month that is no part of the goal"):
        phase(0.2, rates, CATALOGUE["win_rate"], agreed={JANUARY: 0.3})
    with pytest.raises(ParamError, match="no month within 2026-01"):
        january = parse_period("2026-01")
        phase(5.0, outlook_of(THREE[:, :1], period=january), REVENUE, agreed={JANUARY: 5.0})


@settings(max_examples=60, deadline=None)
@given(
    total=st.integers(0, 10**6),
    weights=st.lists(st.integers(1, 100), min_size=1, max_size=8),
    stands=st.dictionaries(st.integers(0, 7), st.integers(0, 10**5)),
)
def test_shares_beside_those_that_stand_are_those_of_the_rest_alone(
    total: int, weights: list[int], stands: dict[int, int]
) -> None:
    fixed = {at: value for at, value in stands.items() if at < len(weights)}
    found = share_beside(total, weights, fixed)
    others = [at for at in range(len(weights)) if at not in fixed]
    left = max(0, total - sum(fixed.values()))
    assert {at: found[at] for at in fixed} == fixed
    assert not others or tuple(found[at] for at in others) == share_out(left, [weights[at] for at in others])


def row(owner: Owner, period: str, value: float, kpi: str = "revenue") -> GoalRow:
    told = {"template": AGREED_BY_HUMANS, "as_of": date(2025, 12, 1), "kpi": kpi, "level": "agreed"}
    return GoalRow(owner=owner, period=period, value=value, **told)  # type: ignore[arg-type]


def test_whose_months_are_all_agreed_has_their_sum_as_his_goal() -> None:
    north, ann = Owner("North"), Owner(rep="ann")
    months = ["2026-01", "2026-02", "2026-03"]
    rows = [row(north, month, 100.1) for month in months]
    rows += [row(ann, month, 7.0) for month in months[:2]]
    rows += [row(COMPANY, "2026Q1", 500.0), *(row(COMPANY, month, 1.0) for month in months)]
    rows += [row(ann, month, 0.3, "win_rate") for month in months]
    found = whole_goals(rows, Q1)
    assert {one.owner: one.value for one in found} == {north: pytest.approx(300.3), COMPANY: 500.0}
    assert {one.period for one in found} == {"2026Q1"}
    assert whole_goals(found, Q1) == found
    assert whole_goals(rows, YEAR) == []
    assert [one.value for one in whole_goals(rows, parse_period("2026-01")) if one.kpi == "revenue"] == [
        100.1,
        7.0,
        1.0,
    ]


def test_a_rep_s_months_are_his_in_whatever_team() -> None:
    rows = [
        row(Owner(rep="ann"), "2026-02", 7.0),
        row(Owner("ann"), "2026-03", 8.0),
        row(Owner(rep="bob"), "2026-01", 9.0),
    ]
    assert month_goals(rows, Q1, Owner("North", "ann")) == {JANUARY + 1: 7.0}
    assert month_goals(rows, Q1, COMPANY) == {}
    assert month_goals(rows, parse_period("2026-02"), Owner(rep="ann")) == {}


def test_what_was_only_proposed_for_months_is_not_agreed() -> None:
    """Goals of single months that a run proposed stand in the ledger beside those that humans agreed on."""
    north = Owner("North")
    proposed = [
        replace(row(north, month, 9.0), level=level, template="goal_setting")
        for month in ("2026-01", "2026-02", "2026-03")
        for level in ("commit", "target", "stretch")
    ]
    assert month_goals(proposed, Q1, north) == {}
    assert whole_goals(proposed, Q1) == []
    assert month_goals([*proposed, row(north, "2026-02", 5.0)], Q1, north) == {JANUARY + 1: 5.0}
    leads = row(north, "2026-01", 3.0, "qualified_leads")
    assert month_goals([leads], Q1, north) == {}
    assert month_goals([leads], Q1, north, "qualified_leads") == {JANUARY: 3.0}


@pytest.mark.parametrize(
    ("changes", "late", "backfilled"),
    [
        ({}, False, False),
        ({"agreed_on": date(2025, 12, 20)}, False, False),
        ({"set_after_the_fact": True}, True, False),
        ({"agreed_on": date(2026, 2, 10)}, True, False),  # before its month, and in the middle of the quarter
        ({"backfilled": True}, False, True),
    ],
)
def test_a_sum_of_months_is_as_late_as_its_latest_month(
    changes: dict[str, bool | date], late: bool, backfilled: bool
) -> None:
    rows = [row(COMPANY, month, 1.0) for month in ("2026-01", "2026-02")]
    rows.append(replace(row(COMPANY, "2026-03", 1.0), **changes))  # type: ignore[arg-type]
    (found,) = whole_goals(rows, Q1)
    assert (found.set_after_the_fact, found.backfilled) == (late, backfilled)
