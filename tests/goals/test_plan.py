"""The number from above keeps its place, with its chance and the lift it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.plan import check_plan, plan_for
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.policies import Plan
from salesgoals_kit.words import Message

HUNDRED = np.arange(1.0, 101.0) * 1000


def plan(value: float, **given: Any) -> Plan:
    return Plan(**{"kpi": "revenue", "period": "2026Q1", "value": value, **given})


@pytest.mark.parametrize(
    ("value", "chance", "lift", "said"),
    [
        # 10 of the draws 1000 … 100000 are 91000 or more; 51000 has an even chance; 91 / 51 = 1.784
        (
            91_000.0,
            0.1,
            91 / 51 - 1,
            "The plan asks for €91K; as things are that has a chance of about 10%. "
            "For an even chance it needs +78% on the €51K of business as usual",
        ),
        (
            40_000.0,
            0.61,
            0.0,
            "The plan asks for €40K; as things are that has a chance of about 60%, "
            "so business as usual is enough for it",
        ),
    ],
)
def test_a_plan_has_a_chance_and_a_lift(
    make_outlook: Callable[..., Outlook],
    company: Company,
    read: Callable[[Message], str],
    value: float,
    chance: float,
    lift: float,
    said: str,
) -> None:
    found = check_plan(plan(value), make_outlook(HUNDRED), CATALOGUE["revenue"], company)
    assert found.usual == 51_000.0
    assert [found.chance, found.lift] == pytest.approx([chance, lift])
    assert read(found.message) == said


def test_the_lift_of_a_rate_is_in_points_and_both_readings_are_said(
    make_outlook: Callable[..., Outlook], company: Company, read: Callable[[Message], str]
) -> None:
    found = check_plan(plan(0.25, kpi="win_rate"), make_outlook([0.2], "win_rate"), CATALOGUE["win_rate"], company)
    assert [found.chance, found.lift] == pytest.approx([0.0, 0.05])
    assert "it needs +5 points (+25% of the rate) on the 20%" in read(found.message)


def test_where_lower_is_better_the_plan_needs_a_fall(
    make_outlook: Callable[..., Outlook], company: Company, read: Callable[[Message], str]
) -> None:
    found = check_plan(plan(900.0, kpi="cac"), make_outlook([1000.0], "cac"), CATALOGUE["cac"], company)
    assert found.lift == pytest.approx(-0.1)
    assert "it needs -10% on the €1,000" in read(found.message)


def test_from_nothing_there_is_no_lift_in_per_cent(
    make_outlook: Callable[..., Outlook], company: Company, read: Callable[[Message], str]
) -> None:
    found = check_plan(plan(900.0), make_outlook([0.0]), CATALOGUE["revenue"], company)
    assert found.lift is None
    assert "all of it has to come from something new" in read(found.message)


def test_a_plan_is_found_by_owner_period_and_kpi(make_company: Callable[..., Company]) -> None:
    company = make_company(
        plan=[
            {"kpi": "revenue", "period": 2026, "value": 12_000_000},
            {"kpi": "revenue", "period": "2026Q1", "value": 3_000_000, "team": "Central"},
        ]
    )
    year, quarter = parse_period("2026"), parse_period("2026Q1")
    found = {
        (owner, period.name): plan_for(company, owner, period, "revenue")
        for owner in (COMPANY, Owner("Central"), Owner("Central", "r1"))
        for period in (year, quarter)
    }
    assert {key: plan.value for key, plan in found.items() if plan} == {
        (COMPANY, "2026"): 12_000_000,
        (Owner("Central"), "2026Q1"): 3_000_000,
    }
    assert plan_for(company, COMPANY, year, "margin") is None
