"""What came after as_of changes nothing, and the two engines agree on what was known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from tests.data.conftest import Border, collected
from tests.data.worlds import AS_OF, LAST, Maker, World, frames_of, scrambled, write_world

SEEDS = st.integers(0, 10**9)
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)  # a smaller seed is no simpler world
SOME = settings(max_examples=8, deadline=None, phases=UNSHRUNK)
FEW = settings(SOME, max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
COMPANY = Company.model_validate({"version": 1, "name": "Acme", "sources": {"deals": {"path": "deals.csv"}}})
Cells = dict[str, list[dict[str, Any]]]


def _cells(tables: Tables) -> Cells:
    """Every table as rows of plain values: one form for both engines."""
    return {name: [_row(row) for row in collected(tables, name).to_dict("records")] for name in tables.frames}


def _row(row: dict[Any, Any]) -> dict[str, Any]:
    return {str(key): cell.isoformat() if isinstance(cell, pd.Timestamp) else cell for key, cell in row.items()}


def _in_pandas(world: World, as_of: date = AS_OF) -> Tables:
    return tables_from_frames(frames_of(world), COMPANY, as_of, known_on=LAST)


def _in_duckdb(world: World, border: Border, as_of: date = AS_OF) -> tuple[Cells, Tables]:
    folder = border.folder / "export"
    write_world(world, folder)
    for name in world:
        border.there(name, f"export/{name}.csv")
    ref = make_snapshot(border.company)
    assert {name: facts.rejected for name, facts in ref.manifest.tables.items()} == dict.fromkeys(world, 0)
    assert ref.last_day == LAST
    with open_snapshot(ref, border.company) as snapshot:
        tables = snapshot.at(as_of)
        return _cells(tables), tables


@given(SEEDS, SEEDS)
@example(233, 4354)  # a closed deal is the first that was known
@SOME
def test_nothing_that_came_later_is_seen_in_pandas(seed: int, other: int) -> None:
    world = Maker(seed).world()
    then, now = _in_pandas(world), _in_pandas(scrambled(world, other))
    assert _cells(then) == _cells(now)
    assert then.coverage == now.coverage


@given(seed=SEEDS, other=SEEDS)
@FEW
def test_nothing_that_came_later_is_seen_in_a_snapshot(new_border: Callable[[], Border], seed: int, other: int) -> None:
    world = Maker(seed).world()
    then, tables = _in_duckdb(world, new_border())
    now, others = _in_duckdb(scrambled(world, other), new_border())
    assert then == now
    assert tables.coverage == others.coverage


@pytest.mark.parametrize("as_of", [AS_OF, LAST])
@given(seed=SEEDS)
@FEW
def test_both_engines_give_the_same_tables(new_border: Callable[[], Border], as_of: date, seed: int) -> None:
    world = Maker(seed).world()
    cells, tables = _in_duckdb(world, new_border(), as_of)
    twin = _in_pandas(world, as_of)
    assert cells == _cells(twin)
    assert tables.coverage == twin.coverage
    assert tables.unknown == twin.unknown
    assert tables.present.keys() == twin.present.keys()


@given(seed=SEEDS)
@settings(SOME, max_examples=4)
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    """Unless two changes of one field fall on one day: then the later row is the last word."""
    world = Maker(seed).world()
    for name, keys in (
        ("deal_changes", ["deal_id", "field", "changed_at"]),
        ("stage_events", ["deal_id", "entered_at"]),
    ):
        rows_once: list[dict[Any, Any]] = pd.DataFrame(world[name]).drop_duplicates(keys).to_dict("records")
        world[name] = rows_once
    shuffled = {name: Maker(seed).chance.sample(rows, len(rows)) for name, rows in world.items()}
    assert _cells(_in_pandas(world)) == _cells(_in_pandas(shuffled))
