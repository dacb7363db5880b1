"""`salesgoals goals check` and the verdicts of `salesgoals check`: goals judged by what the data says, in lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

from salesgoals_kit.company import Company
from salesgoals_kit.data.snapshot import Snapshot, SnapshotRef, make_snapshot, open_snapshot
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.goals.agreed import AgreedGoal, load_goals
from salesgoals_kit.goals.evidence import Evidence
from salesgoals_kit.goals.goal import Goal, goal_of
from salesgoals_kit.goals.known import evidence_for
from salesgoals_kit.goals.plain import parse_goal
from salesgoals_kit.goals.readback import read_back
from salesgoals_kit.goals.smart import Verdict, check
from salesgoals_kit.goals.when import Clock
from salesgoals_kit.goals.wording import owner_words
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, parse_period
from salesgoals_kit.report.text import Texts
from salesgoals_kit.run.agree import goal_files, known_on, owners_of
from salesgoals_kit.run.wholes import is_part
from salesgoals_kit.run.work import corrected_book, open_company, today
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import AGREED_BY_HUMANS
from salesgoals_kit.words import Count, Message, Name, Value, say

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Beside:
    """What is said beside a goal's sentence, as it was typed."""

    team: str | None = None
    rep: str | None = None
    objective: str | None = None
    base: str | None = None
    period: str | None = None
    initiative: str | None = None
    reason: str | None = None
    as_of: str | None = None


@dataclass(frozen=True)
class Wrong:
    """All that is wrong so far."""

    titles: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def or_else(self, find: Callable[[], T], other: U) -> T | U:
        """Return what is found, or the other thing where it cannot be, and keep why."""
        try:
            return find()
        except ParamError as error:
            self.titles.append(error.title)
            self.faults.extend(error.faults)
            return other


def judge(company_file: str, written: str, beside: Beside) -> tuple[list[str], bool]:
    """Return the verdict on a goal in plain words, in lines, and whether it passes.

    Raises ParamError for a sentence that is not understood, or that can be read in two ways, and for what is said
    beside it: every fault at once.
    """
    company = open_company(company_file)
    ref = make_snapshot(company)
    wrong = Wrong()
    now = today(company)
    as_of = wrong.or_else(lambda: _day(beside.as_of, ref, now), _day(None, ref, now))
    texts = Texts.of(company)
    with open_snapshot(ref, company) as snapshot:
        known = snapshot.at(as_of).company
        goal = _goal(written, beside, known, owners_of(snapshot.at(as_of)), as_of, wrong)
        evidence = evidence_for(goal, snapshot.at, as_of, ref.first_day, _book(known))
    verdict = check(goal, evidence)
    return _lines(written, verdict, evidence, texts), verdict.passed


def file_verdicts(file: Path, company: Company, ref: SnapshotRef) -> tuple[list[str], bool]:
    """Return a line for each goal of a well-formed file, and whether all pass, each as of the day it was agreed on.

    Goals that are parts of others in the same folder are counted in one line, and not judged by themselves.
    """
    texts = Texts.of(company)
    lines, passed = [], True
    with open_snapshot(ref, company) as snapshot:
        tables = snapshot.at(ref.last_day)
        goals, others = _goals(file, company, owners_of(tables))
        whole = [agreed for agreed in goals if not is_part(agreed, others, tables)]
        for agreed in whole:
            verdict, evidence = _verdict(goal_of(agreed), snapshot, known_on(agreed, ref))
            lines.append(f"  {texts.text(_summary(verdict, evidence))}")
            passed = passed and verdict.passed
    if len(whole) < len(goals):
        lines.append(f"  {texts.text(say('sheet.parts', count=Count(len(goals) - len(whole))))}")
    return lines, passed


def _goals(file: Path, company: Company, owners: list[Owner]) -> tuple[list[AgreedGoal], list[AgreedGoal]]:
    """Return the goals of a file, and all that stand in the company's folder of goals if it is one of that.

    A file beside it that has faults is left out: `salesgoals check` tells them where it reads that file.
    """
    goals = load_goals(file, company, owners)
    there = [other for other in goal_files(company) if other.resolve() != file.resolve()]
    others = [*goals]
    for other in there if file.resolve().parent == (company.folder / "goals").resolve() else ():
        with suppress(ParamError):
            others += load_goals(other, company, owners)
    return goals, others


def _verdict(goal: Goal, snapshot: Snapshot, as_of: date) -> tuple[Verdict, Evidence]:
    company = snapshot.at(as_of).company
    evidence = evidence_for(goal, snapshot.at, as_of, snapshot.ref.first_day, _book(company))
    return check(goal, evidence), evidence


def _book(company: Company) -> Callable[[Period, date], Book]:
    ledger = Ledger(open_store(company))
    return lambda period, day: corrected_book(company, ledger, period.name, AGREED_BY_HUMANS, day)


