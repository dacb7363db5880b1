"""What is planted in the sample company, as a typed record, for whoever wants to find it again.

A room that looks for effects may read this record in its tests; it shares no code with what planted them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from salesgoals_kit.data.sample.days import PRICES, RUSH, SEASON, TREND

STAGES = ("Qualification", "Discovery", "Proposal", "Negotiation", "Contract")
TEAMS = ("North", "Central", "South", "Key Accounts")
CHANNELS = ("Website", "Paid search", "Partners", "Events", "Referral", "Outbound")
PLAIN_RAMP = 5.0  # months, where nothing is planted: the number that the kit assumes for a company it knows nothing of

_LEAK = 0.87
_LEAVING_CHANNEL = 2.3
_LEAVING_MONTH = 2.8
_COACHING = 0.78
_RAMP = 8.0
GROWING_CHANNELS = ("Paid search", "Partners")


@dataclass(frozen=True)
class StageLeak:
    """In ``team`` a deal leaves ``stage`` forwards with ``factor`` times the chance that it has in any other team."""

    team: str
    stage: str
    factor: float


@dataclass(frozen=True)
class LeavingChannel:
    """Customers whose first deal came through ``channel`` leave with ``hazard_ratio`` times the hazard of the others.

    The channel grows, so that its customers are younger than the others: their share lost so far hides it.
    """

    channel: str
    hazard_ratio: float


@dataclass(frozen=True)
class LeavingMonth:
    """Customers leave after exactly ``month`` months with ``hazard_ratio`` times the hazard of any other month."""

    month: int
    hazard_ratio: float


@dataclass(frozen=True)
class Coaching:
    """Deals of ``rep`` (of ``team`` all the time) leave ``stage`` forwards with ``factor`` times the peers' chance."""

    rep: str
    team: str
    stage: str
    factor: float


@dataclass(frozen=True)
class Ramp:
    """What a rep wins a month rises in a straight line from nothing on ``hired_on`` to the full after ``months``.

    Half of it (as a square root) comes from fewer deals, the other half from a lower chance to win each.
    """

    months: float


@dataclass(frozen=True)
class CostFloor:
    """The smallest revenue that pays for what there is to pay, from the tables of ``first`` to ``last``; minor units.

    ``fixed_costs``: the costs of kind fixed, whatever they are counted in; ``spend``: the table of spend;
    ``variable_costs``: the costs of kind variable, likewise; ``deal_costs``: the costs of the deals won;
    ``revenue``: their amounts. No table repeats what another holds. The contribution margin is
    (revenue - deal_costs - variable_costs) / revenue. ``monthly``, ``quarterly``: the average month's and quarter's
    fixed costs and spend, divided by it and rounded up to a whole minor unit.
    """

    first: date
    last: date
    fixed_costs: int
    spend: int
    variable_costs: int
    deal_costs: int
    revenue: int
    monthly: int
    quarterly: int


@dataclass(frozen=True)
class Background:
    """What is in the sample whether anything is planted or not; a finding that says so is not false.

    ``season``: how busy the months of closing are, January first, before the rush. ``trend``: yearly growth of
    revenue, of which ``prices`` is the growth of amounts. ``rush``: the share of wins put off to the last ten days of
    their quarter. ``channel_wins``: how a channel multiplies the chance to win a deal with a new customer.
    ``type_wins``: the full-grown rep's chance to win, by deal type (products are sold in different types of deals, so
    they differ as well); ``type_days``: the median days from creation to winning. ``longer``: how a team multiplies
    those days. ``leads_in_vain``: leads that come to nothing for each that becomes a deal, by channel;
    ``lead_prices``: what a lead costs, in minor units of 2022; ``growing``: the channels whose part grows.

    Nothing else makes one team, region, product, industry or size of account win or stay more than another.
    """

    season: tuple[float, ...]
    trend: float
    prices: float
    rush: float
    channel_wins: Mapping[str, float]
    type_wins: Mapping[str, float]
    type_days: Mapping[str, float]
    longer: Mapping[str, float]
    leads_in_vain: Mapping[str, float]
    lead_prices: Mapping[str, int]
    growing: tuple[str, ...]


CHANNEL_WINS = dict(zip(CHANNELS, (1.0, 0.9, 1.05, 0.95, 1.25, 0.88), strict=True))
CONVERSION = {
    "new": (0.66, 0.74, 0.76, 0.80, 0.88),
    "expansion": (0.85, 0.88, 0.88, 0.90, 0.93),
    "renewal": (0.96, 0.95, 0.94, 0.95, 0.96),
}
DURATION = {"new": 75.0, "expansion": 45.0, "renewal": 60.0}
LONGER = {"Key Accounts": 1.3}
LEADS_IN_VAIN = dict(zip(CHANNELS, (3.2, 4.2, 1.6, 2.4, 0.9, 2.6), strict=True))
LEAD_PRICES = dict(zip(CHANNELS, (9000, 21000, 12000, 26000, 3000, 15000), strict=True))
BACKGROUND = Background(
    season=SEASON,
    trend=TREND,
    prices=PRICES,
    rush=RUSH,
    channel_wins=CHANNEL_WINS,
    type_wins={kind: math.prod(steps) for kind, steps in CONVERSION.items()},
    type_days=DURATION,
    longer=LONGER,
    leads_in_vain=LEADS_IN_VAIN,
    lead_prices=LEAD_PRICES,
    growing=GROWING_CHANNELS,
)


@dataclass(frozen=True)
class Planted:
    """The effects that the sample holds; None where nothing is planted."""

    leak: StageLeak | None = None
    channel: LeavingChannel | None = None
    moment: LeavingMonth | None = None
    coaching: Coaching | None = None
    ramp: Ramp | None = None
    floor: CostFloor | None = None
    background: Background = BACKGROUND


def draw_effects(rng: np.random.Generator, steady: Mapping[str, str]) -> Planted:
    """Return where the effects are planted; the floor comes last, when there are costs.

    ``steady``: the reps who can be coached (experienced, never moved), and their teams.
    """
    team = str(rng.choice(TEAMS[:3]))
    leak, coached = rng.choice(STAGES[:4], size=2, replace=False)
    rep = str(rng.choice([rep for rep, own in steady.items() if own != team]))
    return Planted(
        leak=StageLeak(team, str(leak), _LEAK),
        channel=LeavingChannel(str(rng.choice(GROWING_CHANNELS)), _LEAVING_CHANNEL),
        moment=LeavingMonth(int(rng.integers(5, 15)), _LEAVING_MONTH),
        coaching=Coaching(rep, steady[rep], str(coached), _COACHING),
        ramp=Ramp(_RAMP),
    )
