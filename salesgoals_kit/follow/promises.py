"""How agreed goals kept the chances that they were given: those of business as usual, and apart from them two others.

A goal that counts on an *initiative* was given the chance of business as usual, and something beside it is meant to
lift it: whether these are reached more often is what says whether initiatives help. A goal set *after the fact* knew
part of what it promised. Of each kind: how many were reached, how many should have been by the sum of their chances,
and the Brier score (Brier 1950), the mean squared distance of chance and outcome: 0 is perfect, 0.25 what even chances
get.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from salesgoals_kit.follow.verdict import KpiReview
from salesgoals_kit.forecast.scores import meets
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.store.rows import FinalRow, GoalRow

Kind = Literal["usual", "initiative", "late"]
KINDS: tuple[Kind, ...] = ("usual", "initiative", "late")


@dataclass(frozen=True)
class Kept:
    """Goals of one kind whose figures are final: ``expected`` is the sum of their chances."""

    kind: Kind
    count: int
    expected: float
    reached: int
    brier: float


def kind_of(goal: GoalRow) -> Kind:
    """Return by which kind a goal is scored. One agreed in time and recorded later is late as well: nobody can tell."""
    if goal.set_after_the_fact or goal.backfilled:
        return "late"
    return "initiative" if goal.initiative else "usual"


def kept(
    past: Iterable[tuple[GoalRow, FinalRow]], goals: Iterable[GoalRow] = (), kpis: Iterable[KpiReview] = ()
) -> tuple[Kept, ...]:
    """Return how the chances of agreed goals did, by kind: of past ones, and of ``goals`` whose figures are final now.

    A goal without a chance or a figure is in none.
    """
    final = {one.kpi.name: one.actual for one in kpis if one.standing == "final"}
    pairs = [(goal, row.value) for goal, row in past] + [(goal, final.get(goal.kpi)) for goal in goals]
    found: dict[Kind, list[tuple[float, bool]]] = {kind: [] for kind in KINDS}
    for goal, value in pairs:
        if goal.level == "agreed" and goal.chance is not None and value is not None:
            found[kind_of(goal)].append((goal.chance, meets(value, goal.value, CATALOGUE[goal.kpi].better)))
    return tuple(_kept(kind, own) for kind, own in found.items() if own)


def _kept(kind: Kind, own: list[tuple[float, bool]]) -> Kept:
    misses = sum((chance - met) ** 2 for chance, met in own)
    return Kept(kind, len(own), sum(c for c, _ in own), sum(met for _, met in own), misses / len(own))
