"""Where reports are made: in processes of this machine, forked from one warm server, or by a Dask cluster's workers."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from typing import Protocol, TypeVar

from salesgoals_kit.run.cluster import on_worker, without_workers
from salesgoals_kit.run.server import context, die_with_parent, end_server, server_key
from salesgoals_kit.state import digest_of_kit

T = TypeVar("T")
R = TypeVar("R")
AHEAD = 2  # things handed out for each process of this machine: one it is at, one it finds when that is done
GRACE = 20.0  # seconds in which processes with nothing to do have to end
ATTEMPTS = 3
UNBORN = (BrokenProcessPool, ConnectionError, EOFError)  # the last two: it, or the server, died while it was being born


class Place(Protocol):
    """Where things are done."""

    def opened(self, count: int) -> Executor:
        """Return an executor of so many processes."""

    def ahead(self, count: int) -> int | None:
        """Return how many things are handed out at a time; None: all."""

    def there(self, do: Callable[[T], R], unwanted: Callable[[T], object] | None) -> Callable[[T], R]:
        """Return what is to be done as it is done there."""

    def works(self, pool: Executor) -> bool:
        """Whether something can still come of an executor; raises RunError where nothing can of any other either."""

    def close(self, pool: Executor) -> None:
        """End an executor that has nothing to do any more."""

    def stop(self, pool: Executor) -> None:
        """End an executor at once, whatever it is at."""


class Here:
    """Processes of this machine."""

    def opened(self, count: int) -> Executor:
        """Return a pool whose processes are forked from the server that kernels come from, and whose first is there."""
        for _ in range(ATTEMPTS - 1):
            pool = self._pool(count)
            try:
                pool.submit(os.getpid).result()
            except UNBORN:  # a server that was just killed can still look alive
                self._end(pool, 0)
                time.sleep(0.1)
            else:
                return pool
        return self._pool(count)

    def ahead(self, count: int) -> int | None:
        """Return how many are handed out: few, since any of them is suspected when a process dies."""
        return AHEAD * count

    def there(self, do: Callable[[T], R], unwanted: Callable[[T], object] | None) -> Callable[[T], R]:
        """Return it as it is: a process does one thing at a time, and ends when nobody wants it any more."""
        return do

    def works(self, pool: Executor) -> bool:
        """Whether the pool is not broken: one that breaks while it is given something may forget to say so."""
        return not getattr(pool, "_broken", False)

    def close(self, pool: Executor) -> None:
        """Let the processes end, and kill those that do not: one that was killed may hold what another waits for."""
        self._end(pool, GRACE if self.works(pool) else 0)

    def stop(self, pool: Executor) -> None:
        """Kill the processes, and the server, which may yet be asked for one; their kernels end with them."""
        self._end(pool, 0)
        end_server()

    def _pool(self, count: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            max(count, 1), mp_context=context(), initializer=die_with_parent, initargs=(server_key(),)
        )

    def _end(self, pool: Executor, grace: float) -> None:
        processes = list((getattr(pool, "_processes", None) or {}).values())
        manager: threading.Thread | None = getattr(pool, "_executor_manager_thread", None)
        pool.shutdown(wait=False, cancel_futures=True)
        if manager is not None:
            manager.join(grace)
        if manager is None or manager.is_alive() or not grace:
            for process in processes:
                process.kill()
        if manager is not None:
            manager.join()


class There:
    """The workers of a Dask cluster."""

    def __init__(self, client: object, address: str) -> None:
        self._client = client
        self._address = address
        self._without = without_workers(client, address)

    def opened(self, count: int) -> Executor:
        """Return the cluster as an executor. What a worker was at when it died, Dask gives to another, three times."""
        pool: Executor = self._client.get_executor(pure=False)  # type: ignore[attr-defined]
        return pool

    def ahead(self, count: int) -> int | None:
        """Return None: the cluster knows best who is free."""
        return None

    def there(self, do: Callable[[T], R], unwanted: Callable[[T], object] | None) -> Callable[[T], R]:
        """Return it as a worker does it, which may have several threads and outlive who asked."""
        return partial(on_worker, do, unwanted, digest_of_kit())

    def works(self, pool: Executor) -> bool:
        """Return True; raises RunError where the scheduler is gone, or has had no workers for long."""
        self._without()
        return True

    def close(self, pool: Executor) -> None:
        """Close it; the cluster goes on."""
        pool.shutdown()

    def stop(self, pool: Executor) -> None:
        """Cancel what no worker has begun; what one is at, it ends for nobody."""
        with suppress(Exception):  # there may be nobody to tell
            pool.shutdown(wait=False)
