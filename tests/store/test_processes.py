"""Several processes at once, and one that dies: by real processes, on both databases."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from salesgoals_kit.company import Company
from salesgoals_kit.errors import StoreError
from salesgoals_kit.store.engine import Store, open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import GoalRow
from salesgoals_kit.store.schema import LEDGER, RUNS

SCRIPT = Path(__file__).parent / "freezing_process.py"
Process = subprocess.Popen[str]


@contextmanager
def processes(company: Company, environ: dict[str, str], mode: str, values: list[float]) -> Iterator[list[Process]]:
    """Give started processes that all wait for the same word; none outlives the test."""
    started = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), company.store, mode, str(value)],
            env={**os.environ, **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for value in values
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def go(started: list[Process]) -> None:
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def answers(started: list[Process]) -> list[str]:
    go(started)
    said = [process.communicate(timeout=60)[0].strip() for process in started]
    assert [process.returncode for process in started] == [0] * len(started)
    return said


def counts(store: Store) -> dict[str, int]:
    with store.reading() as connection:
        tables = {**LEDGER, "runs": RUNS}
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.items()
        }


def test_processes_that_freeze_the_same_report_make_one_version(
    make_company: Callable[..., Company], environ: dict[str, str]
) -> None:
    company = make_company()
    with processes(company, environ, "freeze", [0.3, 0.3, 0.3]) as started:
        said = answers(started)
    assert sorted(said) == ["Frozen(new=0, changed=0, same=5)"] * 2 + ["Frozen(new=5, changed=0, same=0)"]
    with open_store(company, environ) as store:
        assert counts(store) == {"goals": 3, "outlooks": 1, "drivers": 1, "finals": 0, "lessons": 0, "runs": 1}


def test_processes_that_differ_make_a_chain_of_whole_reports(
    make_company: Callable[..., Company], environ: dict[str, str]
) -> None:
    company = make_company()
    values = [0.1, 0.2]
    with processes(company, environ, "freeze", values) as started:
        answers(started)
    with open_store(company, environ) as store:
        goals = Ledger(store).goals()
    by_version = {version: {g.value for g in goals if g.version == version} for version in (1, 2)}
    assert all(len(found) == 1 for found in by_version.values())  # a version is one report's, whole
    assert sorted(value for found in by_version.values() for value in found) == values
    assert [goal.state for goal in goals if goal.level == "commit"] == ["superseded", "proposed"]


def test_processes_that_start_on_an_empty_database_make_it_once(
    make_company: Callable[..., Company], environ: dict[str, str]
) -> None:
    company = make_company()
    with processes(company, environ, "open", [0.0, 0.0]) as started:
        answers(started)
    with open_store(company, environ) as store:
        assert sum(counts(store).values()) == 0


def test_a_process_killed_in_mid_transaction_leaves_nothing_half(
    make_company: Callable[..., Company], environ: dict[str, str]
) -> None:
    company = make_company()
    with processes(company, environ, "half", [0.3]) as started:
        go(started)
        assert started[0].stdout is not None
        assert started[0].stdout.readline() == "half\n"
        started[0].kill()
        started[0].wait(timeout=30)
    with open_store(company, environ) as store:
        assert sum(counts(store).values()) == 0
    with processes(company, environ, "freeze", [0.3]) as started:
        assert re.findall(r"new=\d", answers(started)[0]) == ["new=5"]


def test_a_ledger_that_another_run_holds_is_told_so(
    make_company: Callable[..., Company], make_goal: Callable[..., GoalRow]
) -> None:
    company = make_company()
    said = r"ledger\.sqlite: database is locked; another run holds it; wait for it to end"
    with open_store(company, {}, patience=0.05) as store, store.writing(), pytest.raises(StoreError, match=said):
        Ledger(store).freeze([make_goal()])
