"""Overrides and their reasons as they were typed into a workbook, and what is wrong with them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

from openpyxl.worksheet.worksheet import Worksheet

from salesgoals_kit.errors import Fault
from salesgoals_kit.owners import Owner
from salesgoals_kit.run.sheet import OVERRIDE, REASON, Record, parts_of, places
from salesgoals_kit.run.sheet_changes import DIGITS, key_of, rows_in, shown
from salesgoals_kit.run.sheet_write import LONGEST_REASON

LARGEST = 2**53


@dataclass(frozen=True)
class SheetGoal:
    """A goal as it stands in a workbook, in the cell ``where``: the override, else the proposal.

    ``alone``: the cell of a reason that no override stands beside.
    """

    owner: Owner
    kpi: str
    month: str
    value: float
    reason: str | None
    where: str
    alone: str | None = None


def goals_in(sheet: Worksheet, record: Record) -> tuple[list[SheetGoal], list[Fault]]:
    """Return the goals of a sheet, and what is wrong with overrides and reasons; rows are found by whose they are."""
    kpi = sheet.title
    at_of = {key: at for at, key in reversed(rows_in(sheet, record))}
    goals: list[SheetGoal] = []
    faults: list[Fault] = []
    for _, row, month in places(record, kpi):
        at = at_of.get(key_of(row, month))
        if at is None:
            continue
        value, wrong = _override(sheet[f"{OVERRIDE}{at}"], kpi, parts_of(kpi, record.minor_units))
        reason, bad = _reason(sheet[f"{REASON}{at}"], kpi)
        faults += wrong + bad or _not_both(value, reason, month.proposal, f"{kpi}!", at)
        goal = month.proposal if value is None else value
        if goal is not None:
            alone = f"{kpi}!{REASON}{at}" if reason is not None and value is None else None
            goals.append(SheetGoal(row.owner, kpi, month.month, goal, reason, f"{kpi}!{OVERRIDE}{at}", alone))
    return goals, faults


def _not_both(value: float | None, reason: str | None, proposal: float | None, sheet: str, at: int) -> list[Fault]:
    """Return a fault for another goal than the proposal without a reason, and for a reason that no goal is for."""
    if value is not None and reason is None and _differs(value, proposal):
        todo = f"say in {REASON}{at} why it is {shown(value)} and not {shown(proposal)}"
        return [Fault(f"{sheet}{REASON}{at}", "no reason beside the override", "a reason", todo)]
    if value is None and reason is not None and proposal is None:
        todo = f"write the goal that it is for into {OVERRIDE}{at}"
        return [Fault(f"{sheet}{REASON}{at}", "a reason without a goal", "an override beside it", todo)]
    return []


def _differs(value: float, proposal: float | None) -> bool:
    return proposal is None or not math.isclose(value, proposal, rel_tol=DIGITS, abs_tol=DIGITS)


def _override(cell: Any, kpi: str, parts: int) -> tuple[float | None, list[Fault]]:
    """Return the number in a cell, rounded to what its unit is divided into; None where there is none."""
    value, where = cell.value, f"{kpi}!{cell.coordinate}"
    if value is None or (isinstance(value, str) and not value.strip()):
        return None, []
    expected = "a number, 0 or more"
    wrong = _no_number(cell)
    if wrong:
        return None, [Fault(where, wrong, expected)]
    exact = float(value) * parts
    if not math.isfinite(exact) or exact < 0 or exact >= LARGEST:
        return None, [Fault(where, shown(value), expected)]
    if abs(exact - round(exact)) > max(1e-6, DIGITS * exact):
        unit = "whole numbers" if parts == 1 else f"at most {len(str(parts)) - 1} decimals"
        return None, [Fault(where, shown(value), unit, "round it")]
    return round(exact) / parts, []


def _no_number(cell: Any) -> str:
    """Return what stands in a cell instead of a number; nothing where it is one."""
    value = cell.value
    if cell.data_type == "f":
        return f"the formula {value!r}"
    if cell.data_type == "e":
        return f"the error {value}"
    if isinstance(value, date) or cell.is_date:
        return f"the date {value}"
    return "" if isinstance(value, int | float) and not isinstance(value, bool) else f"the text {value!r}"


def _reason(cell: Any, kpi: str) -> tuple[str | None, list[Fault]]:
    value, where = cell.value, f"{kpi}!{cell.coordinate}"
    if cell.data_type in ("f", "e"):
        return None, [Fault(where, f"{value!r}", "words", "write it without an equals sign")]
    text = "" if value is None else " ".join(str(value).split())
    if len(text) > LONGEST_REASON:
        return None, [Fault(where, f"{len(text)} signs", f"at most {LONGEST_REASON}")]
    return text or None, []
