"""A file of agreed goals as it is written: the models, and the rules that each key has to keep."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from salesgoals_kit.errors import ParamError
from salesgoals_kit.goals.limits import NO_GOAL, impossible_change, impossible_value, wrong_base, wrong_pairing
from salesgoals_kit.goals.who import Owners
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.periods import parse_period
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
    """Return the name of a year that is written as a number."""
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
        if kpi in NO_GOAL:
            raise ValueError(f"{kpi} is known on the day of a report alone, so no goal can be held to it")
        return kpi

    @field_validator("owner")
    @classmethod
    def _known_owner(cls, owner: WrittenOwner, info: ValidationInfo) -> WrittenOwner:
        known = (info.context or {}).get("owners") or Owners([])
        for kind, name in (("team", owner.team), ("rep", owner.rep)):
            if name is not None and (wrong := known.wrong(kind, name)):
                raise ValueError(wrong)
        return owner

    @field_validator("agreed_on")
    @classmethod
    def _not_to_come(cls, day: date, info: ValidationInfo) -> date:
        today = (info.context or {}).get("today")
        if today is not None and day > today:
            raise ValueError(f"{day} is after today, {today}; write the day on which it was agreed")
        return day

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
        own = info.data.get("period") if info.field_name == "base" else None
        wrong = wrong_base(period, parse_period(own, starts)) if own is not None else ""
        if wrong:
            raise ValueError(wrong)
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
        fault = wrong_pairing(value, change, unit, info.data["base"])
        if not fault and kpi and change is not None and unit is not None:
            fault = impossible_change(kpi, change, unit)
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
