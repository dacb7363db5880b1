"""All outlooks of a run before its first report: each figure's owners are fitted together, figures side by side."""

from __future__ import annotations

import atexit
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import cache

from salesgoals_kit.errors import SalesGoalsError
from salesgoals_kit.goals.board import outlook_of
from salesgoals_kit.goals.limits import NO_GOAL
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.needs import kpi_named, missing
from salesgoals_kit.owners import Owner
from salesgoals_kit.run.job import Job
from salesgoals_kit.run.progress import Show
from salesgoals_kit.run.work import Work, open_work

FORECASTS = ("goal_setting",)  # templates whose reports contain outlooks


def fill_book(jobs: Sequence[Job], workers: int, show: Show) -> None:
    """Fit what the jobs' reports will ask the book for, in so many processes.

    It is a head start and no more: what fails here fails again in the report that needs it, and is told there. Nor does
    a process that dies, or cannot be started, stop the run.
    """
    if not jobs or jobs[0].template not in FORECASTS:
        return
    names = [name for name in CATALOGUE if name not in NO_GOAL]
    owners = [job.owner for job in jobs]
    params = {**jobs[0].params, "company": str(jobs[0].folder / str(jobs[0].params["company"])), "team": None}
    given = tuple(sorted(params.items()))
    context = multiprocessing.get_context("spawn")
    with (
        suppress(BrokenProcessPool, OSError),
        ProcessPoolExecutor(max(1, min(workers, len(names))), mp_context=context) as pool,
    ):
        waiting = [pool.submit(_fill, jobs[0].template, given, name, owners) for name in names]
        for done, future in enumerate(as_completed(waiting), start=1):
            with suppress(Exception):
                future.result()
            show(0, len(jobs), f"outlooks: {done} of {len(names)} figures")


def _fill(template: str, given: tuple[tuple[str, object], ...], name: str, owners: Sequence[Owner]) -> None:
    work = _opened(template, given)
    for owner in owners:
        if not missing(name, work.tables, owner):
            with suppress(SalesGoalsError):
                outlook_of(work.tables, owner, kpi_named(name), work.period, work.book)


@cache
def _opened(template: str, given: tuple[tuple[str, object], ...]) -> Work:
    """Return what the reports work with: opened once in each process, for all its figures, and closed at its end."""
    work = open_work(template, **dict(given))
    atexit.register(work.close)
    return work
