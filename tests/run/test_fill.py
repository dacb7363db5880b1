"""Before a run's reports their figures are worked out: what they then ask for, whatever fails, nothing twice."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import duckdb
import pytest

from salesgoals_kit.data.slices import Slices
from salesgoals_kit.data.snapshot import Unopened
from salesgoals_kit.errors import ForecastError, StoreError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.goals.board import goal_board, line_of
from salesgoals_kit.goals.limits import NO_GOAL
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report.content import content_from_json
from salesgoals_kit.run import fill as room
from salesgoals_kit.run import measures
from salesgoals_kit.run.batch import Request, check_request, plan_jobs, run_request
from salesgoals_kit.run.fill import fill
from salesgoals_kit.run.job import Job
from salesgoals_kit.run.making import Result, slices_for
from salesgoals_kit.run.measures import asks_of
from salesgoals_kit.run.options import Options
from salesgoals_kit.run.work import BOOK, Work, open_company, open_work, slice_name
from salesgoals_kit.run.workers import Workers, workers
from salesgoals_kit.store.ledger import Ledger
from tests.run.sample import with_a_part_of_the_sample

CENTRAL = Owner("Central")
T = TypeVar("T")
R = TypeVar("R")


class Shown:
    """Remembers what was shown."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def __call__(self, done: int, total: int, what: str) -> None:
        self.said.append(what)


class Here(Workers):
    """Stands in for other processes: does all in this one, so that what is asked for can be seen."""

    def __init__(self) -> None:
        """Have nobody else to do it."""

    def each(
        self, do: Callable[[T], R], things: Sequence[T], killed: Callable[[T], R], unwanted: object = None
    ) -> Generator[R, None, None]:
        """Do each thing here."""
        yield from map(do, things)


@pytest.fixture(scope="module")
def house(house: Path) -> Path:
    """A folder with the sample company's teams, and a few people in each."""
    return with_a_part_of_the_sample(house)


@pytest.fixture(scope="module")
def jobs(house: Path) -> list[Job]:
    """The jobs of the company and of team Central for the first quarter of 2026."""
    return planned(house, "goal_setting", "2026Q1", "2025-12-31")


def planned(house: Path, template: str, period: str, as_of: str) -> list[Job]:
    request = Request(str(house / "params/company.yaml"), template, period, ("Central",), as_of)
    params, company = check_request(request)
    central = plan_jobs(company, request, params)[0]
    return [replace(central, owner=COMPANY, params={**central.params, "team": None}), central]


@pytest.fixture
def slices(jobs: list[Job], house: Path, tmp_path: Path) -> Slices:
    """An empty folder for the slices of the jobs."""
    company = open_company(str(house / "params/company.yaml"))
    return Slices(tmp_path / slices_for(company, jobs[0]).folder.name)


@pytest.fixture(autouse=True)
def opened_anew() -> Iterator[None]:
    """Let every test open the data itself."""
    room.forget()
    yield
    room.forget()


@pytest.fixture(scope="module")
def work(house: Path, jobs: list[Job]) -> Iterator[Work]:
    """What the reports of the jobs work with, looking at the data themselves."""
    opened = open_work("goal_setting", **{**jobs[0].params, "company": str(house / "params/company.yaml")})
    yield opened
    opened.close()


def never(*_: object, **__: object) -> None:
    raise AssertionError("this was to be found, not worked out")


def made(house: Path, template: str, period: str, teams: tuple[str | None, ...] = ()) -> Result:
    """Run the real notebooks, of the company and of a team or all."""
    company = str(house / "params/company.yaml")
    return run_request(Request(company, template, period, teams, "2025-12-31"), 2, Shown(), Options(force=True))


@pytest.fixture(scope="module")
def goals(house: Path, jobs: list[Job]) -> tuple[Result, Book]:
    """Goals set for the company and for team Central, and the book of outlooks as it was before the first report."""
    company = open_company(str(house / "params/company.yaml"))
    slices = slices_for(company, jobs[0])
    with workers(2, None) as pool:
        fill(jobs, slices, pool, Shown())
    before = Book(shutil.copytree(company.store_folder / BOOK, house / "book before"))
    return made(house, "goal_setting", "2026Q1", (None, "Central")), before


def looks_at_no_more(result: Result, reports: int) -> None:
    assert (result.failed, len(result.outcomes)) == (0, reports)
    for one in result.outcomes:
        content = content_from_json(one.job.place.file("json").read_text("utf-8"))
        assert not content.provenance.beyond, one.job.title
        assert "snapshot" not in one.inputs


def test_goal_setting_does_not_look_beyond_what_it_is_handed(goals: tuple[Result, Book]) -> None:
    """Neither of the reports opened the snapshot."""
    looks_at_no_more(goals[0], 2)


