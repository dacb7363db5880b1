"""Warm kernels, real ones: what runs on them, what gets from one into another, and what dies with what."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import papermill
import psutil
import pytest
from jupyter_client.manager import AsyncKernelManager, KernelManager

from salesgoals_kit.files import sweep_private
from salesgoals_kit.run import kernel
from salesgoals_kit.run import server as fork_server
from salesgoals_kit.run.execute import _transport

pytestmark = pytest.mark.skipif(
    not fork_server.available(), reason="a fork server is needed: there is none on this system"
)

FIGURE = """
import locale, os, signal, sys, threading
print(__name__, sys.path, sys.argv[0], sys.flags, locale.setlocale(locale.LC_ALL), os.getcwd())
print([signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)])
print(sorted({*os.environ} - {"KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"}))  # an import's
print(os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid())
print(sys.stdin.read(), sys.getrecursionlimit(), sorted({"0", "1", "2"} & {*os.listdir("/proc/self/fd")}))
import random, numpy as np, pandas as pd, matplotlib.pyplot as plt
print(random.random(), np.random.normal(), pd.get_option("display.max_rows"))
figure, axes = plt.subplots()
_ = axes.plot(pd.date_range("2025-01-01", periods=30), np.random.normal(size=30).cumsum())
"""
STAIN = """
import builtins, decimal, locale, os, random, sys, types, warnings, logging, tempfile, pathlib
import numpy, pandas, matplotlib, duckdb
secret = builtins.secret = "West"
sys.modules["stained"] = types.ModuleType("stained")
pandas.DataFrame.sum = lambda self: "stained"
pandas.set_option("display.max_rows", 3)
pandas.secret = pandas.DataFrame({"team": ["West"]})
random.seed(1); numpy.random.seed(1); numpy.seterr(all="raise")
os.environ["STAIN"] = "West"; sys.path.insert(0, "/stain"); sys.argv.append("stain")
os.chdir("/"); os.umask(0o077); locale.setlocale(locale.LC_ALL, "C")
matplotlib.rcParams["font.size"] = 40; warnings.simplefilter("error"); decimal.getcontext().prec = 3
logging.getLogger().addHandler(logging.StreamHandler()); logging.getLogger("prophet").setLevel(1)
duckdb.sql("create table secret as select 'West' as team")
stained_file = pathlib.Path(tempfile.gettempdir(), "stain.txt")
"""
LOOK = """
import builtins, decimal, locale, os, random, sys, tempfile, warnings, logging
import numpy, pandas, matplotlib, duckdb, IPython
found = dict(
    own="secret" in globals(), builtin=hasattr(builtins, "secret"), module="stained" in sys.modules,
    method=str(pandas.DataFrame({"a": [1]}).sum()), option=pandas.get_option("display.max_rows"),
    frame=hasattr(pandas, "secret"), err=numpy.geterr(), env=os.environ.get("STAIN"), path="/stain" in sys.path,
    argv=sys.argv[2:-1], cwd=os.getcwd(), umask=oct(os.umask(0o022)), locale=locale.setlocale(locale.LC_ALL),
    size=matplotlib.rcParams["font.size"], backend=matplotlib.get_backend(), digits=decimal.getcontext().prec,
    strict=("error", None, Warning, None, 0) in warnings.filters, root=len(logging.getLogger().handlers),
    prophet=logging.getLogger("prophet").level, tables=duckdb.sql("show tables").fetchall(),
    cells=[cell for *_, cell in get_ipython().history_manager.search("*builtins" + ".secret =*")],
)
print(found)
"""
PIDS = """
import os, subprocess
print(os.getppid(), os.getpid(), subprocess.Popen(["sleep", "600"]).pid)
"""
STARTER = f"""
import sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="salesgoals")
told = []
client.execute_interactive({PIDS!r}, output_hook=lambda m: told.append(m["content"].get("text", "")))
"""
SERVER = """
import asyncio, gc, logging, random, sys, threading, os
gc.unfreeze()
import pandas, numpy, duckdb, zmq, matplotlib.pyplot, cmdstanpy
from traitlets.config import SingletonConfigurable
of = lambda kind: [thing for thing in gc.get_objects() if isinstance(thing, kind)]
pool = len([t for t in threading.enumerate()])
found = dict(
    frames=len([frame for frame in of(pandas.DataFrame) if list(frame) != ["unique_id", "ds", "y"]]), databases=len(of(duckdb.DuckDBPyConnection)), contexts=len(of(zmq.Context)),
    loops=len(of(asyncio.AbstractEventLoop)), backend=matplotlib.pyplot._backend_mod, ours=len(of(SingletonConfigurable)),
    canvas="matplotlib_inline.backend_inline" in sys.modules,
    cmdstan=logging.getLogger("cmdstanpy").handlers, here="" in sys.path,
)
"""  # noqa: E501


def in_worker(code: str) -> str:
    """Return how to `eval` the code in a worker and have its `found`."""
    return f"(lambda names: (exec({code!r}, names), names['found'])[1])({{}})"


def says(manager: KernelManager, code: str) -> str:
    client = manager.client()
    client.start_channels()
    told: list[str] = []
    try:
        client.wait_for_ready(timeout=60)
        client.execute_interactive(code, timeout=60, output_hook=lambda message: told.append(words(message["content"])))
    finally:
        client.stop_channels()
    return "".join(told)


def words(content: dict[str, Any]) -> str:
    return str(content.get("text") or content.get("evalue") or "")


@contextmanager
def started(name: str = kernel.NAME, **how: Any) -> Iterator[KernelManager]:
    manager = KernelManager(kernel_name=name)
    manager.start_kernel(**how)
    try:
        yield manager
    finally:
        manager.shutdown_kernel(now=True)


def book(*cells: str) -> Any:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])  # type: ignore[no-untyped-call]
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return made


def outputs(executed: Any) -> list[Any]:
    return [output for cell in executed.cells for output in cell.outputs]


def run_figure() -> Any:
    client = nbclient.NotebookClient(book(FIGURE), kernel_name="salesgoals", coalesce_streams=True)
    return outputs(client.execute())


def is_warm(manager: KernelManager) -> bool:
    return isinstance(getattr(manager.provisioner, "process", None), kernel.Forked)


def waited(is_so: Callable[[], bool], seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while not (so := is_so()) and time.monotonic() < until:
        time.sleep(0.05)
    return so


def gone(*pids: int) -> bool:
    """Whether all of them are, within five seconds."""
    return waited(lambda: not any(lives(pid) for pid in pids))


def lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_its_name_is_found() -> None:
    assert kernel.kernel_name() == "salesgoals"


def test_papermill_runs_on_it_through_sockets_in_a_private_folder(tmp_path: Path) -> None:
    source, target = tmp_path / "in.ipynb", tmp_path / "out.ipynb"
    asking = book("import os; print(os.getcwd(), __name__, __import__('__main__').__dict__ is globals())")
    nbformat.write(asking, source)  # type: ignore[no-untyped-call]
    with tempfile.TemporaryDirectory(prefix="sg-") as private:
        done = papermill.execute_notebook(
            str(source), str(target), kernel_name="salesgoals", cwd=str(tmp_path), progress_bar=False,
            config=_transport(Path(private)),
        )  # fmt: skip
    assert outputs(done)[0].text == f"{tmp_path} __main__ True\n"


def test_a_warm_kernel_shows_what_a_plain_one_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same text, the same random numbers under a seed, the same picture to the last byte."""
    monkeypatch.setenv("SALESGOALS_SEED", "7")
    warm = run_figure()
    monkeypatch.setattr(kernel, "available", lambda: False)
    plain = run_figure()
    assert "image/png" in warm[-1].data
    assert warm == plain


