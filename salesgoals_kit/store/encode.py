"""Rows as the columns of their tables and back; the hashes by which a row is known and its content compared."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import RowMapping

from salesgoals_kit.owners import Owner
from salesgoals_kit.store.messages import message_from, message_record
from salesgoals_kit.store.rows import AGREED_BY_HUMANS, FOLLOWS, GoalRow, LessonRow, OutlookRow, Row
from salesgoals_kit.store.schema import LEDGER
from salesgoals_kit.words import Message

R = TypeVar("R", bound=Row)

DIGITS = 12  # of a double that count in a comparison: machines differ in the last ones
LARGEST_AMOUNT = 2**63 - 1
_BASIC = ("period", "as_of", "reason", "version", "state", "recorded_at", "backfilled")


def identity(*parts: str | None) -> str:
    """Return one name of fixed length for several; a missing part differs from every text."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def owner_key(company: str, owner: Owner) -> str:
    """Return the name of an owner. A rep stays who he is when he moves to another team."""
    return identity(company, owner.kind, owner.name)


def row_key(company: str, row: Row) -> str:
    """Return the name that all versions of a row share."""
    names = [getattr(row, name) for name in row.KEY]
    if isinstance(row, OutlookRow) and row.template == FOLLOWS:
        names += [row.template, row.as_of.isoformat()]
    return identity(row.TABLE, owner_key(company, row.owner), row.period, *names)


def content_hash(row: Row, minor_units: int) -> str:
    """Return the hash of what a row says, whoever wrote it and when.

    Money counts to the minor unit. The chance of an agreed goal is no part of it: it moves with the data, and what
    was agreed does not.
    """
    said = {name: getattr(row, name) for name in row.CONTENT}
    if getattr(row, "money", False) and said["value"] is not None:
        said["value"] = amount_of(said["value"], minor_units)
    if row.template == AGREED_BY_HUMANS:
        said.pop("chance", None)
    if not said.get("facts", True):  # as lessons were written before there were any
        said.pop("facts")
    return hashlib.sha256(json.dumps(_plain(said), sort_keys=True).encode()).hexdigest()


def amount_of(value: float, minor_units: int) -> int:
    """Return money as whole minor units.

    >>> amount_of(1234.565, 100), amount_of(7.0, 1)
    (123456, 7)
    """
    return round(value * minor_units)


def columns(row: Row, company: str, minor_units: int) -> dict[str, Any]:
    """Return the cells of a row but for those the ledger adds on writing (run, version, state, recorded_at …)."""
    table = LEDGER[row.TABLE]
    cells: dict[str, Any] = {
        "company": company,
        "team": row.owner.team,
        "rep": row.owner.rep,
        "owner_key": owner_key(company, row.owner),
        "row_key": row_key(company, row),
        "content": content_hash(row, minor_units),
    }
    own = [column.name for column in table.columns if hasattr(row, column.name)]
    cells.update({name: getattr(row, name) for name in own})
    if "amount" in table.columns:
        cells.update(_quantity(getattr(row, "value"), bool(getattr(row, "money")), minor_units))  # noqa: B009
    if isinstance(row, LessonRow):
        cells["messages"] = [message_record(message) for message in row.messages]
        cells["facts"] = [dict(of) for of in row.facts] or None
    for name in ("record", "initiative"):
        if isinstance(cells.get(name), Mapping):
            cells[name] = dict(cells[name])
    return cells


def row_of(kind: type[R], cells: RowMapping) -> R:
    """Return the row that stands in a table, `runs` joined to it."""
    given: dict[str, Any] = {name: cells[name] for name in (*_BASIC, *kind.KEY)}
    given |= {"owner": Owner(cells["team"], cells["rep"]), "template": cells["template"], "snapshot": cells["snapshot"]}
    given |= {name: cells[name] for name in kind.CONTENT if name in cells}
    given |= {name: cells[name] for name in ("set_after_the_fact", "final_on") if name in cells}
    if "amount" in cells:
        money = cells["amount"] is not None
        given["money"] = money
        given["minor_units"] = cells["minor_units"] or 1
        given["value"] = cells["amount"] / cells["minor_units"] if money else cells["number"]
    if issubclass(kind, LessonRow):
        given["messages"] = tuple(message_from(record) for record in cells["messages"])
        given["facts"] = tuple(cells["facts"] or ())
    return kind(**given)


def broken(row: Row) -> str:
    """Return what keeps a row from being kept, or nothing."""
    try:
        _plain([row.owner.team, row.owner.rep, *(getattr(row, name) for name in (*row.KEY, *row.CONTENT))])
        _plain([row.template, row.reason, row.snapshot])
    except ValueError as error:
        return str(error)
    value = getattr(row, "value", None)
    if getattr(row, "money", False) and value is not None and abs(value) > LARGEST_AMOUNT / 1000:
        return f"{value:g} is more money than the ledger can hold"
    if isinstance(row, GoalRow) and row.chance is not None and not 0 <= row.chance <= 1:
        return f"a chance of {row.chance!r}"
    return ""


def _quantity(value: float | None, money: bool, minor_units: int) -> dict[str, Any]:
    if not money or value is None:
        return {"amount": None, "minor_units": None, "number": None if value is None else float(value)}
    return {"amount": amount_of(value, minor_units), "minor_units": minor_units, "number": None}


def _plain(value: Any) -> Any:
    """Return a value as JSON that compares alike on every machine; ValueError for what no database keeps."""
    if isinstance(value, Message):
        return _plain(message_record(value))
    if isinstance(value, Mapping):
        return {_plain(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not a number that can be kept")
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, str) and ("\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value)):
        raise ValueError(f"{value!r} holds a character that cannot be kept")
    return value.isoformat() if isinstance(value, date) else value
