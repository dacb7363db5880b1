"""Who makes the reports: processes of this machine, forked from one warm server, or the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from importlib.metadata import version
from typing import Any, TypeVar

from salesgoals_kit.errors import Fault, ParamError, RunError
from salesgoals_kit.run.kernel import context, die_with_parent, server_key

T = TypeVar("T")
R = TypeVar("R")
RETRIES = 2  # of what a cluster's worker was at when it died


class Workers:
    """Does the same to many things, several at a time. What kills its process is tried once more, alone."""

    def __init__(self, pool: Callable[[int], Executor], count: int) -> None:
        self._pool = pool
        self._count = count

    def each(self, do: Callable[[T], R], things: Sequence[T], killed: Callable[[T], R]) -> Iterator[R]:
        """Give what comes of each thing as it comes; ``killed`` says what comes of one whose process died."""
        left = list(things)
        with suppress(BrokenProcessPool), self._pool(min(self._count, len(left))) as pool:
            waiting: dict[Future[R], T] = {pool.submit(do, thing): thing for thing in things}
            for future in as_completed(waiting):
                found = self._result(future, waiting[future], killed)
                left.remove(waiting[future])
                yield found
        for thing in left:
            yield self._alone(do, thing, killed)

    def _alone(self, do: Callable[[T], R], thing: T, killed: Callable[[T], R]) -> R:
        try:
            with self._pool(1) as pool:
                return pool.submit(do, thing).result()
        except BrokenProcessPool:
            return killed(thing)

    def _result(self, future: Future[R], thing: T, killed: Callable[[T], R]) -> R:
        try:
            return future.result()
        except BrokenProcessPool:
            raise
        except Exception as error:
            if type(error).__name__ != "KilledWorker":
                raise
            return killed(thing)


@contextmanager
def workers(count: int, cluster: str | None) -> Iterator[Workers]:
    """Give the workers of a run; raises RunError where a cluster cannot be reached or is of another kit."""
    if cluster is None:
        yield Workers(_processes, max(count, 1))
        return
    with _client(cluster) as client:
        yield Workers(lambda _: client.get_executor(pure=False, retries=RETRIES), count)


def _processes(count: int) -> Executor:
    return ProcessPoolExecutor(
        max(count, 1), mp_context=context(), initializer=die_with_parent, initargs=(server_key(),)
    )


@contextmanager
def _client(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError:
        fault = Fault("--cluster", "Dask is not installed", todo="pip install 'salesgoals-kit[cluster]'")
        raise ParamError("The cluster cannot be used.", [fault]) from None
    try:
        client = Client(address, timeout=10, set_as_default=False)  # type: ignore[no-untyped-call]  # has no types
    except (OSError, ValueError, TimeoutError) as error:
        todo = "start it with `dask scheduler` and `dask worker`, and name it as tcp://host:8786"
        fault = Fault("--cluster", f"{address}: {' '.join(str(error).split())}", todo=todo)
        raise RunError("The cluster cannot be reached.", [fault]) from None
    with client:
        _same_kit(client)
        yield client


def _same_kit(client: Any) -> None:
    ours = version("salesgoals-kit")
    found: dict[str, str] = client.run(version, "salesgoals-kit", on_error="return")
    if not found:
        raise RunError("The cluster has no workers.", [Fault("--cluster", "no worker", todo="start some: dask worker")])
    others = [
        Fault(worker, f"has the kit {theirs}", f"{ours}, as here") for worker, theirs in found.items() if theirs != ours
    ]
    if others:
        raise RunError("The cluster's workers have another kit.", others)