def test_nothing_leaks_into_the_next(tmp_path: Path) -> None:
    with started(cwd=str(tmp_path)) as clean:
        before = says(clean, LOOK)
        with started(cwd=str(tmp_path)) as first:
            assert says(first, STAIN) == ""
            assert says(clean, LOOK) == before  # beside it
        with started(cwd=str(tmp_path)) as second:
            assert says(second, LOOK) == before  # after it
            assert "'own': False" in before
    assert list(tmp_path.iterdir()) == []


def test_each_has_its_own_chance_or_the_one_it_is_told() -> None:
    draw = "import random, numpy; print(random.random(), numpy.random.random())"
    told = {**os.environ, "SALESGOALS_SEED": "1"}
    with started() as one, started() as other, started(env=told) as third, started(env=told) as fourth:
        assert says(one, draw) != says(other, draw)
        assert says(third, draw) == says(fourth, draw)


def test_it_gets_the_environment_it_is_given_and_no_other() -> None:
    env = {"PATH": os.environ["PATH"], "TZ": "Asia/Tokyo", "HOME": os.environ["HOME"]}
    env |= {name: value for name, value in os.environ.items() if name.startswith(("PYTHON", "LANG", "LC_", "LD_"))}
    with started(env=env) as manager:
        assert is_warm(manager)
        told = says(manager, "import os, time; print(sorted(os.environ), time.tzname[0])")
    added = {"JPY_PARENT_PID", "MPLBACKEND", "OPENBLAS_NUM_THREADS", "PYDEVD_USE_FRAME_EVAL", "CLICOLOR"}
    added |= {"CLICOLOR_FORCE", "FORCE_COLOR", "GIT_PAGER", "PAGER", "TERM"}
    added |= {"KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"}  # imports set them
    names = set(eval(told.rsplit(" ", 1)[0]))
    assert told.endswith("JST\n")
    assert names <= set(env) | added


