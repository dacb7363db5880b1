"""What a rep's page says, as data: a part of the content of his team's report."""

from __future__ import annotations

from dataclasses import dataclass

from salesgoals_kit.owners import Owner
from salesgoals_kit.report.said import STRICT, Said, Shown

REPS = "reps"  # the folder of the reps' pages, beside their team's reports


@dataclass(frozen=True)
class RepGoal:
    """A goal as a rep's own page shows it: what it is on, its number, its chance, and what stands beside it."""

    __pydantic_config__ = STRICT
    title: Said
    shown: Shown
    unit: str
    chance: float | None = None
    note: Said | None = None


@dataclass(frozen=True)
class Section:
    """A part of a rep's page: what it found, the columns, rows and caption of a table where it has one, sentences."""

    __pydantic_config__ = STRICT
    name: str
    heading: Said
    columns: tuple[Said, ...] = ()
    cells: tuple[tuple[Shown, ...], ...] = ()
    sentences: tuple[Said, ...] = ()
    caption: Said | None = None


@dataclass(frozen=True)
class RepPage:
    """A page for one rep, of his own data alone; the runner makes it beside the team's report."""

    __pydantic_config__ = STRICT
    owner: Owner
    name: str
    headline: Said
    lead: Said
    goals: tuple[RepGoal, ...]
    sections: tuple[Section, ...] = ()
