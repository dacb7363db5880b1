"""An Excel sheet as its header and rows of cells; real dates and numbers keep their meaning."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from salesgoals_kit.data.reading import Row, Sheet, Unreadable
from salesgoals_kit.errors import Fault
from salesgoals_kit.sources import Read

# Before the text of a cell that was a number or a date in the file: it is written as numbers and dates are written
# everywhere (1234.5, 2026-01-31), whatever `read` says of cells that are text.
TYPED = "\x1f"
_DAMAGED = (InvalidFileException, zipfile.BadZipFile, zlib.error, KeyError, ValueError, ParseError)


def read_sheet(path: Path, read: Read, where: str) -> Sheet:
    """Return one sheet of an Excel file; raises Unreadable, also while the rows are walked through."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of every feature of a sheet that it does not keep
            book = load_workbook(path, read_only=True, data_only=True)
    except OSError as error:
        raise Unreadable(Fault(where, f"{path} cannot be read: {error.strerror or error}")) from None
    except _DAMAGED as error:
        raise Unreadable(Fault(where, f"{path.name} is not an Excel file: {error}")) from None
    sheet = read.sheet if read.sheet is not None else book.sheetnames[0]
    if sheet not in book.sheetnames:
        book.close()
        raise Unreadable(Fault(where, f"{path.name} has no sheet {sheet!r}", f"one of {', '.join(book.sheetnames)}"))
    rows = _rows(book, sheet, path, where)
    if not read.header:
        return Sheet(list(read.names), _widened(rows, len(read.names)))
    first = next(rows, None)
    if first is None:
        book.close()
        raise Unreadable(Fault(where, f"sheet {sheet!r} of {path.name} is empty", "a header and rows"))
    header = [cell.removeprefix(TYPED).strip() for cell in first[1]]
    while header and not header[-1]:
        header.pop()
    return Sheet(header, _widened(rows, len(header)))


def _rows(book: Any, sheet: str, path: Path, where: str) -> Iterator[Row]:
    try:
        for line, values in enumerate(book[sheet].iter_rows(values_only=True), 1):
            cells = [written(value) for value in values]
            if any(cell and not cell.isspace() for cell in cells):
                yield line, cells
    except _DAMAGED as error:
        raise Unreadable(Fault(where, f"sheet {sheet!r} of {path.name} is damaged: {error}")) from None
    finally:
        book.close()


def _widened(rows: Iterator[Row], columns: int) -> Iterator[Row]:
    """Pass rows on with as many cells as there are columns: a sheet stores no empty cells at a row's end."""
    for line, cells in rows:
        while len(cells) > columns and not cells[-1].strip():
            cells.pop()
        yield line, cells + [""] * (columns - len(cells))


def written(value: object) -> str:
    r"""Return a cell's value as text, marked where it was typed in the file.

    >>> [written(v) for v in (None, True, "a", 7.0, 0.1 + 0.2, datetime(2026, 1, 31))]
    ['', 'true', 'a', '\x1f7', '\x1f0.3', '\x1f2026-01-31 00:00:00']
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return TYPED + value.replace(tzinfo=None).isoformat(" ", "seconds")
    if isinstance(value, date):
        return f"{TYPED}{value.isoformat()} 00:00:00"
    if isinstance(value, (int, float)):
        return TYPED + _number(value)
    return value.isoformat() if isinstance(value, time) else str(value)


def _number(value: float) -> str:
    """Return a number as Excel shows it: 15 digits, no exponent, no empty decimals."""
    plain = str(value) if isinstance(value, int) else format(Decimal(format(value, ".15g")), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
