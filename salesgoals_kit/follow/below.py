"""Those right below an owner in a running period: a company's teams, a team's reps; each one's goal and how it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.follow.pace import Pace
from salesgoals_kit.follow.rest import rest_by_rep
from salesgoals_kit.follow.state import State, state_of, word_of
from salesgoals_kit.follow.todate import ToDate
from salesgoals_kit.forecast.outlook import SLACK
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.goals.previous import MAIN
from salesgoals_kit.goals.settled import whole_goals
from salesgoals_kit.goals.times import parts_of
from salesgoals_kit.kpis.byday import flow_by_rep
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.kpis.scope import teams_of
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, day_number
from salesgoals_kit.store.rows import GoalRow

REVENUE = CATALOGUE["revenue"]


@dataclass(frozen=True, eq=False)
class Below:
    """One of those below: ``goal`` (None: none is known), what came ``so_far``, and what usually has by now of it.

    ``promised`` is the goal's chance when it was set, ``now`` that of today (None: not known), ``state`` as a goal's;
    ``expected`` what is to be expected by the period's end, in the middle.
    """

    owner: Owner
    goal: float | None
    promised: float | None
    so_far: float
    usual: tuple[float, float, float] | None
    now: float | None
    state: State
    expected: float | None = None

    @property
    def left(self) -> float | None:
        """What is still to come for the goal."""
        return None if self.goal is None else max(0.0, self.goal - self.so_far)


def goals_below(
    goals: Iterable[GoalRow], owner: Owner, period: Period, tables: Tables
) -> dict[Owner, tuple[float, float | None]]:
    """Return the revenue goals of those below an owner, with their chances: of all reps there, and of teams.

    ``goals`` are everybody's of the period and its months. What humans agreed stands, else what was proposed. A rep is
    who he is in whatever team; of who is in several each has his part. What was proposed for him is his share of one of
    them, and no goal of his in the others.
    """
    rows = list(goals)
    agreed = whole_goals(rows, period)
    known: dict[tuple[str, str | None], GoalRow] = {}
    for row in [*rows, *agreed]:
        if row.kpi == REVENUE.name and row.period == period.name and row.level in MAIN:
            kept = known.get((row.owner.kind, row.owner.name))
            if kept is None or MAIN.index(row.level) <= MAIN.index(kept.level):
                known[row.owner.kind, row.owner.name] = row
    parts = parts_of(tables, owner, period)
    found: dict[Owner, tuple[float, float | None]] = {}
    for place in [*_teams(tables.company, owner), *_reps(tables, owner)]:
        said = known.get((place.kind, place.name))
        if said is not None and (place not in parts or said.level == "agreed" or said.owner == place):
            part = parts.get(place, 1.0) if said.level == "agreed" else 1.0
            found[place] = (said.value * part, said.chance if part == 1.0 else None)
    return found


def _teams(company: Company, owner: Owner) -> list[Owner]:
    """Return the teams right below an owner."""
    return [Owner(team.name) for team in company.teams if team.parent == owner.team]


def _reps(tables: Tables, owner: Owner) -> list[Owner]:
    """Return the reps of an owner and of all teams below it, each in the team that has most of him."""
    people = make_up(tables, owner).people
    inside = None if owner.team is None else teams_of(tables.company, owner.team)
    rows = zip(people["rep"], people["team"], strict=True)
    return [Owner(team, rep) for rep, team in rows if inside is None or team in inside]


def below(
    tables: Tables,
    owner: Owner,
    period: Period,
    goals: Mapping[Owner, tuple[float, float | None]],
    found: ToDate | None,
    pace: Pace | None,
    ask: Callable[[Owner], tuple[ToDate | None, Pace | None]],
) -> tuple[Below, ...]:
    """Return those right below an owner: its teams, else its reps; in the company's order, reps by name.

    ``ask`` gives what a team has so far and how it goes. ``found`` and ``pace`` are the owner's own: a rep's sales are
    too few for a curve of his own, so his goal is held against his team's, and what he still brings is a part of what
    that brings (`follow.rest`).
    """
    teams = _teams(tables.company, owner)
    if teams:
        return tuple(_team(tables, one, goals.get(one), *ask(one)) for one in teams)
    if found is None:
        return ()
    sums = flow_by_rep(tables, owner, REVENUE.name, day_number(period.start), day_number(tables.as_of))
    unit = tables.company.minor_units
    came = {rep: int(amount) / unit for rep, amount in zip(sums["rep"], sums["amount"], strict=True)}
    rest = {} if pace is None else rest_by_rep(tables, owner, period, pace)
    return tuple(
        _rep(tables, one, goals.get(one), came.get(one.rep, 0.0), found, rest.get(str(one.rep)))
        for one in _reps(tables, owner)
    )


def _team(
    tables: Tables, owner: Owner, goal: tuple[float, float | None] | None, found: ToDate | None, pace: Pace | None
) -> Below:
    so_far = found.actual if found is not None else 0.0 if pace is None else pace.closed
    if goal is None:
        return Below(owner, None, None, so_far, None, None, "unknown")
    value, promised = goal
    now = None if pace is None else pace.outlook.chance(value)
    state = state_of(REVENUE, value, promised, pace, tables.company)
    middle = None if pace is None else pace.outlook.quantile(0.5)
    return Below(owner, value, promised, so_far, None if found is None else found.expected(value), now, state, middle)


def _rep(
    tables: Tables,
    owner: Owner,
    goal: tuple[float, float | None] | None,
    so_far: float,
    found: ToDate,
    rest: Array | None,
) -> Below:
    if goal is None:
        return Below(owner, None, None, so_far, None, None, "unknown")
    value, promised = goal
    now = None if rest is None else float(np.mean(so_far + rest >= value - SLACK * abs(value)))
    middle = None if rest is None else so_far + float(np.median(rest))
    if so_far >= value:
        return Below(owner, value, promised, so_far, found.expected(value), 1.0, "met", middle)
    state = word_of(now, promised, tables.company, over=tables.as_of >= found.period.end)
    return Below(owner, value, promised, so_far, found.expected(value), now, state, middle)
