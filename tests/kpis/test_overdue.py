"""Deals that slipped out of a period: by hand, against a naive twin, and where the data cannot tell."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.kpis.drivers import drivers
from salesgoals_kit.kpis.overdue import Slips, slips
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period

MakeTables = Callable[..., Tables]
AsDuckdb = Callable[[Tables], Tables]
FAR = date(2025, 12, 31)
Q1 = parse_period("2025Q1")
SPAN = (Q1.first, Q1.last)
BEFORE, IN, AFTER = date(2024, 12, 10), date(2025, 2, 10), date(2025, 4, 20)


def deal(name: str, status: str, closed: date | None, **given: Any) -> dict[str, Any]:
    basic = {"deal_id": name, "status": status, "created_at": date(2024, 11, 1), "closed_at": closed, "amount": 10_000}
    return {**basic, "expected_close_at": None, "team": "North", **given}


def change(name: str, value: date, on: date) -> dict[str, Any]:
    return {"deal_id": name, "field": "expected_close_at", "value": value.isoformat(), "changed_at": on}


DEALS = [
    deal("won in time", "won", IN),
    deal("won later", "won", AFTER, amount=25_000),
    deal("lost later", "lost", AFTER, amount=None),
    deal("still open", "open", None, team="South"),
    deal("moved out before", "open", None),
    deal("moved out since", "open", None, expected_close_at=date(2025, 9, 1)),
    deal("closed before", "won", BEFORE),
    deal("created since", "open", None, created_at=IN),
    deal("never moved", "open", None, expected_close_at=IN),
    deal("told since only", "open", None, expected_close_at=IN),
]
CHANGES = [
    *(change(one["deal_id"], IN, date(2024, 11, 2)) for one in DEALS[:6]),
    change("moved out before", AFTER, BEFORE),
    change("moved out since", date(2025, 9, 1), date(2025, 3, 3)),
    change("closed before", IN, date(2024, 11, 2)),
    change("created since", IN, IN),
    change("told since only", IN, date(2025, 1, 9)),
]


def test_what_slipped_by_hand(make_tables: MakeTables) -> None:
    tables = make_tables(FAR, deals=DEALS, deal_changes=CHANGES)
    # due: won in time, won later, lost later, still open, moved out since, never moved; all but the first slipped
    assert slips(tables, COMPANY, SPAN) == Slips(due=6, slipped=5, amount=550.0, unpriced=1, won=1, lost=1, moved=True)
    assert slips(tables, Owner("South"), SPAN) == Slips(1, 1, 100.0, 0, 0, 0, moved=True)
    # one was decided in the quarter, five that were due were not
    assert drivers(tables, COMPANY, SPAN)["on_time"] == pytest.approx(1 / 6)


def test_without_deal_changes_only_days_that_still_stand_are_seen(make_tables: MakeTables) -> None:
    tables = make_tables(FAR, deals=DEALS)
    assert slips(tables, COMPANY, SPAN) == Slips(2, 2, 200.0, 0, 0, 0, moved=False)


def test_without_any_expected_day_nothing_can_be_told(make_tables: MakeTables) -> None:
    plain = [{name: cell for name, cell in one.items() if name != "expected_close_at"} for one in DEALS]
    assert slips(make_tables(FAR, deals=plain), COMPANY, SPAN) is None
    assert slips(make_tables(FAR, deals=[{**one, "expected_close_at": None} for one in DEALS]), COMPANY, SPAN) is None
    assert slips(make_tables(FAR, leads=[{"lead_id": "1", "created_at": IN}]), COMPANY, SPAN) is None
    assert drivers(make_tables(FAR, deals=plain), COMPANY, SPAN)["on_time"] is None


def naive(deals: list[dict[str, Any]], changes: list[dict[str, Any]]) -> tuple[int, int]:
    due = slipped = 0
    for one in deals:
        closed: date | None = one["closed_at"]
        if one["created_at"] >= Q1.start or (closed is not None and closed < Q1.start):
            continue
        own = [row for row in changes if row["deal_id"] == one["deal_id"]]
        then = [(row["changed_at"], row["value"]) for row in own if row["changed_at"] < Q1.start]
        stands = None if own or one["expected_close_at"] is None else str(one["expected_close_at"])
        expected = max(then)[1] if then else stands
        if expected is not None and Q1.start <= date.fromisoformat(expected) <= Q1.end:
            due += 1
            slipped += closed is None or closed > Q1.end
    return due, slipped


@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_with_a_naive_twin_on_both_engines(make_tables: MakeTables, as_duckdb: AsDuckdb, seed: int) -> None:
    rng = random.Random(seed)

    def day() -> date:
        return date(2024, 10, 1) + timedelta(days=rng.randrange(250))

    rows: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    for i in range(150):
        status = rng.choice(["open", "won", "lost"])
        created = day()
        closed = None if status == "open" else created + timedelta(days=rng.randrange(150))
        rows.append(deal(f"D{i}", status, closed, created_at=created, expected_close_at=rng.choice([day(), None])))
        changes += [change(f"D{i}", day(), day()) for _ in range(rng.randrange(4))]
    tables = make_tables(FAR, deals=rows, deal_changes=changes)
    for some in (tables, as_duckdb(tables)):
        found = slips(some, COMPANY, SPAN)
        assert found is not None
        assert (found.due, found.slipped) == naive(rows, changes)
