"""A snapshot is whole or not there, is named for its content, and is never opened when it has changed."""

from __future__ import annotations

import json
import multiprocessing
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from salesgoals_kit.data import snapshot as module
from salesgoals_kit.data.manifest import read_manifest
from salesgoals_kit.data.snapshot import find_snapshot, make_snapshot, open_snapshot
from salesgoals_kit.errors import DataError
from salesgoals_kit.words import catalogue, say
from tests.data.conftest import DEALS, Border, collected

GOOD = "1,won,2026-01-01,2026-03-31,1\n2,open,2026-02-01,,5\n"
BAD = "3,won,2026-01-01,never,1\n"


def _snapshots(border: Border) -> list[str]:
    return sorted(path.name for path in (border.folder / "store" / "snapshots").iterdir())


def test_the_same_content_is_the_same_snapshot(border: Border, tmp_path: Path) -> None:
    """Not the clock, the path, the order of rows or the form of the file makes another."""
    first = border.file("deals", DEALS + GOOD).made()
    assert border.made() == first
    assert _snapshots(border) == [first.hash]
    elsewhere = Border(tmp_path / "elsewhere")
    elsewhere.folder.mkdir()
    rows = "".join(reversed(GOOD.splitlines(keepends=True)))
    assert elsewhere.file("deals", DEALS + rows, "txt").made().hash == first.hash


@pytest.mark.parametrize(
    "rows",
    [GOOD.replace("5\n", "5.01\n"), GOOD + BAD, GOOD.replace("open", "lost").replace(",,", ",2026-03-01,"), GOOD * 2],
)
def test_other_content_is_another_snapshot(border: Border, rows: str) -> None:
    """What was set aside is content as well: the report says how many rows were."""
    first = border.file("deals", DEALS + GOOD).made()
    assert border.file("deals", DEALS + rows).made().hash != first.hash
    assert len(_snapshots(border)) == 2


def test_rules_that_shape_the_content_make_another_snapshot(border: Border) -> None:
    first = border.file("deals", DEALS + GOOD).made()
    border.rest["currency"] = "USD"
    assert border.made().hash != first.hash


def test_the_manifest_says_what_there_is(border: Border) -> None:
    ref = border.file("deals", DEALS + GOOD + BAD).made()
    facts = ref.manifest.tables["deals"]
    assert (facts.read, facts.kept, facts.rejected) == (3, 2, 1)
    assert facts.present == ("amount", "closed_at", "created_at", "deal_id", "status")
    assert facts.spans == {
        "created_at": (date(2026, 1, 1), date(2026, 2, 1)),
        "closed_at": (date(2026, 3, 31), date(2026, 3, 31)),
    }
    assert (ref.first_day, ref.last_day) == (date(2026, 1, 1), date(2026, 3, 31))
    assert ref.folder == (border.folder / "store" / "snapshots" / ref.hash).resolve()
    assert find_snapshot(border.company, ref.hash) == ref


@pytest.mark.parametrize("file", ["deals.parquet", "rejected.csv"])
def test_a_changed_file_is_not_opened_and_made_anew_by_the_next_run(border: Border, file: str) -> None:
    ref = border.file("deals", DEALS + GOOD).made()
    with (ref.folder / file).open("ab") as changed:
        changed.write(b"x")
    with pytest.raises(DataError, match=f"{file} has changed since it was written"), open_snapshot(ref, border.company):
        pass
    assert border.made().hash == ref.hash
    with open_snapshot(ref, border.company) as opened:
        assert len(collected(opened.at(ref.last_day), "deals")) == 2


@pytest.mark.parametrize("missing", ["deals.parquet", "manifest.json"])
def test_a_folder_without_a_file_is_no_snapshot(border: Border, missing: str) -> None:
    ref = border.file("deals", DEALS + GOOD).made()
    (ref.folder / missing).unlink()
    with (
        pytest.raises(DataError, match=r"The snapshot is not whole\.(.|\n)*delete the folder"),
        open_snapshot(ref, border.company),
    ):
        pass
    assert border.made() == ref or (ref.folder / missing).exists()


def test_a_manifest_under_another_name_is_refused(border: Border) -> None:
    ref = border.file("deals", DEALS + GOOD).made()
    shutil.copytree(ref.folder, ref.folder.parent / "0123456789abcdef")
    with pytest.raises(DataError, match="its contents are not those of the folder's name"):
        find_snapshot(border.company, "0123456789abcdef")
    record = json.loads((ref.folder / "manifest.json").read_text())
    record["tables"]["deals"]["kept"] = 7
    (ref.folder / "manifest.json").write_text(json.dumps(record))
    with pytest.raises(DataError, match="its contents are not those of the folder's name"):
        read_manifest(ref.folder)


def test_a_snapshot_that_is_not_there_is_refused(border: Border) -> None:
    with pytest.raises(DataError, match=r"manifest\.json cannot be used"):
        find_snapshot(border.file("deals", DEALS + GOOD).company, "0123456789abcdef")


