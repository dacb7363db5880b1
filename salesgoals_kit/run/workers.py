"""Who makes the reports: processes of this machine, forked from one warm server, or the workers of a Dask cluster."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Protocol, TypeVar

from salesgoals_kit.run.cluster import Shared, connected, lost, on_worker, without_workers
from salesgoals_kit.run.server import context, die_with_parent, end_server, server_key
from salesgoals_kit.state import digest_of_kit

T = TypeVar("T")
R = TypeVar("R")
AHEAD = 2  # things handed out for each process of this machine: one it is at, one it finds when that is done
GRACE = 20.0  # seconds in which processes with nothing to do have to end
TICK = 2.0  # seconds without a result after which to look whether one can still come


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
        """Return a pool whose processes are forked from the server that kernels come from."""
        return ProcessPoolExecutor(
            max(count, 1), mp_context=context(), initializer=die_with_parent, initargs=(server_key(),)
        )

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


class Workers:
    """Does the same to many things, several at a time. What kills its process is tried once more, alone."""

    def __init__(self, place: Place, count: int) -> None:
        self._place = place
        self._count = max(count, 1)

    def each(
        self,
        do: Callable[[T], R],
        things: Sequence[T],
        killed: Callable[[T], R],
        unwanted: Callable[[T], object] | None = None,
    ) -> Generator[R, None, None]:
        """Give what comes of each thing, once, as it comes; ``killed`` says what comes of one whose process died.

        Where this is given up before its end, what is under way is stopped and the rest is not begun. ``unwanted``
        takes away what a cluster's worker has made of a thing all the same. Raises RunError where the cluster is lost.
        """
        there = self._place.there(do, unwanted)
        left = deque(things)
        while left:
            suspects: list[T] = []
            yield from self._together(there, left, suspects)
            for thing in suspects:
                yield self._alone(there, thing, killed)

    def _together(self, do: Callable[[T], R], left: deque[T], suspects: list[T]) -> Iterator[R]:
        """Take what is left and give what comes of it; where a process dies, name those that it may have been at."""
        waiting: dict[Future[R], T] = {}
        done: SimpleQueue[Future[R]] = SimpleQueue()
        count = min(self._count, len(left))
        most = self._place.ahead(count) or len(left)
        with self._open(count) as pool:
            while True:
                while left and not suspects and len(waiting) < most:
                    self._submit(pool, do, left.popleft(), waiting, done, suspects)
                if not waiting:
                    return
                future = self._next(pool, done)
                if future is None:
                    suspects += waiting.values()
                    return
                thing = waiting.pop(future)
                try:
                    found = self._result(future)
                except BrokenProcessPool:
                    suspects.append(thing)
                else:
                    yield found

    def _next(self, pool: Executor, done: SimpleQueue[Future[R]]) -> Future[R] | None:
        """Return the next that is done; None where nothing can come any more."""
        while True:
            try:
                return done.get(timeout=TICK)
            except Empty:
                if not self._place.works(pool) and done.empty():
                    return None

    def _submit(
        self,
        pool: Executor,
        do: Callable[[T], R],
        thing: T,
        waiting: dict[Future[R], T],
        done: SimpleQueue[Future[R]],
        suspects: list[T],
    ) -> None:
        try:
            future = pool.submit(do, thing)
        except (BrokenProcessPool, ConnectionError):  # the second: it, or the server, died while it was being born
            suspects.append(thing)
            return
        waiting[future] = thing
        future.add_done_callback(done.put)

    def _alone(self, do: Callable[[T], R], thing: T, killed: Callable[[T], R]) -> R:
        died: list[T] = []
        found = list(self._together(do, deque([thing]), died))
        return killed(thing) if died else found[0]

    def _result(self, future: Future[R]) -> R:
        """Return a result; raises BrokenProcessPool where the process died, if perhaps by what another had it do."""
        try:
            return future.result()
        except CancelledError:  # nobody here did
            raise lost("the connection to the scheduler broke") from None
        except Exception as error:
            if type(error).__name__ == "KilledWorker":
                raise BrokenProcessPool(str(error)) from None
            raise

    @contextmanager
    def _open(self, count: int) -> Iterator[Executor]:
        """Give an executor; where what is done with it ends early, it is stopped and not waited for."""
        pool = self._place.opened(count)
        try:
            yield pool
        except BaseException:
            self._place.stop(pool)
            raise
        self._place.close(pool)


@contextmanager
def workers(count: int, cluster: str | None, shared: Shared | None = None) -> Iterator[Workers]:
    """Give the workers of a run.

    Raises RunError where a cluster cannot be reached, is of another kit, or does not see the files that are ``shared``.
    """
    if cluster is None:
        yield Workers(Here(), count)
        return
    with connected(cluster, shared) as client:
        yield Workers(There(client, cluster), count)
