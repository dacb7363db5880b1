"""What a report says of the margin: price, volume, mix and cost apart, and what discounts go with."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from salesgoals_kit.insight.contrast import Finding
from salesgoals_kit.insight.discounting import Depth
from salesgoals_kit.insight.margin import Margin
from salesgoals_kit.kpis.pricevolume import PARTS, Split
from salesgoals_kit.periods import YEAR, month_name
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, paragraph
from salesgoals_kit.report.canvas import Figure
from salesgoals_kit.report.charts import OUTER, draw_waterfall
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.report.waterfall import Drop
from salesgoals_kit.words import Message, Rate, say

MONEY = ("before", "now", "price", "amount", "cost")


def margin_block(texts: Texts, found: Margin, findings: Sequence[Finding] = ()) -> Block:
    """Return what moved the margin as a waterfall, product by product, and win rates by depth of discount.

    ``findings``: those of the whole report, of which the discounts' is told here.
    """
    split = found.split
    more: list[Block] = []
    if split is None:
        blocks: list[Block] = [heading(texts, say("margin.heading_unknown"), name="margin")]
    else:
        head = _finding(found, split)
        blocks = [heading(texts, head, name="margin"), _chart(texts, found, split, head)]
        more = [_products(texts, found, split)]
    blocks += [paragraph(texts, *found.lacking, soft=True)] if found.lacking else []
    blocks += [_told(texts, found, findings)] if found.contrasts else []
    more += [_discounts(texts, found)] if found.depths else []
    notes = [*found.notes, *(found.warnings if found.depths else ())]
    more += [bullets(texts, notes)] if notes else []
    return group(*blocks, folded(texts, say("margin.folded"), *more)) if more else group(*blocks)


def _finding(found: Margin, split: Split) -> Message:
    """Return by how much the margin moved, and what of it moved it most."""
    change = split.margin - split.margin_before
    parts = {name: getattr(split, name) for name in PARTS}
    most = max(PARTS, key=lambda name: parts[name] if change >= 0 else -parts[name])
    values = {"now": found.money(split.margin), "change": found.money(abs(change))}
    if not change:
        return say("margin.heading_same", now=found.money(split.margin))
    way = "up" if change > 0 else "down"
    return Message(
        f"margin.heading_{way}",
        {**values, "part": Message(f"margin.part_{most}"), "amount": found.money(abs(parts[most]))},
    )


def _chart(texts: Texts, found: Margin, split: Split, finding: Message) -> Figure:
    shown = [name for name in PARTS if name != "unsplit" or split.unsplit]
    changes = [Drop(Message(f"margin.part_{name}"), getattr(split, name) / found.minor_units) for name in shown]
    ends = (("before", split.margin_before), ("now", split.margin))
    before_it, now = (Drop(Message(f"margin.part_{name}"), at / found.minor_units, "place") for name, at in ends)
    first, last = split.months
    names = {"first": month_name(first), "last": month_name(last)}
    before = {"first_before": month_name(first - YEAR), "last_before": month_name(last - YEAR)}
    caption = Message("margin.caption", {**names, **before})
    return draw_waterfall(texts, [before_it, *changes, now], "money", finding=finding, name="margin", caption=caption)


def _products(texts: Texts, found: Margin, split: Split) -> Block:
    columns = [Column("product", say("margin.column_product"), "name")]
    columns += [Column(name, Message(f"margin.column_{name}"), "money") for name in MONEY]
    frame = split.products[["product", *MONEY]].copy()
    for name in MONEY:
        frame[name] = frame[name] / found.minor_units
    return table(texts, frame, columns, name="margin", caption=say("margin.products"))


def _told(texts: Texts, found: Margin, findings: Sequence[Finding]) -> Block:
    sure = [one.contrast.said for one in findings if one.contrast in found.contrasts]
    return bullets(texts, sure or [say("margin.discount_no_difference")])


def _discounts(texts: Texts, found: Margin) -> Block:
    columns = [
        Column("depth", say("margin.column_depth"), "message"),
        Column("deals", say("margin.column_deals"), "count"),
        Column("won", say("margin.column_won"), "count"),
        Column("rate", say("margin.column_rate"), "message"),
    ]
    frame = pd.DataFrame([_row(one) for one in found.depths], columns=[one.name for one in columns])
    caption = say("margin.depth_caption", outer=OUTER)
    return table(texts, frame, columns, name="discounts", caption=caption, wraps=True)


def _row(one: Depth) -> dict[str, object]:
    if one.above == 0:
        depth = say("margin.depth_none")
    elif one.upto is None:
        depth = say("margin.depth_over", above=Rate(one.above))
    else:
        depth = say("margin.depth", upto=Rate(one.upto))
    rate = say("margin.rate", rate=Rate(one.rate), low=Rate(one.low), high=Rate(one.high))
    return {"depth": depth, "deals": one.deals, "won": one.won, "rate": rate}
