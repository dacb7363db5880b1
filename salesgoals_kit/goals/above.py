"""What is asked of each team from above: its part of the company's goal, as the company's own tree shares it out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import ForecastError, ParamError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.board import outlook_of
from salesgoals_kit.goals.carried import Known, goal_tree
from salesgoals_kit.goals.carriers import Share, Tree
from salesgoals_kit.goals.nodes import pro_rata
from salesgoals_kit.goals.previous import previous_goals
from salesgoals_kit.goals.settled import whole_goals
from salesgoals_kit.goals.times import parts_of, ramped_carries, times_then
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi
from salesgoals_kit.kpis.needs import missing
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.store.rows import FinalRow, GoalRow

REVENUE = CATALOGUE["revenue"]
Last = tuple[Sequence[GoalRow], Sequence[FinalRow]]


@dataclass(frozen=True)
class Asked:
    """A team's ``share`` of the ``goal`` of the one above it; ``agreed``: humans agreed on that goal."""

    share: Share
    goal: float
    agreed: bool


def asked_from_above(
    tables: Tables, period: Period, book: Book, last: Last = ((), ()), agreed: Iterable[GoalRow] = ()
) -> dict[str, Asked]:
    """Return what the company's goal of revenue asks of each team, by name.

    The company's goal is what was agreed for it, else what its outlook proposes; none, and nothing is asked, where that
    is not above nothing. What was ``agreed`` for teams stands in it. The shares are those of `tree_of`.
    """
    known = whole_goals(agreed, period)
    value = goal_to_carry(tables, COMPANY, period, book, last, known)
    if value is None:
        return {}
    tree = tree_of(tables, COMPANY, period, book, value, last, known, reps=False)
    goals = {share.owner: share.value for share in tree.shares}
    said = {row.owner for row in known}
    return {
        str(share.owner.team): Asked(share, goals[share.parent], share.parent in said)
        for share in tree.shares
        if share.parent is not None and share.owner.rep is None
    }


def goal_to_carry(
    tables: Tables, owner: Owner, period: Period, book: Book, last: Last = ((), ()), agreed: Iterable[GoalRow] = ()
) -> float | None:
    """Return the revenue that the company or a team is to bring: as agreed, else as asked from above, else as proposed.

    None where nothing above nothing was agreed or would be proposed.
    """
    known = whole_goals(agreed, period)
    said = [row.value for row in known if row.owner == owner]
    if not said and owner != COMPANY:
        asked = asked_from_above(tables, period, book, last, known).get(str(owner.team))
        said = [] if asked is None or asked.share.value <= 0 else [asked.share.value]
    if not said and not missing(REVENUE.name, tables, owner):
        with suppress(ForecastError):
            said = [outlook_of(tables, owner, REVENUE, period, book).goal(tables.company.chances.target)]
    return next((value for value in said if value > 0), None)


def tree_of(
    tables: Tables,
    owner: Owner,
    period: Period,
    book: Book,
    value: float,
    last: Last,
    agreed: Iterable[GoalRow] = (),
    *,
    reps: bool = True,
) -> Tree:
    """Return who carries an owner's revenue, by the full times that people bring, within bounds from ``last`` goals.

    ``agreed``, whoever's, stands (of months their sum, where they are all of the period's); the others share what it
    leaves.
    """
    carry = ramped_carries(tables, owner, period)
    then = times_then(tables, owner, period.year_before(), REVENUE.name) if last[0] else {}
    previous = previous_goals(last[0], last[1], REVENUE.name, period, then)
    stands = standing(whole_goals(agreed, period), carry, parts_of(tables, owner, period))
    known = Known(carry, previous, agreed=stands)
    return goal_tree(tables, owner, period, book, REVENUE, value, known=known, reps=reps)


def judged_by(tables: Tables, owner: Owner, kpi: Kpi, period: Period, book: Book) -> Outlook:
    """Return the outlook that a goal of an owner is judged by: of a rep's revenue that of the tree he is in.

    It counts by his full times, as on his page; who is in several teams, or in none, is judged by his own. Raises
    ForecastError where there is no history to forecast from.
    """
    carry = () if owner.rep is None or kpi != REVENUE else ramped_carries(tables, Owner(owner.team), period)
    places = [place for place in carry if place.rep == owner.rep]
    if len(places) != 1 or places[0].team is None:
        return outlook_of(tables, owner, kpi, period, book)
    found = outlook_of(tables, places[0], kpi, period, book)
    with suppress(ParamError):  # nobody there has an outlook that could be shared by
        share = tree_of(tables, Owner(places[0].team), period, book, 1.0, ((), ())).share(places[0])
        return found if share is None else pro_rata(found, share.factor)
    return found


def standing(agreed: Iterable[GoalRow], carry: Iterable[Owner], parts: Mapping[Owner, float]) -> dict[Owner, float]:
    """Return what was agreed by the owner's place in a tree, of those who ``carry``.

    A rep's goal names no team: who is in several has his part in each by his full times there (`times.parts_of`), also
    where not all of them are in the tree.
    """
    places: dict[str | None, list[Owner]] = {}
    for place in carry:
        places.setdefault(place.rep, []).append(place)
    found: dict[Owner, float] = {}
    for row in agreed:
        if row.owner.rep is None:
            found[row.owner] = row.value
        else:
            found |= {place: row.value * parts.get(place, 1.0) for place in places.get(row.owner.rep, ())}
    return found
