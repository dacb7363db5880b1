"""What had been forecast and how far off it was, what was tried, and how agreed goals kept their chances."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from salesgoals_kit.follow.initiatives import Tried
from salesgoals_kit.follow.promises import Kept
from salesgoals_kit.follow.review import Review
from salesgoals_kit.follow.verdict import Forecast, KpiReview
from salesgoals_kit.report import labels
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, paragraph
from salesgoals_kit.report.quantities import difference, quantity
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, Message, Money, Name, Number, Rate, Value, say


def forecasts_block(texts: Texts, found: Review) -> Block:
    """Return every frozen outlook beside the figure: its middle, its range, how far off, where the figure fell."""
    rows = [_row(texts, one, forecast) for one in found.kpis for forecast in one.forecasts]
    head = heading(texts, _heading(found))
    if not rows:
        return group(head, paragraph(texts, say("forecasts.none")))
    columns = [
        Column("kpi", say("outcome.column_kpi"), "message"),
        Column("by", say("forecasts.column_by"), "message"),
        Column("expected", say("forecasts.column_expected"), "number"),
        Column("range", say("forecasts.column_range"), "message"),
        Column("actual", say("outcome.column_actual"), "number"),
        Column("off", say("forecasts.column_off"), "message"),
        Column("fell", say("forecasts.column_fell"), "rate", decimals=0),
    ]
    frame = pd.DataFrame(rows, columns=[column.name for column in columns], dtype="object")
    shown = table(texts, frame, columns, name="forecasts", caption=say("forecasts.caption"))
    return group(head, folded(texts, say("forecasts.show"), shown))


def _heading(found: Review) -> Message:
    decided = [one for one in found.kpis if one.percentile is not None]
    if not decided:
        return say("forecasts.heading_open")
    inside = sum(0.1 <= one.percentile <= 0.9 for one in decided if one.percentile is not None)
    return say("forecasts.heading", inside=Count(inside), count=Count(len(decided)))


def _row(texts: Texts, one: KpiReview, forecast: Forecast) -> dict[str, object]:
    unit, actual = one.kpi.unit, one.actual
    row: dict[str, object] = {
        "kpi": one.kpi.title,
        "by": Message(f"forecasts.by_{forecast.template}", {"date": forecast.as_of}),
        "expected": labels.beside(texts, forecast.expected, forecast.expected if actual is None else actual, unit),
        "range": say("forecasts.range", low=quantity(forecast.low, unit), high=quantity(forecast.high, unit)),
        "actual": None if actual is None else labels.beside(texts, actual, forecast.expected, unit),
    }
    if one.actual is not None and forecast.percentile is not None:
        row["off"] = difference(one.actual, forecast.expected, unit)
        row["fell"] = Rate(round(forecast.percentile * 20) / 20)
    return row


def tried_block(texts: Texts, tried: Sequence[Tried], kept: Sequence[Kept]) -> Block:
    """Return what had been agreed to be done, whether its measure moved, and how goals that count on it did."""
    head = heading(texts, _tried_heading(tried))
    said = [_tried(one) for one in tried] or [say("forecasts.nothing_tried")]
    promised = [_kept(one) for one in kept]
    beside = [bullets(texts, promised)] if promised else [paragraph(texts, say("forecasts.no_promises"), soft=True)]
    return group(head, bullets(texts, said), heading(texts, say("forecasts.heading_kept"), level=3), *beside)


def _tried_heading(tried: Sequence[Tried]) -> Message:
    if not tried:
        return say("forecasts.heading_untried")
    if all(one.verdict == "cannot_tell" for one in tried):
        return say("forecasts.heading_untold")
    moved = sum(one.verdict == "moved" for one in tried)
    return say("forecasts.heading_tried", moved=Count(moved), count=Count(len(tried)))


def _tried(one: Tried) -> Message:
    said: dict[str, Value] = {"what": Name(one.what), "seen": one.sentence}
    who = [say("forecasts.owner", name=Name(one.owner))] if one.owner is not None else []
    money = [say("forecasts.cost", cost=Money(one.cost))] if one.cost is not None else []
    late = [say("forecasts.late")] if one.goal.set_after_the_fact or one.goal.backfilled else []
    beside = (*who, *money, *late)
    if not beside:
        return Message("forecasts.tried", said)
    return Message("forecasts.tried_with", {**said, "beside": beside})


def _kept(one: Kept) -> Message:
    said: dict[str, Value] = {
        "count": Count(one.count),
        "reached": Count(one.reached),
        "expected": Number(one.expected, 1),
        "brier": Number(one.brier, 2),
    }
    return Message(f"forecasts.kept_{one.kind}", said)
