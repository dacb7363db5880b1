"""Sources that have not changed are not read again; one byte more, and they are."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from salesgoals_kit.data import snapshot as room
from salesgoals_kit.data.border import Crossed, cross
from salesgoals_kit.errors import DataError
from tests.data.conftest import DEALS, Border

ROW = "1,won,2024-01-01,2024-02-01,100\n"


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that grows by one whenever the sources are read."""
    counted: list[int] = []

    def counting(*given: Any) -> Crossed:
        counted.append(1)
        return cross(*given)

    monkeypatch.setattr(room, "cross", counting)
    return counted


def test_unchanged_files_are_read_once(border: Border, readings: list[int]) -> None:
    border.file("deals", DEALS + ROW)
    first = border.made()
    os.utime(border.folder / "deals.csv", (1, 1))  # a copy with another time is no other data
    assert border.made() == first
    assert len(readings) == 1


def _more(border: Border) -> None:
    border.file("deals", DEALS + ROW + ROW.replace("1,", "2,", 1))


def _another_rule(border: Border) -> None:
    border.sources["deals"]["read"] = {"missing": ["100"]}


def _another_currency(border: Border) -> None:
    border.rest["currency"] = "PLN"


def _another_table(border: Border) -> None:
    border.file("reps", "rep,team\nAnn,North\n")


@pytest.mark.parametrize("change", [_more, _another_rule, _another_currency, _another_table])
def test_what_shapes_the_tables_makes_them_be_read_again(
    border: Border, readings: list[int], change: Callable[[Border], None]
) -> None:
    border.file("deals", DEALS + ROW)
    first = border.made()
    change(border)
    assert border.made().hash != first.hash
    assert len(readings) == 2


def test_a_change_of_the_same_length_within_the_same_second_is_seen(border: Border, readings: list[int]) -> None:
    border.file("deals", DEALS + ROW)
    first = border.made()
    file = border.folder / "deals.csv"
    before = file.stat()
    file.write_text(DEALS + ROW.replace(",100", ",200"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert border.made().hash != first.hash


@pytest.mark.parametrize("harm", ["deals.parquet", "manifest.json", ""])
def test_a_snapshot_that_is_not_whole_is_made_again(border: Border, readings: list[int], harm: str) -> None:
    border.file("deals", DEALS + ROW)
    first = border.made()
    if harm:
        (first.folder / harm).write_bytes(b"half")
    else:
        shutil.rmtree(first.folder)
    assert border.made().hash == first.hash
    assert len(readings) == 2
    assert len(border.kept()) == 1


def test_a_source_that_changes_while_it_is_read_stops_the_load(border: Border, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table half of yesterday and half of today is no table; nothing is remembered of it."""
    border.file("deals", DEALS + ROW)
    border.file("reps", "rep,team\nAnn,North\n")

    def meanwhile(*given: Any) -> Crossed:
        found = cross(*given)
        with Path(border.folder / "deals.csv").open("a") as file:
            file.write(ROW.replace("1,", "2,", 1))
        return found

    monkeypatch.setattr(room, "cross", meanwhile)
    with pytest.raises(DataError, match=r"(?s)changes while it is read.*deals\.csv: changed.*run again"):
        border.made()
    monkeypatch.undo()
    assert len(border.kept()) == 2
