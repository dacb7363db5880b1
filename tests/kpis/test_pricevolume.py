"""Price, volume, mix and cost: by hand, adding up to the cent whatever the data, and blind to units."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.kpis.pricevolume import PARTS, Split, margin_split, split_change
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import month_number

FAR = date(2025, 12, 31)
YEAR = (month_number(date(2025, 1, 1)), month_number(FAR))
Make = Callable[..., Tables]


def invoice(
    i: int, year: int, amount: int | None, cost: int | None, quantity: float | None, **more: Any
) -> dict[str, Any]:
    base = {"invoice_id": f"I{i:03}", "account_id": "A", "invoiced_at": date(year, 5, 5), "product": "bolt"}
    return {**base, "amount": amount, "cost": cost, "quantity": quantity, "team": "North", **more}


def product(name: str, *numbers: float) -> dict[str, Any]:
    names = ["quantity_before", "quantity_now", "revenue_before", "revenue_now", "cost_before", "cost_now"]
    return {"product": name, **dict(zip(names, numbers, strict=True))}


def whole(tables: Tables, owner: Owner | None = None) -> Split:
    found = margin_split(tables, YEAR, owner or Owner())
    assert found is not None
    return found


def parts_of(found: Split) -> dict[str, int]:
    return {name: getattr(found, name) for name in PARTS}


def test_two_products_by_hand() -> None:
    """A: 100 at 10 (cost 6), then 120 at 11 (cost 7). B: 50 at 20 (cost 10), then 40 at 20 (cost 9).

    M0 = 400 + 500 = 900, M1 = 480 + 440 = 920. Price 120 x 1 = 120; cost -(120 x 1 - 40 x 1) = -80. At last year's
    prices 2000 becomes 1200 + 800 = 2000: no volume. Mix 20 x 4 - 10 x 10 = -20. 120 - 80 + 0 - 20 = 20.
    """
    rows = [product("A", 100, 120, 1000, 1320, 600, 840), product("B", 50, 40, 1000, 800, 500, 360)]
    products, parts = split_change(pd.DataFrame(rows))
    assert parts == {"price": 120, "volume": 0, "mix": -20, "cost": -80, "unsplit": 0}
    assert products["amount"].tolist() == [80, -100]
    assert products["state"].tolist() == ["both", "both"]


def test_a_product_that_is_new_and_one_that_is_gone_by_hand() -> None:
    """A stays at 10 x 10 (cost 5). B, 100 for a margin of 20, is gone; C, 100 for a margin of 90, is new.

    Volume at last year's prices: 200 to 200, nothing; all of the 70 is mix.
    """
    rows = [
        product("A", 10, 10, 100, 100, 50, 50),
        product("B", 5, 0, 100, 0, 80, 0),
        product("C", 0, 4, 0, 100, 0, 10),
    ]
    products, parts = split_change(pd.DataFrame(rows))
    assert parts == {"price": 0, "volume": 0, "mix": 70, "cost": 0, "unsplit": 0}
    assert products["state"].tolist() == ["both", "gone", "new"]


def test_twice_of_everything_is_volume_alone() -> None:
    rows = [product("A", 3, 6, 100, 200, 31, 62), product("B", 7, 14, 999, 1998, 1100, 2200)]
    _, parts = split_change(pd.DataFrame(rows))
    assert parts == {"price": 0, "volume": -32, "mix": 0, "cost": 0, "unsplit": 0}  # 69 - 101: losses double too


def test_what_cannot_be_compared_is_apart() -> None:
    rows = [product("A", 10, 10, 100, 110, 50, 50), product("B", 0, 4, -30, 50, 0, 20)]
    products, parts = split_change(pd.DataFrame(rows))
    assert parts == {"price": 10, "volume": 0, "mix": 0, "cost": 0, "unsplit": 60}
    assert products["state"].tolist() == ["both", "unsplit"]


CENTS = st.integers(-(10**9), 10**11)
AMOUNTS = st.tuples(st.floats(-1e3, 1e6), st.floats(-1e3, 1e6), CENTS, CENTS, CENTS, CENTS)
SOMETIMES = st.tuples(*[st.sampled_from([0, 0, 1, 5])] * 6)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(AMOUNTS, SOMETIMES), min_size=1, max_size=5))
def test_the_parts_add_up_to_the_cent(numbers: list[tuple[float, ...]]) -> None:
    rows = pd.DataFrame([product(str(i), *row) for i, row in enumerate(numbers)])
    products, parts = split_change(rows)
    margins = [sum(int(row[at] - row[at + 2]) for row in numbers) for at in (2, 3)]
    assert sum(parts.values()) == margins[1] - margins[0]
    loose = products[products["state"] != "unsplit"]
    assert ((loose["now"] - loose["before"]) == loose[["price", "cost", "amount"]].sum(axis=1)).all()
    assert int(loose["amount"].sum()) == parts["volume"] + parts["mix"]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(1, 10**5)] * 2, *[st.integers(1, 10**7)] * 4), min_size=2, max_size=5),
    st.sampled_from([0.25, 12.0, 1000.0]),
)
def test_it_does_not_matter_in_which_units_a_product_is_counted(numbers: list[tuple[int, ...]], dozen: float) -> None:
    rows = pd.DataFrame([product(str(i), *row) for i, row in enumerate(numbers)])
    first = [dozen] + [1.0] * (len(rows) - 1)
    other = rows.assign(**{name: rows[name] * first for name in ("quantity_before", "quantity_now")})
    both = [split_change(frame)[1] for frame in (rows, other)]
    assert all(abs(both[0][name] - both[1][name]) <= 2 for name in PARTS)  # of a half cent, rounded either way


def test_from_invoices_with_what_is_left_out_counted(make_tables: Make) -> None:
    invoices = [
        invoice(1, 2024, 10_000, 6_000, 10),
        invoice(2, 2025, 13_200, 8_400, 12),
        invoice(3, 2025, -1_200, -100, None),  # a credit note lowers the price
        invoice(4, 2025, 5_000, 1_000, None),  # nothing says how many
        invoice(5, 2025, 5_000, None, 2),  # nor what it cost
        invoice(6, 2025, 700, 200, 3, product=None),
        invoice(7, 2024, 800, 900, 3, product="nut", team="South"),
        invoice(8, 2025, 800, 950, 3, product="nut", team="South"),  # sold below its cost
        invoice(9, 2023, 99, 9, 1),
    ]
    found = whole(make_tables(FAR, invoices=invoices))
    assert (found.source, found.rows, found.uncosted, found.unmeasured, found.credits) == ("invoices", 8, 1, 2, 1)
    assert (found.margin_before, found.margin) == (3_900, 4_800 - 1_100 + 4_000 + 500 - 150)
    # bolt: price 12_000 - 12 * 1_000 = 0; cost -(8_300 - 12 * 600) = -1_100; nut: cost -50; volume on 10_800
    assert parts_of(found) == {"price": 0, "volume": 722, "mix": 78, "cost": -1_150, "unsplit": 4_500}
    assert sum(parts_of(found).values()) == found.margin - found.margin_before
    assert found.products.set_index("product")["now"].to_dict() == {"bolt": 3_700, "nut": -150}
    south = whole(make_tables(FAR, invoices=invoices), Owner("South"))
    assert parts_of(south) == {"price": 0, "volume": 0, "mix": 0, "cost": -50, "unsplit": 0}


def test_from_deals_by_their_list_price_where_invoices_have_no_quantity(
    make_tables: Make, as_duckdb: Callable[[Tables], Tables]
) -> None:
    def deal(i: int, year: int, listed: int | None, amount: int, cost: int, status: str = "won") -> dict[str, Any]:
        days = {"created_at": date(year, 1, 9), "closed_at": date(year, 2, 6), "status": status}
        return {"deal_id": f"D{i}", "amount": amount, "list_price": listed, "cost": cost, "team": "North", **days}

    deals = [deal(1, 2024, 1_000, 1_000, 400), deal(2, 2025, 2_000, 1_800, 800), deal(3, 2025, 9, 9, 9, "lost")]
    invoices = [invoice(1, 2024, 100, 10, None), invoice(2, 2025, 100, 10, None)]
    tables = make_tables(FAR, deals=deals, invoices=invoices)
    found = whole(tables)
    assert found.source == "deals"
    assert parts_of(found) == {"price": -200, "volume": 600, "mix": 0, "cost": 0, "unsplit": 0}
    assert to_json(found) == to_json(whole(as_duckdb(tables))) == to_json(from_json(to_json(found)))
    unlisted = [*deals, deal(4, 2025, 2_000, 1_800, 800), deal(5, 2025, None, 700, 300)]
    assert parts_of(whole(make_tables(FAR, deals=unlisted))) == {
        "price": -400,
        "volume": 1_800,
        "mix": 0,
        "cost": 0,
        "unsplit": 400,
    }


def test_without_cost_quantity_or_a_year_before_nothing_is_split(make_tables: Make) -> None:
    one = invoice(1, 2025, 100, 10, 1)
    assert margin_split(make_tables(FAR, invoices=[one]), YEAR) is None
    both = [{**one, "invoice_id": "I9", "invoiced_at": date(2024, 5, 5)}, one]
    assert margin_split(make_tables(FAR, invoices=both), YEAR) is not None
    for name in ("cost", "quantity"):
        bare = [{key: value for key, value in row.items() if key != name} for row in both]
        assert margin_split(make_tables(FAR, invoices=bare), YEAR) is None
    assert margin_split(make_tables(FAR, deals=[{"deal_id": "D", "status": "won"}]), YEAR) is None


def test_a_part_year_is_not_set_against_a_whole_one(make_tables: Make) -> None:
    """As much is sold every month, and the data begins in September: the year before has four months."""
    months = pd.period_range("2024-09", "2025-12", freq="M")
    rows = [
        {**invoice(i, month.year, 1_000, 600, 10.0), "invoiced_at": date(month.year, month.month, day)}
        for i, (month, day) in enumerate((month, day) for month in months for day in (2, 28))
    ]
    rows = [{**row, "invoice_id": f"I{i:03}"} for i, row in enumerate(rows)]
    found = whole(make_tables(FAR, invoices=rows))
    assert found.months == (month_number(date(2025, 9, 1)), month_number(FAR))
    assert (found.margin_before, found.margin, found.volume) == (3_200, 3_200, 0)
    assert margin_split(make_tables(FAR, invoices=rows[12:]), YEAR) is None  # since March


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_companies_add_up(draw: Callable[..., Tables], seed: int) -> None:
    for owner in (Owner(), Owner("South")):
        found = whole(draw(seed), owner)
        assert sum(parts_of(found).values()) == found.margin - found.margin_before
