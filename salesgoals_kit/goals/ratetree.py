"""The goal tree of a ratio: the rates of those below come together to the rate above, weighted by expected cases."""

from __future__ import annotations

import math
from collections.abc import Sequence

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.carriers import Share, Split, Tree
from salesgoals_kit.goals.limits import impossible_value
from salesgoals_kit.goals.nodes import Node, family_of
from salesgoals_kit.goals.own import Terms, wanted
from salesgoals_kit.goals.rates import asked_of_parts, combined, share_rate
from salesgoals_kit.goals.wording import figure, owner_words
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.periods import Period
from salesgoals_kit.words import Message, say

RATIOS = ("ratio_of_sums", "every_month")
NEARLY = 0.01  # rates nearer to each other, relatively, are not spoken of as two


def share_rate_tree(value: float, nodes: Sequence[Node], kpi: Kpi, terms: Terms) -> Tree:
    """Return what rate everyone is to come to, down to the last owner; ratios of sums, and of cases in every month.

    The weights are the denominators that the outlooks expect, for as many full times as each carries. Neither bounds
    nor over-assignment are of rates. Raises ParamError with every fault of the nodes, or for an impossible value.
    """
    family = family_of(nodes, amounts=False)
    outlooks = [node.outlook for node in nodes if node.outlook is not None]
    wrong = [] if kpi.over_period in RATIOS else [f"{kpi.name} is no ratio of what can be counted"]
    wrong += [] if math.isfinite(value) else [f"{value!r} is not a number"]
    wrong += [found] if math.isfinite(value) and (found := impossible_value(kpi, value)) else []
    wrong += [] if outlooks else ["nobody in the tree has an outlook"]
    if wrong:
        raise ParamError("This rate cannot be shared out.", [Fault(kpi.name, found) for found in wrong])
    shares: list[Share] = []
    splits: list[Split] = []
    waiting = [(family.top, value, 0)]
    while waiting:
        node, goal, depth = waiting.pop(0)
        shares.append(_share(node, goal, depth, kpi, terms))
        below = family.below[node.owner]
        if below:
            rates, split = _split(node, goal, below, kpi, terms)
            splits.append(split)
            waiting = [*((one, rate, depth + 1) for one, rate in zip(below, rates, strict=True)), *waiting]
    return Tree(kpi.name, outlooks[0].period, terms.rule, tuple(shares), tuple(splits))


def expected_cases(node: Node) -> float:
    """Return the denominator that an owner is expected to have, for what it carries; 0 where nothing tells."""
    if node.outlook is None or node.outlook.counts is None:
        return 0.0
    return max(0.0, float(node.outlook.counts[1].mean())) * node.factor


def _split(node: Node, goal: float, below: Sequence[Node], kpi: Kpi, terms: Terms) -> tuple[tuple[float, ...], Split]:
    cases = [expected_cases(one) for one in below]
    own = [goal if one.outlook is None else one.outlook.goal(wanted(one, terms)) for one in below]
    apart = node.unowned
    asked = goal if apart is None else asked_of_parts(goal, apart.whole, apart.theirs, kpi.scale)
    said = {"owner": owner_words(node.owner), "goal": figure(kpi, asked)}
    if any(cases):
        rates, together = share_rate(asked, own, cases, kpi.scale).rates, combined(own, cases)
        same = math.isclose(together, asked, rel_tol=1e-12, abs_tol=1e-12)
        told = (
            Message("tree.rates_fit", said) if same else Message("tree.rates", {**said, "own": figure(kpi, together)})
        )
        given = combined(rates, cases)
    else:
        rates, together, told, given = (asked,) * len(below), asked, Message("tree.rates_unknown", said), asked
    split = Split(
        owner=node.owner,
        goal=goal,
        bottom_up=together,
        gap=asked - together,
        over=1.0,
        assigned=asked,
        given=given,
        unassigned=0.0,
        takers=(),
        sum_of_medians=None,
        median_of_sum=None,
        common=None,
        unowned=None,
        messages=(*_apart(node, goal, asked, kpi), told, *_alone(node, below)),
    )
    return rates, split


def _apart(node: Node, goal: float, asked: float, kpi: Kpi) -> list[Message]:
    apart = node.unowned
    if apart is None or math.isclose(apart.whole, apart.theirs, rel_tol=NEARLY):
        return []
    whole, theirs = figure(kpi, apart.whole), figure(kpi, apart.theirs)
    owner, top, below = owner_words(node.owner), figure(kpi, goal), figure(kpi, asked)
    return [say("tree.rates_apart", owner=owner, whole=whole, theirs=theirs, goal=top, asked=below)]


def _alone(node: Node, below: Sequence[Node]) -> list[Message]:
    if len(below) != 1:
        return []
    return [say("tree.only_one", owner=owner_words(below[0].owner), above=owner_words(node.owner))]


def _share(node: Node, value: float, depth: int, kpi: Kpi, terms: Terms) -> Share:
    outlook = node.outlook
    own = value if outlook is None else outlook.goal(wanted(node, terms))
    return Share(
        owner=node.owner,
        parent=node.parent,
        depth=depth,
        kpi=kpi.name,
        value=value,
        bottom_up=own,
        before=None if outlook is None else outlook.chance(own),
        chance=None if outlook is None else outlook.chance(value),
        carry=node.carry,
        factor=node.factor,
        previous=node.previous,
    )


def lone_tree(value: float, node: Node, kpi: Kpi, terms: Terms, period: Period) -> Tree:
    """Return the tree of an owner whose goal cannot be shared out; ParamError for an impossible value."""
    wrong = impossible_value(kpi, value) if math.isfinite(value) else f"{value!r} is not a number"
    if wrong:
        raise ParamError("This cannot be a goal.", [Fault(kpi.name, wrong)])
    return Tree(kpi.name, period, terms.rule, (_share(node, value, 0, kpi, terms),), ())
