"""The goal tree of an amount: a goal from above split among teams and reps, to the cent, and what it does to chances.

Top-down meets bottom-up: what an owner's goal is beyond the sum of what those below it would propose by their own
outlooks is the gap; below zero it is a relief. By the rule ``potential`` everyone has his own value and a part of the
gap in the proportion of what he can carry: capacity times potential, the mean of his outlook made to fit his full
times. No goal changes by more than ``max_change`` against the last one, for as many full times. That reference is the
last *goal*, and the outlook; what was reached last time has no say of its own, so that who overshoots is not punished
with a higher goal (the ratchet principle: Weitzman 1980, Bell Journal of Economics 11, 302-308). Bounds are never
broken and nothing is lost in silence: what nobody may take is said, and who would have to. By ``equal_chance`` all
have the same chance, and the changes are only shown. What was agreed for somebody stands by either rule; the others
share what it leaves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.carriers import Held, Share, Split, Tree
from salesgoals_kit.goals.evenly import ladder, share_evenly
from salesgoals_kit.goals.limits import impossible_value
from salesgoals_kit.goals.nodes import Family, Node, family_of
from salesgoals_kit.goals.own import ADD_UP, Own, Terms, below_of, own_of
from salesgoals_kit.goals.said import said_of_split, said_of_tree
from salesgoals_kit.goals.shares import Steps, share_out, share_within, steps_of
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.owners import Owner


@dataclass(frozen=True, eq=False)
class _Goal:
    """An owner's goal in steps, and its place."""

    own: Own
    steps: int
    depth: int


@dataclass(frozen=True, eq=False)
class _Split:
    """Shares in steps, what nobody has, and the chance that all have in common (None: they differ)."""

    shares: tuple[int, ...]
    left: int = 0
    common: float | None = None


def share_tree(value: float, nodes: Sequence[Node], kpi: Kpi, terms: Terms) -> Tree:
    """Return who carries an amount (a KPI whose owners add up, more being better), down to the last owner.

    The order among siblings is that of the nodes. Raises ParamError with every fault of the nodes, for a value the KPI
    cannot have, for a KPI that is no amount, and where nobody has an outlook.
    """
    family = family_of(nodes, amounts=True)
    outlooks = [node.outlook for node in nodes if node.outlook is not None]
    faults = [Fault(kpi.name, found) for found in _unfit(value, kpi, terms, bool(outlooks))]
    if faults:
        raise ParamError("This goal cannot be shared out.", faults)
    steps = steps_of(kpi, terms.minor_units)
    goals: list[_Goal] = []
    splits: list[Split] = []
    waiting = [_Goal(_top(family, terms, steps), steps.count(value), 0)]
    while waiting:
        goal = waiting.pop(0)
        goals.append(goal)
        below = below_of(goal.own, family.below[goal.own.node.owner], terms, steps)
        if below:
            found = _split(goal, below, terms, steps)
            splits.append(_told(goal, below, found, kpi, terms, steps))
            parts = zip(below, found.shares, strict=True)
            waiting = [*(_Goal(one, part, goal.depth + 1) for one, part in parts), *waiting]
    shares = tuple(_share(goal, kpi, steps) for goal in goals)
    bounded = any(goal.own.high is not None and goal.own.node.agreed is None for goal in goals)
    return Tree(kpi.name, outlooks[0].period, terms.rule, shares, tuple(splits), said_of_tree(terms, shares, bounded))


def _unfit(value: float, kpi: Kpi, terms: Terms, known: bool) -> Iterator[str]:
    if kpi.over_period not in ADD_UP or kpi.better != "higher":
        yield "its owners do not add up: share a rate out by numerator and denominator"
    if not math.isfinite(value) or impossible_value(kpi, value):
        yield impossible_value(kpi, value) or f"{value!r} is not a number"
    if not (math.isfinite(terms.over) and terms.over > 0):
        yield f"those below cannot be asked for {terms.over!r} times the goal"
    if not known:
        yield "nobody in the tree has an outlook"


def _top(family: Family, terms: Terms, steps: Steps) -> Own:
    """Return the top's own value; without an outlook what all below it would propose."""
    top = own_of(family.top, terms, steps)
    if not top.assumed:
        return top
    below = below_of(top, family.below[top.node.owner], terms, steps)
    return replace(top, bottom_up=sum(one.bottom_up for one in below), weight=math.fsum(one.weight for one in below))


