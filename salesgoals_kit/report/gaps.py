"""Why a figure is not its goal: the gap as a waterfall, its parts as a table, and what slipped or cannot be told."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from salesgoals_kit.follow.gap import SMALL, Gap, size_of
from salesgoals_kit.follow.parts import ASKED, LED, NOBODYS, Part, part_figure, part_title
from salesgoals_kit.follow.review import Review
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, paragraph
from salesgoals_kit.report.charts import draw_waterfall
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.report.waterfall import Drop, shown
from salesgoals_kit.words import Count, Message, Value, say


def gap_block(texts: Texts, found: Review) -> Block:
    """Return the gap of each figure that can be split; where none can, why."""
    if not found.gaps:
        said = say("gap.undecided" if any(one.main for one in found.kpis) else "gap.nothing")
        return group(heading(texts, say("gap.heading_none")), paragraph(texts, said))
    return group(*(block for gap in found.gaps for block in _blocks(texts, gap)))


def finding(gap: Gap) -> Message:
    """Return how far a figure ended from its goal, and what did most for that."""
    whole = round(gap.ends * gap.scale) - round(gap.begins * gap.scale)
    side, heaviest = "above" if whole > 0 else "below", gap.heaviest
    said: dict[str, Value] = {"kpi": gap.kpi.title, "gap": size_of(gap, whole)}
    if gap.moved * whole < 0:  # the drivers went the other way: what was asked made the gap
        return Message(f"gap.heading_{side}_asked", said)
    if not whole:
        return say("gap.heading_plain", kpi=gap.kpi.title)
    if heaviest is None:
        return Message(f"gap.heading_{side}_plain", said)
    name = f"gap.heading_{side}" if gap.goal is not None else f"gap.heading_{side}_expected"
    return Message(name, {**said, "part": part_title(heaviest)})


def sides(gap: Gap) -> Message | None:
    """Return what did most for a figure and what did most against it, with how much; None where nothing did."""
    best, worst = gap.strongest(1), gap.strongest(-1)
    said: dict[str, Value] = {"kpi": gap.kpi.title}
    if best is not None:
        said |= {"best": part_title(best), "gain": size_of(gap, best.whole)}
    if worst is not None:
        said |= {"worst": part_title(worst), "loss": size_of(gap, worst.whole)}
    if best is None or worst is None:
        return Message("gap.helped" if best is not None else "gap.weighed", said) if len(said) > 1 else None
    return Message("gap.sides", said)


def _blocks(texts: Texts, gap: Gap) -> Iterator[Block]:
    yield heading(texts, finding(gap), name=f"gap-{gap.kpi.name}")
    if gap.lacking:
        yield bullets(texts, gap.lacking)
        return
    if gap.goal is not None and gap.expected is not None:
        yield paragraph(texts, _asked(gap))
    drops = drops_of(gap)
    parts = tuple(
        say("gap.step", part=drop.title, amount=shown(texts, drop, gap.kpi.unit)) for drop in drops[1:-1]
    ) or (say("gap.no_step"),)
    ends = {"start": shown(texts, drops[0], gap.kpi.unit), "actual": shown(texts, drops[-1], gap.kpi.unit)}
    alt = Message("gap.by_names", {**ends, "count": Count(max(len(drops) - 2, 1)), "parts": parts})
    name = f"gap-{gap.kpi.name}"
    yield draw_waterfall(texts, drops, gap.kpi.unit, finding=alt, name=name, caption=say("gap.chart"))
    if notes := [*_together(gap), *gap.notes]:
        yield bullets(texts, notes)
    yield folded(texts, say("gap.folded", kpi=gap.kpi.title), parts_table(texts, gap))


def _together(gap: Gap) -> list[Message]:
    """Return which bars the finding counts as one, where it names what none of them is called."""
    named = [part for part in (gap.strongest(1), gap.strongest(-1)) if part is not None and part.name == LED]
    return [say("gap.led", part=part_title(part), amount=size_of(gap, part.whole)) for part in named]


def _asked(gap: Gap) -> Message:
    """Return what the goal asked beyond the expectation, if anything, and how the figure was against that."""
    asked = _beyond(gap)
    size = {"size": size_of(gap, gap.moved)}
    went = Message("gap.more" if gap.moved > 0 else "gap.less", size) if gap.moved else say("gap.no_move")
    if not asked:
        return say("gap.asked_nothing", moved=went)
    return Message("gap.asked_for" if asked < 0 else "gap.asked_less", {"asked": size_of(gap, asked), "moved": went})


def _beyond(gap: Gap) -> int:
    """Return the part that was asked beyond the expectation; nothing where it is too small to speak of."""
    asked = next((part.whole for part in gap.parts if part.name == ASKED), 0)
    return 0 if abs(asked) < SMALL * abs(gap.expected or 0.0) * gap.scale else asked


def drops_of(gap: Gap) -> list[Drop]:
    """Return the rows of the waterfall: where it starts, the parts that are anything, and the figure."""
    start = say("gap.start_goal") if gap.goal is not None else say("gap.start_expected")
    moved = [
        Drop(part_title(part), gap.amount(part), "plain" if part.name in NOBODYS else "moved")
        for part in gap.parts
        if part.whole and (part.name != ASKED or _beyond(gap))
    ]
    return [Drop(start, gap.begins, "place"), *moved, Drop(say("gap.end_actual"), gap.ends, "place")]


def parts_table(texts: Texts, gap: Gap) -> Block:
    """Return every part with what was expected of its driver, what it came to, and what that did, to the minor unit."""
    columns = [
        Column("part", say("gap.column_part"), "message"),
        Column("then", say("gap.column_then"), "number"),
        Column("now", say("gap.column_now"), "number"),
        Column("amount", say("gap.column_amount"), "cents" if gap.kpi.unit == "money" else "points"),
    ]
    start = say("gap.row_goal") if gap.goal is not None else say("gap.row_expected")
    rows = [_end(texts, start, gap.begins, gap), *(_row(gap, part) for part in gap.parts)]
    rows.append(_end(texts, say("gap.row_actual"), gap.ends, gap))
    frame = pd.DataFrame(rows, columns=[column.name for column in columns], dtype="object")
    return table(texts, frame, columns, name=f"gap-{gap.kpi.name}", caption=say("gap.caption"), totals=1)


def _row(gap: Gap, part: Part) -> dict[str, object]:
    title = part_title(part)
    return {
        "part": say("gap.implied", part=title) if part.implied else title,
        "then": part_figure(part, part.then),
        "now": part_figure(part, part.now),
        "amount": gap.amount(part),
    }


def _end(texts: Texts, title: Message, value: float, gap: Gap) -> dict[str, object]:
    shown_as: float | Message = value
    if gap.kpi.unit == "rate":
        shown_as = say("gap.plain", text=texts.percent(value, 1))
    return {"part": title, "then": None, "now": None, "amount": shown_as}
