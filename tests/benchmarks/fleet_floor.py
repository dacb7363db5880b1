"""The floor under any runner: the notebooks' own cells in one warm process, with the shared work done once.

No kernel, no papermill, no messages: every cell is compiled and executed in a fresh namespace, what its last expression
is becomes an output as IPython's formatters make it, and the page is made of the notebook. What a perfect runner would
need on so many cores is this process's time divided by their number. Numeric libraries keep to one thread here, so that
the division is fair; what DuckDB does in two threads makes the floor lower than it is.
"""

from __future__ import annotations

import ast
import importlib
import multiprocessing
import os
import pkgutil
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from itertools import chain
from typing import Any, TypeVar

from tests.benchmarks.fleet_place import Asked, Fleet

T = TypeVar("T")
R = TypeVar("R")
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "STAN", "NUMBA")}
# what the kit imports only when a function needs it
LATE = ("statsforecast.models", "scipy.optimize", "holidays", "prophet", "papermill", "nbconvert.exporters")


def run_floor(fleet: Fleet, asked: Sequence[Asked], jobs: int) -> dict[str, Any]:
    """Make all reports in a process of its own; return its seconds, divided by the cores that so many jobs can use."""
    cores = min(jobs, os.cpu_count() or 1)
    before = dict(os.environ)
    os.environ.update(ONE_THREAD)
    try:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            times = pool.submit(_floor, fleet, asked).result()
    finally:
        os.environ.clear()
        os.environ.update(before)
    total = times["shared_s"] + times["reports_s"] + times["pages_s"]
    return {
        "floor_s": round(total / cores, 2),
        "floor": {"cores": cores, "total_s": round(total, 2), **{name: round(s, 2) for name, s in times.items()}},
    }


def _floor(fleet: Fleet, asked: Sequence[Asked]) -> dict[str, float]:
    """Return the seconds of shared work, of the cells and of the pages; what is frozen in between is told apart."""
    _import_all()
    spent = dict.fromkeys(("shared_s", "reports_s", "pages_s", "freeze_s"), 0.0)
    processor = time.process_time()
    for one in asked:
        jobs = _timed(spent, "shared_s", partial(shared_work, fleet, one))
        for job in jobs:
            notebook = _timed(spent, "reports_s", partial(executed, job))
            _timed(spent, "pages_s", partial(_write, job, notebook))
            _timed(spent, "freeze_s", partial(_freeze, fleet, notebook))
    return {**spent, "processor_s": time.process_time() - processor}


def _timed(spent: dict[str, float], name: str, do: Callable[[], Any]) -> Any:
    started = time.perf_counter()
    done = do()
    spent[name] += time.perf_counter() - started
    return done


def shared_work(fleet: Fleet, one: Asked) -> list[Any]:
    """Return the jobs of one thing asked for, with all that they share done: the snapshot, the figures, the outlooks.

    This is the one place to change when the runner shares more, or otherwise: it calls what the runner calls, in turn.
    """
    from salesgoals_kit.run import batch, fill, making

    request = batch.Request(str(fleet.company), one.template, one.period, as_of=one.as_of)
    params, company = batch.check_request(request)
    jobs = batch.plan_jobs(company, request, params)
    fill.fill(jobs, making.slices_for(company, jobs[0]), _in_turn(), lambda done, total, what: None)
    return jobs


def _in_turn() -> Any:
    """Return workers that do one thing after another, here."""
    from salesgoals_kit.run.workers import Workers

    class InTurn(Workers):
        def __init__(self) -> None:
            """Need no processes."""

        def each(
            self, do: Callable[[T], R], things: Sequence[T], killed: Callable[[T], R], unwanted: object = None
        ) -> Generator[R, None, None]:
            yield from map(do, things)

    return InTurn()


def executed(job: Any) -> Any:
    """Return a job's notebook with its outputs, the parameters put in as papermill does."""
    from nbformat.v4 import new_output

    notebook = _notebook(job)
    space: dict[str, Any] = {"__name__": "__main__"}
    os.chdir(job.folder)
    for number, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1):
        shown = _run_cell(cell.source, space)
        cell.execution_count = number
        cell.outputs = []
        if shown is not None:
            data, metadata = _formatter().format(shown)
            result = new_output("execute_result", data, metadata=metadata, execution_count=number)  # type: ignore[no-untyped-call]
            cell.outputs.append(result)
    return notebook


def _notebook(job: Any) -> Any:
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    from salesgoals_kit.run.folders import shipped

    template = load_notebook_node(str(shipped("notebooks", f"{job.template}.ipynb")))
    return parameterize_notebook(template, job.params, kernel_name="python3", language="python")


def _run_cell(source: str, space: dict[str, Any]) -> Any:
    """Execute a cell, and return the value of its last line if that is an expression."""
    lines = ast.parse(source)
    last = lines.body[-1] if lines.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(lines, "<cell>", "exec"), space)
        return None
    lines.body.pop()
    exec(compile(lines, "<cell>", "exec"), space)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), space)


@cache
def _formatter() -> Any:
    from IPython.core.formatters import DisplayFormatter

    return DisplayFormatter()


def page_of(job: Any, notebook: Any) -> str:
    """Return the page of an executed notebook, as the kit makes it."""
    from salesgoals_kit.report.content import content_of
    from salesgoals_kit.report.page import page_html

    return page_html(notebook, content_of(notebook), job.stamp)


def _write(job: Any, notebook: Any) -> None:
    job.place.folder.mkdir(parents=True, exist_ok=True)
    job.place.file("html").write_text(page_of(job, notebook), "utf-8")


def _freeze(fleet: Fleet, notebook: Any) -> None:
    """Freeze what a report found, for a later template to look back at; it is no part of the floor."""
    from salesgoals_kit.report.content import content_of
    from salesgoals_kit.run.freeze import freeze
    from salesgoals_kit.run.work import open_company

    freeze(open_company(str(fleet.company)), content_of(notebook))


def _import_all() -> None:
    """Import every module of the kit, and what it imports late: a warm process does not pay for it."""
    import salesgoals_kit

    ours = (module.name for module in pkgutil.walk_packages(salesgoals_kit.__path__, "salesgoals_kit."))
    for name in chain(LATE, (name for name in ours if "migrations" not in name and not name.endswith("__main__"))):
        importlib.import_module(name)
