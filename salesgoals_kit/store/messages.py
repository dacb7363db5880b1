"""Messages as JSON and back, so that a lesson written today can be said in any language later."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

from salesgoals_kit.words import Chance, Change, Count, Message, Money, Name, Number, Points, Rate, Value

_QUANTITIES = {kind.__name__: kind for kind in (Money, Rate, Points, Change, Chance, Count, Number, Name)}


def message_record(message: Message) -> dict[str, Any]:
    """Return the message as JSON values; `message_from` gives it back.

    >>> message_record(Message("follow.reached", {"level": "target"}))
    {'id': 'follow.reached', 'values': {'level': 'target'}}
    """
    return {"id": message.id, "values": {name: _record(value) for name, value in message.values.items()}}


def message_from(record: dict[str, Any]) -> Message:
    """Return the message that `message_record` wrote.

    >>> message_from({"id": "follow.reached", "values": {"day": {"date": "2026-03-31"}}}).values
    {'day': datetime.date(2026, 3, 31)}
    """
    return Message(record["id"], {name: _value(value) for name, value in record["values"].items()})


def _record(value: Value) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, Message):
        return {"message": message_record(value)}
    if isinstance(value, tuple):
        return [_record(item) for item in value]
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return {type(value).__name__: {field.name: getattr(value, field.name) for field in fields(value)}}


def _value(record: Any) -> Value:
    if isinstance(record, str):
        return record
    if isinstance(record, list):
        return tuple(_value(item) for item in record)
    ((kind, content),) = record.items()
    if kind == "message":
        return message_from(content)
    return date.fromisoformat(content) if kind == "date" else _QUANTITIES[kind](**content)
