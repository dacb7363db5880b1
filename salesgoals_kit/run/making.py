"""The reports of a run are made: those that are not there or would come out otherwise, each in a process of its own."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from shutil import rmtree

from salesgoals_kit.company import Company
from salesgoals_kit.data.slices import FOLDER, Slices, slices_of
from salesgoals_kit.data.snapshot import find_snapshot
from salesgoals_kit.errors import SalesGoalsError
from salesgoals_kit.files import prune, sweep, sweep_private
from salesgoals_kit.forecast.scored import all_kept
from salesgoals_kit.owners import Owner
from salesgoals_kit.report.index import INDEX, write_index
from salesgoals_kit.run.above import file_of
from salesgoals_kit.run.cluster import Shared
from salesgoals_kit.run.fill import fill, hand_down
from salesgoals_kit.run.freeze import freeze
from salesgoals_kit.run.inputs import Handed, all_there_is, common_to, handed_to, seen
from salesgoals_kit.run.interrupt import Interrupted
from salesgoals_kit.run.job import PART, Job, Outcome, drop, publish
from salesgoals_kit.run.lean import lean_imports
from salesgoals_kit.run.lock import alone
from salesgoals_kit.run.options import Options
from salesgoals_kit.run.progress import Show
from salesgoals_kit.run.record import Done, Log, moment, read_run, write_run
from salesgoals_kit.run.seal import FORCED, UNCHANGED, reason_to_make
from salesgoals_kit.run.trouble import full, is_full, plainly
from salesgoals_kit.run.work import BOOK
from salesgoals_kit.run.workers import Workers, workers

STORED = (BOOK, "snapshots", "sources")
WAIT_FOR_INDEX = 60.0  # seconds; it is written in less than one


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


def run_jobs(company: Company, jobs: Sequence[Job], show: Show, options: Options, log: Log | None = None) -> Result:
    """Make the reports that are not there or would come out otherwise, freeze what each found, and write the index.

    Raises RunStopped where the disk is full or the system refuses something else that every report needs.
    """
    first = jobs[0]
    folder = first.place.folder.parent
    log = log or Log(options.log)
    done: list[Done] = []
    with (
        plainly(folder),
        alone(folder, f"{first.template} {first.period}", options.wait, lambda what: show(0, 0, what)),
        _recorded(company, jobs, options, done, log),
        workers(options.jobs, options.cluster, _shared(company, first)) as pool,
    ):
        _tidy(company, folder)
        with closing(_done(company, jobs, show, options, pool, log)) as coming:
            for one in coming:
                done.append(one)
    return Result(company.reports_folder / INDEX, tuple(done))


@contextmanager
def _recorded(company: Company, jobs: Sequence[Job], options: Options, done: list[Done], log: Log) -> Iterator[None]:
    """Record what was done, whatever ends the block; what is half is gone then, and the index tells the rest."""
    folder = jobs[0].place.folder.parent
    write_run(folder, {**about(jobs[0], options), "ended": None}, ())  # of one that is killed this is what remains
    try:
        yield
    except BaseException as error:
        how = error.title if isinstance(error, SalesGoalsError) else type(error).__name__.lower()
        if isinstance(error, Interrupted):
            there = sum(one.error is None for one in done)
            error.reached = f" with {there} of {len(jobs)} reports {'made anew' if options.force else 'in place'}"
            error.todo = "run the same again to begin anew" if options.force else error.todo
        for step in _last_steps(company, jobs, options, done, log, how):
            with suppress(OSError, SalesGoalsError):  # the first trouble is the one to tell
                step()
        raise
    for step in _last_steps(company, jobs, options, done, log, "ended"):
        step()


def _last_steps(
    company: Company, jobs: Sequence[Job], options: Options, done: Sequence[Done], log: Log, how: str
) -> Iterator[Callable[[], object]]:
    folder = jobs[0].place.folder.parent
    counts = Counter(one.state for one in done)
    told = {state: counts[state] for state in ("made", "unchanged", "failed")}
    yield partial(_tidy, company, folder)
    yield partial(write_run, folder, {**about(jobs[0], options), "ended": how}, done)
    yield partial(log.tell, "ended" if how == "ended" else "stopped", how=how, left=len(jobs) - len(done), **told)
    yield partial(_index, company.reports_folder)


def _index(reports: Path) -> None:
    """Write the index. Runs of other periods do, too: one after the other, so that the last has seen all reports."""
    with alone(reports, "the index", WAIT_FOR_INDEX):
        write_index(reports, {folder.name: read_run(folder) for folder in reports.iterdir() if folder.is_dir()})


def _done(
    company: Company, jobs: Sequence[Job], show: Show, options: Options, pool: Workers, log: Log
) -> Generator[Done, None, None]:
    """Give what becomes of each job as it comes: first those that need not be made."""
    log.tell("began", reports=len(jobs), **about(jobs[0], options))
    handed = prepare(company, jobs, pool, show)
    log.tell("prepared")
    wanted: dict[Owner, tuple[str, ...]] = {}
    for job in jobs:
        given = all_there_is(handed.inputs[job.owner], job)
        why = reason_to_make(job.place, given, in_ledger=job.owner in handed.in_ledger)
        if why == (UNCHANGED,) and not options.force:
            one = Done(job, "unchanged", why, handed.inputs[job.owner], finished=moment())
            log.tell(one.state, report=job.title, **one.as_record())
            yield one
        else:
            wanted[job.owner] = (FORCED,) if why == (UNCHANGED,) else why
    makes = [job for job in jobs if job.owner in wanted]
    if not makes:
        return
    with closing(pool.each(make, makes, _killed, unwanted=drop)) as outcomes:
        for count, outcome in enumerate(outcomes, start=1):
            one = _settle(company, outcome, handed.inputs[outcome.job.owner], wanted[outcome.job.owner])
            log.tell(one.state, report=one.job.title, **one.as_record())
            yield one
            state = "done" if one.error is None else f"failed: {one.error.splitlines()[0]}"
            show(count, len(makes), f"{one.job.title}: {state} ({one.seconds:.1f} s)")


def make(job: Job) -> Outcome:
    """Make a report's parts, in a process of its own: this one need not import what executes notebooks."""
    with lean_imports():
        from salesgoals_kit.run.execute import execute

    return execute(job)


