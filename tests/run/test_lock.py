"""Two runs at once, of one period and of two; what stands in run.json, and the log of JSON lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from salesgoals_kit.errors import ParamError, RunError
from salesgoals_kit.owners import Owner
from salesgoals_kit.run.folders import ReportPlace
from salesgoals_kit.run.job import Job
from salesgoals_kit.run.lock import HOLDER, alone
from salesgoals_kit.run.record import RUN, Done, read_run, write_run
from tests.run.tiny import PERIOD, SLUGS, Tiny, ended, waited

WAITS = 'import time\nPath("here").touch()\nwhile not Path("go").exists():\n    time.sleep(0.05)\n'


def test_a_second_run_of_a_period_says_who_holds_it_or_waits(tiny: Tiny, pages: dict[str, str]) -> None:
    tiny.tell("Ants", WAITS)
    first = tiny.start("--jobs", "2")
    assert waited((tiny.folder / "here").exists, 120)
    second = tiny.run()
    assert second.code == 2
    title, fault = second.message
    assert title == "Another run is at it."
    assert f"baseline {PERIOD}, process {first.pid} on " in fault
    assert "--wait MINUTES" in fault
    waiting = tiny.start("--wait", "5")
    assert waited(lambda: (tiny.folder / "store" / "ledger.sqlite").exists())
    assert waiting.poll() is None
    (tiny.folder / "go").touch()
    done, after = ended(first), ended(waiting)
    assert (done.code, after.code) == (0, 0), done.err + after.err
    assert "4 made, 0 unchanged" in done.out
    assert "0 made, 4 unchanged" in after.out
    assert tiny.pages() == pages


def test_runs_of_two_periods_work_side_by_side_and_the_index_has_both(tiny: Tiny, pages: dict[str, str]) -> None:
    runs = [tiny.start(period=period) for period in (PERIOD, "2025Q4")]
    for done in [ended(run) for run in runs]:
        assert (done.code, done.message) == (0, []), done.err
    assert "8 reports are done, 0 failed." in tiny.index()
    assert tiny.pages() == pages
    assert set(tiny.pages("2025Q4")) == set(SLUGS)
    assert tiny.goals() == sorted([(team, 1) for team in ("", "Ants", "Bees", "Crows")] * 2)


def test_a_lock_is_held_once_and_a_torn_note_of_the_holder_is_no_matter(tmp_path: Path) -> None:
    with alone(tmp_path, "review 2025Q4", 0):
        with pytest.raises(RunError, match=r"review 2025Q4, process \d+ on .*, since "), alone(tmp_path, "x", 0.1):
            pass
        (tmp_path / HOLDER).write_text('{"what": "rev', "utf-8")
        with pytest.raises(RunError, match="held by another process"), alone(tmp_path, "x", 0):
            pass
    with alone(tmp_path, "x", 0):
        pass
    assert not (tmp_path / HOLDER).exists()


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = pytest.raises(ParamError, match=r"(?s)cannot be written.*a folder that can be written to")
    with told, alone(tmp_path / "file" / "2025Q4", "x", 0):
        pass


def done_of(folder: Path, template: str, name: str, state: str) -> Done:
    place = ReportPlace(folder / name, template)
    return Done(Job(template, Owner(team=name), "2025Q4", {}, folder, place), state, ("new",), {"figures": "1"})


@pytest.mark.parametrize("garbage", ["", "{", "[]", '{"review": 3}', '{"review": {"reports": []}}', "[" * 100_000])
def test_garbage_in_run_json_is_written_anew(tmp_path: Path, garbage: str) -> None:
    (tmp_path / RUN).write_text(garbage, "utf-8")
    write_run(tmp_path, {"template": "review"}, [done_of(tmp_path, "review", "a", "made")])
    assert read_run(tmp_path)["review"]["reports"]["a"]["state"] == "made"


def test_run_json_keeps_what_other_templates_and_earlier_runs_did(tmp_path: Path) -> None:
    for template, name, state in (("review", "a", "made"), ("baseline", "a", "failed"), ("review", "b", "unchanged")):
        write_run(tmp_path, {"template": template}, [done_of(tmp_path, template, name, state)])
    found = read_run(tmp_path)
    states = {template: {slug: one["state"] for slug, one in run["reports"].items()} for template, run in found.items()}
    assert states == {"review": {"a": "made", "b": "unchanged"}, "baseline": {"a": "failed"}}


def test_the_log_and_run_json_tell_every_report_with_times_and_inputs(tiny: Tiny) -> None:
    tiny.tell("Crows", "1 / 0")
    assert tiny.run("--log", "log.jsonl", "--jobs", "2").code == 1
    again = tiny.run("--log", "log.jsonl", "--jobs", "2")
    assert again.code == 1
    lines: list[dict[str, Any]] = [
        json.loads(line) for line in (tiny.folder / "log.jsonl").read_text("utf-8").splitlines()
    ]
    events = [line["event"] for line in lines]
    half = events.index("ended") + 1
    assert sorted(events[3 : half - 1]) == ["failed", "made", "made", "made"]
    assert events[half:] == ["opened", "began", "prepared", "unchanged", "unchanged", "unchanged", "failed", "ended"]
    assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)
    made = next(line for line in lines if line["event"] == "made")
    assert set(made["times"]) == {"notebook", "page"}
    assert {"company", "kit", "template", "figures", "parameters"} <= set(made["inputs"])
    ran = tiny.ran()
    assert (ran["ended"], ran["as_of"], ran["jobs"]) == ("ended", "2025-03-31", 2)
    assert "ZeroDivisionError" in ran["reports"]["crows"]["error"]
    assert {slug for slug, one in ran["reports"].items() if one["state"] == "unchanged"} == {*SLUGS} - {"crows"}


def test_a_log_that_cannot_be_written_is_refused_before_anything_starts(tiny: Tiny) -> None:
    done = tiny.run("--log", "nowhere/log.jsonl")
    assert done.code == 2
    assert done.message[0] == "The log cannot be written."
    assert "name another: --log" in done.message[1]
    assert not (tiny.folder / "store").exists()
    assert not (tiny.folder / "reports").exists()
