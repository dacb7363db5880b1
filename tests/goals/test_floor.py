"""The cost floor: to the cent where the margin is known, none where no margin is, nothing subtracted twice."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, make_sample
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.floor import CostFloor, cost_floor, smallest_revenue
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.measure import measure
from salesgoals_kit.kpis.running import running_costs
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.policies import Floor
from salesgoals_kit.run.folders import shipped
from salesgoals_kit.words import Message
from tests.kpis.conftest import a_company, in_duckdb, tables_of

MakeOutlook = Callable[..., Outlook]
QUARTER = parse_period("2026Q1")
AS_OF = date(2025, 12, 31)


@pytest.mark.parametrize("seed", [0, 1, 7, 11])
def test_the_planted_floor_comes_back_to_the_cent(seed: int, make_outlook: MakeOutlook) -> None:
    company = load_company(shipped("params", "company.yaml"), TABLES, CATALOGUE)
    sample = make_sample(seed)
    names = ("deals", "costs", "spend", "reps", "assignments")
    tables = tables_from_frames({name: sample.tables[name] for name in names}, company, LAST_DAY)
    year = parse_period("2025")
    known = float(measure("margin", tables, [(year.first, year.last)])["value"].iloc[0])
    costs = running_costs(tables)
    planted = sample.planted.floor
    assert costs is not None
    assert planted is not None
    for name, wanted in (("2026-01", planted.monthly), ("2026Q1", planted.quarterly)):
        found = cost_floor(costs, make_outlook([known], "margin"), parse_period(name), company)
        assert found is not None
        assert found.value is not None
        assert round(found.value * 100) == wanted
    parts = [running_costs(tables, Owner(team.name)) for team in company.teams]
    for name in ("fixed", "spend"):
        added = math.fsum(getattr(part, name) for part in parts)
        assert added == pytest.approx(getattr(costs, name), rel=1e-9), name


def test_the_smallest_revenue_has_the_chance_and_one_cent_less_has_not() -> None:
    rng = np.random.default_rng(2)
    for _ in range(200):
        margins = rng.normal(rng.uniform(0.05, 0.6), 0.2, size=int(rng.integers(1, 60)))
        to_pay, wanted = round(float(rng.uniform(1, 1e6)), 2), float(rng.uniform(0.05, 0.99))
        value = smallest_revenue(to_pay, margins, wanted, 100)
        naive = [sum(r * m >= to_pay - 1e-6 for m in margins) / len(margins) for r in (value or 1e15,)]
        if value is None:
            assert (margins > 0).mean() < wanted
            continue
        assert naive[0] >= wanted - 1e-9
        assert sum((value - 0.01) * m >= to_pay for m in margins) / len(margins) < wanted


def test_nothing_to_pay_asks_for_no_revenue() -> None:
    assert smallest_revenue(0.0, np.array([-0.1]), 0.8, 100) == 0


def sold(amount: int, cost: int | None, team: str = "North", month: int = 12) -> dict[str, Any]:
    name = f"{amount}{cost}{team}{month}"
    day = date(2025, month, 30)
    return {"deal_id": name, "status": "won", "closed_at": day, "amount": amount, "cost": cost, "team": team}


def paid(amount: int, kind: str, counted_in: str, team: str | None = None) -> dict[str, Any]:
    month = date(2025, 12, 1)
    return {"month": month, "category": "x", "amount": amount, "team": team, "kind": kind, "counted_in": counted_in}


COSTS = [
    paid(200_000, "fixed", "none"),
    paid(50_000, "fixed", "margin"),
    paid(40_000, "fixed", "spend"),
    paid(30_000, "variable", "margin"),
    paid(10_000, "variable", "none"),
]


def small(company: Company | None = None, **more: Any) -> Tables:
    spend = [{"month": date(2025, 12, 1), "channel": "web", "amount": 60_000, "team": None}]
    deals = [sold(600_000, 100_000), sold(400_000, 100_000, "South")]
    return tables_of(AS_OF, company, **{"deals": deals, "costs": COSTS, "spend": spend, **more})


def floor_of(tables: Tables, margin: Outlook | None, owner: Owner = COMPANY, period: str = "2026-01") -> CostFloor:
    costs = running_costs(tables, owner)
    assert costs is not None
    found = cost_floor(costs, margin, parse_period(period), tables.company)
    assert found is not None
    return found


def test_what_margin_or_spend_have_is_not_subtracted_again(make_outlook: MakeOutlook) -> None:
    tables = small()
    december = parse_period("2025-12")
    margin = float(measure("margin", tables, [(december.first, december.last)])["value"].iloc[0])
    # 10,000 of revenue less 2,000 of the deals, less 500 and 300 that costs count in margin
    assert margin == pytest.approx(0.72)
    found = floor_of(tables, make_outlook([margin], "margin"))
    # the fixed 500 are paid once: out of margin again and into what is to pay; the other 100 variable come off
    assert found.margins.tolist() == pytest.approx([0.72 + 0.05 - 0.01])
    assert (found.fixed, found.spend, found.to_pay) == (2_900.0, 600.0, 3_500.0)
    # by hand: revenue less all variable cost is 7,600 of 10,000, so 3,500 takes 3500 / 0.76 = 4605.263…
    assert found.value == 4_605.27


def test_the_wanted_profit_is_pro_rata(make_outlook: MakeOutlook) -> None:
    company = a_company().model_copy(update={"floor": Floor(profit=12_000)})
    one, three = (floor_of(small(company), make_outlook([0.5], "margin"), period=p) for p in ("2026-01", "2026Q1"))
    assert (one.profit, three.profit) == (1_000, 3_000)
    assert three.to_pay == 3 * one.to_pay == 3 * 4_500


@pytest.mark.parametrize(("rule", "share"), [("headcount", 0.75), ("revenue", 0.6)])
def test_shared_costs_are_allocated_by_the_rule(rule: Any, share: float, make_outlook: MakeOutlook) -> None:
    company = a_company(teams={"North": None, "South": None}).model_copy(update={"floor": Floor(allocate=rule)})
    reps = [{"rep": f"R{i}", "team": "South" if i == 3 else "North", "hired_on": date(2020, 1, 1)} for i in range(4)]
    costs = [*COSTS, paid(7_000, "fixed", "none", "South"), paid(3_000, "fixed", "none", "North")]
    tables = small(company, costs=costs, reps=reps)
    north, south = (running_costs(tables, Owner(name)) for name in ("North", "South"))
    assert north is not None
    assert south is not None
    assert north.share == pytest.approx(share)
    assert north.fixed == pytest.approx(2_900 * share + 30)
    assert south.fixed == pytest.approx(2_900 * (1 - share) + 70)
    # variable costs follow revenue, whatever the rule; a team's margin has none of what nobody gave to it
    assert north.apart == pytest.approx(400 * 0.6)
    assert (north.fixed_in_margin, south.fixed_in_margin) == (0, 0)
    assert running_costs(in_duckdb(tables), Owner("North")) == north


def test_costs_of_a_team_above_are_shared_below_it() -> None:
    company = a_company(teams={"All": None, "North": "All", "South": "All", "Far": None})
    teams = ["North", "North", "South", "Far"]
    reps = [{"rep": f"R{i}", "team": name, "hired_on": date(2020, 1, 1)} for i, name in enumerate(teams)]
    tables = small(company, reps=reps, costs=[paid(90_000, "fixed", "none", "All"), paid(40_000, "fixed", "none")])
    fixed = {name: running_costs(tables, Owner(name)).fixed for name in ("All", "North", "South", "Far")}  # type: ignore[union-attr]
    assert fixed == pytest.approx({"All": 1_200, "North": 600 + 200, "South": 300 + 100, "Far": 100})


def test_a_margin_that_is_too_often_not_above_nothing_has_no_floor(
    make_outlook: MakeOutlook, read: Callable[[Message], str]
) -> None:
    margins = [0.5] * 60 + [-0.5] * 40
    found = floor_of(small(costs=[paid(100_000, "fixed", "none")]), make_outlook(margins, "margin"))
    assert found.value is None
    assert np.isinf(found.needed).sum() == 40
    assert read(found.message) == (
        "No revenue pays the €1,600 of fixed costs, spend and profit wanted: "
        "the contribution margin is above nothing with a chance of about 60% only"
    )


def test_business_as_usual_pays_on_joint_paths(make_outlook: MakeOutlook, read: Callable[[Message], str]) -> None:
    """Where revenue is high the margin is low: the two must not be drawn apart."""
    revenue = np.array([2_000.0, 4_000.0])
    left = np.array([1_900.0, 1_500.0])
    margin = make_outlook(left / revenue, "margin", counts=(left, revenue))
    found = floor_of(small(costs=[paid(100_000, "fixed", "none")]), margin)
    assert found.covered == 0.5  # 1,600 to pay
    assert "with a chance of about 80%; business as usual pays it with an even chance" in read(found.message)
    assert found.chance(1_600 / 0.375) == 1.0
    assert found.chance(1_600 / 0.375 - 0.01) == 0.5


def test_revenue_whose_cost_is_not_known_pays_as_the_other_does(make_outlook: MakeOutlook) -> None:
    """Half of the deals carry their cost: the margin's paths hold half of the revenue, and all of it pays."""
    deals = [sold(500_000, 250_000), sold(500_000, None)]
    revenue = np.array([3_000.0, 4_000.0, 5_000.0, 6_000.0])
    margin = make_outlook([0.5] * 4, "margin", counts=(revenue * 0.5, revenue))
    tables = small(deals=deals, costs=[paid(340_000, "fixed", "none")])
    costs = running_costs(tables)
    assert costs is not None
    assert (costs.revenue, costs.costed) == (10_000.0, 5_000.0)
    assert running_costs(in_duckdb(tables)) == costs
    found = floor_of(tables, margin)
    assert found.value == 8_000.0  # 3,400 and 600 of spend
    assert found.covered == 0.75  # 6,000, 8,000, 10,000 or 12,000 in all
    assert found.covered == np.mean([found.chance(2 * value) for value in revenue])


def test_without_a_margin_variable_costs_tell_it_or_nobody_does() -> None:
    deals = [{key: cell for key, cell in sold(1_000_000, None).items() if key != "cost"}]
    tables = small(deals=deals, costs=[paid(100_000, "fixed", "none"), paid(300_000, "variable", "none")])
    found = floor_of(tables, None)
    assert found.margins.tolist() == [0.7]
    assert found.covered is None
    assert [note.id for note in found.notes][-1] == "ceilings.margin_from_costs"
    costs = running_costs(small(deals=deals, costs=[paid(100_000, "fixed", "none")]))
    assert costs is not None
    assert cost_floor(costs, None, QUARTER, tables.company) is None


def test_no_costs_no_floor() -> None:
    assert running_costs(tables_of(AS_OF, deals=[sold(1, 1)])) is None
    assert running_costs(small(), Owner("North", "Ann")) is None
