"""What can still act in the time left of a period: each lever with what it would bring to revenue by the period's end.

Most levers change deals that are created from now on, and so show a cycle later (`goals.levers`): with half a quarter
left, much of what a better win rate brings comes after the quarter. The driver model is asked for what comes in time.
What can act at once are the open deals: to win them as in the better quarters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.goals.brought import title
from salesgoals_kit.goals.levers import Move, model
from salesgoals_kit.goals.moves import LEVERS, example_moves, move_by
from salesgoals_kit.goals.reach import reach_of
from salesgoals_kit.goals.state import State, state_of
from salesgoals_kit.goals.timing import Array
from salesgoals_kit.kpis.levers import lever_inputs
from salesgoals_kit.kpis.quarters import driver_levels
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import DAYS_A_MONTH, YEAR, month_end, month_start
from salesgoals_kit.words import Message, Money, Rate, Value, say

OPEN_DEALS = "open_deals"
IN_TIME = 0.1  # of what a lever brings in as much time once it works in full: with less in time it cannot act any more
NOTHING = 0.5  # currency units: less is none


@dataclass(frozen=True)
class InTime:
    """One lever: what it would bring to revenue by the period's end (80 % range, middle and mean), and over a year.

    ``part``: how much of its full pace that is; ``acts``: whether it can still act. ``realistic``: the change is that
    of the better quarters or siblings, else the usual goal of such a lever.
    """

    name: str
    low: float
    mid: float
    high: float
    mean: float
    year: float
    part: float
    acts: bool
    realistic: bool

    @property
    def title(self) -> Message:
        """What it is called."""
        return say("tracking.lever_open_deals") if self.name == OPEN_DEALS else title(self.name)

    @property
    def sentence(self) -> Message:
        """What it would still bring, or that it comes too late, and what it brings in a year."""
        said: dict[str, Value] = {"lever": self.title, "year": Money(self.year)}
        if not self.acts:
            return Message("tracking.lever_late", {**said, "part": Rate(self.part)})
        said |= {"mid": Money(self.mid), "low": Money(self.low), "high": Money(self.high)}
        if self.name == OPEN_DEALS:
            del said["year"]
            return Message("tracking.lever_open", said)
        return Message("tracking.lever_acts", said)


def levers_in_time(tables: Tables, owner: Owner, days_left: int, opened: Array) -> tuple[InTime, ...]:
    """Return the levers of revenue, those that can still act first, each group with what brings most in time first.

    ``opened`` are draws of what open deals bring by the period's end. A lever that revenue does not depend on (costs,
    and as long as revenue is what is sold also churn), and one that data is lacking for, are left out.
    """
    inputs = lever_inputs(tables, owner)
    state = _from_today(state_of(inputs, tables.company.discount_rate), tables)
    levels, examples = driver_levels(tables, owner), example_moves(inputs)
    found: list[InTime] = []
    for name in LEVERS:
        if inputs.lacking(name):
            continue
        reach = reach_of(levels, name, len(state.churn))
        move = examples.get(name) if reach is None else move_by(reach.driver, float(reach.ratio.mean()))
        lever = None if move is None else _in_time(name, state, move, days_left, realistic=reach is not None)
        found += [] if lever is None else [lever]
        if name == "win_rate" and move is not None:
            found += _open_deals(opened, move, realistic=reach is not None)
    return tuple(sorted(found, key=lambda one: (not one.acts, -one.mean)))


def _from_today(state: State, tables: Tables) -> State:
    """Return the state whose months begin after as_of: each has a part of two calendar months' season."""
    first = month_start(state.first)
    gone = min(max((tables.as_of - first).days + 1, 0) / ((month_end(state.first) - first).days + 1), 1.0)
    return replace(state, season=(1 - gone) * state.season + gone * np.roll(state.season, -1))


def _in_time(name: str, state: State, move: Move, days_left: int, *, realistic: bool) -> InTime | None:
    gains = model(state, move).revenue - model(state).revenue
    time = days_left / DAYS_A_MONTH
    sums = np.hstack([np.zeros((len(gains), 1)), np.cumsum(gains[:, :YEAR], axis=1)])
    year = float(sums[:, -1].mean())
    if year < NOTHING:
        return None
    drawn = _until(sums, time)
    full = float(gains[:, YEAR // 2 : YEAR].mean()) * time
    part = min(max(float(drawn.mean()) / full, 0.0), 1.0) if full > 0 else 0.0
    return _bar(name, drawn, year, part, acts=part >= IN_TIME, realistic=realistic)


def _until(sums: Array, time: float) -> Array:
    """Return what has come by a time within months, by draw; in the first month it grows with the square.

    Deals that are created evenly and close at an even rate come so at first: half the time brings a quarter.
    """
    if time < 1:
        return np.asarray(sums[:, 1] * time**2)
    whole = min(math.floor(time), sums.shape[1] - 2)
    return np.asarray(sums[:, whole] + (sums[:, whole + 1] - sums[:, whole]) * min(time - whole, 1.0))


def _open_deals(opened: Array, move: Move, *, realistic: bool) -> list[InTime]:
    drawn = opened * (move.win - 1)
    if float(drawn.mean()) < NOTHING:
        return []
    return [_bar(OPEN_DEALS, drawn, float(drawn.mean()), 1.0, acts=True, realistic=realistic)]


def _bar(name: str, drawn: Array, year: float, part: float, *, acts: bool, realistic: bool) -> InTime:
    low, mid, high = (float(value) for value in np.quantile(drawn, (0.1, 0.5, 0.9)))
    return InTime(name, low, mid, high, float(drawn.mean()), year, part, acts, realistic)
