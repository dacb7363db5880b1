"""Who makes the reports, several at a time, and what becomes of those whose process dies."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TypeVar

from salesgoals_kit.run.cluster import Shared, connected, lost
from salesgoals_kit.run.places import UNBORN, Here, Place, There

T = TypeVar("T")
R = TypeVar("R")
TICK = 2.0  # seconds without a result after which to look whether one can still come


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
        except UNBORN:
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
