"""Who works where, as far as mails need to know: the teams with their managers, the reps, and their addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from salesgoals_kit.data.teams import people_names, rep_emails, team_names
from salesgoals_kit.kpis.presence import teams_of_reps
from salesgoals_kit.policies import Team


@dataclass(frozen=True)
class Person:
    """Somebody with an address: the teams he manages and those he is a rep of; ``rep`` where he is one."""

    name: str
    email: str
    manages: frozenset[str] = frozenset()
    works: frozenset[str] = frozenset()
    rep: str | None = None

    @property
    def who(self) -> tuple[str, str]:
        """By what he is told from others: two with one name and address are one."""
        return self.name.casefold(), self.email.lower()

    @property
    def title(self) -> str:
        """Who he is, for errors."""
        if self.name in map(_unnamed, self.manages):
            return self.name
        of = [f"manager of {team}" for team in sorted(self.manages)] + [f"rep of {team}" for team in sorted(self.works)]
        return f"{self.name} ({', '.join(of) or 'of no team'})"


@dataclass(frozen=True)
class People:
    """The teams as they are, and everybody who has an address; reps who have left are not among them."""

    teams: tuple[Team, ...]
    persons: tuple[Person, ...]

    @cached_property
    def at(self) -> Mapping[str, tuple[Person, ...]]:
        """Everybody by address, in small letters."""
        found: dict[str, tuple[Person, ...]] = {}
        for person in self.persons:
            found[person.email.lower()] = (*found.get(person.email.lower(), ()), person)
        return found

    @cached_property
    def reps(self) -> Mapping[str, Person]:
        """The reps who have an address."""
        return {person.rep: person for person in self.persons if person.rep is not None}

    def named(self, team: str) -> Team:
        """Return a team by its name."""
        return next(one for one in self.teams if one.name == team)

    def above(self, team: str) -> frozenset[str]:
        """Return a team and all that it is part of."""
        parents = {one.name: one.parent for one in self.teams}
        found: list[str] = []
        step: str | None = team
        while step is not None and step not in found:
            found.append(step)
            step = parents.get(step)
        return frozenset(found)


def people_of(company: Company) -> People:
    """Return who works where on the last day with data."""
    ref = make_snapshot(company)
    with open_snapshot(ref, company) as snapshot:
        return people_in(snapshot.at(ref.last_day))


def people_in(tables: Tables) -> People:
    """Return who works where, as the tables tell.

    Who has the same name and address is one person: a manager and a rep are, and reps whom the data has twice, who
    stay two all the same, since their pages are two.
    """
    known = {team.name: team for team in tables.company.teams}
    teams = tuple(known.get(name) or Team(name=name) for name in team_names(tables))
    found: dict[tuple[str, str], list[Person]] = {}
    for person in [*_managers(teams), *_reps(tables)]:
        found.setdefault(person.who, []).append(person)
    return People(teams, tuple(person for same in found.values() for person in _one(same)))


def _managers(teams: tuple[Team, ...]) -> Iterator[Person]:
    for team in teams:
        if team.email is not None:
            yield Person(team.manager or _unnamed(team.name), team.email.strip(), frozenset([team.name]))


def _unnamed(team: str) -> str:
    return f"the manager of {team}"


def _reps(tables: Tables) -> Iterator[Person]:
    emails = rep_emails(tables)
    names, works = people_names(tables), teams_of_reps(tables) if emails else {}
    for rep, email in emails.items():
        if rep in works and str(email).strip():
            yield Person((names.get(rep) or "").strip() or rep, str(email).strip(), works=works[rep], rep=rep)


def _one(same: Sequence[Person]) -> Iterator[Person]:
    """Give the records of one person: one for each rep that he is, or a single one, each with all of his teams."""
    manages = frozenset(team for one in same for team in one.manages)
    works = frozenset(team for one in same for team in one.works)
    reps = [one for one in same if one.rep is not None]
    yield from (replace(one, manages=manages, works=works) for one in reps or same[:1])
