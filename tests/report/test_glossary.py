"""The glossary of a page: the measures it uses and no other, each with a definition and a source."""

from __future__ import annotations

from dataclasses import replace

from nbformat import NotebookNode

from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.report.content import Content, content_from_json
from salesgoals_kit.report.glossary import glossary
from salesgoals_kit.report.page import page_html


def test_it_has_the_measures_of_figures_goals_and_outlooks_and_those_named_in_the_catalogues_order(
    content: Content,
) -> None:
    assert [entry.kpi for entry in glossary(content)] == ["revenue"]
    named = replace(content, measures=("cac", "win_rate"))
    assert [entry.kpi for entry in glossary(named)] == ["revenue", "win_rate", "cac"]
    bare = replace(content, figures=(), goals=(), outlooks=())
    assert glossary(bare) == ()


def test_every_measure_of_the_catalogue_has_a_title_a_definition_and_a_source(content: Content) -> None:
    found = glossary(replace(content, measures=tuple(CATALOGUE)))
    assert [entry.kpi for entry in found] == list(CATALOGUE)
    for entry in found:
        said = [content.texts.text(part) for part in (entry.title, entry.definition, entry.source)]
        assert all(said)
        assert len(set(said)) == 3


def test_the_page_defines_what_it_uses_and_nothing_else(
    report: tuple[NotebookNode, Content], stamp: dict[str, str]
) -> None:
    notebook, content = report
    html = page_html(notebook, replace(content, measures=("win_rate",)), stamp)
    assert 'href="#glossary"' in html
    assert "The definitions of 2 measures, and their sources" in html
    assert "Deals won, divided by deals won and lost, by closing date." in html
    assert "(Varicent)" in html
    assert "SaaS Metrics Standards Board" not in html
    bare = replace(content, figures=(), goals=(), outlooks=())
    assert 'id="glossary"' not in page_html(notebook, bare, stamp)


def test_the_measures_are_written_and_read_again(content: Content) -> None:
    named = replace(content, measures=("cac", "win_rate"))
    assert content_from_json(named.as_json()).measures == ("cac", "win_rate")
