"""What is going on: a bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# (done so far, of how many, what was just finished); of 0 while it is not known of how many
Show = Callable[[int, int, str], None]


@contextmanager
def progress() -> Iterator[Show]:
    """Give a function that shows progress: on a terminal a bar on stderr, otherwise one plain line a report."""
    if not sys.stderr.isatty():
        yield _plain
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("starting", total=None)

        def show(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total or None, description=what)

        yield show


def _plain(done: int, total: int, what: str) -> None:
    counted = f"{done}/{total}" if total else "..."
    print(f"[{counted}] {what}", file=sys.stderr, flush=True)
