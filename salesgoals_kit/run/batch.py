"""A run: one template for many owners of a period, each in a process of its own; one's failure stays its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

from salesgoals_kit.company import Company
from salesgoals_kit.data.snapshot import make_snapshot
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report.index import check_folder, write_index
from salesgoals_kit.run.fill import fill_book
from salesgoals_kit.run.folders import place_of, slugs
from salesgoals_kit.run.freeze import freeze
from salesgoals_kit.run.job import Job, Outcome, execute, publish
from salesgoals_kit.run.params import TEMPLATES, Params, check_params
from salesgoals_kit.run.progress import Show
from salesgoals_kit.run.work import check_teams, open_company, resolve_as_of, teams_in, today


@dataclass(frozen=True)
class Request:
    """What was asked for; ``teams`` empty: every team and the company as a whole."""

    company: str
    template: str
    period: str
    teams: tuple[str, ...] = ()
    as_of: str | None = None


@dataclass(frozen=True)
class Result:
    """The index of the reports, and how many of this run's failed."""

    index: Path
    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> int:
        """How many reports failed."""
        return sum(outcome.error is not None for outcome in self.outcomes)


def run_request(request: Request, jobs: int, show: Show) -> Result:
    """Check everything, then run; nothing starts while a parameter is wrong.

    Raises ParamError with every fault of the request at once.
    """
    params, company = check_request(request)
    return run_jobs(company, plan_jobs(company, request, params), jobs, show)


def check_request(request: Request) -> tuple[Params, Company]:
    """Return the checked parameters and the company of a request."""
    faults: list[Fault] = []
    if request.template not in TEMPLATES:
        faults.append(Fault("template", repr(request.template), f"one of {', '.join(TEMPLATES)}"))
    try:
        params = check_params({"company": request.company, "period": request.period, "as_of": request.as_of})
    except ParamError as error:
        raise ParamError(error.title, [*faults, *error.faults]) from None
    if faults:
        raise ParamError("The parameters cannot be used.", faults)
    return params, open_company(params.company)


def plan_jobs(company: Company, request: Request, params: Params) -> list[Job]:
    """Return the jobs of a request: the snapshot is made once, and every job is told which it is."""
    check_folder(company.reports_folder, company.name)
    ref = make_snapshot(company)
    known = teams_in(company, ref)
    check_teams(list(request.teams), known)
    owners = [Owner(team=name) for name in dict.fromkeys(request.teams)] or [COMPANY, *(Owner(team=n) for n in known)]
    as_of = resolve_as_of(request.template, params, company, ref, today(company))
    names = slugs(known)
    common = notebook_params(params, company, as_of, ref.hash)
    return [
        Job(
            template=request.template,
            owner=owner,
            period=params.period,
            params={**common, "team": owner.team},
            folder=company.folder,
            place=place_of(company.reports_folder, params.period, owner, request.template, names),
            stamp=stamp(),
        )
        for owner in owners
    ]


def notebook_params(params: Params, company: Company, as_of: date, snapshot: str) -> dict[str, object]:
    """Return the parameters every notebook of the run gets; the company file is named from its own folder."""
    told = params.model_copy(
        update={"company": Path(params.company).name, "as_of": as_of.isoformat(), "snapshot": snapshot}
    )
    return told.model_dump()


def run_jobs(company: Company, jobs: Sequence[Job], workers: int, show: Show) -> Result:
    """Fit their outlooks, run the jobs, freeze what each found, publish, and write the index."""
    fill_book(jobs, workers, show)
    outcomes = []
    for outcome in _outcomes(jobs, min(workers, len(jobs))):
        settled = _settle(company, outcome)
        outcomes.append(settled)
        state = "done" if settled.error is None else f"failed: {settled.error.splitlines()[0]}"
        show(len(outcomes), len(jobs), f"{outcome.job.title}: {state} ({outcome.seconds:.1f} s)")
    return Result(write_index(company.reports_folder), tuple(outcomes))


def _settle(company: Company, outcome: Outcome) -> Outcome:
    """Freeze first, then publish: a page never shows a goal that the ledger does not hold."""
    if outcome.content is not None:
        try:
            freeze(company, outcome.content)
            publish(outcome)
            return outcome
        except Exception as error:  # a database or a folder that is gone fails this report, not the others
            outcome = replace(outcome, content=None, error=f"{type(error).__name__}: {error}")
    with suppress(OSError):  # where not even the failure can be written, the command still tells it
        publish(outcome)
    return outcome


def _outcomes(jobs: Sequence[Job], workers: int) -> Iterator[Outcome]:
    """Give each outcome as it comes. A worker that dies breaks its pool: what is left then runs one by one."""
    left = list(jobs)
    with suppress(BrokenProcessPool), _pool(workers) as pool:
        waiting: dict[Future[Outcome], Job] = {pool.submit(execute, job): job for job in jobs}
        for future in as_completed(waiting):
            outcome = future.result()
            left.remove(waiting[future])
            yield outcome
    yield from map(_alone, left)


def _alone(job: Job) -> Outcome:
    """Run one job in a pool of its own, so that a worker that dies is that job's failure and no other's."""
    try:
        with _pool(1) as pool:
            return pool.submit(execute, job).result()
    except BrokenProcessPool:
        return Outcome(job, 0.0, error="The process that ran it was killed; was there enough memory?")


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(max(workers, 1), mp_context=multiprocessing.get_context("spawn"))


def stamp() -> dict[str, str]:
    """Return when and by which kit a page is made; the only part of it that is not a function of its inputs."""
    return {"made": datetime.now(UTC).isoformat(timespec="seconds"), "kit": version("salesgoals-kit")}
