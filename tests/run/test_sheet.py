"""What goes out to a workbook comes back to the cent; whatever was changed in it is found with its cell."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from salesgoals_kit.errors import ParamError
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.run.sheet import HIDDEN, MonthGoal, Record, SheetRow, from_text, places, sheets, to_text
from salesgoals_kit.run.sheet_read import read_workbook
from salesgoals_kit.run.sheet_write import workbook, workbook_faults, write_workbook

MONTHS = ("2026-01", "2026-02", "2026-03")
NORTH, ANN, BOB = Owner("North"), Owner("North", "Ann"), Owner("North", "Bob")
Edit = Callable[[Workbook], Any]


def row(owner: Owner, *values: float | None, above: Owner | None = None, kpi: str = "revenue") -> SheetRow:
    months = tuple(
        MonthGoal(month, value, None if value is None else 0.65) for month, value in zip(MONTHS, values, strict=False)
    )
    return SheetRow(owner, kpi, months, above)


def record(*rows: SheetRow, **changed: Any) -> Record:
    basic = Record("Acme", "EUR", 100, "en_GB", "en", "2026Q1", "2025-12-31", "9f2c", rows)
    return replace(basic, **changed)


TREE = record(
    row(COMPANY, 310.0, 300.5, 0.0),
    row(NORTH, 310.0, 300.5, 0.0, above=COMPANY),
    row(ANN, 100.01, 200.02, 300.03, above=NORTH),
    row(BOB, 210.0, 99.99, None, above=NORTH),
)


def changed(folder: Path, edit: Edit, of: Record = TREE) -> Path:
    file = folder / "goals.xlsx"
    file.unlink(missing_ok=True)
    write_workbook(of, file)
    book = load_workbook(file)
    edit(book)
    book.save(file)
    return file


def faults(folder: Path, edit: Edit, company: str = "Acme") -> list[str]:
    with pytest.raises(ParamError) as refused:
        read_workbook(changed(folder, edit), company)
    return [str(fault) for fault in refused.value.faults]


def put(sheet: str, **cells: Any) -> Edit:
    def edit(book: Workbook) -> None:
        for place, value in cells.items():
            book[sheet][place] = value

    return edit


def test_an_override_counts_and_the_proposal_where_there_is_none(tmp_path: Path) -> None:
    edit = put("revenue", G11=150, H11="  a new\ncolleague starts", G16="  ", H12="only a word", G13=300.03)
    found, goals = read_workbook(changed(tmp_path, edit), "Acme")
    assert found == TREE
    by = {(goal.owner, goal.month): (goal.value, goal.reason, goal.where) for goal in goals}
    assert by[ANN, "2026-01"] == (150.0, "a new colleague starts", "revenue!G11")
    assert by[ANN, "2026-02"] == (200.02, "only a word", "revenue!G12")
    assert by[ANN, "2026-03"][:2] == (300.03, None)  # the proposal typed again needs no reason
    assert (BOB, "2026-03") not in by and len(by) == 11  # nothing proposed, nothing written


def test_only_overrides_and_reasons_can_be_written(tmp_path: Path) -> None:
    book = load_workbook(changed(tmp_path, lambda book: None))
    assert book.sheetnames == ["revenue", "revenue totals", HIDDEN]
    assert book[HIDDEN].sheet_state == "hidden" and book.security.lockStructure
    assert all(sheet.protection.sheet and sheet.protection.password is None for sheet in book.worksheets)
    unlocked = {cell.coordinate for line in book["revenue"].iter_rows() for cell in line if not cell.protection.locked}
    assert unlocked == {f"{column}{at}" for at in range(5, 17) for column in "GH"}
    assert not [c for line in book["revenue totals"].iter_rows() for c in line if not c.protection.locked]
    checks = {str(check.sqref): check.type for check in book["revenue"].data_validations.dataValidation}
    assert checks == {"G5:G16": "decimal", "H5:H16": "textLength"}
    assert book["revenue"].freeze_panes == "D5" and book["revenue"]["E5"].number_format == "#,##0.00 [$EUR]"


HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://example.org","x")', "*", "a'b", " ", "2026", "North")


def test_a_text_is_never_a_formula(tmp_path: Path) -> None:
    rows = [row(Owner(name, name), 1.0, above=None) for name in HOSTILE]
    hostile = record(*rows, company="=cmd|'/c calc'!A1")
    file = changed(tmp_path, lambda book: None, hostile)
    found, goals = read_workbook(file, hostile.company)
    assert found == hostile and [goal.owner.rep for goal in goals] == list(HOSTILE)
    for line in load_workbook(file)["revenue"].iter_rows():
        assert all(cell.data_type != "f" or cell.coordinate.startswith("I") for cell in line)


CASES: list[tuple[str, Edit, str]] = [
    ("proposal", put("revenue", E7=1), "revenue!E7: 1; expected 0, as it was exported"),
    ("formula", put("revenue", I7="=E7*2"), "revenue!I7: '=E7*2'; expected the formula '=IF(ISBLANK(G7)"),
    ("overwritten", put("revenue", I7=5), "revenue!I7: 5; expected the formula"),
    ("total", put("revenue totals", G6=5), "revenue totals!G6: 5; expected the formula '=SUM(D6:F6)'"),
    ("chance", put("revenue", F11=1), "revenue!F11: 1; expected 0.65"),
    ("head", put("revenue", G4="Mine"), "revenue!G4: 'Mine'; expected 'Override', as it was exported; put it back"),
    ("text", put("revenue", G7="12 000"), "revenue!G7: the text '12 000'; expected a number, 0 or more"),
    ("truth", put("revenue", G7=True), "revenue!G7: the text True; expected a number"),
    ("negative", put("revenue", G7=-1), "revenue!G7: -1; expected a number, 0 or more"),
    ("date", put("revenue", G7=date(2026, 1, 1)), "revenue!G7: the date 2026-01-01 00:00:00; expected a number"),
    ("sum", put("revenue", G7="=1+1"), "revenue!G7: the formula '=1+1'; expected a number"),
    ("error", put("revenue", G7="#REF!"), "revenue!G7: the error #REF!; expected a number"),
    ("cents", put("revenue", G7=1.005, H7="why"), "revenue!G7: 1.005; expected at most 2 decimals; round it"),
    ("huge", put("revenue", G7=1e300, H7="why"), "revenue!G7: 1e+300; expected a number"),
    ("reason", put("revenue", G7=1, H7="  "), "revenue!H7: no reason beside the override; expected a reason"),
    ("reason out of nothing", put("revenue", G16=1), "revenue!H16: no reason beside the override"),
    ("reason's formula", put("revenue", H7="=A1"), "revenue!H7: '=A1'; expected words"),
    ("long", put("revenue", H7="x" * 501), "revenue!H7: 501 signs; expected at most 500"),
    ("owner", put("revenue", C11="Eve"), "revenue!A11: a row of North Eve 2026-01; expected an owner and month"),
    ("beside", put("revenue", L3="my notes"), "revenue!L3: 'my notes'; expected an empty cell"),
    ("added", put("revenue", B17="North", C17="Eve", D17="2026-01"), "revenue!A17: a row of North Eve 2026-01"),
    ("twice", put("revenue", B17="North", C17="Bob", D17="2026-01"), "revenue!A17: North Bob 2026-01 a second time"),
    ("missing", lambda book: book["revenue"].delete_rows(11), "revenue!A11: the row of North Ann 2026-01 is missing"),
    ("far", put("revenue", A1048576="x"), "cells far beyond what was exported"),
    ("merged", lambda book: book["revenue"].merge_cells("A5:A7"), "revenue!A5:A7: merged cells; take them apart"),
    ("sheet", lambda book: book.create_sheet("mine"), "mine: a sheet that was not exported"),
    ("no totals", lambda book: book.remove(book["revenue totals"]), "revenue totals: the sheet is missing"),
    ("no record", lambda book: book.remove(book[HIDDEN]), "there is no such sheet"),
    ("version", put(HIDDEN, A2="2"), "version 2; expected 1; export the workbook again"),
    ("record", put(HIDDEN, A4="{}"), "the hidden sheet was changed"),
]


@pytest.mark.parametrize(("edit", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_change_is_found_with_its_cell(tmp_path: Path, edit: Edit, said: str) -> None:
    assert any(said in fault for fault in faults(tmp_path, edit)), faults(tmp_path, edit)


@pytest.mark.parametrize("name", ["a\x07", "a\r\nb", "a\rb", "\x00", "a\ufffe", "\x7f\x1f", "x" * 30_001])
def test_a_name_that_would_not_come_back_is_a_fault(name: str) -> None:
    hostile = record(row(Owner("North", name), 1.0), row(Owner(name), 1.0), company=name)
    assert [str(fault).split()[0] for fault in workbook_faults(hostile)] == ["company", "rep", "team"]


def test_other_names_come_back(tmp_path: Path) -> None:
    names = ("a\nb", "a\tb", "ą 😀", "\x7f", "\u2028", "<&>\"'", " a ", "x" * 30_000)
    odd = record(*(row(Owner("North", name), 1.0) for name in names))
    assert workbook_faults(odd) == []
    assert read_workbook(changed(tmp_path, lambda book: None, odd), "Acme")[0] == odd


WRITTEN = re.compile(r"<f>([^<]*)</f>(?:<v\s*/>|<v>[^<]*</v>)")


def resaved(file: Path, formula: Callable[[str], str]) -> None:
    """Rewrite a workbook's formulas, each with the value that was worked out for it beside it."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            if name.startswith("xl/worksheets/"):
                text, count = WRITTEN.subn(lambda f: f"<f>{formula(f[1])}</f><v>12.5</v>", part.decode())
                assert count or name.endswith("3.xml")
                part = text.encode()
            archive.writestr(name, part)


