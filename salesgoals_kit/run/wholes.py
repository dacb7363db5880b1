"""Which agreed goals are parts of others: months of a longer period, and what reps carry of their team's goal."""

from __future__ import annotations

from collections.abc import Sequence

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.goals.agreed import AgreedGoal
from salesgoals_kit.goals.carried import places_of
from salesgoals_kit.goals.own import ADD_UP
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period


def is_part(goal: AgreedGoal, others: Sequence[AgreedGoal], tables: Tables) -> bool:
    """Return whether a goal is a part of another one: of a longer period's, or of the team's that the rep is in.

    Only amounts have parts: a rate, a median or a price is one by itself in every month and for everyone, and what
    there is at a period's end (recurring revenue) in every month.
    """
    kpi = CATALOGUE[goal.kpi]
    if kpi.over_period not in ADD_UP:
        return False
    above = _above(goal, tables)
    for other in others:
        longer = _within(goal.period, other.period) and kpi.over_period == "sum"
        mine = other.owner == goal.owner and longer
        teams = other.owner in above and (longer or other.period == goal.period)
        if other.kpi == goal.kpi and (mine or teams):
            return True
    return False


def _within(period: Period, other: Period) -> bool:
    return period != other and other.first <= period.first and period.last <= other.last


def _above(goal: AgreedGoal, tables: Tables) -> set[Owner]:
    """Return the teams that a rep is in, with those above them; the company where he is in none. Others have nobody."""
    if goal.owner.kind != "rep":
        return set()
    parents = dict(places_of(tables, COMPANY, CATALOGUE[goal.kpi]))
    found = {above for owner, above in parents.items() if owner.rep == goal.owner.rep and above is not None}
    for _ in parents:
        found |= {above for owner in found if (above := parents.get(owner)) is not None and above != COMPANY}
    return found
