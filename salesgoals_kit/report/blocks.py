"""The pieces a report is built of; shown in a notebook they look as they will on the page.

A template shows one or a few in a cell; `group` puts several into one. Only what carries the metadata of a block
reaches the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from markupsafe import Markup, escape

from salesgoals_kit.errors import Fault, SalesGoalsError
from salesgoals_kit.report.content import Chart
from salesgoals_kit.report.gist import Stand
from salesgoals_kit.report.paper import environment, notebook_style
from salesgoals_kit.report.quantities import Level, chance_message, five_points, quantity
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Chance, Count, Message, Money, Value, say

METADATA = "salesgoals"


@dataclass(frozen=True)
class Heading:
    """A heading of the page: the anchor, 2 or 3, and what it says."""

    id: str
    level: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Block:
    """One piece: its kind, its HTML fragment, the same as plain text, and the headings in it.

    ``leads``: it holds the goals or the answer, which stand above the page's list of contents. ``charts``: the records
    of the charts in it, with the pictures that a mail shows; ``finding``: what a heading says. ``inside``: its HTML in
    what a reader opens, where each chart has one picture, that for phones, so that a page stays light (None: ``html``).
    """

    kind: str
    html: Markup
    plain: str
    headings: tuple[Heading, ...] = ()
    leads: bool = False
    charts: tuple[Chart, ...] = ()
    finding: Message | None = None
    inside: Markup | None = None

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
        html = f'{notebook_style()}<div class="sg">{self.html}</div>'
        headings = [asdict(heading) for heading in self.headings]
        facts = {"block": self.kind, "headings": headings, "leads": self.leads}
        return {"text/html": html, "text/plain": self.plain}, {METADATA: facts}


@dataclass(frozen=True)
class Card:
    """One goal: what it is on, its number, what changes, its chance, and the levels beside it.

    ``value`` is a typed value, or a message where the number alone would mislead ("at most 1 of 60 accounts");
    ``unit`` is that of the levels. ``state``: how it stands, and the ``tone`` of that: good, warn or plain.
    """

    title: Message
    value: Value
    unit: str
    chance: float | None = None
    change: Value | None = None
    levels: tuple[Level, ...] = ()
    note: Message | None = None
    state: Message | None = None
    tone: str = "plain"


def heading(texts: Texts, finding: Message, *, level: int = 2, name: str | None = None) -> Block:
    """Return a section's heading, which says what was found; ``name`` where one message heads several sections."""
    if level not in (2, 3):
        raise SalesGoalsError("A section is of level 2 or 3.", [Fault("heading", repr(level), "2 or 3")])
    anchor = anchor_of(name or finding.id)
    plain = texts.text(finding)
    html = part("heading", texts.html(finding), anchor, level)
    return Block(kind="heading", html=html, plain=plain, headings=(Heading(anchor, level, plain),), finding=finding)


def paragraph(texts: Texts, *sentences: Message, lead: Message | None = None, soft: bool = False) -> Block:
    """Return sentences as one paragraph. ``lead`` comes first and stands out: what binds; ``soft``: an aside."""
    said = [sentence for sentence in (lead, *sentences) if sentence is not None]
    if not said:
        raise SalesGoalsError("A paragraph says something.", [Fault("paragraph", "no sentence")])
    html = part("paragraph", texts.html(lead) if lead else None, [texts.html(sentence) for sentence in sentences], soft)
    return Block(kind="paragraph", html=html, plain=" ".join(texts.text(sentence) for sentence in said))


def bullets(texts: Texts, items: Sequence[Message]) -> Block:
    """Return sentences as a list."""
    if not items:
        raise SalesGoalsError("A list says something.", [Fault("bullets", "no item")])
    html = part("bullets", [texts.html(item) for item in items])
    return Block(kind="list", html=html, plain="\n".join(f"- {texts.text(item)}" for item in items))


def leading(texts: Texts, items: Sequence[Message], most: int) -> Block:
    """Return the first sentences as a list, at most ``most``, and the others in one that a reader opens."""
    if len(items) <= most:
        return bullets(texts, items)
    more = folded(texts, say("report.more", count=Count(len(items) - most)), bullets(texts, items[most:]))
    return group(bullets(texts, items[:most]), more)


