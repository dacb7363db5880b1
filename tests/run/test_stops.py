"""Reports that never end, eat memory or are killed, and runs that are: by Ctrl-C, by the system, by force."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import psutil

from tests.run.tiny import PERIOD, SLUGS, Ended, Tiny, ended, family, gone, lives, waited

PIDS = """
import os, subprocess
child = subprocess.Popen(["sleep", "999"])
Path("pids-{}").write_text(f"{{os.getpid()}} {{child.pid}}")
"""
STUBBORN = "import signal\nfor number in (signal.SIGINT, signal.SIGTERM):\n    signal.signal(number, signal.SIG_IGN)\n"
ENDLESS = "while True:\n    pass\n"
IDLE = "import time\nwhile True:\n    time.sleep(0.01)\n"
IN_C = "import time\ntime.sleep(1e6)\n"


def pids_of(tiny: Tiny) -> list[int]:
    return [int(pid) for file in tiny.folder.glob("pids-*") for pid in file.read_text("utf-8").split()]


def dead(pids: list[int]) -> bool:
    return waited(lambda: not [pid for pid in pids if psutil.pid_exists(pid) and lives(psutil.Process(pid))])


def heal(tiny: Tiny) -> None:
    for file in [*tiny.folder.glob("*.py"), *tiny.folder.glob("pids-*")]:
        file.unlink()


def comes_out_as(tiny: Tiny, pages: dict[str, str], *unchanged: str) -> None:
    """Run again: what is whole stays, the rest is made, and all is as if nothing had happened."""
    again = tiny.run("--jobs", "2")
    assert (again.code, again.message) == (0, []), again.err
    assert tiny.states() == {slug: "unchanged" if slug in unchanged else "made" for slug in SLUGS}
    assert tiny.pages() == pages
    assert tiny.goals() == [("", 1), ("Ants", 1), ("Bees", 1), ("Crows", 1)]
    assert tiny.is_tidy()


def test_reports_that_never_end_eat_memory_or_are_killed_fail_alone(tiny: Tiny, pages: dict[str, str]) -> None:
    """They are ended with all they started; what fails another way the next time says so, and the good one stays."""
    tiny.tell("Ants", PIDS.format("ants") + ENDLESS)
    tiny.tell("Bees", PIDS.format("bees") + IN_C)
    tiny.tell("Crows", PIDS.format("crows") + STUBBORN + IDLE)
    done = tiny.run("--seconds", "12", "--jobs", "4")
    assert (done.code, done.message) == (1, ["3 of the reports failed; the index says why."])
    assert tiny.states() == {"_company": "made", "ants": "failed", "bees": "failed", "crows": "failed"}
    assert tiny.cells().count("it was not done after 12 seconds (--seconds)") == 3
    assert list(tiny.pages()) == ["_company"]
    pids = pids_of(tiny)
    assert len(pids) == 6
    assert dead(pids)
    assert tiny.goals() == [("", 1)]

    tiny.tell("Ants", "greedy = bytearray(3 * 2**30)")
    tiny.tell("Bees", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    tiny.tell("Crows", 'import os, signal\nos.kill(int(os.environ["JPY_PARENT_PID"]), signal.SIGKILL)\n' + IN_C)
    done = tiny.run("--memory", "1500", "--jobs", "2", "--force")
    assert (done.code, done.message) == (1, ["3 of the reports failed; the index says why."])
    assert tiny.states() == {"_company": "made", "ants": "failed", "bees": "failed", "crows": "failed"}
    index = tiny.index()
    assert "(--seconds)" not in index
    assert "it needed more than 1500 MiB (--memory)" in index
    assert "The kernel died; was there enough memory?" in index
    assert "The process that ran it was killed; was there enough memory?" in index
    assert list(tiny.pages()) == ["_company"]
    assert tiny.goals() == [("", 1)]
    heal(tiny)
    comes_out_as(tiny, pages, "_company")


def test_kernels_that_do_not_start_fail_their_reports(tiny: Tiny, pages: dict[str, str]) -> None:
    profile = tiny.folder / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    for fate in ("import time; time.sleep(1e6)", "import os; os._exit(3)"):
        (profile / "ipython_kernel_config.py").write_text(fate, "utf-8")
        done = tiny.run("--seconds", "3", "--jobs", "4", IPYTHONDIR=str(tiny.folder / "ipython"))
        assert (done.code, done.message) == (1, ["4 of the reports failed; the index says why."])
        assert tiny.cells().count("The kernel did not start") == 4
    comes_out_as(tiny, pages)


ENDS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -signal.SIGKILL}


def test_an_interrupted_or_killed_run_leaves_what_was_whole_and_goes_on_later(
    tiny: Tiny, pages: dict[str, str]
) -> None:
    """Ctrl-C goes to the process group, as from a terminal; SIGTERM to the process alone; a kill is told to nobody."""
    tiny.tell("Bees", PIDS.format("bees") + IN_C)
    for number, status in ENDS.items():
        done = cut_short(tiny, number)
        assert done.code == status
        assert set(tiny.pages()) == {"_company", "ants"}
        if number == signal.SIGKILL:
            assert tiny.ran()["ended"] is None, "it tells that it never ended"
            break
        assert done.message == ["Interrupted with 2 of 4 reports in place; run the same again to go on."]
        assert tiny.is_tidy()
        assert tiny.ran()["ended"] == "interrupted"
        assert tiny.states() == {"_company": "made", "ants": "made"}
        assert "2 reports are done, 0 failed." in tiny.index()
        events = [json.loads(line) for line in (tiny.folder / "log.jsonl").read_text("utf-8").splitlines()]
        assert [event["event"] for event in events] == ["opened", "began", "prepared", "made", "made", "stopped"]
        assert (events[-1]["how"], events[-1]["left"]) == ("interrupted", 2)
    assert (tiny.folder / "reports" / PERIOD / ".holder.json").exists()
    heal(tiny)
    comes_out_as(tiny, pages, "_company", "ants")
    assert not (tiny.folder / "reports" / PERIOD / ".holder.json").exists()


def cut_short(tiny: Tiny, number: signal.Signals) -> Ended:
    """Start a run without any page, send it a signal while a report never ends, and see that nobody of it is left."""
    for file in [*tiny.folder.glob("pids-*"), *tiny.folder.glob("log.jsonl"), *tiny.folder.glob("reports/*/*/*.html")]:
        file.unlink()
    run = tiny.start("--jobs", "1", "--log", "log.jsonl")
    assert waited(lambda: len(pids_of(tiny)) == 2, 120)
    assert waited(tiny.place("ants", "html").exists)
    processes = family(run)
    os.killpg(run.pid, number) if number == signal.SIGINT else run.send_signal(number)
    done = ended(run)
    assert gone(processes)
    assert dead(pids_of(tiny))
    return done


def test_ctrl_c_before_anything_is_made_is_one_line_too(tiny: Tiny) -> None:
    run = tiny.start()
    assert waited(lambda: family(run))
    processes = family(run)
    os.killpg(run.pid, signal.SIGINT)
    done = ended(run)
    assert done.code == 130
    assert len(done.message) == 1, done.err
    assert done.message[0].startswith("Interrupted")
    assert gone(processes)
    assert tiny.pages() == {}


IN_A_QUERY = """
import signal
from salesgoals_kit.run.interrupt import Interrupted, heeding
try:
    with heeding():
        try:
            signal.raise_signal(signal.SIGINT)
        except Interrupted:  # what DuckDB does with it, at some moments of a query
            raise RuntimeError("Query interrupted") from None
except Interrupted as error:
    print(error, error.code)
"""


def test_ctrl_c_in_a_query_is_no_error_of_the_database() -> None:
    done = subprocess.run([sys.executable, "-c", IN_A_QUERY], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "Interrupted; run the same again to go on. 130\n"
