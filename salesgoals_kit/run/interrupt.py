"""Ctrl-C, and the system's wish that a process end: a run ends at once, but never between two files of a report."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """Somebody wants the process to end. It is no Exception, so that no report takes it for its own failure."""

    def __init__(self, signum: int) -> None:
        self.code = 128 + signum
        self.reached = ""  # how far a run had come
        self.todo = "run the same again to go on"
        super().__init__(signum)

    def __str__(self) -> str:
        return f"Interrupted{self.reached}; {self.todo}."


_raised: list[Interrupted] = []


@contextmanager
def heeding() -> Iterator[None]:
    """Let the first signal raise Interrupted in the main thread; a second one ends the process where it stands.

    What a library makes of it is Interrupted all the same: DuckDB ends a query with a RuntimeError of its own.
    """
    for wanted in SIGNALS:
        signal.signal(wanted, _raise)
    try:
        yield
    except (Exception, KeyboardInterrupt):
        if _raised:
            raise _raised[0] from None
        raise


def _raise(signum: int, frame: FrameType | None) -> None:
    for wanted in SIGNALS:
        signal.signal(wanted, signal.SIG_DFL)
    _raised.append(Interrupted(signum))
    raise _raised[0]


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off what signals ask for until the block has ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {wanted: signal.signal(wanted, lambda signum, _: came.append(signum)) for wanted in SIGNALS}
    try:
        yield
    finally:
        for wanted, handler in before.items():
            signal.signal(wanted, handler)
    for signum in came[:1]:
        signal.raise_signal(signum)
