"""Many reports: the kit against a shell loop of papermill, and against the floor that no runner gets under.

    python tests/benchmarks/fleet.py --teams 24 --jobs 2 --json fleet.json
    python tests/benchmarks/fleet.py --teams 250 --jobs 2 --reports all --loop-sample 5 --json thousand.json
    python tests/benchmarks/fleet.py --teams 24 --jobs 2 --parts kit --rerun --change --stages --json fleet.json
    python tests/benchmarks/fleet.py --teams 10 --jobs 2 --grow --json grow.json

All parts make the same reports from the same files, one after another, each from an empty store: the company's and one
for each of ``--teams`` teams. `kit` is the command `salesgoals run` from a cold start to its end; `loop` is papermill
and nbconvert for each owner, in bash; `floor` is the notebooks' cells in one warm process, divided by the cores that
``--jobs`` can use. What each is exactly stands at the head of fleet_kit.py, fleet_loop.py and fleet_floor.py, and the
company in fleet_company.py.

``--rerun`` runs the kit again with nothing changed, ``--change`` with one team's data changed, ``--stages`` tells where
the time of its reports went; ``--cluster N`` lets the kit use a Dask cluster of N workers. ``--grow`` measures only the
kit: 10, 50 and 200 teams by 1 and 2 jobs, and 50 on a cluster of two. Machines are shared and noisy: figures are
comparable within one run only.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from tests.benchmarks.fleet_floor import run_floor
from tests.benchmarks.fleet_kit import Cluster, dask_cluster, run_again, run_changed, run_kit
from tests.benchmarks.fleet_loop import run_loop
from tests.benchmarks.fleet_place import Fleet, asked_for, fleet_in
from tests.benchmarks.fleet_stages import printed_stages, stages
from tests.benchmarks.forecast import write_whole

PARTS = ("kit", "loop", "floor")
GROWING = (10, 50, 200)  # teams
ON_CLUSTER = 50
PACKAGES = ("salesgoals-kit", "papermill", "nbconvert", "ipykernel", "duckdb", "pandas")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark, print what came of it and write it as JSON."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        given.asked = asked_for(given.reports)
    except ValueError as error:
        parser.error(str(error))
    if unknown := set(given.parts.split(",")) - set(PARTS):
        parser.error(f"--parts: {unknown.pop()!r} is none of {', '.join(PARTS)}")
    if not given.json.resolve().parent.is_dir():
        parser.error(f"--json: there is no folder {given.json.parent}")
    result: dict[str, Any] = {"run": _run(given)}
    if given.grow:
        result["grow"] = grow(given)
    else:
        result |= measure(given, fleet_in(given.folder / str(given.teams), given.teams, given.thin))
    print(printed(result))
    write_whole(given.json, json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    at_least_one = _at_least_one
    parser.add_argument("--teams", type=at_least_one, metavar="N", default=24, help="teams of the company (24)")
    parser.add_argument("--jobs", type=at_least_one, metavar="J", default=2, help="jobs of the kit's run (2)")
    parser.add_argument("--json", type=Path, metavar="OUT", required=True, help="where the figures are written")
    parser.add_argument("--parts", default=",".join(PARTS), help="which of kit, loop, floor (all)")
    parser.add_argument(
        "--reports", "--templates", default="goal_setting", help="templates, or all: what the demo makes (goal_setting)"
    )
    parser.add_argument("--loop-sample", type=at_least_one, metavar="K", help="loop over K owners only, and scale")
    parser.add_argument("--cluster", type=at_least_one, metavar="N", help="the kit uses a Dask cluster of N workers")
    parser.add_argument("--rerun", action="store_true", help="run the kit again with nothing changed")
    parser.add_argument("--change", action="store_true", help="run the kit again with one team's data changed")
    parser.add_argument("--stages", action="store_true", help="where the time of the kit's reports went")
    parser.add_argument("--grow", action="store_true", help="the kit alone with 10, 50 and 200 teams")
    parser.add_argument("--thin", action=argparse.BooleanOptionalAction, help="fewer activities (above 24 teams)")
    default = Path(tempfile.gettempdir()) / "salesgoals-fleet"
    parser.add_argument("--folder", type=Path, metavar="DIR", default=default, help="where the companies lie")
    return parser


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def _run(given: argparse.Namespace) -> dict[str, Any]:
    names = ("teams", "jobs", "parts", "reports", "loop_sample", "cluster", "thin")
    return {
        **{name: getattr(given, name) for name in names},
        "cores": os.cpu_count(),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }


def measure(given: argparse.Namespace, fleet: Fleet) -> dict[str, Any]:
    """Return the figures of all parts that are wanted, each from an empty store."""
    parts = given.parts.split(",")
    found: dict[str, Any] = {"reports": len(fleet.owners) * len(given.asked), "load_before": os.getloadavg()[0]}
    if "kit" in parts:
        fleet.clear()
        with dask_cluster(given.cluster) if given.cluster else nullcontext() as cluster:
            found |= _kit(given, fleet, cluster)
    if "loop" in parts:
        _say("the shell loop")
        fleet.clear()
        found |= run_loop(fleet, given.asked, given.loop_sample)
    if "floor" in parts:
        _say("the floor")
        fleet.clear()
        found |= run_floor(fleet, given.asked, given.jobs)
    return found | {"load_after": os.getloadavg()[0]} | _ratios(found)


def _kit(given: argparse.Namespace, fleet: Fleet, cluster: Cluster | None) -> dict[str, Any]:
    """Return the figures of the kit's cold run, and of what is to be run after it."""
    _say("the kit")
    ran = run_kit(fleet, given.asked, given.jobs, cluster)
    _note(found := ran.as_record())
    if given.stages:
        found["stages"] = stages(fleet, ran.told.seconds)
    if given.rerun:
        _say("the kit again")
        _note(again := run_again(fleet, given.asked, given.jobs, cluster))
        found["rerun"] = again
    if given.change:
        _say("the kit with one team's data changed")
        found["change"] = run_changed(fleet, given.asked, given.jobs, cluster)
    return found


