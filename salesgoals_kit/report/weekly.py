"""What a report says of the weeks: what each rep does, as ranges, and whether the hours are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from salesgoals_kit.goals.activity import Range
from salesgoals_kit.goals.doing import kind_words
from salesgoals_kit.goals.people import Person
from salesgoals_kit.report.blocks import Block, bullets, group, heading, paragraph
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Message, Name, Number, Value, say

WHOLE_FROM = 10.0  # from here on half a call is nothing worth saying


def weekly_block(texts: Texts, people: Sequence[Person], names: Mapping[str, str], *, teams: bool = False) -> Block:
    """Return what each rep has to do in a working week. ``names``: what the reps are called.

    ``teams``: there are teams below, whose own reports say it of their reps.
    """
    short = [one for one in people if one.plan.hours is not None and one.plan.hours.bind]
    finding = say("weekly.heading_short") if short else say("weekly.heading")
    head = heading(texts, finding, name="weekly")
    kinds = list(dict.fromkeys(step.name for one in people for step in one.plan.steps if step.is_activity))
    notes = [note for note in (people[0].plan.notes if people else ()) if _for_all(note, people)]
    if not kinds:
        lack = say("weekly.nobody") if people or not teams else say("weekly.in_the_teams")
        return group(head, bullets(texts, notes) if notes else paragraph(texts, lack))
    columns = [Column("rep", say("weekly.column_rep"), "message")]
    columns += [Column(kind, say("weekly.column_kind", kind=kind_words(kind)), "number") for kind in kinds]
    columns.append(Column("hours", say("weekly.column_hours"), "number"))
    rows = pd.DataFrame([_row(one, kinds, names) for one in people], dtype="object")
    shown = table(texts, rows, columns, name="weekly", caption=say("weekly.caption"))
    return group(head, shown, *([bullets(texts, notes)] if notes else []))


def _for_all(note: Message, people: Sequence[Person]) -> bool:
    """Return whether a note is true of everybody, and so no remark on one."""
    return all(note in one.plan.notes for one in people)


def _row(one: Person, kinds: Sequence[str], names: Mapping[str, str]) -> dict[str, Value | None]:
    rep = str(one.share.owner.rep)
    steps = {kind: one.plan.step(kind) for kind in kinds}
    return {
        "rep": say("weekly.rep", rep=Name(names.get(rep, rep))),
        **{kind: None if step is None else span_words(step.week) for kind, step in steps.items()},
        "hours": _hours(one),
    }


def _hours(one: Person) -> Message | None:
    hours = one.plan.hours
    if hours is None or not one.plan.weeks:
        return None
    needed, there = (number(value / one.plan.weeks) for value in (hours.needed.middle, hours.there))
    return say("weekly.hours", needed=needed, there=there)


def span_words(found: Range) -> Message:
    """Return a range from its low to its high end."""
    return say("weekly.range", low=number(found.low), high=number(found.high))


def number(value: float) -> Number:
    """Return a number of activities or hours: small ones with a decimal."""
    return Number(value, 0 if value >= WHOLE_FROM or value == 0 else 1)
