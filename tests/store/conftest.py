"""A company with an empty ledger, on SQLite and on a PostgreSQL of our own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.owners import Owner
from salesgoals_kit.store.engine import VARIABLE, Store, open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import GoalRow

PASSWORD = "s3cret&pass/word"  # with characters that an address has to quote
BEFORE = datetime(2025, 12, 20, 9, 0, tzinfo=UTC)
_NUMBERS = count()
_HOW = "-U boss -E UTF8 --locale=C.UTF-8 --no-sync --auth-local=trust --auth-host=scram-sha-256"
MakeCompany = Callable[..., Company]
MakeGoal = Callable[..., GoalRow]


@pytest.fixture
def make_company(tmp_path: Path) -> MakeCompany:
    """Give companies whose store is in the test's folder."""

    def make(**given: Any) -> Company:
        basic = {
            "version": 1,
            "name": "Acme",
            "sources": {"deals": {"path": "d.csv"}},
            "store": str(tmp_path / "store"),
        }
        return Company.model_validate({**basic, **given})

    return make


@pytest.fixture
def make_goal() -> MakeGoal:
    """Give a goal of team Central for the first quarter of 2026; say what is to differ."""

    def make(**given: Any) -> GoalRow:
        basic: dict[str, Any] = {
            "owner": Owner("Central"),
            "period": "2026Q1",
            "template": "goal_setting",
            "as_of": date(2025, 12, 15),
            "kpi": "revenue",
            "level": "target",
            "value": 1_240_000.0,
            "money": True,
            "chance": 0.5,
        }
        return GoalRow(**{**basic, **given})

    return make


@pytest.fixture
def environ(request: pytest.FixtureRequest) -> dict[str, str]:
    """Give the environment: nothing for SQLite, the address for PostgreSQL."""
    if request.param == "sqlite":
        return {}
    return {VARIABLE: request.getfixturevalue("postgres_database")}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that has to do with a database on both kinds."""
    if "environ" in metafunc.fixturenames:
        values = ["sqlite", pytest.param("postgres", marks=pytest.mark.service)]
        metafunc.parametrize("environ", values, indirect=True)


@pytest.fixture
def store(make_company: MakeCompany, environ: dict[str, str]) -> Iterator[Store]:
    with open_store(make_company(), environ) as opened:
        yield opened


@pytest.fixture
def ledger(store: Store) -> Ledger:
    """Give an empty ledger whose clock stands before the first quarter of 2026."""
    return Ledger(store, lambda: BEFORE)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[tuple[str, int]]:
    """Give the socket folder and the port of a PostgreSQL cluster that is there for these tests alone."""
    programs = _postgres_programs()
    if programs is None:
        reason = "PostgreSQL's initdb and pg_ctl are not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    home = Path(tempfile.mkdtemp(prefix="sg-"))
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(home, user.pw_uid, user.pw_gid)
    port = _free_port()
    try:
        _start(programs, home, port)
        yield str(home), port
    finally:
        with suppress(subprocess.SubprocessError):
            _as_postgres([str(programs / "pg_ctl"), "stop", "-D", str(home / "data"), "-m", "immediate"])
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def postgres_database(postgres_server: tuple[str, int]) -> str:
    """Give the address of an empty schema in a database; a schema is made far sooner than a database."""
    import psycopg

    home, port = postgres_server
    name = f"test_{next(_NUMBERS)}"
    with psycopg.connect(host=home, port=port, user="boss", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
    return f"postgresql://boss@/postgres?host={home}&port={port}&options=-csearch_path%3D{name}"


def _postgres_programs() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return folders[-1].parent if folders else None


def _start(programs: Path, home: Path, port: int) -> None:
    (home / "password").write_text(PASSWORD, "utf-8")
    (home / "password").chmod(0o644)
    data = str(home / "data")
    _as_postgres([str(programs / "initdb"), "-D", data, f"--pwfile={home / 'password'}", *_HOW.split()])
    options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=16MB"
    _as_postgres([str(programs / "pg_ctl"), "start", "-D", data, "-w", "-l", str(home / "log"), "-o", options])


def _as_postgres(command: list[str]) -> None:
    """PostgreSQL does not run as root."""
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=120)


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
