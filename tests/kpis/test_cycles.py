"""How long deals took: cohorts followed to the horizon alone, the same halves as the curves', and open deals by age."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.kpis.curves import mean_cycle, win_curve
from salesgoals_kit.kpis.cycles import cycles, open_deals
from salesgoals_kit.kpis.others import late_days
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import month_number, parse_period

FAR = date(2025, 12, 31)
Make = Callable[..., Tables]


def deal(i: int, status: str, created: str, days: int | None, **more: Any) -> dict[str, Any]:
    born = pd.Timestamp(created)
    closed = None if days is None else born + pd.Timedelta(days=days)
    base = {"deal_id": f"D{i:03}", "status": status, "created_at": born, "closed_at": closed, "amount": 10_000}
    return {**base, "team": "North", "rep": "Ann", "deal_type": "new", "product": "bolt", **more}


def test_halves_by_hand(make_tables: Make) -> None:
    deals = [
        deal(0, "lost", "2025-01-01", 2),  # the data begins on 3 January
        deal(1, "won", "2025-02-01", 10),
        deal(2, "won", "2025-02-03", 20),
        deal(3, "won", "2025-02-05", 25, deal_type="more"),
        deal(4, "won", "2025-03-05", 40),  # beyond the horizon of 30 days: no win within it
        deal(5, "lost", "2025-03-06", 5),
        deal(6, "open", "2025-03-06", None),
        deal(7, "won", "2025-12-15", 4),  # not followed to the horizon yet
    ]
    found = cycles(make_tables(FAR, deals=deals))
    assert found is not None
    assert found.months == (month_number(date(2025, 1, 1)), month_number(date(2025, 11, 1)))
    assert found.last == month_number(date(2025, 12, 1))
    rows = found.groups.set_index(["by", "group"])
    assert [rows.loc[("all", ""), name] for name in ("deals", "won", "half", "closed")] == [7, 3, 20, 7]
    assert rows.loc[("all", ""), "mean"] == pytest.approx((2 + 10 + 20 + 25 + 40 + 5 + 4) / 7)
    assert rows.loc[("deal_type", "more"), "half"] == 25
    assert rows.loc[("deal_type", "new"), "half"] == 10  # half of two wins is one
    assert found.wins["day"].tolist() == [25, 10, 20]
    assert found.beside.empty


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_halves_and_means_as_the_curves(
    draw: Callable[..., Tables], as_duckdb: Callable[[Tables], Tables], seed: int
) -> None:
    tables = draw(seed)
    for owner in (COMPANY, Owner("South")):
        found = cycles(tables, owner)
        assert found is not None
        rows = found.groups.set_index(["by", "group"])
        for kind in ("new", "more"):
            curve = win_curve(tables, found.months, owner, 30, ("deal_type",)).query("deal_type == @kind")
            winning = curve["winning"].to_numpy()
            half = int(np.argmax(winning >= winning[-1] / 2 - 1e-9))
            assert rows.loc[("deal_type", kind), "half"] == half
        span = (found.months[0], month_number(FAR))
        mean = mean_cycle(tables, [span], (), owner)["value"].iloc[0]
        assert rows.loc[("all", ""), "mean"] == pytest.approx(mean)
        assert int(found.wins["wins"].sum()) == rows.loc[("all", ""), "won"]
        assert to_json(found) == to_json(cycles(as_duckdb(tables), owner)) == to_json(from_json(to_json(found)))


def test_other_teams_are_pooled_where_there_are_three_and_nobody_of_them_is_named(make_tables: Make) -> None:
    teams = ["North", "South", "East", "West"]
    deals = [deal(i, "won", "2025-02-01", i, team=teams[i % 4], rep=f"Rep of {teams[i % 4]}") for i in range(1, 25)]
    deals[0] = deal(1, "won", "2025-01-01", 2, team="North", rep="Rep of North")
    found = cycles(make_tables(FAR, deals=deals), Owner("North"))
    assert found is not None
    assert found.beside.groupby("side")["wins"].sum().to_dict() == {"others": 17, "own": 7}
    assert "South" not in to_json(found)
    few = [row for row in deals if row["team"] != "West"]
    pair = cycles(make_tables(FAR, deals=few), Owner("North"))
    assert pair is not None
    assert pair.beside.empty


def test_open_deals_name_only_own_people(make_tables: Make) -> None:
    reps = [{"rep": "Ann", "team": "North"}, {"rep": "Bob", "team": "South"}]
    deals = [
        deal(1, "open", "2025-12-01", None),
        deal(2, "open", "2025-11-01", None, rep="Bob", amount=None, stage="Offer"),
        deal(3, "open", "2025-12-01", None, created_at=None),
        deal(4, "won", "2025-11-01", 12),
        deal(5, "won", "2020-11-01", 90),  # too long ago
    ]
    found = open_deals(make_tables(FAR, deals=deals, reps=reps), Owner("North"))
    assert found is not None
    assert found.opened["age"].tolist() == [30, 60]
    assert found.opened["rep"].tolist() == ["Ann", None]
    assert found.opened["stage"].tolist() == [None, "Offer"]
    assert found.took.to_numpy().tolist() == [["new", 12, 1]]
    assert found.undated == 1
    everyone = open_deals(make_tables(FAR, deals=deals, reps=reps))
    assert everyone is not None
    assert everyone.opened["rep"].tolist() == ["Ann", "Bob"]


@pytest.mark.parametrize(
    ("status", "won"), [("open", 0), ("lost", 0), ("won", 2)], ids=["all open", "all lost", "one month"]
)
def test_deals_that_all_went_alike(make_tables: Make, status: str, won: int) -> None:
    days = None if status == "open" else 3
    deals = [deal(i, status, "2025-06-01", days) for i in range(2)]
    found = cycles(make_tables(FAR, deals=deals))
    assert found is not None
    row = found.groups.iloc[0]
    assert row["won"] == won
    assert np.isnan(row["half"]) == (won == 0)


def test_without_days_nothing_is_known(make_tables: Make) -> None:
    tables = make_tables(FAR, deals=[{"deal_id": "D1", "status": "open"}])
    assert cycles(tables) is None
    assert open_deals(tables) is None

    assert late_days(parse_period("2025Q1")) == 9
