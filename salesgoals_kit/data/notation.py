"""Results of measuring written as JSON and read again, exactly: numbers, days, frames, and the kit's own records."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

OURS = "salesgoals_kit."
KIND, HELD = "!", "v"  # of a value that JSON has no form for: what it is, and what it holds


def to_json(value: Any) -> str:
    """Return a value as JSON; the same value gives the same text.

    Plain values, days, tuples, mappings, one-dimensional arrays, frames with a plain index, and dataclasses of the
    kit. Raises TypeError for anything else.
    """
    return json.dumps(_written(value), ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Any:
    """Return the value that `to_json` wrote; raises ValueError, KeyError or TypeError where it is none."""
    return _read(json.loads(text))


def _written(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value.item() if isinstance(value, np.generic) else value
    if isinstance(value, np.generic):
        return _written(value.item())
    if isinstance(value, list):
        return [_written(item) for item in value]
    kind, held = _kind_of(value)
    return {KIND: kind, HELD: held}


def _kind_of(value: Any) -> tuple[str, Any]:
    if isinstance(value, date) and type(value) is date:
        return "day", value.isoformat()
    if isinstance(value, tuple):
        return "tuple", [_written(item) for item in value]
    if isinstance(value, frozenset):
        return "set", [_written(item) for item in sorted(value)]
    if isinstance(value, Mapping):
        return "mapping", [[_written(key), _written(item)] for key, item in value.items()]
    if isinstance(value, np.ndarray) and value.ndim == 1:
        return "array", _column(value)
    if isinstance(value, pd.DataFrame) and value.index.equals(pd.RangeIndex(len(value))):
        return "frame", [[name, *_column(value[name].to_numpy())] for name in value.columns]
    if dataclasses.is_dataclass(value) and type(value).__module__.startswith(OURS):
        fields = [field.name for field in dataclasses.fields(value) if field.init]
        kind = f"{type(value).__module__}:{type(value).__qualname__}"
        return kind, {name: _written(getattr(value, name)) for name in fields}
    raise TypeError(f"{type(value).__name__} cannot be written down: {value!r}")


def _column(values: np.ndarray[Any, np.dtype[Any]]) -> list[Any]:
    """Return the type of an array and its values: times as whole numbers of their unit."""
    if values.dtype.kind == "M":
        return [str(values.dtype), values.astype("int64").tolist()]
    if values.dtype.kind == "O":
        return ["object", [_written(item) for item in values]]
    if values.dtype.kind in "bif":
        return [str(values.dtype), values.tolist()]
    raise TypeError(f"an array of {values.dtype} cannot be written down")


def _read(written: Any) -> Any:
    if isinstance(written, list):
        return [_read(item) for item in written]
    if not isinstance(written, dict):
        return written
    kind, held = written[KIND], written[HELD]
    if kind in _READERS:
        return _READERS[kind](held)
    return _class(kind)(**{name: _read(item) for name, item in held.items()})


def _array(dtype: str, values: list[Any]) -> np.ndarray[Any, np.dtype[Any]]:
    if dtype.startswith("datetime64"):
        return np.array(values, dtype="int64").astype(dtype)
    if dtype != "object":
        return np.array(values, dtype=dtype)
    cells = np.empty(len(values), dtype=object)
    cells[:] = [_read(item) for item in values]
    return cells


@cache
def _class(kind: str) -> Any:
    """Return a dataclass of the kit by its name; nothing else is ever made from what a file says."""
    module, _, name = kind.partition(":")
    if not module.startswith(OURS):
        raise ValueError(f"{kind!r} is not the kit's")
    found: Any = getattr(import_module(module), name)
    if not dataclasses.is_dataclass(found) or not isinstance(found, type):
        raise ValueError(f"{kind!r} is no record")
    return found


_READERS: dict[str, Callable[[Any], Any]] = {
    "day": date.fromisoformat,
    "tuple": lambda held: tuple(_read(item) for item in held),
    "set": lambda held: frozenset(_read(item) for item in held),
    "mapping": lambda held: {_read(key): _read(item) for key, item in held},
    "array": lambda held: _array(*held),
    "frame": lambda held: pd.DataFrame({name: _array(dtype, values) for name, dtype, values in held}),
}
