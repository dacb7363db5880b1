"""Half a year of the sample company played forward, and what its ledger tells: `make campaign` has the whole year."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from salesgoals_kit.data.sample.files import write_files
from salesgoals_kit.data.snapshot import make_snapshot
from salesgoals_kit.periods import Period
from salesgoals_kit.run.work import SAMPLE_FOLDER
from tests.campaign.year import (
    CENTRAL,
    OWNERS,
    QUARTERS,
    SETTLING,
    Played,
    Year,
    a_year,
    play,
    some_of_the_sample,
    tells_the_story,
)
from tests.mailing import keep_the_contract

HALF = QUARTERS[:2]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    """Two teams of the sample company, on the last day of 2024."""
    with a_year(tmp_path_factory.mktemp("year")) as made:
        yield made


@pytest.fixture(scope="module")
def played(year: Year) -> Played:
    """Two quarters as they were played."""
    return play(year, HALF)


def test_the_ledger_tells_the_story_of_the_quarters(year: Year, played: Played) -> None:
    tells_the_story(year, played, HALF)


def test_every_mail_of_the_quarters_keeps_the_contract(played: Played) -> None:
    for ran in played.values():
        keep_the_contract(ran.content)


def test_a_review_made_again_on_its_snapshot_and_ledger_is_the_same(year: Year, played: Played) -> None:
    """By then the ledger has another quarter, and the data a correction of a deal won in the first."""
    first, final = QUARTERS[0], QUARTERS[0].end + SETTLING
    for owner in OWNERS:
        assert year.run("review", first, final, owner).json == played["review", first.name, owner].json
    earlier = year.snapshot
    year.snapshot = corrected(year, first)
    assert year.snapshot != earlier
    was = {figure.kpi: figure.value for figure in played["review", first.name, CENTRAL].content.figures}["revenue"]
    assert was is not None
    later = year.run("review", first, final, CENTRAL)
    now = {figure.kpi: figure.value for figure in later.content.figures}["revenue"]
    assert now == pytest.approx(was + 1000)
    for said in (
        "came out otherwise now",
        f"{was:,.2f} (version 1)",
        f"{now:,.2f} (version 2)",
        "€1,000.00",
        earlier[:12],
    ):
        assert said in later.text
    versions = [
        (row.version, round(row.value or 0, 2), row.snapshot)
        for row in year.ledger.final_versions(first.name, final)
        if (row.owner, row.kpi) == (CENTRAL, "revenue")
    ]
    assert versions == [(1, round(was, 2), earlier), (2, round(now or 0, 2), year.snapshot)]
    assert year.run("review", first, final, CENTRAL).json == later.json, "its own rows are not for it"
    year.snapshot = earlier
    assert year.run("review", first, final, CENTRAL).json == played["review", first.name, CENTRAL].json


def corrected(year: Year, quarter: Period) -> str:
    """Make a snapshot in which a deal that the team won in a quarter brought 1000 more, and return its hash."""
    frames = some_of_the_sample()
    deals, reps = frames["deals"], frames["reps"]
    own = deals["rep"].isin(reps.loc[reps["team"] == "Central", "rep"]) & (deals["status"] == "won")
    within = deals["closed_at"].between(pd.Timestamp(quarter.start), pd.Timestamp(quarter.end))
    one = deals.index[own & within & deals["amount"].notna()][0]
    changes = frames["deal_changes"]
    logged = changes.index[(changes["deal_id"] == deals.loc[one, "deal_id"]) & (changes["field"] == "amount")][-1]
    deals = deals.assign(amount=deals["amount"].where(deals.index != one, deals["amount"] + 100_000))
    value = str(int(changes.loc[logged, "value"]) + 100_000)
    changes = changes.assign(value=changes["value"].where(changes.index != logged, value))
    write_files({**frames, "deals": deals, "deal_changes": changes}, year.company.store_folder / SAMPLE_FOLDER)
    return make_snapshot(year.company).hash
