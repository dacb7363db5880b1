"""What a goal is said to start from, beside what the data has: "from 20 % to 25 %"."""

from __future__ import annotations

import math

from salesgoals_kit.goals.evidence import Evidence
from salesgoals_kit.goals.goal import Goal
from salesgoals_kit.goals.wording import Base, figure
from salesgoals_kit.words import Message, say

ROUNDED = 0.025  # a figure that is told is rounded: "20 %" is said of 19.5 to 20.5


def told_start(goal: Goal, evidence: Evidence) -> Message | None:
    """Return whether the data has what the goal is said to start from; None where nothing is said of it.

    It is looked for in the period that the goal is compared with, and in the last whole one of its length: who says
    where it starts may have either in mind.
    """
    if goal.told is None:
        return None
    kpi, known = goal.record, starts(goal, evidence)
    same = [base for base in known if math.isclose(base.value, goal.told, rel_tol=ROUNDED)]
    told = figure(kpi, goal.told)
    if same:
        return say("smart.m_told", told=told, period=same[0].period.name)
    if not known:
        return say("smart.m_told_unknown", told=told)
    figures = tuple(say("smart.m_told_figure", value=figure(kpi, one.value), period=one.period.name) for one in known)
    return say("smart.m_told_differs", told=told, figures=figures)


def starts(goal: Goal, evidence: Evidence) -> tuple[Base, ...]:
    """Return the figures that a goal may start from, the one that it is compared with first."""
    named = None if goal.base is None else evidence.figures.get(goal.base.name)
    compared = evidence.base if named is None or goal.base is None else Base(named, goal.base)
    last = evidence.period.shifted(-1)
    while last.end > evidence.as_of:
        last = last.shifted(-1)
    value = evidence.figures.get(last.name, math.nan)
    found = [] if compared is None else [compared]
    if math.isfinite(value) and (compared is None or compared.period != last):
        found.append(Base(value, last))
    return tuple(found)
