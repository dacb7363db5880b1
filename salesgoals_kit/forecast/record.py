"""Messages as JSON values and back, so that an outlook can be stored with what it has to say."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

from salesgoals_kit.words import Chance, Change, Count, Message, Money, Name, Number, Points, Rate, Value

_KINDS: dict[str, Any] = {kind.__name__: kind for kind in (Money, Rate, Points, Change, Chance, Count, Number, Name)}


def message_record(message: Message) -> dict[str, Any]:
    """Return a message as JSON values: its id, and each value with its kind.

    >>> message_record(Message("forecast.no_season", {"months": Count(10)}))
    {'id': 'forecast.no_season', 'values': {'months': {'kind': 'Count', 'value': 10}}}
    """
    return {"id": message.id, "values": {name: _record(value) for name, value in message.values.items()}}


def message_of(record: dict[str, Any]) -> Message:
    """Return the message that `message_record` made this of.

    >>> message_of({"id": "forecast.no_season", "values": {"months": {"kind": "Count", "value": 10}}}).values
    {'months': Count(value=10)}
    """
    return Message(record["id"], {name: _value(part) for name, part in record["values"].items()})


def _record(value: Value) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, Message):
        return {"kind": "Message", **message_record(value)}
    if isinstance(value, date):
        return {"kind": "date", "value": value.isoformat()}
    if isinstance(value, tuple):
        return {"kind": "tuple", "items": [_record(item) for item in value]}
    return {"kind": type(value).__name__, **{part.name: getattr(value, part.name) for part in fields(value)}}


def _value(record: Any) -> Value:
    if isinstance(record, str):
        return record
    rest = {name: part for name, part in record.items() if name != "kind"}
    if record["kind"] == "Message":
        return message_of(rest)
    if record["kind"] == "date":
        return date.fromisoformat(rest["value"])
    if record["kind"] == "tuple":
        return tuple(_value(item) for item in rest["items"])
    made: Value = _KINDS[record["kind"]](**rest)
    return made
