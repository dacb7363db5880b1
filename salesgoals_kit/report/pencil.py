"""The strokes that charts share: axes, labels at the ends of lines, bars, names of rows. They know an axes, no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salesgoals_kit.report import labels, shapes
from salesgoals_kit.report.canvas import Size, apart, shortened
from salesgoals_kit.report.palette import LIGHT
from salesgoals_kit.report.text import Texts

Axes = Any  # matplotlib's; report/charts.py alone imports it
Ends = Sequence[tuple[float, str, str]]  # where, what it says, its colour
POINTS = 0.75  # in a CSS pixel
MARGIN = 10  # CSS pixels left and right of what is written over a sheet's whole width
LETTERS = {True: 16, False: 26}  # room for the name of a row, narrow or not


def write(ax: Axes, x: float, y: float, text: str, size: Size, *, by: tuple[float, float] = (0, 0), **how: Any) -> Any:
    """Write a text beside a point, ``by`` so many CSS pixels away, where nothing cuts it; return what was drawn."""
    return ax.annotate(
        text,
        (x, y),
        xytext=(by[0] * POINTS, by[1] * POINTS),
        textcoords="offset points",
        fontsize=size.text * POINTS,
        annotation_clip=False,
        **{"va": "center", "ha": "left", **how},
    )


def within(ax: Axes, text: Any) -> None:
    """Break a text that is wider than the sheet into two lines, at the last blank that makes it fit."""
    room = ax.figure.bbox.width - 2 * MARGIN * POINTS / 72 * ax.figure.dpi
    words = text.get_text().split(" ")
    for count in range(len(words), 0, -1):
        text.set_text(" ".join(words[:count]) + "\n" * (count < len(words)) + " ".join(words[count:]))
        if text.get_window_extent().width <= room:
            return


def value_axis(ax: Axes, texts: Texts, unit: str) -> None:
    """Give the values an axis from zero, or from near them where zero would press them flat, with a few lines."""
    low, high = ax.dataLim.intervaly
    pad = 0.08 * ((high - low) or abs(high) or 1.0)
    floor = min(low - pad, 0.0) if low < 0 else 0.0 if low < 0.6 * high or high <= 0 else low - 2 * pad
    ax.set_ylim(floor, high + pad)
    ax.locator_params(axis="y", nbins=4, integer=unit == "count")
    ax.yaxis.set_major_formatter(lambda value, _: labels.value_label(texts, value, unit))
    ax.grid(axis="y")


def month_axis(ax: Axes, texts: Texts, months: Sequence[int], size: Size) -> None:
    """Name every third month, every sixth where there is no room."""
    first, last = int(min(months)), int(max(months))
    ticks = shapes.month_ticks(first, last, _every(last - first, size))
    ax.set_xticks(ticks, labels.month_labels(texts, ticks))
    ax.margins(x=0.01)


def label_ends(ax: Axes, x: float, ends: Ends, size: Size) -> None:
    """Write what lines or marks are at their right end, moved apart where they would touch."""
    low, high = ax.get_ylim()
    line = 1.5 * size.text / (0.82 * size.height) * (high - low)
    for (place, text, colour), moved in zip(ends, apart([place for place, *_ in ends], line), strict=True):
        by = (moved - place) / line * 1.5 * size.text
        write(ax, x, place, text, size, by=(7, by), color=colour)


def change_bars(
    ax: Axes, change: NDArray[np.float64], colours: Sequence[str], said: Mapping[int, str], size: Size
) -> None:
    """Draw changes as bars from a line at nothing, some of them labelled outside their ends."""
    ax.bar(range(len(change)), change, width=0.66, color=list(colours))
    ax.axhline(0, color=LIGHT["soft"], linewidth=1)
    ax.spines["bottom"].set_visible(False)
    ax.set_yticks([])
    ax.margins(x=0.01, y=0.14)
    small = Size(size.width, size.height, min(size.text, 13), size.narrow)
    for place, text in said.items():
        up = change[place] >= 0
        write(ax, place, change[place], text, small, by=(0, 3 if up else -3), ha="center", va="bottom" if up else "top")


def row_names(ax: Axes, names: Sequence[str], size: Size) -> None:
    """Name the rows of a chart that is read line by line, the first on top; its numbers stand in it."""
    ax.set_yticks(range(len(names)), [shortened(name, LETTERS[size.narrow]) for name in names])
    ax.tick_params(axis="y", labelcolor=LIGHT["ink"])
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.margins(x=0.02)


def _every(span: int, size: Size) -> int:
    if size.narrow:
        return 6 if span > 9 else 3
    return 3 if span > 8 else 1
