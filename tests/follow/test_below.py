"""Reps and teams below, and the steps before sales: on the sample company, against naive twins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.follow.below import below, goals_below
from salesgoals_kit.follow.indicators import cover_sentence, indicators
from salesgoals_kit.follow.pace import Pace
from salesgoals_kit.follow.rest import _between, rest_by_rep
from salesgoals_kit.follow.todate import to_date
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.activity import activity_plan
from salesgoals_kit.goals.full_times import away_of, carries
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import day_number, parse_period
from salesgoals_kit.store.rows import GoalRow
from tests.follow.sampled import AS_OF, Q4, sample
from tests.kpis.conftest import a_company, tables_of

CENTRAL = Owner("Central")


def pace_of(opened: float, coming: float, owner: Owner = CENTRAL) -> Pace:
    draws = np.full(1000, opened + coming)
    found = Outlook(
        kpi="revenue", owner=owner, period=Q4, better="higher", draws=draws, counts=None, method="x", step=None,
        calibrated=False, history_months=48, yearly_season=True, notes=(), unit="money",
    )  # fmt: skip
    none: Any = None
    return Pace("revenue", owner, Q4, AS_OF, 0.0, np.full(1000, opened), np.full(1000, coming), found, 46, (), (), none)


def row(owner: Owner, value: float, level: str = "rep", period: str = "2025Q4", chance: float | None = 0.6) -> GoalRow:
    return GoalRow(
        owner=owner, period=period, template="agree" if level == "agreed" else "goal_setting", as_of=date(2025, 9, 30),
        kpi="revenue", level=level, value=value, chance=chance, agreed_on=date(2025, 9, 30),
    )  # fmt: skip


def test_what_reps_still_bring_comes_to_what_their_team_does() -> None:
    found = rest_by_rep(sample(), CENTRAL, Q4, pace_of(300_000.0, 200_000.0))
    assert len(found) == 8
    assert sum(float(draws.mean()) for draws in found.values()) == pytest.approx(500_000.0, rel=0.05)
    again = rest_by_rep(sample(), CENTRAL, Q4, pace_of(300_000.0, 200_000.0))
    assert all((found[rep] == again[rep]).all() for rep in found)
    assert all((draws >= 0).all() for draws in found.values())
    nothing = rest_by_rep(sample(), CENTRAL, Q4, pace_of(0.0, 0.0))
    assert all(not draws.any() for draws in nothing.values())


def test_rates_differ_no_more_than_luck_has_them() -> None:
    """Rates of a gamma with the mean 20 and the standard deviation 5, seen through Poisson counts."""
    rng = np.random.default_rng(1)
    means, spreads = [], []
    for _ in range(200):
        times = rng.uniform(0.3, 1.0, 12)
        mean, between = _between(rng.poisson(rng.gamma(16, 20 / 16, 12) * times).astype(float), times)
        means.append(mean)
        spreads.append(between)
    assert np.mean(means) == pytest.approx(20, rel=0.03)
    assert np.mean(spreads) == pytest.approx(25, rel=0.25)
    same = [_between(rng.poisson(20 * np.ones(12)).astype(float), np.ones(12))[1] for _ in range(200)]
    assert np.mean(same) < 4
    assert _between(np.zeros(0), np.zeros(0)) == (0.0, 0.0)


def test_goals_of_those_below_are_what_humans_agreed_else_what_was_proposed() -> None:
    tables = sample()
    months = [
        row(Owner(None, "lena.vogt"), value, "agreed", f"2025-{month}") for month, value in ((10, 1.0), (11, 2.0))
    ]
    rows = [
        row(Owner("Central", "jonas.kask"), 100.0),
        row(Owner("Central", "elena.russo"), 100.0),
        row(Owner(None, "elena.russo"), 70.0, "agreed"),
        row(Owner("North"), 500.0, "target"),
        row(Owner("North"), 450.0, "share"),
        *months,
        row(Owner(None, "lena.vogt"), 3.0, "agreed", "2025-12"),
    ]
    found = goals_below(rows, CENTRAL, Q4, tables)
    assert {place.rep: goal for place, (goal, _) in found.items()} == {
        "elena.russo": 70.0,
        "jonas.kask": 100.0,
        "lena.vogt": 6.0,
    }
    teams = goals_below(rows, COMPANY, Q4, tables)
    assert teams[Owner("North")] == (450.0, 0.6)
    assert Owner("Central") not in teams


def test_a_team_s_report_has_its_own_reps_alone_and_the_company_s_its_teams() -> None:
    tables = sample()
    flow = to_date(tables, CENTRAL, Q4, "revenue")
    goals = goals_below([row(Owner("Central", "jonas.kask"), 100_000.0)], CENTRAL, Q4, tables)
    found = below(tables, CENTRAL, Q4, goals, flow, pace_of(0.0, 500_000.0), lambda team: (None, None))
    assert {one.owner.team for one in found} == {"Central"}
    assert flow is not None
    known = [one for one in found if one.goal is not None]
    assert [one.owner.rep for one in known] == ["jonas.kask"]
    assert known[0].usual == flow.expected(100_000.0)
    assert known[0].now is not None
    assert 0 < known[0].now < 1
    assert sum(one.so_far for one in found) <= flow.actual + 1e-6
    assert all(one.state == "unknown" for one in found if one.goal is None)
    met = below(tables, CENTRAL, Q4, {known[0].owner: (1.0, 0.5)}, flow, None, lambda team: (None, None))
    assert [one.state for one in met if one.goal is not None] == ["met"]
    ask: Callable[[Owner], Any] = lambda team: (to_date(tables, team, Q4, "revenue"), None)  # noqa: E731
    teams = below(tables, COMPANY, Q4, {}, None, None, ask)
    assert [one.owner.team for one in teams] == ["North", "Central", "South", "Key Accounts"]
    whole = to_date(tables, COMPANY, Q4, "revenue")
    assert whole is not None
    assert 0.95 * whole.actual < sum(one.so_far for one in teams) < whole.actual, "some deals have no team"


def test_what_was_done_so_far_beside_the_plan_and_earlier_periods() -> None:
    tables = sample()
    reps = {place: 120_000.0 for place in carries(tables, CENTRAL, Q4, away_of(tables.company))}
    found = indicators(tables, CENTRAL, Q4, reps, 500_000.0)
    steps = {one.step: one for one in found.steps}
    activities = tables.frame("activities").collect("pandas").to_native()
    own = activities[(activities["team"] == "Central") & (activities["kind"] == "meeting")]
    first = day_number(Q4.start)
    assert steps["meeting"].so_far == int((own["happened_at_day"] >= first).sum())
    assert steps["meeting"].periods == 4
    needed = 0.0
    for rep, carry in carries(tables, CENTRAL, Q4, away_of(tables.company)).items():
        step = activity_plan(tables, rep, Q4, 120_000.0, there=carry.now).step("meeting")
        assert step is not None
        needed += step.needed.middle * found.gone
    assert steps["meeting"].needed is not None
    assert steps["meeting"].needed.middle == pytest.approx(needed)
    assert found.gone == pytest.approx(32 / 63)
    assert found.people == len(reps)
    assert found.cover is not None
    assert found.cover.value == pytest.approx(found.cover.pipeline / 500_000.0)
    assert [lack.id for lack in found.lacking] == ["tracking.lacks_leads"], "whose leads they were then is not known"
    assert indicators(tables, CENTRAL, Q4, {}, None).cover is None


def test_the_same_stretch_is_the_same_part_of_the_working_days() -> None:
    """Five weeks of two calls each working day: by the 5th working day of November ten calls, as in October."""
    days = [day.date() for day in pd.bdate_range("2025-01-01", "2025-11-07")]
    calls = [
        {"activity_id": f"{day}{i}", "rep": "Ann", "kind": "call", "happened_at": day} for day in days for i in (1, 2)
    ]
    deal = {"deal_id": "1", "status": "open", "created_at": date(2025, 1, 2)}
    tables = tables_of(date(2025, 11, 7), a_company(), activities=calls, deals=[deal])
    found = indicators(tables, COMPANY, parse_period("2025-11"), {}, None)
    (call,) = [one for one in found.steps if one.step == "call"]
    assert call.so_far == 10
    assert call.usual is not None
    assert (call.usual.low, call.usual.high) == (10, 12)
    assert call.periods == 6
    assert call.place == "usual"
    assert not call.short


def test_the_cover_is_said_against_the_own_win_rate() -> None:
    cover = indicators(sample(), COMPANY, Q4, {}, 10**6).cover
    assert cover is not None
    said = cover_sentence(cover)
    assert said is not None
    assert said.id == ("tracking.cover_enough" if cover.value >= cover.needed else "tracking.cover_thin")
    thin = indicators(sample(), COMPANY, Q4, {}, 10**9).cover
    assert thin is not None
    thin_said = cover_sentence(thin)
    assert thin_said is not None
    assert thin_said.id == "tracking.cover_thin"


def test_a_company_with_deals_alone_says_what_it_lacks() -> None:
    deal = {"deal_id": "1", "status": "won", "closed_at": date(2025, 2, 3), "amount": 5_00}
    tables: Tables = tables_of(date(2025, 11, 7), a_company(), deals=[deal])
    found = indicators(tables, COMPANY, parse_period("2025Q4"), {Owner(None, "Ann"): 100.0}, 100.0)
    assert [lack.id.removeprefix("tracking.lacks_") for lack in found.lacking] == ["leads", "deals", "activities"]


def _half_open(**given: Any) -> pd.DataFrame:
    """Return a deal a day of 2025, won ten days later until October and open from then on; ``given`` of open ones."""
    days = [date(2024, 1, 1) + timedelta(days=i) for i in range((AS_OF - date(2024, 1, 1)).days + 1)]
    rows = [
        {"deal_id": str(day), "created_at": day, "team": "North", "status": "won", "amount": 5_00}
        | ({"closed_at": day + timedelta(days=10)} if day < date(2025, 10, 1) else {"status": "open", **given})
        for day in days
    ]
    return pd.DataFrame(rows)


def test_where_nobody_knows_whose_the_open_deals_were_they_are_not_taken_for_none() -> None:
    company = a_company(teams={"North": None, "South": None})
    tables = tables_of(AS_OF, company, deals=_half_open(team=None))
    found = indicators(tables, Owner("North"), Q4, {}, 10_000.0)
    assert found.cover is None
    assert not {"opportunities", "pipeline"} & {one.step for one in found.steps}
    assert "tracking.lacks_owners" in {lack.id for lack in found.lacking}
    whole = indicators(tables, COMPANY, Q4, {}, 10_000.0)
    assert whole.cover is not None and {"opportunities", "pipeline"} <= {one.step for one in whole.steps}
    known = indicators(tables_of(AS_OF, company, deals=_half_open()), Owner("North"), Q4, {}, 10_000.0)
    assert known.cover is not None and known.steps[0].step == "opportunities"


def test_a_pipeline_without_amounts_is_not_less_than_any() -> None:
    tables = tables_of(AS_OF, a_company(), deals=_half_open(amount=None))
    found = indicators(tables, COMPANY, Q4, {}, None)
    assert "tracking.lacks_amounts" in {lack.id for lack in found.lacking}
    steps = {one.step: one for one in found.steps}
    assert "pipeline" not in steps and steps["opportunities"].so_far == 46
    priced = _half_open(amount=None)
    priced.loc[priced.index[priced["status"] == "open"][::2], "amount"] = 5_00
    tables = tables_of(AS_OF, a_company(), deals=priced)
    pipeline = {one.step: one for one in indicators(tables, COMPANY, Q4, {}, None).steps}["pipeline"]
    assert pipeline.place is None and (pipeline.unknown, pipeline.so_far) == (23, 23 * 5)


def test_activities_that_begin_after_the_period_are_not_a_missing_table() -> None:
    call = {"activity_id": "1", "rep": "Ann", "kind": "call", "happened_at": date(2025, 10, 4)}
    found = indicators(tables_of(AS_OF, a_company(), activities=[call], deals=_half_open()), COMPANY, Q4, {}, None)
    assert [lack.id for lack in found.lacking] == ["tracking.lacks_leads", "tracking.lacks_start"]


def staffed(
    reps: list[dict[str, Any]],
    assignments: list[dict[str, Any]] | None,
    since: dict[str, date],
    away: tuple[dict[str, Any], ...] = (),
) -> Tables:
    """Return a company whose reps each win a deal of 100 every ten days from their own day on, always for North."""
    rows = [
        {
            "deal_id": f"{rep}{day}", "status": "won", "created_at": day - timedelta(days=20), "closed_at": day,
            "amount": 100_00, "rep": rep, "team": "North",
        }
        for rep, first in since.items()
        for day in (first + timedelta(days=10 * i) for i in range(60))
        if day <= AS_OF
    ]  # fmt: skip
    given = {} if assignments is None else {"assignments": pd.DataFrame(assignments)}
    company = a_company(teams={"North": None, "South": None}, away=list(away))
    return tables_of(AS_OF, company, deals=pd.DataFrame(rows), reps=pd.DataFrame(reps), **given)


YEARS_AGO, LATELY = date(2020, 1, 1), date(2025, 8, 4)
LONG = date(2024, 9, 2)


@pytest.mark.parametrize("how", ["new", "moved", "shared"])
def test_a_rep_s_pace_is_of_the_time_that_he_had_for_it(how: str) -> None:
    """Ann and Bob win alike in their time; Bob came lately, moved here lately, or is here with a half of his."""
    hired = LATELY if how == "new" else YEARS_AGO
    reps = [
        {"rep": "Ann", "team": "North", "hired_on": YEARS_AGO},
        {"rep": "Bob", "team": "North", "hired_on": hired},
    ]
    whole = {"from": YEARS_AGO, "to": None, "share": 1.0}
    of_bob = {
        "new": [{**whole, "from": LATELY, "team": "North"}],
        "moved": [{**whole, "team": "South", "to": LATELY}, {**whole, "team": "North", "from": LATELY}],
        "shared": [{**whole, "team": "North", "share": 0.5}, {**whole, "team": "South", "share": 0.5}],
    }
    placed = [{"rep": "Ann", "team": "North", **whole}, *({"rep": "Bob", **one} for one in of_bob[how])]
    tables = staffed(reps, placed, {"Ann": LONG, "Bob": LATELY if how == "new" else LONG})
    found = rest_by_rep(tables, Owner("North"), Q4, pace_of(0.0, 9_000.0, Owner("North")))
    ann, bob = (float(found[rep].mean()) for rep in ("Ann", "Bob"))
    assert bob / ann == pytest.approx(0.5 if how == "shared" else 1.0, rel=0.15)


def test_what_was_proposed_for_a_rep_in_one_of_his_teams_is_no_goal_in_the_other() -> None:
    reps = [{"rep": "Bob", "team": "North", "hired_on": YEARS_AGO}]
    half = {"rep": "Bob", "from": YEARS_AGO, "to": None, "share": 0.5}
    tables = staffed(reps, [{**half, "team": "North"}, {**half, "team": "South"}], {"Bob": LONG})
    proposed, agreed = row(Owner("North", "Bob"), 100.0), row(Owner(None, "Bob"), 80.0, "agreed")
    north, south = Owner("North"), Owner("South")
    assert goals_below([proposed], north, Q4, tables) == {Owner("North", "Bob"): (100.0, 0.6)}
    assert goals_below([proposed], south, Q4, tables) == {}
    for team in (north, south):
        assert goals_below([proposed, agreed], team, Q4, tables) == {Owner(team.team, "Bob"): (40.0, None)}
    moved = staffed(reps, [{**half, "team": "South", "share": 1.0}], {"Bob": LONG})
    assert goals_below([proposed], south, Q4, moved) == {Owner("South", "Bob"): (100.0, 0.6)}, "it moved with him"


def test_deals_won_are_asked_as_sales_come_and_what_comes_before_them_evenly() -> None:
    tables = sample()
    reps = {place: 120_000.0 for place in carries(tables, CENTRAL, Q4, away_of(tables.company))}
    flow = to_date(tables, CENTRAL, Q4, "revenue")
    assert flow is not None and flow.share is not None
    even, found = (indicators(tables, CENTRAL, Q4, reps, None, given) for given in (None, flow))
    assert flow.share[1] < found.gone - 0.05, "much of a quarter is sold in its last weeks"
    asked = {
        name: [{one.step: one.needed for one in made.steps}[name] for made in (even, found)]
        for name in ("won", "meeting")
    }
    assert asked["meeting"][0] == asked["meeting"][1]
    assert asked["won"][0] is not None and asked["won"][1] is not None
    assert asked["won"][1].middle / asked["won"][0].middle == pytest.approx(flow.share[1] / found.gone)


def test_a_team_is_not_compared_with_quarters_before_it_was_there() -> None:
    days = [date(2023, 1, 2) + timedelta(days=i) for i in range(0, 1047, 2)]
    rows = [
        {"deal_id": f"{team}{day}", "status": "won", "created_at": day, "closed_at": day, "amount": 1, "team": team}
        for team, first in (("North", date(2023, 1, 1)), ("South", date(2025, 5, 20)))
        for day in days
        if first <= day <= AS_OF
    ]
    tables = tables_of(AS_OF, a_company(teams={"North": None, "South": None}), deals=pd.DataFrame(rows))
    made = {
        team: next(one for one in indicators(tables, Owner(team), Q4, {}, None).steps if one.step == "opportunities")
        for team in ("North", "South")
    }
    assert (made["North"].periods, made["South"].periods) == (4, 1), "the third quarter alone was whole"
    assert made["South"].place == made["North"].place == "usual"


@pytest.mark.parametrize(
    ("absence", "part"),
    [
        ((date(2025, 10, 1), date(2025, 11, 14)), 1.0),  # he is back
        ((date(2025, 11, 17), date(2025, 12, 31)), 0.0),
        ((date(2025, 11, 17), date(2025, 12, 5)), 18 / 33),  # of the working days left
    ],
)
def test_who_is_away_brings_nothing_in_those_days(absence: tuple[date, date], part: float) -> None:
    whole = {"from": YEARS_AGO, "to": None, "share": 1.0, "team": "North"}
    reps = [{"rep": rep, "team": "North", "hired_on": YEARS_AGO} for rep in ("Ann", "Bob")]
    away = {"rep": "Bob", "from": absence[0], "to": absence[1]}
    tables = staffed(reps, [{"rep": "Ann", **whole}, {"rep": "Bob", **whole}], {"Ann": LONG, "Bob": LONG}, (away,))
    found = rest_by_rep(tables, Owner("North"), Q4, pace_of(0.0, 9_000.0, Owner("North")))
    ann, bob = (float(found[rep].mean()) for rep in ("Ann", "Bob"))
    assert bob / ann == pytest.approx(part, rel=0.1)
