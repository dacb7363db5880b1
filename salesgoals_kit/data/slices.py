"""Slices: what each report of a run is handed of a company's figures, worked out once for all and kept in files.

A slice belongs to one snapshot as known at one day under one company file and one state of the kit; any other of
these, and it is worked out anew. A report that asks for something else opens the snapshot, and says so.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import narwhals as nw

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.data.snapshot import SnapshotRef
from salesgoals_kit.files import whole
from salesgoals_kit.policies import Team
from salesgoals_kit.state import digest_of_kit
from salesgoals_kit.words import Message

OUTSIDE = {"store", "reports", "mail", "schedule"}  # of the company file: what no figure depends on
FOLDER = "slices"
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError)


@dataclass(frozen=True)
class Facts:
    """What is to be known of tables without their rows."""

    as_of: date
    tables: tuple[str, ...]
    coverage: Mapping[str, tuple[date, date]]
    unknown: tuple[Message, ...]
    present: Mapping[str, frozenset[str]]
    teams: tuple[tuple[str, str | None, str | None, str | None], ...]
    team_names: tuple[str, ...]


@dataclass(frozen=True)
class Slices:
    """The slices of one folder."""

    folder: Path

    def path(self, name: str) -> Path:
        """Return the file of a slice: ``facts``, or the name of a report."""
        return self.folder / f"{name}.json"

    def touch(self) -> None:
        """Say that they are used, so that they are kept."""
        with suppress(OSError):  # there are none yet
            os.utime(self.folder)

    def write(self, name: str, slice_: Mapping[str, str]) -> None:
        """Write a slice, whole or not at all: a line for each result, what was asked and, after a tab, its JSON."""
        self._write(name, "".join(f"{key}\t{text}\n" for key, text in sorted(slice_.items())))

    def write_facts(self, tables: Tables, names: Sequence[str]) -> None:
        """Write what is to be known of the tables without their rows, and the names of the teams there are by now."""
        teams = tuple((team.name, team.parent, team.manager, team.email) for team in tables.company.teams)
        facts = Facts(
            tables.as_of, tuple(tables.frames), tables.coverage, tables.unknown, tables.present, teams, tuple(names)
        )
        self._write("facts", to_json(facts))

    def read(self, name: str) -> dict[str, str]:
        """Return a slice; raises OSError where there is none, ValueError where it is none."""
        lines = self.path(name).read_text("utf-8").split("\n")[:-1]
        return dict(cast("tuple[str, str]", line.split("\t")) for line in lines)

    def known_of(self, marks: Collection[str]) -> dict[str, str]:
        """Return all that the slices whose names end in one of the marks hold: what need not be worked out again."""
        found: dict[str, str] = {}
        for file in self.folder.glob("*.json"):
            if file.stem.rpartition("-")[2] in marks:
                with suppress(OSError, ValueError):
                    found |= self.read(file.stem)
        return found

    def digest(self, name: str) -> str | None:
        """Return the SHA-256 of a slice; None where there is none."""
        with suppress(OSError):
            return hashlib.sha256(self.path(name).read_bytes()).hexdigest()
        return None

    def tables(self, name: str, company: Company, opens: Callable[[], Tables]) -> tuple[Tables, list[str]] | None:
        """Return tables that have a slice worked out and open the rest when it is asked for, and the teams there are.

        None where there is no such slice.
        """
        try:
            held = self.read(name)
            facts: Facts = from_json(self.path("facts").read_text("utf-8"))
            teams = [Team(name=n, parent=p, manager=m, email=e) for n, p, m, e in facts.teams]
        except UNREADABLE:
            return None
        whose = company.model_copy(update={"teams": teams})
        frames = Frames(facts.tables, opens)
        tables = Tables(facts.as_of, whose, frames, facts.coverage, facts.unknown, facts.present)
        tables.kept.written.update(held)
        return tables, list(facts.team_names)

    def _write(self, name: str, text: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with whole(self.path(name)) as unfinished:
            unfinished.write_text(text, "utf-8")


class Frames(Mapping[str, "nw.LazyFrame[Any]"]):
    """The frames of tables by name; the snapshot is opened when the first one is looked at."""

    def __init__(self, names: tuple[str, ...], opens: Callable[[], Tables]) -> None:
        self._names = names
        self._opens = opens

    def __getitem__(self, name: str) -> nw.LazyFrame[Any]:
        if name not in self._names:
            raise KeyError(name)
        return self._opens().frames[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def slices_of(company: Company, ref: SnapshotRef, as_of: date) -> Slices:
    """Return where the slices of a snapshot lie as it was known at the end of a day."""
    earlier = ref.manifest.earlier if as_of < ref.last_day else ()
    words = (ref.hash, earlier, as_of.isoformat(), digest_of_company(company), digest_of_kit())
    title = hashlib.sha256(repr(words).encode()).hexdigest()[:16]
    return Slices(company.store_folder / FOLDER / title)


def digest_of_company(company: Company) -> str:
    """Return a hash of everything in the company file that a figure, or a word of a report, may depend on."""
    told = company.model_dump(mode="json", exclude=OUTSIDE)
    for source in (*told["sources"].values(), *told["helpers"].values()):
        source.pop("path")
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
