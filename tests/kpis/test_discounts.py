"""Depths of discount: bands by hand, deals without a price counted, and the counts of a naive twin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.kpis.discounts import discounts
from salesgoals_kit.owners import Owner

FAR = date(2025, 12, 31)


def deal(i: int, status: str, listed: int | None, amount: int | None, day: str = "2025-03-03") -> dict[str, Any]:
    closed = None if status == "open" else date.fromisoformat(day)
    base = {"deal_id": f"D{i}", "status": status, "closed_at": closed, "list_price": listed, "amount": amount}
    return {**base, "deal_type": "new", "team": "North"}


def test_bands_by_hand(make_tables: Callable[..., Tables]) -> None:
    deals = [
        deal(1, "won", 1_000, 1_000),
        deal(2, "won", 1_000, 1_100),  # above the list: no discount
        deal(3, "lost", 1_000, 960),
        deal(4, "won", 1_000, 901, "2024-06-06"),
        deal(5, "lost", 1_000, 850),
        deal(6, "won", 1_000, 500),
        deal(7, "lost", 1_000, 0),  # nothing was offered
        deal(8, "lost", None, 900),
        deal(9, "open", 1_000, 900),
        deal(10, "won", 1_000, 900, "2023-12-31"),  # too long ago
    ]
    found = discounts(make_tables(FAR, deals=deals))
    assert found is not None
    rows = found.counts.groupby("band")[["deals", "won"]].sum()
    assert rows.to_dict("index") == {
        0: {"deals": 2, "won": 2},
        1: {"deals": 1, "won": 0},
        2: {"deals": 1, "won": 1},
        3: {"deals": 1, "won": 0},
        4: {"deals": 1, "won": 1},
    }
    assert (found.won, found.lost, found.won_known, found.lost_known) == (4, 4, 4, 2)
    assert (found.listed, found.paid) == (30.0, 26.0)
    assert discounts(make_tables(FAR, deals=[{"deal_id": "D1", "status": "open"}])) is None


def test_a_band_holds_its_own_end(make_tables: Callable[..., Tables]) -> None:
    """Exactly 0.5, 5, 10 and 20 % off, which floats take for a little more."""
    paid = {1: 995, 2: 950, 3: 900, 4: 800}
    found = discounts(make_tables(FAR, deals=[deal(i, "won", 1_000, amount) for i, amount in paid.items()]))
    assert found is not None
    assert found.counts.groupby("band")["deals"].sum().to_dict() == {0: 1, 1: 1, 2: 1, 3: 1}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_counts_of_a_naive_twin(
    draw: Callable[..., Tables], as_duckdb: Callable[[Tables], Tables], seed: int
) -> None:
    tables = draw(seed)
    found = discounts(tables, Owner("North"))
    assert found is not None
    deals = tables.frame("deals").collect("pandas").to_native()
    mine = deals[(deals["team"] == "North") & (deals["status"] != "open")]
    off = (1 - mine["amount"].astype("float64") / mine["list_price"].astype("float64"))[mine["amount"].notna()]
    bands = {0: off <= 0.005, 3: (off > 0.1) & (off <= 0.2), 4: off > 0.2}
    rows = found.counts.groupby("band")["deals"].sum()
    assert {band: int(rows[band]) for band in bands} == {band: int(inside.sum()) for band, inside in bands.items()}
    assert found.won_known == int((mine.loc[off.index, "status"] == "won").sum())
    both = (to_json(discounts(as_duckdb(tables), Owner("North"))), to_json(from_json(to_json(found))))
    assert both == (to_json(found), to_json(found))
