"""What the next period should take from this one: at most one surprise, one goal and one driver."""

from __future__ import annotations

from collections.abc import Sequence

from salesgoals_kit.follow.drivers import DriverMove
from salesgoals_kit.follow.verdict import KpiReview, LevelReview
from salesgoals_kit.goals.wording import figure
from salesgoals_kit.words import Chance, Message, Value, say

SURPRISE = 0.1  # of the outlook's draws at either end: one period in ten falls there by chance alone
NOTABLE = 0.05  # relative; a driver that moved less is not worth a lesson
_LADDER = ("commit", "target", "stretch")


def lessons_of(kpis: Sequence[KpiReview], drivers: Sequence[DriverMove]) -> tuple[Message, ...]:
    """Return up to three lessons, the most telling first."""
    found = (_surprise(kpis), _goal(kpis), _driver(drivers))
    return tuple(lesson for lesson in found if lesson is not None)


def _surprise(kpis: Sequence[KpiReview]) -> Message | None:
    """Return the figure farthest out in its outlook, if one is at the ends."""
    far = [(abs(one.percentile - 0.5), one.percentile, one) for one in kpis if one.percentile is not None]
    if not far:
        return None
    distance, fell, one = max(far, key=lambda item: item[0])
    if distance <= 0.5 - SURPRISE or one.actual is None:
        return None
    optimistic = (fell < 0.5) == (one.kpi.better == "higher")
    name = "follow.lesson_too_optimistic" if optimistic else "follow.lesson_too_cautious"
    return say(name, kpi=one.kpi.title, actual=figure(one.kpi, one.actual))


def _goal(kpis: Sequence[KpiReview]) -> Message | None:
    """Return how the first agreed goal ended, else how far the first KPI came up the levels."""
    agreed = [(one, level) for one in kpis for level in one.levels if level.level == "agreed"]
    for one, level in agreed:
        if level.reached is not None and one.actual is not None:
            return _agreed(one, level, one.actual)
    for one in kpis:
        ladder = {level.level: level for level in one.levels if level.reached is not None}
        if one.actual is not None and set(_LADDER) <= set(ladder):
            return _ladder(one, [ladder[name] for name in _LADDER], one.actual)
    return None


def _agreed(one: KpiReview, level: LevelReview, actual: float) -> Message:
    said: dict[str, Value] = {
        "kpi": one.kpi.title,
        "goal": figure(one.kpi, level.goal),
        "actual": figure(one.kpi, actual),
    }
    name = "follow.lesson_agreed_reached" if level.reached else "follow.lesson_agreed_missed"
    if level.promised is None:
        return Message(name, said)
    return Message(f"{name}_chance", {**said, "chance": Chance(level.promised)})


def _ladder(one: KpiReview, ladder: Sequence[LevelReview], actual: float) -> Message:
    """Return between which levels the figure came to stand."""
    met = sum(bool(level.reached) for level in ladder)
    said: dict[str, Value] = {"kpi": one.kpi.title, "actual": figure(one.kpi, actual)}
    if met == len(ladder):
        return Message("follow.lesson_beyond", {**said, "goal": figure(one.kpi, ladder[-1].goal)})
    missed = ladder[met]
    said |= {"missed": say(f"follow.level_{missed.level}"), "goal": figure(one.kpi, missed.goal)}
    if met == 0:
        return Message("follow.lesson_below", said)
    return Message("follow.lesson_between", {**said, "reached": say(f"follow.level_{ladder[met - 1].level}")})


def _driver(drivers: Sequence[DriverMove]) -> Message | None:
    if not drivers or abs(drivers[0].change or 0.0) < NOTABLE:
        return None
    return say("follow.lesson_driver", move=drivers[0].sentence)
