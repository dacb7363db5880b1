"""What of a workbook is not as it was exported: locked cells, rows, merged cells."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_from_string, coordinate_to_tuple, range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from salesgoals_kit.errors import Fault
from salesgoals_kit.run.sheet import FIRST, Cell, MonthGoal, Record, SheetRow, places

BEYOND, WIDEST = 1000, 100  # rows and columns that are looked through beyond what was written
DIGITS = 1e-9  # relative: programs keep 15 digits of a number
Key = tuple[str | None, ...]


def changes(sheet: Worksheet, wanted: dict[str, Cell], record: Record) -> list[Fault]:
    """Return a fault for every locked cell that is not as it was written."""
    name = sheet.title
    faults = [
        Fault(f"{name}!{merged.coord}", "merged cells", todo="take them apart") for merged in sheet.merged_cells.ranges
    ]
    last = max(coordinate_to_tuple(place)[0] for place in wanted)
    if sheet.max_row > last + BEYOND or sheet.max_column > WIDEST:
        return [*faults, Fault(f"{name}!{sheet.dimensions}", "cells far beyond what was exported", todo="remove them")]
    moved = _moved(sheet, record) if name in record.kpis else []
    covered = {place for merged in sheet.merged_cells.ranges for place in _inside(merged.coord)}
    there = {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.value is not None}
    asked: dict[str, tuple[Cell, ...]] = {place: (cell,) for place, cell in wanted.items()}
    if moved:
        faults += moved
        at_of = _at_of(sheet, record)
        asked, told = _placed(wanted, at_of), {at for at, _ in rows_in(sheet, record)} - set(at_of.values())
        there = {place for place in there if coordinate_to_tuple(place)[0] not in told}
    for place in sorted({*asked, *there} - covered, key=coordinate_to_tuple):
        cells = asked.get(place, (Cell(None),))
        if not cells[0].open and not any(_same(sheet[place], cell) for cell in cells):
            faults.append(_changed(name, sheet[place], cells[0]))
    return faults


def _at_of(sheet: Worksheet, record: Record) -> dict[int, int]:
    """Return where the row of each owner and month stands that is there still, by where it was written."""
    found = {key: at for at, key in reversed(rows_in(sheet, record))}
    written = {key_of(row, month): at for at, row, month in places(record, sheet.title)}
    return {at: found[key] for key, at in written.items() if key in found}


def _placed(wanted: dict[str, Cell], at_of: dict[int, int]) -> dict[str, tuple[Cell, ...]]:
    """Return what is to stand where, by the rows' new places: a formula with its row's number, or as it was written.

    Some programs change the formulas of a row that moves, and some do not.
    """
    placed: dict[str, tuple[Cell, ...]] = {}
    for place, cell in wanted.items():
        column, row = coordinate_from_string(place)
        at = at_of.get(row, row if row < FIRST else None)
        if at is None:
            continue
        turned = re.sub(rf"(?<=[A-Z]){row}\b", str(at), str(cell.value)) if cell.is_formula else cell.value
        placed[f"{column}{at}"] = (replace(cell, value=turned), cell)
    return placed


def _inside(span: str) -> Iterator[str]:
    left, top, right, bottom = (int(end or 0) for end in range_boundaries(span))
    yield from (f"{get_column_letter(x)}{y}" for x in range(left, right + 1) for y in range(top, bottom + 1))


def _same(found: Any, cell: Cell) -> bool:
    value = found.value
    if cell.value is None or value is None:
        return (value in (None, "")) == (cell.value in (None, ""))
    if cell.is_formula:
        return found.data_type == "f" and _plain(str(value)) == _plain(str(cell.value))
    if isinstance(cell.value, str):
        return found.data_type != "f" and bool(value == cell.value)
    return found.data_type == "n" and math.isclose(float(value), cell.value, rel_tol=DIGITS, abs_tol=DIGITS)


def _plain(formula: str) -> str:
    """Return a formula without what spreadsheet programs write differently: spaces, quotes of a sheet's name, case.

    >>> _plain("= sum('revenue'!I5:I7)")
    '=SUM(REVENUE!I5:I7)'
    """
    return "".join(formula.replace("'", "").split()).upper()


def _changed(name: str, found: Any, cell: Cell) -> Fault:
    where = f"{name}!{found.coordinate}"
    if cell.value is None:
        return Fault(where, shown(found.value), "an empty cell", "remove it: nothing of it would be kept")
    what = "the formula " if cell.is_formula else ""
    todo = "put it back; another goal goes into the column of overrides" if cell.kind != "head" else "put it back"
    return Fault(where, shown(found.value), f"{what}{shown(cell.value)}, as it was exported", todo)


def shown(value: object) -> str:
    """Return a cell's value as it stands in a fault."""
    return "nothing" if value is None else f"{value:.15g}" if isinstance(value, float) else repr(value)


def _moved(sheet: Worksheet, record: Record) -> list[Fault]:
    """Return a fault for every row of an owner and month that is missing, was added, or stands elsewhere."""
    wanted = {key_of(row, month): at for at, row, month in places(record, sheet.title)}
    found = rows_in(sheet, record)
    keys = [key for _, key in found]
    if keys == list(wanted):
        return []
    name, faults = sheet.title, []
    for key, at in wanted.items():
        if key not in keys:
            faults.append(Fault(f"{name}!A{at}", f"the row of {_named(key)} is missing", todo="put it back"))
    for at, key in found:
        if key not in wanted:
            faults.append(Fault(f"{name}!A{at}", f"a row of {_named(key)}", "an owner and month that were exported"))
        elif keys.count(key) > 1 and at != wanted[key]:
            faults.append(Fault(f"{name}!A{at}", f"{_named(key)} a second time", todo="keep one of the two"))
    return faults or [Fault(f"{name}!A{FIRST}", "the rows stand in another order", todo="put them back")]


def rows_in(sheet: Worksheet, record: Record) -> list[tuple[int, Key]]:
    """Return whose each row is, from the first owner's on."""
    last = min(sheet.max_row, FIRST + sum(len(row.months) for row in record.of(sheet.title)) + BEYOND)
    rows: list[tuple[int, Key]] = [
        (at, (_word(team), _word(rep), _word(month)))
        for at, (team, rep, month) in enumerate(
            sheet.iter_rows(min_row=FIRST, max_row=last, min_col=2, max_col=4, values_only=True), FIRST
        )
    ]
    while rows and not any(rows[-1][1]):
        rows.pop()
    return rows


def _word(value: object) -> str | None:
    return None if value in (None, "") else str(value)


def key_of(row: SheetRow, month: MonthGoal) -> Key:
    """Return by what a row is known."""
    return row.owner.team, row.owner.rep, month.month


def _named(key: Key) -> str:
    return " ".join(part for part in key if part) or "nobody"
