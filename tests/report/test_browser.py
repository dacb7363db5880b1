"""The pages in a real browser: nothing scrolls sideways, words stay readable, nothing runs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode

from salesgoals_kit.owners import Owner
from salesgoals_kit.report import blocks
from salesgoals_kit.report.content import Content
from salesgoals_kit.report.index import write_index
from salesgoals_kit.report.page import write_page
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Money, Name, say

pytestmark = pytest.mark.service
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
SMALLEST = """() => Math.min(...[...document.querySelectorAll('body *')]
    .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .map(e => parseFloat(getComputedStyle(e).fontSize)))"""


def absent(reason: str) -> None:
    """Skip, or fail where everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; under CI it has to be there")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        absent("playwright is not installed")
    with sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        found = found or playwright.chromium.executable_path
        if not Path(found).exists():
            absent("no Chromium is installed")
        running = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield running
        running.close()


def open_page(browser: Any, file: Path, width: int, scheme: str = "light") -> Any:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(file.as_uri())
    return page


def overflow(page: Any) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.fixture
def demo(report: tuple[NotebookNode, Content], stamp: dict[str, str], tmp_path: Path) -> Path:
    write_page(*report, tmp_path / "page.html", stamp)
    return tmp_path / "page.html"


@pytest.mark.parametrize("width", [390, 768, 1280, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_scrolls_sideways_and_words_can_be_read(browser: Any, demo: Path, width: int, scheme: str) -> None:
    page = open_page(browser, demo, width, scheme)
    assert overflow(page) <= 0
    assert page.evaluate(SMALLEST) >= 12
    page.close()


@pytest.mark.parametrize(("width", "narrow"), [(390, True), (768, True), (1280, False)])
def test_charts_come_in_the_size_of_the_screen_with_letters_of_12_pixels(
    browser: Any, demo: Path, width: int, narrow: bool
) -> None:
    page = open_page(browser, demo, width)
    shown = page.evaluate(
        "[...document.images].map(i => [i.currentSrc == i.src, i.width / i.naturalWidth, i.naturalWidth])"
    )
    assert shown
    for is_wide, scale, natural in shown:
        assert is_wide is not narrow
        drawn_for = natural if narrow else natural / 2  # a source with 2x tells its size in CSS pixels
        assert 13.5 * scale * natural / drawn_for >= 12
    page.close()


def test_a_hostile_report_runs_nothing_and_does_not_break_the_layout(
    browser: Any,
    content: Content,
    texts: Texts,
    notebook_of: Callable[..., NotebookNode],
    stamp: dict[str, str],
    tmp_path: Path,
) -> None:
    for i, evil in enumerate(
        ('<img src=x onerror="document.title=1">', "W" * 300, "\u202egnp.exe \u0645\u062d\u0645\u062f")
    ):
        said = say("t.whose", name=Name(evil), value=Money(1))
        hostile = replace(content, owner=Owner(evil), headline=said, lead=said)
        block = blocks.group(blocks.heading(texts, said, name="x"), blocks.bullets(texts, [said]))
        folder = tmp_path / "2026Q1" / f"team-{i}"
        folder.mkdir(parents=True)
        write_page(notebook_of(block, hostile), hostile, folder / "goal_setting.html", stamp)
        (folder / "goal_setting.json").write_text(hostile.as_json(), "utf-8")
        page = open_page(browser, folder / "goal_setting.html", 390)
        assert page.title() != "1"
        assert overflow(page) <= 0
        assert page.evaluate("document.images.length") == 0
        page.close()
    page = open_page(browser, write_index(tmp_path), 390)
    assert overflow(page) <= 0
    page.close()


def test_the_keyboard_reaches_the_report_past_the_title(browser: Any, demo: Path) -> None:
    page = open_page(browser, demo, 1280)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#report"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "report"
    page.close()
