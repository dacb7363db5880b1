"""The page of one rep: his own goals, why, and what to do each week; made from a report's content, not a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from salesgoals_kit.files import whole
from salesgoals_kit.report.blocks import Block, Card, bullets, goal_cards, group, heading
from salesgoals_kit.report.content import Content
from salesgoals_kit.report.paper import environment, page_style
from salesgoals_kit.report.rep import RepPage, Section
from salesgoals_kit.report.stamp import check_ids, stamp_message
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.report.title import about, marks, page_title


def write_rep_page(content: Content, page: RepPage, target: Path, stamp: Mapping[str, str]) -> None:
    """Write the page of a rep, whole or not at all; ``stamp`` as in `report.page.write_page`."""
    with whole(target) as unfinished:
        unfinished.write_text(rep_page_html(content, page, stamp), "utf-8", newline="\n")


def rep_page_html(content: Content, page: RepPage, stamp: Mapping[str, str]) -> str:
    """Return the page of a rep as one HTML document: nothing of anybody else is on it."""
    texts = content.texts
    cards = [Card(goal.title, goal.shown, goal.unit, goal.chance, note=goal.note) for goal in page.goals]
    blocks = [*([goal_cards(texts, cards)] if cards else []), *(_section(texts, part) for part in page.sections)]
    html = (
        environment()
        .get_template("rep.html.j2")
        .render(
            t=texts,
            page=page,
            style=Markup(page_style()),
            title=page_title(content, page.name),
            about=about(content, page.name),
            marks=marks(content),
            blocks=[block.html for block in blocks],
            stamp=stamp_message(stamp),
        )
    )
    check_ids(html)
    return html


def _section(texts: Texts, part: Section) -> Block:
    blocks = [heading(texts, part.heading, name=part.name)]
    if part.columns:
        columns = [Column(str(i), title, "message" if i == 0 else "number") for i, title in enumerate(part.columns)]
        rows = pd.DataFrame(list(part.cells), columns=[column.name for column in columns], dtype="object")
        blocks.append(table(texts, rows, columns, name=part.name, caption=part.caption))
    if part.sentences:
        blocks.append(bullets(texts, part.sentences))
    return group(*blocks)
