"""What if: hires, a price, spend shifted between channels, churn, leads; before and after, on the same draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.brought import gained
from salesgoals_kit.goals.changes import Changes, Situation, check
from salesgoals_kit.goals.levers import STAY, Move, discounted, model
from salesgoals_kit.goals.reach import shrink
from salesgoals_kit.goals.state import State
from salesgoals_kit.goals.timing import Array
from salesgoals_kit.kpis.channels import Channel
from salesgoals_kit.periods import YEAR, month_name, parse_period
from salesgoals_kit.words import Chance, Change, Count, Message, Money, Name, Number, Rate, Value, say


@dataclass(frozen=True)
class Outcome:
    """Before or after: the chance of the revenue goal, the period's revenue, and the margin of twelve months.

    Revenue and margin with their 80 % ranges: low, middle, high.
    """

    chance: float
    revenue: tuple[float, float, float]
    margin: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class WhatIf:
    """The two outcomes and what was assumed; what the changes add is given as low, middle and high.

    ``gain``: to the margin of the twelve months; ``sales``: to their revenue; ``lifetime``: to the margin until the
    customers of then have left, discounted.
    """

    before: Outcome
    after: Outcome
    gain: tuple[float, float, float]
    sales: tuple[float, float, float]
    lifetime: tuple[float, float, float]
    said: tuple[Message, ...]


def what_if(state: State, changes: Changes, situation: Situation, outlook: Outlook, goal: float) -> WhatIf:
    """Return what changes do to the chance of a revenue goal, and to the margin of the next twelve months.

    The chance before is the outlook's own. After, every draw of the outlook is multiplied by what the driver model has
    with the changes / without, in the months of the period, draw by draw. The twelve months are the next ones; where
    the period ends after them, as one that is set well ahead does, those that end with it. Raises ParamError with every
    fault; a period that had begun already is one, as nobody knows what of its outlook was still to come.
    """
    state = replace(state, months=max(YEAR, outlook.period.last - state.first + 1))
    check(state, changes, situation, outlook)
    move, kept = _move(state, changes, situation)
    before, after = model(state), model(state, move)
    shifted = shifted_spend(state, changes, situation)
    wages = _wages(state, changes)
    months = slice(outlook.period.first - state.first, outlook.period.last - state.first + 1)
    lift = _lift(before.revenue[:, months], (after.revenue + shifted[0])[:, months])
    moved = outlook.draws * np.resize(lift, len(outlook.draws))
    was = _of_year(before.margin)
    margin = _of_year(after.margin) + shifted[1] - _of_year(wages)
    sales = _of_year(after.revenue + shifted[0] - before.revenue)
    lifetime = after.lifetime - before.lifetime + shifted[2] - discounted(state, wages)
    return WhatIf(
        before=Outcome(outlook.chance(goal), _range(outlook.draws), _range(was)),
        after=Outcome(replace(outlook, draws=moved).chance(goal), _range(moved), _range(margin)),
        gain=_range(margin - was),
        sales=_range(sales),
        lifetime=_range(lifetime),
        said=(
            *kept,
            *_said_reach(state, changes, outlook, before.revenue[:, months]),
            *_said_outcome(outlook, goal, moved),
            *_said_margin(state, margin - was, sales, lifetime),
        ),
    )


def _of_year(months: Array) -> Array:
    """Return the sum over the last twelve months, draw by draw."""
    return np.asarray(months[..., -YEAR:].sum(axis=-1))


def _move(state: State, changes: Changes, situation: Situation) -> tuple[Move, list[Message]]:
    """Return the changes as a move of the driver model, and what was assumed of each."""
    move, said = STAY, []
    if changes.hire and changes.hire_month:
        move = replace(move, volume=tuple(1 + float(part) / situation.capacity for part in _productive(state, changes)))
        ramp = Number(changes.ramp_months, 1, "months")
        said.append(say("focus.if_hire", count=Count(changes.hire), month=changes.hire_month, ramp=ramp))
        said += [say("focus.if_no_wage")] if changes.wage is None else []
    if changes.price:
        win = (1 + changes.price) ** (changes.elasticity or 0.0)
        move = replace(move, price=1 + changes.price, win=win)
        said.append(say("focus.if_price", change=Change(changes.price)))
        known = changes.elasticity is not None
        said.append(say("focus.if_elastic", wins=Change(win - 1)) if known else say("focus.if_inelastic"))
    if changes.churn is not None:
        move = replace(move, churn=changes.churn / situation.churn)
        said.append(say("focus.if_churn", now=Rate(situation.churn), rate=Rate(changes.churn)))
        said += [say("focus.if_churn_unbooked")] if state.revenue == "deals" else []
    if changes.leads:
        move = replace(move, leads=1 + changes.leads)
        said.append(say("focus.if_leads", change=Change(changes.leads)))
    if changes.shift_amount:
        said.append(
            say(
                "focus.if_shift",
                amount=Money(changes.shift_amount),
                giving=Name(changes.shift_from or ""),
                taking=Name(changes.shift_to or ""),
            )
        )
    return move, said


def _productive(state: State, changes: Changes) -> Array:
    """Return the full times that the hires come to in each month: in a straight line from nothing to the whole."""
    hired = parse_period(str(changes.hire_month)).first - state.first
    tenure = np.arange(state.months) + 0.5 - hired
    return np.asarray(changes.hire * np.clip(tenure / changes.ramp_months, 0.0, 1.0))


def _wages(state: State, changes: Changes) -> Array:
    """Return what the hires cost in each month."""
    if not changes.hire or changes.wage is None:
        return np.zeros(state.months)
    hired = parse_period(str(changes.hire_month)).first - state.first
    return np.where(np.arange(state.months) >= hired, changes.hire * changes.wage, 0.0)


def shifted_spend(state: State, changes: Changes, situation: Situation) -> tuple[Array, Array, Array]:
    """Return what the shifted spend adds to revenue by month, to the year's margin and to the lifetime's, by draw.

    A channel's leads for the amount, each won as often as that channel's leads are, shrunk to what channels have in
    common; a lead that is won brings what such leads bring on average. The year's spend stays what it is.
    """
    count = len(state.churn)
    if not changes.shift_amount:
        return np.zeros((count, state.months)), np.zeros(count), np.zeros(count)
    rates = conversions(situation.channels)
    won, followed = (sum(getattr(one, name) for one in situation.channels) for name in ("won", "followed"))
    whole = (won + 0.5) / (followed + 1)  # as in `conversions`: leads that came to nothing so far are not worth nothing
    rng = np.random.default_rng(len(situation.channels))
    parts: list[Array] = []
    for name in (changes.shift_to, changes.shift_from):
        place = next(i for i, channel in enumerate(situation.channels) if channel.name == name)
        channel, (mean, spread) = situation.channels[place], rates[place]
        drawn = np.maximum(mean + spread * rng.standard_normal(count), 0.0)
        parts.append(changes.shift_amount * YEAR * channel.leads / channel.spend * drawn / whole)
    share = (parts[0] - parts[1]) / max(state.leads, 1)
    base, more = model(state), model(state, Move(leads=2.0, free=True))  # what as many leads again would bring
    revenue, margin = more.revenue - base.revenue, _of_year(more.margin - base.margin)
    return revenue * share[:, None], margin * share, (more.lifetime - base.lifetime) * share


def conversions(channels: Sequence[Channel]) -> list[tuple[float, float]]:
    """Return for each channel the share of leads that are won, shrunk, and its standard deviation.

    The error of each is binomial at the share of all channels, half a win and half a loss beside them: at its own share
    a channel without a win would seem to be known exactly.
    """
    won = np.array([channel.won for channel in channels], dtype="float64")
    of = np.array([channel.followed for channel in channels], dtype="float64")
    whole = (won.sum() + 0.5) / (of.sum() + 1)
    errors = np.sqrt(whole * (1 - whole) / of)
    if len(channels) < 2:
        return [(float(whole), float(error)) for error in errors]
    found = shrink(won / of, errors)
    return [(float(mean), float(spread)) for mean, spread in zip(found.mean, found.spread, strict=True)]


def _lift(before: Array, after: Array) -> Array:
    """Return after / before, draw by draw."""
    sums = before.sum(axis=1), after.sum(axis=1)
    if not (sums[0] > 0).all():
        fault = Fault("revenue", "there was none in the past year", "revenue that changes can be measured by")
        raise ParamError("What is to be tried cannot be.", [fault])
    return np.asarray(sums[1] / sums[0])


def _range(draws: Array) -> tuple[float, float, float]:
    low, mid, high = (float(value) for value in np.quantile(draws, (0.1, 0.5, 0.9)))
    return low, mid, high


def _said_outcome(outlook: Outlook, goal: float, moved: Array) -> list[Message]:
    chances = {"before": Chance(outlook.chance(goal)), "after": Chance(replace(outlook, draws=moved).chance(goal))}
    return [say("focus.if_chance", goal=Money(goal), period=outlook.period.name, **chances)]


def _said_reach(state: State, changes: Changes, outlook: Outlook, before: Array) -> list[Message]:
    """Return how much of the period's revenue comes of what is sold from now on: only that much can be moved."""
    if not (changes.price or changes.leads or changes.hire or changes.shift_amount):
        return []
    months = slice(outlook.period.first - state.first, outlook.period.last - state.first + 1)
    twice = model(state, Move(price=2.0)).revenue[:, months]  # what is sold from now on counts once more
    share = float(np.median(_lift(before, twice))) - 1
    return [say("focus.if_reach", share=Rate(share), period=outlook.period.name)]


def _said_margin(state: State, gain: Array, sales: Array, lifetime: Array) -> list[Message]:
    last = state.first + state.months - 1
    months = {"first": month_name(last - YEAR + 1), "last": month_name(last)}
    of = gained(state.before_costs)
    return [
        Message("focus.if_sales", {**months, **_three(sales)}),
        Message("focus.if_margin", {"of": of, **months, **_three(gain)}),
        Message("focus.if_lifetime", {"of": of, **_three(lifetime)}),
    ]


def _three(draws: Array) -> dict[str, Value]:
    low, mid, high = (Money(value) for value in _range(draws))
    return {"gain": mid, "low": low, "high": high}
