"""Code and catalogue held to each other: every message said is worded, every wording is said, with the same values."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from jinja2 import nodes

from salesgoals_kit.report.paper import environment
from salesgoals_kit.words import PLACEHOLDER, catalogue, languages

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "salesgoals_kit"
ID = re.compile(r"[a-z]+\.[a-z0-9_]+")
BY = re.compile(r"[a-z]+\.")


@dataclass(frozen=True)
class Said:
    """One place where a message is said: its id, and its values where they can be read (None: they cannot)."""

    where: str
    id: str
    values: frozenset[str] | None


def _sources() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        yield str(file.relative_to(ROOT)), ast.parse(file.read_text("utf-8"))
    for file in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(file.read_text("utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        yield str(file.relative_to(ROOT)), ast.parse(code)


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for where, tree in _sources():
        for node in ast.walk(tree):
            name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in ("say", "Message") and node.args:
                yield f"{where}:{node.lineno}", node


def _said() -> list[Said]:
    found = [
        Said(where, node.args[0].value, _values(node))
        for where, node in _calls()
        if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    ]
    return found + list(_said_in_templates())


def _values(call: ast.Call) -> frozenset[str] | None:
    """Return the names of the values, or None where they are not written out."""
    if getattr(call.func, "id", getattr(call.func, "attr", "")) == "say":
        names = [keyword.arg for keyword in call.keywords]
        return None if None in names else frozenset(name for name in names if name)
    given = call.args[1] if len(call.args) > 1 else ast.Dict([], [])
    if not isinstance(given, ast.Dict):
        return None
    keys = [key.value if isinstance(key, ast.Constant) else None for key in given.keys]
    return None if None in keys else frozenset(str(key) for key in keys)


def _said_in_templates() -> Iterator[Said]:
    for file in sorted((PACKAGE / "report" / "templates").rglob("*.j2")):
        tree = environment().parse(file.read_text("utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "say":
                (first,) = call.args
                assert isinstance(first, nodes.Const)
                yield Said(file.name, first.value, frozenset(keyword.key for keyword in call.kwargs))


def _mentioned() -> tuple[set[str], list[re.Pattern[str]]]:
    """Return every id that stands in the code as a string, and a pattern for every one put together there."""
    whole: set[str] = set()
    made: list[re.Pattern[str]] = []
    for _, tree in _sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and ID.fullmatch(node.value):
                whole.add(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = [str(p.value) if isinstance(p, ast.Constant) else None for p in node.values]
                if parts and parts[0] and BY.match(parts[0]):
                    pattern = "".join(r"[a-z0-9_]+" if part is None else re.escape(part) for part in parts)
                    made.append(re.compile(pattern))
    return whole, made


def _placeholders(wording: str | dict[str, str]) -> list[set[str]]:
    if isinstance(wording, str):
        return [set(PLACEHOLDER.findall(wording))]
    return [set(PLACEHOLDER.findall(text)) for form, text in wording.items() if form != "by"]


@pytest.mark.parametrize("language", languages())
def test_every_message_said_is_worded(language: str) -> None:
    known = catalogue(language)
    assert sorted({f"{said.id} ({said.where})" for said in _said() if said.id not in known}) == []


@pytest.mark.parametrize("language", languages())
def test_every_wording_is_said(language: str) -> None:
    whole, made = _mentioned()
    said = whole | {said.id for said in _said_in_templates()}
    unsaid = [id for id in catalogue(language) if id not in said and not any(p.fullmatch(id) for p in made)]
    assert unsaid == []


@pytest.mark.parametrize("language", languages())
def test_a_wording_asks_for_the_values_that_are_said(language: str) -> None:
    known = catalogue(language)
    wrong = []
    for said in _said():
        if said.values is None or said.id not in known:
            continue
        wording = known[said.id]
        forms = _placeholders(wording)
        asked = set().union(*forms) | ({wording["by"]} if isinstance(wording, dict) else set())
        if asked != said.values:
            wrong.append(f"{said.where} {said.id}: says {sorted(said.values)}, worded with {sorted(asked)}")
    assert wrong == []


@pytest.mark.parametrize("language", languages())
def test_a_plural_has_its_forms(language: str) -> None:
    for id, wording in catalogue(language).items():
        if isinstance(wording, dict):
            assert {"by", "one", "other"} <= set(wording), id
            assert set(wording) <= {"by", "zero", "one", "two", "few", "many", "other"}, id


def test_the_check_sees_what_it_reads() -> None:
    """The walk finds ids, values and templates at all; a check that finds nothing would always pass."""
    said = {one.id: one for one in _said()}
    assert said["report.level_chance"].values == frozenset({"level", "value", "chance"})
    assert "report.skip" in said
    assert any(pattern.fullmatch("report.unit_days") for pattern in _mentioned()[1])
