"""Patterns of teams: one that is planted is found, nobody else is suspected, and what cannot be seen is said."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
from salesgoals_kit.insight.bunching import amount_terms, bunched, discount_terms
from salesgoals_kit.insight.contrast import Finding, findings
from salesgoals_kit.insight.gaming import gaming
from salesgoals_kit.insight.ratchet import FEWEST_GOALS, Ratchet, held_back, latest, ratchet, ratchet_said
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.closings import Closings, closings
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.store.rows import FinalRow, GoalRow
from tests.kpis.conftest import FAR, tables_of

ROOT = Path(__file__).parents[2]
DAY = date(2020, 1, 1)
Frames = dict[str, pd.DataFrame]


def tables_with(frames: Frames) -> Tables:
    company = load_company(ROOT / "params" / "company.yaml", TABLES, CATALOGUE)
    return tables_from_frames(frames, company, LAST_DAY)


@pytest.fixture(scope="module")
def frames() -> Frames:
    return sample_tables(5, plant=False)


@pytest.fixture(scope="module")
def teams(frames: Frames) -> pd.Series:
    """Return the team of each deal."""
    deals = tables_with(frames).frame("deals").collect("pandas").to_native()
    return pd.Series(deals["team"].to_numpy(), index=deals["deal_id"].to_numpy())


def bunch(frames: Frames, teams: pd.Series, team: str, share: float) -> Frames:
    """Return the frames with a share of a team's wins put off to the last days of their quarter."""
    deals, rng = frames["deals"].copy(), np.random.default_rng(1)
    ends = deals["closed_at"].dt.to_period("Q").dt.end_time.dt.normalize()
    chosen = (deals["deal_id"].map(teams) == team) & (deals["status"] == "won") & (rng.random(len(deals)) < share)
    put_off = ends - pd.to_timedelta(rng.integers(0, 8, len(deals)), unit="D")
    deals["closed_at"] = deals["closed_at"].mask(
        chosen, put_off.where(put_off > deals["closed_at"], deals["closed_at"])
    )
    return {**frames, "deals": deals}


def slip(frames: Frames, teams: pd.Series, team: str, share: float) -> Frames:
    """Return the frames with a share of a team's deals put off by a month halfway through."""
    deals, rng = frames["deals"], np.random.default_rng(1)
    chosen = deals[(deals["deal_id"].map(teams) == team) & (rng.random(len(deals)) < share)]
    log = frames["deal_changes"]
    last = log[log["field"] == "expected_close_at"].groupby("deal_id")["value"].max()
    until = chosen["closed_at"].fillna(pd.Timestamp(LAST_DAY))
    middle = (chosen["created_at"] + (until - chosen["created_at"]) / 2).dt.normalize()
    later = pd.to_datetime(chosen["deal_id"].map(last)) + pd.Timedelta(days=30)
    more = pd.DataFrame(
        {
            "deal_id": chosen["deal_id"],
            "field": "expected_close_at",
            "value": later.dt.strftime("%Y-%m-%d"),
            "changed_at": middle,
        }
    ).dropna()
    return {**frames, "deal_changes": pd.concat([log, more], ignore_index=True)}


def subjects(found: Sequence[Finding]) -> set[tuple[str, str, bool]]:
    return {(one.contrast.effect, one.contrast.subject[0][1], one.contrast.good) for one in found}


def test_nobody_games_in_the_sample(frames: Frames) -> None:
    tables = tables_with(frames)
    for owner in (COMPANY, Owner("North"), Owner("Key Accounts")):
        found = gaming(tables, owner)
        assert len(found.contrasts) == (8 if owner == COMPANY else 2)
        assert not [one for one in found.contrasts if one.p < 0.003]
        assert [one.id for one in found.lacking] == ["gaming.no_goals"]
    everybody = gaming(tables).bunching
    assert everybody is not None
    assert everybody.share == pytest.approx(0.19, abs=0.02)  # the whole company's rush
    assert everybody.usual == pytest.approx(0.09, abs=0.01)