@pytest.mark.parametrize(
    "formula",
    [
        lambda text: text,
        lambda text: text.replace("'", ""),
        lambda text: re.sub(r"(\w+)!", r"'\1'!", text.replace("'", "")),
        lambda text: text.replace(",", ", ").replace("(", "( "),
        lambda text: text.replace("SUM", "sum").replace("ISBLANK", "IsBlank"),
    ],
    ids=["values", "no quotes", "quotes", "spaces", "case"],
)
def test_what_a_spreadsheet_program_saved_comes_back(tmp_path: Path, formula: Callable[[str], str]) -> None:
    file = changed(tmp_path, put("revenue", G11=150, H11="why"))
    resaved(file, formula)
    assert load_workbook(file, data_only=True)["revenue totals"]["D5"].value == 12.5
    found, goals = read_workbook(file, "Acme")
    assert found == TREE and len(goals) == 11
    resaved(file, lambda text: formula(text).replace("I11", "I12"))
    with pytest.raises(ParamError) as refused:
        read_workbook(file, "Acme")
    assert {fault.where for fault in refused.value.faults} >= {"revenue totals!D7"}


def test_every_fault_is_told_at_once_and_no_more(tmp_path: Path) -> None:
    def edit(book: Workbook) -> None:
        for _, one, _ in (case for case in CASES if case[0] in ("proposal", "total", "text", "beside")):
            one(book)
        put("revenue", G12=3, G13=-3)(book)

    assert [fault.split(":")[0] for fault in faults(tmp_path, edit)] == [
        "revenue!L3",
        "revenue!E7",
        "revenue!G7",
        "revenue!H12",
        "revenue!G13",
        "revenue totals!G6",
    ]


