"""What a report of a running period says of what comes before sales: steps so far, and the open pipeline's cover."""

from __future__ import annotations

import numpy as np
import pandas as pd

from salesgoals_kit.follow.indicators import Indicator, Indicators, cover_sentence
from salesgoals_kit.follow.tracking import REVENUE, Tracking
from salesgoals_kit.goals.activity import Range
from salesgoals_kit.goals.doing import step_words
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, leading
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, Message, Money, Number, Value, say

FEW = 2  # sentences; the others are opened


def indicators_block(texts: Texts, found: Tracking) -> Block:
    """Return what was done of each step so far, beside earlier periods and what the goals take, and the cover."""
    made = found.indicators
    thin = _is_thin(found)
    head = heading(texts, _indicator_finding(made, thin=thin), name="tracking indicators")
    said = [*_cover(found), *(() if made.cover is None else made.cover.notes), *_notes(made)]
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
    told = [*said, *made.lacking]
    return group(head, *([leading(texts, told, FEW)] if told else []), folded(texts, say("folds.steps"), shown))


def _opened(found: Tracking) -> float | None:
    """Return the middle of what open deals bring by the period's end; None where that is not told apart."""
    going = found.paces.get(REVENUE)
    return float(np.median(going.opened)) if going is not None and going.opened.any() else None


def _is_thin(found: Tracking) -> bool:
    """Return whether open deals alone do not make the goal: by what each should bring, else by the rule of thumb."""
    cover, opened = found.indicators.cover, _opened(found)
    if cover is None:
        return False
    return cover.value < cover.needed if opened is None else opened < cover.still_to_win


def _cover(found: Tracking) -> list[Message]:
    """Return what open deals bring of what is still to be won, and the rule of thumb beside it."""
    cover, opened = found.indicators.cover, _opened(found)
    if cover is None:
        return []
    said = []
    if opened is not None:
        name = "tracking.open_short" if opened < cover.still_to_win else "tracking.open_enough"
        said.append(Message(name, {"opened": Money(opened), "left": Money(cover.still_to_win)}))
    thumb = cover_sentence(cover)
    return said if thumb is None else [*said, thumb]


def _indicator_finding(made: Indicators, *, thin: bool) -> Message:
    if made.short:
        return say("tracking.heading_steps_short", steps=tuple(_step_name(one.step) for one in made.short))
    low = tuple(_step_name(one.step) for one in made.steps if one.place == "below")
    if low:
        return say("tracking.heading_steps_low", steps=low)
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
