"""A run: one template for many owners of a period; what is asked for is checked and planned before anything starts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex

from salesgoals_kit.company import Company
from salesgoals_kit.data.snapshot import make_snapshot
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report.index import check_folder
from salesgoals_kit.run.day import resolve_as_of
from salesgoals_kit.run.folders import place_of, slugs
from salesgoals_kit.run.job import Job
from salesgoals_kit.run.making import Result, run_jobs
from salesgoals_kit.run.options import Options
from salesgoals_kit.run.params import TEMPLATES, Params, check_params
from salesgoals_kit.run.pdf import find_browser, write_pdfs
from salesgoals_kit.run.progress import Show
from salesgoals_kit.run.record import Log
from salesgoals_kit.run.server import warm
from salesgoals_kit.run.trouble import plainly
from salesgoals_kit.run.work import check_teams, open_company, teams_in, today

PLAIN = Options()


@dataclass(frozen=True)
class Request:
    """What was asked for: ``teams``, of which None is the company as a whole; empty: every team and the company."""

    company: str
    template: str
    period: str
    teams: tuple[str | None, ...] = ()
    as_of: str | None = None


def run_request(request: Request, jobs: int, show: Show, options: Options | None = None) -> Result:
    """Check everything, then run; nothing starts while a parameter is wrong.

    Raises ParamError with every fault of the request at once, RunError where another run is at the same period, or
    where pages cannot be printed.
    """
    chosen = replace(options or Options(), jobs=jobs)
    browser = find_browser() if chosen.pdf else None
    params, company = check_request(request)
    log = Log(chosen.log)
    if chosen.cluster is None:
        warm()
    show(0, 0, "reading the data")
    with plainly(company.folder):
        planned = plan_jobs(company, request, params, chosen)
    result = run_jobs(company, planned, show, chosen, log)
    if browser is not None:
        show(0, 0, "printing the pages")
        write_pdfs((one.job.place for one in result.outcomes if one.error is None), browser, jobs)
    return result


def check_request(request: Request) -> tuple[Params, Company]:
    """Return the checked parameters and the company of a request."""
    faults: list[Fault] = []
    if request.template not in TEMPLATES:
        faults.append(Fault("template", repr(request.template), f"one of {', '.join(TEMPLATES)}"))
    try:
        params = check_params(
            request.template, {"company": request.company, "period": request.period, "as_of": request.as_of}
        )
    except ParamError as error:
        raise ParamError(error.title, [*faults, *error.faults]) from None
    if faults:
        raise ParamError("The parameters cannot be used.", faults)
    return params, open_company(params.company)


def plan_jobs(company: Company, request: Request, params: Params, options: Options = PLAIN) -> list[Job]:
    """Return the jobs of a request: the snapshot is made once, and every job is told which it is."""
    check_folder(company.reports_folder, company.name)
    ref = make_snapshot(company)
    known = teams_in(company, ref)
    check_teams([name for name in request.teams if name is not None], known)
    owners = [Owner(team=name) for name in dict.fromkeys(request.teams)] or [COMPANY, *(Owner(team=n) for n in known)]
    as_of = resolve_as_of(request.template, params, company, ref, today(company))
    names = slugs(known)
    common = notebook_params(params, company, as_of, ref.hash)
    run, made = token_hex(4), stamp()
    return [
        Job(
            template=request.template,
            owner=owner,
            period=params.period,
            params={**common, "team": owner.team},
            folder=company.folder,
            place=place_of(company.reports_folder, params.period, owner, request.template, names),
            stamp=made,
            seconds=options.seconds,
            memory=options.memory,
            run=run,
        )
        for owner in owners
    ]


def notebook_params(params: Params, company: Company, as_of: date, snapshot: str) -> dict[str, object]:
    """Return the parameters every notebook of the run gets; the company file is named from its own folder."""
    told = params.model_copy(
        update={"company": Path(params.company).name, "as_of": as_of.isoformat(), "snapshot": snapshot}
    )
    return told.model_dump()


def stamp() -> dict[str, str]:
    """Return when and by which kit pages are made; the only part of it that is not a function of its inputs."""
    return {"made": datetime.now(UTC).isoformat(timespec="seconds"), "kit": version("salesgoals-kit")}
