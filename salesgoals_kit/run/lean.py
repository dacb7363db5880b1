"""Imports that leave out what takes long and nobody asks for."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

GRAMMAR = "rfc3987_syntax"


@contextmanager
def lean_imports() -> Iterator[None]:
    """In the block, import nbformat, and what imports it, without the grammar of international addresses.

    jsonschema imports it, and it makes a parser of all of Unicode, which takes more than a second; no schema of a
    notebook has such an address. In its place stands what imports the grammar when an address is checked after all.
    """
    if GRAMMAR in sys.modules:
        yield
        return
    stand_in: Any = ModuleType(GRAMMAR)
    stand_in.is_valid_syntax = _is_valid_syntax
    sys.modules[GRAMMAR] = stand_in
    try:
        yield
    finally:
        if sys.modules.get(GRAMMAR) is stand_in:
            del sys.modules[GRAMMAR]


def _is_valid_syntax(term: str, value: str) -> bool:
    return bool(importlib.import_module(GRAMMAR).is_valid_syntax(term, value))
