"""The same reports as a user would make them without the kit's runner: a shell loop of papermill and nbconvert."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Sequence
from typing import Any

from salesgoals_kit.run.folders import shipped
from tests.benchmarks.fleet_place import Asked, Fleet, surroundings

SCRIPT = """\
set -e
for team in {teams}; do
  name={template}-{period}-${{team// /-}}
  papermill {notebook} "loop/$name.ipynb" ${{team:+-p team "$team"}} \\
    -p period {period} -p as_of {as_of} -p company {company}
  jupyter nbconvert --to html "loop/$name.ipynb"
done
"""


def run_loop(fleet: Fleet, asked: Sequence[Asked], sample: int | None) -> dict[str, Any]:
    """Run the loop over all owners, one thing asked for after the other; return its seconds.

    With a ``sample`` only so many owners of each run, after the very first report, which makes the snapshot; the rest
    is counted as long as these took on average.
    """
    (fleet.folder / "loop").mkdir(exist_ok=True)
    if sample is None or sample + 1 >= len(fleet.owners):
        seconds = sum(_run(fleet, one, fleet.owners) for one in asked)
        return {"loop_s": round(seconds, 2), "loop_scaled": False, "loop_reports_run": len(asked) * len(fleet.owners)}
    first = _run(fleet, asked[0], fleet.owners[:1])
    total = first
    for number, one in enumerate(asked):
        mean = _run(fleet, one, fleet.owners[1 : sample + 1]) / sample
        total += mean * (len(fleet.owners) - (number == 0))
    return {
        "loop_s": round(total, 2),
        "loop_scaled": True,
        "loop_first_s": round(first, 2),
        "loop_reports_run": 1 + sample * len(asked),
    }


def _run(fleet: Fleet, one: Asked, owners: Sequence[str | None]) -> float:
    script = SCRIPT.format(
        teams=" ".join(shlex.quote(owner or "") for owner in owners),
        template=one.template,
        period=one.period,
        as_of=one.as_of,
        notebook=shlex.quote(str(shipped("notebooks", f"{one.template}.ipynb"))),
        company=shlex.quote(str(fleet.company)),
    )
    started = time.monotonic()
    done = subprocess.run(
        ["bash", "-c", script], cwd=fleet.folder, env=surroundings(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"The shell loop failed:\n{done.stderr[-2000:]}")
    return time.monotonic() - started
