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
    """Return the goals agreed for the period itself, each once; what was only proposed is none.

    Who agreed on every month of it, and not on the whole, has their sum as his goal (of a KPI whose months add up). It
    is set after the fact when any of the months was agreed after the period, or the month itself, had begun.
    """
    rows = [row for row in agreed if row.level == "agreed"]
    whole = {(row.kpi, row.owner): row for row in rows if row.period == period.name}
    names = [month_name(month) for month in period.months]
    months: dict[tuple[str, Owner], dict[str, GoalRow]] = {}
    for row in rows:
        if row.period in names and CATALOGUE[row.kpi].over_period == "sum":
            months.setdefault((row.kpi, row.owner), {})[row.period] = row
    for key, its in months.items():
        if key not in whole and len(its) == len(names):
            whole[key] = _sum([its[name] for name in names], period)
    return list(whole.values())


def _sum(months: list[GoalRow], period: Period) -> GoalRow:
    late = any(row.set_after_the_fact or (row.agreed_on or period.start) > period.start for row in months)
    return replace(
        months[0],
        period=period.name,
        value=math.fsum(row.value for row in months),
        chance=None,
        backfilled=any(row.backfilled for row in months),
        set_after_the_fact=late,
    )


def month_goals(agreed: Iterable[GoalRow], period: Period, owner: Owner, kpi: str = "revenue") -> dict[int, float]:
    """Return what was agreed on a KPI for an owner's months of a longer period, by month number.

    What was only proposed is not agreed. A rep is who he is in whatever team: what humans agreed for him names none.
    """
    if period.grain == "month":
        return {}
    numbers = {month_name(month): month for month in period.months}
    own = ("agreed", kpi, owner.kind, owner.name)
    return {
        numbers[row.period]: row.value
        for row in agreed
        if row.period in numbers and (row.level, row.kpi, row.owner.kind, row.owner.name) == own
    }
