"""What every page and every fragment is written on: the templates, which escape all text, and the style sheets."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from salesgoals_kit.report.palette import DARK, LIGHT, variables
from salesgoals_kit.report.scale import NARROW, PAPER, SCALE, sizes
from salesgoals_kit.words import say

TEMPLATES = Path(str(resources.files("salesgoals_kit.report"))) / "templates"
_NOTEBOOK_STYLE = re.compile(r"^<style data-salesgoals>.*?</style>", re.DOTALL)


@cache
def environment() -> Environment:
    """Return the environment that templates are rendered in: all text escaped, a name that is not there an error."""
    return strict(Environment(loader=FileSystemLoader(TEMPLATES)))


def strict(made: Environment) -> Environment:
    """Return an environment with the kit's manners: it escapes, it stops at what is missing, it knows `say`."""
    made.autoescape = True
    made.undefined = StrictUndefined
    made.trim_blocks = made.lstrip_blocks = True
    made.globals["say"] = say
    return made


@cache
def page_style() -> str:
    """Return the style sheet of a page: light, dark on screens that ask for it, and paper."""
    return (
        f":root{{color-scheme:light dark;{variables(LIGHT)};{sizes(SCALE)}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{variables(DARK)}}}}}"
        f"@media screen and (max-width:500px){{:root{{{sizes(NARROW)}}}}}"
        f"@media print{{:root{{color-scheme:light;{sizes(PAPER)}}}}}"
        f"{sheet('blocks')}{sheet('page')}"
    )


@cache
def index_style() -> str:
    """Return the style sheet of the index: that of a page, and what a table of many reports needs."""
    return page_style() + sheet("index")


@cache
def notebook_style() -> str:
    """Return the style element that goes before a block in a notebook, where there is no page around it.

    It is scoped to ``.sg`` and light, as the charts are.
    """
    scope = f".sg{{{variables(LIGHT)};{sizes(SCALE)};background:var(--sg-paper);color:var(--sg-ink);padding:2px 4px}}"
    return f"<style data-salesgoals>{scope}{sheet('blocks')}</style>"


def without_style(html: str) -> str:
    """Return a block's HTML without its `notebook_style`, whichever version of the kit wrote it."""
    return _NOTEBOOK_STYLE.sub("", html)


def sheet(name: str) -> str:
    """Return a style sheet without comments and line breaks."""
    text = re.sub(r"/\*.*?\*/", "", (TEMPLATES / "css" / f"{name}.css").read_text("utf-8"), flags=re.DOTALL)
    return re.sub(r"\s*([{};])\s*", r"\1", " ".join(text.split()))
