"""How a goal was read, in words: whose, how much on what, by when, by what and for which objective."""

from __future__ import annotations

from collections.abc import Iterator

from salesgoals_kit.goals.evidence import Evidence, read_on
from salesgoals_kit.goals.goal import Goal
from salesgoals_kit.goals.relevant import objective_for
from salesgoals_kit.goals.wording import figure, owner_words
from salesgoals_kit.owners import COMPANY
from salesgoals_kit.words import Change, Message, Name, Points, Value, say


def read_back(goal: Goal, evidence: Evidence) -> tuple[Message, ...]:
    """Return how a goal was read, with what conventions filled in: owner, base, objective, the day that counts."""
    owner = owner_words(goal.owner or COMPANY)
    parts = (say("smart.read_owner", kpi=goal.record.title, owner=owner), *_parts(goal, evidence))
    return (say("smart.read", parts=parts, as_of=evidence.as_of),)


def _parts(goal: Goal, evidence: Evidence) -> Iterator[Message]:
    yield from _amounts(goal)
    if goal.every is not None:
        yield Message(f"smart.read_every_{goal.every}")
    base = read_on(goal, evidence).base if goal.kpi == evidence.kpi else goal.base
    if goal.change is not None and base is not None:
        yield say("smart.read_base", base=base.name)
    if goal.split is not None:
        yield say("smart.read_split", by=Message(f"smart.by_{goal.split}"))
    if goal.period is not None:
        yield say("smart.read_due", start=goal.period.start, end=goal.period.end)
    elif goal.day is not None:
        yield say("smart.read_day", day=goal.day)
    found = objective_for(goal.kpi, evidence.company.objectives)
    objective = goal.objective or (None if found is None else found.id)
    if objective is not None:
        yield say("smart.read_objective", objective=Name(objective))


def _amounts(goal: Goal) -> Iterator[Message]:
    if goal.value is not None:
        name = "smart.read_at_least" if goal.record.better == "higher" else "smart.read_at_most"
        yield Message(name, {"value": figure(goal.record, goal.value)})
    elif goal.change is not None:
        yield say("smart.read_change", change=_change(goal, goal.change))
    if goal.stretch is not None:
        end = _change(goal, goal.stretch) if goal.change is not None else figure(goal.record, goal.stretch)
        yield say("smart.read_stretch", end=end)


def _change(goal: Goal, change: float) -> Value:
    if goal.unit == "percent":
        return Change(change / 100)
    return Points(change / 100) if goal.unit == "points" else figure(goal.record, change)
