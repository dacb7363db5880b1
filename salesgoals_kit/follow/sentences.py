"""The sentences of a review: how a figure stands, how a goal ended, and what has to be said beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from salesgoals_kit.follow.verdict import Standing
from salesgoals_kit.goals.wording import figure
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.store.rows import GoalRow
from salesgoals_kit.words import Chance, Message, Rate, Value, say


def standing_sentence(kpi: Kpi, standing: Standing, actual: float | None, final: date) -> Message:
    """Return the figure and how far it can be trusted."""
    if actual is None and standing == "open":
        return say("follow.no_figure_yet", kpi=kpi.title, date=final)
    if actual is None:
        return say("follow.no_figure", kpi=kpi.title)
    return Message(f"follow.figure_{standing}", {"kpi": kpi.title, "actual": figure(kpi, actual), "date": final})


def level_sentence(
    kpi: Kpi, goal: GoalRow, actual: float | None, attained: float | None, reached: bool | None
) -> Message:
    """Return how one goal ended: the figure against it, reached or not, and the chance it had been given."""
    said: dict[str, Value] = {
        "kpi": kpi.title,
        "level": say(f"follow.level_{goal.level}"),
        "goal": figure(kpi, goal.value),
        "verdict": _verdict(attained, reached),
    }
    if actual is None:
        return Message("follow.level_without_figure", said)
    said["actual"] = figure(kpi, actual)
    if goal.chance is None:
        return Message("follow.level", said)
    return Message("follow.level_promised", {**said, "promise": Chance(goal.chance)})


def notes_of(kpi: Kpi, goals: Sequence[GoalRow], fell: float | None, actual: float | None) -> tuple[Message, ...]:
    """Return what has to be said beside a KPI: no goal, goals that came too late, where the figure fell."""
    notes = []
    if not goals:
        notes.append(say("follow.no_goal", kpi=kpi.title))
    if any(goal.backfilled for goal in goals):
        notes.append(say("follow.backfilled", kpi=kpi.title))
    late = [goal.agreed_on for goal in goals if goal.set_after_the_fact and goal.agreed_on is not None]
    if late:
        notes.append(say("follow.after_the_fact", kpi=kpi.title, date=max(late)))
    if fell is not None and actual is not None:
        notes.append(_where(kpi, fell, actual))
    return tuple(notes)


def _where(kpi: Kpi, fell: float, actual: float) -> Message:
    """Return where the figure fell; the ends of an outlook are not known to the point."""
    said: dict[str, Value] = {"kpi": kpi.title, "actual": figure(kpi, actual), "share": Rate(round(fell * 20) / 20)}
    end = "low" if fell < 0.05 else "high" if fell > 0.95 else "within"
    return Message(f"follow.fell_{end}", said)


def _verdict(attained: float | None, reached: bool | None) -> Message:
    if reached is None:
        return say("follow.undecided")
    name = "reached" if reached else "missed"
    return say(f"follow.{name}") if attained is None else say(f"follow.{name}_at", attainment=Rate(attained))
