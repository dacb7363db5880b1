"""Proposals: for each level the most ambitious value with the chance that the company wants of it, and its sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from salesgoals_kit.company import Company
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.deadline import deadline
from salesgoals_kit.goals.wording import Base, change_of, change_words, does, goal_sentence
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.words import Message


@dataclass(frozen=True)
class Proposal:
    """A goal that could be agreed.

    ``value`` is attainable and in the KPI's unit; ``promised`` is the chance asked for, ``chance`` the one it really
    has, never lower. ``change`` on ``base`` is relative, for a rate in points (fractions of one); None without a base.
    """

    kpi: str
    level: str
    value: float
    promised: float
    chance: float
    deadline: date
    base: float | None
    base_period: str | None
    change: float | None
    sentence: Message


def propose(
    outlook: Outlook, base: float | None, base_period: Period | None, kpi: Kpi, company: Company
) -> list[Proposal]:
    """Return what to propose from an outlook: commit, target and stretch, or for a rep the one value with his chance.

    ``base`` is the figure of ``base_period`` (see `choose_base`); without one no change is said.
    """
    before = None
    if base is not None and base_period is not None and math.isfinite(base):
        before = Base(base, base_period)
    return [
        _proposal(outlook, level, promised, before, kpi, company) for level, promised in levels(outlook.owner, company)
    ]


def levels(owner: Owner, company: Company) -> list[tuple[str, float]]:
    """Return the levels proposed to an owner and the chance each is to have, the easiest first."""
    chances = company.chances
    if owner.kind == "rep":
        return [("rep", chances.rep)]
    return [("commit", chances.commit), ("target", chances.target), ("stretch", chances.stretch)]


def choose_base(period: Period, known: Callable[[Period], float | None]) -> Base | None:
    """Return what to compare with: the same period a year before, else the one before, else nothing.

    ``known`` gives the figure of a whole period, None or NaN where there is none.
    """
    for earlier in (period.year_before(), period.shifted(-1)):
        value = known(earlier)
        if value is not None and math.isfinite(value):
            return Base(value, earlier)
    return None


def _proposal(
    outlook: Outlook, level: str, promised: float, before: Base | None, kpi: Kpi, company: Company
) -> Proposal:
    value = outlook.goal(promised)
    return Proposal(
        kpi=kpi.name,
        level=level,
        value=value,
        promised=promised,
        chance=outlook.chance(value),
        deadline=deadline(kpi.name, outlook.period, company),
        base=None if before is None else before.value,
        base_period=None if before is None else before.period.name,
        change=None if before is None else change_of(kpi, value, before.value),
        sentence=in_words(outlook, value, before, kpi, company),
    )


def in_words(outlook: Outlook, value: float, before: Base | None, kpi: Kpi, company: Company) -> Message:
    """Return a goal of a value as it would be agreed, with its chance and how it differs from the base."""
    due = deadline(kpi.name, outlook.period, company)
    change = None if before is None else change_words(kpi, value, outlook.period, before)
    said = does(kpi, value, outlook.step)
    return goal_sentence(outlook.owner, due, said, change=change, chance=outlook.chance(value))
