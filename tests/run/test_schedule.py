"""Ready files for cron and systemd: read by the real ones, in a folder whose name has all that can go wrong."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from salesgoals_kit.errors import ParamError
from salesgoals_kit.run import schedule
from salesgoals_kit.run.schedule import cron_text, systemd_text, systemd_units, write_units
from salesgoals_kit.store.engine import VARIABLE

ROOT = Path(__file__).parents[2]
PLAIN, BLANKS, HOSTILE = "acme", "Acme 100%n Ltd", "a b%n \"q' $HOME `id` #;&é"
COMPANY = """version: 1
name: Acme
timezone: Europe/Berlin
store: store
reports: reports
sources: {deals: {path: d.csv}}
schedule: {periods: [year], goal_setting_days: 1}
"""


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A company with data that ends long ago, and beside it a program that runs this checkout's kit."""
    monkeypatch.delenv(VARIABLE, raising=False)
    made = tmp_path / getattr(request, "param", PLAIN)
    made.mkdir()
    (made / "company.yaml").write_text(COMPANY, "utf-8")
    deals = (
        "deal_id,status,created_at,closed_at,amount\n1,won,2024-01-03,2024-01-05,10\n2,won,2024-06-03,2024-07-05,10\n"
    )
    (made / "d.csv").write_text(deals, "utf-8")
    program(made, f'exec {shlex.quote(sys.executable)} -c "from salesgoals_kit.cli import main; main()" "$@"')
    monkeypatch.setattr(schedule, "_program", lambda: (str(made / "salesgoals"),))
    return made


def program(folder: Path, does: str) -> None:
    file = folder / "salesgoals"
    file.write_text(f"#!/bin/sh\nexport PYTHONPATH={shlex.quote(str(ROOT))}\n{does}\n", "utf-8")
    file.chmod(0o755)


def line_of(text: str) -> str:
    """The one line of a crontab that is a command."""
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "CRON_TZ="))]
    assert len(lines) == 1
    return lines[0]


