"""What a report says of what customers are worth, by kind, and of whom to offer more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from salesgoals_kit.insight.upsell import Candidate, UpSell
from salesgoals_kit.insight.value import Valuation
from salesgoals_kit.insight.worth import HELD, Range, Segment, title_of
from salesgoals_kit.kpis.adoption import GROWN
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, paragraph
from salesgoals_kit.report.charts import draw_ranges
from salesgoals_kit.report.cut import cut_note, kept_of_each
from salesgoals_kit.report.quantities import Level
from salesgoals_kit.report.shapes import Span
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, Message, Money, Name, Number, Rate, Value, say

MOST_ROWS = 10  # of the chart; the table has more


def value_block(texts: Texts, found: Valuation) -> Block:
    """Return what a new customer is worth, and by kind as a chart and a table, and what all of now will bring."""
    if not found.whole:
        return group(heading(texts, say("value.heading_none"), name="value"), bullets(texts, found.lacking))
    parts: list[Block] = [heading(texts, _heading(found), name="value")]
    parts.append(paragraph(texts, *(_lead(one, found.before_costs) for one in found.whole), *_total(found)))
    more: list[Block] = []
    for one in found.whole:
        rows = [segment for segment in found.segments if segment.basis == one.basis]
        more += [_chart(texts, one, rows)] if rows else []
    more += [block for one in found.whole for block in _table(texts, found, one)] if found.segments else []
    said = [*found.said, *found.lacking]
    more += [bullets(texts, said)] if said else []
    return group(*parts, folded(texts, say("value.fold"), *more)) if more else group(*parts)


def _heading(found: Valuation) -> Message:
    middles: dict[str, Value] = {one.basis: Money(one.value.middle) for one in found.whole}
    if len(middles) == 1:
        return say("value.heading", value=Money(found.whole[0].value.middle))
    return Message("value.heading_two", middles)


def _lead(one: Segment, before_costs: bool) -> Message:
    leaves = say("value.brings" if before_costs else "value.leaves", margin=Money(one.margin.middle))
    said: dict[str, Value] = {"leaves": leaves, **_ends(one.value)}
    if one.basis == "contract":
        return Message("value.lead_contract", {**said, "months": Number(one.lasts.middle, 0, "months")})
    return Message("value.lead_purchases", {**said, "times": Number(one.lasts.middle, 1, "times")})


def _ends(range_: Range) -> dict[str, Value]:
    return {"value": Money(range_.middle), "low": Money(range_.low), "high": Money(range_.high)}


def _total(found: Valuation) -> list[Message]:
    if found.total is None:
        return []
    here = sum(count for _, count, _ in found.ahead)
    return [Message("value.total", {"here": Count(here), **_ends(found.total)})]


def _chart(texts: Texts, whole: Segment, rows: Sequence[Segment]) -> Block:
    shown = _most_apart(rows)
    line = Level("target", whole.value.middle)
    spans = [Span(title_of(one.kind, one.name), one.value.low, one.value.middle, one.value.high) for one in shown]
    kind = Message(f"value.plain_{shown[0].kind}", {})
    caption = Message(f"value.chart_{whole.basis}", {"outer": Rate(HELD), "kind": kind})
    finding = say(
        "value.alt",
        value=Money(whole.value.middle),
        kind=kind,
        best=title_of(shown[0].kind, shown[0].name),
        most=Money(shown[0].value.middle),
        last=title_of(shown[-1].kind, shown[-1].name),
        least=Money(shown[-1].value.middle),
    )
    return draw_ranges(texts, spans, "money", line, finding=finding, name=f"value {whole.basis}", caption=caption)


def _most_apart(rows: Sequence[Segment]) -> list[Segment]:
    """Return the segments of the kind by which values differ most beside their ranges, the most valuable first."""
    kinds = {kind: [row for row in rows if row.kind == kind] for kind in dict.fromkeys(row.kind for row in rows)}
    kind = max(kinds, key=lambda name: _apart(kinds[name]))
    return sorted(kinds[kind], key=lambda row: -row.value.middle)[:MOST_ROWS]


def _apart(rows: Sequence[Segment]) -> float:
    """Return how far values lie apart, in widths of their ranges: the mean square beside their weighted mean."""
    widths = np.array([max(row.value.high - row.value.low, 1e-9) for row in rows])
    values = np.array([row.value.middle for row in rows])
    mean = float((values / widths**2).sum() / (1 / widths**2).sum())
    return float((((values - mean) / widths) ** 2).sum()) / (len(rows) - 1) if len(rows) > 1 else 0.0


def _table(texts: Texts, found: Valuation, whole: Segment) -> list[Block]:
    unit = "months" if whole.basis == "contract" else "times"
    kinds = [segment for segment in found.segments if segment.basis == whole.basis]
    largest = kept_of_each(kinds, lambda one: one.kind, lambda one: one.here)
    rows = [
        {
            "kind": title_of(one.kind, one.name),
            "here": one.here,
            "margin": Money(one.margin.middle),
            "lasts": Number(one.lasts.middle, 1, unit),
            "value": Message("value.range", _ends(one.value)),
        }
        for one in (whole, *largest)
    ]
    columns = [
        Column("kind", say("value.column_kind"), "message"),
        Column("here", say("value.column_here"), "count"),
        Column("margin", Message(f"value.column_margin_{whole.basis}", {}), "money"),
        Column("lasts", Message(f"value.column_lasts_{whole.basis}", {}), "number"),
        Column("value", say("value.column_value"), "number"),
    ]
    shown = pd.DataFrame(rows, columns=[column.name for column in columns])
    caption = Message(f"value.caption_{whole.basis}", {})
    listed = table(texts, shown, columns, name=f"value {whole.basis}", caption=caption, wraps=True)
    return [listed, *cut_note(texts, len(largest), len(kinds))]


def upsell_block(texts: Texts, found: UpSell) -> Block:
    """Return whom to offer what, with the reason of each; where nothing stands out, what customers usually do."""
    if found.lacking:
        return group(heading(texts, say("upsell.heading_lacking"), name="upsell"), bullets(texts, found.lacking))
    accounts = {one.account_id for one in (*found.up, *found.cross)}
    if not accounts:
        head = heading(texts, say("upsell.heading_none"), name="upsell")
        return group(head, folded(texts, say("upsell.fold"), bullets(texts, [*found.usual, *found.said])))
    parts: list[Block] = [heading(texts, say("upsell.heading", count=Count(len(accounts))), name="upsell")]
    for kind, rows, more in (("up", found.up, found.unnamed[0]), ("cross", found.cross, found.unnamed[1])):
        if rows:
            parts.append(heading(texts, Message(f"upsell.heading_{kind}", {}), level=3))
            parts += _by_reason(texts, rows)
            parts += [paragraph(texts, Message(f"upsell.unnamed_{kind}", {"count": Count(more)}))] if more else []
    notes = [say("upsell.expected"), *found.usual, *found.said]
    return group(*parts, folded(texts, say("upsell.fold"), bullets(texts, notes)))


def _by_reason(texts: Texts, rows: Sequence[Candidate]) -> list[Block]:
    """Return each reason as a sentence, and under it the accounts it holds for."""
    parts: list[Block] = []
    for rule in dict.fromkeys(one.reason.rule for one in rows):
        own = [one for one in rows if one.reason.rule == rule]
        parts.append(paragraph(texts, own[0].reason.said, lead=say("upsell.offer", what=_offer(own[0]))))
        frame = pd.DataFrame(
            {
                "account": [Name(one.name) for one in own],
                "extra": [Message("upsell.extra", _ends(one.extra)) for one in own],
            }
        )
        columns = [
            Column("account", say("upsell.column_account")),
            Column("extra", say("upsell.column_extra"), "number"),
        ]
        parts.append(table(texts, frame, columns, name=f"upsell {' '.join(map(str, rule))}", wraps=True))
    return parts


def _offer(one: Candidate) -> Value:
    return say("upsell.offer_grown") if one.reason.target == GROWN else Name(one.reason.target)
