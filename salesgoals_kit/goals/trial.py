"""A what-if from a company's tables: what an owner has, and what the changes do to its revenue goal and its margin."""

from __future__ import annotations

from dataclasses import asdict, replace

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.board import Board
from salesgoals_kit.goals.changes import Changes, situation_of
from salesgoals_kit.goals.nodes import owner_text
from salesgoals_kit.goals.ramp import ramp_of
from salesgoals_kit.goals.state import state_of
from salesgoals_kit.goals.whatif import WhatIf, what_if
from salesgoals_kit.kpis.levers import lever_inputs
from salesgoals_kit.owners import Owner

NOTHING = Changes()


def try_out(tables: Tables, owner: Owner, outlook: Outlook, goal: float, changes: Changes) -> WhatIf | None:
    """Return a revenue goal and the margin before and after the changes; None where nothing is changed.

    New reps ramp as the company's own do. Raises ParamError with every fault of the changes, and where there was no
    revenue in the past year that they could be measured by.
    """
    if changes == NOTHING:
        return None
    ramp = ramp_of(tables).months
    state = state_of(lever_inputs(tables, owner), tables.company.discount_rate)
    situation = situation_of(tables, owner, ramp)
    return what_if(state, replace(changes, ramp_months=ramp), situation, outlook, goal)


def check_untried(board: Board, goal: float | None, changes: Changes) -> None:
    """Raise ParamError with all that was given for an owner without a revenue goal to try it on."""
    asked = {} if goal is None else {"goal": goal}
    given = {**asked, **{name: value for name, value in asdict(changes).items() if value != getattr(NOTHING, name)}}
    who = owner_text(board.owner)
    if board.line("revenue") is None:
        found, todo = f"there is no outlook of revenue of {who}", "leave it out, or give the sales to forecast from"
    else:
        found, todo = f"no revenue above nothing can be proposed for {who}", "leave it out, or give a goal"
    if given:
        faults = [Fault(name, f"{value!r}, but {found}", todo=todo) for name, value in given.items()]
        raise ParamError("What is to be tried cannot be.", faults)
