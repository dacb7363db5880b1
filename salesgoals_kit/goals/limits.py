"""What a goal's value or change cannot be, by its KPI: negative money, a rate of 25, a fall by more than all."""

from __future__ import annotations

import math

from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.periods import Period

NO_GOAL = ("coverage",)  # the pipeline's cover is known at as_of alone: nothing to forecast from or to hold a goal to
LARGEST_RATE = 10  # a rate that may pass one (nrr), but not like this: 105 is 105 % written as a number


def impossible_value(kpi: Kpi, value: float) -> str:
    """Return what is wrong with the value of a goal, or nothing.

    >>> from salesgoals_kit.kpis.catalogue import CATALOGUE
    >>> impossible_value(CATALOGUE["win_rate"], 25)
    'a rate is written as a fraction: 0.25 is 25 %; not 25'
    >>> impossible_value(CATALOGUE["revenue"], -1.0)
    'revenue cannot be negative, as -1 is'
    """
    if kpi.unit == "rate" and ((value > 1 and kpi.scale != "positive") or abs(value) >= LARGEST_RATE):
        return f"a rate is written as a fraction: 0.25 is 25 %; not {value:g}"
    if kpi.scale != "signed" and value < 0:
        return f"{kpi.name} cannot be negative, as {value:g} is"
    if kpi.unit == "count" and value != int(value):
        return f"{kpi.name} is counted in whole numbers, not {value:g}"
    return ""


def largest_value(kpi: Kpi) -> float:
    """Return the largest value that a goal may have, or that it must stay under; infinity where there is none.

    >>> from salesgoals_kit.kpis.catalogue import CATALOGUE
    >>> largest_value(CATALOGUE["win_rate"]), largest_value(CATALOGUE["revenue"])
    (1.0, inf)
    """
    if kpi.unit != "rate":
        return math.inf
    return LARGEST_RATE if kpi.scale == "positive" else 1.0


def impossible_change(kpi: Kpi, change: float, unit: str) -> str:
    """Return what is wrong with a change and its unit, or nothing.

    >>> from salesgoals_kit.kpis.catalogue import CATALOGUE
    >>> impossible_change(CATALOGUE["revenue"], 5, "points")
    'points are for rates, and revenue is none; use percent or absolute'
    """
    if unit == "points" and kpi.unit != "rate":
        return f"points are for rates, and {kpi.name} is none; use percent or absolute"
    if unit == "points" and abs(change) > 100:
        return f"a rate cannot change by {change:g} points"
    if unit == "percent" and kpi.scale != "signed" and change < -100:
        return f"{kpi.name} cannot fall by more than all there is, as by {change:g} % it would"
    if unit == "absolute" and kpi.unit == "rate":
        return "the change of a rate is given in points or in percent of it, so that it cannot be misread"
    return ""


def wrong_pairing(value: float | None, change: float | None, unit: str | None, base: str | None) -> str:
    """Return what is wrong with a goal's value, change, unit and base together, or nothing.

    >>> wrong_pairing(5.0, None, None, None), wrong_pairing(None, 5.0, None, None)
    ('', 'a change needs its unit: percent, points or absolute')
    """
    if value is None and change is None:
        return "a value or a change is missing"
    if value is not None and change is not None:
        return "value and change both stand here; keep one"
    if value is not None and (unit is not None or base is not None):
        return "unit and base go with a change, not with a value"
    return "" if value is not None or unit is not None else "a change needs its unit: percent, points or absolute"


def wrong_base(base: Period, period: Period) -> str:
    """Return why a period is no base for another, or nothing: a part is not compared with a whole, nor with later.

    >>> from salesgoals_kit.periods import parse_period
    >>> wrong_base(parse_period("2025"), parse_period("2026Q1"))
    'a quarter is compared with an earlier quarter, and 2025 is none'
    """
    if base.grain == period.grain and base.last < period.first:
        return ""
    return f"a {period.grain} is compared with an earlier {period.grain}, and {base.name} is none"