def test_a_team_that_puts_off_is_found_beside_the_rush_of_all(frames: Frames, teams: pd.Series) -> None:
    tables = tables_with(bunch(frames, teams, "South", 0.2))
    found = findings(gaming(tables).contrasts)
    assert ("bunching", "South", False) in subjects(found)
    assert not [one for one in found if one.contrast.subject[0][1] != "South" and not one.contrast.good]
    own = findings(gaming(tables, Owner("South")).contrasts)
    assert subjects(own) == {("bunching", "South", False)}
    assert own[0].contrast.said.id == "gaming.bunched_own_more"
    assert own[0].contrast.estimate == pytest.approx(0.15, abs=0.04)  # a fifth, but for those that were late already


def test_a_team_whose_dates_slip_is_found(frames: Frames, teams: pd.Series) -> None:
    tables = tables_with(slip(frames, teams, "Central", 0.35))
    found = findings(gaming(tables).contrasts)
    assert ("slipping", "Central", False) in subjects(found)
    assert not [one for one in found if one.contrast.subject[0][1] != "Central" and not one.contrast.good]
    own = gaming(tables, Owner("Central"))
    assert subjects(findings(own.contrasts)) == {("slipping", "Central", False)}
    assert own.slipped is not None
    assert not any(name in repr(own) for name in ("'North'", "'South'"))


def test_without_changes_goals_or_teams_it_says_what_it_cannot_see(frames: Frames) -> None:
    bare = {name: frame for name, frame in frames.items() if name in ("deals",)}
    found = gaming(tables_with(bare))
    assert "gaming.no_changes" in {one.id for one in found.lacking}
    assert found.slips == ()
    nothing = gaming(tables_of(FAR, deals=[{"deal_id": "D1", "status": "open"}]))
    assert [one.id for one in nothing.lacking] == ["gaming.no_closings", "gaming.no_changes", "gaming.no_goals"]
    assert (nothing.bunching, nothing.contrasts, nothing.ends) == (None, (), ())
    lost = [{"deal_id": "D1", "status": "lost", "created_at": date(2025, 1, 1), "closed_at": date(2025, 1, 2)}]
    assert gaming(tables_of(FAR, deals=lost)).bunching is None


def test_terms_of_late_wins_by_hand() -> None:
    """Late wins of one type are given 4 points more off, and are e**0.5 times as big, than the others of it."""
    rows = [("new", 0, 100, 100, 500.0, 2600.0, 100, 5.0, 0.35), ("new", 1, 50, 50, 275.0, 1562.5, 50, 4.5, 0.455)]
    names = ["deal_type", "late", "deals", "priced", "logs", "squares", "listed", "discounts", "spread"]
    terms = pd.DataFrame(rows, columns=names)
    empty = pd.DataFrame()
    found = Closings(empty, empty, empty, terms)
    discount, amount = discount_terms(found), amount_terms(found)
    assert discount is not None
    assert amount is not None
    assert discount.difference == pytest.approx(0.04)
    error = np.sqrt((0.35 - 100 * 0.05**2) / 99 / 100 + (0.455 - 50 * 0.09**2) / 49 / 50)
    assert discount.high - discount.low == pytest.approx(2 * 1.2816 * error, rel=1e-3)
    assert amount.difference == pytest.approx(math.exp(0.5) - 1)
    assert discount_terms(Closings(empty, empty, empty, terms.assign(listed=1))) is None


def goal(period: str, value: float, **more: Any) -> GoalRow:
    rest = {"owner": COMPANY, "template": "agree", "as_of": DAY, "kpi": "revenue", "level": "agreed", **more}
    return GoalRow(period=period, value=value, **rest)


def final(period: str, value: float | None) -> FinalRow:
    return FinalRow(
        owner=COMPANY, template="review", as_of=DAY, kpi="revenue", period=period, value=value, final_on=DAY
    )


