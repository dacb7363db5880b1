"""Scores in the ledger reach the next outlooks, the chance of what is agreed, and the review's page."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.calibration import calibrate
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.board import outlook_of
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.needs import kpi_named
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, parse_period
from salesgoals_kit.run.agree import agree_file
from salesgoals_kit.run.batch import Request, run_request
from salesgoals_kit.run.work import Work, open_company, open_work, past_scores
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import FinalRow, OutlookRow
from tests.run.sample import with_a_part_of_the_sample

TEAMS = ("North", "Central", "South", "Key Accounts", "Abroad")
KPIS = ("revenue", "win_rate", "margin", "cac")
NORTH, SOUTH, CENTRAL = Owner("North"), Owner("South"), Owner("Central")


def outlook(owner: Owner, kpi: str, period: Period) -> dict[str, Any]:
    """Give the record of an outlook of 100, give or take 10."""
    draws = np.random.default_rng(1).normal(100, 10, 1000)
    return Outlook(
        kpi, owner, period, CATALOGUE[kpi].better, draws, None, "m", None, False, 48, True, (), unit=CATALOGUE[kpi].unit
    ).as_record()


def freeze_outlooks(company: Company, period: str, owners: list[Owner], *, days_before: int = 5) -> None:
    """Freeze outlooks of all KPIs as they would have been so many days before the period."""
    span = parse_period(period)
    known = span.start - timedelta(days=days_before)
    moment = datetime(known.year, known.month, known.day, 12, tzinfo=UTC)
    Ledger(open_store(company), lambda: moment).freeze(
        OutlookRow(
            owner=owner, period=period, template="goal_setting", as_of=min(known, span.start - timedelta(days=1)),
            kpi=kpi, method="m", record=outlook(owner, kpi, span),
        )
        for owner in owners for kpi in KPIS
    )  # fmt: skip


def freeze_finals(company: Company, period: str, owners: list[Owner], value: float, as_of: date | None = None) -> None:
    """Freeze figures that are final from the period's end on."""
    end = parse_period(period).end
    Ledger(open_store(company)).freeze(
        FinalRow(
            owner=owner, period=period, template="review", as_of=as_of or end, final_on=end, kpi=kpi, value=value,
            money=CATALOGUE[kpi].unit == "money",
        )
        for owner in owners for kpi in KPIS
    )  # fmt: skip


@pytest.fixture(scope="module")
def house(house: Path) -> Path:
    """The sample company of which what the scored KPIs need is known, and a few people of each team."""
    return with_a_part_of_the_sample(house, "deals", "deal_changes", "reps", "assignments", "accounts", "spend")


@pytest.fixture(scope="module")
def file(house: Path) -> str:
    """A company that has scored two quarters: whatever it was, the figure came to 85 where 100 had been expected."""
    file = str(house / "params/company.yaml")
    company = open_company(file)
    owners = [Owner(team) for team in TEAMS]
    for period in ("2025Q2", "2025Q3"):
        freeze_outlooks(company, period, owners)
        freeze_finals(company, period, owners, 85.0)
    freeze_outlooks(company, "2025Q1", owners, days_before=-20)  # within the quarter
    freeze_finals(company, "2025Q1", owners, 500.0)
    return file


def never(*given: object) -> None:
    raise AssertionError("it was to be known by now")


def works(file: str, **given: str) -> Work:
    return open_work("goal_setting", company=file, **{"period": "2026Q1", "team": "Central", **given})


def test_final_scores_correct_the_next_outlooks(file: str) -> None:
    work = works(file, as_of="2025-12-31")
    correction = work.book.correction
    work.close()
    assert correction is not None
    assert (correction.scores, correction.periods) == (40, 2)  # 5 teams, 4 KPIs, 2 quarters; the backfilled one apart
    # 85 is 1.5 deviations below: worse for three KPIs, better for costs; the mean of z is -0.75
    assert -0.75 < correction.shift < -0.2


