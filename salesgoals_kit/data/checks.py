"""Rows held against the contract: typed, judged, and parted into kept and set aside, each reason told.

Tables made on the way: ``judged <name>`` (every row, its values ``v <column>`` and its faults), ``kept <name>`` (the
canonical table) and ``rejected``. What a CRM calls the close date of an open deal becomes its expected date here.
"""

from __future__ import annotations

import duckdb

from salesgoals_kit.company import Company
from salesgoals_kit.data.assignments import set_aside_overlaps
from salesgoals_kit.data.cells import shown, typed
from salesgoals_kit.data.contract import ORDERED, Column, Table
from salesgoals_kit.data.engine import LINE, count, name, text
from salesgoals_kit.data.keeping import kept_query, null_of
from salesgoals_kit.data.load import Loaded
from salesgoals_kit.data.mapping import Mapped
from salesgoals_kit.data.rules import Rule, row_rules, v

_AMOUNT, _DATE = Column("value", "money"), Column("value", "date")
_DATED_FIELDS = "('expected_close_at', 'closed_at')"


def create_rejected(con: duckdb.DuckDBPyConnection) -> None:
    """Make the empty table of rows that are set aside."""
    con.execute('CREATE TABLE rejected ("table" VARCHAR, line BIGINT, "column" VARCHAR, value VARCHAR, reason VARCHAR)')


def check_rows(con: duckdb.DuckDBPyConnection, loaded: Loaded, mapped: Mapped, company: Company) -> None:
    """Part a mapped table's rows into ``kept <name>`` and ``rejected``."""
    table = loaded.binding.table
    assert table is not None, "helpers are not checked"
    judged = name(f"judged {table.name}")
    con.execute(f"CREATE TABLE {judged} AS {_judged(table, mapped, company)}")
    if table.name == "assignments":
        set_aside_overlaps(con, judged)
    con.execute(f"CREATE TABLE {name(f'kept {table.name}')} AS {kept_query(table, judged)}")
    con.execute(
        f"INSERT INTO rejected SELECT {text(table.name)}, {LINE}, {_joined('column')}, {_joined('value')}, "
        f"{_joined('reason')} FROM {judged} WHERE len(faults) > 0"
    )
    if loaded.torn:
        torn = [(table.name, line, row, reason) for line, row, reason in loaded.torn]
        con.executemany("INSERT INTO rejected VALUES (?, ?, '', ?, ?)", torn)


def kept_rows(table: Table, mapped: Mapped) -> str:
    """Return, as SQL, the mapped rows that were kept: those that other tables may look up."""
    whole = f"(FROM {name(f'judged {table.name}')} WHERE len(faults) = 0)"
    return f"(SELECT m.* FROM {mapped.table} m SEMI JOIN {whole} k ON m.{LINE} = k.{LINE})"


def moved_dates(con: duckdb.DuckDBPyConnection) -> int:
    """Return how many open deals that were kept had a close date, which is an expected one."""
    return count(con, f"SELECT count(*) FROM {name('judged deals')} WHERE len(faults) = 0 AND moved")


def _joined(part: str) -> str:
    return f"list_reduce(list_transform(faults, lambda f: coalesce(f.{name(part)}, '')), lambda a, b: a || '; ' || b)"


def _judged(table: Table, mapped: Mapped, company: Company) -> str:
    """Return the query of every row with its typed values and its faults."""
    cells = {column.name: _Cell(column, mapped, company) for column in table.columns}
    values = [f"{cell.value} AS {v(column)}" for column, cell in cells.items()]
    if table.name in ORDERED:
        values.append(f"{cells[table.dates[0]].moment} AS moment")
    query = f"SELECT *, {', '.join([*values, *_change_values(table, mapped, company)])} FROM {mapped.table}"
    faults = ", ".join([*(cell.fault for cell in cells.values()), *_change_faults(table, mapped, company)])
    query = f"SELECT *, [{faults}] AS cell_faults FROM ({query})"
    if table.name == "deals":
        query = _with_expected(query, mapped)
    rules = ", ".join(_fault_of(rule, mapped) for rule in row_rules(table, company, mapped.binding.ours))
    return f"SELECT *, list_filter(cell_faults || [{rules}], lambda f: f IS NOT NULL) AS faults FROM ({query})"


