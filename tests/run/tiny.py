"""A company so small that its reports take no time, and whose notebooks do what a test tells them to."""

from __future__ import annotations

import compileall
import csv
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from salesgoals_kit.store.engine import VARIABLE

PACKAGE = Path(__file__).parent.parent.parent / "salesgoals_kit"
TEAMS = ("Ants", "Bees", "Crows")
SLUGS = ("_company", "ants", "bees", "crows")
PERIOD, AS_OF = "2025Q3", "2025-03-31"
PARAMETERS = """
company: str = "company.yaml"  # the company file
period: str = "2025Q3"  # a period
team: Optional[str] = None  # a team
as_of: Optional[str] = None  # a day
snapshot: Optional[str] = None  # a hash
"""
OPENED = """
from pathlib import Path
from salesgoals_kit.report.content import ProposedGoal
from salesgoals_kit.report.made import provenance
from salesgoals_kit.run.work import open_work
from salesgoals_kit.report.blocks import group, heading
from salesgoals_kit.words import say
work = open_work("baseline", company=company, period=period, team=team, as_of=as_of, snapshot=snapshot)
"""
TOLD = """
told = Path(f"{team or 'company'}.py")
if told.exists():
    exec(told.read_text("utf-8"))
"""
SHOWN = """
group(heading(work.texts, say("normal.heading_spread")))
"""
SAID = """
goal = ProposedGoal("revenue", "target", 1000.0, 0.5, say("setting.nothing_lead"), money=True)
made = provenance(work.ref, work.tables, work.params.model_dump(), [])
said = {name: say("setting.nothing_lead") for name in ("headline", "lead")}
content = work.content(**said, provenance=made, goals=(goal,))
work.close()
content
"""


def checkout(folder: Path) -> Path:
    """Make what looks like a checkout, with one template, and return it; nobody edits the kit in it meanwhile."""
    shutil.copytree(PACKAGE, folder / "salesgoals_kit")
    compileall.compile_dir(folder / "salesgoals_kit", quiet=1)  # what is not yet: once, not in each process
    (folder / "notebooks").mkdir()
    codes = ("from typing import Optional", PARAMETERS, OPENED, TOLD, SHOWN, SAID)
    cells = [nbformat.v4.new_code_cell(code.strip()) for code in codes]  # type: ignore[no-untyped-call]
    cells[1].metadata["tags"] = ["parameters"]
    book = nbformat.v4.new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, folder / "notebooks" / "baseline.ipynb")  # type: ignore[no-untyped-call]
    return folder


