"""A template executed by papermill in a process of its own, with the page beside it.

Papermill and what makes pages take seconds to import: only who executes imports this.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from salesgoals_kit.files import plain_names, private_folder
from salesgoals_kit.report.content import Content, content_of
from salesgoals_kit.report.page import write_page
from salesgoals_kit.report.rep import REPS
from salesgoals_kit.report.reppage import write_rep_page
from salesgoals_kit.run.folders import shipped
from salesgoals_kit.run.job import Job, Outcome, drop, hide_secrets, part
from salesgoals_kit.run.kernel import kernel_name
from salesgoals_kit.store.secret import MAIL, without_secrets

LAST_MOMENT = 0.01  # seconds: none would mean no limit
TO_START = 60  # seconds a kernel may take to answer
NOT_STARTED = ("Kernel died before", "Kernel didn't respond")
_ONE_AT_A_TIME = threading.Lock()
logging.getLogger("papermill").addFilter(lambda said: "nbclient" not in said.pathname)  # its errors say it again


def execute(job: Job) -> Outcome:
    """Run the template and write notebook, content and page under part names; `publish` makes them the report.

    A failure is an outcome, not an exception: whatever one team's report does, the others go on. One at a time in a
    process: what the kernel is told, it is told through the environment.
    """
    started = time.monotonic()
    with _ONE_AT_A_TIME:
        try:
            job.place.folder.mkdir(parents=True, exist_ok=True)
            drop(job)
            times: dict[str, float] = {}
            content = _execute(job, started, times)
        except Exception as error:  # the job's fault must not reach the others
            told = without_secrets(_told(job, error, time.monotonic() - started))
            return Outcome(job, time.monotonic() - started, error=told)
    return Outcome(job, time.monotonic() - started, content=content, times=times)


def _execute(job: Job, started: float, times: dict[str, float]) -> Content:
    notebook = part(job, "ipynb")
    with private_folder() as private, _kept_to_itself(notebook), _told_to_kernel(job):
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
    names = plain_names([str(page.owner.rep) for page in content.reps], "rep")
    for page in content.reps:
        part(job, REPS).mkdir(exist_ok=True)
        write_rep_page(content, page, part(job, REPS) / f"{names[str(page.owner.rep)]}.html", job.stamp)
    times["page"] = time.monotonic() - started - times["notebook"]
    return content


def _told(job: Job, error: Exception, seconds: float) -> str:
    """Return what stopped a report, as its reader should be told."""
    if isinstance(error, PapermillExecutionError):
        if error.ename == "MemoryError":
            return f"MemoryError: it needed more than {job.memory} MiB (--memory); cell {error.exec_count}"
        if error.ename or error.evalue:
            return f"{error.ename}: {error.evalue}"
    if isinstance(error, CellTimeoutError) or (isinstance(error, TimeoutError) and seconds >= job.seconds):
        return f"TimeoutError: it was not done after {job.seconds:.0f} seconds (--seconds)"
    if isinstance(error, DeadKernelError):
        return f"The kernel died; was there enough memory? It may take {job.memory} MiB (--memory)"
    if isinstance(error, RuntimeError) and str(error).startswith(NOT_STARTED):
        return f"The kernel did not start: {error}"
    said = str(error).strip()
    return f"{type(error).__name__}: {said or f'it says no more; were {job.memory} MiB (--memory) too few?'}"


@contextmanager
def _told_to_kernel(job: Job) -> Iterator[None]:
    """Tell the kernel how much memory it may take, and with what to seed what is random; and nothing of mail.

    It is told where the database is, as every report reads the ledger.
    """
    seed = int.from_bytes(hashlib.sha256(job.title.encode()).digest()[:4])
    said = {"SALESGOALS_REPORT_MEMORY": str(job.memory << 20), "SALESGOALS_SEED": str(seed)}
    before = {name: os.environ.get(name) for name in (*said, MAIL)}
    os.environ.pop(MAIL, None)
    os.environ.update(said)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


@contextmanager
def _kept_to_itself(notebook: Path) -> Iterator[None]:
    """Take what the environment holds in secret out of an executed notebook, however far it came."""
    try:
        yield
    finally:
        hide_secrets(notebook)


def _transport(private: Path) -> Config:
    """Return how the kernel is spoken to: through sockets in a folder of this job's alone, where there are such.

    Two kernels that share the folder would read each other's messages; ports are open to every user of the machine.
    """
    if os.name != "posix":
        return Config()
    told = {"transport": "ipc", "ip": str(private / "kernel"), "connection_file": str(private / "kernel.json")}
    return Config({"KernelManager": told})
