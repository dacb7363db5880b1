"""The sample's people: who sells, since when and until when, for which team, and how far along the ramp."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from salesgoals_kit.data.sample.columns import as_days
from salesgoals_kit.data.sample.days import FIRST, LAST, NEVER, Floats, Ints, Texts, month_first
from salesgoals_kit.data.sample.planted import PLAIN_RAMP, TEAMS, Planted
from salesgoals_kit.periods import day_number, month_number

MANAGERS = ("Ingrid Halvorsen", "Peter Lorenz", "Chiara Romano", "Olivier Martin")
REGIONS = ("Nordics", "Baltics", "DACH", "Benelux", "Italy", "Iberia")
REORGANISED_ON = date(2024, 7, 1)
_START = day_number(date(2014, 1, 1))
_END = day_number(date(2027, 12, 31))
_DAYS_A_MONTH = 30.4375

# name, region, team, hired, left, capacity
_PEOPLE = """
Anna Lindqvist;Nordics;North;2016-04;;1
Erik Solberg;Nordics;North;2018-02;2023-02;1
Maja Ozola;Baltics;North;2019-09;;1
Jonas Kask;Baltics;North;2020-06;;1
Freja Holm;Nordics;North;2021-09;;0.6
Liis Tamm;Baltics;North;2022-11;;1
Oskar Nyberg;Nordics;North;2023-03;2025-08;1
Signe Dahl;Nordics;North;2025-01;;1
Lena Vogt;DACH;Central;2015-05;;1
Markus Brandt;DACH;Central;2017-10;;1
Sofie Peeters;Benelux;Central;2018-08;;1
Daan Visser;Benelux;North;2019-03;2024-01;1
Katrin Huber;DACH;Central;2020-11;;1
Felix Arnold;DACH;Central;2021-10;2023-05;1
Nina Keller;DACH;Central;2022-04;2025-02;1
Tobias Frei;DACH;Central;2023-07;;1
Bram Jansen;Benelux;Central;2024-02;;1
Julia Roth;DACH;Central;2025-04;;1
Eva Lang;DACH;Central;2025-06;;0.5
Marco Bellini;Italy;South;2016-09;;1
Lucia Ferrara;Italy;South;2018-01;2022-08;1
Pablo Ortega;Iberia;South;2018-11;;1
Inês Carvalho;Iberia;South;2019-06;;1
Giulia Conti;Italy;South;2020-03;;1
Rui Mendes;Iberia;South;2021-05;2024-09;1
Carla Vidal;Iberia;South;2022-09;;1
Luca Moretti;Italy;South;2022-10;2023-03;1
Elena Russo;Italy;South;2023-05;;1
Tiago Lopes;Iberia;South;2024-11;;1
Henrik Falk;Nordics;Key Accounts;2014-03;;0.8
Claire Dumont;Benelux;Key Accounts;2017-02;;1
Stefan Wagner;DACH;Key Accounts;2018-05;2024-06;1
Marta Nowak;DACH;Key Accounts;2020-09;;1
David Novák;DACH;Key Accounts;2024-03;;1
"""
_MOVES = (
    ("Daan Visser", date(2022, 10, 1), "Central"),
    ("Jonas Kask", REORGANISED_ON, "Central"),
    ("Sofie Peeters", REORGANISED_ON, "North"),
    ("Bram Jansen", REORGANISED_ON, "North"),
    ("Elena Russo", REORGANISED_ON, "Central"),
    ("Pablo Ortega", REORGANISED_ON, "Key Accounts"),
)
_SHARED = ("Lena Vogt", date(2023, 4, 1), date(2024, 1, 1), "Key Accounts", 0.4)


@dataclass(frozen=True)
class Assignment:
    """One rep's time in one team; ``end`` is the first day no longer in it, or NEVER."""

    rep: int
    team: int
    start: int
    end: int
    share: float


