"""Files that are whole or not there: written beside their place under a name of the process, moved when done."""

from __future__ import annotations

import os
import platform
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import process, util
from pathlib import Path

_HOST = re.sub(r"\W", "_", platform.node()) or "here"
_PART = re.compile(r"\.(?P<host>\w+)-(?P<pid>\d+)-\w+\.part$")
_PRIVATE = re.compile(r"sg-(?P<pid>\d+)-")


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Give a path to write to, in the folder of ``target``, which takes its place when the block ends without error."""
    with passing(target) as unfinished:
        yield unfinished
        unfinished.replace(target)


@contextmanager
def passing(target: Path) -> Iterator[Path]:
    """Give a path to write to, in the folder of ``target``, that is gone when the block ends.

    What a process that was killed left behind is found by its name, and `sweep` removes it.
    """
    unfinished = unfinished_name(target)
    try:
        yield unfinished
    finally:
        unfinished.unlink(missing_ok=True)


def unfinished_name(target: Path) -> Path:
    """Return what a file or a folder is called until it is whole: by whom it is made is told by it."""
    return target.with_name(f".{target.name}.{_HOST}-{os.getpid()}-{secrets.token_hex(4)}.part")


def sweep(folder: Path) -> None:
    """Remove from a folder what processes of this machine that are gone have left half written."""
    with suppress(OSError):
        for file in folder.iterdir():
            found = _PART.search(file.name)
            if found and found["host"] == _HOST and not _is_alive(int(found["pid"])):
                shutil.rmtree(file, ignore_errors=True) if file.is_dir() else file.unlink(missing_ok=True)


@contextmanager
def private_folder() -> Iterator[Path]:
    """Give a folder of the process's own with a short path, which is removed at the end."""
    with tempfile.TemporaryDirectory(prefix=f"sg-{os.getpid()}-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def own_sockets() -> None:
    """Let multiprocessing keep the sockets of this process in a folder that is known for its own when it was killed."""
    config = process.current_process()._config  # type: ignore[attr-defined]
    if config.get("tempdir") is None:
        config["tempdir"] = tempfile.mkdtemp(prefix=f"sg-{os.getpid()}-")
        util.Finalize(None, shutil.rmtree, (config["tempdir"], True), exitpriority=-100)


def sweep_private() -> None:
    """Remove the private folders of processes that are gone."""
    for folder in Path(tempfile.gettempdir()).glob("sg-*"):
        found = _PRIVATE.match(folder.name)
        if found and not _is_alive(int(found["pid"])):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    """Return whether there is such a process, whoever's it is."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
