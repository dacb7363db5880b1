"""The demo: a made-up company, its goals for the coming quarter, and how the last one went and ended."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

from salesgoals_kit.data.sample import LAST_DAY
from salesgoals_kit.periods import parse_period
from salesgoals_kit.run.batch import Request, run_request
from salesgoals_kit.run.folders import shipped
from salesgoals_kit.run.progress import Show

COMING = "2026Q1"
MIDDLE = "2025-11-15"  # of the quarter before: where its tracking looks from


def make_demo(to: Path, *, jobs: int, show: Show) -> tuple[Path, int]:
    """Return the path of the index and the number of reports that failed.

    The last quarter's goals are set first, with what was known when it began, so that tracking has something to follow
    in the middle of it, and the review something to review; the ledger marks them as backfilled.
    """
    company = prepare_demo(to)
    coming = parse_period(COMING)
    last = coming.shifted(-1)
    before = last.start - timedelta(days=1)
    requests = (
        Request(company, "goal_setting", last.name, as_of=before.isoformat()),
        Request(company, "tracking", last.name, as_of=MIDDLE),
        Request(company, "review", last.name, as_of=LAST_DAY.isoformat()),
        Request(company, "baseline", coming.name, as_of=LAST_DAY.isoformat()),
        Request(company, "goal_setting", coming.name, as_of=LAST_DAY.isoformat()),
        Request(company, "strategy", coming.name, as_of=LAST_DAY.isoformat()),
    )
    results = [run_request(request, jobs, show) for request in requests]
    return results[-1].index, sum(result.failed for result in results)


def prepare_demo(to: Path) -> str:
    """Lay the demo's company file, if there is none yet, and return its path; its data is made when it is read."""
    target = to.resolve() / "params" / "company.yaml"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(shipped("params", "company.yaml"), target)
    return str(target)
