"""The workbook that goals are agreed in: what stands in it as a plain record, and every cell of it.

A sheet for each KPI has a row for each owner and month: proposal, chance, an override and its reason, which alone can
be written to. A second one has the totals as formulas, and whether those below an owner add up to his goal. A hidden
sheet holds the record itself, so that reading it back finds every cell that was changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from openpyxl.utils import get_column_letter

from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import Owner
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Message, Name, say

VERSION = 1
HIDDEN = "salesgoals"
CHUNK = 30_000  # signs; a cell holds 32,767
FIRST = 5  # the row of the first owner and month
OVERRIDE, REASON, GOAL = "G", "H", "I"
Formula = str


@dataclass(frozen=True)
class MonthGoal:
    """What is proposed for one month (2026-01), and its chance; None where nothing is known to propose.

    ``agreed``: it is not a proposal but what humans have agreed.
    """

    month: str
    proposal: float | None
    chance: float | None
    agreed: bool = False


@dataclass(frozen=True)
class SheetRow:
    """One owner's months for one KPI that adds up over months. ``above`` is whose part he is, if that is in it too."""

    owner: Owner
    kpi: str
    months: tuple[MonthGoal, ...]
    above: Owner | None = None


@dataclass(frozen=True)
class Record:
    """Everything in a workbook: what it was made from, and its rows in the order of the tree."""

    company: str
    currency: str
    minor_units: int
    locale: str
    language: str
    period: str
    as_of: str
    snapshot: str
    rows: tuple[SheetRow, ...]

    @property
    def kpis(self) -> list[str]:
        """The KPIs, each once."""
        return list(dict.fromkeys(row.kpi for row in self.rows))

    def of(self, kpi: str) -> list[SheetRow]:
        """Return the rows of one KPI."""
        return [row for row in self.rows if row.kpi == kpi]


@dataclass(frozen=True)
class Cell:
    """One cell: its value, and how it looks and behaves."""

    value: str | float | None
    kind: str = "text"  # head, text, money, count, chance, formula
    open: bool = False

    @property
    def is_formula(self) -> bool:
        """Whether the value is to be worked out."""
        return self.kind == "formula"


Cells = dict[str, Cell]


def parts_of(kpi: str, minor_units: int) -> int:
    """Return into how many steps one unit of a KPI is divided: money into minor units, counts into ones."""
    return minor_units if CATALOGUE[kpi].unit == "money" else 1


def to_text(record: Record) -> str:
    """Return a record as JSON: the same record gives the same text."""
    return json.dumps({"version": VERSION, **asdict(record)}, separators=(",", ":"))


def from_text(text: str) -> Record:
    """Return the record that `to_text` wrote; raises ValueError, KeyError or TypeError where it is none."""
    held: dict[str, Any] = json.loads(text)
    held.pop("version")
    rows = tuple(
        SheetRow(
            Owner(**row["owner"]),
            str(row["kpi"]),
            tuple(MonthGoal(**month) for month in row["months"]),
            None if row["above"] is None else Owner(**row["above"]),
        )
        for row in held.pop("rows")
    )
    return Record(rows=rows, **held)


def digest_of(text: str) -> str:
    """Return the hash by which a changed record is known."""
    return hashlib.sha256(text.encode()).hexdigest()


def hidden_cells(record: Record) -> Cells:
    """Return the hidden sheet: what it is, its version, the record's digest, and the record in pieces."""
    text = to_text(record)
    pieces = [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)]
    return {f"A{i}": Cell(value) for i, value in enumerate((HIDDEN, str(VERSION), digest_of(text), *pieces), 1)}


def sheets(record: Record) -> dict[str, Cells]:
    """Return every sheet that is shown with all its cells, by name."""
    texts = Texts(record.locale, record.language, record.currency)
    found: dict[str, Cells] = {}
    for kpi in record.kpis:
        found[kpi] = _goal_cells(record, kpi, texts)
        found[totals_name(kpi)] = _total_cells(record, kpi, texts)
    return found


def totals_name(kpi: str) -> str:
    """Return the name of the sheet with a KPI's totals."""
    return f"{kpi} totals"


def places(record: Record, kpi: str) -> Iterator[tuple[int, SheetRow, MonthGoal]]:
    """Give the row in its sheet of each owner and month."""
    months = ((row, month) for row in record.of(kpi) for month in row.months)
    yield from ((number, row, month) for number, (row, month) in enumerate(months, FIRST))


