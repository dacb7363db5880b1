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

from dataclasses import dataclass

import numpy as np

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.goals.timing import YEAR, Array, arrivals
from salesgoals_kit.kpis.levers import LeverInputs
from salesgoals_kit.kpis.wins import FLOWS, Sums

DRAWS = 1000


@dataclass(frozen=True, eq=False)
class State:
    """What is known of an owner, with how far it is known: the same number of draws in every array.

    ``wins`` and ``from_leads``: a year's sums by flow, draws by age. ``churn``, ``shrink``: monthly shares of recurring
    revenue that leave with accounts, and fall off those that stay; ``growth``: the coming year's wins / the past one's.
    ``season``: the next twelve months. Money in currency units; the costs are shares.
    """

    wins: dict[str, Array]
    from_leads: dict[str, Array]
    churn: Array
    shrink: Array
    growth: Array
    season: Array
    prompt: float
    mrr: float
    bought: float
    wages: float
    leads: int
    cost_recurring: float
    cost_once: float
    variable: float
    revenue: str
    discount: float


@dataclass(frozen=True, eq=False)
class Move:
    """What is changed, each as a factor of what is; 1 changes nothing.

    ``pace``: of the days a deal takes; ``more``: of what customers come to pay more; ``acquisition``: of all spend, and
    ``monthly`` once more for each month that passes; ``unit_cost``: of the cost of what is sold; ``volume``: of deals
    created in each month (hires, say); ``bought``: of the spend that buys leads, where it is not that of the leads;
    ``free``: whether additional leads cost nothing (else as much as the present ones).
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


@dataclass(frozen=True, eq=False)
class Year:
    """The next twelve months, draws by months; ``lifetime``: margin discounted, with what the customers at its end pay.

    ``revenue`` is as the company counts it: booked (deals), paid (invoices) or monthly recurring (mrr).
    """

    revenue: Array
    margin: Array
    mrr: Array
    spend: Array
    lifetime: Array

    @property
    def total(self) -> Array:
        """The year's margin, one for each draw."""
        return np.asarray(self.margin.sum(axis=1))


def state_of(inputs: LeverInputs, discount: float, draws: int = DRAWS) -> State:
    """Return the state of an owner: drawn, with the same draws for the same inputs.

    A sum over wins is drawn as the sum of independent deals whose number is Poisson: gamma with the mean Σ x and the
    variance Σ x². Churn is gamma by the number of accounts lost, fewer where they pay unevenly. The growth of the coming
    year is drawn around the mean of the past years' growth and one year of none, as far as they spread.
    """
    rng = np.random.default_rng(seed_of("levers", repr(inputs.owner), inputs.first))
    wins = {flow: _sums(rng, inputs.wins, flow, draws) for flow in FLOWS}
    from_leads = {flow: _sums(rng, inputs.from_leads, flow, draws) for flow in FLOWS}
    churn, shrink = _leaving(rng, inputs, draws)
    start = (inputs.last + 2) % YEAR
    spend = inputs.spending
    known = inputs.cost_recurring if inputs.cost_recurring is not None else inputs.cost_once
    return State(
        wins=wins,
        from_leads=from_leads,
        churn=churn,
        shrink=shrink,
        growth=_growth(rng, inputs.growth, draws),
        season=np.roll(np.asarray(inputs.season), -start),
        prompt=inputs.prompt,
        mrr=inputs.recurring.mrr if inputs.recurring else 0.0,
        bought=spend.bought if spend else 0.0,
        wages=spend.wages if spend else 0.0,
        leads=spend.leads if spend else 0,
        cost_recurring=known or 0.0,
        cost_once=(inputs.cost_once if inputs.cost_once is not None else known) or 0.0,
        variable=inputs.variable,
        revenue=inputs.revenue,
        discount=discount,
    )


def _sums(rng: np.random.Generator, sums: Sums, flow: str, draws: int) -> Array:
    total, squares = sums.of(flow)
    drawn = np.zeros((draws, len(total)))
    some = total > 0
    drawn[:, some] = rng.gamma(total[some] ** 2 / squares[some], squares[some] / total[some], (draws, int(some.sum())))
    return drawn


def _leaving(rng: np.random.Generator, inputs: LeverInputs, draws: int) -> tuple[Array, Array]:
    found = inputs.recurring
    if found is None or found.starts <= 0:
        return np.zeros(draws), np.zeros(draws)
    lost = max(found.lost, 0.5)  # none lost yet: as if half a one had been (Jeffreys)
    rate = found.churned / found.starts if found.churned > 0 else lost / max(found.customers, 1)
    shape = lost / found.unevenness
    churn = np.minimum(rng.gamma(shape, rate / shape, draws), 1.0)
    return churn, np.full(draws, found.shrunk / found.starts)


