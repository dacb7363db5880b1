"""A whole amount shared out so that nothing is lost: in steps (minor units, whole counts), exact, always the same way.

By largest remainders, Hamilton's method: everyone has the whole part of his exact share, and the steps that are left
go to the largest remainders (Balinski & Young, Fair Representation, 1982). Everyone is within one step of his exact
share. The price is known as the Alabama paradox: one step more to share out may take one step from somebody.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.kpis.catalogue import Kpi

LARGEST = 2**52  # steps: beyond this a double no longer tells them apart


@dataclass(frozen=True)
class Steps:
    """What attainable values are multiples of: ``per_unit`` steps make one unit; 0 where any value can be had."""

    per_unit: int

    def count(self, value: float) -> int:
        """Return the nearest number of steps; ParamError where a value is not a number, or has too many."""
        if not math.isfinite(value) or abs(value) * self.per_unit >= LARGEST:
            raise ParamError("This cannot be shared out.", [Fault("value", repr(value), "an amount that has cents")])
        return round(Fraction(value) * self.per_unit)

    def value(self, count: int) -> float:
        """Return so many steps as a value."""
        return count / self.per_unit


def steps_of(kpi: Kpi, minor_units: int) -> Steps:
    """Return the steps of a KPI: minor units of money, whole counts.

    >>> from salesgoals_kit.kpis.catalogue import CATALOGUE
    >>> steps_of(CATALOGUE["revenue"], 100).count(12.34), steps_of(CATALOGUE["qualified_leads"], 100).value(7)
    (1234, 7.0)
    """
    return Steps({"money": minor_units, "count": 1}.get(kpi.unit, 0))


def share_out(total: int, weights: Sequence[float]) -> tuple[int, ...]:
    """Return whole shares of ``total`` in the proportion of the weights; they add up to it.

    Of equal remainders the earlier one is rounded up.
    Raises ParamError with every fault: a total or a weight below zero or not a number, nothing to share out among.

    >>> share_out(100, [1, 1, 1]), share_out(7, [0, 2, 5])
    ((34, 33, 33), (0, 2, 5))
    """
    faults = [
        Fault(f"weights[{i}]", repr(weight), "a number of 0 or more")
        for i, weight in enumerate(weights)
        if not (math.isfinite(weight) and weight >= 0)
    ]
    faults += [Fault("total", repr(total), "0 or more", "share out what is to be taken off")] if total < 0 else []
    if not faults and total and not any(weights):
        faults = [Fault("weights", "nobody has one above 0", "one at least", "give weights")]
    if faults:
        raise ParamError("This cannot be shared out.", faults)
    exact = [Fraction(weight) for weight in weights]
    whole = sum(exact) or 1
    return _rounded([total * weight / whole for weight in exact], total)


def share_beside(total: int, weights: Sequence[float], stands: Mapping[int, int]) -> tuple[int, ...]:
    """Return whole shares of which some stand, by their place; the others share out what these leave of ``total``.

    They add up to it where somebody is left to share; where the standing ones are more already, the others have
    nothing. Raises ParamError as `share_out` does.

    >>> share_beside(100, [1, 1, 2], {0: 40}), share_beside(30, [1, 1, 2], {0: 40})
    ((40, 20, 40), (40, 0, 0))
    """
    rest = max(0, total - sum(stands.values()))
    free = [weight for i, weight in enumerate(weights) if i not in stands]
    shares = iter(share_out(rest, free) if free else ())
    return tuple(stands[i] if i in stands else next(shares) for i in range(len(weights)))


@dataclass(frozen=True)
class Bounded:
    """Shares within their bounds, and what these leave over: below zero, what they hold beyond what there is."""

    shares: tuple[int, ...]
    left: int


def share_within(
    total: int,
    start: Sequence[int],
    weights: Sequence[float],
    low: Sequence[int],
    high: Sequence[int | None],
) -> Bounded:
    """Return whole shares that add up to ``total``: each ``start``, and a part of what they leave by its weight.

    Each is held between ``low`` and ``high`` (None: no bound). There is one number by which all the weights are
    multiplied so that the bounded shares add up (water filling); it is found exactly, and the shares are rounded by
    largest remainders. Where the bounds allow no such number, everyone who has a weight stands at his bound, and the
    rest is ``left``.
    """
    weight = [Fraction(one) for one in weights]

    def at(level: Fraction) -> list[Fraction]:
        moved = (first + level * one for first, one in zip(start, weight, strict=True))
        return [_held(share, below, above) for share, below, above in zip(moved, low, high, strict=True)]

    open_above = sum((one for one, bound in zip(weight, high, strict=True) if bound is None), Fraction(0))
    level = _level(total, _bends(start, weight, low, high), open_above, lambda bend: sum(at(bend), Fraction(0)))
    shares = at(level)
    given = int(sum(shares))  # whole: total, or the sum of the bounds
    return Bounded(_rounded(shares, given), total - given)


def _held(share: Fraction, low: int, high: int | None) -> Fraction:
    return max(share, Fraction(low)) if high is None else min(max(share, Fraction(low)), Fraction(max(low, high)))


def _bends(
    start: Sequence[int], weight: Sequence[Fraction], low: Sequence[int], high: Sequence[int | None]
) -> list[Fraction]:
    """Return the levels at which somebody with a weight comes to a bound, sorted."""
    rows = [row for row in zip(start, weight, low, high, strict=True) if row[1] > 0]
    return sorted({(bound - a) / w for a, w, b, c in rows for bound in (b, c) if bound is not None})


def _level(total: int, bends: list[Fraction], beyond: Fraction, given: Callable[[Fraction], Fraction]) -> Fraction:
    """Return the level at which ``total`` is given in all, or the nearest; ``beyond`` is the slope after the last bend.

    Between two bends what is given grows in a straight line, and before the first it does not grow.
    """
    if not bends:
        return Fraction(0)
    above = bisect_left(bends, Fraction(total), key=given)
    if above == 0:
        return bends[0]
    lower = bends[above - 1]
    if above == len(bends):
        return lower + (total - given(lower)) / beyond if beyond else lower
    upper = bends[above]
    return lower + (total - given(lower)) * (upper - lower) / (given(upper) - given(lower))


def _rounded(exact: Sequence[Fraction], total: int) -> tuple[int, ...]:
    floors = [math.floor(share) for share in exact]
    order = sorted(range(len(floors)), key=lambda i: floors[i] - exact[i])
    for i in order[: total - sum(floors)]:
        floors[i] += 1
    return tuple(floors)
