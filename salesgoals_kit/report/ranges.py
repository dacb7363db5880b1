"""Ranges one above the other, all against one value: what binds a goal, what a lever brings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from salesgoals_kit.report import labels
from salesgoals_kit.report.canvas import Size
from salesgoals_kit.report.palette import LIGHT
from salesgoals_kit.report.pencil import Axes, write
from salesgoals_kit.report.quantities import Level
from salesgoals_kit.report.shapes import Span
from salesgoals_kit.report.text import Texts

ROOM = 0.06  # of the width, left and right of the outermost end
NEAR = 0.4  # of the highest end: where all are above it, the axis need not begin at nothing
TONES = {"plain": ("band", "goal"), "binds": ("warn", "ink"), "chosen": ("core", "ink")}  # bar, and its middle


def ranges(texts: Texts, rows: Sequence[Span], unit: str, line: Level) -> Callable[[Axes, Size], None]:
    """Draw each range as a bar under its name, its middle as a stroke, its mark as a ring, and the line in each row."""
    ends = [end for row in rows for end in (row.low, row.high, row.mark, line.value) if end is not None]
    low, high = min(ends), max(ends)
    low = low if low < 0 or low > NEAR * high else 0.0
    room = ROOM * ((high - low) or 1.0)

    def draw(ax: Axes, size: Size) -> None:
        ax.vlines([line.value] * len(rows), *np.add.outer((-0.16, 0.24), np.arange(len(rows))), LIGHT["ink"], zorder=1)
        for y, row in enumerate(rows):
            bar, middle = (LIGHT[colour] for colour in TONES[row.tone])
            ax.plot([row.low, row.high], [y, y], color=bar, linewidth=9, solid_capstyle="butt", zorder=2)
            ax.plot([row.middle] * 2, [y - 0.14, y + 0.14], color=middle, linewidth=3, zorder=3)
            if row.mark is not None:
                ax.plot(row.mark, y, "o", markersize=8, color=LIGHT["paper"], markeredgecolor=LIGHT["ink"], zorder=4)
            write(ax, low - room, y, labels.span_label(texts, row, unit), size, by=(0, 21))
        ax.set(xlim=(low - room, high + room), ylim=(len(rows) - 0.6, -0.95), yticks=[])
        ax.locator_params(axis="x", nbins=3 if size.narrow else 6)
        ax.xaxis.set_major_formatter(lambda value, _: labels.value_label(texts, value, unit))

    return draw