def _goal_cells(record: Record, kpi: str, texts: Texts) -> Cells:
    cells = _titles(record, kpi, texts, say("sheet.how"))
    heads = ("who", "team", "rep", "month", "proposal", "chance", "override", "reason", "goal", "state")
    cells |= {f"{get_column_letter(i)}4": Cell(_head(texts, name), "head") for i, name in enumerate(heads, 1)}
    unit = "money" if CATALOGUE[kpi].unit == "money" else "count"
    for at, row, month in places(record, kpi):
        cells |= _names(at, row, texts)
        cells |= {f"D{at}": Cell(month.month), f"E{at}": Cell(month.proposal, unit)}
        cells |= {f"F{at}": Cell(month.chance, "chance"), f"{OVERRIDE}{at}": Cell(None, unit, open=True)}
        cells[f"{REASON}{at}"] = Cell(None, open=True)
        worked_out = f'=IF(ISBLANK(G{at}),IF(ISBLANK(E{at}),"",E{at}),G{at})'
        cells[f"{GOAL}{at}"] = Cell(worked_out, "formula")
        cells[f"J{at}"] = Cell(texts.text(say("sheet.agreed") if month.agreed else say("sheet.proposed")))
    return cells


def _total_cells(record: Record, kpi: str, texts: Texts) -> Cells:
    cells = _titles(record, kpi, texts, say("sheet.how_totals"))
    rows = record.of(kpi)
    months = [month.month for month in rows[0].months]
    last = get_column_letter(3 + len(months))
    total = get_column_letter(4 + len(months))
    heads = [*(_head(texts, name) for name in ("who", "team", "rep")), *months, _head(texts, "total")]
    cells |= {f"{get_column_letter(i)}4": Cell(head, "head") for i, head in enumerate(heads, 1)}
    at_of = {row.owner: at for at, row in enumerate(rows, FIRST)}
    for i, row in enumerate(rows):
        at = FIRST + i
        cells |= _names(at, row, texts)
        for j in range(len(months)):
            goal = f"={kpi}!{GOAL}{FIRST + i * len(months) + j}"
            cells[f"{get_column_letter(4 + j)}{at}"] = Cell(goal, "formula")
        cells[f"{total}{at}"] = Cell(f"=SUM(D{at}:{last}{at})", "formula")
    columns = [get_column_letter(4 + j) for j in range(len(months) + 1)]
    at = FIRST + len(rows) + 1
    for row in rows:
        below = [at_of[other.owner] for other in rows if other.above == row.owner]
        if below:
            cells |= _check(row.owner, at, (at_of[row.owner], below), columns, texts)
            at += 2
    return cells


def _check(owner: Owner, at: int, rows: tuple[int, list[int]], columns: list[str], texts: Texts) -> Cells:
    """Return two rows: what those below an owner have together, and by how much that is more than his goal."""
    own, below = rows
    name = Name(owner.name) if owner.name is not None else say("sheet.company")
    cells = {f"A{at}": Cell(texts.text(say("sheet.together", name=name)))}
    cells[f"A{at + 1}"] = Cell(texts.text(say("sheet.beyond", name=name)))
    for column in columns:
        cells[f"{column}{at}"] = Cell(f"=SUM({_runs(column, below)})", "formula")
        cells[f"{column}{at + 1}"] = Cell(f"={column}{at}-{column}{own}", "formula")
    return cells


def _runs(column: str, rows: list[int]) -> str:
    """Return rows of a column as a formula names them, neighbours as one range.

    >>> _runs("D", [5, 6, 7, 9])
    'D5:D7,D9'
    """
    runs: list[list[int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return ",".join(f"{column}{a}:{column}{b}" if a < b else f"{column}{a}" for a, b in runs)


def _titles(record: Record, kpi: str, texts: Texts, how: Message) -> Cells:
    title = say("sheet.title", company=Name(record.company), kpi=CATALOGUE[kpi].title, period=record.period)
    return {"A1": Cell(texts.text(title), "head"), "A2": Cell(texts.text(how))}


def _names(at: int, row: SheetRow, texts: Texts) -> Cells:
    who = texts.text(Message(f"sheet.{row.owner.kind}", {}))
    return {f"A{at}": Cell(who), f"B{at}": Cell(row.owner.team), f"C{at}": Cell(row.owner.rep)}


def _head(texts: Texts, name: str) -> str:
    return texts.text(Message(f"sheet.head_{name}", {}))
