"""Where deals are lost: known chances are found again, a mix of kinds is no loss, and other teams stay unnamed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.insight.contrast import Contrast, findings
from salesgoals_kit.insight.losses import Losses, losses
from salesgoals_kit.insight.stake import (
    ANY,
    DRAWS,
    Stake,
    chances_to_win,
    money_lost,
    share_of_wins,
    stake_of,
    transitions,
)
from salesgoals_kit.insight.strata import interval
from salesgoals_kit.kpis.outcomes import won_amounts
from salesgoals_kit.kpis.stages import NOWHERE, followed_entries
from salesgoals_kit.owners import COMPANY, Owner
from tests.insight.funnels import (
    KINDS,
    STAGES,
    TEAMS,
    at,
    funnel_frames,
    tables_of,
)

LEAK = at("Offer", 0.8, team="South")


@pytest.fixture(scope="module")
def leaking() -> dict[str, pd.DataFrame]:
    return funnel_frames(1, chance=LEAK)


def others(found: Losses) -> list[Contrast]:
    """Return the contrasts against the other teams."""
    return [one for one in found.contrasts if ("against", "past") not in one.subject]


def test_the_chance_to_win_by_hand() -> None:
    # of 10 in the first 5 go on to the second, 2 leave it out, 1 is won; half of the others go on
    counts = np.array([[0, 5, 2, 1, 2], [0, 0, 4, 0, 4], [0, 0, 0, 3, 3]], dtype="float64")
    chances = chances_to_win(counts, np.random.default_rng(1))
    third = 0.5
    second = 0.5 * third
    assert chances[0].tolist() == pytest.approx([0.5 * second + 0.2 * third + 0.1, second, third, 1.0])
    assert chances.shape == (DRAWS + 1, 4)
    np.testing.assert_allclose(chances[1:].mean(axis=0), chances[0], atol=0.02)
    assert ((chances >= 0) & (chances <= 1)).all()


def test_transitions_count_where_deals_went() -> None:
    rows = pd.DataFrame({"stage": [0, 0, 0, 1, 1], "next": [1, 2, NOWHERE, 2, NOWHERE]})
    assert transitions(rows, 2).tolist() == [[0, 1, 1, 1], [0, 0, 1, 1]]


def test_the_chance_to_win_is_the_share_that_was_won(leaking: dict[str, pd.DataFrame]) -> None:
    """The naive twin: of all deals seen in a stage long ago, those won in the end."""
    found = followed_entries(tables_of(leaking))
    assert found is not None
    rows = found.rows[found.rows["ago"] >= 1]
    for stage in range(3):
        share = rows.loc[rows["stage"] == stage, "won"].mean()
        chain = chances_to_win(transitions(rows, 3), np.random.default_rng(1))[0, stage]
        assert chain == pytest.approx(share, abs=0.01)


def test_money_lost_by_hand() -> None:
    draws = np.ones(DRAWS + 1)
    chances = {"new": np.outer(draws, [0.25, 0.5, 1.0]), ANY: np.outer(draws, [0.4, 0.8, 1.0])}
    stake = Stake(frozenset(["new"]), chances, {("N", "new"): 100 * draws, (None, ANY): 50 * draws})
    rows = pd.DataFrame({"deal_type": ["new", "new", "odd", None], "lost": [3, 4, 2, 1]})
    # 7 new deals at 0.25 x 100, 3 of other types at 0.4 x 50
    assert money_lost(stake, rows, "N", 0) == pytest.approx((235.0,) * 3)
    # of a team without wins of its own all are worth what the company's deals are: 7 x 0.5 x 50 + 3 x 0.8 x 50
    assert money_lost(stake, rows, "S", 1)[0] == pytest.approx(295.0)


def test_what_is_at_stake_is_what_the_company_s_deals_tell(leaking: dict[str, pd.DataFrame]) -> None:
    tables = tables_of(leaking)
    found = followed_entries(tables)
    assert found is not None
    stake = stake_of(found, won_amounts(tables))
    assert stake.kinds == {"new", "renewal"}
    assert stake.chances["renewal"][0, 0] == pytest.approx(np.prod(KINDS["renewal"]) * 0.95, abs=0.03)
    assert stake.amount("East", "new")[0] == pytest.approx(1000) and stake.amount(None, "renewal")[0] == 400
    assert stake.kind(None) == ANY and stake.kind("odd") == ANY
    mixed = stake.amount("East", ANY)
    assert mixed[0] == pytest.approx(mixed[1:].mean(), rel=0.01) and mixed[1:].std() > 0


def test_a_leak_is_found_in_both_reports_and_its_repair_is_worth_what_it_cost(leaking: dict[str, pd.DataFrame]) -> None:
    tables = tables_of(leaking)
    for owner in (COMPANY, Owner("South")):
        found = losses(tables, owner)
        first = findings(found.contrasts)[0].contrast
        assert first.subject == (("team", "South"), ("stage", "Offer"))
        assert first.low < 0.8 < first.high and first.p < 1e-6 and not first.good
        won = leaking["deals"].loc[leaking["deals"]["status"] == "won", "team"]
        part = 1.0 if owner == Owner("South") else float((won == "South").mean())  # of the owner's wins
        assert first.move is not None and first.move.win - 1 == pytest.approx(part * (1 / first.estimate - 1), rel=1e-3)
        assert first.said.id == "losses.against_others"
    row = losses(tables, Owner("South")).of(None)[1]
    truth = 0.8 * row.others
    assert row.stage == "Offer" and row.low < truth < row.high


def test_a_team_that_sells_what_is_hard_to_sell_does_not_leak() -> None:
    frames = funnel_frames(2, renewals={"South": 0.05, "East": 0.8})
    found = losses(tables_of(frames))
    rates = {row.team: row.rate for row in found.rows if row.stage == "Look"}
    assert rates["South"] < rates["East"] - 0.15
    assert findings(found.contrasts) == ()
    assert all(0.85 < one.estimate < 1.15 for one in others(found))


def test_one_person_who_stands_out_is_not_his_team() -> None:
    frames = funnel_frames(3, chance=at("Look", 0.45, rep="West 0"))
    found = {
        dict(one.subject)["team"]: one for one in others(losses(tables_of(frames))) if ("stage", "Look") in one.subject
    }
    assert found["West"].estimate < 0.95 and found["West"].p > 0.005


def test_a_team_s_report_names_no_other_team(leaking: dict[str, pd.DataFrame]) -> None:
    found = losses(tables_of(leaking), Owner("South"))
    told = repr(found) + to_json(found)
    assert "South" in told and not any(team in told for team in ("East", "North", "West"))


def test_a_team_that_stands_out_is_no_measure_for_the_others(leaking: dict[str, pd.DataFrame]) -> None:
    """South leaks; North is as East and West, and would seem to do well if South were among the others."""
    found = {
        dict(one.subject)["team"]: one
        for one in others(losses(tables_of(leaking)))
        if ("stage", "Offer") in one.subject
    }
    assert all(abs(found[team].estimate - 1) < 0.05 for team in ("East", "North", "West"))
    assert [one.contrast.subject for one in findings(others(losses(tables_of(leaking))))] == [found["South"].subject]


def test_with_two_other_teams_only_the_own_past_is_left() -> None:
    three = {team: TEAMS[team] for team in ("East", "North", "South")}
    tables = tables_of(funnel_frames(4, teams=three), tuple(three))
    found = losses(tables, Owner("South"))
    assert others(found) == [] and len(found.contrasts) == 3
    assert all(np.isnan(row.others) and np.isfinite(row.before) for row in found.rows)
    assert len(others(losses(tables))) == 9  # the company sees all its teams


def test_a_fall_since_the_year_before_is_found() -> None:
    def fell(deals: pd.DataFrame, stage: int) -> object:
        late = (deals["day"] > 365 * 2 - 40).to_numpy() & (deals["team"] == "North").to_numpy()
        return np.where(late & (stage == 0), 0.6, 1.0)

    found = losses(tables_of(funnel_frames(5, chance=fell)), Owner("North"))
    sure = [one.contrast for one in findings(found.contrasts)]
    past = next(one for one in sure if ("against", "past") in one.subject)
    assert dict(past.subject)["stage"] == "Look" and past.estimate < 0.75 and past.said.id == "losses.against_past"


def test_rows_add_up(leaking: dict[str, pd.DataFrame]) -> None:
    found = losses(tables_of(leaking))
    assert found.stages == STAGES
    assert [row.stage for row in found.of(None)] == list(STAGES)
    for whole in found.of(None):
        parts = [row for row in found.rows if row.team is not None and row.stage == whole.stage]
        for name in ("entered", "passed", "lost", "still"):
            assert sum(getattr(row, name) for row in parts) == getattr(whole, name)
    for row in found.rows:
        assert row.entered == row.passed + row.lost + row.still
        assert row.low <= row.rate <= row.high and 0 <= row.revenue_low <= row.revenue <= row.revenue_high
    sums = found.cohorts.groupby("stage")["entered"].sum()
    assert (sums >= [row.entered for row in found.of(None)]).all()


def test_the_same_tables_say_the_same_and_a_slice_holds_it(leaking: dict[str, pd.DataFrame]) -> None:
    first, again = (to_json(losses(tables_of(leaking), Owner("South"))) for _ in range(2))
    assert first == again == to_json(from_json(first))


def test_where_nothing_is_planted_findings_are_rare() -> None:
    ps = []
    for seed in range(8):
        found = losses(tables_of(funnel_frames(100 + seed, 2000)))
        ps += [one.p for one in found.contrasts]
        assert not [one for one in findings(found.contrasts) if one.q < 0.01]
    assert np.mean(np.array(ps) < 0.05) < 0.06 and np.mean(np.array(ps) < 0.01) < 0.02


@pytest.mark.parametrize("status", ["open", "lost", "won"])
def test_all_deals_alike_are_no_error(status: str) -> None:
    frames = funnel_frames(6, 500)
    frames["deals"]["status"] = status
    if status == "open":
        frames["deals"]["closed_at"] = pd.NaT
    else:
        frames["deals"]["closed_at"] = frames["deals"]["closed_at"].fillna(pd.Timestamp(2025, 12, 31))
    found = losses(tables_of(frames))
    assert [one.id for one in found.lacking] == (["losses.nothing_followed"] if status == "open" else [])
    assert findings(found.contrasts) == ()
    if status == "lost":
        assert all(row.revenue == 0 for row in found.rows)


def test_one_rep_one_team_one_month() -> None:
    frames = funnel_frames(7, 300, teams={"Only": ("Ann",)})
    only = losses(tables_of(frames, ("Only",)))
    assert {row.team for row in only.rows} == {None} and all(
        ("against", "past") in one.subject for one in only.contrasts
    )
    month = frames["deals"]["created_at"].dt.to_period("M") == pd.Period("2024-05")
    kept = frames["deals"][month]
    events = frames["stage_events"][frames["stage_events"]["deal_id"].isin(kept["deal_id"])]
    short = losses(tables_of({"deals": kept, "stage_events": events}, ("Only",)))
    assert short.contrasts == () and not short.lacking


def test_without_stage_events_the_report_says_what_it_needs() -> None:
    frames = funnel_frames(8, 300)
    del frames["stage_events"]
    found = losses(tables_of(frames))
    assert [one.id for one in found.lacking] == ["losses.lacks_events"]
    assert found.rows == () and found.contrasts == () and found.cohorts.empty


def test_what_is_not_known_yet_changes_nothing(leaking: dict[str, pd.DataFrame]) -> None:
    """Deals and stages from after the day leave the report as it is."""
    early = pd.Timestamp(2025, 3, 31)
    deals, events = leaking["deals"], leaking["stage_events"]
    known = deals[deals["created_at"] <= early].copy()
    later = known["closed_at"] > early
    known.loc[later, "status"] = "open"
    known.loc[later, "closed_at"] = pd.NaT
    then = {**leaking, "deals": known, "stage_events": events[events["entered_at"] <= early]}
    found = losses(tables_of(then, as_of=early.date()), Owner("South"))
    hindsight = losses(tables_of(leaking, as_of=early.date()), Owner("South"))
    assert to_json(found) == to_json(hindsight)


def test_the_range_of_a_share() -> None:
    assert interval(0, 0) == pytest.approx((np.nan, np.nan), nan_ok=True)
    assert interval(0, 10)[0] == 0.0 and interval(10, 10)[1] == 1.0
    low, high = interval(50, 100)
    assert (low, high) == pytest.approx((0.436, 0.564), abs=0.002)  # 0.5 -+ 1.2816 x 0.05


def test_the_part_of_wins_that_went_through_a_stage() -> None:
    ways = pd.DataFrame({"deal_id": ["a", "a", "b", "c"], "stage": [0, 1, 1, 0], "won": [1, 1, 1, 0]})
    assert [share_of_wins(ways, stage) for stage in range(3)] == [0.5, 1.0, 0.0]
    assert share_of_wins(ways[:0], 0) == 0.0
    assert share_of_wins(ways[:2], 0, ways) == 0.5
