"""The charts: one visual language, direct labels, each drawn twice, wide and narrow; no state is left behind.

Every `draw_` function takes the finding it shows, which becomes the alternative text, and returns a figure block;
``unit`` is that of the KPI: money, rate, count, days, months or times. What a chart has no rows for is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import matplotlib.style
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Sheet
from matplotlib.ft2font import FT2Font
from matplotlib.ticker import Formatter, FuncFormatter

from salesgoals_kit.errors import Fault, SalesGoalsError
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.report import sketches
from salesgoals_kit.report.canvas import SCALE, Figure, Picture, Size, figure, narrow, picture, wide
from salesgoals_kit.report.palette import LIGHT
from salesgoals_kit.report.pencil import POINTS
from salesgoals_kit.report.quantities import Level
from salesgoals_kit.report.ranges import ranges
from salesgoals_kit.report.shapes import MOST_PEOPLE, Span, Standing, recent
from salesgoals_kit.report.sketches import Draw
from salesgoals_kit.report.text import Texts
from salesgoals_kit.report.waterfall import Drop, height, waterfall
from salesgoals_kit.words import Message, Rate, say

FONT = "DejaVu Sans"  # matplotlib ships it
OUTER = Rate(0.8)  # what the outer range of every outlook holds
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


def draw_history(
    texts: Texts,
    history: pd.DataFrame,
    unit: str,
    *,
    finding: Message,
    name: str = "history",
    caption: Message | None = None,
    months: int = 24,
) -> Figure:
    """Return the latest months (columns month, value), and faint behind them the same months a year before."""
    shown = recent(_known(history, "value", name), months)
    return _figure(texts, sketches.history(texts, shown, unit), (300, 260), name, finding, caption)


def draw_outlook(
    texts: Texts,
    history: pd.DataFrame,
    outlook: Outlook,
    levels: Sequence[Level],
    *,
    finding: Message,
    name: str = "outlook",
    caption: Message | None = None,
) -> Figure:
    """Return whole periods so far (columns period, value) and what can be expected of the next, with its levels."""
    draw = sketches.outlook(texts, history.dropna(subset="value"), outlook, levels)
    compared = outlook.period.year_before().name in set(history["period"].astype(str).tail(4))
    said = caption or say(
        "report.chart_ranges_compared" if compared else "report.chart_ranges", outer=OUTER, inner=Rate(0.5)
    )
    return _figure(texts, draw, (340, 300), name, finding, said)


def draw_months_ahead(
    texts: Texts,
    history: pd.DataFrame,
    outlook: Outlook,
    *,
    finding: Message,
    goals: Sequence[Sequence[float]] = (),
    name: str = "months-ahead",
    caption: Message | None = None,
) -> Figure:
    """Return the latest months (columns month, value) and, as a fan, what can be expected of the months to come.

    ``goals`` are marked in the last months: of each goal a value a month, up to the period's last.
    """
    draw = sketches.months_ahead(texts, recent(_known(history, "value", name), 24), outlook, goals)
    marked = "report.chart_fan_with_goals" if goals else "report.chart_fan"
    said = caption or Message(marked, {"outer": OUTER, "inner": Rate(0.6)})
    return _figure(texts, draw, (320, 280), name, finding, said)


def draw_season(
    texts: Texts, profile: pd.DataFrame, *, finding: Message, name: str = "season", caption: Message | None = None
) -> Figure:
    """Return the months of a usual year (columns month from 1, factor), the busiest and the slowest standing out."""
    draw = sketches.season(texts, _known(profile, "factor", name))
    return _figure(texts, draw, (260, 230), name, finding, caption or say("report.chart_season"))


def draw_growth(
    texts: Texts,
    growth: pd.DataFrame,
    *,
    finding: Message,
    name: str = "growth",
    caption: Message | None = None,
    column: str = "growth",
) -> Figure:
    """Return the change of each whole period (columns period and ``column``), the latest standing out."""
    draw = sketches.growth(texts, _known(growth, column, name), column)
    return _figure(texts, draw, (260, 240), name, finding, caption)


def draw_review(
    texts: Texts, rows: Sequence[Standing], *, finding: Message, name: str = "review", caption: Message | None = None
) -> Figure:
    """Return each goal as a line in the middle, its figure as a dot, and what was promised as a bar."""
    if not rows:
        raise _nothing(name)
    height = 50 + 58 * len(rows)
    said = caption or say("report.chart_review", outer=OUTER)
    return _figure(texts, sketches.review(texts, rows), (height, height), name, finding, said)


def draw_ranges(
    texts: Texts, rows: Sequence[Span], unit: str, line: Level, *, finding: Message, name: str, caption: Message
) -> Figure:
    """Return ranges one above the other, and a line through all of them: the goal, or nothing at all."""
    if not rows:
        raise _nothing(name)
    height = 60 + 58 * len(rows)
    return _figure(texts, ranges(texts, rows, unit, line), (height, height), name, finding, caption)


def draw_waterfall(
    texts: Texts, drops: Sequence[Drop], unit: str, *, finding: Message, name: str, caption: Message
) -> Figure:
    """Return how one figure becomes another, step by step."""
    if not drops:
        raise _nothing(name)
    return _figure(texts, waterfall(texts, drops, unit), (height(drops), height(drops)), name, finding, caption)


def draw_fifths(
    texts: Texts, shares: Sequence[float], *, finding: Message, name: str = "fifths", caption: Message | None = None
) -> Figure:
    """Return how many figures fell in each fifth of what their outlooks had held possible, the worst fifth first."""
    draw = sketches.fifths(texts, shares)
    return _figure(texts, draw, (220, 200), name, finding, caption or say("report.chart_fifths"))


def draw_bridge(
    texts: Texts, bridge: pd.DataFrame, *, finding: Message, name: str = "bridge", caption: Message | None = None
) -> Figure:
    """Return how recurring revenue got from its start to its end over the months given (month, start, new, …, end)."""
    draw = sketches.bridge(texts, _known(bridge, "end", name))
    return _figure(texts, draw, (240, 240), name, finding, caption)


def draw_tenure(
    texts: Texts, people: pd.DataFrame, *, finding: Message, name: str = "tenure", caption: Message | None = None
) -> Figure:
    """Return how long people are in the job (columns rep, tenure_months, ramping); a large team is counted in bands."""
    if people.empty:
        raise _nothing(name)
    many = len(people) > MOST_PEOPLE
    draw = sketches.tenure_counts(texts, people) if many else sketches.tenure(texts, people)
    height = 20 + 30 * (6 if many else len(people))
    return _figure(texts, draw, (height, height), name, finding, caption)


def _figure(
    texts: Texts, draw: Draw, heights: tuple[int, int], name: str, finding: Message, caption: Message | None
) -> Figure:
    pictures = (_drawn(draw, wide(heights[0])), _drawn(draw, narrow(heights[1])))
    return figure(texts, pictures, name, finding, caption)


def _drawn(draw: Draw, size: Size) -> Picture:
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


def _known(frame: pd.DataFrame, column: str, name: str) -> pd.DataFrame:
    known = frame.dropna(subset=column)
    if known.empty:
        raise _nothing(name)
    return known


def _nothing(name: str) -> SalesGoalsError:
    return SalesGoalsError("A chart has nothing to show.", [Fault(f"chart {name}", "no rows", "a sentence instead")])
