"""`salesgoals goals agree FILE.xlsx`: a workbook into the files of goals that git keeps, and into the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.files import whole
from salesgoals_kit.goals.agreed import AgreedGoal, load_goals
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report.text import Texts
from salesgoals_kit.run.agree import agree_goals, goal_files, owners_of
from salesgoals_kit.run.goal_files import Edit, edited, written_goals
from salesgoals_kit.run.sheet import Record, parts_of
from salesgoals_kit.run.sheet_overrides import SheetGoal
from salesgoals_kit.run.sheet_read import TITLE, read_workbook
from salesgoals_kit.run.work import open_company, today
from salesgoals_kit.words import say

Key = tuple[str, str, str | None, str]  # KPI, kind of owner, name, period
LONELY = "a reason without an override beside it; the goal stays as it was exported, with this reason"


@dataclass(frozen=True)
class Agreement:
    """Who agreed, when, what will be done for goals without an initiative, and the reason that is given for that."""

    by: str
    on: date
    initiative: str | None = None
    added: str = ""


def agree_workbook(
    company_file: str, file: Path, by: str | None, on: str | None, initiative: str | None = None
) -> list[str]:
    """Write a workbook's goals into ``goals/<period>.yaml`` beside the company file, freeze them; return what was done.

    A goal that stands there already with the same value stays as it is; one with another value is replaced, for the
    reason in the workbook; everything else in the files stays. A goal without an initiative gets the one given. Each
    month has its file and the whole period its own, with the sum. All files are checked and the ledger has frozen the
    goals before the first of them is replaced, so that whatever is refused leaves everything as it was. Raises
    ParamError with every fault and its cell.
    """
    company = open_company(company_file)
    agreement = _agreement(company, by, on, initiative)
    folder = company.folder / "goals"
    with ExitStack() as unfinished:
        written: list[Path] = []
        alone: list[str] = []

        def load(tables: Tables) -> list[AgreedGoal]:
            owners = owners_of(tables)
            record, goals = read_workbook(file, company.name)
            alone.extend(f"note: {goal.alone}: {LONELY}" for goal in goals if goal.alone is not None)
            edits = _edits(record, goals, agreement, company, owners)
            texts = {name: edited(name, its) for name, its in edits.items() if its}
            folder.mkdir(exist_ok=True)
            loaded = []
            for name in edits:
                at = name
                if name in texts:
                    at = unfinished.enter_context(whole(name))
                    at.write_text(texts[name], "utf-8", newline="")
                    written.append(name)
                goals_in_it = load_goals(at, company, owners, today(company))
                loaded += [replace(goal, where=goal.where.replace(at.name, name.name, 1)) for goal in goals_in_it]
            return loaded

        told = agree_goals(company, load)
    return [*told, *alone, *(f"wrote {name}" for name in written)]


def _agreement(company: Company, by: str | None, on: str | None, initiative: str | None) -> Agreement:
    faults = []
    if initiative is not None and not initiative.strip():
        faults.append(Fault("--initiative", "nothing", "what is going to be done"))
    if not (by or "").strip():
        faults.append(Fault("--agreed-by", "nobody", "a name", "a workbook cannot know who agreed"))
    day = today(company)
    try:
        day = day if on is None else date.fromisoformat(on)
    except ValueError:
        faults.append(Fault("--agreed-on", repr(on), "a day like 2026-01-05"))
    if day > today(company):
        faults.append(Fault("--agreed-on", str(day), f"a day not after today, {today(company)}"))
    if faults:
        raise ParamError("The workbook cannot be agreed.", faults)
    added = Texts.of(company).text(say("sheet.initiative_added"))
    return Agreement(str(by).strip(), day, None if initiative is None else " ".join(initiative.split()), added)


def _edits(
    record: Record, goals: list[SheetGoal], agreement: Agreement, company: Company, owners: list[Owner]
) -> dict[Path, list[Edit]]:
    """Return what is to be written into which file, also those in which nothing changes."""
    known = {(owner.kind, owner.name) for owner in owners}
    faults = [
        Fault(goal.where, f"there is no {goal.owner.kind} {goal.owner.name!r}", "an owner that the data has")
        for goal in goals
        if (goal.owner.kind, goal.owner.name) not in known
    ]
    folder = company.folder / "goals"
    standing, elsewhere = _standing(company, owners)
    edits: dict[Path, list[Edit]] = {}
    for goal in [*goals, *_totals(record, goals, company)]:
        key: Key = (goal.kpi, goal.owner.kind, goal.owner.name, goal.month)
        if key in elsewhere:
            todo = f"move it to {goal.month}.yaml, or remove it"
            faults.append(Fault(goal.where, f"the goal of {goal.month} stands in {elsewhere[key]}", todo=todo))
            continue
        its = edits.setdefault(folder / f"{goal.month}.yaml", [])
        at, before = standing.get(key, (None, {}))
        reason = None if at is None else _why(goal, before, agreement, parts_of(goal.kpi, record.minor_units))
        if isinstance(reason, Fault):
            faults.append(reason)
        elif at is None or reason is not None:
            its.append(Edit(_written(replace(goal, reason=reason or goal.reason), agreement, before), at))
    if faults:
        raise ParamError(TITLE, faults)
    return edits


def _why(goal: SheetGoal, before: Mapping[str, Any], agreement: Agreement, parts: int) -> str | Fault | None:
    """Return why a goal that stands in a file is written anew, a fault where nobody says, None where it stays."""
    if _units(before.get("value"), parts) != round(goal.value * parts):
        found = f"{goal.month}.yaml has {before.get('value', 'a change')} and the workbook {goal.value:.15g}"
        todo = "write it in the column of reasons beside the goal"
        return goal.reason or Fault(goal.where, found, "a reason", todo)
    new = agreement.initiative is not None and before.get("initiative") is None
    return goal.reason or agreement.added if new else None


def _units(value: float | None, parts: int) -> int | None:
    return None if value is None else round(float(value) * parts)


def _standing(company: Company, owners: list[Owner]) -> tuple[dict[Key, tuple[int, dict[str, Any]]], dict[Key, str]]:
    """Return the goals that stand in their period's file, with their place in it, and those that stand in another.

    Raises ParamError with every fault of any of the files.
    """
    standing: dict[Key, tuple[int, dict[str, Any]]] = {}
    elsewhere: dict[Key, str] = {}
    faults: list[Fault] = []
    for file in goal_files(company):
        try:
            loaded = load_goals(file, company, owners, today(company))
        except ParamError as error:
            faults += error.faults
            continue
        for i, (goal, written) in enumerate(zip(loaded, written_goals(file), strict=True)):
            key = (goal.kpi, goal.owner.kind, goal.owner.name, goal.period.name)
            if file.stem == goal.period.name:
                standing[key] = (i, written)
            else:
                elsewhere[key] = file.name
    if faults:
        raise ParamError("The files of goals have faults.", faults)
    return standing, elsewhere


def _totals(record: Record, goals: Iterable[SheetGoal], company: Company) -> list[SheetGoal]:
    """Return each owner's goal for the whole period, where every month of it has one; none for a month."""
    months = len(parse_period(record.period, company.fiscal_year_starts).months)
    of: dict[tuple[Owner, str], list[SheetGoal]] = {}
    for goal in goals:
        of.setdefault((goal.owner, goal.kpi), []).append(goal)
    return [
        SheetGoal(owner, kpi, record.period, _sum(its, record), _reasons(its), its[0].where)
        for (owner, kpi), its in of.items()
        if len(its) == months > 1
    ]


def _sum(goals: list[SheetGoal], record: Record) -> float:
    parts = parts_of(goals[0].kpi, record.minor_units)
    return sum(round(goal.value * parts) for goal in goals) / parts


def _reasons(goals: list[SheetGoal]) -> str | None:
    return "; ".join(f"{goal.month}: {goal.reason}" for goal in goals if goal.reason) or None


def _written(goal: SheetGoal, agreement: Agreement, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return a goal as a file has it; what else was said of it before stays."""
    owner: dict[str, Any] = {"company": True} if goal.owner.name is None else {goal.owner.kind: goal.owner.name}
    made = {"kpi": goal.kpi, "owner": owner, "period": goal.month, "value": goal.value}
    given = {} if agreement.initiative is None else {"initiative": {"what": agreement.initiative}}
    kept = given | {name: before[name] for name in ("initiative", "objective") if before.get(name) is not None}
    agreed = {"agreed_on": agreement.on.isoformat(), "agreed_by": agreement.by}
    return made | kept | agreed | ({} if goal.reason is None else {"reason": goal.reason})
