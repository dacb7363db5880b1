"""The page: only what the kit said, whole or not at all, and the same bytes for the same inputs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from salesgoals_kit.errors import SalesGoalsError
from salesgoals_kit.owners import Owner
from salesgoals_kit.report import blocks
from salesgoals_kit.report.content import Content, content_of
from salesgoals_kit.report.page import page_html, write_page
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Money, Name, say

Report = tuple[NotebookNode, Content]
Notebook = Callable[..., NotebookNode]


def without_stamp(html: str) -> str:
    return re.sub(r"<footer data-stamp.*?</footer>", "", html, flags=re.DOTALL)


def test_the_page_has_no_code_no_markdown_no_script_and_loads_nothing(report: Report, stamp: dict[str, str]) -> None:
    html = page_html(*report, stamp)
    assert "secret_code" not in html  # the source of every cell
    assert "For the analyst" not in html  # the markdown
    assert not re.search(r"<(script|link|iframe|object|embed|base|form)\b", html, re.IGNORECASE)
    loads = re.findall(r"""(?:src|srcset|href|action)\s*=\s*["']([^"']*)|url\(([^)]*)\)|@import""", html)
    addresses = {first or second for first, second in loads}
    assert {address.split(",")[0].split(":")[0] for address in addresses if not address.startswith("#")} == {"data"}
    assert "http:" not in html
    assert "https:" not in html


def test_only_blocks_of_the_kit_are_shown(
    content: Content, texts: Texts, notebook_of: Notebook, stamp: dict[str, str]
) -> None:
    stray: list[dict[str, Any]] = [
        {"output_type": "stream", "name": "stdout", "text": "printed by hand"},
        {
            "output_type": "display_data",
            "data": {"text/html": "<b>a frame</b>", "text/plain": "a frame"},
            "metadata": {},
        },
    ]
    block = blocks.paragraph(texts, say("t.plain"))
    html = page_html(notebook_of(block, content, extra=stray), content, stamp)
    assert "Deals close late in the quarter." in html
    assert "printed by hand" not in html
    assert "a frame" not in html


def test_the_title_block_says_whose_what_when_and_from_which_data(report: Report, stamp: dict[str, str]) -> None:
    html = page_html(*report, stamp)
    assert "<title>Central: goals, 2026Q1</title>" in html
    assert '<html dir="ltr" lang="en">' in html or '<html lang="en" dir="ltr">' in html
    for said in (
        "<li><bdi>Central</bdi></li>",
        "<li>2026Q1, 1\u00a0January 2026 to 31\u00a0March 2026</li>",
        "<li>As of 31\u00a0December 2025</li>",
        "<li>Data 9f2c41d0</li>",
        "<h1>Agree on €1.18M in revenue: an even chance, and the most that today's team can carry</h1>",
        "Preliminary: ",
        "Backfilled: ",
        "not yet calibrated",
    ):
        assert said in html, said


def test_a_calibrated_report_on_time_bears_no_marks(report: Report, stamp: dict[str, str]) -> None:
    notebook, content = report
    html = page_html(notebook, replace(content, preliminary=False, backfilled=False, calibrated=True), stamp)
    assert 'class="sg-marks"' not in html


def test_headings_go_down_step_by_step_and_the_contents_lead_to_them(report: Report, stamp: dict[str, str]) -> None:
    html = page_html(*report, stamp)
    levels = [int(level) for level in re.findall(r"<h([1-6])", html)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    links = re.findall(r'<a href="#([^"]+)"', html)
    assert len(links) == 8  # six findings of the second level, what the measures mean, how the numbers were made
    assert all(f'id="{link}"' in html for link in links)


def test_the_goals_stand_above_the_contents_with_their_heading_or_without(
    content: Content, texts: Texts, pieces: list[blocks.Block], notebook_of: Notebook, stamp: dict[str, str]
) -> None:
    goals, after = blocks.group(blocks.heading(texts, say("t.heading_4")), pieces[0]), pieces[1]
    html = page_html(notebook_of(goals, after, content), content, stamp)
    assert html.index('class="sg-goals"') < html.index("<nav") < html.index('id="t-heading-0"')
    assert re.findall(r'<a href="#([^"]+)"', html) == ["t-heading-4", "t-heading-0", "glossary", "made"]


def test_how_the_numbers_were_made_stands_last(report: Report, stamp: dict[str, str]) -> None:
    made = page_html(*report, stamp).split('id="made"')[-1]
    for said in (
        ">8,245<",
        ">8,214<",
        ">31<",
        "Deals close late in the quarter.",
        "<dt>seed</dt><dd>0</dd>",
        "9f2c41d0" * 8,
    ):
        assert said in made, said


def test_the_same_inputs_give_the_same_bytes_but_for_the_stamp(report: Report, tmp_path: Path) -> None:
    pages = []
    for name, made in (("a.html", "2026-01-02T10:12:00+00:00"), ("b.html", "2027-05-06T01:02:03+02:00")):
        write_page(*report, tmp_path / name, {"made": made, "kit": "1.0.0"})
        pages.append((tmp_path / name).read_text("utf-8"))
    assert pages[0] != pages[1]
    assert without_stamp(pages[0]) == without_stamp(pages[1])
    assert "Made on 2\u00a0January 2026, 10:12 UTC, by salesgoals-kit <bdi>1.0.0</bdi>." in pages[0]
    write_page(*report, tmp_path / "c.html", {"made": "2026-01-02T10:12:00+00:00", "kit": "1.0.0"})
    assert (tmp_path / "c.html").read_bytes() == (tmp_path / "a.html").read_bytes()


def test_the_page_stays_under_600_kilobytes(report: Report, stamp: dict[str, str]) -> None:
    assert len(page_html(*report, stamp).encode()) < 600_000


def test_a_hostile_owner_company_and_headline_stay_text(
    content: Content, texts: Texts, notebook_of: Notebook, stamp: dict[str, str]
) -> None:
    evil = '</title><script>alert("x")</script><b>&"'
    hostile = replace(
        content,
        owner=Owner(team=evil),
        company=evil,
        headline=say("t.whose", name=Name(evil), value=Money(1)),
        lead=say("t.whose", name=Name(evil), value=Money(1)),
        provenance=replace(content.provenance, parameters={"team": evil, evil: [evil]}),
    )
    html = page_html(notebook_of(blocks.paragraph(texts, say("t.plain")), hostile), hostile, stamp)
    assert "<script" not in html
    assert "<b>&" not in html
    assert html.count("<title>") == html.count("</title>") == 1
    assert "&lt;script&gt;" in html


def test_without_content_without_blocks_or_with_an_error_there_is_no_page(
    content: Content, texts: Texts, notebook_of: Notebook, stamp: dict[str, str], tmp_path: Path
) -> None:
    block = blocks.paragraph(texts, say("t.plain"))
    error = {"output_type": "error", "ename": "ValueError", "evalue": "half-way", "traceback": []}
    broken = {
        "0 outputs hold a report's content": notebook_of(block),
        "no output is a block of the kit": notebook_of(content),
        "ValueError: half-way": notebook_of(block, content, extra=[error]),
    }
    for complaint, notebook in broken.items():
        with pytest.raises(SalesGoalsError, match=complaint):
            write_page(notebook, content, tmp_path / "page.html", stamp)
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_fails_leaves_the_one_that_was_there(report: Report, stamp: dict[str, str], tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_text("yesterday's")
    with pytest.raises(SalesGoalsError, match="stamp: kit is missing"):
        write_page(*report, target, {"made": stamp["made"]})
    assert target.read_text() == "yesterday's"
    assert list(tmp_path.iterdir()) == [target]


def test_two_blocks_of_one_name_are_refused(
    content: Content, texts: Texts, notebook_of: Notebook, stamp: dict[str, str]
) -> None:
    twice = blocks.heading(texts, say("t.heading_0"))
    with pytest.raises(SalesGoalsError, match="id t-heading-0: stands twice"):
        page_html(notebook_of(twice, twice, content), content, stamp)


def test_a_report_of_another_language_says_so(report: Report, stamp: dict[str, str]) -> None:
    notebook, content = report
    html = page_html(notebook, replace(content, locale="ar_EG", language="ar"), stamp)
    assert re.search(r'<html (lang="ar" dir="rtl"|dir="rtl" lang="ar")>', html)


def test_a_kernel_records_what_the_page_needs(stamp: dict[str, str]) -> None:
    """A real kernel executes a notebook: blocks keep their metadata, the content arrives as JSON, code stays away."""
    cells = [
        "from datetime import date\nfrom salesgoals_kit.owners import Owner\nfrom salesgoals_kit.words import say\n"
        "from salesgoals_kit.report import blocks\nfrom salesgoals_kit.report.content import Content, Provenance\n"
        "from salesgoals_kit.report.text import Texts\ntexts = Texts()\nprint('printed by hand')",
        "blocks.group(blocks.heading(texts, say('report.made')), blocks.paragraph(texts, say('report.no_rows')))",
        "Content(template='baseline', company='Acme', owner=Owner(), period='2026', first_day=date(2026, 1, 1), "
        "last_day=date(2026, 12, 31), as_of=date(2025, 12, 31), snapshot='0' * 64, headline=say('report.no_rows'), "
        "lead=say('report.no_rows'), provenance=Provenance('1.0.0'), locale='en_GB', language='en', currency='EUR')",
    ]
    make = cast("Any", nbformat.v4)
    notebook = make.new_notebook(cells=[make.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    content = content_of(notebook)
    html = page_html(notebook, content, stamp)
    assert '<h2 id="report-made">How these numbers were made</h2>' in html
    assert "There is nothing to show here yet." in html
    assert "<h1>There is nothing to show here yet.</h1>" in html
    assert "printed by hand" not in html
