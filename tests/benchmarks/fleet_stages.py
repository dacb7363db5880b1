"""Where the time of a report goes, stage by stage, as papermill noted it in the executed notebooks.

Means over the reports. What papermill does not note is the rest of the seconds that the run tells of each report; the
page and the freezing are done once more here, each by itself. Where jobs share cores, each stage is longer than alone.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import nbformat

from salesgoals_kit.report.content import content_of
from salesgoals_kit.report.page import page_html
from salesgoals_kit.run.batch import stamp
from salesgoals_kit.run.freeze import freeze
from salesgoals_kit.run.work import open_company
from tests.benchmarks.fleet_place import Fleet

WIDTH = 56  # of a stage's name


def stages(fleet: Fleet, seconds: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return each template's stages with their mean seconds; ``seconds`` are those told of each report, by title."""
    spent: dict[tuple[str, str], list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="fleet-ledger-") as place:
        company = open_company(str(fleet.company)).model_copy(update={"store": place})
        for page in fleet.pages():
            notebook = nbformat.read(page.with_suffix(".ipynb"), as_version=4)  # type: ignore[no-untyped-call]
            content = content_of(notebook)
            title = f"{content.template} {content.period} {content.owner.name or 'company'}"
            run = f"{content.template} {content.period}"
            for stage, took in _noted(notebook, seconds.get(title)):
                spent[run, stage].append(took)
            spent[run, "of it the page, alone"].append(_took(partial(page_html, notebook, content, stamp())))
            spent[run, "freeze, alone"].append(_took(partial(freeze, company, content)))
    return [
        {"run": run, "stage": stage, "reports": len(times), "mean_s": round(sum(times) / len(times), 4)}
        for (run, stage), times in spent.items()
    ]


def _took(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started


def _noted(notebook: Any, told: float | None) -> Iterator[tuple[str, float]]:
    """Yield the stages that papermill noted; none of a notebook that it did not run."""
    whole = notebook.metadata.get("papermill", {})
    cells = [cell for cell in notebook.cells if cell.metadata.get("papermill", {}).get("duration") is not None]
    if not whole.get("duration") or not cells:
        return
    first, last = cells[0].metadata.papermill.start_time, cells[-1].metadata.papermill.end_time
    start, stop = _between(whole["start_time"], first), _between(last, whole["end_time"])
    code = [cell for cell in cells if cell.cell_type == "code"]
    durations = [float(cell.metadata.papermill.duration) for cell in code]
    yield "kernel start", start
    yield from zip((_name(cell, number) for number, cell in enumerate(code)), durations, strict=True)
    yield "papermill's own, between the cells", whole["duration"] - start - stop - sum(durations)
    yield "kernel stop", stop
    if told is not None:
        yield "the rest of the job: parameters, content, page", max(0.0, told - whole["duration"])


def _between(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def _name(cell: Any, number: int) -> str:
    if number == 0:
        return "cell: imports"
    if "open_work(" in cell.source:
        return "cell: opening"
    lines = [line for line in cell.source.splitlines() if not line.startswith("#")]
    what = "parameters, as given" if "injected-parameters" in cell.metadata.get("tags", []) else lines[0]
    return f"cell: {what}"[:WIDTH]


def printed_stages(found: list[dict[str, Any]]) -> str:
    """Return the stages as a table of text."""
    lines = []
    for run in dict.fromkeys(stage["run"] for stage in found):
        lines.append(f"\n{run}: mean seconds a report by stage")
        lines += [f"  {row['stage']:<{WIDTH}} {row['mean_s']:8.3f}" for row in found if row["run"] == run]
    return "\n".join(lines)
