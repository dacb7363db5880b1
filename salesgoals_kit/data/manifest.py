"""What a snapshot says of itself: what was read, kept and set aside, how far it reaches, and what to know about it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from salesgoals_kit.errors import DataError, Fault
from salesgoals_kit.words import Count, Message, Name, Value

FORMAT = 1  # of the folder; a snapshot of another format is made anew
FILE = "manifest.json"
CHUNK = 1 << 20


@dataclass(frozen=True)
class TableFacts:
    """One table: rows read = kept + rejected; the columns that came with the data; first and last day per date."""

    read: int
    kept: int
    rejected: int
    present: tuple[str, ...]
    spans: Mapping[str, tuple[date, date]]
    digest: str


@dataclass(frozen=True)
class Manifest:
    """A snapshot's facts. ``notes`` are what a reader should know; ``rules`` and the digests stand for contents."""

    company: str
    currency: str
    first_day: date
    last_day: date
    tables: Mapping[str, TableFacts]
    notes: tuple[Message, ...]
    rules: str
    rejected: str
    recorded_at: datetime
    files: Mapping[str, str]
    earlier: tuple[str, ...] = ()  # hashes of older snapshots of the company, oldest first; found, not written

    @property
    def hash(self) -> str:
        """The snapshot's name: a function of what is in it and of the rules that shaped it, not of clock or place."""
        record = {key: value for key, value in self.as_record().items() if key not in ("recorded_at", "files")}
        return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:16]

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "format": FORMAT,
            "company": self.company,
            "currency": self.currency,
            "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(),
            "tables": {name: _facts_record(facts) for name, facts in self.tables.items()},
            "notes": [_note_record(note) for note in self.notes],
            "rules": self.rules,
            "rejected": self.rejected,
            "recorded_at": self.recorded_at.isoformat(),
            "files": dict(self.files),
        }


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write the manifest: the last file of a snapshot."""
    (folder / FILE).write_text(json.dumps(manifest.as_record(), indent=1, ensure_ascii=False) + "\n", "utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Return a snapshot's manifest, or raise DataError if there is none that fits the folder's name."""
    try:
        record = json.loads((folder / FILE).read_text("utf-8"))
        if record["format"] != FORMAT:
            raise ValueError(f"format {record['format']}, this version writes {FORMAT}")
        manifest = _manifest(record)
        if manifest.hash != folder.name:
            raise ValueError("its contents are not those of the folder's name")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _not_whole(folder, f"{FILE} cannot be used: {error}") from None
    return manifest


def verified_manifest(folder: Path) -> Manifest:
    """Return a snapshot's manifest if every file of it is as it was written; raises DataError otherwise."""
    manifest = read_manifest(folder)
    for file, written in manifest.files.items():
        try:
            found = digest_of(folder / file)
        except OSError as error:
            raise _not_whole(folder, f"{file} cannot be read: {error.strerror or error}") from None
        if found != written:
            raise _not_whole(folder, f"{file} has changed since it was written")
    return manifest


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            digest.update(chunk)
    return digest.hexdigest()


def _not_whole(folder: Path, found: str) -> DataError:
    todo = "delete the folder; the next run makes the snapshot anew from the sources"
    return DataError("The snapshot is not whole.", [Fault(str(folder), found, todo=todo)])


def _manifest(record: dict[str, Any]) -> Manifest:
    return Manifest(
        company=record["company"],
        currency=record["currency"],
        first_day=date.fromisoformat(record["first_day"]),
        last_day=date.fromisoformat(record["last_day"]),
        tables={name: _facts(facts) for name, facts in record["tables"].items()},
        notes=tuple(_note(note) for note in record["notes"]),
        rules=record["rules"],
        rejected=record["rejected"],
        recorded_at=datetime.fromisoformat(record["recorded_at"]),
        files=record["files"],
    )


def _facts_record(facts: TableFacts) -> dict[str, Any]:
    spans = {column: [first.isoformat(), last.isoformat()] for column, (first, last) in facts.spans.items()}
    return {**vars(facts), "present": list(facts.present), "spans": spans}


def _facts(record: dict[str, Any]) -> TableFacts:
    spans = {column: (date.fromisoformat(a), date.fromisoformat(b)) for column, (a, b) in record["spans"].items()}
    return TableFacts(**{**record, "present": tuple(record["present"]), "spans": spans})


def _note_record(note: Message) -> dict[str, Any]:
    """Return a note as JSON values; notes mention only counts, names and words."""
    return {"id": note.id, "values": {key: _value_record(value) for key, value in note.values.items()}}


def _value_record(value: Value) -> dict[str, Any]:
    if isinstance(value, Count):
        return {"count": value.value}
    if isinstance(value, Name):
        return {"name": value.text}
    if isinstance(value, str):
        return {"word": value}
    raise TypeError(f"a snapshot's note cannot hold {value!r}")


def _note(record: dict[str, Any]) -> Message:
    values: dict[str, Value] = {}
    for key, value in record["values"].items():
        kind, content = next(iter(value.items()))
        values[key] = content if kind == "word" else Count(content) if kind == "count" else Name(content)
    return Message(record["id"], values)
