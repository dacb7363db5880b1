"""What a report of a running period says of the way: milestones, what is needed, and who carries it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from salesgoals_kit.follow.ahead import Case, Needed
from salesgoals_kit.follow.below import Below
from salesgoals_kit.follow.milestones import Milestone, Milestones, sentences
from salesgoals_kit.follow.tracking import REVENUE, Tracking, Way
from salesgoals_kit.goals.wording import figure
from salesgoals_kit.owners import Owner
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, paragraph
from salesgoals_kit.report.quantities import chance_message, quantity
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.report.tracking import state_words
from salesgoals_kit.words import Message, Money, Name, say

OF_THE_COURSE = ("tracking.curve_own", "tracking.curve_lent")  # what a chart shows that only revenue has


def milestones_block(texts: Texts, found: Tracking) -> Block:
    """Return the milestones so far, hit and missed, and what each part of the time left has to bring; goal by goal."""
    if not found.ways:
        head = heading(texts, say("tracking.heading_milestones"))
        return group(head, paragraph(texts, say("tracking.no_milestones"), soft=True))
    return group(*(_way(texts, one) for one in found.ways.values()))


def _way(texts: Texts, way: Way) -> Block:
    """Return the milestones of one goal; of another one than revenue its measure is named."""
    made, case = way.milestones, way.case
    kpi, finding = case.found.kpi, _milestone_finding(made, case)
    if kpi.name != REVENUE:
        finding = say("tracking.heading_way", kpi=kpi.title, finding=finding)
    blocks: list[Block] = [heading(texts, finding, name=_named("tracking milestones", case))]
    tables = [_needed(texts, made, case)] if made.ahead else []
    past = [_past(texts, made, case)] if made.past else []
    if kpi.name == REVENUE:
        blocks += [*tables, *([folded(texts, say("folds.milestones"), *past)] if past else [])]
    elif past or tables:
        blocks.append(folded(texts, say("folds.way", kpi=kpi.title), *tables, *past))
    if made.over or not made.ahead:
        blocks.append(paragraph(texts, _done(made, case)))
    beside = () if kpi.name == REVENUE else [note for note in case.found.notes if note.id not in OF_THE_COURSE]
    said = [*sentences(made, case), *made.notes, *beside]
    return group(*blocks, *([bullets(texts, said)] if said else []))


def _named(name: str, case: Case) -> str:
    """Return the name of a part of the page, each once: of another goal than revenue with its measure's."""
    return name if case.found.kpi.name == REVENUE else f"{name}-{case.found.kpi.name}"


def _milestone_finding(made: Milestones, case: Case) -> Message:
    if made.over or not made.ahead:
        return _done(made, case)
    left, goal = (figure(case.found.kpi, value) for value in (made.left, made.goal))
    return say("tracking.heading_needed", left=left, goal=goal)


def _done(made: Milestones, case: Case) -> Message:
    kpi = case.found.kpi
    if made.so_far >= made.goal:
        over = figure(kpi, made.over)
        return say("tracking.reached", goal=figure(kpi, made.goal), over=over)
    return say("tracking.short", goal=figure(kpi, made.goal), short=figure(kpi, made.goal - made.so_far))


def _past(texts: Texts, made: Milestones, case: Case) -> Block:
    unit = case.found.kpi.unit

    def row(one: Milestone) -> dict[str, object]:
        return {
            "phase": _phase(one),
            "asked": quantity(one.phase.value, unit),
            "came": quantity(one.came, unit),
            "asked_by_then": quantity(one.asked_by_then, unit),
            "by_then": quantity(one.by_then, unit),
            "hit": say("tracking.milestone_hit") if one.hit else say("tracking.milestone_missed"),
        }

    columns = [
        Column("phase", say("tracking.column_phase"), "message"),
        Column("asked", say("tracking.column_asked"), "number"),
        Column("came", say("tracking.column_came"), "number"),
        Column("asked_by_then", say("tracking.column_asked_by_then"), "number"),
        Column("by_then", say("tracking.column_by_then"), "number"),
        Column("hit", say("tracking.column_hit"), "message"),
    ]
    rows = pd.DataFrame([row(one) for one in made.past], dtype="object")
    return table(texts, rows, columns, name=_named("milestones", case), caption=say("tracking.caption_milestones"))


