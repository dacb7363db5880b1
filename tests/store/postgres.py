"""A PostgreSQL of the tests' own: started, stopped, and gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

PASSWORD = "s3cret&pass/word"  # with characters that an address has to quote
_NUMBERS = count()
_HOW = "-U boss -E UTF8 --locale=C.UTF-8 --no-sync --auth-local=trust --auth-host=scram-sha-256"


@dataclass(frozen=True)
class Postgres:
    """A server, by the folder of its socket and its port."""

    programs: Path
    home: Path
    port: int

    def create(self) -> None:
        (self.home / "password").write_text(PASSWORD, "utf-8")
        (self.home / "password").chmod(0o644)
        self._as_postgres("initdb", "-D", self._data, f"--pwfile={self.home / 'password'}", *_HOW.split())

    def start(self) -> None:
        options = f"-p {self.port} -k {self.home} -c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=16MB"
        self._as_postgres("pg_ctl", "start", "-D", self._data, "-w", "-l", str(self.home / "log"), "-o", options)

    def stop(self) -> None:
        """Stop it at once, whoever is connected."""
        self._as_postgres("pg_ctl", "stop", "-D", self._data, "-m", "immediate")

    def new_schema(self) -> str:
        """Return the address of an empty schema in a database; it is made far sooner than a database."""
        import psycopg

        name = f"test_{next(_NUMBERS)}"
        with psycopg.connect(
            host=str(self.home), port=self.port, user="boss", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"postgresql://boss@/postgres?host={self.home}&port={self.port}&options=-csearch_path%3D{name}"

    @property
    def _data(self) -> str:
        return str(self.home / "data")

    def _as_postgres(self, program: str, *words: str) -> None:
        """PostgreSQL does not run as root."""
        command = [str(self.programs / program), *words]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=120)


@contextmanager
def a_server() -> Iterator[Postgres]:
    """Give a running server; the test is skipped where PostgreSQL is not installed, which under CI it has to be."""
    programs = _programs()
    if programs is None:
        reason = "PostgreSQL's initdb and pg_ctl are not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    home = Path(tempfile.mkdtemp(prefix="sg-"))
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(home, user.pw_uid, user.pw_gid)
    server = Postgres(programs, home, _free_port())
    try:
        server.create()
        server.start()
        yield server
    finally:
        with suppress(subprocess.SubprocessError):
            server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return folders[-1].parent if folders else None


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
