"""The letters S, M and T of SMART: whether a goal says who, what and how, in numbers, and by when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from salesgoals_kit.goals.deadline import COHORTS, deadline, final_on
from salesgoals_kit.goals.evidence import Evidence, read_on
from salesgoals_kit.goals.goal import Goal, base_of, fault_of, number_of, steps
from salesgoals_kit.goals.limits import NO_GOAL, wrong_base
from salesgoals_kit.goals.reading import change_read
from salesgoals_kit.goals.told import told_start
from salesgoals_kit.goals.wording import Base, figure, owner_words
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY
from salesgoals_kit.periods import Grain, Period
from salesgoals_kit.words import Change, Count, Message, Name, Number, Points, Value, say

PARTS: dict[Grain, Grain] = {"year": "quarter", "quarter": "month"}
Initial = Literal["S", "M", "A", "R", "T"]


@dataclass(frozen=True)
class Letter:
    """One letter of a verdict: whether the goal passes it, and why; what fails comes first."""

    letter: Initial
    passed: bool
    reasons: tuple[Message, ...]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    passed: bool
    said: Message


def letter_of(letter: Initial, findings: Iterable[Finding]) -> Letter:
    """Return the letter that findings make: it passes if all of them do."""
    found = sorted(findings, key=lambda finding: finding.passed)
    return Letter(letter, all(finding.passed for finding in found), tuple(finding.said for finding in found))


def specific(goal: Goal, evidence: Evidence) -> Letter:
    """Return S: one KPI of one owner, and what is going to be done for it."""
    kpi = CATALOGUE[goal.kpi]
    whose = say("smart.s_owner", kpi=kpi.title, owner=owner_words(goal.owner or COMPANY))
    found = [Finding(True, whose) if goal.owner is not None else Finding(False, say("smart.s_no_owner"))]
    if goal.split is not None:
        found.append(Finding(False, say("smart.s_split", by=Message(f"smart.by_{goal.split}"))))
    if goal.initiative is None:
        found.append(Finding(False, say("smart.s_no_initiative")))
    else:
        found.append(Finding(True, say("smart.s_initiative", initiative=goal.initiative)))
    return letter_of("S", found)


def measurable(goal: Goal, evidence: Evidence) -> Letter:
    """Return M: the KPI can be computed, and where it starts and where it is to end are both numbers."""
    lacking = _not_measured(goal, evidence)
    if lacking is not None:
        return letter_of("M", [Finding(False, lacking)])
    found: list[Finding] = []
    if not goal.has_number:
        found.append(Finding(False, say("smart.m_no_number")))
    if goal.stretch is not None:
        found.append(Finding(False, say("smart.m_range")))
    wrong = "" if goal.base is None else wrong_base(goal.base, evidence.period)
    if wrong:
        found.append(Finding(False, say("smart.m_wrong_base", why=Name(wrong))))
    return letter_of("M", [*found, *_numbers(goal, evidence)])


def time_bound(goal: Goal, evidence: Evidence) -> Letter:
    """Return T: a deadline at the end of a period that is not over, when its figure is final, and its milestones."""
    if goal.day is not None:
        return letter_of("T", [Finding(False, say("smart.t_within", day=goal.day, end=evidence.period.end))])
    if goal.period is None:
        return letter_of("T", [Finding(False, say("smart.t_no_deadline"))])
    if goal.period.end <= evidence.as_of:
        return letter_of("T", [Finding(False, say("smart.t_over", end=goal.period.end, as_of=evidence.as_of))])
    period, company = evidence.period, evidence.company
    final = final_on(goal.kpi, period, company)
    due = deadline(goal.kpi, period, company)
    said = say("smart.t_due", end=period.end, final=final)
    if goal.kpi in COHORTS:
        said = say("smart.t_cohort", end=period.end, due=due, final=final)
    found = [Finding(True, said)]
    if period.start <= evidence.as_of:
        found.append(Finding(True, say("smart.t_running", start=period.start)))
    return letter_of("T", [*found, Finding(True, _milestones_said(period))])


def milestones(period: Period) -> tuple[Period, ...]:
    """Return the smaller wins on the way: a year's quarters, a quarter's months; a month has none but its weeks.

    >>> from salesgoals_kit.periods import parse_period
    >>> [part.name for part in milestones(parse_period("2026Q2"))]
    ['2026-04', '2026-05', '2026-06']
    """
    grain = PARTS.get(period.grain)
    if grain is None:
        return ()
    length = len(period.months) // (4 if grain == "quarter" else 3)
    starts = range(period.first, period.last + 1, length)
    return tuple(Period(grain, first, first + length - 1, period.fiscal_year_starts) for first in starts)


def weeks(period: Period) -> int:
    """Return how many ISO weeks a period touches: weeks are cut at its edges.

    >>> from salesgoals_kit.periods import parse_period
    >>> weeks(parse_period("2026-06"))  # 1 June 2026 is a Monday, 30 June a Tuesday
    5
    """
    monday = period.start.toordinal() - period.start.weekday()
    return (period.end.toordinal() - monday) // 7 + 1


def _milestones_said(period: Period) -> Message:
    parts = milestones(period)
    if not parts:
        return say("smart.t_weeks", count=Count(weeks(period)))
    return say("smart.t_milestones", parts=tuple(one.name for one in parts))


def _not_measured(goal: Goal, evidence: Evidence) -> Message | None:
    kpi = CATALOGUE[goal.kpi]
    if goal.kpi in NO_GOAL:
        return say("smart.m_no_goal", kpi=kpi.title)
    if goal.kpi != evidence.kpi:
        lacking = tuple(evidence.lacking) or (goal.kpi,)
        return say("smart.m_lacks", kpi=kpi.title, owner=owner_words(evidence.owner), tables=lacking)
    return None


def _numbers(goal: Goal, evidence: Evidence) -> list[Finding]:
    """Return what the numbers are, once they are known."""
    read = read_on(goal, evidence)
    base = base_of(read, evidence.figures, evidence.base)
    value = number_of(read, None if base is None else base.value)
    if value is None:
        return [_no_start(read, evidence)] if goal.has_number else _start(goal, base, evidence)
    wrong = fault_of(goal, value)
    if wrong:
        return [Finding(False, say("smart.m_impossible", why=Name(wrong)))]
    if goal.change is not None and base is not None:
        return [Finding(True, said) for said in changes_said(read, base, value)]
    at, told = Finding(True, say("smart.m_value", value=figure(goal.record, value))), told_start(goal, evidence)
    if told is not None:
        return [at, Finding(True, told)]
    return [
        at,
        *(_start(goal, base, evidence) if base is not None or read.base is None else [_no_start(read, evidence)]),
    ]


def changes_said(read: Goal, base: Base, value: float) -> list[Message]:
    """Return how a change was read, and what one that comes again and again compounds to."""
    kpi, times = read.record, steps(read)
    if times == 1 or read.change is None:
        return [change_read(kpi, read.change or 0.0, read.unit, base, value)]
    once: Value = figure(kpi, read.change)
    if read.unit in ("percent", "points"):
        once = Points(read.change / 100) if read.unit == "points" else Change(read.change / 100)
    said: dict[str, Value] = {
        "change": once,
        "times": Count(times),
        "base": figure(kpi, base.value),
        "period": base.period.name,
        "value": figure(kpi, value),
        "total": _total(read, base.value, value),
    }
    return [Message(f"smart.m_compounds_{read.every or 'year'}", said)]


def _total(read: Goal, start: float, value: float) -> Value:
    if read.unit == "points":
        return Points(value - start)
    if start <= 0:
        return figure(read.record, value - start)
    total = value / start - 1
    number = Number(total * 100, 1)
    return say("smart.total_up", number=number) if total > 0 else say("smart.total_down", number=number)


def _start(goal: Goal, base: Base | None, evidence: Evidence) -> list[Finding]:
    kpi = goal.record
    if base is not None:
        return [Finding(True, say("smart.m_base", base=figure(kpi, base.value), period=base.period.name))]
    if evidence.outlook is not None:
        usual = figure(kpi, evidence.outlook.goal(0.5))
        return [Finding(True, say("smart.m_usual", usual=usual, period=evidence.period.name))]
    return [Finding(False, say("smart.m_no_base", period=evidence.period.name))]


def _no_start(read: Goal, evidence: Evidence) -> Finding:
    if read.base is not None:
        return Finding(False, say("smart.m_base_unknown", base=read.base.name))
    return Finding(False, say("smart.m_no_base", period=evidence.period.name))
