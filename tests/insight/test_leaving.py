"""When and which customers leave: what is planted is found, luck and youth are not, and who is next is listed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from scipy.stats import chi2, fisher_exact

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.sample import Planted
from salesgoals_kit.goals.levers import gain
from salesgoals_kit.goals.state import state_of
from salesgoals_kit.insight.contrast import Contrast, findings
from salesgoals_kit.insight.leaving import Leaving, entering, leaving, moments_of
from salesgoals_kit.insight.losing import LEAVING, MOMENT, moments, segment_contrasts, segments
from salesgoals_kit.insight.tenure import cells_of, hazards, kept, rate_range
from salesgoals_kit.kpis.leaving import Lives, lives
from salesgoals_kit.kpis.levers import lever_inputs
from salesgoals_kit.owners import Owner
from salesgoals_kit.report.text import Texts

Sampled = Callable[..., tuple[Planted, Tables]]
MakeTables = Callable[..., Tables]
SEEDS = (1, 2, 7)
TEAMS = {"North", "Central", "South", "Key Accounts"}

each_seed = pytest.mark.parametrize("seed", SEEDS)


def rows_of(*lives_: tuple[int, int, int, int, int], **more: Any) -> pd.DataFrame:
    frame = pd.DataFrame(lives_, columns=["start", "entry", "last", "lost", "lives"])
    return frame.assign(**more)


def random_rows(seed: int, count: int, hazard: Callable[[int], float], **more: Any) -> pd.DataFrame:
    """Lives over five years of starts, followed to month 60, leaving by a hazard of tenure."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        start, month, lost = int(rng.integers(0, 60)), 0, 0
        while not lost and start + month < 60:
            month += 1
            lost = int(rng.random() < hazard(month))
        made += [(start, 1, month, lost, 1)] if month else []
    return rows_of(*made, **more)


LOOSE = 0.05  # five times the rate of a report, so that one small company shows what many would


def found_in(contrasts: tuple[Contrast, ...], effect: str) -> list[tuple[tuple[str, str], ...]]:
    return [one.contrast.subject for one in findings(contrasts, LOOSE) if one.contrast.effect == effect]


def test_cells_count_each_life_in_each_of_its_months() -> None:
    # Three alike that are lost in month 3, one that enters in month 2 and is there to month 4.
    cells = cells_of(rows_of((10, 1, 3, 1, 3), (20, 2, 4, 0, 1)))
    shown = sorted(
        zip(cells.tenure.tolist(), cells.month.tolist(), cells.at_risk.tolist(), cells.lost.tolist(), strict=True)
    )
    assert shown == [(1, 11, 3, 0), (2, 12, 3, 0), (2, 22, 1, 0), (3, 13, 3, 3), (3, 23, 1, 0), (4, 24, 1, 0)]
    found = hazards(cells)
    assert found["at_risk"].tolist() == [3, 4, 4, 1]
    assert found["hazard"].tolist() == [0.0, 0.0, 0.75, 0.0]
    assert hazards(cells_of(rows_of())).empty


