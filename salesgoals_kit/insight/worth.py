"""The parts that a customer's value is made of: ranges from draws, the margin of what is sold, segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.kpis.costing import Share
from salesgoals_kit.kpis.levers import lever_inputs
from salesgoals_kit.owners import Owner
from salesgoals_kit.words import Message, Name, Rate, say

Basis = Literal["contract", "purchases"]
HELD = 0.8  # of the draws lie in a range
FEW_HERE = 10  # customers; fewer, and neither what they pay nor how long they stay is told apart from all others'


@dataclass(frozen=True)
class Range:
    """The middle of the draws, and the ends of what ``HELD`` of them lie in."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Segment:
    """Customers of one kind (one of TRAITS; empty: all), and what a new one of them is worth; money in currency.

    ``basis``: whether that comes from renewals or from purchases. ``here``: customers of now. ``margin``: what a month
    of a contract, or a purchase, leaves. ``lasts``: months paid, or purchases, what comes later counting less.
    ``lent``: too few were lost here, so how long they stay is that of all customers.
    """

    kind: str
    name: str
    basis: Basis
    here: int
    margin: Range
    lasts: Range
    value: Range
    lent: bool = False


@dataclass(frozen=True, eq=False)
class Part:
    """Customers of one basis: all of them, their segments, and draws of what those of now will still bring."""

    whole: Segment
    segments: tuple[Segment, ...]
    ahead: Array
    said: tuple[Message, ...]


@dataclass(frozen=True, eq=False)
class Margin:
    """What is left of a unit of revenue, drawn as far as it is known: of what comes monthly, and what comes once.

    ``before_costs``: no table has the cost of what is sold, so that it is all of it.
    """

    recurring: Array
    once: Array
    before_costs: bool
    said: tuple[Message, ...]


def range_of(draws: Array) -> Range:
    """Return the range of draws.

    >>> found = range_of(np.arange(101.0))
    >>> round(found.low), round(found.middle), round(found.high)
    (10, 50, 90)
    """
    low, middle, high = np.quantile(draws, ((1 - HELD) / 2, 0.5, (1 + HELD) / 2))
    return Range(float(low), float(middle), float(high))


def margin_of(tables: Tables, owner: Owner, draws: int) -> Margin:
    """Return the margin of an owner's revenue: 1 - cost of what is sold - what else varies, each as share of revenue.

    It may be negative. Where no table has the cost of what is sold it is 1, and that is said.
    """
    inputs = lever_inputs(tables, owner)
    costing = inputs.costing
    rng = np.random.default_rng(seed_of("margin", repr(owner), inputs.first))
    recurring, once = costing.recurring or costing.once, costing.once or costing.recurring
    made = [1 - inputs.variable - _share(rng, share, draws) for share in (recurring, once)]
    said = [say("value.before_costs")] if inputs.before_costs else []
    said += [say("value.at_a_loss", margin=Rate(float(np.median(part)))) for part in made[:1] if np.median(part) < 0]
    return Margin(made[0], made[1], inputs.before_costs, tuple(said))


def _share(rng: np.random.Generator, share: Share | None, draws: int) -> Array:
    luck = rng.standard_normal(draws)
    return np.zeros(draws) if share is None else np.asarray(share.value + share.error * luck)


def about(mean: float, error: float, draws: int, seed: int) -> Array:
    """Return draws of a mean above 0 that is known with a standard error: gamma."""
    rng = np.random.default_rng(seed)
    if mean <= 0 or error <= 0:
        return np.full(draws, mean)
    return np.asarray(rng.gamma((mean / error) ** 2, error**2 / mean, draws))


def title_of(kind: str, name: str) -> Message:
    """Return what a segment is called: the size Large."""
    return Message(f"value.kind_{kind}", {"name": Name(name)}) if kind else say("value.kind_all")
