"""A rate shared out by its numerator and denominator: the rates below come together to the one above."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.kpis.catalogue import Scale

HALVINGS = 200  # of an interval: beyond what a double can tell apart


@dataclass(frozen=True)
class RateShare:
    """Rates whose mean, weighted by ``denominators``, is the goal; ``numerators`` are what each has to bring for it."""

    rates: tuple[float, ...]
    numerators: tuple[float, ...]
    denominators: tuple[float, ...]

    @property
    def together(self) -> float:
        """The rate they come to."""
        return math.fsum(self.numerators) / math.fsum(self.denominators)


def share_rate(goal: float, rates: Sequence[float], denominators: Sequence[float], scale: Scale) -> RateShare:
    """Return each part's rate so that together they are the goal, moved alike from the ``rates`` that they have.

    ``denominators`` are what each is expected to have (decided deals, accounts, revenue). Alike is: the same step of
    log odds for a rate between 0 and 1 (taken to be (rate n + 1/2) / (n + 1), so that none is beyond moving), the same
    factor for a positive ratio, the same difference for one that may be negative. One whose denominator is 0 gets the
    goal's rate. Raises ParamError with every fault.
    """
    _check(goal, rates, denominators, scale)
    weight, own = np.array(denominators, dtype=np.float64), np.array(rates, dtype=np.float64)
    moved = _at_the_edge(goal, own, scale)
    if moved is None:
        moved = _moved(goal, own, weight, scale)
    moved = np.where(weight > 0, moved, goal)
    return RateShare(tuple(map(float, moved)), tuple(map(float, moved * weight)), tuple(map(float, weight)))


def asked_of_parts(goal: float, whole: float, theirs: float, scale: Scale) -> float:
    """Return what parts have to come to together so that the whole comes to the goal, where a part of it is of nobody.

    The parts have had ``theirs`` where the whole had ``whole``; the two are taken to move alike, as in `share_rate`.
    """
    if scale == "signed":
        return goal + (theirs - whole)
    if scale == "positive":
        return goal * theirs / whole if whole > 0 else goal
    if not all(0 < rate < 1 for rate in (goal, whole, theirs)):
        return goal
    odds = goal / (1 - goal) * (theirs / (1 - theirs)) / (whole / (1 - whole))
    return odds / (1 + odds)


def combined(rates: Sequence[float], denominators: Sequence[float]) -> float:
    """Return the rate that parts come to together: the sum of their numerators by that of their denominators."""
    return math.fsum(a * b for a, b in zip(rates, denominators, strict=True)) / math.fsum(denominators)


def _at_the_edge(goal: float, own: Array, scale: Scale) -> Array | None:
    return np.full(len(own), goal) if scale == "rate" and goal in (0.0, 1.0) else None


def _moved(goal: float, own: Array, weight: Array, scale: Scale) -> Array:
    whole = math.fsum(weight)
    if scale == "signed":
        return own + (goal - combined(list(own), list(weight)))
    if scale == "positive":
        together = combined(list(own), list(weight))
        return own * (goal / together) if together > 0 else np.full(len(own), goal)
    inside = (own * weight + 0.5) / (weight + 1)
    odds = np.log(inside / (1 - inside))

    def at(step: float) -> Array:
        return np.asarray(1 / (1 + np.exp(-np.clip(odds + step, -700, 700))))

    step = _zero(lambda one: math.fsum(at(one) * weight) - goal * whole)
    return at(step)


def _zero(rising: Callable[[float], float], low: float = -1400.0, high: float = 1400.0) -> float:
    """Return where a rising function is 0, by halving."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) >= 0 else (middle, high)
    return (low + high) / 2


def _check(goal: float, rates: Sequence[float], denominators: Sequence[float], scale: Scale) -> None:
    low, high = {"rate": (0.0, 1.0), "positive": (0.0, math.inf), "signed": (-math.inf, math.inf)}[scale]
    faults = [
        Fault(where, repr(rate), "a rate that can be")
        for where, rate in [("goal", goal), *((f"rates[{i}]", rate) for i, rate in enumerate(rates))]
        if not (math.isfinite(rate) and low <= rate <= high)
    ]
    faults += [
        Fault(f"denominators[{i}]", repr(number), "0 or more")
        for i, number in enumerate(denominators)
        if not (math.isfinite(number) and number >= 0)
    ]
    if not faults and not any(denominators):
        faults = [Fault("denominators", "none is above 0", "one at least")]
    if faults:
        raise ParamError("This rate cannot be shared out.", faults)
