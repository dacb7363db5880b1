"""The course of a goal: the months that the paths which come out near it have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from salesgoals_kit.errors import Fault, ForecastError, ParamError
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.periods import Period, month_name

NEAR = 0.2  # of the paths: enough for a month's share to be known to 1 or 2 %, few enough to be like the goal
STOCKS = ("last", "recompute")  # the last month's value is the period's


@dataclass(frozen=True, eq=False)
class Course:
    """Joint paths of a whole period: ``months`` (draws by months; NaN: no value) and what each comes to, ``draws``.

    The first ``past`` months are over and the same in every path. ``lever`` is how much the coming months of a ratio
    have to move for the period's to move by one.
    """

    period: Period
    months: Array
    draws: Array
    past: int = 0
    lever: float = 1.0

    def nearest(self, value: float) -> npt.NDArray[np.int64]:
        """Return which paths come out nearest to a value: a fifth of them."""
        taken = max(1, round(NEAR * len(self.draws)))
        return np.asarray(np.argsort(np.abs(self.draws - value), kind="stable")[:taken])

    def weights(self, value: float) -> Array:
        """Return what the coming months bring on average when the period comes to about ``value``; never below zero.

        This estimates the months' mean given their sum, by nearest neighbours (Stone 1977). Where months are
        independent and gamma distributed it is their usual proportion, whatever the sum (Lukacs 1955).
        """
        return np.asarray(np.maximum(self.months[self.nearest(value), self.past :].mean(axis=0), 0.0))

    def levels(self, value: float, kpi: Kpi) -> Array:
        """Return the coming months' values when the period comes to ``value``: their mean among the nearest paths.

        What these still miss of the value is added, to a stock's months by how much they move with its end (the slope
        of a regression on it, held between 0 and 1), to a ratio's months alike. Values stay what the KPI can be.
        """
        near = self.nearest(value)
        means = np.array([_mean(month, value) for month in self.months[near, self.past :].T])
        moved = means + self._moves(kpi) * (value - float(self.draws[near].mean()))
        lowest = -np.inf if kpi.scale == "signed" else 0.0
        highest = 1.0 if kpi.unit == "rate" and kpi.scale != "positive" else np.inf
        held = np.clip(moved, lowest, highest)
        if kpi.over_period in STOCKS:
            held[-1] = value
        return held

    def _moves(self, kpi: Kpi) -> Array:
        coming = self.months[:, self.past :]
        if kpi.over_period not in STOCKS:
            return np.full(coming.shape[1], self.lever)
        return np.array([_slope(month, self.draws) for month in coming.T])


def course_of(outlook: Outlook) -> Course:
    """Return the course of a period that has not begun; ForecastError where the outlook does not know its months."""
    if outlook.months.shape != (len(outlook.draws), len(outlook.period.months)):
        fault = Fault(f"{outlook.kpi}, {outlook.period.name}", "an outlook without its months", "one made anew")
        raise ForecastError("A goal cannot be phased by this outlook.", [fault])
    return Course(outlook.period, outlook.months, outlook.draws)


def course_from(
    period: Period,
    reached: Mapping[int, float],
    rest: Outlook,
    kpi: Kpi,
    counts: tuple[float, float] | None = None,
) -> Course:
    """Return the course of a period that has begun: ``reached`` by month number, and the outlook of the months left.

    A ratio needs its numerator and denominator so far in ``counts``. Raises ParamError with every month that is
    missing, stands twice, or is not the period's.
    """
    coming = course_of(rest).months
    faults = _wrong_months(period, reached, rest.period)
    if kpi.over_period != "ratio_of_sums":  # whose month may have no case, and no value
        faults += [Fault(month_name(m), repr(v), "a figure") for m, v in sorted(reached.items()) if not np.isfinite(v)]
    if kpi.over_period == "ratio_of_sums" and (counts is None or rest.counts is None):
        faults.append(Fault(kpi.name, "a ratio without its numerator and denominator so far", "both"))
    if faults:
        raise ParamError("The goal cannot be phased anew.", faults)
    before = np.array([reached[month] for month in sorted(reached)], dtype=np.float64)
    months = np.hstack([np.broadcast_to(before, (len(coming), len(before))), coming])
    if kpi.over_period == "ratio_of_sums" and counts is not None and rest.counts is not None:
        above, below = rest.counts
        lever = float((counts[1] + below.mean()) / below.mean())
        return Course(period, months, (counts[0] + above) / (counts[1] + below), len(before), lever)
    return Course(period, months, _whole(months, before, rest, kpi), len(before))


def _whole(months: Array, before: Array, rest: Outlook, kpi: Kpi) -> Array:
    """Return what each path of the whole period comes to."""
    if kpi.over_period == "sum":
        return np.asarray(months.sum(axis=1))
    if kpi.over_period == "every_month" and len(before):
        worst = np.minimum if kpi.better == "higher" else np.maximum
        return np.asarray(worst(rest.draws, worst.reduce(before)))
    return rest.draws


def _wrong_months(period: Period, reached: Mapping[int, float], rest: Period) -> list[Fault]:
    counted = [*reached, *rest.months]
    missing = [month for month in period.months if month not in counted]
    faults = [Fault(month_name(month), "neither reached nor in the outlook", "one of the two") for month in missing]
    for month in sorted(set(counted)):
        if month not in period.months:
            faults.append(Fault(month_name(month), f"no month of {period.name}", todo="leave it out"))
        elif month in reached and month in rest.months:
            faults.append(Fault(month_name(month), "reached and in the outlook", "one of the two"))
    if rest.last != period.last:
        faults.append(Fault(rest.name, f"the outlook ends with {month_name(rest.last)}", month_name(period.last)))
    return faults


def _mean(month: Array, otherwise: float) -> float:
    known = month[np.isfinite(month)]
    return float(known.mean()) if known.size else otherwise


def _slope(month: Array, draws: Array) -> float:
    known = np.isfinite(month)
    spread = draws[known] - draws[known].mean() if known.any() else np.zeros(0)
    size = float(spread @ spread)
    return min(1.0, max(0.0, float(spread @ month[known]) / size)) if size else 0.0