class _Cell:
    """A column's SQL: its typed value, the moment it tells, and its fault."""

    def __init__(self, column: Column, mapped: Mapped, company: Company) -> None:
        raw = name(column.name)
        self.moment = "CAST(NULL AS TIMESTAMP)"
        self.value, self.fault = null_of(column), "NULL"
        if column.name not in mapped.binding.ours:
            return
        found = typed(column, raw, mapped.reads[column.name], company)
        self.value, self.moment = found.value, found.moment
        wrong = _fault(column.name, shown(raw), found.reason)
        cases = [f"WHEN {raw} IS NOT NULL AND {v(column.name)} IS NULL THEN {wrong}"]
        if column.name in mapped.binding.source.values:
            unlisted = name(f"{column.name} unlisted")
            reason = text("not in the list of values of the company file")
            cases.insert(0, f"WHEN {unlisted} IS NOT NULL THEN {_fault(column.name, unlisted, reason)}")
        if not column.nullable:
            cases.append(f"WHEN {raw} IS NULL THEN {_fault(column.name, text(''), text('empty, but needed'))}")
        self.fault = f"CASE {' '.join(cases)} END"


def _fault(column: str, value: str, reason: str) -> str:
    return f"{{'column': {text(column)}, 'value': {value}, 'reason': {reason}}}"


def _fault_of(rule: Rule, mapped: Mapped) -> str:
    value = shown(name(rule.column)) if rule.column in mapped.binding.ours else text("")
    return f"CASE WHEN {rule.broken} THEN {_fault(rule.column, value, rule.reason)} END"


def _with_expected(query: str, mapped: Mapped) -> str:
    """Move the close date of open deals to the expected one, unless that has a column of its own."""
    moved = f"({v('status')} = 'open' AND {v('closed_at')} IS NOT NULL)"
    expected = v("expected_close_at")
    if "expected_close_at" not in mapped.binding.ours:
        expected = f"CASE WHEN {moved} THEN {v('closed_at')} END"
    closed = f"CASE WHEN NOT coalesce({moved}, false) THEN {v('closed_at')} END"
    return (
        f"SELECT * REPLACE ({expected} AS {v('expected_close_at')}, {closed} AS {v('closed_at')}), "
        f"coalesce({moved}, false) AS moved FROM ({query})"
    )


def _change_values(table: Table, mapped: Mapped, company: Company) -> list[str]:
    """Return the typed values of deal_changes, by what the field is."""
    if table.name != "deal_changes":
        return []
    read = mapped.reads["value"]
    amount = f"CASE WHEN {v('field')} = 'amount' THEN {typed(_AMOUNT, 'value', read, company).value} END"
    day = f"CASE WHEN {v('field')} IN {_DATED_FIELDS} THEN {typed(_DATE, 'value', read, company).value} END"
    return [f"{amount} AS {v('value_amount')}", f"{day} AS {v('value_date')}"]


def _change_faults(table: Table, mapped: Mapped, company: Company) -> list[str]:
    if table.name != "deal_changes":
        return []
    read = mapped.reads["value"]
    told = []
    for fields, kind, column in (("('amount')", _AMOUNT, "value_amount"), (_DATED_FIELDS, _DATE, "value_date")):
        reason = typed(kind, "value", read, company).reason
        broken = f"{v('field')} IN {fields} AND value IS NOT NULL AND {v(column)} IS NULL"
        told.append(f"CASE WHEN {broken} THEN {_fault('value', shown('value'), reason)} END")
    return told
