"""Files that are whole or not there: written beside their place under a name of the process, moved when done."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import process, util
from pathlib import Path

from slugify import slugify


def _host() -> str:
    """Return a name for where process numbers mean what they mean here: two containers may be called the same."""
    try:
        space = f"_{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:  # not Linux
        space = ""
    return re.sub(r"\W", "_", platform.node() + space) or "here"


_HOST = _host()
KEPT_FOR = 30 * 24 * 3600.0  # seconds, for which what can be worked out again is kept though nobody uses it
LONG_AGO = 24 * 3600.0  # seconds, after which nobody is at a half file any more, whichever machine it is of
_PART = re.compile(r"\.(?P<host>\w+)-(?P<pid>\d+)-\w+\.part$")
LONGEST, SHORT = 60, "/tmp"  # signs of the path of a folder for sockets: theirs may have some 100
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
    """Remove from a folder what has been left half written, by processes of this machine that are gone or long ago."""
    with suppress(OSError):
        for file in folder.iterdir():
            found = _PART.search(file.name)
            here = found and found["host"] == _HOST and not _is_alive(int(found["pid"]))
            if here or (found and time.time() - file.stat().st_mtime > LONG_AGO):
                _remove(file)


def prune(kept: Iterable[Path], now: float) -> None:
    """Remove the files and folders that nobody has used for a while; what is asked for again is worked out again."""
    for path in kept:
        with suppress(OSError):
            if now - path.stat().st_mtime > KEPT_FOR:
                _remove(path)


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


@contextmanager
def private_folder() -> Iterator[Path]:
    """Give a folder of the process's own with a short path, which is removed at the end."""
    with tempfile.TemporaryDirectory(prefix=f"sg-{os.getpid()}-", dir=_short(), ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _short() -> str:
    """Return a folder for temporary ones in which a socket's path is not too long for the system."""
    usual = tempfile.gettempdir()
    return usual if len(usual) <= LONGEST or not os.access(SHORT, os.W_OK) else SHORT


def own_sockets() -> None:
    """Let multiprocessing keep the sockets of this process in a folder that is known for its own when it was killed."""
    config = process.current_process()._config  # type: ignore[attr-defined]
    if config.get("tempdir") is None:
        config["tempdir"] = tempfile.mkdtemp(prefix=f"sg-{os.getpid()}-", dir=_short())
        util.Finalize(None, shutil.rmtree, (config["tempdir"], True), exitpriority=-100)


def sweep_private() -> None:
    """Remove the private folders of processes that are gone."""
    for folder in [folder for place in {tempfile.gettempdir(), _short()} for folder in Path(place).glob("sg-*")]:
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


def plain_names(names: Iterable[str], kind: str) -> dict[str, str]:
    """Return for each name one that a file may have; two never share one.

    >>> plain_names(["Ann Lee", "ann-lee", "李"], "rep")
    {'Ann Lee': 'ann-lee-a36e143c', 'ann-lee': 'ann-lee-1a1cf9d3', '李': 'li'}
    """
    plain = {name: slugify(name, max_length=48) for name in sorted(set(names))}
    taken = list(plain.values())
    return {
        name: slug if slug and taken.count(slug) == 1 else f"{slug or kind}-{_digest(name)}"
        for name, slug in plain.items()
    }


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]
