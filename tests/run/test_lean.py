"""Imports without what takes long: it is not there, and is imported when somebody asks for it after all."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("rfc3987_syntax")
pytest.importorskip("dask")
CODE = """
import sys
from salesgoals_kit.run.lean import lean_imports
with lean_imports():
    import nbformat, statsforecast.models
print({"rfc3987_syntax", "lark", "dask"} & {*sys.modules})
from jsonschema import FormatChecker
print([FormatChecker().conforms(address, "iri") for address in ("https://exämple.org/", "::")])
import dask.dataframe
there = {name: sys.modules[name] for name in ("rfc3987_syntax", "dask")}
with lean_imports():
    print(all(sys.modules[name] is module for name, module in there.items()))
print(all(sys.modules[name] is module for name, module in there.items()))
"""


def test_what_is_left_out_is_imported_when_it_is_asked_for() -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["set()", "[True, False]", "True", "True"]
