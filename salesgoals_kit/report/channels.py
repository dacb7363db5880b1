"""What a report says of channels and kinds of account: what they bring and cost, and what moving spend would do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from salesgoals_kit.insight.audience import Audience, Range
from salesgoals_kit.insight.channel_tests import CHANNEL
from salesgoals_kit.insight.channels import Channels
from salesgoals_kit.insight.contrast import Finding
from salesgoals_kit.insight.shift import Shift
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, leading, paragraph
from salesgoals_kit.report.cut import cut_note, kept_of_each
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Message, Money, Name, Number, Rate, Value, say

FIRST = 3  # findings
MOST = 12  # values of a dimension that are shown
SOON = 0.15  # of a month: whoever has paid for himself by then has at once


def channels_block(texts: Texts, found: Channels, moved: Shift | None = None, chosen: Sequence[Finding] = ()) -> Block:
    """Return the channels with their figures, what moving spend would do, kinds of account, and cohorts year by year.

    ``chosen``: the findings of the whole report.
    """
    mine = [one.contrast.said for one in chosen if one.contrast.effect == CHANNEL]
    blocks: list[Block] = [heading(texts, headline(found), name="channels")]
    more: list[Block] = []
    if found.channels:
        of = say("channels.column_channel")
        caption = say("channels.caption_apart") if mine else say("channels.caption_short")
        blocks.append(_table(texts, found.channels, "channels", _SHORT, of, caption, narrow=True))
        more.append(_table(texts, found.channels, "channels in full", _CHANNEL, of))
    blocks += [leading(texts, mine, FIRST)] if mine else []
    blocks += _shift(texts, moved) if moved is not None and moved.gain.middle else []
    blocks += [paragraph(texts, *found.lacking, soft=True)] if found.lacking else []
    more += [_cohorts(texts, found.cohorts)] if not found.cohorts.empty else []
    if found.kinds:
        kind, caption = say("channels.column_kind"), say("channels.kinds")
        largest = kept_of_each(found.kinds, lambda one: one.dimension, lambda one: one.figures.cases, most=MOST)
        more.append(_table(texts, largest, "kinds", _KIND, kind, caption))
        more += cut_note(texts, len(largest), len(found.kinds))
    more += [bullets(texts, found.notes)] if found.notes else []
    return group(*blocks, folded(texts, say("channels.folded"), *more)) if more else group(*blocks)


def _shift(texts: Texts, moved: Shift) -> list[Block]:
    """Return what the most promising move of spend would do; where it gains nothing, that, and no heading of it."""
    ends: dict[str, Value] = {
        "share": Rate(moved.share),
        "giving": Name(moved.giving),
        "taking": Name(moved.taking),
    }
    if not moved.gains:
        return [paragraph(texts, Message("channels.shift_none", ends), *moved.said, soft=True)]
    at_once = moved.gain.middle > 0 or moved.lifetime is None
    gain = moved.gain if at_once or moved.lifetime is None else moved.lifetime
    wording = "channels.heading_shift" if at_once else "channels.heading_shift_later"
    said = Message(wording, {**ends, "gain": Money(gain.middle)})
    return [heading(texts, said, level=3, name="shift"), paragraph(texts, *moved.said)]


def headline(found: Channels) -> Message:
    """Return what is to be said first of channels: the cheapest customer and the dearest, else who converts."""
    priced = [(one.cac.middle, one.value) for one in found.channels if one.cac is not None]
    if len(priced) > 1:
        (cheap, best), (dear, worst) = min(priced), max(priced)
        said: dict[str, Value] = {"cheap": Money(cheap), "best": Name(best), "dear": Money(dear), "worst": Name(worst)}
        return Message("channels.heading_cost", said)
    rates = [(one.conversion.middle, one.value) for one in found.channels if one.conversion is not None]
    if len(rates) > 1 and any(one.figures.won for one in found.channels):
        (low, worst), (high, best) = min(rates), max(rates)
        said = {"high": Rate(high), "best": Name(best), "low": Rate(low), "worst": Name(worst)}
        return Message("channels.heading_conversion", said)
    return say("channels.heading_unknown")


def _ranged(found: Range | None, typed: Callable[[float], Value]) -> Message | None:
    if found is None:
        return None
    return say("channels.range", middle=typed(found.middle), low=typed(found.low), high=typed(found.high))


def _middle(found: Range | None, typed: Callable[[float], Value]) -> Message | None:
    return None if found is None else say("channels.middle", middle=typed(found.middle))


def _cost(one: Audience) -> Message | None:
    known = one.figures
    if known.spend and known.customers == 0:
        return say("channels.none_for", spent=Money(known.spend))
    return _ranged(one.cac, Money)


def _payback(one: Audience) -> Message | None:
    if one.payback is not None and one.payback.high < SOON:
        return say("channels.at_once")
    found = one.payback
    if found is None:
        return None
    low, high = Number(found.low, 1), Number(found.high, 1)
    return say("channels.range", middle=Number(found.middle, 1, "months"), low=low, high=high)


_Cell = Callable[[Audience], Message | None]
_CONVERSION: _Cell = lambda one: _ranged(one.conversion, Rate)  # noqa: E731
_CHURN: _Cell = lambda one: _ranged(one.churn, Rate)  # noqa: E731
_WORTH: _Cell = lambda one: _ranged(one.worth, Money)  # noqa: E731
_CHANNEL: dict[str, _Cell] = {
    "leads": _CONVERSION,
    "cac": _cost,
    "payback": _payback,
    "churn": _CHURN,
    "worth": _WORTH,
    "ratio": lambda one: _ranged(one.ratio, lambda value: Number(value, 1 if value < 10 else 0)),
}
_SHORT: dict[str, _Cell] = {
    "leads": lambda one: _middle(one.conversion, Rate),
    "cac": lambda one: _cost(one) if one.cac is None else _middle(one.cac, Money),
    "ratio": lambda one: _middle(one.ratio, lambda value: Number(value, 1 if value < 10 else 0)),
}
_KIND: dict[str, _Cell] = {
    "deals": _CONVERSION,
    "monthly": lambda one: _ranged(one.monthly, Money),
    "churn": _CHURN,
    "worth": _WORTH,
}


def _table(
    texts: Texts,
    found: Sequence[Audience],
    name: str,
    cells: dict[str, _Cell],
    first: Message,
    caption: Message | None = None,
    *,
    narrow: bool = False,
) -> Block:
    rows: list[dict[str, Any]] = [
        {"who": _who(one), **{key: cell(one) for key, cell in cells.items()}} for one in found
    ]
    known = [key for key in cells if any(row[key] is not None for row in rows)]
    columns = [Column("who", first, "message")]
    columns += [Column(key, Message(f"channels.column_{key}", {}), "number") for key in known]
    frame = pd.DataFrame(rows, columns=[column.name for column in columns], dtype="object")
    caption = caption or say("channels.caption")
    return table(texts, frame, columns, name=name, caption=caption, wraps=True, narrow=narrow)


def _who(one: Audience) -> Value:
    return (
        Name(one.value)
        if one.dimension == CHANNEL
        else Message(f"channels.of_{one.dimension}", {"value": Name(one.value)})
    )


def _cohorts(texts: Texts, found: pd.DataFrame) -> Block:
    months = [say("channels.months", since=a, until=b) for a, b in zip(found["since"], found["until"], strict=True)]
    rates = [
        say("channels.range", middle=Rate(rate), low=Rate(low), high=Rate(high))
        for rate, low, high in zip(found["conversion"], found["low"], found["high"], strict=True)
    ]
    shown = found.assign(
        months=pd.Series(months, index=found.index, dtype="object"),
        rate=pd.Series(rates, index=found.index, dtype="object"),
    )
    columns = [
        Column("channel", say("channels.column_channel"), "name"),
        Column("months", say("channels.column_months"), "message"),
        Column("leads", say("channels.column_counts"), "count"),
        Column("won", say("channels.column_won"), "count"),
        Column("rate", say("channels.column_conversion"), "number"),
    ]
    if shown["spend"].notna().any():
        columns.append(Column("spend", say("channels.column_spend"), "money"))
        columns.append(Column("cost", say("channels.column_cost"), "money"))
    return table(texts, shown, columns, name="cohorts", caption=say("channels.cohorts"), wraps=True)
