"""Where the database is, how its schema moves on, and what is said when it cannot be used."""

from __future__ import annotations

import builtins
import shutil
import sqlite3
import sys
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from salesgoals_kit.company import Company
from salesgoals_kit.errors import StoreError
from salesgoals_kit.store import engine
from salesgoals_kit.store.engine import VARIABLE, Store, open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.migrate import MIGRATIONS, last_step, migrate
from salesgoals_kit.store.rows import GoalRow
from salesgoals_kit.store.schema import LEDGER, METADATA, VERSION_TABLE
from tests.store.postgres import PASSWORD, Postgres

MakeCompany = Callable[..., Company]
MakeGoal = Callable[..., GoalRow]

NEXT_STEP = '''
"""Add a word to the runs."""
import sqlalchemy as sa
from alembic import op
revision = "{this}"
down_revision = "{below}"
branch_labels = None
depends_on = None
def upgrade() -> None:
    op.add_column("runs", sa.Column("word{this}", sa.Text()))
'''


def test_the_ledger_is_a_file_in_the_store_folder(make_company: MakeCompany, tmp_path: Path) -> None:
    with open_store(make_company(), {VARIABLE: " "}) as store:
        assert Path(store.where) == tmp_path / "store" / "ledger.sqlite"
        assert Path(store.where).is_file()


def test_sqlite_is_ready_for_several_readers_and_a_writer(make_company: MakeCompany) -> None:
    with open_store(make_company(), {}, patience=7.5) as store, store.reading() as connection:
        asked = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "foreign_keys")}
        assert asked == {"journal_mode": "wal", "foreign_keys": 1}
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 7500


def test_the_migrations_make_the_tables_the_code_uses(store: Store) -> None:
    with store.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, METADATA) == []
        for name, table in LEDGER.items():
            rules = [rule for rule in table.constraints if isinstance(rule, CheckConstraint)]
            assert len(inspect(connection).get_check_constraints(name)) == len(rules) > 0


@pytest.mark.parametrize("table", sorted(LEDGER))
def test_the_database_itself_refuses_a_change_of_what_is_frozen(
    ledger: Ledger, make_goal: MakeGoal, table: str
) -> None:
    if table == "goals":
        ledger.freeze([make_goal()])
        for change in ("UPDATE goals SET chance = 0.9", "DELETE FROM goals", "UPDATE goals SET state='x', version=7"):
            with pytest.raises(SQLAlchemyError, match="what is frozen never changes"), ledger.store.writing() as at:
                at.execute(text(change))
        assert ledger.goals()[0].chance == 0.5
    with ledger.store.reading() as connection:
        kind = "sqlite_master" if connection.dialect.name == "sqlite" else "information_schema.triggers"
        name = "name" if connection.dialect.name == "sqlite" else "trigger_name"
        assert connection.execute(text(f"SELECT count(*) FROM {kind} WHERE {name} = '{table}_frozen'")).scalar()


def test_two_current_versions_cannot_stand_side_by_side(ledger: Ledger, make_goal: MakeGoal) -> None:
    ledger.freeze([make_goal()])
    ledger.freeze([make_goal(value=2.0)])
    with pytest.raises(SQLAlchemyError, match=r"(?i)unique"), ledger.store.writing() as connection:
        connection.execute(text("UPDATE goals SET state = 'proposed'"))


def test_a_newer_schema_is_refused(make_company: MakeCompany, environ: dict[str, str]) -> None:
    company = make_company()
    with open_store(company, environ) as store, store.writing() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    said = "its schema is 9999; expected at most 0003; use the newer salesgoals-kit that made it"
    with pytest.raises(StoreError, match=said):
        open_store(company, environ)


def test_a_leap_of_versions_keeps_what_was_frozen(store: Store, make_goal: MakeGoal, tmp_path: Path) -> None:
    Ledger(store).freeze([make_goal()])
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for this, below in (("0004", "0003"), ("0005", "0004")):
        (folder / "versions" / f"v{this}_word.py").write_text(NEXT_STEP.format(this=this, below=below), "utf-8")
    for _ in range(2):  # the second time there is nothing left to do
        with store.writing() as connection:
            migrate(connection, store.where, folder)
    with store.reading() as connection:
        assert connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() == "0005"
        assert {"word0004", "word0005"} <= {column["name"] for column in inspect(connection).get_columns("runs")}
    assert [goal.value for goal in Ledger(store).goals()] == [1_240_000.0]