def test_goals_that_follow_success_up_and_failure_less_far_down() -> None:
    """Ten beyond moves the next goal by 8 points, ten below by 2, on 3 % growth: slopes 0.8 and 0.2 to the digit."""
    beyond = [0.1, 0.3, -0.1, -0.25, 0.2, -0.05, 0.05, -0.4, 0.15, -0.15]
    goals, finals = {}, {}
    for i, part in enumerate(beyond):
        goals[f"{2000 + 2 * i}"] = goal(f"{2000 + 2 * i}", 1000.0)
        finals[f"{2000 + 2 * i}"] = final(f"{2000 + 2 * i}", 1000.0 * (1 + part))
        goals[f"{2001 + 2 * i}"] = goal(f"{2001 + 2 * i}", 1000.0 * (1.03 + 0.8 * max(part, 0) + 0.2 * min(part, 0)))
    found = ratchet(goals, finals)
    assert isinstance(found, Ratchet)
    assert found.pairs == 10
    assert [found.over[0], found.under[0]] == pytest.approx([0.8, 0.2])
    assert found.asymmetry == pytest.approx(0.6)
    assert ratchet_said(found).id == "gaming.ratchet_seen"
    few = ratchet(dict(list(goals.items())[:8]), finals)
    assert few == 4
    assert ratchet_said(few).id == "gaming.ratchet_few"
    upward = {period: final(period, 1200.0) for period in finals}
    assert ratchet(goals, upward) == 10  # never missed: nothing to compare


def test_without_a_ratchet_none_is_seen() -> None:
    rng, seen = np.random.default_rng(2), 0
    for _ in range(200):
        goals = {str(2000 + i): goal(str(2000 + i), float(1000 * 1.03**i * rng.uniform(0.97, 1.03))) for i in range(14)}
        finals = {year: final(year, one.value * float(rng.uniform(0.8, 1.2))) for year, one in goals.items()}
        found = ratchet(goals, finals)
        seen += isinstance(found, Ratchet) and ratchet_said(found).id == "gaming.ratchet_seen"
    assert FEWEST_GOALS == 8
    assert seen <= 4


def test_wins_that_wait_for_the_quarter_after_a_goal_was_met() -> None:
    quarters = pd.DataFrame(
        {"name": [f"Q{i}" for i in range(21)], "first": range(0, 63, 3), "revenue": [100.0, 300.0] * 10 + [0.0]}
    )
    wins = pd.DataFrame(
        {"group": "", "quarter": range(0, 63, 3), "deal_type": "", "wins": 50, "late": 5, "early": [20, 5] * 10 + [20]}
    )
    empty = pd.DataFrame()
    found = Closings(quarters, wins, empty, empty)
    goals = {f"Q{i}": goal(f"Q{i}", 200.0) for i in range(20)}
    said = held_back(found, goals, COMPANY)
    assert said.id == "gaming.held_back_seen"
    assert [said.values[name].value for name in ("met", "missed", "after_met", "after_missed")] == [10, 10, 0.4, 0.1]  # type: ignore[union-attr]
    even = held_back(Closings(quarters, wins.assign(early=5), empty, empty), goals, COMPANY)
    assert even.id == "gaming.held_back_not_seen"
    few = held_back(found, {f"Q{i}": goal(f"Q{i}", 200.0) for i in range(4)}, COMPANY)
    assert few.id == "gaming.held_back_few"


def test_of_the_ledger_count_own_goals_agreed_ahead_in_their_last_version(frames: Frames) -> None:
    rows = [
        goal("2025Q1", 1.0, version=1),
        goal("2025Q1", 2.0, version=2),
        goal("2025Q2", 3.0, level="target"),
        goal("2025Q3", 3.0, set_after_the_fact=True),
        goal("2025Q4", 3.0, owner=Owner("North")),
        goal("2025Q4", 3.0, kpi="win_rate"),
    ]
    assert {period: row.value for period, row in latest(rows, COMPANY).items()} == {"2025Q1": 2.0}
    agreed = [goal(f"{year}Q{q}", 3e6) for year in (2023, 2024, 2025) for q in range(1, 5)]
    found = gaming(tables_with({"deals": frames["deals"]}), COMPANY, agreed, [final("2024Q1", 3.1e6)])
    assert found.held[0].id.startswith("gaming.held_back")
    assert found.ratchet[0].id == "gaming.ratchet_few"
    ends = closings(tables_with(frames))
    assert ends is not None
    assert bunched(ends, "DE").quarters == 12
