"""Who does the work, here and on a Dask cluster, real processes all: what dies, what is given up, and what is lost."""

from __future__ import annotations

import os
import platform
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from salesgoals_kit import state
from salesgoals_kit.errors import ParamError, RunError
from salesgoals_kit.run import cluster as reached
from salesgoals_kit.run import server as fork_server
from salesgoals_kit.run import workers as made
from salesgoals_kit.run.cluster import Shared
from salesgoals_kit.run.places import AHEAD, Here
from salesgoals_kit.run.workers import Workers, workers
from salesgoals_kit.store.engine import VARIABLE
from tests.campaign.dask import Cluster, cluster

pytest.importorskip("distributed")
pytestmark = pytest.mark.skipif(
    not fork_server.available(), reason="a fork server is needed: there is none on this system"
)
_DIES, _AT_ONCE = 3, threading.Semaphore()


def begin(folder: Path, thing: int) -> int:
    """Leave a trace of each time that a thing is begun; the fourth kills its process, ever again."""
    Path(tempfile.mkstemp(prefix=f"{thing}-", dir=folder)[1]).touch()
    if thing == _DIES:
        time.sleep(0.3)
        os._exit(9)
    return thing


def begin_and_stay(folder: Path, thing: int) -> int:
    """Be done at once with the first thing, and with the others not before the test is over."""
    begin(folder, 100 + thing)
    while thing and not (folder / "over").exists():
        time.sleep(0.05)
    (folder / f"made-{thing}").touch()
    return thing


def fail(thing: int) -> int:
    raise ValueError(f"no {thing}")


def alone(thing: int) -> bool:
    """Whether nobody else in this process is at it."""
    if not _AT_ONCE.acquire(blocking=False):
        return False
    time.sleep(0.05)
    _AT_ONCE.release()
    return True


def take_away(folder: Path, thing: int) -> None:
    (folder / f"made-{thing}").unlink()


def killed(thing: int) -> int:
    return -thing


def times_begun(folder: Path) -> dict[int, int]:
    found = [int(file.name.partition("-")[0]) for file in folder.iterdir() if file.name[0].isdigit()]
    return {thing: found.count(thing) for thing in set(found)}


def test_each_thing_comes_once_though_a_process_dies_and_few_are_begun_twice(tmp_path: Path) -> None:
    things = list(range(30))
    found = list(Workers(Here(), 2).each(partial(begin, tmp_path), things, killed))
    assert sorted(found) == sorted([*(thing for thing in things if thing != _DIES), -_DIES])
    begun = times_begun(tmp_path)
    assert begun.pop(_DIES) == 2
    assert max(begun.values()) <= 2
    assert sum(times == 2 for times in begun.values()) < AHEAD * 2


def test_what_is_given_up_is_stopped_and_the_rest_not_begun(tmp_path: Path) -> None:
    with closing(Workers(Here(), 2).each(partial(begin_and_stay, tmp_path), range(20), killed)) as coming:
        assert next(coming) == 0
    begun = times_begun(tmp_path)
    assert len(begun) <= 1 + AHEAD * 2
    (tmp_path / "over").touch()
    time.sleep(0.5)
    assert [file.name for file in tmp_path.glob("made-*")] == ["made-0"]
    assert times_begun(tmp_path) == begun


def test_an_error_of_what_is_done_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no 1"):
        list(Workers(Here(), 2).each(fail, [1], killed))


def test_the_fork_server_may_be_killed(tmp_path: Path) -> None:
    things = [thing for thing in range(20) if thing != _DIES]
    found: list[int] = []
    for thing in Workers(Here(), 2).each(partial(begin, tmp_path), things, killed):
        if not found:
            os.kill(fork_server.the_server()._forkserver_pid, signal.SIGKILL)
        found.append(thing)
    assert sorted(found) == things


def test_a_server_that_still_looks_alive_when_it_is_killed_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for the moment in which it dies, the first one who asks is told that it runs."""
    fork_server.warm()
    server = fork_server.the_server()
    os.kill(server._forkserver_pid, signal.SIGKILL)
    os.waitid(os.P_PID, server._forkserver_pid, os.WEXITED | os.WNOWAIT)
    asked: list[int] = []

    def running() -> None:
        asked.append(1)
        if len(asked) > 3:
            type(server).ensure_running(server)

    monkeypatch.setattr(server, "ensure_running", running)
    assert sorted(Workers(Here(), 2).each(int, [1, 2, 3], killed)) == [1, 2, 3]


class Forgetful(Executor):
    """Stands in for a pool that broke while it was given something, and never says what came of that."""

    _broken = "A process died"

    def submit(self, *args: Any, **named: Any) -> Future[Any]:
        return Future()


def test_a_pool_that_forgets_what_it_was_given_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "TICK", 0.01)
    monkeypatch.setattr(Here, "opened", lambda self, count: Forgetful())
    assert list(Workers(Here(), 2).each(abs, range(3), lambda thing: thing + 10)) == [10, 11, 12]


@pytest.fixture(scope="module")
def dask() -> Iterator[Cluster]:
    """Two workers of two threads, each with a nanny that starts it again; what kills two is given up."""
    with (
        tempfile.TemporaryDirectory(prefix="sgd-", ignore_cleanup_errors=True) as place,
        cluster(Path(place), 2, "--nthreads", "2", DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="1") as found,
    ):
        yield found


@pytest.fixture
def bare(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Two workers of one thread whom nobody starts again."""
    with (
        tempfile.TemporaryDirectory(prefix="sgd-", ignore_cleanup_errors=True) as place,
        cluster(Path(place), 2, nanny=False) as found,
    ):
        yield found


