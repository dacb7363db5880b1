"""A Dask cluster of real processes on this machine: a scheduler, and workers, with nannies or without."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

PATIENCE = 60.0  # seconds until a cluster is there


@dataclass(frozen=True)
class Cluster:
    """A scheduler and what was started for its workers: the workers themselves, or their nannies."""

    address: str
    scheduler: subprocess.Popen[bytes]
    started: tuple[subprocess.Popen[bytes], ...]
    nanny: bool

    def workers(self) -> list[int]:
        """Return the workers' processes as they are now."""
        if not self.nanny:
            return [process.pid for process in self.started if process.poll() is None]
        found = []
        for process in self.started:
            with suppress(psutil.Error):
                found += [child.pid for child in psutil.Process(process.pid).children() if _is_worker(child)]
        return found

    def wait_for(self, count: int) -> None:
        """Wait until so many workers are there."""
        client: Any
        with import_module("distributed").Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=PATIENCE)

    def is_idle(self) -> bool:
        """Whether the scheduler knows of nothing to do."""
        client: Any
        with import_module("distributed").Client(self.address, set_as_default=False) as client:
            return not client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks))


def _is_worker(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return "multiprocessing.spawn" in " ".join(process.cmdline())
    return False


@contextmanager
def cluster(place: Path, count: int = 2, *words: str, nanny: bool = True, **env: str) -> Iterator[Cluster]:
    """Start a scheduler and workers of one thread each (unless ``words`` say otherwise), and kill them at the end."""
    contact = place / "scheduler.json"
    to_it = ["--scheduler-file", str(contact)]
    scheduler = _dask("scheduler", *to_it, "--port", "0", "--no-dashboard", "--host", "127.0.0.1", place=place, env=env)
    started: list[subprocess.Popen[bytes]] = []
    try:
        address = _address(contact)
        more = ["--no-dashboard", "--nanny" if nanny else "--no-nanny", *(words or ("--nthreads", "1"))]
        started += [_dask("worker", *to_it, *more, place=place, env=env) for _ in range(count)]
        found = Cluster(address, scheduler, tuple(started), nanny)
        found.wait_for(count)
        yield found
    finally:
        for process in (*started, scheduler):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _dask(*words: str, place: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
    with (place / f"{words[0]}.txt").open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *words],
            cwd=place,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


def _address(contact: Path) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if contact.exists() and contact.read_text("utf-8").endswith("}"):
            return str(json.loads(contact.read_text("utf-8"))["address"])
        time.sleep(0.1)
    raise TimeoutError("The Dask scheduler did not start.")
