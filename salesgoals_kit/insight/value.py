"""What customers are worth over their lifetime, by segment, with ranges: margin * expected lifetime, discounted.

Under contract it is the shifted beta-geometric model of their renewals (insight/contract.py), without one BG/NBD and
gamma-gamma of their purchases (insight/purchases.py, insight/spending.py). A year's discount is the company's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.insight.bought import from_purchases
from salesgoals_kit.insight.renewed import from_contracts
from salesgoals_kit.insight.worth import Basis, Part, Range, Segment, margin_of, range_of
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.words import Message, Rate, say

DRAWS = 400


@dataclass(frozen=True)
class Valuation:
    """What an owner's customers are worth; money in currency.

    ``whole``: a new customer, one row for each basis there is; ``segments``: by kind and name. ``ahead``: what the
    customers of now will still bring, by basis, and ``total``: all together. ``said``: what was used and what is to be
    known of it; ``lacking``: what is missing. ``before_costs``: the cost of
    what is sold is not known, so that all is revenue.
    """

    owner: Owner
    whole: tuple[Segment, ...]
    segments: tuple[Segment, ...]
    ahead: tuple[tuple[Basis, int, Range], ...]
    total: Range | None
    said: tuple[Message, ...]
    lacking: tuple[Message, ...]
    before_costs: bool = False


def valuation(tables: Tables, owner: Owner = COMPANY) -> Valuation:
    """Return what the customers of an owner are worth: those with a contract by it, the others by their purchases."""
    rate = tables.company.discount_rate
    if not rate > 0:
        return Valuation(owner, (), (), (), None, (), (say("value.no_discount"),))
    margin = margin_of(tables, owner, DRAWS)
    found = [from_contracts(tables, owner, margin.recurring, rate), from_purchases(tables, owner, margin.once, rate)]
    parts = [part for part in found if isinstance(part, Part)]
    lacking = tuple(message for part in found if isinstance(part, tuple) for message in part)
    if not parts:
        return Valuation(owner, (), (), (), None, (), lacking or (say("value.no_sales"),))
    total = np.sum([part.ahead for part in parts], axis=0)
    said = [message for part in parts for message in part.said]
    said += [say("value.not_the_kpi")] if tables.has("subscriptions") else []
    return Valuation(
        owner,
        tuple(part.whole for part in parts),
        tuple(segment for part in parts for segment in part.segments),
        tuple((part.whole.basis, part.whole.here, range_of(part.ahead)) for part in parts),
        range_of(total),
        (*said, *margin.said, say("value.discounted", rate=Rate(rate)), say("value.as_now")),
        lacking,
        margin.before_costs,
    )
