"""How the share of customers who leave, month of tenure by month of tenure, is drawn."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
import pandas as pd

from salesgoals_kit.report import labels
from salesgoals_kit.report.canvas import Size
from salesgoals_kit.report.palette import LIGHT
from salesgoals_kit.report.pencil import Axes, value_axis, write
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count

LONGEST = {True: 24, False: 48}  # months that there is room for, narrow or not
FEW = 30  # customers in a month of tenure, under which its share says little and is not drawn
EVERY = 6  # months are named on the axis


def worth_drawing(found: pd.DataFrame) -> pd.DataFrame:
    """Return the months of tenure that at least ``FEW`` customers began; all months where there is none such.

    >>> worth_drawing(pd.DataFrame({"month": [1, 2, 3], "at_risk": [50, 30, 29]}))["month"].tolist()
    [1, 2]
    """
    enough = found[found["at_risk"] >= FEW]
    return enough if len(enough) else found


def hazard(texts: Texts, found: pd.DataFrame, marked: Collection[int]) -> Callable[[Axes, Size], None]:
    """Draw a bar for each month of tenure with its range as a stroke; months that stand out are dark and labelled."""

    def draw(ax: Axes, size: Size) -> None:
        rows = found[found["month"] <= max(LONGEST[size.narrow], *marked, 0)]
        months, share = rows["month"].to_numpy("int64"), rows["hazard"].to_numpy("float64")
        told = np.isin(months, list(marked))
        ax.bar(months, share, width=0.72, color=[LIGHT["warn" if one else "core"] for one in told])
        ax.vlines(months, rows["low"], rows["high"], LIGHT["soft"], linewidth=1)
        value_axis(ax, texts, "rate")
        ax.set_ylim(bottom=0)
        for month, high, value in zip(months[told], rows["high"].to_numpy()[told], share[told], strict=True):
            text = labels.value_label(texts, float(value), "rate")
            write(ax, float(month), float(high), text, size, by=(0, 4), ha="center", va="bottom")
        ticks = sorted({*range(EVERY, int(months.max(initial=1)) + 1, EVERY), *months[told].tolist()})
        ticks = [tick for tick in ticks if tick in marked or all(abs(tick - one) > 1 for one in marked)]
        ax.set_xticks(ticks, [texts.text(Count(tick)) for tick in ticks])
        ax.margins(x=0.01)

    return draw
