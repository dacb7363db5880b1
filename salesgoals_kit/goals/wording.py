"""The sentence of a goal and its parts: who, what, by when, how much more than before, with what chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from salesgoals_kit.forecast.why import quantity
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.words import Chance, Change, Count, Message, Name, Points, Value, say

_WHOLE = ("count", "days")


@dataclass(frozen=True)
class Base:
    """What a goal is compared with: the figure of an earlier period, in the KPI's unit."""

    value: float
    period: Period


def figure(kpi: Kpi, value: float) -> Value:
    """Return a value of a KPI as the typed quantity of its unit."""
    return quantity(value, kpi.unit, 0 if kpi.unit in _WHOLE else 1)


def owner_words(owner: Owner) -> Message:
    """Return who carries a goal, as it stands in a sentence."""
    return Message(f"goals.{owner.kind}", {} if owner.name is None else {"name": Name(owner.name)})


def change_of(kpi: Kpi, value: float, base: float) -> float | None:
    """Return the change on a base: points for a rate, else relative; None where the base allows no ratio."""
    if kpi.unit == "rate":
        return value - base
    return value / base - 1 if base > 0 else None


def difference(kpi: Kpi, value: float, base: float) -> Value | None:
    """Return the change on a base to be printed; of a rate in both readings, so that neither is mistaken."""
    change = change_of(kpi, value, base)
    if change is None:
        return None
    if kpi.unit != "rate":
        return Change(change)
    if base <= 0:
        return Points(change)
    return say("goals.rate_change", points=Points(change), relative=Change(value / base - 1))


def change_words(kpi: Kpi, value: float, period: Period, base: Base) -> Message:
    """Return the change on the base as it stands in a sentence: how much, and on what."""
    change = difference(kpi, value, base.value)
    if change is None:
        return say("goals.against", figure=figure(kpi, base.value), base=base.period.name)
    if base.period == period.year_before():
        return Message(f"goals.on_year_before_{period.grain}", {"change": change, "year": base.period.name[:4]})
    return Message(f"goals.on_{base.period.grain}", {"change": change, "base": base.period.name})


def does(kpi: Kpi, value: float, step: float | None = None) -> Message:
    """Return what the owner does: the KPI's own wording around the value.

    ``step`` is the outlook's: a rate of few cases is said in cases, "at most 1 of 60 accounts".
    """
    said: dict[str, Value] = {"value": figure(kpi, value)}
    if step and kpi.scale == "rate":
        cases = round(1 / step)
        said |= {"count": Count(round(value * cases)), "of": Count(cases)}
        return Message(f"goals.does_{kpi.name}_counted", said)
    return Message(f"goals.does_{kpi.name}", said)


def goal_sentence(
    owner: Owner,
    due: date,
    what: Message,
    *,
    change: Message | None = None,
    chance: float | None = None,
    initiative: Value | None = None,
) -> Message:
    """Return the sentence of a goal: by when, who, what, and where they are known the change, how, and the chance."""
    if initiative is not None and change is not None:
        change = say("smart.change_by", change=change, initiative=initiative)
    elif initiative is not None:
        what = say("smart.does_by", does=what, initiative=initiative)
    said: dict[str, Value] = {"deadline": due, "owner": owner_words(owner), "does": what}
    if change is not None:
        said["change"] = change
    if chance is not None and not math.isnan(chance):
        said["chance"] = Chance(chance)
    parts = [part for part in ("change", "chance") if part in said]
    return Message("_".join(["goals.sentence", *parts]), said)
