"""A template's own cells, run in the test's process: its outputs, and what its charts write."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import nbformat
import pytest
from matplotlib.axes import Axes
from nbformat import NotebookNode, from_dict

from salesgoals_kit.report import easel
from salesgoals_kit.run.folders import shipped


def executed(template: str, company: Path, **given: object) -> NotebookNode:
    """Return a template with the outputs of its own cells; ``given`` are parameters."""
    book = nbformat.read(shipped("notebooks", f"{template}.ipynb"), as_version=4)  # type: ignore[no-untyped-call]
    names: dict[str, Any] = {}
    for cell in book.cells:
        if cell.cell_type != "code":
            continue
        *body, last = ast.parse(cell.source).body
        exec(compile(ast.Module(body if isinstance(last, ast.Expr) else [*body, last], []), "cell", "exec"), names)
        if "parameters" in cell.metadata.get("tags", ()):
            names |= {"company": str(company), **given}
        elif isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
            cell.outputs = _shown(value) if hasattr(value, "_repr_mimebundle_") else []
    return book  # type: ignore[no-any-return]


def _shown(value: Any) -> list[NotebookNode]:
    made = value._repr_mimebundle_()
    data, metadata = made if isinstance(made, tuple) else (made, {})
    output = {"output_type": "display_data", "data": data, "metadata": metadata}
    return [from_dict(output)]  # type: ignore[no-untyped-call]


def collected(patch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that fills with all that charts write, as long as the patch holds."""
    written: list[str] = []
    finish = easel._replace_unknown_glyphs

    def noted(ax: Axes) -> None:
        written.extend(text.get_text() for text in ax.texts)
        ax.figure.canvas.draw()
        written.extend(label.get_text() for axis in (ax.xaxis, ax.yaxis) for label in axis.get_ticklabels())
        finish(ax)

    patch.setattr(easel, "_replace_unknown_glyphs", noted)
    return written
