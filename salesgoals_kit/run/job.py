"""One report: a template executed by papermill in a process of its own, its page beside it, or its failure."""

from __future__ import annotations

import json
import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from salesgoals_kit.owners import Owner
from salesgoals_kit.report.content import Content, content_of
from salesgoals_kit.report.page import write_page
from salesgoals_kit.run.folders import ReportPlace, shipped

PUBLISHED = ("ipynb", "json", "html")
SECONDS_PER_REPORT = 1800
PAPERMILLS_OWN = "An Exception was encountered"  # the cell papermill puts on top of a notebook that failed


@dataclass(frozen=True)
class Job:
    """What one report needs: the template, whose it is, its parameters and where it goes."""

    template: str
    owner: Owner
    period: str
    params: dict[str, Any]
    folder: Path  # the working directory of the notebook: where the company file stands
    place: ReportPlace
    stamp: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """How the report is called in progress and logs."""
        return f"{self.template} {self.period} {self.owner.name or 'company'}"


@dataclass(frozen=True)
class Outcome:
    """What came of a job: its content, or the error that stopped it."""

    job: Job
    seconds: float
    content: Content | None = None
    error: str | None = None


def execute(job: Job) -> Outcome:
    """Run the template and write notebook, content and page under part names; `publish` makes them the report.

    A failure is an outcome, not an exception: whatever one team's report does, the others go on.
    """
    started = time.monotonic()
    try:
        job.place.folder.mkdir(parents=True, exist_ok=True)
        for ending in PUBLISHED:
            part(job, ending).unlink(missing_ok=True)
        content = _execute(job)
    except PapermillExecutionError as error:
        return Outcome(job, time.monotonic() - started, error=f"{error.ename}: {error.evalue}")
    except Exception as error:  # the job's fault must not reach the others
        return Outcome(job, time.monotonic() - started, error=f"{type(error).__name__}: {error}")
    return Outcome(job, time.monotonic() - started, content=content)


def _execute(job: Job) -> Content:
    notebook = part(job, "ipynb")
    with tempfile.TemporaryDirectory(prefix="sg-") as private:
        papermill.execute_notebook(
            str(shipped("notebooks", f"{job.template}.ipynb")),
            str(notebook),
            parameters=job.params,
            kernel_name="python3",
            progress_bar=False,
            cwd=str(job.folder),
            execution_timeout=SECONDS_PER_REPORT,
            config=_transport(Path(private)),
        )
    executed = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    content = content_of(executed)
    part(job, "json").write_text(content.as_json(), "utf-8")
    write_page(executed, content, part(job, "html"), job.stamp)
    return content


def _transport(private: Path) -> Config:
    """Return how the kernel is spoken to: through sockets in a folder of this job's alone, where there are such.

    Two kernels that share the folder would read each other's messages; ports are open to every user of the machine.
    """
    if os.name != "posix":
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": str(private / "kernel")}})


def publish(outcome: Outcome) -> None:
    """Make the parts the report; of a failed one keep the half-run notebook and the reason, and no stale page."""
    job = outcome.job
    if outcome.error is None:
        for ending in PUBLISHED:
            part(job, ending).replace(job.place.file(ending))
        job.place.file("failed.json").unlink(missing_ok=True)
        return
    for ending in ("html", "json"):
        part(job, ending).unlink(missing_ok=True)
        job.place.file(ending).unlink(missing_ok=True)
    _keep_half_run(job, outcome.error)
    owner = {"team": job.owner.team, "rep": job.owner.rep}
    record = {"template": job.template, "period": job.period, "owner": owner, "error": outcome.error}
    unfinished = part(job, "failed.json")
    unfinished.write_text(json.dumps(record, indent=2, sort_keys=True), "utf-8")
    unfinished.replace(job.place.file("failed.json"))


def _keep_half_run(job: Job, error: str) -> None:
    """Keep the half-run notebook with the error on top; an older one that succeeded does not stand in for it."""
    job.place.file("ipynb").unlink(missing_ok=True)
    if not part(job, "ipynb").exists():
        return
    book = nbformat.read(part(job, "ipynb"), as_version=4)  # type: ignore[no-untyped-call]
    if PAPERMILLS_OWN not in str(book.cells[0].source):
        told = f"# This report failed\n\n```\n{error}\n```"
        book.cells.insert(0, nbformat.v4.new_markdown_cell(told))  # type: ignore[no-untyped-call]
    nbformat.write(book, part(job, "ipynb"))  # type: ignore[no-untyped-call]
    part(job, "ipynb").replace(job.place.file("ipynb"))


def part(job: Job, ending: str) -> Path:
    """Return the name a file has until the report is whole."""
    return job.place.folder / f".{job.template}.part.{ending}"
