"""A file is whole or not there; what the dead have left half is swept, and nobody else's."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from salesgoals_kit.files import LONG_AGO, LONGEST, private_folder, sweep, sweep_private, unfinished_name, whole

DIES = """
import os, signal, sys
from pathlib import Path
from salesgoals_kit.files import LONG_AGO, LONGEST, private_folder, unfinished_name, whole
folder = Path(sys.argv[1])
unfinished_name(folder / "snapshot").mkdir()
with whole(folder / "report.html") as unfinished, private_folder() as private:
    unfinished.write_text("half")
    print(private, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_ends_well_takes_its_place_and_what_does_not_leaves_it_alone(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    with whole(target) as unfinished:
        unfinished.write_text("one")
    with pytest.raises(ZeroDivisionError), whole(target) as unfinished:
        unfinished.write_text("two")
        raise ZeroDivisionError
    assert target.read_text() == "one"
    assert list(tmp_path.iterdir()) == [target]


def test_only_what_the_dead_left_is_swept(tmp_path: Path) -> None:
    dead = subprocess.run([sys.executable, "-c", DIES, str(tmp_path)], capture_output=True, text=True, check=False)
    private = Path(dead.stdout.strip())
    assert private.exists()
    halves = {file.name for file in tmp_path.iterdir()}
    assert len(halves) == 2
    others = tmp_path / ".report.html.another_machine-1-abcd.part"
    others.write_text("another machine is at it")
    alive = unfinished_name(tmp_path / "mine")
    alive.write_text("I am at it")
    with private_folder() as mine:
        sweep(tmp_path)
        sweep_private()
        assert mine.exists()
    assert {file.name for file in tmp_path.iterdir()} == {others.name, alive.name}
    assert not private.exists()
    assert private.parent == Path(tempfile.gettempdir())


def test_sweeping_where_there_is_nothing_is_no_fault(tmp_path: Path) -> None:
    sweep(tmp_path / "gone")


def test_what_another_machine_left_is_swept_when_nobody_can_be_at_it_any_more(tmp_path: Path) -> None:
    new, old, mine = (tmp_path / f".a.{host}-1-ab.part" for host in ("elsewhere", "elsewhere_too", "x"))
    for file in (new, old, mine):
        file.touch()
    long_ago = time.time() - LONG_AGO - 60
    os.utime(old, (long_ago, long_ago))
    sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([new, mine])


def test_sockets_have_a_short_path_wherever_temporary_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("d" * LONGEST)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with private_folder() as folder:
        assert len(str(folder)) < LONGEST
    monkeypatch.setattr(tempfile, "tempdir", "/var/tmp")
    with private_folder() as folder:
        assert folder.parent == Path("/var/tmp")
