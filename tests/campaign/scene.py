"""A copy of the company's folder, the command that is run in it, and all that is to be the same after a rerun."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from salesgoals_kit.run.folders import ReportPlace
from salesgoals_kit.run.seal import is_whole, read_seal
from salesgoals_kit.store.engine import VARIABLE
from tests.campaign.company import change_data, make_company

BIN = Path(sys.executable).parent
MARK = "SALESGOALS_CAMPAIGN"
ASKED = ("goal_setting", "--period", "2026Q1", "--as-of", "2025-12-31", "--company", "company.yaml")
UNTOLD = {"id", "run", "recorded_at"}  # of a row: what differs between two runs of the same
FOOTER = re.compile(rb"<footer data-stamp.*?</footer>", re.DOTALL)
HALF = re.compile(r"\.part\b|\.writing-|\.broken-|\.tmp$|-journal$")
BEFORE = {
    "cold": "nothing is there but the data",
    "fitted": "the outlooks are there, and no report",
    "lost": "all was there, and the reports went away",
    "changed": "all is there, and a deal has changed since",
}


@dataclass(frozen=True)
class State:
    """What can be seen of a company after a run: files by path (pages without their footer), rows by table."""

    files: Mapping[str, bytes]
    rows: Mapping[str, Sequence[str]]

    def differs(self, other: State) -> list[str]:
        """Say where another state is different."""
        names = sorted({*self.files, *other.files})
        said = [f"{name} differs" for name in names if self.files.get(name) != other.files.get(name)]
        for table in sorted({*self.rows, *other.rows}):
            ours, theirs = list(self.rows.get(table, ())), list(other.rows.get(table, ()))
            if ours != theirs:
                said.append(f"table {table}: {len(theirs)} rows for {len(ours)}, or of other content")
        return said


class Scene:
    """One company in a folder with a short name: sockets lie in it."""

    def __init__(self, source: Path | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sgc-"))
        self.house = self.folder / "house"
        self.tmp = self.folder / "t"
        self.tmp.mkdir()
        if source is None:
            make_company(self.house)
        else:
            shutil.copytree(source, self.house)

    def set(self, before: str) -> None:
        """Make of a company that has its reports what was before a run; see ``BEFORE``."""
        if before == "changed":
            change_data(self.house)
            return
        shutil.rmtree(self.house / "reports", ignore_errors=True)
        if before == "fitted":
            for name in ("slices", "snapshots", "sources"):
                shutil.rmtree(self.house / "store" / name, ignore_errors=True)
            for file in (self.house / "store").glob("ledger.sqlite*"):
                file.unlink()
        elif before == "cold":
            shutil.rmtree(self.house / "store", ignore_errors=True)

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        """Start the run, in a session of its own, with a mark in its environment by which its processes are found."""
        env = {name: value for name, value in os.environ.items() if name != VARIABLE}
        env |= {"TMPDIR": str(self.tmp), MARK: self.folder.name, "PATH": f"{BIN}{os.pathsep}{env.get('PATH', '')}"}
        with self.said.open("ab") as said:
            return subprocess.Popen(
                [str(BIN / "salesgoals"), "run", *ASKED, "--log", str(self.log), *(more or ("--jobs", "2"))],
                cwd=self.house, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip

    def run(self, *more: str) -> int:
        """Run to the end and return the exit code."""
        return self.start(*more).wait()

    @property
    def log(self) -> Path:
        """The run's log."""
        return self.folder / "log.jsonl"

    @property
    def said(self) -> Path:
        """What the run wrote to its streams."""
        return self.folder / "said.txt"

    def state(self) -> State:
        """Look at pages, contents, index, slices, names of outlooks and snapshots, and all rows of the ledger."""
        reports, store = self.house / "reports", self.house / "store"
        files: dict[str, bytes] = {}
        for file in sorted([*reports.rglob("*.html"), *reports.rglob("*.json"), *store.glob("slices/*/*.json")]):
            hidden = any(part.startswith(".") for part in file.relative_to(self.house).parts)
            if file.name != "run.json" and not hidden:
                files[str(file.relative_to(self.house))] = FOOTER.sub(b"", file.read_bytes())
        for file in [*store.glob("book/*.npz"), *store.glob("snapshots/*/*.parquet"), *reports.rglob("*.ipynb")]:
            if not file.name.startswith("."):
                files[str(file.relative_to(self.house))] = b"is there"
        return State(files, _rows(store / "ledger.sqlite"))

    def halves(self) -> list[str]:
        """Name what is half done or left over, in the company's folder and in the folder for what is passing."""
        found = [file for file in self.house.rglob("*") if HALF.search(file.name)]
        return [str(file.relative_to(self.folder)) for file in (*found, *self.tmp.iterdir())]

    def unsealed(self) -> list[str]:
        """Name the reports whose seal does not fit."""
        places = [ReportPlace(page.parent, page.stem) for page in (self.house / "reports").glob("*/*/*.html")]
        seals = [(place, read_seal(place)) for place in places]
        return [str(place.folder) for place, seal in seals if seal is None or not is_whole(place, seal)]

    def clear(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _rows(ledger: Path) -> dict[str, list[str]]:
    """Return every table's rows, but for what two runs of the same tell differently."""
    if not ledger.exists():
        return {}
    with sqlite3.connect(ledger) as con:
        if con.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            return {"broken": ["the ledger's file is broken"]}
        tables = [str(name) for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {}
        for table in tables:
            cursor = con.execute(f'SELECT * FROM "{table}"')
            told = [index for index, column in enumerate(cursor.description) if column[0] not in UNTOLD]
            found[table] = sorted(repr([row[index] for index in told]) for row in cursor)
    con.close()
    return found
