"""Runs of the real templates on the sample company: three ways, one failure, and what is left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbclient import NotebookClient

from salesgoals_kit.owners import Owner
from salesgoals_kit.report.content import Content, content_from_json, content_of
from salesgoals_kit.run.batch import Request, check_request, plan_jobs, run_request
from salesgoals_kit.run.folders import ReportPlace
from salesgoals_kit.run.making import Result, run_jobs
from salesgoals_kit.run.options import Options
from salesgoals_kit.run.record import Done
from salesgoals_kit.run.work import open_company
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from tests.browser import Browser, faulty
from tests.run.command import salesgoals_here
from tests.run.sample import FEW, with_a_part_of_the_sample


def quietly(done: int, total: int, what: str) -> None:
    """Show nothing."""


@pytest.fixture(scope="module")
def house(house: Path) -> Path:
    """The sample company of which a few tables are known, and a few people of each team."""
    return with_a_part_of_the_sample(house, "deals", "deal_changes", "stage_events", "reps", "assignments", "accounts")


@pytest.fixture(scope="module")
def ran(house: Path) -> Result:
    """Goal setting for one team, and beside it a job that has to fail, with an older page lying there."""
    request = Request(str(house / "params/company.yaml"), "goal_setting", "2026Q1", ("Central",), "2025-12-31")
    params, company = check_request(request)
    good = plan_jobs(company, request, params)[0]
    place = ReportPlace(good.place.folder.parent / "nobody", "goal_setting")
    bad = replace(good, owner=Owner(team="Nobody"), params={**good.params, "team": "Nobody"}, place=place)
    place.folder.mkdir(parents=True)
    for ending in ("html", "json"):
        place.file(ending).write_text("of yesterday", "utf-8")
    return run_jobs(company, [good, bad], quietly, Options(2))


def test_one_failure_leaves_the_others_their_report(ran: Result) -> None:
    good, bad = sorted(ran.outcomes, key=lambda outcome: outcome.error is not None)
    assert ran.failed == 1
    assert good.error is None
    for ending in ("html", "json", "ipynb"):
        assert good.job.place.file(ending).stat().st_size > 1000
    assert bad.error is not None
    assert "There is no such team" in bad.error


def test_a_failed_notebook_is_kept_with_its_error_and_no_stale_page(ran: Result) -> None:
    bad = next(outcome.job.place for outcome in ran.outcomes if outcome.error)
    assert not bad.file("html").exists()
    assert not bad.file("json").exists()
    assert "An Exception was encountered" in bad.file("ipynb").read_text("utf-8")
    assert json.loads(bad.file("failed.json").read_text("utf-8"))["owner"] == {"team": "Nobody", "rep": None}
    assert not list(bad.folder.glob(".*part*"))
    assert "There is no such team" in ran.index.read_text("utf-8")


def test_what_a_run_proposed_is_in_the_ledger_as_on_the_page(ran: Result, house: Path) -> None:
    said = next(content(one) for one in ran.outcomes if one.error is None)
    ledger = Ledger(open_store(open_company(str(house / "params/company.yaml"))))
    frozen = {(row.kpi, row.level): row for row in ledger.goals(Owner(team="Central"), "2026Q1")}
    own = [goal for goal in said.goals if goal.owner is None]
    assert set(frozen) == {(goal.kpi, goal.level) for goal in own}
    assert {level for kpi, level in frozen if kpi == "revenue"} == {"commit", "target", "stretch", "share"}
    shares = [goal for goal in said.goals if goal.owner is not None]
    assert len(shares) == len(said.reps) == FEW
    carried = sum(round(goal.value * 100) for goal in shares)
    assert carried == round(next(goal.value for goal in own if goal.level == "share") * 100)
    for goal in (*own, *shares):
        row = frozen[goal.kpi, goal.level] if goal.owner is None else ledger.goals(goal.owner, "2026Q1")[0]
        assert row.value == pytest.approx(goal.value, rel=1e-9)
        assert row.chance == goal.chance
        assert row.backfilled
    assert not ledger.goals(Owner(team="Nobody"))


def test_each_rep_has_a_page_that_belongs_to_the_report(ran: Result, house: Path) -> None:
    place = next(outcome.job.place for outcome in ran.outcomes if outcome.error is None)
    said = content_from_json(place.file("json").read_text("utf-8"))
    pages = {page.stem: page.read_text("utf-8") for page in place.reps.iterdir()}
    assert len(pages) == len(said.reps) == FEW
    for rep in said.reps:
        own = [page for page in pages.values() if rep.name in page]
        assert len(own) == 1, "his own page names him, and no other"
        assert "<script" not in own[0]
    index = ran.index.read_text("utf-8")
    assert all(f"2026Q1/central/reps/{stem}.html" in index for stem in pages)
    sealed = json.loads(place.seal.read_text("utf-8"))["files"]
    assert {name for name in sealed if "/" in name} == {f"reps/{stem}.html" for stem in pages}
    one = place.reps / f"{min(pages)}.html"
    one.write_text("tampered with", "utf-8")
    (place.reps / "who-has-left.html").write_text("of yesterday", "utf-8")
    request = Request(str(house / "params/company.yaml"), "goal_setting", "2026Q1", ("Central",), "2025-12-31")
    again = run_request(request, 1, quietly, Options())
    assert again.outcomes[0].why == ("broken",)
    assert {page.stem for page in place.reps.iterdir()} == set(pages)
    assert without_stamp(one.read_text("utf-8")) == without_stamp(pages[min(pages)])


def test_a_second_run_of_the_same_freezes_nothing_new(ran: Result, house: Path) -> None:
    request = Request(str(house / "params/company.yaml"), "goal_setting", "2026Q1", ("Central",), "2025-12-31")
    ledger = Ledger(open_store(open_company(request.company)))
    before = ledger.goals()
    first = next(outcome.job.place for outcome in ran.outcomes if outcome.error is None).file("html").read_text("utf-8")
    again = run_request(request, 1, quietly, Options(force=True))
    assert (again.made, again.failed) == (1, 0)
    assert again.outcomes[0].why == ("forced",)
    assert ledger.goals() == before
    second = again.outcomes[0].job.place.file("html").read_text("utf-8")
    assert without_stamp(second) == without_stamp(first)


def content(one: Done) -> Content:
    return content_from_json(one.job.place.file("json").read_text("utf-8"))


def without_stamp(page: str) -> str:
    before, _, rest = page.partition("<footer data-stamp")
    return before + rest.partition("</footer>")[2]


def test_by_hand_and_by_plain_papermill_the_figures_are_those_of_the_runner(ran: Result, house: Path) -> None:
    kit = next(outcome.job.place for outcome in ran.outcomes if outcome.error is None).file("json").read_text("utf-8")
    out = house / "out.ipynb"
    example = papermill.iorw.read_yaml_file(str(house / "params/example.yaml"))
    papermill.execute_notebook(
        str(house / "notebooks/goal_setting.ipynb"), str(out), example, progress_bar=False, cwd=str(house)
    )
    assert figures(content_of(read(out)).as_json()) == figures(kit)
    book = read(house / "notebooks/goal_setting.ipynb")
    parameters = next(cell for cell in book.cells if "parameters" in cell.metadata.get("tags", []))
    parameters.source += '\nteam = "Central"'
    NotebookClient(book, resources={"metadata": {"path": str(house / "notebooks")}}).execute()
    assert figures(content_of(book).as_json()) == figures(kit)


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def figures(written: str) -> dict[str, Any]:
    """Return what a content says, without the parameters it was asked with."""
    content_from_json(written)
    record: dict[str, Any] = json.loads(written)
    del record["provenance"]["parameters"]
    return record


def test_a_review_of_final_figures_decides_the_goals(house: Path) -> None:
    """Goals as of the quarter's start, reviewed when the figures are final: what is frozen becomes final."""
    file = str(house / "params/company.yaml")
    first = run_request(Request(file, "goal_setting", "2025Q4", ("South",), "2025-09-30"), 1, quietly)
    reviewed = run_request(Request(file, "review", "2025Q4", ("South",), "2025-12-31"), 1, quietly)
    assert first.failed == reviewed.failed == 0
    said = content(reviewed.outcomes[0])
    assert not said.preliminary
    finals = {figure.kpi: figure.value for figure in said.figures if figure.final}
    assert {"revenue", "win_rate", "margin"} <= set(finals)
    assert "cycle_days" not in finals, "its deals are still being followed"
    ledger = Ledger(open_store(open_company(file)))
    states = {row.kpi: row.state for row in ledger.goals(Owner(team="South"), "2025Q4", level="target")}
    page = reviewed.outcomes[0].job.place.file("html").read_text("utf-8")
    assert "How often our chances came true" in page
    assert "scored apart" in page  # the goals were set today, long after the quarter
    assert states["revenue"] == "final"
    assert states["cycle_days"] == "proposed"


