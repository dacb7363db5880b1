"""A running Dask cluster: it is reached, its workers have this kit and see the run's files, and it may be lost."""

from __future__ import annotations

import hashlib
import platform
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar, cast

from salesgoals_kit.errors import Fault, ParamError, RunError
from salesgoals_kit.files import passing, sweep_private
from salesgoals_kit.state import digest_of_kit
from salesgoals_kit.store.engine import VARIABLE, mark

T = TypeVar("T")
R = TypeVar("R")
PATIENCE = 60.0  # seconds for which a cluster may be without workers: a nanny starts another
REACHED = 10  # seconds to wait for the scheduler's answer
ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx)://([^\s/:\[\]]+|\[[0-9a-fA-F:.%]+\]):\d{1,5}/?")
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Shared:
    """What the workers must see as the runner does: the company file, and the folders that they write to."""

    file: Path
    folders: tuple[Path, ...]


@contextmanager
def connected(address: str, shared: Shared | None) -> Iterator[Any]:
    """Give a client of the cluster, whose workers have been found fit."""
    try:
        from distributed import Client
    except ImportError:
        fault = Fault("--cluster", "Dask is not installed", todo="pip install 'salesgoals-kit[cluster]'")
        raise ParamError("The cluster cannot be used.", [fault]) from None
    if not ADDRESS.fullmatch(address):  # Dask would try for long, and tell of it on the screen
        fault = Fault("--cluster", repr(address), "the scheduler's address, as tcp://host:8786")
        raise ParamError("The cluster cannot be used.", [fault])
    try:
        client = Client(address, timeout=REACHED, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        todo = "start it with `dask scheduler` and `dask worker`, and name it as tcp://host:8786"
        fault = Fault("--cluster", f"{address}: {' '.join(str(error).split())}", todo=todo)
        raise RunError("The cluster cannot be reached.", [fault]) from None
    with client:
        _same_kit(client)
        if shared is not None:
            _same_files(client, shared)
            _same_ledger(client)
        yield client


def lost(what: str) -> RunError:
    """Return the error of a cluster that went away."""
    todo = "see that the scheduler and its workers run, and run again: what was made stays"
    return RunError("The cluster is lost.", [Fault("--cluster", what, todo=todo)])


def without_workers(client: Any, address: str) -> Callable[[], None]:
    """Return a check that raises RunError when, called again and again, it has found no worker for long."""
    since: list[float] = []

    def check() -> None:
        try:
            found = client.nthreads()
        except Exception as error:
            raise lost(f"{address} does not answer: {type(error).__name__}") from None
        if found:
            since.clear()
            return
        since[:] = since or [time.monotonic()]
        if time.monotonic() - since[0] > PATIENCE:
            raise lost(f"{address} has had no worker for {PATIENCE:.0f} seconds")

    return check


def on_worker(do: Callable[[T], R], unwanted: Callable[[T], object] | None, kit: str, thing: T) -> R:
    """Do something in a cluster's worker, one at a time in its process, however many threads it has.

    A worker ends what it has begun even if nobody waits for it any more: the run was killed, or the scheduler took the
    worker for dead. Nothing is to be left of that. Raises RunError where the worker came later, with another kit.
    """
    if digest_of_kit() != kit:
        raise RunError(
            "A worker of the cluster has another kit.", [Fault(platform.node(), "its code or a package differs")]
        )
    with _ONE_AT_A_TIME:
        sweep_private()  # of kernels of this machine that were killed; the runner may be on another
        if not _wanted():
            return cast("R", None)  # for nobody
        found = do(thing)
        if unwanted is not None and not _wanted():
            unwanted(thing)
        return found


def _wanted() -> bool:
    """Whether anybody still waits for what this thread of a worker is at."""
    with suppress(Exception):  # Dask's own affairs: where they are other than known, the work counts as wanted
        from distributed import get_worker

        worker = get_worker()
        task = worker.state.tasks.get(worker.get_current_task())
        return task is not None and str(task.state) == "executing"
    return True


def _same_kit(client: Any) -> None:
    ours = version("salesgoals-kit")
    found: dict[str, str] = client.run(version, "salesgoals-kit", on_error="return")
    if not found:
        raise RunError("The cluster has no workers.", [Fault("--cluster", "no worker", todo="start some: dask worker")])
    _refuse({worker: theirs for worker, theirs in found.items() if theirs != ours}, f"{ours}, as here")
    states: dict[str, str] = client.run(digest_of_kit, on_error="return")
    others = {
        worker: f"{ours}, but its code or a package differs"
        for worker, theirs in states.items()
        if theirs != digest_of_kit()
    }
    _refuse(others, "what is installed here; install the same there, and start the workers anew")


def _refuse(others: Mapping[str, str], expected: str) -> None:
    if others:
        faults = [Fault(worker, f"has the kit {theirs}", expected) for worker, theirs in others.items()]
        raise RunError("The cluster's workers have another kit.", faults)


def _same_files(client: Any, shared: Shared) -> None:
    """Have every worker read what is written here, and write what is read here."""
    said = secrets.token_hex(8)
    digest = hashlib.sha256(shared.file.read_bytes()).hexdigest()
    faults: list[Fault] = []
    for folder in shared.folders:
        folder.mkdir(parents=True, exist_ok=True)
        with passing(folder / "asked") as asked:
            asked.write_text(said, "utf-8")
            told: dict[str, object] = client.run(see, shared.file, digest, asked, said, on_error="return")
            for worker, answer in told.items():
                found = _unseen(asked.with_name(answer) if isinstance(answer, str) else None, said, answer)
                faults += [Fault(worker, found)] if found else []
    if faults:
        todo = "give the workers the same folder under the same path, and the right to write to it"
        faults[-1] = replace(faults[-1], todo=todo)
        raise RunError("The cluster's workers do not see the files of this machine.", faults)


def _same_ledger(client: Any) -> None:
    """Have every worker's kernels read the ledger that is written here."""
    salt = secrets.token_hex(8)
    (ours, is_file), here = mark(salt), platform.node()
    told: dict[str, Any] = client.run(where_and_mark, salt, on_error="return")
    faults: list[Fault] = []
    for worker, answer in told.items():
        if isinstance(answer, Exception):
            faults.append(Fault(worker, " ".join(str(answer).split())))
        elif answer[1] != ours:
            faults.append(Fault(worker, f"its {VARIABLE} is not the one that is set here", todo="start it with that"))
        elif is_file and answer[0] != here:
            found = f"it is on {answer[0]}, and SQLite's file can be used on one machine only, {here}"
            faults.append(Fault(worker, found, todo=f"let {VARIABLE} name a PostgreSQL, here and there"))
    if faults:
        raise RunError("The cluster's workers do not use this ledger.", faults)


def where_and_mark(salt: str) -> tuple[str, str]:
    """Return on which machine this is, and which ledger it would use."""
    return platform.node(), mark(salt)[0]


def see(file: Path, digest: str, asked: Path, said: str) -> str:
    """Look in a worker for what the runner sees, and write an answer beside what was asked; return the answer's name.

    Raises OSError where something cannot be read or written, ValueError where it is something else.
    """
    if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
        raise ValueError(f"{file} is another file there")
    if asked.read_text("utf-8") != said:
        raise ValueError(f"{asked.parent} is another folder there")
    name = asked.name.replace(".asked.", f".answer-{secrets.token_hex(4)}.")
    asked.with_name(name).write_text(said, "utf-8")
    return name


def _unseen(answer: Path | None, said: str, told: object) -> str:
    """Return what is wrong with a worker's answer; nothing where it stands there."""
    if answer is None:
        return " ".join(str(told).split())
    try:
        return "" if answer.read_text("utf-8") == said else f"{answer.parent} is another folder there"
    except OSError:
        return f"what it writes to {answer.parent} does not arrive here"
    finally:
        answer.unlink(missing_ok=True)
