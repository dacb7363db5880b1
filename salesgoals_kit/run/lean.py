"""Imports that leave out what takes long and no run asks for."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

GRAMMAR, FRAMES = "rfc3987_syntax", "dask"


@contextmanager
def lean_imports() -> Iterator[None]:
    """In the block, import what reports are made with, but for two things that would take one and a half seconds.

    The grammar of international addresses, a parser of all of Unicode: jsonschema, which nbformat imports, imports it,
    and no schema of a notebook has such an address. In its place stands what imports it when an address is checked.
    Dask's frames, where Dask is there: statsforecast would take them, and is never given one. Afterwards both can be
    imported as ever.
    """
    stand_in: Any = ModuleType(GRAMMAR)
    stand_in.is_valid_syntax = _is_valid_syntax
    stands: dict[str, Any] = {GRAMMAR: stand_in, FRAMES: None}  # None: as if it were not installed
    mine = {name: module for name, module in stands.items() if name not in sys.modules}
    sys.modules.update(mine)
    try:
        yield
    finally:
        for name, module in mine.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def _is_valid_syntax(term: str, value: str) -> bool:
    return bool(importlib.import_module(GRAMMAR).is_valid_syntax(term, value))
