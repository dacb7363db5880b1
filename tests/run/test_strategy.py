"""Strategy on the sample company: what is planted stands on the page, with who is at it, and nothing is frozen."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from salesgoals_kit.data.sample import make_sample
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report.content import Content, content_from_json
from salesgoals_kit.run.batch import Request, run_request
from salesgoals_kit.run.making import Result
from salesgoals_kit.run.past import PAST_GOALS
from salesgoals_kit.run.record import Done
from salesgoals_kit.run.work import open_company
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import GoalRow
from tests.browser import Browser, faulty

PERIOD, DAY = "2025Q3", "2025-06-30"
PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]*")


@pytest.fixture(scope="module")
def planted_team() -> str:
    leak = make_sample().planted.leak
    assert leak is not None
    return leak.team


@pytest.fixture(scope="module")
def ran(house: Path, planted_team: str) -> Result:
    """Strategy before a quarter for which the team with the leak has agreed to win more."""
    file = str(house / "params/company.yaml")
    does = {"what": "call back within a day", "owner": "Ann", "cost": 9000.0}
    goal = GoalRow(
        owner=Owner(planted_team), period=PERIOD, template="agree", as_of=date(2025, 6, 20), kpi="win_rate",
        level="agreed", value=0.45, agreed_on=date(2025, 6, 20), agreed_by="Ann", initiative=does,
    )  # fmt: skip
    Ledger(open_store(open_company(file))).agree([goal])
    return run_request(Request(file, "strategy", PERIOD, (None, planted_team), DAY), 1, lambda *_: None)


def one_of(ran: Result, owner: Owner) -> Done:
    return next(one for one in ran.outcomes if one.job.owner == owner)


def page(one: Done) -> str:
    text = one.job.place.file("html").read_text("utf-8")
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def content(one: Done) -> Content:
    return content_from_json(one.job.place.file("json").read_text("utf-8"))


def test_both_reports_are_made(ran: Result) -> None:
    assert (ran.failed, len(ran.outcomes)) == (0, 2)


def test_the_planted_leak_is_among_the_findings_of_both(ran: Result, planted_team: str) -> None:
    leak = make_sample().planted.leak
    assert leak is not None
    for owner in (COMPANY, Owner(planted_team)):
        found = content(one_of(ran, owner)).findings
        told = [message for message in found if leak.stage in repr(message) and leak.team in repr(message)]
        assert told, found


def test_what_was_agreed_stands_beside_it_with_what_is_missing(ran: Result, planted_team: str) -> None:
    text = page(one_of(ran, Owner(planted_team)))
    assert "call back within a day" in text
    assert "what shows whether it works" in text
    assert "call back within a day" not in page(one_of(ran, COMPANY))


def test_it_freezes_no_goal_and_depends_on_the_goals_before(ran: Result) -> None:
    made = content(one_of(ran, COMPANY))
    assert (made.goals, made.outlooks, made.lessons) == ((), (), ())
    assert PAST_GOALS in made.provenance.ledger


def test_every_part_has_its_section(ran: Result, planted_team: str) -> None:
    parts = ("change", "keep", "losses", "strengths", "coaching", "channels", "leaving", "value", "cycle", "margin")
    for owner in (COMPANY, Owner(planted_team)):
        text = page(one_of(ran, owner))
        for part in (*parts, "upsell", "scores", "gaming"):
            assert f'id="{part}"' in text or f'id="strategy-{part}"' in text, (owner, part)


@pytest.fixture(scope="module")
def others(house: Path, planted_team: str) -> pd.DataFrame:
    """Everybody who never was in the team."""
    sample = house / ".salesgoals" / "sample"
    reps, moves = (pd.read_csv(sample / f"{name}.csv") for name in ("reps", "assignments"))
    here = {*moves.loc[moves["team"] == planted_team, "rep"]}
    return reps[(reps["team"] != planted_team) & ~reps["rep"].isin(here)]


@pytest.mark.parametrize("kind", ["html", "json", "ipynb"])
def test_a_team_s_report_names_no_other_team_and_nobody_of_one(
    ran: Result, others: pd.DataFrame, planted_team: str, kind: str
) -> None:
    place = one_of(ran, Owner(planted_team)).job.place
    text = PICTURE.sub("", place.file(kind).read_text("utf-8"))
    assert len(others) > 10
    assert planted_team in text
    assert not [team for team in others["team"].unique() if re.search(rf"\b{team}\b", text)]
    assert not [name for name in (*others["rep"], *others["name"]) if name in text]


@pytest.mark.service
def test_its_pages_are_whole_on_screens_and_paper_and_small(browser: Browser, ran: Result) -> None:
    pages = [one.job.place.file("html") for one in ran.outcomes]
    assert faulty(browser, *pages) == {}
    assert browser.ran == []
    assert max(page.stat().st_size for page in pages) < 600_000
