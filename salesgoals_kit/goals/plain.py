"""Goals in plain words: a small grammar that says how it read them, and refuses what can be read in two ways.

::

    goal       = clause { [ "," ] clause } ;
    clause     = owner | kpi | direction | amount | comparison | deadline | split | initiative | objective | reason |
                 filler ;
    owner      = [ "of" | "for" | "in" ] [ "the" ] ( "team" name | name "team" | "rep" name | name [ ":" ] |
                 "company" ) ;
    kpi        = one of vocabulary.KPIS, "MRR", "win rate", "monthly churn", … ;
    direction  = "grow" | "reduce" | "improve" | "more" | … ;
    amount     = [ "below" | "at least" | "to" | … ] one [ ( "to" | "-" ) one ] | "between" one "and" one |
                 "from" one "to" one | "double" | "halve" | … ;
    one        = [ "+" | "-" ] [ currency ] number [ "k" | "m" | … ] [ currency ] [ "more" ]
                 [ "%" | "pp" | "days" | … ] ;
    comparison = "yoy" | "month on month" | … | ( "on" | "vs" | "counted from" | … ) when ;
    deadline   = ( "by" | "until" | "to" | "in" | "during" | "for" ) when | when |
                 ( "within" | "in the next" ) count unit ;
    split      = ( "by" | "per" | "each" ) ( "type of deal" | "region" | … ), before a comma or the end ;
    initiative = ( "by" | "through" | "with" | … ) words, until a comma or a deadline with which another clause begins ;
    objective  = "for the objective" id ;
    reason     = "agreed because" words ;
    when       = see goals/when.py: "2026Q2", "the end of June", "next quarter", "30 June", "H1 2026", … ;

"by" is a deadline before a time, an amount before a number that ends there, a split before a dimension that ends
there, and else what is going to be done. What stands between quotation marks is taken as it is. Every word counts: one
that fits nowhere is a fault that shows its place. `goals.typed` writes a goal back in these words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from salesgoals_kit.company import Company
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.clauses import clause
from salesgoals_kit.goals.clock import Clock
from salesgoals_kit.goals.goal import Goal, asked_period, odd_steps
from salesgoals_kit.goals.heard import Read
from salesgoals_kit.goals.limits import wrong_base
from salesgoals_kit.goals.meant import meaning
from salesgoals_kit.goals.repeated import once
from salesgoals_kit.goals.term import timed
from salesgoals_kit.goals.tokens import EXAMPLE, tokens
from salesgoals_kit.goals.unknown import refuse_no_kpi
from salesgoals_kit.goals.vocabulary import SAID
from salesgoals_kit.goals.whose import Names
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.words import Name


def parse_goal(
    written: str, company: Company, clock: Clock, period: Period | None = None, owners: Iterable[Owner] = ()
) -> Goal:
    """Return the goal that a sentence says, whole or a fragment; nothing is filled in but a time's year.

    ``period`` is one that was named beside the sentence: it stands in for a deadline, or settles which period ends on
    it. ``owners`` are the teams and reps that may be named in it.

    Raises ParamError, showing the place, for what is not understood, and with both readings for what has two.
    """
    text = tokens(written, company.locale, company.currency)
    ids = tuple(objective.id for objective in company.objectives)
    read = Read(text, clock, Names.of(owners, company.name), ids)
    i = 0
    while i < len(text.tokens):
        i = clause(read, i)
    return _settled(read, period)


def _settled(read: Read, named: Period | None) -> Goal:
    if read.kpi is None:
        refuse_no_kpi(read.text, 0)
        where, kpis = f"goal {read.text.written!r}", ", ".join(SAID.values())
        fault = Fault(where, "no KPI is named", f"one of {kpis}", f"as in {EXAMPLE!r}")
        raise ParamError("The goal is not understood.", [fault])
    goal = Goal(
        kpi=read.kpi[0],
        owner=None if read.owner is None else read.owner[0],
        every=None if read.every is None else read.every[0],
        split=read.split,
        initiative=None if read.initiative is None else Name(read.initiative),
        objective=read.objective,
        reason=None if read.reason is None else Name(read.reason),
    )
    goal = timed(read, goal, named)
    _check_direction(read, CATALOGUE[goal.kpi])
    if read.amount is not None:
        direction = "" if read.direction is None else read.direction[0]
        goal = once(read, meaning(goal, read.amount, direction, read.text))
    elif read.every is not None:
        where = f"goal {read.text.marked(*read.every[1:])!r}"
        raise ParamError("The goal is not understood.", [Fault(where, "a comparison without a number", "how much")])
    return _based(read, goal)


def _check_direction(read: Read, kpi: Kpi) -> None:
    """Refuse a verb the wrong way where no number follows: there would be nothing to judge it by."""
    better = 1 if kpi.better == "higher" else -1
    if read.amount is None and read.direction is not None and read.direction[0] == -better:
        where = f"goal {read.text.marked(*read.direction[1:])!r}"
        fault = Fault(where, f"of {kpi.name} {kpi.better} is better", todo="turn it round, or say how much and why")
        raise ParamError("The goal cannot be read.", [fault])


def _based(read: Read, goal: Goal) -> Goal:
    if read.base is None:
        return goal
    found, first, after = read.base
    where = f"goal {read.text.marked(first, after)!r}"
    if found.period is None:
        raise ParamError("The goal is not understood.", [Fault(where, f"{found.day} is no period", "a period")])
    period = asked_period(goal)
    wrong = "" if period is None else wrong_base(found.period, period) or odd_steps(goal, found.period)
    if wrong:
        raise ParamError("The goal cannot be read.", [Fault(where, wrong)])
    return replace(goal, base=found.period)
