"""Expected days that are put off: counted by hand, and expected and judged as a naive twin does, deal by deal."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.kpis.slips import slips
from salesgoals_kit.owners import Owner

FAR = date(2025, 12, 31)
Make = Callable[..., Tables]


def change(deal: str, changed: date, expected: date) -> dict[str, Any]:
    return {"deal_id": deal, "field": "expected_close_at", "value": expected.isoformat(), "changed_at": changed}


def deal(name: str, created: date, closed: date | None, **more: Any) -> dict[str, Any]:
    status = "open" if closed is None else "won"
    base = {"deal_id": name, "status": status, "created_at": created, "closed_at": closed, "deal_type": "new"}
    return {**base, "team": "North", "rep": "Ann", **more}


def test_moves_by_hand(make_tables: Make) -> None:
    begin = date(2025, 2, 1)
    deals = [
        deal("Z", date(2025, 1, 1), date(2025, 1, 2)),
        deal("A", begin, date(2025, 6, 1)),
        deal("B", begin, None),
        deal("C", begin, date(2025, 3, 1)),
    ]
    changes = [
        change("A", begin, date(2025, 3, 10)),
        change("A", date(2025, 3, 9), date(2025, 3, 20)),  # 10 days, within the quarter
        change("A", date(2025, 3, 19), date(2025, 4, 9)),  # 20 days, over its end
        change("A", date(2025, 4, 1), date(2025, 4, 2)),  # sooner: not put off
        change("B", begin, date(2025, 5, 1)),
        change("C", begin, date(2025, 2, 20)),
        change("C", date(2025, 4, 1), date(2025, 9, 9)),  # after it had closed
        {"deal_id": "A", "field": "amount", "value": "5", "changed_at": begin},
    ]
    found = slips(make_tables(FAR, deals=deals, deal_changes=changes))
    assert found is not None
    assert (found.deals, found.slipped, found.over, found.moves, found.days) == (3, 1, 1, 2, 30)
    assert found.units.empty
    assert slips(make_tables(FAR, deals=deals)) is None
    assert slips(make_tables(FAR, deals=deals, deal_changes=changes[-1:])) is None


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_expected_and_how_it_spreads_as_a_naive_twin_has_it(
    make_tables: Make, as_duckdb: Callable[[Tables], Tables], seed: int
) -> None:
    rng = random.Random(seed)
    teams = ["North", "South", "East", "West"]
    deals, changes, seen = [deal("Z", date(2025, 1, 1), date(2025, 1, 2))], [], []
    for i in range(80):
        created = date(2025, 2, 1) + timedelta(days=rng.randrange(200))
        length = rng.randrange(1, 60)
        kind, team, entry = rng.choice(["new", "more"]), rng.choice(teams), min(rng.randrange(4), length)
        deals.append(deal(f"D{i:02}", created, created + timedelta(days=length), deal_type=kind, team=team, rep=team))
        at, expected, moves = entry, created + timedelta(days=30), []
        changes.append(change(f"D{i:02}", created + timedelta(days=at), expected))
        while (at := at + rng.randrange(1, 30)) <= length:
            expected += timedelta(days=rng.randrange(1, 50))
            changes.append(change(f"D{i:02}", created + timedelta(days=at), expected))
            moves.append(at)
        seen.append((kind, team, entry, length, moves))
    tables = make_tables(FAR, deals=deals, deal_changes=changes)
    found = slips(tables)
    assert found is not None
    expected_of, beyond = dict.fromkeys(teams, 0.0), {team: np.zeros(2) for team in teams}
    for kind, team, entry, length, moves in seen:
        alike = [one for one in seen if one[0] == kind]
        at_risk = {age: [one for one in alike if one[2] <= age <= one[3]] for age in range(60)}
        rate = {age: sum(one[4].count(age) for one in alike) / max(len(at_risk[age]), 1) for age in range(60)}
        expected_of[team] += sum(rate[age] for age in range(entry, length + 1))
        for name in teams:
            part = {age: sum(one[1] == name for one in rows) / max(len(rows), 1) for age, rows in at_risk.items()}
            weight = {age: (team == name) - part[age] for age in range(60)}
            own = sum(weight[age] for age in moves) - sum(weight[a] * rate[a] for a in range(entry, length + 1))
            beyond[name] += np.array([own, own**2])
    sums = found.units.groupby("group")[["deals", "moves", "expected"]].sum()
    assert sums["expected"].to_dict() == pytest.approx(expected_of)
    assert sums["expected"].sum() == pytest.approx(found.moves)
    for name, excess, variance in found.tests.itertuples(index=False):
        assert [excess, variance] == pytest.approx(beyond[name].tolist())
    assert to_json(found) == to_json(slips(as_duckdb(tables))) == to_json(from_json(to_json(found)))
    pooled = slips(tables, Owner("North"))
    assert pooled is not None
    assert set(pooled.units["group"]) == {"own", "others"}
    assert "South" not in to_json(pooled)