def _ratios(found: dict[str, Any]) -> dict[str, Any]:
    pairs = {"loop_to_kit": ("loop_s", "kit_s"), "kit_to_floor": ("kit_s", "floor_s")}
    return {
        name: round(found[above] / found[below], 2)
        for name, (above, below) in pairs.items()
        if above in found and below in found
    }


def grow(given: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the kit's figures by teams and jobs, and at 50 teams those of two Dask workers."""
    rows = []
    for teams in GROWING:
        fleet = fleet_in(given.folder / str(teams), teams, given.thin)
        for jobs in (1, 2):
            rows.append(_grown(given, fleet, jobs, None))
        if teams == ON_CLUSTER and find_spec("distributed") is not None:
            with dask_cluster(2) as cluster:
                rows.append(_grown(given, fleet, 2, cluster))
    return rows


def _grown(given: argparse.Namespace, fleet: Fleet, jobs: int, cluster: Cluster | None) -> dict[str, Any]:
    where = "dask" if cluster else "local"
    _say(f"{len(fleet.teams)} teams, {jobs} jobs, {where}")
    fleet.clear()
    ran = run_kit(fleet, given.asked, jobs, cluster)
    reports = len(fleet.owners) * len(given.asked)
    each = round(ran.seconds / reports, 3)
    _note(ran.as_record())
    return {
        "teams": len(fleet.teams),
        "jobs": jobs,
        "where": where,
        "reports": reports,
        **ran.as_record(),
        "each_s": each,
    }


def printed(result: dict[str, Any]) -> str:
    """Return the figures as lines of text."""
    if "grow" in result:
        columns = ("teams", "jobs", "where", "reports", "kit_s", "each_s", "peak_mib", "peak_rss_mib", "failed")
        rows = [[str(row[name]) for name in columns] for row in result["grow"]]
        return "\n".join("".join(f"{cell:>13}" for cell in row) for row in [columns, *rows])
    lines = []
    for name, value in result.items():
        if name not in ("run", "stages"):
            inner = isinstance(value, dict)
            told = ", ".join(f"{key} {one}" for key, one in value.items()) if inner else value
            lines.append(f"{name:<18} {told}")
    return "\n".join(lines) + (f"\n{printed_stages(result['stages'])}" if "stages" in result else "")


def _say(what: str) -> None:
    print(f"running: {what}", file=sys.stderr, flush=True)


def _note(figures: dict[str, Any]) -> None:
    """Tell figures as they come: a run of hours may be stopped before its end."""
    print(json.dumps(figures), file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