def test_a_step_that_fails_leaves_the_schema_as_it_was(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    step = NEXT_STEP.format(this="0004", below="0003") + "    raise RuntimeError('half-way')\n"
    (folder / "versions" / "v0004_word.py").write_text(step, "utf-8")
    with pytest.raises(RuntimeError, match="half-way"), store.writing() as connection:
        migrate(connection, store.where, folder)
    with store.reading() as connection:
        assert connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() == "0003"
        assert "word0004" not in {column["name"] for column in inspect(connection).get_columns("runs")}


def test_the_migrations_are_one_line_of_steps_that_travel_with_the_package() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert script.get_heads() == ["0003"]
    assert last_step() == "0003", "who looks at the files' names alone sees the same"
    assert MIGRATIONS.parent == Path(engine.__file__).parent


def test_a_file_that_is_no_database_is_told_so(make_company: MakeCompany, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "ledger.sqlite").write_bytes(b"not a ledger" * 1000)
    with pytest.raises(StoreError, match=r"ledger\.sqlite: file is not a database; move the file away"):
        open_store(make_company(), {})


def test_a_foreign_table_of_the_same_name_is_not_taken_over(make_company: MakeCompany, tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE goals (id INTEGER)")
    with pytest.raises(StoreError, match="table goals already exists"):
        open_store(make_company(), {VARIABLE: f"sqlite:///{path}"})


def test_a_store_folder_that_cannot_be_made_is_told(make_company: MakeCompany, tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file", "utf-8")
    with pytest.raises(StoreError, match=r"store: .*exists.*change store in company.yaml"):
        open_store(make_company(), {})


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            f"mysql://ann:{PASSWORD}@host/db",
            "it begins with mysql://; expected postgresql://user:password@host/database",
        ),
        (f"postgresql+asyncpg://ann:{quote(PASSWORD)}@host/db", "it begins with postgresql\\+asyncpg://"),
        (f"sqlite://?password={PASSWORD}", "it begins with sqlite://"),
        (PASSWORD, "it is no address of a database"),
        (f"postgresql://ann:{quote(PASSWORD)}@host:port/db", "it is no address of a database"),
    ],
)
def test_a_wrong_address_is_refused_without_being_shown(make_company: MakeCompany, address: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as caught:
        open_store(make_company(), {VARIABLE: address})
    assert_no_password(caught.value)


def test_a_missing_driver_is_told(make_company: MakeCompany, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("psycopg"):
            raise ModuleNotFoundError(f"No module named {name!r}")
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "psycopg", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(
        StoreError, match=r"the driver of PostgreSQL is not installed; pip install 'salesgoals-kit\[post"
    ):
        open_store(make_company(), {VARIABLE: "postgresql://ann@host/db"})


def test_a_missing_server_is_told_without_the_password(make_company: MakeCompany) -> None:
    address = f"postgresql://ann:{quote(PASSWORD, safe='')}@127.0.0.1:1/db?connect_timeout=2"
    with pytest.raises(
        StoreError, match=r"postgresql database 'db' at 127\.0\.0\.1:1: .*see that the server runs"
    ) as caught:
        open_store(make_company(), {VARIABLE: address})
    assert_no_password(caught.value)


@pytest.mark.service
def test_a_wrong_password_is_told_without_being_shown(make_company: MakeCompany, postgres_server: Postgres) -> None:
    wrong = PASSWORD + "x"
    address = f"postgresql://boss:{quote(wrong, safe='')}@127.0.0.1:{postgres_server.port}/postgres"
    with pytest.raises(StoreError, match="password authentication failed") as caught:
        open_store(make_company(), {VARIABLE: address})
    assert_no_password(caught.value)


@pytest.mark.service
@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_the_usual_ways_to_write_the_address_are_understood(
    make_company: MakeCompany,
    make_goal: MakeGoal,
    postgres_server: Postgres,
    postgres_database: str,
    scheme: str,
) -> None:
    schema = postgres_database.partition("&options=")[2]
    at = f"127.0.0.1:{postgres_server.port}/postgres?options={schema}"
    with open_store(make_company(), {VARIABLE: f"{scheme}://boss:{quote(PASSWORD, safe='')}@{at}"}) as store:
        Ledger(store).freeze([make_goal()])
        assert len(Ledger(store).goals()) == 1
        assert PASSWORD not in repr(store) + store.where + str(store)


@pytest.mark.service
def test_a_database_that_is_not_there_is_told(make_company: MakeCompany, postgres_server: Postgres) -> None:
    home, port = postgres_server.home, postgres_server.port
    with pytest.raises(StoreError, match="does not exist; see that the server runs"):
        open_store(make_company(), {VARIABLE: f"postgresql://boss@/nowhere?host={home}&port={port}"})


@pytest.mark.service
def test_a_server_that_goes_away_is_told(
    make_company: MakeCompany, make_goal: MakeGoal, postgres_database: str, tmp_path: Path
) -> None:
    with open_store(make_company(), {VARIABLE: postgres_database}) as store:
        gone = replace(store, engine=create_engine(store.engine.url.update_query_dict({"host": str(tmp_path)})))
        for use in (lambda: Ledger(gone).freeze([make_goal()]), lambda: Ledger(gone).goals()):
            with pytest.raises(StoreError, match="see that the server runs"):
                use()


def test_the_environment_is_read_when_none_is_given(
    make_company: MakeCompany, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, f"sqlite:///{tmp_path / 'else where.sqlite'}")
    with open_store(make_company()) as store:
        assert Path(store.where) == tmp_path / "else where.sqlite"


def assert_no_password(error: BaseException) -> None:
    """No form of the password stands in the message or in anything that a traceback prints."""
    printed = "".join(traceback.format_exception(error)) + repr(error)
    own = [line for line in printed.splitlines() if "PASSWORD" not in line]
    for form in (PASSWORD, quote(PASSWORD), quote(PASSWORD, safe=""), "s3cret"):
        assert form not in "\n".join(own)
