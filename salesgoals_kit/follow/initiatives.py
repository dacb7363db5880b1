"""What was to be done for the goals, and whether what was to show that it works moved by more than chance.

The metric of an initiative is a measure of the catalogue (by its name or the field's words for it; where none is named,
the goal's own). What chance alone does is the outlook frozen with the goals: ``tail`` is the share of it that is at
least as good as what came. Without such an outlook it is where the figure stands among the periods before: of n earlier
ones k at least as good give (k + 1) / (n + 1), the p-value of a permutation (Phipson & Smyth 2010). Something moved
where that is at most RARE, and it moved the wrong way where it is at least 1 - RARE. That it moved does not say what
moved it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from salesgoals_kit.follow.verdict import KpiReview
from salesgoals_kit.forecast.scores import meets
from salesgoals_kit.goals.vocabulary import KPIS
from salesgoals_kit.goals.wording import figure
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi
from salesgoals_kit.store.rows import GoalRow
from salesgoals_kit.words import Count, Message, Name, Rate, Value, say

RARE = 0.05
FEW = 20  # cases behind a rate, under which nothing can be told of it
Verdict = Literal["moved", "as_ever", "worse", "cannot_tell"]
COUNTED = {"win_rate": "decided", "qualified_leads": "leads", "margin": "decided"}  # driver that counts the cases


@dataclass(frozen=True)
class Tried:
    """One initiative: what, who, for what money, by which measure it was to be seen, and what is to be seen."""

    goal: GoalRow
    what: str
    owner: str | None
    cost: float | None
    metric: Kpi | None
    verdict: Verdict
    tail: float | None
    sentence: Message


def metric_of(row: GoalRow) -> Kpi | None:
    """Return the measure an initiative names, or its goal's own where it names none; None where it is no measure."""
    named = (row.initiative or {}).get("metric")
    if named is None:
        return CATALOGUE.get(row.kpi)
    return CATALOGUE.get(KPIS.get(" ".join(str(named).lower().replace("_", " ").split()), ""))


def metrics_of(goals: Iterable[GoalRow]) -> tuple[str, ...]:
    """Return the measures by which initiatives are to be judged, each once."""
    found = (metric_of(row) for row in goals if row.initiative)
    return tuple(dict.fromkeys(kpi.name for kpi in found if kpi is not None))


def initiatives(
    goals: Iterable[GoalRow],
    kpis: Iterable[KpiReview],
    now: Mapping[str, float | None],
    past: Mapping[str, Sequence[float]],
) -> tuple[Tried, ...]:
    """Return what became of each initiative that was agreed with a goal.

    ``now`` are the period's drivers, by which cases are counted; ``past`` the metrics' figures in earlier periods.
    """
    known = {one.kpi.name: one for one in kpis}
    return tuple(_tried(row, known, now, past) for row in goals if row.initiative and row.level == "agreed")


def _tried(
    row: GoalRow, known: Mapping[str, KpiReview], now: Mapping[str, float | None], past: Mapping[str, Sequence[float]]
) -> Tried:
    told = row.initiative or {}
    metric = metric_of(row)
    found = None if metric is None else known.get(metric.name)
    tail, why = _tail(row, metric, found, now, past)
    verdict: Verdict = "cannot_tell"
    if tail is not None:
        verdict = "moved" if tail <= RARE else "worse" if tail >= 1 - RARE else "as_ever"
    sentence = why if metric is None or found is None or tail is None else _told(found, verdict, tail)
    cost = told.get("cost")
    return Tried(
        goal=row,
        what=str(told.get("what", "")),
        owner=None if told.get("owner") is None else str(told["owner"]),
        cost=None if cost is None else float(cost),
        metric=metric,
        verdict=verdict,
        tail=tail,
        sentence=sentence,
    )


def _tail(
    row: GoalRow,
    metric: Kpi | None,
    found: KpiReview | None,
    now: Mapping[str, float | None],
    past: Mapping[str, Sequence[float]],
) -> tuple[float | None, Message]:
    """Return the chance of a figure as good as this, or why it cannot be told."""
    if metric is None:
        return None, say("gap.try_no_measure", metric=Name(str((row.initiative or {}).get("metric"))))
    if found is None or found.actual is None or found.standing == "open":
        return None, say("gap.try_no_figure", kpi=metric.title)
    cases = now.get(COUNTED.get(metric.name, ""))
    if cases is not None and cases < FEW:
        return None, say("gap.try_few", kpi=metric.title, cases=Count(round(cases)), few=Count(FEW))
    if found.percentile is not None:
        return (1 - found.percentile if metric.better == "higher" else found.percentile), found.sentence
    before = [value for value in past.get(metric.name, ())]
    actual = found.actual
    if len(before) + 1 < 1 / RARE:
        return None, say("gap.try_short", kpi=metric.title, periods=Count(len(before)))
    return (sum(meets(value, actual, metric.better) for value in before) + 1) / (len(before) + 1), found.sentence


def _told(found: KpiReview, verdict: Verdict, tail: float) -> Message:
    assert found.actual is not None
    said: dict[str, Value] = {"kpi": found.kpi.title, "actual": figure(found.kpi, found.actual)}
    if verdict == "as_ever":
        return Message("gap.try_as_ever", {**said, "share": Rate(round(tail * 20) / 20)})
    return Message(f"gap.try_{verdict}", {**said, "rare": Rate(RARE)})
