"""The cycle of an owner: what takes longer in truth is found, nothing else is, and what is missing is said."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, sample_tables
from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from salesgoals_kit.insight.contrast import findings
from salesgoals_kit.insight.cycle import cycle_report
from salesgoals_kit.insight.gaming import gaming
from salesgoals_kit.insight.stale import SHOWN, stale
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.cycles import OpenDeals
from salesgoals_kit.owners import COMPANY, Owner
from tests.kpis.conftest import FAR, tables_of

ROOT = Path(__file__).parents[2]
KEY = Owner("Key Accounts")


@pytest.fixture(scope="module")
def nothing_planted() -> Tables:
    company = load_company(ROOT / "params" / "company.yaml", TABLES, CATALOGUE)
    return tables_from_frames(sample_tables(5, plant=False), company, LAST_DAY)


def test_the_team_that_takes_longer_is_found_and_nothing_else(nothing_planted: Tables) -> None:
    """Key Accounts' deals take 1.3 times as long in the sample; nothing else sets teams, products or sizes apart."""
    found = cycle_report(nothing_planted)
    (one,) = findings(found.contrasts)
    assert one.contrast.subject == (("team", "Key Accounts"),)
    assert one.contrast.estimate == pytest.approx(1.3, abs=0.12)
    assert one.contrast.low < 1.3 < one.contrast.high
    assert not one.contrast.good
    assert one.contrast.move is not None
    assert 0.9 < one.contrast.move.pace < 1  # a few of the company's deals
    assert {kind for contrast in found.contrasts for kind, _ in contrast.subject} == {
        "team",
        "product",
        "size",
        "since",
    }


def test_in_its_own_report_others_are_not_named(nothing_planted: Tables) -> None:
    found = cycle_report(nothing_planted, KEY)
    (one,) = findings(found.contrasts)
    assert one.contrast.said.id == "cycle.own_longer"
    assert one.contrast.move is not None
    assert one.contrast.move.pace == pytest.approx(1 / one.contrast.estimate)
    assert not any(name in repr(found) for name in ("'North'", "'Central'", "'South'"))
    quiet = cycle_report(nothing_planted, Owner("North"))
    assert findings(quiet.contrasts) == ()


def test_the_figures_are_those_of_the_sample(nothing_planted: Tables) -> None:
    """Median durations of wins are 75, 45 and 60 days, of which stages take 15, 25, 25, 20 and 15 %."""
    found = cycle_report(nothing_planted)
    assert found.whole is not None
    halves = {one.name: one for one in found.groups if one.by == "deal_type"}
    assert halves["expansion"].half == pytest.approx(45, abs=6)
    assert halves["new"].half == pytest.approx(80, abs=8)  # the quarter's end is waited for, and Key Accounts
    assert all(one.low <= one.half <= one.high for one in found.groups)
    assert [one.stage for one in found.stages] == ["Qualification", "Discovery", "Proposal", "Negotiation", "Contract"]
    assert found.longest is not None
    assert found.longest.stage == "Discovery"
    assert sum(one.share for one in found.stages) == pytest.approx(1)
    assert found.lacking == ()
    assert {note.id for note in found.notes} == {"cycle.immature", "cycle.mean_biased"}
    assert repr(cycle_report(nothing_planted)) == repr(found)


def test_what_is_known_later_changes_nothing() -> None:
    company = load_company(ROOT / "params" / "company.yaml", TABLES, CATALOGUE)
    day = date(2024, 12, 31)
    frames = sample_tables(5, plant=False)
    then = tables_from_frames(frames, company, day, known_on=LAST_DAY)
    deals = frames["deals"]
    closed = deals["closed_at"] > pd.Timestamp(day)
    other = deals.assign(
        closed_at=deals["closed_at"] + pd.to_timedelta(closed * 9, unit="D"),
        amount=deals["amount"].where(~closed, 77_700),
        status=deals["status"].where(~closed, "lost"),
    )
    changed = tables_from_frames({**frames, "deals": other}, company, day, known_on=LAST_DAY)
    assert repr(cycle_report(changed, KEY)) == repr(cycle_report(then, KEY))


