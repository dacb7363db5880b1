"""params/goals/<period>.yaml: what humans agreed, as a validated model, and every fault in it at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, field_validator, model_validator

from salesgoals_kit.company import Company, faults_of
from salesgoals_kit.documents import Document, load_document
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.limits import impossible_change, impossible_value
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, parse_period
from salesgoals_kit.sources import Strict

Unit = Literal["percent", "points", "absolute"]


def _day(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(f"{value!r} is no day; write it like 2026-01-05")


def _name(value: object) -> object:
    """A year is written as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


PeriodName = Annotated[str, BeforeValidator(_name)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Initiative(Strict):
    """What is going to be done for the goal."""

    what: str = Field(min_length=1)
    owner: str | None = None
    cost: float | None = Field(None, ge=0, allow_inf_nan=False)
    metric: str | None = Field(None, description="What shows whether it works.")


class WrittenOwner(Strict):
    """Whose goal it is: exactly one of the three."""

    company: Literal[True] | None = None
    team: str | None = None
    rep: str | None = None

    @model_validator(mode="after")
    def _one_of_three(self) -> WrittenOwner:
        if sum(part is not None for part in (self.company, self.team, self.rep)) != 1:
            raise ValueError("an owner is one of {company: true}, {team: …} and {rep: …}")
        return self


class WrittenGoal(Strict):
    """One goal as it is written. ``value`` is in the KPI's unit, a rate as a fraction; or a change on a base."""

    kpi: str
    owner: WrittenOwner
    period: PeriodName
    value: Finite | None = None
    unit: Unit | None = Field(None, description="What the change is counted in; percent of a rate is relative.")
    base: PeriodName | None = Field(None, description="The period it is compared with; the same a year before if left.")
    change: Finite | None = None
    initiative: Initiative | None = None
    objective: str | None = Field(None, description="An id of the objectives in company.yaml.")
    agreed_on: Annotated[date, BeforeValidator(_day)]
    agreed_by: str = Field(min_length=1)
    reason: str | None = Field(None, min_length=1, description="Why it is another goal than was agreed before.")

    @field_validator("kpi")
    @classmethod
    def _known_kpi(cls, kpi: str) -> str:
        if kpi not in CATALOGUE:
            raise ValueError(f"there is no KPI {kpi!r}; there are {', '.join(CATALOGUE)}")
        return kpi

    @field_validator("owner")
    @classmethod
    def _known_owner(cls, owner: WrittenOwner, info: ValidationInfo) -> WrittenOwner:
        known = (info.context or {}).get("owners", {})
        for kind, name in (("team", owner.team), ("rep", owner.rep)):
            if name is not None and (kind, name) not in known:
                there = ", ".join(sorted(other for its, other in known if its == kind)) or "none"
                raise ValueError(f"there is no {kind} {name!r}; there are {there}")
        return owner

    @field_validator("period", "base")
    @classmethod
    def _possible_period(cls, name: str | None, info: ValidationInfo) -> str | None:
        starts = (info.context or {}).get("fiscal_year_starts", 1)
        if name is None:
            return None
        try:
            period = parse_period(name, starts)
        except ParamError:
            raise ValueError(f"{name!r} is no period; write 2026, 2026Q1 or 2026-03") from None
        named = (info.context or {}).get("file")
        if info.field_name == "period" and named is not None and named != period:
            raise ValueError(f"{period.name} stands in the file of {named.name}; move it to {period.name}.yaml")
        return period.name

    @field_validator("value")
    @classmethod
    def _possible_value(cls, value: float | None, info: ValidationInfo) -> float | None:
        kpi = CATALOGUE.get(info.data.get("kpi", ""))
        fault = None if value is None or kpi is None else impossible_value(kpi, value)
        if fault:
            raise ValueError(fault)
        return value

    @field_validator("change")
    @classmethod
    def _value_or_change(cls, change: float | None, info: ValidationInfo) -> float | None:
        if not {"value", "unit", "base"} <= set(info.data):
            return change  # one of them has a fault of its own
        value, unit, kpi = info.data["value"], info.data["unit"], CATALOGUE.get(info.data.get("kpi", ""))
        if (value is None) == (change is None):
            raise ValueError(
                "value and change both stand here; keep one" if change is not None else "a value or a change is missing"
            )
        if change is None:
            if unit is not None or info.data["base"] is not None:
                raise ValueError("unit and base go with a change, not with a value")
            return None
        if unit is None:
            raise ValueError("a change needs its unit: percent, points or absolute")
        fault = impossible_change(kpi, change, unit) if kpi else ""
        if fault:
            raise ValueError(fault)
        return change

    @field_validator("objective")
    @classmethod
    def _known_objective(cls, objective: str | None, info: ValidationInfo) -> str | None:
        known = (info.context or {}).get("objectives", ())
        if objective is not None and objective not in known:
            raise ValueError(f"company.yaml has no objective {objective!r}; it has {', '.join(known) or 'none'}")
        return objective


class GoalsFile(Strict):
    """The whole file."""

    version: Literal[1]
    goals: list[WrittenGoal]


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


def load_goals(path: Path, company: Company, owners: Iterable[Owner]) -> list[AgreedGoal]:
    """Return the goals in a file, or raise ParamError with every fault in it: file, line, path.

    ``owners`` are the teams and reps there are. A file whose name is a period holds that period's goals only.
    """
    document = load_document(path)
    if not isinstance(document.content, dict):
        raise ParamError("The file of goals is empty.", [Fault(str(path), "no keys", "version, goals")])
    known = {(owner.kind, owner.name): owner for owner in owners}
    context = {
        "owners": known,
        "fiscal_year_starts": company.fiscal_year_starts,
        "file": _period_or_none(path.stem, company),
        "objectives": [objective.id for objective in company.objectives],
    }
    faults: list[Fault] = []
    try:
        written = GoalsFile.model_validate(document.content, context=context).goals
    except ValidationError as error:
        faults = faults_of(error, document)
    faults += _twice(document, company)
    if faults:
        raise ParamError("The file of goals has faults.", faults)
    return [_agreed(goal, known, company, document.where(("goals", i))) for i, goal in enumerate(written)]


def _period_or_none(name: object, company: Company) -> Period | None:
    try:
        return parse_period(str(name), company.fiscal_year_starts)
    except ParamError:
        return None


def _twice(document: Document, company: Company) -> list[Fault]:
    """Return a fault for every goal that stands a second time, also where other faults keep it from being read."""
    goals = document.content.get("goals")
    first: dict[str, int] = {}
    faults = []
    for i, goal in enumerate(goals if isinstance(goals, list) else []):
        if not isinstance(goal, dict) or not {"kpi", "owner", "period"} <= set(goal):
            continue
        period = _period_or_none(goal["period"], company)
        key = json.dumps([goal["kpi"], goal["owner"], period.name if period else goal["period"]], default=str)
        if key in first:
            line = document.line(("goals", first[key]))
            found = f"a goal for the same KPI, owner and period stands on line {line}"
            faults.append(Fault(document.where(("goals", i)), found, todo="keep one of the two"))
        first.setdefault(key, i)
    return faults


def _agreed(goal: WrittenGoal, known: Mapping[tuple[str, Any], Owner], company: Company, where: str) -> AgreedGoal:
    period = parse_period(goal.period, company.fiscal_year_starts)
    base = period.year_before() if goal.base is None else parse_period(goal.base, company.fiscal_year_starts)
    kind, name = ("rep", goal.owner.rep) if goal.owner.rep is not None else ("team", goal.owner.team)
    return AgreedGoal(
        kpi=goal.kpi,
        owner=COMPANY if name is None else known[kind, name],
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
