"""Who still ramps counts for what he brings: by hand, and against a naive twin that adds up days."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.goals.full_times import Carry
from salesgoals_kit.goals.ramp import ramp_of
from salesgoals_kit.goals.times import ramped_carries
from salesgoals_kit.kpis.makeup import DAYS_A_MONTH
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period

END = date(2025, 12, 31)
Q1 = parse_period("2026Q1")


@pytest.fixture
def tables() -> Tables:
    company = Company.model_validate(
        {"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}, "teams": [{"name": "A"}]}
    )
    deals = pd.DataFrame(
        {
            "deal_id": [str(i) for i in range(24)],
            "status": "won",
            "rep": "old",
            "created_at": pd.date_range("2023-12-05", periods=24, freq="MS"),
            "closed_at": pd.date_range("2024-01-05", periods=24, freq="MS"),
            "amount": 100_00,
        }
    )
    hired = [None, date(2020, 1, 1), date(2025, 11, 1), date(2025, 7, 1)]
    reps = pd.DataFrame(
        {
            "rep": ["unknown", "old", "new", "half"],
            "team": "A",
            "hired_on": pd.to_datetime(pd.Series(hired)),
            "capacity": [1, 1, 1, 0.5],
        }
    )
    return tables_from_frames({"deals": deals, "reps": reps}, company, END)


def twin(hired: date, days: pd.DatetimeIndex, ramp: float) -> float:
    """The mean productivity over days, each by itself."""
    tenure = np.array([(day.date() - hired).days + 0.5 for day in days]) / DAYS_A_MONTH
    return float(np.clip(tenure[tenure > 0] / ramp, 0, 1).mean())


def test_a_rep_counts_for_what_his_tenure_brings(tables: Tables) -> None:
    ramp = ramp_of(tables).months
    found = ramped_carries(tables, Owner("A"), Q1)
    for rep, hired, capacity in (("new", date(2025, 11, 1), 1.0), ("half", date(2025, 7, 1), 0.5)):
        carry = found[Owner("A", rep)]
        assert carry.now == pytest.approx(capacity * twin(hired, pd.date_range(Q1.start, Q1.end), ramp), abs=0.01)
        assert carry.past == pytest.approx(capacity * twin(hired, pd.date_range(hired, END), ramp), abs=0.01)
        assert carry.now > carry.past


def test_who_is_full_grown_or_of_unknown_tenure_counts_whole(tables: Tables) -> None:
    found = ramped_carries(tables, COMPANY, Q1)
    for rep in ("old", "unknown"):
        assert found[Owner("A", rep)] == Carry(1.0, 1.0)
