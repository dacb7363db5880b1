"""An agreed goal as a number: a change read on its base, the reading that was taken, and the row for the ledger."""

from __future__ import annotations

import math

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.agreed import AgreedGoal
from salesgoals_kit.goals.limits import impossible_value
from salesgoals_kit.goals.wording import Base, figure
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi
from salesgoals_kit.store.rows import AGREED_BY_HUMANS, GoalRow
from salesgoals_kit.words import Change, Message, Points, Value


def goal_value(goal: AgreedGoal, base: float | None) -> float:
    """Return the goal as a number in the KPI's unit; ``base`` is the figure of ``goal.base``, for a change.

    Percent is relative, of a rate too: +5 % of 20 % is 21 %. Raises ParamError where the base is unknown or the
    change leads to a value that cannot be.
    """
    if goal.value is not None:
        return goal.value
    if base is None or not math.isfinite(base):
        fault = Fault(
            goal.where, f"{goal.kpi} of {goal.base.name} is not known", "a base with a figure", "give a value"
        )
        raise ParamError("A change has nothing to start from.", [fault])
    value = changed(base, goal.change or 0.0, goal.unit)
    wrong = impossible_value(_kpi(goal), value) if _kpi(goal).unit != "count" else ""
    if wrong:
        raise ParamError("A change leads to an impossible goal.", [Fault(goal.where, wrong, todo="look at its unit")])
    return float(math.ceil(value - 1e-9)) if _kpi(goal).unit == "count" else value


def reading(goal: AgreedGoal, base: float | None) -> Message | None:
    """Return how a change was read, in a sentence; None for a goal that is a plain value."""
    if goal.value is not None:
        return None
    value = goal_value(goal, base)
    return change_read(_kpi(goal), goal.change or 0.0, goal.unit, Base(base or 0.0, goal.base), value)


def change_read(kpi: Kpi, change: float, unit: str | None, base: Base, value: float) -> Message:
    """Return how a change on a base was read, in a sentence; of a rate the other reading stands beside it."""
    said: dict[str, Value] = {
        "base": figure(kpi, base.value),
        "value": figure(kpi, value),
        "period": base.period.name,
        "change": Points(change / 100) if unit == "points" else Change(change / 100),
    }
    if unit == "absolute":
        return Message("goals.read_absolute", said)
    if kpi.unit != "rate":
        return Message("goals.read_percent", said)
    taken = "points" if unit == "points" else "percent"
    other = changed(base.value, change, "percent" if taken == "points" else "points")
    return Message(f"goals.read_rate_{taken}", {**said, "other": figure(kpi, other)})


def agreed_row(goal: AgreedGoal, value: float, chance: float | None, snapshot: str | None = None) -> GoalRow:
    """Return the goal as the ledger's `agree` takes it; ``chance`` is that of business as usual, if it is known."""
    return GoalRow(
        owner=goal.owner,
        period=goal.period.name,
        template=AGREED_BY_HUMANS,
        as_of=goal.agreed_on,
        snapshot=snapshot,
        reason=goal.reason,
        kpi=goal.kpi,
        level="agreed",
        value=value,
        money=_kpi(goal).unit == "money",
        chance=chance,
        agreed_on=goal.agreed_on,
        agreed_by=goal.agreed_by,
        initiative=None if goal.initiative is None else goal.initiative.model_dump(exclude_none=True),
        objective=goal.objective,
    )


def changed(base: float, change: float, unit: str | None, times: int = 1) -> float:
    """Return a figure after a change that comes so many times, one on the other; percent is relative.

    >>> round(changed(100.0, -3, "percent", 6), 2), changed(0.2, 5, "points"), changed(10, 2, "absolute", 3)
    (83.3, 0.25, 16)
    """
    if unit == "percent":
        return float(base * (1 + change / 100) ** times)
    return base + times * (change / 100 if unit == "points" else change)


def _kpi(goal: AgreedGoal) -> Kpi:
    return CATALOGUE[goal.kpi]
