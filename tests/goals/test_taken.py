"""Goal setting answers the lessons of the last review: what it took over, or that nothing in the numbers changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from salesgoals_kit.forecast.calibration import Correction, calibrate
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.board import Board, Line
from salesgoals_kit.goals.taken import Taken, latest_of, taken
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report import setting
from salesgoals_kit.report.text import Texts
from salesgoals_kit.store.rows import LessonRow
from salesgoals_kit.words import Message, Money, say

Q2 = parse_period("2026Q2")
LESSON = say("follow.lesson_driver", move=say("follow.undecided"))
Learned = Callable[..., LessonRow]


def learned(*facts: dict[str, Any], period: str = "2026Q1", as_of: date = date(2026, 3, 31), **given: Any) -> LessonRow:
    messages = given.pop("messages", (LESSON,) * len(facts))
    basic: dict[str, Any] = {"owner": Owner("Central"), "template": "review", **given}
    return LessonRow(period=period, as_of=as_of, messages=messages, facts=facts, **basic)


def board(correction: Correction | None = None) -> Board:
    draws = np.random.default_rng(1).lognormal(5, 0.2, 500)
    outlook = Outlook("revenue", COMPANY, Q2, "higher", draws, None, "m", None, False, 48, True, (), unit="money")
    rest = cast(Any, None)
    main = cast(Any, SimpleNamespace(level="target", value=150.0))
    line = Line(CATALOGUE["revenue"], rest, rest, calibrate(outlook, correction), (main,), None)
    return Board(Owner("Central"), Q2, (line,), ())


def answer(facts: dict[str, Any], correction: Correction | None = None) -> Taken:
    drivers = {"win_rate": 0.31, "decided": 40.0, "leads": None}
    (found,) = taken([learned(facts)], board(correction), drivers, {"win_rate": "rate", "decided": "count"})
    return found


@pytest.mark.parametrize(
    ("facts", "id", "used"),
    [
        ({"kind": "goal", "kpi": "revenue", "actual": 1.0}, "taken.goal", True),
        ({"kind": "goal", "kpi": "mrr"}, "taken.nothing", False),
        ({"kind": "gap", "driver": "win_rate", "now": 0.3}, "taken.driver", True),
        ({"kind": "gap", "driver": "led"}, "taken.driver", True),  # told by the deals decided
        ({"kind": "driver", "driver": "leads"}, "taken.nothing", False),  # not known this time
        ({"kind": "outlook", "kpi": "revenue", "share_below": 0.02}, "taken.not_corrected", False),
        ({}, "taken.old", False),
    ],
)
def test_each_kind_of_lesson_has_its_answer(facts: dict[str, Any], id: str, used: bool) -> None:
    found = answer(facts)
    assert (found.lesson, found.answer.id, found.used) == (LESSON, id, used)


def test_the_numbers_of_the_answer_are_those_of_the_new_goals() -> None:
    assert answer({"kind": "goal", "kpi": "revenue"}).answer.values["target"] == Money(150.0)
    text = Texts().text(answer({"kind": "gap", "driver": "win_rate"}).answer).replace("\u00a0", " ")
    assert text == (
        "Taken over: win rate now stands at 31 %, over the latest whole months; it is frozen with these goals."
    )


def test_ranges_that_past_scores_corrected_are_told_to_be_so() -> None:
    found = answer({"kind": "outlook", "kpi": "revenue"}, Correction(-0.3, 1.2, 64, 4))
    assert (found.used, found.answer.id) == (True, "taken.corrected")
    said = Texts().text(found.answer)
    assert said.startswith("Taken over: 64 final figures of 4 periods show that outlooks had been too optimistic")


def test_the_latest_review_is_the_one_that_is_answered() -> None:
    old = learned({"kind": "goal", "kpi": "revenue"}, period="2025Q4", as_of=date(2026, 1, 5))
    new = learned({"kind": "gap", "driver": "win_rate"}, preliminary=True)
    assert latest_of([new, old]) is new
    assert [one.answer.id for one in taken([old, new], board(), {"win_rate": 0.3}, {"win_rate": "rate"})] == [
        "taken.driver"
    ]
    assert taken([], board(), {}, {}) == ()
    assert latest_of([]) is None


def test_lessons_without_facts_are_answered_one_by_one() -> None:
    row = learned(messages=(LESSON, LESSON))
    assert [one.answer.id for one in taken([row], board(), {}, {})] == ["taken.old", "taken.old"]


def test_the_page_says_whence_they_are_and_what_was_made_of_them() -> None:
    rows = [learned({"kind": "gap", "driver": "win_rate"}, preliminary=True)]
    answers = setting.taken_over(rows, board(), {"win_rate": 0.31}, "deals")
    said = setting.lessons_block(Texts(), rows, answers).plain
    assert "a preliminary review of 2026Q1, made before its figures were final" in said
    assert "Taken over: win rate now stands at" in said
    assert [message.id for message in setting.answered(answers)] == ["taken.lesson"]
    assert "No review has left a lesson yet" in setting.lessons_block(Texts(), [], ()).plain
    final = [learned({}, messages=(Message("follow.undecided"),))]
    assert (
        "From the review of 2026Q1."
        in setting.lessons_block(Texts(), final, setting.taken_over(final, board(), {}, "deals")).plain
    )