def _settle(company: Company, outcome: Outcome, inputs: Mapping[str, str], why: tuple[str, ...]) -> Done:
    """Freeze first, then publish: a page never shows a goal that the ledger does not hold.

    A full disk is no report's own failure: it ends the run, and the old report stays as it is.
    """
    error, content = outcome.error, outcome.content
    if content is not None:
        inputs = seen(inputs, outcome.job, content.provenance)
        try:
            publish(outcome, inputs, frozen=freeze(company, content))
        except Exception as found:  # a database or a folder that is gone fails this report, not the others
            error = f"{type(found).__name__}: {found}"
    if error is not None:
        if is_full(error, company.store_folder):
            raise full(outcome.job.title, error)
        with suppress(OSError):  # where not even the failure can be written, the command still tells it
            publish(replace(outcome, content=None, error=error), inputs, frozen=False)
    state = "made" if error is None else "failed"
    return Done(outcome.job, state, why, inputs, outcome.seconds, outcome.times, error, moment())


def _shared(company: Company, job: Job) -> Shared:
    """Return what the workers of a cluster must see as this machine does."""
    return Shared(job.folder / str(job.params.get("company")), (job.place.folder.parent, company.store_folder))


def _killed(job: Job) -> Outcome:
    return Outcome(job, 0.0, error="The process that ran it was killed; was there enough memory?")


def _tidy(company: Company, folder: Path) -> None:
    """Remove what runs that were killed have left half done; nobody else is at this period now."""
    for half in [half for half in folder.glob("*/.*") if PART in half.name]:
        rmtree(half, ignore_errors=True) if half.is_dir() else half.unlink(missing_ok=True)
    places = (folder, *folder.iterdir(), company.reports_folder, *(company.store_folder / name for name in STORED))
    for place in places:
        sweep(place)
    prune([*(company.store_folder / FOLDER).glob("*"), *all_kept(company.store_folder / BOOK)], time.time())
    for slices in (company.store_folder / FOLDER).glob("*"):
        sweep(slices)
    sweep_private()


def prepare(company: Company, jobs: Sequence[Job], pool: Workers, show: Show) -> Handed:
    """Work out what the reports are handed, and return it as hashes."""
    slices = slices_for(company, jobs[0])
    slices.touch()
    fill(jobs, slices, pool, show)
    common = common_to(jobs[0], company, slices)
    hand_down(jobs, file_of(company, slices, jobs[0].period, common), slices, pool)
    return handed_to(jobs, company, slices, common)


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
        "run": job.run,
        "jobs": options.jobs,
        "cluster": options.cluster,
        **job.stamp,
    }
