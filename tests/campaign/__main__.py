"""The campaign: many kills, spread over the targets; a table of what came of them, and how to repeat what failed.

python -m tests.campaign --kills 100 --seed 1
python -m tests.campaign --seed 1 --only 17        (one kill of it again)
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.campaign.dask import Cluster, cluster
from tests.campaign.kills import Plan, Report, kill_once, plan_of, undisturbed
from tests.campaign.scene import BEFORE, Scene
from tests.campaign.targets import TARGETS

PHASES = ("start", "snapshot", "filling", "reports", "index", "end")
FAILED = Path("campaign-failed.json")


def main() -> int:
    """Read what is asked for, kill, and print; 1 where anything was wrong."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--kills", type=int, default=100)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--targets", default=",".join(TARGETS), help="Of: " + ", ".join(TARGETS))
    asked.add_argument("--only", type=int, help="The number of one kill.")
    given = asked.parse_args()
    targets = given.targets.split(",")
    plans = [plan_of(number, targets[number % len(targets)], given.seed) for number in range(given.kills)]
    chosen = plans if given.only is None else [plan for plan in plans if plan.number == given.only]
    reports = list(campaign(chosen))
    print("\n".join(table(reports, targets)))
    wrong = [report for report in reports if report.wrong]
    if wrong:
        told = {"seed": given.seed, "kills": given.kills, "targets": targets}
        FAILED.write_text(json.dumps({**told, "failed": [vars(r) | {"plan": vars(r.plan)} for r in wrong]}, indent=1))
        print(f"What failed is in {FAILED}; again: --kills {given.kills} --seed {given.seed} --only NUMBER")
    return bool(wrong)


def campaign(plans: Sequence[Plan]) -> Iterator[Report]:
    """Make each kill on a company of its own and give what came of it as it comes."""
    company = Scene()
    try:
        if company.run() != 0:
            raise SystemExit(f"The first run failed:\n{company.said.read_text('utf-8')}")
        yield from kills(plans, company)
    finally:
        company.clear()


def kills(
    plans: Sequence[Plan], company: Scene, dask: Cluster | None = None, *, thrice: bool = True
) -> Iterator[Report]:
    """Make each kill on a copy of a company that has all its reports; on a cluster of its own unless one is given."""
    known = {before: undisturbed(company.house, before) for before in {plan.before for plan in plans}}
    with ExitStack() as stack:
        if dask is None and any(plan.target == "dask" for plan in plans):
            place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sgd-")))
            dask = stack.enter_context(cluster(place, TMPDIR=str(place)))
        for plan in plans:
            began = time.monotonic()
            report = kill_once(plan, known[plan.before], dask if plan.target == "dask" else None, thrice=thrice)
            _say(report, time.monotonic() - began)
            yield report


def _say(report: Report, seconds: float) -> None:
    plan = report.plan
    when = f"{plan.event} + {plan.seconds:.3f}"
    killed = "" if report.killed else " (had ended)"
    said = f"{plan.number:4} {plan.target:7} {plan.before:8} {when:16} {report.phase:9} exit {report.code:3}"
    print(
        f"{said} {seconds:5.0f} s{killed} {'WRONG: ' + '; '.join(report.wrong) if report.wrong else 'right'}",
        flush=True,
    )


def table(reports: Sequence[Report], targets: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the table: kills by target and phase, and how many went wrong."""
    killed = Counter((report.plan.target, report.phase) for report in reports if report.killed)
    yield " ".join([f"{'killed':9}", *(f"{phase:>9}" for phase in PHASES), f"{'late':>6} {'wrong':>6}"])
    for target in targets:
        late = sum(report.plan.target == target and not report.killed for report in reports)
        wrong = sum(report.plan.target == target and bool(report.wrong) for report in reports)
        yield " ".join([f"{target:9}", *(f"{killed[target, phase]:9}" for phase in PHASES), f"{late:6} {wrong:6}"])
    befores = Counter(report.plan.before for report in reports)
    yield f"{len(reports)} kills; before them: " + ", ".join(
        f"{n} {name} ({BEFORE[name]})" for name, n in befores.items()
    )


if __name__ == "__main__":
    sys.exit(main())
