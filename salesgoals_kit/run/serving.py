"""Being a kernel, warm or plain: what a notebook finds in it is the same, its limits and its seeds are the report's."""

from __future__ import annotations

import importlib
import os
import random
import sys
from contextlib import suppress
from typing import Any

INLINE = "module://matplotlib_inline.backend_inline"
MEMORY = "SALESGOALS_REPORT_MEMORY"
ROOM_TO_SAY = 64 * 2**20
SEED = "SALESGOALS_SEED"


def serve(arguments: list[str], **traits: Any) -> None:
    """Be a kernel: warm or plain, what a notebook finds in it is the same."""
    from ipykernel.kernelapp import IPKernelApp

    of_report = MEMORY in os.environ  # not an analyst's: the run may have been started in a cell of one
    if of_report or ("JPY_SESSION_NAME" not in os.environ and not any("HistoryManager" in told for told in arguments)):
        arguments = [*arguments, "--HistoryManager.hist_file=:memory:"]  # no report reads another's cells
    os.environ["MPLBACKEND"] = os.environ.get("MPLBACKEND") or INLINE
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].rcParams["backend"] = os.environ["MPLBACKEND"]
    app: Any = IPKernelApp.instance(**traits)
    app.initialize(arguments)
    app.shell.enable_tips = False  # IPython draws one for every client that says hello, from the notebook's own dice
    if of_report:  # being interrupted at its end is nothing to tell on somebody's terminal
        app.log.setLevel("CRITICAL")
    _limit(app.shell, os.environ.get(MEMORY))
    _seed(os.environ.get(SEED))
    app.start()
    app.control_thread.join(1)  # it has a last word to send; ipykernel would close the way out before, and wait for it


def _limit(shell: Any, memory: str | None) -> None:
    """Let the kernel have so many bytes of data, its imports included, and a little more to say it was too few."""
    if not memory or os.name != "posix":
        return
    import resource

    most = resource.getrlimit(resource.RLIMIT_DATA)[1]
    asked, more = int(memory), int(memory) + ROOM_TO_SAY

    def tell(shell: Any, kind: Any, error: Any, trace: Any, tb_offset: int | None = None) -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (more, most))
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)

    with suppress(ValueError):  # the system's own limit is lower
        resource.setrlimit(resource.RLIMIT_DATA, (asked, most))
        shell.set_custom_exc((MemoryError,), tell)


def _seed(seed: str | None) -> None:
    """Seed the two generators that every module shares; without a seed each kernel has its own from the system."""
    random.seed(int(seed) if seed else None)
    if seed or "numpy" in sys.modules:
        numpy: Any = importlib.import_module("numpy")
        numpy.random.seed(int(seed) % 2**32 if seed else None)