@pytest.fixture(scope="module")
def maven(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """Return the public data set's deals, in pandas."""
    if not (ROOT.parent / "shared" / "data" / "maven_crm").is_dir():
        pytest.skip("the public data set maven_crm is not beside the checkout")
    company = load_company(ROOT / "tests" / "data" / "maven.yaml", TABLES, CATALOGUE)
    company = company.model_copy(update={"store": str(tmp_path_factory.mktemp("maven"))})
    with open_snapshot(make_snapshot(company), company) as snapshot:
        tables = snapshot.at(date(2017, 12, 31))
        rows = tables.frame("deals").collect("pandas").to_native()
        present = [*tables.columns("deals"), "team"]
    return tables_from_frames({"deals": rows[[*dict.fromkeys(present)]]}, company, date(2017, 12, 31))


def test_labels_dealt_out_at_random_set_no_team_apart(maven: Tables) -> None:
    deals, rng = maven.frame("deals").collect("pandas").to_native()[[*maven.columns("deals")]], np.random.default_rng(2)
    for _ in range(4):
        mixed = deals.copy()
        mixed[["team", "rep"]] = deals[["team", "rep"]].to_numpy()[rng.permutation(len(deals))]
        tables = tables_from_frames({"deals": mixed}, maven.company, maven.as_of)
        contrasts = (*cycle_report(tables).contrasts, *gaming(tables).contrasts)
        assert len([one for one in contrasts if one.subject[0][0] == "team"]) >= 3
        assert not [one for one in findings(contrasts) if one.contrast.subject[0][0] == "team"]


def opened(*deals: tuple[str, str | None, int, float]) -> pd.DataFrame:
    rows = [(name, kind, age, "Offer", amount, "Ann") for name, kind, age, amount in deals]
    return pd.DataFrame(rows, columns=["deal_id", "deal_type", "age", "stage", "amount", "rep"])


def test_stale_deals_by_hand() -> None:
    """Of 40 new deals won 36 took at most 50 days. 10 others are too few for their own; of all 50 it is 60."""
    took = pd.DataFrame(
        [("new", 50, 36), ("new", 60, 4), ("more", 90, 5), ("more", 10, 5)], columns=["deal_type", "day", "deals"]
    )
    deals = opened(("A", "new", 51, 10), ("B", "new", 50, 99), ("C", "more", 60, 9), ("D", "more", 61, np.nan))
    found = stale(OpenDeals(deals, took, 0))
    assert [(deal.deal_id, deal.limit, deal.amount) for deal in found.deals] == [("A", 50, 10.0), ("D", 60, None)]
    assert (found.count, found.opened, found.amount, found.unpriced) == (2, 4, 10.0, 1)
    assert (found.limits, found.all_types) == ((("new", 50),), 60)
    many = opened(*((f"D{i:02}", None, 70 + i, 5.0) for i in range(20)))
    cut = stale(OpenDeals(many, took, 0))
    assert (len(cut.deals), cut.count, cut.deals[0].deal_id) == (SHOWN, 20, "D19")
    few = stale(OpenDeals(deals, took.head(0), 0))
    assert (few.deals, few.all_types) == ((), None)


def deal(i: int, status: str, days: int | None, **more: Any) -> dict[str, Any]:
    born = pd.Timestamp("2025-03-01") + pd.Timedelta(days=i)
    closed = None if days is None else born + pd.Timedelta(days=days)
    return {"deal_id": f"D{i:03}", "status": status, "created_at": born, "closed_at": closed, "team": "North", **more}


@pytest.mark.parametrize("status", ["open", "lost", "won"])
def test_deals_that_all_went_alike_of_one_rep_in_one_month(status: str) -> None:
    deals = [deal(i, status, None if status == "open" else 3, rep="Ann") for i in range(28)]
    found = cycle_report(tables_of(FAR, deals=pd.DataFrame(deals)), Owner("North"))
    assert found.contrasts == ()
    assert [one.id for one in found.lacking] == ["cycle.no_stage_events"]
    assert found.stale is not None
    assert found.stale.count == 0
    assert "cycle.too_few_won" in {note.id for note in found.notes}


def test_without_days_and_events_what_is_missing_is_named() -> None:
    found = cycle_report(tables_of(FAR, deals=[{"deal_id": "D1", "status": "open"}]))
    assert [one.id for one in found.lacking] == ["cycle.no_dates", "cycle.no_stage_events"]
    assert (found.whole, found.groups, found.stages, found.stale, found.contrasts) == (None, (), (), None, ())
    young = cycle_report(tables_of(date(2025, 3, 20), deals=[deal(0, "won", 3), deal(1, "open", None)]), COMPANY)
    assert young.whole is None
    assert young.notes[0].id == "cycle.none_followed"
