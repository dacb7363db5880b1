"""What is known of an owner's drivers, drawn as far as it is known: what the driver model goes through."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.goals.timing import Array
from salesgoals_kit.kpis.costing import Share
from salesgoals_kit.kpis.levers import SETTLING, LeverInputs
from salesgoals_kit.kpis.wins import FLOWS, Sums
from salesgoals_kit.kpis.yearly import Growth
from salesgoals_kit.periods import YEAR

DRAWS = 1000
# How companies grow, as logarithms of a year on the year before: by how much their trends differ, and by how much a
# year differs from the trend. Measured on companies' shipments in the M3 competition (Makridakis & Hibon 2000:
# its 474 monthly micro series, training part), as normal distributions with the same middle 80 %.
TRENDS, YEARS = 0.08, 0.13
QUARTERS = 4


@dataclass(frozen=True, eq=False)
class Growing:
    """How something grows: ``trend`` is the factor of a year, ``level`` how the coming year lies beside it, by draw."""

    trend: float
    level: Array

    def path(self, months: int = YEAR) -> Array:
        """Return by how much each of the next months (columns) is more than one of the past year, by draw (rows).

        The trend goes on from the middle of the past year's deals to the middle of the month; the level is a year's.
        """
        ahead = (np.arange(months) + 0.5 + SETTLING + YEAR / 2) / YEAR
        return np.asarray(self.level[:, None] * self.trend**ahead)


@dataclass(frozen=True, eq=False)
class State:
    """What is known of an owner, with how far it is known: the same number of draws in every array.

    ``wins`` and ``from_leads``: a year's sums by flow, draws by age. ``churn``, ``shrink``: monthly shares of recurring
    revenue that leave with accounts, and fall off those that stay; ``growth``, ``spend_growth``: by how much wins and
    spend grow in a year. ``season``: the next twelve months beside the average one, from month number ``first``;
    ``delay``: months from closing to the first payment. Money in currency units; the costs are shares, and 0 where the
    model goes on ``before_costs``: no table has the cost of what is sold, and what is called margin is revenue yet.
    ``months``: how many the model goes on for, from ``first`` on.
    """

    wins: dict[str, Array]
    from_leads: dict[str, Array]
    churn: Array
    shrink: Array
    growth: Growing
    spend_growth: Growing
    first: int
    season: Array
    delay: float
    mrr: float
    bought: float
    wages: float
    leads: float
    cost_recurring: Array
    cost_once: Array
    variable: float
    revenue: str
    discount: float
    before_costs: bool = False
    months: int = YEAR


def state_of(inputs: LeverInputs, discount: float, draws: int = DRAWS) -> State:
    """Return the state of an owner: drawn, with the same draws for the same inputs.

    A sum over wins is drawn as the sum of independent deals whose number is Poisson: gamma with the mean Σ x and the
    variance Σ x². Churn is gamma by the number of accounts lost, fewer where they pay unevenly; a cost share is normal
    with its standard error. How growth is drawn is said at `_growth`.
    """
    rng = np.random.default_rng(seed_of("levers", repr(inputs.owner), inputs.first))
    wins = {flow: _sums(rng, inputs.wins, flow, draws) for flow in FLOWS}
    from_leads = {flow: _sums(rng, inputs.from_leads, flow, draws) for flow in FLOWS}
    churn, shrink = _leaving(rng, inputs, draws)
    start = (inputs.last + SETTLING + 1) % YEAR
    spend = inputs.spending
    costs = (inputs.costing.recurring or inputs.costing.once, inputs.costing.once or inputs.costing.recurring)
    growth, spend_growth = _growth(rng, (inputs.growth, spend.growth if spend else Growth()), draws)
    return State(
        wins=wins,
        from_leads=from_leads,
        churn=churn,
        shrink=shrink,
        growth=growth,
        spend_growth=spend_growth,
        first=inputs.last + SETTLING + 1,
        season=np.roll(np.asarray(inputs.season), -start),
        delay=1 - inputs.prompt,
        mrr=inputs.recurring.mrr if inputs.recurring else 0.0,
        bought=spend.bought if spend else 0.0,
        wages=spend.wages if spend else 0.0,
        leads=spend.leads if spend else 0,
        cost_recurring=_cost(rng, costs[0], draws),
        cost_once=_cost(rng, costs[1], draws),
        variable=inputs.variable,
        revenue=inputs.revenue,
        discount=discount,
        before_costs=inputs.before_costs,
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


def _cost(rng: np.random.Generator, share: Share | None, draws: int) -> Array:
    if share is None:
        return np.zeros(draws)
    return np.asarray(np.maximum(share.value + share.error * rng.standard_normal(draws), 0.0))


def _growth(rng: np.random.Generator, pasts: tuple[Growth, ...], draws: int) -> list[Growing]:
    """Return by how much the coming year grows: by each past, all with the same luck.

    Years grow by g + e, e ~ N(0, ω²), and before anything is seen g ~ N(0, `TRENDS`²). n quarters grew by x on the year
    before, each with an error of variance v. ω² is how far they differ beyond that, of four quarters' mean:
    (var(x) - mean(v)) / 4, with `YEARS`² beside the n of them as one more. Their mean errs by ω² / (n / 4) + Σ v / n²,
    and g is drawn from what prior and mean say together, the coming year's e beside it.
    """
    luck, found = rng.standard_normal(draws), []
    for past in pasts:
        count, seen, off = len(past.logs), 0.0, math.inf
        spread = float(np.var(past.logs, ddof=1)) - sum(past.errors) / count if count > 1 else 0.0
        yearly = (YEARS**2 + count * max(0.0, spread) / QUARTERS) / (1 + count)
        if count:
            seen = sum(past.logs) / count
            off = yearly * QUARTERS / count + sum(past.errors) / count**2
        known = TRENDS**2 / (TRENDS**2 + off)
        left = math.sqrt(yearly + TRENDS**2 * (1 - known))
        found.append(Growing(math.exp(known * seen), np.asarray(np.exp(left * luck))))
    return found
