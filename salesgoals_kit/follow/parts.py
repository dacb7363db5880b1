"""The parts of a gap: one step each, in whole minor units, and what their drivers are called and measured in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from salesgoals_kit.forecast.why import quantity
from salesgoals_kit.words import Message, Number, Rate, Value, say

ASKED, OTHER, SLIPPED, DRIFT = "asked", "other", "on_time", "drift"
NOBODYS = (ASKED, OTHER, DRIFT)  # parts that are not for anybody to change
UNITS = {
    **dict.fromkeys(("leads", "deals_a_lead", "without_lead", "due", "units"), "count"),
    **dict.fromkeys(("qualification", "win_rate", "price", "churn", "other_costs", "cost_of_sales"), "rate"),
    **dict.fromkeys(("cost_at_list", SLIPPED), "rate"),
    **dict.fromkeys(("deal_size", "recurring_revenue", "new_revenue", "unit_cost"), "money"),
}
CHAIN = ("leads", "qualification", "deals_a_lead")  # how leads become deals; these largely make up for one another
LED = "led"  # all of the chain: the deals due that began as a lead


@dataclass(frozen=True)
class Part:
    """One step from goal to figure: ``whole`` minor units of it; what the driver was taken to be, and what it came to.

    ``unit`` is that of the driver; empty where its number means nothing by itself.
    """

    name: str
    whole: int
    then: float | None = None
    now: float | None = None
    implied: bool = False
    unit: str = ""


def led(chain: Sequence[Part]) -> list[Part]:
    """Return the parts of a chain as one: what they did together, and their product then and now."""
    if not chain:
        return []
    then, now = (math.prod(end or 0.0 for end in ends) for ends in zip(*((p.then, p.now) for p in chain), strict=True))
    return [Part(LED, sum(part.whole for part in chain), then, now, unit="count")]


def part_title(part: Part) -> Message:
    """Return what a part is called."""
    return Message(f"gap.part_{part.name}", {})


def part_figure(part: Part, value: float | None) -> Value | None:
    """Return what a part's driver was or came to; None where there is no such number."""
    if value is None or not part.unit:
        return None
    if part.name == "deals_a_lead":
        return Number(value, 2)
    if part.name == SLIPPED:
        return say("gap.on_time", share=Rate(value))
    return quantity(value, part.unit, 0)
