"""What a report says of customers who leave: when, which, who comes to such a moment next, and what was kept."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from salesgoals_kit.insight.contrast import Finding
from salesgoals_kit.insight.leaving import Entering, Leaving, moments_of
from salesgoals_kit.insight.losing import LEAVING, MOMENT, Segment, segment_words
from salesgoals_kit.kpis.leaving import Retention
from salesgoals_kit.periods import month_name, month_start
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, leading, paragraph
from salesgoals_kit.report.charts import OUTER, draw_bridge, draw_hazard
from salesgoals_kit.report.cut import cut_note, kept_of_each
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, Message, Money, Number, Rate, say

FIRST = 3  # findings
MOST = 10  # customers by name; of more, those who pay most
FEW = 10  # customers so far, under which a kind of them is not listed


def leaving_block(
    texts: Texts, found: Leaving, entering: Entering | None = None, chosen: Sequence[Finding] = ()
) -> Block:
    """Return when and which customers leave, who is to be talked to, and what of recurring revenue was kept.

    ``chosen``: the findings of the whole report; ``entering``: who comes to one of their moments.
    """
    mine = [one for one in chosen if one.contrast.effect in (MOMENT, LEAVING)]
    head = heading(texts, headline(found, mine), name="leaving")
    if found.lacking:
        return group(head, bullets(texts, found.lacking))
    blocks: list[Block] = [head]
    months = moments_of(mine)
    known = found.hazard["hazard"].notna().any() and found.hazard["lost"].sum() > 0
    if known:
        alt = next((one.contrast.said for one in mine if one.contrast.effect == MOMENT), say("leaving.alt"))
        caption = say("leaving.caption", outer=OUTER)
        blocks.append(draw_hazard(texts, found.hazard, months, finding=alt, caption=caption))
    if mine:
        blocks.append(leading(texts, [one.contrast.said for one in mine], FIRST))
    blocks += _entering(texts, entering) if entering is not None and months else []
    shown, more = _retention(texts, found.retention)
    more += _segments(texts, found.segments) if known else []
    notes = [*([say("leaving.pooled")] if found.pooled else []), *found.notes]
    return group(*blocks, *shown, folded(texts, say("leaving.folded"), *more, bullets(texts, notes)))


def headline(found: Leaving, chosen: Sequence[Finding]) -> Message:
    """Return what is to be said first of customers who leave."""
    months = tuple(Number(month, 0, "months") for month in moments_of(chosen))
    if found.lacking or not found.hazard["lost"].sum():
        return say("leaving.heading_unknown")
    if months:
        return say("leaving.heading_moment", months=months)
    worse = [one.contrast for one in chosen if one.contrast.effect == LEAVING and not one.contrast.good]
    if worse:
        return say("leaving.heading_segment", segments=tuple(segment_words(*one.subject[0]) for one in worse))
    return say("leaving.heading_none")


def _entering(texts: Texts, found: Entering) -> list[Block]:
    days, count = Number(found.days, 0, "days"), len(found.customers)
    if not count:
        return [paragraph(texts, say("leaving.entering_none", days=days))]
    head = heading(texts, say("leaving.heading_entering", count=Count(count), days=days), level=3, name="entering")
    mrr = Money(found.mrr)
    caption = say("leaving.entering", mrr=mrr)
    if count > MOST:
        caption = say("leaving.entering_cut", shown=Count(MOST), count=Count(count), mrr=mrr)
    columns = [
        Column("name", say("leaving.column_customer"), "name"),
        Column("mrr", say("leaving.column_mrr"), "money"),
        Column("month", say("leaving.column_month"), "number", 0, "months"),
        Column("on", say("leaving.column_on"), "day"),
    ]
    shown = found.customers.head(MOST)
    return [head, table(texts, shown, columns, name="entering", caption=caption, wraps=True, narrow=True)]


def _retention(texts: Texts, found: Retention | None) -> tuple[list[Block], list[Block]]:
    """Return what was kept, and how it came about."""
    if found is None:
        return [], []
    if found.grr is None or found.nrr is None:
        return [paragraph(texts, say("leaving.retention_none"))], []
    kept = say("leaving.heading_retention", start=Money(found.start), grr=Rate(found.grr), nrr=Rate(found.nrr))
    said = say(
        "leaving.retention",
        first=month_name(found.first),
        last=month_name(found.last),
        lost=Count(found.lost),
        customers=Count(found.customers),
    )
    parts = ("start", "new", "expansion", "contraction", "churn", "end")
    row = {"month": month_start(found.first), **{part: getattr(found, part) for part in parts}}
    chart = draw_bridge(texts, pd.DataFrame([row]), finding=kept, name="retention")
    return [heading(texts, kept, level=3, name="retention"), paragraph(texts, said)], [chart]


def _segments(texts: Texts, found: Sequence[Segment]) -> list[Block]:
    if not found:
        return []
    enough = [one for one in found if one.customers >= FEW]
    largest = kept_of_each(enough, lambda one: one.dimension, lambda one: one.customers)
    rows = [
        {
            "segment": segment_words(one.dimension, one.value),
            "customers": Count(one.customers),
            "rate": say("leaving.range", middle=Rate(one.rate), low=Rate(one.low), high=Rate(one.high)),
            "times": None if one.odds is None else Number(one.odds.ratio, 1),
        }
        for one in largest
    ]
    columns = [
        Column("segment", say("leaving.column_segment"), "message"),
        Column("customers", say("leaving.column_customers"), "number"),
        Column("rate", say("leaving.column_rate"), "number"),
        Column("times", say("leaving.column_times"), "number"),
    ]
    frame = pd.DataFrame(rows, columns=[column.name for column in columns], dtype="object")
    shown = table(texts, frame, columns, name="segments", caption=say("leaving.segments_caption"))
    return [shown, *cut_note(texts, len(largest), len(enough))]
