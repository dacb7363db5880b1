"""The colours of pages and charts, in one place: ink on paper, one accent for goals, one for what binds.

Charts are drawn on the ``sheet``, which is white in the dark as well.

Blue and orange-brown stay apart for every common kind of colour blindness; text colours hold 4.5 : 1 on paper and wash.
"""

from __future__ import annotations

LIGHT = {
    "ink": "#1b1f24",
    "soft": "#5b6570",
    "faint": "#a9b2bb",
    "line": "#d9dee3",
    "paper": "#ffffff",
    "sheet": "#ffffff",
    "wash": "#f5f7f9",
    "goal": "#0b6e99",
    "core": "#72afcb",
    "band": "#bbd8e5",
    "warn": "#b3540a",
    "good": "#2b7a4b",
}
DARK = {
    "ink": "#e8eaed",
    "soft": "#a3adb8",
    "faint": "#6b7580",
    "line": "#39414a",
    "paper": "#15181c",
    "sheet": "#ffffff",
    "wash": "#1d2127",
    "goal": "#6cc0e5",
    "core": "#3f7d98",
    "band": "#2b4d5e",
    "warn": "#f0a05a",
    "good": "#73c793",
}


def variables(colours: dict[str, str]) -> str:
    """Return the colours as CSS variables.

    >>> variables({"ink": "#000"})
    '--sg-ink:#000'
    """
    return ";".join(f"--sg-{name}:{colour}" for name, colour in colours.items())
