"""The clean process that kernels and the runner's workers are forked from: multiprocessing's fork server.

It imports `heavy` and does nothing else. Whoever was forked from it uses it too, and ends when it is gone.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from typing import Any

from salesgoals_kit.files import own_sockets

PRELOAD = ["salesgoals_kit.run.heavy"]


def available() -> bool:
    """Whether there are fork servers."""
    return "forkserver" in multiprocessing.get_all_start_methods()


def context() -> BaseContext:
    """Return the context in which workers are forked from the server that kernels come from."""
    if not available():
        return multiprocessing.get_context("spawn")
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(PRELOAD)
    _share_server()
    return forking


def warm() -> None:
    """Start the server, without waiting for it: it imports while other work goes on."""
    if available():
        context()
        own_sockets()
        resource_tracker.ensure_running()  # first, as it ends the deafness when it starts
        with _deaf():
            the_server().ensure_running()


def end_server() -> None:
    """End the server that this process has started, with all that is forked from it or was still to be."""
    server = the_server()
    if available() and server._forkserver_pid is not None:
        with suppress(ProcessLookupError):
            os.kill(server._forkserver_pid, signal.SIGKILL)
        with suppress(OSError):
            server._stop()


@contextmanager
def _deaf() -> Iterator[None]:
    """Let a process that is started in the block hear of no Ctrl-C until it asks to."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def server_key() -> bytes | None:
    """Start the server and return what a worker has to be told to use it too; before Python 3.14, nothing."""
    warm()
    return getattr(the_server(), "_forkserver_authkey", None) if available() else None


def die_with_parent(key: bytes | None = None) -> None:
    """Initialize a worker: it ends when who started it or the server is gone, and forks from the same server."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_die_after, args=(parent, os.getppid()), name="sentinel", daemon=True).start()
    if key is not None:
        the_server()._forkserver_authkey = key


def _die_after(parent: Any, server: int) -> None:
    """Wait until one of the two is gone: a pool takes a worker for dead, too, when the server it came from is."""
    while os.getppid() == server and not wait([parent.sentinel], 1.0):
        pass
    os._exit(1)


def the_server() -> Any:
    """Return what multiprocessing knows of the server."""
    from multiprocessing import forkserver

    return forkserver._forkserver


def _share_server() -> None:
    """In a process that was forked from the server, use that server; multiprocessing would start another."""
    server = the_server()
    if server._forkserver_pid is None and server._forkserver_address and server._forkserver_alive_fd is not None:
        server.ensure_running = lambda: None


def forget_server() -> None:
    """In such a process, forget a server that is dead; the next start brings up one of its own."""
    server = the_server()
    if server.__dict__.pop("ensure_running", None) is not None:
        os.close(server._forkserver_alive_fd)
        server._forkserver_alive_fd = server._forkserver_address = None
