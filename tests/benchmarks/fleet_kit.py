"""The kit's run of many reports: `salesgoals run` as a command, with its memory, and a Dask cluster for it to use."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.benchmarks.fleet_company import change_one_team
from tests.benchmarks.fleet_memory import growth, peaks, sampled
from tests.benchmarks.fleet_place import BIN, Asked, Fleet, surroundings

# a line of progress: [12/25] goal_setting 2026Q1 North: done (1.2 s)
_LINE = re.compile(r"\[\d+/\d+\] (?P<title>\S+ \S+ .+): (?P<state>done|failed)\b.*?(?:\((?P<seconds>[\d.]+) s\))?$")
PATIENCE = 60.0  # seconds until a cluster is there


@dataclass(frozen=True)
class Cluster:
    """A Dask scheduler and its workers, each a process of its own."""

    address: str
    pids: tuple[int, ...]


@dataclass
class Told:
    """What a run's lines said: when each report was finished, how long it took, and what failed."""

    finished: list[float] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)

    def read(self, line: str) -> None:
        """Take in one line of stderr."""
        self.last = [*self.last[-9:], line]
        found = _LINE.match(line.strip())
        if found is None:
            return
        self.finished.append(time.monotonic())
        if found["state"] == "failed":
            self.failed.append(line.strip())
        elif found["seconds"]:
            self.seconds[found["title"]] = float(found["seconds"])


@dataclass(frozen=True)
class Ran:
    """One run: its wall time, what it told, how many pages it wrote, and the figures of its memory."""

    seconds: float
    told: Told
    made: int
    memory: dict[str, Any]

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "kit_s": round(self.seconds, 2),
            "made": self.made,
            "failed": len(self.told.failed),
            **self.memory,
        }


def run_kit(fleet: Fleet, asked: Sequence[Asked], jobs: int, cluster: Cluster | None = None) -> Ran:
    """Run the kit's command for each thing asked for, one after the other, on the store as it is."""
    told = Told()
    before = {page: page.stat().st_mtime_ns for page in fleet.pages()}
    running: list[int] = [*(cluster.pids if cluster else ())]
    started = time.monotonic()
    with sampled(lambda: list(running)) as series:
        for one in asked:
            _run(_command(fleet, one, jobs, cluster), fleet, told, running)
    seconds = time.monotonic() - started
    made = sum(before.get(page) != page.stat().st_mtime_ns for page in fleet.pages())
    return Ran(seconds, told, made, {**peaks(series), "growth": growth(series, told.finished)})


def _command(fleet: Fleet, one: Asked, jobs: int, cluster: Cluster | None) -> list[str]:
    given = {"--period": one.period, "--as-of": one.as_of, "--jobs": str(jobs), "--company": str(fleet.company)}
    if cluster:
        given["--cluster"] = cluster.address
    return [str(BIN / "salesgoals"), "run", one.template, *(word for pair in given.items() for word in pair)]


def _run(command: list[str], fleet: Fleet, told: Told, running: list[int]) -> None:
    with subprocess.Popen(
        command, cwd=fleet.folder, env=surroundings(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        running.append(process.pid)
        assert process.stderr is not None
        for line in process.stderr:
            told.read(line)
    running.remove(process.pid)
    if process.returncode not in (0, 1):  # 1: a report failed, and is counted
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{''.join(told.last)}")


def run_again(fleet: Fleet, asked: Sequence[Asked], jobs: int, cluster: Cluster | None = None) -> dict[str, Any]:
    """Run with nothing changed since the last run; tell the seconds, and how many reports were made all the same."""
    ran = run_kit(fleet, asked, jobs, cluster)
    record = ran.as_record()
    return {"seconds": record.pop("kit_s"), **record, "skipped": len(fleet.owners) * len(asked) - ran.made}


def run_changed(fleet: Fleet, asked: Sequence[Asked], jobs: int, cluster: Cluster | None = None) -> dict[str, Any]:
    """Run after one deal of the last team was changed, and put the data back after it."""
    files = [fleet.folder / "data" / name for name in ("deals.csv", "deal_changes.csv")]
    as_they_were = {file: file.read_bytes() for file in files}
    rows = change_one_team(fleet.folder, fleet.teams[-1])
    try:
        return {"team": fleet.teams[-1], "rows_changed": rows, **run_again(fleet, asked, jobs, cluster)}
    finally:
        for file, content in as_they_were.items():
            file.write_bytes(content)


@contextmanager
def dask_cluster(workers: int) -> Iterator[Cluster]:
    """Start a Dask scheduler and workers of one thread each, and stop them at the end."""
    if find_spec("distributed") is None:
        raise SystemExit("A cluster needs the package distributed, which is not installed.")
    with tempfile.TemporaryDirectory(prefix="fleet-dask-") as place:
        contact = Path(place) / "scheduler.json"
        to_it = ["--scheduler-file", str(contact)]
        started = [_dask("scheduler", *to_it, "--port", "0", "--no-dashboard", "--host", "127.0.0.1", cwd=place)]
        try:
            address = _address(contact)
            started += [_dask("worker", *to_it, "--nthreads", "1", "--no-dashboard", cwd=place) for _ in range(workers)]
            _wait_for(address, workers)
            yield Cluster(address, tuple(process.pid for process in started))
        finally:
            for process in reversed(started):
                process.terminate()
            for process in started:
                process.wait(timeout=PATIENCE)


def _dask(*words: str, cwd: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dask", *words]
    return subprocess.Popen(command, cwd=cwd, env=surroundings(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _address(contact: Path) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if contact.exists() and contact.read_text("utf-8").endswith("}"):
            return str(json.loads(contact.read_text("utf-8"))["address"])
        time.sleep(0.1)
    raise SystemExit("The Dask scheduler did not start.")


def _wait_for(address: str, workers: int) -> None:
    with import_module("distributed").Client(address) as client:  # not everyone has it
        client.wait_for_workers(workers, timeout=PATIENCE)