def _split(goal: _Goal, below: Sequence[Own], terms: Terms, steps: Steps) -> _Split:
    total = _asked(goal, terms)
    if terms.rule == "potential":
        each = ((one.bottom_up, one.weight, one.low, one.high) for one in below)
        starts, weights, lows, highs = zip(*each, strict=True)
        within = share_within(total, starts, weights, lows, highs)
        return _Split(within.shares, within.left)
    free = [one for one in below if one.node.agreed is None]
    rest = total - sum(one.low for one in below if one.node.agreed is not None)
    if rest < 0 or not any(one.weight for one in free):
        return _Split(tuple(0 if one.node.agreed is None else one.low for one in below), rest)
    found = _evenly(rest, free, steps)
    shares = iter(found.shares)
    return replace(found, shares=tuple(next(shares) if one.node.agreed is None else one.low for one in below))


def _evenly(total: int, below: Sequence[Own], steps: Steps) -> _Split:
    """Return shares of one chance; who has no outlook has his part by weight."""
    weights = [one.weight for one in below]
    shares = list(share_out(total, weights))
    known = [i for i, one in enumerate(below) if one.node.outlook is not None]
    ladders = [ladder(outlook, steps) for i in known if (outlook := below[i].node.outlook) is not None]
    if not ladders:
        return _Split(tuple(shares))
    even, common = share_evenly(sum(shares[i] for i in known), ladders, [weights[i] for i in known])
    for i, share in zip(known, even, strict=True):
        shares[i] = share
    return _Split(tuple(shares), 0, common)


def _asked(goal: _Goal, terms: Terms) -> int:
    """Return what those below are asked for together; halves of a step are rounded up."""
    return math.floor(goal.steps * Fraction(repr(terms.over)) + Fraction(1, 2))


def _told(goal: _Goal, below: Sequence[Own], found: _Split, kpi: Kpi, terms: Terms, steps: Steps) -> Split:
    own = sum(one.bottom_up for one in below)
    medians = _medians(below)
    split = Split(
        owner=goal.own.node.owner,
        goal=steps.value(goal.steps),
        bottom_up=steps.value(own),
        gap=steps.value(goal.steps - own),
        over=terms.over,
        assigned=steps.value(_asked(goal, terms)),
        given=steps.value(sum(found.shares)),
        unassigned=steps.value(found.left),
        takers=_takers(below, found.left, steps),
        sum_of_medians=None if medians is None else medians[0],
        median_of_sum=None if medians is None else medians[1],
        common=found.common,
        unowned=_unowned(goal.own.node),
        messages=(),
    )
    return replace(split, messages=said_of_split(split, below, kpi, terms))


def _unowned(node: Node) -> float | None:
    outlook = None if node.unowned is None else node.unowned.outlook
    return None if outlook is None else outlook.quantile(0.5)


def _takers(below: Sequence[Own], left: int, steps: Steps) -> tuple[tuple[Owner, float], ...]:
    """Return who would have to go beyond his bounds for what is left, and by how much, in proportion of the weights.

    Below nothing nobody goes, nor beyond what was agreed.
    """
    free = [one for one in below if one.node.agreed is None and (left > 0 or one.low > 0)]
    if left == 0 or not any(one.weight for one in free):
        return ()
    parts = share_out(abs(left), [one.weight for one in free])
    sign = 1 if left > 0 else -1
    return tuple((one.node.owner, steps.value(sign * part)) for one, part in zip(free, parts, strict=True) if part)


def _medians(below: Sequence[Own]) -> tuple[float, float] | None:
    """Return the sum of the medians and the median of the sum, path by path; None where somebody has no outlook."""
    outlooks = [one.node.outlook for one in below if one.node.outlook is not None]
    if len(outlooks) < len(below):
        return None
    together = np.sum([outlook.draws for outlook in outlooks], axis=0)
    median = float(np.quantile(together, 0.5, method="inverted_cdf"))
    return math.fsum(outlook.quantile(0.5) for outlook in outlooks), median


def _share(goal: _Goal, kpi: Kpi, steps: Steps) -> Share:
    own, node, value = goal.own, goal.own.node, steps.value(goal.steps)
    bottom_up = steps.value(own.bottom_up)
    return Share(
        owner=node.owner,
        parent=node.parent,
        depth=goal.depth,
        kpi=kpi.name,
        value=value,
        bottom_up=bottom_up,
        before=None if node.outlook is None else node.outlook.chance(bottom_up),
        chance=None if node.outlook is None else node.outlook.chance(value),
        carry=node.carry,
        factor=node.factor,
        previous=node.previous,
        held=_held(goal),
        agreed=node.agreed is not None,
    )


def _held(goal: _Goal) -> Held | None:
    own = goal.own
    if own.high is None or own.node.previous is None or own.node.agreed is not None or own.low == own.high:
        return None
    return "most" if goal.steps == own.high else "least" if goal.steps == own.low else None
