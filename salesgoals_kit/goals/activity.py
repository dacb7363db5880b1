"""From a rep's goal to what he does each week: deals, opportunities, leads, meetings, calls; held to working hours."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.forecast.moving import working_days
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.goals.activity_notes import notes_of
from salesgoals_kit.goals.chain import Pools, pools
from salesgoals_kit.goals.now import DAYS_A_WEEK, NOTHING, Now, now_of
from salesgoals_kit.goals.wording import owner_words
from salesgoals_kit.kpis.conversions import conversions
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.words import Message, say

LEVEL = 0.8


@dataclass(frozen=True)
class Range:
    """The middle of what is likely, and its ends."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Step:
    """What a goal needs of one step: won, opportunities, qualified_leads, or a kind of activity.

    ``needed`` is for the whole period, ``week`` for a working week; ``capped`` is the week that the hours there are
    allow, for activities whose minutes are known, else None. ``cases`` is how many the rep's own rate was made of.
    ``now`` is what he does in a week as things are (`goals.now`); None where the data does not tell.
    """

    name: str
    is_activity: bool
    needed: Range
    week: Range
    capped: Range | None
    cases: int
    now: float | None = None


@dataclass(frozen=True)
class Hours:
    """The hours of a period: ``there``, and ``needed`` for the activities whose minutes are known.

    ``carried`` is the goal that the hours would carry; ``binds`` the share of draws in which they do not suffice.
    ``now`` are the hours that what he does of these takes in a week as things are; None where the data has none.
    """

    there: float
    needed: Range
    carried: Range
    binds: float
    now: float | None = None

    @property
    def bind(self) -> bool:
        """Whether the middle of what is needed is more than there is."""
        return self.needed.middle > self.there

    @property
    def short(self) -> float:
        """How many hours are lacking in the middle; 0 where there are enough."""
        return max(0.0, self.needed.middle - self.there)


@dataclass(frozen=True)
class ActivityPlan:
    """What a rep's goal needs. ``steps`` go from deals won down to activities; empty where nothing can be told.

    ``weeks`` are the working weeks of the period, ``capacity`` the rep's full times, ``level`` the share of draws
    between the ends of a range, ``now`` what he does as things are.
    """

    owner: Owner
    period: Period
    goal: float
    level: float
    weeks: float
    capacity: float
    steps: tuple[Step, ...]
    hours: Hours | None
    notes: tuple[Message, ...]
    now: Now = NOTHING

    def step(self, name: str) -> Step | None:
        """Return the step of that name, if there is one."""
        return next((step for step in self.steps if step.name == name), None)


def activity_plan(
    tables: Tables, owner: Owner, period: Period, goal: float, level: float = LEVEL, there: float | None = None
) -> ActivityPlan:
    """Return what a rep has to do for a goal in revenue, as ranges that hold the share ``level`` of what is likely.

    It is what a steady flow needs: work of one period feeds the next one's wins by as much as the last fed its own.
    Ranges are those of the need on average, from the rep's rates; the luck of single deals is in the goal's chance.
    Hours are company.activity.hours_per_week x capacity x working weeks, days of the country's calendar / 5.
    ``there``: his full times over the period in this team (`carried.carries`), so that who is away for a while has
    fewer weeks; None: he is there all the time. Raises ParamError where the owner is no rep at as_of, or the goal or
    the level cannot be.
    """
    _check(goal, level)
    rep, team, capacity = _person(tables, owner)
    weeks = working_days(tables.company.country, period.start, period.end) / DAYS_A_WEEK
    weeks *= 1.0 if there is None or capacity <= 0 else min(there / capacity, 1.0)
    nothing = ActivityPlan(owner, period, goal, level, weeks, capacity, (), None, ())
    if weeks <= 0:
        return _said(nothing, say("activity.away", name=owner_words(owner)))
    if not tables.has("deals"):
        return _said(nothing, say("activity.no_deals"))
    if tables.company.revenue == "mrr":
        return _said(nothing, say("activity.mrr"))
    made = pools(tables)
    if made is None:
        return _said(nothing, say("activity.nothing_won"))
    chain = made.chain(rep, team)
    needed = chain.needed(goal)
    worked = tables.company.activity.hours_per_week * capacity * weeks
    now = now_of(tables, rep, team)
    hours = _hours(tables, chain.needed(1.0), goal, worked, level, now)
    share = np.minimum(1.0, worked / _taken(tables, needed)) if hours is not None and goal > 0 else None
    steps = tuple(
        _step(name, draws, (weeks, level), share if _timed(tables, name) else None, _cases(made, rep, team, name), now)
        for name, draws in needed.items()
    )
    notes = notes_of(tables, conversions(tables), made, (rep, team), goal)
    return ActivityPlan(owner, period, goal, level, weeks, capacity, steps, hours, notes, now)


