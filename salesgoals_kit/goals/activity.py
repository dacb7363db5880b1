"""From a rep's goal to what he does each week: deals, opportunities, leads, meetings, calls; held to working hours."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.forecast.moving import working_days
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.goals.chain import Pools, pools
from salesgoals_kit.goals.wording import owner_words
from salesgoals_kit.kpis.conversions import Conversions, conversions
from salesgoals_kit.kpis.curves import usual_cycle
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.words import Message, Name, Number, say

LEVEL = 0.8
DAYS_A_WEEK = 5


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
    """

    name: str
    is_activity: bool
    needed: Range
    week: Range
    capped: Range | None
    cases: int


@dataclass(frozen=True)
class Hours:
    """The hours of a period: ``there``, and ``needed`` for the activities whose minutes are known.

    ``carried`` is the goal that the hours would carry; ``binds`` the share of draws in which they do not suffice.
    """

    there: float
    needed: Range
    carried: Range
    binds: float

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
    between the ends of a range.
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
    hours = _hours(tables, chain.needed(1.0), goal, worked, level)
    share = np.minimum(1.0, worked / _taken(tables, needed)) if hours is not None and goal > 0 else None
    steps = tuple(
        _step(name, draws, weeks, level, share if _timed(tables, name) else None, _cases(made, rep, team, name))
        for name, draws in needed.items()
    )
    notes = _notes(tables, conversions(tables), made, (rep, team), goal)
    return ActivityPlan(owner, period, goal, level, weeks, capacity, steps, hours, notes)


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


def _hours(tables: Tables, once: dict[str, Array], goal: float, there: float, level: float) -> Hours | None:
    """Return the hours a goal takes, from those that one unit of money takes; None where no kind has its minutes."""
    if not any(_timed(tables, name) for name in once):
        return None
    taken = _taken(tables, once)
    binds = float(np.count_nonzero(taken * goal > there) / len(taken))
    return Hours(there, _range(taken * goal, level), _range(there / taken, level), binds)


def _step(name: str, draws: Array, weeks: float, level: float, share: Array | None, cases: tuple[bool, int]) -> Step:
    needed = _range(draws, level)
    capped = None if share is None else _range(draws * share / weeks, level)
    return Step(name, cases[0], needed, _range(draws / weeks, level), capped, cases[1])


def _range(draws: Array, level: float) -> Range:
    low, middle, high = np.quantile(draws, [(1 - level) / 2, 0.5, (1 + level) / 2])
    return Range(float(low), float(middle), float(high))


def _cases(made: Pools, rep: str, team: str | None, name: str) -> tuple[bool, int]:
    """Return whether a step is an activity, and of how many cases the rep's own rate is made."""
    if name in made.yields:
        return True, round(made.yields[name].cases(rep, team))
    pool = {"won": made.size, "opportunities": made.win, "qualified_leads": made.convert}[name]
    return False, 0 if pool is None else round(pool.cases(rep, team))


def _notes(
    tables: Tables, found: Conversions, made: Pools, person: tuple[str, str | None], goal: float
) -> tuple[Message, ...]:
    said = [say("activity.goal_zero")] if goal == 0 else []
    said += _whose(made, *person)
    said += [say("activity.invoices")] if tables.company.revenue == "invoices" else []
    said += _lacking(tables, found, made)
    if "created_at" in tables.columns("deals"):
        half = usual_cycle(tables)[0]
        said += [say("activity.lag", days=Number(half, 0, "days"))] if math.isfinite(half) else []
    return (*said, *found.notes)


def _whose(made: Pools, rep: str, team: str | None) -> list[Message]:
    """Return whose rates a rep without his own, or without a team to be compared with, is given."""
    said, who = [], owner_words(Owner(team, rep))
    if made.win.cases(rep, team) == 0:
        name = Name(team or "")
        known = team is not None and made.win.cases(None, team) > 0
        said.append(
            say("activity.takes_team", name=who, team=name) if known else say("activity.takes_company", name=who)
        )
    elif team is None:
        said.append(say("activity.no_team", name=who))
    elif made.win.cases(None, team) == made.win.cases(rep, team):
        said.append(say("activity.team_of_one", name=who, team=Name(team)))
    return said


def _lacking(tables: Tables, found: Conversions, made: Pools) -> list[Message]:
    """Return which steps there are not, and which activities count in no hours."""
    minutes = tables.company.activity.minutes
    said = []
    if made.led is None:
        said.append(say("activity.no_leads") if found.lead_months is None else say("activity.no_lead_became_deal"))
    if not made.yields:
        return [*said, say("activity.no_activities")]
    untimed = [kind for kind in made.yields if kind not in minutes]
    unseen = [kind for kind in minutes if kind not in made.yields]
    said += [say("activity.no_minutes", kinds=tuple(Name(kind) for kind in untimed))] if untimed else []
    said += [say("activity.kind_unseen", kinds=tuple(Name(kind) for kind in unseen))] if unseen else []
    return said
