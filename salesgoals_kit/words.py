"""Every sentence a room has to say: messages with typed values, and the catalogues that word them.

A room returns `Message`s; only report turns them into text, in the company's language and locale. The English
catalogue is a folder of TOML files, one a room: ``[room]`` tables of ``id = "text with {value}"``, or
``id = {by = "count", one = "…", other = "…"}`` where the wording depends on a number. Every other language is a folder
of gettext's PO files beside it, made and brought up to date by `salesgoals_kit.translation`: the id is the context of
an entry, the English wording its msgid. A translation of a wording that has changed since is none any more.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from babel import Locale
from babel.messages.pofile import read_po

from salesgoals_kit.errors import Fault, ParamError

PLACEHOLDER = re.compile(r"\{(\w+)\}")
SOURCE = "en"  # the language that the kit is written in
PLURALS = ("zero", "one", "two", "few", "many", "other")  # Unicode's categories, in the order of gettext's forms
Wording = str | dict[str, str]


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
def catalogue(language: str) -> dict[str, Wording]:
    """Return the wordings of one language by message id; read once.

    An id without a translation, or with one of an earlier wording, is left out: the page that needs it says so.
    """
    if language not in languages():
        fault = Fault("language", repr(language), f"one of {', '.join(languages())}", "change it in company.yaml")
        raise ParamError("There is no such catalogue of words.", [fault])
    entries: dict[str, Wording] = {}
    for file in files_of(language):
        entries.update(_written(file) if language == SOURCE else _translated(file, language))
    return entries


def languages() -> list[str]:
    """Return the languages there is a catalogue for."""
    return sorted(item.name for item in _folder().iterdir() if item.is_dir() and files_of(item.name))


def files_of(language: str) -> list[Traversable]:
    """Return the files of a language's catalogue, one a room; what editors leave beside them is none."""
    ending = ".toml" if language == SOURCE else ".po"
    items = [item for item in (_folder() / language).iterdir() if item.name.endswith(ending)]
    return sorted((item for item in items if not item.name.startswith(".")), key=lambda item: item.name)


def plural_forms(language: str) -> list[str]:
    """Return the categories that a language tells numbers apart by, in the order of gettext's forms.

    >>> plural_forms("pl"), plural_forms("en")
    (['one', 'few', 'many', 'other'], ['one', 'other'])
    """
    tags = {*Locale.parse(language).plural_form.tags, "other"}
    return [tag for tag in PLURALS if tag in tags]


def _folder() -> Traversable:
    return resources.files("salesgoals_kit") / "catalogues"


def _written(file: Traversable) -> Iterator[tuple[str, Wording]]:
    for room, wordings in tomllib.loads(file.read_text("utf-8")).items():
        yield from ((f"{room}.{name}", wording) for name, wording in wordings.items())


def _translated(file: Traversable, language: str) -> Iterator[tuple[str, Wording]]:
    """Give what is translated, in every plural form, of a wording as it stands today."""
    source, forms = catalogue(SOURCE), plural_forms(language)
    with file.open("rb") as opened:
        entries = read_po(opened, locale=language)
    for entry in entries:
        english = source.get(str(entry.context))
        if not entry.id or english is None or entry.fuzzy:
            continue
        if isinstance(english, str):
            if entry.id == english and entry.string:
                yield str(entry.context), str(entry.string)
        elif (
            entry.id == (english["one"], english["other"])
            and all(said := tuple(entry.string or ()))
            and len(said) == len(forms)
        ):
            yield str(entry.context), {"by": english["by"], **dict(zip(forms, said, strict=True))}