def _check(goal: float, level: float) -> None:
    faults = []
    if not (math.isfinite(goal) and goal >= 0):
        faults.append(Fault("goal", repr(goal), "an amount of money, 0 or more"))
    if not 0 < level < 1:
        faults.append(Fault("level", repr(level), "a share above 0 and below 1", "0.8 is four fifths"))
    if faults:
        raise ParamError("Activities cannot be worked out.", faults)


def _person(tables: Tables, owner: Owner) -> tuple[str, str | None, float]:
    """Return the rep, his team and his full times."""
    people = make_up(tables, Owner(owner.team)).people
    row = people[people["rep"] == owner.rep] if owner.rep is not None else people.head(0)
    if row.empty:
        fault = Fault("owner", repr(owner.name or "the company"), f"a rep who is here on {tables.as_of}")
        raise ParamError("Activities are worked out for reps.", [fault])
    return str(owner.rep), row["team"].iloc[0], float(row["capacity"].iloc[0])


def _said(plan: ActivityPlan, note: Message) -> ActivityPlan:
    return ActivityPlan(plan.owner, plan.period, plan.goal, plan.level, plan.weeks, plan.capacity, (), None, (note,))


def _timed(tables: Tables, name: str) -> bool:
    return name in tables.company.activity.minutes


def _taken(tables: Tables, needed: dict[str, Array]) -> Array:
    """Return the hours that activities take, in draws."""
    minutes = tables.company.activity.minutes
    parts = [draws * minutes[name] / 60 for name, draws in needed.items() if name in minutes]
    return np.asarray(np.sum(parts, axis=0))


def _hours(tables: Tables, once: dict[str, Array], goal: float, there: float, level: float, now: Now) -> Hours | None:
    """Return the hours a goal takes, from those that one unit of money takes; None where no kind has its minutes."""
    if not any(_timed(tables, name) for name in once):
        return None
    taken = _taken(tables, once)
    binds = float(np.count_nonzero(taken * goal > there) / len(taken))
    timed = [
        count * tables.company.activity.minutes[name] / 60
        for name, count in now.weekly.items()
        if name in once and _timed(tables, name)
    ]
    return Hours(there, _range(taken * goal, level), _range(there / taken, level), binds, sum(timed) if timed else None)


def _step(
    name: str, draws: Array, week: tuple[float, float], share: Array | None, cases: tuple[bool, int], now: Now
) -> Step:
    weeks, level = week
    capped = None if share is None else _range(draws * share / weeks, level)
    whole, each = _range(draws, level), _range(draws / weeks, level)
    return Step(name, cases[0], whole, each, capped, cases[1], now.weekly.get(name))


def _range(draws: Array, level: float) -> Range:
    low, middle, high = np.quantile(draws, [(1 - level) / 2, 0.5, (1 + level) / 2])
    return Range(float(low), float(middle), float(high))


def _cases(made: Pools, rep: str, team: str | None, name: str) -> tuple[bool, int]:
    """Return whether a step is an activity, and of how many cases the rep's own rate is made."""
    if name in made.yields:
        return True, round(made.yields[name].cases(rep, team))
    pool = {"won": made.size, "opportunities": made.win, "qualified_leads": made.convert}[name]
    return False, 0 if pool is None else round(pool.cases(rep, team))