def test_what_an_interpreter_reads_at_its_start_makes_a_plain_kernel_that_dies_the_same() -> None:
    with started(env={**os.environ, "PYTHONHASHSEED": "3"}) as manager:
        told = says(manager, "import sys; print('prophet' in sys.modules, sys.flags.hash_randomization)" + PIDS)
        assert told.startswith("False 1")
        _, own, child = map(int, told.split()[2:])
        os.close(manager.provisioner.process._lifeline)  # type: ignore[union-attr]
        assert gone(own, child)
        manager.provisioner.process._lifeline = os.open(os.devnull, os.O_RDONLY)  # type: ignore[union-attr]


@pytest.mark.parametrize("greed", ["import numpy; x = numpy.ones(2**30)", "while True: x.append(bytearray(2**20))"])
def test_a_greedy_cell_fails_alone_and_says_so(greed: str) -> None:
    env = {**os.environ, "SALESGOALS_REPORT_MEMORY": str(2**30)}
    client = nbclient.NotebookClient(book("x = []", greed, "print(1)"), kernel_name="salesgoals", allow_errors=True)
    refused, after = outputs(client.execute(env=env))
    assert "MemoryError" in refused.ename
    assert after.text == "1\n"


def test_jupyterlab_can_interrupt_restart_and_stop_it() -> None:
    async def session() -> None:
        manager = AsyncKernelManager(kernel_name="salesgoals")
        await manager.start_kernel()
        first = manager.provisioner.pid  # type: ignore[union-attr]
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=30)
        asked = client.execute("import time; time.sleep(60)")
        await asyncio.sleep(0.3)
        await manager.interrupt_kernel()
        reply = await client.get_shell_msg(timeout=10)
        assert reply["parent_header"]["msg_id"] == asked
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        await manager.restart_kernel()
        await client.wait_for_ready(timeout=30)
        second = manager.provisioner.pid  # type: ignore[union-attr]
        assert first != second
        assert gone(first)
        client.stop_channels()
        await manager.shutdown_kernel()
        assert not await manager.is_alive()
        assert gone(second)

    asyncio.run(session())


def test_the_server_holds_imports_and_nothing_else() -> None:
    with started() as manager:
        assert is_warm(manager)
    server = psutil.Process(fork_server.the_server()._forkserver_pid)
    assert server.num_threads() == 1
    assert len(server.net_connections("inet")) == 0
    open_files = [str(place.readlink()) for place in Path(f"/proc/{server.pid}/fd").iterdir()]
    assert sum(name.startswith("socket:") for name in open_files) == 1  # where it is asked to fork
    with ProcessPoolExecutor(1, mp_context=fork_server.context()) as pool:
        found = pool.submit(eval, in_worker(SERVER)).result()
    assert not {what: amount for what, amount in found.items() if amount}


def test_a_kernel_knows_which_kit_it_runs_before_its_files_may_be_anothers() -> None:
    with started() as manager:
        assert is_warm(manager)
        code = "from salesgoals_kit.state import digest_of_kit; print(digest_of_kit.cache_info().currsize)"
        assert says(manager, code) == "1\n"


def test_a_worker_and_its_kernel_come_from_one_server() -> None:
    with started():
        server = fork_server.the_server()._forkserver_pid
    code = f"import os\n{STARTER}\nmanager.shutdown_kernel()\nfound = (os.getppid(), told)"
    with ProcessPoolExecutor(1, mp_context=fork_server.context(), initializer=fork_server.die_with_parent) as pool:
        parent, told = pool.submit(eval, in_worker(code)).result()
    assert parent == server == int("".join(told).split()[0])


@pytest.mark.parametrize("daemon", [True, False])
def test_a_kernel_dies_with_its_starter(daemon: bool, tmp_path: Path) -> None:
    """A daemonic one too, as a Dask worker is: multiprocessing allows it no children, but kernels it may have."""
    note = tmp_path / "pids"
    code = f"{STARTER}\nimport time, pathlib\npathlib.Path({str(note)!r}).write_text(''.join(told))\ntime.sleep(600)"
    starter = fork_server.context().Process(target=exec, args=(code, {}), daemon=daemon)  # type: ignore[attr-defined]
    starter.start()
    pids = read_pids(note)
    starter.kill()
    starter.join()
    assert gone(*pids[1:])


def read_pids(note: Path) -> list[int]:
    assert waited(lambda: note.exists() and len(note.read_text("utf-8").split()) == 3, 90)
    return [int(pid) for pid in note.read_text("utf-8").split()]


