"""What is frozen stays; what differs becomes a version; what a run may see is what was known."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.errors import StoreError
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.store.engine import Store, open_store
from salesgoals_kit.store.freeze import Frozen
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import DriverRow, FinalRow, GoalRow, LessonRow, OutlookRow, listing
from salesgoals_kit.words import Chance, Change, Count, Message, Money, Name, Number, Points, Rate, Value, say

CENTRAL = Owner("Central")
DEC_15, DEC_31, JAN_10, APR_6 = date(2025, 12, 15), date(2025, 12, 31), date(2026, 1, 10), date(2026, 4, 6)
MakeGoal = Callable[..., GoalRow]


def basic(**given: Any) -> dict[str, Any]:
    return {"owner": CENTRAL, "period": "2026Q1", "template": "goal_setting", "as_of": DEC_15, **given}


def final(**given: Any) -> FinalRow:
    words = {"template": "review", "as_of": APR_6, "kpi": "revenue", "value": 1_300_000.0, "money": True}
    return FinalRow(**basic(**{**words, "final_on": date(2026, 4, 5), **given}))


def agreed(**given: Any) -> GoalRow:
    words = {"kpi": "revenue", "level": "agreed", "value": 1_200_000.0, "money": True, "chance": 0.6}
    return GoalRow(**basic(**{**words, "template": "agree", "agreed_on": DEC_31, "agreed_by": "Ann", **given}))


def test_a_frozen_goal_comes_back_as_it_was(ledger: Ledger, make_goal: MakeGoal) -> None:
    goal = make_goal(snapshot="9f2c", initiative={"what": "coach", "cost": 12.5}, objective="grow")
    assert ledger.freeze([goal]) == Frozen(new=1)
    (back,) = ledger.goals()
    assert replace(back, version=0, state="", recorded_at=None, minor_units=1) == goal
    assert (back.version, back.state, back.recorded_at, back.minor_units) == (
        1,
        "proposed",
        datetime(2025, 12, 20, 9, 0, tzinfo=UTC),
        100,
    )


def test_the_same_content_makes_no_new_version(ledger: Ledger, make_goal: MakeGoal) -> None:
    ledger.freeze([make_goal()])
    later = make_goal(as_of=DEC_31, snapshot="other", value=1_240_000.000001)  # the same to the cent
    assert ledger.freeze([later]) == Frozen(same=1)
    assert [goal.version for goal in ledger.goals()] == [1]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"snapshot": "new"}, "new_data"),
        ({"as_of": DEC_31}, "new_as_of"),
        ({}, "new_run"),
        ({"reason": "a slip"}, "a slip"),
    ],
)
def test_other_content_supersedes_with_its_reason(
    ledger: Ledger, make_goal: MakeGoal, given: dict[str, Any], reason: str
) -> None:
    ledger.freeze([make_goal()])
    assert ledger.freeze([make_goal(value=1_250_000.0, **given)]) == Frozen(changed=1)
    first, second = ledger.goals()
    assert (first.version, first.state, first.value, first.reason) == (1, "superseded", 1_240_000.0, None)
    assert (second.version, second.state, second.value, second.reason) == (2, "proposed", 1_250_000.0, reason)
    assert ledger.goals(current=True) == [second]


def test_a_return_to_an_earlier_content_is_a_version_of_its_own(ledger: Ledger, make_goal: MakeGoal) -> None:
    for value in (1.0, 2.0, 1.0):
        ledger.freeze([make_goal(value=value)])
    assert [(goal.version, goal.value, goal.state) for goal in ledger.goals()] == [
        (1, 1.0, "superseded"),
        (2, 2.0, "superseded"),
        (3, 1.0, "proposed"),
    ]


def test_rows_of_other_owners_kpis_periods_levels_stand_apart(ledger: Ledger, make_goal: MakeGoal) -> None:
    others: list[dict[str, Any]] = [
        {"owner": COMPANY},
        {"owner": Owner("Central", "r1")},
        {"kpi": "arr"},
        {"period": "2026"},
        {"level": "commit"},
    ]
    assert ledger.freeze([make_goal(), *(make_goal(**other) for other in others)]) == Frozen(new=6)
    assert len(ledger.goals(CENTRAL)) == 4
    assert [goal.level for goal in ledger.goals(CENTRAL, "2026Q1", "revenue")] == ["commit", "target"]
    assert [goal.owner for goal in ledger.goals(period="2026Q1", kpi="revenue", level="target")] == [
        COMPANY,
        CENTRAL,
        Owner("Central", "r1"),
    ]


def test_a_rep_who_moves_keeps_his_goals(ledger: Ledger, make_goal: MakeGoal) -> None:
    ledger.freeze([make_goal(owner=Owner("Central", "r1"))])
    assert ledger.freeze([make_goal(owner=Owner("West", "r1"))]) == Frozen(same=1)
    assert len(ledger.goals(Owner("West", "r1"))) == 1


def test_a_team_and_a_rep_of_one_name_are_two(ledger: Ledger, make_goal: MakeGoal) -> None:
    assert ledger.freeze([make_goal(owner=Owner("X")), make_goal(owner=Owner("X", "X"))]) == Frozen(new=2)


def test_two_companies_share_a_database_and_nothing_else(
    store: Store, make_company: Callable[..., Company], environ: dict[str, str], make_goal: MakeGoal
) -> None:
    with open_store(make_company(name="Beta"), environ) as other:
        Ledger(store).freeze([make_goal(value=1.0)])
        Ledger(other).freeze([make_goal(value=2.0)])
        assert [goal.value for goal in Ledger(store).goals()] == [1.0]
        assert [goal.value for goal in Ledger(other).goals()] == [2.0]
        assert Ledger(other).visible(CENTRAL, "2026Q1", "review", APR_6).goals[0].value == 2.0


def test_money_is_kept_to_the_minor_unit_of_the_currency(
    make_company: Callable[..., Company], environ: dict[str, str], make_goal: MakeGoal
) -> None:
    with open_store(make_company(currency="JPY", name="Nihon"), environ) as store:
        Ledger(store).freeze([make_goal(value=1234.4), make_goal(kpi="win_rate", money=False, value=1 / 3)])
        assert {goal.kpi: (goal.value, goal.minor_units) for goal in Ledger(store).goals()} == {
            "revenue": (1234.0, 1),
            "win_rate": (1 / 3, 1),
        }


def test_a_report_is_frozen_whole_or_not_at_all(ledger: Ledger, make_goal: MakeGoal) -> None:
    outlook = OutlookRow(**basic(kpi="revenue", method="prophet", record={"mean": float("nan")}))
    with pytest.raises(StoreError, match=r"revenue, Central, 2026Q1: nan is not a number that can be kept"):
        ledger.freeze([make_goal(), outlook])
    assert ledger.goals() == []


def test_a_fault_of_the_database_in_the_middle_keeps_nothing(
    ledger: Ledger, make_goal: MakeGoal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("salesgoals_kit.store.freeze.ATTEMPTS", 2)
    monkeypatch.setattr("salesgoals_kit.store.freeze.broken", lambda row: "")
    driver = DriverRow(**basic(name="leads", value=120.0, unit="count"))  # is written first, by the table's name
    with pytest.raises(StoreError, match="ck_goals_2"):
        ledger.freeze([make_goal(chance=1.5), driver])
    seen = ledger.visible(CENTRAL, "2026Q1", "review", APR_6)
    assert (seen.goals, seen.drivers) == ((), ())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"period": "2026Q5"}, "'2026Q5' is no period"),
        ({"period": "2026Q1 "}, "'2026Q1 ' is written 2026Q1"),
        ({"value": float("inf")}, "inf is not a number"),
        ({"value": 1e18}, "1e\\+18 is more money than the ledger can hold"),
        ({"chance": 1.2}, "a chance of 1.2"),
        ({"level": "wish"}, "there is no level 'wish'; there are commit, target, stretch, share, rep, agreed"),
        ({"level": "agreed"}, "a goal is agreed by agree\\(\\)"),
        ({"owner": Owner("a\x00b")}, "holds a character that cannot be kept"),
        ({"objective": "\ud800"}, "holds a character that cannot be kept"),
    ],
)
def test_a_goal_that_cannot_be_kept_is_refused_with_its_reason(
    ledger: Ledger, make_goal: MakeGoal, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(StoreError, match=said):
        ledger.freeze([make_goal(**given)])


def test_all_faults_are_told_at_once(ledger: Ledger, make_goal: MakeGoal) -> None:
    with pytest.raises(StoreError) as caught:
        ledger.freeze([make_goal(level="wish"), make_goal(chance=-1.0), make_goal(period="soon")])
    assert len(caught.value.faults) == 3


def test_a_row_that_stands_twice_is_refused(ledger: Ledger, make_goal: MakeGoal) -> None:
    with pytest.raises(StoreError, match="revenue target, Central, 2026Q1: it stands twice"):
        ledger.freeze([make_goal(), make_goal(value=2.0)])


def test_a_clock_without_a_zone_is_refused(store: Store, make_goal: MakeGoal) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        Ledger(store, lambda: datetime(2026, 1, 1)).freeze([make_goal()])


def test_freezing_nothing_leaves_no_trace(ledger: Ledger) -> None:
    assert ledger.freeze([]) == Frozen()


# Warsaw is an hour ahead of UTC in January: 22:59 is still the first day of the quarter there, 23:00 is the second.
@pytest.mark.parametrize(("hour", "minute", "marked"), [(22, 59, False), (23, 0, True)])
def test_backfilled_is_told_by_the_company_s_own_calendar(
    make_company: Callable[..., Company],
    environ: dict[str, str],
    make_goal: MakeGoal,
    hour: int,
    minute: int,
    marked: bool,
) -> None:
    with open_store(make_company(timezone="Europe/Warsaw"), environ) as store:
        book = Ledger(store, lambda: datetime(2026, 1, 1, hour, minute, tzinfo=UTC))
        book.freeze([make_goal()])
        assert book.goals()[0].backfilled is marked


def test_a_promise_made_in_time_stands_before_one_made_later(
    make_company: Callable[..., Company], environ: dict[str, str], make_goal: MakeGoal
) -> None:
    """Set before the quarter, set again within it from corrected data: the review holds the first."""
    with open_store(make_company(), environ) as store:
        Ledger(store, lambda: datetime(2025, 12, 20, tzinfo=UTC)).freeze([make_goal(value=100.0)])
        Ledger(store, lambda: datetime(2026, 2, 20, tzinfo=UTC)).freeze([make_goal(value=80.0, snapshot="corrected")])
        book = Ledger(store)
        assert [goal.version for goal in book.goals()] == [1, 2]
        (seen,) = book.visible(CENTRAL, "2026Q1", "review", APR_6).goals
        assert (seen.value, seen.version, seen.backfilled) == (100.0, 1, False)


def test_a_fiscal_quarter_begins_when_the_fiscal_year_says(
    make_company: Callable[..., Company], environ: dict[str, str], make_goal: MakeGoal
) -> None:
    # with a fiscal year from April, 2026Q1 is April to June of 2025: long begun on 20 December 2025
    with open_store(make_company(fiscal_year_starts=4), environ) as store:
        book = Ledger(store, lambda: datetime(2025, 12, 20, tzinfo=UTC))
        book.freeze([make_goal()])
        assert book.goals()[0].backfilled


def test_what_was_agreed_is_known_from_that_day(ledger: Ledger) -> None:
    assert ledger.agree([agreed(as_of=DEC_15)]) == Frozen(new=1)
    (goal,) = ledger.goals()
    assert (goal.state, goal.level, goal.template, goal.as_of) == ("agreed", "agreed", "agree", DEC_31)
    assert not goal.set_after_the_fact
    assert ledger.visible(CENTRAL, "2026Q1", "review", DEC_15).goals == ()


@pytest.mark.parametrize(("day", "marked"), [(date(2026, 1, 1), False), (date(2026, 1, 2), True)])
def test_a_goal_agreed_after_its_period_began_is_marked(ledger: Ledger, day: date, marked: bool) -> None:
    ledger.agree([agreed(agreed_on=day)])
    assert ledger.goals()[0].set_after_the_fact is marked


def test_what_was_agreed_changes_only_for_a_reason(ledger: Ledger) -> None:
    ledger.agree([agreed(), agreed(kpi="win_rate", value=0.3, money=False)])
    changed = [agreed(value=1.0), agreed(kpi="win_rate", value=0.4, money=False)]
    with pytest.raises(StoreError, match="add a reason to the goal") as caught:
        ledger.agree(changed)
    assert len(caught.value.faults) == 2
    assert ledger.agree([replace(goal, reason="a key account left") for goal in changed]) == Frozen(changed=2)
    assert [goal.reason for goal in ledger.goals(kpi="revenue")] == [None, "a key account left"]


def test_agreeing_again_while_the_chance_moved_changes_nothing(ledger: Ledger) -> None:
    ledger.agree([agreed()])
    assert ledger.agree([agreed(chance=0.3)]) == Frozen(same=1)
    assert ledger.goals()[0].chance == 0.6


@pytest.mark.parametrize("given", [{"agreed_on": None}, {"agreed_by": None}, {"agreed_by": ""}])
def test_an_agreed_goal_says_when_and_by_whom(ledger: Ledger, given: dict[str, Any]) -> None:
    with pytest.raises(StoreError, match="an agreed goal needs agreed_on and agreed_by"):
        ledger.agree([agreed(**given)])


def test_a_final_figure_decides_the_goals_of_its_kpi(ledger: Ledger, make_goal: MakeGoal) -> None:
    ledger.freeze([make_goal(value=2.0)])
    ledger.freeze([make_goal(), make_goal(kpi="arr"), make_goal(owner=COMPANY)])
    ledger.agree([agreed()])
    ledger.freeze_finals([final()])
    states = {(goal.owner.team, goal.kpi, goal.level, goal.version): goal.state for goal in ledger.goals()}
    assert states == {
        ("Central", "revenue", "target", 1): "superseded",
        ("Central", "revenue", "target", 2): "final",
        ("Central", "revenue", "agreed", 1): "final",
        ("Central", "arr", "target", 1): "proposed",
        (None, "revenue", "target", 1): "proposed",
    }


def test_a_late_correction_is_a_second_final_figure(ledger: Ledger) -> None:
    ledger.freeze_finals([final(snapshot="a")])
    assert ledger.freeze_finals([final(value=1_310_000.0, as_of=date(2026, 5, 1), snapshot="b")]) == Frozen(changed=1)
    in_april = ledger.visible(CENTRAL, "2026Q2", "goal_setting", APR_6).finals
    in_may = ledger.visible(CENTRAL, "2026Q2", "goal_setting", date(2026, 5, 1)).finals
    assert [(row.value, row.version, row.snapshot) for row in in_april] == [(1_300_000.0, 1, "a")]
    assert [(row.value, row.version, row.snapshot, row.reason) for row in in_may] == [(1_310_000.0, 2, "b", "new_data")]


def test_a_figure_that_is_not_final_yet_is_not_frozen_as_one(ledger: Ledger) -> None:
    with pytest.raises(StoreError, match="as of 2026-04-04 it is not final; it is from 2026-04-05 on"):
        ledger.freeze_finals([final(as_of=date(2026, 4, 4))])


def test_an_undefined_final_figure_is_kept_as_missing(ledger: Ledger) -> None:
    ledger.freeze_finals([final(kpi="win_rate", money=False, value=None), final(kpi="cac", value=None)])
    found = ledger.visible(CENTRAL, "2026Q2", "goal_setting", APR_6).finals
    assert [(row.kpi, row.value) for row in found] == [("cac", None), ("win_rate", None)]


def test_outlooks_and_drivers_come_back_as_they_were(ledger: Ledger) -> None:
    record = {"draws": [1.5, 2.25, 1e12, 1e-6], "notes": ["ł", '<b>&"'], "step": None, "calibrated": False}
    outlook = OutlookRow(**basic(kpi="revenue", method="prophet", record=record))
    drivers = [
        DriverRow(**basic(name="deal_size", value=2360.567, unit="money", money=True)),
        DriverRow(**basic(name="win_rate", value=0.631, unit="rate")),
    ]
    ledger.freeze([outlook, *drivers])
    seen = ledger.visible(CENTRAL, "2026Q1", "review", APR_6)
    assert (seen.outlooks[0].method, seen.outlooks[0].record) == ("prophet", record)
    assert [(row.name, row.value, row.unit, row.money) for row in seen.drivers] == [
        ("deal_size", 2360.57, "money", True),
        ("win_rate", 0.631, "rate", False),
    ]


def test_a_difference_in_the_last_digits_of_a_double_is_none(ledger: Ledger) -> None:
    outlook = OutlookRow(**basic(kpi="revenue", method="prophet", record={"draws": [0.1 + 0.2]}))
    ledger.freeze([outlook])
    assert ledger.freeze([replace(outlook, record={"draws": [0.3]})]) == Frozen(same=1)
    assert ledger.freeze([replace(outlook, record={"draws": [0.3001]})]) == Frozen(changed=1)


def test_lessons_come_back_as_messages(ledger: Ledger) -> None:
    values: dict[str, Value] = {
        "money": Money(1.5),
        "rate": Rate(0.2),
        "points": Points(-0.01),
        "change": Change(0.031),
        "chance": Chance(0.8),
        "count": Count(3),
        "days": Number(41.0, 0, "days"),
        "team": Name('<b>&"ł'),
        "inner": say("follow.other", on=date(2026, 3, 31)),
        "list": ("2026Q1", Name("x"), Count(1)),
    }
    lesson = LessonRow(**basic(template="review", messages=(Message("follow.lesson", values),), preliminary=True))
    ledger.freeze_lessons([lesson])
    (back,) = ledger.visible(CENTRAL, "2026Q2", "goal_setting", APR_6).lessons
    assert (back.messages, back.preliminary) == (lesson.messages, True)


def test_at_most_three_lessons_are_remembered(ledger: Ledger) -> None:
    with pytest.raises(StoreError, match="4 lessons; at most 3 are remembered"):
        ledger.freeze_lessons([LessonRow(**basic(messages=(say("follow.a"),) * 4))])


def test_a_run_sees_what_was_known_at_its_as_of(ledger: Ledger, make_goal: MakeGoal) -> None:
    ledger.freeze([make_goal(as_of=DEC_15, value=1.0)])
    ledger.freeze([make_goal(as_of=DEC_31, value=2.0)])

    def seen(day: date) -> list[tuple[float, str]]:
        return [(goal.value, goal.state) for goal in ledger.visible(CENTRAL, "2026Q1", "review", day).goals]

    assert seen(date(2025, 12, 14)) == []
    assert seen(DEC_15) == [(1.0, "proposed")]  # superseded only later
    assert seen(JAN_10) == [(2.0, "proposed")]


def test_a_run_does_not_learn_from_itself(ledger: Ledger, make_goal: MakeGoal) -> None:
    ledger.freeze([make_goal(), make_goal(period="2025Q4"), OutlookRow(**basic(kpi="revenue", method="m", record={}))])
    ledger.agree([agreed()])
    again = ledger.visible(CENTRAL, "2026Q1", "goal_setting", JAN_10)
    assert [goal.level for goal in again.goals] == ["agreed"]
    assert again.outlooks == ()
    review = ledger.visible(CENTRAL, "2026Q1", "review", JAN_10)
    assert [(goal.period, goal.level) for goal in review.goals] == [("2026Q1", "target"), ("2026Q1", "agreed")]
    assert len(review.outlooks) == 1


def test_what_was_looked_at_is_known(ledger: Ledger) -> None:
    seen = ledger.visible(CENTRAL, "2026Q1", "review", JAN_10)
    assert seen.looked_at == set()
    assert (seen.goals, seen.lessons) == ((), ())
    assert seen.looked_at == {"goals", "lessons"}


def test_what_a_report_sees_of_each_table_has_a_hash_that_only_it_changes(ledger: Ledger, make_goal: MakeGoal) -> None:
    def hashes() -> dict[str, str]:
        return dict(ledger.standing([CENTRAL], "2026Q1", "review", APR_6)[CENTRAL].digests)

    assert set(hashes().values()) == {""}
    for rows, changes in (
        ([make_goal()], {"goals"}),
        ([make_goal(value=2.0)], {"goals"}),
        ([make_goal(), make_goal(period="2026Q2"), make_goal(owner=Owner("West"))], {"goals"}),
        ([make_goal(period="2026Q2", value=3.0)], set()),
        ([DriverRow(**basic(name="leads", value=120.0, unit="count"))], {"drivers"}),
        ([DriverRow(**basic(period="2026Q2", name="leads", value=120.0, unit="count"))], set()),
        ([final(kpi="arr", template="tracking")], {"goals", "finals"}),  # a goal may be final by it
        ([final(kpi="mrr")], set()),  # a review's own
        ([LessonRow(**basic(template="review", period="2025Q4", messages=(say("follow.a"),)))], {"lessons"}),
    ):
        before = hashes()
        ledger.freeze(rows)
        after = hashes()
        assert {name for name in after if after[name] != before[name]} == changes


def test_a_goal_is_final_only_for_those_who_may_see_the_figure(ledger: Ledger, make_goal: MakeGoal) -> None:
    ledger.freeze([make_goal()])
    ledger.freeze([final()])
    states = {
        (template, day): ledger.visible(CENTRAL, "2026Q1", template, day).goals[0].state
        for template, day in (("review", APR_6), ("tracking", APR_6), ("tracking", JAN_10))
    }
    assert states == {("review", APR_6): "proposed", ("tracking", APR_6): "final", ("tracking", JAN_10): "proposed"}


def test_a_run_sees_its_own_owner_alone(ledger: Ledger, make_goal: MakeGoal) -> None:
    ledger.freeze([make_goal(), make_goal(owner=Owner("West")), make_goal(owner=COMPANY)])
    assert [goal.owner for goal in ledger.visible(CENTRAL, "2026Q1", "review", JAN_10).goals] == [CENTRAL]


HOSTILE = ['<b>&"', "'; DROP TABLE goals; --", "ł" * 300, "x" * 300, "\u202eزبون", "🦊\n\t", "%s :name {x}", ""]


def test_hostile_names_come_back_as_they_are(ledger: Ledger, make_goal: MakeGoal) -> None:
    owners = [owner for name in HOSTILE for owner in (Owner(name), Owner(name, name))]
    assert ledger.freeze([make_goal(owner=owner, objective=owner.team) for owner in owners]) == Frozen(new=len(owners))
    assert {goal.owner for goal in ledger.goals()} == set(owners)
    for owner in owners:
        assert [goal.objective for goal in ledger.goals(owner)] == [owner.team]


def test_the_listing_is_json_with_null_for_the_company(ledger: Ledger, make_goal: MakeGoal) -> None:
    ledger.freeze([make_goal(owner=COMPANY)])
    ledger.agree([agreed(agreed_on=JAN_10)])
    first, second = json.loads(json.dumps(listing(ledger.goals())))
    assert first == {
        "team": None,
        "rep": None,
        "kpi": "revenue",
        "period": "2026Q1",
        "level": "target",
        "value": 1_240_000.0,
        "chance": 0.5,
        "state": "proposed",
        "version": 1,
        "as_of": "2025-12-15",
        "backfilled": False,
        "set_after_the_fact": False,
    }
    assert (second["team"], second["state"], second["set_after_the_fact"]) == ("Central", "agreed", True)


def test_outlooks_of_a_running_period_are_rows_of_their_own_and_scored_apart(ledger: Ledger) -> None:
    record = {"kpi": "revenue"}
    goals = OutlookRow(**basic(kpi="revenue", method="x", record=record))
    first = OutlookRow(**basic(kpi="revenue", method="y", record=record, template="tracking", as_of=date(2026, 2, 1)))
    second = replace(first, as_of=date(2026, 3, 1), method="z")
    ledger.freeze([goals])
    assert ledger.freeze([first, second]).new == 2
    assert ledger.freeze([first]).same == 1
    seen = ledger.visible(CENTRAL, "2026Q1", "review", APR_6).outlooks
    assert [row.method for row in seen] == ["y", "z", "x"], "that of the goals stands last"
    assert [row.method for row in ledger.visible(CENTRAL, "2026Q1", "review", date(2026, 2, 10)).outlooks] == ["y", "x"]
    assert [row.method for row in ledger.visible(CENTRAL, "2026Q1", "tracking", APR_6).outlooks] == ["x"]
    ledger.freeze([final()])
    ((promised, _),) = ledger.scorable("2026Q2", "goal_setting", APR_6)
    assert promised.method == "x"
    before = ledger.digest_of_scores("2026Q2", "goal_setting", APR_6)
    ledger.freeze([replace(first, as_of=date(2026, 3, 8))])
    assert ledger.digest_of_scores("2026Q2", "goal_setting", APR_6) == before