@dataclass
class Tiny:
    """The company in a folder; everything is done to it through the command line, in a process of its own."""

    folder: Path
    code: Path
    environment: dict[str, str] = field(default_factory=dict)

    def lay(self, reports: str = "reports", store: str = "store") -> Tiny:
        """Write its data and its file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "deals.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["deal_id", "status", "created_at", "closed_at", "amount", "team"])
            for i in range(60):
                day = date(2023, 1, 1) + timedelta(days=13 * i)
                writer.writerow([i, "won", day, day + timedelta(days=10), 1000 + i, TEAMS[i % 3]])
        teams = ", ".join(f"{{name: {name}}}" for name in TEAMS)
        text = f"version: 1\nname: Tiny\nsources: {{deals: {{path: deals.csv}}}}\nteams: [{teams}]\n"
        (self.folder / "company.yaml").write_text(f"{text}reports: {reports}\nstore: {store}\n", "utf-8")
        return self

    def tell(self, team: str, code: str) -> None:
        """Tell a team's notebook what to do besides; nothing, to be good again."""
        (self.folder / f"{team}.py").write_text(code, "utf-8")

    def start(self, *words: str, period: str = PERIOD, **env: str) -> subprocess.Popen[str]:
        """Start `salesgoals run` as a terminal would: in a process group of its own."""
        script = [sys.executable, str(Path(sys.executable).with_name("salesgoals"))]
        asked = ["run", "baseline", "--period", period, "--company", "company.yaml", *words]
        if "--as-of" not in words:
            asked += ["--as-of", AS_OF]
        given = {name: value for name, value in os.environ.items() if name != VARIABLE}
        given |= {"PYTHONPATH": str(self.code), "NO_COLOR": "1", "TERM": "dumb", **self.environment, **env}
        return subprocess.Popen(
            [*script, *asked], cwd=self.folder, env=given, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *words: str, period: str = PERIOD, **env: str) -> Ended:
        """Run it to its end."""
        return ended(self.start(*words, period=period, **env))

    def place(self, slug: str, ending: str, period: str = PERIOD) -> Path:
        return self.folder / "reports" / period / slug / f"baseline.{ending}"

    def pages(self, period: str = PERIOD) -> dict[str, str]:
        """Return the pages there are, without their stamps, by whose they are."""
        found = {slug: self.place(slug, "html", period) for slug in SLUGS}
        return {slug: without_stamp(file.read_text("utf-8")) for slug, file in found.items() if file.exists()}

    def ran(self, period: str = PERIOD) -> dict[str, Any]:
        """Return what run.json tells."""
        told = json.loads((self.folder / "reports" / period / "run.json").read_text("utf-8"))
        return dict(told["baseline"])

    def states(self, period: str = PERIOD) -> dict[str, str]:
        return {slug: one["state"] for slug, one in self.ran(period)["reports"].items()}

    def index(self) -> str:
        return (self.folder / "reports" / "index.html").read_text("utf-8")

    def cells(self) -> str:
        """Return the index without the list of what failed, which stands first and tells a reason once for all."""
        return self.index().split("</section>")[-1]

    def goals(self) -> list[tuple[str, int]]:
        """Return whose goals are in the ledger, and in which version; sorted."""
        with sqlite3.connect(self.folder / "store" / "ledger.sqlite") as con:
            return sorted(con.execute("SELECT coalesce(team, ''), version FROM goals").fetchall())

    def goals_or_none(self) -> list[tuple[str, int]]:
        """Return the goals, if there is a ledger at all."""
        return self.goals() if (self.folder / "store" / "ledger.sqlite").exists() else []

    def is_tidy(self) -> bool:
        """Whether nothing half-written lies about: in the reports, in the store, nor a private folder of a process."""
        halves = [file for file in self.folder.rglob("*") if ".part" in file.name or file.name.startswith(".writing")]
        return not halves


@dataclass(frozen=True)
class Ended:
    """What a command left: its exit code, its words, and the processes that it had started."""

    code: int
    out: str
    err: str

    @property
    def message(self) -> list[str]:
        """What it said on stderr besides its progress."""
        return [line for line in self.err.splitlines() if not re.match(r"\[(\d+/\d+|\.\.\.)\] ", line)]


def ended(process: subprocess.Popen[str], seconds: float = 120) -> Ended:
    """Wait for a command; whatever becomes of it, nothing of its session outlives it."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        pytest.fail(f"it did not end; it said {out} {err}")
    assert "Traceback" not in err, err
    return Ended(process.returncode, out, err)


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return all that a command has started and that lives."""
    with suppress(psutil.NoSuchProcess):
        return list(psutil.Process(process.pid).children(recursive=True))
    return []


def gone(processes: list[psutil.Process]) -> bool:
    return waited(lambda: not [one for one in processes if lives(one)])


def lives(one: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(one.is_running() and one.status() != psutil.STATUS_ZOMBIE)
    return False


def waited(is_so: Callable[[], object], seconds: float = 60) -> bool:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not (so := is_so()) and time.monotonic() < until:
        time.sleep(0.05)
    return bool(so)


def without_stamp(page: str) -> str:
    before, _, rest = page.partition("<footer data-stamp")
    return before + rest.partition("</footer>")[2]
