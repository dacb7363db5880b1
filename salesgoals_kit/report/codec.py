"""Typed values and messages as JSON and back; every message carries its text beside it, for readers without words.

A value is an object with one key, its type: ``{"money": 1240000.0}``, ``{"number": [41.6, 0, "days"]}``,
``{"date": "2026-03-31"}``; a code is a string, a list is a list. A message is ``{"id": …, "text": …, "values": {…}}``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import astuple, fields, is_dataclass
from datetime import date
from typing import Any

from salesgoals_kit.errors import Fault, SalesGoalsError
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Chance, Change, Count, Message, Money, Name, Number, Points, Rate, Value

_TYPES: dict[str, type] = {
    kind.__name__.lower(): kind for kind in (Money, Rate, Points, Change, Chance, Count, Number, Name)
}
_TAGS = {kind: tag for tag, kind in _TYPES.items()}


def encode(value: Any, texts: Texts, where: str = "content", *, typed: bool = False) -> Any:
    """Return a value, message, record or collection of them as what JSON knows; ``where`` names it in errors.

    Numbers of numpy become plain ones. ``typed``: a date is marked as one, for it stands
    where a code may stand as well. Raises SalesGoalsError on what JSON does not know: NaN, an infinity, an object.
    """
    if isinstance(value, Message):
        inner = {name: encode(part, texts, f"{where}.{name}", typed=True) for name, part in value.values.items()}
        return {"id": value.id, "text": texts.text(value), "values": inner}
    if type(value) in _TAGS:
        parts = [encode(part, texts, where) for part in astuple(value)]
        return {_TAGS[type(value)]: parts if len(parts) > 1 else parts[0]}
    if is_dataclass(value):
        return {
            item.name: encode(getattr(value, item.name), texts, f"{where}.{item.name}", typed=item.name == "shown")
            for item in fields(value)
        }
    if isinstance(value, Mapping):
        return {str(key): encode(part, texts, f"{where}.{key}") for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [encode(part, texts, f"{where}.{i}", typed=typed) for i, part in enumerate(value)]
    return {"date": value.isoformat()} if typed and isinstance(value, date) else _scalar(value, where)


def decode_value(written: Any) -> Value:
    """Return the typed value that was written; raises ValueError where it is none.

    >>> decode_value({"number": [41.6, 0, "days"]})
    Number(value=41.6, decimals=0, unit='days')
    """
    if isinstance(written, str):
        return written
    if isinstance(written, list):
        return tuple(decode_value(part) for part in written)
    if isinstance(written, dict) and set(written) == {"date"}:
        return date.fromisoformat(written["date"])
    if isinstance(written, dict) and len(written) == 1 and (kind := _TYPES.get(next(iter(written)))):
        parts = next(iter(written.values()))
        value: Value = kind(*parts) if isinstance(parts, list) else kind(parts)
        return value
    return decode_message(written)


def decode_message(written: Any) -> Message:
    """Return the message that was written; its text is not read, for words belong to the catalogue."""
    if isinstance(written, dict) and set(written) == {"id", "text", "values"} and isinstance(written["id"], str):
        return Message(written["id"], {name: decode_value(part) for name, part in written["values"].items()})
    raise ValueError(f"{written!r:.80} is no message")


def _scalar(value: Any, where: str) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, float) and not math.isfinite(plain):
        raise SalesGoalsError("The report's content is not whole.", [Fault(where, repr(plain), "a number")])
    if plain is None or isinstance(plain, (bool, int, float, str)):
        return plain
    fault = Fault(where, f"{type(value).__name__} is nothing that JSON knows", "text, a number, true, false or nothing")
    raise SalesGoalsError("The report's content is not whole.", [fault])
