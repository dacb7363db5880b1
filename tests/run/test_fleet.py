"""The benchmark of many reports: its company is what it says, and its floor does the work that the kit does."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pytest

from salesgoals_kit.data.snapshot import make_snapshot
from salesgoals_kit.run.batch import Request, check_request, plan_jobs, run_request
from salesgoals_kit.run.job import Job
from salesgoals_kit.run.work import open_company
from salesgoals_kit.store.engine import VARIABLE
from tests.benchmarks.fleet_company import CHANGED_BEFORE, change_one_team, copy_of, make_fleet
from tests.benchmarks.fleet_floor import executed, page_of

TEAMS = ["North 1", "Central 1", "South 1", "Key Accounts 1", "North 2", "Central 2"]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The company file of a fleet of six; the ledger is its own, whatever database the machine names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(VARIABLE, raising=False)
        yield make_fleet(tmp_path_factory.mktemp("fleet"), 6)


def test_it_has_the_teams_that_were_asked_for_and_no_row_is_set_aside(fleet: Path) -> None:
    company = open_company(str(fleet))
    assert [team.name for team in company.teams] == TEAMS
    tables = make_snapshot(company).manifest.tables
    assert {name: facts.rejected for name, facts in tables.items()} == dict.fromkeys(tables, 0)
    assert all(facts.read == facts.kept > 0 for facts in tables.values())
    assert company.store_folder == fleet.parent / "store"
    assert company.reports_folder == fleet.parent / "reports"


def test_every_team_wins_deals_in_every_year() -> None:
    for number, size in ((1, 4), (2, 2)):
        tables = copy_of(number + 6, number, size, thin=False)
        won = tables["deals"][tables["deals"]["status"] == "won"].merge(tables["reps"], on="rep")
        by_team = won.groupby(["team_y", won["closed_at"].dt.year])["amount"].sum().unstack()
        assert set(by_team.index) == set(TEAMS[4 * number - 4 : 4 * number])
        assert (by_team > 0).all(axis=None)


def test_a_part_of_a_sample_names_nothing_that_is_not_in_it() -> None:
    tables = copy_of(8, 2, 2, thin=True)
    for name, column, others in (
        ("deals", "rep", "reps"),
        ("activities", "deal_id", "deals"),
        ("activities", "lead_id", "leads"),
        ("leads", "deal_id", "deals"),
        ("deal_changes", "deal_id", "deals"),
        ("invoices", "account_id", "accounts"),
        ("assignments", "team", "teams"),
    ):
        assert tables[name][column].dropna().isin(tables[others][column]).all(), (name, column)


def test_the_same_seed_gives_the_same_bytes(fleet: Path, tmp_path: Path) -> None:
    again = make_fleet(tmp_path, 6).parent
    for file in sorted((fleet.parent / "data").iterdir()):
        assert (again / "data" / file.name).read_bytes() == file.read_bytes(), file.name
    assert (again / "fleet.yaml").read_bytes() == fleet.read_bytes()


def test_one_teams_change_changes_a_deal_of_that_team_alone(tmp_path: Path) -> None:
    folder = make_fleet(tmp_path, 3).parent
    before = {file.name: _lines(file) for file in (folder / "data").iterdir()}
    rows = change_one_team(folder, "South 1")
    after = {file.name: _lines(file) for file in (folder / "data").iterdir()}
    changed = {name: set(after[name]) - set(before[name]) for name in after if after[name] != before[name]}
    assert set(changed) == {"deals.csv", "deal_changes.csv"}
    assert sum(map(len, changed.values())) == rows
    assert all(len(after[name]) == len(before[name]) for name in after)
    [deal] = [line.split(";") for line in changed["deals.csv"]]
    assert {line.split(",")[0] for line in changed["deal_changes.csv"]} == {deal[0]}
    row = copy_of(7, 1, 3, thin=False)["deals"].set_index("deal_id").loc[deal[0]]
    assignments = pd.read_csv(folder / "data" / "assignments.csv")
    assert set(assignments.loc[assignments["rep"] == row["rep"], "team"]) == {"South 1"}
    assert row["status"] == "won"
    assert row["closed_at"] < CHANGED_BEFORE


def _lines(file: Path) -> list[str]:
    return file.read_text("cp1252" if file.name in ("deals.csv", "accounts.csv", "invoices.csv") else "utf-8").split(
        "\n"
    )


def test_the_floors_page_is_the_kits_but_for_its_stamp(fleet: Path, tmp_path: Path) -> None:
    small = make_fleet(tmp_path, 1)
    request = Request(str(small), "goal_setting", "2026Q1", ("North 1",), "2025-12-31")
    assert run_request(request, 1, lambda done, total, what: None).failed == 0
    params, company = check_request(request)
    [job] = plan_jobs(company, request, params)
    kit = job.place.file("html").read_text("utf-8")
    job = replace(job, stamp=job.stamp | {"made": "2026-01-01T00:00:00+00:00"})
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:  # the floor changes the working directory
        floor = pool.submit(_floors_page, job).result()
    assert floor != kit
    assert _without_stamp(floor) == _without_stamp(kit)


def _floors_page(job: Job) -> str:
    return page_of(job, executed(job))


def _without_stamp(page: str) -> str:
    before, footer, rest = page.partition("<footer data-stamp")
    assert footer
    return before + rest.partition("</footer>")[2]
