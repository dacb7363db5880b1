"""One kill: a run is begun, one of its processes is killed at a random moment, the run is begun again and looked at."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.campaign.dask import Cluster
from tests.campaign.scene import Scene, State
from tests.campaign.targets import left_over, victims

ENDS_WITHIN = 300.0  # seconds: a run that has not ended by then hangs
AFTER = ("opened", "began", "prepared", "page", "made", "last", "ended")
EVENTS = (*AFTER, *["time"] * len(AFTER))  # half of the kills are at any time, half just after an event
BEFORES = ("fitted", "changed", "lost", "changed", "fitted", "cold", "changed", "fitted")  # a cold run takes longest
SHORT = 0.06  # seconds after an event in which what follows it is likely


@dataclass(frozen=True)
class Plan:
    """What is killed when: some seconds after an event, which is the start of the run (``time``) or one of its log."""

    number: int
    target: str
    before: str
    event: str
    seconds: float
    chosen: float  # which of several such processes, from 0 to 1


@dataclass(frozen=True)
class Report:
    """What came of a kill: in which phase of the run it was, how the run ended, and all that is wrong after it."""

    plan: Plan
    phase: str
    killed: bool
    code: int
    wrong: tuple[str, ...]


@dataclass(frozen=True)
class Undisturbed:
    """What a run without a kill leaves, what was there before it, and how long it took."""

    source: Path
    start: State
    end: State
    seconds: float


def plan_of(
    number: int, target: str, seed: int, befores: tuple[str, ...] = BEFORES, events: tuple[str, ...] = EVENTS
) -> Plan:
    """Draw what is killed when; the same for the same seed."""
    dice = random.Random(f"{seed} {number} {target}")
    before = befores[number % len(befores)]
    event = dice.choice(events)
    if target in ("kernel", "dask") and event == "ended":
        event = "page"
    return Plan(
        number, target, before, event, dice.random() if event == "time" else dice.random() * SHORT, dice.random()
    )


def undisturbed(source: Path, before: str) -> Undisturbed:
    """Run without a kill on a copy of a company that has all its reports."""
    scene = Scene(source)
    try:
        scene.set(before)
        start, began = scene.state(), time.monotonic()
        if scene.run() != 0:
            raise SystemExit(f"The undisturbed run failed:\n{scene.said.read_text('utf-8')}")
        return Undisturbed(source, start, scene.state(), time.monotonic() - began)
    finally:
        scene.clear()


def kill_once(plan: Plan, known: Undisturbed, cluster: Cluster | None, *, thrice: bool = True) -> Report:
    """Kill one process of a run, run again, and compare with the undisturbed run."""
    scene = Scene(known.source)
    try:
        scene.set(plan.before)
        more = ("--cluster", cluster.address) if cluster else ("--jobs", "2")
        run = scene.start(*more)
        killed = _kill(plan, scene, run, known.seconds, cluster)
        phase = _phase(scene)
        wrong, code = _after_kill(scene, run, known)
        if cluster:
            cluster.wait_for(len(cluster.started))
        if (again := scene.run(*more)) != 0:
            wrong.append(f"the rerun ended with {again}: {_last_words(scene)}")
        wrong += _compared(scene, known)
        if thrice and b"0 made" not in _made_by_a_third(scene, more):
            wrong.append(f"a third run makes something: {_last_words(scene)}")
        return Report(plan, phase, killed, code, tuple(wrong))
    finally:
        scene.clear()


def _after_kill(scene: Scene, run: subprocess.Popen[bytes], known: Undisturbed) -> tuple[list[str], int]:
    """Wait for the run to end; each page there is is the old one or the new one, and no process is left."""
    wrong: list[str] = []
    try:
        code = run.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)
        code = run.wait()
        wrong.append(f"the run hangs: {_last_words(scene)}")
    wrong += left_over(scene.folder.name)
    for name, content in scene.state().files.items():
        is_page = name.startswith("reports/2026Q1") and not name.endswith(".failed.json")
        if is_page and content not in (known.start.files.get(name), known.end.files.get(name)):
            wrong.append(f"{name} is neither the old nor the new one")
    return wrong, code


def _compared(scene: Scene, known: Undisturbed) -> list[str]:
    wrong = known.end.differs(scene.state())
    wrong += [f"not sealed: {place}" for place in scene.unsealed()]
    wrong += left_over(scene.folder.name)
    return wrong + [f"left over: {name}" for name in scene.halves()]


def _made_by_a_third(scene: Scene, more: tuple[str, ...]) -> bytes:
    size = scene.said.stat().st_size
    scene.run(*more)
    return scene.said.read_bytes()[size:]


def _last_words(scene: Scene) -> str:
    return " / ".join(scene.said.read_text("utf-8").splitlines()[-6:])


def _kill(plan: Plan, scene: Scene, run: subprocess.Popen[bytes], seconds: float, cluster: Cluster | None) -> bool:
    """Wait for the moment, then kill; False where the run had ended before there was such a process."""
    dask = cluster.workers if cluster else None
    if plan.event == "time":
        _sleep(run, plan.seconds * seconds)
    else:
        while run.poll() is None and not _happened(plan, scene):
            time.sleep(0.005)
        _sleep(run, plan.seconds)
    while run.poll() is None:
        if found := sorted(victims(plan.target, run.pid, scene.folder.name, dask)):
            with suppress(ProcessLookupError):
                os.kill(found[int(plan.chosen * len(found))], signal.SIGKILL)
                return True
        time.sleep(0.02)
    return False


def _sleep(run: subprocess.Popen[bytes], seconds: float) -> None:
    with suppress(subprocess.TimeoutExpired):
        run.wait(seconds)


def _happened(plan: Plan, scene: Scene) -> bool:
    if plan.event == "page":
        return any(scene.house.glob("reports/*/*/.*part*.html"))
    said = _events(scene)
    if plan.event == "last":  # all reports are made or unchanged: what is left is the record and the index
        return len([event for event in said if event in ("made", "unchanged", "failed")]) >= 4
    return plan.event in said


def _events(scene: Scene) -> list[str]:
    text = scene.log.read_text("utf-8") if scene.log.exists() else ""
    return [part.partition('"')[0] for part in text.split('"event": "')[1:]]


def _phase(scene: Scene) -> str:
    """Return what the run was at, by the last thing it logged."""
    said = _events(scene)
    if "ended" in said:
        return "end"
    if len([event for event in said if event in ("made", "unchanged", "failed")]) >= 4:
        return "index"
    if "prepared" in said:
        return "reports"
    return "filling" if "began" in said else "snapshot" if "opened" in said else "start"
