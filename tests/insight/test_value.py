"""What customers are worth: against hand and naive figures, and what must hold whatever the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.sample import LAST_DAY, make_sample
from salesgoals_kit.insight.purchases import Buying
from salesgoals_kit.insight.value import Valuation, valuation
from salesgoals_kit.owners import Owner
from tests.insight.customers import AS_OF, MODEL, Frames, bought, contracts
from tests.kpis.conftest import a_company, tables_of

MONTHLY = 1.1 ** (1 / 12)


def _valued(frames: Frames, owner: Owner | None = None, **company: Any) -> Valuation:
    return valuation(_tables(frames, **company), owner or Owner())


def _tables(frames: Frames, **company: Any) -> Tables:
    return tables_of(AS_OF, a_company(**{"revenue": "mrr", **company}), **frames)


def test_the_value_under_contract_is_that_of_a_constant_rate_where_the_rate_is_constant() -> None:
    found = _valued(contracts(1, accounts=900))
    (whole,) = found.whole
    assert whole.lasts.middle == pytest.approx(1 / (1 - 0.96 / MONTHLY), rel=0.08)
    assert whole.value.middle == pytest.approx(whole.margin.middle * whole.lasts.middle, rel=0.02)
    assert whole.value.low < whole.value.middle < whole.value.high
    (_, here, ahead), total = found.ahead[0], found.total
    assert total == ahead  # of one basis alone
    assert here == whole.here
    left = whole.here * whole.margin.middle * whole.lasts.middle * 0.96  # all but the payment that is made now
    assert ahead.middle == pytest.approx(left, rel=0.08)


def test_segments_have_their_own_values_and_too_few_are_told() -> None:
    frames = contracts(2)
    large = frames["accounts"]["size"] == "large"
    frames["subscriptions"]["mrr"] *= np.where(large, 3, 1)
    found = _valued(frames)
    values = {one.name: one for one in found.segments if one.kind == "size"}
    assert values["large"].value.low > values["small"].value.high
    assert "tiny" not in values
    assert sum(one.id == "value.few_here" for one in found.said) == 1
    assert values["large"].here + values["small"].here <= found.whole[0].here


def test_more_losses_make_customers_worth_less() -> None:
    values = [_valued(contracts(3, hazard=hazard)).whole[0].value for hazard in (0.02, 0.05, 0.15)]
    assert [one.middle for one in values] == sorted((one.middle for one in values), reverse=True)
    assert values[0].low > values[-1].high


def test_doubled_money_doubles_every_value() -> None:
    once, twice = _valued(contracts(4)), _valued(contracts(4, mrr=40_000))
    for one, two in zip((*once.whole, *once.segments), (*twice.whole, *twice.segments), strict=True):
        assert two.value.middle == pytest.approx(2 * one.value.middle, rel=1e-3)
        assert two.lasts == one.lasts
    paid, double = (_valued(bought(4, price=price), revenue="invoices") for price in (100.0, 200.0))
    assert double.whole[0].value.middle == pytest.approx(2 * paid.whole[0].value.middle, rel=0.02)
    assert paid.total is not None
    assert double.total is not None
    assert double.total.middle == pytest.approx(2 * paid.total.middle, rel=0.02)


def _truly(model: Buying) -> float:
    """What a customer still buys after his first purchase, discounted by week: drawn one by one."""
    rng, weekly = np.random.default_rng(9), 1.1 ** (7 / 365.25)
    worth = []
    for rate, leaves in zip(rng.gamma(model.r, 1 / model.alpha, 8000), rng.beta(model.a, model.b, 8000), strict=True):
        now, own = 0.0, 0.0
        while True:
            now += rng.exponential(1 / max(rate, 1e-9))
            if now > 4000:
                break
            own += weekly**-now
            if rng.random() < leaves:
                break
        worth.append(own)
    return float(np.mean(worth))


def test_the_value_without_a_contract_is_that_of_a_simulation() -> None:
    found = _valued(bought(7, accounts=700), revenue="invoices")
    (whole,) = found.whole
    assert whole.basis == "purchases"
    truly = _truly(MODEL)
    assert whole.lasts.middle == pytest.approx(1 + truly, rel=0.2)
    assert whole.margin.middle == pytest.approx(100, rel=0.1)
    assert found.lacking == ()


def test_both_bases_are_told_apart_and_added() -> None:
    found = _valued({**contracts(6), **bought(6)}, revenue="invoices")
    assert [one.basis for one in found.whole] == ["contract", "purchases"]
    assert found.total is not None
    assert found.total.middle == pytest.approx(sum(part.middle for _, _, part in found.ahead), rel=0.02)


def test_costs_come_off_and_may_be_more_than_what_is_paid() -> None:
    deals = pd.DataFrame(
        {
            "deal_id": [f"D{i}" for i in range(60)],
            "status": "won",
            "account_id": [f"A{i:04}" for i in range(60)],
            "created_at": pd.Timestamp(2025, 2, 1),
            "closed_at": [pd.Timestamp(2025, 3, 1) + pd.Timedelta(days=4 * i) for i in range(60)],
            "amount": 100_000,
        }
    )
    values = []
    for cost in (0, 40_000, 130_000):
        found = _valued({**contracts(7), "deals": deals.assign(cost=cost)}, revenue="deals")
        values.append(found.whole[0].value.middle)
        assert any(one.id == "value.at_a_loss" for one in found.said) == (cost > 100_000)
    assert values[1] == pytest.approx(0.6 * values[0], rel=0.02)
    assert values[2] == pytest.approx(-0.3 * values[0], rel=0.02)
    assert not any(one.id == "value.before_costs" for one in found.said)
    assert any(one.id == "value.before_costs" for one in _valued(contracts(7)).said)


@pytest.mark.parametrize(
    ("frames", "id"),
    [
        (contracts(8, hazard=0.0), "value.few_losses"),
        (contracts(8, accounts=12), "value.few_losses"),
        (contracts(8, hazard=1.0), "value.nobody_renewed"),
    ],
)
def test_what_cannot_be_told_is_said(frames: Frames, id: str) -> None:
    found = _valued(frames)
    assert (found.whole, found.total) == ((), None)
    assert [one.id for one in found.lacking] == [id]


def test_all_gone_one_month_and_no_discount_are_said() -> None:
    frames = contracts(9)
    gone = frames["subscriptions"]["ended_at"].fillna(pd.Timestamp(2025, 11, 1))
    frames["subscriptions"]["ended_at"] = np.maximum(gone, frames["subscriptions"]["started_at"])
    assert [one.id for one in _valued(frames).lacking] == ["value.nobody_here"]
    young = contracts(9)
    young["subscriptions"] = young["subscriptions"].assign(started_at=pd.Timestamp(2025, 12, 1), ended_at=None)
    assert [one.id for one in _valued(young).lacking] == ["value.few_losses"]
    assert [one.id for one in _valued(contracts(9), discount_rate=0.0).lacking] == ["value.no_discount"]
    deals = pd.DataFrame({"deal_id": ["1"], "status": ["won"], "amount": [5], "closed_at": [pd.Timestamp(2025, 1, 1)]})
    assert [one.id for one in _valued({"deals": deals}, revenue="deals").lacking] == ["value.no_sales"]


def test_overlaps_and_accounts_that_come_back_are_lives() -> None:
    frames = contracts(10)
    rows = frames["subscriptions"]
    twin = rows.iloc[::4].assign(subscription_id=lambda frame: frame["subscription_id"] + "b", mrr=1_000)
    back = rows[rows["ended_at"].notna()].iloc[:40]
    back = back.assign(subscription_id=back["subscription_id"] + "c", started_at=back["ended_at"], ended_at=None)
    back["started_at"] = [min(day + pd.Timedelta(days=90), pd.Timestamp(AS_OF)) for day in back["started_at"]]
    frames["subscriptions"] = pd.DataFrame([row for part in (rows, twin, back) for row in part.to_dict("records")])
    found = _valued(frames)
    assert found.whole[0].here == int(rows["ended_at"].isna().sum()) + 40
    assert found.whole[0].lasts.middle == pytest.approx(_valued(contracts(10)).whole[0].lasts.middle, rel=0.25)


def test_a_team_has_its_own_and_borrows_what_it_cannot_know() -> None:
    frames = contracts(11, accounts=400)
    frames["subscriptions"]["team"] = ["South" if i < 25 else "North" for i in range(400)]
    teams = {"North": None, "South": None}
    north, south = (_valued(frames, Owner(name), teams=teams) for name in ("North", "South"))
    company = _valued(frames, teams=teams)
    assert north.whole[0].here + south.whole[0].here == company.whole[0].here
    assert south.whole[0].here >= 1
    if any(one.id == "value.lent_by_the_company" for one in south.said):
        assert south.whole[0].lasts == company.whole[0].lasts


def test_the_same_day_gives_the_same_value() -> None:
    assert _valued(contracts(12)) == _valued(contracts(12))


def _held(found: Valuation, truth: float) -> list[bool]:
    return [one.lasts.low <= truth <= one.lasts.high for one in (*found.whole, *found.segments) if not one.lent]


def test_ranges_in_the_sample_company_hold_what_is_true_there() -> None:
    """Where nothing is planted everybody leaves at 1.35 % a month: most 80 % ranges of one company hold that."""
    sample = make_sample(5, plant=False)
    company = a_company(teams={}, discount_rate=0.1)
    tables = tables_of(LAST_DAY, company, **sample.tables)
    held = _held(valuation(tables), 1 / (1 - (1 - 0.0135) / MONTHLY))
    assert len(held) > 20
    assert np.mean(held) > 0.5
