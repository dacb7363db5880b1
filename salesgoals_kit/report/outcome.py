"""What a report of a review says: every goal against its figure, the chance it was promised, what to take from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from salesgoals_kit.follow.review import Review
from salesgoals_kit.follow.verdict import LATER, KpiReview
from salesgoals_kit.kpis.needs import kpi_named
from salesgoals_kit.report import labels
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, leading, paragraph
from salesgoals_kit.report.charts import draw_review
from salesgoals_kit.report.content import KeyFigure, Lesson
from salesgoals_kit.report.gaps import sides
from salesgoals_kit.report.quantities import chance_message, quantity
from salesgoals_kit.report.shapes import Standing
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.store.rows import OutlookRow
from salesgoals_kit.words import Count, Message, Rate, Value, say

FEW = 4  # drivers; the others are opened
BACKFILLED = "follow.backfilled"  # true of all goals alike, so said once
NO_GOAL = "follow.no_goal"  # the table of verdicts says it


def headline(found: Review) -> Message:
    """Return the finding of a review: whether the leading goal was reached, by how much."""
    one = counts_most(found)
    if one is None or one.main is None:
        return say("outcome.no_goals", period=found.period.name)
    if one.actual is None or one.main.reached is None:
        name = "outcome.headline_unknown" if _lacks(one, found) else "outcome.headline_open"
        return Message(name, {"kpi": one.kpi.title, "period": found.period.name})
    said: dict[str, Value] = {
        "kpi": one.kpi.title,
        "actual": quantity(one.actual, one.kpi.unit),
        "goal": quantity(one.main.goal, one.kpi.unit),
    }
    return Message("outcome.headline_reached" if one.main.reached else "outcome.headline_missed", said)


def lead(found: Review) -> Message:
    """Return how many of the decided goals were reached, and what had been promised."""
    decided = [one.main for one in found.kpis if one.main is not None and one.main.reached is not None]
    if not any(one.main for one in found.kpis):
        return say("outcome.set_some")
    if not decided:
        if _waits(found):
            return say("outcome.nothing_decided")
        return say("outcome.nothing_known", period=found.period.name)
    said: dict[str, Value] = {
        "reached": Count(sum(bool(level.reached) for level in decided)),
        "count": Count(len(decided)),
    }
    one = counts_most(found)
    promised = one.main.promised if one is not None and one.main is not None else None
    if promised is None or one is None:
        return Message("outcome.lead", said)
    return Message("outcome.lead_promised", {**said, "kpi": one.kpi.title, "chance": chance_message(promised)})


def _lacks(one: KpiReview, found: Review) -> bool:
    """Return whether the data has no figure, though it should be final by now."""
    return one.actual is None and one.final_on <= found.as_of


def _waits(found: Review) -> bool:
    """Return whether any goal waits for a figure that is still to come, or to settle."""
    return any(one.main is not None and one.main.reached is None and not _lacks(one, found) for one in found.kpis)


def counts_most(found: Review) -> KpiReview | None:
    """Return the review of the goal that counts most; None where there is no goal."""
    return next((one for one in found.kpis if one.main is not None), None)


def verdicts(texts: Texts, found: Review) -> Block:
    """Return every KPI with its figure, its goal, whether it was reached, and the chance that was promised."""
    columns = [
        Column("kpi", say("outcome.column_kpi"), "message"),
        Column("actual", say("outcome.column_actual"), "number"),
        Column("goal", say("outcome.column_goal"), "number"),
        Column("attained", say("outcome.column_attained"), "rate", decimals=0),
        Column("state", say("outcome.column_state"), "message"),
        Column("promised", say("outcome.column_promised"), "message"),
    ]
    rows = pd.DataFrame(
        [_verdict(texts, one, found) for one in found.kpis if one.main is not None or one.actual is not None],
        columns=[column.name for column in columns],
    )
    return table(texts, rows, columns, name="verdicts", caption=say("outcome.caption", period=found.period.name))


def _verdict(texts: Texts, one: KpiReview, found: Review) -> dict[str, object]:
    main = one.main
    row: dict[str, object] = {
        "kpi": one.kpi.title,
        "actual": None if one.actual is None else _beside(texts, one.actual, None if main is None else main.goal, one),
        "state": _state(one, found),
    }
    if main is not None:
        row["goal"] = _beside(texts, main.goal, one.actual, one)
        row["attained"] = None if main.attainment is None else Rate(main.attainment)
        row["promised"] = None if main.promised is None else chance_message(main.promised, short=True)
    return row


def _beside(texts: Texts, value: float, other: float | None, one: KpiReview) -> Value:
    return labels.beside(texts, value, value if other is None else other, one.kpi.unit)


def _state(one: KpiReview, found: Review) -> Message:
    if one.main is None:
        return say("outcome.no_goal")
    if one.main.reached is None and _lacks(one, found):
        return say("outcome.no_figure")
    return say("outcome.undecided", day=one.final_on) if one.main.reached is None else outcome_words(one.main.reached)


def outcome_words(reached: bool | None) -> Message:
    """Return whether a goal was reached, in a word."""
    if reached is None:
        return say("outcome.open")
    return say("outcome.reached") if reached else say("outcome.missed")


def chart(texts: Texts, found: Review, outlooks: Sequence[OutlookRow]) -> Block:
    """Return each decided figure against its goal, and the middle 80 % of what the outlook frozen with it expected."""
    records = {row.kpi: row.record for row in outlooks if row.template not in LATER}
    rows = [row for one in found.kpis if (row := _standing(one, records.get(one.kpi.name))) is not None]
    head = heading(texts, say("outcome.heading_verdicts"))
    if not rows:
        return group(head, paragraph(texts, lead(found)), verdicts(texts, found))
    decided = [one.main for one in found.kpis if one.main is not None and one.main.reached is not None]
    reached = sum(bool(level.reached) for level in decided)
    said = say("outcome.review_alt", reached=Count(reached), count=Count(len(decided)))
    return group(
        head, draw_review(texts, rows, finding=said), folded(texts, say("folds.verdicts"), verdicts(texts, found))
    )


def _standing(one: KpiReview, record: Mapping[str, Any] | None) -> Standing | None:
    main = one.main
    if main is None or main.reached is None or one.actual is None or main.goal == 0:
        return None
    low, high = (None if record is None else float(record["quantiles"][level]) for level in ("10", "90"))
    return Standing(one.kpi.title, one.kpi.unit, one.kpi.better, main.goal, one.actual, low, high)


def levels_table(texts: Texts, found: Review) -> Block:
    """Return each level of each KPI with the chance promised and what became of it."""
    rows = [
        {
            "kpi": one.kpi.title,
            "level": Message(f"report.level_{level.level}", {}),
            "goal": _beside(texts, level.goal, one.actual, one),
            "promised": None if level.promised is None else chance_message(level.promised, short=True),
            "state": outcome_words(level.reached),
        }
        for one in found.kpis
        for level in one.levels
    ]
    columns = [
        Column("kpi", say("outcome.column_kpi"), "message"),
        Column("level", say("outcome.column_level"), "message"),
        Column("goal", say("outcome.column_goal"), "number"),
        Column("promised", say("outcome.column_promised"), "message"),
        Column("state", say("outcome.column_state"), "message"),
    ]
    frame = pd.DataFrame(rows, columns=[column.name for column in columns])
    shown = table(texts, frame, columns, name="levels", caption=say("outcome.levels_caption"))
    return folded(texts, say("outcome.show_levels"), shown)


def sentences(texts: Texts, found: Review) -> Block:
    """Return what is to be said of each KPI: how far its figure can be trusted, and its notes."""
    late = set_late(found)
    known = [one for one in found.kpis if one.main is not None or one.actual is not None]
    said = [note for one in known for note in (one.sentence, *one.notes) if note.id not in (BACKFILLED, NO_GOAL)]
    if not said:
        return bullets(texts, [say("outcome.no_goals", period=found.period.name)])
    shown = folded(texts, say("outcome.show_figures"), bullets(texts, said))
    return group(bullets(texts, [say("outcome.backfilled")]), shown) if late else shown


def moves(texts: Texts, found: Review) -> Block:
    """Return how the drivers moved since the goals were set."""
    if not found.drivers:
        return bullets(texts, [say("outcome.no_drivers")])
    about = paragraph(texts, say("outcome.drivers", period=found.period.name), soft=True)
    return group(about, leading(texts, [move.sentence for move in found.drivers], FEW))


def lessons_block(texts: Texts, found: Review) -> Block:
    """Return why the first figure is not its goal, and what the next period should take; above all else on the page."""
    shown = group(heading(texts, say("outcome.heading_lessons")), bullets(texts, learned(found)))
    return replace(shown, leads=True)


def learned(found: Review) -> list[Message]:
    """Return why the first figure is not its goal, then the lessons."""
    because = [one for gap in found.gaps[:1] if (one := sides(gap)) is not None]
    return [*because, *(found.lessons or [_no_lesson(found)])]


def _no_lesson(found: Review) -> Message:
    goals = [one for one in found.kpis if one.main is not None]
    if not goals:
        return say("outcome.set_some")
    known = any(one.actual is not None for one in found.kpis)
    return say("outcome.no_lessons") if known else say("outcome.nothing_to_learn", period=found.period.name)


def lessons(found: Review) -> tuple[Lesson, ...]:
    """Return the lessons as the content carries them and the ledger keeps them."""
    return tuple(Lesson(one.sentence, {"kind": one.kind, **one.facts}) for one in found.learned)


def figures(found: Review, actuals: Mapping[str, float | None]) -> tuple[KeyFigure, ...]:
    """Return the period's figures as the content carries them; those that are final go to the ledger."""
    by_name = {one.kpi.name: one for one in found.kpis}
    return tuple(
        KeyFigure(
            kpi=name,
            title=kpi_named(name).title,
            shown=say("outcome.unknown") if value is None else quantity(value, kpi_named(name).unit),
            period=found.period.name,
            unit=kpi_named(name).unit,
            value=value,
            final=name in by_name and by_name[name].standing == "final" and value is not None,
        )
        for name, value in actuals.items()
    )


def set_late(found: Review) -> bool:
    """Return whether any goal was recorded or agreed after its period had begun."""
    return any(level.backfilled or level.set_after_the_fact for one in found.kpis for level in one.levels)
