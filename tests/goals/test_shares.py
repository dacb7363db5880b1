"""Largest remainders: published apportionments, exact sums, bounds, and a slow twin that hands out step by step."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesgoals_kit.errors import ParamError
from salesgoals_kit.goals.shares import share_out, share_within, steps_of
from salesgoals_kit.kpis.catalogue import CATALOGUE

CENSUS_1790 = {
    "Virginia": (630_560, 21),
    "Massachusetts": (475_327, 16),
    "Pennsylvania": (432_879, 14),
    "North Carolina": (353_523, 12),
    "New York": (331_589, 11),
    "Maryland": (278_514, 9),
    "Connecticut": (236_841, 8),
    "South Carolina": (206_236, 7),
    "New Jersey": (179_570, 6),
    "New Hampshire": (141_822, 5),
    "Vermont": (85_533, 3),
    "Georgia": (70_835, 2),
    "Kentucky": (68_705, 2),
    "Rhode Island": (68_446, 2),
    "Delaware": (55_540, 2),
}
WEIGHTS = st.lists(st.floats(0, 1e9), min_size=1, max_size=12)


def test_hamilton_s_bill_of_1792() -> None:
    """The apportionment of 120 seats that Congress passed (Balinski & Young 1982, table 2.1)."""
    people, seats = zip(*CENSUS_1790.values(), strict=True)
    assert share_out(120, people) == seats


def test_the_alabama_paradox_is_there() -> None:
    """One step more to share out may cost somebody one: weights 6, 6, 2 and totals of 10 and 11."""
    assert share_out(10, [6, 6, 2]) == (4, 4, 2)
    assert share_out(11, [6, 6, 2]) == (5, 5, 1)


def test_equal_remainders_go_to_the_earlier() -> None:
    assert share_out(1, [1, 1, 1]) == (1, 0, 0)
    assert share_out(5, [0.1, 0.1, 0.0]) == (3, 2, 0)


@given(st.integers(0, 10**14), WEIGHTS)
def test_shares_add_up_within_one_step_of_the_exact_ones(total: int, weights: list[float]) -> None:
    if not any(weights):
        weights[0] = 1.0
    shares = share_out(total, weights)
    whole = sum(Fraction(weight) for weight in weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - total * Fraction(weight) / whole) < 1
        assert weight or not share


@given(st.integers(0, 400), st.lists(st.integers(0, 50), min_size=1, max_size=6))
def test_a_slow_twin_gives_the_same(total: int, weights: list[int]) -> None:
    """Whole parts first, then one step after another to whoever is farthest behind his exact share."""
    weights[0] += 1
    twin = [total * weight // sum(weights) for weight in weights]
    while sum(twin) < total:
        behind = [Fraction(total * weight, sum(weights)) - share for weight, share in zip(weights, twin, strict=True)]
        twin[behind.index(max(behind))] += 1
    assert share_out(total, weights) == tuple(twin)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(ParamError) as caught:
        share_out(-1, [1.0, -2.0, float("nan")])
    assert [fault.where for fault in caught.value.faults] == ["weights[1]", "weights[2]", "total"]
    with pytest.raises(ParamError, match="nobody has one above 0"):
        share_out(5, [0.0, 0.0])
    assert share_out(0, [0.0, 0.0]) == (0, 0)


@st.composite
def bounded(draw: st.DrawFn) -> tuple[int, list[int], list[float], list[int], list[int | None]]:
    size = draw(st.integers(1, 6))
    some = st.lists(st.integers(0, 60), min_size=size, max_size=size)
    low = draw(some)
    room = draw(st.lists(st.none() | st.integers(0, 60), min_size=size, max_size=size))
    weights = draw(st.lists(st.just(0.0) | st.floats(0.1, 9), min_size=size, max_size=size))
    high = [None if more is None else below + more for below, more in zip(low, room, strict=True)]
    return draw(st.integers(0, 500)), draw(some), weights, low, high


@given(bounded())
def test_bounds_hold_and_nothing_is_lost(case: tuple[int, list[int], list[float], list[int], list[int | None]]) -> None:
    total, start, weights, low, high = case
    found = share_within(total, start, weights, low, high)
    assert sum(found.shares) + found.left == total
    for share, below, above in zip(found.shares, low, high, strict=True):
        assert below <= share and (above is None or share <= above)
    for share, weight, below, above in zip(found.shares, weights, low, high, strict=True):
        if weight and found.left > 0:
            assert share == above
        if weight and found.left < 0:
            assert share == below


@given(bounded())
def test_a_greedy_twin_is_near(
    case: tuple[int, list[int], list[float], list[int], list[int | None]],
) -> None:
    """From the lower bounds up, each step goes to whoever has moved least from his start, for his weight.

    Rounding by turns is not rounding by remainders, so each may be off by a step for everyone there is.
    """
    total, start, weights, low, high = case
    found = share_within(total, start, weights, low, high)
    movable = [i for i, weight in enumerate(weights) if weight]
    twin = {i: low[i] for i in movable}
    left = total - found.left - sum(share for i, share in enumerate(found.shares) if i not in movable)
    while sum(twin.values()) < left:
        open_ = [i for i in movable if high[i] is None or twin[i] < (high[i] or 0)]
        taker = min(open_, key=lambda i: (twin[i] + 0.5 - start[i]) / weights[i])
        twin[taker] += 1
    assert all(abs(twin[i] - found.shares[i]) <= len(movable) for i in movable)
    assert sum(twin.values()) == sum(found.shares[i] for i in movable)


def test_a_gap_is_shared_by_weight_until_somebody_is_at_his_bound() -> None:
    """100 to share: 20 more than the starts. By weights 1:1:2 that is 5, 5, 10; the third may only take 4."""
    free = share_within(100, [20, 30, 30], [1, 1, 2], [0, 0, 0], [None, None, None])
    assert (free.shares, free.left) == ((25, 35, 40), 0)
    held = share_within(100, [20, 30, 30], [1, 1, 2], [0, 0, 0], [None, None, 34])
    assert (held.shares, held.left) == ((28, 38, 34), 0)
    short = share_within(100, [20, 30, 30], [1, 1, 2], [0, 0, 0], [24, 36, 34])
    assert (short.shares, short.left) == ((24, 36, 34), 6)
    relief = share_within(60, [20, 30, 30], [1, 1, 2], [18, 0, 0], [None] * 3)
    assert (relief.shares, relief.left) == ((18, 24, 18), 0)


def test_steps_are_minor_units_and_whole_counts() -> None:
    assert steps_of(CATALOGUE["revenue"], 1).count(12.6) == 13  # yen
    assert steps_of(CATALOGUE["revenue"], 100).value(1) == 0.01
    assert steps_of(CATALOGUE["win_rate"], 100).per_unit == 0
    with pytest.raises(ParamError):
        steps_of(CATALOGUE["revenue"], 100).count(float("inf"))
