"""Quarters of the sample company played forward, and the story that the ledger tells of them: here of a whole year.

python -m tests.campaign.year
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import yaml

from salesgoals_kit.company import Company
from salesgoals_kit.data.sample.files import write_files
from salesgoals_kit.data.snapshot import make_snapshot
from salesgoals_kit.follow.promises import kept
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, parse_period
from salesgoals_kit.run.agree import agree_file
from salesgoals_kit.run.folders import shipped
from salesgoals_kit.run.freeze import freeze
from salesgoals_kit.run.work import SAMPLE_FOLDER, open_company, past_scores
from salesgoals_kit.store.engine import VARIABLE, open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import GoalRow
from tests.run.books import Ran, run_book
from tests.run.sample import a_part_of_the_sample

Played = dict[tuple[str, str, Owner], Ran]  # by template, period and owner
CENTRAL = Owner("Central")
OWNERS = (COMPANY, CENTRAL)
TEAMS = ("Central", "Key Accounts")  # of the sample company: of all it takes far longer
TABLES = ("deals", "deal_changes", "leads", "reps", "accounts")
SETTLING = timedelta(days=5)
QUARTERS = tuple(parse_period(f"2025Q{quarter}") for quarter in range(1, 5))
TRACKING_AFTER = (31, 62)  # days into a quarter


@dataclass
class Year:
    """The company's file, its ledger, and a clock that stands where the test puts it."""

    file: str
    company: Company
    ledger: Ledger
    snapshot: str
    now: datetime

    def run(self, template: str, period: Period, day: date, owner: Owner) -> Ran:
        """Make a report on a day and freeze what it found, as the runner does."""
        self.at(day)
        told = {"company": self.file, "period": period.name, "team": owner.team, "as_of": day.isoformat()}
        ran = run_book(template, **told, snapshot=self.snapshot)
        freeze(self.company, ran.content)
        return ran

    def at(self, day: date) -> None:
        self.now = datetime(day.year, day.month, day.day, 18, tzinfo=UTC)

    def agree(self, period: Period, day: date) -> None:
        """Agree on the targets of revenue, and on a better win rate by an initiative."""
        self.at(day)
        folder = self.company.folder / "goals"
        folder.mkdir(exist_ok=True)
        common = {"period": period.name, "agreed_on": day, "agreed_by": "the board"}
        goals = []
        for owner in OWNERS:
            whose = {"company": True} if owner.team is None else {"team": owner.team}
            revenue, rate = (self.proposed(owner, period, kpi) for kpi in ("revenue", "win_rate"))
            goals.append({"kpi": "revenue", "owner": whose, "value": round(revenue.value, 2), **common})
            does = {"what": "deal reviews every Monday", "owner": "Ann", "cost": 9000, "metric": "win rate"}
            better = {"value": round(rate.value * 1.05, 4), "initiative": does}
            goals.append({"kpi": "win_rate", "owner": whose, **better, **common})
        file = folder / f"{period.name}.yaml"
        file.write_text(yaml.safe_dump({"version": 1, "goals": goals}, sort_keys=False), "utf-8")
        agree_file(self.file, file)

    def proposed(self, owner: Owner, period: Period, kpi: str) -> GoalRow:
        (row,) = self.ledger.goals(owner, period.name, kpi, "target", current=True)
        return row


@contextmanager
def a_year(house: Path) -> Iterator[Year]:
    """Give two teams of the sample company in a folder, on the last day of 2024."""
    (house / "params").mkdir()
    given = yaml.safe_load(shipped("params", "company.yaml").read_text("utf-8"))
    given["sources"] = {name: source for name, source in given["sources"].items() if name in TABLES}
    given |= {"settle_days": SETTLING.days, "teams": [{"name": name} for name in TEAMS], "plan": []}
    file = house / "params" / "company.yaml"
    file.write_text(yaml.safe_dump(given, sort_keys=False), "utf-8")
    write_files(some_of_the_sample(), house / ".salesgoals" / SAMPLE_FOLDER)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(VARIABLE, raising=False)
        company = open_company(str(file))
        ledger = Ledger(open_store(company), lambda: made.now)
        made = Year(str(file), company, ledger, make_snapshot(company).hash, datetime(2024, 12, 31, tzinfo=UTC))
        patch.setattr(Ledger.__init__, "__defaults__", (lambda: made.now,))
        yield made


def some_of_the_sample() -> dict[str, pd.DataFrame]:
    """Give what a few reps of two teams did."""
    frames = a_part_of_the_sample(teams=TEAMS)
    return {name: frames[name] for name in TABLES}