@pytest.mark.parametrize("seed", range(3))
def test_the_share_that_stays_is_what_lifelines_has_with_late_entry(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = random_rows(seed, 300, lambda month: 0.05 + 0.1 * (month == 6))
    rows["entry"] = np.minimum(rng.integers(1, 4, len(rows)), rows["last"])
    ours = kept(hazards(cells_of(rows)))
    fitter = KaplanMeierFitter().fit(rows["last"], rows["lost"], entry=rows["entry"] - 1)
    theirs = fitter.survival_function_at_times(np.arange(1, len(ours) + 1)).to_numpy()
    np.testing.assert_allclose(ours.to_numpy(), theirs, atol=1e-9)


def test_the_range_of_a_rate_is_garwoods() -> None:
    low, high = rate_range(np.array([4]), np.array([50]))
    assert low[0] == pytest.approx(chi2.ppf(0.1, 8) / 2 / 50)
    assert high[0] == pytest.approx(chi2.ppf(0.9, 10) / 2 / 50)


@each_seed
def test_the_planted_moment_and_channel_are_found(sampled: Sampled, seed: int) -> None:
    planted, tables = sampled(seed, True)
    assert planted.moment is not None
    assert planted.channel is not None
    found = leaving(tables)
    said = findings(found.contrasts, LOOSE)
    assert moments_of(said) == (planted.moment.month,)
    worse = [one.contrast for one in said if one.contrast.effect == LEAVING and not one.contrast.good]
    assert [one.subject for one in worse] == [(("channel", planted.channel.channel),)]
    assert worse[0].low / 1.3 < planted.channel.hazard_ratio < worse[0].high * 1.3  # an 80 % range


@each_seed
def test_where_nothing_is_planted_nothing_is_found(sampled: Sampled, seed: int) -> None:
    _, tables = sampled(seed, False)
    for owner in (Owner(), Owner("North")):
        assert findings(leaving(tables, owner).contrasts) == ()


def test_the_share_lost_so_far_misses_what_is_found_month_by_month(sampled: Sampled) -> None:
    """Whoever divides leavers by customers, as a spreadsheet does, is misled by a channel that grows."""
    planted, tables = sampled(1, True)
    assert planted.channel is not None
    found = lives(tables)
    assert found is not None
    known = found.rows.dropna(subset="channel")
    ours = {one.subject[0]: one for one in leaving(tables).contrasts}
    mine = (known["channel"] == planted.channel.channel).to_numpy()
    lost, count = (known["lives"] * known["lost"]).to_numpy(), known["lives"].to_numpy()
    left, there = [int(lost[part].sum()) for part in (mine, ~mine)], [int(count[part].sum()) for part in (mine, ~mine)]
    naive = fisher_exact([[left[0], there[0] - left[0]], [left[1], there[1] - left[1]]]).pvalue
    contrast = ours["channel", planted.channel.channel]
    ratio = (left[0] / there[0]) / (left[1] / there[1])
    assert naive > 0.01 > 0.001 > contrast.p
    assert ratio < 1.5 < contrast.estimate


@pytest.mark.parametrize("seed", range(4))
def test_a_young_segment_is_not_taken_for_a_faithful_one(seed: int) -> None:
    old = random_rows(seed, 500, lambda month: 0.02, channel="old")
    young = random_rows(seed + 100, 1500, lambda month: 0.02, channel="young").query("start > 45")
    found = Lives(pd.concat([old, young], ignore_index=True), date(2025, 1, 1), 0, 0)
    by_share = found.rows.groupby("channel")["lost"].mean()
    assert by_share["young"] < 0.6 * by_share["old"]
    (one,) = segment_contrasts(found, segments(found))  # of two only the one that loses more
    assert one.p > 0.02
    assert one.estimate >= 1


def test_of_many_worlds_without_a_moment_few_have_small_p() -> None:
    ps = [
        one.p
        for seed in range(12)
        for one in moments(cells_of(random_rows(seed, 400, lambda month: 0.03 + 0.02 * (month < 4))))
    ]
    assert len(ps) > 150
    assert np.mean(np.array(ps) < 0.05) < 0.05
    assert np.mean(np.array(ps) < 0.005) < 0.01


def test_an_event_on_the_calendar_is_no_moment() -> None:
    # All begin in month 0, as after a move from another system; prices rise in month 10, and many leave.
    rows = [(0, 1, 10, 1, 60), *[(0, 1, month, 1, 5) for month in range(1, 25) if month != 10], (0, 1, 24, 0, 500)]
    alone = cells_of(rows_of(*rows))
    assert found_in(moments(alone), MOMENT) == []
    later = [(start, 1, min(60 - start, 24), 0, 20) for start in range(1, 50)]
    assert found_in(moments(cells_of(rows_of(*rows, *later))), MOMENT) == [(("month", "10"),)]  # only they did


def test_contracts_of_a_year_end_after_a_year() -> None:
    rows = random_rows(3, 1200, lambda month: 0.25 * (month % 12 == 0))
    assert set(found_in(moments(cells_of(rows)), MOMENT)) >= {(("month", "12"),), (("month", "24"),)}


def test_what_would_change_is_the_part_of_churn_that_is_too_much() -> None:
    # A quarter of all months at risk lose 4 %, the others 1 %: of 1.75 in 100 lost 0.75 are too many.
    cells: list[pd.DataFrame] = [
        rows_of((0, 1, 10, 0, 2500), channel="web"),
        rows_of(*[(0, 1, month, 1, 100) for month in range(1, 11)], channel="web"),
        rows_of((0, 1, 10, 0, 10_000), channel="fair"),
        rows_of(*[(0, 1, month, 1, 100) for month in range(1, 11)], channel="fair"),
    ]
    found = Lives(pd.concat(cells, ignore_index=True), date(2025, 1, 1), 0, 0)
    web = next(one for one in segment_contrasts(found, segments(found)) if one.subject == (("channel", "web"),))
    exposures = {name: cells_of(found.rows[found.rows["channel"] == name]).exposure for name in ("web", "fair")}
    share = 1000 / 2000  # of all that is lost
    assert exposures["web"] == 2500 * 10 + 100 * 55
    assert web.move is not None
    assert web.move.churn == pytest.approx(1 - share * (1 - 1 / web.estimate))
    third = rows_of((0, 1, 10, 0, 5000), *[(0, 1, month, 1, 100) for month in range(1, 11)], channel="call")
    wider = replace(found, rows=pd.concat([found.rows, third], ignore_index=True))
    fair = next(one for one in segment_contrasts(wider, segments(wider)) if one.subject == (("channel", "fair"),))
    assert fair.good
    assert fair.move is None


def test_a_team_s_report_is_of_its_own_churn_where_all_customers_are_compared() -> None:
    """Half of all that is lost is North's; of North's own losses all are."""
    parts = [(0, 1, 10, 0, 2500), *[(0, 1, month, 1, 100) for month in range(1, 11)]]
    north = rows_of(*parts, team="North", channel="web")
    rest = rows_of((0, 1, 10, 0, 10_000), *parts[1:], team="", channel="fair")
    found = Lives(pd.concat([north, rest], ignore_index=True), date(2025, 1, 1), 0, 0)
    own = replace(found, rows=north)
    for subject in (("team", "North"), ("channel", "web")):
        one = next(one for one in segment_contrasts(found, segments(found), own) if one.subject == (subject,))
        assert one.move is not None
        assert one.move.churn == pytest.approx(1 / one.estimate)
    hazard = cells_of(random_rows(3, 1200, lambda month: 0.25 * (month % 12 == 0)))
    whole, early = ({dict(one.subject)["month"]: one for one in moments(hazard, whose)} for whose in (
        None, hazard.where(hazard.tenure < 20)
    ))  # fmt: skip
    assert (whole["12"].p, whole["12"].said.id) == (early["12"].p, "leaving.moment")
    assert whole["24"].move is not None and early["24"].move is None  # nobody of theirs has come so far
    assert early["24"].said.id == "leaving.moment_pooled"


def test_a_finding_s_move_is_worth_something_in_the_driver_model(sampled: Sampled) -> None:
    _, tables = sampled(7, True)
    state = state_of(lever_inputs(tables), 0.1)
    for one in findings(leaving(tables).contrasts):
        assert one.contrast.move is not None
        assert 0.5 < one.contrast.move.churn < 1
        assert float(np.quantile(gain(state, one.contrast.move), 0.1)) > 0


def test_a_team_s_report_names_no_other_team_and_uses_all_customers(sampled: Sampled) -> None:
    planted, tables = sampled(7, True)
    assert planted.moment is not None
    found = leaving(tables, Owner("North"))
    assert found.pooled
    assert moments_of(findings(found.contrasts)) == (planted.moment.month,)
    texts = Texts.of(tables.company)
    written = " ".join(texts.text(one) for one in (*(one.said for one in found.contrasts), *found.notes))
    subjects = {value for one in found.contrasts for _, value in one.subject}
    assert not (TEAMS - {"North"}) & (subjects | {one.value for one in found.segments})
    assert not any(name in written for name in ("Central", "Key Accounts"))
    mine, everyone = entering(tables, (9,), Owner("North")), entering(tables, (9,))
    assert set(mine.customers["account_id"]) < set(everyone.customers["account_id"])


def test_with_few_other_teams_a_team_stands_alone(tables_of: MakeTables) -> None:
    def account(i: int, team: str) -> dict[str, Any]:
        start = date(2022, 1, 1) + timedelta(days=i)
        end = start + timedelta(days=40) if i % 3 else None
        return {
            "subscription_id": f"{team}{i}", "account_id": f"{team}{i}", "started_at": start, "ended_at": end,
            "mrr": 100, "team": team,
        }  # fmt: skip

    rows = [account(i, team) for team in ("North", "South", "East") for i in range(200)]
    found = leaving(tables_of(date(2024, 12, 31), subscriptions=rows, teams=("North", "South", "East")), Owner("North"))
    assert not found.pooled
    assert found.hazard["lost"].sum() < 150
    assert all(one.dimension != "team" for one in found.segments)


def test_customers_come_to_a_moment(sampled: Sampled) -> None:
    planted, tables = sampled(7, True)
    assert planted.moment is not None
    found = entering(tables, (planted.moment.month,))
    assert 10 < len(found.customers) < 120
    assert found.customers["mrr"].is_monotonic_decreasing
    ahead = [(day - tables.as_of).days for day in found.customers["on"]]
    assert min(ahead) > 0
    assert max(ahead) <= found.days == 60
    assert found.mrr == pytest.approx(float(found.customers["mrr"].sum()))
    assert entering(tables, ()).customers.empty


def _subscriptions(count: int, ended: bool) -> list[dict[str, Any]]:
    return [
        {
            "subscription_id": f"{i}", "account_id": f"A{i}", "started_at": date(2024, 1, 1) + timedelta(days=i),
            "ended_at": date(2024, 3, 1) + timedelta(days=i) if ended else None, "mrr": 100,
        }
        for i in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize(("count", "ended"), [(0, False), (1, False), (1, True), (40, False), (40, True)])
def test_few_none_or_all_who_left_are_no_error(tables_of: MakeTables, count: int, ended: bool) -> None:
    columns = ["subscription_id", "account_id", "started_at", "ended_at", "mrr"]
    rows = pd.DataFrame(_subscriptions(count, ended), columns=columns)
    for name in ("started_at", "ended_at"):
        rows[name] = pd.to_datetime(rows[name])
    found = leaving(tables_of(date(2024, 12, 31), subscriptions=rows))
    assert not found.lacking
    assert findings(found.contrasts) == ()
    assert all(math.isfinite(one.p) for one in found.contrasts)
    assert ("leaving.nobody_left" in [note.id for note in found.notes]) is (not ended or count < 2)


def test_without_subscriptions_it_says_what_it_needs(tables_of: MakeTables) -> None:
    deal = {"deal_id": "D", "status": "won", "closed_at": date(2024, 1, 1), "team": "North"}
    found: Leaving = leaving(tables_of(date(2024, 12, 31), deals=[deal]))
    assert [one.id for one in found.lacking] == ["leaving.lacking"]
    assert found.contrasts == ()
    nobodys = leaving(tables_of(date(2024, 12, 31), subscriptions=_subscriptions(3, True)), Owner("North"))
    assert [one.id for one in nobodys.lacking] == ["leaving.lacking_team"]
