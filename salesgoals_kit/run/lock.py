"""One run at a time for a company's period: whoever comes second waits, or is told who holds it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from salesgoals_kit.errors import Fault, ParamError, RunError
from salesgoals_kit.files import whole

LOCK, HOLDER = ".lock", ".holder.json"


@contextmanager
def alone(folder: Path, what: str, wait: float) -> Iterator[None]:
    """Hold a folder's lock. The system lets go of it when the process ends, however it ends.

    Raises RunError that says who holds it where it is not free within ``wait`` seconds, ParamError where the folder
    cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        lock.acquire(timeout=wait)
    except Timeout:
        todo = "wait for it to end, or let this run wait with --wait MINUTES"
        raise RunError("Another run is at it.", [Fault(str(folder), _holder(folder), todo=todo)]) from None
    except OSError as error:
        fault = Fault(str(folder), str(error.strerror or error), "a folder that can be written to")
        raise ParamError("The reports cannot be written.", [fault]) from None
    try:
        with suppress(OSError):  # a courtesy
            _say_who(folder, what)
        yield
    finally:
        with suppress(OSError):
            (folder / HOLDER).unlink(missing_ok=True)
        lock.release()


def _say_who(folder: Path, what: str) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    record = {"what": what, "process": os.getpid(), "machine": platform.node(), "since": since}
    with whole(folder / HOLDER) as unfinished:
        unfinished.write_text(json.dumps(record), "utf-8")


def _holder(folder: Path) -> str:
    try:
        record = json.loads((folder / HOLDER).read_text("utf-8"))
        return "{what}, process {process} on {machine}, since {since}".format(**record)
    except (OSError, ValueError, KeyError, TypeError):
        return "it is held by another process"
