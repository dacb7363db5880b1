"""What a long list keeps: what stands out, then the largest, in the list's own order; and that it was cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from salesgoals_kit.report.blocks import Block, paragraph
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, say

ROWS = 30  # of a list of people, teams or kinds: a page stays light where there are hundreds
Row = TypeVar("Row")


def kept(
    rows: Iterable[Row], size: Callable[[Row], float], *, out: Callable[[Row], bool] | None = None, most: int = ROWS
) -> list[Row]:
    """Return at most so many rows in their order: those that stand ``out`` first, then the largest.

    >>> kept([3, 1, 2], float, most=2), kept([3, 1, 2], float, out=lambda row: row == 1, most=2)
    ([3, 2], [3, 1])
    """
    known = list(rows)
    weights = [(out is None or not out(row), -size(row)) for row in known]
    first = sorted(range(len(known)), key=weights.__getitem__)[:most]
    return [known[i] for i in sorted(first)]


def kept_of_each(
    rows: Iterable[Row], group: Callable[[Row], str], size: Callable[[Row], float], *, most: int = ROWS
) -> list[Row]:
    """Return the largest rows of each group, at most so many of one, in their order.

    >>> kept_of_each(["a1", "b2", "a3"], lambda row: row[0], lambda row: int(row[1]), most=1)
    ['a3', 'b2']
    """
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(group(row), []).append(row)
    return [row for some in groups.values() for row in kept(some, size, most=most)]


def cut_note(texts: Texts, shown: int, count: int) -> list[Block]:
    """Return the sentence that says that a list was cut; nothing where all of it is shown."""
    if shown >= count:
        return []
    return [paragraph(texts, say("folds.cut", shown=Count(shown), count=Count(count)), soft=True)]
