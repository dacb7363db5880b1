"""A file that is no table stops the load, with one message that lists every fault of every source."""

from __future__ import annotations

from pathlib import Path

import pytest

from salesgoals_kit.errors import DataError
from tests.data.conftest import DEALS, Border

GOOD = DEALS + "1,won,2026-01-01,2026-03-31,1\n"


def test_a_missing_column_is_named_with_what_there_is(border: Border) -> None:
    border.file("deals", "id,status\n1,won\n")
    assert border.refused() == (
        "The company's data cannot be used as it is.\n"
        "  - sources.deals: deals.csv has no column 'deal_id'; "
        "say under columns which of its columns is deal_id; it has 'id', 'status'"
    )


def test_a_renamed_column_that_is_not_there_is_told_at_its_place(border: Border) -> None:
    border.file("deals", GOOD, columns={"account_id": "Account"})
    found = "sources.deals.columns.account_id: deals.csv has no column 'Account'; expected one of 'deal_id', 'status'"
    assert found in border.refused()


def test_a_column_that_stands_twice_is_not_chosen_from(border: Border) -> None:
    border.file("deals", "deal_id,status,x,x\n1,won,2,3\n", columns={"amount": "x"})
    assert "sources.deals.columns.amount: deals.csv has 2 columns 'x'; expected one" in border.refused()


def test_a_column_the_table_does_not_have_is_refused(border: Border) -> None:
    border.file("deals", GOOD, columns={"closed_on": "closed_at"})
    assert (
        "sources.deals.columns.closed_on: the table has no column of this name; expected one of deal_id"
        in border.refused()
    )


def test_the_wrong_delimiter_is_suspected(border: Border) -> None:
    border.file("deals", "deal_id;status\n1;won\n")
    assert "its header is one column, 'deal_id;status': is read.delimiter right?" in border.refused()


@pytest.mark.parametrize("content", ["", "\ufeff", "\n \n"])
def test_an_empty_file_is_called_empty(border: Border, content: str) -> None:
    border.file("deals", content)
    assert "sources.deals: deals.csv is empty; expected a header and rows" in border.refused()


def test_a_header_alone_is_a_table_without_rows(border: Border) -> None:
    """A company that has lost nobody has no churn events; but data without any day is no data."""
    border.file("deals", GOOD).file("churn_events", "event_id,account_id,churned_at\n")
    assert border.made().manifest.tables["churn_events"].read == 0
    border.file("deals", DEALS)
    with pytest.raises(DataError, match="no row that was kept says when anything happened"):
        border.made()


def test_where_nothing_is_kept_the_reason_is_told(border: Border) -> None:
    border.file("deals", GOOD + "2,won,2026-01-01,2026-03-31,1\n", read={"dates": "%d.%m.%Y"})
    found = (
        "sources.deals: 2 rows were set aside, the first in line 2: "
        "created_at; closed_at '2026-01-01; 2026-03-31': not a date"
    )
    assert found in border.refused()


def test_a_long_note_is_no_quotation_mark_left_open(border: Border) -> None:
    note = "x" * 300_000
    border.file("deals", f'deal_id,status,closed_at,stage\n1,won,2026-01-05,"{note}"\n')
    assert list(border.kept()["stage"]) == [note]


def test_a_zero_byte_in_a_cell_is_a_sign_like_any_other(border: Border) -> None:
    filler = "".join(f"{i},won,2026-01-01,2026-03-31,1\n" for i in range(100))
    border.file("deals", DEALS + filler + "a\0b,won,2026-01-01,2026-03-31,1\n")
    assert "a\0b" in list(border.kept()["deal_id"])


def test_a_missing_file_is_called_missing(border: Border) -> None:
    border.there("deals", "nowhere.csv").there("invoices", "nowhere.parquet").there("leads", "nowhere.xlsx")
    message = border.refused()
    for name in ("nowhere.csv", "nowhere.parquet", "nowhere.xlsx"):
        assert f"{name} cannot be read: " in message


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7 ...", "a PDF"),
        (b"PK\x03\x04....", "a zip or Excel file"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"deal_id\0status", "it holds zero bytes"),
    ],
)
def test_what_is_not_a_table_is_called_by_its_name(border: Border, content: bytes, kind: str) -> None:
    border.file("deals", content)
    message = border.refused()
    assert "sources.deals: deals.csv is not a table of text" in message
    assert kind in message


