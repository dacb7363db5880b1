"""Who stands below whom in a goal tree, with what is known of each; and every fault in that at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.owners import Owner


@dataclass(frozen=True)
class Previous:
    """The goal of the last period that compares (the same one a year before), what was reached, and who carried it.

    ``carry`` are the full times that the goal was for (None: as many as now). ``reached`` (None: not known) is shown,
    and has no say: a goal that rises with what was reached teaches people to hold back (the ratchet: Weitzman 1980).
    """

    goal: float
    reached: float | None = None
    carry: float | None = None

    def times(self, carry: float) -> float:
        """Return by how much the goal is to be taken for so many full times."""
        return carry / self.carry if self.carry else 1.0


@dataclass(frozen=True, eq=False)
class Unowned:
    """What belongs to none of those below an owner: sales of nobody, spend of no team.

    Of an amount ``outlook`` is what is expected of it. Of a ratio ``whole`` is the owner's rate of the last year, and
    ``theirs`` the rate of those below it together.
    """

    outlook: Outlook | None = None
    whole: float = 0.0
    theirs: float = 0.0


@dataclass(frozen=True, eq=False)
class Node:
    """An owner, the one it is a part of (None: the top), its outlook (None: none can be made), and what it carries.

    ``carry`` are full times (employed time times productivity) in the period; ``carried`` those that the figures which
    the outlook is made of come from, None where the outlook is to be taken as it is. ``unowned`` is what
    of the owner's figures belongs to none of those below it; None where all does. ``agreed`` is the goal of an amount
    that humans agreed for it: it stands, and the others share what it leaves.
    """

    owner: Owner
    parent: Owner | None
    outlook: Outlook | None
    carry: float = 1.0
    carried: float | None = None
    previous: Previous | None = None
    unowned: Unowned | None = None
    agreed: float | None = None

    @property
    def factor(self) -> float:
        """By how much the outlook is too small or too large for what the owner can carry in the period."""
        return 1.0 if self.carried is None or self.carried <= 0 else self.carry / self.carried


@dataclass(frozen=True, eq=False)
class Family:
    """Nodes that form one tree; ``below`` has everyone's children in order."""

    top: Node
    below: dict[Owner, tuple[Node, ...]]


def family_of(nodes: Sequence[Node], *, amounts: bool) -> Family:
    """Return the tree that nodes form, outlooks of ``amounts`` made to fit; ParamError with all faults.

    Faults are an owner that stands twice, a parent that is not there, a circle, none or several at the top, full times
    below zero, outlooks of different KPIs, periods or numbers of draws.
    """
    faults = [*_wrong_places(nodes), *_wrong_numbers(nodes), *_wrong_outlooks(nodes)]
    if faults:
        raise ParamError("These do not form a goal tree.", faults)
    fitted = [_fitted(node) if amounts else node for node in nodes]
    below = {node.owner: tuple(one for one in fitted if one.parent == node.owner) for node in fitted}
    return Family(next(node for node in fitted if node.parent is None), below)


def _fitted(node: Node) -> Node:
    return node if node.outlook is None else replace(node, outlook=pro_rata(node.outlook, node.factor))


def pro_rata(outlook: Outlook, factor: float) -> Outlook:
    """Return the outlook of an amount for one who works ``factor`` times as much as before; every path is scaled.

    For people who move, join, leave, are away or still ramp. Counts that are scaled stay whole where they are goals.
    """
    if factor == 1.0:
        return outlook
    return replace(outlook, draws=outlook.draws * factor, months=outlook.months * factor, fan=outlook.fan * factor)


def owner_text(owner: Owner) -> str:
    """Return an owner as a fault names it."""
    return "the company" if owner.name is None else f"{owner.kind} {owner.name}"


def _wrong_places(nodes: Sequence[Node]) -> list[Fault]:
    parents = {node.owner: node.parent for node in nodes}
    owners = [node.owner for node in nodes]
    twice = [owner for owner in parents if owners.count(owner) > 1]
    faults = [Fault(owner_text(owner), "stands here more than once", "each owner once") for owner in twice]
    for owner, parent in parents.items():
        if parent is not None and parent not in parents:
            faults.append(Fault(owner_text(owner), f"its parent, {owner_text(parent)}, is not in the tree", "add it"))
        elif owner in _above(owner, parents):
            faults.append(Fault(owner_text(owner), "would be a part of itself", "a parent that is not below it"))
    tops = [owner for owner, parent in parents.items() if parent is None]
    if len(tops) != 1:
        found = "nobody" if not tops else ", ".join(map(owner_text, tops))
        faults.append(Fault("the top of the tree", found, "one owner without a parent"))
    return faults


def _above(owner: Owner, parents: dict[Owner, Owner | None]) -> set[Owner]:
    """Return all that an owner is part of; itself among them where the parents form a circle."""
    found: set[Owner] = set()
    above = parents.get(owner)
    while above is not None and above not in found:
        found.add(above)
        above = parents.get(above)
    return found


def _wrong_numbers(nodes: Sequence[Node]) -> list[Fault]:
    faults = []
    for node in nodes:
        last = node.previous
        for number in (node.carry, node.carried, None if last is None else last.carry):
            if number is not None and not (math.isfinite(number) and number >= 0):
                faults.append(Fault(owner_text(node.owner), repr(number), "full times of 0 or more"))
        if node.agreed is not None and not math.isfinite(node.agreed):
            faults.append(Fault(owner_text(node.owner), f"an agreed goal of {node.agreed!r}", "a number"))
        if last is not None and not math.isfinite(last.goal):
            faults.append(Fault(owner_text(node.owner), f"a last goal of {last.goal!r}", "a number"))
    return faults


def _wrong_outlooks(nodes: Sequence[Node]) -> list[Fault]:
    known = [(node.owner, node.outlook) for node in nodes if node.outlook is not None]
    kinds = [(outlook.kpi, outlook.period, len(outlook.draws)) for _, outlook in known]
    faults = [
        Fault(owner_text(owner), f"an outlook of {kind[0]}, {kind[1].name}, {kind[2]} draws", "one like the others'")
        for (owner, _), kind in zip(known, kinds, strict=True)
        if kind != kinds[0]
    ]
    return faults + [
        Fault(owner_text(owner), "an outlook with draws that are no numbers", "figures")
        for owner, outlook in known
        if not np.isfinite(outlook.draws).all()
    ]
