"""The parameters of the templates, as a typed model: checked before a kernel starts, every fault at once."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.periods import parse_period
from salesgoals_kit.sources import Strict

Template = Literal["baseline", "goal_setting", "strategy", "tracking", "review"]
TEMPLATES: tuple[Template, ...] = get_args(Template)
# The sample company ends with 2025: tracking follows its last quarter, review looks back on it, the others ahead.
DEFAULT_PERIODS = {
    "baseline": "2026Q1",
    "goal_setting": "2026Q1",
    "strategy": "2026Q1",
    "tracking": "2025Q4",
    "review": "2025Q4",
}


Finite = Annotated[float, Field(allow_inf_nan=False, strict=False)]

MOST_MORE = 3.0  # a change beyond it is taken to be per cent that were meant as a part


class Params(Strict):
    """What a template may be told. The cell tagged ``parameters`` of each names the same, with the same defaults."""

    company: str = Field("params/company.yaml", min_length=1, description="The company file.")
    period: str = Field("2026Q1", description="A year, quarter or month: 2026, 2026Q1, 2026-03.")
    team: str | None = Field(None, min_length=1, description="A team's name; None: the company as a whole.")
    as_of: str | None = Field(
        None, description="The day whose knowledge counts, as 2025-12-31; None: the latest that fits."
    )
    snapshot: str | None = Field(
        None, pattern="^[0-9a-f]{8,64}$", description="A snapshot; None: made from the sources."
    )

    @field_validator("period", mode="before")
    @classmethod
    def _year_may_be_a_number(cls, period: object) -> object:
        return str(period) if isinstance(period, int) and not isinstance(period, bool) else period

    @field_validator("period")
    @classmethod
    def _is_a_period(cls, period: str) -> str:
        try:
            parse_period(period)
        except ParamError:
            raise ValueError("this is no period; write 2026, 2026Q1 or 2026-03") from None
        return period

    @field_validator("as_of")
    @classmethod
    def _is_a_day(cls, as_of: str | None) -> str | None:
        try:
            return None if as_of is None else date.fromisoformat(as_of).isoformat()
        except ValueError:
            raise ValueError("this is no day; write 2025-12-31") from None


class GoalParams(Params):
    """What goal_setting may be told besides: the goal to share out, and what to try (see `goals.changes`)."""

    goal: Finite | None = Field(None, description="Revenue to agree on; None: as agreed, else what is proposed.")
    hire: int = Field(0, ge=0, description="What if: so many reps are hired.")
    hire_month: str | None = Field(None, validate_default=True, description="What if: from this month on, as 2026-03.")
    wage: Finite | None = Field(None, ge=0, description="What if: each costs so much a month.")
    price: Finite = Field(0.0, gt=-1, description="What if: prices change by this part: 0.05 is 5 % more.")
    elasticity: Finite | None = Field(None, le=0, description="What if: by how many % wins change with 1 % of price.")
    shift_from: str | None = Field(None, description="What if: spend is shifted from this channel.")
    shift_to: str | None = Field(None, description="What if: to this channel.")
    shift_amount: Finite = Field(0.0, ge=0, description="What if: so much a month.")
    churn: Finite | None = Field(
        None, gt=0, lt=1, description="What if: this share of accounts leaves in a month: 0.02 is 2 %."
    )
    leads: Finite = Field(0.0, gt=-1, description="What if: leads change by this part: 0.1 is 10 % more.")

    @field_validator("hire_month")
    @classmethod
    def _is_a_month(cls, month: str | None, given: ValidationInfo) -> str | None:
        if given.data.get("hire") and month is None:
            raise ValueError("hire is given without it; write the first month as 2026-03")
        with suppress(ParamError):
            if month is None or parse_period(month).grain == "month":
                return month
        raise ValueError("this is no month; write 2026-03")

    @field_validator("price", "leads")
    @classmethod
    def _is_a_part(cls, part: float) -> float:
        if part > MOST_MORE:
            raise ValueError(f"this is {part:.0%} more; write 0.05 for 5 %")
        return part


MODELS: dict[str, type[Params]] = {"goal_setting": GoalParams}


def check_params(template: str, given: Mapping[str, Any]) -> Params:
    """Return the parameters of a template, or raise ParamError with every one that is unknown or wrong."""
    model = MODELS.get(template, Params)
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        faults = [_fault(cast(dict[str, Any], detail), model) for detail in error.errors()]
        raise ParamError("The parameters cannot be used.", faults) from None


def _fault(detail: dict[str, Any], model: type[Params]) -> Fault:
    where = ".".join(str(step) for step in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return Fault(where, f"there is no such parameter; there are {', '.join(model.model_fields)}")
    cause = detail.get("ctx", {}).get("error")
    return Fault(where, f"{detail['input']!r}: {cause or detail['msg']}")


def find_company(path: str, start: Path | None = None) -> Path:
    """Return the company file: as given, or under the nearest folder above that has it.

    So one default serves the checkout's root, where papermill runs, and ``notebooks/``, where JupyterLab does.
    """
    written = Path(path)
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / written).is_file():
            return folder / written
    fault = Fault(path, "there is no such file here or in a folder above", todo="name it with --company FILE")
    raise ParamError("The company file is missing.", [fault])
