"""Figures of KPIs as typed values of words.py: by their unit, their distance from a base, and chances in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from salesgoals_kit.errors import Fault, SalesGoalsError
from salesgoals_kit.words import Change, Message, Money, Number, Points, Rate, Value, say


@dataclass(frozen=True)
class Level:
    """A level of a goal: commit, target, stretch or agreed; its value, and the chance of meeting it."""

    name: str
    value: float
    chance: float | None = None


def chance_message(chance: float, *, short: bool = False) -> Message:
    """Return a chance in words, rounded to five points, halves down: no more is known, and nothing is promised.

    ``short`` is for columns and labels: 80 %, over 95 %.

    >>> [chance_message(p).id for p in (0.02, 0.52, 0.525, 0.53, 0.96)]
    ['report.chance_under', 'report.chance_even', 'report.chance_even', 'report.chance_about', 'report.chance_over']
    """
    points = five_points(chance)
    kind = "about" if 0.05 <= chance <= 0.95 else "over" if chance > 0.95 else "under"
    if kind == "about" and points == 50 and not short:
        return say("report.chance_even")
    rate = Rate(points / 100)
    names = {"about": "report.short_about", "over": "report.short_over", "under": "report.short_under"}
    return Message(names[kind] if short else f"report.chance_{kind}", {"rate": rate})


def rounded(value: float, unit: str) -> Message:
    """Return a figure of a KPI as far as a range is known: an amount of money to three digits, also in a table."""
    return say("folds.rounded", value=quantity(value, unit))


def five_points(chance: float) -> int:
    """Return a chance in per cent, rounded to five points, halves down, from 5 to 95.

    >>> [five_points(p) for p in (0.0, 0.625, 0.63, 1.0)]
    [5, 60, 65, 95]
    """
    if not 0 <= chance <= 1:
        raise SalesGoalsError("A chance lies between 0 and 1.", [Fault("chance", repr(chance))])
    steps = Decimal(repr(float(chance))) * 20
    return min(max(5 * math.ceil(steps - Decimal("0.5")), 5), 95)


def quantity(value: float, unit: str) -> Value:
    """Return a figure of a KPI as the typed value of its unit: money, rate, count, days, months, ….

    >>> quantity(0.31, "rate"), quantity(41.6, "days")
    (Rate(value=0.31), Number(value=41.6, decimals=0, unit='days'))
    """
    if unit == "money":
        return Money(value)
    if unit == "rate":
        return Rate(value)
    if unit == "count":
        return Number(value, 0)
    return Number(value, 0 if unit == "days" else 1, unit)


def difference(value: float, base: float, unit: str) -> Value | None:
    """Return how far a figure is from its base: points for a rate, else a relative change; None from a base of zero."""
    if unit == "rate":
        return Points(value - base)
    return Change(value / base - 1) if base > 0 else None
