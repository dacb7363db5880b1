"""A real browser for the tests, and what can be asked of a page that it shows: whole, readable, accessible, printable.

The browser runs in a thread of its own: Playwright keeps an event loop running there, beside which nothing that a
notebook's client does could run.
"""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import pytest

from salesgoals_kit.report.scale import SMALLEST as SMALLEST_LETTERS

T = TypeVar("T")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = """rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations', 'incomplete']})
    .then(found => [...found.violations, ...found.incomplete].flatMap(
        one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 160)}`)))"""
OPEN = "document.querySelectorAll('details').forEach(one => { one.open = true })"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALLEST = """() => Math.min(...[...document.querySelectorAll('body *')]
    .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .map(e => parseFloat(getComputedStyle(e).fontSize)))"""
CUT = """() => {
    const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const hidden = e => !e.checkVisibility() || e.closest('.sg-skip') || getComputedStyle(e).clipPath !== 'none';
    while (walk.nextNode()) {
        const text = walk.currentNode, own = text.parentElement;
        if (!text.data.trim() || own.closest('style') || hidden(own)) continue;
        let above = own, inside = false;
        const range = document.createRange();
        range.selectNodeContents(text);
        let [left, right] = [0, innerWidth];
        for (; above && above !== document.body; above = above.parentElement) {
            const style = getComputedStyle(above), box = above.getBoundingClientRect();
            if (style.clipPath !== 'none' || ['auto', 'scroll'].includes(style.overflowX)) inside = true;
            if (style.overflowX === 'hidden' || style.overflowX === 'clip') {
                left = Math.max(left, box.left);
                right = Math.min(right, box.right);
            }
        }
        if (inside) continue;
        for (const box of range.getClientRects())
            if (box.width && (box.left < left - 1 || box.right > right + 1)) found.push(text.data.slice(0, 60));
    }
    return found
}"""
LONGER = """() => {
    const more = text => text.replace(/\\p{L}{3,}/gu, word => word + 'nieszcz'.slice(0, Math.ceil(word.length * 0.3)));
    const walk = document.createTreeWalker(document.querySelector('.sg-page'), NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) walk.currentNode.data = more(walk.currentNode.data);
    document.querySelectorAll('[data-label]').forEach(cell => { cell.dataset.label = more(cell.dataset.label) })
}"""
FOLDED = """() => [...document.querySelectorAll('details')].flatMap(one => {
    const walk = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
    let last = '';
    while (walk.nextNode()) last = walk.currentNode.data.trim() || last;
    return [last.split(/\\s+/).slice(-3).join(' ')]
})"""
WIDTHS = (390, 768, 1280, 1600)
SCHEMES = ((390, "dark"), (1280, "light"))
A4 = (595, 842)  # points
INSIDE = 680  # CSS pixels between the margins of a sheet


