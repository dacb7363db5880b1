"""params/company.yaml as a validated model: what a human says about the company, and every fault in it at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, field_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import ErrorDetails

from salesgoals_kit.documents import Document, Place, load_document
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.periods import parse_period
from salesgoals_kit.policies import (
    Activity,
    Away,
    Chances,
    Churn,
    Cycle,
    Floor,
    Mail,
    Objective,
    Plan,
    PlannedHire,
    Schedule,
    Team,
    Tree,
    Unit,
    broken_recipients,
    known_currency,
    known_language,
    known_locale,
    known_timezone,
)
from salesgoals_kit.sources import Source, Strict

T = TypeVar("T")


class Rules(ValueError):
    """Several broken rules of one field: (path below the field, what is wrong)."""

    def __init__(self, broken: list[tuple[Place, str]]) -> None:
        self.broken = broken
        super().__init__("; ".join(text for _, text in broken))


class Company(Strict):
    """The whole company file. ``folder`` is where it stands; every path in it is relative to that."""

    version: Literal[1]
    name: str = Field(min_length=1)
    currency: Annotated[str, AfterValidator(known_currency)] = "EUR"
    locale: Annotated[str, AfterValidator(known_locale)] = "en_GB"
    language: Annotated[str, AfterValidator(known_language)] = "en"
    timezone: Annotated[str, AfterValidator(known_timezone)] = "UTC"
    country: str | None = Field(None, pattern="^[A-Z]{2}$", description="For holidays, like PL.")
    fiscal_year_starts: int = Field(1, ge=1, le=12, description="The month a fiscal year begins with.")
    store: str = Field("../.salesgoals", description="The folder of snapshots and the ledger.")
    reports: str = "../reports"
    sources: dict[str, Source]
    helpers: dict[str, Source] = Field({}, description="Further tables, for lookups.")
    revenue: Literal["deals", "invoices", "mrr"] = "deals"
    churn: Churn = Churn()
    cycle: Cycle = Cycle()
    settle_days: int = Field(5, ge=0, le=365, description="Days after a period's end until its figures are final.")
    chances: Chances = Chances()
    floor: Floor = Floor()
    discount_rate: Unit = 0.1
    tree: Tree = Tree()
    replan_below: Unit = 0.3
    plan: list[Plan] = []
    objectives: list[Objective] = []
    activity: Activity = Activity()
    teams: list[Team] = []
    hires: list[PlannedHire] = Field([], description="Who is going to be hired, beside the table of reps.")
    away: list[Away] = Field([], description="Who is going to be away.")
    mail: Mail | None = None
    schedule: Schedule = Schedule()
    folder: SkipJsonSchema[Path] = Field(Path(), strict=False, exclude=True)

    @property
    def store_folder(self) -> Path:
        """Where snapshots and the ledger are kept."""
        return (self.folder / self.store).resolve()

    @property
    def reports_folder(self) -> Path:
        """Where the reports go."""
        return (self.folder / self.reports).resolve()

    @property
    def minor_units(self) -> int:
        """Minor units in one unit of the currency: 100 for EUR, 1 for JPY."""
        return int(10 ** get_currency_precision(self.currency))

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.timezone)

    @field_validator("folder")
    @classmethod
    def _not_in_the_file(cls, folder: Path, info: ValidationInfo) -> Path:
        if info.context and folder != Path():
            raise ValueError("there is no such key; paths are relative to the company file")
        return folder

    @field_validator("sources")
    @classmethod
    def _has_revenue(cls, sources: dict[str, Source], info: ValidationInfo) -> dict[str, Source]:
        tables = (info.context or {}).get("tables")
        broken: list[tuple[Place, str]] = [
            ((name,), f"the kit has no table of this name; it has {', '.join(tables)} (further ones go under helpers)")
            for name in sources
            if tables is not None and name not in tables
        ]
        if not set(sources) & {"deals", "invoices", "subscriptions"}:
            broken.append(((), "at least one of deals, invoices and subscriptions is needed"))
        return _unbroken(sources, broken)

    @field_validator("helpers")
    @classmethod
    def _looked_up(cls, helpers: dict[str, Source], info: ValidationInfo) -> dict[str, Source]:
        sources = info.data.get("sources", {})
        broken: list[tuple[Place, str]] = [
            ((), f"sources.{name}.lookup.{column} needs a table {look.table!r}, which is neither a source nor a helper")
            for name, source in sources.items()
            for column, look in source.lookup.items()
            if look.table not in {*sources, *helpers}
        ]
        broken += [((name,), "a helper needs a name that no source has") for name in helpers if name in sources]
        return _unbroken(helpers, broken)

    @field_validator("revenue")
    @classmethod
    def _revenue_has_table(cls, revenue: str, info: ValidationInfo) -> str:
        needed = "subscriptions" if revenue == "mrr" else revenue
        if "sources" in info.data and needed not in info.data["sources"]:
            raise ValueError(f"revenue is counted from {revenue}, but sources has no {needed}")
        return revenue

    @field_validator("plan", "objectives")
    @classmethod
    def _known_kpis(cls, items: list[Any], info: ValidationInfo) -> list[Any]:
        kpis = (info.context or {}).get("kpis")
        broken: list[tuple[Place, str]] = [
            ((i, "kpi"), f"there is no KPI {item.kpi!r}; there are {', '.join(kpis)}")
            for i, item in enumerate(items)
            if kpis is not None and item.kpi not in kpis
        ]
        for i, item in enumerate(items):
            if isinstance(item, Plan):
                broken += _broken_period((i, "period"), item.period)
        return _unbroken(items, broken)

    @field_validator("teams")
    @classmethod
    def _teams_form_trees(cls, teams: list[Team]) -> list[Team]:
        names = [team.name for team in teams]
        parents = {team.name: team.parent for team in teams}
        broken: list[tuple[Place, str]] = []
        for i, team in enumerate(teams):
            if names.index(team.name) < i:
                broken.append(((i, "name"), f"the team {team.name!r} stands here a second time"))
            if team.parent is not None and team.parent not in names:
                broken.append(((i, "parent"), f"there is no team {team.parent!r}"))
            if team.name in _ancestors(team.name, parents):
                broken.append(((i, "parent"), f"{team.name!r} would be a part of itself"))
        return _unbroken(teams, broken)

    @field_validator("hires", "mail")
    @classmethod
    def _names_teams(
        cls, value: list[PlannedHire] | Mail | None, info: ValidationInfo
    ) -> list[PlannedHire] | Mail | None:
        names = sorted({team.name for team in info.data.get("teams", [])})
        if not isinstance(value, list):
            return _unbroken(value, broken_recipients(value, names) if value else [])
        named: list[tuple[Place, str]] = [((i, "team"), hire.team) for i, hire in enumerate(value)]
        told = f"there is no such team in teams (there are {', '.join(names)})"
        broken = [(at, told) for at, name in named if names and name not in names]
        return _unbroken(value, broken)


def load_company(path: Path, tables: Iterable[str], kpis: Iterable[str]) -> Company:
    """Return the company described in a file, or raise ParamError with every fault in it.

    ``tables`` and ``kpis`` are the names the caller knows; a source or a plan that names another is a fault.
    """
    document = load_document(path)
    if not isinstance(document.content, dict):
        raise ParamError("The company file is empty.", [Fault(str(path), "no keys", "version, name, sources")])
    context = {"tables": tuple(tables), "kpis": tuple(kpis)}
    try:
        company = Company.model_validate(document.content, context=context)
    except ValidationError as error:
        raise ParamError("The company file has faults.", faults_of(error, document)) from None
    return company.model_copy(update={"folder": path.resolve().parent})


def faults_of(error: ValidationError, document: Document) -> list[Fault]:
    """Return every fault of a validation with its place in the file, in the file's order."""
    found = [fault for detail in error.errors() for fault in _faults(detail, document)]
    return [fault for _, fault in sorted(found, key=lambda item: item[0])]


