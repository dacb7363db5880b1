"""The book is filled before a run: with what its reports then ask for, whatever fails, and for no other template."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.goals.board import goal_board, outlook_of
from salesgoals_kit.goals.kin import kin_of
from salesgoals_kit.goals.limits import NO_GOAL
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi
from salesgoals_kit.kpis.needs import missing
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.run import fill
from salesgoals_kit.run.batch import Request, check_request, plan_jobs
from salesgoals_kit.run.fill import fill_book
from salesgoals_kit.run.job import Job
from salesgoals_kit.run.work import Work, open_work

CENTRAL = Owner("Central")
NAMES = [name for name in CATALOGUE if name not in NO_GOAL]


class Shown:
    """Remembers what was shown."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def __call__(self, done: int, total: int, what: str) -> None:
        self.said.append(what)


@pytest.fixture(scope="module")
def jobs(house: Path) -> list[Job]:
    """The jobs of the company and of team Central for the first quarter of 2026."""
    request = Request(str(house / "params/company.yaml"), "goal_setting", "2026Q1", ("Central",), "2025-12-31")
    params, company = check_request(request)
    central = plan_jobs(company, request, params)[0]
    return [replace(central, owner=COMPANY, params={**central.params, "team": None}), central]


@pytest.fixture(scope="module")
def work(house: Path, jobs: list[Job]) -> Iterator[Work]:
    """What the reports of the jobs work with."""
    given = {**jobs[0].params, "company": str(house / "params/company.yaml")}
    opened = open_work("goal_setting", **given)
    yield opened
    opened.close()


def fits(self: Book, *_: object) -> Any:
    raise AssertionError("an outlook was not in the book")


