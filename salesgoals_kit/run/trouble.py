"""What the system refuses on the way, a full disk above all: said once, and the run ends where it stands."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from salesgoals_kit.errors import Fault, RunStopped

FULL = ("No space left on device", "database or disk is full", "Disk quota exceeded")
VAGUE = "disk I/O error"
A_PAGE_OR_TWO = 1 << 16  # bytes


def is_full(said: str, folder: Path) -> bool:
    """Whether an error says that a disk is full; from a notebook there are only its words.

    SQLite says only that it could not write where it was the folder's disk that had no room left.
    """
    if VAGUE in said:
        with suppress(OSError):
            return shutil.disk_usage(folder).free < A_PAGE_OR_TWO
    return any(words in said for words in FULL)


def full(where: str, said: str) -> RunStopped:
    """Return the error that ends a run whose disk is full."""
    todo = "make room, and run the same again: what is made already stays"
    fault = Fault(where, " ".join(said.split()), "room for the reports and the store", todo)
    return RunStopped("The disk is full.", [fault])


@contextmanager
def plainly(folder: Path) -> Iterator[None]:
    """Turn what the system says in the block into one message without a traceback."""
    try:
        yield
    except OSError as error:
        where, said = str(error.filename or folder), str(error.strerror or error)
        if is_full(said, folder):
            raise full(where, said) from None
        todo = "mend it, and run the same again: what is made already stays"
        raise RunStopped("The run cannot go on.", [Fault(where, said, todo=todo)]) from None