def _faults(detail: ErrorDetails, document: Document) -> list[tuple[int, Fault]]:
    place: Place = tuple(step for step in detail["loc"] if step != "pairs")
    cause = detail.get("ctx", {}).get("error")
    broken = cause.broken if isinstance(cause, Rules) else [((), str(cause) if cause else _wording(detail))]
    return [(document.line((*place, *below)), Fault(document.where((*place, *below)), text)) for below, text in broken]


def _wording(detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        return "there is no such key; look for a slip of the pen"
    if detail["type"] == "missing":
        return "this key is missing"
    return f"{detail['msg'][0].lower()}{detail['msg'][1:]}, not {detail['input']!r}"


def _unbroken(value: T, broken: list[tuple[Place, str]]) -> T:
    if broken:
        raise Rules(broken)
    return value


def _broken_period(place: Place, period: str | int) -> list[tuple[Place, str]]:
    try:
        parse_period(period)
    except ParamError:
        return [(place, f"{period!r} is no period; write 2026, 2026Q1 or 2026-03")]
    return []


def _ancestors(name: str, parents: dict[str, str | None]) -> set[str]:
    """Return all that a team is part of; its own name is among them where the parents form a circle."""
    found: set[str] = set()
    above = parents.get(name)
    while above is not None and above not in found:
        found.add(above)
        above = parents.get(above)
    return found
