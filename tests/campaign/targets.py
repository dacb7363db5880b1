"""The processes of a run: which they are, which of them is to be killed, and which are left when it has ended."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

from tests.campaign.scene import MARK

SERVER = "multiprocessing.forkserver"
TARGETS = ("run", "kernel", "server", "worker", "dask")  # worker: a process of the pool


@dataclass(frozen=True)
class Process:
    """One process as it was seen."""

    pid: int
    parent: int
    session: int
    command: str


def marked(mark: str) -> list[Process]:
    """Return the living processes that carry a mark in their environment; a fork carries what its server does."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                command = " ".join(process.cmdline())
                found.append(Process(process.pid, process.ppid(), os.getsid(process.pid), command))
    return found


def servers(seen: Sequence[Process]) -> list[int]:
    """Return the fork servers: what is started as one, by what is not."""
    forked = {process.pid for process in seen if SERVER in process.command}
    return [process.pid for process in seen if process.pid in forked and process.parent not in forked]


def kernels(seen: Sequence[Process]) -> list[int]:
    """Return the kernels: forks of a server that lead a session of their own, or what became another program."""
    mothers = set(servers(seen))
    return [
        process.pid
        for process in seen
        if (process.parent in mothers and process.session == process.pid)
        or "salesgoals_kit.run.heavy -f" in process.command
    ]


def pool(seen: Sequence[Process]) -> list[int]:
    """Return the pool's processes: forks of a server that are no kernels."""
    mothers = set(servers(seen))
    return [process.pid for process in seen if process.parent in mothers and process.session != process.pid]


def victims(target: str, run: int, mark: str, dask: Callable[[], list[int]] | None) -> list[int]:
    """Return the processes of a kind that are there now."""
    if target == "run":
        return [run]
    if target == "dask":
        return dask() if dask else []
    return {"kernel": kernels, "server": servers, "worker": pool}[target](marked(mark))


def left_over(mark: str, seconds: float = 20.0) -> list[str]:
    """Return the commands of marked processes that are there after so long; as soon as none is, nothing."""
    until = time.monotonic() + seconds
    while (seen := marked(mark)) and time.monotonic() < until:
        time.sleep(0.1)
    return [f"process {process.pid}: {process.command}" for process in seen]
