"""What a report says of the sales cycle: how long deals take, where the time goes, and which open ones are stale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from salesgoals_kit.insight.contrast import Finding
from salesgoals_kit.insight.cycle import Cycle, CycleReport, StageTime
from salesgoals_kit.insight.slow import A_HALF
from salesgoals_kit.insight.stale import Stale, StaleDeal
from salesgoals_kit.periods import month_name
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, leading, paragraph
from salesgoals_kit.report.canvas import Figure
from salesgoals_kit.report.charts import OUTER, draw_ranges
from salesgoals_kit.report.quantities import Level
from salesgoals_kit.report.shapes import Span
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, Message, Money, Name, Number, Rate, Value, say

FIRST = 3  # findings
MOST = 10  # stale deals by name; of more, those with the highest amounts


def cycle_block(
    texts: Texts, found: CycleReport, names: Mapping[str, str] | None = None, findings: Sequence[Finding] = ()
) -> Block:
    """Return how long deals take, where the time goes and what is stale.

    ``names``: what reps are called; ``findings``: those of the whole report, of which the cycle's are told here.
    """
    blocks: list[Block] = [heading(texts, _finding(found), name="cycle")]
    more: list[Block] = []
    notes = [*found.notes]
    if found.whole is not None and found.whole.won:
        told = _told(found, findings)
        blocks += [leading(texts, told, FIRST)] if told else []
        more += [_chart(texts, found, found.whole), _figures(texts, found)]
        notes = [_followed(found), *notes]
    blocks += [paragraph(texts, *found.lacking, soft=True)] if found.lacking else []
    blocks += [_stale(texts, found.stale, names or {})] if found.stale is not None else []
    more += [_stages(texts, found)] if found.stages else []
    more += [bullets(texts, notes)] if notes else []
    return group(*blocks, folded(texts, say("cycle.folded"), *more)) if more else group(*blocks)


def _finding(found: CycleReport) -> Message:
    whole, longest = found.whole, found.longest
    if whole is None or math.isnan(whole.half):
        return (
            say("cycle.heading_unknown") if longest is None else say("cycle.heading_stage", stage=Name(longest.stage))
        )
    half = _days(whole.half)
    if longest is None:
        return say("cycle.heading", half=half)
    return say("cycle.heading_both", half=half, stage=Name(longest.stage), share=Rate(longest.share))


def _days(days: float) -> Number:
    return Number(days, 0, "days")


def _told(found: CycleReport, findings: Sequence[Finding]) -> list[Message]:
    """Return what is sure to take longer or less long than the rest; that nothing is, if nothing is."""
    sure = [one.contrast.said for one in findings if one.contrast in found.contrasts]
    return sure if sure or not found.contrasts else [say("cycle.nothing_stands_out")]


def _followed(found: CycleReport) -> Message:
    first, last = (month_name(month) for month in found.months)
    return say("cycle.followed", first=first, last=last, horizon=_days(found.horizon))


def _title(one: Cycle) -> Message:
    if one.by == "all":
        return say("cycle.row_all")
    return Message(f"cycle.size_{one.name}") if one.by == "size" else say("cycle.row", name=Name(one.name))


def _chart(texts: Texts, found: CycleReport, whole: Cycle) -> Figure:
    shown = [one for one in found.groups if one.won >= A_HALF]
    rows = [Span(_title(one), one.low, one.half, one.high, one.mean) for one in (whole, *shown)]
    slowest = max(shown, key=lambda one: (one.half, one.name), default=whole)
    finding = say("cycle.alt", half=_days(whole.half), slowest=_title(slowest), days=_days(slowest.half))
    caption = say("cycle.caption", outer=OUTER, horizon=_days(found.horizon))
    return draw_ranges(texts, rows, "days", Level("target", whole.half), finding=finding, name="cycle", caption=caption)


def _figures(texts: Texts, found: CycleReport) -> Block:
    columns = [
        Column("what", say("cycle.column_what"), "message"),
        Column("deals", say("cycle.column_deals"), "count"),
        Column("won", say("cycle.column_won"), "count"),
        Column("half", say("cycle.column_half"), "number", 0),
        Column("mean", say("cycle.column_mean"), "number", 0),
    ]
    each = [one for one in (found.whole, *found.groups) if one is not None]
    frame = pd.DataFrame(
        {
            "what": pd.Series([_title(one) for one in each], dtype="object"),
            **{name: [getattr(one, name) for one in each] for name in ("deals", "won", "half", "mean")},
        }
    )
    return table(texts, frame, columns, name="cycle", caption=say("cycle.figures"))


def _stages(texts: Texts, found: CycleReport) -> Block:
    columns = [
        Column("stage", say("cycle.column_stage"), "name"),
        Column("median", say("cycle.column_median"), "message"),
        Column("share", say("cycle.column_share"), "rate", 0),
        Column("deals", say("cycle.column_entered"), "count"),
        Column("still", say("cycle.column_still"), "count"),
    ]
    frame = pd.DataFrame(
        {
            "stage": [one.stage for one in found.stages],
            "median": pd.Series([_median(one) for one in found.stages], dtype="object"),
            **{name: [getattr(one, name) for one in found.stages] for name in ("share", "deals", "still")},
        }
    )
    return table(texts, frame, columns, name="stages", caption=say("cycle.stages_caption", outer=OUTER), wraps=True)


def _median(one: StageTime) -> Message:
    if math.isnan(one.median):
        return say("cycle.median_unknown")
    if math.isnan(one.high):
        return say("cycle.median_open", median=_days(one.median), low=Number(one.low, 0))
    return say("cycle.median", median=_days(one.median), low=Number(one.low, 0), high=Number(one.high, 0))


def _stale(texts: Texts, found: Stale, names: Mapping[str, str]) -> Block:
    of: dict[str, Value] = {"count": Count(found.count), "of": Count(found.opened)}
    if not found.count:
        quiet = say("cycle.heading_fresh") if found.all_types is not None else say("cycle.heading_stale_unknown")
        return heading(texts, quiet, level=3, name="stale")
    priced = found.unpriced < found.count
    finding = Message("cycle.heading_stale", {**of, "amount": Money(found.amount)})
    head = heading(texts, finding if priced else Message("cycle.heading_stale_unpriced", of), level=3, name="stale")
    columns = [
        Column("deal", say("cycle.column_deal"), "message"),
        Column("stage", say("cycle.column_stage"), "name"),
        Column("age", say("cycle.column_age"), "message"),
        Column("amount", say("cycle.column_amount"), "money"),
    ]
    frame = pd.DataFrame([_row(deal, names) for deal in found.deals[:MOST]], columns=[one.name for one in columns])
    caption = say("cycle.stale_caption")
    shown = table(texts, frame, columns, name="stale", caption=caption, narrow=True)
    notes = _stale_notes(found, len(frame), priced=priced)
    return group(head, shown, *([paragraph(texts, *notes, soft=True)] if notes else []))


def _stale_notes(found: Stale, shown: int, *, priced: bool) -> list[Message]:
    """Return which of the stale deals are shown, and how many of them have no amount."""
    cut = "cycle.stale_cut" if priced else "cycle.stale_cut_oldest"
    notes = [Message(cut, {"shown": Count(shown), "of": Count(found.count)})] if found.count > shown else []
    return [*notes, *([say("cycle.stale_unpriced", count=Count(found.unpriced))] if found.unpriced else [])]


def _row(deal: StaleDeal, names: Mapping[str, str]) -> dict[str, object]:
    age = say("cycle.age", age=_days(deal.age), limit=Number(deal.limit, 0))
    name = Name(deal.deal_id)
    whose = name if deal.rep is None else say("cycle.whose", deal=name, rep=Name(names.get(deal.rep, deal.rep)))
    return {"deal": whose, "stage": deal.stage, "age": age, "amount": deal.amount}