def play(year: Year, quarters: Sequence[Period]) -> Played:
    """Play the quarters, and give the reports: a review as it was at last."""
    reports: Played = {}

    def make(template: str, period: Period, day: date, name: str = "") -> None:
        for owner in OWNERS:
            reports[name or template, period.name, owner] = year.run(template, period, day, owner)

    make("goal_setting", quarters[0], quarters[0].start - timedelta(days=1))
    for quarter in quarters:
        year.agree(quarter, quarter.start - timedelta(days=1))
        for days in TRACKING_AFTER:
            make("tracking", quarter, quarter.start + timedelta(days=days))
        make("review", quarter, quarter.end, "preliminary")
        make("goal_setting", quarter.shifted(1), quarter.end)
        make("review", quarter, quarter.end + SETTLING)
    return reports


def tells_the_story(year: Year, played: Played, quarters: Sequence[Period]) -> None:
    """Check what the ledger and the reports say of the quarters."""
    for owner in OWNERS:
        for quarter in quarters:
            tells_of(year, played, owner, quarter)
    following, final = quarters[-1].shifted(1).name, quarters[-1].end + SETTLING
    scores = past_scores(year.company, year.ledger, following, "goal_setting", final)
    assert not scores["backfilled"].any(), "every outlook was frozen before its quarter began"
    assert set(scores["period"]) == {quarter.name for quarter in quarters}
    assert set(scores["team"].fillna("")) == {"", "Central"}
    promises = year.ledger.promises(following, "goal_setting", final)
    by_kind = {one.kind: one.count for one in kept(promises)}
    # in each quarter, of the company and of the team: revenue as usual, the win rate by an initiative
    assert by_kind == dict.fromkeys(("usual", "initiative"), len(quarters) * len(OWNERS))


def tells_of(year: Year, played: Played, owner: Owner, quarter: Period) -> None:
    """Check what the ledger and the reports say of one quarter."""
    before, final = quarter.start - timedelta(days=1), quarter.end + SETTLING
    seen = year.ledger.visible(owner, quarter.name, "review", final)
    goals = {(row.kpi, row.level): row for row in seen.goals}
    assert {level for kpi, level in goals if kpi == "revenue"} >= {"commit", "target", "stretch", "agreed"}
    assert not any(row.backfilled or row.set_after_the_fact for row in seen.goals)
    assert goals["win_rate", "agreed"].initiative == {
        "what": "deal reviews every Monday", "owner": "Ann", "cost": 9000, "metric": "win rate"
    }  # fmt: skip
    assert {row.as_of for row in seen.drivers} == {before}
    followed = {quarter.start + timedelta(days=days) for days in TRACKING_AFTER}
    assert {(row.template, row.as_of) for row in seen.outlooks} == {
        ("goal_setting", before), *(("tracking", day) for day in followed)
    }  # fmt: skip
    assert {"win_rate", "deal_size", "decided", "on_time"} <= {row.name for row in seen.drivers}

    early, late = (played[name, quarter.name, owner].content for name in ("preliminary", "review"))
    assert (early.preliminary, late.preliminary) == (True, False)
    assert not any(figure.final for figure in early.figures), "a preliminary review scores nothing"
    finals = {row.kpi: row for row in year.ledger.final_versions(quarter.name, final) if row.owner == owner}
    shown = {figure.kpi: figure.value for figure in late.figures if figure.final}
    assert {kpi: row.value for kpi, row in finals.items()} == pytest.approx(shown)
    assert {row.snapshot for row in finals.values()} == {year.snapshot}
    assert {(row.version, row.as_of) for row in finals.values()} == {(1, final)}

    read = year.ledger.visible(owner, quarter.shifted(1).name, "goal_setting", quarter.end).lessons
    latest = max(read, key=lambda row: row.as_of)
    assert (latest.period, latest.preliminary, latest.as_of) == (quarter.name, True, quarter.end)
    assert 1 <= len(latest.messages) == len(latest.facts) <= 3
    following = played["goal_setting", quarter.shifted(1).name, owner]
    answered = [message.values["lesson"] for message in following.content.findings]
    assert answered == list(latest.messages), "the next goals answer each lesson"
    assert f"From a preliminary review of {quarter.name}" in following.text
    settled = year.ledger.visible(owner, quarter.shifted(2).name, "goal_setting", final).lessons
    assert (quarter.name, False) in {(row.period, row.preliminary) for row in settled}

    page = played["review", quarter.name, owner].text
    for said in ("Attainment of revenue:", "Share of reps at goal:", "deal reviews every Monday", "What was forecast"):
        assert said in page


def main() -> None:
    """Play the year, and say that its story is told."""
    with tempfile.TemporaryDirectory(prefix="sgy-") as place, a_year(Path(place)) as year:
        tells_the_story(year, play(year, QUARTERS), QUARTERS)
    print(f"The ledger tells the story of {len(QUARTERS)} quarters.")


if __name__ == "__main__":
    main()
