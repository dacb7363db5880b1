"""What tracking looks at beside what every report does: everybody's goals of the period, as the ledger has them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.slices import slices_of
from salesgoals_kit.goals.feasibility import REVENUE
from salesgoals_kit.periods import Period, month_name
from salesgoals_kit.run.work import Work, slice_name
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import GoalRow

EVERYBODYS = "everybodys_goals"


def everybodys_goals(work: Work) -> list[GoalRow]:
    """Return everybody's revenue goals of a report's period and of its months, proposed and agreed."""
    work.visible.looked_at.add(EVERYBODYS)
    return goals_of_period(work.ledger, work.period, work.as_of)


def before_of(work: Work) -> Callable[[date], Tables]:
    """Return what gives the tables as known on an earlier day: what goal_setting was handed then, if it is at hand."""

    def at(day: date) -> Tables:
        slices = slices_of(work.company, work.ref, day)
        name = slice_name("goal_setting", work.owner, work.period.name)
        held = slices.tables(name, work.company, lambda: work.at(day))
        return work.at(day) if held is None else held[0]

    return at


def goals_of_period(ledger: Ledger, period: Period, as_of: date) -> list[GoalRow]:
    """Return everybody's revenue goals of a period and of its months, as they stood at a day."""
    names = dict.fromkeys([period.name, *map(month_name, period.months)])
    return ledger.goals_of(list(names), REVENUE, as_of)
