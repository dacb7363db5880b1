"""How what the goals hang on has moved since they were frozen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from salesgoals_kit.forecast.why import quantity
from salesgoals_kit.store.rows import DriverRow
from salesgoals_kit.words import Change, Message, Points, Value, catalogue, say

_WHOLE = ("count", "days")


@dataclass(frozen=True)
class DriverMove:
    """One driver then and now, in its unit; ``change`` is relative, of a rate too (None from zero), for comparing."""

    name: str
    unit: str
    then: float
    now: float | None
    change: float | None
    sentence: Message


def driver_moves(frozen: Iterable[DriverRow], now: Mapping[str, float | None]) -> tuple[DriverMove, ...]:
    """Return the frozen drivers with what they are now, the one that moved most first, then those without a figure."""
    moves = [_move(row, now.get(row.name)) for row in frozen]
    return tuple(sorted(moves, key=lambda move: (move.change is None, -abs(move.change or 0.0), move.name)))


def driver_title(name: str) -> Value:
    """Return what a driver is called; its own name where the catalogue has none."""
    return say(f"follow.driver_{name}") if f"follow.driver_{name}" in catalogue("en") else name


def _move(row: DriverRow, now: float | None) -> DriverMove:
    said: dict[str, Value] = {"driver": driver_title(row.name), "then": _figure(row, row.value)}
    if now is None or not math.isfinite(now):
        return DriverMove(row.name, row.unit, row.value, None, None, Message("follow.driver_unknown", said))
    said["now"] = _figure(row, now)
    change = now / row.value - 1 if row.value > 0 else None
    if row.unit == "rate":
        said["change"] = Points(now - row.value)
    elif change is not None:
        said["change"] = Change(change)
    name = "follow.driver_moved" if "change" in said else "follow.driver_from_nothing"
    return DriverMove(row.name, row.unit, row.value, now, change, Message(name, said))


def _figure(row: DriverRow, value: float) -> Value:
    return quantity(value, row.unit, 0 if row.unit in _WHOLE else 1)
