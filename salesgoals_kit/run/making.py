"""The reports of a run are made: those that are not there or would come out otherwise, each in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from salesgoals_kit.company import Company
from salesgoals_kit.data.slices import Slices, slices_of
from salesgoals_kit.data.snapshot import find_snapshot
from salesgoals_kit.files import sweep, sweep_private
from salesgoals_kit.owners import Owner
from salesgoals_kit.report.index import write_index
from salesgoals_kit.run.fill import fill
from salesgoals_kit.run.freeze import freeze
from salesgoals_kit.run.inputs import Handed, handed_to, seen
from salesgoals_kit.run.job import PART, Job, Outcome, execute, publish
from salesgoals_kit.run.lock import alone
from salesgoals_kit.run.options import Options
from salesgoals_kit.run.progress import Show
from salesgoals_kit.run.record import Done, Log, moment, write_run
from salesgoals_kit.run.seal import FORCED, UNCHANGED, reason_to_make
from salesgoals_kit.run.workers import Workers, workers

STORED = ("book", "snapshots")


@dataclass(frozen=True)
class Result:
    """The index of the reports, and what became of each that was asked for."""

    index: Path
    outcomes: tuple[Done, ...]

    @property
    def failed(self) -> int:
        """How many reports failed."""
        return sum(outcome.error is not None for outcome in self.outcomes)

    @property
    def made(self) -> int:
        """How many reports were made; the others were there, and nothing they come from had changed."""
        return sum(outcome.state == "made" for outcome in self.outcomes)


def run_jobs(company: Company, jobs: Sequence[Job], show: Show, options: Options) -> Result:
    """Make the reports that are not there or would come out otherwise, freeze what each found, and write the index."""
    first = jobs[0]
    folder = first.place.folder.parent
    log = Log(options.log)
    with (
        alone(folder, f"{first.template} {first.period}", options.wait),
        workers(options.jobs, options.cluster) as pool,
    ):
        _tidy(company, folder)
        done = list(_done(company, jobs, show, options, pool, log))
        write_run(folder, about(first, options), done)
    made = [one for one in done if one.state != "unchanged"]
    log.say("ended", made=len(made), unchanged=len(done) - len(made), failed=sum(one.error is not None for one in done))
    return Result(write_index(company.reports_folder), tuple(done))


def _done(
    company: Company, jobs: Sequence[Job], show: Show, options: Options, pool: Workers, log: Log
) -> Iterator[Done]:
    """Give what becomes of each job as it comes: first those that need not be made."""
    log.say("began", reports=len(jobs), **about(jobs[0], options))
    handed = prepare(company, jobs, pool, show)
    log.say("prepared")
    wanted: dict[Owner, tuple[str, ...]] = {}
    for job in jobs:
        why = reason_to_make(job.place, handed.inputs[job.owner], in_ledger=job.owner in handed.in_ledger)
        if why == (UNCHANGED,) and not options.force:
            yield Done(job, "unchanged", why, handed.inputs[job.owner], finished=moment())
        else:
            wanted[job.owner] = (FORCED,) if why == (UNCHANGED,) else why
    makes = [job for job in jobs if job.owner in wanted]
    for count, outcome in enumerate(pool.each(execute, makes, _killed) if makes else (), start=1):
        one = _settle(company, outcome, handed.inputs[outcome.job.owner], wanted[outcome.job.owner])
        log.say(one.state, report=one.job.title, **one.as_record())
        state = "done" if one.error is None else f"failed: {one.error.splitlines()[0]}"
        show(count, len(makes), f"{one.job.title}: {state} ({one.seconds:.1f} s)")
        yield one


def _settle(company: Company, outcome: Outcome, inputs: Mapping[str, str], why: tuple[str, ...]) -> Done:
    """Freeze first, then publish: a page never shows a goal that the ledger does not hold."""
    error, content = outcome.error, outcome.content
    if content is not None:
        inputs = seen(inputs, outcome.job, beyond=content.provenance.beyond)
        try:
            publish(outcome, inputs, frozen=freeze(company, content))
        except Exception as found:  # a database or a folder that is gone fails this report, not the others
            error = f"{type(found).__name__}: {found}"
    if error is not None:
        with suppress(OSError):  # where not even the failure can be written, the command still tells it
            publish(replace(outcome, content=None, error=error), inputs, frozen=False)
    state = "made" if error is None else "failed"
    return Done(outcome.job, state, why, inputs, outcome.seconds, outcome.times, error, moment())


def _killed(job: Job) -> Outcome:
    return Outcome(job, 0.0, error="The process that ran it was killed; was there enough memory?")


def _tidy(company: Company, folder: Path) -> None:
    """Remove what runs that were killed have left half done; nobody else is at this period now."""
    for file in [file for file in folder.glob("*/.*") if PART in file.name]:
        file.unlink(missing_ok=True)
    places = (folder, *folder.iterdir(), company.reports_folder, *(company.store_folder / name for name in STORED))
    for place in places:
        sweep(place)
    for slices in (company.store_folder / "slices").glob("*"):
        sweep(slices)
    sweep_private()


def prepare(company: Company, jobs: Sequence[Job], pool: Workers, show: Show) -> Handed:
    """Work out what the reports are handed, and return it as hashes."""
    slices = slices_for(company, jobs[0])
    fill(jobs, slices, pool, show)
    return handed_to(jobs, company, slices)


def slices_for(company: Company, job: Job) -> Slices:
    """Return the slices of the snapshot and the day that a job is told of."""
    ref = find_snapshot(company, str(job.params["snapshot"]))
    return slices_of(company, ref, date.fromisoformat(str(job.params["as_of"])))


def about(job: Job, options: Options) -> dict[str, object]:
    """Return what is to be recorded of a run as a whole."""
    told = {name: job.params[name] for name in ("as_of", "snapshot")}
    return {
        "template": job.template,
        "period": job.period,
        **told,
        "jobs": options.jobs,
        "cluster": options.cluster,
        **job.stamp,
    }
