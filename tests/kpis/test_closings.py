"""When within quarters deals are won, and when the ages of open deals would have it: against naive twins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.kpis.closings import closings
from salesgoals_kit.kpis.curves import aalen_johansen, data_begins
from salesgoals_kit.kpis.cycles import dated_deals
from salesgoals_kit.kpis.scope import Scope
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, day_number, day_of

FAR = date(2025, 12, 31)
Make = Callable[..., Tables]


def test_late_and_early_by_hand(make_tables: Make) -> None:
    closed = ["2025-04-01", "2025-04-10", "2025-04-11", "2025-06-20", "2025-06-21", "2025-06-22", "2025-06-30"]
    deals = [
        {
            "deal_id": f"D{i}",
            "status": "won",
            "created_at": date(2025, 1, 1),
            "closed_at": date.fromisoformat(day),
            "amount": 9_000,
            "list_price": 10_000,
            "deal_type": "new",
        }
        for i, day in enumerate(["2025-01-02", "2025-12-30", *closed])
    ]
    found = closings(make_tables(FAR, deals=deals))
    assert found is not None
    assert found.quarters["name"].tolist() == ["2025Q1", "2025Q2", "2025Q3", "2025Q4"]
    assert found.quarters["revenue"].tolist() == [90.0, 630.0, 0.0, 90.0]
    rows = found.wins[found.wins["group"] == ""].set_index("quarter")[["wins", "late", "early"]]
    first = int(found.quarters["first"].iloc[1])
    assert rows.loc[first].to_numpy().tolist() == [
        7,
        2,
        2,
    ]  # of 91 days 9 are late: from 22 June on; early: to 10 April
    assert found.terms.set_index("late")["deals"].to_dict() == {0: 6, 1: 3}
    assert found.terms.set_index("late")["discounts"].to_dict() == pytest.approx({0: 0.6, 1: 0.3})
    assert set(found.wins["group"]) == {""}  # no teams to compare


@pytest.mark.parametrize("owner", [COMPANY, Owner("North")])
def test_counts_and_due_wins_of_a_naive_twin(
    draw: Callable[..., Tables], as_duckdb: Callable[[Tables], Tables], owner: Owner
) -> None:
    tables = draw(3)
    scope = Scope(tables, owner)
    found = closings(tables, owner)
    assert found is not None
    deals, everyone = dated_deals(scope), dated_deals(scope.everyone())
    hazards = {}
    for kind, part in everyone.groupby("deal_type"):
        entry = (data_begins(scope) - part["created"]).clip(lower=0)
        curve = aalen_johansen(part[["leave", "won", "lost"]].assign(entry=entry, deals=1), int(part["leave"].max()))
        hazards[str(kind)] = (curve["won"] / curve["at_risk"].clip(lower=1)).tolist()
    pace = found.pace[found.pace["group"] == ""].set_index("quarter")
    wins = found.wins[found.wins["group"] == ""].groupby("quarter")[["wins", "late", "early"]].sum()
    for first in found.quarters["first"]:
        quarter = Period("quarter", int(first), int(first) + 2)
        start, end = day_number(quarter.start), day_number(quarter.end)
        closed = (deals["created"] + deals["leave"]).where(deals["won"] == 1)
        inside = closed.between(start, end)
        late = closed.between(end - 8, end)
        assert wins.loc[first].to_numpy().tolist() == [inside.sum(), late.sum(), closed.between(start, start + 9).sum()]
        due = {}
        for day in range(start, end + 1):
            ages = day - deals["created"]
            at_risk = (ages >= 0) & (ages <= deals["leave"])
            kinds, there = deals["deal_type"][at_risk], ages[at_risk]
            due[day] = sum(hazards[kind][age] for kind, age in zip(kinds, there, strict=True))
        weekday = [day for day in due if day_of(day).weekday() < 5]
        expected = [np.mean([due[day] for day in weekday if (day > end - 9) == side]) for side in (True, False)]
        assert [pace.loc[first, name] for name in ("late", "rest")] == pytest.approx(expected)
    assert to_json(found) == to_json(closings(as_duckdb(tables), owner)) == to_json(from_json(to_json(found)))


def test_without_a_whole_quarter_or_days_nothing_is_seen(make_tables: Make) -> None:
    deals = [{"deal_id": "D1", "status": "won", "created_at": date(2025, 12, 1), "closed_at": date(2025, 12, 9)}]
    found = closings(make_tables(FAR, deals=deals))
    assert found is not None
    assert (len(found.quarters), len(found.wins), len(found.pace)) == (0, 0, 0)
    assert closings(make_tables(FAR, deals=[{"deal_id": "D1", "status": "open"}])) is None
