"""A company whose reports are made up: many teams, no notebooks; its mails are the ones the kit makes."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report.content import Content, Provenance
from salesgoals_kit.report.rep import REPS, RepGoal, RepPage
from salesgoals_kit.run.folders import place_of, slugs
from salesgoals_kit.run.mail_server import VARIABLE
from salesgoals_kit.run.seal import write_seal
from salesgoals_kit.store.engine import VARIABLE as DATABASE
from salesgoals_kit.words import Money, say

PACKAGE = Path(__file__).parents[2]
MAIL = "mail: {from: goals@acme.test, allow_domains: [acme.test]}"
DAYS = {"2025Q4": (date(2025, 10, 1), date(2025, 12, 31)), "2026Q1": (date(2026, 1, 1), date(2026, 3, 31))}


def team(number: int) -> str:
    return f"Team {number:02}"


def address(number: int) -> str:
    return f"manager{number:02}@acme.test"


@dataclass(frozen=True)
class House:
    """The company's folder."""

    folder: Path
    count: int

    @property
    def file(self) -> Path:
        return self.folder / "company.yaml"

    @property
    def teams(self) -> list[str]:
        return [team(number) for number in range(self.count)]

    def lay(self, mail: str = MAIL, reps: Sequence[tuple[str, str, str]] = (), more: str = "") -> House:
        """Write data and company file; ``reps``: each with his team and address."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self.folder / "deals.csv", ["deal_id", "status", "closed_at", "amount", "team"], self._deals())
        sources = "deals: {path: deals.csv}"
        if reps:
            _write(self.folder / "reps.csv", ["rep", "team", "email"], reps)
            sources += ", reps: {path: reps.csv}"
        named = "".join(
            f"  - {{name: {name}, manager: Manager of {name}, email: {address(i)}}}\n"
            for i, name in enumerate(self.teams)
        )
        text = f"version: 1\nname: Acme\nsources: {{{sources}}}\nstore: store\nreports: reports\n{more}{mail}\nteams:\n"
        self.file.write_text(text + named, "utf-8")
        return self

    def _deals(self) -> list[tuple[object, ...]]:
        return [(i, "won", date(2025, 12, 30), 1000 + i, name) for i, name in enumerate(self.teams)]

    def report(
        self,
        owner: Owner = COMPANY,
        template: str = "review",
        period: str = "2025Q4",
        amount: float = 1e6,
        reps: Iterable[RepPage] = (),
    ) -> Path:
        """Make a report as a run would leave it, sealed, and return where its content is."""  # fmt: skip
        place = place_of(self.folder / "reports", period, owner, template, slugs(self.teams))
        content = content_of(owner, template, period, amount, tuple(reps))
        place.folder.mkdir(parents=True, exist_ok=True)
        files = {ending: place.file(ending) for ending in ("json", "html")}
        files["json"].write_text(content.as_json(), "utf-8")
        files["html"].write_text(page_of(owner.name or "Acme"), "utf-8")
        for rep in content.reps:
            place.reps.mkdir(exist_ok=True)
            ending = f"{REPS}/{rep.owner.rep}.html"
            files[ending] = place.file(ending)
            files[ending].write_text(page_of(rep.name), "utf-8")
        write_seal(place.seal, {}, files, frozen=False)
        return files["json"]

    def reports(self, template: str = "review", amount: float = 1e6) -> House:
        """Make a report of every team."""
        for number, name in enumerate(self.teams):
            self.report(Owner(name), template, amount=amount + number)
        return self

    def start(self, *words: str, url: str = "", **env: str) -> subprocess.Popen[str]:
        """Start `salesgoals send` in a process of its own."""
        code = "import sys; from salesgoals_kit.cli import main; sys.argv[0] = 'salesgoals'; main()"
        given = {name: value for name, value in os.environ.items() if name not in (VARIABLE, DATABASE)}
        given |= {"PYTHONPATH": str(PACKAGE), "NO_COLOR": "1", "TERM": "dumb", **env} | ({VARIABLE: url} if url else {})
        return subprocess.Popen(
            [sys.executable, "-c", code, "send", "--company", str(self.file), *words],
            env=given, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def send(self, *words: str, url: str = "", **env: str) -> tuple[int, str, str]:
        """Run it to its end: exit code, what it said, and what it complained of."""
        process = self.start(*words, url=url, **env)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def states(self) -> dict[str, list[str]]:
        """Return who got what kind of state, from `--status --json`."""
        code, out, err = self.send("--status", "--json")
        assert code == 0, err
        found: dict[str, list[str]] = {}
        for one in json.loads(out):
            found.setdefault(one["state"], []).append(one["recipient"])
        return found


def content_of(
    owner: Owner, template: str = "review", period: str = "2025Q4", amount: float = 1e6, reps: tuple[RepPage, ...] = ()
) -> Content:
    """Return a made-up content."""
    first, last = DAYS[period]
    return Content(
        template=template, company="Acme", owner=owner, period=period, first_day=first, last_day=last, as_of=last,
        snapshot="0" * 64, headline=say("rep.headline_plain", value=Money(amount), kpi=REVENUE, period=period),
        lead=say("setting.nothing_lead"), provenance=Provenance("0"), locale="en_GB", language="en", currency="EUR",
        reps=reps,
    )  # fmt: skip


REVENUE = say("kpis.title_revenue")


def rep_page(rep: str, team: str) -> RepPage:
    """Return a rep's own page."""
    headline = say("rep.headline_plain", value=Money(5e4), kpi=REVENUE, period="2026Q1")
    goal = RepGoal(REVENUE, Money(5e4), "money", 0.65)
    return RepPage(Owner(team, rep), rep.title(), headline, say("setting.nothing_lead"), (goal,))


def page_of(name: str) -> str:
    return f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title></head></html>\n'


def _write(file: Path, head: list[str], rows: Iterable[Sequence[object]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(head)
        writer.writerows(rows)
