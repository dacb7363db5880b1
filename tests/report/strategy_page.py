"""What the strategy template shows of tables: its own cells, run as they stand, without a company's folder."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.insight.strategy import Strategy
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report.blocks import Block
from salesgoals_kit.report.text import Texts

BOOK = Path(__file__).parents[2] / "notebooks" / "strategy.ipynb"


def shown_of(texts: Texts, tables: Tables, owner: Owner = COMPANY) -> tuple[Strategy, list[Block]]:
    """Return what was found, and the blocks in the order of the page: all cells but those that open and end the work.

    The ledger is empty.
    """
    cells = [cell.source for cell in nbformat.read(BOOK, as_version=4).cells if cell.cell_type == "code"]  # type: ignore[no-untyped-call]
    imports, _, opens, *parts, ends = cells
    assert "open_work(" in opens and "work.content(" in ends
    names: dict[str, Any] = {}
    exec(imports, names)
    names |= {"work": SimpleNamespace(tables=tables, owner=owner), "texts": texts}
    names |= {"agreed_of": lambda work: [], "past_of": lambda work: ([], ())}
    values = [_run(part, names) for part in parts]
    return names["found"], [value for value in values if isinstance(value, Block)]


def _run(source: str, names: dict[str, Any]) -> object:
    """Run a cell and return what its last line shows, as a notebook does."""
    *body, last = ast.parse(source).body
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    if not isinstance(last, ast.Expr):
        exec(compile(ast.Module([last], []), "cell", "exec"), names)
        return None
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)
