"""Ranges one above the other, all against one value: what binds a goal, what a lever brings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from salesgoals_kit.report import labels
from salesgoals_kit.report.canvas import Size
from salesgoals_kit.report.palette import LIGHT
from salesgoals_kit.report.pencil import Axes, within, write
from salesgoals_kit.report.quantities import Level
from salesgoals_kit.report.shapes import Span
from salesgoals_kit.report.text import Texts

ROOM = 0.06  # of the width, left and right of the outermost end
NEAR = 0.4  # of the highest end: where all are above it, the axis need not begin at nothing
HOLLOW = 0.18  # height of a hollow bar, of a row
BEYOND = 0.35  # of what the bars span, up to which marks and hollow bars are let widen the chart
TONES = {  # bar, and its middle
    "plain": ("band", "goal"), "binds": ("warn", "ink"), "chosen": ("core", "ink"), "apart": ("paper", "soft"),
}  # fmt: skip


def ranges(texts: Texts, rows: Sequence[Span], unit: str, line: Level | None) -> Callable[[Axes, Size], None]:
    """Draw each range as a bar under its name, its middle as a stroke, its mark as a ring, and in each row the line.

    What lies beyond the chart's edge is an arrow there.
    """
    low, high = span_of(rows, None if line is None else line.value)
    low = low if low < 0 or low > NEAR * high else 0.0
    room = ROOM * ((high - low) or 1.0)

    def draw(ax: Axes, size: Size) -> None:
        at = [] if line is None else [line.value] * len(rows)
        ax.vlines(at, *np.add.outer((-0.16, 0.24), np.arange(len(at))), LIGHT["ink"], zorder=1)
        for y, row in enumerate(rows):
            bar, middle = (LIGHT[colour] for colour in TONES[row.tone])
            begins, ends = (min(max(end, low), high) for end in (row.low, row.high))
            if row.tone == "apart" and begins < ends:
                ax.barh(y, ends - begins, HOLLOW, begins, color=bar, edgecolor=LIGHT["soft"], linewidth=1, zorder=2)
            elif row.tone != "apart":
                ax.plot([begins, ends], [y, y], color=bar, linewidth=9, solid_capstyle="butt", zorder=2)
            if low <= row.middle <= high:
                ax.plot([row.middle] * 2, [y - 0.14, y + 0.14], color=middle, linewidth=3, zorder=3)
            else:
                _arrow(ax, row.middle, y, (low, high), room)
            if row.mark is not None and low <= row.mark <= high:
                ax.plot(row.mark, y, "o", markersize=8, color=LIGHT["paper"], markeredgecolor=LIGHT["ink"], zorder=4)
            elif row.mark is not None:
                _arrow(ax, row.mark, y, (low, high), room)
            said = labels.span_label(texts, row, unit, narrow=size.narrow)
            within(ax, write(ax, low - room, y, said, size, by=(0, 13), va="bottom"))
        ax.set(xlim=(low - room, high + room), ylim=(len(rows) - 0.6, -0.95), yticks=[])
        ax.locator_params(axis="x", nbins=3 if size.narrow else 6)
        ax.xaxis.set_major_formatter(lambda value, _: labels.value_label(texts, value, unit))

    return draw


def span_of(rows: Sequence[Span], line: float | None) -> tuple[float, float]:
    """Return the lowest and the highest value that a chart of ranges shows.

    All bars and the line are within, but for the hollow ones: those and the marks widen it by a third at most.

    >>> from salesgoals_kit.words import Message
    >>> plain = Span(Message("x"), 0.0, 5.0, 10.0, mark=600.0)
    >>> span_of([plain, Span(Message("y"), 11.0, 12.0, 13.0, tone="apart")], 0.0)
    (0.0, 13.5)
    """
    inner = [row for row in rows if row.tone != "apart"] or rows
    near = [*([] if line is None else [line]), *(end for row in inner for end in (row.low, row.high))]
    far = [*near, *(end for row in rows for end in (row.low, row.high, row.mark) if end is not None)]
    more = BEYOND * (max(near) - min(near))
    return max(min(far), min(near) - more), min(max(far), max(near) + more)


def _arrow(ax: Axes, value: float, y: float, edges: tuple[float, float], room: float) -> None:
    """Draw an arrow at the edge that a value lies beyond."""
    right = value > edges[1]
    at = edges[1] + room / 2 if right else edges[0] - room / 2
    ax.plot(at, y, ">" if right else "<", markersize=8, color=LIGHT["paper"], markeredgecolor=LIGHT["ink"], zorder=4)
