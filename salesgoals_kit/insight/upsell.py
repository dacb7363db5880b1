"""Customers to up-sell and to cross-sell to: what accounts like them grew into, or also bought, within a year.

A likeness speaks for a target when more of the accounts alike took to it than of all others, by Fisher's exact test,
one-sided, at a false discovery rate of ``RATE`` over every likeness and target that was looked at (Benjamini & Hochberg
1995); when at least ``FEWEST`` of them did; and when the low end of their share lies above that of all others. It does
not speak for an account of which a likeness no wider says clearly less: where the large banks take to something and the
large shops do not, being large is no reason. With nothing to be found, a report names anybody at all once in twenty
times at the most.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import beta, false_discovery_control, hypergeom

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.insight.worth import HELD, Range
from salesgoals_kit.kpis.adoption import GROWN, KEYS, SEEN, Rule, account_name, adoption, untapped
from salesgoals_kit.kpis.holdings import MORE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR
from salesgoals_kit.words import Count, Message, Name, Rate, Value, say

RATE = 0.05
FEWEST = 5  # accounts alike that took to it
MOST = 8  # candidates named, of each kind; the others are counted


@dataclass(frozen=True)
class Reason:
    """Why a target: what accounts have in common, how many of them took to it in a year, and of all others.

    ``extra``: what it brought each of those that took to it in a year, in currency; ``more``: as a share of what they
    paid monthly (NaN for a product).
    """

    rule: Rule
    took: int
    of: int
    rest_took: int
    rest_of: int
    p: float
    extra: float
    more: float

    @property
    def target(self) -> str:
        """The product; empty: to pay more, whatever for."""
        return self.rule[-1]

    @property
    def share(self) -> Range:
        """The share that took to it, as far as it is known: beta, with Jeffreys' half."""
        low, middle, high = beta.ppf(((1 - HELD) / 2, 0.5, (1 + HELD) / 2), self.took + 0.5, self.of - self.took + 0.5)
        return Range(float(low), float(middle), float(high))

    @property
    def said(self) -> Message:
        """The reason as a sentence."""
        alike = Message(f"upsell.like_{self.rule[1]}", {"one": Name(self.rule[2]), "other": Name(self.rule[3])})
        said: dict[str, Value] = {"took": Count(self.took), "of": Count(self.of), "alike": alike}
        said["rest"] = Rate(self.rest_took / self.rest_of)
        return Message("upsell.reason_grown" if self.target == GROWN else "upsell.reason_bought", said)


@dataclass(frozen=True)
class Candidate:
    """A customer, what to offer him, why, and what it can be expected to bring in a year: share * what it brings."""

    account_id: str
    name: str
    reason: Reason
    extra: Range


@dataclass(frozen=True)
class UpSell:
    """Whom to offer what. ``up``: to pay more; ``cross``: a product they have not; those that bring most first.

    ``unnamed``: how many more of each there are; ``looked``: likenesses and targets compared; ``usual``: what all
    customers did, whatever their kind.
    """

    owner: Owner
    up: tuple[Candidate, ...]
    cross: tuple[Candidate, ...]
    unnamed: tuple[int, int]
    looked: int
    usual: tuple[Message, ...]
    said: tuple[Message, ...]
    lacking: tuple[Message, ...]


def upsell(tables: Tables, owner: Owner = COMPANY) -> UpSell:
    """Return an owner's customers to up-sell and to cross-sell to.

    What accounts like them did is that of the whole company; never in it is who left, or has what he would be offered.
    """
    table = adoption(tables)
    if table is None:
        return UpSell(owner, (), (), (0, 0), 0, (), (), (say("upsell.no_products"),))
    if table.empty:
        return UpSell(owner, (), (), (0, 0), 0, (), (), (say("upsell.too_few", few=Count(SEEN)),))
    reasons = strong(table)
    wanted = {(one.rule[0], one.target) for one in reasons}
    known = tuple(_reason(row) for _, row in table.iterrows() if (bool(row["contract"]), str(row["target"])) in wanted)
    rows = untapped(tables, owner, tuple(one.rule for one in known))
    found = candidates(rows, reasons, known)
    up = [one for one in found if one.reason.target == GROWN]
    cross = [one for one in found if one.reason.target != GROWN]
    said = [say("upsell.how", looked=Count(len(table)), rate=Rate(RATE), fewest=Count(FEWEST))]
    return UpSell(
        owner,
        tuple(up[:MOST]),
        tuple(cross[:MOST]),
        (max(len(up) - MOST, 0), max(len(cross) - MOST, 0)),
        len(table),
        _usual(table),
        tuple(said),
        (),
    )


