"""A workbook read back: what was written into it, or every fault in it with its cell."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from pathlib import Path
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.run.sheet import HIDDEN, VERSION, Record, digest_of, from_text, sheets
from salesgoals_kit.run.sheet_changes import changes
from salesgoals_kit.run.sheet_overrides import SheetGoal, goals_in

TITLE = "The workbook has faults."
DAMAGED = (InvalidFileException, zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, ParseError, OSError)


def read_workbook(file: Path, company: str) -> tuple[Record, list[SheetGoal]]:
    """Return what a workbook was made from, and its goals in order; an owner and month without one are left out.

    Raises ParamError with every fault: a changed, missing or added cell, row or sheet, an override that is no number
    from 0 on or finer than the currency, one without a reason, another company's file, another version.
    """
    book = _opened(file)
    record = _record(book, file)
    if record.company != company:
        fault = Fault(f"{file.name}, {HIDDEN}", f"a workbook of {record.company!r}", repr(company))
        raise ParamError("The workbook is another company's.", [fault])
    wanted = sheets(record)
    faults = [
        Fault(name, "the sheet is missing", todo="export the workbook again") for name in wanted if name not in book
    ]
    known = {*wanted, HIDDEN}
    todo = "remove it: nothing of it would be kept"
    faults += [Fault(name, "a sheet that was not exported", todo=todo) for name in book.sheetnames if name not in known]
    goals: list[SheetGoal] = []
    for name, cells in wanted.items():
        if name in book.sheetnames:
            faults += changes(book[name], cells, record)
        if name in book.sheetnames and name in record.kpis:
            found, wrong = goals_in(book[name], record)
            goals, faults = goals + found, faults + wrong
    if faults:
        raise ParamError(TITLE, faults)
    return record, goals


def _opened(file: Path) -> Workbook:
    try:
        with warnings.catch_warnings(), file.open("rb") as opened:
            warnings.simplefilter("ignore")  # openpyxl warns of every feature of a sheet that it does not keep
            return load_workbook(opened)
    except FileNotFoundError:
        raise ParamError("A file is missing.", [Fault(str(file), "there is no such file")]) from None
    except DAMAGED as error:
        raise ParamError("A file cannot be read.", [Fault(str(file), f"it is not an Excel file: {error}")]) from None


def _record(book: Workbook, file: Path) -> Record:
    """Return the record in the hidden sheet; raises ParamError where it is not as it was written."""
    where = f"{file.name}, {HIDDEN}"
    todo = "export the workbook again"
    if HIDDEN not in book.sheetnames:
        fault = Fault(where, "there is no such sheet", "a workbook of `salesgoals goals export`", todo)
        raise ParamError(TITLE, [fault])
    cells = [row[0] for row in book[HIDDEN].iter_rows(max_col=1, values_only=True)]
    version = str(cells[1]) if len(cells) > 1 else ""
    if cells[:1] != [HIDDEN] or version != str(VERSION):
        raise ParamError(TITLE, [Fault(where, f"version {version or 'unknown'}", str(VERSION), todo)])
    text = "".join(str(cell) for cell in cells[3:] if cell is not None)
    if cells[2] != digest_of(text):
        raise ParamError(TITLE, [Fault(where, "the hidden sheet was changed", todo=todo)])
    return from_text(text)
