"""Imports without a grammar that takes a second: an address that is checked is judged by it all the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("rfc3987_syntax")
CODE = """
import sys
from salesgoals_kit.run.lean import lean_imports
with lean_imports():
    import nbformat
print({"rfc3987_syntax", "lark"} & {*sys.modules})
from jsonschema import FormatChecker
print([FormatChecker().conforms(address, "iri") for address in ("https://exämple.org/", "::")])
print("rfc3987_syntax" in sys.modules)
with lean_imports():
    print(sys.modules["rfc3987_syntax"].__file__ is not None)
"""


def test_the_grammar_is_imported_when_an_address_is_checked() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["set()", "[True, False]", "True", "True"]
