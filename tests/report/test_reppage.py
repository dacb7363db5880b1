"""A rep's page: his own figures, in a manager's words, and nothing of anybody else."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from salesgoals_kit.errors import SalesGoalsError
from salesgoals_kit.owners import Owner
from salesgoals_kit.report.content import Content, content_from_json
from salesgoals_kit.report.rep import RepGoal, RepPage, Section
from salesgoals_kit.report.reppage import rep_page_html, write_rep_page
from salesgoals_kit.words import Money, Name, Number, say


def a_page(name: str) -> RepPage:
    section = Section(
        "weekly",
        say("t.heading_6"),
        (say("t.revenue"), say("t.churn")),
        ((say("t.whose", name=Name(name), value=Money(5)), Number(12.5, 1)),),
        (say("t.plain"),),
    )
    goal = RepGoal(say("t.revenue"), Money(120_000), "money", 0.65, say("t.plain"))
    return RepPage(
        Owner(rep=name), name, say("t.headline", value=Money(1), chance=Name(name)), say("t.plain"), (goal,), (section,)
    )


@pytest.fixture
def team(content: Content) -> Content:
    return replace(content, reps=(a_page("Ann <i>Lee</i>"), a_page("Bob Stone")))


def test_the_page_of_a_rep_has_his_goals_and_no_one_elses(team: Content, stamp: dict[str, str]) -> None:
    html = rep_page_html(team, team.reps[1], stamp)
    assert html.count("Bob Stone") >= 3  # title, headline, table
    assert "Ann" not in html
    assert "€120,000" in html
    assert "about 65%" in html.replace("\u00a0", "")
    assert re.search(r'<table role="table" class="sg-table" id="table-weekly">', html)
    assert "12.5" in html
    assert team.snapshot[:8] in html
    assert stamp["kit"] in html


def test_names_from_the_data_are_text(team: Content, stamp: dict[str, str]) -> None:
    html = rep_page_html(team, team.reps[0], stamp)
    assert "<i>Lee" not in html
    assert "Ann &lt;i&gt;Lee" in html
    assert not re.search(r"<(script|link|iframe|object|embed|base|form)\b", html)


def test_reps_are_part_of_the_content_that_is_written_and_read(team: Content) -> None:
    assert content_from_json(team.as_json()).reps == team.reps


def test_the_same_page_has_the_same_bytes_and_two_sections_of_one_name_are_refused(
    team: Content, stamp: dict[str, str], tmp_path: Path
) -> None:
    for name in ("a", "b"):
        write_rep_page(team, team.reps[1], tmp_path / name, stamp)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    page = replace(team.reps[1], sections=team.reps[1].sections * 2)
    with pytest.raises(SalesGoalsError, match="a name of its own"):
        write_rep_page(team, page, tmp_path / "c", stamp)
    assert not (tmp_path / "c").exists()
