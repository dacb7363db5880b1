"""Every sentence a room has to say: messages with typed values, and the catalogues that word them.

A room returns `Message`s; only report turns them into text, in the company's language and locale. A catalogue is
a folder of TOML files, one a room: ``[room]`` tables of ``id = "text with {value}"``, or
``id = {by = "count", one = "…", other = "…"}`` where the wording depends on a number.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from salesgoals_kit.errors import Fault, ParamError

PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Money:
    """An amount in currency units."""

    amount: float


@dataclass(frozen=True)
class Rate:
    """A fraction, printed in per cent."""

    value: float


@dataclass(frozen=True)
class Points:
    """A difference of two fractions, printed in percentage points, signed."""

    value: float


@dataclass(frozen=True)
class Change:
    """A relative change as a fraction, printed in per cent, signed."""

    value: float


@dataclass(frozen=True)
class Chance:
    """A probability, printed rounded to five points."""

    value: float


@dataclass(frozen=True)
class Count:
    """A whole number of things."""

    value: int


@dataclass(frozen=True)
class Number:
    """A plain number with so many decimals, and what it counts (``days``, ``months``, ``times`` or nothing)."""

    value: float
    decimals: int = 1
    unit: str = ""


@dataclass(frozen=True)
class Name:
    """A name that came with the data: a team, a rep, an account. Escaped wherever it is shown."""

    text: str


@dataclass(frozen=True)
class Message:
    """A sentence: its id in the catalogue, ``room.name``, and the values it mentions."""

    id: str
    values: Mapping[str, Value] = field(default_factory=dict)


# A date is a day; a str is a period's or a KPI's name, or another code that reads the same in every language.
Value = Money | Rate | Points | Change | Chance | Count | Number | Name | Message | date | str | tuple[Any, ...]


def say(id: str, /, **values: Value) -> Message:
    """Return the message with these values."""
    return Message(id, values)


@cache
def catalogue(language: str) -> dict[str, str | dict[str, str]]:
    """Return the wordings of one language by message id; read once."""
    folder = resources.files("salesgoals_kit") / "catalogues" / language
    if not folder.is_dir():
        fault = Fault("language", repr(language), f"one of {', '.join(languages())}", "change it in company.yaml")
        raise ParamError("There is no such catalogue of words.", [fault])
    entries: dict[str, str | dict[str, str]] = {}
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        for room, wordings in tomllib.loads(file.read_text("utf-8")).items():
            entries.update({f"{room}.{name}": wording for name, wording in wordings.items()})
    return entries


def languages() -> list[str]:
    """Return the languages there is a catalogue for."""
    return sorted(item.name for item in (resources.files("salesgoals_kit") / "catalogues").iterdir() if item.is_dir())
