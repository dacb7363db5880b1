"""A slice answers what was asked when it was made, opens the snapshot for anything else, and is of one state of all."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from salesgoals_kit.data import slices as room
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.notation import to_json
from salesgoals_kit.data.slices import FOLDER, Slices, digest_of_company, slices_of
from salesgoals_kit.data.snapshot import SnapshotRef, Unopened
from salesgoals_kit.files import KEPT_FOR, prune
from salesgoals_kit.kpis.baseline import baseline
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.kpis.needs import available
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from tests.data.conftest import DEALS, Border

NORTH = Owner("North")
Q1 = parse_period("2025Q1")


@pytest.fixture
def ref(border: Border) -> SnapshotRef:
    """Two years of a deal a week, in two teams, and their reps."""
    days = pd.date_range("2023-01-02", "2024-12-30", freq="W-MON")
    rows = "".join(
        f"{i},{'won' if i % 3 else 'lost'},{day - timedelta(days=20):%Y-%m-%d},{day:%Y-%m-%d},{1000 + i},"
        f"{'North' if i % 2 else 'South'}\n"
        for i, day in enumerate(days)
    )
    border.file("deals", DEALS.rstrip("\n") + ",team\n" + rows)
    border.file("reps", "rep,team,hired_on,left_on\nAnn,North,2022-01-01,\nBob,North,2024-10-01,\n")
    border.rest["teams"] = [{"name": "North", "manager": "Zoë"}, {"name": "South", "parent": "North"}]
    return border.made()


@pytest.fixture
def snapshot(border: Border, ref: SnapshotRef) -> Iterator[Unopened]:
    """The snapshot, not opened yet."""
    found = Unopened(ref, border.company)
    yield found
    found.close()


def ask(tables: Tables) -> list[object]:
    kpis = available(tables, NORTH)
    found = [to_json(baseline(tables, NORTH, Q1, kpi)) for kpi in kpis]
    people = to_json(make_up(tables, NORTH))
    return [kpis, found, people, tables.coverage, tables.unknown, tables.present, tables.company.teams, tables.as_of]


@pytest.fixture
def slices(border: Border, ref: SnapshotRef, snapshot: Unopened) -> Slices:
    """Slices that hold one for North."""
    found = slices_of(border.company, ref, ref.last_day)
    tables = snapshot.at(ref.last_day)
    with tables.kept.asking() as slice_:
        ask(tables)
    found.write("north", slice_)
    found.write_facts(tables, ["North", "South"])
    return found


def test_a_slice_says_the_same_and_the_snapshot_stays_closed(
    border: Border, ref: SnapshotRef, snapshot: Unopened, slices: Slices
) -> None:
    closed = Unopened(ref, border.company)
    found = slices.tables("north", border.company, lambda: closed.at(ref.last_day))
    assert found is not None
    tables, names = found
    assert names == ["North", "South"]
    assert tables.has("deals", "reps")
    assert not tables.has("leads")
    assert ask(tables) == ask(snapshot.at(ref.last_day))
    assert not closed.opened


def test_what_is_not_in_the_slice_opens_the_snapshot_and_is_the_same(
    border: Border, ref: SnapshotRef, snapshot: Unopened, slices: Slices
) -> None:
    beyond = Unopened(ref, border.company)
    found = slices.tables("north", border.company, lambda: beyond.at(ref.last_day))
    assert found is not None
    south = Owner("South")
    assert make_up(found[0], south).headcount == make_up(snapshot.at(ref.last_day), south).headcount
    assert beyond.opened
    beyond.close()


@pytest.mark.parametrize("harm", [b"", b"no tab\n", b"key\tno json\n", None])
def test_a_slice_that_cannot_be_read_is_none_or_is_worked_out_anew(
    border: Border, ref: SnapshotRef, snapshot: Unopened, slices: Slices, harm: bytes | None
) -> None:
    right = ask(snapshot.at(ref.last_day))
    if harm is None:
        slices.path("facts").unlink()
    else:
        slices.path("north").write_bytes(harm)
    other = Unopened(ref, border.company)
    found = slices.tables("north", border.company, lambda: other.at(ref.last_day))
    assert found is None or ask(found[0]) == right
    other.close()


def test_slices_that_nothing_uses_go_after_a_while(border: Border, ref: SnapshotRef) -> None:
    used, unused = (slices_of(border.company, ref, ref.last_day - timedelta(days=days)) for days in (1, 2))
    for slices in (used, unused):
        slices.write("north", {"asked": "1"})
        os.utime(slices.folder, (0, 0))
    used.touch()
    now = time.time()
    prune((border.company.store_folder / FOLDER).glob("*"), now)
    assert used.path("north").exists() and not unused.folder.exists()
    prune((border.company.store_folder / FOLDER).glob("*"), now + KEPT_FOR + 60)
    assert not used.folder.exists()


def test_another_day_company_kit_or_snapshot_has_other_slices(
    border: Border, ref: SnapshotRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    company, day = border.company, ref.last_day
    others = [
        slices_of(company, ref, day - timedelta(days=1)),
        slices_of(company.model_copy(update={"settle_days": 9}), ref, day),
        slices_of(company, replace(ref, hash="0" * 16), day),
    ]
    monkeypatch.setattr(room, "digest_of_kit", lambda: "another kit")
    others.append(slices_of(company, ref, day))
    monkeypatch.undo()
    folders = {found.folder for found in others}
    assert len(folders) == 4
    assert slices_of(company, ref, day).folder not in folders
    assert slices_of(company, ref, date(ref.last_day.year, ref.last_day.month, ref.last_day.day)) == slices_of(
        company, ref, day
    )


def test_where_files_lie_and_who_gets_mail_changes_no_figure(border: Border, ref: SnapshotRef) -> None:
    company = border.company
    moved = company.model_copy(update={"reports": "elsewhere", "store": "there"})
    moved.sources["deals"] = moved.sources["deals"].model_copy(update={"path": "copy.csv"})
    assert digest_of_company(moved) == digest_of_company(company)
    assert digest_of_company(company.model_copy(update={"language": "pl"})) != digest_of_company(company)
