"""One report: a template executed by papermill in a process of its own, its page beside it, or its failure."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from salesgoals_kit.files import private_folder, whole
from salesgoals_kit.owners import Owner
from salesgoals_kit.report.content import Content, content_of
from salesgoals_kit.report.page import write_page
from salesgoals_kit.run.folders import ReportPlace, shipped
from salesgoals_kit.run.interrupt import undisturbed
from salesgoals_kit.run.kernel import kernel_name
from salesgoals_kit.run.options import MEMORY, SECONDS
from salesgoals_kit.run.seal import write_seal

PUBLISHED = ("ipynb", "html", "json")  # in this order: who finds the content finds the page
PART = ".part."
LAST_MOMENT = 0.01  # seconds: none would mean no limit
TO_START = 60  # seconds a kernel may take to answer
_ONE_AT_A_TIME = threading.Lock()
logging.getLogger("papermill").addFilter(lambda said: "nbclient" not in said.pathname)  # its errors say it again
NOT_STARTED = ("Kernel died before", "Kernel didn't respond")
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
    seconds: float = SECONDS
    memory: int = MEMORY  # MiB
    run: str = ""  # whose parts they are: a cluster's worker may still be at a run that was killed

    @property
    def title(self) -> str:
        """How the report is called in progress and logs."""
        return f"{self.template} {self.period} {self.owner.name or 'company'}"


@dataclass(frozen=True)
class Outcome:
    """What came of a job: its content, or the error that stopped it. ``times``: the seconds of its stages."""

    job: Job
    seconds: float
    content: Content | None = None
    error: str | None = None
    times: Mapping[str, float] = field(default_factory=dict)


def execute(job: Job) -> Outcome:
    """Run the template and write notebook, content and page under part names; `publish` makes them the report.

    A failure is an outcome, not an exception: whatever one team's report does, the others go on. One at a time in a
    process: what the kernel is told, it is told through the environment.
    """
    started = time.monotonic()
    with _ONE_AT_A_TIME:
        try:
            job.place.folder.mkdir(parents=True, exist_ok=True)
            for ending in PUBLISHED:
                part(job, ending).unlink(missing_ok=True)
            times: dict[str, float] = {}
            content = _execute(job, started, times)
        except Exception as error:  # the job's fault must not reach the others
            return Outcome(job, time.monotonic() - started, error=_told(job, error, time.monotonic() - started))
    return Outcome(job, time.monotonic() - started, content=content, times=times)


def _execute(job: Job, started: float, times: dict[str, float]) -> Content:
    notebook = part(job, "ipynb")
    with private_folder() as private, _told_to_kernel(job):
        papermill.execute_notebook(
            str(shipped("notebooks", f"{job.template}.ipynb")),
            str(notebook),
            parameters=job.params,
            kernel_name=kernel_name(),
            progress_bar=False,
            cwd=str(job.folder),
            start_timeout=min(TO_START, job.seconds),
            timeout_func=lambda _: max(started + job.seconds - time.monotonic(), LAST_MOMENT),
            config=_transport(private),
        )
    times["notebook"] = time.monotonic() - started
    executed = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    content = content_of(executed)
    part(job, "json").write_text(content.as_json(), "utf-8")
    write_page(executed, content, part(job, "html"), job.stamp)
    times["page"] = time.monotonic() - started - times["notebook"]
    return content


def _told(job: Job, error: Exception, seconds: float) -> str:
    """Return what stopped a report, as its reader should be told."""
    if isinstance(error, PapermillExecutionError):
        if error.ename == "MemoryError":
            return f"MemoryError: it needed more than {job.memory} MiB (--memory); cell {error.exec_count}"
        return f"{error.ename}: {error.evalue}"
    if isinstance(error, CellTimeoutError) or (isinstance(error, TimeoutError) and seconds >= job.seconds):
        return f"TimeoutError: it was not done after {job.seconds:.0f} seconds (--seconds)"
    if isinstance(error, DeadKernelError):
        return "The kernel died; was there enough memory?"
    if isinstance(error, RuntimeError) and str(error).startswith(NOT_STARTED):
        return f"The kernel did not start: {error}"
    return f"{type(error).__name__}: {error}"


@contextmanager
def _told_to_kernel(job: Job) -> Iterator[None]:
    """Tell the kernel how much memory it may take, and with what to seed what is random."""
    seed = int.from_bytes(hashlib.sha256(job.title.encode()).digest()[:4])
    said = {"SALESGOALS_REPORT_MEMORY": str(job.memory << 20), "SALESGOALS_SEED": str(seed)}
    before = {name: os.environ.get(name) for name in said}
    os.environ.update(said)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _transport(private: Path) -> Config:
    """Return how the kernel is spoken to: through sockets in a folder of this job's alone, where there are such.

    Two kernels that share the folder would read each other's messages; ports are open to every user of the machine.
    """
    if os.name != "posix":
        return Config()
    told = {"transport": "ipc", "ip": str(private / "kernel"), "connection_file": str(private / "kernel.json")}
    return Config({"KernelManager": told})


def publish(outcome: Outcome, inputs: Mapping[str, str], *, frozen: bool) -> None:
    """Make the parts the report, sealed; of a failed one keep the half-run notebook and the reason, and no stale page.

    All is written before the old report goes, so that a full disk leaves it as it is; and it goes before the new one
    comes, the seal first and last, so that there is never a mixture of the two, whatever ends the process.
    """
    job = outcome.job
    if outcome.error is not None:
        with undisturbed():
            _publish_failure(job, outcome.error)
        return
    write_seal(part(job, "seal"), inputs, {ending: part(job, ending) for ending in PUBLISHED}, frozen=frozen)
    with undisturbed():
        _withdraw(job, PUBLISHED)
        for ending in PUBLISHED:
            part(job, ending).replace(job.place.file(ending))
        job.place.file("failed.json").unlink(missing_ok=True)
        part(job, "seal").replace(job.place.seal)


def _withdraw(job: Job, endings: Sequence[str]) -> None:
    for file in (job.place.seal, *(job.place.file(ending) for ending in reversed(endings))):
        file.unlink(missing_ok=True)


def _publish_failure(job: Job, error: str) -> None:
    _withdraw(job, PUBLISHED)
    for ending in ("html", "json", "seal"):
        part(job, ending).unlink(missing_ok=True)
    owner = {"team": job.owner.team, "rep": job.owner.rep}
    record = {"template": job.template, "period": job.period, "owner": owner, "error": error}
    with whole(job.place.file("failed.json")) as unfinished:
        unfinished.write_text(json.dumps(record, indent=2, sort_keys=True), "utf-8")
    _keep_half_run(job, error)


def _keep_half_run(job: Job, error: str) -> None:
    """Keep the half-run notebook with the error on top."""
    if not part(job, "ipynb").exists():
        return
    try:
        book = nbformat.read(part(job, "ipynb"), as_version=4)  # type: ignore[no-untyped-call]
    except ValueError:  # its process was killed while it wrote
        part(job, "ipynb").unlink()
        return
    if PAPERMILLS_OWN not in str(book.cells[0].source):
        told = f"# This report failed\n\n```\n{error}\n```"
        book.cells.insert(0, nbformat.v4.new_markdown_cell(told))  # type: ignore[no-untyped-call]
    nbformat.write(book, part(job, "ipynb"))  # type: ignore[no-untyped-call]
    part(job, "ipynb").replace(job.place.file("ipynb"))


def drop(job: Job) -> None:
    """Remove what `execute` has written of a report that nobody wants any more."""
    for ending in PUBLISHED:
        part(job, ending).unlink(missing_ok=True)


def part(job: Job, ending: str) -> Path:
    """Return the name a file has until the report is whole."""
    return job.place.folder / ".".join(("", job.template, "part", *filter(None, (job.run, ending))))
