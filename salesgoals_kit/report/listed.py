"""What lists of reports say of a content: read without its figures and charts, which take longest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pydantic import ConfigDict, TypeAdapter, ValidationError

from salesgoals_kit.errors import SalesGoalsError
from salesgoals_kit.owners import Owner
from salesgoals_kit.report.content import faults_of
from salesgoals_kit.report.said import Said
from salesgoals_kit.report.text import Texts


@dataclass(frozen=True)
class Unread:
    """One of a content's parts, of which a list only says that it is there."""

    __pydantic_config__ = ConfigDict(extra="ignore")


@dataclass(frozen=True)
class ListedRep:
    """A rep who has a page of his own beside the report."""

    __pydantic_config__ = ConfigDict(extra="ignore", strict=True)
    owner: Owner
    name: str


@dataclass(frozen=True)
class Listed:
    """A report in a list; its fields are those of `Content`."""

    __pydantic_config__ = ConfigDict(extra="ignore", strict=True)
    company: str
    owner: Owner
    as_of: date
    snapshot: str
    headline: Said
    locale: str
    language: str
    currency: str
    backfilled: bool
    preliminary: bool
    calibrated: bool
    goals: tuple[Unread, ...]
    outlooks: tuple[Unread, ...]
    reps: tuple[ListedRep, ...] = ()

    @property
    def texts(self) -> Texts:
        """The words, numbers and money of the company it is about."""
        return Texts(self.locale, self.language, self.currency)


_ADAPTER = TypeAdapter(Listed)


def listed_from_json(written: str) -> Listed:
    """Return what lists say of a content that was written; raises SalesGoalsError with every fault of it."""
    try:
        return _ADAPTER.validate_json(written)
    except ValidationError as error:
        raise SalesGoalsError("This is not the content of a report.", faults_of(error)) from None
