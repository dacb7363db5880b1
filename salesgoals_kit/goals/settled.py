"""What humans agreed for a period, whoever's: the goals of the whole of it, and those of its months."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, month_name
from salesgoals_kit.store.rows import GoalRow


def whole_goals(agreed: Iterable[GoalRow], period: Period) -> list[GoalRow]:
    """Return the goals agreed for the period itself, each once.

    Who agreed on every month of it, and not on the whole, has their sum as his goal (of a KPI whose months add up).
    """
    rows = list(agreed)
    whole = {(row.kpi, row.owner): row for row in rows if row.period == period.name}
    names = [month_name(month) for month in period.months]
    months: dict[tuple[str, Owner], dict[str, GoalRow]] = {}
    for row in rows:
        if row.period in names and CATALOGUE[row.kpi].over_period == "sum":
            months.setdefault((row.kpi, row.owner), {})[row.period] = row
    for key, its in months.items():
        if key not in whole and len(its) == len(names):
            total = math.fsum(row.value for row in its.values())
            whole[key] = replace(its[names[0]], period=period.name, value=total, chance=None)
    return list(whole.values())


def month_goals(agreed: Iterable[GoalRow], period: Period, owner: Owner) -> dict[int, float]:
    """Return what was agreed for an owner's months of a longer period, by month number.

    A rep is who he is in whatever team: what humans agreed for him names none.
    """
    if period.grain == "month":
        return {}
    numbers = {month_name(month): month for month in period.months}
    own = (owner.kind, owner.name)
    return {
        numbers[row.period]: row.value
        for row in agreed
        if row.period in numbers and (row.owner.kind, row.owner.name) == own
    }
