"""A goal tree as it is handed on: what everyone carries, and how each goal was split among those below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from salesgoals_kit.goals.nodes import Previous
from salesgoals_kit.goals.own import ADD_UP, Rule
from salesgoals_kit.goals.wording import change_of, figure, owner_words
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.words import Chance, Message, Rate, Value

Held = Literal["most", "least"]
WHOLE = 0.005  # a factor nearer to one than half a per cent is not spoken of


@dataclass(frozen=True)
class Share:
    """What one owner carries: ``value`` is its goal, ``bottom_up`` what its own outlook would propose.

    ``before`` and ``chance`` are the chances of the two as things are (None: no outlook, and ``bottom_up`` is what its
    siblings' full times bring). ``carry`` are full times in the period, ``factor`` how the outlook was made to fit
    them. ``held``: it stands at the ``most`` or the ``least`` that its last goal allows. ``agreed``: humans agreed on
    it, and it stands. ``depth`` is 0 at the top.
    """

    owner: Owner
    parent: Owner | None
    depth: int
    kpi: str
    value: float
    bottom_up: float
    before: float | None
    chance: float | None
    carry: float
    factor: float = 1.0
    previous: Previous | None = None
    held: Held | None = None
    agreed: bool = False

    @property
    def change(self) -> float | None:
        """The change on the last goal, for as many full times: relative, of a rate in points; None without one."""
        if self.previous is None:
            return None
        rate = CATALOGUE[self.kpi].unit == "rate"
        times = 1.0 if rate else self.previous.times(self.carry)
        return change_of(CATALOGUE[self.kpi], self.value, self.previous.goal * times)

    @property
    def sentence(self) -> Message:
        """Who carries what, how that differs from the owner's own outlook, and the chances."""
        kpi = CATALOGUE[self.kpi]
        adds_up = kpi.over_period in ADD_UP
        said: dict[str, Value] = {"owner": owner_words(self.owner), "value": figure(kpi, self.value)}
        if self.before is None or self.chance is None:
            return Message("tree.carries_assumed" if adds_up else "tree.comes_to_assumed", said)
        said |= {"own": figure(kpi, self.bottom_up), "before": Chance(self.before), "chance": Chance(self.chance)}
        kind = "same" if self.value == self.bottom_up else "more" if self.value > self.bottom_up else "less"
        return Message(f"tree.carries_{kind}" if adds_up else "tree.comes_to_own", said)

    @property
    def remarks(self) -> tuple[Message, ...]:
        """What else is to be known of it: a bound that holds it, and for what part of the period it works."""
        kpi = CATALOGUE[self.kpi]
        said: list[Message] = []
        if self.held is not None and self.previous is not None:
            last = figure(kpi, self.previous.goal)
            said.append(Message(f"tree.held_{self.held}", {"owner": owner_words(self.owner), "last": last}))
        if abs(self.factor - 1) > WHOLE:
            kind = "more" if self.factor > 1 else "less"
            said.append(
                Message(f"tree.pro_rata_{kind}", {"owner": owner_words(self.owner), "factor": Rate(self.factor)})
            )
        return tuple(said)


@dataclass(frozen=True)
class Split:
    """How one owner's ``goal`` was split among those below.

    ``bottom_up`` is what their own outlooks propose together, ``gap`` the goal less that. ``assigned`` is what they
    are asked for together, ``over`` times the goal; ``given`` what they carry, and ``unassigned`` what of ``assigned``
    nobody does because their bounds hold (below zero: what the bounds hold beyond it). ``takers`` are those who would
    have to go beyond their bounds for it, and by how much. The medians of those below add up to ``sum_of_medians``,
    but together they have ``median_of_sum`` (None where not all have an outlook). ``common`` is the chance all of
    them have, where that was the rule. ``unowned`` is the middle value of what is expected beside them and belongs to
    nobody (None: nothing): it is not taken off what they are asked for, as nobody answers for it. Of a ratio ``goal``
    is the owner's rate, and ``assigned`` what those below have to come to for it.
    """

    owner: Owner
    goal: float
    bottom_up: float
    gap: float
    over: float
    assigned: float
    given: float
    unassigned: float
    takers: tuple[tuple[Owner, float], ...]
    sum_of_medians: float | None
    median_of_sum: float | None
    common: float | None
    unowned: float | None
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Tree:
    """A goal and who carries it: ``shares`` in the order of the tree, the top first, each before those below it."""

    kpi: str
    period: Period
    rule: Rule
    shares: tuple[Share, ...]
    splits: tuple[Split, ...]
    notes: tuple[Message, ...] = ()

    def share(self, owner: Owner) -> Share | None:
        """Return what an owner carries, if it is in the tree."""
        return next((share for share in self.shares if share.owner == owner), None)

    def split(self, owner: Owner) -> Split | None:
        """Return how an owner's goal was split, if anybody is below it."""
        return next((split for split in self.splits if split.owner == owner), None)

    def below(self, owner: Owner) -> tuple[Share, ...]:
        """Return the shares that an owner's goal was split into."""
        return tuple(share for share in self.shares if share.parent == owner and share.depth)

    @property
    def frame(self) -> pd.DataFrame:
        """The shares as a table: one row an owner."""
        return pd.DataFrame(
            {
                "team": [share.owner.team for share in self.shares],
                "rep": [share.owner.rep for share in self.shares],
                "depth": [share.depth for share in self.shares],
                "carry": [share.carry for share in self.shares],
                "bottom_up": [share.bottom_up for share in self.shares],
                "before": [share.before for share in self.shares],
                "value": [share.value for share in self.shares],
                "chance": [share.chance for share in self.shares],
                "last_goal": [None if share.previous is None else share.previous.goal for share in self.shares],
                "reached": [None if share.previous is None else share.previous.reached for share in self.shares],
                "change": [share.change for share in self.shares],
                "held": [share.held for share in self.shares],
                "agreed": [share.agreed for share in self.shares],
            }
        )
