"""One run at a time for a company's period: whoever comes second waits, or is told who holds it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from salesgoals_kit.errors import Fault, ParamError, RunError
from salesgoals_kit.files import whole

LOCK, HOLDER = ".lock", ".holder.json"


class Busy(RunError):
    """Another run is at it; ``since`` is when that began, None where it has not said so."""

    def __init__(self, fault: Fault, since: datetime | None) -> None:
        self.since = since
        super().__init__("Another run is at it.", [fault])


@contextmanager
def alone(folder: Path, what: str, wait: float, tell: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold a folder's lock. The system lets go of it when the process ends, however it ends.

    Raises Busy, which says who holds it, where it is not free within ``wait`` seconds, ParamError where the folder
    cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if not wait:
                raise
            if tell is not None:
                tell(f"waiting for {_holder(folder)[0]}")
            lock.acquire(timeout=wait)
    except Timeout:
        todo = "wait for it to end, or let this run wait with --wait MINUTES"
        who, since = _holder(folder)
        raise Busy(Fault(str(folder), who, todo=todo), since) from None
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


def _holder(folder: Path) -> tuple[str, datetime | None]:
    try:
        record = json.loads((folder / HOLDER).read_text("utf-8"))
        told = "{what}, process {process} on {machine}, since {since}".format(**record)
        return told, datetime.fromisoformat(record["since"]).astimezone(UTC)
    except (OSError, ValueError, KeyError, TypeError):
        return "it is held by another process", None
