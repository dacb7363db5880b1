"""How a chart comes onto paper: drawn twice, wide and narrow, in one style; no state is left behind.

Whatever style and backend a notebook has chosen, both stay as they were.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import matplotlib.style
import numpy as np
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Sheet
from matplotlib.ft2font import FT2Font
from matplotlib.ticker import Formatter, FuncFormatter

from salesgoals_kit.report.canvas import SCALE, Figure, Picture, Size, figure, narrow, picture, wide
from salesgoals_kit.report.palette import LIGHT
from salesgoals_kit.report.pencil import POINTS
from salesgoals_kit.report.sketches import Draw
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Message

FONT = "DejaVu Sans"  # matplotlib ships it
UNKNOWN_GLYPH = "\u25a1"
_DIRECTIONS = dict.fromkeys(range(0x2066, 0x206A))
STYLE: dict[str, Any] = {
    "font.family": [FONT],
    "text.parse_math": False,
    "text.color": LIGHT["ink"],
    "axes.edgecolor": LIGHT["line"],
    "grid.color": LIGHT["line"],
    "xtick.color": LIGHT["soft"],
    "ytick.color": LIGHT["soft"],
}


def drawn(
    texts: Texts, draw: Draw, heights: tuple[int, int], name: str, finding: Message, caption: Message | None
) -> Figure:
    """Return a figure block of what ``draw`` draws; ``heights`` of the wide and of the narrow picture, in pixels."""
    pictures = (_on_a_sheet(draw, wide(heights[0])), _on_a_sheet(draw, narrow(heights[1])))
    return figure(texts, pictures, name, finding, caption)


def _on_a_sheet(draw: Draw, size: Size) -> Picture:
    """Draw on a sheet of its own, whatever style and backend the notebook has chosen, and leave both as they were."""
    small = {"xtick.labelsize": size.text * POINTS, "ytick.labelsize": size.text * POINTS}
    with matplotlib.style.context(["default", sns.axes_style("white"), STYLE, small]):
        inches = (size.width / 96, size.height / 96)
        sheet = Sheet(figsize=inches, dpi=96 * SCALE, layout="constrained", facecolor=LIGHT["paper"])
        canvas: Any = FigureCanvasAgg(sheet)
        ax = sheet.add_subplot()
        sns.despine(ax=ax, left=True)
        draw(ax, size)
        _replace_unknown_glyphs(ax)
        canvas.draw()
        return picture(np.asarray(canvas.buffer_rgba()), size)


def _replace_unknown_glyphs(ax: Axes) -> None:
    for text in ax.texts:
        text.set_text(_writable(text.get_text()))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(_writing(axis.get_major_formatter()))


def _writing(said: Formatter) -> Formatter:
    return FuncFormatter(lambda value, place: _writable(said(value, place)))


def _writable(text: str) -> str:
    known = _glyphs()
    plain = text.translate(_DIRECTIONS)
    return "".join(letter if ord(letter) in known or letter == "\n" else UNKNOWN_GLYPH for letter in plain)


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(FT2Font(font_manager.findfont(FONT)).get_charmap())
