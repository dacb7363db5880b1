"""What strategy looks at of the ledger beside its own period: the goals of the periods before, for how they moved."""

from __future__ import annotations

from datetime import date

from salesgoals_kit.goals.feasibility import REVENUE
from salesgoals_kit.periods import LENGTH, YEAR, Period
from salesgoals_kit.run.work import Work
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import FinalRow, GoalRow

PAST_GOALS = "past_goals"
YEARS = 6  # that are looked back on


def past_of(work: Work) -> tuple[list[GoalRow], tuple[FinalRow, ...]]:
    """Return everybody's revenue goals of the periods before the report's, and the owner's final figures."""
    work.visible.looked_at.add(PAST_GOALS)
    return goals_before(work.ledger, work.period, work.as_of), work.visible.finals


def agreed_of(work: Work) -> list[GoalRow]:
    """Return the goals that were agreed for the report's owner and period: their initiatives are under way."""
    return [row for row in work.visible.goals if row.level == "agreed" and row.owner == work.owner]


def goals_before(ledger: Ledger, period: Period, as_of: date) -> list[GoalRow]:
    """Return everybody's revenue goals of the periods of the same length before one, as they stood at a day."""
    names = [period.shifted(-step).name for step in range(1, YEARS * YEAR // LENGTH[period.grain] + 1)]
    return ledger.goals_of(names, REVENUE, as_of)
