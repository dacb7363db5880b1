"""What channels bring and cost, and whether that differs by more than luck: conversion, cost, payback, lifetime.

Every figure is drawn as far as it is known: conversions beta (half a lead won and half one not beside those seen,
Jeffreys), customers and losses gamma by their count, what a customer brings by the mean of those there were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.insight.contrast import Contrast
from salesgoals_kit.insight.exact import Odds, of_cases, of_shares
from salesgoals_kit.insight.tenure import cells_of
from salesgoals_kit.kpis.audiences import Cohorts, accounts_won, customers_worth, lead_cohorts
from salesgoals_kit.kpis.channel_costs import ChannelCosts, channel_costs
from salesgoals_kit.kpis.leaving import lives
from salesgoals_kit.kpis.levers import LeverInputs, lever_inputs
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR, month_name
from salesgoals_kit.words import Count, Message, Money, Name, Number, Rate, Value, say

CHANNEL = "channel"  # the effect, and the dimension
DRAWS = 4000
QUARTER = 3
ENOUGH = 5.0  # customers that a channel must lead to expect, to be compared
Draws = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Range:
    """What a figure is, and its 80 % range."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, eq=False)
class Audience:
    """A channel or a kind of account; None where it is not known.

    ``cases``: leads (of a channel) or deals with accounts that were no customers (of a kind) followed long enough, and
    ``won`` of them; ``conversion``. ``spend`` and ``customers`` of a year, and ``cac``: None where nobody was won.
    ``monthly``: what a new customer pays a month at first; ``churn``: the share that leaves in a month; ``worth``:
    margin over the lifetime; ``payback``: months until he has paid for himself; ``ratio``: worth / cac.
    """

    dimension: str
    value: str
    cases: int
    won: int
    conversion: Range | None
    spend: float | None = None
    customers: int | None = None
    cac: Range | None = None
    monthly: Range | None = None
    churn: Range | None = None
    worth: Range | None = None
    payback: Range | None = None
    ratio: Range | None = None


@dataclass(frozen=True, eq=False)
class Channels:
    """Channels and kinds of account, the leads of every year (``cohorts``), and every comparison of channels.

    ``cohorts``: channel, since and until (month numbers), leads, won, conversion, low, high, spend, cost (of a customer
    won through a lead; NaN: none won, or no spend known).
    """

    channels: tuple[Audience, ...]
    kinds: tuple[Audience, ...]
    cohorts: pd.DataFrame
    contrasts: tuple[Contrast, ...]
    notes: tuple[Message, ...]
    lacking: tuple[Message, ...]


def channels(tables: Tables, owner: Owner = COMPANY) -> Channels:
    """Return what the owner's channels and kinds of account come to; what the data lacks is said."""
    cohorts, costs = lead_cohorts(tables, owner), channel_costs(tables, owner)
    worths, churns = _worths(tables, owner), _churns(tables, owner)
    names = _names(cohorts, costs)
    return Channels(
        channels=tuple(_channel(name, cohorts, costs, worths, churns) for name in names),
        kinds=_kinds(tables, owner, worths, churns),
        cohorts=_cohorts(cohorts, None if costs is None or costs.shared else costs),
        contrasts=(*conversion_contrasts(cohorts), *cost_contrasts(cohorts, costs)),
        notes=_notes(cohorts, costs, lever_inputs(tables, owner)),
        lacking=_lacking(tables, cohorts, costs, worths),
    )
