"""Full times: who is there below an owner, and for how much of a period, beside the time his figures come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.data.teams import team_names
from salesgoals_kit.forecast.moving import working_dates
from salesgoals_kit.kpis.presence import Away, presence
from salesgoals_kit.kpis.scope import teams_of
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, month_end, month_start

LOOK_BACK = 365  # days before the end of as_of in which people's usual time is counted


@dataclass(frozen=True)
class Carry:
    """Full times of an owner: ``now`` in the period, ``past`` in the figures that its outlook is made of."""

    now: float
    past: float


def away_of(company: Company) -> dict[str, list[tuple[date, date]]]:
    """Return the planned absences by rep."""
    found: dict[str, list[tuple[date, date]]] = {}
    for one in company.away:
        found.setdefault(one.rep, []).append((one.first, one.last))
    return found


@handed
def carries(tables: Tables, owner: Owner, period: Period, away: Away | None = None) -> dict[Owner, Carry]:
    """Return the full times of all reps who are there at as_of, each in each of his teams, below an owner.

    ``now``: employed, assigned and not ``away`` in so much of the period's working days, times capacity. ``past``: the
    same in the last year, from his first day there: whoever came lately has figures of that time alone. Neither knows
    how well he has learned his trade: multiply them by a productivity where one is known.
    """
    country = tables.company.country
    coming = working_dates(country, period.start, period.end)
    before = working_dates(country, tables.as_of - timedelta(days=LOOK_BACK - 1), tables.as_of)
    found = {}
    teams: list[str | None] = [owner.team] if owner.kind == "rep" else [*teams_below(tables, owner)]
    for team in teams or [None]:
        there = full_times(tables, team, [tables.as_of], "here")
        now, past = full_times(tables, team, coming, "here", away), full_times(tables, team, before, "while_here")
        for rep in there:
            if owner.rep in (None, rep):
                found[Owner(team, rep)] = Carry(now.get(rep, 0.0), past.get(rep, 0.0))
    return found


@handed
def full_times_within(tables: Tables, first: int, last: int) -> dict[str, float]:
    """Return each rep's full times over the working days of some months (numbers), in all his teams together.

    Of who came or left within them only the part that he was there: what he did in them is what he did in that time.
    """
    days = working_dates(tables.company.country, month_start(first), month_end(last))
    return full_times(tables, None, days, "here")


@handed
def full_times_left(tables: Tables, owner: Owner, period: Period) -> dict[str, float]:
    """Return each rep's full times below an owner in what is left of a period after as_of; absences are taken off.

    Who is not there on any of these days has none.
    """
    days = working_dates(tables.company.country, tables.as_of + timedelta(days=1), period.end)
    away = away_of(tables.company)
    found: dict[str, float] = {}
    teams: list[str | None] = [*teams_below(tables, owner)]
    for team in teams or [None]:
        for rep, time in full_times(tables, team, days, "here", away).items():
            found[rep] = found.get(rep, 0.0) + time
    return found


def teams_below(tables: Tables, owner: Owner) -> list[str]:
    """Return all teams, or a team and those below it, in the company's order."""
    names = team_names(tables)
    if owner.team is None:
        return names
    below = {owner.team, *teams_of(tables.company, owner.team)}
    return [name for name in names if name in below] or [owner.team]


def full_times(
    tables: Tables, team: str | None, days: Sequence[date], column: str, away: Away | None = None
) -> dict[str, float]:
    """Return each rep's full times in a team itself over some days."""
    people = presence(tables, Owner(team), days, away, below=False)
    return dict(zip(people["rep"], people[column] * people["capacity"], strict=True))