def strong(table: pd.DataFrame) -> tuple[Reason, ...]:
    """Return the reasons that hold, of a table as `adoption` returns it, the surest first."""
    if table.empty:
        return ()
    took, of = table["took"].to_numpy(), table["of"].to_numpy()
    everybody, takers = of + table["rest_of"].to_numpy(), took + table["rest_took"].to_numpy()
    p = np.clip(hypergeom.sf(took - 1, everybody, takers, of), 0.0, 1.0)
    survives = false_discovery_control(p, method="bh") <= RATE
    found = []
    for at in np.flatnonzero(survives & (took >= FEWEST) & (table["rest_of"].to_numpy() > 0)):
        reason = replace(_reason(table.iloc[at]), p=float(p[at]))
        if reason.share.low > reason.rest_took / reason.rest_of:
            found.append(reason)
    return tuple(sorted(found, key=lambda one: (one.p, one.rule)))


def _reason(row: pd.Series) -> Reason:
    like, one, other, target = (str(row[name]) for name in KEYS[1:])
    took, of, rest_took, rest_of = (int(row[name]) for name in ("took", "of", "rest_took", "rest_of"))
    rule: Rule = (bool(row["contract"]), like, one, other, target)
    return Reason(rule, took, of, rest_took, rest_of, math.nan, float(row["extra"]), float(row["more"]))


def candidates(rows: pd.DataFrame, reasons: tuple[Reason, ...], known: tuple[Reason, ...]) -> list[Candidate]:
    """Return each account once for each target, with its surest reason; those that bring most first.

    ``rows``: as `untapped` returns them, of all that is ``known`` of the targets. A reason does not count for an
    account that is also of a kind, no larger than the reason's, whose share lies under it: high end under low end. Who
    grows does so in proportion to what he pays. What brings nothing is not offered.
    """
    highest = {one.rule: (one.of, one.share.high) for one in known}
    lowest = {one.rule: one.share.low for one in reasons}
    found = []
    for keys, own in rows.groupby(["account_id", "target"], sort=True):
        account, target = str(keys[0]), str(keys[1])
        rules: list[Rule] = list(own[list(KEYS)].itertuples(index=False, name=None))
        kinds = [highest[rule] for rule in rules]
        held = [
            one
            for one in reasons
            if one.rule in rules and all(high >= lowest[one.rule] for of, high in kinds if of <= one.of)
        ]
        if held:
            first = own.iloc[0]
            each = held[0].extra if target != GROWN else held[0].more * float(first["paid"]) * YEAR
            ends = (share * each for share in (held[0].share.low, held[0].share.middle, held[0].share.high))
            found.append(Candidate(account, account_name(first["name"], account), held[0], Range(*ends)))
    worth = [one for one in found if one.extra.middle > 0]
    return sorted(worth, key=lambda one: (-one.extra.middle, one.account_id, one.reason.target))


def _usual(table: pd.DataFrame) -> tuple[Message, ...]:
    """Return what customers did whatever their kind, by target, with the most first; contract and others apart."""
    sums = table.drop_duplicates(["contract", "target"])
    rows = [
        (int(row["took"] + row["rest_took"]), int(row["of"] + row["rest_of"]), str(row["target"]))
        for _, row in sums.iterrows()
    ]
    return tuple(_usually(took, of, target) for took, of, target in sorted(rows, key=lambda row: -row[0]) if took)


def _usually(took: int, of: int, target: str) -> Message:
    if target == GROWN:
        return say("upsell.usual_grown", took=Count(took), of=Count(of), more=Rate(MORE))
    return say("upsell.usual_bought", took=Count(took), of=Count(of), product=Name(target))
