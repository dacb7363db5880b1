"""A mail's body as HTML that mail readers can show, and as plain text that says the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from string import Template
from typing import TYPE_CHECKING

import css_inline
from markupsafe import Markup

from salesgoals_kit.report.content import Chart
from salesgoals_kit.report.gist import Stand
from salesgoals_kit.report.letters import Body
from salesgoals_kit.report.palette import DARK, LIGHT
from salesgoals_kit.report.paper import environment, sheet
from salesgoals_kit.report.rep import Section
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Chance, Message, Money, Name, Value, say

if TYPE_CHECKING:
    from salesgoals_kit.report.mail import Image

WARNS = re.compile(r"off_track|out_of_reach|at_risk|missed")
_BLANK_LINES = re.compile(r"\n\s*\n+")


def html_of(body: Body, preheader: str, images: Sequence[Image], cid: Callable[[Image], str]) -> str:
    """Return a mail's HTML, its styles inlined; ``cid`` gives the address that a picture is shown by."""
    texts = body.texts
    html = environment().get_template("mail.html.j2").render(
        body=body,
        say=say,
        preheader=preheader,
        pictures=list(zip(body.charts, images, strict=True)),
        cid=cid,
        shown=lambda stand: _in_full(texts, stand.shown) if isinstance(stand.shown, Money) else texts.html(stand.shown),
        chance=lambda stand: texts.html(Chance(stand.chance)),
        is_number=lambda stand: not isinstance(stand.shown, (Message, Name, str)),
        warns=lambda stand: WARNS.search(stand.state.id) is not None,
        dark=Markup(_inked("maildark", True)),
        wash=LIGHT["wash"],
        paper=LIGHT["paper"],
        white=LIGHT["paper"],
        goal=LIGHT["goal"],
    )  # fmt: skip
    return _BLANK_LINES.sub("\n", _inliner().inline(html))


def plain_of(body: Body) -> str:
    """Return a mail as plain text: the same sentences and numbers, a row of a table on a line."""
    texts = body.texts
    pictures = [_picture(texts, chart) for chart in body.charts]
    parts = [list(_part(texts, part)) for part in body.parts]
    first, then = (pictures, parts) if body.stands else (parts, pictures)  # without numbers, what to do comes first
    blocks = [
        [" · ".join(texts.text(fact) for fact in body.about)],
        [texts.text(body.headline)],
        [texts.text(body.lead)],
        [texts.text(mark) for mark in body.marks],
        [] if body.heading is None else [texts.text(body.heading)],
        [line for stand in body.stands for line in _lines(texts, stand)],
        *first,
        *then,
        [] if body.link is None else [f"{texts.text(say('mail.open'))}:", body.link],
        [] if body.file is None else [texts.text(body.file)],
        [texts.text(fact) for fact in body.foot],
    ]
    return "\n\n".join("\n".join(lines) for lines in blocks if lines) + "\n"


def preheader_of(body: Body) -> str:
    """Return what mail readers show beside the subject: the numbers with states and chances, then the lead."""
    texts = body.texts
    numbers = [texts.text(_short(stand)) for stand in body.stands]
    first = [texts.text(said) for part in body.parts[:1] for said in part.sentences[:1]]
    return " · ".join([*(numbers or first), texts.text(body.lead)])


def _short(stand: Stand) -> Message:
    said: dict[str, Value] = {"title": stand.title, "shown": stand.shown}
    if stand.state is not None:
        said["state"] = stand.state
    if stand.chance is not None:
        said["chance"] = Chance(stand.chance)
    if stand.state is not None and stand.chance is not None:
        return Message("mail.preheader_state_chance", said)
    if stand.state is not None:
        return Message("mail.preheader_state", said)
    return Message("mail.preheader" if stand.chance is None else "mail.preheader_chance", said)


def _lines(texts: Texts, stand: Stand) -> list[str]:
    """Return a number that matters as a line, and what belongs to it below."""
    state: list[Value] = [] if stand.state is None else [stand.state]
    state += [] if stand.chance is None else [Chance(stand.chance)]
    below = [" · ".join(texts.text(one) for one in said) for said in (state, stand.beside) if said]
    return [f"• {texts.text(stand.title)}: {_in_full(texts, stand.shown)}", *(f"  {line}" for line in below)]


def _picture(texts: Texts, chart: Chart) -> list[str]:
    said = [chart.title, say("mail.picture", finding=chart.alt), chart.caption]
    return [texts.text(one) for one in said if one is not None]


def _part(texts: Texts, part: Section) -> Iterator[str]:
    yield texts.text(part.heading)
    if part.columns:
        yield " | ".join(texts.text(column) for column in part.columns)
    for cells in part.cells:
        yield " | ".join(texts.text(cell) for cell in cells)
    if part.caption is not None:
        yield texts.text(part.caption)
    yield from (f"• {texts.text(sentence)}" for sentence in part.sentences)


def _in_full(texts: Texts, value: Value) -> str:
    """Return the number one is measured by: an amount of money to the last unit, as the page's cards have it."""
    return texts.amount(value.amount) if isinstance(value, Money) else texts.text(value)


@cache
def _inliner() -> css_inline.CSSInliner:
    """Return what writes the sheet's styles into elements; the styles for the dark stay where they are."""
    return css_inline.CSSInliner(
        inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False, extra_css=_inked("mail", False)
    )


@cache
def _inked(name: str, dark: bool) -> str:
    colours = DARK if dark else LIGHT
    return Template(sheet(name)).substitute(colours, white=LIGHT["paper"])