def absent(reason: str) -> None:
    """Skip, or fail where everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; under CI it has to be there")
    pytest.skip(reason)


class Browser:
    """One Chromium: `look` opens a file in it and returns what a function finds on the page.

    ``ran`` holds what pages did that they must not do: dialogs, messages on the console, errors, requests.
    """

    def __init__(self) -> None:
        self.ran: list[str] = []
        self._thread = ThreadPoolExecutor(1)
        self._thread.submit(self._start).result()

    def _start(self) -> None:
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))

    def look(self, file: Path, ask: Callable[[Any], T], *, width: int = 1280, scheme: str = "light") -> T:
        """Return what ``ask`` finds on the page of a file, in a window of this width and a colour scheme."""
        return self._thread.submit(self._look, file, ask, width, scheme).result()

    def _look(self, file: Path, ask: Callable[[Any], T], width: int, scheme: str) -> T:
        page = self._browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
        page.on("dialog", lambda dialog: self._tell(f"dialog: {dialog.message}", dialog.dismiss))
        page.on("console", lambda message: self._tell(f"console: {message.text}"))
        page.on("pageerror", lambda error: self._tell(f"error: {error}"))
        page.on("request", lambda request: self._asked(request.url, file))
        try:
            page.goto(file.absolute().as_uri())
            return ask(page)
        finally:
            page.close()

    def _tell(self, what: str, then: Callable[[], object] = lambda: None) -> None:
        self.ran.append(what)
        then()

    def _asked(self, address: str, file: Path) -> None:
        if not address.startswith("data:") and address.partition("#")[0] != file.absolute().as_uri():
            self._tell(f"request: {address[:200]}")

    def close(self) -> None:
        """End it."""
        self._thread.submit(self._browser.close).result()
        self._thread.submit(self._playwright.stop).result()
        self._thread.shutdown()


def chromium() -> str | None:
    """Return where Chromium is; None where there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def open_browser() -> Browser:
    """Return a browser; the test is skipped where there is none."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        absent("playwright is not installed")
    if chromium() is None:
        absent("no Chromium is installed")
    return Browser()


def sideways(page: Any) -> int:
    """Return by how many pixels the page is wider than the window."""
    return int(page.evaluate(SIDEWAYS))


def smallest(page: Any) -> float:
    """Return the size of the smallest letters, in pixels."""
    return float(page.evaluate(SMALLEST))


def cut(page: Any) -> list[str]:
    """Return the beginnings of texts that reach out of the window or of what holds them."""
    return list(page.evaluate(CUT))


def open_all(page: Any) -> None:
    """Open whatever is folded."""
    page.evaluate(OPEN)


def make_longer(page: Any) -> None:
    """Make all words longer by a third, as another language might."""
    page.evaluate(LONGER)


def violations(page: Any) -> list[str]:
    """Return what breaks a rule of WCAG 2.2 AA or a good practice, or cannot be decided, by axe-core; all opened."""
    open_all(page)
    page.evaluate(axe())
    return _by_axe(page)


def _by_axe(page: Any) -> list[str]:
    return list(page.evaluate(AXE, RULES))


def axe() -> str:
    """Return axe-core's source; the test is skipped where it is not installed."""
    try:
        return (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
    except ModuleNotFoundError:
        absent("axe-playwright-python is not installed")
        raise


def broken(page: Any) -> list[str]:
    """Return what is wrong with a page on a screen: wider than the window, cut texts, letters that are too small."""
    closed = [f"closed: {fault}" for fault in _on_the_screen(page)]
    open_all(page)
    return [*closed, *(f"open: {fault}" for fault in _on_the_screen(page))]


def _on_the_screen(page: Any) -> list[str]:
    over, letters = sideways(page), smallest(page)
    wide = [f"{over} pixels wider than the window"] if over > 0 else []
    small = [f"letters of {letters} pixels"] if letters < SMALLEST_LETTERS else []
    return [*wide, *small, *(f"cut: {text}" for text in cut(page))]


@dataclass(frozen=True)
class Faults:
    """What is wrong with a page on screens, by the rules of accessibility, and on paper."""

    screens: tuple[str, ...]
    rules: tuple[str, ...]
    paper: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """All of it."""
        return (*self.screens, *self.rules, *self.paper)


def faults(page: Any) -> Faults:
    """Return all that is wrong with a page: printed, on every screen closed and open, by axe-core in light and dark."""
    paper = misprinted(page)
    page.emulate_media(media="screen")
    screens, rules = [], []
    for state in ("closed", "open"):
        if state == "open":
            open_all(page)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            screens += [f"{width}, {state}: {fault}" for fault in _on_the_screen(page)]
    page.evaluate(axe())
    for width, scheme in SCHEMES:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        rules += [f"{width}, {scheme}: {fault}" for fault in _by_axe(page)]
    return Faults(tuple(screens), tuple(rules), tuple(paper))


def faulty(browser: Browser, *files: Path) -> dict[str, tuple[str, ...]]:
    """Return what is wrong with each page that anything is wrong with, by its file."""
    found = {f"{file.parent.name}/{file.name}": browser.look(file, faults).all for file in files}
    return {name: wrong for name, wrong in found.items() if wrong}


def pdf(page: Any) -> bytes:
    """Return the page printed on A4."""
    return bytes(page.pdf(prefer_css_page_size=True, print_background=True))


def misprinted(page: Any) -> list[str]:
    """Return what is wrong with the page on paper: charts cut, missing or beyond the edge, what is folded left out."""
    import pypdfium2 as pdfium  # type: ignore[import-untyped,unused-ignore]

    charts, folded = page.locator("figure").count(), list(page.evaluate(FOLDED))
    drawn, faults, said = 0, [], ""
    document = pdfium.PdfDocument(pdf(page))
    for number, sheet in enumerate(document, start=1):
        width, height = sheet.get_size()
        if abs(width - A4[0]) > 2 or abs(height - A4[1]) > 2:
            faults.append(f"sheet {number} is {width:.0f} x {height:.0f}, not A4")
        for chart in sheet.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_IMAGE]):
            drawn += 1
            left, bottom, right, top = chart.get_bounds()
            if left < 0 or bottom < 0 or right > width or top > height:
                faults.append(f"sheet {number}: a chart goes beyond the edge")
        said += sheet.get_textpage().get_text_bounded()
    document.close()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": INSIDE, "height": 900})
    if (over := sideways(page)) > 0:
        faults.append(f"{over} pixels wider than the sheet")
    if drawn != charts:
        faults.append(f"{charts} charts are drawn {drawn} times: one is cut by the end of a sheet, or missing")
    printed = _letters(said)
    return faults + [f"folded and not printed: {text}" for text in folded if _letters(text) not in printed]


def _letters(text: str) -> str:
    return re.sub(r"[^\w]+", "", unicodedata.normalize("NFKC", text))
