"""What customers under contract are worth: the margin of a month * the months they can be expected to pay."""

from __future__ import annotations

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.insight.contract import FEW_LOSSES, Renewals, Retention, draws, fit, lifetime, residual, too_little
from salesgoals_kit.insight.purchases import FEW_AGAIN
from salesgoals_kit.insight.worth import FEW_HERE, Part, Segment, about, range_of
from salesgoals_kit.kpis.lives import ALL, ContractLives, contract_lives
from salesgoals_kit.kpis.traits import TRAITS
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR
from salesgoals_kit.words import Count, Message, Name, Number, Value, say

MOST_NAMED = 6  # kinds with too few customers; more are counted
Drawn = tuple[Array, Array]


def from_contracts(tables: Tables, owner: Owner, margin: Array, rate: float) -> Part | tuple[Message, ...]:
    """Return what an owner's customers under contract are worth, or why that cannot be told; () where there are none.

    ``margin``: draws of what is left of a unit of revenue; ``rate``: a year's discount.
    """
    lives = contract_lives(tables, owner)
    if lives is None:
        return ()
    company = lives if owner == COMPANY else contract_lives(tables)
    found = _retention(lives, company or lives, len(margin))
    here = _rows(lives.paying, ALL, ALL)
    if isinstance(found, Message):
        return (found,)
    if here.empty:
        return (say("value.nobody_here"),)
    drawn, said = found
    discount = (1 + rate) ** (lives.term / YEAR) - 1
    months = lives.term * lifetime(*drawn, discount)
    whole = _segment(ALL, ALL, here, margin, months)
    segments, pooled = _segments(lives, margin, months, discount)
    return Part(whole, segments, _ahead(lives, here, drawn, margin, discount), (*said, *pooled))


def _retention(lives: ContractLives, company: ContractLives, count: int) -> tuple[Drawn, list[Message]] | Message:
    """Return draws of the model of an owner's customers; of the company's where too few of a team's were lost."""
    own, all_ = (_renewals(one, ALL, ALL) for one in (lives, company))
    best = fit(own)
    said = [say("value.by_contract", term=Number(lives.term, 0, "months"), lost=Count(own.losses))]
    if isinstance(best, Message) and own is not all_ and lives.term == company.term:
        lent = fit(all_)
        if isinstance(lent, Retention):
            return draws(all_, seed_of("value", ALL), count), [*said, say("value.lent_by_the_company")]
    if isinstance(best, Message):
        return best
    shared = _others(all_, own) if lives is not company and lives.term == company.term else None
    flat = [say("value.flat")] if best.flat else []
    return draws(own, seed_of("value", ALL), count, shared), [*said, *flat]


def _segments(
    lives: ContractLives, margin: Array, months: Array, discount: float
) -> tuple[tuple[Segment, ...], list[Message]]:
    """Return the segments that have enough customers, and which have not; too few losses: all customers' months."""
    found, said, all_ = [], [], _renewals(lives, ALL, ALL)
    for kind in TRAITS:
        few: list[tuple[str, int]] = []
        names = sorted({*lives.renewals.query("kind == @kind")["name"], *lives.paying.query("kind == @kind")["name"]})
        for name in names:
            here = _rows(lives.paying, kind, name)
            count = int(here["customers"].sum())
            if count < FEW_HERE:
                few.append((name, count))
                continue
            own = _renewals(lives, kind, name)
            lent = too_little(own) is not None
            seed = seed_of("value", kind, name)
            drawn = None if lent else draws(own, seed, len(months), _others(all_, own))
            lasts = months if drawn is None else lives.term * lifetime(*drawn, discount)
            found.append(_segment(kind, name, here, margin, lasts, lent=lent))
        said += pooled(kind, few, [one for one in found if one.kind == kind and one.lent])
    return tuple(found), said


def pooled(kind: str, few: list[tuple[str, int]], lent: list[Segment]) -> list[Message]:
    """Return which segments of a kind have too few customers of now, or tell too little of how long they stay."""
    said = []
    if few:
        most = sorted(few, key=lambda one: (-one[1], one[0]))
        names: tuple[Value, ...] = tuple(
            say("value.few_name", name=Name(name), here=Count(n)) for name, n in most[:MOST_NAMED]
        )
        if len(few) > MOST_NAMED:
            names = (*names, say("value.few_more", count=Count(len(few) - MOST_NAMED)))
        said.append(say("value.few_here", kind=_plain(kind), names=names, few=Count(FEW_HERE)))
    if lent:
        named: tuple[Value, ...] = tuple(Name(one.name) for one in lent)
        if lent[0].basis == "contract":
            said.append(say("value.lent_losses", kind=_plain(kind), names=named, few=Count(FEW_LOSSES)))
        else:
            said.append(say("value.lent_purchases", kind=_plain(kind), names=named, few=Count(FEW_AGAIN)))
    return said


def _plain(kind: str) -> Message:
    return Message(f"value.plain_{kind}", {})


def _segment(kind: str, name: str, here: pd.DataFrame, margin: Array, months: Array, *, lent: bool = False) -> Segment:
    count, mrr, squares = (float(here[name].sum()) for name in ("customers", "mrr", "mrr_squared"))
    spread = max(squares / count - (mrr / count) ** 2, 0.0) * count / max(count - 1, 1.0)
    pays = about(mrr / count, float(np.sqrt(spread / count)), len(months), seed_of("pays", kind, name))
    left = pays * margin
    return Segment(kind, name, "contract", int(count), range_of(left), range_of(months), range_of(left * months), lent)


def _ahead(lives: ContractLives, here: pd.DataFrame, drawn: Drawn, margin: Array, discount: float) -> Array:
    """Return draws of what the customers of now will still pay, less its cost: each by the renewals behind him."""
    alpha, beta = (part[:, None] for part in drawn)
    rest = residual(alpha, beta, here["made"].to_numpy(dtype="float64")[None, :], discount)
    return np.asarray(lives.term * margin * (rest @ here["mrr"].to_numpy(dtype="float64")))


def _rows(frame: pd.DataFrame, kind: str, name: str) -> pd.DataFrame:
    return frame[(frame["kind"] == kind) & (frame["name"] == name)]


def _renewals(lives: ContractLives, kind: str, name: str) -> Renewals:
    rows = _rows(lives.renewals, kind, name)
    return Renewals(rows["faced"].to_numpy(dtype="float64"), rows["lost"].to_numpy(dtype="float64"))


def _others(whole: Renewals, own: Renewals) -> Renewals:
    """Return the renewals of all others."""
    faced, lost = whole.faced.copy(), whole.lost.copy()
    faced[: len(own.faced)] -= own.faced
    lost[: len(own.lost)] -= own.lost
    return Renewals(np.maximum(faced, 0.0), np.maximum(lost, 0.0))
