"""What a lever truly brings the sample company: with it moved less without, deal by deal on the same chance.

The moved company is drawn by the sample's own process (`salesgoals_kit.data.sample.Moved`), several futures of it, and
the means of both are compared: what it brings is an expectation. Counted is the margin of the twelve months: recurring
revenue day by day and what comes once, less its cost, what varies with the amounts won, and spend.

Of more leads, each as good as the present ones, the expectation is known without drawing: a twelfth more of every lead
brings a twelfth more of all that leads have brought since, and costs a twelfth more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from salesgoals_kit.data.sample import Moved, Sample, make_sample
from salesgoals_kit.data.sample.contracts import Contracts, draw_contracts, pair_accounts
from salesgoals_kit.data.sample.crm import _COST_SHARES as COST_SHARES
from salesgoals_kit.data.sample.customers import Customers, win_customers
from salesgoals_kit.data.sample.days import LAST, Ints, month_first, month_of, stream
from salesgoals_kit.data.sample.demand import draw_leads
from salesgoals_kit.data.sample.people import Roster, hire
from salesgoals_kit.data.sample.pipeline import NEW, Pipeline, run_pipeline
from salesgoals_kit.data.sample.planted import TEAMS, Planted, draw_effects

Floats = npt.NDArray[np.float64]
YEAR, DAYS_A_MONTH = 12, 365 / 12
VARIABLE = 0.09  # commissions and hosting, of what is won
WIDE = {"win": 0.25, "days": 0.15, "churn": 0.4}  # where single deals and customers decide, see `true_gain`
SIDES = {
    "days": (0, -1)
}  # sooner only: what is late at the year's end is of the busiest month, what is soon of the next
FIELDS = {"win": "win", "pace": "days", "price": "price", "more": "more", "churn": "churn"}


@dataclass(frozen=True)
class Drawn:
    """One future of one company."""

    pipeline: Pipeline
    customers: Customers
    contracts: Contracts
    lead_deals: Ints
    day: int


@dataclass(frozen=True)
class Parts:
    """What the margin of the twelve months is made of, in currency: sums over the months."""

    recurring: float
    once: float
    amount: float


@dataclass(frozen=True)
class Shares:
    """What is sold costs these shares of it, and what varies with revenue a share of what is paid."""

    recurring: float
    once: float
    variable: float


def draw(moved: Moved) -> Drawn:
    """Return what `make_sample` draws before it fills the tables."""
    seed, roster, planted = moved.seed, *_people(moved.seed)
    everything = run_pipeline(stream(seed, "pipeline"), roster, planted, moved)
    pipeline = everything.take(np.flatnonzero(everything.created <= LAST))
    customers = win_customers(stream(seed, "customers"), roster, pipeline, planted, moved)
    customers = pair_accounts(stream(seed, "pairs"), roster, pipeline, customers, moved)
    contracts = draw_contracts(stream(seed, "contracts"), pipeline, customers, moved)
    leads = draw_leads(stream(seed, "leads"), roster, everything)
    return Drawn(
        pipeline, customers, contracts, leads.deal[(leads.created >= moved.day) & (leads.deal >= 0)], moved.day
    )


def _people(seed: int) -> tuple[Roster, Planted]:
    roster = hire(stream(seed, "people"))
    return roster, draw_effects(stream(seed, "effects"), roster.steady())


def parts(drawn: Drawn, day: int, team: str | None = None, deals: Ints | None = None) -> Parts:
    """Return the parts of the margin of the twelve months from ``day`` on, of a team, or of some deals' accounts."""
    pipeline, customers, contracts = drawn.pipeline, drawn.customers, drawn.contracts
    chosen = np.ones(len(pipeline), dtype=bool)
    rows = np.ones(len(contracts.row_spell), dtype=bool)
    if team is not None:
        chosen &= pipeline.team == TEAMS.index(team)
        rows &= customers.spell_team[contracts.row_spell] == TEAMS.index(team)
    if deals is not None:
        chosen &= np.isin(np.arange(len(pipeline)), deals)
        accounts = customers.of_deal[deals[pipeline.won[deals] & (pipeline.kind[deals] == NEW)]]
        rows &= np.isin(customers.spell_account[contracts.row_spell], accounts)
    end = int(month_first(month_of(np.array([day])) + YEAR)[0])
    days = np.minimum(contracts.row_end, end) - np.maximum(contracts.row_start, day)
    paid = (contracts.row_mrr * np.maximum(days, 0))[rows].sum() / DAYS_A_MONTH
    won = chosen & pipeline.won & (pipeline.closed >= day) & (pipeline.closed < end)
    single = won & (pipeline.kind == NEW) & (contracts.product > 3)
    return Parts(float(paid) / 100, contracts.amount[single].sum() / 100, contracts.amount[won].sum() / 100)


