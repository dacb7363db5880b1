"""What a report of a running period says of what comes before sales: steps so far, and the open pipeline's cover."""

from __future__ import annotations

import pandas as pd

from salesgoals_kit.follow.indicators import Indicator, Indicators, cover_sentence
from salesgoals_kit.follow.tracking import Tracking
from salesgoals_kit.goals.activity import Range
from salesgoals_kit.goals.doing import step_words
from salesgoals_kit.report.blocks import Block, bullets, group, heading
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, Message, Money, Number, Value, say


def indicators_block(texts: Texts, found: Tracking) -> Block:
    """Return what was done of each step so far, beside earlier periods and what the goals take, and the cover."""
    made = found.indicators
    head = heading(texts, _indicator_finding(made), name="tracking indicators")
    cover = None if made.cover is None else cover_sentence(made.cover)
    said = [*([] if cover is None else [cover]), *(() if made.cover is None else made.cover.notes), *_notes(made)]
    if not made.steps:
        return group(head, bullets(texts, [*said, *made.lacking]))
    columns = [
        Column("step", say("tracking.column_step"), "message"),
        Column("so_far", say("tracking.column_done"), "number"),
        Column("usual", say("tracking.column_earlier"), "number"),
    ]
    columns += [Column("needed", say("tracking.column_plan"), "number")] if made.people else []
    columns.append(Column("said", say("tracking.column_compared"), "message"))
    rows = pd.DataFrame([_step(one) for one in made.steps], dtype="object")
    most = max(one.periods for one in made.steps)
    caption = say("tracking.caption_steps", periods=Count(most))
    shown = table(texts, rows, columns, name="indicators", caption=caption, wraps=True)
    return group(head, shown, *([bullets(texts, [*said, *made.lacking])] if said or made.lacking else []))


def _indicator_finding(made: Indicators) -> Message:
    if made.short:
        return say("tracking.heading_steps_short", steps=tuple(_step_name(one.step) for one in made.short))
    low = tuple(_step_name(one.step) for one in made.steps if one.place == "below")
    if low:
        return say("tracking.heading_steps_low", steps=low)
    thin = made.cover is not None and made.cover.value < made.cover.needed
    if made.people:
        return say("tracking.heading_steps_thin") if thin else say("tracking.heading_steps_enough")
    return say("tracking.heading_cover_thin") if thin else say("tracking.heading_steps")


def _notes(made: Indicators) -> list[Message]:
    said = [say("tracking.plans", count=Count(made.people))] if made.people else []
    unknown = next((one.unknown for one in made.steps if one.step == "pipeline"), 0)
    return [*said, *([say("tracking.pipeline_unknown", count=Count(unknown))] if unknown else [])]


def _step(one: Indicator) -> dict[str, object]:
    return {
        "step": _step_name(one.step),
        "so_far": _amount(one, one.so_far),
        "usual": None if one.usual is None else _range(one, one.usual),
        "needed": None if one.needed is None else _range(one, one.needed),
        "said": _compared(one),
    }


def _compared(one: Indicator) -> Message:
    if one.short:
        return say("tracking.step_short")
    return say("tracking.step_unknown") if one.place is None else Message(f"tracking.step_{one.place}", {})


def _step_name(step: str) -> Message:
    if step in ("leads", "pipeline"):
        return Message(f"tracking.step_{step}", {})
    return say("tracking.step", kind=step_words(step))


def _amount(one: Indicator, value: float) -> Value:
    return Money(value) if one.step == "pipeline" else Number(value, 0)


def _range(one: Indicator, found: Range) -> Message:
    low, high = (_amount(one, value) for value in (found.low, found.high))
    return say("tracking.range", low=low, middle=_amount(one, found.middle), high=high)
