"""The table of expected verdicts on the sample company: the mission's examples, its two sentences, and bad input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.goals.evidence import Evidence
from salesgoals_kit.goals.known import evidence_for
from salesgoals_kit.goals.nearest import letters_of
from salesgoals_kit.goals.plain import parse_goal
from salesgoals_kit.goals.smart import Verdict, check
from salesgoals_kit.goals.when import Clock
from salesgoals_kit.owners import Owner
from salesgoals_kit.report.text import Texts
from salesgoals_kit.run.work import open_company

END = date(2025, 12, 31)
CENTRAL = Owner("Central")
Judge = Callable[..., "Judged"]


@dataclass(frozen=True)
class Judged:
    """A verdict, what it rests on, and its better version as it is read."""

    verdict: Verdict
    evidence: Evidence
    sentence: str

    @property
    def failed(self) -> str:
        return "".join(letter.letter for letter in self.verdict.failed)


@pytest.fixture(scope="module")
def judge(house: Path) -> Iterator[Judge]:
    """Judge goals in plain words on the sample company, as of its last day unless another is given."""
    company = open_company(str(house / "params" / "company.yaml"))
    ref = make_snapshot(company)
    book = Book(house / "book")
    with open_snapshot(ref, company) as snapshot:

        def judged(written: str, owner: Owner = CENTRAL, as_of: date = END, **given: Any) -> Judged:
            goal = replace(parse_goal(written, company, Clock(as_of)), owner=owner, **given)
            evidence = evidence_for(goal, snapshot.at, as_of, ref.first_day, lambda period, day: book)
            verdict = check(goal, evidence)
            said = "" if verdict.sentence is None else Texts.of(company).text(verdict.sentence)
            return Judged(verdict, evidence, said.replace("\u00a0", " ").replace("\u2212", "-"))

        yield judged


EXAMPLES = [
    (
        "monthly recurring revenue +2 % year on year",
        "SAT",
        ["By 31 March 2026 team Central reaches", "on the same quarter"],
    ),
    ("monthly churn below 2 %", "ST", ["loses at most", "by calling customers before the month"]),
    ("profit margin +5 % year on year", "S", ["keeps", "of revenue as margin"]),
    ("CLV +10 % year on year", "ST", ["reaches a customer lifetime value of"]),
    (
        "qualified leads entering the funnel +12 % year on year",
        "ST",
        ["qualified leads, +", "by spending on the channels"],
    ),
    ("win rate +5 % year on year", "ST", ["wins 44 % of the deals that are decided", "+5 % of the rate"]),
    ("CAC \u22123 % month on month", "ST", ["spends at most", "-8.7 % on December 2025"]),
    ("cycle \u22124 to \u22126 %, by type of deal", "SMT", ["By 27 September 2026", "within at most 54 days"]),
]


@pytest.mark.parametrize(("written", "failed", "said"), EXAMPLES, ids=[case[0][:20] for case in EXAMPLES])
def test_the_mission_s_examples_come_back_completed(judge: Judge, written: str, failed: str, said: list[str]) -> None:
    found = judge(written)
    print(found.failed, found.sentence)
    assert set(failed) <= set(found.failed), "a fragment has no deadline or no initiative"
    better = found.verdict.better
    assert better is not None
    assert all(letter.passed for letter in letters_of(better, found.evidence))
    assert better.initiative is not None
    assert better.period is not None
    assert all(part in found.sentence for part in said), found.sentence