def test_the_reports_find_every_outlook_in_the_book(
    jobs: list[Job], work: Work, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """After it nothing is fitted any more and no file added, for the company and for the team.

    Teams that no job asked for were fitted with Central, as their revenue adds up with it. Filled is in two processes,
    which leave nothing behind of the data that they had open.
    """
    assert not list(work.book.folder.glob("*"))
    with monkeypatch.context() as patch:
        patch.setenv("TMPDIR", str(tmp_path))
        fill_book(jobs, 2, Shown())
    assert not list(tmp_path.glob("sg-*"))
    before = {file.name: file.stat().st_mtime_ns for file in work.book.folder.iterdir()}
    assert before
    assert all(name.endswith(".npz") for name in before)
    monkeypatch.setattr(Book, "_fit", fits)
    for owner in (COMPANY, CENTRAL):
        board = goal_board(work.tables, owner, work.period, work.book)
        assert {"revenue", "mrr", "win_rate", "qualified_leads"} <= {line.kpi.name for line in board.lines}
    kin = kin_of(work.tables, CENTRAL, CATALOGUE["revenue"], work.period)
    assert kin is not None
    siblings = [part.owner for part in kin.parts if part.owner not in (CENTRAL, Owner(None, ""))]
    assert siblings
    for owner in siblings:
        assert outlook_of(work.tables, owner, CATALOGUE["revenue"], work.period, work.book).owner == owner
    assert {file.name: file.stat().st_mtime_ns for file in work.book.folder.iterdir()} == before


@pytest.mark.parametrize("template", ["baseline", "review"])
def test_other_templates_fill_nothing(jobs: list[Job], template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> Any:
        raise AssertionError("a process was started")

    shown = Shown()
    monkeypatch.setattr(fill, "ProcessPoolExecutor", never)
    fill_book([replace(job, template=template) for job in jobs], 2, shown)
    fill_book([], 2, shown)
    assert shown.said == []


class Here:
    """Stands in for the pool of processes: does at once what it is handed, so that what is asked for can be seen."""

    def __init__(self, workers: int, mp_context: object) -> None:
        self.workers = workers

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left to be done."""

    def submit(self, what: Callable[..., None], *given: object) -> Future[None]:
        future: Future[None] = Future()
        try:
            what(*given)
            future.set_result(None)
        except Exception as error:
            future.set_exception(error)
        return future


class Breaking(Here):
    """Stands in for a pool that breaks while it is still being handed its work."""

    left = 3
    error: Exception = BrokenProcessPool("A process was killed.")

    def submit(self, what: Callable[..., None], *given: object) -> Future[None]:
        self.left -= 1
        if not self.left:
            raise self.error
        return super().submit(what, *given)


Asked = Callable[[Callable[[Owner, str], None]], list[tuple[Owner, str]]]


@pytest.fixture
def asked(work: Work, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Give the list of what will be asked for; each call is handed to a function that may raise."""

    def watch(then: Callable[[Owner, str], None]) -> list[tuple[Owner, str]]:
        calls: list[tuple[Owner, str]] = []

        def outlook_of(tables: Tables, owner: Owner, kpi: Kpi, *_: object) -> None:
            calls.append((owner, kpi.name))
            then(owner, kpi.name)

        monkeypatch.setattr(fill, "ProcessPoolExecutor", Here)
        monkeypatch.setattr(fill, "_opened", fill._opened.__wrapped__)
        monkeypatch.setattr(atexit, "register", lambda close: close())
        monkeypatch.setattr(fill, "open_work", lambda template, **given: replace(work, close=lambda: None))
        monkeypatch.setattr(fill, "outlook_of", outlook_of)
        return calls

    return watch


def test_what_can_be_computed_is_asked_for_once_for_each_owner(jobs: list[Job], work: Work, asked: Asked) -> None:
    calls = asked(lambda owner, name: None)
    fill_book(jobs, 2, Shown())
    expected = {
        (owner, name) for owner in (COMPANY, CENTRAL) for name in NAMES if not missing(name, work.tables, owner)
    }
    assert set(calls) == expected
    assert len(calls) == len(expected)
    assert "coverage" not in {name for _, name in calls}


def test_progress_is_told_figure_by_figure(jobs: list[Job], asked: Asked) -> None:
    asked(lambda owner, name: None)
    shown = Shown()
    fill_book(jobs, 2, shown)
    assert shown.said == [f"outlooks: {done} of {len(NAMES)} figures" for done in range(1, len(NAMES) + 1)]


def test_an_owner_without_history_stops_no_other(jobs: list[Job], asked: Asked) -> None:
    def no_history(owner: Owner, name: str) -> None:
        if owner == COMPANY:
            raise ForecastError("There is nothing to forecast from.")

    calls = asked(no_history)
    shown = Shown()
    fill_book(jobs, 2, shown)
    assert (CENTRAL, "revenue") in calls
    assert {name for owner, name in calls if owner == CENTRAL} >= {"revenue", "mrr", "win_rate"}
    assert len(shown.said) == len(NAMES)


def test_a_figure_that_breaks_stops_no_other_and_is_told_by_its_report(jobs: list[Job], asked: Asked) -> None:
    def breaks(owner: Owner, name: str) -> None:
        if name == "revenue":
            raise ZeroDivisionError("a bug")

    calls = asked(breaks)
    shown = Shown()
    fill_book(jobs, 2, shown)
    assert {name for _, name in calls} >= {"revenue", "mrr", "win_rate"}
    assert {name for owner, name in calls if owner == CENTRAL} >= {"mrr", "win_rate"}
    assert len(shown.said) == len(NAMES)


def test_data_that_cannot_be_opened_is_left_to_the_reports(
    jobs: list[Job], asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = asked(lambda owner, name: None)
    monkeypatch.setattr(fill, "open_work", open_work)
    shown = Shown()
    fill_book([replace(job, params={**job.params, "company": "gone.yaml"}) for job in jobs], 2, shown)
    assert calls == []
    assert len(shown.said) == len(NAMES)


@pytest.mark.parametrize("error", [BrokenProcessPool("A process was killed."), OSError("no more processes")])
def test_a_pool_that_breaks_while_it_is_filled_stops_no_run(
    jobs: list[Job], asked: Asked, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = asked(lambda owner, name: None)
    monkeypatch.setattr(Breaking, "error", error)
    monkeypatch.setattr(fill, "ProcessPoolExecutor", Breaking)
    fill_book(jobs, 2, Shown())
    assert calls


def dies(*_: object) -> None:
    """End the process as the kernel's out-of-memory killer would."""
    os._exit(9)


def test_a_process_that_dies_stops_no_run(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill, "_fill", dies)
    fill_book(jobs, 2, Shown())


def test_the_data_is_opened_once_in_a_process_and_closed_at_its_end(
    jobs: list[Job], work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def opens(template: str, **_: object) -> Work:
        opened.append(template)
        return work

    closing: list[Callable[[], None]] = []
    monkeypatch.setattr(fill, "ProcessPoolExecutor", Here)
    monkeypatch.setattr(fill, "_opened", cache(fill._opened.__wrapped__))
    monkeypatch.setattr(fill, "open_work", opens)
    monkeypatch.setattr(fill, "outlook_of", fits)
    monkeypatch.setattr(atexit, "register", closing.append)
    fill_book(jobs, 2, Shown())
    assert opened == ["goal_setting"]
    assert closing == [work.close]
