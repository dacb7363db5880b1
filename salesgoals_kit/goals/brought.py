"""The sentences of levers: what a change would bring and of what, what is realistic, and what the figures rest on."""

from __future__ import annotations

from dataclasses import dataclass

from salesgoals_kit.goals.levers import Move
from salesgoals_kit.goals.moves import example_words
from salesgoals_kit.goals.reach import Reach
from salesgoals_kit.kpis.levers import LeverInputs
from salesgoals_kit.periods import YEAR
from salesgoals_kit.words import Chance, Count, Message, Money, Number, Rate, Value, say

MANY = 0.1  # of the deals with a cost, that are left out without a word
RATES = ("win_rate", "logo_churn", "clv", "price", "unit_cost")
TENS, MOST_DECIMALS = 10, 4  # per cent from which a rate has no decimals, and how many it has at most


@dataclass(frozen=True)
class Bar:
    """What a change brings: 80 % range and middle of the year's margin, its mean, and the mean over lifetimes."""

    low: float
    mid: float
    high: float
    mean: float
    lifetime: float


def title(lever: str) -> Message:
    """Return what a lever is called."""
    return say(f"focus.lever_{lever}")


def gained(before_costs: bool) -> Message:
    """Return what a gain is of, as it stands in a sentence: margin, or revenue where the cost of it is not known."""
    return say("focus.of_revenue") if before_costs else say("focus.of_margin")


def said_example(name: str, move: Move | None, bar: Bar | None, of: Message) -> Message:
    """Return what the usual goal of a lever would bring, ``of`` what; or that there is nothing to say of it."""
    if move is None or bar is None:
        return say("focus.no_example", lever=title(name))
    return say(
        "focus.example",
        lever=title(name),
        change=example_words(name, move),
        gain=Money(bar.mid),
        of=of,
        low=Money(bar.low),
        high=Money(bar.high),
        lifetime=Money(bar.lifetime),
    )


def said_reach(reach: Reach, bar: Bar, chance: float) -> Message:
    """Return what is realistic, from what to what, what it would bring and how likely it is as things are."""
    now, target = _figures(reach.driver, reach.now, reach.target)
    said: dict[str, Value] = {
        "now": now,
        "target": target,
        "gain": Money(bar.mid),
        "low": Money(bar.low),
        "high": Money(bar.high),
        "chance": Chance(chance),
    }
    if reach.driver == "cac":
        return Message(f"focus.lead_cost_{reach.where}", said)
    return Message(f"focus.reach_{reach.where}", {"what": say(f"focus.what_{reach.driver}"), **said})


def _figures(driver: str, now: float, target: float) -> tuple[Value, Value]:
    """Return two figures with as many decimals as it takes to tell them apart."""
    if driver == "cac":
        return Money(now), Money(target)
    times = 100 if driver in RATES else 1
    one, other = now * times, target * times
    usual = 0 if times == 1 or min(one, other) >= TENS else 1 if min(one, other) >= 1 else 2
    decimals = next((d for d in range(usual, MOST_DECIMALS) if round(one, d) != round(other, d)), MOST_DECIMALS)
    if driver in RATES:
        return _percent(one, decimals), _percent(other, decimals)
    unit = "days" if driver == "cycle_days" else ""
    return Number(one, decimals, unit), Number(other, decimals, unit)


def _percent(value: float, decimals: int) -> Message:
    return say("focus.percent", number=Number(value, decimals))


def notes_of(inputs: LeverInputs) -> tuple[Message, ...]:
    """Return what the figures of an owner's levers rest on."""
    said = [*_of_time(inputs), *_of_costs(inputs), say("focus.before_fixed"), say("focus.leads_paid")]
    said += [say("focus.spend_shared")] if inputs.spending and inputs.spending.shared else []
    return (*said, *([say("focus.amount_is_a_year")] if inputs.recurring else []))


def _of_time(inputs: LeverInputs) -> list[Message]:
    """Return that less than a year is known, and whether its season is."""
    if inputs.months == YEAR or inputs.lacking("win_rate") == ("deals",):
        return []
    if not inputs.months:
        return [say("focus.no_whole_month")]
    known = "_by_season" if len(set(inputs.season)) > 1 else ""
    return [Message(f"focus.part_of_a_year{known}", {"months": Count(inputs.months)})]


def _of_costs(inputs: LeverInputs) -> list[Message]:
    """Return where the cost of what is sold is taken from where deals have none, and how many are left out."""
    source, share = inputs.costing.source, inputs.costing.recurring or inputs.costing.once
    left_out, of = inputs.unlisted
    if source == "nothing":
        return [say("focus.costs_unknown")]
    if source == "table":
        return [say("focus.costs_from_table", share=Rate(inputs.variable))]
    if source == "invoices" and share is not None:
        return [say("focus.costs_from_invoices", share=Rate(share.value))]
    return [say("focus.unlisted", count=Count(left_out), of=Count(of))] if left_out > MANY * of else []
