"""All figures and outlooks of a run before its first report: each figure is worked out for all owners, side by side.

What comes of it are the slices that the reports are handed, and the outlooks in the book.
"""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from functools import partial
from pathlib import Path

from salesgoals_kit.data.slices import Slices, slices_of
from salesgoals_kit.data.teams import team_names
from salesgoals_kit.errors import SalesGoalsError
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.run.above import asked_of_all
from salesgoals_kit.run.job import Job
from salesgoals_kit.run.measures import FROM_ABOVE, WITH_OUTLOOKS, asks_of
from salesgoals_kit.run.progress import Show
from salesgoals_kit.run.work import Work, mark_of, open_company, open_work, slice_name
from salesgoals_kit.run.workers import Workers

FEW = 3  # owners: of so few it is cheaper to look at each one's rows alone
Given = tuple[tuple[str, object], ...]
Found = dict[Owner, dict[str, str]]
Asked = tuple[str, Given, Path, tuple[Owner, ...]]
_open: dict[Asked, Work] = {}  # what this process has open: nothing, or one


def fill(jobs: Sequence[Job], slices: Slices, workers: Workers, show: Show) -> None:
    """Work out what the jobs' reports will ask for, where it is not there yet.

    It is a head start and no more: what fails here fails again in the report that needs it, and is told there.
    """
    wanted = [job for job in jobs if not slices.path(_name(job)).exists()]
    names = list(asks_of(wanted[0].template)) if wanted else []
    if not names:
        return
    template, owners = wanted[0].template, tuple(job.owner for job in wanted)
    do = partial(work_out, template, _given(wanted[0]), slices, owners)
    found: list[Found] = []
    with closing(workers.each(do, names, killed=lambda _: None)) as figures:
        for done, figure in enumerate(figures, start=1):
            found += [] if figure is None else [figure]
            show(0, len(jobs), f"figures: {done} of {len(names)}")
    if len(found) == len(names):
        for job in wanted:
            slices.write(_name(job), {key: text for of in found for key, text in of.get(job.owner, {}).items()})


def hand_down(jobs: Sequence[Job], kept: Path, slices: Slices, workers: Workers) -> None:
    """Work out what is asked of all teams from above, where it is not ``kept`` yet and a report will look at it."""
    owners = tuple(job.owner for job in jobs)
    if kept.exists() or jobs[0].template not in FROM_ABOVE or owners == (COMPANY,):
        return
    do = partial(_hand_down, jobs[0].template, _given(jobs[0]), slices, owners)
    with closing(workers.each(do, ["above"], killed=lambda _: None)) as each:
        for _ in each:
            pass


def _hand_down(template: str, given: Given, slices: Slices, owners: tuple[Owner, ...], _: str) -> None:
    """Work out what is asked of all teams; what fails here fails again in each report, and is told there."""
    try:
        work = _opened(template, given, slices, owners)
        if work is not None:
            asked_of_all(work)
    except OSError:
        raise
    except Exception:
        return


def work_out(template: str, given: Given, slices: Slices, owners: tuple[Owner, ...], name: str) -> Found | None:
    """Return one figure's part of each owner's slice; its outlooks are in the book afterwards.

    An owner for whom something unforeseen happens has none, so that his report meets it again; None where the data
    cannot be opened, or is not what the slices are of. A full disk is told.
    """
    try:
        work = _opened(template, given, slices, owners)
    except OSError:
        raise
    except Exception:  # each report meets it again, and tells it
        return None
    if work is None:
        return None
    kept = work.tables.kept
    found: Found = {}
    for owner in owners:
        with suppress(Exception), kept.asking() as slice_:
            with suppress(SalesGoalsError):
                asks_of(template)[name](work, owner)
            found[owner] = slice_
    return found


def _opened(template: str, given: Given, slices: Slices, owners: tuple[Owner, ...]) -> Work | None:
    """Return what the reports work with: opened once in each process, for all figures of a run, and closed after it.

    What slices of other reports hold for the owners is known from the beginning. None where the slices are of something
    else: the company file was changed since the run began.
    """
    asked = (template, given, slices.folder, owners)
    if asked not in _open:
        forget()
        with ExitStack() as stack:
            work = open_work(template, **dict(given))
            stack.callback(work.close)
            company = open_company(str(dict(given)["company"]))
            if slices_of(company, work.ref, work.as_of).folder.name != slices.folder.name:
                return None
            if not slices.path("facts").exists():
                slices.write_facts(work.tables, team_names(work.at(work.ref.last_day)))
            work.tables.kept.many = len(owners) > FEW
            work.tables.kept.written.update(slices.known_of({mark_of(owner) for owner in owners}))
            if template in WITH_OUTLOOKS:
                _ = work.book  # if past scores cannot be read, that is no figure without an outlook
            stack.pop_all()
        _open[asked] = work
    return _open[asked]


@atexit.register
def forget() -> None:
    """Close what is open in this process."""
    while _open:
        _open.popitem()[1].close()


def _given(job: Job) -> Given:
    """Return the parameters of all reports of a run, as the company as a whole would have them."""
    company = str(job.folder / str(job.params["company"]))
    return tuple(sorted({**job.params, "company": company, "team": None}.items()))


def _name(job: Job) -> str:
    return slice_name(job.template, job.owner, job.period)
