"""A running period as a whole: how its goals stand, what came, what is needed, and what can still be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.teams import people_names
from salesgoals_kit.follow.act import InTime, levers_in_time
from salesgoals_kit.follow.ahead import Case
from salesgoals_kit.follow.before import Before, outlook_before
from salesgoals_kit.follow.below import Below, below, goals_below
from salesgoals_kit.follow.indicators import Indicators, indicators
from salesgoals_kit.follow.milestones import Milestones, milestones
from salesgoals_kit.follow.pace import Pace, pace
from salesgoals_kit.follow.state import GoalState, followed, leading, states
from salesgoals_kit.follow.todate import ToDate, to_date
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.goals.settled import month_goals, whole_goals
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.store.rows import GoalRow

REVENUE = "revenue"
CALLS_FOR_MORE = ("at_risk", "off_track", "out_of_reach")


@dataclass(frozen=True, eq=False)
class Way:
    """The goal of a flow on its way: what it is by now, and its milestones."""

    case: Case
    milestones: Milestones


@dataclass(frozen=True, eq=False)
class Tracking:
    """What a report of a running period says.

    ``goals`` are the goals that count and how they stand, ``main`` the one the report leads with; ``paces`` how each
    KPI goes, ``so_far`` the flows by day, ``ways`` their goals on their way, revenue's first (of a KPI without a goal,
    or that is no flow by day, none). ``levers`` are given where a goal of revenue is in danger. ``names``: what the
    reps are called.
    """

    owner: Owner
    period: Period
    as_of: date
    goals: tuple[GoalState, ...]
    paces: Mapping[str, Pace | None]
    so_far: Mapping[str, ToDate]
    ways: Mapping[str, Way]
    indicators: Indicators
    levers: tuple[InTime, ...]
    below: tuple[Below, ...]
    names: Mapping[str, str]

    @property
    def main(self) -> GoalState | None:
        """The goal that the report leads with: revenue's, else the first."""
        return leading(self.goals)

    @property
    def revenue(self) -> GoalState | None:
        """The goal of revenue, or the number from above."""
        return next((one for one in self.goals if one.kpi.name == REVENUE), None)

    @property
    def replan(self) -> tuple[GoalState, ...]:
        """The goals whose chance calls for another round of strategy."""
        return tuple(one for one in self.goals if one.replan)

    @property
    def has_goals(self) -> bool:
        """Whether the ledger holds a goal of the period for the owner."""
        return any(one.level != "plan" for one in self.goals)


def tracking(
    tables: Tables,
    owner: Owner,
    period: Period,
    book: Book,
    *,
    goals: Iterable[GoalRow],
    everybodys: Iterable[GoalRow],
    before: Before,
) -> Tracking:
    """Return how a running period goes for one owner.

    ``goals`` are the owner's own of the period, ``everybodys`` those of flows in the period and its months, whoever's.
    ``before`` gives what was known when it began: milestones are those of the goal as it was set.
    """
    everyone = list(everybodys)
    own = _with_months([*goals], everyone, owner, period)
    names = followed(own, owner, period, tables.company)
    paces = {name: pace(tables, owner, period, book, kpi=name) for name in names}
    found = states(own, owner, period, tables.company, paces)
    flows = {name: flow for name in names if (flow := to_date(tables, owner, period, name)) is not None}
    revenue = next((one for one in found if one.kpi.name == REVENUE), None)
    going = paces.get(REVENUE)
    ways = {name: _way(one, flows[name], tables, everyone, before) for one in found if (name := _on_way(one, flows))}
    lower = goals_below(everyone, owner, period, tables)
    left = None if revenue is None or REVENUE not in flows else max(revenue.goal - flows[REVENUE].actual, 0.0)
    return Tracking(
        owner=owner,
        period=period,
        as_of=tables.as_of,
        goals=found,
        paces=paces,
        so_far=flows,
        ways=ways,
        indicators=indicators(tables, owner, period, _of_reps(lower), left, flows.get(REVENUE)),
        levers=_levers(tables, owner, revenue, going),
        below=below(tables, owner, period, lower, flows.get(REVENUE), going, team_asked(tables, period, book)),
        names=people_names(tables),
    )


def _of_reps(lower: Mapping[Owner, tuple[float, float | None]]) -> dict[Owner, float]:
    return {place: goal for place, (goal, _) in lower.items() if place.kind == "rep"}


def team_asked(tables: Tables, period: Period, book: Book) -> Callable[[Owner], tuple[ToDate | None, Pace | None]]:
    """Return what gives a team's revenue so far, and how it goes."""
    return lambda team: (to_date(tables, team, period, REVENUE), pace(tables, team, period, book))


def _on_way(one: GoalState, flows: Mapping[str, ToDate]) -> str | None:
    """Return the KPI of a goal that is one of a flow by day and asks for anything, else None."""
    return one.kpi.name if one.kpi.name in flows and one.goal > 0 else None


def _way(one: GoalState, flow: ToDate, tables: Tables, everyone: Iterable[GoalRow], before: Before) -> Way:
    """Return the goal of a flow on its way."""
    name, owner, period, company = one.kpi.name, flow.owner, one.period, tables.company
    case = Case(
        flow,
        one.goal,
        tables.as_of,
        owner,
        company.country,
        company.minor_units,
        outlook_before(before, owner, period, name),
        None if one.pace is None else one.pace.outlook,
        month_goals(everyone, period, owner, name),
    )
    return Way(case, milestones(case))


def _with_months(own: list[GoalRow], everyone: Iterable[GoalRow], owner: Owner, period: Period) -> list[GoalRow]:
    """Return the owner's goals; who agreed on every month of the period, and not on the whole, has their sum."""
    said = {row.kpi for row in own if row.level == "agreed"}
    return [*own, *(row for row in whole_goals(everyone, period) if row.owner == owner and row.kpi not in said)]


def _levers(tables: Tables, owner: Owner, revenue: GoalState | None, going: Pace | None) -> tuple[InTime, ...]:
    """Return what can still act, where the goal of revenue is in danger and there is time left."""
    if revenue is None or going is None or going.days_left <= 0 or revenue.state not in CALLS_FOR_MORE:
        return ()
    return levers_in_time(tables, owner, going.days_left, going.opened)
