"""A batch whose worker dies, whose folder is in the way, or whose reports folder is another company's."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.errors import ParamError, SalesGoalsError
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.run import making
from salesgoals_kit.run.batch import Request, check_request, plan_jobs
from salesgoals_kit.run.folders import ReportPlace
from salesgoals_kit.run.inputs import Handed
from salesgoals_kit.run.job import Job, Outcome
from salesgoals_kit.run.making import run_jobs
from salesgoals_kit.run.options import Options
from tests.run.sample import with_a_part_of_the_sample

ACME = {"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}}


def job(folder: Path, name: str) -> Job:
    return Job(
        "review",
        Owner(team=name),
        "2025Q4",
        {"as_of": "2026-01-05", "snapshot": "0"},
        folder,
        ReportPlace(folder / "2025Q4" / name, "review"),
    )


def fated(one: Job) -> Outcome:
    """Stand in for a notebook: it dies as the kernel's out-of-memory killer would have it, or it fails, slowly."""
    if one.owner.team == "dies":
        os._exit(9)
    time.sleep(0.2)
    return Outcome(one, 0.2, error="as it should")


def nothing_handed(_: Company, jobs: Sequence[Job], *__: object) -> Handed:
    """Stand in for the data, which these jobs do not have."""
    return Handed({one.owner: {"figures": "none"} for one in jobs}, frozenset())


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Company]:
    company = Company.model_validate(ACME).model_copy(update={"folder": tmp_path, "reports": "reports"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "make", fated)
        patch.setattr(making, "prepare", nothing_handed)
        yield company


def quietly(done: int, total: int, what: str) -> None:
    """Show nothing."""


def test_a_worker_that_dies_is_its_own_jobs_failure_and_no_others(acme: Company, tmp_path: Path) -> None:
    names = ["a", "b", "dies", "c", "d", "e"]
    result = run_jobs(acme, [job(tmp_path / "reports", name) for name in names], quietly, Options(2))
    errors = {outcome.job.owner.team: outcome.error for outcome in result.outcomes}
    assert sorted(map(str, errors)) == sorted(names)
    assert "was killed" in str(errors.pop("dies"))
    assert set(errors.values()) == {"as it should"}


def test_a_folder_in_the_way_fails_its_report_alone(acme: Company, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    (reports / "2025Q4" / "fine").mkdir(parents=True)
    (reports / "2025Q4" / "blocked").write_text("a file where a folder should be", "utf-8")
    result = run_jobs(acme, [job(reports, "blocked"), job(reports, "fine")], quietly, Options())
    assert result.failed == 2
    assert (reports / "2025Q4" / "fine" / "review.failed.json").exists()
    assert result.index.exists()


@pytest.fixture(scope="module")
def house(house: Path) -> Path:
    """The sample company of which the deals of a few people are known."""
    return with_a_part_of_the_sample(house, "deals", "reps", "accounts")


def test_the_reports_of_another_company_are_left_alone(house: Path, tmp_path: Path) -> None:
    request = Request(str(house / "params/company.yaml"), "review", "2025Q4", ("Central",))
    params, company = check_request(request)
    other = company.model_copy(update={"reports": str(tmp_path / "reports")})
    place = ReportPlace(tmp_path / "reports/2025Q4/_company", "review")
    place.folder.mkdir(parents=True)
    place.file("json").write_text(a_content("Somebody Else"), "utf-8")
    with pytest.raises(SalesGoalsError, match=r"(?s)holds reports of Somebody Else.*set `reports` and `store`"):
        plan_jobs(other, request, params)


def a_content(company: str) -> str:
    from salesgoals_kit.periods import parse_period
    from salesgoals_kit.report.content import Provenance, make_content
    from salesgoals_kit.words import say

    acme = Company.model_validate({**ACME, "name": company})
    period = parse_period("2025Q4")
    said = say("setting.nothing_lead")
    return make_content(
        acme, period, template="review", owner=COMPANY, as_of=period.end, snapshot="0" * 16,
        headline=said, lead=said, provenance=Provenance(kit="1"),
    ).as_json()  # fmt: skip


def test_goals_are_not_set_for_a_period_that_has_begun(house: Path) -> None:
    request = Request(str(house / "params/company.yaml"), "goal_setting", "2025Q4", ("Central",), "2025-12-12")
    params, company = check_request(request)
    with pytest.raises(ParamError, match=r"(?s)goal_setting looks ahead.*a day before 2025Q4 begins on 2025-10-01"):
        plan_jobs(company, replace(request), params)
