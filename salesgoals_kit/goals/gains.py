"""What another figure of a KPI is worth in contribution margin, by the driver model: right sign, stated size."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.goals.levers import Move, lifetime_gain
from salesgoals_kit.goals.moves import move_by, move_clv, moves_margin, now
from salesgoals_kit.goals.state import State, state_of
from salesgoals_kit.kpis.levers import LeverInputs, lever_inputs
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import YEAR, Period

Worth = Callable[[float, float], float | None]
LEVERS = ("logo_churn", "qualified_leads", "win_rate", "cac", "cycle_days")
A_YEAR_OF = {"mrr": float(YEAR), "arr": 1.0}  # what a unit of it pays in a year
FAR = 100.0  # times as much, or as little, beyond which the model says nothing


def worth_of(tables: Tables, owner: Owner, kpi: str, period: Period) -> Worth | None:
    """Return what gives the margin of going from one figure of a KPI to another, in currency; None where it is unknown.

    Levers are moved in the driver model (`goals.levers`), for good: their worth is that over the customers' lifetime,
    discounted, the mean of its draws. More revenue is worth its margin after variable costs, over twelve months at the
    period's rate; recurring revenue likewise, what it pays in a year. It is None for a figure that cannot be. Where
    `before_costs` says so the worth of a lever is of revenue before the cost of what is sold.
    """
    inputs = lever_inputs(tables, owner)
    if kpi in (*LEVERS, "clv") and inputs.lacking(kpi):
        return None
    place = now(inputs)
    if kpi in ("revenue", *A_YEAR_OF):
        times = A_YEAR_OF.get(kpi, YEAR / len(period.months))
        share = (1.0 if inputs.costing.source == "table" else place.margin) - inputs.variable
        return None if math.isnan(share) else lambda base, value: (value - base) * times * share
    state = state_of(inputs, tables.company.discount_rate)

    def worth(base: float, value: float) -> float | None:
        move = _move(kpi, inputs, base, value)
        return None if move is None else float(np.mean(lifetime_gain(state, move)))

    return worth if _can_be_moved(kpi, state) else None


def before_costs(tables: Tables, owner: Owner) -> bool:
    """Return whether no table has the cost of what an owner sells, so that nobody knows what is left of revenue."""
    return lever_inputs(tables, owner).before_costs


def _can_be_moved(kpi: str, state: State) -> bool:
    return kpi in (*LEVERS, "clv", "margin", "grr") and bool(np.isfinite(state.churn).all())


def _move(kpi: str, inputs: LeverInputs, base: float, value: float) -> Move | None:
    if kpi == "margin":
        return moves_margin(base, value / base - 1).get("price") if base > 0 else None
    if kpi == "grr":
        return _by("logo_churn", 1 - value, 1 - base)
    if kpi == "clv":
        return move_clv(now(inputs), value / base - 1) if base > 0 and value > 0 else None
    return _by(kpi, value, base)


def _by(lever: str, value: float, base: float) -> Move | None:
    if not (base > 0 and 1 / FAR < value / base < FAR):
        return None
    return move_by(lever, value / base)
