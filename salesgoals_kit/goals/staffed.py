"""Teams that nobody is in, and reps who are in no team: neither carries a part of a goal, and both are said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.goals.nodes import Node
from salesgoals_kit.goals.wording import owner_words
from salesgoals_kit.kpis.presence import presence
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.words import Message, Name, say

Places = Sequence[tuple[Owner, Owner | None]]


@handed
def people_here(tables: Tables) -> tuple[tuple[str, str | None], ...]:
    """Return who is there at as_of, and in which team he is most (None: in none)."""
    found = presence(tables, COMPANY, [tables.as_of])
    return tuple(
        (str(rep), None if pd.isna(team) else str(team)) for rep, team in zip(found["rep"], found["team"], strict=True)
    )


def empty_teams(tables: Tables, places: Places) -> tuple[Owner, ...]:
    """Return the teams below the top that no rep is in at as_of, nor in a team below them.

    None where nobody at all is in a team: then the data does not tell who is where.
    """
    if all(team is None for _, team in people_here(tables)):
        return ()
    above = dict(places)
    staffed: set[Owner | None] = set()
    for place, at in places:
        while place.kind == "rep" and at is not None and at not in staffed:
            staffed.add(at)
            at = above[at]
    return tuple(place for place, at in places if place.kind == "team" and at is not None and place not in staffed)


def emptied(node: Node) -> Node:
    """Return the node of a team that nobody is in: it carries nothing, whatever its outlook and its last goal were.

    An outlook that was borrowed from its siblings is none of its own; one of its own counts by no full time.
    """
    borrowed = node.outlook is None or node.outlook.method == "borrowed"
    return replace(node, outlook=None if borrowed else node.outlook, carry=0.0, carried=1.0, previous=None)


def said_of_staff(tables: Tables, owner: Owner, places: Places, empty: Sequence[Owner]) -> list[Message]:
    """Return which teams nobody is in, and who is in no team, of a KPI that is known by rep."""
    said = [say("tree.nobody_in", teams=tuple(owner_words(team) for team in empty))] if empty else []
    if owner != COMPANY or not any(place.kind == "team" for place, _ in places):
        return said
    placed = {place.rep for place, _ in places}
    loose = tuple(Name(rep) for rep, _ in people_here(tables) if rep not in placed)
    return [*said, say("tree.in_no_team", reps=loose)] if loose else said
