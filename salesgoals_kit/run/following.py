"""What tracking looks at beside what every report does: everybody's goals of the period, as the ledger has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.slices import slices_of
from salesgoals_kit.follow.before import Before, day_before
from salesgoals_kit.goals.feasibility import REVENUE
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.periods import Period, month_name
from salesgoals_kit.run.work import SCORES, Work, corrected_book, slice_name
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import GoalRow

EVERYBODYS = "everybodys_goals"
SET_BY = "goal_setting"  # the template whose goals are followed
FLOWS = tuple(name for name, kpi in CATALOGUE.items() if kpi.over_period == "sum")


def everybodys_goals(work: Work) -> list[GoalRow]:
    """Return everybody's goals of a report's period and of its months, proposed and agreed, of what adds up."""
    work.visible.looked_at.add(EVERYBODYS)
    return goals_of_period(work.ledger, work.period, work.as_of, FLOWS)


def before_of(work: Work) -> Before:
    """Return what was known before the report's period: what goal_setting was handed then, if it is at hand."""

    def at(day: date) -> Tables:
        slices = slices_of(work.company, work.ref, day)
        name = slice_name(SET_BY, work.owner, work.period.name)
        held = slices.tables(name, work.company, lambda: work.at(day))
        return work.at(day) if held is None else held[0]

    work.visible.looked_at.add(SCORES)
    book = corrected_book(work.company, work.ledger, work.period.name, SET_BY, day_before(work.period))
    return Before(at, work.ref.first_day, book)


def goals_of_period(ledger: Ledger, period: Period, as_of: date, kpis: Sequence[str] = (REVENUE,)) -> list[GoalRow]:
    """Return everybody's goals of some KPIs in a period and its months, as they stood at a day."""
    names = list(dict.fromkeys([period.name, *map(month_name, period.months)]))
    return [row for kpi in kpis for row in ledger.goals_of(names, kpi, as_of)]
