"""The mails of real reports: each keeps the contract, says what its report found, and shows no other team's people."""

from __future__ import annotations

from pathlib import Path

import pytest

from salesgoals_kit.report.content import Content
from salesgoals_kit.report.mail import letter_of, rep_letter
from tests.mailing import keep_the_contract, plain, words
from tests.run.books import run_book
from tests.run.sample import a_part_of_the_sample, with_a_part_of_the_sample

DAY, PERIOD, TEAM = "2025-12-31", "2026Q1", "Central"


@pytest.fixture(scope="module")
def contents(house: Path) -> dict[str, Content]:
    """Reports of one team, of which nothing was agreed; tracking's and a review's mails are looked at in a year's."""
    file = str(with_a_part_of_the_sample(house) / "params/company.yaml")
    given = {"company": file, "period": PERIOD, "team": TEAM, "as_of": DAY}
    return {name: run_book(name, **given).content for name in ("baseline", "goal_setting", "strategy")}


def test_the_mails_of_all_templates_and_reps_keep_the_contract(contents: dict[str, Content]) -> None:
    assert contents["goal_setting"].reps
    for content in contents.values():
        keep_the_contract(content)


def test_each_says_the_same_twice(contents: dict[str, Content]) -> None:
    for content in contents.values():
        letter = letter_of(content)
        text = plain(letter.text).lower()  # what a picture shows stands within a line there
        assert [said for said in words(letter.html) if said != "•" and said.lower() not in text] == []


def test_each_has_its_numbers_its_chart_and_what_to_do(contents: dict[str, Content]) -> None:
    for template, content in contents.items():
        assert content.gist.sections, template
        assert all(chart.title is not None for chart in content.charts), template
        assert len(letter_of(content).images) == 1, template
    for template in ("baseline", "goal_setting"):
        assert 1 <= len(contents[template].gist.stands) <= 4
    assert {"What to do", "What to change", "What stands out"} & {
        contents["strategy"].texts.text(part.heading) for part in contents["strategy"].gist.sections
    }


def test_a_mail_is_small_and_a_content_stays_light(contents: dict[str, Content]) -> None:
    for content in contents.values():
        assert len(letter_of(content).html.encode()) < 40_000
        assert sum(len(chart.png) for chart in content.charts) < 60_000


def test_nobody_of_another_team_is_in_a_mail(contents: dict[str, Content]) -> None:
    people = a_part_of_the_sample()["reps"]
    others = people[people["team"] != TEAM]
    names = {str(name) for column in ("rep", "name") if column in others for name in others[column].dropna()}
    assert names
    for content in contents.values():
        said = letter_of(content).html + letter_of(content).text
        assert [name for name in names if name in said] == []
    reps = contents["goal_setting"].reps
    for rep in reps:
        letter = rep_letter(contents["goal_setting"], rep)
        assert [other.name for other in reps if other != rep and other.name in letter.html + letter.text] == []