@pytest.mark.parametrize(("template", "period"), [("baseline", "2026Q1"), ("review", "2025Q4")])
def test_no_report_looks_beyond_what_it_is_handed(house: Path, template: str, period: str) -> None:
    looks_at_no_more(made(house, template, period), 5)


def test_what_is_handed_says_what_the_data_says(house: Path, jobs: list[Job], work: Work) -> None:
    """The same lines from the slice as from the tables, and no outlook is fitted for them."""
    slices = slices_for(work.company, jobs[1])
    with workers(2, None) as pool:
        fill(jobs, slices, pool, Shown())
    closed = Unopened(work.ref, work.company)
    found = slices.tables(slice_name("goal_setting", CENTRAL, "2026Q1"), work.company, lambda: closed.at(work.as_of))
    assert found is not None
    handed = goal_board(found[0], CENTRAL, work.period, work.book)
    asked = goal_board(work.tables, CENTRAL, work.period, work.book)
    assert not closed.opened
    assert handed.left_out == asked.left_out
    assert [line.proposals for line in handed.lines] == [line.proposals for line in asked.lines]
    assert [line.reasons for line in handed.lines] == [line.reasons for line in asked.lines]
    assert [line.baseline.notes for line in handed.lines] == [line.baseline.notes for line in asked.lines]


