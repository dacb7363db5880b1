"""A company with an empty ledger, on SQLite and on a PostgreSQL of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.owners import Owner
from salesgoals_kit.store.engine import VARIABLE, Store, open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import GoalRow
from tests.store.postgres import Postgres, a_server

BEFORE = datetime(2025, 12, 20, 9, 0, tzinfo=UTC)
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
def postgres_server() -> Iterator[Postgres]:
    """Give a PostgreSQL that is there for these tests alone."""
    with a_server() as server:
        yield server


@pytest.fixture
def postgres_database(postgres_server: Postgres) -> str:
    """Give the address of an empty schema in a database."""
    return postgres_server.new_schema()
