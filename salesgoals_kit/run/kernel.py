"""Warm kernels: each is forked from a clean server that has imported the heavy packages and nothing else.

jupyter_client finds `ForkedProvisioner` by its entry point and the kernelspec in share/jupyter, so that papermill,
nbclient and JupyterLab start these kernels by their name. The server is multiprocessing's, and the one that the
runner's pool is forked from. Where it cannot be had, or a kernel is asked for something that a forked process cannot
be, the same name starts a plain kernel.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from salesgoals_kit.run.heavy import Birth
from salesgoals_kit.run.server import available, forget_server, the_server, warm

NAME, PLAIN = "salesgoals", "python3"
ATTEMPTS = 3
TAKEN = {"env", "cwd", "stdin", "stdout", "stderr", "kernel_id", "extra_arguments", "independent"}


class NoServer(Exception):
    """The fork server could not be started or died; a plain kernel can still be had."""


def kernel_name() -> str:
    """Return the kernel that reports run on: ours, where its spec is installed; where none is forked it is plain."""
    try:
        KernelSpecManager().get_kernel_spec(NAME)
    except NoSuchKernel:
        return PLAIN
    return NAME


class Forked:
    """A kernel's process, with the part of subprocess.Popen that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, birth: Birth, streams: list[int]) -> None:
        for attempt in range(ATTEMPTS):
            try:
                warm()
                self._status, self._lifeline = the_server().connect_to_new_process(streams)
                self.pid = self._begin(birth)
                break
            except (OSError, EOFError, RuntimeError, multiprocessing.AuthenticationError) as error:
                forget_server()
                if attempt == ATTEMPTS - 1:
                    raise NoServer(f"No warm kernel: {type(error).__name__}: {error}") from error
                time.sleep(0.1)
        self.returncode: int | None = None

    def _begin(self, birth: Birth) -> int:
        from multiprocessing import forkserver

        told = memoryview(pickle.dumps({}) + pickle.dumps(birth))  # {}: nothing of this process's, no __main__
        try:
            while told:
                told = told[os.write(self._lifeline, told) :]
            return int(forkserver.read_signed(self._status))
        except BaseException:
            self._close()
            raise

    def _close(self) -> None:
        os.close(self._lifeline)
        os.close(self._status)

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        from multiprocessing import forkserver

        if self.returncode is None and _readable(self._status):
            try:
                self.returncode = forkserver.read_signed(self._status)
            except (OSError, EOFError):  # the server died, and nobody is left to say how this kernel did
                with suppress(OSError):
                    os.killpg(self.pid, signal.SIGKILL)
                self.returncode = -signal.SIGKILL
            self._close()
        return self.returncode

    def wait(self) -> int:
        """Return the exit code when it has ended."""
        while (code := self.poll()) is None:
            time.sleep(0.01)
        return code

    def send_signal(self, signum: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


def _readable(descriptor: int) -> bool:
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(0))


class ForkedProvisioner(LocalProvisioner):
    """Starts kernels as forks of the server; all else is as jupyter_client has it for local processes."""

    process: Any

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork a kernel; a plain one where that cannot be done."""
        if not available() or not _forkable(kwargs):
            return await super().launch_kernel(cmd, **kwargs)
        env = {**(kwargs.get("env") or os.environ), "JPY_PARENT_PID": str(os.getpid())}
        folder = os.path.abspath(kwargs.get("cwd") or os.curdir)  # noqa: PTH100
        try:
            with _streams(kwargs.get("stdout"), kwargs.get("stderr")) as streams:
                self.process = await asyncio.to_thread(Forked, Birth(tuple(cmd), env, folder), streams)
        except NoServer as error:
            self.log.warning(str(error))
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid  # it leads a session of its own
        self.cwd = folder
        return self.connection_info


def _forkable(kwargs: dict[str, Any]) -> bool:
    """Whether a forked kernel can be what is asked for: not one that outlives us, reads, or is read through a pipe."""
    if set(kwargs) - TAKEN or kwargs.get("independent") or kwargs.get("stdin") not in (None, subprocess.DEVNULL):
        return False
    return subprocess.PIPE not in (kwargs.get("stdout"), kwargs.get("stderr"))


@contextmanager
def _streams(stdout: Any, stderr: Any) -> Iterator[list[int]]:
    """Give file descriptors for the kernel's two streams, named as for subprocess.Popen."""
    out = _stream(stdout, 1)
    err = os.dup(out) if stderr == subprocess.STDOUT else _stream(stderr, 2)
    try:
        yield [out, err]
    finally:
        os.close(out)
        os.close(err)


def _stream(given: Any, own: int) -> int:
    if given != subprocess.DEVNULL:
        with suppress(OSError):
            return os.dup(own if given is None else given if isinstance(given, int) else given.fileno())
    return os.open(os.devnull, os.O_WRONLY)