def salesgoals(house: Path, *words: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from salesgoals_kit.cli import main; main()"
    environment = {**os.environ, "NO_COLOR": "1", "TERM": "dumb"}
    return subprocess.run(
        [sys.executable, "-c", code, *words], cwd=house, capture_output=True, text=True, check=False, env=environment
    )


def test_a_wrong_request_is_one_message_with_every_fault_and_exit_2(house: Path) -> None:
    done = salesgoals(house, "run", "goal_seting", "--period", "2026Q7", "--as-of", "soon")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    known = "one of baseline, goal_setting, strategy, tracking, review"
    for words in ("template: 'goal_seting'", known, "'2026Q7'", "'soon'"):
        assert words in done.stderr


def test_an_unknown_team_is_refused_before_anything_runs(house: Path) -> None:
    done = salesgoals_here(house, "run", "goal_setting", "--period", "2026Q1", "--team", "Nowhere", "--team", "Nobody")
    assert done.returncode == 2
    assert "'Nowhere'" in done.stderr
    assert "'Nobody'" in done.stderr
    assert "North, Central, South, Key Accounts" in done.stderr


def test_a_day_before_the_data_or_after_today_is_refused(house: Path) -> None:
    done = salesgoals_here(house, "run", "review", "--period", "2025Q4", "--as-of", "1999-01-01")
    assert done.returncode == 2
    assert "when the data begins" in done.stderr


def test_check_says_what_was_read_and_tells_a_files_faults(house: Path) -> None:
    done = salesgoals_here(house, "check")
    assert done.returncode == 0, done.stderr
    assert "deals: " in done.stdout
    assert "0 rejected" in done.stdout
    wrong = house / "2026Q1.yaml"
    wrong.write_text("version: 1\ngoals: [{kpi: revenu, owner: {team: Nowhere}, period: 2026Q1, value: 1}]\n", "utf-8")
    refused = salesgoals_here(house, "check", str(wrong))
    assert refused.returncode == 2
    assert "revenu" in refused.stderr
    assert "Nowhere" in refused.stderr


def test_what_humans_agree_is_frozen_with_the_chance_it_had(ran: Result, house: Path) -> None:
    file = house / "params/goals/2026Q1.yaml"
    file.parent.mkdir(exist_ok=True)
    goal = "kpi: revenue, owner: {team: Central}, period: 2026Q1, value: 300000, agreed_on: 2025-12-20, agreed_by: Ann"
    file.write_text(f"version: 1\ngoals: [{{{goal}}}]\n", "utf-8")
    done = salesgoals_here(house, "goals", "agree", str(file))
    assert done.returncode == 0, done.stderr
    assert "1 new" in done.stdout
    listed = salesgoals_here(house, "goals", "list", "--json", "--team", "Central", "--period", "2026Q1")
    agreed = [row for row in json.loads(listed.stdout) if row["level"] == "agreed"]
    assert len(agreed) == 1
    assert (agreed[0]["value"], agreed[0]["state"]) == (300000, "agreed")
    assert 0 < agreed[0]["chance"] < 1


def test_metrics_and_schema_are_machine_readable(house: Path) -> None:
    metrics = json.loads(salesgoals_here(house, "metrics", "--json").stdout)
    assert {"name", "definition", "source"} <= set(metrics[0])
    assert "sources" in json.loads(salesgoals_here(house, "schema").stdout)["properties"]


@pytest.mark.service
def test_its_page_and_those_of_its_reps_are_whole_on_screens_and_paper(browser: Browser, ran: Result) -> None:
    place = next(one.job.place for one in ran.outcomes if one.error is None)
    reps = sorted((place.folder / "reps").glob("*.html"))
    assert reps
    assert faulty(browser, place.file("html"), *reps[:2]) == {}
    assert browser.ran == []
