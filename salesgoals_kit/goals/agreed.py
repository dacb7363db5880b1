"""params/goals/<period>.yaml: what humans agreed, and every fault in it at once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from salesgoals_kit.company import Company, faults_of
from salesgoals_kit.documents import Document, load_document
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.who import Owners
from salesgoals_kit.goals.written import GoalsFile, Initiative, Unit, WrittenGoal
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, parse_period


@dataclass(frozen=True)
class AgreedGoal:
    """A goal that humans agreed: a ``value``, or a ``change`` in a ``unit`` on the figure of ``base``."""

    kpi: str
    owner: Owner
    period: Period
    value: float | None
    change: float | None
    unit: Unit | None
    base: Period
    agreed_on: date
    agreed_by: str
    initiative: Initiative | None
    objective: str | None
    reason: str | None
    where: str


def load_goals(path: Path, company: Company, owners: Iterable[Owner], today: date | None = None) -> list[AgreedGoal]:
    """Return the goals in a file, or raise ParamError with every fault in it: file, line, path.

    ``owners`` are the teams and reps there are; of `Owners` a rep may be named as he is called. A file whose name is a
    period holds that period's goals only. Nothing was agreed after ``today``.
    """
    document = load_document(path)
    if not isinstance(document.content, dict):
        raise ParamError("The file of goals is empty.", [Fault(str(path), "no keys", "version, goals")])
    known = owners if isinstance(owners, Owners) else Owners(owners)
    context = {
        "owners": known,
        "today": today,
        "fiscal_year_starts": company.fiscal_year_starts,
        "file": _period_or_none(path.stem, company),
        "objectives": [objective.id for objective in company.objectives],
    }
    faults: list[Fault] = []
    try:
        written = GoalsFile.model_validate(document.content, context=context).goals
    except ValidationError as error:
        faults = faults_of(error, document)
    faults += _twice(document, company, known)
    if faults:
        raise ParamError("The file of goals has faults.", faults)
    return [_agreed(goal, known, company, document.where(("goals", i))) for i, goal in enumerate(written)]


def _period_or_none(name: object, company: Company) -> Period | None:
    try:
        return parse_period(str(name), company.fiscal_year_starts)
    except ParamError:
        return None


def _twice(document: Document, company: Company, known: Owners) -> list[Fault]:
    """Return a fault for every goal that stands a second time, also where other faults keep it from being read."""
    goals = document.content.get("goals")
    first: dict[str, int] = {}
    faults = []
    for i, goal in enumerate(goals if isinstance(goals, list) else []):
        if not isinstance(goal, dict) or not {"kpi", "owner", "period"} <= set(goal):
            continue
        period = _period_or_none(goal["period"], company)
        owner = _meant(goal["owner"], known)
        key = json.dumps([goal["kpi"], owner, period.name if period else goal["period"]], default=str)
        if key in first:
            line = document.line(("goals", first[key]))
            found = f"a goal for the same KPI, owner and period stands on line {line}"
            faults.append(Fault(document.where(("goals", i)), found, todo="keep one of the two"))
        first.setdefault(key, i)
    return faults


def _meant(owner: object, known: Owners) -> object:
    """Return an owner as it is written, but a rep by his id where he is named as he is called."""
    rep = owner.get("rep") if isinstance(owner, dict) and len(owner) == 1 else None
    found = known.find("rep", rep) if isinstance(rep, str) else None
    return owner if found is None else {"rep": found.rep}


def _agreed(goal: WrittenGoal, known: Owners, company: Company, where: str) -> AgreedGoal:
    period = parse_period(goal.period, company.fiscal_year_starts)
    base = period.year_before() if goal.base is None else parse_period(goal.base, company.fiscal_year_starts)
    kind, name = ("rep", goal.owner.rep) if goal.owner.rep is not None else ("team", goal.owner.team)
    return AgreedGoal(
        kpi=goal.kpi,
        owner=COMPANY if name is None else known.find(kind, name) or COMPANY,
        period=period,
        value=goal.value,
        change=goal.change,
        unit=goal.unit,
        base=base,
        agreed_on=goal.agreed_on,
        agreed_by=goal.agreed_by,
        initiative=goal.initiative,
        objective=goal.objective,
        reason=goal.reason,
        where=where,
    )
