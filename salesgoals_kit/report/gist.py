"""What a mail takes of a report beside its headline: the few numbers that matter, what to do, what else stands out."""

from __future__ import annotations

from dataclasses import dataclass

from salesgoals_kit.report.rep import Section
from salesgoals_kit.report.said import STRICT, Said, Shown


@dataclass(frozen=True)
class Stand:
    """A number that matters: what it is of, the number, its chance, its state, and what it is to be seen beside."""

    __pydantic_config__ = STRICT
    title: Said
    shown: Shown
    chance: float | None = None
    state: Said | None = None
    beside: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class Gist:
    """The numbers that matter under their ``heading``, and parts that say what to do and what else was found."""

    __pydantic_config__ = STRICT
    heading: Said | None = None
    stands: tuple[Stand, ...] = ()
    sections: tuple[Section, ...] = ()


NO_GIST = Gist()
