"""What can be tried: the parameters of a what-if, and every fault in them at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.moves import now
from salesgoals_kit.goals.state import State
from salesgoals_kit.kpis.channels import Channel, lead_channels
from salesgoals_kit.kpis.levers import lever_inputs
from salesgoals_kit.kpis.makeup import RAMP_MONTHS, make_up
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import YEAR, Period, month_name, parse_period


@dataclass(frozen=True)
class Changes:
    """What to try; what is left as it is changes nothing.

    ``hire`` reps from ``hire_month`` (2026-03) on, each costing ``wage`` a month, at full productivity after
    ``ramp_months``; ``price``: relative; ``elasticity``: by how many per cent wins change with one per cent of price
    (None: not at all); ``shift_amount`` of monthly spend from the channel ``shift_from`` to ``shift_to``; ``churn``: of
    accounts a month; ``leads``: relative, at the present cost each.
    """

    hire: int = 0
    hire_month: str | None = None
    wage: float | None = None
    ramp_months: float = RAMP_MONTHS
    price: float = 0.0
    elasticity: float | None = None
    shift_from: str | None = None
    shift_to: str | None = None
    shift_amount: float = 0.0
    churn: float | None = None
    leads: float = 0.0


@dataclass(frozen=True)
class Situation:
    """What a team has: ``capacity`` in ramped full times (0: unknown), ``churn`` a month (NaN: unknown), channels."""

    capacity: float
    churn: float
    channels: tuple[Channel, ...]


def situation_of(tables: Tables, owner: Owner, ramp_months: float = RAMP_MONTHS) -> Situation:
    """Return what an owner has, as known at as_of."""
    people = make_up(tables, owner, ramp_months)
    return Situation(people.ramped_capacity, now(lever_inputs(tables, owner)).churn, lead_channels(tables, owner))


def check(state: State, changes: Changes, situation: Situation, outlook: Outlook) -> None:
    """Raise ParamError with every fault of the parameters at once; ``state`` goes on to the period's end."""
    last = state.first + state.months - 1
    months = f"a month from {month_name(state.first)} to {month_name(last)}"
    faults = [*_hire_faults(state, changes, situation, months), *_shift_faults(changes, situation)]
    faults += _churn_faults(changes, situation)
    for name, low in (("price", -1.0), ("leads", -1.0), ("shift_amount", -math.inf), ("ramp_months", 0.0)):
        value = getattr(changes, name)
        if not math.isfinite(value) or value <= low:
            faults.append(Fault(name, f"{value!r}", f"a number above {low:g}" if low > -math.inf else "a number"))
    if changes.elasticity is not None and not (math.isfinite(changes.elasticity) and changes.elasticity <= 0):
        faults.append(Fault("elasticity", f"{changes.elasticity!r}", "0 or below: dearer is not won more often"))
    if changes.elasticity is not None and not changes.price:
        faults.append(Fault("elasticity", "there is no change of price", todo="give price as well, or leave it out"))
    if outlook.kpi != "revenue":
        faults.append(Fault("outlook", outlook.kpi, "that of revenue"))
    if outlook.period.first < state.first:
        begun = f"{outlook.period.name}, of which a part was over when this was known"
        faults.append(Fault("period", begun, f"one that begins in {month_name(state.first)} or later"))
    if faults:
        raise ParamError("What is to be tried cannot be.", faults)


def _hire_faults(state: State, changes: Changes, situation: Situation, months: str) -> list[Fault]:
    faults = []
    if changes.hire < 0 or changes.hire != int(changes.hire):
        faults.append(Fault("hire", f"{changes.hire!r}", "a whole number of reps, 0 or more"))
    if changes.hire and changes.hire_month is None:
        faults.append(Fault("hire_month", "it is missing", months))
    if changes.hire_month is not None and not changes.hire:
        faults.append(Fault("hire", "nobody is hired", todo="say how many, or leave hire_month out"))
    if changes.hire_month is not None and not _is_month(changes.hire_month, state):
        faults.append(Fault("hire_month", repr(changes.hire_month), months))
    if changes.wage is not None and not (math.isfinite(changes.wage) and changes.wage >= 0):
        faults.append(Fault("wage", f"{changes.wage!r}", "an amount of 0 or more"))
    if changes.hire and not situation.capacity > 0:
        faults.append(Fault("hire", "nobody here is known to be ramped", "a team that new reps can be measured by"))
    return faults


def _is_month(name: str, state: State) -> bool:
    try:
        period = parse_period(name)
    except ParamError:
        return False
    return period.grain == "month" and _inside(period, state)


def _shift_faults(changes: Changes, situation: Situation) -> list[Fault]:
    known = {channel.name: channel for channel in situation.channels}
    ends = {"shift_from": changes.shift_from, "shift_to": changes.shift_to}
    if not changes.shift_amount:
        return [
            Fault(name, f"{end!r} without an amount", todo="give shift_amount") for name, end in ends.items() if end
        ]
    faults = [
        Fault(name, "it is missing" if end is None else repr(end), f"one of {', '.join(known) or 'none'}")
        for name, end in ends.items()
        if end not in known
    ]
    if changes.shift_from is not None and changes.shift_from == changes.shift_to:
        faults.append(Fault("shift_to", repr(changes.shift_to), "another channel than shift_from"))
    giving = known.get(changes.shift_from or "")
    if changes.shift_amount < 0:
        faults.append(Fault("shift_amount", f"{changes.shift_amount:g}", "an amount above 0; turn the channels round"))
    elif giving is not None and changes.shift_amount > giving.spend / YEAR:
        faults.append(
            Fault("shift_amount", f"{changes.shift_amount:g}", f"at most the {giving.spend / YEAR:.0f} spent a month")
        )
    return faults


def _churn_faults(changes: Changes, situation: Situation) -> list[Fault]:
    if changes.churn is None:
        return []
    faults = []
    if not 0 < changes.churn < 1:
        faults.append(Fault("churn", f"{changes.churn!r}", "a share of accounts a month, above 0 and below 1"))
    if not situation.churn > 0:
        faults.append(Fault("churn", "what it is now is not known, or 0", "a table of subscriptions with losses"))
    return faults


def _inside(period: Period, state: State) -> bool:
    return state.first <= period.first and period.last < state.first + state.months
