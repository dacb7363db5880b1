"""A process that freezes, for the tests to start several of, and to kill.

``python freezing_process.py FOLDER MODE VALUE``: says ``ready``, waits for a line, and then with MODE ``open`` opens
the store, with ``freeze`` freezes a report whose goal has VALUE, with ``half`` stops for ever after the first insert.
"""

from __future__ import annotations

import sys
import time
from datetime import date
from typing import Any

from sqlalchemy import event

from salesgoals_kit.company import Company
from salesgoals_kit.owners import Owner
from salesgoals_kit.store.engine import Store, open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import DriverRow, GoalRow, OutlookRow, Row


def report(value: float) -> list[Row]:
    """Return the rows of a report: three goals, an outlook and a driver."""
    basic: dict[str, Any] = {"owner": Owner("Central"), "period": "2026Q1", "template": "goal_setting"}
    basic["as_of"] = date(2025, 12, 15)
    goals = [GoalRow(**basic, kpi="win_rate", level=level, value=value) for level in ("commit", "target", "stretch")]
    outlook = OutlookRow(**basic, kpi="win_rate", method="prophet", record={"draws": [value]})
    return [*goals, outlook, DriverRow(**basic, name="leads", value=value, unit="count")]


def stop_half_way(store: Store) -> None:
    """Stop for ever once something was inserted and nothing committed."""

    def stop(*arguments: Any) -> None:
        if arguments[2].startswith("INSERT INTO drivers"):
            print("half", flush=True)
            time.sleep(600)

    event.listen(store.engine, "after_cursor_execute", stop)


def main(folder: str, mode: str, value: str) -> None:
    """Do what was asked, and print what came of it."""
    given = {"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}, "store": folder}
    company = Company.model_validate(given)
    if mode == "open":
        _wait()
    with open_store(company) as store:
        if mode == "half":
            stop_half_way(store)
        if mode != "open":
            _wait()
            print(Ledger(store).freeze(report(float(value))), flush=True)


def _wait() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    main(*sys.argv[1:])
