"""What a report says of what was considered: the levers by what they would bring, few to go for, and what if."""

from __future__ import annotations

from typing import Literal

from salesgoals_kit.goals.binding import Feasibility
from salesgoals_kit.goals.brought import Bar
from salesgoals_kit.goals.focus import Focus, Lever
from salesgoals_kit.goals.whatif import Outcome, WhatIf
from salesgoals_kit.report.blocks import Block, bullets, group, heading, leading, paragraph
from salesgoals_kit.report.canvas import Figure
from salesgoals_kit.report.charts import OUTER, draw_ranges
from salesgoals_kit.report.quantities import Level, chance_message
from salesgoals_kit.report.shapes import Span
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Message, Money, Value, say

FEW = 5  # levers that are only watched; the others, and what is left out, are opened
COST_UNKNOWN = "focus.cost_unknown"  # mostly true of all levers, so said once


def considered_block(texts: Texts, found: Focus) -> Block:
    """Return the levers as a tornado, those to go for with their reasons, then those that are only watched."""
    names = tuple(lever_title(lever) for lever in found.proposed)
    head = heading(
        texts, say("considered.heading", levers=names) if names else say("considered.heading_none"), name="focus"
    )
    blocks: list[Block] = [head]
    if any(_bar(lever) for lever in (*found.proposed, *found.watch)):
        blocks.append(_tornado(texts, found))
    for lever in found.proposed:
        blocks.append(heading(texts, lever_title(lever), level=3, name=f"focus {lever.name}"))
        blocks.append(bullets(texts, [one for one in lever.said if one.id != COST_UNKNOWN] or lever.said))
    rest = [
        say("considered.watch", lever=lever_title(lever), reason=lever.reason) for lever in found.watch if lever.reason
    ]
    unknown = [one for lever in found.proposed for one in lever.said if one.id == COST_UNKNOWN]
    rest += [*unknown[:1], *found.lacking, *found.notes]
    if rest:
        blocks += [heading(texts, say("considered.heading_watch"), level=3), leading(texts, rest, FEW)]
    return group(*blocks)


def tried_block(texts: Texts, found: WhatIf | None, hired: Feasibility | None = None) -> Block:
    """Return a goal's chance and the margin before and after what was tried; ``hired``: the ceilings with the hires."""
    head = heading(texts, say("considered.heading_tried"), level=3)
    if found is None:
        return group(head, paragraph(texts, say("considered.nothing_tried"), soft=True))
    rows = [_outcome("before", found.before), _outcome("after", found.after)]
    people = [] if hired is None or hired.capacity is None else [hired.capacity.message]
    return group(head, bullets(texts, [*rows, *found.said, *people]))


def lever_title(lever: Lever) -> Message:
    """Return what a lever is called."""
    return Message(f"focus.lever_{lever.name}", {})


def reason_of(found: Focus, kpi: str) -> Message | None:
    """Return why a KPI is one to go for: what its lever would bring in margin; None where it is none of the few."""
    lever = next((lever for lever in found.proposed if lever.kpi == kpi), None)
    bar = None if lever is None else _bar(lever)
    if bar is None:
        return None
    name = "considered.reason" if lever is not None and lever.realistic else "considered.reason_usual"
    return Message(name, {"gain": Money(bar.mid), "low": Money(bar.low), "high": Money(bar.high), "of": found.of})


def _bar(lever: Lever) -> Bar | None:
    return lever.realistic or lever.example


def rows_of(found: Focus) -> list[Span]:
    """Return a row of the chart for each lever of which anything is known, in their order."""
    rows = []
    for lever in (*found.proposed, *found.watch):
        bar = _bar(lever)
        if bar is not None:
            mark = None if lever.example is None or lever.realistic is None else lever.example.mid
            rows.append(
                Span(_row_title(lever), bar.low, bar.mid, bar.high, mark, _tone(lever, found), lever_title(lever))
            )
    return rows


def _tornado(texts: Texts, found: Focus) -> Figure:
    finding = say("considered.alt", levers=tuple(lever_title(lever) for lever in found.proposed), of=found.of)
    return draw_ranges(
        texts,
        rows_of(found),
        "money",
        Level("target", 0.0),
        finding=finding,
        name="levers",
        caption=say("considered.caption", outer=OUTER, of=found.of),
    )


def _row_title(lever: Lever) -> Message:
    """Return what a row of the chart is called; where only the usual goal is known, that it is that."""
    return lever_title(lever) if lever.realistic else say("considered.only_usual", lever=lever_title(lever))


def _tone(lever: Lever, found: Focus) -> Literal["plain", "chosen", "apart"]:
    if lever in found.proposed:
        return "chosen"
    return "plain" if lever.realistic else "apart"


def _outcome(name: str, found: Outcome) -> Message:
    low, mid, high = (Money(value) for value in found.revenue)
    said: dict[str, Value] = {"low": low, "mid": mid, "high": high, "chance": chance_message(found.chance)}
    return Message(f"considered.outcome_{name}", said)