def test_a_deleted_row_is_one_fault_and_what_stands_in_others_is_still_checked(tmp_path: Path) -> None:
    def edit(book: Workbook) -> None:
        book["revenue"]["G12"] = "x"
        book["revenue"].delete_rows(5)

    assert [fault.split(";")[0] for fault in faults(tmp_path, edit)] == [
        "revenue!A5: the row of 2026-01 is missing",
        "revenue!G11: the text 'x'",
    ]


@pytest.mark.parametrize("adapted", [False, True])
def test_what_was_changed_in_other_rows_is_named_beside_a_row_that_is_gone(tmp_path: Path, adapted: bool) -> None:
    """Rows are known by whose they are, whether a program adapts the formulas of those that move up or not."""

    def edit(book: Workbook) -> None:
        sheet = book["revenue"]
        put("revenue", E15=1, I16="=E16*2", F9=1, B2="mine", K10="notes", G13=-1)(book)
        sheet.delete_rows(11)
        if adapted:
            for at in (*range(11, 15),):
                sheet[f"I{at}"] = str(sheet[f"I{at}"].value).replace(str(at + 1), str(at))

    assert [fault.split(":")[0] for fault in faults(tmp_path, edit)] == [
        "revenue!A11",
        "revenue!B2",
        "revenue!F9",
        "revenue!K10",
        "revenue!E14",
        "revenue!I15",
        "revenue!G12",
    ]


