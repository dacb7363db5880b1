"""A what-if from a company's tables: what an owner has, and what the changes do to its revenue goal and its margin."""

from __future__ import annotations

import math
from dataclasses import replace

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.changes import Changes, Situation
from salesgoals_kit.goals.ramp import ramp_of
from salesgoals_kit.goals.state import state_of
from salesgoals_kit.goals.whatif import WhatIf, what_if
from salesgoals_kit.kpis.channels import lead_channels
from salesgoals_kit.kpis.levers import LeverInputs, lever_inputs
from salesgoals_kit.kpis.makeup import make_up
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
    inputs = lever_inputs(tables, owner)
    state = state_of(inputs, tables.company.discount_rate)
    there = make_up(tables, owner, ramp).ramped_capacity
    situation = Situation(there, _churn(inputs), lead_channels(tables, owner))
    return what_if(state, replace(changes, ramp_months=ramp), situation, outlook, goal)


def _churn(inputs: LeverInputs) -> float:
    """Return the accounts that leave in a month, as a share of those there are; NaN where it is not known."""
    known = inputs.recurring
    return known.lost / known.customers if known is not None and known.customers else math.nan
