"""Mails and `kill -9`: a run of `salesgoals send` is killed at a random moment and begun again until it is done.

python -m tests.campaign.mails --kills 50 --seed 1

Nobody has two of anything, and nothing is missing but what `--status` lists as uncertain; when that is released,
everybody has everything, and what there is twice was released and has the same Message-ID.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path

from salesgoals_kit.cli import main
from salesgoals_kit.run.mail_server import VARIABLE
from salesgoals_kit.run.send import status
from salesgoals_kit.store.engine import VARIABLE as DATABASE
from tests.run.mail_servers import Drop, aiosmtpd
from tests.run.mails import House

TEAMS = 12
RERUNS = 4
EVENTS = ("time", "offered", "kept", "offered", "kept", "offered")


@dataclass(frozen=True)
class Kill:
    """When a sender is killed: some seconds after it began, or after the server was offered, or kept, so many mails."""

    number: int
    event: str
    count: int
    seconds: float


@dataclass
class Came:
    """What came of a kill. ``after``: how the mails stood right after it; ``arrived``: the uncertain ones kept."""

    kill: Kill
    killed: bool
    after: Counter[str] = field(default_factory=Counter)
    uncertain: int = 0
    arrived: int = 0
    wrong: list[str] = field(default_factory=list)


def kill_of(number: int, seed: int, teams: int = TEAMS, longest: float = 2.5) -> Kill:
    """Draw when; the same for the same seed."""
    dice = random.Random(f"{seed} {number}")
    event = EVENTS[number % len(EVENTS)]
    return Kill(number, event, dice.randrange(1, teams), dice.random() * (longest if event == "time" else 0.06))


class Sender:
    """`salesgoals send` in a process of its own, forked from one that has imported the kit already."""

    def __init__(self, house: House, url: str, *words: str) -> None:
        self._process = _forked().Process(target=command, args=(str(house.file), url, words))
        self._process.start()

    @property
    def runs(self) -> bool:
        return self._process.is_alive()

    def wait(self, seconds: float) -> None:
        self._process.join(seconds)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    def end(self) -> int:
        """Wait for it to end and return its exit code."""
        self._process.join(120)
        assert self._process.exitcode is not None, "it hangs"
        return self._process.exitcode


@cache
def _forked() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(["salesgoals_kit.run.send", "salesgoals_kit.report.mail"])
    return context


def command(file: str, url: str, words: Sequence[str]) -> None:
    """Run the command as it is typed, in this process."""
    os.environ[VARIABLE] = url
    os.environ.pop(DATABASE, None)
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    sys.argv = ["salesgoals", "send", "--company", file, *words]
    main()


def kill_once(kill: Kill, house: House, drop: Drop, url: str) -> Came:
    """Kill a sender, begin again until it is done, and look at what everybody has."""
    sender = Sender(house, url)
    _wait(kill, sender, drop)
    came = Came(kill, sender.runs)
    sender.kill()
    came.after = Counter(one["state"] for one in _stood(house))
    codes = [Sender(house, url).end()]
    while len(codes) < RERUNS and "queued" in _states(house):
        codes.append(Sender(house, url).end())
    _look(came, house, drop)
    if (code := Sender(house, url, "--retry-uncertain").end()) != 0:
        came.wrong.append(f"releasing ends with {code}")
    _look_again(came, house, drop)
    return came


def _stood(house: House) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(status(str(house.file), as_json=True))
    return found


def _states(house: House) -> dict[str, list[str]]:
    """Return who got what kind of state, as `--status` tells."""
    found: dict[str, list[str]] = {}
    for one in _stood(house):
        found.setdefault(one["state"], []).append(one["recipient"])
    return found


def _wait(kill: Kill, sender: Sender, drop: Drop) -> None:
    until = time.monotonic() + 60
    while kill.event != "time" and sender.runs and time.monotonic() < until:
        if (drop.offered if kill.event == "offered" else drop.kept) >= kill.count:
            break
        time.sleep(0.002)
    sender.wait(kill.seconds)


def _look(came: Came, house: House, drop: Drop) -> None:
    """Nobody has two of anything, and nothing is missing but what is told to be uncertain."""
    ids, states = drop.ids(), _states(house)
    unsure = states.get("uncertain", [])
    came.uncertain = len(unsure)
    there = {who for who, _ in ids}
    came.arrived = len(there & {*unsure})
    came.wrong += [f"{who} has {count} of {mail}" for (who, mail), count in ids.items() if count > 1]
    came.wrong += [f"{who} has {n}" for who, n in Counter(who for who, _ in ids).items() if n > 1]
    everybody = {f"manager{number:02}@acme.test" for number in range(house.count)}
    came.wrong += [f"{who} has nothing, and is not uncertain" for who in sorted(everybody - there - {*unsure})]
    came.wrong += [f"{state}: {who}" for state, who in states.items() if state not in ("sent", "uncertain")]
    if len(unsure) > 1:
        came.wrong.append(f"{len(unsure)} are uncertain after one kill")


def _look_again(came: Came, house: House, drop: Drop) -> None:
    """Everybody has everything, with one Message-ID, and as many twice as were released and had arrived."""
    ids = drop.ids()
    states = _states(house)
    if len(ids) != house.count or set(states) != {"sent"}:
        came.wrong.append(f"after the release there are {len(ids)} of {house.count} mails: {states}")
    if sum(ids.values()) - len(ids) != came.arrived:
        came.wrong.append(f"{sum(ids.values()) - len(ids)} are there twice, where {came.arrived} had arrived")


def campaign(kills: list[Kill], teams: int = TEAMS, pause: float = 0.05) -> Iterator[Came]:
    """Make each kill on a company of its own, with a mail server that takes up to ``pause`` s twice over each mail."""
    with tempfile.TemporaryDirectory(prefix="sgm-") as place:
        made = House(Path(place) / "made", teams).lay().reports()
        for kill in kills:
            house = House(Path(place) / f"kill{kill.number}", teams)
            shutil.copytree(made.folder, house.folder, copy_function=shutil.copy2)
            drop = Drop(house.folder / "boxes", pause=pause)
            with aiosmtpd(drop) as port:
                yield kill_once(kill, house, drop, f"smtp://127.0.0.1:{port}")
            shutil.rmtree(house.folder)


def judged() -> int:
    """Read what is asked for, kill, and print; 1 where anything was wrong."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--kills", type=int, default=50)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only", type=int, help="The number of one kill.")
    given = asked.parse_args()
    kills = [kill_of(number, given.seed) for number in range(given.kills) if given.only in (None, number)]
    found: list[Came] = []
    for came in campaign(kills):
        found.append(came)
        when = f"{came.kill.event} {came.kill.count} + {came.kill.seconds:.3f}"
        ended = "" if came.killed else " (had ended)"
        stood = ", ".join(f"{count} {state}" for state, count in sorted(came.after.items())) or "nothing queued"
        print(f"{came.kill.number:4} {when:20} {stood:40}{ended} {'; '.join(came.wrong) or 'right'}", flush=True)
    unsure, arrived = sum(came.uncertain for came in found), sum(came.arrived for came in found)
    killed, wrong = sum(came.killed for came in found), sum(bool(came.wrong) for came in found)
    print(f"{len(found)} kills, {killed} of a sender that ran; {unsure} mails uncertain, {arrived} of them had arrived")
    print(f"{len(found) * TEAMS} mails; {wrong} kills after which something was wrong")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(judged())
