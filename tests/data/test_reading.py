"""Files as systems write them come through as declared, and never otherwise."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.data.conftest import DEALS, Border


def test_a_german_export_in_cp1252_is_read_as_declared(border: Border) -> None:
    """Semicolons, decimal commas, points between thousands, day-first dates and an umlaut in cp1252."""
    text = "Nr;Stufe;Firma;Angelegt;Schluss;Betrag\n007;Gewonnen;Müller;02.01.2026;03.02.2026;1.234,50\n"
    read = {"delimiter": ";", "decimal": ",", "thousands": ".", "encoding": "cp1252", "dates": "%d.%m.%Y"}
    columns = {
        "deal_id": "Nr",
        "account_id": "Firma",
        "created_at": "Angelegt",
        "closed_at": "Schluss",
        "amount": "Betrag",
    }
    values = {"status": {"from": "Stufe", "Gewonnen": "won"}}
    deal = border.file("deals", text.encode("cp1252"), read=read, columns=columns, values=values).kept().iloc[0]
    assert deal["deal_id"] == "007"
    assert deal["account_id"] == "Müller"
    assert deal["created_at"] == datetime(2026, 1, 2)
    assert (deal["created_at_day"], deal["created_at_month"]) == (20455, 672)  # 56 years and 15 leap days and a day
    assert deal["amount"] == 123450


def test_day_first_dates_are_never_read_month_first(border: Border) -> None:
    """03/04 is the third of April as declared; 25/12 is Christmas; 12/25 fits no month and is set aside."""
    rows = "1,won,01/04/2026,03/04/2026,1\n2,won,01/04/2026,25/12/2026,1\n3,won,01/04/2026,12/25/2026,1\n"
    border.file("deals", DEALS + rows, read={"dates": "%d/%m/%Y"})
    assert list(border.kept()["closed_at"]) == [datetime(2026, 4, 3), datetime(2026, 12, 25)]
    assert [row["reason"] for row in border.rejected()] == ["not a date of the form %d/%m/%Y"]


def test_dashes_and_slashes_in_one_column_are_told_apart(border: Border) -> None:
    border.file("deals", DEALS + "1,won,2026-01-01,2026-01-05,1\n2,won,2026-01-01,2026/01/05,1\n")
    assert [(row["line"], row["column"], row["value"]) for row in border.rejected()] == [
        ("3", "closed_at", "2026/01/05")
    ]


def test_a_byte_order_mark_and_spaces_and_commas_in_the_header_do_not_hide_columns(border: Border) -> None:
    text = '\ufeffRecord ID ,"Amount, in USD" ,status,closed_at\n1,5,won,2026-01-05\n'
    border.file("deals", text, columns={"deal_id": "Record ID", "amount": "Amount, in USD"})
    deal = border.kept().iloc[0]
    assert (deal["deal_id"], deal["amount"]) == ("1", 500)


def test_utf_16_is_transcoded(border: Border) -> None:
    border.file("deals", (DEALS + "ż,won,2026-01-01,2026-01-05,1\n").encode("utf-16"), read={"encoding": "utf-16"})
    assert list(border.kept()["deal_id"]) == ["ż"]


def test_missing_words_are_those_declared_and_a_space(border: Border) -> None:
    """`None` is a channel like any other here; `NULL`, a space and the empty cell are missing."""
    rows = "".join(f"{i},won,2026-01-05,{cell}\n" for i, cell in enumerate(("NULL", " ", "None", ""), 1))
    border.file("deals", "deal_id,status,closed_at,channel\n" + rows, read={"missing": ["NULL"]})
    assert list(border.kept()["channel"]) == [None, None, "None", None]


def test_a_zoned_time_becomes_the_day_it_was_in_the_company_s_time_zone(border: Border) -> None:
    """23:30 in London is the next day in Warsaw; half past one in Tokyo is the day before."""
    rows = "1,won,2026-01-01T12:00:00Z,2026-01-05T23:30:00Z,1\n2,won,2026-01-01T12:00:00Z,2026-01-06T01:30:00+0900,1\n"
    border.rest["timezone"] = "Europe/Warsaw"
    border.file("deals", DEALS + rows, read={"dates": "%Y-%m-%dT%H:%M:%S%z"})
    assert list(border.kept()["closed_at"]) == [datetime(2026, 1, 6), datetime(2026, 1, 5)]


def test_a_form_with_the_time_of_day_gives_the_day(border: Border) -> None:
    border.file(
        "deals", DEALS + "1,won,2026-01-01 9:05:00,2026-01-05 23:59:59,1\n", read={"dates": "%Y-%m-%d %H:%M:%S"}
    )
    assert list(border.kept()["closed_at"]) == [datetime(2026, 1, 5)]


def test_a_fixed_width_file_is_cut_by_its_widths(border: Border) -> None:
    text = " 00004 0001 19970101  2   29.33\n 00004 0001 19970118  2   29.73\n 00018 0002 19970104  1   14.96\n"
    read = {"header": False, "names": ["master", "customer", "day", "cds", "dollars"], "widths": [6, 5, 9, 3, 8]}
    columns = {"account_id": "customer", "invoiced_at": "day", "quantity": "cds", "amount": "dollars"}
    border.file("invoices", text, "txt", read={**read, "dates": "%Y%m%d"}, columns=columns, id="line")
    invoices = border.kept("invoices")
    assert list(invoices["account_id"]) == ["0001", "0001", "0002"]
    assert list(invoices["amount"]) == [2933, 2973, 1496]
    assert list(invoices["invoice_id"]) == ["1", "2", "3"]


def test_a_line_longer_than_the_widths_is_set_aside(border: Border) -> None:
    read = {"header": False, "names": ["deal_id", "status", "closed_at"], "widths": [2, 4, 10]}
    border.file("deals", "1 won 2026-01-05\n2 won 2026-01-05 and more\n", "txt", read=read)
    assert [(row["line"], row["reason"]) for row in border.rejected()] == [
        ("2", "the line has 4 cells, the header has 3")
    ]


def test_tabs_part_columns_where_declared(border: Border) -> None:
    border.file("deals", "deal_id\tstatus\tclosed_at\n1\twon\t2026-01-05\n", "tsv", read={"delimiter": "\t"})
    assert list(border.kept()["deal_id"]) == ["1"]


def test_the_line_is_where_the_row_begins_in_the_file(border: Border) -> None:
    """A cell with a line break and a blank line shift what follows: the faulty row begins on line 5."""
    text = 'deal_id,status,closed_at,stage\n1,won,2026-01-05,"first\nsecond"\n\n2,won,never,x\n'
    border.file("deals", text)
    assert [(row["line"], row["value"]) for row in border.rejected()] == [("5", "never")]
    assert list(border.kept()["stage"]) == ["first\nsecond"]


@pytest.mark.parametrize(
    ("cell", "minor"),
    [
        ("12", 1200),
        ("-0.50", -50),
        (".5", 50),
        ("1234.500", 123450),
        ("0.07", 7),
        ("90071992547409.93", 9007199254740993),
    ],
)
def test_amounts_are_exact_to_the_minor_unit(border: Border, cell: str, minor: int) -> None:
    """The last one has more digits than a double holds (2 ** 53 + 1)."""
    border.file("invoices", f"invoice_id,account_id,invoiced_at,amount\n1,A,2026-01-05,{cell}\n")
    assert list(border.kept("invoices")["amount"]) == [minor]


@pytest.mark.parametrize(
    ("thousands", "cell", "minor"),
    [
        (",", '"1,234.50"', 123450),
        (" ", "1\u00a0234.50", 123450),
        ("'", "1\u2019234.50", 123450),
        (None, "1234.50", 123450),
    ],
)
def test_digits_are_grouped_by_the_declared_sign(border: Border, thousands: str | None, cell: str, minor: int) -> None:
    text = f"invoice_id,account_id,invoiced_at,amount\n1,A,2026-01-05,{cell}\n"
    border.file("invoices", text, read={"thousands": thousands})
    assert list(border.kept("invoices")["amount"]) == [minor]


def test_a_decimal_comma_is_not_taken_for_a_thousands_sign(border: Border) -> None:
    """`1,5` where the comma groups thousands is no number: it would silently become 15."""
    border.file(
        "invoices",
        'invoice_id,account_id,invoiced_at,amount\n0,A,2026-01-05,1\n1,A,2026-01-05,"1,5"\n',
        read={"thousands": ","},
    )
    assert [row["reason"] for row in border.rejected()] == ["not an amount as declared (decimal '.', thousands ',')"]


def test_a_currency_without_minor_units_is_kept_whole(border: Border) -> None:
    border.rest["currency"] = "JPY"
    border.file("invoices", "invoice_id,account_id,invoiced_at,amount\n1,A,2026-01-05,500\n2,A,2026-01-05,5.5\n")
    assert list(border.kept("invoices")["amount"]) == [500]
    assert [row["reason"] for row in border.rejected()] == ["finer than JPY allows (0 decimals)"]


def test_a_month_is_any_day_of_it(border: Border) -> None:
    border.file("deals", DEALS + "1,won,2026-01-01,2026-03-31,1\n")
    border.file("spend", "month,channel,amount\n01/2026,Fairs,5\n", read={"dates": "%m/%Y"})
    assert list(border.kept("spend")["month"]) == [datetime(2026, 1, 1)]


def test_flags_are_true_or_false_in_words_or_digits(border: Border) -> None:
    border.file("deals", DEALS + "1,won,2026-01-01,2026-03-31,1\n")
    border.file("accounts", "account_id,churn_flag\n1,TRUE\n2,no\n3,1\n4,\n5,maybe\n")
    assert list(border.kept("accounts")["churn_flag"]) == [True, False, True, None]
    assert [row["reason"] for row in border.rejected()] == ["neither true nor false"]


def test_a_path_with_signs_that_look_like_patterns_is_one_file(border: Border) -> None:
    folder = border.folder / "a[1]=*"
    folder.mkdir()
    (folder / "deals.csv").write_text(DEALS + "1,won,2026-01-01,2026-03-31,1\n")
    border.rest["store"] = "a[1]=*/store"
    border.there("deals", "a[1]=*/deals.csv")
    assert list(border.kept()["deal_id"]) == ["1"]
