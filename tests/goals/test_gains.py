"""What a goal is worth in margin: by hand for revenue, by the driver model for levers, always the right way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.sample import LAST_DAY, sample_tables
from salesgoals_kit.goals.gains import Worth, before_costs, worth_of
from salesgoals_kit.goals.levers import Move, lifetime_gain
from salesgoals_kit.goals.state import state_of
from salesgoals_kit.kpis.levers import lever_inputs
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period

Q1 = parse_period("2026Q1")
CENTRAL = Owner("Central")


def company_of(*tables: str) -> Company:
    return Company.model_validate(
        {"version": 1, "name": "Acme", "sources": {name: {"path": f"{name}.csv"} for name in tables}}
    )


@pytest.fixture(scope="module")
def sample() -> Tables:
    return tables_from_frames(sample_tables(), company_of("deals"), LAST_DAY)


def known(tables: Tables, kpi: str, owner: Owner = CENTRAL) -> Worth:
    found = worth_of(tables, owner, kpi, Q1)
    assert found is not None
    return found


def test_revenue_is_worth_its_margin_over_twelve_months() -> None:
    """Deals of 100 that cost 40, and commissions of 10 %: a quarter's 1,000 more is 4 x 1,000 x (0.6 - 0.1)."""
    days = pd.date_range("2024-12-05", periods=12, freq="MS") + pd.Timedelta(days=9)
    deals = pd.DataFrame(
        {
            "deal_id": [str(i) for i in range(12)],
            "status": "won",
            "created_at": days - pd.Timedelta(days=30),
            "closed_at": days,
            "amount": 100_00,
            "cost": 40_00,
        }
    )
    months = pd.date_range("2024-12-01", periods=13, freq="MS")
    costs = pd.DataFrame(
        {"month": months, "category": "commissions", "amount": 10_00, "kind": "variable", "counted_in": "none"}
    )
    tables = tables_from_frames({"deals": deals, "costs": costs}, company_of("deals", "costs"), LAST_DAY)
    worth = known(tables, "revenue", COMPANY)
    assert worth(5_000.0, 6_000.0) == pytest.approx(2_000.0, rel=0.02)
    assert worth(6_000.0, 5_000.0) == pytest.approx(-2_000.0, rel=0.02)
    assert worth(5_000.0, 5_000.0) == 0.0


def test_where_only_the_table_of_costs_knows_a_cost_revenue_is_worth_what_that_leaves() -> None:
    """A quarter's 1,000 more is 4,000 a year, of which commissions of 10 % go: the table's costs are the margin's."""
    days = pd.date_range("2024-12-05", periods=13, freq="MS") + pd.Timedelta(days=1)
    deals = pd.DataFrame({"deal_id": [str(i) for i in range(13)], "status": "won", "closed_at": days, "amount": 100_00})
    months = pd.date_range("2024-12-01", periods=13, freq="MS")
    costs = pd.DataFrame(
        {"month": months, "category": "commissions", "amount": 10_00, "kind": "variable", "counted_in": "margin"}
    )
    tables = tables_from_frames({"deals": deals, "costs": costs}, company_of("deals", "costs"), LAST_DAY)
    assert not before_costs(tables, COMPANY)
    assert known(tables, "revenue", COMPANY)(5_000.0, 6_000.0) == pytest.approx(3_600.0)


@pytest.mark.parametrize(
    ("kpi", "base", "better"),
    [
        ("revenue", 900e3, 950e3),
        ("mrr", 280e3, 290e3),
        ("arr", 3.3e6, 3.4e6),
        ("win_rate", 0.40, 0.42),
        ("logo_churn", 0.025, 0.02),
        ("grr", 0.92, 0.95),
        ("clv", 50e3, 55e3),
        ("cac", 400.0, 350.0),
        ("cycle_days", 60.0, 55.0),
        ("margin", 0.70, 0.73),
    ],
)
def test_better_is_worth_more_and_worse_is_worth_less(sample: Tables, kpi: str, base: float, better: float) -> None:
    worth = known(sample, kpi)
    up, down = worth(base, better), worth(better, base)
    assert up is not None and down is not None
    assert up > 0 > down
    assert worth(base, base) == pytest.approx(0.0, abs=1e-6)


def test_a_lever_s_worth_is_the_driver_model_s(sample: Tables) -> None:
    state = state_of(lever_inputs(sample, CENTRAL), sample.company.discount_rate)
    expected = float(np.mean(lifetime_gain(state, Move(win=1.05))))
    assert known(sample, "win_rate")(0.40, 0.42) == pytest.approx(expected)


def test_what_cannot_be_said_is_not_known(sample: Tables) -> None:
    assert worth_of(sample, CENTRAL, "nrr", Q1) is None
    assert known(sample, "win_rate")(0.0, 0.4) is None
    assert known(sample, "logo_churn")(0.02, 1e-9) is None
    assert not before_costs(sample, CENTRAL)


def test_without_costs_a_lever_s_worth_is_of_revenue_and_that_of_revenue_is_not_known() -> None:
    deals = tables_from_frames({"deals": sample_tables()["deals"].drop(columns="cost")}, company_of("deals"), LAST_DAY)
    assert before_costs(deals, COMPANY)
    assert (known(deals, "win_rate", COMPANY)(0.40, 0.42) or 0) > 0
    assert worth_of(deals, COMPANY, "revenue", Q1) is None
    assert worth_of(deals, COMPANY, "logo_churn", Q1) is None
