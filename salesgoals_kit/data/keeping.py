"""The canonical table of the rows that were kept: typed, dates with their companions, rows in the order of time."""

from __future__ import annotations

from salesgoals_kit.data.contract import ORDERED, Column, Kind, Table
from salesgoals_kit.data.engine import LINE, name
from salesgoals_kit.data.rules import v

_TYPES: dict[Kind, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "choice": "VARCHAR",
    "money": "BIGINT",
    "date": "DATE",
    "month": "DATE",
    "number": "DOUBLE",
    "flag": "BOOLEAN",
}


def null_of(column: Column) -> str:
    """Return, in SQL, the empty cell of a column."""
    return f"CAST(NULL AS {_TYPES[column.kind]})"


def kept_query(table: Table, judged: str) -> str:
    """Return the query of the canonical table, with the line of each row."""
    columns = [LINE, *(part for column in table.columns for part in _shown(table, column))]
    if table.name in ORDERED:
        columns.append(f"row_number() OVER (ORDER BY {_order(table)}) AS seq")
    if table.name == "deal_changes":
        columns += [f"{v('value_amount')} AS value_amount", *_dated(v("value_date"), "value_date")]
    return f"SELECT {', '.join(columns)} FROM {judged} WHERE len(faults) = 0 ORDER BY {LINE}"


def _shown(table: Table, column: Column) -> list[str]:
    if column.dated:
        return _dated(v(column.name), column.name)
    value = v(column.name)
    if (table.name, column.name) == ("deal_changes", "value"):
        # amounts as minor units in digits, dates as ISO writes them
        typed = f"coalesce(CAST({v('value_amount')} AS VARCHAR), CAST({v('value_date')} AS VARCHAR), {value})"
        return [f"{typed} AS value"]
    return [f"{value} AS {name(column.name)}"]


def _dated(day: str, column: str) -> list[str]:
    months = f"(year({day}) - 1970) * 12 + month({day}) - 1"
    return [
        f"{day} AS {name(column)}",
        f"CAST({day} - DATE '1970-01-01' AS INTEGER) AS {name(f'{column}_day')}",
        f"CAST({months} AS INTEGER) AS {name(f'{column}_month')}",
    ]


def _order(table: Table) -> str:
    """Return what orders rows in time; of a rep's assignments on one day the last in order is the main one."""
    if table.name == "assignments":
        return f"coalesce({v('share')}, 1.0), {v('from')}, {v('team')}, {LINE}"
    return f"moment, {LINE}"