def _growth(rng: np.random.Generator, past: tuple[float, ...], draws: int) -> Array:
    seen = np.asarray([0.0, *past])
    spread = float(seen.std(ddof=1)) * np.sqrt(1 + 1 / len(seen)) if len(seen) > 1 else 0.0
    return np.asarray(np.exp(seen.mean() + spread * rng.standard_normal(draws)))


def model(state: State, move: Move = Move()) -> Year:  # noqa: B008 (frozen)
    """Return the next twelve months of a state with a move: one path a draw.

    An account that is won pays from the month of closing (the share ``prompt``) or the next. A price holds for what is
    sold from now on: new customers, and those who buy again, whose amount is taken as a year's price. The leads there
    would be more are spread and paid for like the present ones, and bring what those brought.
    """
    _check(move)
    volume = np.asarray(move.volume)
    under_way = arrivals(state.season, new=False)
    coming = arrivals(state.season, new=True, pace=move.pace, volume=volume) * move.win
    from_leads = arrivals(state.season, new=True, pace=move.pace, volume=volume) * (move.leads - 1) * move.win
    grown = state.growth[:, None]

    def flow(name: str, more: float = 1.0) -> tuple[Array, Array]:
        old = state.wins[name] @ under_way
        new = state.wins[name] @ coming + state.from_leads[name] @ from_leads
        return old * grown, new * grown * more

    once, amount = flow("once"), flow("amount")
    fresh, more, renewed = flow("fresh"), flow("more", move.more), flow("renewed")
    units = _standing(state, move, (fresh[0] + more[0], fresh[1] + more[1]))
    dearer = (fresh[1] + renewed[1] / YEAR) * (move.price - 1)
    mrr = units + _standing(state, move, (np.zeros_like(dearer), dearer), empty=True)
    booked = amount[0] + amount[1] * move.price
    paid = mrr + once[0] + once[1] * move.price
    revenue = {"deals": booked, "invoices": paid, "mrr": mrr}[state.revenue]
    cost = move.unit_cost * (state.cost_recurring * units + state.cost_once * (once[0] + once[1]))
    spend = _spend(state, move)
    margin = paid - cost - state.variable * revenue - spend
    return Year(revenue, margin, mrr, spend, _lifetime(state, margin, mrr[:, -1], units[:, -1] * move.unit_cost))


def _standing(state: State, move: Move, flows: tuple[Array, Array], *, empty: bool = False) -> Array:
    """Return recurring revenue at each month's end, from what there is and what is won."""
    arriving = flows[0] + flows[1]
    before = np.column_stack([flows[0][:, :1], arriving[:, :-1]])  # the month before the first was like the first
    new = state.prompt * arriving + (1 - state.prompt) * before
    kept = np.clip(1 - state.churn * move.churn - state.shrink, 0.0, 1.0)
    found = np.empty_like(new)
    level = np.zeros(len(new)) if empty else np.full(len(new), state.mrr)
    for month in range(new.shape[1]):
        level = level * kept + new[:, month]
        found[:, month] = level
    return found


def _spend(state: State, move: Move) -> Array:
    """Return spend by month: what the leads are bought for, and the wages that go with it."""
    leads = 1.0 if move.free else move.leads
    path = move.acquisition * move.monthly ** np.arange(1, YEAR + 1)
    return np.asarray((state.bought * leads * state.growth[:, None] + state.wages) / YEAR * path)


def _lifetime(state: State, margin: Array, mrr: Array, units: Array) -> Array:
    """Return the margin discounted, with what the customers at the year's end bring until the last has left."""
    month = (1 + state.discount) ** (-1 / YEAR)
    kept = (1 - np.clip(state.churn + state.shrink, 0.0, 1.0)) * month
    after = np.where(kept < 1, kept / np.maximum(1 - kept, 1e-12), 0.0)
    left = mrr - state.cost_recurring * units - (state.variable * mrr if state.revenue != "deals" else 0.0)
    return np.asarray(margin @ month ** np.arange(1, YEAR + 1) + left * after * month**YEAR)


def _check(move: Move) -> None:
    faults = [
        Fault(f"move.{name}", f"{value!r}", "a factor that is a number above 0")
        for name, value in vars(move).items()
        if isinstance(value, float | int) and not isinstance(value, bool) and not (0 < value < np.inf)
    ]
    if len(move.volume) != YEAR or any(not 0 <= part < np.inf for part in move.volume):
        faults.append(Fault("move.volume", f"{move.volume!r}", f"{YEAR} numbers, none below 0"))
    if faults:
        raise ParamError("A lever cannot be moved like this.", faults)


def gain(state: State, move: Move) -> Array:
    """Return what a move adds to the year's margin, one for each draw: model(moved) - model(state), on the same draws."""
    return model(state, move).total - model(state).total


def lifetime_gain(state: State, move: Move) -> Array:
    """Return what a move adds over the customers' lifetime, discounted, one for each draw."""
    return model(state, move).lifetime - model(state).lifetime
