"""Attainment in three named numbers, and by which version of the final figures."""

from __future__ import annotations

import pandas as pd

from salesgoals_kit.follow.quota import Quota
from salesgoals_kit.follow.review import Review
from salesgoals_kit.follow.versions import Version
from salesgoals_kit.report.blocks import Block, bullets, group, heading, paragraph
from salesgoals_kit.report.quantities import quantity
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, Message, Money, Points, Rate, Value, say

SHORT = 12  # letters of a snapshot's hash, as the page's foot shows it


def attained_block(texts: Texts, found: Review, people: Quota | None, versions: tuple[Version, ...]) -> Block:
    """Return the leading goal's attainment, the share of reps at goal, sum of sales / sum of goals; and the version."""
    head = heading(texts, say("attained.heading"))
    said = [*_own(found), *_people(found, people)]
    blocks = [bullets(texts, said), paragraph(texts, _versions(versions), soft=True)]
    changed = [one for one in versions if one.before is not None]
    if changed:
        blocks.append(_corrections(texts, changed))
    return group(head, *blocks)


def _own(found: Review) -> list[Message]:
    one = next((one for one in found.kpis if one.main is not None), None)
    if one is None or one.main is None:
        return [say("attained.no_goal")]
    kpi, main = one.kpi, one.main
    if one.actual is None or main.attainment is None:
        return [say("attained.no_share", kpi=kpi.title)]
    said: dict[str, Value] = {
        "kpi": kpi.title,
        "share": Rate(main.attainment),
        "actual": quantity(one.actual, kpi.unit),
        "goal": quantity(main.goal, kpi.unit),
    }
    return [Message("attained.own" if kpi.better == "higher" else "attained.own_lower", said)]


def _people(found: Review, people: Quota | None) -> list[Message]:
    if people is None or any(one.kpi.name == "revenue" and one.standing == "open" for one in found.kpis):
        return [say("attained.no_people" if people is None else "attained.people_open")]
    count = Count(people.people)
    late = [say("attained.late", count=Count(people.late))] if people.late else []
    return [
        say("attained.at_goal", share=Rate(people.share), reached=Count(people.at_goal), count=count),
        say("attained.sold", share=Rate(people.sold), sales=Money(people.sales), goals=Money(people.goals)),
        *late,
    ]


def _versions(versions: tuple[Version, ...]) -> Message:
    """Return by which version of the figures attainment is: the highest there is among them."""
    if not versions:
        return say("attained.not_final")
    again = [one for one in versions if one.number > 1]
    if not again:
        return say("attained.first_version")
    return say("attained.later_version", kpis=tuple(one.kpi.title for one in again))


def _corrections(texts: Texts, changed: list[Version]) -> Block:
    columns = [
        Column("kpi", say("outcome.column_kpi"), "message"),
        Column("before", say("attained.column_before"), "message"),
        Column("snapshot", say("attained.column_snapshot"), "code"),
        Column("now", say("attained.column_now"), "message"),
        Column("change", say("attained.column_change"), "message"),
    ]
    frame = pd.DataFrame([_correction(texts, one) for one in changed], columns=[column.name for column in columns])
    return table(texts, frame, columns, name="corrections", caption=say("attained.caption"))


def _correction(texts: Texts, one: Version) -> dict[str, object]:
    before, unit = one.before, one.kpi.unit
    assert before is not None
    return {
        "kpi": one.kpi.title,
        "before": _version(texts, before.version, before.value, unit),
        "snapshot": (before.snapshot or "")[:SHORT],
        "now": _version(texts, one.number, one.actual, unit),
        "change": None if before.value is None else _change(texts, one.actual - before.value, unit),
    }


def _version(texts: Texts, number: int, value: float | None, unit: str) -> Message:
    if value is None:
        return say("attained.version", number=Count(number), value=say("outcome.unknown"))
    return say("attained.version", number=Count(number), value=_in_full(texts, value, unit))


def _in_full(texts: Texts, value: float, unit: str) -> Value:
    """Return a figure so far that a small correction shows."""
    if unit == "money":
        return texts.amount(value, cents=True)
    return texts.percent(value, 2) if unit == "rate" else quantity(value, unit)


def _change(texts: Texts, change: float, unit: str) -> Value:
    if unit == "money":
        return say("attained.change", change=texts.amount(change, cents=True))
    return Points(change) if unit == "rate" else quantity(change, unit)