@dataclass(frozen=True)
class Roster:
    """All reps by number. ``teams[rep, day - _START]`` is the main team, -1 when not employed."""

    names: tuple[str, ...]
    reps: Texts
    region: Ints
    hired: Ints
    left: Ints
    capacity: Floats
    assignments: tuple[Assignment, ...]
    teams: Ints

    def team(self, reps: Ints, days: Ints) -> Ints:
        """Return the main teams of reps on days, -1 for those not employed then."""
        return self.teams[reps, np.clip(days, _START, _END) - _START]

    def booked(self, rng: np.random.Generator, reps: Ints, days: Ints) -> tuple[Ints, Ints]:
        """Return the teams that deals are booked for, and 1 where the rep worked for two teams on that day."""
        teams, shared, chance = self.team(reps, days), np.zeros_like(reps), rng.random(len(reps))
        for part in self.assignments:
            if part.share < 0.5:
                both = (reps == part.rep) & (days >= part.start) & (days < part.end)
                shared[both] = 1
                teams[both & (chance < part.share)] = part.team
        return teams, shared

    def colleague(self, rng: np.random.Generator, teams: Ints, days: Ints) -> Ints:
        """Return someone employed in each team on each day, -1 where nobody is."""
        there = teams[:, None] == self.teams[:, np.clip(days, _START, _END) - _START].T
        lot = np.where(there, rng.random(there.shape), -1.0)
        return np.where(there.any(axis=1), lot.argmax(axis=1), -1)

    def productivity(self, reps: Ints, days: Ints, planted: Planted) -> Floats:
        """Return how much of a full-grown rep's wins these reps make on these days."""
        ramp = planted.ramp.months if planted.ramp else PLAIN_RAMP
        return np.clip((days - self.hired[reps] + 0.5) / _DAYS_A_MONTH / ramp, 0.0, 1.0)

    def steady(self) -> dict[str, str]:
        """Return the reps, and their teams, who have long been here, full time and in one team outside Key Accounts."""
        moved = {part.rep for part in self.assignments if part.start > self.hired[part.rep]}
        return {
            str(self.reps[part.rep]): TEAMS[part.team]
            for part in self.assignments
            if part.rep not in moved and self.capacity[part.rep] == 1 and part.team != 3
            if self.hired[part.rep] < FIRST - 365 and self.left[part.rep] == NEVER
        }


def hire(rng: np.random.Generator) -> Roster:
    """Return the sample's people; who comes or goes within its years does so a month earlier or later by chance."""
    rows = [line.split(";") for line in _PEOPLE.strip().splitlines()]
    names = tuple(row[0] for row in rows)
    hired, left = (_first_days([row[i] for row in rows], rng) for i in (3, 4))
    assignments = tuple(
        part
        for rep, row in enumerate(rows)
        for part in _assignments(rep, row[0], row[2], int(hired[rep]), int(left[rep]))
    )
    teams = np.full((len(rows), _END - _START + 1), -1, dtype=np.int64)
    for part in assignments:
        if part.share > 0.5:
            teams[part.rep, part.start - _START : min(part.end, _END + 1) - _START] = part.team
    region = np.array([REGIONS.index(row[1]) for row in rows], dtype=np.int64)
    reps = np.array([_login(name) for name in names], dtype=object)
    return Roster(names, reps, region, hired, left, np.array([float(row[5]) for row in rows]), assignments, teams)


def _first_days(months: list[str], rng: np.random.Generator) -> Ints:
    shift = rng.integers(-1, 2, size=len(months))
    written = [month_number(date.fromisoformat(f"{month}-01")) if month else 0 for month in months]
    numbers = np.array(written, dtype=np.int64)
    inside = numbers > month_number(date(2022, 1, 1))
    return np.where(numbers == 0, NEVER, month_first(np.where(inside, numbers + shift, numbers)))


def _assignments(rep: int, name: str, team: str, hired: int, left: int) -> list[Assignment]:
    moves = [(day_number(day), to) for who, day, to in _MOVES if who == name]
    starts = [(hired, team), *moves]
    ends = [*(day for day, _ in moves), left]
    parts = [Assignment(rep, TEAMS.index(to), start, end, 1.0) for (start, to), end in zip(starts, ends, strict=True)]
    who, first, last, second, share = _SHARED
    if name != who:
        return parts
    start, end, own = day_number(first), day_number(last), TEAMS.index(team)
    return [
        Assignment(rep, own, hired, start, 1.0),
        Assignment(rep, own, start, end, 1 - share),
        Assignment(rep, TEAMS.index(second), start, end, share),
        Assignment(rep, own, end, left, 1.0),
    ]


def _login(name: str) -> str:
    return name.lower().translate(str.maketrans("êá ", "ea."))


def people_tables(roster: Roster) -> dict[str, pd.DataFrame]:
    """Return the tables reps, assignments and teams."""
    last_team = roster.team(np.arange(len(roster.reps)), np.minimum(roster.left - 1, LAST))
    reps = {
        "rep": roster.reps,
        "team": np.array(TEAMS, dtype=object)[last_team],
        "hired_on": as_days(roster.hired),
        "left_on": as_days(roster.left),
        "capacity": roster.capacity,
        "manager": np.array(MANAGERS, dtype=object)[last_team],
        "name": np.array(roster.names, dtype=object),
        "email": np.array([f"{rep}@example.com" for rep in roster.reps], dtype=object),
    }
    parts = roster.assignments
    assignments = {
        "rep": roster.reps[[part.rep for part in parts]],
        "team": [TEAMS[part.team] for part in parts],
        "from": as_days(np.array([part.start for part in parts], dtype=np.int64)),
        "to": as_days(np.array([part.end for part in parts], dtype=np.int64)),
        "share": [part.share for part in parts],
    }
    emails = [f"{_login(name)}@example.com" for name in MANAGERS]
    teams = {"team": TEAMS, "manager": MANAGERS, "email": emails, "parent": [None] * len(TEAMS)}
    return {"reps": pd.DataFrame(reps), "assignments": pd.DataFrame(assignments), "teams": pd.DataFrame(teams)}
