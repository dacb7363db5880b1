"""Stages one above the other: what entered each, what of it went on, and what would have with a like conversion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from salesgoals_kit.report.canvas import Size
from salesgoals_kit.report.palette import LIGHT
from salesgoals_kit.report.pencil import Axes, write
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Message

HEIGHT = 0.3  # of a bar, of a row
ROOM = 0.04  # of the width, right of the longest bar


@dataclass(frozen=True)
class Passage:
    """One stage: its label, deals that entered it and went on, and how many would have (NaN: not compared).

    ``warns``: fewer went on than should, beyond chance.
    """

    label: Message
    entered: float
    passed: float
    mark: float = np.nan
    warns: bool = False


def funnel(texts: Texts, rows: Sequence[Passage]) -> Callable[[Axes, Size], None]:
    """Draw a bar a stage under its label, dark as far as deals went on, with a ring where they would have."""
    widest = max(max(row.entered, 0 if np.isnan(row.mark) else row.mark) for row in rows)

    def draw(ax: Axes, size: Size) -> None:
        for y, row in enumerate(rows):
            ax.barh(y, row.entered, HEIGHT, color=LIGHT["band"], zorder=1)
            ax.barh(y, row.passed, HEIGHT, color=LIGHT["warn" if row.warns else "core"], zorder=2)
            if not np.isnan(row.mark):
                ax.plot(row.mark, y, "o", markersize=8, color=LIGHT["paper"], markeredgecolor=LIGHT["ink"], zorder=3)
            write(ax, 0, y, texts.text(row.label), size, by=(0, 21))
        ax.set(xlim=(0, widest * (1 + ROOM)), ylim=(len(rows) - 0.6, -0.95), yticks=[], xticks=[])
        ax.spines["bottom"].set_visible(False)

    return draw
