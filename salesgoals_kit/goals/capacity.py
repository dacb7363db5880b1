"""The capacity ceiling: what the people there are, and those to come, could carry in a period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.forecast.signals import YEAR, seed_of
from salesgoals_kit.goals.carrying import Calendar, levels_of, sizes_of
from salesgoals_kit.goals.ramp import DRAWS, Ramp, productivity
from salesgoals_kit.kpis.crew import Crew
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import (
    DAYS_A_MONTH,
    Period,
    day_number,
    last_whole_month,
    month_name,
    month_start,
)
from salesgoals_kit.words import Count, Message, Money, Number, Rate, say

Floats = npt.NDArray[np.float64]
WITHOUT_TRACE = 0.5  # leavers that a Jeffreys prior adds to those seen


@dataclass(frozen=True)
class Hire:
    """So many full-time reps who start on the first day of a month (its number) in a team."""

    month: int
    count: int
    team: str


@dataclass(frozen=True, eq=False)
class CapacityCeiling:
    """What the people could carry in the period, in currency units (``draws``) and in deals won (``wins``).

    ``one_more``: draws of what one more full-grown, full-time rep would carry through the whole period.
    ``full_times``: full-grown full times there are on average in the period, by draw; ``headcount``: people at as_of.
    """

    draws: Floats
    wins: Floats
    one_more: Floats
    full_times: Floats
    headcount: int
    leaving: float | None
    ramp: Ramp
    message: Message
    notes: tuple[Message, ...]


def capacity_ceiling(
    known: Crew, ramp: Ramp, calendar: Calendar, owner: Owner, period: Period, as_of: date, hires: Sequence[Hire] = ()
) -> CapacityCeiling:
    """Return the capacity ceiling of a period.

    The sum over months and people of full times * productivity by tenure (`ramp`) * the month's weight (`Calendar`) *
    a team's level * the size of its deals. The level is the deals that a full-grown full time won a month, season and
    working days taken off, in the better half of the last eight quarters of a year (`levels_of`): what the team has
    shown it can sustain, which is more than what it does on average; so a team that its people do not hold back has a
    ceiling above its outlook. The size is the mean of the last year, at its prices: none of their growth is added.
    Leavers go at the company's own rate and are not replaced; who is planned (``hires``) begins with nothing. Drawn
    jointly: level and size (bootstrap), ramp (its posterior), leaving (gamma posterior, then chance). Hires and
    everything else have random numbers of their own, so that another hire never lowers a draw.

    Raises ParamError for a hire in a team without rep-months (`kpis.crew.crew_with`), of less than one, or in the past.
    """
    _check(known, hires, as_of)
    weights = {month: calendar.weight(month) for month in period.months}
    teams = sorted(set(known.months["team"]))
    levels = {team: levels_of(known, team, calendar, ramp, owner) for team in teams}
    sizes = {team: sizes_of(known, team, owner) for team in teams}
    rate = _leaving(known, owner)
    there = _present(known.people, ramp, rate, period, as_of, owner)
    joined = _joined(hires, ramp, rate, period, owner)
    deals, money, mean_times = np.zeros(DRAWS), np.zeros(DRAWS), np.zeros(DRAWS)
    for team in teams:
        for month in period.months:
            times = there[team, month] if (team, month) in there else np.zeros(DRAWS)
            times = times + joined.get((team, month), 0.0)
            won = times * weights[month] * levels[team]
            deals, money = deals + won, money + won * sizes[team]
            mean_times = mean_times + times / len(period.months)
    one = _one_more(known, levels, sizes, sum(weights.values()))
    leaving = None if rate is None else float(1 - np.exp(-YEAR * np.median(rate)))
    message = _told(money, mean_times, one, len(known.people) + sum(hire.count for hire in hires))
    notes = (ramp.message, *known.notes, *_people_notes(leaving, hires))
    return CapacityCeiling(money, deals, one, mean_times, len(known.people), leaving, ramp, message, notes)


def _check(known: Crew, hires: Sequence[Hire], as_of: date) -> None:
    teams = sorted(set(known.months["team"]))
    faults = []
    for i, hire in enumerate(hires):
        if hire.team not in teams:
            faults.append(Fault(f"hires[{i}].team", repr(hire.team), f"one of {', '.join(teams)}"))
        if hire.count < 1:
            faults.append(Fault(f"hires[{i}].count", str(hire.count), "one at least"))
        if hire.month <= last_whole_month(as_of):
            month = month_name(last_whole_month(as_of) + 1)
            faults.append(Fault(f"hires[{i}].month", month_name(hire.month), f"{month} or later"))
    if faults:
        raise ParamError("The planned hires cannot be used.", faults)


def _leaving(known: Crew, owner: Owner) -> Floats | None:
    """Return draws of the share of people who leave in a month: Gamma(leavers + 1/2, person-months)."""
    if known.leavers is None:
        return None
    rng = np.random.default_rng(seed_of("leaving", owner))
    return np.asarray(rng.gamma(known.leavers + WITHOUT_TRACE, 1 / max(known.person_months, 1), size=DRAWS))


def _present(
    people: pd.DataFrame, ramp: Ramp, rate: Floats | None, period: Period, as_of: date, owner: Owner
) -> dict[tuple[str, int], Floats]:
    """Return draws of full-grown full times by team and month, of the people there are."""
    rng = np.random.default_rng(seed_of("staying", owner, period.name, as_of.isoformat()))
    lots = rng.exponential(size=(DRAWS, len(people)))
    until = np.full(lots.shape, np.inf) if rate is None else lots / rate[:, None]
    tenure, time = (people[name].to_numpy(dtype="float64") for name in ("tenure", "time"))
    tomorrow = day_number(as_of + timedelta(days=1))
    whose = {team: np.flatnonzero(people["team"] == team) for team in sorted(set(people["team"]))}
    found = {}
    for month in period.months:
        first, end = (day_number(month_start(at)) - tomorrow for at in (month, month + 1))
        begins, ends = tenure + first / DAYS_A_MONTH, tenure + end / DAYS_A_MONTH
        able = productivity(begins, ends, ramp.draws[:, None]) * time
        stays = np.clip((until * DAYS_A_MONTH - first) / (end - first), 0.0, 1.0)
        full_times = able * stays
        for team, at in whose.items():
            found[team, month] = full_times[:, at].sum(axis=1)
    return found


def _joined(
    hires: Sequence[Hire], ramp: Ramp, rate: Floats | None, period: Period, owner: Owner
) -> dict[tuple[str, int], Floats]:
    """Return draws of full-grown full times by team and month, of those to be hired; they may leave as well."""
    found: dict[tuple[str, int], Floats] = {}
    leaving = np.zeros(DRAWS) if rate is None else rate
    for hire in hires:
        for month in range(max(hire.month, period.first), period.last + 1):
            begins = np.array([float(month - hire.month)])
            able = productivity(begins, begins + 1, ramp.draws[:, None])[:, 0] * hire.count
            stays = np.exp(-leaving * (month - hire.month + 0.5))
            found[hire.team, month] = found.get((hire.team, month), np.zeros(DRAWS)) + able * stays
    return found


def _one_more(known: Crew, levels: dict[str, Floats], sizes: dict[str, Floats], weight: float) -> Floats:
    """Return what one more full time would carry, where people are today: the teams' mean by their people."""
    times = known.people.groupby("team")["time"].sum()
    share = {team: float(times.get(team, 0.0)) for team in levels}
    whole = sum(share.values())
    parts = [levels[t] * sizes[t] * (share[t] / whole if whole > 0 else 1 / len(levels)) for t in sorted(levels)]
    return np.asarray(np.sum(parts, axis=0) * weight)


def _told(money: Floats, times: Floats, one: Floats, people: int) -> Message:
    if not people and not times.any():
        return say("ceilings.nobody_there")
    return say(
        "ceilings.capacity",
        value=Money(float(np.median(money))),
        people=Count(people),
        full_times=Number(float(np.median(times)), 1, ""),
        one=Money(float(np.median(one))),
    )


def _people_notes(leaving: float | None, hires: Sequence[Hire]) -> list[Message]:
    said = [] if leaving is None else [say("ceilings.leaving", rate=Rate(leaving))]
    hired = sum(hire.count for hire in hires)
    return said + ([say("ceilings.hires", count=Count(hired))] if hired else [])
