"""What customers without a contract are worth: the margin of a purchase * the purchases that can be expected."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.insight import purchases as buying
from salesgoals_kit.insight import spending
from salesgoals_kit.insight.purchases import Buyers, Buying
from salesgoals_kit.insight.renewed import pooled
from salesgoals_kit.insight.spending import Spending
from salesgoals_kit.insight.worth import FEW_HERE, Part, Segment, about, range_of
from salesgoals_kit.kpis.buying import WEEK, purchases
from salesgoals_kit.kpis.lives import ALL
from salesgoals_kit.kpis.traits import TRAITS
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import DAYS_A_MONTH, YEAR
from salesgoals_kit.words import Message, say

_NOBODY = Buyers(*(np.zeros(1) for _ in range(3)))
_SOME = 50  # draws of the models that all customers are gone through with
_ALIVE = 0.5  # who is likelier gone than not is no customer of now


def from_purchases(tables: Tables, owner: Owner, margin: Array, rate: float) -> Part | tuple[Message, ...]:
    """Return what an owner's customers without a contract are worth, or why that cannot be told; () without any.

    ``margin``: draws of what is left of a unit of revenue; ``rate``: a year's discount.
    """
    found = purchases(tables, owner)
    if found is None or found.accounts.empty:
        return ()
    weekly = math.log1p(rate) * WEEK / (YEAR * DAYS_A_MONTH)
    model = _models(found.accounts, len(margin), seed_of("bought", ALL))
    if isinstance(model, Message):
        return (model,)
    here = int(_alive(found.accounts, model[0]).sum())
    whole = _segment((ALL, ALL), found.accounts, here, model, margin, weekly)
    segments, said = _segments(found.accounts, model, margin, weekly)
    ahead = _ahead(found.accounts, model, margin, weekly)
    by = say("value.by_purchases_invoices") if found.source == "invoices" else say("value.by_purchases_deals")
    return Part(whole, segments, ahead, (by, *said))


Models = tuple[tuple[Buying, ...], tuple[Spending, ...]]


def _models(accounts: pd.DataFrame, count: int, seed: int, near: Models | None = None) -> Models | Message:
    """Return draws of both models, or the sentence that says why there are none; searched from ``near``."""
    seen, money = _seen(accounts), accounts["money"].to_numpy(dtype="float64")
    buys = buying.fit(seen, near[0][0] if near else None)
    if isinstance(buys, Message):
        return buys
    spends = spending.fit(money, seen.again, near[1][0] if near else None)
    if isinstance(spends, Message):
        return spends
    return buying.draws(buys, seen, seed, count), spending.draws(spends, money, seen.again, seed + 1, count)


def _seen(accounts: pd.DataFrame) -> Buyers:
    return Buyers(*(accounts[name].to_numpy(dtype="float64") for name in ("again", "latest", "until")))


def _alive(accounts: pd.DataFrame, models: Sequence[Buying]) -> Array:
    """Return who is likelier still a customer than not, at the middle of some of the draws."""
    seen = _seen(accounts)
    return np.asarray(np.median([one.alive(seen) for one in models[:_SOME]], axis=0) > _ALIVE)


def _segments(
    accounts: pd.DataFrame, whole: Models, margin: Array, weekly: float
) -> tuple[tuple[Segment, ...], list[Message]]:
    """Return the segments with enough customers; of those whose own purchases tell no model, by all customers'."""
    found, said, alive = [], [], _alive(accounts, whole[0])
    for kind in TRAITS:
        few: list[tuple[str, int]] = []
        for name in sorted({str(name) for name in accounts[kind].dropna()}):
            chosen = (accounts[kind] == name).to_numpy()
            here = int(alive[chosen].sum())
            if here < FEW_HERE:
                few.append((name, here))
                continue
            own = _models(accounts[chosen], len(margin), seed_of("bought", kind, name), whole)
            lent = isinstance(own, Message)
            model = whole if isinstance(own, Message) else own
            found.append(_segment((kind, name), accounts[chosen], here, model, margin, weekly, lent=lent))
        said += pooled(kind, few, [one for one in found if one.kind == kind and one.lent])
    return tuple(found), said


def _segment(
    whose: tuple[str, str],
    accounts: pd.DataFrame,
    here: int,
    models: Models,
    margin: Array,
    weekly: float,
    *,
    lent: bool = False,
) -> Segment:
    """Return a segment: a new customer buys once, and then what can be expected, each at the mean of all."""
    first = accounts["first"].to_numpy(dtype="float64")
    error = float(first.std(ddof=1) / math.sqrt(len(first))) if len(first) > 1 else 0.0
    begins = about(float(first.mean()), error, len(margin), seed_of("first", *whose))
    again = np.array([one.discounted(_NOBODY, weekly).item() for one in models[0]])
    mean = np.array([one.mean for one in models[1]])
    value = margin * (begins + mean * again)
    return Segment(*whose, "purchases", here, range_of(mean * margin), range_of(1 + again), range_of(value), lent)


def _ahead(accounts: pd.DataFrame, models: Models, margin: Array, weekly: float) -> Array:
    """Return draws of what all of them will still buy, less its cost, at ``_SOME`` draws of the models.

    Customers alike to the week are taken together: what a further purchase comes to is linear in their own mean.
    """
    weeks = accounts.assign(latest=accounts["latest"].round(), until=accounts["until"].round())
    grouped = weeks.groupby(["again", "latest", "until"], as_index=False)
    alike = grouped.agg(count=("first", "size"), money=("money", "mean"))
    seen, money = _seen(alike), alike["money"].to_numpy(dtype="float64")
    count = alike["count"].to_numpy(dtype="float64")
    sums = [
        float((buys.discounted_for_many(seen, weekly) * spends.expected(money, seen.again)) @ count)
        for buys, spends in zip(models[0][:_SOME], models[1][:_SOME], strict=True)
    ]
    return np.asarray(np.resize(sums, len(margin)) * margin)
