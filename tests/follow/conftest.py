"""A company, frozen rows, and outlooks as they stand in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.owners import Owner
from salesgoals_kit.store.rows import DriverRow, GoalRow, OutlookRow
from salesgoals_kit.store.visible import KINDS, Visible

CENTRAL = Owner("Central")


@pytest.fixture
def company() -> Company:
    """Give a company whose periods settle in five days and whose deals are followed for 120."""
    given = {"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}}
    return Company.model_validate(given)


@pytest.fixture
def goal() -> Callable[..., GoalRow]:
    """Give frozen goals of team Central for the first quarter of 2026."""

    def make(kpi: str = "revenue", level: str = "target", value: float = 100.0, **given: Any) -> GoalRow:
        basic: dict[str, Any] = {
            "owner": CENTRAL,
            "period": "2026Q1",
            "template": "agree" if level == "agreed" else "goal_setting",
            "as_of": date(2025, 12, 31),
            "chance": {"commit": 0.8, "target": 0.5, "stretch": 0.2}.get(level, 0.6),
            "agreed_on": date(2025, 12, 31) if level == "agreed" else None,
        }
        return GoalRow(kpi=kpi, level=level, value=value, **{**basic, **given})

    return make


@pytest.fixture
def outlook() -> Callable[..., OutlookRow]:
    """Give a frozen outlook that holds 1, 2, …, 200 alike likely: its 5 % point is 10, its 95 % point 190."""

    def make(kpi: str = "revenue", scale: float = 1.0, **given: Any) -> OutlookRow:
        record = {
            "draws": 1000,
            "lowest": 0.0,
            "highest": 200.0 * scale,
            "quantiles": {str(level): 2.0 * level * scale for level in range(5, 100, 5)},
        }
        basic: dict[str, Any] = {"owner": CENTRAL, "period": "2026Q1", "template": "goal_setting"}
        return OutlookRow(kpi=kpi, method="prophet", record=record, **{**basic, "as_of": date(2025, 12, 31), **given})

    return make


@pytest.fixture
def driver() -> Callable[..., DriverRow]:
    """Give a frozen driver."""

    def make(name: str, value: float, unit: str, **given: Any) -> DriverRow:
        basic: dict[str, Any] = {"owner": CENTRAL, "period": "2026Q1", "template": "goal_setting"}
        return DriverRow(name=name, value=value, unit=unit, **{**basic, "as_of": date(2025, 12, 31), **given})

    return make


@pytest.fixture
def visible() -> Callable[..., Visible]:
    """Give what the ledger lets a review see."""

    def make(*rows: Any) -> Visible:
        return Visible({kind: tuple(row for row in rows if isinstance(row, kind)) for kind in KINDS})

    return make
