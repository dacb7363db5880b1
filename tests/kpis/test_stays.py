"""Days in stages: backwards, twice, on one day, and open; and the same as a naive twin."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.kpis.stays import stage_stays
from salesgoals_kit.owners import Owner

FAR = date(2025, 12, 31)
STAGES = ["Talk", "Offer", "Sign"]
Make = Callable[..., Tables]


def event(deal: str, stage: str, day: str) -> dict[str, Any]:
    return {"deal_id": deal, "stage": stage, "entered_at": date.fromisoformat(day)}


def deal(name: str, status: str, closed: str | None) -> dict[str, Any]:
    day = None if closed is None else date.fromisoformat(closed)
    return {"deal_id": name, "status": status, "closed_at": day, "created_at": date(2025, 1, 1), "team": "North"}


def counted(tables: Tables, owner: Owner | None = None) -> dict[tuple[str, int], tuple[int, int]]:
    found = stage_stays(tables, owner or Owner())
    assert found is not None
    columns = [found.stays[name].tolist() for name in ("stage", "days", "left", "still")]
    return {(stage, days): (left, still) for stage, days, left, still in zip(*columns, strict=True)}


def test_days_by_hand(make_tables: Make) -> None:
    deals = [deal("A", "won", "2025-03-31"), deal("B", "open", None), deal("Z", "lost", "2025-01-01")]
    events = [
        event("A", "Talk", "2025-03-01"),
        event("A", "Offer", "2025-03-11"),
        event("A", "Talk", "2025-03-16"),  # back again
        event("A", "Offer", "2025-03-18"),
        event("A", "Sign", "2025-03-18"),  # on one day: in the usual order
        event("B", "Talk", "2025-12-01"),
        event("B", "Offer", "2025-12-11"),
        event("C", "Talk", "2025-12-01"),  # of a deal that is not there
    ]
    tables = make_tables(FAR, deals=deals, stage_events=events)
    assert counted(tables) == {
        ("Talk", 12): (1, 0),  # 10 and 2
        ("Talk", 10): (1, 0),
        ("Offer", 5): (1, 0),
        ("Offer", 20): (0, 1),  # still in it
        ("Sign", 13): (1, 0),
    }
    found = stage_stays(tables)
    assert found is not None
    assert (found.deals, found.backwards) == (2, 1)
    assert found.stays.drop_duplicates("stage")["stage"].tolist() == STAGES
    assert counted(tables, Owner("South")) == {}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_naive_twin(make_tables: Make, as_duckdb: Callable[[Tables], Tables], seed: int) -> None:
    rng = random.Random(seed)
    deals, events, twin = [deal("Z", "lost", "2025-01-01")], [], Counter[tuple[str, int, bool]]()
    for i in range(60):
        day, spent, last = date(2025, 1, 5) + timedelta(days=rng.randrange(300)), Counter[str](), ""
        path = [rng.choice(STAGES) for _ in range(rng.randrange(1, 6))]
        for stage in path:
            events.append({"deal_id": f"D{i}", "stage": stage, "entered_at": day})
            stay, last = rng.randrange(1, 20), stage
            day, spent = day + timedelta(days=stay), spent + Counter({stage: stay})
        is_open = rng.random() < 0.3
        deals.append(deal(f"D{i}", "open" if is_open else "won", None if is_open else day.isoformat()))
        spent[last] += (FAR - day).days if is_open else 0
        twin.update((stage, days, is_open and stage == last) for stage, days in spent.items())
    rng.shuffle(events)
    tables = make_tables(FAR, deals=deals, stage_events=events)
    found = stage_stays(tables)
    assert found is not None
    rows = found.stays.itertuples(index=False)
    both = [((row.stage, row.days, still), n) for row in rows for still, n in ((False, row.left), (True, row.still))]
    assert {key: count for key, count in both if count} == dict(twin)
    assert to_json(found) == to_json(stage_stays(as_duckdb(tables))) == to_json(from_json(to_json(found)))


def test_without_stage_events_nothing_is_known(make_tables: Make) -> None:
    assert stage_stays(make_tables(FAR, deals=[deal("A", "open", None)])) is None
