"""What the HTML of a mail may hold: read as a mail reader would read it, with every fault that is found.

Outlook knows no flex, no grid and no background of a picture; Gmail cuts off what is long; all of them drop what runs
or is loaded from elsewhere, and some turn colours over where only one of text and background is set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from salesgoals_kit.errors import Fault

FORBIDDEN = frozenset({
    "script", "svg", "math", "iframe", "frame", "frameset", "object", "embed", "applet", "form", "input", "button",
    "select", "textarea", "video", "audio", "source", "track", "canvas", "link", "base", "template", "portal",
    "noscript", "picture",
})  # fmt: skip
ATTRIBUTES = frozenset({"srcset", "background", "action", "formaction", "poster", "data", "xlink:href", "ping"})
SCHEMES = ("http", "https", "mailto")
WITHIN = frozenset({"bdi", "b", "strong", "em", "i", "span", "small"})  # of a sentence
VOID = frozenset({"img", "br", "hr", "meta", "wbr", "col", "area"})
LAYOUT = re.compile(
    r"(?<![\w-])(display\s*:\s*(inline-)?(flex|grid)|position\s*:|float\s*:|(var|calc)\s*\()", re.IGNORECASE
)
LOADED = re.compile(r"url\s*\(|@import|expression\s*\(|javascript:|data:|behavior\s*:|-moz-binding", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_CONDITION = re.compile(r"\[if mso\]>|<!\[endif\]")

Attributes = dict[str, str]


@dataclass
class Markup(HTMLParser):
    """The HTML of a mail, read: its pictures' addresses, its heading, what a reader sees, and its faults.

    ``seen`` has a sentence or a cell each, whatever names in it are set apart.
    """

    faults: list[Fault] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    root: Attributes | None = None
    charsets: list[str] = field(default_factory=list)
    _open: list[tuple[str, Attributes]] = field(default_factory=list)
    _breaks: bool = True

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of an element, and of what is wrong with it."""
        given = {name: value or "" for name, value in attrs}
        self._breaks = self._breaks or tag not in WITHIN
        self.faults += _element(tag, given)
        if tag == "html":
            self.root = given
        if tag == "meta" and "charset" in given:
            self.charsets.append(given["charset"].lower())
        if tag == "img":
            self.pictures.append(given.get("src", ""))
            self.faults += self._picture(given)
        if tag == "h1":
            self.headings.append("")
        if tag not in VOID:
            self._open.append((tag, given))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of an element that is closed at once."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Take note of an element's end."""
        self._breaks = self._breaks or tag not in WITHIN
        places = [place for place, (name, _) in enumerate(self._open) if name == tag]
        if places:
            del self._open[places[-1] :]

    def handle_data(self, data: str) -> None:
        """Take note of text: that of a style sheet is none, and what is hidden is not seen."""
        names = [name for name, _ in self._open]
        if "style" in names:
            self.faults += list(_styles("style", data))
            return
        if (
            not data.strip()
            or "title" in names
            or any(_HIDDEN.search(given.get("style", "")) for _, given in self._open)
        ):
            return
        if "h1" in names:
            self.headings[-1] += data
        if self._breaks or not self.seen:
            self.seen.append("")
        self.seen[-1] += data
        self._breaks = False

    def handle_comment(self, data: str) -> None:
        """Refuse comments but those that Outlook reads a table's width from."""
        if not _CONDITION.search(data):
            self.faults.append(Fault("html comment", data.strip()[:40], "none but Outlook's own tables"))
        elif _CONDITION.sub("", data).count("<!"):
            self.faults.append(Fault("html comment", data.strip()[:40], "nothing nested"))
        inner = re.sub(r"</?(table|tr|td)\b|<!\[endif\]", "", data)
        if "<" in inner:
            self.faults.append(Fault("html comment", data.strip()[:40], "tables alone"))

    def unknown_decl(self, data: str) -> None:
        """Refuse a section of data: readers take it for a comment that ends earlier, and what follows for elements."""
        self.faults.append(Fault("html comment", data.strip()[:40], "none but Outlook's own tables"))

    def handle_pi(self, data: str) -> None:
        """Refuse an instruction."""
        self.faults.append(Fault("html comment", data.strip()[:40], "none but Outlook's own tables"))

    def _picture(self, given: Attributes) -> Iterator[Fault]:
        where = f"img {given.get('src', '')[:60]}"
        if not given.get("alt", "").strip():
            yield Fault(where, "no alternative text", "what the picture says")
        if not given.get("width", "").isdigit():
            yield Fault(where, f"width {given.get('width')!r}", "a width in pixels, which Outlook reads")
        if urlsplit(given.get("src", "")).scheme != "cid":
            yield Fault(where, "a picture from elsewhere", "cid: and a part of the mail")
        around = next((cell for name, cell in reversed(self._open) if name == "td"), {})
        colours = {around.get("bgcolor", "").lower(), _background(around), _background(given)}
        if len(colours) != 1 or not all(_COLOUR.fullmatch(colour) for colour in colours):
            yield Fault(where, f"backgrounds {sorted(colours)}", "one colour as bgcolor and as background-color")


def read_markup(html: str) -> Markup:
    """Return the HTML of a mail, read, with every fault of its elements."""
    found = Markup()
    found.feed(html)
    found.close()
    return found


def _element(tag: str, given: Attributes) -> Iterator[Fault]:
    if tag in FORBIDDEN or ":" in tag:
        yield Fault(f"<{tag}>", "is no element of a mail")
    if tag == "meta" and "http-equiv" in given:
        yield Fault("<meta>", f"http-equiv {given['http-equiv']!r}", "none")
    if tag == "table" and given.get("role") != "presentation" and "cells" not in given.get("class", "").split():
        yield Fault("<table>", "neither of data nor of layout", 'role="presentation" on tables for layout')
    for name, value in given.items():
        yield from _attribute(tag, name, value, given)


def _attribute(tag: str, name: str, value: str, given: Attributes) -> Iterator[Fault]:
    if name.startswith("on") or name in ATTRIBUTES:
        yield Fault(f"<{tag} {name}>", "is no attribute of a mail")
    if name == "href" and (fault := _link(tag, value)) is not None:
        yield fault
    if name == "style":
        yield from _styles(f"<{tag} style>", value)
        if _declared(value, "color") and not _COLOUR.fullmatch(_background(given)):
            yield Fault(f"<{tag} style>", "a colour of text without a background-color", "both, or neither")


def _link(tag: str, value: str) -> Fault | None:
    scheme = urlsplit(_CONTROL.sub("", value)).scheme.lower()
    if scheme in SCHEMES and tag == "a":
        return None
    return Fault(f"<{tag} href>", repr(value[:60]), "https:, http: or mailto:")


def _styles(where: str, css: str) -> Iterator[Fault]:
    plain = re.sub(r"/\*.*?\*/|\\", "", css, flags=re.DOTALL)
    if LOADED.search(plain):
        yield Fault(where, "loads or runs something", "colours, sizes and letters alone")
    if LAYOUT.search(plain):
        yield Fault(where, "a layout that Outlook does not know", "tables")


def _background(given: Attributes) -> str:
    return _declared(given.get("style", ""), "background-color").lower()


def _declared(style: str, name: str) -> str:
    """Return what a style says of a property, the last word; nothing where it is silent."""
    found = re.findall(rf"(?:^|;)\s*{name}\s*:\s*([^;]+)", style, re.IGNORECASE)
    return str(found[-1]).strip() if found else ""