def test_a_row_that_belongs_to_nobody_is_one_fault(tmp_path: Path) -> None:
    found = faults(tmp_path, put("revenue", C11="Eve", E11=7, E12=8))
    assert [fault.split(":")[0] for fault in found] == ["revenue!A11", "revenue!A11", "revenue!E12"]


def test_rows_in_another_order_are_looked_through(tmp_path: Path) -> None:
    def edit(book: Workbook) -> None:
        sheet = book["revenue"]
        for column in "ABCDEFGHIJ":
            one, other = sheet[f"{column}5"], sheet[f"{column}6"]
            one.value, other.value = other.value, one.value
        put("revenue", E6=77)(book)

    found = faults(tmp_path, edit)
    assert [fault.split(";")[0] for fault in found] == [
        "revenue!A5: the rows stand in another order",
        "revenue!E6: 77",
    ]


def test_a_reason_without_an_override_is_not_passed_over(tmp_path: Path) -> None:
    """Beside a proposal it is kept and told; without any goal it is a fault."""
    _, goals = read_workbook(changed(tmp_path, put("revenue", H7="so it is", G8=150, H8="why")), "Acme")
    assert [(goal.reason, goal.alone) for goal in goals if goal.reason] == [
        ("so it is", "revenue!H7"),
        ("why", None),
    ]
    found = faults(tmp_path, put("revenue", H16="so it is"))
    assert found == [
        "revenue!H16: a reason without a goal; expected an override beside it; write the goal that it is for into G16"
    ]


def test_other_files_are_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, lambda book: None, company="Other")[0].endswith("of 'Acme'; expected 'Other'")
    (tmp_path / "no.xlsx").write_text("no workbook", "utf-8")
    for file in ("no.xlsx", "none.xlsx"):
        with pytest.raises(ParamError):
            read_workbook(tmp_path / file, "Acme")


def evaluated(cells: dict[str, dict[str, Any]], sheet: str, place: str) -> float:
    """Return what a formula of ours gives: sums, differences, cells of other sheets, and the goal of a row."""
    value = cells[sheet][place].value
    if not isinstance(value, str) or not value.startswith("="):
        return float(value or 0)
    if goal := re.fullmatch(r'=IF\(ISBLANK\((G\d+)\),IF\(ISBLANK\((E\d+)\),"",E\d+\),G\d+\)', value):
        written = cells[sheet][goal[1]].value
        return float(written) if written is not None else evaluated(cells, sheet, goal[2])
    if other := re.fullmatch(r"=(.+)!([A-Z]+\d+)", value):
        return evaluated(cells, other[1], other[2])
    if less := re.fullmatch(r"=([A-Z]+\d+)-([A-Z]+\d+)", value):
        return evaluated(cells, sheet, less[1]) - evaluated(cells, sheet, less[2])
    total = 0.0
    for span in value.removeprefix("=SUM(").removesuffix(")").split(","):
        ends = [re.fullmatch(r"([A-Z]+)(\d+)", end) for end in span.split(":")]
        (a, b), (c, d) = (end.groups() for end in (ends[0], ends[-1]) if end)
        for column in range(ord(a), ord(c) + 1):
            for number in range(int(b), int(d) + 1):
                total += evaluated(cells, sheet, f"{chr(column)}{number}")
    return total


