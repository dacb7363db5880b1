"""Tracking on the sample company: for the company and for a team, with goals and without, and what it leaves behind."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report.content import Content, content_from_json
from salesgoals_kit.run.batch import Request, run_request
from salesgoals_kit.run.making import Result
from salesgoals_kit.run.record import Done
from salesgoals_kit.run.work import open_company
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import GoalRow, OutlookRow
from tests.browser import Browser, faulty
from tests.run.sample import with_a_part_of_the_sample

SOUTH, DAY = Owner("South"), "2025-11-15"


def quietly(done: int, total: int, what: str) -> None:
    """Show nothing."""


def ledger_of(house: Path) -> Ledger:
    return Ledger(open_store(open_company(str(house / "params/company.yaml"))))


def a_goal(owner: Owner, value: float, level: str = "target", **given: object) -> GoalRow:
    return GoalRow(
        owner=owner, period="2025Q4", template="goal_setting", as_of=date(2025, 9, 30), kpi="revenue", level=level,
        value=value, money=True, chance=0.5, **given,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture(scope="module")
def house(house: Path) -> Path:
    """The sample company's teams, and a few people in each."""
    return with_a_part_of_the_sample(house)


@pytest.fixture(scope="module")
def ran(house: Path) -> Result:
    """Tracking in the middle of a quarter: the company has no goal, the South far too high a one."""
    told = {"what": "call every customer"}
    ledger = ledger_of(house)
    ledger.freeze([a_goal(SOUTH, 700_000.0), a_goal(Owner("South", "marco.bellini"), 150_000.0, "rep")])
    ledger.agree([a_goal(SOUTH, 2_000_000.0, agreed_on=date(2025, 9, 29), agreed_by="C. Romano", initiative=told)])
    outlook = {"draws": 1000, "lowest": 1.0, "highest": 2.0, "quantiles": {}}
    basic = {"owner": SOUTH, "period": "2025Q4", "as_of": date(2025, 9, 30)}
    ledger.freeze([OutlookRow(**basic, template="goal_setting", kpi="revenue", method="x", record=outlook)])  # type: ignore[arg-type]
    return run_request(
        Request(str(house / "params/company.yaml"), "tracking", "2025Q4", (None, "South"), DAY), 1, quietly
    )


def one_of(ran: Result, owner: Owner) -> Done:
    return next(one for one in ran.outcomes if one.job.owner == owner)


def content(one: Done) -> Content:
    return content_from_json(one.job.place.file("json").read_text("utf-8"))


def page(one: Done) -> str:
    return one.job.place.file("html").read_text("utf-8")


def test_it_is_made_for_both(ran: Result) -> None:
    assert [one.error for one in ran.outcomes] == [None, None]
    said = content(one_of(ran, SOUTH))
    assert said.headline.id == "tracking.headline_out_of_reach"
    assert said.as_of == date(2025, 11, 15)
    assert {figure.kpi for figure in said.figures} >= {"revenue"}
    assert not any(figure.final for figure in said.figures), "nothing of a running period is final"
    assert said.backfilled


def test_the_page_says_what_to_do_and_who_carries_it(ran: Result) -> None:
    south, company = page(one_of(ran, SOUTH)), page(one_of(ran, COMPANY))
    for words in ("out of reach", "another round of strategy", "open deals", "Milestones", "Oct", "Marco Bellini"):
        assert words in south or words.lower() in south, words
    for other in ("North", "Central", "Key Accounts", "Lena Vogt"):
        assert other not in south, f"{other} is no part of this team"
    assert "The ledger holds no goal for 2025Q4" in company
    assert "South" in company


def test_what_could_be_expected_is_frozen_for_its_day_and_takes_no_one_s_place(ran: Result, house: Path) -> None:
    ledger = ledger_of(house)
    rows = ledger.visible(SOUTH, "2025Q4", "review", date(2026, 1, 10)).outlooks
    revenue = [row for row in rows if row.kpi == "revenue"]
    assert [(row.template, row.as_of) for row in revenue] == [
        ("tracking", date(2025, 11, 15)),
        ("goal_setting", date(2025, 9, 30)),
    ]
    assert {row.version for row in revenue} == {1}
    assert revenue[0].record["quantiles"]["50"] > 188_865, "more than what had come"
    assert not [
        row
        for row in ledger.visible(SOUTH, "2025Q4", "tracking", date(2025, 12, 10)).outlooks
        if row.template == "tracking"
    ]
    assert not ledger.goals(SOUTH, "2025Q4", level="stretch"), "tracking sets no goals"


def test_a_second_run_changes_nothing_and_another_day_is_another_row(ran: Result, house: Path) -> None:
    again = run_request(Request(str(house / "params/company.yaml"), "tracking", "2025Q4", ("South",), DAY), 1, quietly)
    assert [one.state for one in again.outcomes] == ["unchanged"]
    later = Request(str(house / "params/company.yaml"), "tracking", "2025Q4", ("South",), "2025-12-31")
    last = run_request(later, 1, quietly)
    assert last.failed == 0
    assert content(one_of(last, SOUTH)).lead.id == "tracking.lead_over"
    rows = ledger_of(house).visible(SOUTH, "2025Q4", "review", date(2026, 1, 10)).outlooks
    assert len([row for row in rows if row.kpi == "revenue"]) == 2, "a period that is over leaves nothing to expect"


def test_a_month_and_a_year_are_followed_too(house: Path) -> None:
    for period in ("2025-11", "2025"):
        done = run_request(Request(str(house / "params/company.yaml"), "tracking", period, ("South",), DAY), 1, quietly)
        assert done.failed == 0, done.outcomes[0].error
        assert content(done.outcomes[0]).period == period


@pytest.mark.service
def test_its_pages_are_whole_on_screens_and_paper(browser: Browser, ran: Result) -> None:
    assert faulty(browser, *(one.job.place.file("html") for one in ran.outcomes)) == {}
    assert browser.ran == []
