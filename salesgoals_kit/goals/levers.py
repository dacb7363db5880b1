"""The driver model of a team: leads, wins, deal size, speed, what customers pay and leave, to the margin of a year.

Wins of the past year, by how long each took, come again in the season's proportion, grown as past years grew. What a
win brings comes once, or every month from then on until the account leaves. From that come off the cost of what is
sold, costs that vary with revenue, and spend on sales and marketing. Fixed costs are the same with every lever and are
left out, so that ``margin`` is a contribution.

When a lever takes effect: a better win rate, price or speed holds for deals created from now on, so it shows a cycle
later; more leads are created from now on, and have their way to a deal before them; fewer leavers are missed month by
month, so that gain builds up; a lower unit cost holds at once for all that is delivered, a lower cost of acquisition
for all spend from the first month on, compounding where it is meant month on month.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.state import State
from salesgoals_kit.goals.timing import Array, Arrivals, arrivals
from salesgoals_kit.periods import YEAR


@dataclass(frozen=True)
class Move:
    """What is changed, each as a factor of what is; 1 changes nothing.

    ``pace``: of the days a deal takes; ``more``: of what customers come to pay more; ``acquisition``: of all spend, and
    ``monthly`` once more for each month that passes; ``unit_cost``: of the cost of what is sold; ``volume``: of deals
    created in each month (hires, say), the last of them from then on; ``free``: whether additional leads cost nothing
    (else as much as present ones).
    """

    leads: float = 1.0
    win: float = 1.0
    pace: float = 1.0
    price: float = 1.0
    unit_cost: float = 1.0
    churn: float = 1.0
    more: float = 1.0
    acquisition: float = 1.0
    monthly: float = 1.0
    volume: tuple[float, ...] = (1.0,) * YEAR
    free: bool = False


STAY = Move()


@dataclass(frozen=True, eq=False)
class Year:
    """The state's next months (twelve), draws by months.

    ``lifetime``: margin discounted, with what the customers at their end pay.
    ``revenue`` is as the company counts it: booked (deals), paid (invoices) or monthly recurring (mrr).
    """

    revenue: Array
    margin: Array
    mrr: Array
    spend: Array
    lifetime: Array

    @property
    def total(self) -> Array:
        """The margin of all of them, one for each draw."""
        return np.asarray(self.margin.sum(axis=1))


def model(state: State, move: Move = STAY) -> Year:
    """Return the next months of a state with a move: one path a draw.

    What is won pays from ``delay`` months after closing on, and is earned day by day. A price holds for what is sold
    from now on: new customers, and those who buy again, whose amount is taken as a year's price. The leads that there
    would be more are spread and paid for like the present ones, bring what those brought, and grow as what they cost.
    That a renewal won keeps its customer is churn's lever, and not counted again with the win rate.
    """
    _check(move)
    monthly, single = _flows(state, move, state.delay), _flows(state, move, 0.0)
    fresh, more, renewed = monthly("fresh"), monthly("more", move.more), monthly("renewed")
    once, amount = single("once"), single("amount")
    units, earned = _standing(state, move, [*fresh, *more], state.mrr)
    dearer = [fresh[1].times(move.price - 1), renewed[1].times((move.price - 1) / YEAR)]
    above, earned_above = _standing(state, move, dearer, 0.0)
    booked, sold = (flow[0].begun + flow[1].begun * move.price for flow in (amount, once))
    paid = earned + earned_above + sold
    revenue = {"deals": booked, "invoices": paid, "mrr": units + above}[state.revenue]
    made, done = state.cost_recurring[:, None], state.cost_once[:, None]
    cost = move.unit_cost * (made * earned + done * (once[0].begun + once[1].begun))
    spend = _spend(state, move)
    margin = paid * (1 - state.variable) - cost - spend
    left = (units + above)[:, -1] * (1 - state.variable) - state.cost_recurring * units[:, -1]
    return Year(revenue, margin, units + above, spend, _lifetime(state, margin, left))


def _flows(state: State, move: Move, delay: float) -> Callable[..., tuple[Arrivals, Arrivals]]:
    """Return what gives a flow's months: of what is under way, and of what is created from now on (times ``more``)."""
    months, volume = state.months, np.pad(move.volume, (0, max(state.months - len(move.volume), 0)), mode="edge")
    growing, leads = state.growth.path(months), state.spend_growth.path(months)
    under_way = arrivals(state.season, new=False, delay=delay, months=months)
    coming = arrivals(state.season, new=True, delay=delay, pace=move.pace, volume=volume, months=months)

    def flow(name: str, more: float = 1.0) -> tuple[Arrivals, Arrivals]:
        factor, old = move.win * more, _months(state.wins[name], under_way, growing)
        new = _months(state.wins[name] * factor, coming, growing)
        further = _months(state.from_leads[name] * factor * (move.leads - 1), coming, leads)
        return old, Arrivals(new.begun + further.begun, new.part + further.part)

    return flow


