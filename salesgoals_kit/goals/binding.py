"""What a goal runs into: business as usual, the people, the funnel and the costs side by side, and which one binds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.capacity import CapacityCeiling
from salesgoals_kit.goals.floor import CostFloor
from salesgoals_kit.goals.funnel import FunnelCeiling
from salesgoals_kit.goals.plan import PlanCheck
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.words import Chance, Change, Count, Message, Money, Name, Rate, Value, say

Floats = npt.NDArray[np.float64]
USUAL, CAPACITY, FUNNEL = "usual", "capacity", "funnel"
SLACK = 1e-9  # as of `forecast.outlook`: a goal typed as 0.3 is met by 0.1 + 0.2
HOPELESS = 0.05  # a chance below which a goal has to say why it is agreed all the same
MOST = 10_000  # reps or leads, from which on a number says no more than that it is out of reach


@dataclass(frozen=True, eq=False)
class Limit:
    """One distribution that a goal is held against, in currency units, one value a path: what can be reached."""

    name: str
    draws: Floats
    message: Message | None

    def chance(self, goal: float) -> float:
        """Return the share of paths that allow the goal."""
        return float((self.draws >= goal - SLACK * abs(goal)).mean())

    def quantile(self, q: float) -> float:
        """Return the smallest draw that at least the share ``q`` of the draws does not exceed."""
        return float(np.quantile(self.draws, q, method="inverted_cdf"))

    def shortfall(self, goal: float) -> float:
        """Return the median of what is lacking, over the paths that do not allow the goal; 0 where all do."""
        short = goal - self.draws[self.draws < goal - SLACK * abs(goal)]
        return float(np.median(short)) if len(short) else 0.0


@dataclass(frozen=True)
class Binding:
    """How a goal stands against the limits. ``chances`` and ``shortfalls`` are by the limits' names.

    ``together``: the share of joint paths on which all limits allow it. ``paid``: the chance that it pays the costs,
    None without a floor. ``binds``: the limit with the lowest chance, None where each has the chance ``wanted``.
    ``loosen``: what would give the binding limit that chance, and what would make the goal pay the costs. ``caution``:
    a ceiling leaves the goal next to no chance, whatever business as usual says; None where none does.
    """

    goal: float
    wanted: float
    chances: dict[str, float]
    shortfalls: dict[str, float]
    together: float
    paid: float | None
    binds: str | None
    message: Message
    loosen: tuple[Message, ...]
    caution: Message | None = None


@dataclass(frozen=True, eq=False)
class Feasibility:
    """The outlook of revenue with the ceilings beside it; a ceiling that does not exist is None, and ``notes`` say why.

    ``initiatives``: what was agreed to be done for the goal, meant to supply the lift that the plan needs.
    """

    owner: Owner
    period: Period
    outlook: Outlook
    capacity: CapacityCeiling | None
    funnel: FunnelCeiling | None
    floor: CostFloor | None
    plan: PlanCheck | None
    initiatives: tuple[str, ...]
    notes: tuple[Message, ...]

    @property
    def limits(self) -> tuple[Limit, ...]:
        """Business as usual and the ceilings there are, for a chart and for joint paths; all have as many draws.

        Path by path they are drawn independently of each other: the outlook is of sums, which do not know whether
        people or leads made them.
        """
        found = [Limit(USUAL, self.outlook.draws, None)]
        if self.capacity is not None:
            found.append(Limit(CAPACITY, self.capacity.draws, self.capacity.message))
        if self.funnel is not None:
            found.append(Limit(FUNNEL, self.funnel.draws, self.funnel.message))
        size = max(len(limit.draws) for limit in found)
        return tuple(Limit(limit.name, np.resize(limit.draws, size), limit.message) for limit in found)

    @property
    def shares(self) -> dict[str, float]:
        """The share of joint paths on which each limit is the smallest; they add up to 1."""
        limits = self.limits
        smallest = np.argmin([limit.draws for limit in limits], axis=0)
        return {limit.name: float((smallest == i).mean()) for i, limit in enumerate(limits)}

    @property
    def sentences(self) -> tuple[Message, ...]:
        """Each ceiling and the floor in its own sentence, then the plan and who is to supply its lift."""
        own = (self.capacity, self.funnel, self.floor, self.plan)
        told = [part.message for part in own if part is not None]
        return (*told, *_supply(self.plan, self.initiatives))

    def at(self, goal: float, wanted: float) -> Binding:
        """Return how a goal stands, and what binds if it is to have the chance ``wanted``."""
        limits = self.limits
        chances = {limit.name: limit.chance(goal) for limit in limits}
        allowed = np.all([limit.draws >= goal - SLACK * abs(goal) for limit in limits], axis=0)
        lowest = min(limits, key=lambda limit: chances[limit.name])
        binds = None if chances[lowest.name] >= wanted else lowest.name
        shortfalls = {limit.name: limit.shortfall(goal) for limit in limits}
        paid = None if self.floor is None else self.floor.chance(goal)
        unpaid = self.floor is not None and self.floor.chance(goal) < self.floor.wanted
        return Binding(
            goal=goal,
            wanted=wanted,
            chances=chances,
            shortfalls=shortfalls,
            together=float(allowed.mean()),
            paid=paid,
            binds=binds,
            message=_binding(goal, binds, wanted, chances, shortfalls, self.shares, paid if unpaid else None),
            loosen=self._loosen(goal, wanted, binds),
            caution=_caution(goal, chances, paid),
        )

    def _loosen(self, goal: float, wanted: float, binds: str | None) -> tuple[Message, ...]:
        ways: dict[str, Callable[[], Message]] = {
            USUAL: lambda: _lift(self.outlook, goal, wanted),
            CAPACITY: lambda: _hire(self.capacity, goal, wanted),
            FUNNEL: lambda: _feed(self.funnel, goal, wanted),
        }
        told = () if binds is None else (ways[binds](),)
        unpaid = self.floor is not None and self.floor.chance(goal) < self.floor.wanted
        return (*told, _cheaper(self.floor, goal)) if self.floor is not None and unpaid else told


def more_needed(short: Floats, each: Floats | float, wanted: float) -> int | None:
    """Return the least whole number n with P(n * each >= short) >= wanted; None where there is none up to ``MOST``.

    >>> more_needed(np.array([0.0, 10.0, 25.0]), 10.0, 0.6)
    1
    """
    each = np.broadcast_to(np.asarray(each, dtype="float64"), short.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.where(short <= 0, 0.0, np.where(each > 0, short / each, np.inf))
    at = max(math.ceil(wanted * len(needed) - 1e-9), 1) - 1
    exact = float(np.sort(needed)[at])
    return math.ceil(exact - SLACK) if exact <= MOST else None


def _binding(
    goal: float,
    binds: str | None,
    wanted: float,
    chances: dict[str, float],
    shortfalls: dict[str, float],
    shares: dict[str, float],
    unpaid: float | None,
) -> Message:
    if binds is None and unpaid is not None:
        return say("ceilings.binds_costs", goal=Money(goal), paid=Chance(unpaid), wanted=Chance(wanted))
    if len(chances) == 1 and binds is None:
        return say("ceilings.nothing_beside", goal=Money(goal), chance=Chance(chances[USUAL]))
    if binds is None:
        return say("ceilings.nothing_binds", goal=Money(goal), wanted=Chance(wanted))
    return say(
        f"ceilings.binds_{binds}",
        goal=Money(goal),
        chance=Chance(chances[binds]),
        short=Money(shortfalls[binds]),
        share=Rate(shares[binds]),
    )


def _caution(goal: float, chances: dict[str, float], paid: float | None) -> Message | None:
    """Return which ceiling all but forbids a goal that business as usual does not, or that it pays no costs."""
    name = min(chances, key=lambda one: chances[one])
    told: dict[str, Value] = {"goal": Money(goal), "chance": Chance(chances[name]), "usual": Chance(chances[USUAL])}
    if chances[USUAL] < HOPELESS:
        return None
    if name == USUAL or chances[name] >= HOPELESS:
        if paid is None or paid >= HOPELESS:
            return None
        return say("ceilings.caution_costs", goal=Money(goal), paid=Chance(paid))
    return Message(f"ceilings.caution_{name}", told)


def _lift(outlook: Outlook, goal: float, wanted: float) -> Message:
    usual = outlook.goal(wanted)
    if usual <= 0:
        return say("ceilings.loosen_from_nothing", wanted=Chance(wanted))
    return say("ceilings.loosen_usual", lift=Change(goal / usual - 1), wanted=Chance(wanted), usual=Money(usual))


def _hire(capacity: CapacityCeiling | None, goal: float, wanted: float) -> Message:
    assert capacity is not None
    more = more_needed(goal - capacity.draws, capacity.one_more, wanted)
    if more is None:
        return say("ceilings.loosen_out_of_reach", wanted=Chance(wanted))
    return say("ceilings.loosen_capacity", reps=Count(more), wanted=Chance(wanted))


def _feed(funnel: FunnelCeiling | None, goal: float, wanted: float) -> Message:
    assert funnel is not None
    leads = not math.isnan(funnel.a_lead)
    more = more_needed(goal - funnel.draws, funnel.a_lead if leads else funnel.a_deal, wanted)
    if more is None:
        return say("ceilings.loosen_out_of_reach", wanted=Chance(wanted))
    if leads:
        return say("ceilings.loosen_leads", leads=Count(more), wanted=Chance(wanted))
    return say("ceilings.loosen_deals", deals=Count(more), wanted=Chance(wanted))


def _cheaper(floor: CostFloor, goal: float) -> Message:
    """Return by how much the costs would have to fall for the goal to pay them with the chance that is wanted."""
    payable = float(np.quantile(goal * floor.margins, 1 - floor.wanted, method="inverted_cdf"))
    cut = max(floor.to_pay - payable, 0.0)
    return say("ceilings.loosen_costs", goal=Money(goal), cut=Money(cut), wanted=Chance(floor.wanted))


def _supply(plan: PlanCheck | None, initiatives: tuple[str, ...]) -> tuple[Message, ...]:
    if plan is None or plan.lift == 0:
        return ()
    if not initiatives:
        return (say("ceilings.plan_without_initiative"),)
    return (say("ceilings.plan_initiatives", initiatives=tuple(Name(what) for what in initiatives)),)
