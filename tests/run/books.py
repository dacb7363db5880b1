"""A template's cells run one after the other in this process, as a kernel would, for tests that run many of them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

import nbformat

from salesgoals_kit.report.blocks import Block
from salesgoals_kit.report.content import Content, content_from_json
from salesgoals_kit.run.folders import shipped


@dataclass(frozen=True)
class Ran:
    """What a template showed: its blocks in order, and its content as it was written and read again."""

    blocks: tuple[Block, ...]
    content: Content
    json: str

    @property
    def text(self) -> str:
        """What its reader reads, with plain spaces."""
        return "\n".join(block.plain for block in self.blocks).replace("\u00a0", " ").replace("\u202f", " ")


def run_book(template: str, **given: object) -> Ran:
    """Run the code cells of a template with these parameters in place of its own, and return what it showed."""
    book = nbformat.read(shipped("notebooks", f"{template}.ipynb"), as_version=4)  # type: ignore[no-untyped-call]
    known: dict[str, Any] = {}
    shown: list[Any] = []
    for cell in book.cells:
        if cell.cell_type != "code":
            continue
        body = ast.parse(cell.source).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), template, "exec"), known)
        if "parameters" in cell.metadata.get("tags", ()):
            known.update(given)
        if isinstance(last, ast.Expr):
            shown.append(eval(compile(ast.Expression(last.value), template, "eval"), known))
    written = shown[-1].as_json()
    blocks = tuple(block for block in shown if isinstance(block, Block))
    return Ran(blocks, content_from_json(written), written)
