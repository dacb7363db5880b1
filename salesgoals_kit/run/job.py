"""One report: what it needs, what came of it, and how its parts become the report or its failure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import Any

from salesgoals_kit.files import whole
from salesgoals_kit.owners import Owner
from salesgoals_kit.report.content import Content
from salesgoals_kit.report.rep import REPS
from salesgoals_kit.run.folders import ReportPlace
from salesgoals_kit.run.interrupt import undisturbed
from salesgoals_kit.run.lean import lean_imports
from salesgoals_kit.run.options import MEMORY, SECONDS
from salesgoals_kit.run.seal import write_seal

PUBLISHED = ("ipynb", "html", "json")  # in this order: who finds the content finds the page
PART = ".part."
WITH_REPS = "goal_setting"  # the template that makes pages for reps
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
    files = {ending: part(job, ending) for ending in PUBLISHED}
    pages = {f"{REPS}/{page.name}": page for page in sorted(part(job, REPS).glob("*.html"))}
    write_seal(part(job, "seal"), inputs, {**files, **pages}, frozen=frozen)
    with undisturbed():
        _withdraw(job, PUBLISHED)
        for ending in PUBLISHED:
            part(job, ending).replace(job.place.file(ending))
        if pages:
            part(job, REPS).replace(job.place.reps)
        job.place.file("failed.json").unlink(missing_ok=True)
        part(job, "seal").replace(job.place.seal)


def _withdraw(job: Job, endings: Sequence[str]) -> None:
    for file in (job.place.seal, job.place.file("pdf"), *(job.place.file(ending) for ending in reversed(endings))):
        file.unlink(missing_ok=True)
    if job.template == WITH_REPS and job.place.reps.exists():
        old = part(job, "old-reps")
        job.place.reps.replace(old)
        rmtree(old)


def _publish_failure(job: Job, error: str) -> None:
    _withdraw(job, PUBLISHED)
    for ending in ("html", "json", "seal"):
        part(job, ending).unlink(missing_ok=True)
    rmtree(part(job, REPS), ignore_errors=True)
    owner = {"team": job.owner.team, "rep": job.owner.rep}
    record = {"template": job.template, "period": job.period, "owner": owner, "error": error}
    with whole(job.place.file("failed.json")) as unfinished:
        unfinished.write_text(json.dumps(record, indent=2, sort_keys=True), "utf-8")
    _keep_half_run(job, error)


def _keep_half_run(job: Job, error: str) -> None:
    """Keep the half-run notebook with the error on top."""
    with lean_imports():
        import nbformat  # here, since it takes longer to import than a run that changes nothing needs

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
    rmtree(part(job, REPS), ignore_errors=True)


def part(job: Job, ending: str) -> Path:
    """Return the name a file has until the report is whole."""
    return job.place.folder / ".".join(("", job.template, "part", *filter(None, (job.run, ending))))