def goal_cards(texts: Texts, cards: Sequence[Card]) -> Block:
    """Return the goals that matter, each with number, change, chance and levels."""
    if not cards:
        raise SalesGoalsError("Cards show at least one goal.", [Fault("goal_cards", "no card")])
    html = part("goals", [_card(texts, card) for card in cards])
    return Block(kind="goals", html=html, plain="\n".join(_card_line(texts, card) for card in cards), leads=True)


def stand_of(card: Card) -> Stand:
    """Return a card as a mail has it: with what changes and its levels; why it is one of the few stands elsewhere."""
    levels = tuple(level_message(level, card.unit) for level in card.levels)
    beside = [card.change] if card.change is not None else []
    beside += [say("mail.levels", levels=levels)] if levels else []
    return Stand(card.title, card.value, card.chance, card.state, tuple(beside))


def group(*blocks: Block) -> Block:
    """Return several blocks as one, for a cell that shows a heading, a chart and a sentence."""
    headings = tuple(heading for block in blocks for heading in block.headings)
    html = Markup("\n").join(block.html for block in blocks)
    plain = "\n".join(block.plain for block in blocks)
    charts = tuple(_under_headings(blocks))
    leads = any(block.leads for block in blocks)
    inside = Markup("\n").join(block.html if block.inside is None else block.inside for block in blocks)
    return Block(kind="group", html=html, plain=plain, headings=headings, leads=leads, charts=charts, inside=inside)


def _under_headings(blocks: Sequence[Block]) -> Iterator[Chart]:
    """Give the charts, each with the heading that it stands under."""
    finding: Message | None = None
    for block in blocks:
        finding = block.finding or finding
        yield from (chart if chart.title is not None else replace(chart, title=finding) for chart in block.charts)


def folded(texts: Texts, summary: Message, *blocks: Block) -> Block:
    """Return blocks that a reader opens when he wants them: long tables, what few look at. In print they are open."""
    inner = group(*blocks)
    html = part("folded", texts.html(summary), inner.inside)
    return Block(kind="folded", html=html, plain=f"{texts.text(summary)}\n{inner.plain}", headings=inner.headings)


def level_message(level: Level, unit: str) -> Message:
    """Return a level with its value and its chance: commit €1.09M (80 %)."""
    name = Message(f"report.level_{level.name}", {})
    value = quantity(level.value, unit)
    if level.chance is None:
        return say("report.level", level=name, value=value)
    return say("report.level_chance", level=name, value=value, chance=chance_message(level.chance, short=True))


def part(macro: str, *values: object) -> Markup:
    """Return what a macro of ``blocks.html.j2`` makes of the values; text that is not markup is escaped."""
    module = environment().get_template("blocks.html.j2").module
    return Markup(str(getattr(module, macro)(*values)).strip())


def anchor_of(name: str) -> str:
    """Return a name as an id that a link can point to.

    >>> anchor_of("goals.what_binds")
    'goals-what-binds'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _card(texts: Texts, card: Card) -> dict[str, Any]:
    return {
        "title": texts.html(card.title),
        "value": _in_full(texts, card.value),
        "change": None if card.change is None else texts.html(card.change),
        "chance": None if card.chance is None else texts.text(Chance(card.chance)),
        "width": None if card.chance is None else five_points(card.chance),
        "levels": [texts.html(level_message(level, card.unit)) for level in card.levels],
        "note": None if card.note is None else texts.html(card.note),
        "state": None if card.state is None else texts.html(card.state),
        "tone": card.tone,
    }


def _card_line(texts: Texts, card: Card) -> str:
    shown = _card(texts, card)
    first = [shown["title"], shown["state"], shown["value"], shown["change"], shown["chance"]]
    found = [*first, *shown["levels"], shown["note"]]
    return ", ".join(Markup(item).striptags() for item in found if item is not None)


def _in_full(texts: Texts, value: Value) -> Markup:
    """Return the number one is measured by: an amount of money to the last unit."""
    return escape(texts.amount(value.amount)) if isinstance(value, Money) else texts.html(value)
