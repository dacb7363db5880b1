"""What a report says of coaching: who has something worth going through, and what others can learn from."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd

from salesgoals_kit.insight.coaching import Coaching, RepStage, worth_coaching
from salesgoals_kit.insight.contrast import Contrast, Finding
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, paragraph
from salesgoals_kit.report.charts import OUTER, draw_ranges
from salesgoals_kit.report.cut import ROWS, cut_note, kept
from salesgoals_kit.report.shapes import Span
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, Message, Name, Rate, say

PEOPLE = 12  # who are told of in a company's report; each of the others stands in his team's
NAMED = 5  # of them in its heading
CHARTS = 3  # people whose stages are drawn


def coaching_block(texts: Texts, found: Coaching, sure: Sequence[Finding]) -> Block:
    """Return what is worth coaching, person by person; ``sure``: the report's findings, of which these are some."""
    if found.lacking:
        head = heading(texts, say("coaching.heading_lacking"), name="coaching")
        return group(head, paragraph(texts, *found.lacking))
    worth = worth_coaching(found, sure)
    names = tuple(_name(found, rep) for rep in worth)
    blocks: list[Block] = [heading(texts, _heading(names), name="coaching")]
    shown = list(worth)[: PEOPLE if found.owner.team is None else None]
    for rep in shown:
        blocks += _person(texts, found, rep, worth[rep])
    if len(shown) < len(worth):
        blocks.append(paragraph(texts, say("coaching.more", count=Count(len(worth) - len(shown))), soft=True))
    charts = [_chart(texts, found, rep, worth[rep]) for rep in shown[:CHARTS]]
    good = [one.contrast.said for one in sure if one.contrast.effect == "coaching" and one.contrast.good]
    if good:
        blocks += [heading(texts, say("coaching.strengths_heading"), level=3), bullets(texts, good)]
    few = [*found.few[:ROWS]]
    if len(few) < len(found.few):
        few.append(say("coaching.few_more", count=Count(len(found.few) - len(few))))
    more = [*_table(texts, found, worth), bullets(texts, [*few, *found.notes])]
    return group(*blocks, folded(texts, say("coaching.folded"), *charts, *more))


def _name(found: Coaching, rep: str) -> Name:
    return Name(found.names.get(rep, rep))


def _heading(names: Sequence[Name]) -> Message:
    if not names:
        return say("coaching.heading_none")
    wording = "coaching.heading" if len(names) <= NAMED else "coaching.heading_many"
    return Message(wording, {"count": Count(len(names)), "names": tuple(names[:NAMED])})


def _person(texts: Texts, found: Coaching, rep: str, contrasts: Sequence[Contrast]) -> list[Block]:
    """Return a person's heading with what is worth going through."""
    team = dict(found.reps)[rep]
    named = _name(found, rep)
    whose = found.owner.team is None and team is not None
    title = say("coaching.rep_of", name=named, team=Name(str(team))) if whose else say("coaching.rep", name=named)
    head = heading(texts, title, level=3, name=f"coaching {rep}")
    return [head, bullets(texts, [one.said for one in contrasts])]


def _chart(texts: Texts, found: Coaching, rep: str, contrasts: Sequence[Contrast]) -> Block:
    """Return a person's stages beside his colleagues'."""
    named = _name(found, rep)
    behind = {dict(one.subject).get("stage") for one in contrasts}  # none: only his win rate stands out
    rows = [row for row in found.of(rep) if row.enough]
    spans = [
        Span(say("coaching.stage", stage=Name(row.stage)), row.low, row.likely, row.high, row.peers,
             "binds" if row.stage in behind else "plain")
        for row in rows
    ]  # fmt: skip
    alt = say("coaching.alt", name=named, stages=tuple(_alt(row) for row in rows))
    caption = say("coaching.caption", outer=OUTER, name=named)
    return draw_ranges(texts, spans, "rate", None, finding=alt, name=f"coaching {rep}", caption=caption)


def _alt(row: RepStage) -> Message:
    return say("losses.alt_stage", stage=Name(row.stage), rate=Rate(row.likely))


def _table(texts: Texts, found: Coaching, worth: Collection[str]) -> list[Block]:
    """Return everyone's stages; of many people those who are ``worth`` coaching, then those with most deals."""
    columns = [Column("rep", say("coaching.column_rep"))]
    columns += [Column(f"stage {i}", say("coaching.stage", stage=Name(name)), "message")
                for i, name in enumerate(found.stages)]  # fmt: skip
    deals = dict.fromkeys((rep for rep, _ in found.reps), 0)
    for row in found.rows:
        deals[row.rep] += row.entered
    chosen = kept(deals, deals.__getitem__, out=lambda rep: rep in worth)
    rows = []
    for rep in chosen:
        cells = {f"stage {i}": _cell(row) for i, row in enumerate(found.of(rep))}
        rows.append({"rep": _name(found, rep), **cells})
    frame = pd.DataFrame(rows, columns=[column.name for column in columns], dtype="object")
    shown = table(texts, frame, columns, name="coaching", caption=say("coaching.table_caption"), wraps=True)
    return [shown, *cut_note(texts, len(chosen), len(deals))]


def _cell(row: RepStage) -> Message:
    if not row.enough:
        return say("coaching.too_few")
    return say("coaching.cell", own=Rate(row.likely), peers=Rate(row.peers))
