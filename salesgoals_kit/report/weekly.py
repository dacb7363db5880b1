"""What a report says of the weeks: what each rep has to do, beside what he does now, and whether hours are there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from salesgoals_kit.goals.activity import ActivityPlan, Range, Step
from salesgoals_kit.goals.binding import FUNNEL, Binding
from salesgoals_kit.goals.doing import step_words
from salesgoals_kit.goals.people import Person
from salesgoals_kit.report.blocks import Block, bullets, group, heading, leading, paragraph
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Message, Name, Number, Value, say

FEW = 2  # sentences; the others are opened
WHOLE_FROM = 10.0  # from here on half a call is nothing worth saying
A_TENTH = 0.1  # of what is done now: less than that more is nothing to speak of


def weekly_block(
    texts: Texts,
    people: Sequence[Person],
    names: Mapping[str, str],
    *,
    teams: bool = False,
    binding: Binding | None = None,
) -> Block:
    """Return what each rep has to do in a working week, beside what he does. ``names``: what the reps are called.

    ``teams``: there are teams below, whose own reports say it of their reps. ``binding``: what binds the goal; where
    that is the funnel, a steady flow does not help within the period.
    """
    short = [one for one in people if one.plan.hours is not None and one.plan.hours.bind]
    finding = say("weekly.heading_short") if short else say("weekly.heading")
    head = heading(texts, finding, name="weekly")
    plans = [one.plan for one in people]
    days = days_of_now(plans)
    steps = list(dict.fromkeys(step.name for plan in plans for step in chain_of(plan)))
    notes = [note for note in (plans[0].notes if plans else ()) if all(note in plan.notes for plan in plans)]
    if not steps:
        lack = say("weekly.nobody") if people or not teams else say("weekly.in_the_teams")
        return group(head, bullets(texts, notes) if notes else paragraph(texts, lack))
    columns = [Column("rep", say("weekly.column_rep"), "message")]
    columns += [Column(name, say("weekly.column_kind", kind=step_words(name)), "number") for name in steps]
    timed = any(plan.hours is not None for plan in plans)
    columns += [Column("hours", say("weekly.column_hours"), "number")] if timed else []
    rows = [_row(one, steps, names) for one in people]
    rows += [_together(plans, steps)] if len(people) > 1 else []
    shown = table(
        texts,
        pd.DataFrame(rows, columns=[column.name for column in columns], dtype="object"),
        columns,
        name="weekly",
        caption=Message("weekly.caption_now", days) if days else say("weekly.caption"),
        totals=len(rows) - len(people),
        wraps=True,
    )
    return group(head, shown, leading(texts, [*compared(plans), *_thin(binding), *counted(plans), *notes], FEW))


def _thin(binding: Binding | None) -> list[Message]:
    """Return what it takes beside a steady flow where the funnel binds."""
    if binding is None or binding.binds != FUNNEL:
        return []
    return [say("weekly.thin", loosen=way) for way in binding.loosen[:1]]


def chain_of(plan: ActivityPlan) -> list[Step]:
    """Return a plan's steps in the order in which they are done: leads first, deals won last."""
    first = [step for name in ("qualified_leads", "opportunities") if (step := plan.step(name)) is not None]
    won = plan.step("won")
    return [*first, *(step for step in plan.steps if step.is_activity), *([] if won is None else [won])]


def days_of_now(plans: Sequence[ActivityPlan]) -> dict[str, Value]:
    """Return the first and the last day that the figures of now were counted on; nothing where there are none."""
    spans = [(plan.now.first, plan.now.last) for plan in plans]
    return next(({"first": a, "last": b} for a, b in spans if a is not None and b is not None), {})


def compared(plans: Sequence[ActivityPlan]) -> list[Message]:
    """Return of which steps clearly more is needed than is done now, added up over all; where of none, that too."""
    more, known = [], False
    for name in dict.fromkeys(step.name for plan in plans for step in chain_of(plan)):
        steps = [step for plan in plans if (step := plan.step(name)) is not None]
        now = _now(steps)
        known = known or now is not None
        needed = math.fsum(step.week.middle for step in steps)
        if now is not None and needed > now * (1 + A_TENTH) and number(needed) != number(now):
            said: dict[str, Value] = {"step": step_words(name), "needed": number(needed), "now": number(now)}
            more.append(Message("weekly.step_more", said))
    if more:
        return [say("weekly.more", steps=tuple(more))]
    return [say("weekly.enough")] if known else []


def counted(plans: Sequence[ActivityPlan]) -> list[Message]:
    """Return what the hours count, where any are counted."""
    timed = dict.fromkeys(step.name for plan in plans for step in plan.steps if step.capped is not None)
    said = [say("weekly.hours_count", kinds=tuple(step_words(name) for name in timed))] if timed else []
    leads = any(plan.step("qualified_leads") is not None for plan in plans)
    return [*said, *([say("weekly.through_leads")] if leads else [])]


def _row(one: Person, names_of: Sequence[str], names: Mapping[str, str]) -> dict[str, Value | None]:
    rep = str(one.share.owner.rep)
    steps = {name: one.plan.step(name) for name in names_of}
    return {
        "rep": say("weekly.rep", rep=Name(names.get(rep, rep))),
        **{name: None if step is None else week_words(step) for name, step in steps.items()},
        "hours": _hours([one.plan]),
    }


def _together(plans: Sequence[ActivityPlan], names_of: Sequence[str]) -> dict[str, Value | None]:
    """Return the row of all together: middles add up, as near as makes no difference here, and so does what is done."""
    row: dict[str, Value | None] = {"rep": say("weekly.together")}
    for name in names_of:
        steps = [step for plan in plans if (step := plan.step(name)) is not None]
        row[name] = _beside(say("weekly.about", value=number(math.fsum(one.week.middle for one in steps))), _now(steps))
    return {**row, "hours": _hours(plans)}


def _now(steps: Sequence[Step]) -> float | None:
    """Return what is done now of a step by all; None where it is not known of everybody."""
    known = [step.now for step in steps if step.now is not None]
    return math.fsum(known) if known and len(known) == len(steps) else None


def _hours(plans: Sequence[ActivityPlan]) -> Message | None:
    """Return the hours that are needed in a week, of those there are, beside those of now; of nobody None."""
    timed = [(plan.hours, plan.weeks) for plan in plans if plan.hours is not None and plan.weeks]
    if not timed:
        return None
    needed, there = (
        number(math.fsum(value / weeks for value, (_, weeks) in zip(values, timed, strict=True)))
        for values in ([hours.needed.middle for hours, _ in timed], [hours.there for hours, _ in timed])
    )
    now = [hours.now for hours, _ in timed if hours.now is not None]
    return _beside(say("weekly.hours", needed=needed, there=there), math.fsum(now) if len(now) == len(timed) else None)


def week_words(step: Step) -> Message:
    """Return what a step takes in a week, as a range, beside what is done now."""
    return _beside(span_words(step.week), step.now)


def _beside(needed: Message, now: float | None) -> Message:
    return needed if now is None else say("weekly.beside", needed=needed, now=number(now))


def span_words(found: Range) -> Message:
    """Return a range from its low to its high end."""
    return say("weekly.range", low=number(found.low), high=number(found.high))


def number(value: float) -> Number:
    """Return a number of activities or hours: small ones with a decimal."""
    return Number(value, 0 if value >= WHOLE_FROM or value == 0 else 1)
