"""What a report says of leads and open deals: the likeliest with chance, amount and reasons, and how good chances were.

`notes_of` is what was learned from and what is not known; the chart sets what was told beside what came.
"""

from __future__ import annotations

from collections.abc import Mapping

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


def scoring_block(texts: Texts, found: Scores, names: Mapping[str, str]) -> Block:
    """Return one kind of prospects; ``names``: what the reps are called. Where there is nothing, why."""
    head = heading(texts, _finding(found), level=3, name=f"scoring {found.kind}")
    if found.lacking or found.refused is not None:
        why = [*found.lacking, *([found.refused] if found.refused is not None else [])]
        return group(head, paragraph(texts, *why), *([bullets(texts, found.notes)] if found.notes else []))
    if not found.count:
        return head
    how = [] if found.check is None else [_told(found.check, found.kind)]
    return group(head, *(paragraph(texts, one) for one in how), _list(texts, found, names), _more(texts, found))


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
    rows = found.rows
    reps = [
        None if pd.isna(rep) else say("scoring.rep", rep=Name(names.get(str(rep), str(rep)))) for rep in rows["rep"]
    ]
    shown = rows.assign(rep=pd.Series(reps, index=rows.index, dtype="object"))
    columns = [
        Column("id", Message(f"scoring.column_id_{found.kind}", {})),
        *([Column("rep", say("scoring.column_rep"), "message")] if any(reps) else []),
        Column("chance", say("scoring.column_chance"), "chance"),
        Column("value", Message(f"scoring.column_value_{found.kind}", {}), "money"),
        Column("expected", say("scoring.column_expected"), "money"),
        Column("reasons", say("scoring.column_reasons"), "message"),
    ]
    said: dict[str, Value] = {"shown": Count(len(rows)), "count": Count(found.count)}
    caption = Message(f"scoring.caption_{found.kind}", {**said, "days": Number(found.horizon, 0, "days")})
    return table(texts, shown, columns, name=f"scoring {found.kind}", caption=caption, wraps=True)


def _more(texts: Texts, found: Scores) -> Block:
    charts = [] if found.check is None else [_chart(texts, found.check, found.kind)]
    return folded(texts, say("scoring.more"), *charts, bullets(texts, found.notes))


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
