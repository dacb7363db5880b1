"""The last goals that a tree's bounds are counted from: of the same period a year before, as the ledger has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from salesgoals_kit.goals.nodes import Previous
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.store.rows import FinalRow, GoalRow

MAIN = ("agreed", "rep", "target")  # the goal of an owner: what humans agreed, else what a report led with


def previous_goals(
    goals: Iterable[GoalRow],
    finals: Iterable[FinalRow],
    kpi: str,
    period: Period,
    carry: Mapping[Owner, float] | None = None,
) -> dict[Owner, Previous]:
    """Return each owner's goal of the same period a year before, so that seasons compare, and what was reached.

    Rows of other periods and KPIs, and of levels that nobody was held to, are left out. ``carry`` are the full times
    of then (of `carried.carries` for that period), where they are known.
    """
    name = period.year_before().name
    found: dict[Owner, GoalRow] = {}
    for row in goals:
        if (row.kpi, row.period) == (kpi, name) and row.level in MAIN:
            kept = found.get(row.owner)
            if kept is None or MAIN.index(row.level) < MAIN.index(kept.level):
                found[row.owner] = row
    reached = {row.owner: row.value for row in finals if (row.kpi, row.period) == (kpi, name)}
    times = carry or {}
    return {owner: Previous(row.value, reached.get(owner), times.get(owner)) for owner, row in found.items()}
