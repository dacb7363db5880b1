"""The cost floor: the smallest revenue that pays for what there is to pay, with the chance that is wanted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from salesgoals_kit.company import Company
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.kpis.running import RunningCosts
from salesgoals_kit.periods import YEAR, Period
from salesgoals_kit.words import Chance, Message, Money, Rate, Value, say

Floats = npt.NDArray[np.float64]
ROUNDING = 1e-6  # minor units: what floating point may add to a revenue that is whole


@dataclass(frozen=True, eq=False)
class CostFloor:
    """What revenue has to pay in a period, in currency units.

    ``to_pay`` = ``fixed`` + ``spend`` + ``profit``. ``margins``: draws of the contribution margin, what of a unit of
    revenue is left to pay it. ``value``: the smallest revenue with the chance ``wanted`` of paying it; None where no
    revenue has it, as too many margins are not above 0. ``covered``: the chance of business as usual to pay it, on
    joint paths of revenue (also that whose cost is not known) and margin; None where the margin has no paths.
    """

    to_pay: float
    fixed: float
    spend: float
    profit: float
    margins: Floats
    wanted: float
    value: float | None
    covered: float | None
    message: Message
    notes: tuple[Message, ...]

    def chance(self, revenue: float) -> float:
        """Return the share of paths on which exactly this revenue pays what there is to pay."""
        return float((revenue * self.margins >= self.to_pay - 1e-9 * abs(self.to_pay)).mean())

    @property
    def needed(self) -> Floats:
        """The revenue that each path needs; infinite where its margin is not above 0 and there is something to pay."""
        return _needed(self.to_pay, self.margins)


def cost_floor(costs: RunningCosts, margin: Outlook | None, period: Period, company: Company) -> CostFloor | None:
    """Return the floor of a period, or None where the margin is not known.

    Fixed costs and spend are those of the last months (at most a year) times the period's part of them: as they were,
    without growth. The profit wanted is ``floor.profit`` a year, pro rata, a team's by its share. The contribution
    margin is the margin, plus the fixed costs that it holds already, less the variable costs that it does not hold,
    both as parts of the last months' revenue; where the data has no margin it is 1 less the variable costs, if any.
    """
    lengths = len(period.months)
    profit = company.floor.profit * lengths / YEAR * costs.share
    fixed, spend = (part * lengths / costs.months for part in (costs.fixed, costs.spend))
    added = (costs.fixed_in_margin - costs.apart) / costs.revenue if costs.revenue > 0 else 0.0
    if margin is None and (costs.in_margin or not costs.apart):
        return None
    margins = (np.ones(1) if margin is None else margin.draws) + added
    wanted = company.floor.chance
    to_pay = fixed + spend + profit
    value = smallest_revenue(to_pay, margins, wanted, company.minor_units)
    covered = _covered(margin, added, to_pay, costs)
    notes = (*costs.notes, *(() if margin is not None else (say("ceilings.margin_from_costs"),)))
    message = _told(to_pay, margins, wanted, value, covered)
    return CostFloor(to_pay, fixed, spend, profit, margins, wanted, value, covered, message, notes)


def smallest_revenue(to_pay: float, margins: Floats, wanted: float, minor_units: int) -> float | None:
    """Return the smallest revenue, in whole minor units, with P(revenue * margin >= to_pay) >= ``wanted``.

    None where there is none. Of a known margin it is to_pay / margin, rounded up.

    >>> smallest_revenue(30.0, np.array([0.5, 0.4, 0.3, -0.1]), 0.75, 100), smallest_revenue(1.0, -np.ones(1), 0.5, 1)
    (100.0, None)
    """
    needed = np.sort(_needed(to_pay, margins))
    at = max(math.ceil(wanted * len(needed) - 1e-9), 1) - 1
    exact = float(needed[at])
    return None if math.isinf(exact) else math.ceil(exact * minor_units - ROUNDING) / minor_units


def _needed(to_pay: float, margins: Floats) -> Floats:
    if to_pay <= 0:
        return np.zeros(len(margins))
    return np.asarray(np.divide(to_pay, margins, out=np.full(len(margins), np.inf), where=margins > 0))


def _covered(margin: Outlook | None, added: float, to_pay: float, costs: RunningCosts) -> float | None:
    """Return the chance on joint paths; those of revenue whose cost is known stand for all, as they did last year."""
    if margin is None or margin.counts is None:
        return None
    left, revenue = margin.counts
    whole = costs.revenue / costs.costed if costs.costed > 0 and costs.revenue > 0 else 1.0
    return float(((left + added * revenue) * whole >= to_pay).mean())


def _told(to_pay: float, margins: Floats, wanted: float, value: float | None, covered: float | None) -> Message:
    if value is None:
        return say("ceilings.no_floor", to_pay=Money(to_pay), chance=Chance(float((margins > 0).mean())))
    said: dict[str, Value] = {"value": Money(value), "to_pay": Money(to_pay), "margin": Rate(float(np.median(margins)))}
    if covered is None:
        return say("ceilings.floor", **said, wanted=Chance(wanted))
    return say("ceilings.floor_covered", **said, wanted=Chance(wanted), covered=Chance(covered))
