"""The levers by name, and what the mission's example of a goal would move of each."""

from __future__ import annotations

import math
from dataclasses import dataclass

from salesgoals_kit.goals.levers import Move
from salesgoals_kit.kpis.levers import LeverInputs
from salesgoals_kit.periods import YEAR
from salesgoals_kit.words import Change, Message, Number, Rate, say

LEVERS = ("price", "unit_cost", "logo_churn", "clv", "qualified_leads", "win_rate", "cac", "cycle_days")
WHOLE_FROM = 0.1  # from here on a share is told in whole per cent
CHURN, MARGIN, CLV, LEADS, WIN, CAC, CYCLE = 0.02, 0.05, 0.10, 0.12, 0.05, -0.03, -0.05


@dataclass(frozen=True)
class Now:
    """Where an owner stands, as the levers see it; NaN where that is not known.

    ``margin``: 1 - cost / amount of deals won; ``churn``: accounts lost / customers a month; ``expansion``: by what
    share a month recurring revenue rises with those who pay already; ``leads``, ``spend``: of a year.
    """

    margin: float
    churn: float
    expansion: float
    leads: float
    spend: float


def now(inputs: LeverInputs) -> Now:
    """Return where the owner stands."""
    found, more = inputs.recurring, float(inputs.wins.frame["more"].sum())
    return Now(
        margin=_margin(inputs),
        churn=found.lost / found.customers if found and found.customers else math.nan,
        expansion=more / YEAR * found.months / found.starts if found and found.starts > 0 else math.nan,
        leads=inputs.spending.leads if inputs.spending else 0,
        spend=inputs.spending.bought + inputs.spending.wages if inputs.spending else math.nan,
    )


def _margin(inputs: LeverInputs) -> float:
    """Return 1 - cost / amount over the deals won, those that come once and the others each with its own cost."""
    frame = inputs.wins.frame
    amount, single = float(frame["amount"].sum()), float(frame["once"].sum())
    costs = inputs.costing
    once, recurring = costs.once or costs.recurring, costs.recurring or costs.once
    if amount <= 0 or once is None or recurring is None:
        return math.nan
    return 1 - (once.value * single + recurring.value * (amount - single)) / amount


def moves_margin(margin: float, change: float) -> dict[str, Move]:
    """Return two ways to a margin that is better by ``change`` (relative): dearer at the same cost, or cheaper made.

    With the cost share c = 1 - m: c / (1 - m (1 + change)) is the factor of the price, its inverse that of the cost.
    Nothing where the margin is not known, or would be no margin any more.

    >>> moves = moves_margin(0.6, 0.05)
    >>> round(moves["price"].price, 4), round(moves["unit_cost"].unit_cost, 4)
    (1.0811, 0.925)
    """
    better = margin * (1 + change)
    if not (0 < margin < 1 and better < 1):
        return {}
    factor = (1 - margin) / (1 - better)
    return {"price": Move(price=factor), "unit_cost": Move(unit_cost=1 / factor)}


def move_clv(place: Now, change: float) -> Move | None:
    """Return the move of expansion alone that makes a customer worth ``change`` (relative) more.

    A customer who pays a, rising by e a month and leaving with the chance h, is worth a / (h - e): for 1 + change times
    that e has to rise by (h - e) (1 - 1 / (1 + change)). Churn and margin are levers of their own and stay.
    None where nothing is known to rise, or customers' payments would grow for ever.
    """
    if not (place.expansion > 0 and place.churn > place.expansion):
        return None
    rise = (place.churn - place.expansion) * (1 - 1 / (1 + change))
    return Move(more=1 + rise / place.expansion)


def example_moves(inputs: LeverInputs) -> dict[str, Move]:
    """Return the mission's examples as moves of this owner, by lever; a lever that is where it should be has none.

    Churn below 2 % a month; margin + 5 % (relative), by price and by unit cost apart; CLV + 10 % by expansion; leads
    + 12 % at the present cost each and as good as the present ones; win rate + 5 % (relative); cost of acquisition
    - 3 % each month; cycle - 5 %, the middle of 4 to 6.
    """
    place = now(inputs)
    found: dict[str, Move | None] = {
        **moves_margin(place.margin, MARGIN),
        "logo_churn": Move(churn=CHURN / place.churn) if place.churn > CHURN else None,
        "clv": move_clv(place, CLV),
        "qualified_leads": Move(leads=1 + LEADS) if place.leads else None,
        "win_rate": Move(win=1 + WIN) if inputs.won else None,
        "cac": Move(monthly=1 + CAC) if place.spend > 0 else None,
        "cycle_days": Move(pace=1 + CYCLE) if inputs.won else None,
    }
    return {lever: move for lever in LEVERS if (move := found.get(lever)) is not None and not inputs.lacking(lever)}


def move_by(lever: str, ratio: float) -> Move:
    """Return the move of one lever by a factor of what it is now.

    >>> move_by("win_rate", 1.05).win
    1.05
    """
    moves = {
        "price": Move(price=ratio),
        "unit_cost": Move(unit_cost=ratio),
        "logo_churn": Move(churn=ratio),
        "clv": Move(more=ratio),
        "qualified_leads": Move(leads=ratio),
        "win_rate": Move(win=ratio),
        "cac": Move(acquisition=ratio),
        "cycle_days": Move(pace=ratio),
    }
    return moves[lever]


def example_words(lever: str, move: Move) -> Message:
    """Return what the mission's example asks for, as it stands in a sentence; of a rate which reading was taken."""
    if lever == "logo_churn":
        return say("focus.change_churn", rate=Rate(CHURN))
    if lever == "price":
        return say("focus.change_price", margin=Change(MARGIN), price=Change(move.price - 1))
    if lever == "unit_cost":
        return say("focus.change_unit_cost", margin=Change(MARGIN), cost=Change(move.unit_cost - 1))
    if lever == "clv":
        return say("focus.change_clv", worth=Change(CLV), more=_rise(move.more - 1))
    if lever == "cac":
        return say("focus.change_cac", monthly=Change(CAC), year=Change((1 + CAC) ** YEAR - 1))
    changes = {"qualified_leads": LEADS, "win_rate": WIN, "cycle_days": CYCLE}
    return say(f"focus.change_{lever}", change=Change(changes[lever]))


def _rise(share: float) -> Message:
    """Return a share that something has to rise by: the verb says which way, and no sign says it again."""
    return say("focus.percent", number=Number(share * 100, 0 if share >= WHOLE_FROM else 1))
