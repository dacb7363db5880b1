"""The sentences of a goal tree: the gap and who absorbs it, what bounds leave over, medians that do not add up."""

from __future__ import annotations

from collections.abc import Sequence

from salesgoals_kit.goals.carriers import Share, Split
from salesgoals_kit.goals.own import Own, Terms
from salesgoals_kit.goals.wording import figure, owner_words
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.owners import Owner
from salesgoals_kit.words import Chance, Count, Message, Rate, Value, say

ALIKE = 0.005  # medians nearer to each other, relatively, are printed alike


def said_of_split(split: Split, below: Sequence[Own], kpi: Kpi, terms: Terms) -> tuple[Message, ...]:
    """Return what a manager has to know of a split."""
    said = [_gap(split, below, kpi), *_alone(split, below)]
    if split.unowned is not None:
        said.append(say("tree.unowned", owner=owner_words(split.owner), amount=figure(kpi, split.unowned)))
    if split.over != 1.0:
        assigned, goal = figure(kpi, split.assigned), figure(kpi, split.goal)
        said.append(say("tree.over", assigned=assigned, times=Rate(split.over), goal=goal))
    agreed = tuple(_with(one.node.owner, one.node.agreed, kpi) for one in below if one.node.agreed is not None)
    if agreed:
        name = "tree.agreed" if len(agreed) < len(below) else "tree.agreed_all"
        said.append(Message(name, {"owners": agreed}))
    if split.common is not None:
        said.append(say("tree.common", chance=Chance(split.common)))
    said += [*_unassigned(split, below, kpi, terms), *_medians(split, kpi), *_assumed(below)]
    return tuple(said)


def said_of_tree(terms: Terms, shares: Sequence[Share], bounded: bool) -> tuple[Message, ...]:
    """Return how the whole was split: the rule, what bounds it, and that what was reached last time has no say."""
    if terms.rule == "equal_chance":
        return (say("tree.rule_equal_chance"),)
    said = [say("tree.rule_potential")]
    said.append(say("tree.bounded", change=Rate(terms.max_change)) if bounded else say("tree.unbounded"))
    over = [one for one in shares if _overshot(one)]
    return (
        (*said, say("tree.no_ratchet", owners=tuple(owner_words(one.owner) for one in over))) if over else tuple(said)
    )


def _overshot(share: Share) -> bool:
    last = share.previous
    return share.depth > 0 and last is not None and last.reached is not None and last.reached > last.goal


def _gap(split: Split, below: Sequence[Own], kpi: Kpi) -> Message:
    said: dict[str, Value] = {
        "owner": owner_words(split.owner),
        "goal": figure(kpi, split.goal),
        "own": figure(kpi, split.bottom_up),
    }
    if all(one.node.agreed is not None for one in below):
        return Message("tree.gap_agreed", said)
    if split.gap == 0:
        return Message("tree.no_gap", said)
    return Message("tree.gap" if split.gap > 0 else "tree.relief", {**said, "gap": figure(kpi, abs(split.gap))})


def _alone(split: Split, below: Sequence[Own]) -> list[Message]:
    if len(below) != 1:
        return []
    return [say("tree.only_one", owner=owner_words(below[0].node.owner), above=owner_words(split.owner))]


def _unassigned(split: Split, below: Sequence[Own], kpi: Kpi, terms: Terms) -> list[Message]:
    if split.unassigned == 0:
        return []
    amount = figure(kpi, abs(split.unassigned))
    if not split.takers:
        agreed = any(one.node.agreed is not None for one in below)
        name = "tree.nobody_can" if split.unassigned > 0 else "tree.agreed_beyond"
        return [Message("tree.agreed_less" if agreed and split.unassigned > 0 else name, {"amount": amount})]
    name = "tree.unassigned" if split.unassigned > 0 else "tree.beyond"
    takers = tuple(_with(owner, abs(part), kpi) for owner, part in split.takers)
    return [Message(name, {"amount": amount, "change": Rate(terms.max_change), "takers": takers})]


def _with(owner: Owner, amount: float, kpi: Kpi) -> Message:
    return say("tree.taker", owner=owner_words(owner), amount=figure(kpi, amount))


def _medians(split: Split, kpi: Kpi) -> list[Message]:
    if split.sum_of_medians is None or split.median_of_sum is None:
        return []
    total, together = figure(kpi, split.sum_of_medians), figure(kpi, split.median_of_sum)
    if abs(split.sum_of_medians - split.median_of_sum) <= ALIKE * abs(split.sum_of_medians):
        return [say("tree.medians_alike", sum=total, owner=owner_words(split.owner))]
    return [say("tree.medians", sum=total, together=together, owner=owner_words(split.owner))]


def _assumed(below: Sequence[Own]) -> list[Message]:
    assumed = tuple(owner_words(one.node.owner) for one in below if one.assumed)
    if not assumed:
        return []
    if len(assumed) == len(below):
        return [say("tree.all_new", count=Count(len(assumed)))]
    return [say("tree.without_history", owners=assumed)]
