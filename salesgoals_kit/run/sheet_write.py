"""The workbook as a file: cells locked but for overrides and reasons, numbers checked as they are typed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils.cell import coordinate_from_string
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from salesgoals_kit.errors import Fault
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.report.text import Texts
from salesgoals_kit.run.sheet import FIRST, HIDDEN, OVERRIDE, REASON, Cell, Record, hidden_cells, places, sheets
from salesgoals_kit.words import say

WIDTHS = {"A": 12.0, "B": 20.0, "C": 24.0, "H": 44.0}
WIDTH = 16.0
OPEN = PatternFill("solid", fgColor="FFFFF2CC")
LONGEST_REASON, LONGEST_NAME = 500, 30_000  # signs
UNFIT = re.compile(r"[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def workbook_faults(record: Record) -> list[Fault]:
    """Return a fault for every name that would not come back from a workbook as it is.

    XML 1.0 ("Characters", "End-of-Line Handling") has no place for control signs, and reads a carriage return as a line
    end; a cell holds so many signs.
    """
    owners = {f"{row.owner.kind} {row.owner.name!r}": row.owner.name for row in record.rows}
    names = {f"company {record.company!r}": record.company} | {at: name for at, name in owners.items() if name}
    todo = "give it another name in the data"
    faults = []
    for where, name in names.items():
        signs = sorted({repr(sign) for sign in UNFIT.findall(name)})
        if signs:
            faults.append(Fault(where, f"the sign {', '.join(signs)}, which a workbook cannot hold", todo=todo))
        if len(name) > LONGEST_NAME:
            faults.append(Fault(where, f"{len(name)} signs", f"at most {LONGEST_NAME}", todo))
    return faults


def write_workbook(record: Record, file: Path) -> None:
    """Write the workbook in place of whatever is there."""
    with file.open("wb") as out:
        workbook(record).save(out)


def workbook(record: Record) -> Workbook:
    """Return the workbook of a record."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, cells in sheets(record).items():
        sheet = book.create_sheet(name)
        _fill(sheet, cells, record, name.partition(" ")[0])
        sheet.freeze_panes = f"D{FIRST}"
        if name in CATALOGUE:
            _check_what_is_typed(sheet, record, name)
    hidden = book.create_sheet(HIDDEN)
    _fill(hidden, hidden_cells(record), record, "")
    hidden.sheet_state = "hidden"
    book.security = WorkbookProtection(lockStructure=True)
    return book


def _fill(sheet: Worksheet, cells: dict[str, Cell], record: Record, kpi: str) -> None:
    for place, cell in cells.items():
        made = sheet[place]
        made.value = cell.value
        if isinstance(cell.value, str) and not cell.is_formula:
            made.data_type = "s"  # a text that begins with = + - @ stays a text
            made.quotePrefix = cell.value[:1] in ("=", "+", "-", "@")
        made.number_format = _format(cell, record, kpi)
        made.protection = Protection(locked=not cell.open)
        if cell.open:
            made.fill = OPEN
            made.alignment = Alignment(wrap_text=place.startswith(REASON))
        if cell.kind == "head":
            made.font = Font(bold=True)
    for column in {coordinate_from_string(place)[0] for place in cells}:
        sheet.column_dimensions[column].width = WIDTHS.get(column, WIDTH) if kpi else WIDTH
    sheet.protection.sheet = True
    sheet.protection.formatColumns = False  # widths may be changed
    sheet.protection.formatRows = False


def _format(cell: Cell, record: Record, kpi: str) -> str:
    if cell.kind == "chance":
        return "0%"
    counts = cell.kind == "count" or (cell.kind == "formula" and CATALOGUE[kpi].unit != "money")
    if counts:
        return "#,##0"
    if cell.kind in ("money", "formula"):
        places = len(str(record.minor_units)) - 1
        return f"#,##0{'.' if places else ''}{'0' * places} [${record.currency}]"
    return "@" if cell.open or kpi == "" else "General"


def _check_what_is_typed(sheet: Worksheet, record: Record, kpi: str) -> None:
    texts = Texts(record.locale, record.language, record.currency)
    last = FIRST - 1 + sum(1 for _ in places(record, kpi))
    number: Literal["decimal", "whole"] = "decimal" if CATALOGUE[kpi].unit == "money" else "whole"
    amount = DataValidation(type=number, operator="greaterThanOrEqual", formula1="0", allow_blank=True)
    amount.error, amount.errorTitle = texts.text(say("sheet.type_number")), texts.text(say("sheet.head_override"))
    why = DataValidation(type="textLength", operator="lessThanOrEqual", formula1=str(LONGEST_REASON), allow_blank=True)
    why.error, why.errorTitle = texts.text(say("sheet.type_reason")), texts.text(say("sheet.head_reason"))
    for check, column in ((amount, OVERRIDE), (why, REASON)):
        check.showErrorMessage = True
        check.add(f"{column}{FIRST}:{column}{last}")
        sheet.add_data_validation(check)
