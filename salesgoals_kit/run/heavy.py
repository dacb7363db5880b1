"""The far side of a warm kernel: what the fork server imports, and the life of a kernel that is forked from it.

The server imports and does nothing else. Importing this module anywhere but in the server imports nothing heavy; run as
a program it is the plain kernel, with the same limits and seeds, for where fork is not to be had.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import process, util
from typing import Any

from salesgoals_kit.files import private_folder
from salesgoals_kit.run.lean import lean_imports
from salesgoals_kit.run.serving import serve
from salesgoals_kit.state import digest_of_kit

GUESTS = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "IPython", "IPython.core.completer",
    "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.magics", "IPython.core.oinspect",
    "IPython.core.pylabtools", "IPython.extensions.storemagic", "pdb", "psutil", "tornado.platform.asyncio", "comm",
    "zmq.eventloop.zmqstream", "tornado.ioloop", "uuid",
    "pandas", "numpy.random", "duckdb", "narwhals", "pyarrow.parquet", "matplotlib.pyplot",
    "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "seaborn", "prophet", "prophet.models",
    "cmdstanpy", "statsforecast.models", "scipy.stats", "sqlalchemy", "sqlalchemy.dialects.sqlite",
    "holidays", "babel.dates", "babel.numbers", "jinja2", "pydantic", "openpyxl",
)  # fmt: skip
WORKERS_GUESTS = ("papermill", "nbclient", "nbformat", "nbconvert.exporters")
OURS = (
    "run.work", "run.kernel", "run.execute", "run.fill", "run.trying", "goals.agreement", "goals.board",
    "kpis.baseline", "kpis.drivers", "kpis.makeup", "kpis.needs", "run.reviewing", "report.gaps",
    "report.blocks", "report.made", "report.setting", "report.normal", "report.outcome",
    "report.evidence", "report.chances", "report.binds", "report.carriers", "report.considered", "report.leading",
    "report.phases", "report.reppages", "report.weekly", "report.yardsticks", "report.attained", "report.forecasts",
)  # fmt: skip
SPARING = {  # no pools of threads, and no gigabyte set aside that would count against a report's memory
    "OPENBLAS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MIMALLOC_ARENA_RESERVE": "65536",
}
READ_AT_START = ("PYTHON", "LD_", "DYLD_", "LC_", "LANG", "HOME", "MPLCONFIG", "MATPLOTLIB", "OMP_", "MKL_", "NUMEXPR_")
SENTINEL = "SALESGOALS_SENTINEL"  # the pipe a plain kernel watches that was to be a forked one

loaded = False
path: list[str] = []
set_by_imports: dict[str, str] = {}


def load() -> None:
    """Import everything, in the server: no thread, no socket and no word on the screen comes of it."""
    global loaded
    starter = os.getppid()
    _hear_no_terminal()
    path[:] = sys.path[:] = _interpreters_path()
    with _quietly(), lean_imports(), private_folder() as passing:
        tempfile.tempdir = str(passing)  # whenever this is killed, what imports put there is known by its name
        for name in (*GUESTS, *WORKERS_GUESTS, *(f"salesgoals_kit.{room}" for room in OURS)):
            if os.getppid() != starter:  # it had nothing to do for the server, and is gone
                shutil.rmtree(passing, ignore_errors=True)
                os._exit(0)
            with suppress(ImportError):  # an optional guest; who needs it will say so
                importlib.import_module(name)
        tempfile.tempdir = None
    digest_of_kit()  # of the code that was imported: a kernel may be forked when the files are a later kit's
    _own_folder()
    os.register_at_fork(after_in_child=_own_folder)
    gc.collect()
    gc.freeze()  # collecting would write to pages that all kernels share
    loaded = True
    atexit.register(_leave, os.getpid())


def _hear_no_terminal() -> None:
    """Leave Ctrl-C to who started the server, with all that is forked from it: it was deaf to it until now."""
    with suppress(OSError):
        os.setpgrp()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, before)


def _leave(server: int) -> None:
    """End the server before its modules are taken apart: one would list on the screen what it has not let go of."""
    if os.getpid() == server:
        util._exit_function()  # type: ignore[attr-defined]
        os._exit(0)


def _own_folder() -> None:
    """Give this process a folder of its own for what Stan reads and writes; a fork's would be the server's.

    It goes when the process ends, or by its name when a run looks for what the dead have left.
    """
    folders = {module for name, module in sys.modules.items() if name.split(".")[0] == "cmdstanpy"}
    held: list[Any] = [module for module in folders if hasattr(module, "_TMPDIR")]
    own = tempfile.mkdtemp(prefix=f"sg-{os.getpid()}-") if held else ""
    for module in held:
        module._TMPDIR = own
    util.Finalize(None, shutil.rmtree, (own, True), exitpriority=0)


def _interpreters_path() -> list[str]:
    """Return where an interpreter looks for modules that was started from nowhere, by nobody's script."""
    code = "import json, sys; print(json.dumps(sys.path))"
    told = subprocess.run([sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return [place for place in json.loads(told.stdout) if place]


@contextmanager
def _quietly() -> Iterator[None]:
    """Let imports start no pools of threads and keep their remarks (plotly is not installed) to themselves."""
    before = dict(os.environ)
    os.environ.update(SPARING)
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        set_by_imports.update((name, value) for name, value in os.environ.items() if name not in {*before, *SPARING})
        _become(before)


@dataclass(frozen=True)
class Birth:
    """All that a kernel is told by the process that starts it; its streams come as file descriptors."""

    command: tuple[str, ...]
    env: dict[str, str]
    folder: str

    def _bootstrap(self, sentinel: int) -> int:
        """Live as a kernel; the name is the one that multiprocessing calls in a process that it has forked."""
        os.setsid()
        _leave_server()
        os.chdir(self.folder)
        if not loaded or _starts_differently(os.environ, self.env) or self.command[1:3] != ("-m", __name__):
            self._live_plainly(sentinel)
        _become({**set_by_imports, **self.env})
        time.tzset()
        sys.path[:] = path
        sys.argv = [__file__, *self.command[3:]]
        sys.__stdin__ = sys.stdin  # type: ignore[misc, assignment]
        _watch(sentinel)
        return _to_the_end(list(self.command[3:]))

    def _live_plainly(self, sentinel: int) -> None:
        """Become another program: the server was not ours, or what an interpreter reads at its start is different."""
        os.set_inheritable(sentinel, True)
        os.execvpe(self.command[0], self.command, {**self.env, SENTINEL: str(sentinel)})


def _starts_differently(server: Mapping[str, str], kernel: Mapping[str, str]) -> bool:
    read = {name for name in {*server, *kernel} if name.startswith(READ_AT_START)}
    return any(server.get(name) != kernel.get(name) for name in read)


def _leave_server() -> None:
    """Close what ties this process to the server and make multiprocessing as it is in a fresh interpreter."""
    from multiprocessing import forkserver, resource_tracker

    server: Any = forkserver._forkserver
    tracker: Any = resource_tracker._resource_tracker
    for stream, given in zip((1, 2), server.get_inherited_fds(), strict=True):
        os.dup2(given, stream)
        os.close(given)
    for held in (server._forkserver_alive_fd, tracker._fd):
        os.close(held)
    tracker._fd = None
    server.__init__()
    util._finalizer_registry.clear()  # type: ignore[attr-defined]
    util._run_after_forkers()  # type: ignore[attr-defined]
    process.current_process().authkey = os.urandom(32)
    atexit.register(weakref.finalize._exitfunc)  # type: ignore[attr-defined]  # Python 3.14 forgets it in a fork


def _become(env: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(env)


def _watch(sentinel: int) -> None:
    threading.Thread(target=_end_with, args=(sentinel, os.getppid()), name="sentinel", daemon=True).start()


def _end_with(sentinel: int, server: int) -> None:
    """Wait until who started this kernel, or the server it came from, is gone; then end it and its children."""
    while os.getppid() == server and not select.select([sentinel], [], [], 1.0)[0]:
        pass
    os.killpg(0, signal.SIGKILL)


def _to_the_end(arguments: list[str]) -> int:
    """Run the kernel and do what an interpreter does on its way out, which a forked process is not given."""
    code = 0
    try:
        serve(arguments, parent_handle=1)  # 1: a parent that never goes; ours is watched already
    except SystemExit as asked:
        code = asked.code if isinstance(asked.code, int) else int(asked.code is not None)
    finally:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
    return code


def main() -> None:
    """Be the plain kernel."""
    if sys.path[0] in ("", os.getcwd()):  # noqa: PTH109
        del sys.path[0]  # nothing of the folder stands in for a module; IPython looks there again, but last
    sentinel = os.environ.pop(SENTINEL, None)
    if sentinel is None:
        serve(sys.argv[1:])
        return
    os.set_inheritable(int(sentinel), False)
    _watch(int(sentinel))
    serve(sys.argv[1:], parent_handle=1)


def _in_server() -> bool:
    """Whether this process is the fork server of these kernels, and no other's, by the command it was started with."""
    told = sys.orig_argv[-1]
    return sys.argv[:1] == ["-c"] and "multiprocessing.forkserver import main" in told and repr([__name__]) in told


if __name__ == "__main__":
    main()
elif _in_server():
    load()
