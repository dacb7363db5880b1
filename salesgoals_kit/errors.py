"""What can go wrong, as one tree, each with every fault it found.

SalesGoalsError
├── ParamError       parameters, company file, agreed goals: what a human wrote
├── DataError        tables at the border, snapshots
├── ForecastError    a series no outlook can be made of
├── StoreError       the ledger's database
├── RunError         another run, a cluster: what stands in the way of a run
├── RunStopped       a full disk, a folder that went away: what ended a run that had begun
└── NotebookFailed   a template that stopped half-way

A user's mistake is shown as its text alone, without a traceback, and ends the command with exit code 2;
`NotebookFailed` lets the other reports go on and ends it with 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where it stands, what was found, what was expected, what to do."""

    where: str
    found: str
    expected: str = ""
    todo: str = ""

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.found}"]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.todo:
            parts.append(self.todo)
        return "; ".join(parts)


class SalesGoalsError(Exception):
    """Anything the kit refuses, with all its faults."""

    def __init__(self, title: str, faults: Iterable[Fault] = ()) -> None:
        self.title = title
        self.faults = tuple(faults)
        super().__init__("\n".join([title, *(f"  - {fault}" for fault in self.faults)]))


class ParamError(SalesGoalsError):
    """A parameter, the company file or a file of goals cannot be used as written."""


class DataError(SalesGoalsError):
    """A table cannot be read as the contract asks, or a snapshot is not whole."""


class ForecastError(SalesGoalsError):
    """No honest outlook can be made of this series; ``reason`` is the message that says on a page why."""

    def __init__(self, title: str, faults: Iterable[Fault] = (), reason: str = "forecast.none") -> None:
        super().__init__(title, faults)
        self.reason = reason

    def __reduce__(self) -> tuple[type[ForecastError], tuple[str, tuple[Fault, ...], str]]:
        return type(self), (self.title, self.faults, self.reason)


class StoreError(SalesGoalsError):
    """The database of the ledger cannot be used."""


class RunError(SalesGoalsError):
    """A run cannot begin: another one is at it, or its workers cannot be reached."""


class RunStopped(SalesGoalsError):
    """A run that had begun cannot go on; what was made until then stays."""


class NotebookFailed(SalesGoalsError):
    """A template stopped with an error; the half-run notebook is kept."""
