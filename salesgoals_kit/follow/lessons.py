"""What the next period should take from this one: at most one goal, one part of the gap or driver, and one surprise.

A lesson is a proposal: its sentence says what to do with it, its kind and its facts let the next goal setting answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from salesgoals_kit.follow.drivers import DriverMove
from salesgoals_kit.follow.gap import Gap, size_of
from salesgoals_kit.follow.parts import part_figure, part_title
from salesgoals_kit.follow.verdict import KpiReview, LevelReview
from salesgoals_kit.goals.wording import figure
from salesgoals_kit.words import Chance, Message, Value, say

Kind = Literal["outlook", "goal", "gap", "driver"]
Fact = str | float

SURPRISE = 0.1  # of the outlook's draws at either end: one period in ten falls there by chance alone
NOTABLE = 0.05  # relative; a driver that moved less is not worth a lesson
POINTS = 0.01  # of a rate; a part that moved it less is not worth one either
_LADDER = ("commit", "target", "stretch")


@dataclass(frozen=True)
class Learned:
    """A lesson. ``facts``: the ``kpi`` or ``driver`` it is about, and its numbers in their units."""

    kind: Kind
    sentence: Message
    facts: Mapping[str, Fact] = field(default_factory=dict)


def lessons_of(kpis: Sequence[KpiReview], gaps: Sequence[Gap], drivers: Sequence[DriverMove]) -> tuple[Learned, ...]:
    """Return up to three lessons: how the goal ended, what did most for that, and then what nobody had expected."""
    found = (_goal(kpis), _part(gaps) or _driver(drivers), _surprise(kpis))
    return tuple(lesson for lesson in found if lesson is not None)


def _surprise(kpis: Sequence[KpiReview]) -> Learned | None:
    """Return the figure farthest out in its outlook, if one is at the ends."""
    far = [(abs(one.percentile - 0.5), one.percentile, one) for one in kpis if one.percentile is not None]
    if not far:
        return None
    distance, fell, one = max(far, key=lambda item: item[0])
    if distance <= 0.5 - SURPRISE or one.actual is None:
        return None
    optimistic = (fell < 0.5) == (one.kpi.better == "higher")
    name = "follow.lesson_too_optimistic" if optimistic else "follow.lesson_too_cautious"
    facts: dict[str, Fact] = {"kpi": one.kpi.name, "actual": one.actual, "share_below": fell}
    return Learned("outlook", say(name, kpi=one.kpi.title, actual=figure(one.kpi, one.actual)), facts)


def _goal(kpis: Sequence[KpiReview]) -> Learned | None:
    """Return how the first agreed goal ended, else how far the first KPI came up the levels.

    A goal that was set after its period had begun knew part of how it would end, and teaches nothing.
    """
    levels = [(one, level) for one in kpis for level in one.levels if not level.set_after_the_fact]
    agreed = [(one, level) for one, level in levels if level.level == "agreed"]
    for one, level in agreed:
        if level.reached is not None and one.actual is not None:
            return Learned("goal", _agreed(one, level, one.actual), _facts(one, level, one.actual))
    for one in kpis:
        ladder = {level.level: level for level in one.levels if level.reached is not None}
        if one.actual is not None and set(_LADDER) <= set(ladder):
            said = _ladder(one, [ladder[name] for name in _LADDER], one.actual)
            return Learned("goal", said, _facts(one, ladder["target"], one.actual))
    return None


def _facts(one: KpiReview, level: LevelReview, actual: float) -> dict[str, Fact]:
    return {"kpi": one.kpi.name, "level": level.level, "goal": level.goal, "actual": actual}


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


def _part(gaps: Sequence[Gap]) -> Learned | None:
    """Return the driver that moved the first figure that was split farthest to the side where it ended."""
    for gap in gaps:
        part = gap.heaviest
        least = NOTABLE * abs(gap.expected or 0.0) if gap.kpi.unit == "money" else POINTS
        if part is None or abs(gap.amount(part)) < least:
            continue
        said: dict[str, Value] = {"kpi": gap.kpi.title, "part": part_title(part), "amount": size_of(gap, part.whole)}
        name = "follow.lesson_cost" if (part.whole < 0) == (gap.kpi.better == "higher") else "follow.lesson_brought"
        facts: dict[str, Fact] = {"kpi": gap.kpi.name, "driver": part.name, "amount": gap.amount(part)}
        then, now = part_figure(part, part.then), part_figure(part, part.now)
        if then is None or now is None or part.then is None or part.now is None:
            return Learned("gap", Message(name, said), facts)
        facts |= {"then": part.then, "now": part.now}
        return Learned("gap", Message(f"{name}_from", {**said, "then": then, "now": now}), facts)
    return None


def _driver(drivers: Sequence[DriverMove]) -> Learned | None:
    if not drivers or abs(drivers[0].change or 0.0) < NOTABLE:
        return None
    one = drivers[0]
    facts: dict[str, Fact] = {"driver": one.name, "then": one.then}
    if one.now is not None:
        facts["now"] = one.now
    return Learned("driver", say("follow.lesson_driver", move=one.sentence), facts)
