"""What each owner below a goal would propose by itself, what it can carry, and within what bounds its goal may move."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from salesgoals_kit.goals.nodes import Node
from salesgoals_kit.goals.shares import Steps
from salesgoals_kit.policies import Chances

Rule = Literal["potential", "equal_chance"]
ADD_UP = ("sum", "last")  # the KPIs whose owners' figures add up


@dataclass(frozen=True)
class Terms:
    """How a goal is split: the chances of own values, the greatest change of a goal, the rule, how much beyond it.

    ``over``: those below are asked for so many times the goal together (over-assignment), at every level.
    """

    chances: Chances
    max_change: float
    rule: Rule = "potential"
    over: float = 1.0
    minor_units: int = 100


@dataclass(frozen=True, eq=False)
class Own:
    """A node with its own value in steps, its weight (what it can carry), and its bounds (None: none above).

    ``assumed``: it has no outlook, and the two are those of its siblings for as many full times, or of its parent's.
    """

    node: Node
    bottom_up: int
    weight: float
    low: int = 0
    high: int | None = None
    assumed: bool = False


def wanted(node: Node, terms: Terms) -> float:
    """Return the chance that a node's own value is to have."""
    return terms.chances.rep if node.owner.kind == "rep" else terms.chances.target


def own_of(node: Node, terms: Terms, steps: Steps) -> Own:
    """Return a node's own value: the target of a team, for a rep the value with his chance; 0 without an outlook."""
    if node.outlook is None:
        return Own(node, 0, 0.0, assumed=True)
    weight = max(float(node.outlook.draws.mean()), 0.0)
    return Own(node, max(0, steps.count(node.outlook.goal(wanted(node, terms)))), weight)


def below_of(parent: Own, nodes: Sequence[Node], terms: Terms, steps: Steps) -> tuple[Own, ...]:
    """Return the own values, weights and bounds of all below one owner."""
    alone = [own_of(node, terms, steps) for node in nodes]
    known = [one for one in alone if not one.assumed]
    carry = math.fsum(one.node.carry for one in known or alone)
    value = sum(one.bottom_up for one in known) if known else parent.bottom_up
    weight = math.fsum(one.weight for one in known) if known else parent.weight or carry
    return tuple(
        _bounded(_assumed(one, value, weight, carry) if one.assumed else one, alone, terms, steps) for one in alone
    )


def _assumed(one: Own, value: int, weight: float, carry: float) -> Own:
    """Return the own value of one without an outlook: so much for each full time."""
    part = one.node.carry / carry if carry > 0 else 0.0
    return Own(one.node, math.floor(value * Fraction(part)), weight * part, assumed=True)


def _bounded(one: Own, siblings: Sequence[Own], terms: Terms, steps: Steps) -> Own:
    """Return it with the bounds of the last goal for as many full times, or of its own value where it had none.

    Where none of the siblings had a goal, nothing is bounded; nor where all get the same chance. What was agreed
    stands, whatever the last goal was.
    """
    if one.node.agreed is not None:
        agreed = steps.count(one.node.agreed)
        return Own(one.node, one.bottom_up, one.weight, agreed, agreed, one.assumed)
    if terms.rule == "equal_chance" or not any(sibling.node.previous for sibling in siblings):
        return one
    base, change = Fraction(one.bottom_up), Fraction(repr(terms.max_change))
    last = one.node.previous
    if last is not None and last.carry != 0:
        base = Fraction(last.goal) * steps.per_unit * Fraction(last.times(one.node.carry))
    high = math.floor(base * (1 + change))
    return Own(one.node, one.bottom_up, one.weight, min(math.ceil(base * (1 - change)), high), high, one.assumed)
