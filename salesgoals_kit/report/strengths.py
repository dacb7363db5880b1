"""What a report says of where it works: what is won more often than like deals elsewhere, and what less."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import pandas as pd

from salesgoals_kit.insight.contrast import Contrast, Finding
from salesgoals_kit.insight.strengths import DIMENSIONS, Strengths
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, paragraph
from salesgoals_kit.report.cut import cut_note, kept
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, Message, Name, Value, say


def strengths_block(texts: Texts, found: Strengths, sure: Sequence[Finding], names: dict[str, str]) -> Block:
    """Return where it works and where less; ``sure``: the report's findings, ``names``: what the reps are called."""
    if found.lacking:
        head = heading(texts, say("strengths.heading_lacking"), name="strengths")
        return group(head, paragraph(texts, *found.lacking))
    told = [one.contrast for one in sure if one.contrast.effect == "segment"]
    good = [one for one in told if one.good]
    weak = [one for one in told if not one.good and one.subject[-1][0] != "rep"]  # a person is a matter of coaching
    finding = _heading(good, "works", names) if found.contrasts else say("strengths.heading_few")
    blocks: list[Block] = [heading(texts, finding, name="strengths")]
    blocks += [bullets(texts, [one.said for one in good])] if good else []
    if weak:
        blocks.append(heading(texts, _heading(weak, "weak", names), level=3, name="strengths weak"))
        blocks.append(bullets(texts, [one.said for one in weak]))
    out = {one.subject[-1] for one in told}
    tables = [block for name in DIMENSIONS if found.of(name) for block in _table(texts, found, name, names, out)]
    rest = [*found.notes, say("strengths.alike"), say("strengths.untested")]
    return group(*blocks, folded(texts, say("strengths.tables_folded"), *tables, bullets(texts, rest)))


def _heading(told: Sequence[Contrast], kind: str, names: dict[str, str]) -> Message:
    if not told:
        return say("strengths.heading_none")
    places = tuple(_place(one, names) for one in told)
    return Message(f"strengths.heading_{kind}", {"count": Count(len(told)), "places": places})


def _place(one: Contrast, names: dict[str, str]) -> Value:
    dimension, value = one.subject[-1]
    if dimension == "quarter":
        return say("strengths.quarter_of_year", number=value)
    return Name(names.get(value, value) if dimension == "rep" else value)


def _title(found: Strengths, dimension: str) -> Message:
    if dimension == "quarter" and found.horizon is None:
        return say("strengths.dimension_quarter_decided")
    return Message(f"strengths.dimension_{dimension}", {})


def _table(
    texts: Texts, found: Strengths, dimension: str, names: dict[str, str], out: Collection[tuple[str, str]]
) -> list[Block]:
    known = found.of(dimension)
    rows = kept(known, lambda row: row.deals, out=lambda row: (dimension, row.value) in out)
    called = [names.get(row.value, row.value) if dimension == "rep" else row.value for row in rows]
    told = [(name, row.deals, row.won, row.rate, row.others) for name, row in zip(called, rows, strict=True)]
    frame = pd.DataFrame(told, columns=["value", "deals", "won", "rate", "others"])
    columns = [
        Column("value", _title(found, dimension)),
        Column("deals", say("strengths.column_deals"), "count"),
        Column("won", say("strengths.column_won"), "count"),
        Column("rate", say("strengths.column_rate"), "rate", decimals=0),
    ]
    if any(math.isfinite(row.others) for row in rows):
        columns.append(Column("others", say("strengths.column_others"), "rate", decimals=0))
    shown = table(texts, frame, columns, name=f"strengths {dimension}")
    return [shown, *cut_note(texts, len(rows), len(known))]