amounts = st.integers(0, 10**11).map(lambda cents: cents / 100)


@st.composite
def records(draw: st.DrawFn) -> Record:
    names = draw(st.lists(st.text(min_size=1, max_size=8).filter(legal), min_size=1, max_size=5, unique=True))
    months = draw(st.integers(1, 12))
    rows = [SheetRow(COMPANY, "revenue", proposals(draw, months)), SheetRow(NORTH, "revenue", (), COMPANY)]
    rows[1] = replace(rows[1], months=proposals(draw, months))
    rows += [SheetRow(Owner("North", name), "revenue", proposals(draw, months), NORTH) for name in names]
    return record(*rows)


def legal(text: str) -> bool:
    """Whether XML, and so a workbook, can hold a text."""
    return all(" " <= sign < "\ud800" or "\ue000" <= sign <= "\ufffd" for sign in text) and not text.isspace()


def proposals(draw: st.DrawFn, months: int) -> tuple[MonthGoal, ...]:
    chances = st.one_of(st.none(), st.floats(0, 1))
    return tuple(
        MonthGoal(f"2026-{i + 1:02}", draw(st.one_of(st.none(), amounts)), draw(chances)) for i in range(months)
    )


@settings(max_examples=25, deadline=None)
@given(made=records(), data=st.data())
def test_what_goes_out_comes_back_to_the_cent(
    tmp_path_factory: pytest.TempPathFactory, made: Record, data: st.DataObject
) -> None:
    assert from_text(to_text(made)) == made
    folder = tmp_path_factory.mktemp("sheet")
    cells: dict[str, dict[str, Any]] = {name: dict(found) for name, found in sheets(made).items()}
    expected: dict[tuple[Owner, str], float] = {}
    book = workbook(made)
    for at, line, month in places(made, "revenue"):
        override = data.draw(st.one_of(st.none(), amounts))
        if override is not None:
            book["revenue"][f"G{at}"], book["revenue"][f"H{at}"] = override, "why"
            cells["revenue"][f"G{at}"] = replace(cells["revenue"][f"G{at}"], value=override)
        goal = override if override is not None else month.proposal
        if goal is not None:
            expected[line.owner, month.month] = goal
    book.save(folder / "goals.xlsx")
    found, goals = read_workbook(folder / "goals.xlsx", "Acme")
    assert found == made
    assert {(goal.owner, goal.month): goal.value for goal in goals} == expected
    months = [month.month for month in made.rows[0].months]
    last = chr(ord("D") + len(months))
    for at, line in enumerate(made.rows, 5):
        total = sum(expected.get((line.owner, month), 0.0) for month in months)
        assert evaluated(cells, "revenue totals", f"{last}{at}") == pytest.approx(total, abs=1e-4)
    below = 5 + len(made.rows) + 1
    for owner, at, own in ((COMPANY, below, 5), (NORTH, below + 2, 6)):
        together = sum(expected.get((r.owner, m), 0.0) for r in made.rows if r.above == owner for m in months)
        assert evaluated(cells, "revenue totals", f"{last}{at}") == pytest.approx(together, abs=1e-4)
        mine = evaluated(cells, "revenue totals", f"{last}{own}")
        assert evaluated(cells, "revenue totals", f"{last}{at + 1}") == pytest.approx(together - mine, abs=1e-3)


def test_counts_are_whole(tmp_path: Path) -> None:
    leads = record(row(NORTH, 3.0, 4.0, kpi="qualified_leads"))
    file = changed(tmp_path, put("qualified_leads", G5=5, H5="more", G6=1.5, H6="half"), leads)
    with pytest.raises(ParamError, match="whole numbers"):
        read_workbook(file, "Acme")
