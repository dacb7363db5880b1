"""Reps and teams that rows name, held against those that are known."""

from __future__ import annotations

from collections.abc import Container, Iterable

import duckdb

from salesgoals_kit.company import Company
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.engine import count, name, text
from salesgoals_kit.errors import Fault
from salesgoals_kit.policies import Team
from salesgoals_kit.words import Count, Message, Name, say

MOST_NAMED = 5  # teams that nothing else knows; of more the first are named
_FIELDS = ("parent", "manager", "email")


def team_faults(con: duckdb.DuckDBPyConnection, company: Company, tables: Container[str]) -> list[Fault]:
    """Return where a teams table disagrees with the company file, or with itself."""
    if "teams" not in tables:
        return []
    rows = con.execute('SELECT team, parent, manager, email FROM "kept teams" ORDER BY team').fetchall()
    found = {team: dict(zip(_FIELDS, fields, strict=True)) for team, *fields in rows}
    if company.teams:
        return _disagreements(found, company.teams)
    parents = {team: fields["parent"] for team, fields in found.items()}
    return [fault for team in parents for fault in _bad_parent(team, parents)]


def _disagreements(found: dict[str, dict[str, str | None]], named: Iterable[Team]) -> list[Fault]:
    ours = {team.name: team for team in named}
    told = [f"a team {team!r}, which the company file does not name" for team in found if team not in ours]
    told += [f"no team {team!r}, which the company file names" for team in ours if team not in found]
    for team in [team for team in ours if team in found]:
        for field in _FIELDS:
            there, here = found[team][field], getattr(ours[team], field)
            if there is not None and here is not None and there != here:
                told.append(f"{field} of {team!r} is {there!r}, but {here!r} in the company file")
    return [Fault("sources.teams", found_text, todo="make the two agree") for found_text in told]


def _bad_parent(team: str, parents: dict[str, str | None]) -> list[Fault]:
    above = parents[team]
    if above is not None and above not in parents:
        return [Fault("sources.teams", f"parent of {team!r} is {above!r}, which is no team")]
    seen = {team}
    while above is not None and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return [Fault("sources.teams", f"{team!r} would be a part of itself")] if above == team else []


def unknown_people(con: duckdb.DuckDBPyConnection, company: Company, tables: Container[str]) -> list[Message]:
    """Return how many rows of each table name a rep or a team that nothing else knows; they are kept."""
    teams = [team.name for team in company.teams]
    known = {"rep": 'SELECT rep FROM "kept reps"'} if "reps" in tables else {}
    if teams:
        known["team"] = f"SELECT unnest([{', '.join(text(team) for team in teams)}])"
    elif "teams" in tables:
        known["team"] = 'SELECT team FROM "kept teams"'
    told = []
    for table in (table for table in TABLES.values() if table.name in tables):
        for column, query in known.items():
            if column in table.names and table.key != (column,):
                kept = name(f"kept {table.name}")
                stranger = f"{column} IS NOT NULL AND {column} NOT IN ({query})"
                number = count(con, f"SELECT count(*) FROM {kept} WHERE {stranger}")
                if number:
                    told.append(say(f"data.unknown_{column}s", table=table.name, count=Count(number)))
                if number and column == "team":
                    told.append(say("data.unlisted_teams", table=table.name, teams=_most_named(con, kept, stranger)))
    return told


def _most_named(con: duckdb.DuckDBPyConnection, kept: str, stranger: str) -> Name:
    """Return the teams that the most rows name, so many as one reads; teams alone, as reps are others' people."""
    rows = con.execute(
        f"SELECT team FROM {kept} WHERE {stranger} GROUP BY team ORDER BY count(*) DESC, team"
    ).fetchall()
    return Name(", ".join([*(team for (team,) in rows[:MOST_NAMED]), *(["…"] if rows[MOST_NAMED:] else [])]))
