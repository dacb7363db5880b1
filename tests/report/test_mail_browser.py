"""Mails in a real browser, as a reader shows them: no sideways scroll, in the light and in the dark, nothing runs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode

from salesgoals_kit.owners import Owner
from salesgoals_kit.report.content import Content
from salesgoals_kit.report.gist import Gist, Stand
from salesgoals_kit.report.mail import Letter, letter_of, rep_letter
from salesgoals_kit.report.palette import DARK, LIGHT
from salesgoals_kit.report.rep import RepGoal, RepPage, Section
from salesgoals_kit.words import Chance, Message, Money, Name, Rate, say
from tests.mailing import LINK, PAGE, shown

pytestmark = pytest.mark.service
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
CONTRASTS = """() => {
  const light = c => { const v = c.map(x => x / 255).map(x => x <= .04045 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4);
    return .2126 * v[0] + .7152 * v[1] + .0722 * v[2] };
  const parts = s => s.match(/[\\d.]+/g).map(Number);
  const behind = e => { for (; e; e = e.parentElement) { const c = parts(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c.slice(0, 3) } return [255, 255, 255] };
  return [...document.querySelectorAll('body *')]
    .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .map(e => { const a = light(parts(getComputedStyle(e).color)), b = light(behind(e));
      return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), parseFloat(getComputedStyle(e).fontSize), e.innerText] })
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    absent = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
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


def filled(content: Content, name: str) -> Content:
    """Return a content whose every place for a name holds this one."""
    said = say("t.whose", name=Name(name), value=Money(1_234_567))
    acts = Section("acts", say("mail.heading_acts"), sentences=(said, said))
    stands = (
        Stand(said, Money(1_234_567_890), 0.1, say("tracking.state_off_track"), (said, Name(name))),
        Stand(say("t.win_rate"), said, 0.5, say("tracking.state_on_track"), ()),
    )
    columns = tuple(say("t.col", name=title) for title in ("a longer title", "2026Q1", "a week", "a week now"))
    cells = tuple(
        (Name(name), Money(352_000 + i), Rate(0.4), Message("report.short_over", {"rate": Rate(0.95)}))
        for i in range(3)
    )
    table = Section("months", say("t.heading_1"), columns, cells, (said,), said)
    goal = RepGoal(said, Money(1_234_567), "money", 0.4, say("t.whose", name=Name(name), value=Chance(0.4)))
    rep = RepPage(Owner(name, name), name, said, said, (goal,), (table,))
    gist = Gist(say("t.heading_0"), stands, (acts,))
    return replace(content, owner=Owner(name), company=name, headline=said, lead=said, gist=gist, reps=(rep,))


NAMES = {
    "plain": "Central",
    "hostile": "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>",
    "one word": "W" * 300,
    "arabic": "فريق المبيعات المركزي",
    "emoji": "🚀👩\u200d👩\u200d👧 Łódź",
}


@pytest.fixture(scope="module", params=NAMES)
def mails(request: pytest.FixtureRequest, report: tuple[NotebookNode, Content]) -> list[Letter]:
    content = filled(report[1], NAMES[request.param])
    return [letter_of(content, link=LINK, page=PAGE), rep_letter(content, content.reps[0], page=PAGE)]


@pytest.mark.parametrize("width", [390, 600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_scrolls_sideways_runs_or_fades(browser: Any, mails: list[Letter], width: int, scheme: str) -> None:
    for letter in mails:
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.set_content(shown(letter))
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        assert page.evaluate("window.hacked") is None
        assert [url for url in asked if not url.startswith("data:")] == []
        assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 300 && i.width <= 460)")
        assert page.evaluate("[...document.images].length") == len(letter.images)
        told = page.evaluate(CONTRASTS)
        assert len(told) > 10
        assert [one for one in told if one[0] < 4.5 or one[1] < 14] == []
        paper = page.evaluate("getComputedStyle(document.querySelector('h1')).backgroundColor")
        assert paper == _rgb((LIGHT if scheme == "light" else DARK)["paper"])
        page.close()


BROKEN = """() => [...document.querySelectorAll('table.cells th, table.cells td')].flatMap(cell => {
  const text = [...cell.childNodes].find(n => n.nodeType === 3);
  const parts = cell.tagName === 'TD' ? [[0, text.data.length]]
    : [...text.data.matchAll(/\\S+/g)].map(m => [m.index, m.index + m[0].length]);
  return parts.filter(([start, end]) => { const range = document.createRange();
    range.setStart(text, start); range.setEnd(text, end);
    return new Set([...range.getClientRects()].map(r => r.top)).size > 1 })
    .map(([start, end]) => text.data.slice(start, end))
})"""


def test_a_table_breaks_no_word_and_no_figure_on_a_phone(browser: Any, report: tuple[NotebookNode, Content]) -> None:
    titles = ("Krok", "W okresie 2026Q1", "Tygodniowo", "Tygodniowo obecnie")
    steps = ("Kwalifikowane leady", "Okazje sprzedażowe", "Wygrane transakcje")
    columns = tuple(say("t.col", name=title) for title in titles)
    table = Section(
        "weeks", say("t.heading_1"), columns, tuple((step, "115 - 122", "11,2 - 11,8", "13,1") for step in steps)
    )
    content = filled(report[1], "Central")
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.set_content(shown(rep_letter(content, replace(content.reps[0], sections=(table,)), page=PAGE)))
    assert page.locator("table.cells td").count() == 9
    assert page.evaluate(BROKEN) == []
    page.close()


def _rgb(colour: str) -> str:
    return "rgb({}, {}, {})".format(*(int(colour[i : i + 2], 16) for i in (1, 3, 5)))


def test_a_mail_of_which_a_reader_dropped_all_styles_in_the_head_is_as_readable(
    browser: Any, mails: list[Letter]
) -> None:
    """As Gmail does where it does not like them: what is left is inlined, and light on every screen."""
    html = shown(mails[0])
    start, end = html.index("<style"), html.index("</style>") + 8
    page = browser.new_page(viewport={"width": 390, "height": 800}, color_scheme="dark")
    page.set_content(html[:start] + html[end:])
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert [one for one in page.evaluate(CONTRASTS) if one[0] < 4.5] == []
    page.close()
