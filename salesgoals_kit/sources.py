"""How one foreign file becomes one table: where it is, how it is written, what its columns and values mean."""

from __future__ import annotations

import codecs
from collections.abc import Hashable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator


class Strict(BaseModel):
    """A model that refuses keys it does not know and never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True, validate_default=True)


def _known_encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError(f"Python knows no encoding {name!r}; utf-8, cp1252 and iso-8859-2 are usual") from None
    return name


def _as_path(value: object) -> object:
    return Path(value) if isinstance(value, str) else value


class Read(Strict):
    """How the file is written. Nothing of this is guessed."""

    delimiter: str = Field(",", min_length=1, max_length=1, description="What parts the columns of a CSV file.")
    decimal: Literal[".", ","] = Field(".", description="The decimal sign of numbers.")
    thousands: Literal[",", ".", " ", "'"] | None = Field(None, description="What groups the digits of numbers.")
    encoding: Annotated[str, AfterValidator(_known_encoding)] = Field("utf-8", description="The file's encoding.")
    dates: str = Field("%Y-%m-%d", description="The form of dates, in strptime's letters.")
    missing: tuple[str, ...] = Field((), strict=False, description="Words that mean empty, beside the empty cell.")
    header: bool = Field(True, description="Whether the first line names the columns.")
    names: tuple[str, ...] = Field((), strict=False, description="The columns' names where there is no header.")
    widths: tuple[int, ...] = Field((), strict=False, description="Widths of the columns of a fixed-width file.")
    sheet: str | None = Field(None, description="The sheet of an Excel file; the first if not given.")


class Lookup(Strict):
    """A column taken from another table, by a column that both have."""

    table: str
    on: str
    take: str | None = None


def _value_map(value: object) -> object:
    """Part ``from`` from the pairs: what stands in the file beside it is theirs: ours."""
    if not isinstance(value, dict) or set(value) == {"pairs", "from"}:
        return value
    source = value.get("from", ())
    pairs = {_written(theirs): ours for theirs, ours in value.items() if theirs != "from"}
    return {"from": (source,) if isinstance(source, str) else tuple(source), "pairs": pairs}


def _written(key: Hashable) -> tuple[str, ...]:
    """Return a key as the words that stand in the cells: ``true`` for True, whatever YAML made of it."""
    parts = key if isinstance(key, tuple) else (key,)
    return tuple(str(part).lower() if isinstance(part, bool) else "" if part is None else str(part) for part in parts)


class ValueMap(Strict):
    """Their values and ours. ``source`` names the foreign columns that are read; empty: the renamed column itself."""

    source: tuple[str, ...] = Field((), alias="from")
    pairs: dict[tuple[str, ...], str]


_VALUES_SCHEMA = {
    "type": "object",
    "properties": {"from": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}},
    "additionalProperties": {"type": "string"},
}


class Source(Strict):
    """One file and the table it becomes."""

    path: Annotated[Path, BeforeValidator(_as_path)] = Field(strict=False, description="Relative to company.yaml.")
    read: Read = Read()
    columns: dict[str, str] = Field({}, description="Our column: theirs. A column not named maps to itself.")
    values: dict[str, Annotated[ValueMap, BeforeValidator(_value_map), WithJsonSchema(_VALUES_SCHEMA)]] = Field(
        {}, description="Our column: {their value: ours}; an unlisted value is a fault."
    )
    lookup: dict[str, Lookup] = Field({}, description="Our column, taken from another table.")
    id: Literal["line"] | None = Field(None, description="'line' numbers the rows where the file has no id.")

    @field_validator("path")
    @classmethod
    def _known_kind(cls, path: Path) -> Path:
        known = (".csv", ".tsv", ".txt", ".parquet", ".xlsx")
        if path.suffix.lower() not in known:
            raise ValueError(f"a file of this kind cannot be read; {', '.join(known)} can")
        return path