def cost_shares(sample: Sample, base: list[Drawn]) -> Shares:
    """Return what is sold costs by the sample's own rules: services for new customers, and the rest; by amount won.

    A cost is a share of the list price, which is above the amount by the discount.
    """
    discounts = [0.0] * 40 + [step / 100 for step in range(1, 21) for _ in range(3)]
    listed = np.mean([1 / (1 - discount) for discount in discounts]) * np.exp(0.05**2 / 2)
    sums = np.zeros((2, 2))
    varying = paid = 0.0
    for drawn in base:
        pipeline, contracts = drawn.pipeline, drawn.contracts
        won = pipeline.won & (pipeline.closed <= LAST)
        single = (pipeline.kind == NEW) & (contracts.product > 3)
        for place, rows in enumerate((won & ~single, won & single)):
            amount = contracts.amount[rows]
            sums[place] += (amount * np.asarray(COST_SHARES)[contracts.product[rows]]).sum() * listed, amount.sum()
        part = parts(drawn, drawn.day)
        varying, paid = varying + part.amount * VARIABLE, paid + part.recurring + part.once
    recurring, once = (float(cost / amount) for cost, amount in sums)
    return Shares(recurring, once, varying / paid)


def true_gain(base: list[Drawn], sample: Sample, moved: Moved, team: str | None = None) -> float:
    """Return what moving one thing brings, over as many futures as there are of the company as it is.

    A twentieth more wins is a dozen deals, and what they happen to be worth says little of what to expect. There it is
    moved further, where nothing speaks against it to both sides, and the gain taken in proportion: the same slope, from
    many more deals.
    """
    day, shares = moved.day, cost_shares(sample, base)
    (name,) = (name for name in FIELDS.values() if getattr(moved, name) != 1)
    shares = replace(shares, recurring=0.0, once=0.0) if name == "price" else shares
    found = []
    for future, before in enumerate(base, 1):
        now = replace(moved, future=future)
        if name not in WIDE:
            found.append(_margin(parts(draw(now), day, team), shares) - _margin(parts(before, day, team), shares))
            continue
        places = [side * WIDE[name] for side in SIDES.get(name, (1, -1))]
        upper, lower = (
            _margin(parts(draw(moved_to(now, name, 1 + at)) if at else before, day, team), shares) for at in places
        )
        found.append((upper - lower) / (places[0] - places[1]) * (getattr(moved, name) - 1))
    return float(np.mean(found))


def _margin(part: Parts, shares: Shares) -> float:
    left = (1 - shares.recurring - shares.variable, 1 - shares.once - shares.variable)
    return part.recurring * left[0] + part.once * left[1]


def gain_of_unit_cost(base: list[Drawn], sample: Sample, day: int, factor: float, team: str | None = None) -> float:
    """Return what is saved where all that is delivered since costs so much of what it did."""
    shares = cost_shares(sample, base)
    sums = [parts(drawn, day, team) for drawn in base]
    return float(np.mean([(part.recurring * shares.recurring + part.once * shares.once) for part in sums])) * (
        1 - factor
    )


def gain_of_spend(sample: Sample, moved: Moved) -> float:
    """Return what the company with cheaper acquisition spends less in the year."""
    other = make_sample(moved.seed, moved=moved)
    return _spent(sample, moved.day) - _spent(other, moved.day)


def gain_of_leads(base: list[Drawn], sample: Sample, day: int, factor: float) -> float:
    """Return what more leads bring the company, less what they cost."""
    shares = cost_shares(sample, base)
    spend = sample.tables["spend"]
    paid = float(spend.loc[spend["month"] >= np.datetime64(day, "D"), "amount"].sum()) / 100
    sums = [parts(drawn, day, deals=drawn.lead_deals) for drawn in base]
    brought = [_margin(part, shares) for part in sums]
    return (float(np.mean(brought)) - paid) * (factor - 1)


def _spent(sample: Sample, day: int) -> float:
    spend, costs = sample.tables["spend"], sample.tables["costs"]
    wages = costs[costs["counted_in"] == "spend"]
    return (
        sum(float(rows.loc[rows["month"] >= np.datetime64(day, "D"), "amount"].sum()) for rows in (spend, wages)) / 100
    )


def moved_by(seed: int, day: int, move: Mapping[str, float]) -> Moved:
    """Return the sample's change for a move of the driver model."""
    moved = Moved(seed, day)
    for name, value in move.items():
        moved = moved_to(moved, FIELDS[name], value)
    return moved


def moved_to(moved: Moved, name: str, value: float) -> Moved:
    """Return the change with one factor set."""
    return Moved(**{**vars(moved), name: value})
