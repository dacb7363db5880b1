"""Files of lines as their header and rows of cells, each with the line on which it begins; nothing is guessed.

A row in which every cell is empty is a blank line, not a row. A row with too few or too many cells is kept as it
stands, for its faults to be told; empty cells past the last column are dropped.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from salesgoals_kit.errors import Fault
from salesgoals_kit.sources import Read

Row = tuple[int, list[str]]
CHUNK = 1 << 20
LONGEST = 1 << 24  # of a cell
_STRANGERS = {
    b"PK\x03\x04": "a zip or Excel file",
    b"%PDF": "a PDF",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls)",
    b"\x1f\x8b": "a gzip file",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
}
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Unreadable(Exception):
    """A file is no table; carries the one fault that says why."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


@dataclass(frozen=True)
class Sheet:
    """A file's column names, and its rows, which can be walked through once."""

    header: list[str]
    rows: Iterator[Row]


def read_lines(path: Path, read: Read, where: str) -> Sheet:
    """Return a delimited or fixed-width file as a sheet; raises Unreadable, also while the rows are walked through."""
    _check_content(path, read, where)
    rows = _told(_cells(path, read), path, read, where)
    if read.header:
        first = next(rows, None)
        if first is None:
            raise Unreadable(Fault(where, f"{path.name} is empty", "a header and rows"))
        return Sheet([cell.strip() for cell in first[1]], rows)
    return Sheet(list(read.names), rows)


def row_fault(cells: list[str], columns: int) -> str | None:
    """Return why a row cannot be read as so many columns, or None.

    >>> row_fault(["a", "b"], 3)
    'the line has 2 cells, the header has 3'
    """
    if len(cells) == columns:
        return None
    return f"the line has {len(cells)} cells, the header has {columns}"


def _check_content(path: Path, read: Read, where: str) -> None:
    """Raise Unreadable unless the file is there, is text, and is text in the declared encoding."""
    try:
        with path.open("rb") as file:
            head = file.read(1024)
            if not head.strip(b"\xef\xbb\xbf \t\r\n"):
                raise Unreadable(Fault(where, f"{path.name} is empty", "a header and rows"))
            _check_kind(head, path, read, where)
            file.seek(0)
            _check_encoding(iter(lambda: file.read(CHUNK), b""), path, read, where)
    except OSError as error:
        raise Unreadable(Fault(where, f"{path} cannot be read: {error.strerror or error}")) from None


def _check_kind(head: bytes, path: Path, read: Read, where: str) -> None:
    for sign, kind in _STRANGERS.items():
        if head.lstrip().startswith(sign):
            raise Unreadable(Fault(where, f"{path.name} is not a table of text but {kind}", todo="export it again"))
    declared = codecs.lookup(read.encoding).name
    for bom, encoding in _BOMS.items():
        if head.startswith(bom) and not declared.startswith(encoding):
            todo = f"declare read.encoding: {encoding}"
            raise Unreadable(Fault(where, f"{path.name} begins with the mark of {encoding}, not {declared}", todo=todo))
    if b"\0" in head and not declared.startswith(("utf-16", "utf-32")):
        raise Unreadable(Fault(where, f"{path.name} is not a table of text: it holds zero bytes"))


def _check_encoding(chunks: Iterable[bytes], path: Path, read: Read, where: str) -> None:
    decoder = codecs.getincrementaldecoder(read.encoding)()
    line = 1
    try:
        for chunk in chunks:
            line += decoder.decode(chunk).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        data = bytes(error.object)
        line += data[: error.start].count(b"\n")
        found = f"{path.name}, line {line}: byte 0x{data[error.start]:02x} is not {read.encoding}"
        todo = "declare the file's encoding in read.encoding (cp1252 and iso-8859-2 are usual)"
        raise Unreadable(Fault(where, found, todo=todo)) from None


def _cells(path: Path, read: Read) -> Iterator[Row]:
    encoding = "utf-8-sig" if codecs.lookup(read.encoding).name == "utf-8" else read.encoding
    with path.open(encoding=encoding, newline="") as file:
        yield from (_fixed(file, read.widths) if read.widths else _delimited(file, read.delimiter))


def _delimited(file: Iterable[str], delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST)  # Python's own limit refuses long notes; a quote left open is found without it
    reader = csv.reader(_with_tidy_header(file, delimiter), delimiter=delimiter, strict=True)
    line = 1
    for cells in reader:
        yield line, cells
        line = reader.line_num + 1


def _with_tidy_header(file: Iterable[str], delimiter: str) -> Iterator[str]:
    """Pass lines on, the first without the spaces that stand between a quoted name and the next delimiter."""
    for number, line in enumerate(file):
        yield re.sub(rf'"[ \t]+(?={re.escape(delimiter)}|[\r\n]|$)', '"', line) if number == 0 else line


def _fixed(file: Iterable[str], widths: tuple[int, ...]) -> Iterator[Row]:
    ends = [sum(widths[: i + 1]) for i in range(len(widths))]
    for line, text in enumerate(file, 1):
        bare = text.rstrip("\r\n")
        cells = [bare[end - width : end] for end, width in zip(ends, widths, strict=True)]
        rest = bare[ends[-1] :]
        yield line, [*cells, rest] if rest.strip() else cells


def _told(rows: Iterator[Row], path: Path, read: Read, where: str) -> Iterator[Row]:
    """Pass rows on without blank ones and without empty cells past the last column."""
    columns = 0 if read.header else len(read.names)
    line = 0
    try:
        for line, cells in rows:
            if not "".join(cells).strip():
                continue
            columns = columns or len(cells)
            while len(cells) > columns and not cells[-1].strip():
                cells.pop()
            yield line, cells
    except csv.Error as error:
        found = f"{path.name} cannot be read after line {line}: {error}"
        raise Unreadable(Fault(where, found, todo="look for a quotation mark that is opened and not closed")) from None
