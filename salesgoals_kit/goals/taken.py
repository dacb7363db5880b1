"""What goal setting does with the last review's lessons: what it took over, or that nothing in the numbers changes.

A lesson says of what kind it is, and its numbers. That outlooks were off is answered by the correction that past scores
made of the new ones, if there are enough of them; how a goal ended by the new target beside it; what a driver came to
by the level that now stands with the new goals. What has no answer in the numbers is said to have none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from salesgoals_kit.forecast.calibration import FEWEST
from salesgoals_kit.forecast.why import quantity
from salesgoals_kit.goals.board import Board, Line
from salesgoals_kit.goals.wording import figure
from salesgoals_kit.store.rows import LessonRow
from salesgoals_kit.words import Count, Message, Value, catalogue, say

# Parts of a gap that are no drivers by themselves, and the driver that tells of them.
ALIKE = {
    **dict.fromkeys(("due", "led", "without_lead", "deals_a_lead"), "decided"),
    **dict.fromkeys(("new_revenue",), "recurring_revenue"),
    **dict.fromkeys(("cost_at_list", "cost_of_sales"), "unit_cost"),
}
CORRECTED = ("forecast.corrected", "forecast.came_as_promised")


@dataclass(frozen=True)
class Taken:
    """A lesson and what came of it: ``used`` says whether a number of the new goals rests on it."""

    lesson: Message
    answer: Message
    used: bool


def latest_of(lessons: Sequence[LessonRow]) -> LessonRow | None:
    """Return the lessons of the latest review; None where there is none."""
    return max(lessons, key=lambda row: (row.as_of, row.period), default=None)


def taken(
    lessons: Sequence[LessonRow], board: Board, drivers: Mapping[str, float | None], units: Mapping[str, str]
) -> tuple[Taken, ...]:
    """Return what the goals on a board do with each lesson of the latest review.

    ``drivers`` are those that are frozen with the new goals, ``units`` theirs.
    """
    row = latest_of(lessons)
    if row is None:
        return ()
    facts = [*row.facts, *({} for _ in row.messages[len(row.facts) :])]
    return tuple(_answer(said, of, board, drivers, units) for said, of in zip(row.messages, facts, strict=False))


def _answer(
    lesson: Message,
    facts: Mapping[str, str | float],
    board: Board,
    drivers: Mapping[str, float | None],
    units: Mapping[str, str],
) -> Taken:
    kind, name = facts.get("kind"), ALIKE.get(str(facts.get("driver", "")), str(facts.get("driver", "")))
    line = board.line(str(facts.get("kpi", "")))
    if kind == "outlook" and line is not None:
        return _outlook(lesson, line)
    if kind == "goal" and line is not None:
        said: dict[str, Value] = {"kpi": line.kpi.title, "target": figure(line.kpi, line.main.value)}
        return Taken(lesson, Message("taken.goal", {**said, "period": board.period.name}), True)
    level = drivers.get(name)
    if kind in ("gap", "driver") and level is not None:
        known = f"follow.driver_{name}" in catalogue("en")
        title: Value = Message(f"follow.driver_{name}", {}) if known else name
        now = quantity(level, units.get(name, ""), 0 if units.get(name) in ("count", "days") else 1)
        return Taken(lesson, say("taken.driver", driver=title, now=now), True)
    return Taken(lesson, say("taken.nothing" if kind else "taken.old"), False)


def _outlook(lesson: Message, line: Line) -> Taken:
    correction = next((note for note in line.outlook.notes if note.id in CORRECTED), None)
    if correction is None:
        return Taken(lesson, say("taken.not_corrected", fewest=Count(FEWEST)), False)
    return Taken(lesson, say("taken.corrected", correction=correction), True)
