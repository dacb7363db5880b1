"""A value that is said of each month, quarter or year: it comes once, and so it may be meant in two ways."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.amounts import digits
from salesgoals_kit.goals.goal import Goal, part
from salesgoals_kit.goals.heard import Read
from salesgoals_kit.goals.vocabulary import SAID
from salesgoals_kit.periods import LENGTH, Grain

_LONGER: dict[Grain, Grain] = {"month": "quarter", "quarter": "year", "year": "quarter"}


def once(read: Read, goal: Goal) -> Goal:
    """Return a goal of a value without its "a month": a value comes once, a change alone comes again.

    It says nothing new of a period just as long, nor of a KPI that is counted by the month. Else it is one of two
    things: ParamError with both.
    """
    kpi = goal.record
    if read.every is None or goal.value is None or goal.every is None:
        return goal
    monthly = goal.every == "month" and (kpi.over_period == "every_month" or kpi.name == "mrr")
    if monthly or (goal.period is not None and goal.period.grain == goal.every):
        return replace(goal, every=None)
    where = f"goal {read.text.marked(*read.every[1:])!r}"
    one, two = _each_or_all(read, goal, goal.value, goal.every)
    fault = Fault(where, f"it is in each {goal.every} or in all", f"{one} or {two}", "write the one that is meant")
    raise ParamError("The goal can be read in two ways.", [fault])


def _each_or_all(read: Read, goal: Goal, value: float, every: Grain) -> tuple[str, str]:
    """Return both readings, the first of the last part of the period: each part is a goal of its own."""
    name = SAID[goal.kpi]
    period = goal.period or read.clock.ending(_LONGER[every])
    length, whole, said = LENGTH[every], len(period.months), _shown(goal, value)
    if length > whole or every == "year":
        return f"'{name} {said}' in the {every} that holds {period.name}", f"'{name} {said} in {period.name}'"
    total = _shown(goal, value * whole / length) if goal.record.over_period == "sum" else said
    one = part(period, every) if goal.period else read.clock.ending(every)
    each = f"'{name} {said} in {one.name}', and so in each {every} of {period.name},"
    return each, f"'{name} {total} in {period.name}'"


def _shown(goal: Goal, value: float) -> str:
    """Return a value so that it is read as one."""
    if goal.record.unit == "rate":
        return f"at {digits(Decimal(repr(value)) * 100)} %"
    return digits(Decimal(repr(value)))
