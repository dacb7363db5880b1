"""How each goal of a running period stands: its chance now beside the one promised, as one of six states.

``met``: as much has come already (a flow), or the period is over and the goal is met. ``out_of_reach``: not one future
in a hundred meets it. ``off_track``: the chance is below what the company replans at (``replan_below``). ``on_track``:
it is at least the one promised, or that of a target (``chances.target``) where more was promised. ``at_risk``: between
the two. ``unknown``: no chance can be told. Chances are compared as they are shown, in five points.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from salesgoals_kit.company import Company
from salesgoals_kit.follow.attain import reached
from salesgoals_kit.follow.pace import Pace
from salesgoals_kit.goals.plan import plan_for
from salesgoals_kit.goals.previous import MAIN
from salesgoals_kit.goals.wording import figure
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.store.rows import GoalRow
from salesgoals_kit.words import Chance, Message, Value

State = Literal["met", "on_track", "at_risk", "off_track", "out_of_reach", "unknown"]
HOPELESS = 0.01  # under which a goal is out of reach
PLAN = "plan"  # the level of a number from above, where the ledger holds no goal
STEPS = 20  # in which chances are shown


@dataclass(frozen=True, eq=False)
class GoalState:
    """A goal and how it stands.

    ``level`` is agreed, share, target, …, or ``plan``; ``promised`` its chance when it was set, ``now`` that of today
    (None: not known). ``late``: it was recorded or agreed after the period began. ``replan``: its chance calls for
    another round of strategy.
    """

    kpi: Kpi
    period: Period
    level: str
    goal: float
    promised: float | None
    now: float | None
    state: State
    pace: Pace | None
    late: bool
    replan: bool

    @property
    def sentence(self) -> Message:
        """The goal, its state, and its chance now and when it was set."""
        said: dict[str, Value] = {
            "kpi": self.kpi.title,
            "goal": figure(self.kpi, self.goal),
            "level": Message(f"tracking.level_{self.level}", {}),
            "state": Message(f"tracking.state_{self.state}", {}),
        }
        if self.now is None:
            return Message("tracking.goal_unknown", said)
        said["now"] = Chance(self.now)
        if self.promised is None:
            return Message("tracking.goal_now", said)
        return Message("tracking.goal_then", {**said, "promised": Chance(self.promised)})

    @property
    def gap(self) -> float | None:
        """How much is lacking to the goal as things are, in the middle of what can be expected; 0 where nothing is."""
        if self.pace is None:
            return None
        middle = self.pace.outlook.quantile(0.5)
        return max(0.0, self.goal - middle if self.kpi.better == "higher" else middle - self.goal)


def states(
    goals: Iterable[GoalRow], owner: Owner, period: Period, company: Company, paces: Mapping[str, Pace | None]
) -> tuple[GoalState, ...]:
    """Return how the goals of a period stand, in the catalogue's order; of each KPI the goal that counts.

    What humans agreed counts, else the share of the goal above, else the target. Where the ledger holds no goal of a
    KPI, the number from above in the company file is followed.
    """
    own = [row for row in goals if row.period == period.name and row.level in MAIN]
    found = []
    for name, kpi in CATALOGUE.items():
        rows = sorted((row for row in own if row.kpi == name), key=lambda row: MAIN.index(row.level))
        plan = None if rows else plan_for(company, owner, period, name)
        if rows:
            row, late = rows[0], rows[0].backfilled or rows[0].set_after_the_fact
            found.append(_state(kpi, period, row.level, row.value, row.chance, paces.get(name), company, late=late))
        elif plan is not None:
            found.append(_state(kpi, period, PLAN, plan.value, None, paces.get(name), company, late=False))
    return tuple(found)


def _state(
    kpi: Kpi,
    period: Period,
    level: str,
    goal: float,
    promised: float | None,
    pace: Pace | None,
    company: Company,
    *,
    late: bool,
) -> GoalState:
    now = None if pace is None or not math.isfinite(goal) else pace.outlook.chance(goal)
    word = state_of(kpi, goal, promised, pace, company)
    replan = now is not None and word != "met" and shown(now) < company.replan_below
    return GoalState(kpi, period, level, goal, promised, now, word, pace, late, replan)


def state_of(kpi: Kpi, goal: float, promised: float | None, pace: Pace | None, company: Company) -> State:
    """Return the state of a goal."""
    if pace is None:
        return "unknown"
    over = pace.days_left <= 0
    if (over or kpi.over_period == "sum") and reached(pace.closed, goal, kpi.better):
        return "met"
    return word_of(pace.outlook.chance(goal), promised, company, over=over)


def word_of(now: float | None, promised: float | None, company: Company, *, over: bool = False) -> State:
    """Return the state that a chance makes of a goal that is not met yet; ``over``: nothing more can come."""
    if now is None:
        return "unknown"
    if over or now < HOPELESS:
        return "out_of_reach"
    if shown(now) < company.replan_below:
        return "off_track"
    wanted = company.chances.target if promised is None else min(promised, company.chances.target)
    return "on_track" if shown(now) >= shown(max(wanted, company.replan_below)) else "at_risk"


def shown(chance: float) -> float:
    """Return a chance in steps of five points, halves down, as reports show it.

    >>> shown(0.525), shown(0.53)
    (0.5, 0.55)
    """
    return math.ceil(round(chance * STEPS, 9) - 0.5) / STEPS


def thresholds(company: Company) -> Message:
    """Return by what chances a goal is on track, at risk and off track."""
    return Message(
        "tracking.thresholds",
        {"target": Chance(company.chances.target), "replan": Chance(company.replan_below)},
    )


def leading(found: Iterable[GoalState]) -> GoalState | None:
    """Return the goal a report leads with: revenue's, else the first."""
    every = list(found)
    return next((one for one in every if one.kpi.name == "revenue"), next(iter(every), None))


def followed(goals: Iterable[GoalRow], owner: Owner, period: Period, company: Company) -> list[str]:
    """Return the KPIs that a period is followed by: revenue, and all that have a goal or a number from above."""
    named = {row.kpi for row in goals if row.period == period.name}
    named |= {name for name in CATALOGUE if plan_for(company, owner, period, name) is not None}
    return [name for name in CATALOGUE if name == "revenue" or name in named]
