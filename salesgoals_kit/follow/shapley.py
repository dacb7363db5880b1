"""Splitting a difference over what moved: Shapley values, and whole parts that add up to a whole sum.

Of a value function v and drivers that went from ``then`` to ``now``, a driver's Shapley value (Shapley 1953) is the
mean, over all orders in which the drivers could have moved one after the other, of what v changes when it moves. It is
worked out over subsets: a driver joins a set of s others of n drivers in s! (n - s - 1)! of the n! orders.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

Value = Callable[[Sequence[float]], float]


def shapley(value: Value, then: Sequence[float], now: Sequence[float]) -> tuple[float, ...]:
    """Return what each driver did to ``value(now) - value(then)``; they add up to it, but for rounding.

    A driver that stayed as it was has 0. It takes 2 to the power of the number of drivers evaluations.

    >>> shapley(lambda v: v[0] * v[1], (10.0, 2.0), (12.0, 3.0))
    (5.0, 11.0)
    """
    count = len(then)
    worth = [value([now[i] if chosen >> i & 1 else then[i] for i in range(count)]) for chosen in range(1 << count)]
    orders = math.factorial(count)
    weights = [math.factorial(size) * math.factorial(count - size - 1) / orders for size in range(count)]
    return tuple(
        0.0
        if then[i] == now[i]
        else math.fsum(
            weights[chosen.bit_count()] * (worth[chosen | 1 << i] - worth[chosen])
            for chosen in range(1 << count)
            if not chosen >> i & 1
        )
        for i in range(count)
    )


def whole_parts(parts: Sequence[float], total: int) -> tuple[int, ...]:
    """Return parts as whole numbers that add up to a total, by the largest remainder (Hamilton's method).

    ``parts`` are in the total's unit and come to it within rounding; what is left after rounding down goes to those
    with the largest remainders, the first of equal ones.

    >>> whole_parts((0.4, 0.4, 1.2), 2), whole_parts((-0.5, -0.5), -1)
    ((1, 0, 1), (0, -1))
    """
    floors = [math.floor(part) for part in parts]
    order = sorted(range(len(parts)), key=lambda i: (floors[i] - parts[i], i))
    for turn in range(left := total - sum(floors)) if parts else ():
        floors[order[turn % len(order)]] += 1
    for turn in range(-left if parts and left < 0 else 0):
        floors[order[-1 - turn % len(order)]] -= 1
    return tuple(floors)
