"""Attainment of people: how many met their goals, and how much of what all their goals came to was sold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.forecast.scores import meets
from salesgoals_kit.goals.feasibility import REVENUE
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.kpis.measure import measure
from salesgoals_kit.kpis.needs import dimensions, missing
from salesgoals_kit.kpis.presence import in_several
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.store.rows import GoalRow


@dataclass(frozen=True)
class Quota:
    """Reps with a goal of their own: how many there are, how many met it, what they sold and what their goals come to.

    ``late`` of the goals were set after the period had begun.
    """

    people: int
    at_goal: int
    sales: float
    goals: float
    late: int

    @property
    def share(self) -> float:
        """The share of reps at goal."""
        return self.at_goal / self.people

    @property
    def sold(self) -> float:
        """Sum of sales / sum of goals: one great rep can make up for many."""
        return self.sales / self.goals


@handed
def sales_by_rep(tables: Tables, owner: Owner, period: Period) -> dict[str, float]:
    """Return what each of an owner's people sold in a period, wherever they sold it; nothing where rows name no rep.

    These are the people who are there at as_of, and those who sold for the owner in the period. Money is in currency.
    """
    if missing(REVENUE, tables, owner) or "rep" not in dimensions(REVENUE, tables):
        return {}
    span = [(period.first, period.last)]
    here = make_up(tables, owner).people["rep"].astype(str)
    own = measure(REVENUE, tables, span, ("rep",), owner).dropna(subset="rep")
    sold = own.loc[own["value"] != 0, "rep"].astype(str)  # who sold for the owner at some other time is there as well
    rows = measure(REVENUE, tables, span, ("rep",)).dropna(subset="rep")
    of = dict(zip(rows["rep"].astype(str), rows["value"].astype(float), strict=True))
    return {rep: of.get(rep, 0.0) for rep in sorted({*here, *sold})}


def held_to(tables: Tables, goals: Iterable[GoalRow]) -> list[GoalRow]:
    """Return the goals that people are held to with all that they sold.

    What was proposed for who is in several teams is his share of one of them, so for him it takes what was agreed.
    """
    several = in_several(tables)
    return [row for row in goals if row.level == "agreed" or row.owner.rep not in several]


def quota(sales: Mapping[str, float], goals: Iterable[GoalRow], period: Period) -> Quota | None:
    """Return the attainment of people (by name what each sold) with goals in the period; None where nobody has one.

    The goal that counts is the one agreed with somebody, else the share proposed.
    """
    own: dict[str, GoalRow] = {}
    for row in sorted(goals, key=lambda row: row.level == "agreed"):
        if row.owner.rep in sales and (row.period, row.kpi) == (period.name, REVENUE) and row.value > 0:
            own[str(row.owner.rep)] = row
    if not own:
        return None
    return Quota(
        people=len(own),
        at_goal=sum(meets(sales[rep], row.value, "higher") for rep, row in own.items()),
        sales=sum(sales[rep] for rep in sorted(own)),
        goals=sum(own[rep].value for rep in sorted(own)),
        late=sum(row.backfilled or row.set_after_the_fact for row in own.values()),
    )