def test_a_cluster_does_each_thing_once_and_one_at_a_time_in_a_process(dask: Cluster) -> None:
    with workers(1, dask.address) as pool:
        assert list(pool.each(alone, range(12), lambda _: False)) == [True] * 12


def test_what_kills_a_clusters_worker_again_and_again_is_given_up(dask: Cluster, tmp_path: Path) -> None:
    with workers(1, dask.address) as pool:
        found = list(pool.each(partial(begin, tmp_path), range(6), killed))
    assert sorted(found) == [-_DIES, 0, 1, 2, 4, 5]
    dask.wait_for(2)


def test_given_up_on_a_cluster_nothing_is_begun_and_what_was_made_goes(dask: Cluster, tmp_path: Path) -> None:
    do, unwanted = partial(begin_and_stay, tmp_path), partial(take_away, tmp_path)
    with (
        workers(1, dask.address) as pool,
        closing(pool.each(do, range(20), killed, unwanted=unwanted)) as coming,
    ):
        assert next(coming) == 0
        while len(times_begun(tmp_path)) < 3:
            time.sleep(0.05)
    begun = times_begun(tmp_path)
    while not dask.is_idle():
        time.sleep(0.1)
    (tmp_path / "over").touch()
    with workers(1, dask.address) as pool:  # its workers are at it one after the other, and so done with what was begun
        assert sorted(pool.each(killed, [-1, -2, -3, -4], killed)) == [1, 2, 3, 4]
    assert times_begun(tmp_path) == begun
    assert [file.name for file in tmp_path.glob("made-*")] == ["made-0"]


def test_a_worker_of_two_may_die(bare: Cluster, tmp_path: Path) -> None:
    found: list[int] = []
    with workers(1, bare.address) as pool:
        for thing in pool.each(partial(begin, tmp_path), [0, 1, 2, 4, 5, 6], killed):
            if not found:
                os.kill(bare.workers()[0], signal.SIGKILL)
            found.append(thing)
    assert sorted(found) == [0, 1, 2, 4, 5, 6]


def test_a_cluster_without_workers_is_lost(bare: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reached, "PATIENCE", 1.0)
    monkeypatch.setattr(made, "TICK", 0.2)
    with (
        pytest.raises(RunError, match=r"(?s)cluster is lost.*no worker for 1 seconds; see that.*what was made stays"),
        workers(1, bare.address) as pool,
    ):
        for _ in pool.each(partial(begin_and_stay, tmp_path), range(5), killed):
            for worker in bare.workers():
                os.kill(worker, signal.SIGKILL)
    with pytest.raises(RunError, match="has no workers"), workers(1, bare.address):
        pass


def test_a_cluster_whose_scheduler_dies_is_lost(bare: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reached, "REACHED", 1)
    with pytest.raises(RunError, match="cluster is lost"), workers(1, bare.address) as pool:
        for _ in pool.each(partial(begin_and_stay, tmp_path), range(5), killed):
            bare.scheduler.kill()
    with pytest.raises(RunError, match=r"(?s)cannot be reached.*dask scheduler"), workers(1, bare.address):
        pass


def test_workers_of_another_kit_are_refused(dask: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "KINDS", ("toml",))
    state.digest_of_kit.cache_clear()
    try:
        with pytest.raises(RunError, match=r"(?s)another kit.*its code or a package differs.*start the workers anew"):
            workers(1, dask.address).__enter__()
    finally:
        monkeypatch.undo()
        state.digest_of_kit.cache_clear()


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="what each process sees for itself is needed")
def test_workers_that_do_not_see_the_folder_or_see_another_file_are_refused(
    dask: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file, own = tmp_path / "company.yaml", Path("/proc/self")
    file.write_text("version: 1\n", "utf-8")
    with workers(1, dask.address, Shared(file, (tmp_path,))):
        pass
    with pytest.raises(RunError, match=r"(?s)do not see the files.*No such file.*under the same path"):
        workers(1, dask.address, Shared(file, (own / "cwd",))).__enter__()
    with pytest.raises(RunError, match="environ is another file there"):
        workers(1, dask.address, Shared(own / "environ", (tmp_path,))).__enter__()
    assert [name.name for name in tmp_path.iterdir()] == ["company.yaml"]


def test_workers_that_would_use_another_ledger_are_refused(
    dask: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "company.yaml"
    file.write_text("version: 1\n", "utf-8")
    monkeypatch.setenv(VARIABLE, "postgresql://me:secret@there/ledger")
    with pytest.raises(RunError, match=f"(?s)do not use this ledger.*{VARIABLE} is not the one") as caught:
        workers(1, dask.address, Shared(file, (tmp_path,))).__enter__()
    assert len(caught.value.faults) == 2 and "secret" not in str(caught.value)
    monkeypatch.undo()
    monkeypatch.setattr(platform, "node", lambda: "elsewhere")
    with pytest.raises(RunError, match=r"(?s)on one machine only, elsewhere.*PostgreSQL"):
        workers(1, dask.address, Shared(file, (tmp_path,))).__enter__()


@pytest.mark.parametrize("address", ["localhost", "localhost:8786", "foo://bar:1", "tcp://host", "tcp://a b:1", ""])
def test_what_is_no_address_is_refused_before_dask_tries_it(address: str) -> None:
    with pytest.raises(ParamError, match="the scheduler's address, as tcp://host:8786"):
        workers(1, address).__enter__()