def _goal(written: str, beside: Beside, company: Company, owners: list[Owner], as_of: date, wrong: Wrong) -> Goal:
    """Return the goal with what was said beside it; raises ParamError with all that is wrong in any of it."""
    starts = company.fiscal_year_starts
    period = wrong.or_else(lambda: _named("period", beside.period, starts), None)
    base = wrong.or_else(lambda: _named("base", beside.base, starts), None)
    goal = wrong.or_else(lambda: parse_goal(written, company, Clock(as_of, starts), period), None)
    owner = _owner(beside, owners, wrong.faults)
    ids = [objective.id for objective in company.objectives]
    if beside.objective is not None and beside.objective not in ids:
        wrong.faults.append(Fault("objective", repr(beside.objective), f"one of {', '.join(ids) or 'none'}"))
    if goal is not None:
        wrong.faults.extend(_said_twice(goal, beside, base))
    if goal is None or wrong.faults:
        alone = goal is None and len(wrong.titles) == 1
        raise ParamError(wrong.titles[0] if alone else "The goal cannot be checked.", wrong.faults)
    return replace(
        goal,
        owner=owner,
        base=goal.base if base is None else base,
        objective=beside.objective,
        initiative=goal.initiative if beside.initiative is None else Name(beside.initiative),
        reason=None if beside.reason is None else Name(beside.reason),
    )


def _named(option: str, written: str | None, starts: int) -> Period | None:
    """Return the period that was typed for an option."""
    try:
        return None if written is None else parse_period(written, starts)
    except ParamError as error:
        raise ParamError(error.title, [replace(fault, where=option) for fault in error.faults]) from None


def _said_twice(goal: Goal, beside: Beside, base: Period | None) -> Iterator[Fault]:
    if base is not None and (goal.every is not None or goal.base not in (None, base)):
        yield Fault("base", repr(beside.base), todo="the goal says what it counts from; say it once")
    if beside.initiative is not None and goal.initiative is not None:
        yield Fault("by", repr(beside.initiative), todo="the goal says what will be done; say it once")


def _owner(beside: Beside, owners: list[Owner], faults: list[Fault]) -> Owner:
    """Return whose goal it is: the company's where nobody is named."""
    kind, name = ("rep", beside.rep) if beside.rep is not None else ("team", beside.team)
    if name is None:
        return COMPANY
    if beside.rep is not None and beside.team is not None:
        faults.append(Fault("rep", f"{beside.rep!r}, and the team {beside.team!r}", "one owner"))
    known = {owner.name: owner for owner in owners if owner.kind == kind}
    if name not in known:
        there = ", ".join(str(other) for other in known) or "none"
        faults.append(Fault(kind, repr(name), f"one of {there}"))
    return known.get(name, COMPANY)


def _day(written: str | None, ref: SnapshotRef, now: date) -> date:
    """Return the day whose knowledge counts: as given, or the earlier of yesterday and the data's last."""
    if written is None:
        return min(ref.last_day, now - timedelta(days=1))
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise ParamError("The day cannot be used.", [Fault("as_of", repr(written), "a day like 2025-12-31")]) from None
    if not ref.first_day <= day <= now:
        expected = f"a day from {ref.first_day}, when the data begins, to today, {now}"
        raise ParamError("The day cannot be used.", [Fault("as_of", written, expected)])
    return day


def _lines(written: str, verdict: Verdict, evidence: Evidence, texts: Texts) -> list[str]:
    lines = [texts.text(said) for said in read_back(verdict.goal, evidence)]
    for letter in verdict.letters:
        why = Name("; ".join(_part(texts, reason) for reason in letter.reasons))
        kind = "smart.letter_passes" if letter.passed else "smart.letter_fails"
        name = Message(f"smart.letter_{letter.letter.lower()}")
        lines.append(texts.text(Message(kind, {"letter": name, "reasons": why})))
    lines.append(texts.text(_outcome(verdict)))
    if verdict.passed:
        return lines
    if verdict.sentence is None:
        reasons = "; ".join(_part(texts, reason) for reason in verdict.nearest.changes)
        return [*lines, texts.text(say("smart.no_better", why=Name(reasons)))]
    lines.append(texts.text(say("smart.better", sentence=verdict.sentence)))
    for title, said in (("smart.changed", verdict.nearest.changes), ("smart.to_confirm", verdict.nearest.confirm)):
        if said:
            parts = Name("; ".join(_part(texts, one) for one in said))
            lines.append(texts.text(Message(title, {"parts": parts})))
    return lines


def _outcome(verdict: Verdict) -> Message:
    if verdict.passed:
        return say("smart.verdict_passes", sentence=verdict.sentence or say("smart.m_no_number"))
    return say("smart.verdict_fails", letters=tuple(letter.letter for letter in verdict.failed))


def _part(texts: Texts, message: Message) -> str:
    """Return a part of a line, which does not begin with a capital."""
    return texts.text(say("smart.part", part=message)).removeprefix(": ")


def _summary(verdict: Verdict, evidence: Evidence) -> Message:
    goal = verdict.goal
    said: dict[str, Value] = {
        "kpi": goal.record.title,
        "owner": owner_words(goal.owner or COMPANY),
        "period": evidence.period.name,
    }
    if verdict.passed:
        return Message("smart.file_passes", said)
    why = tuple(say("smart.file_letter", letter=letter.letter, why=letter.reasons[0]) for letter in verdict.failed)
    better = verdict.sentence or say("smart.file_no_better")
    return Message("smart.file_fails", {**said, "why": why, "better": better})
