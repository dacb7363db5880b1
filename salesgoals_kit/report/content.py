"""What a report says, as data: the page, the mail and the index are made from it, and the runner freezes it.

The last cell of a template shows a `Content`; IPython asks it for its MIME bundle, and the executed notebook holds
the JSON under ``application/vnd.salesgoals.report+json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import TypeAdapter, ValidationError

from salesgoals_kit.company import Company
from salesgoals_kit.errors import Fault, SalesGoalsError
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.report.codec import encode
from salesgoals_kit.report.gist import NO_GIST, Gist
from salesgoals_kit.report.rep import RepPage
from salesgoals_kit.report.said import STRICT, Said, Shown
from salesgoals_kit.report.text import Texts

if TYPE_CHECKING:  # it takes a second to import, and who only reads contents has none
    from nbformat import NotebookNode

MIME = "application/vnd.salesgoals.report+json"
LevelName = Literal["commit", "target", "stretch", "share", "rep"]


@dataclass(frozen=True)
class KeyFigure:
    """One figure of a KPI: as it is shown, and as the plain number it was made from (None: it cannot be known).

    A rate keeps its numerator and denominator. ``final``: the period is over and its figures are settled.
    """

    __pydantic_config__ = STRICT
    kpi: str
    title: Said
    shown: Shown
    period: str
    unit: str = ""
    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    final: bool = False


@dataclass(frozen=True)
class ProposedGoal:
    """A goal as the ledger freezes it. ``owner`` and ``period``: the report's own where they are not given.

    ``initiative`` names what the chance assumes beside business as usual.
    """

    __pydantic_config__ = STRICT
    kpi: str
    level: LevelName
    value: float
    chance: float | None
    sentence: Said
    money: bool = False
    owner: Owner | None = None
    period: str | None = None
    initiative: str | None = None
    objective: str | None = None


@dataclass(frozen=True)
class Driver:
    """What a goal stands on: leads, win_rate, deal_size, …, in its unit."""

    __pydantic_config__ = STRICT
    name: str
    value: float
    unit: str
    owner: Owner | None = None


@dataclass(frozen=True)
class Lesson:
    """What the next period should take from this one; its kind and its numbers are in ``facts``."""

    __pydantic_config__ = STRICT
    sentence: Said
    facts: Mapping[str, str | float] = field(default_factory=dict)
    owner: Owner | None = None


@dataclass(frozen=True)
class Chart:
    """A chart of the page, by its name, and the finding it shows.

    A chart that a mail shows carries its picture as well: base64 of a PNG, and its size in CSS pixels. ``title`` is
    the heading that it stands under on the page, ``caption`` what its colours mean.
    """

    __pydantic_config__ = STRICT
    name: str
    alt: Said
    png: str = ""
    width: int = 0
    height: int = 0
    title: Said | None = None
    caption: Said | None = None


@dataclass(frozen=True)
class TableCount:
    """The rows of one table: read = kept + rejected; first and last day with data."""

    __pydantic_config__ = STRICT
    table: str
    read: int
    kept: int
    rejected: int
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class Provenance:
    """How the numbers were made: rows, what the tables cannot tell, methods in words, parameters, the kit's version.

    ``beyond``: more of the data was looked at than the runner had handed to the report; ``ledger``: what of the ledger.
    """

    __pydantic_config__ = STRICT
    kit: str
    tables: tuple[TableCount, ...] = ()
    unknown: tuple[Said, ...] = ()
    methods: tuple[Said, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    beyond: bool = False
    ledger: tuple[str, ...] = ()


@dataclass(frozen=True)
class Content:
    """A report. `make_content` fills in what the company and the period say.

    ``outlooks`` are the records of `Outlook.as_record`; ``snapshot`` is the whole hash; ``charts`` are the records of
    the one or two figures that a mail shows (`Block.charts`), and ``gist`` is what else a mail takes of it;
    ``measures`` names the KPIs it speaks of beside those of its figures, goals and outlooks.
    """

    __pydantic_config__ = STRICT
    template: str
    company: str
    owner: Owner
    period: str
    first_day: date
    last_day: date
    as_of: date
    snapshot: str
    headline: Said
    lead: Said
    provenance: Provenance
    locale: str
    language: str
    currency: str
    backfilled: bool = False
    preliminary: bool = False
    calibrated: bool = False
    figures: tuple[KeyFigure, ...] = ()
    goals: tuple[ProposedGoal, ...] = ()
    outlooks: tuple[Mapping[str, Any], ...] = ()
    drivers: tuple[Driver, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    charts: tuple[Chart, ...] = ()
    findings: tuple[Said, ...] = ()
    reps: tuple[RepPage, ...] = ()
    gist: Gist = NO_GIST
    measures: tuple[str, ...] = ()
    format: Literal[1] = 1

    @property
    def texts(self) -> Texts:
        """The words, numbers and money of the company it is about."""
        return Texts(self.locale, self.language, self.currency)

    def as_json(self) -> str:
        """Return JSON text: sorted, without NaN, the same for the same content, and readable by `content_from_json`."""
        record = encode(self, self.texts)
        written = json.dumps(record, allow_nan=False, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        content_from_json(written)
        return written

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        record = json.loads(self.as_json())
        return {MIME: record, "text/plain": self.texts.text(self.headline)}


_ADAPTER = TypeAdapter(Content)


def make_content(company: Company, period: Period, **rest: Any) -> Content:
    """Return a content with what the company and the period say about it filled in; ``rest`` are the other fields."""
    return Content(
        company=company.name,
        locale=company.locale,
        language=company.language,
        currency=company.currency,
        period=period.name,
        first_day=period.start,
        last_day=period.end,
        **rest,
    )


def content_from_json(written: str) -> Content:
    """Return the content that was written; raises SalesGoalsError with every fault of it."""
    try:
        return _ADAPTER.validate_json(written)
    except ValidationError as error:
        raise SalesGoalsError("This is not the content of a report.", faults_of(error)) from None


def faults_of(error: ValidationError) -> list[Fault]:
    """Return what a content is refused for."""
    return [Fault(".".join(map(str, fault["loc"])) or "content", fault["msg"]) for fault in error.errors()]


def content_of(notebook: NotebookNode) -> Content:
    """Return the content an executed notebook ends with; raises SalesGoalsError where there is none."""
    found = [
        output.data[MIME]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if MIME in output.get("data", {})
    ]
    if len(found) != 1:
        fault = Fault("notebook", f"{len(found)} outputs hold a report's content", "one, shown by the last cell")
        raise SalesGoalsError("The notebook has no one content.", [fault])
    return content_from_json(json.dumps(cast("dict[str, Any]", found[0])))
