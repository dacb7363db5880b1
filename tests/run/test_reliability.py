"""What the machine does to a run: full and read-only disks, a clock set back, a database that is locked or gone."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from salesgoals_kit.store.engine import VARIABLE
from tests.run.tiny import SLUGS, TEAMS, Tiny, ended, waited
from tests.store.postgres import a_server

WAITS = 'import time\nPath("here").touch()\nwhile not Path("go").exists():\n    time.sleep(0.05)\n'
FILLS = """
with open("{}/ballast", "wb", buffering=0) as out:
    try:
        while True:
            out.write(bytes(4096))
    except OSError:
        pass
"""
GOALS = [("", 1), *((team, 1) for team in TEAMS)]


def absent(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; under CI it has to be there")
    pytest.skip(reason)


@contextmanager
def disk(folder: Path, how: str = "size=16m") -> Iterator[None]:
    """Mount a small disk at a folder."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", how, "tmpfs", str(folder)], capture_output=True, check=False)
    if done.returncode:
        absent("a disk cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def comes_out_as(tiny: Tiny, pages: dict[str, str], made: set[str], **env: str) -> None:
    """Run again: what is whole stays, ``made`` is made, and all is as if nothing had happened."""
    for file in tiny.folder.glob("*.py"):
        file.unlink()
    again = tiny.run("--jobs", "2", **env)
    assert (again.code, again.message) == (0, []), again.err
    assert {slug for slug, state in tiny.states().items() if state == "made"} == made
    assert tiny.pages() == pages
    assert tiny.is_tidy()


@pytest.mark.service
@pytest.mark.parametrize("where", ["reports", "store"])
def test_a_full_disk_is_said_once_and_ends_the_run(tiny: Tiny, pages: dict[str, str], where: str) -> None:
    """In mid-run, then from the start; when there is room again the rest is made."""
    with disk(tiny.folder / where):
        tiny.tell("Bees", FILLS.format(where))
        done = tiny.run("--log", "log.jsonl")
        assert (done.code, done.message[0]) == (2, "The disk is full."), done.err
        assert len(done.message) == 2
        assert "make room, and run the same again" in done.message[1]
        there = tiny.pages()
        assert set(there) == {"_company", "ants"}
        assert tiny.is_tidy()
        at_once = tiny.run("--force")
        assert at_once.code == 2
        assert sum("full" in line or "No space" in line for line in at_once.message) <= 2
        assert "ull" in at_once.err or "No space" in at_once.err
        assert tiny.pages() == there
        (tiny.folder / where / "ballast").unlink()
        comes_out_as(tiny, pages, {"bees", "crows"})
        assert tiny.goals() == GOALS


@pytest.mark.service
def test_reports_that_cannot_be_written_are_refused_before_anything_runs(tiny: Tiny) -> None:
    with disk(tiny.folder / "reports", "ro"):
        done = tiny.run()
        assert done.code == 2
        assert done.message[0] == "The reports cannot be written."
        assert "Read-only file system" in done.message[1]
        assert "figures" not in done.err
        assert tiny.goals_or_none() == []


@pytest.mark.service
def test_a_clock_set_back_loses_and_doubles_nothing(made: Tiny) -> None:
    """What is there is known by what is in it: the day of a stamp, a file or a row decides nothing."""
    if shutil.which("faketime") is None:
        absent("faketime is not installed")
    library = next(Path("/usr/lib").rglob("libfaketime*.so.1"))
    back = {"LD_PRELOAD": str(library), "FAKETIME": "-400d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    goals = made.goals()
    unchanged = made.run("--log", "log.jsonl", **back)
    assert (unchanged.code, unchanged.message) == (0, []), unchanged.err
    assert "0 made, 4 unchanged" in unchanged.out
    year = time.gmtime().tm_year
    assert f'"time": "{year}' not in (made.folder / "log.jsonl").read_text("utf-8"), "the clock was not set back"
    assert made.goals() == goals == GOALS
    to_come = made.run("--as-of", date.today().isoformat(), period="2030", **back)
    assert to_come.code == 2
    assert f"as_of: {date.today()}" in to_come.err
    assert "by this machine's clock" in to_come.err


def test_what_has_a_date_to_come_is_made_again_as_if_it_had_none(made: Tiny, pages: dict[str, str]) -> None:
    """The clock was a year ahead when the files were written: they are of a day that is still to come."""
    ahead = time.time() + 400 * 86400
    for file in (*made.folder.glob("reports/**/*"), *made.folder.glob("store/**/*")):
        os.utime(file, (ahead, ahead))
    again = made.run("--force", "--jobs", "2")
    assert (again.code, again.message) == (0, []), again.err
    assert made.pages() == pages
    assert made.goals() == GOALS
    assert made.is_tidy()


def test_a_locked_database_fails_the_report_that_meets_it(tiny: Tiny, pages: dict[str, str]) -> None:
    """The report that is frozen meanwhile, and perhaps the one that is opened meanwhile; the others go on."""
    tiny.environment[VARIABLE] = f"sqlite:///{tiny.folder}/store/ledger.sqlite?timeout=1"
    tiny.tell("Ants", WAITS)
    run = tiny.start("--jobs", "1")
    assert waited((tiny.folder / "here").exists, 120)
    assert waited(tiny.place("_company", "html").exists)
    other = sqlite3.connect(tiny.folder / "store" / "ledger.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    (tiny.folder / "go").touch()
    assert waited(tiny.place("ants", "failed.json").exists, 120)
    other.execute("ROLLBACK")
    other.close()
    done = ended(run)
    failed = {slug for slug, state in tiny.states().items() if state == "failed"}
    assert {"ants"} <= failed <= {"ants", "bees"}
    assert (done.code, done.message) == (1, [f"{len(failed)} of the reports failed; the index says why."])
    assert "database is locked; another run holds it" in tiny.index()
    assert set(tiny.pages()) == {*SLUGS} - failed
    assert [team for team, _ in tiny.goals()] == [team for team, _ in GOALS if team.lower() not in failed]
    comes_out_as(tiny, pages, failed)
    assert tiny.goals() == GOALS


def test_a_store_that_goes_away_fails_what_needs_it_and_nothing_is_lost(tiny: Tiny, pages: dict[str, str]) -> None:
    tiny.tell("Ants", WAITS)
    run = tiny.start("--jobs", "1")
    assert waited((tiny.folder / "here").exists, 120)
    assert waited(tiny.place("_company", "html").exists)
    store = tiny.folder / "store"
    store.rename(tiny.folder / "away")
    store.write_text("a disk that is not mounted", "utf-8")
    (tiny.folder / "go").touch()
    done = ended(run)
    assert (done.code, done.message) == (1, ["3 of the reports failed; the index says why."]), done.err
    assert "StoreError: The store's folder cannot be made" in tiny.ran()["reports"]["ants"]["error"]
    assert set(tiny.pages()) == {"_company"}
    store.unlink()
    (tiny.folder / "away").rename(store)
    assert tiny.goals() == GOALS[:1]
    comes_out_as(tiny, pages, {*SLUGS} - {"_company"})
    assert tiny.goals() == GOALS


@pytest.mark.service
def test_a_server_that_stops_fails_what_needs_it_and_nothing_is_lost(tiny: Tiny, pages: dict[str, str]) -> None:
    import psycopg

    with a_server() as server:
        address = server.new_schema()
        tiny.environment[VARIABLE] = address
        tiny.tell("Ants", WAITS)
        run = tiny.start("--jobs", "1")
        assert waited((tiny.folder / "here").exists, 120)
        assert waited(tiny.place("_company", "html").exists)
        server.stop()
        (tiny.folder / "go").touch()
        done = ended(run)
        assert (done.code, done.message) == (1, ["3 of the reports failed; the index says why."]), done.err
        assert f"see that the server runs and that {VARIABLE} is right" in tiny.ran()["reports"]["ants"]["error"]
        assert set(tiny.pages()) == {"_company"}
        refused = tiny.run("--force")
        assert (refused.code, refused.message[0]) == (2, "The ledger's database cannot be used.")
        assert set(tiny.pages()) == {"_company"}
        server.start()
        comes_out_as(tiny, pages, {*SLUGS} - {"_company"})
        with psycopg.connect(address) as connection:
            rows = connection.execute("SELECT coalesce(team, ''), version FROM goals ORDER BY 1").fetchall()
        assert rows == GOALS


def test_a_ledger_that_was_deleted_is_filled_again(made: Tiny, pages: dict[str, str]) -> None:
    """Its goals are frozen anew by making the reports anew: their seals say that the ledger held rows of them."""
    for file in (made.folder / "store").glob("ledger.sqlite*"):
        file.unlink()
    comes_out_as(made, pages, {*SLUGS})
    assert made.goals() == GOALS
