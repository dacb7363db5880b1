"""The pages in a real browser: whole, readable, accessible, printable; and nothing runs."""

from __future__ import annotations

from collections.abc import Callable
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
from tests.browser import Browser, broken, cut, make_longer, misprinted, sideways, smallest, violations

pytestmark = pytest.mark.service
EVIL = {
    "script": "<script>document.title = 1</script>",
    "image": '<img src=x onerror="document.title=1">',
    "link": "javascript:alert(1)",
    "entities": "&lt;b&gt; &amp;amp; &#60;script&#62;",
    "long": "W" * 300,
    "directions": "\u202egnp.exe \u0645\u062d\u0645\u062f \u200f",
    "lines": "North\r\nBcc: everybody@example.org\n\nSouth",
    "emoji": "\U0001f680 Team \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "polish": "Za\u017c\u00f3\u0142\u0107 g\u0119\u015bl\u0105 ja\u017a\u0144",
    "formula": '=HYPERLINK("http://example.org","click")',
}


@pytest.fixture
def demo(report: tuple[NotebookNode, Content], stamp: dict[str, str], tmp_path: Path) -> Path:
    write_page(*report, tmp_path / "page.html", stamp)
    return tmp_path / "page.html"


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (768, "dark"), (1280, "light"), (1600, "dark")])
def test_every_kind_of_block_is_whole_on_any_screen(browser: Browser, demo: Path, width: int, scheme: str) -> None:
    assert browser.look(demo, broken, width=width, scheme=scheme) == []


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_words_of_another_language_that_are_longer_by_a_third_find_room(
    browser: Browser, demo: Path, width: int
) -> None:
    def longer(page: Any) -> list[str]:
        make_longer(page)
        return broken(page)

    assert browser.look(demo, longer, width=width) == []


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_no_rule_of_accessibility_is_broken(browser: Browser, demo: Path, width: int, scheme: str) -> None:
    assert browser.look(demo, violations, width=width, scheme=scheme) == []


def test_it_prints_on_a4_without_a_chart_that_is_cut(browser: Browser, demo: Path) -> None:
    assert browser.look(demo, misprinted) == []


BROKEN = """
<div style="width:1400px">wide</div>
<p style="width:40px;overflow:hidden;white-space:nowrap">this is cut</p>
<p style="font-size:9px">small</p>
<p style="color:#bbb">faint</p>
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">
<h6>too deep</h6>
<details style="display:none"><summary>never</summary>shown on paper</details>
<style>.sg figure img { height: 1400px !important; max-height: none !important }</style>
"""
FOUND: dict[Callable[[Any], list[str]], tuple[str, ...]] = {
    broken: ("wider than the window", "cut: this is cut", "letters of 9.0 pixels"),
    violations: ("color-contrast", "image-alt", "heading-order"),
    misprinted: ("one is cut by the end of a sheet", "folded and not printed: shown on paper", "wider than the sheet"),
}


@pytest.mark.parametrize("check", FOUND)
def test_the_checks_find_what_is_broken(browser: Browser, demo: Path, check: Callable[[Any], list[str]]) -> None:
    """A check that finds nothing would always pass."""
    html = demo.read_text("utf-8")
    before, main, after = html.partition('<main id="report" tabindex="-1">')
    demo.write_text(before + main + BROKEN + after, "utf-8")
    found = browser.look(demo, check)
    assert [fault for fault in FOUND[check] if not any(fault in one for one in found)] == []


@pytest.mark.parametrize(("width", "narrow"), [(390, True), (768, True), (1280, False)])
def test_charts_come_in_the_size_of_the_screen_with_letters_of_12_pixels(
    browser: Browser, demo: Path, width: int, narrow: bool
) -> None:
    images = "[...document.images].map(i => [i.currentSrc == i.src, i.width / i.naturalWidth, i.naturalWidth])"
    shown = browser.look(demo, lambda page: page.evaluate(images), width=width)
    assert shown
    for is_wide, scale, natural in shown:
        assert is_wide is not narrow
        drawn_for = natural if narrow else natural / 2  # a source with 2x tells its size in CSS pixels
        assert 13.5 * scale * natural / drawn_for >= 12


def test_a_hostile_report_runs_nothing_and_does_not_break_the_layout(
    browser: Browser,
    content: Content,
    texts: Texts,
    notebook_of: Callable[..., NotebookNode],
    stamp: dict[str, str],
    tmp_path: Path,
) -> None:
    for name, evil in EVIL.items():
        said = say("t.whose", name=Name(evil), value=Money(1))
        hostile = replace(content, owner=Owner(evil), headline=said, lead=said)
        block = blocks.group(blocks.heading(texts, said, name="x"), blocks.bullets(texts, [said]))
        folder = tmp_path / "2026Q1" / f"team-{name}"
        folder.mkdir(parents=True)
        write_page(notebook_of(block, hostile), hostile, folder / "goal_setting.html", stamp)
        (folder / "goal_setting.json").write_text(hostile.as_json(), "utf-8")
        for width in (390, 1280):
            assert browser.look(folder / "goal_setting.html", untouched, width=width) == [], name
    assert browser.look(write_index(tmp_path), sideways, width=390) <= 0
    assert browser.ran == [], "a dialog, a message on the console, an error or a request"


def untouched(page: Any) -> list[str]:
    """Return what a hostile word has done to a page: its layout, its title, an image it brought."""
    done = [] if page.title() != "1" else ["the title"]
    return [*broken(page), *done, *page.evaluate("[...document.images].map(image => image.outerHTML)")]


def test_the_keyboard_reaches_the_report_the_contents_and_what_is_folded(browser: Browser, demo: Path) -> None:
    def walk(page: Any) -> list[str]:
        focused = []
        for _ in range(60):
            page.keyboard.press("Tab")
            focused.append(page.evaluate(FOCUSED))
        return focused

    reached = browser.look(demo, walk)
    assert reached[0] == "#report"
    assert {"#made", "#glossary", "SUMMARY", "#t-heading-0"} <= set(reached)
    assert not [one for one in reached if one.startswith("unseen")]


FOCUSED = """() => {
    const at = document.activeElement, style = getComputedStyle(at);
    if (at === document.body) return 'BODY';
    const unseen = style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2;
    if (unseen) return `unseen ${at.outerHTML.slice(0, 80)}`;
    return at.getAttribute('href') || at.tagName
}"""


def test_the_skip_link_leads_past_the_title(browser: Browser, demo: Path) -> None:
    def skip(page: Any) -> str:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        return str(page.evaluate("document.activeElement.id"))

    assert browser.look(demo, skip) == "report"


def test_the_smallest_letters_and_cut_texts_are_measured_at_all(browser: Browser, demo: Path) -> None:
    assert 12 <= browser.look(demo, smallest) <= 16
    assert browser.look(demo, cut) == []
