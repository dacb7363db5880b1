"""A waterfall: from one figure over what was taken away and added to another, one step under the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from salesgoals_kit.report import labels
from salesgoals_kit.report.canvas import Size, shortened
from salesgoals_kit.report.palette import LIGHT
from salesgoals_kit.report.pencil import Axes, write
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Message, Points, say

ROOM = 0.05  # of the width, left and right of the outermost end
ROW = 46  # CSS pixels
LETTERS = {True: 44, False: 100}  # of a row's name and amount, narrow or not
Tone = Literal["place", "plain", "moved"]


@dataclass(frozen=True)
class Drop:
    """One row: what it is, and how much it takes away or adds; of a ``place`` where it stands.

    ``plain`` steps are drawn in grey: they are not for anybody to change.
    """

    title: Message
    amount: float
    tone: Tone = "moved"


def placed(drops: Sequence[Drop]) -> list[tuple[float, float]]:
    """Return from where to where each row goes: a step from where the one before ended, a place from itself to itself.

    >>> title = Message("x")
    >>> placed([Drop(title, 10.0, "place"), Drop(title, -3.0), Drop(title, 1.0), Drop(title, 8.0, "place")])
    [(10.0, 10.0), (10.0, 7.0), (7.0, 8.0), (8.0, 8.0)]
    """
    found: list[tuple[float, float]] = []
    at = 0.0
    for drop in drops:
        begins, at = (drop.amount, drop.amount) if drop.tone == "place" else (at, at + drop.amount)
        found.append((begins, at))
    return found


def height(drops: Sequence[Drop]) -> int:
    """Return how high a chart of so many rows is, in CSS pixels."""
    return 24 + ROW * len(drops)


def waterfall(texts: Texts, drops: Sequence[Drop], unit: str) -> Callable[[Axes, Size], None]:
    """Draw each step as a bar under its name and amount, places as strokes; the axis is as wide as the steps go.

    It has no zero: the lengths of bars compare with one another, not with the places.
    """
    spans = placed(drops)
    low, high = min(min(span) for span in spans), max(max(span) for span in spans)
    room = ROOM * ((high - low) or abs(high) or 1.0)

    def draw(ax: Axes, size: Size) -> None:
        for y, (drop, (begins, ends)) in enumerate(zip(drops, spans, strict=True)):
            if drop.tone == "place":
                ax.plot([ends] * 2, [y - 0.2, y + 0.24], color=LIGHT["ink"], linewidth=4, solid_capstyle="butt")
            else:
                gain = "goal" if ends >= begins else "warn"
                colour = LIGHT["faint" if drop.tone == "plain" else gain]
                ax.barh(y, ends - begins, 0.36, begins, color=colour)
                ax.plot([begins] * 2, [y - 0.2, y + 0.2], color=LIGHT["soft"], linewidth=1)
            if y + 1 < len(drops):
                ax.plot([ends] * 2, [y + 0.2, y + 0.8], color=LIGHT["soft"], linewidth=1)
            backed = {"facecolor": LIGHT["paper"], "edgecolor": "none", "pad": 1}
            said = drop_label(texts, drop, unit, narrow=size.narrow)
            write(ax, low - room, y, said, size, by=(0, 20), bbox=backed)
        ax.set(xlim=(low - room, high + room), ylim=(len(drops) - 0.55, -0.8), yticks=[], xticks=[])
        ax.spines["bottom"].set_visible(False)

    return draw


def drop_label(texts: Texts, drop: Drop, unit: str, *, narrow: bool = False) -> str:
    """Return what a row is and its amount; what is too long to stand in a row is cut, the amount never is."""
    amount = shown(texts, drop, unit)
    title = shortened(texts.text(drop.title), LETTERS[narrow] - len(amount))
    return texts.text(say("waterfall.step", title=title, amount=amount))


def shown(texts: Texts, drop: Drop, unit: str) -> str:
    """Return the amount of a row as text: of a step signed, of a rate in points; rates to the tenth of a per cent."""
    if drop.tone == "place":
        return texts.percent(drop.amount, 1) if unit == "rate" else labels.value_label(texts, drop.amount, unit)
    if unit == "rate":
        return texts.text(Points(drop.amount))
    amount = labels.value_label(texts, drop.amount, unit)
    return f"+{amount}" if drop.amount > 0 else amount
