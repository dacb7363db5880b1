"""The margin's report: what is left out is counted, and discounts that differ are found only where like is compared."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from salesgoals_kit.insight.discounting import depths, discounting
from salesgoals_kit.insight.margin import latest_year, margin_report
from salesgoals_kit.kpis.discounts import discounts
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import month_number
from tests.kpis.conftest import FAR, tables_of


def deals(seed: int, deep: float, shallow: float, *, mixed: bool = False, number: int = 900) -> pd.DataFrame:
    """Return decided deals, half of them with 15 % off, won with these chances.

    ``mixed``: a second type is won three times as often, and discounted three times as often.
    """
    rng, rows = random.Random(seed), []
    for i in range(number):
        easy = mixed and rng.random() < 0.5
        off = rng.random() < ((0.75 if easy else 0.25) if mixed else 0.5)
        chance = (deep if off else shallow) * (3 if easy else 1)
        closed = date(2024, 2, 1) + timedelta(days=rng.randrange(600))
        rows.append(
            {
                "deal_id": f"D{i:04}",
                "status": "won" if rng.random() < chance else "lost",
                "created_at": closed - timedelta(days=9),
                "closed_at": closed,
                "list_price": 10_000,
                "amount": 8_500 if off else 10_000,
                "deal_type": "easy" if easy else "new",
                "team": "North",
            }
        )
    return pd.DataFrame(rows)


def test_a_difference_that_is_there_is_found() -> None:
    found = margin_report(tables_of(FAR, deals=deals(1, 0.25, 0.4)), Owner("North"))
    (one,) = found.contrasts
    assert one.p < 0.001
    assert one.estimate == pytest.approx(-0.15, abs=0.05)
    assert (one.low < one.estimate < one.high, one.good, one.move) == (True, False, None)
    assert one.said.id == "margin.discount_less"
    assert [round(depth.rate, 1) for depth in found.depths] == [0.4, 0.2]
    assert found.warnings[-1].id == "margin.not_at_random"


def test_deals_that_are_won_anyway_do_not_make_discounts_look_good() -> None:
    """Crude, discounted deals are won far more often; type by type they are not."""
    p = []
    for seed in range(12):
        given = discounts(tables_of(FAR, deals=deals(seed, 0.2, 0.2, mixed=True)))
        assert given is not None
        crude = given.counts.groupby("band")[["won", "deals"]].sum()
        assert (crude["won"] / crude["deals"]).loc[3] > (crude["won"] / crude["deals"]).loc[0] + 0.08
        p += [one.p for one in discounting(given)]
        none, deep = depths(given)
        assert none.rate == pytest.approx(deep.rate, abs=0.12)
    assert len(p) == 12
    assert min(p) > 0.002
    assert sum(one < 0.1 for one in p) <= 4


def test_lost_deals_without_a_price_leave_nothing_to_compare() -> None:
    rows = deals(1, 0.25, 0.4)
    bare = rows.assign(amount=rows["amount"].where(rows["status"] == "won", 0))
    found = margin_report(tables_of(FAR, deals=bare))
    assert found.contrasts == ()
    assert {one.id for one in found.warnings} == {"margin.given_away", "margin.unlisted", "margin.not_at_random"}


def invoice(i: int, year: int, amount: int, cost: int | None, **more: Any) -> dict[str, Any]:
    base = {"invoice_id": f"I{i}", "account_id": "A", "invoiced_at": date(year, 5, 5), "product": "bolt"}
    return {**base, "amount": amount, "cost": cost, "quantity": 1.0, **more}


def test_what_is_left_out_of_the_split_is_said() -> None:
    invoices = [
        invoice(1, 2024, 100, 90),
        invoice(2, 2025, 100, 120),  # below its cost
        invoice(3, 2025, 50, None),
        invoice(4, 2025, 50, 10, product="nut"),
        invoice(5, 2025, -20, -5, quantity=None),
        invoice(6, 2025, 30, 5, product=None),
    ]
    tables = tables_of(FAR, invoices=invoices)
    found = margin_report(tables)
    assert latest_year(tables) == (month_number(date(2025, 1, 1)), month_number(FAR))
    assert [one.id for one in found.notes] == [
        "margin.from_invoices",
        "margin.other_revenue",
        "margin.uncosted",
        "margin.unmeasured_invoices",
        "margin.credits",
        "margin.new_and_gone",
        "margin.losing",
    ]
    assert [one.id for one in found.lacking] == ["margin.no_list_price"]
    assert found.money(150).amount == 1.5
    early = margin_report(tables, months=(month_number(date(2024, 5, 1)), month_number(date(2024, 5, 1))))
    assert early.split is None
    assert [one.id for one in early.lacking] == ["margin.no_split", "margin.no_list_price"]
