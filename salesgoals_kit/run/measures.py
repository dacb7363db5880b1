"""What each template asks the tables for, figure by figure, so that a run can work it out for all owners at once.

A template's notebook asks for the same through the same functions; what is left out here costs time, not truth: the
report then looks at the data itself. What only strategy takes is imported when it is asked for: it is heavy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

import numpy as np

from salesgoals_kit.data.teams import people_names
from salesgoals_kit.errors import ForecastError
from salesgoals_kit.follow.act import levers_in_time
from salesgoals_kit.follow.actuals import actual
from salesgoals_kit.follow.below import below, goals_below
from salesgoals_kit.follow.facts import paid_before
from salesgoals_kit.follow.indicators import indicators
from salesgoals_kit.follow.pace import pace
from salesgoals_kit.follow.quota import held_to, sales_by_rep
from salesgoals_kit.follow.state import followed
from salesgoals_kit.follow.todate import to_date
from salesgoals_kit.follow.tracking import team_asked
from salesgoals_kit.goals.above import tree_of
from salesgoals_kit.goals.agreement import covered
from salesgoals_kit.goals.board import Board, Line, line_of
from salesgoals_kit.goals.feasibility import REVENUE, board_feasibility
from salesgoals_kit.goals.focus import focus
from salesgoals_kit.goals.limits import NO_GOAL
from salesgoals_kit.goals.people import people_of
from salesgoals_kit.goals.ramp import ramp_of, team_of
from salesgoals_kit.kpis.baseline import baseline
from salesgoals_kit.kpis.bridge import churn_definitions, mrr_bridge
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.curves import usual_cycle
from salesgoals_kit.kpis.daily import daily_sales
from salesgoals_kit.kpis.drivers import drivers, latest_span
from salesgoals_kit.kpis.needs import kpi_named, missing
from salesgoals_kit.kpis.overdue import slips
from salesgoals_kit.kpis.rush import quarter_end_rush
from salesgoals_kit.owners import Owner
from salesgoals_kit.run.following import goals_of_period
from salesgoals_kit.run.work import Work

Ask = Callable[[Work, Owner], object]
DAY, NO_DRAWS = 1, np.zeros(1)  # of levers any time asks for the same figures
WITH_OUTLOOKS = {"goal_setting", "tracking"}  # templates whose figures need the book
FROM_ABOVE = {"goal_setting"}  # templates that say what is asked of each team from above


def asks_of(template: str) -> Mapping[str, Ask]:
    """Return what a template asks for, by the name of each figure; nothing for a template that is not known here.

    What takes long comes first, so that no process is left with it alone at the end: the outlooks of all reps, what
    rests on several figures, and the catalogue from its end, where the ratios stand, as these are made of many counts.
    """
    return _ASKS.get(template, {})


def _if_known(name: str, ask: Callable[[Work, Owner, str], object], work: Work, owner: Owner) -> None:
    if not missing(name, work.tables, owner):
        ask(work, owner, name)


def _line(work: Work, owner: Owner, name: str) -> None:
    if name not in NO_GOAL:
        line_of(work.tables, owner, work.period, work.book, kpi_named(name))


def _baseline(work: Work, owner: Owner, name: str) -> None:
    baseline(work.tables, owner, work.period, name)


def _actual(work: Work, owner: Owner, name: str) -> None:
    actual(work.tables, owner, work.period, name)


def _compared(work: Work, owner: Owner) -> None:
    from salesgoals_kit.insight.strategy import strategy

    strategy(work.tables, owner)


def _scores(work: Work, owner: Owner) -> None:
    from salesgoals_kit.insight.scoring import scored

    scored(work.tables, "deals", owner)
    scored(work.tables, "leads", owner)


def _value(work: Work, owner: Owner) -> None:
    from salesgoals_kit.insight.upsell import upsell
    from salesgoals_kit.insight.value import valuation

    valuation(work.tables, owner)
    upsell(work.tables, owner)
    people_names(work.tables)


def _going(work: Work, owner: Owner, name: str) -> None:
    """Work out how a KPI that is followed goes; of revenue also how it goes for the teams right below."""
    goals = work.ledger.visible(owner, work.period.name, work.template, work.as_of).goals
    if name in followed(goals, owner, work.period, work.company):
        to_date(work.tables, owner, work.period, name)
        pace(work.tables, owner, work.period, work.book, kpi=name)


def _steps(work: Work, owner: Owner) -> None:
    goals = goals_below(goals_of_period(work.ledger, work.period, work.as_of), owner, work.period, work.tables)
    indicators(work.tables, owner, work.period, {one: goal for one, (goal, _) in goals.items() if one.rep}, 1.0)
    found = to_date(work.tables, owner, work.period, REVENUE)
    going = pace(work.tables, owner, work.period, work.book)
    below(work.tables, owner, work.period, goals, found, going, team_asked(work.tables, work.period, work.book))
    people_names(work.tables)


def _each(ask: Callable[[Work, Owner, str], object]) -> dict[str, Ask]:
    return {name: partial(_if_known, name, ask) for name in reversed(CATALOGUE)}


def _recurring(work: Work, owner: Owner, _: str) -> None:
    mrr_bridge(work.tables, owner)
    churn_definitions(work.tables, owner)


def _limits(work: Work, owner: Owner) -> None:
    board_feasibility(work.tables, _board(work, owner, REVENUE, "margin"))


def _carried(work: Work, owner: Owner) -> None:
    line = _board(work, owner, REVENUE).line(REVENUE)
    if line is not None:
        tree = tree_of(work.tables, owner, work.period, work.book, line.main.value, work.last_goals)
        people_of(work.tables, tree, work.book, owner)


def _beside(work: Work, owner: Owner) -> None:
    focus(work.tables, owner)
    covered(work.tables, owner, work.period, 1.0)
    ramp_of(work.tables)
    people_names(work.tables)
    daily_sales(work.tables, owner)


def _board(work: Work, owner: Owner, *names: str) -> Board:
    """Return a board of a few lines alone."""
    known = [kpi_named(name) for name in names if not missing(name, work.tables, owner)]
    lines: list[Line] = []
    for kpi in known:
        with suppress(ForecastError):
            lines.append(line_of(work.tables, owner, work.period, work.book, kpi))
    return Board(owner, work.period, tuple(lines), ())


def _period_drivers(work: Work, owner: Owner) -> None:
    drivers(work.tables, owner, (work.period.first, work.period.last))


def _looked_back(work: Work, owner: Owner) -> None:
    slips(work.tables, owner, (work.period.first, work.period.last))
    paid_before(work.tables, owner, work.period)
    sales_by_rep(work.tables, owner, work.period)
    held_to(work.tables, ())


_ASKS: dict[str, dict[str, Ask]] = {
    "baseline": {
        **_each(_baseline),
        "rush": partial(_if_known, "win_rate", lambda work, owner, _: quarter_end_rush(work.tables, owner)),
        "cycle": partial(_if_known, "cycle_days", lambda work, owner, _: usual_cycle(work.tables, owner)),
        "recurring": partial(_if_known, "mrr", _recurring),
        "people": lambda work, owner: team_of(work.tables, owner),
    },
    "goal_setting": {
        "carried": _carried,
        "beside": _beside,
        "limits": _limits,
        "drivers": lambda work, owner: drivers(work.tables, owner, latest_span(work.tables, work.period)),
        **_each(_line),
    },
    "strategy": {
        "scores": _scores,
        "compared": _compared,
        "value": _value,
    },
    "tracking": {
        "steps": _steps,
        **_each(_going),
        "levers": lambda work, owner: levers_in_time(work.tables, owner, DAY, NO_DRAWS),
    },
    "review": {
        **_each(_actual),
        "drivers": _period_drivers,
        "beside": _looked_back,
    },
}
