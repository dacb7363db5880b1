"""A team's strategy report as a run makes it: page, content and notebook name nobody of another team."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from salesgoals_kit.run.batch import Request, run_request

pytestmark = pytest.mark.xdist_group("strategy")
TEAM = "South"
PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]*")


@pytest.fixture(scope="module")
def written(house: Path) -> dict[str, str]:
    """What a run writes for one team, pictures left out."""
    request = Request(str(house / "params/company.yaml"), "strategy", "2026Q1", (TEAM,), "2025-12-31")
    (one,) = run_request(request, 1, lambda *_: None).outcomes
    assert one.error is None
    files = {kind: one.job.place.file(kind).read_text("utf-8") for kind in ("html", "json", "ipynb")}
    return {kind: PICTURE.sub("", text) for kind, text in files.items()}


@pytest.fixture(scope="module")
def people(house: Path, written: dict[str, str]) -> pd.DataFrame:
    """Everybody who never was in the team."""
    sample = house / ".salesgoals" / "sample"
    reps, moves = (pd.read_csv(sample / f"{name}.csv") for name in ("reps", "assignments"))
    here = {*moves.loc[moves["team"] == TEAM, "rep"]}
    return reps[(reps["team"] != TEAM) & ~reps["rep"].isin(here)]


@pytest.mark.parametrize("kind", ["html", "json", "ipynb"])
def test_no_other_team_is_named_and_nobody_of_one(written: dict[str, str], people: pd.DataFrame, kind: str) -> None:
    text = written[kind]
    assert len(people) > 10
    assert TEAM in text
    assert not [team for team in people["team"].unique() if re.search(rf"\b{team}\b", text)]
    assert not [name for name in (*people["rep"], *people["name"]) if name in text]


def test_the_page_says_what_its_heading_promises(written: dict[str, str]) -> None:
    page = written["html"]
    assert page.index("What to change") < page.index("What to keep") < page.index("fewer deals go on than should")
    assert "at a false discovery rate of 1" in page
    assert '"findings"' in written["json"]