def as_cron_would(text: str) -> subprocess.CompletedProcess[str]:
    """Run the line as cron does: percent signs are unescaped, /bin/sh, next to no environment."""
    command = line_of(text).split(" ", 5)[5]
    assert "%" not in command.replace(r"\%", ""), "cron takes a bare % for the end of the line"
    plain = command.replace(r"\%", "%")
    return subprocess.run(
        ["/bin/sh", "-c", plain], env={"HOME": "/"}, cwd="/", capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("folder", [PLAIN, BLANKS, HOSTILE], indirect=True)
def test_crons_line_runs_due_where_the_company_is_and_keeps_a_log(folder: Path) -> None:
    program(folder, 'for word in "$PWD" "$LANG" "${PATH%%:*}" "$@"; do echo "<$word>"; done; echo wrong >&2')
    text = cron_text(str(folder / "company.yaml"), at="06:45", jobs=3)
    assert line_of(text).startswith("45 6 * * * ")
    assert "CRON_TZ=Europe/Berlin\n" in text
    for _ in range(2):
        done = as_cron_would(text)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    words = [folder, "C.UTF-8", folder, "due", "--company", folder / "company.yaml", "--jobs", "3"]
    said = "".join(f"<{word}>\n" for word in words) + "wrong\n"
    assert (folder / "store/due.log").read_text("utf-8") == said * 2, "a log is added to"


@pytest.mark.parametrize("folder", [PLAIN, HOSTILE], indirect=True)
def test_a_failure_is_one_line_that_cron_mails(folder: Path) -> None:
    program(folder, "echo much; exit 1")
    done = as_cron_would(cron_text(str(folder / "company.yaml"), at="05:00", jobs=1))
    assert done.stdout == f"salesgoals due failed; see {folder}/store/due.log\n"


@pytest.mark.parametrize("folder", [PLAIN, HOSTILE], indirect=True)
def test_a_ledger_that_a_variable_names_is_named_by_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the run would begin another ledger. The address may hold a password, and is not printed."""
    address = "postgresql://me:secret@there/ledger?x=1&y=2"
    monkeypatch.setenv(VARIABLE, address)
    program(folder, f'echo "${VARIABLE}"')
    text = cron_text(str(folder / "company.yaml"), at="05:00", jobs=1)
    file = folder / "ledger.env"
    assert "secret" not in text and str(file) in text
    assert as_cron_would(text).returncode == 2, "no ledger is better than another one"
    assert not (folder / "store/due.log").exists()
    file.write_text(f"{VARIABLE}='{address}'\n", "utf-8")
    assert as_cron_would(text).returncode == 0
    assert (folder / "store/due.log").read_text("utf-8") == f"{address}\n"
    service = systemd_units(str(folder / "company.yaml"), at="05:00", jobs=1)["salesgoals-due.service"]
    assert f"EnvironmentFile={str(file).replace('%', '%%')}" in service.splitlines()
    assert "secret" not in service


@pytest.mark.parametrize("at", ["24:00", "5:00", "05:60", "* * * * * rm", ""])
def test_a_time_that_is_none_is_refused(folder: Path, at: str) -> None:
    for make in (cron_text, systemd_units):
        with pytest.raises(ParamError, match="a time of day like 05:00"):
            make(str(folder / "company.yaml"), at=at, jobs=1)


@pytest.mark.parametrize("folder", ["two\nlines", "back\\slash"], indirect=True)
def test_what_a_crontab_cannot_hold_is_refused_with_every_fault(folder: Path) -> None:
    with pytest.raises(ParamError) as caught:
        cron_text(str(folder / "company.yaml"), at="25:00", jobs=1)
    assert "a time of day" in str(caught.value)
    assert len(caught.value.faults) == 4, "the time, the company file, the store and the program"


def test_a_line_longer_than_cron_takes_is_refused(folder: Path) -> None:
    deep = folder.joinpath(*["d" * 120] * 3)
    deep.mkdir(parents=True)
    shutil.copyfile(folder / "company.yaml", deep / "company.yaml")
    with pytest.raises(ParamError, match=r"a line of \d+ characters; expected at most 998; use systemd"):
        cron_text(str(deep / "company.yaml"), at="05:00", jobs=1)


def test_what_systemd_reads_is_written_its_way(folder: Path) -> None:
    units = systemd_units(str(folder / "company.yaml"), at="05:30", jobs=2)
    assert list(units) == ["salesgoals-due.service", "salesgoals-due.timer"]
    service = units["salesgoals-due.service"].splitlines()
    file = folder / "company.yaml"
    assert f'ExecStart="{folder}/salesgoals" "due" "--company" "{file}" "--jobs" "2"' in service
    assert f"WorkingDirectory={folder}" in service
    assert "OnCalendar=*-*-* 05:30:00 Europe/Berlin" in units["salesgoals-due.timer"]
    assert "Persistent=true" in units["salesgoals-due.timer"]
    printed = systemd_text(units)
    assert all(f"# ---- {name} ----\n{text}" in printed for name, text in units.items())


def test_signs_that_mean_something_to_systemd_are_escaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / '1%n $x "q"\\'
    made.mkdir()
    (made / "company.yaml").write_text(COMPANY, "utf-8")
    monkeypatch.setattr(schedule, "_program", lambda: ("/usr/bin/salesgoals",))
    service = systemd_units(str(made / "company.yaml"), at="05:00", jobs=1)["salesgoals-due.service"]
    assert f'"--company" "{tmp_path}/1%%n $$x \\"q\\"\\\\/company.yaml"' in service
    assert f'WorkingDirectory={tmp_path}/1%%n $x "q"\\\n' in service


def test_units_go_into_a_folder(folder: Path) -> None:
    with pytest.raises(ParamError, match=r"company\.yaml: File exists; expected a folder that can be written to"):
        write_units({"a.timer": ""}, folder / "company.yaml")


def test_the_program_is_the_one_of_this_environment() -> None:
    found = schedule._program()
    done = subprocess.run([*found, "schedule", "--help"], capture_output=True, text=True, check=False)
    assert Path(found[0]).is_absolute()
    assert done.returncode == 0, done.stderr


def absent(reason: str) -> None:
    """Skip, or fail where everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; under CI it has to be there")
    pytest.skip(reason)


def verified(folder: Path, units: Path) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        absent("systemd-analyze is not installed")
    for path in write_units(systemd_units(str(folder / "company.yaml"), at="05:00", jobs=1), units):
        assert path.is_file()
    command = ["systemd-analyze", "verify", *map(str, sorted(units.iterdir()))]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.service
@pytest.mark.parametrize("folder", [PLAIN, BLANKS, HOSTILE], indirect=True)
def test_systemd_finds_nothing_wrong_with_the_units(folder: Path, tmp_path: Path) -> None:
    done = verified(folder, tmp_path / "units")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.service
@pytest.mark.parametrize("folder", [BLANKS], indirect=True)
def test_systemd_reads_the_programs_path_as_it_is(folder: Path, tmp_path: Path) -> None:
    """A program that is not there is named with its own path: so it was the right one that was found before."""
    (folder / "salesgoals").unlink()
    assert f"{folder}/salesgoals is not executable" in verified(folder, tmp_path / "units").stderr


@contextmanager
def cron_running() -> Iterator[None]:
    """A cron daemon: the machine's own if it runs, else one of ours for as long as it is needed."""
    if not (shutil.which("crontab") and shutil.which("cron")) or os.geteuid() != 0:
        absent("cron is not installed, or this is not root")
    daemon = subprocess.Popen(["cron", "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield  # a second daemon ends at once, and the machine's own does it
    finally:
        daemon.terminate()
        daemon.wait(30)


@contextmanager
def crontab(text: str) -> Iterator[None]:
    """Lines added to the user's crontab, and taken out again."""
    listed = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=False)
    before = listed.stdout if listed.returncode == 0 else None
    try:
        subprocess.run(["crontab", "-"], input=(before or "") + text, text=True, check=True)
        yield
    finally:
        if before is None:
            subprocess.run(["crontab", "-r"], check=True)
        else:
            subprocess.run(["crontab", "-"], input=before, text=True, check=True)


@pytest.mark.service
@pytest.mark.parametrize("folder", [HOSTILE], indirect=True)
def test_a_real_cron_runs_the_line(folder: Path) -> None:
    text = cron_text(str(folder / "company.yaml"), at="05:00", jobs=1)
    line = line_of(text)
    every_minute = text.replace(line, line.replace("0 5 * * *", "* * * * *", 1))
    log = folder / "store/due.log"
    with cron_running():
        with crontab(every_minute):
            _wait_for(lambda: log.exists(), 75)
        _wait_for(lambda: "due\n" in log.read_text("utf-8") or "Error" in log.read_text("utf-8"), 60)
    said = log.read_text("utf-8").splitlines()
    assert said.count("nothing is due") == 1, said
    assert any(line.startswith("waiting since ") and "it ends on 2024-07-05" in line for line in said)
    assert not any(line.startswith("not installed") for line in said)


def _wait_for(happened: object, seconds: float) -> None:
    assert callable(happened)
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.2)
