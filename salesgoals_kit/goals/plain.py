"""Goals in plain words: a small grammar that says how it read them, and refuses what can be read in two ways.

::

    goal       = clause { [ "," ] clause } ;
    clause     = kpi | direction | amount | comparison | deadline | split | initiative | filler ;
    kpi        = one of vocabulary.KPIS, "MRR", "win rate", "monthly churn", … ;
    direction  = "grow" | "reduce" | "improve" | "more" | … ;
    amount     = [ "below" | "at least" | "to" | … ] one [ ( "to" | "-" ) one ] | "between" one "and" one ;
    one        = [ "+" | "-" ] [ currency ] number [ "k" | "m" | … ] [ currency ] [ "%" | "pp" | "days" | … ] ;
    comparison = "yoy" | "month on month" | … | ( "on" | "vs" | … ) when ;
    deadline   = ( "by" | "until" | "to" | "in" | "during" | "for" ) when | when ;
    split      = ( "by" | "per" ) ( "type of deal" | "region" | … ), before a comma or the end ;
    initiative = ( "by" | "through" | "via" ) words, until a comma or a deadline with which another clause begins ;
    when       = see goals/when.py: "2026Q2", "the end of June", "next quarter", "30 June 2026", … ;

"by" is a deadline before a time, an amount before a number that ends there, a split before a dimension that ends
there, and else what is going to be done. Every word counts: one that fits nowhere is a fault that shows its place.
"""

from __future__ import annotations

from dataclasses import replace

from salesgoals_kit.company import Company
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.amounts import meaning
from salesgoals_kit.goals.clauses import Read, clause, once
from salesgoals_kit.goals.goal import Goal, asked_period
from salesgoals_kit.goals.limits import wrong_base
from salesgoals_kit.goals.tokens import tokens
from salesgoals_kit.goals.when import Clock
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi
from salesgoals_kit.periods import Period
from salesgoals_kit.words import Name


def parse_goal(written: str, company: Company, clock: Clock, period: Period | None = None) -> Goal:
    """Return the goal that a sentence says, whole or a fragment; nothing is filled in but a time's year.

    ``period`` is one that was named beside the sentence: it stands in for a deadline, or settles which period ends on
    it.

    Raises ParamError, showing the place, for what is not understood, and with both readings for what has two.
    """
    text = tokens(written, company.locale)
    read = Read(text, clock)
    i = 0
    while i < len(text.tokens):
        i = clause(read, i)
    return _settled(read, company, period)


def _settled(read: Read, company: Company, named: Period | None) -> Goal:
    if read.kpi is None:
        fault = Fault(f"goal {read.text.written!r}", "no KPI is named", f"one of {', '.join(CATALOGUE)}")
        raise ParamError("The goal is not understood.", [fault])
    goal = Goal(
        kpi=read.kpi[0],
        every=None if read.every is None else read.every[0],
        split=read.split,
        initiative=None if read.initiative is None else Name(read.initiative),
    )
    goal = _timed(read, goal, named)
    _check_direction(read, CATALOGUE[goal.kpi])
    if read.amount is not None:
        direction = "" if read.direction is None else read.direction[0]
        goal = once(read, meaning(goal, read.amount, direction, read.text, company.currency))
    elif read.every is not None or read.base is not None:
        _, first, after = read.every or read.base or ("", 0, 0)
        where = f"goal {read.text.marked(first, after)!r}"
        raise ParamError("The goal is not understood.", [Fault(where, "a comparison without a number", "how much")])
    return _based(read, goal)


def _check_direction(read: Read, kpi: Kpi) -> None:
    """Refuse a verb the wrong way where no number follows: there would be nothing to judge it by."""
    better = 1 if kpi.better == "higher" else -1
    if read.amount is None and read.direction is not None and read.direction[0] == -better:
        where = f"goal {read.text.marked(*read.direction[1:])!r}"
        raise ParamError("The goal cannot be read.", [Fault(where, f"of {kpi.name} {kpi.better} is better")])


def _timed(read: Read, goal: Goal, named: Period | None) -> Goal:
    """Return the goal with its period; a flow's deadline may end a month and a quarter at once."""
    if read.due is None:
        return replace(goal, period=named)
    found, first, after = read.due
    end = found.day if found.period is None else found.period.end
    if named is not None:
        if end != named.end:
            where = f"goal {read.text.marked(first, after)!r}"
            fault = Fault(where, f"it ends on {end}, and {named.name} on {named.end}", "one deadline")
            raise ParamError("The goal has two deadlines.", [fault])
        return replace(goal, period=named)
    period = found.period
    flow = CATALOGUE[goal.kpi].over_period == "sum" and goal.every in (None, "year")
    if period is not None and period.grain == "month" and read.until and flow:
        quarter = _quarter_ending(period)
        if quarter is not None:
            where = f"goal {read.text.marked(first, after)!r}"
            readings = f"'in {period.name}' (that month alone) or 'in {quarter.name}' (the quarter that ends with it)"
            fault = Fault(where, "a month and a quarter end then", readings, "write one, or name it with --period")
            raise ParamError("The goal can be read in two ways.", [fault])
    return replace(goal, period=period, day=found.day)


def _quarter_ending(month: Period) -> Period | None:
    first = (month.fiscal_year_starts - 1) % 3
    if (month.last - first) % 3 != 2:
        return None
    return Period("quarter", month.last - 2, month.last, month.fiscal_year_starts)


def _based(read: Read, goal: Goal) -> Goal:
    if read.base is None:
        return goal
    found, first, after = read.base
    where = f"goal {read.text.marked(first, after)!r}"
    if found.period is None:
        raise ParamError("The goal is not understood.", [Fault(where, f"{found.day} is no period", "a period")])
    period = asked_period(goal)
    wrong = "" if period is None else wrong_base(found.period, period)
    if wrong:
        raise ParamError("The goal cannot be read.", [Fault(where, wrong)])
    return replace(goal, base=found.period)
