"""How a goal was read: in the words that it can be typed in again, and what of it nobody had said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from salesgoals_kit.goals.evidence import Evidence, read_on
from salesgoals_kit.goals.goal import Goal, asked_period
from salesgoals_kit.goals.relevant import objective_for
from salesgoals_kit.goals.typed import typed
from salesgoals_kit.owners import COMPANY
from salesgoals_kit.words import Message, Name, say


def read_back(goal: Goal, evidence: Evidence) -> tuple[Message, ...]:
    """Return how a goal was read, and what conventions filled in: owner, base, objective, the period that is meant."""
    read = say("typed.read", as_of=evidence.as_of, goal=typed(filled(goal, evidence), evidence.company))
    taken = tuple(_taken(goal, filled(goal, evidence)))
    return (read, say("typed.taken", parts=taken)) if taken else (read,)


def filled(goal: Goal, evidence: Evidence) -> Goal:
    """Return the goal as it is judged: with the owner, the base and the objective that it leaves open."""
    objective = objective_for(goal.kpi, evidence.company.objectives)
    asked = asked_period(goal)
    base = goal.base
    if goal.kpi == evidence.kpi and asked in (None, evidence.period):
        base = base or read_on(goal, evidence).base
    return replace(
        goal,
        owner=goal.owner or COMPANY,
        base=base,
        objective=goal.objective or (None if objective is None else objective.id),
    )


def _taken(goal: Goal, read: Goal) -> Iterator[Message]:
    yield from goal.taken
    if goal.base is None and read.base is not None:
        yield say("typed.taken_base", base=read.base.name)
    if goal.objective is None and read.objective is not None:
        yield say("typed.taken_objective", objective=Name(read.objective))
