"""The sample's deals as they truly went: who carried them, through which stages, how they ended and when.

Deals are drawn by the day on which they would be won: each rep closes so many a month, by season and productivity.
From there one counts back to their creation, and forward stage by stage to see which of them get that far.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

import numpy as np

from salesgoals_kit.data.sample.days import (
    FIRST,
    LAST,
    NEVER,
    RUSH,
    Flags,
    Floats,
    Ints,
    month_first,
    quarter_end,
    season,
    span_of_months,
    stream,
    workday,
)
from salesgoals_kit.data.sample.moved import Moved
from salesgoals_kit.data.sample.people import Roster
from salesgoals_kit.data.sample.planted import (
    CHANNEL_WINS,
    CHANNELS,
    CONVERSION,
    DURATION,
    LONGER,
    STAGES,
    TEAMS,
    Planted,
)

KINDS = tuple(CONVERSION)
NEW, EXPANSION, RENEWAL = range(3)
KEY = len(TEAMS) - 1  # the team of the biggest accounts
_KIND_SHARES = (0.58, 0.17, 0.25)
_A_MONTH = (8.6, 8.6, 8.6, 5.2)  # deals that a full-grown rep's day would close in an average month of 2022, by team
_STAGE_SHARES = (0.15, 0.25, 0.25, 0.20, 0.15)  # of the duration
_CHANNEL_SHARES = ((0.28, 0.08, 0.08, 0.15, 0.17, 0.24), (0.20, 0.19, 0.19, 0.12, 0.14, 0.16))  # first and last day
_SKILL = 0.02  # spread between reps of the logarithm of the chance to win
_VOLUME = 0.5  # the power of productivity that goes into the number of deals; the rest into the chance to win


@dataclass(frozen=True)
class Pipeline:
    """Deals in the order of creation. ``closed`` may lie after the last day: such a deal is still open.

    ``rep`` ends up with the deal, ``first_rep`` had it until ``handed``. ``entered[deal, stage]`` is NEVER for the
    stages it never sees; ``reached`` counts the stages passed, all five for a deal that is won.
    """

    kind: Ints
    team: Ints
    shared: Ints
    rep: Ints
    first_rep: Ints
    handed: Ints
    channel: Ints
    created: Ints
    entered: Ints
    reached: Ints
    closed: Ints

    @property
    def won(self) -> Flags:
        """Whether the deal is won in the end."""
        won: Flags = self.reached == len(STAGES)
        return won

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, chosen: Flags | Ints) -> Pipeline:
        """Return these deals only, or in this order."""
        return Pipeline(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    def holder(self, deals: Ints, days: Ints) -> Ints:
        """Return who has these deals on these days."""
        return np.where(days < self.handed[deals], self.first_rep[deals], self.rep[deals])


def run_pipeline(rng: np.random.Generator, roster: Roster, planted: Planted, moved: Moved | None = None) -> Pipeline:
    """Return all deals that were ever open between the first day and a little after the last one."""
    pipeline = _run(rng, roster, planted, moved)
    if moved is None or not moved.future:
        return pipeline
    other = _run(stream(moved.seed, f"pipeline in future {moved.future}"), roster, planted, moved)
    return _with_future(pipeline, other, moved)


def _with_future(known: Pipeline, other: Pipeline, moved: Moved) -> Pipeline:
    """Return the deals with others, of the same kind, in the place of those created since the day.

    There are as many of each kind as there were, so that nothing else is numbered differently.
    """
    place = np.arange(len(known))
    for first, last in ((moved.day, LAST), (LAST + 1, NEVER)):
        for kind in range(len(KINDS)):
            mine, there = (
                np.flatnonzero((part.created >= first) & (part.created <= last) & (part.kind == kind))
                for part in (known, other)
            )
            lots = stream(moved.seed, f"{KINDS[kind]} from {first} in future {moved.future}")
            place[mine] = len(known) + np.sort(lots.choice(there, len(mine)))
    columns = {field.name: [getattr(part, field.name) for part in (known, other)] for field in fields(Pipeline)}
    return Pipeline(**{name: np.concatenate(column)[place] for name, column in columns.items()})


def _run(rng: np.random.Generator, roster: Roster, planted: Planted, moved: Moved | None) -> Pipeline:
    rep, planned, due = _arrivals(rng, roster, planted)
    kind = rng.choice(len(KINDS), size=len(rep), p=_KIND_SHARES)
    team, shared = roster.booked(rng, rep, due)
    channel = np.where(kind == NEW, _channels(rng, planned), -1)
    duration = _durations(rng, kind, team)
    created = workday(planned - duration.astype(np.int64))
    reached = _reached(rng, roster, planted, (kind, team, rep, channel, due), created, moved)
    planned, due = _sooner(created, planned, due, moved)
    entered, closed = _dates(rng, (created, planned, due, reached))
    first_rep, rep, handed = _handovers(rng, roster, (rep, team, created, closed), moved)
    forgotten = (roster.left[rep] > LAST - 400) & (closed > roster.left[rep]) & (reached < len(STAGES))
    closed = np.where(forgotten & (closed <= LAST), LAST + 1, closed)
    pipeline = Pipeline(kind, team, shared, rep, first_rep, handed, channel, created, entered, reached, closed)
    inside = (closed >= FIRST) & (created <= LAST + 60)
    return pipeline.take(np.flatnonzero(inside)).take(np.argsort(created[inside], kind="stable"))


def _arrivals(rng: np.random.Generator, roster: Roster, planted: Planted) -> tuple[Ints, Ints, Ints]:
    """Return the rep of every deal that somebody is there for, the day it is ready to be won, and that of winning it.

    The two differ for deals that are put off to the quarter's end.
    """
    months = span_of_months(date(2021, 1, 1), date(2027, 6, 1))
    busy = season(months)
    counts = rng.poisson(np.broadcast_to(max(_A_MONTH) * busy, (len(roster.reps), len(months))))
    rep = np.repeat(np.arange(len(roster.reps)), counts.sum(axis=1))
    month = np.repeat(np.tile(months, len(roster.reps)), counts.ravel())
    first, following = month_first(month), month_first(month + 1)
    day = first + (rng.random(len(month)) * (following - first)).astype(np.int64)
    put_off = np.maximum(day, quarter_end(day) - rng.integers(0, 10, len(day)))
    due = workday(np.where(rng.random(len(day)) < RUSH, put_off, day))
    pace = np.asarray(_A_MONTH)[roster.team(rep, due)] / max(_A_MONTH)
    effort = roster.capacity[rep] * roster.productivity(rep, due, planted) ** _VOLUME * pace
    there = (due >= roster.hired[rep]) & (due < roster.left[rep]) & (rng.random(len(rep)) < effort)
    return rep[there], day[there], due[there]


def _channels(rng: np.random.Generator, days: Ints) -> Ints:
    part = np.clip((days - FIRST) / (LAST - FIRST), 0, 1)[:, None]
    shares = np.asarray(_CHANNEL_SHARES[0]) * (1 - part) + np.asarray(_CHANNEL_SHARES[1]) * part
    chosen: Ints = (rng.random(len(days))[:, None] > shares.cumsum(axis=1)).sum(axis=1)
    return np.minimum(chosen, len(CHANNELS) - 1)


def _durations(rng: np.random.Generator, kind: Ints, team: Ints) -> Floats:
    longer = np.array([LONGER.get(name, 1.0) for name in TEAMS])
    typical = np.array([*DURATION.values()])[kind] * longer[team]
    days: Floats = np.clip(typical * np.exp(rng.normal(0, 0.45, len(kind))), 18, 420)
    return days


def _reached(
    rng: np.random.Generator,
    roster: Roster,
    planted: Planted,
    deals: tuple[Ints, Ints, Ints, Ints, Ints],
    created: Ints,
    moved: Moved | None,
) -> Ints:
    """Return how many stages each deal passes: each one with its own chance, until the first that it does not."""
    kind, team, rep, channel, due = deals
    skill = rng.normal(0, _SKILL, len(roster.reps))
    wins = np.where(channel >= 0, np.array([*CHANNEL_WINS.values()])[channel], 1.0)
    power = 1 - _VOLUME
    lift = power * np.log(roster.productivity(rep, due, planted)) + skill[rep] + np.log(wins)
    chance = np.array([*CONVERSION.values()])[kind] * np.exp(lift / len(STAGES))[:, None]
    if moved:
        chance *= moved.since(created, moved.win ** (1 / len(STAGES)))[:, None]
    chance = np.minimum(chance, 0.985)
    if planted.leak:
        chance[team == TEAMS.index(planted.leak.team), STAGES.index(planted.leak.stage)] *= planted.leak.factor
    if planted.coaching:
        coached = roster.reps[rep] == planted.coaching.rep
        chance[coached, STAGES.index(planted.coaching.stage)] *= planted.coaching.factor
    passed = rng.random(chance.shape) < chance
    count: Ints = np.logical_and.accumulate(passed, axis=1).sum(axis=1)
    return count


def _sooner(created: Ints, planned: Ints, due: Ints, moved: Moved | None) -> tuple[Ints, Ints]:
    """Return when deals are ready to be won, and won, as far as that is moved."""
    if moved is None:
        return planned, due
    part = moved.since(created, moved.days)
    days = [created + np.rint((day - created) * part).astype(np.int64) for day in (planned, due)]
    return days[0], np.where(part == 1, due, np.maximum(workday(days[1]), created))


def _dates(rng: np.random.Generator, deals: tuple[Ints, Ints, Ints, Ints]) -> tuple[Ints, Ints]:
    """Return the day each stage was entered, and the day of closing."""
    created, planned, due, reached = deals
    shares = rng.gamma(4.0, size=(len(created), len(STAGES))) * np.asarray(_STAGE_SHARES)
    days = shares / shares.sum(axis=1, keepdims=True) * (planned - created)[:, None]
    until = created[:, None] + days.cumsum(axis=1)
    entered = np.column_stack([created, workday(until[:, :-1].astype(np.int64))])
    last = np.minimum(reached, len(STAGES) - 1)
    rows = np.arange(len(created))
    lingered = np.clip(days[rows, last] * np.exp(rng.normal(0.3, 0.7, len(created))), 2, 300)
    lost = workday(entered[rows, last] + np.ceil(lingered).astype(np.int64))
    closed = np.where(reached == len(STAGES), due, lost)
    seen = np.arange(len(STAGES)) <= last[:, None]
    return np.where(seen, entered, NEVER), np.maximum(closed, entered[rows, last])


def _handovers(
    rng: np.random.Generator, roster: Roster, deals: tuple[Ints, Ints, Ints, Ints], moved: Moved | None
) -> tuple[Ints, Ints, Ints]:
    """Return who had the deal first, who last, and when he took it over: on joining, or from one who left."""
    rep, team, created, closed = deals
    first, rep, handed = rep.copy(), rep.copy(), np.full(len(rep), NEVER)
    joined = roster.hired[rep] > created
    before = roster.colleague(rng, team, created)
    first[joined] = np.where(before[joined] >= 0, before[joined], rep[joined])
    handed[joined] = roster.hired[rep[joined]]
    for leaver in np.flatnonzero(roster.left <= LAST):
        gone = roster.left[leaver]
        theirs = team == roster.team(np.array([leaver]), np.array([gone - 1]))[0]
        there = (roster.hired[leaver] <= created) & (created < gone - 5) & (closed > gone + 15)
        taken = theirs & there & ~joined & (rep != leaver) & (rng.random(len(rep)) < 0.16)
        first[taken] = leaver
        wait = rng.integers(0, 12, taken.sum()) if moved is None else moved.whole("handovers", 0, 12, len(rep))[taken]
        handed[taken] = gone + wait
        left_lying = taken & (rng.random(len(rep)) < 0.3)
        rep[left_lying], handed[left_lying] = leaver, NEVER
    handed = np.maximum(handed, created + 1)
    over = handed >= closed
    rep[over] = first[over]
    return first, rep, np.where(first == rep, NEVER, handed)