def test_nothing_outlives_a_killed_runner(tmp_path: Path) -> None:
    """Neither the server, nor the worker, nor its kernel, nor what that started; and no __main__ is run again."""
    note, script = tmp_path / "pids", tmp_path / "runner.py"
    job = f"{STARTER}\nimport time, pathlib\npathlib.Path({str(note)!r}).write_text(''.join(told))\ntime.sleep(600)"
    script.write_text(
        f"open({str(tmp_path / 'mains')!r}, 'a').write(__name__ + chr(10))\n"
        "from concurrent.futures import ProcessPoolExecutor\nfrom salesgoals_kit.run import server as fork_server\n"
        "if __name__ == '__main__':\n    fork_server.warm()\n"
        "    with ProcessPoolExecutor(1, mp_context=fork_server.context(), initializer=fork_server.die_with_parent,\n"
        "                             initargs=(fork_server.server_key(),)) as pool:\n"
        f"        pool.submit(exec, {job!r}, {{}}).result()\n",
        "utf-8",
    )
    runner = subprocess.Popen([sys.executable, str(script)], cwd=tmp_path, stderr=subprocess.DEVNULL)
    pids = read_pids(note)
    family = [child.pid for child in psutil.Process(runner.pid).children(recursive=True)]
    assert set(pids) <= set(family)
    runner.kill()
    runner.wait()
    assert gone(*pids, *family)
    assert (tmp_path / "mains").read_text("utf-8").split() == ["__main__", "__mp_main__"]  # the worker's, not kernels'


def test_anothers_server_gives_plain_kernels(tmp_path: Path) -> None:
    """A script that forked from a server of its own before, one that has run the script's __main__, leaks nothing."""
    script = tmp_path / "script.py"
    script.write_text(
        "import multiprocessing, sys\nsys.modules['secret'] = sys\n"
        "if __name__ == '__main__':\n    one = multiprocessing.get_context('forkserver').Process(target=print)\n"
        "    one.start()\n    one.join()\n"
        "    from jupyter_client.manager import start_new_kernel\n"
        "    manager, client = start_new_kernel(kernel_name='salesgoals')\n"
        "    client.execute_interactive(\"import sys; print('secret' in sys.modules, 'prophet' in sys.modules)\")\n"
        "    manager.shutdown_kernel()\n",
        "utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_a_killed_kernel_is_its_own_failure() -> None:
    with started() as manager, started() as other:
        _, own, child = map(int, says(manager, PIDS).split())
        os.kill(own, signal.SIGKILL)
        assert gone(own)
        assert waited(lambda: not manager.is_alive())
        assert says(other, "print(1)") == "1\n"
        os.kill(child, signal.SIGKILL)


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder for what is passing whose path is not too long for a socket's."""
    with tempfile.TemporaryDirectory(prefix="sgt-", ignore_cleanup_errors=True) as place:
        yield Path(place)


@pytest.mark.parametrize("killed", [False, True])
def test_a_server_that_ends_while_it_imports_leaves_nothing(
    short: Path, monkeypatch: pytest.MonkeyPatch, *, killed: bool
) -> None:
    """Stan's interface makes a folder when it is imported; the starter is gone, or the server killed, just then."""
    script = (
        "import os, pathlib, sys, time; from salesgoals_kit.run.server import the_server, warm; warm()\n"
        "while not list(pathlib.Path(sys.argv[1]).rglob('tmp*')): time.sleep(0.001)\n"
        "if len(sys.argv) > 2: os.kill(the_server()._forkserver_pid, 9)"
    )
    words = [sys.executable, "-c", script, str(short), *(["killed"] if killed else [])]
    subprocess.run(words, env={**os.environ, "TMPDIR": str(short)}, check=True, timeout=60)
    monkeypatch.setattr(tempfile, "tempdir", str(short))
    for _ in range(200):
        if killed:
            sweep_private()
        if not (left := list(short.iterdir())):
            break
        time.sleep(0.05)
    assert left == []


def test_a_killed_server_takes_its_kernels_and_is_replaced(tmp_path: Path) -> None:
    """A worker that came from it gets a new one too. This test is the last: the next kernel pays for the imports."""
    note = tmp_path / "pids"
    code = (
        "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(0.2)\n"
        f"{STARTER}\nimport pathlib\npathlib.Path({str(note)!r}).write_text(''.join(told))\nmanager.shutdown_kernel()"
    )
    with started() as manager:
        server, own, child = map(int, says(manager, PIDS).split())
        worker = fork_server.context().Process(target=exec, args=(code, {}))  # type: ignore[attr-defined]
        worker.start()
        assert gone(own, child)
        assert waited(lambda: not manager.is_alive())
    with started() as manager:
        assert is_warm(manager)
        ours, theirs = int(says(manager, PIDS).split()[0]), read_pids(note)
        assert len({server, ours, theirs[0]}) == 3
    worker.join()
    assert gone(*theirs)
