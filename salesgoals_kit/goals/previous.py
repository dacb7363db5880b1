"""The last goals that a tree's bounds are counted from: of the same period a year before, as the ledger has them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from salesgoals_kit.goals.nodes import Previous
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.store.rows import FinalRow, GoalRow

Key = tuple[str, str | None]
MAIN = ("agreed", "rep", "share", "target")  # the goal of an owner: what humans agreed, else what a report led with


def previous_goals(
    goals: Iterable[GoalRow],
    finals: Iterable[FinalRow],
    kpi: str,
    period: Period,
    carry: Mapping[Owner, float] | None = None,
) -> dict[Owner, Previous]:
    """Return each owner's goal of the same period a year before, so that seasons compare, and what was reached.

    Rows of other periods and KPIs, and of levels that nobody was held to, are left out. ``carry`` are the full times
    of then (of `times.times_then`), where they are known. A rep is who he is in whatever team: what
    humans agreed for him names none. Who is in several teams has his goal in each by his full times there.
    """
    name = period.year_before().name
    found: dict[Key, GoalRow] = {}
    for row in goals:
        if (row.kpi, row.period) == (kpi, name) and row.level in MAIN:
            kept = found.get(_key(row.owner))
            if kept is None or MAIN.index(row.level) < MAIN.index(kept.level):
                found[_key(row.owner)] = row
    reached = {_key(row.owner): row.value for row in finals if (row.kpi, row.period) == (kpi, name)}
    times = carry or {}
    places: dict[Key, list[Owner]] = {}
    for owner in times:
        places.setdefault(_key(owner), []).append(owner)
    return {
        owner: _part(row.value, reached.get(key), owner, places.get(key, []), times)
        for key, row in found.items()
        for owner in places.get(key, [row.owner])
    }


def _key(owner: Owner) -> Key:
    return owner.kind, owner.name


def _part(
    goal: float, reached: float | None, owner: Owner, places: Sequence[Owner], times: Mapping[Owner, float]
) -> Previous:
    """Return the part of a goal that is an owner's in one of the places where he is."""
    whole = math.fsum(times[place] for place in places)
    part = times[owner] / whole if len(places) > 1 and whole > 0 else 1.0
    return Previous(goal * part, None if reached is None else reached * part, times.get(owner))
