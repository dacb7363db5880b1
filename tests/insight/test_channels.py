"""Channels and audiences: figures with ranges, comparisons that are honest, and what moving spend would do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.sample import Planted
from salesgoals_kit.insight.audience import Figures, Margins, audience
from salesgoals_kit.insight.channel_tests import COST, conversion_contrasts, cost_contrasts
from salesgoals_kit.insight.channels import channels
from salesgoals_kit.insight.contrast import findings
from salesgoals_kit.insight.shift import best_shift, shift
from salesgoals_kit.kpis.audiences import Cohorts, lead_cohorts
from salesgoals_kit.kpis.channel_costs import ChannelCosts, channel_costs
from salesgoals_kit.kpis.channels import lead_channels
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR

Sampled = Callable[..., tuple[Planted, Tables]]
MakeTables = Callable[..., Tables]
AS_OF = date(2024, 12, 31)
FULL = Margins(1.0, 1.0)


def test_figures_by_hand() -> None:
    # 20 customers begin with 100 a month each and 10 once; 8 are lost in 400 months: 2 % a month, a worth of about
    # 10 + 0.5 * 100 / 0.02 = 2510 with half a margin; a customer costs 6000 / 12 = 500, paid back in (500 - 10) / 50.
    known = Figures(
        cases=100, won=12, spend=6000.0, customers=12, bought=20, monthly=2000.0, monthly_squared=200_000.0, once=200.0,
        once_squared=2000.0, lost=8, exposure=400,
    )  # fmt: skip
    found = audience(("channel", "web"), known, Margins(0.5, 1.0))
    assert found.conversion is not None
    assert found.cac is not None
    assert found.monthly is not None
    assert found.worth is not None
    assert found.payback is not None
    assert found.ratio is not None
    assert found.conversion.middle == pytest.approx(0.12, abs=0.01)
    assert found.cac.middle == pytest.approx(500, rel=0.03)
    assert (found.monthly.low, found.monthly.high) == pytest.approx((100, 100), rel=0.01)  # all pay the same
    assert found.worth.middle == pytest.approx(2510, rel=0.06)
    assert found.payback.middle == pytest.approx(9.8, rel=0.05)
    assert found.ratio.middle == pytest.approx(5.0, rel=0.1)
    for one in (found.conversion, found.cac, found.worth, found.payback, found.ratio):
        assert one.low < one.middle < one.high


def test_ranges_are_wider_where_less_is_known() -> None:
    few = audience(("channel", "web"), Figures(cases=20, won=2, spend=100.0, customers=2), FULL)
    many = audience(("channel", "web"), Figures(cases=2000, won=200, spend=10_000.0, customers=200), FULL)
    for name in ("conversion", "cac"):
        one, other = getattr(few, name), getattr(many, name)
        assert (one.high - one.low) / one.middle > 3 * (other.high - other.low) / other.middle


@pytest.mark.parametrize(
    ("known", "lacking"),
    [
        (Figures(), ("conversion", "cac", "monthly", "churn", "worth", "payback", "ratio")),
        (Figures(spend=900.0, customers=0, cases=50), ("cac", "payback", "ratio", "worth")),  # spent, won none
        (Figures(bought=3, monthly=300.0, monthly_squared=3e4, lost=0, exposure=90), ("worth", "ratio")),  # none left
        (Figures(bought=1, monthly=100.0, monthly_squared=1e4, lost=1, exposure=9), ("cac",)),  # one customer
    ],
)
def test_what_is_not_known_is_none(known: Figures, lacking: tuple[str, ...]) -> None:
    found = audience(("channel", "web"), known, FULL)
    assert all(getattr(found, name) is None for name in lacking)


def test_with_a_negative_margin_nobody_pays_back_and_worth_is_a_loss() -> None:
    known = Figures(
        spend=600.0, customers=6, bought=6, monthly=600.0, monthly_squared=6e4, lost=4, exposure=100, cases=9, won=6
    )
    found = audience(("channel", "web"), known, Margins(-0.2, -0.2))
    assert found.payback is None
    assert found.worth is not None
    assert found.worth.high < 0


def _cohorts(seed: int, rates: dict[str, float], leads: int = 40, north: float = 0.7) -> Cohorts:
    rng = np.random.default_rng(seed)
    rows = [
        (channel, team, month, leads, int(rng.binomial(leads, rate * (north if team == "North" else 1.0))))
        for month in range(600, 624)
        for team in ("North", "South")
        for channel, rate in rates.items()
    ]
    return Cohorts(pd.DataFrame(rows, columns=["channel", "team", "month", "leads", "won"]), 90, True, 623, 0)


def _costs(shares: dict[str, float]) -> ChannelCosts:
    monthly = pd.DataFrame(
        [(channel, month, share) for month in range(590, 626) for channel, share in shares.items()],
        columns=["channel", "month", "spend"],
    )
    return ChannelCosts(pd.DataFrame({"channel": [], "spend": [], "customers": []}), monthly, 612, 623, 2, 60.0, False)


EVEN = {"web": 0.06, "fair": 0.06, "call": 0.06}


def test_where_channels_are_alike_small_p_are_rare() -> None:
    ps, money = [], []
    for seed in range(150):
        cohorts = _cohorts(seed, EVEN)
        ps += [one.p for one in conversion_contrasts(cohorts)]
        money += [one.p for one in cost_contrasts(cohorts, _costs(dict.fromkeys(EVEN, 1000.0)))]
    for found in (ps, money):
        assert len(found) == 450
        assert np.mean(np.array(found) < 0.05) < 0.07
        assert np.mean(np.array(found) < 0.001) < 0.007


def test_a_channel_that_converts_half_as_often_is_found_and_moves_leads() -> None:
    found = {one.subject[0][1]: one for one in conversion_contrasts(_cohorts(1, {**EVEN, "fair": 0.03}))}
    assert found["fair"].p < 0.001
    assert found["fair"].estimate == pytest.approx(0.49, abs=0.12)
    assert not found["fair"].good
    assert found["web"].good
    lost = found["web"].move
    assert lost is not None
    assert 0.8 < lost.leads < 1  # what would be lost if it converted as the others do
    move = found["fair"].move
    assert move is not None
    assert move.free
    assert 1.1 < move.leads < 1.35  # a fifth of the customers came through it; there could be twice as many of them


def test_a_channel_with_more_leads_in_a_better_team_is_not_a_better_channel() -> None:
    cohorts = _cohorts(2, EVEN, north=0.3)
    rows = cohorts.rows.copy()
    here = (rows["channel"] == "web") & (rows["team"] == "South")
    extra = rows[here].assign(leads=rows["leads"] * 6)
    rng = np.random.default_rng(3)
    extra["won"] = rng.binomial(extra["leads"].to_numpy("int64"), 0.06)
    leaning = replace(cohorts, rows=pd.concat([rows[~here], extra], ignore_index=True))
    sums = leaning.rows.groupby("channel")[["won", "leads"]].sum()
    rate = sums["won"] / sums["leads"]
    assert rate["web"] > 1.1 * rate["fair"]  # so it seems
    assert all(one.p > 0.01 for one in conversion_contrasts(leaning))


def test_a_channel_that_costs_twice_as_much_is_found() -> None:
    money = {"web": 1000.0, "fair": 2000.0, "call": 1000.0}
    found = {one.subject[0][1]: one for one in cost_contrasts(_cohorts(4, EVEN), _costs(money))}
    assert found["fair"].p < 0.001
    assert found["fair"].low < 2 < found["fair"].high * 1.1
    assert not found["fair"].good
    move = found["fair"].move
    assert move is not None
    assert move.acquisition == pytest.approx(1 - 0.5 * (1 - 1 / found["fair"].estimate))
    lost = found["web"].move
    assert lost is not None
    assert lost.acquisition == pytest.approx(1 + 0.25 * (1 / found["web"].estimate - 1))
    assert lost.acquisition > 1  # what would be lost if its customers cost as much as the others'
    assert cost_contrasts(_cohorts(4, EVEN), replace(_costs(money), shared=True)) == ()  # of a team it is not known


def test_money_that_won_nobody_is_said_so() -> None:
    money = {"web": 1000.0, "fair": 1000.0}
    found = {one.subject[0][1]: one for one in cost_contrasts(_cohorts(5, {"web": 0.06, "fair": 0.0}), _costs(money))}
    assert found["fair"].said.id == "channels.won_none"
    assert found["web"].said.id == "channels.won_all"
    assert np.isfinite([found["fair"].estimate, found["fair"].low, found["fair"].high]).all()


def test_labels_that_are_shuffled_leave_no_finding(sampled: Sampled) -> None:
    _, tables = sampled(7, True)
    cohorts = lead_cohorts(tables)
    assert cohorts is not None
    rows = cohorts.rows
    cases = rows.loc[rows.index.repeat(rows["leads"])].reset_index(drop=True)
    place = cases.groupby(["channel", "team", "month"], dropna=False).cumcount()
    cases["one"] = (place < cases["won"]).astype("int64")
    hits = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        within = cases.groupby(["team", "month"], dropna=False)["channel"]
        cases["label"] = within.transform(lambda names, rng=rng: rng.permutation(names.to_numpy()))
        sums = cases.groupby(["label", "team", "month"], dropna=False, as_index=False).agg(
            leads=("one", "size"), won=("one", "sum")
        )
        shuffled = replace(cohorts, rows=sums.rename(columns={"label": "channel"}))
        hits += len(findings(conversion_contrasts(shuffled)))
    assert hits <= 1


def test_the_sample_s_channels_differ_as_they_are_made(sampled: Sampled) -> None:
    planted, tables = sampled(7, True)
    found = channels(tables)
    paid = planted.background.lead_prices
    assert [one.value for one in found.channels] == sorted(paid)
    rates = {one.value: one.conversion.middle for one in found.channels if one.conversion}
    assert max(rates, key=lambda name: rates[name]) == "Referral"
    assert min(rates, key=lambda name: rates[name]) == "Paid search"
    churn = {one.value: one.churn.middle for one in found.channels if one.churn}
    assert planted.channel is not None
    assert max(churn, key=lambda name: churn[name]) == planted.channel.channel
    said = {(one.contrast.subject[0][1], one.contrast.subject[1][1]): one for one in findings(found.contrasts)}
    assert ("Referral", COST) in said
    assert said["Referral", COST].contrast.good
    assert found.lacking == ()


def test_cohorts_are_whole_years_of_leads_that_add_up(sampled: Sampled) -> None:
    _, tables = sampled(7, True)
    found, cohorts, costs = channels(tables), lead_cohorts(tables), channel_costs(tables)
    assert cohorts is not None
    assert costs is not None
    assert found.cohorts.groupby("channel").size().unique().tolist() == [3]
    last = found.cohorts[found.cohorts["until"] == found.cohorts["until"].max()]
    inside = cohorts.rows[cohorts.rows["month"] > cohorts.last - YEAR]
    assert last.set_index("channel")["leads"].to_dict() == inside.groupby("channel")["leads"].sum().to_dict()
    money = costs.monthly[costs.monthly["month"].between(cohorts.last - YEAR + 1, cohorts.last)]
    assert last["spend"].sum() == pytest.approx(money["spend"].sum())
    assert (last["low"] < last["conversion"]).all()
    assert (last["conversion"] < last["high"]).all()


def test_moving_spend_to_the_better_channel_gains_and_back_loses(sampled: Sampled) -> None:
    _, tables = sampled(7, True)
    found = channels(tables)
    there = shift(tables, COMPANY, found, "Paid search", "Website")
    back = shift(tables, COMPANY, found, "Website", "Paid search")
    assert there is not None
    assert back is not None
    assert there.gain.low > 0
    assert there.chance > 0.95
    assert back.gain.high < 0
    assert back.chance < 0.05
    spend = {one.name: one.spend for one in lead_channels(tables)}
    assert there.amount == pytest.approx(spend["Paid search"] / YEAR * 0.1)
    half = shift(tables, COMPANY, found, "Paid search", "Website", share=0.05)
    assert half is not None
    assert half.gain.middle == pytest.approx(there.gain.middle / 2)
    assert shift(tables, COMPANY, found, "Website", "Website") is None
    assert shift(tables, COMPANY, found, "Website", "nowhere") is None


def test_the_best_move_is_one_that_channels_have_the_room_for(sampled: Sampled) -> None:
    _, tables = sampled(7, True)
    found = channels(tables)
    best = best_shift(tables, COMPANY, found)
    assert best is not None
    assert not best.beyond
    assert best.lifetime is not None
    names = [one.name for one in lead_channels(tables)]
    others = [shift(tables, COMPANY, found, a, b) for a in names for b in names if a != b]
    inside = [one for one in others if one is not None and not one.beyond and one.lifetime is not None]
    assert best.lifetime.middle > 0.9 * max(one.lifetime.middle for one in inside if one.lifetime is not None)
    far = shift(tables, COMPANY, found, "Paid search", "Referral")
    assert far is not None
    assert far.beyond  # three times what was ever spent on it
    assert "channels.shift_beyond" in [one.id for one in far.said]


def test_a_team_moves_its_part_of_the_spend(sampled: Sampled) -> None:
    _, tables = sampled(7, True)
    whole = shift(tables, COMPANY, channels(tables), "Events", "Website")
    own = shift(tables, Owner("North"), channels(tables, Owner("North")), "Events", "Website")
    assert whole is not None
    assert own is not None
    assert 0.15 < own.amount / whole.amount < 0.5


def _won(i: int, channel: str) -> dict[str, Any]:
    created = date(2023, 1, 3) + timedelta(days=7 * i)
    return {
        "deal_id": f"{channel}{i}", "account_id": f"{channel}{i}", "status": "won", "channel": channel, "amount": 100,
        "created_at": created, "closed_at": created + timedelta(days=20),
    }  # fmt: skip


def test_a_channel_that_won_none_and_tables_that_lack(tables_of: MakeTables) -> None:
    deals = [_won(i, "web") for i in range(50)]
    months = [date(2023 + i // 12, i % 12 + 1, 1) for i in range(24)]
    spend = [{"month": month, "channel": name, "amount": 50_000} for month in months for name in ("web", "fair")]
    found = channels(tables_of(AS_OF, deals=deals, spend=spend))
    fair = found.channel("fair")
    assert fair is not None
    assert (fair.figures.customers, fair.cac) == (0, None)
    assert "channels.spent_won_none" in [note.id for note in found.notes]
    assert {"channels.lacks_leads", "channels.lacks_subscriptions"} <= {one.id for one in found.lacking}
    nothing = channels(tables_of(AS_OF, deals=deals))
    assert (nothing.channels, nothing.kinds, nothing.contrasts) == ((), (), ())
    assert best_shift(tables_of(AS_OF, deals=deals), COMPANY, nothing) is None


def test_what_a_channel_won_is_not_nothing_where_it_is_not_known(tables_of: MakeTables) -> None:
    deals = [_won(i, "web") for i in range(98)]
    months = [date(2023 + i // 12, i % 12 + 1, 1) for i in range(24)]
    spend = [{"month": month, "channel": "web", "amount": 50_000} for month in months]
    for name in ("channel", "account_id"):
        bare = [{key: value for key, value in deal.items() if key != name} for deal in deals]
        found = channels(tables_of(AS_OF, deals=bare, spend=spend))
        assert "channels.spent_won_none" not in [note.id for note in found.notes]
        assert "channels.lacks_spend" in [one.id for one in found.lacking]
    young = tables_of(AS_OF, deals=deals[70:], spend=spend)  # the first closes on 26 May 2024
    whole, late = (channel_costs(tables) for tables in (tables_of(AS_OF, deals=deals, spend=spend), young))
    assert whole is not None
    assert late is not None
    assert (float(whole.rows["spend"].sum()), float(late.rows["spend"].sum())) == (6000, 3500)
    each = [float(one.rows["spend"].sum() / one.rows["customers"].sum()) for one in (whole, late)]
    assert each[1] == pytest.approx(each[0], rel=0.1)


def test_a_team_that_has_all_leads_moves_as_much_as_the_company_however_long_spend_is_known(
    tables_of: MakeTables,
) -> None:
    deals = [{**_won(i, name), "team": "North"} for i in range(95) for name in ("web", "fair")]
    leads = [
        {"lead_id": f"L{i}", "team": "North", **{name: deal[name] for name in ("created_at", "channel", "deal_id")}}
        for i, deal in enumerate(deals)
    ]
    months = [date(2024, month, 1) for month in range(7, 13)]
    spend = [{"month": month, "channel": name, "amount": 50_000} for month in months for name in ("web", "fair")]
    tables = tables_of(AS_OF, deals=deals, leads=leads, spend=spend, teams=("North",))
    whole, own = (shift(tables, owner, channels(tables, owner), "web", "fair") for owner in (COMPANY, Owner("North")))
    assert whole is not None
    assert own is not None
    assert own.amount == pytest.approx(whole.amount) == pytest.approx(500 * 0.1)


@pytest.mark.parametrize(("until", "known"), [(24, True), (18, False)])
def test_a_table_of_spend_that_stops_makes_no_customer_cheaper(tables_of: MakeTables, until: int, known: bool) -> None:
    deals = [_won(i, "web") for i in range(90)]
    leads = [
        {"lead_id": f"L{i}", "created_at": deal["created_at"], "channel": "web", "deal_id": deal["deal_id"]}
        for i, deal in enumerate(deals)
    ]
    months = [date(2023 + i // 12, i % 12 + 1, 1) for i in range(until)]
    spend = [{"month": month, "channel": "web", "amount": 50_000} for month in months]
    found = channels(tables_of(AS_OF, deals=deals, leads=leads, spend=spend))
    assert found.cohorts[["since", "until"]].to_numpy().tolist() == [["2023-12", "2024-11"]]
    assert found.cohorts["spend"].notna().tolist() == [known]


@pytest.mark.parametrize("status", ["open", "lost"])
def test_when_all_is_open_or_lost_nothing_breaks(tables_of: MakeTables, status: str) -> None:
    closed = {} if status == "lost" else {"closed_at": None}
    deals = [{**_won(i, "web"), "status": status, **closed} for i in range(40)]
    leads = [
        {"lead_id": f"L{i}", "created_at": date(2023, 1, 2) + timedelta(days=7 * i), "channel": "web",
         "deal_id": f"web{i}"} for i in range(40)
    ]  # fmt: skip
    months = [date(2023 + i // 12, i % 12 + 1, 1) for i in range(24)]
    spend = [{"month": month, "channel": "web", "amount": 50_000} for month in months]
    found = channels(tables_of(AS_OF, deals=deals, leads=leads, spend=spend))
    (web,) = found.channels
    assert (web.figures.won, web.figures.customers, web.cac) == (0, 0, None)
    assert findings(found.contrasts) == ()
    assert found.cohorts["cost"].isna().all()
