"""What a report of a running period says, block by block: every state, no goal, no history, a period that is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.follow.act import InTime
from salesgoals_kit.follow.ahead import Case
from salesgoals_kit.follow.below import Below
from salesgoals_kit.follow.curves import Curve
from salesgoals_kit.follow.indicators import Indicator, Indicators
from salesgoals_kit.follow.milestones import milestones
from salesgoals_kit.follow.pace import Pace
from salesgoals_kit.follow.state import GoalState, State
from salesgoals_kit.follow.todate import ToDate
from salesgoals_kit.follow.tracking import Tracking, Way
from salesgoals_kit.forecast.moving import working_dates
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.activity import Range
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.funnel import Coverage
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import day_number, parse_period
from salesgoals_kit.report import acting, followed, onway, steps, upfront
from salesgoals_kit.report import tracking as page
from salesgoals_kit.report.content import make_content
from salesgoals_kit.report.pacing import FAN, course_of
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Message, say

Q4, DAY = parse_period("2025Q4"), date(2025, 11, 14)
TEXTS, SOUTH = Texts("en_GB", "en", "EUR"), Owner("South")
REVENUE = CATALOGUE["revenue"]
STATES: tuple[State, ...] = ("met", "on_track", "at_risk", "off_track", "out_of_reach", "unknown")


@pytest.fixture
def company() -> Company:
    return Company.model_validate({"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}})


def pace_of(left: int = 47) -> Pace:
    rng = np.random.default_rng(3)
    months = np.column_stack([np.full(500, 300.0), 200.0 + rng.gamma(4, 20, 500), rng.gamma(9, 50, 500)])
    draws = months.sum(axis=1)
    found = Outlook(
        kpi="revenue", owner=SOUTH, period=Q4, better="higher", draws=draws, counts=None, method="x", step=None,
        calibrated=True, history_months=48, yearly_season=True, notes=(), unit="money", months=months,
    )  # fmt: skip
    opened = draws - 600
    note = say("pace.over", value="5")
    return Pace("revenue", SOUTH, Q4, DAY, 500.0, opened, np.full(500, 100.0), found, left, (note,), (), note)


def flow() -> ToDate:
    days = tuple(day_number(day) for day in working_dates(None, Q4.start, Q4.end))
    mid = np.linspace(0, 1, len(days) + 1) ** 2
    curve = Curve(mid * 0.8, mid, np.minimum(mid * 1.2, 1.0), ("2024Q4", "2025Q3"), 0.8)
    events = (np.array([day_number(date(2025, 10, 6)), day_number(date(2025, 11, 5))]), np.array([300_00, 200_00]))
    return ToDate(
        REVENUE, SOUTH, Q4, day_number(DAY), days, sum(day <= day_number(DAY) for day in days), events, 100, curve
    )


def goal_of(state: State = "on_track", **given: Any) -> GoalState:
    basic: dict[str, Any] = {
        "kpi": REVENUE, "period": Q4, "level": "agreed", "goal": 1000.0, "promised": 0.6, "now": 0.55, "state": state,
        "pace": pace_of(), "late": False, "replan": state in ("off_track", "out_of_reach"),
    }  # fmt: skip
    return GoalState(**{**basic, **given})


def found_of(*goals: GoalState, **given: Any) -> Tracking:
    case = Case(flow(), 1000.0, DAY, SOUTH, None, 100, None, pace_of().outlook)
    step = Indicator("meeting", 20.0, Range(25, 30, 40), 4, Range(40, 50, 60))
    pipeline = Indicator("pipeline", 9_000.0, None, 0, None, 3)
    cover = Coverage(1500.0, 500.0, 3.0, 4.0, True, ())
    lever = InTime("win_rate", 5.0, 10.0, 20.0, 11.0, 400.0, 0.2, True, True)
    basic: dict[str, Any] = {
        "owner": SOUTH, "period": Q4, "as_of": DAY, "goals": goals, "paces": {"revenue": pace_of()},
        "so_far": {"revenue": flow()}, "ways": {"revenue": Way(case, milestones(case))},
        "indicators": Indicators((step, pipeline), 0.5, 3, cover, (say("tracking.lacks_leads"),)),
        "levers": (lever, replace(lever, name="qualified_leads", acts=False, part=0.01)),
        "below": (
            Below(Owner("South", "a.b"), 100.0, 0.5, 90.0, (40.0, 50.0, 60.0), 0.9, "on_track"),
            Below(Owner("South", "c.d"), None, None, 0.0, None, None, "unknown"),
        ),
        "names": {"a.b": "Anna Berg"},
    }  # fmt: skip
    return Tracking(**{**basic, **given})


def plain(block: Any) -> str:
    return str(block.plain).replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_word_its_shape_and_its_sentence(state: State, company: Company) -> None:
    one = goal_of(state, now=None if state == "unknown" else 0.55)
    found = found_of(one)
    cards = page.cards_block(TEXTS, found, company)
    word = TEXTS.text(page.state_words(state))
    assert word in plain(cards)
    assert word[0] in "✓●▲■✕?"
    assert cards.leads
    assert f"sg-{page.TONES[state]}" in cards.html
    said = TEXTS.text(page.headline(found))
    assert "€1K" in said or "€1,000" in said
    assert TEXTS.text(page.lead(found))
    assert TEXTS.text(one.sentence)
    table = plain(page.goals_block(TEXTS, found))
    assert word in table


def test_every_shape_is_another_one() -> None:
    assert len({TEXTS.text(page.state_words(state))[0] for state in STATES}) == len(STATES)


def test_without_a_goal_it_says_so_and_shows_what_can_be_expected(company: Company) -> None:
    found = found_of(ways={}, levers=())
    assert page.headline(found).id == "tracking.headline_no_goal"
    assert page.lead(found).id == "tracking.lead_no_goal"
    assert "holds no goal for 2025Q4" in plain(page.cards_block(TEXTS, found, company))
    assert "Without a goal of revenue" in plain(acting.act_block(TEXTS, found, company))
    assert "so far" in plain(page.course_block(TEXTS, found))
    assert "no milestones" in plain(onway.milestones_block(TEXTS, found))
    plan = found_of(goal_of(level="plan", promised=None))
    assert page.lead(plan).id == "tracking.lead_plan"
    assert "number from above" in plain(page.cards_block(TEXTS, plan, company)).lower()


def test_without_any_history_no_block_fails(company: Company) -> None:
    nothing = Indicators((), 0.5, 0, None, (say("tracking.lacks_deals"),))
    found = found_of(paces={"revenue": None}, so_far={}, ways={}, indicators=nothing, levers=(), below=())
    blocks = [
        page.cards_block(TEXTS, found, company), page.course_block(TEXTS, found), page.parts_block(TEXTS, found),
        acting.act_block(TEXTS, found, company), onway.milestones_block(TEXTS, found),
        steps.indicators_block(TEXTS, found), onway.below_block(TEXTS, found), page.goals_block(TEXTS, found),
    ]  # fmt: skip
    assert all(plain(block) for block in blocks)
    assert page.headline(found).id == "tracking.headline_nothing"
    assert followed.outlooks(found) == ()
    assert not followed.calibrated(found)


def test_on_the_way_to_a_goal_of_nothing_nothing_is_usual() -> None:
    said = plain(page.course_block(TEXTS, found_of(goal_of("met", goal=0.0))))
    assert said.startswith("€500 so far") and "usually" not in said


def test_a_goal_without_any_history_is_neither_unset_nor_over(company: Company) -> None:
    found = found_of(goal_of("unknown", now=None, pace=None), paces={"revenue": None}, levers=())
    assert page.lead(found).id == "tracking.lead_unknown"
    assert "Load more history" in plain(acting.act_block(TEXTS, found, company))
    over = replace(found, as_of=Q4.end)
    assert "The period is over" in plain(acting.act_block(TEXTS, over, company))


def test_when_a_goal_is_off_track_it_calls_for_another_round_with_what_still_acts(company: Company) -> None:
    found = found_of(goal_of("off_track", now=0.1, goal=2000.0))
    said = plain(acting.act_block(TEXTS, found, company))
    assert "another round of strategy" in said
    assert "The company replans below a chance of about 30 %" in said
    assert "Comes too late" in said
    assert "Still acts in time" in said
    small = found_of(goal_of("off_track", now=0.1, goal=10.0**6))
    assert "What brings most in time" not in plain(upfront.upfront_block(TEXTS, small))
    assert "Next to nothing in time" in plain(acting.act_block(TEXTS, small, company))
    kept = found_of(goal_of("on_track"), levers=())
    assert "nothing has to change" in plain(acting.act_block(TEXTS, kept, company))


def test_the_chart_s_lines_meet_where_they_should() -> None:
    found, outlook = flow(), pace_of().outlook
    course = course_of(found, outlook, 1000.0)
    assert course.known[0][-1] == course.ahead[0][0] == day_number(DAY)
    assert course.known[1][-1] == found.actual == 500.0
    assert (course.ahead[1][:, 0] == 500.0).all()
    assert course.ahead[1][:, -1] == pytest.approx([outlook.quantile(q) for q in FAN])
    assert (np.diff(course.ahead[1], axis=1) >= -1e-9).all()
    assert course.usual is not None
    assert course.usual[1][-1] == pytest.approx(1000.0)
    assert len(course.days) == len(course.usual[0])
    assert (np.diff(course.days) > 0).all()
    over = replace(found, today=day_number(Q4.end), done=len(found.days))
    assert len(course_of(over, outlook, 1000.0).ahead[0]) == 1


def test_parts_and_needs_add_up_as_they_are_shown() -> None:
    found = found_of(goal_of())
    parts = plain(page.parts_block(TEXTS, found))
    for word in ("closed so far", "from open deals", "from deals to come", "together"):
        assert word in parts.lower()
    made = found.ways["revenue"].milestones
    assert made.so_far + made.left == pytest.approx(1000.0)
    said = plain(onway.milestones_block(TEXTS, found))
    assert "still needed for the goal of" in said
    assert "hit" in said or "missed" in said


def test_steps_are_compared_with_the_plan_and_with_earlier_periods() -> None:
    said = plain(steps.indicators_block(TEXTS, found_of(goal_of())))
    assert "Short of what the goals take: meetings" in said
    assert "25 (30) 40" in said
    assert "3 deals created have no amount" in said
    assert "open deals" in said


def test_reps_are_called_by_their_names() -> None:
    said = plain(onway.below_block(TEXTS, found_of(goal_of())))
    assert "Anna Berg" in said
    assert "No goal known" in said
    assert "€410 of what came so far belongs to none of these" in said


def test_the_content_holds_what_the_ledger_is_to_keep(company: Company) -> None:
    found = found_of(goal_of())
    (record,) = followed.outlooks(found)
    assert record["kpi"] == "revenue"
    over = found_of(goal_of(), paces={"revenue": pace_of(left=0)})
    assert followed.outlooks(over) == ()
    assert page.lead(found_of(goal_of(pace=pace_of(left=0)))).id == "tracking.lead_over"
    assert followed.calibrated(found)
    assert not any(figure.final for figure in followed.figures(found))
    assert followed.set_late(found_of(goal_of(late=True)))
    assert len(followed.methods(found)) == 1
    content = make_content(
        company, Q4, template="tracking", owner=SOUTH, as_of=DAY, snapshot="ab" * 32, headline=page.headline(found),
        lead=page.lead(found), provenance=_provenance(), figures=followed.figures(found),
        outlooks=followed.outlooks(found), findings=followed.findings(found),
    )  # fmt: skip
    assert '"tracking"' in content.as_json()


def _provenance() -> Any:
    from salesgoals_kit.report.content import Provenance

    return Provenance(kit="1")


def test_sentences_of_states_are_messages(company: Company) -> None:
    make: Callable[[GoalState], Message] = lambda one: one.sentence  # noqa: E731
    assert TEXTS.text(make(goal_of("at_risk"))).startswith("Revenue, agreed goal")


def test_the_page_begins_with_what_is_lacking_what_acts_and_who_is_off_track() -> None:
    off = found_of(
        goal_of("off_track", now=0.1, goal=2000.0),
        below=(
            Below(SOUTH, 100.0, 0.5, 9.0, None, 0.1, "off_track"),
            Below(Owner("North"), 1.0, 0.5, 9.0, None, 0.9, "met"),
        ),
    )
    block = upfront.upfront_block(TEXTS, off)
    assert block is not None
    assert not block.headings, "it stands above the page's list of contents"
    assert "Of the €1,500 still needed, open deals should bring about" in plain(block)
    assert "are lacking" in plain(block)
    assert "What brings most in time: Win rate (about €10.00" in plain(block)
    assert "South is off track, one of 2 teams" in plain(block)
    reps = found_of(goal_of(), below=(Below(Owner("South", "a.b"), 1.0, 0.5, 0.0, None, 0.1, "off_track"),))
    assert "1 of 1 reps is off track" in plain(upfront.upfront_block(TEXTS, reps))
    assert "Anna" not in plain(upfront.upfront_block(TEXTS, reps)), "a few deals decide a rep's quarter"
    assert upfront.upfront_block(TEXTS, found_of(levers=(), below=())) is None


def test_who_is_on_track_is_told_what_is_not(company: Company) -> None:
    risky = goal_of("at_risk", kpi=CATALOGUE["logo_churn"], pace=None)
    team = Below(Owner("North"), 100.0, 0.5, 9.0, None, 0.1, "off_track")
    said = plain(acting.act_block(TEXTS, found_of(goal_of(), risky, levers=(), below=(team,)), company))
    assert "nothing has to change for revenue" in said
    assert "At risk all the same: customer churn a month" in said
    assert "North is off track: what others bring makes up for it" in said
