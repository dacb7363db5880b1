"""The rules that a row has to keep beyond the kinds of its cells, as SQL over typed columns.

In a condition ``v(column)`` is the typed value; a condition that is null (a cell is empty) breaks no rule.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass

from salesgoals_kit.company import Company
from salesgoals_kit.data.contract import Table
from salesgoals_kit.data.engine import LINE, name, text


@dataclass(frozen=True)
class Rule:
    """A rule of a row: the column that is to blame, when it is broken, and the reason in SQL."""

    column: str
    broken: str
    reason: str


def v(column: str) -> str:
    """Return the SQL name of a column's typed value."""
    return name(f"v {column}")


def _after(column: str, earlier: str, wording: str, *, strictly: bool = False) -> Rule:
    sign = "<=" if strictly else "<"
    return Rule(column, f"{v(column)} {sign} {v(earlier)}", f"{text(wording)} || CAST({v(earlier)} AS VARCHAR)")


_OF_TABLES: dict[str, tuple[Rule, ...]] = {
    "deals": (
        _after("closed_at", "created_at", "closed before it was created on "),
        Rule("amount", f"{v('amount')} < 0", "'negative; a deal has no credit notes, an invoice has'"),
    ),
    "subscriptions": (_after("ended_at", "started_at", "ended before it started on "),),
    "reps": (_after("left_on", "hired_on", "left before being hired on "),),
    "leads": (_after("qualified_at", "created_at", "qualified before it was created on "),),
    "assignments": (
        _after("to", "from", "ends (exclusively) no later than it begins, on ", strictly=True),
        Rule("share", f"{v('share')} <= 0 OR {v('share')} > 1", "'a share is above 0 and at most 1'"),
    ),
}


def row_rules(table: Table, company: Company, ours: Collection[str]) -> list[Rule]:
    """Return the rules of a table's rows; ``ours`` are the columns that the data has."""
    code = text(company.currency)
    currency = Rule(
        "currency",
        f"{v('currency')} <> {code}",
        f"'not the company''s currency, ' || {code} || '; amounts in others wait for a table of rates'",
    )
    return [*_OF_TABLES.get(table.name, ()), *_closing(table, ours), currency, *_unique(table, ours)]


def _closing(table: Table, ours: Container[str]) -> list[Rule]:
    """Return the rule that a deal which is over has a closing day (one that is no date has a fault of its own)."""
    if table.name != "deals":
        return []
    empty = f"{name('closed_at')} IS NULL" if "closed_at" in ours else "true"
    reason = f"'a deal that is ' || {v('status')} || ' needs the day on which it closed'"
    return [Rule("closed_at", f"{v('status')} IN ('won', 'lost') AND {empty}", reason)]


def _unique(table: Table, ours: Iterable[str]) -> list[Rule]:
    """Return the rule that a row's name stands once: the first row keeps it, the others are set aside."""
    if not table.key:
        return []
    keys = [v(column) for column in table.key]
    window = f"(PARTITION BY {', '.join(keys)} ORDER BY {LINE})"
    whole = f"hash({', '.join(name(column) for column in ours)})"
    first = f"first_value({LINE}) OVER {window}"
    same = f"first_value({whole}) OVER {window} = {whole}"
    present = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    reason = (
        f"CASE WHEN {same} THEN 'the same row stands in line ' ELSE 'the id stands already in line ' END "
        f"|| CAST({first} AS VARCHAR)"
    )
    return [Rule(table.key[0], f"{present} AND {first} < {LINE}", reason)]