def test_a_write_that_fails_leaves_nothing(border: Border, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manifest is the last file; without it there is no snapshot, and the draft is cleared away."""

    def fail(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(module, "write_manifest", fail)
    border.file("deals", DEALS + GOOD)
    with pytest.raises(DataError, match=r"The snapshot cannot be written\.(.|\n)*No space left on device"):
        border.made()
    assert _snapshots(border) == []


def _make(border: Border) -> str:
    return make_snapshot(border.company).hash


def test_two_processes_at_once_make_one_snapshot(border: Border) -> None:
    border.file("deals", DEALS + GOOD)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        hashes = pool.map(_make, [border] * 4)
    assert _snapshots(border) == [hashes[0]]
    assert set(hashes) == {hashes[0]}


def test_a_draft_of_another_process_is_no_snapshot(border: Border) -> None:
    (border.folder / "store" / "snapshots" / ".writing-1").mkdir(parents=True)
    ref = border.file("deals", DEALS + GOOD).made()
    assert ref.manifest.earlier == ()


def test_an_earlier_snapshot_of_the_company_says_what_open_deals_looked_like(border: Border) -> None:
    """In March the deal stood at 5.00; in June at 9.00; asked in April for March, March's amount is known."""
    march = border.file("deals", DEALS + GOOD).made()
    june = "1,won,2026-01-01,2026-03-31,1\n2,won,2026-02-01,2026-06-30,9\n"
    ref = border.file("deals", DEALS + june).made()
    assert ref.manifest.earlier == (march.hash,)
    with open_snapshot(ref, border.company) as snapshot:
        tables = snapshot.at(date(2026, 4, 30))
        assert list(collected(tables, "deals")["amount"]) == [100, 500]
        assert say("data.earlier_used", day=date(2026, 3, 31)) in tables.unknown
        assert list(collected(snapshot.at(date(2026, 3, 30)), "deals")["amount"]) == [None, None], (
            "it did not exist then"
        )
        assert list(collected(snapshot.at(date(2026, 6, 30)), "deals")["amount"]) == [100, 900]


def test_the_latest_of_the_earlier_snapshots_is_asked(border: Border) -> None:
    for day, amount in (("2026-03-31", 5), ("2026-04-30", 6), ("2026-06-30", 7)):
        ref = border.file("deals", DEALS + f"1,lost,{day},{day},1\n2,open,2026-02-01,,{amount}\n").made()
    with open_snapshot(ref, border.company) as snapshot:
        amounts = {
            day: list(collected(snapshot.at(day), "deals")["amount"]) for day in (date(2026, 4, 29), date(2026, 5, 1))
        }
    assert amounts == {date(2026, 4, 29): [500], date(2026, 5, 1): [600]}


def test_another_company_s_snapshot_says_nothing(border: Border) -> None:
    border.file("deals", DEALS + GOOD).made()
    border.rest["name"] = "Another"
    ref = border.file("deals", DEALS + "2,won,2026-02-01,2026-06-30,9\n").made()
    assert ref.manifest.earlier == ()


def test_notes_come_back_as_they_were(border: Border) -> None:
    ref = border.file("deals", DEALS + "1,open,2026-01-01,2026-03-31,1\n").made()
    assert len(ref.manifest.notes) == 1
    assert find_snapshot(border.company, ref.hash).manifest.notes == ref.manifest.notes


def test_no_extension_is_fetched_and_memory_and_threads_are_bounded(border: Border) -> None:
    ref = border.file("deals", DEALS + GOOD).made()
    with open_snapshot(ref, border.company) as opened:
        names = ("autoinstall_known_extensions", "autoload_known_extensions")
        settings = [opened._con.execute(f"SELECT current_setting('{name}')").fetchone() for name in names]
        threads = opened._con.execute("SELECT current_setting('threads')").fetchone()
    assert settings == [(False,), (False,)]
    assert threads is not None
    assert threads[0] <= 4


def test_every_sentence_of_the_border_has_its_words() -> None:
    """And none is there for nobody."""
    said: dict[str, set[str]] = {}
    for path in Path(module.__file__).parent.glob("*.py"):
        said |= {name: set() for name in re.findall(r'"(data\.\w+)"', path.read_text("utf-8"))}
    said |= {f"data.open_{field}_unknown": set() for field in ("amount", "stage", "rep", "expected_close_at")}
    said |= {f"data.closed_{field}_unknown": set() for field in ("amount", "rep")}
    said |= {"data.unknown_reps": set(), "data.unknown_teams": set()}
    assert set(said) == {name for name in catalogue("en") if name.startswith("data.")}


def test_a_planned_meeting_does_not_make_the_data_newer_than_it_is(border: Border) -> None:
    """A CRM exports meetings still to come; the open deals' amounts are known today all the same."""
    border.file("deals", DEALS + "1,won,2026-01-02,2026-01-09,5\n2,open,2026-01-10,,7\n")
    border.file("activities", "activity_id,rep,kind,happened_at\n1,Ann,meeting,2026-12-01\n")
    ref = border.made()
    assert ref.last_day == date(2026, 1, 10)
    with open_snapshot(ref, border.company) as snapshot:
        deals = snapshot.at(ref.last_day).frame("deals").collect("pandas").to_native()
        assert sorted(deals["amount"].dropna()) == [500, 700]
