"""The page a manager reads: the blocks of an executed notebook and its content, by nbconvert with our own template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pandas as pd
from jinja2 import Environment
from markupsafe import Markup
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode, from_dict

from salesgoals_kit.errors import Fault, SalesGoalsError
from salesgoals_kit.files import whole
from salesgoals_kit.report.blocks import METADATA, leading
from salesgoals_kit.report.content import Content, Provenance, content_of
from salesgoals_kit.report.glossary import glossary
from salesgoals_kit.report.paper import TEMPLATES, page_style, strict, without_style
from salesgoals_kit.report.stamp import check_ids, stamp_message
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts, tidy
from salesgoals_kit.report.title import about, marks, page_title
from salesgoals_kit.words import Count, Message, say

FEW = 3  # methods that are seen without opening anything


class _Exporter(HTMLExporter):
    """nbconvert's HTML exporter with the kit's template, in which all text is escaped and no name may be missing."""

    def _create_environment(self) -> Environment:
        made: Environment = super()._create_environment()  # type: ignore[no-untyped-call]  # nbconvert's
        return strict(made)


def write_page(notebook: NotebookNode, content: Content, target: Path, stamp: Mapping[str, str]) -> None:
    """Write the page of an executed notebook, whole or not at all.

    Only outputs that are blocks of the kit are shown. ``stamp`` says when it is ``made`` and by which ``kit``; it
    stands in one footer, and all else is a function of notebook and content. Raises SalesGoalsError where the notebook
    holds no content, no block or an error.
    """
    html = page_html(notebook, content, stamp)
    with whole(target) as unfinished:
        unfinished.write_text(html, "utf-8", newline="\n")


def page_html(notebook: NotebookNode, content: Content, stamp: Mapping[str, str]) -> str:
    """Return the page of an executed notebook as one HTML document."""
    content_of(notebook)
    blocks, terms = _blocks(notebook), glossary(content)
    report = {
        "texts": content.texts,
        "content": content,
        "style": Markup(page_style()),
        "title": page_title(content),
        "about": about(content),
        "marks": marks(content),
        "headings": [heading for block in blocks for heading in block["metadata"][METADATA]["headings"]],
        "glossary": terms,
        "known": say("glossary.summary", count=Count(len(terms))),
        "read": _read(content.provenance),
        "methods": _methods(content.texts, content.provenance),
        "rows": _rows(content.texts, content.provenance),
        "parameters": [(name, _written(value)) for name, value in sorted(content.provenance.parameters.items())],
        "stamp": stamp_message(stamp),
    }
    exporter = cast("Any", _Exporter)(template_name="salesgoals", extra_template_basedirs=[str(TEMPLATES)])
    cell: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "source": "",
        "metadata": {},
        "outputs": blocks,
    }
    shown = cast("Any", from_dict)({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]})
    html: str = exporter.from_notebook_node(shown, resources={"report": report})[0]
    check_ids(html)
    return html


def _blocks(notebook: NotebookNode) -> list[dict[str, Any]]:
    """Return the outputs that are blocks of the kit, in order, without the style that a notebook needs."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    failed = [output for output in outputs if output.output_type == "error"]
    if failed:
        faults = [Fault("notebook", f"{output.ename}: {output.evalue}") for output in failed]
        raise SalesGoalsError("A notebook that failed makes no page.", faults)
    blocks = [output for output in outputs if METADATA in output.get("metadata", {})]
    if not blocks:
        raise SalesGoalsError("A page shows something.", [Fault("notebook", "no output is a block of the kit")])
    return [_block(output) for output in blocks]


def _block(output: NotebookNode) -> dict[str, Any]:
    html = Markup(without_style(output.data["text/html"]))
    return {"output_type": "display_data", "data": {"text/html": html}, "metadata": output.metadata}


def _read(made: Provenance) -> list[Message]:
    """Return in a sentence or two what was read, and from when to when it reaches."""
    if not made.tables:
        return []
    sums = {name: Count(sum(getattr(one, name) for one in made.tables)) for name in ("read", "kept", "rejected")}
    said = [Message("made.rows", {**sums, "tables": Count(len(made.tables))})]
    first = [one.first_day for one in made.tables if one.first_day is not None]
    last = [one.last_day for one in made.tables if one.last_day is not None]
    return [*said, say("made.days", first=min(first), last=max(last))] if first and last else said


def _methods(texts: Texts, made: Provenance) -> Markup:
    """Return how the numbers were made, the first of it to be seen and the rest to be opened."""
    return leading(texts, made.methods, FEW).html if made.methods else Markup("")


def _rows(texts: Texts, made: Provenance) -> Markup:
    """Return the table of rows read, kept and set aside."""
    columns = [
        Column("table", say("report.rows_table"), "code"),
        Column("read", say("report.rows_read"), "count"),
        Column("kept", say("report.rows_kept"), "count"),
        Column("rejected", say("report.rows_rejected"), "count"),
        Column("first_day", say("report.rows_first"), "day"),
        Column("last_day", say("report.rows_last"), "day"),
    ]
    rows = [[getattr(count, column.name) for column in columns] for count in made.tables]
    frame = pd.DataFrame(rows, columns=[column.name for column in columns], dtype="object")
    return table(texts, frame, columns, name="rows", caption=say("report.rows")).html


def _written(value: Any) -> str:
    return tidy(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True))
