"""The goal tree of a company or a team from its tables: who there is, for how much of the period, with what outlook."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.signals import STILL_FROM
from salesgoals_kit.goals.board import outlook_of
from salesgoals_kit.goals.carriers import Tree
from salesgoals_kit.goals.full_times import Carry, away_of, carries, full_times, teams_below
from salesgoals_kit.goals.nodes import Node, Previous, Unowned, family_of
from salesgoals_kit.goals.own import ADD_UP, Terms
from salesgoals_kit.goals.ratetree import RATIOS, lone_tree, share_rate_tree
from salesgoals_kit.goals.staffed import emptied, empty_teams, said_of_staff
from salesgoals_kit.goals.tree import share_tree
from salesgoals_kit.goals.unowned import unowned_of
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.kpis.needs import dimensions
from salesgoals_kit.kpis.presence import Away
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.words import Message, Name, say


@dataclass(frozen=True)
class Known:
    """What is known beside the tables: full times that take productivity into account, last goals, planned absences.

    ``agreed`` are the amounts that humans agreed on; they stand.
    """

    carry: Mapping[Owner, Carry] | None = None
    previous: Mapping[Owner, Previous] | None = None
    away: Away | None = None
    agreed: Mapping[Owner, float] | None = None


def goal_tree(
    tables: Tables,
    owner: Owner,
    period: Period,
    book: Book,
    kpi: Kpi,
    value: float,
    *,
    terms: Terms | None = None,
    known: Known | None = None,
    reps: bool = True,
) -> Tree:
    """Return who carries a goal of the company (teams, their teams, their reps), of a team, or of a rep (himself).

    Who is there at as_of counts, for the working days of the period that he is there (`carries`), unless ``known``
    has better figures. A KPI that is not known by rep, or by team, ends there, and a note says so. Without ``reps``
    the teams carry just the same, and of reps only those are there who share a goal with teams. Raises ParamError for
    an impossible goal, and where nobody has an outlook.
    """
    given = known or Known()
    company = tables.company
    split = terms or terms_of(company)
    shared = _can_be_shared(kpi)
    places = places_of(tables, owner, kpi) if shared else ((owner, None),)
    family_of([Node(place, above, None) for place, above in places], amounts=False)  # before any outlook is made
    carry = carries(tables, owner, period, given.away or away_of(company)) if given.carry is None else given.carry
    shown = places if reps else _beside_teams(places)
    outlooks = {place: _outlook(tables, place, kpi, period, book) for place, _ in shown}
    nodes = [
        Node(
            place,
            above,
            outlooks[place],
            *_times(place, places, outlooks, carry),
            (given.previous or {}).get(place),
            _unowned(tables, place, shown, period, book, kpi),
            (given.agreed or {}).get(place) if above is not None else None,
        )
        for place, above in shown
    ]
    by_rep = shared and "rep" in dimensions(kpi.name, tables)
    empty = empty_teams(tables, places) if by_rep else ()
    nodes = [emptied(node) if node.owner in empty else node for node in nodes]
    if not shared:
        tree = lone_tree(value, nodes[0], kpi, split, period)
    else:
        tree = (share_rate_tree if kpi.over_period in RATIOS else share_tree)(value, nodes, kpi, split)
    staff = said_of_staff(tables, owner, places, empty) if by_rep else []
    return replace(tree, notes=(*tree.notes, *staff, *_notes(tables, owner, kpi, shared)))


def _beside_teams(places: Sequence[tuple[Owner, Owner | None]]) -> tuple[tuple[Owner, Owner | None], ...]:
    """Return the places of teams, and of those reps who share a goal with teams."""
    split = {above for place, above in places if place.kind == "team"}
    return tuple((place, above) for place, above in places if place.kind != "rep" or above in split)


def terms_of(company: Company) -> Terms:
    """Return how the company wants its goals to be shared out."""
    tree = company.tree
    return Terms(company.chances, tree.max_change, tree.rule, tree.over, company.minor_units)


def _can_be_shared(kpi: Kpi) -> bool:
    return kpi.over_period in RATIOS or (kpi.over_period in ADD_UP and kpi.better == "higher")


@handed
def places_of(tables: Tables, owner: Owner, kpi: Kpi) -> tuple[tuple[Owner, Owner | None], ...]:
    """Return every owner in the tree and the one above, as far as the KPI is known.

    Reps who are in no team are the company's.
    """
    return tuple(_places(tables, owner, kpi))


def _places(tables: Tables, owner: Owner, kpi: Kpi) -> Iterator[tuple[Owner, Owner | None]]:
    yield owner, None
    known = dimensions(kpi.name, tables)
    parents = {team.name: team.parent for team in tables.company.teams}
    teams: list[str | None] = [*teams_below(tables, owner)] if "team" in known and owner.kind != "rep" else []
    for team in teams or ([None] if owner == COMPANY else []):
        if team not in (None, owner.team):
            yield Owner(team), Owner(parents.get(str(team)))
        for rep in full_times(tables, team, [tables.as_of], "here") if "rep" in known else ():
            yield Owner(team, rep), Owner(team)


def _outlook(tables: Tables, owner: Owner, kpi: Kpi, period: Period, book: Book) -> Outlook | None:
    """Return an owner's outlook; None without a history to make one of, or where the history is a start without sales.

    Fewer than six months with nothing do not tell that nothing will come.
    """
    try:
        found = outlook_of(tables, owner, kpi, period, book)
    except ForecastError:  # it has no history, nor siblings that have one
        return None
    return found if found.draws.any() or found.history_months >= STILL_FROM else None


def _times(
    owner: Owner,
    places: Sequence[tuple[Owner, Owner | None]],
    outlooks: Mapping[Owner, Outlook | None],
    carry: Mapping[Owner, Carry],
) -> tuple[float, float | None]:
    """Return the full times of an owner and those that its outlook stands for (None: it is taken as it is).

    A team has what its reps have. An outlook that was borrowed from the siblings stands for their mean.
    """
    if owner.kind != "rep":
        below = [place for place, _ in places if place.kind == "rep" and _is_below(place, owner, places)]
        return (math.fsum(carry[rep].now for rep in below if rep in carry) if below else 1.0), None
    own, outlook = carry.get(owner, Carry(1.0, 1.0)), outlooks[owner]
    past = own.past
    if outlook is not None and outlook.method == "borrowed":
        lenders = [carry[one].past for one, found in outlooks.items() if one in carry and _lends(one, found, owner)]
        past = math.fsum(lenders) / len(lenders) if lenders else 0.0
    return own.now, past if past > 0 else None


def _unowned(
    tables: Tables,
    owner: Owner,
    places: Sequence[tuple[Owner, Owner | None]],
    period: Period,
    book: Book,
    kpi: Kpi,
) -> Unowned | None:
    """Return what belongs to none of those below; where teams and reps are below the same owner, nothing tells."""
    below = [place for place, above in places if above == owner]
    return unowned_of(tables, below[0], kpi, period, book) if len({one.kind for one in below}) == 1 else None


def _lends(one: Owner, outlook: Outlook | None, owner: Owner) -> bool:
    return one.team == owner.team and outlook is not None and outlook.method != "borrowed"


def _is_below(place: Owner, owner: Owner, places: Sequence[tuple[Owner, Owner | None]]) -> bool:
    above = dict(places)
    at: Owner | None = place
    while at is not None and at != owner:
        at = above[at]
    return at == owner


def _notes(tables: Tables, owner: Owner, kpi: Kpi, shared: bool) -> list[Message]:
    if not shared:
        return [say("tree.not_shared", kpi=kpi.title)]
    here = set(make_up(tables).people["rep"]) if tables.company.away else set()
    unknown = tuple(Name(rep) for rep in away_of(tables.company) if rep not in here)
    said = [say("tree.away_unknown", reps=unknown)] if unknown and owner == COMPANY else []
    known = dimensions(kpi.name, tables)
    if owner.kind == "rep" or "rep" in known:
        return said
    return [*said, say("tree.teams_only", kpi=kpi.title) if "team" in known else say("tree.one_owner", kpi=kpi.title)]
