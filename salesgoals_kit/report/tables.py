"""Tables from frames: each column of a kind, numbers aligned, readable on a phone without sideways scroll."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd
from markupsafe import Markup

from salesgoals_kit.errors import Fault, SalesGoalsError
from salesgoals_kit.report import formats
from salesgoals_kit.report.blocks import Block, anchor_of, part
from salesgoals_kit.report.quantities import chance_message
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Chance, Change, Count, Message, Money, Name, Number, Points, Rate

Kind = Literal[
    "name", "code", "message", "money", "cents", "rate", "points", "change", "chance", "count", "number", "day", "month"
]
PHONE = 43  # letters in a row that a phone has room for, with one between columns
LONGEST = 16  # letters of a word that a phone has room for beside figures; a longer one may break
_LEFT = ("name", "code", "message", "day", "month")
_TYPED = (Money, Rate, Points, Change, Chance, Count, Number, Name, Message, tuple)


@dataclass(frozen=True)
class Column:
    """One column: of the frame, its title, its kind; ``decimals`` and ``unit`` (``days``, …) for rates and numbers.

    ``name`` is text from data, ``code`` text of the kit's own; a cell that holds a typed value shows that
    instead, money in full.
    """

    name: str
    title: Message
    kind: Kind = "name"
    decimals: int = 1
    unit: str = ""


def table(
    texts: Texts,
    frame: pd.DataFrame,
    columns: Sequence[Column],
    *,
    name: str,
    caption: Message | None = None,
    totals: int = 0,
    wraps: bool = False,
    narrow: bool = False,
) -> Block:
    """Return a frame's rows as a table; ``name`` makes its id, the last ``totals`` rows are sums.

    ``wraps``: figures with something beside them may take two lines, where there are many columns of them. A table of
    more than three columns shows each row as a list on a phone, but for ``narrow`` ones, whose cells are short, where
    they are so in the texts' language and currency too.

    The first column names the row. A missing figure is a dash. Raises SalesGoalsError where a column is not in the
    frame; a frame without rows becomes a sentence that says so.
    """
    missing = [Fault(f"table {name}", f"no column {c.name!r}") for c in columns if c.name not in frame.columns]
    if missing:
        raise SalesGoalsError("A table asks for columns that its frame lacks.", missing)
    if frame.empty:
        empty = texts.html(Message("report.no_rows"))
        return Block(kind="table", html=part("paragraph", None, [empty], True), plain=empty.striptags())
    rows = [[cell(texts, row[i], column) for i, column in enumerate(columns)] for row in _rows(frame, columns)]
    heads = [{"title": texts.text(column.title), "left": column.kind in _LEFT} for column in columns]
    split = len(rows) - totals
    shown = None if caption is None else texts.html(caption)
    beside = narrow and _fits_a_phone(heads, rows)
    many = narrow or len(columns) > 3
    anchor = f"table-{anchor_of(name)}"
    long = any(len(word) > LONGEST for row in rows for word in row[0].striptags().split())
    html = part("table", anchor, shown, heads, rows[:split], rows[split:], wraps, many, beside, long)
    lines = [[str(head["title"]) for head in heads], *([item.striptags() for item in row] for row in rows)]
    return Block(kind="table", html=html, plain="\n".join(" | ".join(line) for line in lines))


def cell(texts: Texts, value: Any, column: Column) -> Markup:
    """Return one cell; what is missing or not a number is a dash.

    >>> cell(Texts(), float("nan"), Column("x", Message("report.no_name"), "money")) == formats.DASH
    True
    """
    if isinstance(value, Money):
        return _FORMS["money"](texts, value.amount, column)
    if isinstance(value, _TYPED):
        return texts.html(value)
    if value is None or pd.isna(value):
        return Markup(formats.DASH)
    return _FORMS[column.kind](texts, value, column)


def _fits_a_phone(heads: Sequence[dict[str, Any]], rows: Sequence[Sequence[Markup]]) -> bool:
    """Return whether what does not break in each column has room beside that of the others."""
    columns = [[str(head["title"]), *(row[i] for row in rows)] for i, head in enumerate(heads)]
    widest = [max(len(word) for text in column for word in _unbroken(text)) for column in columns]
    return sum(widest) + len(widest) <= PHONE


def _unbroken(text: str) -> list[str]:
    """Return the words of a cell; what stands on both sides of a space that does not break is one."""
    return re.split(r"[ \n-]+", Markup(re.sub(r"<[^>]*>", "", text)).unescape())


def _rows(frame: pd.DataFrame, columns: Sequence[Column]) -> list[tuple[Any, ...]]:
    return list(zip(*(frame[column.name] for column in columns), strict=True))


def _day(value: Any) -> date:
    return pd.Timestamp(value).date()


_FORMS: dict[Kind, Callable[[Texts, Any, Column], Markup]] = {
    "name": lambda texts, value, column: texts.html(Name(str(value))),
    "code": lambda texts, value, column: texts.html(str(value)),
    "message": lambda texts, value, column: texts.html(value),
    "money": lambda texts, value, column: Markup.escape(texts.amount(value)),
    "cents": lambda texts, value, column: Markup.escape(texts.amount(value, cents=True)),
    "rate": lambda texts, value, column: Markup.escape(texts.percent(value, column.decimals)),
    "points": lambda texts, value, column: texts.html(Points(float(value))),
    "change": lambda texts, value, column: Markup.escape(texts.percent(value, column.decimals, signed=True)),
    "chance": lambda texts, value, column: texts.html(chance_message(float(value), short=True)),
    "count": lambda texts, value, column: texts.html(Count(int(value))),
    "number": lambda texts, value, column: Markup.escape(texts.number(value, column.decimals, column.unit)),
    "day": lambda texts, value, column: texts.html(_day(value)),
    "month": lambda texts, value, column: texts.html(f"{_day(value):%Y-%m}"),
}