def test_what_past_outlooks_teach_is_learned_once_for_all_reports(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    corrections = []
    for team in ("North", "Central"):
        work = works(file, as_of="2025-12-30", team=team)
        corrections.append(work.book.correction)
        work.close()
        monkeypatch.setattr("salesgoals_kit.run.work.score_frame", never)
    assert corrections[0] is not None
    assert corrections[0] == corrections[1]


def test_scores_that_change_while_they_are_read_are_kept_for_nobody(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the hash of what had been there a later run of an earlier day would find what came after it."""
    company = open_company(file)
    ledger = Ledger(open_store(company))
    told = iter(["before", "after", "again", "again"])
    monkeypatch.setattr(Ledger, "digest_of_scores", lambda *_: next(told))
    about = ("2026Q1", "goal_setting", date(2025, 12, 31))
    kept = {*(company.store_folder / "book").glob("*.json")}
    assert len(past_scores(company, ledger, *about)) == 60
    assert {*(company.store_folder / "book").glob("*.json")} == kept
    assert len(past_scores(company, ledger, *about)) == 60
    assert len({*(company.store_folder / "book").glob("*.json")} - kept) == 1


def test_scores_that_cannot_be_kept_are_worked_out_by_everybody(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    company = open_company(file)
    (company.store_folder / "no folder").touch()
    monkeypatch.setattr("salesgoals_kit.run.work.BOOK", "no folder")
    about = ("2026Q1", "goal_setting", date(2025, 12, 31))
    assert len(past_scores(company, Ledger(open_store(company)), *about)) == 60


def test_a_report_comes_from_past_outlooks_only_if_it_looks_at_them(file: str) -> None:
    """A baseline says how things were: whatever is learned of outlooks, it stays as it is."""

    def inputs(template: str, period: str) -> set[str]:
        (one,) = run_request(Request(file, template, period, ("North",), "2025-12-31"), 1, lambda *_: None).outcomes
        assert one.error is None
        return set(one.inputs) & {"scores", "correction"}

    assert inputs("baseline", "2026Q1") == set()
    assert inputs("goal_setting", "2026Q1") == {"correction"}
    assert inputs("review", "2025Q3") == {"scores"}


def test_what_became_final_after_the_day_is_not_used(file: str) -> None:
    """On the last day of the third quarter both are final; a day before it is one, and that is too few."""
    for day, scores in (("2025-09-30", 40), ("2025-09-29", None)):
        work = works(file, period="2025Q4", as_of=day)
        correction = work.book.correction
        work.close()
        assert (None if correction is None else correction.scores) == scores


def test_the_outlook_of_a_run_is_the_corrected_one_and_what_is_agreed_gets_its_chance(file: str, house: Path) -> None:
    work = works(file, as_of="2025-12-20")
    corrected = outlook_of(work.tables, work.owner, kpi_named("revenue"), work.period, work.book)
    plain = outlook_of(work.tables, work.owner, kpi_named("revenue"), work.period, Book(work.book.folder))
    goal = round(plain.goal(0.5))
    work.close()
    assert np.array_equal(corrected.draws, calibrate(plain, work.book.correction).draws)
    assert corrected.goal(0.5) < plain.goal(0.5)
    written = house / "params/goals/2026Q1.yaml"
    written.parent.mkdir(exist_ok=True)
    line = f"kpi: revenue, owner: {{team: Central}}, period: 2026Q1, value: {goal}, agreed_on: 2025-12-20, agreed_by: A"
    written.write_text(f"version: 1\ngoals: [{{{line}}}]\n", "utf-8")
    agree_file(file, written)
    (agreed,) = Ledger(open_store(open_company(file))).goals(CENTRAL, "2026Q1", "revenue", "agreed")
    assert agreed.chance == corrected.chance(goal)
    assert agreed.chance < plain.chance(goal)


def test_a_review_counts_its_own_figures_once_and_the_other_teams_of_its_period_not_at_all(file: str) -> None:
    company = open_company(file)
    freeze_outlooks(company, "2025Q4", [NORTH, SOUTH])
    freeze_finals(company, "2025Q4", [NORTH], 120.0)
    ran = run_request(Request(file, "review", "2025Q4", ("South",), "2025-12-31"), 1, lambda done, total, what: None)
    assert [outcome.error for outcome in ran.outcomes] == [None]
    page = ran.outcomes[0].job.place.file("html").read_text("utf-8")
    content = json.loads(ran.outcomes[0].job.place.file("json").read_text("utf-8"))
    own = [figure for figure in content["figures"] if figure["final"] and figure["kpi"] in KPIS]
    assert f"{40 + len(own)} figures of 3 periods are final" in page
    assert "20 figures more have outlooks that were recorded only after the period had begun" in page
    assert "How often our chances came true" in page
    assert "Less often than promised" in page
    again = open_work("review", company=file, period="2025Q4", team="South", as_of="2025-12-31")
    again.close()
    assert len(again.past) == 60  # its own figures are in the ledger now, and still come from the review itself alone


def test_an_outlook_that_cannot_be_scored_fails_those_who_look_at_it(file: str) -> None:
    """It stays in the ledger, and is known after the days of all other tests."""
    company = open_company(file)
    known, record = date(2024, 9, 25), outlook(NORTH, "revenue", parse_period("2024Q4"))
    del record["draws"]
    Ledger(open_store(company), lambda: datetime(2024, 9, 25, tzinfo=UTC)).freeze(
        [
            OutlookRow(
                owner=NORTH, period="2024Q4", template="goal_setting", as_of=known, kpi="revenue", method="m",
                record=record,
            )
        ]
    )  # fmt: skip
    freeze_finals(company, "2024Q4", [NORTH], 85.0, date(2026, 1, 2))

    def error(template: str) -> str | None:
        request = Request(file, template, "2026Q2", ("South",), "2026-01-03")
        (one,) = run_request(request, 1, lambda *_: None).outcomes
        return one.error

    assert error("baseline") is None
    assert "draws" in (error("goal_setting") or "")