def _months(wins: Array, when: Arrivals, growing: Array) -> Arrivals:
    return Arrivals(wins @ when.begun * growing, wins @ when.part * growing)


def _standing(state: State, move: Move, flows: list[Arrivals], start: float) -> tuple[Array, Array]:
    """Return recurring revenue at each month's end, and what is earned in the month, of what there is and begins."""
    leaving = np.clip(state.churn * move.churn + state.shrink, 0.0, 1.0)
    level = np.full(len(leaving), start)
    standing, earned = np.empty((2, len(leaving), state.months))
    for month in range(state.months):
        earned[:, month] = level * (1 - leaving / 2) + sum(flow.part[:, month] for flow in flows)
        level = level * (1 - leaving) + sum(flow.begun[:, month] for flow in flows)
        standing[:, month] = level
    return standing, earned


def _spend(state: State, move: Move) -> Array:
    """Return spend by month: what the leads are bought for, and the wages that go with it."""
    leads = 1.0 if move.free else move.leads
    path = move.acquisition * move.monthly ** np.arange(1, state.months + 1)
    return np.asarray((state.bought * leads + state.wages) / YEAR * path * state.spend_growth.path(state.months))


def _lifetime(state: State, margin: Array, left: Array) -> Array:
    """Return the margin discounted, with what is left a month at the year's end, until the last customer has left.

    The lever is moved for these months; what comes after is what the customers of then bring, leaving as usual.
    """
    month = _a_month(state)
    kept = (1 - np.clip(state.churn + state.shrink, 0.0, 1.0)) * month
    after = np.where(kept < 1, kept / np.maximum(1 - kept, 1e-12), 0.0)  # none leaves only where none is known
    return np.asarray(discounted(state, margin) + left * after * month**state.months)


def discounted(state: State, months: Array) -> Array:
    """Return the sum of the months' amounts, discounted to now; by draw where there are rows."""
    return np.asarray(months @ _a_month(state) ** np.arange(1, state.months + 1))


def _a_month(state: State) -> float:
    return float((1 + state.discount) ** (-1 / YEAR))


def _check(move: Move) -> None:
    faults = [
        Fault(f"move.{name}", f"{value!r}", "a factor that is a number above 0")
        for name, value in vars(move).items()
        if isinstance(value, float | int) and not isinstance(value, bool) and not (0 < value < np.inf)
    ]
    if len(move.volume) < YEAR or any(not 0 <= part < np.inf for part in move.volume):
        faults.append(Fault("move.volume", f"{move.volume!r}", f"{YEAR} numbers or more, none below 0"))
    if faults:
        raise ParamError("A lever cannot be moved like this.", faults)


def gain(state: State, move: Move) -> Array:
    """Return what a move adds to the year's margin: model(moved) - model(state), draw by draw, on the same draws."""
    return model(state, move).total - model(state).total


def lifetime_gain(state: State, move: Move) -> Array:
    """Return what a move adds over the customers' lifetime, discounted, one for each draw."""
    return model(state, move).lifetime - model(state).lifetime
