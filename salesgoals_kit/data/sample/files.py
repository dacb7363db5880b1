"""The sample's tables as CSV files, as foreign as the systems of a real company would export them."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from salesgoals_kit.data.contract import TABLES

Cell = Callable[[object], str]


@dataclass(frozen=True)
class Form:
    """How one file is written. ``columns``: ours: theirs, in their order; none: all of ours, under their own names.

    ``words`` are our values and theirs, by column; ``empty`` stands in a cell that holds nothing.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    delimiter: str = ","
    decimal: str = "."
    thousands: str = ""
    dates: str = "%Y-%m-%d"
    encoding: str = "utf-8"
    empty: str = ""


_GERMAN: dict[str, Any] = {"delimiter": ";", "decimal": ",", "dates": "%d.%m.%Y", "encoding": "cp1252"}
_SIZES = {"Small": "1 to 49", "Medium": "50 to 249", "Large": "250 to 999", "Enterprise": "1000 and more"}

FORMS: dict[str, Form] = {name: Form() for name in TABLES} | {
    "deals": Form(
        columns={
            "deal_id": "Record ID",
            "Deal Name": "Deal Name",
            "Deal Stage": "Deal Stage",
            "stage": "Last Open Stage",
            "amount": "Amount",
            "closed_at": "Close Date",
            "expected_close_at": "Expected Close Date",
            "created_at": "Create Date",
            "rep": "Deal owner",
            "team": "Booking Team",
            "account_id": "Associated Company ID",
            "channel": "Original Source",
            "deal_type": "Deal Type",
            "product": "Product",
            "family": "Product Family",
            "region": "Region",
            "cost": "Cost",
            "list_price": "List Price",
            "term_months": "Term",
        },
        words={"deal_type": {"new": "New Business", "expansion": "Existing Business", "renewal": "Renewal"}},
        **_GERMAN,
    ),
    "deal_changes": Form(
        columns={"deal_id": "Record ID", "field": "Property", "value": "New Value", "changed_at": "Changed On"},
        words={
            "field": {
                "stage": "dealstage",
                "amount": "amount",
                "expected_close_at": "expected_closedate",
                "closed_at": "closedate",
                "rep": "hubspot_owner_id",
            }
        },
    ),
    "leads": Form(
        columns={
            "lead_id": "Lead ID",
            "created_at": "Created Date",
            "channel": "Lead Source",
            "team": "Routed To",
            "rep": "Lead Owner",
            "qualified_at": "MQL Date",
            "deal_id": "Converted Deal ID",
            "budget": "Budget",
            "authority": "Authority",
            "need": "Need",
            "timing": "Timing",
        },
        dates="%m/%d/%Y",
        empty="N/A",
    ),
    "accounts": Form(
        columns={
            "account_id": "Company ID",
            "name": "Company Name",
            "industry": "Industry",
            "size": "Employees",
            "region": "Region",
            "segment": "Segment",
            "churn_flag": "Churned",
        },
        words={"size": _SIZES},
        delimiter=";",
        encoding="cp1252",
    ),
    "invoices": Form(
        columns={
            "invoice_id": "Invoice No.",
            "account_id": "Customer No.",
            "invoiced_at": "Date",
            "amount": "Net Amount",
            "cost": "Cost of Sale",
            "quantity": "Qty",
            "list_price": "List Amount",
            "team": "Team",
            "rep": "Salesperson",
            "product": "Item",
            "family": "Item Group",
        },
        thousands=".",
        **_GERMAN,
    ),
    "subscriptions": Form(empty="NULL"),
    "spend": Form(columns={"month": "Month", "channel": "Channel", "amount": "Spend", "team": "Team"}, dates="%m/%Y"),
}


def write_files(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write one CSV a table into a folder: a new one appears whole or not at all, in another one files are replaced."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as place:
        made = Path(place) / folder.name
        made.mkdir()
        for name, table in tables.items():
            _write(made / f"{name}.csv", FORMS[name], _exported(name, table, tables))
        try:
            made.rename(folder)
        except OSError:  # it is there, and not empty
            for file in sorted(made.iterdir()):
                file.replace(folder / file.name)


def _exported(name: str, table: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return a table with what its system shows besides, or shows otherwise."""
    if name == "deals":
        names = table["account_id"].map(tables["accounts"].set_index("account_id")["name"]).fillna("New company")
        stage = table["status"].map({"won": "Closed Won", "lost": "Closed Lost"}).fillna(table["stage"])
        return table.assign(**{"Deal Name": names + " - " + table["product"].fillna("?"), "Deal Stage": stage})
    if name == "deal_changes":
        amounts = table["field"] == "amount"
        units = [f"{int(cents) / 100:.2f}" for cents in table.loc[amounts, "value"]]
        return table.assign(value=table["value"].mask(amounts, pd.Series(units, index=table.index[amounts])))
    return table


def _write(path: Path, form: Form, table: pd.DataFrame) -> None:
    columns = form.columns or {str(column): str(column) for column in table.columns}
    kinds = {column.name: column.kind for column in TABLES[path.stem].columns}
    cells = [_cells(form, kinds.get(ours, "text"), ours, table[ours]) for ours in columns]
    with path.open("w", encoding=form.encoding, newline="") as file:
        writer = csv.writer(file, delimiter=form.delimiter, lineterminator="\n")
        writer.writerow(columns.values())
        writer.writerows(zip(*cells, strict=True))


def _cells(form: Form, kind: str, column: str, values: pd.Series) -> list[str]:
    """Return a column's cells as text; each different value is written once."""
    words = form.words.get(column, {})
    write: dict[str, Cell] = {
        "money": lambda cents: _amount(int(str(cents)), form),
        "date": lambda day: pd.Timestamp(str(day)).strftime(form.dates),
        "month": lambda day: pd.Timestamp(str(day)).strftime(form.dates),
        "number": lambda number: f"{number:g}".replace(".", form.decimal),
        "flag": lambda flag: "Yes" if flag else "No",
    }
    cell: Cell = write.get(kind, lambda text: words.get(str(text), str(text)))
    written = {value: cell(value) for value in dict.fromkeys(values.dropna().tolist())}
    return [form.empty if empty else written[value] for value, empty in zip(values, values.isna(), strict=True)]


def _amount(cents: int, form: Form) -> str:
    whole = f"{abs(cents) // 100:,}".replace(",", form.thousands)
    return f"{'-' if cents < 0 else ''}{whole}{form.decimal}{abs(cents) % 100:02d}"
