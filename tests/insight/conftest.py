"""The sample company's tables by seed, and small ones of rows written by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, Planted, make_sample
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.policies import Churn, Cycle, Team

Rows = list[dict[str, Any]]
PARAMS = Path(__file__).parents[2] / "params" / "company.yaml"


@cache
def _sampled(seed: int, plant: bool) -> tuple[Planted, Tables]:
    made = make_sample(seed, plant)
    company = load_company(PARAMS, TABLES, CATALOGUE)
    return made.planted, tables_from_frames(made.tables, company, LAST_DAY, known_on=LAST_DAY)


@pytest.fixture(scope="session")
def sampled() -> Callable[..., tuple[Planted, Tables]]:
    """Give what is planted in the sample company of a seed, and its tables."""
    return _sampled


def _tables(as_of: date, *, pause_days: int = 30, horizon_days: int = 30, teams: Any = (), **frames: Rows) -> Tables:
    sources = {name: {"path": f"{name}.csv"} for name in ("deals", "invoices", "subscriptions")}
    company = Company.model_validate({"version": 1, "name": "Acme", "sources": sources})
    changed = {
        "churn": Churn(pause_days=pause_days), "cycle": Cycle(horizon_days=horizon_days),
        "teams": [Team(name=name) for name in teams],
    }  # fmt: skip
    made = {name: pd.DataFrame(rows) for name, rows in frames.items()}
    return tables_from_frames(made, company.model_copy(update=changed), as_of)


@pytest.fixture(scope="session")
def tables_of() -> Callable[..., Tables]:
    """Give tables of rows written by hand."""
    return _tables
