"""A goal against its figure: attainment, reached or not, and where the figure fell in the frozen outlook."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from salesgoals_kit.forecast.recorded import recorded
from salesgoals_kit.forecast.scores import meets
from salesgoals_kit.forecast.series import Better


def attainment(actual: float | None, goal: float, better: Better) -> float | None:
    """Return the share of the goal that was attained; 1 and more is reached, whichever way is better.

    actual / goal, and where lower is better goal / actual. None (missing) without a figure, of a goal of zero or
    below, and where lower is better of a figure of zero or below: there is no share of nothing.

    >>> attainment(90.0, 100.0, "higher"), attainment(125.0, 100.0, "lower"), attainment(5.0, 0.0, "higher")
    (0.9, 0.8, None)
    """
    if actual is None or not math.isfinite(actual) or goal <= 0:
        return None
    if better == "higher":
        return actual / goal
    return goal / actual if actual > 0 else None


def reached(actual: float | None, goal: float, better: Better) -> bool | None:
    """Return whether the figure meets the goal, by the same measure as its chance was counted; None without a figure.

    >>> reached(0.1 + 0.2, 0.3, "lower"), reached(99.99, 100.0, "higher"), reached(None, 1.0, "higher")
    (True, False, None)
    """
    if actual is None or not math.isfinite(actual):
        return None
    return meets(actual, goal, better)


def percentile(record: Mapping[str, Any], actual: float | None) -> float | None:
    """Return the share of a frozen outlook that lies below the figure, half of its ties counted.

    ``record`` is what the outlook said of itself (`Outlook.as_record`). None without a figure.

    >>> points = {"20": 8.0, "50": 10.0, "80": 12.0}
    >>> round(percentile({"draws": 1000, "lowest": 5.0, "highest": 15.0, "quantiles": points}, 11.0), 3)
    0.663
    """
    if actual is None or not math.isfinite(actual):
        return None
    return sum(recorded(record).position(actual)) / 2
