"""`salesgoals goals check` and the verdicts of `salesgoals check`: goals judged by what the data says, in lines."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TypeVar

from salesgoals_kit.company import Company
from salesgoals_kit.data.snapshot import Snapshot, SnapshotRef, make_snapshot, open_snapshot
from salesgoals_kit.errors import ParamError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.goals.agreed import AgreedGoal, load_goals
from salesgoals_kit.goals.evidence import Evidence
from salesgoals_kit.goals.goal import Goal, goal_of
from salesgoals_kit.goals.known import evidence_for
from salesgoals_kit.goals.readback import read_back
from salesgoals_kit.goals.smart import Verdict, check
from salesgoals_kit.goals.typed import typed
from salesgoals_kit.goals.wording import owner_words
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.report.text import Texts
from salesgoals_kit.run.agree import goal_files, known_on, owners_of
from salesgoals_kit.run.asking import Beside
from salesgoals_kit.run.beside import Wrong, day_of, goal_with
from salesgoals_kit.run.wholes import is_part
from salesgoals_kit.run.work import corrected_book, open_company, today
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import AGREED_BY_HUMANS
from salesgoals_kit.words import Count, Message, Name, Value, say

T = TypeVar("T")
U = TypeVar("U")


def judge(company_file: str, written: str, beside: Beside) -> tuple[list[str], bool]:
    """Return the verdict on a goal in plain words, in lines, and whether it passes.

    Raises ParamError for a sentence that is not understood, or that can be read in two ways, and for what is said
    beside it: every fault at once.
    """
    company = open_company(company_file)
    ref = make_snapshot(company)
    wrong = Wrong()
    now = today(company)
    as_of = wrong.or_else(lambda: day_of(beside.as_of, ref, now), day_of(None, ref, now))
    texts = Texts.of(company)
    with open_snapshot(ref, company) as snapshot:
        known = snapshot.at(as_of).company
        goal = goal_with(written, beside, known, owners_of(snapshot.at(as_of)), as_of, wrong)
        evidence = evidence_for(goal, snapshot.at, as_of, ref.first_day, _book(known))
    verdict = check(goal, evidence)
    return _lines(verdict, evidence, texts), verdict.passed


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


def _lines(verdict: Verdict, evidence: Evidence, texts: Texts) -> list[str]:
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
    if verdict.better is not None:
        lines.append(texts.text(say("typed.again", goal=typed(verdict.better, evidence.company))))
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
