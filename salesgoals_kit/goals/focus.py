"""Few priorities: every lever with what it would bring, ranked, three at most to go for, and why not the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.brought import Bar, gained, notes_of, said_example, said_reach, title
from salesgoals_kit.goals.levers import Move, gain, lifetime_gain, model
from salesgoals_kit.goals.moves import LEVERS, example_moves, move_by
from salesgoals_kit.goals.reach import KPI_OF, Reach, chance_of, reach_of
from salesgoals_kit.goals.state import State, state_of
from salesgoals_kit.goals.timing import Array
from salesgoals_kit.kpis.levers import lever_inputs
from salesgoals_kit.kpis.quarters import driver_levels
from salesgoals_kit.owners import Owner
from salesgoals_kit.words import Message, Money, say

FEW = 3


@dataclass(frozen=True, eq=False)
class Lever:
    """One lever of an owner.

    ``example``: what the mission's example would bring (None: it is met, or cannot be); ``realistic``: what the
    improvement in ``reach`` would (None: none is known). ``chance``: of being there as things are; ``cost``: of the
    initiatives agreed for it, None where it is not known. ``said``: its sentences; ``reason``: why it is only watched.
    """

    name: str
    kpi: str
    example: Bar | None
    realistic: Bar | None
    reach: Reach | None
    chance: float | None
    cost: float | None
    said: tuple[Message, ...]
    reason: Message | None = None


@dataclass(frozen=True, eq=False)
class Focus:
    """The levers of an owner: three at most to go for, the rest to watch, each group with what brings most first.

    ``margin`` is what the next twelve months bring as things are (80 % range and middle), fixed costs left out.
    ``before_costs``: no table has the cost of what is sold, so that it is revenue, and so are all gains.
    """

    owner: Owner
    margin: Bar
    proposed: tuple[Lever, ...]
    watch: tuple[Lever, ...]
    lacking: tuple[Message, ...]
    notes: tuple[Message, ...]
    before_costs: bool = False

    @property
    def of(self) -> Message:
        """What the gains are of, as it stands in a sentence."""
        return gained(self.before_costs)

    @property
    def gains(self) -> dict[str, float]:
        """What each KPI's best lever would bring in margin: the realistic mean, else that of the example."""
        found: dict[str, float] = {}
        for lever in (*self.proposed, *self.watch):
            bar = lever.realistic or lever.example
            if bar is not None:
                found[lever.kpi] = max(bar.mean, found.get(lever.kpi, bar.mean))
        return found


def focus(
    tables: Tables,
    owner: Owner,
    *,
    outlooks: Mapping[str, Outlook] | None = None,
    costs: Mapping[str, float] | None = None,
) -> Focus:
    """Return the levers of an owner, ranked by the mean margin that the realistic improvement of each would bring.

    The mean, not the mean times the chance: the chance is that of things as they are, and a focus is there to change
    them. A lever without a known improvement comes after those with one, by its example. ``outlooks`` by KPI give the
    chance of getting there, ``costs`` by KPI are those of the initiatives agreed.
    """
    inputs = lever_inputs(tables, owner)
    state = state_of(inputs, tables.company.discount_rate)
    levels = driver_levels(tables, owner)
    examples = example_moves(inputs)
    lacking = {name: inputs.lacking(name) for name in LEVERS if inputs.lacking(name)}
    found = [
        _lever(name, state, levels, examples.get(name), outlooks or {}, costs or {})
        for name in LEVERS
        if name not in lacking
    ]
    ranked = sorted(found, key=_rank)
    proposed = [lever for lever in ranked if _worth(lever)][:FEW]
    watch = [replace(lever, reason=_reason(lever)) for lever in ranked if lever not in proposed]
    return Focus(
        owner=owner,
        margin=_bar(model(state).total, float(model(state).lifetime.mean())),
        proposed=tuple(_without_blank(lever) for lever in proposed),
        watch=tuple(watch),
        lacking=tuple(
            say("focus.lacks", lever=title(name), tables=", ".join(lacks)) for name, lacks in lacking.items()
        ),
        notes=notes_of(inputs),
        before_costs=inputs.before_costs,
    )


def _lever(
    name: str,
    state: State,
    levels: pd.DataFrame,
    example: Move | None,
    outlooks: Mapping[str, Outlook],
    costs: Mapping[str, float],
) -> Lever:
    kpi = KPI_OF.get(name, name)
    shown = None if example is None else _bar(gain(state, example), float(lifetime_gain(state, example).mean()))
    reach = reach_of(levels, name, len(state.churn))
    bar = None if reach is None else _realistic(state, reach)
    chance = None if reach is None else chance_of(reach, outlooks)
    said = [said_example(name, example, shown, gained(state.before_costs))]
    said += [] if reach is None or bar is None or chance is None else [said_reach(reach, bar, chance)]
    cost = costs.get(kpi)
    said.append(say("focus.cost_unknown") if cost is None else say("focus.cost", cost=Money(cost)))
    return Lever(name, kpi, shown, bar, reach, chance, cost, tuple(said))


def _realistic(state: State, reach: Reach) -> Bar | None:
    """Return what the improvement brings: the gain of its mean, in proportion to how far each draw improves."""
    mean = float(reach.ratio.mean())
    if mean == 1:
        return None
    spend = state.bought + state.wages
    bought = state.bought / spend if reach.driver == "cac" and spend > 0 else 1.0  # wages buy no leads
    move = move_by(reach.driver, 1 + (mean - 1) * bought)
    part = (reach.ratio - 1) / (mean - 1)
    return _bar(gain(state, move) * part, float((lifetime_gain(state, move) * part).mean()))


def _bar(draws: Array, lifetime: float) -> Bar:
    low, mid, high = (float(value) for value in np.quantile(draws, (0.1, 0.5, 0.9)))
    return Bar(low, mid, high, float(draws.mean()), lifetime)


def _rank(lever: Lever) -> tuple[bool, float]:
    bar = lever.realistic or lever.example
    return lever.realistic is None, -bar.mean if bar is not None else np.inf


def _worth(lever: Lever) -> bool:
    bar = lever.realistic or lever.example
    return bar is not None and bar.mean > 0


def _without_blank(lever: Lever) -> Lever:
    """Return a lever that is gone for without the sentence that an example has nothing to say of it."""
    return replace(lever, said=tuple(one for one in lever.said if one.id != "focus.no_example"))


def _reason(lever: Lever) -> Message:
    if lever.realistic is None and lever.example is None:
        return say("focus.watch_met")
    if not _worth(lever):
        return say("focus.watch_costs")
    return say("focus.watch_others") if lever.realistic else say("focus.watch_luck")
