"""The manners of the templates: order, one idea a cell, nothing but what a reader expects."""

from __future__ import annotations

import ast
import json
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import nbformat
import pytest

from salesgoals_kit.run.params import DEFAULT_PERIODS, MODELS, TEMPLATES, Finite, Params

ROOT = Path(__file__).parent.parent
BOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
KNOWN_TAGS = {"parameters"}

pytestmark = pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)


def cells(path: Path) -> list[Any]:
    return cast(list[Any], nbformat.read(path, as_version=4).cells)  # type: ignore[no-untyped-call]


def code(path: Path) -> list[Any]:
    return [cell for cell in cells(path) if cell.cell_type == "code"]


def test_every_template_is_known_to_the_runner(path: Path) -> None:
    assert {book.stem for book in BOOKS} == set(TEMPLATES)
    assert path.stem in DEFAULT_PERIODS


def test_it_opens_with_its_question_then_imports_then_parameters(path: Path) -> None:
    first = cells(path)[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
    assert "?" in first.source
    imports, parameters = code(path)[:2]
    assert all(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.parse(imports.source).body)
    assert parameters.metadata.tags == ["parameters"]
    for cell in code(path)[1:]:
        assert not any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(ast.parse(cell.source)))


def test_every_cell_has_an_id_of_its_own(path: Path) -> None:
    names = [cell["id"] for cell in json.loads(path.read_text("utf-8"))["cells"]]  # nbformat would mend them
    assert len(set(names)) == len(names)


def test_its_parameters_are_those_of_the_model(path: Path) -> None:
    body = ast.parse(code(path)[1].source).body
    found: dict[str, tuple[str, object]] = {}
    for node in body:
        assert isinstance(node, ast.AnnAssign)
        assert isinstance(node.target, ast.Name)
        assert node.value is not None
        found[node.target.id] = (ast.unparse(node.annotation), ast.literal_eval(node.value))
    fields = MODELS.get(path.stem, Params).model_fields
    defaults = {name: field.default for name, field in fields.items()}
    defaults["period"] = DEFAULT_PERIODS[path.stem]
    types = {str: "str", str | None: "Optional[str]", int: "int", float: "float", Finite | None: "Optional[float]"}
    expected = {name: (types[cast(Any, f.annotation)], defaults[name]) for name, f in fields.items()}
    assert found == expected
    for line in code(path)[1].source.splitlines():
        assert "  # " in line, "every parameter is explained behind it"


def test_one_idea_a_cell_with_prose_before_it(path: Path) -> None:
    assert 10 <= len(code(path)) <= 20
    together = cells(path)
    for before, cell in pairwise(together):
        if cell.cell_type == "code":
            assert before.cell_type == "markdown", cell.source
            assert cell.source.count("\n") < 12 or "parameters" in cell.metadata.get("tags", ()), cell.source


def test_it_defines_nothing_prints_nothing_and_hides_no_warning(path: Path) -> None:
    for cell in code(path):
        assert not cell.source.lstrip().startswith(("%", "!"))
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef | ast.Lambda)
            if isinstance(node, ast.Name):
                assert node.id not in ("print", "warnings", "display")


def test_a_name_is_bound_once(path: Path) -> None:
    bound: list[str] = []
    for cell in code(path):
        for node in ast.parse(cell.source).body:
            targets = (
                node.targets
                if isinstance(node, ast.Assign)
                else [node.target]
                if isinstance(node, ast.AnnAssign)
                else []
            )
            bound += [
                name.id for target in targets if target for name in ast.walk(target) if isinstance(name, ast.Name)
            ]
    assert len(bound) == len(set(bound)), bound


def test_no_outputs_only_known_tags_and_the_plain_kernel_are_in_git(path: Path) -> None:
    book = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    assert book.metadata.kernelspec.name == "python3"
    assert len({cell.id for cell in book.cells}) == len(book.cells)
    for cell in book.cells:
        assert set(cell.metadata.get("tags", [])) <= KNOWN_TAGS
        assert set(cell.metadata) <= {"tags"}
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_it_asks_before_it_answers_and_shows_the_content_last(path: Path) -> None:
    assert code(path)[-1].source.splitlines()[-1].strip() == "content"