def _phase(one: Milestone) -> Message:
    if one.phase.grain == "week":
        return say("phases.week", first=one.phase.start, last=one.phase.end)
    if one.phase.agreed:
        return say("phases.agreed", phase=one.phase.name)
    return say("phases.phase", phase=one.phase.name)


def _needed(texts: Texts, made: Milestones, case: Case) -> Block:
    unit = case.found.kpi.unit

    def row(one: Needed) -> dict[str, object]:
        days = say("phases.week", first=one.first, last=one.last)
        return {
            "phase": days if one.grain == "week" else say("phases.phase", phase=one.name),
            "value": quantity(one.value, unit),
            "asked": None if one.asked is None else quantity(one.asked, unit),
            "expected": None if one.expected is None else quantity(one.expected, unit),
        }

    asked = any(one.asked is not None for one in made.ahead)
    expected = all(one.expected is not None for one in made.ahead)
    columns = [Column("phase", say("tracking.column_phase"), "message")]
    columns.append(Column("value", say("tracking.column_needed"), "number"))
    columns += [Column("expected", say("tracking.column_usual"), "number")] if expected else []
    columns += [Column("asked", say("tracking.column_asked"), "number")] if asked else []
    together: dict[str, object] = {
        "phase": say("tracking.together"),
        "value": quantity(made.left, unit),
        "asked": None,
        "expected": quantity(sum(one.expected or 0.0 for one in made.ahead), unit) if expected else None,
    }
    rows = pd.DataFrame([*(row(one) for one in made.ahead), together], dtype="object")
    said = say("tracking.caption_needed", goal=quantity(made.goal, unit))
    return table(texts, rows, columns, name=_named("needed", case), caption=said, totals=1)


def below_block(texts: Texts, found: Tracking) -> Block:
    """Return each team or rep below with the goal, what came, what usually has by now, and the chance."""
    head = heading(texts, say("tracking.heading_below"))
    if not found.below:
        return group(head, paragraph(texts, say("tracking.nobody_below"), soft=True))
    columns = [
        Column("owner", say("tracking.column_owner"), "message"),
        Column("goal", say("tracking.column_goal"), "number"),
        Column("so_far", say("tracking.column_so_far"), "number"),
        Column("usual", say("tracking.column_usual_by_now"), "number"),
        Column("expected", say("tracking.column_expected"), "number"),
        Column("promised", say("tracking.column_promised"), "number"),
        Column("now", say("tracking.column_now"), "number"),
        Column("state", say("tracking.column_state"), "message"),
    ]
    rows = pd.DataFrame([_below(one, found.names) for one in found.below], dtype="object")
    reps = any(one.owner.kind == "rep" for one in found.below)
    shown = table(texts, rows, columns, name="below", caption=say("tracking.caption_below"))
    said = [*_nobodys(found), *([say("tracking.reps_made"), say("tracking.reps_small")] if reps else [])]
    return group(head, shown, *([bullets(texts, said)] if said else []))


def _nobodys(found: Tracking) -> list[Message]:
    """Return how much of what came belongs to none of those below, where that is anything."""
    flow = found.so_far.get(REVENUE)
    rest = 0.0 if flow is None else flow.actual - sum(one.so_far for one in found.below)
    return [say("tracking.nobodys", amount=Money(rest))] if rest >= 1 else []


def _below(one: Below, names: Mapping[str, str]) -> dict[str, object]:
    return {
        "owner": say("tracking.owner", name=Name(owner_name(one.owner, names))),
        "goal": None if one.goal is None else Money(one.goal),
        "so_far": Money(one.so_far),
        "usual": None if one.usual is None else Money(one.usual[1]),
        "expected": None if one.expected is None else Money(one.expected),
        "promised": None if one.promised is None else chance_message(one.promised, short=True),
        "now": None if one.now is None else chance_message(one.now, short=True),
        "state": say("tracking.without_goal") if one.goal is None else state_words(one.state),
    }


def owner_name(owner: Owner, names: Mapping[str, str]) -> str:
    """Return what a team or a rep is called."""
    return names.get(str(owner.rep), str(owner.rep)) if owner.rep is not None else str(owner.team)
