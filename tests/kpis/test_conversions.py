"""What reps made of what they did is counted once, in the months that are whole, and no open deal is a lost one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.kpis.conversions import COUNTS, conversions
from salesgoals_kit.periods import last_whole_month, month_number

FAR = date(2025, 12, 31)
Make = Callable[..., Tables]


def deal(i: int, status: str, created: str, closed: str | None, rep: str = "Ann", **more: Any) -> dict[str, Any]:
    amount = more.pop("amount", 10_000)
    return {
        "deal_id": f"D{i}",
        "status": status,
        "created_at": date.fromisoformat(created),
        "closed_at": None if closed is None else date.fromisoformat(closed),
        "rep": rep,
        "team": "North",
        "amount": amount,
        **more,
    }


def lead(i: int, qualified: str | None, deal_id: str | None, rep: str | None = "Ann") -> dict[str, Any]:
    day = None if qualified is None else date.fromisoformat(qualified)
    made = {"lead_id": f"L{i}", "created_at": date(2025, 1, 1), "qualified_at": day, "deal_id": deal_id}
    return {**made, "rep": rep, "team": "North"}


def done(i: int, kind: str, day: str, rep: str = "Ann") -> dict[str, Any]:
    return {"activity_id": f"A{i}", "rep": rep, "kind": kind, "happened_at": date.fromisoformat(day)}


REPS = [{"rep": "Ann", "team": "North", "hired_on": date(2020, 1, 1)}]


def row_of(tables: Tables, rep: str | None = "Ann") -> dict[str, int]:
    units = conversions(tables).units
    rows = units[units["rep"].isna() if rep is None else units["rep"] == rep]
    return {name: int(rows[name].sum()) for name in COUNTS}


def test_counts_by_hand(make_tables: Make) -> None:
    deals = [
        deal(1, "won", "2025-02-01", "2025-03-01"),
        deal(2, "lost", "2025-02-01", "2025-03-01"),
        deal(3, "open", "2025-03-01", None),  # not lost, but an opportunity
        deal(4, "won", "2024-11-01", "2025-01-02"),  # opened before the window
        deal(5, "won", "2024-03-01", "2024-12-31"),  # and won before it
        deal(6, "won", "2025-04-01", "2025-05-01", amount=None),
    ]
    leads = [
        lead(1, "2025-01-20", "D1"),
        lead(2, "2025-01-20", None),
        lead(3, None, None),
        lead(4, "2025-12-30", None),  # too young to have become a deal
        lead(5, "2025-02-20", "D3", rep=None),
    ]
    calls = [done(1, "call", "2025-01-03"), done(2, "call", "2025-12-30"), done(3, "demo", "2024-12-31")]
    tables = make_tables(FAR, deals=deals, leads=leads, activities=calls, reps=REPS)
    found = conversions(tables)
    assert row_of(tables) == {
        "decided": 4,
        "won": 3,
        "traced": 3,  # D4 was created before the leads begin
        "led": 1,
        "opened": 4,
        "qualified": 2,
        "converted": 1,
    }
    assert row_of(tables, None) == {**dict.fromkeys(COUNTS, 0), "qualified": 1, "converted": 1}
    assert found.sizes[["deals", "total", "squares"]].iloc[0].tolist() == [2, 200.0, 20_000.0]
    assert found.activities[["kind", "count"]].to_numpy().tolist() == [["call", 2]]
    assert found.lead_months == (month_number(date(2025, 1, 1)), month_number(date(2025, 11, 1)))  # 12 days: L1 to D1
    assert {note.id for note in found.notes} == {"activity.mature", "activity.won_without_amount"}


def test_activities_and_opportunities_are_of_the_same_months(make_tables: Make) -> None:
    deals = [deal(i, "won", f"2025-{i:02}-10", "2025-12-01") for i in range(1, 13)]
    calls = [done(i, "call", f"2025-{i:02}-02") for i in range(7, 11)]
    calls[-1]["happened_at"] = date(2025, 10, 28)
    tables = make_tables(FAR, deals=deals, activities=calls, reps=REPS)
    found = conversions(tables)
    assert found.activity_months == (month_number(date(2025, 7, 1)), month_number(date(2025, 10, 1)))
    assert (row_of(tables)["opened"], row_of(tables)["won"], found.lead_months) == (4, 12, None)


def test_who_moved_has_his_present_team_and_who_left_the_one_he_had(make_tables: Make) -> None:
    reps = [{**REPS[0], "team": "South"}, {"rep": "Bob", "team": "West", "left_on": date(2025, 6, 1)}]
    deals = [deal(1, "won", "2025-02-01", "2025-03-01"), deal(2, "won", "2025-02-01", "2025-03-01", "Bob")]
    units = conversions(make_tables(FAR, deals=deals, reps=pd.DataFrame(reps))).units
    assert units[["rep", "team"]].to_numpy().tolist() == [["Ann", "South"], ["Bob", "North"]]


def test_without_creation_days_deals_decided_stand_for_those_opened(make_tables: Make) -> None:
    deals = [{k: v for k, v in deal(1, "won", "2025-02-01", "2025-03-01").items() if k != "created_at"}]
    tables = make_tables(FAR, deals=deals, reps=REPS)
    assert row_of(tables)["opened"] == 1
    assert [note.id for note in conversions(tables).notes] == ["activity.no_creation"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_counts_of_a_naive_twin(
    draw: Callable[..., Tables], as_duckdb: Callable[[Tables], Tables], seed: int
) -> None:
    tables = draw(seed)
    found = conversions(tables)
    last = last_whole_month(FAR)
    deals = tables.frame("deals").collect("pandas").to_native()
    leads = tables.frame("leads").collect("pandas").to_native()
    closed = deals[deals["closed_at_month"].between(last - 11, last) & (deals["status"] != "open")]
    for rep in ["Ann", "Bob", "Cid", None]:
        mine = closed[closed["rep"].isna() if rep is None else closed["rep"] == rep]
        linked = set(leads["deal_id"].dropna())
        assert row_of(tables, rep)["decided"] == len(mine)
        assert row_of(tables, rep)["won"] == sum(mine["status"] == "won")
        assert row_of(tables, rep)["led"] == sum(
            name in linked and (pd.isna(born) or born >= leads["created_at_day"].min())
            for name, born in zip(mine["deal_id"], mine["created_at_day"], strict=True)
        )
    assert found.lead_months is not None
    first, until = found.lead_months
    cohort = leads[leads["qualified_at_month"].between(first, until)]
    assert found.units["qualified"].sum() == len(cohort)
    assert found.units["converted"].sum() == sum(name in set(deals["deal_id"]) for name in cohort["deal_id"])
    for name in ("units", "sizes", "activities"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(conversions(as_duckdb(tables)), name))
    assert to_json(from_json(to_json(found))) == to_json(found)
