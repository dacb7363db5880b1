"""What a chart is drawn on: two sizes, one for desks and paper and one for phones, small PNGs, and the figure block."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from salesgoals_kit.report.blocks import Block, anchor_of, part
from salesgoals_kit.report.content import Chart
from salesgoals_kit.report.scale import CHART
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Message

SCALE = 2  # device pixels per CSS pixel
COLOURS = 24  # in a PNG: the few of the palette and their edges


@dataclass(frozen=True)
class Size:
    """A rendering in CSS pixels; ``text`` is the height of its letters, 12 px at least when shown as meant."""

    width: int
    height: int
    text: float
    narrow: bool


@dataclass(frozen=True)
class Picture:
    """A rendering: base64 of a PNG, and its size in CSS pixels."""

    png: str
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Figure(Block):
    """A chart as a block, in two sizes."""

    wide: Picture
    narrow: Picture

    @property
    def chart(self) -> Chart:
        """Its record for the content: the name, the finding as alternative text, and the picture for phones."""
        return self.charts[0]


def wide(height: int) -> Size:
    """Return the size for a page on a desk or on paper."""
    return Size(860, height, CHART, False)


def narrow(height: int) -> Size:
    """Return the size for a phone."""
    return Size(358, height, CHART, True)


def picture(pixels: NDArray[np.uint8], size: Size) -> Picture:
    """Return drawn pixels as a PNG of few colours; the same pixels give the same bytes."""
    image = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
    small = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    held = BytesIO()
    small.save(held, format="PNG", optimize=True)
    return Picture(base64.b64encode(held.getvalue()).decode("ascii"), size.width, size.height)


def figure(
    texts: Texts, pictures: tuple[Picture, Picture], name: str, finding: Message, said: Message | None
) -> Figure:
    """Return the block of a chart: the wide and the narrow picture, the finding as its alternative text, a caption."""
    alt = texts.text(finding)
    caption = None if said is None else texts.html(said)
    anchor, (large, small) = f"chart-{anchor_of(name)}", pictures
    html, inside = (part("figure", anchor, *shown, alt, caption) for shown in ((large, small), (small, None)))
    plain = alt if said is None else f"{alt}\n{texts.text(said)}"
    charts = (Chart(name, finding, small.png, small.width, small.height, caption=said),)
    return Figure(kind="figure", html=html, plain=plain, charts=charts, inside=inside, wide=large, narrow=small)


def shortened(text: str, letters: int) -> str:
    """Return a text of at most so many letters.

    >>> shortened("Key accounts, northern region", 12)
    'Key account…'
    """
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}…"


def apart(places: list[float], gap: float) -> list[float]:
    """Return places moved apart so that neighbours keep a gap; their order and their middle stay.

    >>> apart([1.0, 1.0], 0.5), apart([0.0, 2.0], 0.5)
    ([0.75, 1.25], [0.0, 2.0])
    """
    order = sorted(range(len(places)), key=lambda i: (places[i], i))
    moved = [places[i] for i in order]
    for _ in range(50):
        for i in range(1, len(moved)):
            lack = gap - (moved[i] - moved[i - 1])
            if lack > 1e-12:
                moved[i - 1] -= lack / 2
                moved[i] += lack / 2
    back = dict(zip(order, moved, strict=True))
    return [back[i] for i in range(len(places))]
