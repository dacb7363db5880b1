"""The sizes of letters on pages and in charts, in one place: few steps, none below 12 pixels.

A page's sizes are in rem, so that they grow with what the reader has set; ``NARROW`` holds those that differ on a
phone, ``PAPER`` those of print.
"""

from __future__ import annotations

SCALE = {
    "small": "0.85rem",
    "note": "0.9rem",
    "body": "1rem",
    "lead": "1.0625rem",
    "section": "1.2rem",
    "figure": "1.6rem",
    "title": "1.8rem",
}
NARROW = {"title": "1.5rem"}
PAPER = {
    "small": "8pt",
    "note": "8.5pt",
    "body": "9.5pt",
    "lead": "10.5pt",
    "section": "12pt",
    "figure": "15pt",
    "title": "18pt",
}
CHART = 13.5  # CSS pixels of a chart's letters, drawn for the width it is shown in
SMALLEST = 12.0  # CSS pixels that any letter on a screen has at least


def sizes(scale: dict[str, str]) -> str:
    """Return sizes as CSS variables.

    >>> sizes({"body": "1rem"})
    '--sg-t-body:1rem'
    """
    return ";".join(f"--sg-t-{name}:{size}" for name, size in scale.items())
