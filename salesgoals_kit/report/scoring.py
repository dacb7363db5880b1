"""What a report says of leads and open deals: the likeliest with chance, amount and reasons, and how good chances were.

`notes_of` is what was learned from and what is not known; the chart sets what was told beside what came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from salesgoals_kit.insight.checked import Check
from salesgoals_kit.insight.scoring import Scores
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, paragraph
from salesgoals_kit.report.canvas import Figure
from salesgoals_kit.report.charts import draw_ranges
from salesgoals_kit.report.quantities import Level
from salesgoals_kit.report.shapes import Span
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, Message, Money, Name, Number, Rate, Value, say

MOST = 10  # prospects by name; the others are counted


def scores_block(texts: Texts, scores: Sequence[Scores], names: Mapping[str, str]) -> Block:
    """Return kinds of prospects one after the other, and folded away how their chances were made.

    ``names``: what the reps are called. Where there is nothing, why.
    """
    blocks = [heading(texts, say("scoring.heading"), name="scores"), *(_block(texts, one, names) for one in scores)]
    more = [block for one in scores for block in _checked(texts, one)]
    notes = {texts.text(note): note for one in scores for note in one.notes}  # what holds for both is said once
    more += [bullets(texts, [*notes.values()])] if notes else []
    return group(*blocks, folded(texts, say("scoring.more"), *more)) if more else group(*blocks)


def _block(texts: Texts, found: Scores, names: Mapping[str, str]) -> Block:
    head = heading(texts, _finding(found), level=3, name=f"scoring {found.kind}")
    if found.lacking or found.refused is not None:
        return group(head, paragraph(texts, *found.lacking, *([] if found.refused is None else [found.refused])))
    return group(head, _list(texts, found, names)) if found.count else head


def _finding(found: Scores) -> Message:
    if found.lacking or found.refused is not None:
        return Message(f"scoring.heading_none_{found.kind}", {})
    if not found.count:
        return Message(f"scoring.heading_empty_{found.kind}", {})
    said: dict[str, Value] = {"count": Count(found.count), "expected": Money(found.expected)}
    return Message(f"scoring.heading_{found.kind}", said)


def _told(how: Check, kind: str) -> Message:
    said: dict[str, Value] = {
        "count": Count(how.prospects),
        **{name: Rate(round(value, 2)) for name, value in (("auc", how.auc), ("low", how.low), ("high", how.high))},
        "less": Rate(round(1 - how.brier / how.base, 2)),
        "rate": Rate(how.rate),
    }
    return Message(f"scoring.told_{kind}", said)


def _list(texts: Texts, found: Scores, names: Mapping[str, str]) -> Block:
    rows = found.rows.head(MOST)
    who = [_who(str(one), rep, names) for one, rep in zip(rows["id"], rows["rep"], strict=True)]
    shown = rows.assign(who=pd.Series(who, index=rows.index, dtype="object"))
    columns = [
        Column("who", Message(f"scoring.column_id_{found.kind}", {}), "message"),
        Column("chance", say("scoring.column_chance"), "chance"),
        *([Column("value", say("scoring.column_value_deals"), "money")] if found.kind == "deals" else []),
        Column("reasons", say("scoring.column_reasons"), "message"),
    ]
    said: dict[str, Value] = {"shown": Count(len(rows)), "count": Count(found.count)}
    caption = Message(f"scoring.caption_{found.kind}", {**said, "days": Number(found.horizon, 0, "days")})
    return table(texts, shown, columns, name=f"scoring {found.kind}", caption=caption, narrow=True)


def _who(one: str, rep: object, names: Mapping[str, str]) -> Value:
    """Return a deal or a lead with whose it is."""
    if pd.isna(rep):  # type: ignore[call-overload]
        return Name(one)
    return say("scoring.whose", id=Name(one), rep=Name(names.get(str(rep), str(rep))))


def _checked(texts: Texts, found: Scores) -> list[Block]:
    """Return how good the chances were on later prospects; nothing where none are told."""
    how = found.check
    if how is None or not found.count or found.refused is not None:
        return []
    return [paragraph(texts, _told(how, found.kind)), _chart(texts, how, found.kind)]


def _chart(texts: Texts, how: Check, kind: str) -> Figure:
    rows = [
        Span(say("scoring.promised", chance=Rate(round(promised, 2))), low, came, high, promised)
        for promised, came, low, high in zip(*(how.table[c] for c in ("promised", "came", "low", "high")), strict=True)
    ]
    return draw_ranges(
        texts,
        rows,
        "rate",
        Level("target", how.rate),
        finding=Message(f"scoring.alt_{kind}", {"off": Number(100 * how.off, 1, "points")}),
        name=f"scoring {kind}",
        caption=Message(f"scoring.caption_chart_{kind}", {}),
    )