def test_what_is_there_is_not_worked_out_again(
    jobs: list[Job], slices: Slices, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(jobs, slices, Here(), Shown())
    before = {file: file.read_bytes() for file in slices.folder.glob("goal*")}
    assert len(before) == 2
    monkeypatch.setattr(room, "open_work", never)
    shown = Shown()
    fill(jobs, slices, Here(), shown)
    assert shown.said == []
    assert {file: file.read_bytes() for file in slices.folder.glob("goal*")} == before


def test_one_owner_more_is_worked_out_alone(jobs: list[Job], slices: Slices, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(jobs[:1], slices, Here(), Shown())
    asked: list[Owner] = []
    monkeypatch.setitem(measures._ASKS["goal_setting"], "drivers", lambda work, owner: asked.append(owner))
    fill(jobs, slices, Here(), Shown())
    assert asked == [CENTRAL]


def test_outlooks_are_fitted_once_for_all_that_add_up(
    goals: tuple[Result, Book], work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Teams that no job asked for were fitted with Central, as their revenue adds up with it."""
    book = goals[1]
    written = {file.name for file in book.folder.iterdir()}
    assert written
    assert all(name.endswith(".npz") for name in written)
    monkeypatch.setattr(Book, "_fit", never)
    for owner in (COMPANY, CENTRAL):
        board = goal_board(work.tables, owner, work.period, book)
        assert {"revenue", "mrr", "win_rate", "qualified_leads"} <= {line.kpi.name for line in board.lines}
    north = line_of(work.tables, Owner("North"), work.period, book, CATALOGUE["revenue"])
    assert north.outlook.owner == Owner("North")
    assert {file.name for file in book.folder.iterdir()} == written


def watched(monkeypatch: pytest.MonkeyPatch, then: Callable[[Owner, str], None]) -> list[tuple[Owner, str]]:
    """Return the list of lines that will be asked for; each is handed to a function that may raise."""
    calls: list[tuple[Owner, str]] = []

    def line(work: Work, owner: Owner, name: str) -> None:
        calls.append((owner, name))
        then(owner, name)

    asks = {**measures._each(line), "drivers": measures._ASKS["goal_setting"]["drivers"]}
    monkeypatch.setitem(measures._ASKS, "goal_setting", asks)
    return calls


def nothing(owner: Owner, name: str) -> None:
    """Do nothing."""


def test_progress_is_told_figure_by_figure(jobs: list[Job], slices: Slices, monkeypatch: pytest.MonkeyPatch) -> None:
    watched(monkeypatch, nothing)
    shown = Shown()
    fill(jobs, slices, Here(), shown)
    figures = len(CATALOGUE) + 1
    assert shown.said == [f"figures: {done} of {figures}" for done in range(1, figures + 1)]


@pytest.mark.parametrize("error", [ForecastError("There is nothing to forecast from."), ZeroDivisionError("a bug")])
def test_what_fails_for_one_stops_no_other_and_is_met_again_by_its_report(
    jobs: list[Job], slices: Slices, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(owner: Owner, name: str) -> None:
        if owner == COMPANY:
            raise error

    calls = watched(monkeypatch, fails)
    fill(jobs, slices, Here(), Shown())
    assert {name for owner, name in calls if owner == CENTRAL} >= {"revenue", "mrr", "win_rate"}
    for job in jobs:
        held = slices.read(slice_name(job.template, job.owner, job.period))
        assert any("drivers" in key for key in held)


def test_data_that_cannot_be_opened_is_left_to_the_reports(jobs: list[Job], slices: Slices) -> None:
    shown = Shown()
    fill([replace(job, params={**job.params, "company": "gone.yaml"}) for job in jobs], slices, Here(), shown)
    assert len(shown.said) == len(asks_of("goal_setting"))
    assert not slices.folder.exists()


def test_what_a_database_says_on_opening_is_left_to_the_reports_and_a_full_disk_is_not(
    jobs: list[Job], slices: Slices, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise duckdb.OutOfMemoryException("no room")

    def is_full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(room, "open_work", fails)
    fill(jobs, slices, Here(), Shown())
    assert not slices.folder.exists()
    monkeypatch.setattr(room, "open_work", is_full)
    with pytest.raises(OSError, match="No space left"):
        fill(jobs, slices, Here(), Shown())


def test_past_scores_that_cannot_be_read_are_left_to_the_reports(
    jobs: list[Job], slices: Slices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slices without the outlooks would stay, and every later report would look at all of the snapshot."""

    def fails(*_: object) -> None:
        raise StoreError("gone", [])

    monkeypatch.setattr(Ledger, "digest_of_scores", fails)
    fill(jobs, slices, Here(), Shown())
    assert not [job for job in jobs if slices.path(slice_name(job.template, job.owner, job.period)).exists()]


def test_a_company_file_that_changed_since_the_run_began_gives_nothing(jobs: list[Job], tmp_path: Path) -> None:
    """A worker of a cluster outlives a run: neither what it has open nor what it opens may be of another company."""
    fill(jobs, Slices(tmp_path / "of another company"), Here(), Shown())
    assert not list(tmp_path.iterdir())


def test_slices_are_used_where_a_table_names_the_teams(tmp_path: Path) -> None:
    """Their managers and addresses are read with the slice, and the rows of neither table are looked at."""
    days = [date(2023, 1, 1) + timedelta(days=13 * i) for i in range(60)]
    deals = [f"{i},won,{day},{day},{1000 + i},{('Ants', 'Bees')[i % 2]}" for i, day in enumerate(days)]
    teams = ["Ants,Ada,ada@example.org,", "Bees,Bea,bea@example.org,Ants"]
    (tmp_path / "deals.csv").write_text("\n".join(["deal_id,status,created_at,closed_at,amount,team", *deals]), "utf-8")
    (tmp_path / "teams.csv").write_text("\n".join(["team,manager,email,parent", *teams]), "utf-8")
    sources = "{deals: {path: deals.csv}, teams: {path: teams.csv}}"
    file = tmp_path / "company.yaml"
    file.write_text(f"version: 1\nname: Tiny\nsources: {sources}\nreports: reports\nstore: store\n", "utf-8")
    request = Request(str(file), "baseline", "2025Q3", ("Ants", "Bees"), "2025-02-28")
    params, company = check_request(request)
    planned = plan_jobs(company, request, params)
    slices = slices_for(company, planned[0])
    fill(planned, slices, Here(), Shown())
    work = open_work("baseline", **{**planned[1].params, "company": str(file)})
    assert work.handed and not work.snapshot.opened
    named = {team.name: (team.manager, team.email, team.parent) for team in work.company.teams}
    assert named == {"Ants": ("Ada", "ada@example.org", None), "Bees": ("Bea", "bea@example.org", "Ants")}
    work.close()


def test_a_process_has_but_one_company_open(jobs: list[Job], slices: Slices) -> None:
    params = {**jobs[0].params, "company": str(jobs[0].folder / str(jobs[0].params["company"]))}
    opened = []
    for period in ("2026Q1", "2026Q2", "2026Q1"):
        given = tuple(sorted({**params, "period": period}.items()))
        work = room._opened("goal_setting", given, slices, (CENTRAL,))
        assert work is not None and work is room._opened("goal_setting", given, slices, (CENTRAL,))
        opened.append(work)
        assert list(room._open.values()) == [work]
    assert opened[0] is not opened[2]


def test_a_process_that_dies_stops_no_run_and_leaves_no_half_slice(
    jobs: list[Job], slices: Slices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "work_out", dies)
    with workers(2, None) as pool:
        fill(jobs, slices, pool, Shown())
    assert not slices.folder.exists()


def dies(*_: object) -> None:
    """End the process as the kernel's out-of-memory killer would."""
    os._exit(9)


def test_every_figure_of_the_catalogue_is_asked_for_but_those_without_goals(
    jobs: list[Job], work: Work, slices: Slices
) -> None:
    fill(jobs, slices, Here(), Shown())
    held = slices.read(slice_name("goal_setting", CENTRAL, "2026Q1"))
    asked = {key.split("Kpi(name='")[1].split("'")[0] for key in held if "asked_of" in key}
    lines = {line.kpi.name for line in goal_board(work.tables, CENTRAL, work.period, work.book).lines}
    assert asked == lines
    assert not asked & set(NO_GOAL)
    assert all(json.loads(text) is not None or text == "null" for text in held.values())
    assert date.fromisoformat(str(jobs[0].params["as_of"])) == work.as_of
