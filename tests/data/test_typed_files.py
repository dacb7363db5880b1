"""Excel and Parquet files, whose cells may be real dates and numbers."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pandas as pd
import pytest

from tests.data.conftest import Border


def _book(path: Path, rows: list[list[Any]], title: str = "Deals") -> None:
    book = openpyxl.Workbook()
    book.active.title = "Notes"  # type: ignore[union-attr]
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append(row)
    book.save(path)


ROWS: list[list[Any]] = [
    ["deal_id ", "status", "created_at", "closed_at", "amount", "term_months", None],
    ["007", "won", date(2026, 1, 2), datetime(2026, 2, 3, 17, 30), 0.1 + 0.2, 12, None],
    [8, "won", "02.01.2026", "03.02.2026", "1.234,5", "1,5", None],
    [9.0, "open", None, None, 5, None, None],
    [None, None, None, None, None, None, None],
    [10, "won", "02.01.2026", 46056, 12.345, None, None],
]


def test_excel_cells_are_read_by_their_type_and_texts_as_declared(border: Border) -> None:
    """A number typed in Excel has no sign to declare; 0.1 + 0.2 is what Excel shows: 0.3."""
    _book(border.folder / "deals.xlsx", ROWS)
    read = {"sheet": "Deals", "decimal": ",", "thousands": ".", "dates": "%d.%m.%Y"}
    kept = border.there("deals", "deals.xlsx", read=read).kept()
    assert list(kept["deal_id"]) == ["007", "8", "9"]
    assert list(kept["created_at"]) == [datetime(2026, 1, 2), datetime(2026, 1, 2), None]
    assert list(kept["closed_at"]) == [datetime(2026, 2, 3), datetime(2026, 2, 3), None]
    assert list(kept["amount"]) == [30, 123450, 500]
    assert list(kept["term_months"]) == [12.0, 1.5, None]
    assert [(row["line"], row["column"], row["value"]) for row in border.rejected()] == [
        ("6", "closed_at; amount", "46056; 12.345")
    ]


def test_a_sheet_that_is_not_there_is_told_with_those_that_are(border: Border) -> None:
    _book(border.folder / "deals.xlsx", ROWS)
    border.there("deals", "deals.xlsx", read={"sheet": "Leads"})
    assert "sources.deals: deals.xlsx has no sheet 'Leads'; expected one of Notes, Deals" in border.refused()


def test_the_first_sheet_is_read_unless_told_otherwise(border: Border) -> None:
    _book(border.folder / "deals.xlsx", ROWS)
    assert "sheet 'Notes' of deals.xlsx is empty" in border.there("deals", "deals.xlsx").refused()


def test_a_sheet_without_a_header_takes_the_names(border: Border) -> None:
    _book(border.folder / "deals.xlsx", [["1", "won", date(2026, 1, 5)]])
    read = {"sheet": "Deals", "header": False, "names": ["deal_id", "status", "closed_at"]}
    assert list(border.there("deals", "deals.xlsx", read=read).kept()["closed_at"]) == [datetime(2026, 1, 5)]


def test_excel_true_and_false_are_mapped_like_words(border: Border) -> None:
    _book(
        border.folder / "deals.xlsx",
        [["deal_id", "closed_at", "won"], [1, date(2026, 1, 5), True], [2, date(2026, 1, 5), False]],
    )
    values = {"status": {"from": "won", True: "won", False: "lost"}}
    border.there("deals", "deals.xlsx", read={"sheet": "Deals"}, values=values)
    assert list(border.kept()["status"]) == ["won", "lost"]


def test_parquet_columns_keep_their_types(border: Border) -> None:
    query = """
        SELECT * FROM (VALUES
            ('007', 'won', TIMESTAMPTZ '2026-01-05 23:30:00+00', 0.1::DOUBLE + 0.2::DOUBLE, 1.50::DECIMAL(9, 2), true),
            ('008', 'won', TIMESTAMPTZ '2026-01-05 12:00:00+00', 12.34::FLOAT::DOUBLE, 2.00, false),
            ('009', 'won', TIMESTAMPTZ '2026-01-05 12:00:00+00', 'nan'::DOUBLE, NULL, NULL)
        ) t (deal_id, status, closed_at, amount, cost, flag)
    """
    duckdb.connect().sql(query).write_parquet(str(border.folder / "deals.parquet"))
    border.rest["timezone"] = "Europe/Warsaw"
    kept = border.there("deals", "deals.parquet").kept()
    assert list(kept["deal_id"]) == ["007", "009"]
    assert list(kept["closed_at"]) == [datetime(2026, 1, 6), datetime(2026, 1, 5)]
    assert list(kept["amount"]) == [30, None]
    assert list(kept["cost"]) == [150, None]
    assert [(row["line"], row["reason"]) for row in border.rejected()] == [("2", "finer than EUR allows (2 decimals)")]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_zoned_times_of_parquet_are_read_however_fine_they_are(border: Border, unit: str) -> None:
    """Pandas writes nanoseconds unless it is told otherwise."""
    closed = pd.to_datetime(["2026-01-05T23:30:00Z", "2026-01-05T12:00:00Z"]).astype(f"datetime64[{unit}, UTC]")
    frame = pd.DataFrame({"deal_id": ["1", "2"], "status": "won", "closed_at": closed, "amount": 1})
    frame.to_parquet(border.folder / "deals.parquet")
    border.rest["timezone"] = "Asia/Tokyo"
    kept = border.there("deals", "deals.parquet").kept()
    assert list(kept["closed_at"]) == [datetime(2026, 1, 6), datetime(2026, 1, 5)]


def test_parquet_texts_are_read_as_declared(border: Border) -> None:
    duckdb.connect().sql("SELECT '1' deal_id, 'won' status, '05.01.2026' closed_at, '1,5' amount").write_parquet(
        str(border.folder / "deals.parquet")
    )
    kept = border.there("deals", "deals.parquet", read={"decimal": ",", "dates": "%d.%m.%Y"}).kept()
    assert list(kept["amount"]) == [150]


@pytest.mark.parametrize("kind", ["TINYINT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(18, 4)"])
def test_a_whole_number_is_an_id_without_decimals(border: Border, kind: str) -> None:
    duckdb.connect().sql(f"SELECT 7::{kind} deal_id, 'open' status, DATE '2026-01-05' created_at").write_parquet(
        str(border.folder / "deals.parquet")
    )
    assert list(border.there("deals", "deals.parquet").kept()["deal_id"]) == ["7"]
