"""The review: every goal against its figure, what was promised, and what to take from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.follow.drivers import driver_moves
from salesgoals_kit.follow.facts import Facts
from salesgoals_kit.follow.review import Review, review, standing
from salesgoals_kit.follow.verdict import outcomes
from salesgoals_kit.forecast.scores import Outcome
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report.text import Texts
from salesgoals_kit.store.messages import message_from, message_record
from salesgoals_kit.store.rows import DriverRow, GoalRow, OutlookRow
from salesgoals_kit.store.visible import Visible
from salesgoals_kit.words import Chance, Message, Points, Rate

MakeGoal = Callable[..., GoalRow]
MakeOutlook = Callable[..., OutlookRow]
MakeDriver = Callable[..., DriverRow]
See = Callable[..., Visible]
Run = Callable[..., Review]

CENTRAL, Q1 = Owner("Central"), parse_period("2026Q1")
SETTLED = date(2026, 4, 5)  # the quarter's end and five days


@pytest.fixture
def run(company: Company, visible: See) -> Run:
    def make(rows: list[Any], actuals: dict[str, float | None], **given: Any) -> Review:
        as_of = given.pop("as_of", SETTLED)
        return review(CENTRAL, Q1, as_of, company, facts=Facts(actuals, **given), visible=visible(*rows))

    return make


def ladder(goal: MakeGoal, kpi: str = "revenue") -> list[GoalRow]:
    return [goal(kpi, level, value) for level, value in (("commit", 80.0), ("target", 100.0), ("stretch", 120.0))]


def test_every_goal_stands_against_the_figure(run: Run, goal: MakeGoal, outlook: MakeOutlook) -> None:
    found = run([*ladder(goal), outlook()], {"revenue": 110.0})
    (one,) = found.kpis
    assert (one.kpi.name, one.actual, one.standing, one.final_on) == ("revenue", 110.0, "final", SETTLED)
    assert one.percentile == pytest.approx(0.55)  # of 1 … 200 evenly likely
    assert [(level.level, level.promised, level.reached) for level in one.levels] == [
        ("commit", 0.8, True),
        ("target", 0.5, True),
        ("stretch", 0.2, False),
    ]
    # 110 / 80, 110 / 100, 110 / 120
    assert [level.attainment for level in one.levels] == pytest.approx([1.375, 1.1, 11 / 12])


def test_lower_is_better_turns_reached_and_attainment_round(run: Run, goal: MakeGoal) -> None:
    (one,) = run([goal("cac", "target", 100.0), goal("cac", "stretch", 50.0)], {"cac": 80.0}).kpis
    assert [level.reached for level in one.levels] == [True, False]
    assert [level.attainment for level in one.levels] == pytest.approx([1.25, 0.625])


def test_the_goal_that_counts_is_the_agreed_one(run: Run, goal: MakeGoal) -> None:
    one = run([*ladder(goal), goal(level="agreed", value=90.0)], {"revenue": 95.0}).kpis[0]
    assert one.main is not None
    assert (one.main.level, one.main.reached) == ("agreed", True)
    other = run(ladder(goal), {"revenue": 95.0}).kpis[0]
    assert other.main is not None
    assert (other.main.level, other.main.reached) == ("target", False)
    assert run([], {"revenue": 95.0}).kpis[0].main is None


def test_nothing_vanishes_for_want_of_a_goal_or_a_figure(run: Run, goal: MakeGoal) -> None:
    found = run([goal("revenue"), goal("win_rate", value=0.3)], {"revenue": None, "margin": 0.2})
    assert [one.kpi.name for one in found.kpis] == ["revenue", "margin", "win_rate"]  # the catalogue's order
    revenue, margin, win_rate = found.kpis
    assert (revenue.actual, revenue.levels[0].reached, revenue.sentence.id) == (None, None, "follow.no_figure")
    assert win_rate.levels[0].sentence.id == "follow.level_without_figure"
    assert (margin.levels, [note.id for note in margin.notes]) == ((), ["follow.no_goal"])


def test_a_figure_that_is_not_a_number_is_none(run: Run, goal: MakeGoal) -> None:
    one = run([goal()], {"revenue": float("nan")}).kpis[0]
    assert (one.actual, one.levels[0].reached, one.levels[0].attainment) == (None, None, None)


def test_goals_and_outlooks_of_other_periods_are_left_alone(
    run: Run, goal: MakeGoal, outlook: MakeOutlook, driver: MakeDriver
) -> None:
    rows = [goal(period="2025Q4"), outlook(period="2025Q4"), driver("leads", 10.0, "count", period="2025Q4")]
    found = run(rows, {"revenue": 95.0}, drivers={"leads": 20.0})
    assert (found.kpis[0].levels, found.kpis[0].percentile, found.drivers) == ((), None, ())


@pytest.mark.parametrize(
    ("kpi", "day", "stands"),
    [
        ("revenue", date(2026, 3, 30), "open"),
        ("revenue", date(2026, 3, 31), "preliminary"),
        ("revenue", date(2026, 4, 4), "preliminary"),
        ("revenue", SETTLED, "final"),
        # 31 March and 120 days are 29 July; five more to settle
        ("cycle_days", SETTLED, "open"),
        ("cycle_days", date(2026, 7, 29), "preliminary"),
        ("cycle_days", date(2026, 8, 3), "final"),
    ],
)
def test_a_figure_is_open_preliminary_or_final(company: Company, kpi: str, day: date, stands: str) -> None:
    assert standing(kpi, Q1, day, company) == stands


def test_an_open_figure_decides_nothing(run: Run, goal: MakeGoal, outlook: MakeOutlook) -> None:
    frozen = outlook("cycle_days")
    found = run([goal("cycle_days", value=45.0), frozen], {"cycle_days": 30.0})
    (one,) = found.kpis
    assert (one.standing, one.final_on, one.sentence.id) == ("open", date(2026, 8, 3), "follow.figure_open")
    assert (one.actual, one.levels[0].reached, one.percentile) == (30.0, None, None)
    assert not found.preliminary  # the review itself is in time
    assert outcomes(found.kpis, [frozen]) == []


def test_a_preliminary_review_says_so_and_scores_nothing(run: Run, goal: MakeGoal, outlook: MakeOutlook) -> None:
    found = run([*ladder(goal), outlook()], {"revenue": 110.0}, as_of=date(2026, 4, 2))
    assert found.preliminary
    assert (found.kpis[0].standing, found.kpis[0].levels[0].reached) == ("preliminary", True)
    assert outcomes(found.kpis, [outlook()]) == []
    assert found.lessons  # the next goals cannot wait


def test_what_came_too_late_is_marked(run: Run, goal: MakeGoal) -> None:
    late = goal(level="agreed", agreed_on=date(2026, 1, 20), set_after_the_fact=True, backfilled=True)
    one = run([late], {"revenue": 110.0}).kpis[0]
    assert (one.levels[0].backfilled, one.levels[0].set_after_the_fact) == (True, True)
    assert [note.id for note in one.notes] == ["follow.backfilled", "follow.after_the_fact"]
    assert one.notes[1].values["date"] == date(2026, 1, 20)


def test_commit_target_and_stretch_share_one_outcome(run: Run, goal: MakeGoal, outlook: MakeOutlook) -> None:
    rows = [*ladder(goal), goal(level="agreed", value=90.0), goal("margin", value=0.2)]
    frozen = [outlook(), outlook("arr", backfilled=True), outlook("win_rate")]
    found = run([*rows, *frozen], {"revenue": 110.0, "margin": 0.3, "arr": 90.0, "win_rate": None})
    # margin had no outlook, win_rate has no figure; arr had no goal, but its outlook promised chances all the same
    assert outcomes(found.kpis, frozen) == [
        Outcome(frozen[0].record, 110.0, backfilled=False),
        Outcome(frozen[1].record, 90.0, backfilled=True),
    ]


@pytest.mark.parametrize(
    ("fell", "note"), [(4.0, "low"), (10.0, "within"), (100.0, "within"), (190.0, "within"), (195.0, "high")]
)
def test_where_the_figure_fell_is_said(run: Run, outlook: MakeOutlook, fell: float, note: str) -> None:
    notes = run([outlook()], {"revenue": fell}).kpis[0].notes
    assert notes[-1].id == f"follow.fell_{note}"


def test_a_share_is_said_in_steps_of_five_points(run: Run, outlook: MakeOutlook) -> None:
    assert run([outlook()], {"revenue": 107.0}).kpis[0].notes[-1].values["share"] == Rate(0.55)  # 53.5 %


def test_drivers_are_compared_and_the_one_that_moved_most_is_first(driver: MakeDriver) -> None:
    frozen = [
        driver("leads", 200.0, "count"),
        driver("win_rate", 0.20, "rate"),
        driver("deal_size", 1000.0, "money"),
        driver("churn", 0.0, "rate"),
        driver("price", 5.0, "money"),
    ]
    now = {"leads": 190.0, "win_rate": 0.25, "deal_size": 1100.0, "churn": 0.01, "spend": 7.0}
    moves = driver_moves(frozen, now)
    # win_rate 0.25 / 0.20 = +25 %, deal_size +10 %, leads -5 %; churn from nothing and price unknown cannot be ranked
    assert [move.name for move in moves] == ["win_rate", "deal_size", "leads", "churn", "price"]
    assert [move.change for move in moves[:3]] == pytest.approx([0.25, 0.1, -0.05])
    points = moves[0].sentence.values["change"]
    assert isinstance(points, Points)
    assert points.value == pytest.approx(0.05)
    assert [move.sentence.id for move in moves[2:]] == [
        "follow.driver_moved",
        "follow.driver_moved",
        "follow.driver_unknown",
    ]
    assert (moves[3].now, moves[3].change, moves[4].now) == (0.01, None, None)


def test_a_driver_that_began_at_nothing_has_no_change(driver: MakeDriver) -> None:
    (move,) = driver_moves([driver("leads", 0.0, "count")], {"leads": 5.0})
    assert (move.change, move.sentence.id) == (None, "follow.driver_from_nothing")


def test_a_driver_that_nobody_named_is_called_by_its_name(driver: MakeDriver) -> None:
    (move,) = driver_moves([driver("weather", 1.0, "count")], {"weather": 2.0})
    assert move.sentence.values["driver"] == "weather"


@pytest.mark.parametrize(
    ("kpi", "actual", "lesson"),
    [
        ("revenue", 15.0, "follow.lesson_too_optimistic"),  # the 7.5 % point
        ("revenue", 21.0, None),  # the 10.5 % point
        ("revenue", 185.0, "follow.lesson_too_cautious"),
        ("cac", 185.0, "follow.lesson_too_optimistic"),  # dearer than nine in ten
        ("cac", 15.0, "follow.lesson_too_cautious"),
    ],
)
def test_a_figure_at_the_ends_of_its_outlook_is_a_lesson(
    run: Run, outlook: MakeOutlook, kpi: str, actual: float, lesson: str | None
) -> None:
    assert [said.id for said in run([outlook(kpi)], {kpi: actual}).lessons] == ([lesson] if lesson else [])


def test_the_greatest_surprise_is_the_lesson(run: Run, outlook: MakeOutlook) -> None:
    found = run([outlook("revenue"), outlook("arr")], {"revenue": 12.0, "arr": 2.0})
    assert found.lessons[0].values["kpi"] == CATALOGUE["arr"].title


@pytest.mark.parametrize(
    ("actual", "lesson", "values"),
    [
        (70.0, "below", {"missed": "commit"}),
        (90.0, "between", {"reached": "commit", "missed": "target"}),
        (110.0, "between", {"reached": "target", "missed": "stretch"}),
        (130.0, "beyond", {}),
    ],
)
def test_how_far_up_the_levels_it_came_is_a_lesson(
    run: Run, goal: MakeGoal, actual: float, lesson: str, values: dict[str, str]
) -> None:
    (said,) = run(ladder(goal), {"revenue": actual}).lessons
    assert said.id == f"follow.lesson_{lesson}"
    assert {name: said.values[name] for name in values} == {
        name: Message(f"follow.level_{level}") for name, level in values.items()
    }


@pytest.mark.parametrize(
    ("actual", "chance", "lesson"),
    [
        (90.0, 0.6, "follow.lesson_agreed_reached_chance"),
        (89.0, 0.6, "follow.lesson_agreed_missed_chance"),
        (90.0, None, "follow.lesson_agreed_reached"),
        (89.0, None, "follow.lesson_agreed_missed"),
    ],
)
def test_an_agreed_goal_comes_before_the_levels(
    run: Run, goal: MakeGoal, actual: float, chance: float | None, lesson: str
) -> None:
    (said,) = run([*ladder(goal), goal(level="agreed", value=90.0, chance=chance)], {"revenue": actual}).lessons
    assert (said.id, said.values.get("chance")) == (lesson, None if chance is None else Chance(chance))


def test_a_goal_that_knew_how_it_would_end_is_no_lesson(run: Run, goal: MakeGoal) -> None:
    agreed = goal(level="agreed", value=90.0, set_after_the_fact=True)
    assert run([agreed], {"revenue": 110.0}).lessons == ()
    found = run([agreed, *ladder(goal)], {"revenue": 110.0}).learned
    assert [one.facts.get("level") for one in found] == ["target"], "the levels were there in time"


def test_a_driver_that_hardly_moved_is_no_lesson(run: Run, driver: MakeDriver) -> None:
    frozen = [driver("leads", 100.0, "count")]
    assert run(frozen, {}, drivers={"leads": 104.0}).lessons == ()
    assert [said.id for said in run(frozen, {}, drivers={"leads": 106.0}).lessons] == ["follow.lesson_driver"]


def test_there_are_at_most_three_lessons_and_they_survive_the_ledger(
    run: Run, goal: MakeGoal, outlook: MakeOutlook, driver: MakeDriver
) -> None:
    kpis = ("revenue", "arr", "mrr", "clv")
    rows = [row for kpi in kpis for row in (*ladder(goal, kpi), outlook(kpi))]
    drivers = [driver("leads", 100.0, "count"), driver("churn", 0.1, "rate")]
    found = run([*rows, *drivers], dict.fromkeys(kpis, 5.0), drivers={"leads": 50.0, "churn": 0.3})
    assert [lesson.id for lesson in found.lessons] == [
        "follow.lesson_below",
        "follow.lesson_driver",
        "follow.lesson_too_optimistic",
    ]
    assert [message_from(message_record(lesson)) for lesson in found.lessons] == list(found.lessons)


def test_every_sentence_of_a_review_can_be_read(
    run: Run, goal: MakeGoal, outlook: MakeOutlook, driver: MakeDriver, company: Company
) -> None:
    rows: list[Any] = [driver("leads", 100.0, "count"), driver("win_rate", 0.2, "rate"), driver("price", 5.0, "money")]
    for kpi in CATALOGUE:
        rows += [*ladder(goal, kpi), goal(kpi, "agreed", 90.0, chance=None, backfilled=True), outlook(kpi)]
    rows.append(goal("arr", "rep", 1.0, set_after_the_fact=True, agreed_on=date(2026, 1, 9)))
    read = Texts.of(company).text
    for actual in (5.0, 90.0, 110.0, 199.0, None):
        for day in (date(2026, 3, 1), date(2026, 4, 1), SETTLED, date(2026, 9, 1)):
            found = run(rows, dict.fromkeys(CATALOGUE, actual), as_of=day, drivers={"leads": 50.0, "win_rate": 0.3})
            for message in _sentences(found):
                assert "{" not in read(message)


def _sentences(found: Review) -> list[Message]:
    of_kpis = [said for one in found.kpis for said in (one.sentence, *one.notes, *(lv.sentence for lv in one.levels))]
    return [*of_kpis, *(move.sentence for move in found.drivers), *found.lessons]
