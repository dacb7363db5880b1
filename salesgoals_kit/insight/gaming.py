"""Patterns of a team that goals and their dates may have made, each beside its innocent explanation.

Nothing here is about a person, and nothing is a verdict: a pattern says where to ask.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.insight.bunching import Bunching, bunched, bunching, terms_said
from salesgoals_kit.insight.contrast import Contrast
from salesgoals_kit.insight.ratchet import held_back, latest, ratchet, ratchet_said
from salesgoals_kit.insight.slipping import slipping, slipping_said
from salesgoals_kit.kpis.closings import Closings, closings
from salesgoals_kit.kpis.rush import quarter_end_rush
from salesgoals_kit.kpis.slips import Slips, slips
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.store.rows import FinalRow, GoalRow
from salesgoals_kit.words import Count, Message, Number, Rate, Value, say


@dataclass(frozen=True)
class Gaming:
    """What is seen of an owner. ``bunching``: wins at quarters' ends, None where the data does not tell.

    ``ends``: of these; ``slips``: of expected days that are put off; ``held``: of wins just after a goal that was met;
    ``ratchet``: of goals and what came of the last ones. ``contrasts``: what teams do otherwise than the others; which
    are findings is for the report to decide. ``lacking``: what cannot be seen, and what it would take.
    """

    owner: Owner
    bunching: Bunching | None
    slipped: Slips | None
    ends: tuple[Message, ...]
    slips: tuple[Message, ...]
    held: tuple[Message, ...]
    ratchet: tuple[Message, ...]
    contrasts: tuple[Contrast, ...]
    lacking: tuple[Message, ...]


def gaming(
    tables: Tables, owner: Owner = COMPANY, goals: Iterable[GoalRow] = (), finals: Iterable[FinalRow] = ()
) -> Gaming:
    """Return the patterns of an owner, as known at as_of; ``goals`` and ``finals``: the ledger's rows visible then."""
    ends, moved = closings(tables, owner), slips(tables, owner)
    agreed, final = latest(goals, owner), latest(finals, owner)
    country = tables.company.country
    enough = ends is not None and len(ends.quarters) > 0 and bunched(ends, country).wins > 0
    seen = bunched(ends, country) if ends is not None and enough else None
    contrasts = bunching(ends, owner, country) if ends is not None and enough else ()
    contrasts += () if moved is None else slipping(moved, owner)
    return Gaming(
        owner=owner,
        bunching=seen,
        slipped=moved,
        ends=() if ends is None or seen is None else _ends(tables, owner, ends, seen),
        slips=() if moved is None else (slipping_said(moved),),
        held=(held_back(ends, agreed, owner),) if ends is not None and seen is not None and agreed else (),
        ratchet=(ratchet_said(ratchet(agreed, final)),) if agreed else (),
        contrasts=contrasts,
        lacking=tuple(_lacking(seen is not None, moved is not None, bool(agreed), contrasts, owner)),
    )


def _ends(tables: Tables, owner: Owner, found: Closings, seen: Bunching) -> tuple[Message, ...]:
    """Return how much of what is won comes at the end, beside the whole company's, and at what terms."""
    said = [_share("company" if owner.kind == "company" else "team", seen)]
    if owner.kind != "company":
        whole = closings(tables)
        both = None if whole is None else bunched(whole, tables.company.country)
        if both is not None and both.wins:
            said.append(say("gaming.everybody", share=Rate(both.share)))
    return (*said, quarter_end_rush(tables, owner).sentence, *terms_said(found))


def _share(whose: str, seen: Bunching) -> Message:
    values: dict[str, Value] = {
        "share": Rate(seen.share),
        "wins": Count(seen.wins),
        "quarters": Number(seen.quarters, 0),
    }
    if seen.usual != seen.usual:
        return Message(f"gaming.ends_{whose}_alone", values)
    return Message(f"gaming.ends_{whose}", {**values, "usual": Rate(seen.usual)})


def _lacking(ends: bool, moved: bool, agreed: bool, contrasts: tuple[Contrast, ...], owner: Owner) -> list[Message]:
    said = [] if ends else [say("gaming.no_closings")]
    said += [] if moved else [say("gaming.no_changes")]
    said += [] if agreed else [say("gaming.no_goals")]
    return said + ([say("gaming.nobody_beside")] if (ends or moved) and not contrasts else [])