@pytest.mark.parametrize(("suffix", "kind"), [("xlsx", "an Excel file"), ("parquet", "a Parquet file")])
def test_text_under_another_name_is_refused(border: Border, suffix: str, kind: str) -> None:
    border.file("deals", GOOD, suffix)
    assert f"deals.{suffix} is not {kind}" in border.refused()


def test_prose_is_not_a_table(border: Border) -> None:
    """No line has as many commas as the first."""
    border.file("deals", "deal_id,status\nDear all\nfind, below, our, deals\n")
    assert (
        "deals.csv is not a table: no line has as many cells as the header (line 2: the line has 1 cells"
        in border.refused()
    )


def test_the_wrong_encoding_is_told_with_line_and_byte(border: Border) -> None:
    border.file("deals", "deal_id,status\n1,won\nM\u00fcller,won\n".encode("cp1252"))
    message = border.refused()
    assert "deals.csv, line 3: byte 0xfc is not utf-8" in message
    assert "declare the file's encoding in read.encoding" in message


def test_another_encoding_s_mark_is_not_read_as_letters(border: Border) -> None:
    border.file("deals", ("\ufeff" + GOOD).encode(), read={"encoding": "cp1252"})
    assert "deals.csv begins with the mark of utf-8, not cp1252; declare read.encoding: utf-8" in border.refused()


def test_a_quotation_mark_that_is_not_closed_does_not_swallow_the_rest(border: Border) -> None:
    border.file("deals", 'deal_id,status,stage\n1,won,"never closed\n2,won,x\n')
    assert "look for a quotation mark that is opened and not closed" in border.refused()


def test_settings_that_contradict_each_other_are_told(border: Border) -> None:
    border.file("deals", GOOD, read={"thousands": "."})
    border.file("leads", "a", read={"header": False})
    border.file("reps", "a", read={"names": ["rep"]})
    border.file("teams", "a", "txt", read={"header": False, "names": ["team"], "widths": [1, 2]})
    border.file("spend", "a", read={"dates": "%Q"})
    message = border.refused()
    for part in (
        "sources.deals.read: decimal and thousands are both '.'; expected two different signs",
        "sources.leads.read: header is false and there are no names",
        "sources.reps.read: names are given, but the first line names the columns; say header: false",
        "sources.teams.read: 1 names and 2 widths; expected as many of each",
        "sources.spend.read.dates: '%Q' is no form of dates",
    ):
        assert part in message


def test_every_fault_of_every_source_comes_at_once(border: Border) -> None:
    border.rest["teams"] = [{"name": "East"}]
    border.file("deals", "id;status\n1;won\n").there("leads", "nowhere.csv").file("reps", "")
    border.file("teams", "team\nWest\n")
    border.file("spend", "month,channel,amount\n", columns={"team": "T"})
    border.file("prices", "product,price\nA,1\nA,2\n", helper=True)
    border.file("invoices", "invoice_id,account_id,invoiced_at,amount,product\n1,A,2026-01-05,5,A\n")
    border.sources["invoices"]["lookup"] = {"list_price": {"table": "prices", "on": "product", "take": "price"}}
    message = border.refused()
    for part in (
        "is read.delimiter right?",
        "nowhere.csv cannot be read",
        "reps.csv is empty",
        "sources.spend.columns.team: spend.csv has no column 'T'",
        "sources.teams: a team 'West', which the company file does not name; make the two agree",
        "sources.teams: no team 'East', which the company file names; make the two agree",
        "sources.invoices.lookup.list_price: prices has several answers for 1 values of product, 'A' for one",
    ):
        assert part in message


def test_a_folder_is_not_a_file(border: Border, tmp_path: Path) -> None:
    (tmp_path / "deals.csv").mkdir()
    border.there("deals", "deals.csv")
    assert "deals.csv cannot be read: Is a directory" in border.refused()
