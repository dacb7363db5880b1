"""What the driver model starts from: worked by hand on a small company, and against single deals of random ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.kpis.channels import lead_channels
from salesgoals_kit.kpis.levers import Recurring, lever_inputs
from salesgoals_kit.kpis.quarters import driver_levels, siblings
from salesgoals_kit.kpis.scope import Scope
from salesgoals_kit.kpis.wins import closed_deals, sums_by_age
from salesgoals_kit.kpis.yearly import growth_of, season_of
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import month_number

LAST = month_number(date(2025, 12, 1))


def deal(n: int, created: str, closed: str, amount: int, **more: Any) -> dict[str, Any]:
    basic = {"deal_id": f"D{n}", "status": "won", "created_at": date.fromisoformat(created), "account_id": f"A{n}"}
    basic |= {"closed_at": date.fromisoformat(closed), "amount": amount * 100, "team": "North"}
    return {**basic, **more}


def pays(account: str, start: str, mrr: int, end: str | None = None) -> dict[str, Any]:
    ended = date.fromisoformat(end) if end else None
    row = {"subscription_id": f"{account}{start}", "account_id": account, "started_at": date.fromisoformat(start)}
    return {**row, "ended_at": ended, "mrr": mrr * 100, "team": "North"}


DEALS = [
    deal(1, "2025-01-10", "2025-03-20", 1200, cost=30000),  # new, pays 100 from April on
    deal(2, "2025-03-01", "2025-05-10", 240, cost=4800),  # A2 pays 50 and 70 after it, in the same month
    deal(3, "2025-06-01", "2025-06-20", 900, cost=54000),  # once
    deal(4, "2025-02-01", "2025-07-01", 500, status="lost"),
    deal(5, "2025-10-20", "2025-12-20", 600, cost=10000),  # too young: what it brings is not seen
]
PAID = [
    pays("A1", "2025-04-03", 100),
    pays("A2", "2023-01-01", 50, "2025-05-15"),
    pays("A2", "2025-05-15", 70),
    pays("A9", "2023-01-01", 30, "2025-08-10"),
]


def small(make_tables: Callable[..., Tables], **more: Any) -> Tables:
    return make_tables(deals=pd.DataFrame(DEALS), subscriptions=pd.DataFrame(PAID), **more)


def test_a_deal_brings_what_its_account_pays_after_it(make_tables: Callable[..., Tables]) -> None:
    rows = closed_deals(Scope(small(make_tables))).set_index("deal_id")
    assert rows["fresh"].to_dict() == {"D1": 100, "D2": 0, "D3": 0, "D4": 0, "D5": 0}
    assert rows["more"].to_dict() == {"D1": 0, "D2": 20, "D3": 0, "D4": 0, "D5": 0}
    assert rows["prompt"].to_dict() == {"D1": 0, "D2": 20, "D3": 0, "D4": 0, "D5": 0}
    assert rows["once"].to_dict() == {"D1": 0, "D2": 0, "D3": 900, "D4": 500, "D5": 600}
    assert rows["renewed"].to_dict() == {"D1": 0, "D2": 240, "D3": 0, "D4": 0, "D5": 0}
    assert rows.loc["D1", "days"] == 69


def test_the_year_s_inputs(make_tables: Callable[..., Tables]) -> None:
    """Twelve months that end in November; D3 and D5 come once, and D5 is after them."""
    found = lever_inputs(small(make_tables))
    assert (found.first, found.last) == (LAST - 12, LAST - 1)
    assert (found.won, found.decided) == (3, 4)
    frame = found.wins.frame.set_index("age")
    assert frame[["deals", "fresh", "more", "amount"]].to_numpy()[2].tolist() == [2, 100, 20, 1440]
    assert frame[["deals", "once", "once_squared"]].to_numpy()[0].tolist() == [1, 900, 810_000]
    assert found.prompt == pytest.approx(20 / 120)
    assert found.cost_once is not None
    assert found.cost_recurring is not None
    assert found.cost_once.value == pytest.approx(540 / 900)
    assert found.cost_recurring.value == pytest.approx(348 / 1440)
    error = np.hypot(300 - 348 / 1440 * 1200, 48 - 348 / 1440 * 240) / 1440
    assert found.cost_recurring.error == pytest.approx(error)


def test_a_deal_of_nobody_known_says_nothing_of_what_comes_once(make_tables: Callable[..., Tables]) -> None:
    """D6 has no account: its cost is in neither share, and its amount is spread over the others."""
    nobody = deal(6, "2025-03-01", "2025-05-10", 2340, cost=1, account_id=None)
    found = lever_inputs(make_tables(deals=pd.DataFrame([*DEALS, nobody]), subscriptions=pd.DataFrame(PAID)))
    assert found.cost_once is not None
    assert found.cost_once.value == pytest.approx(540 / 900)
    assert found.wins.frame["once"].sum() == pytest.approx(900 * (2340 * 2) / 2340)
    assert found.wins.frame["deals"].sum() == pytest.approx(4)


def test_recurring_revenue_is_that_of_months_whose_losses_are_final(make_tables: Callable[..., Tables]) -> None:
    """To December 2025 less 30 days: December 2024 to November 2025. A9 is lost in August with its 30."""
    found = lever_inputs(small(make_tables)).recurring
    starts = 9 * (50 + 30) + 3 * (50 + 0) + 20 * 6 + 100 * 7  # A9 stands at nine starts
    uneven = (100**2 + 70**2) / 2 / 85**2
    assert found == Recurring(170.0, float(starts), 30.0, 0.0, customers=12 + 9 + 7, lost=1, unevenness=uneven)


def test_what_is_missing_is_said_lever_by_lever(make_tables: Callable[..., Tables]) -> None:
    found = lever_inputs(make_tables(deals=pd.DataFrame(DEALS)))
    assert found.recurring is None
    assert found.spending is None
    assert found.lacking("logo_churn") == ("subscriptions",)
    assert found.lacking("qualified_leads") == ("leads",)
    assert found.lacking("cac") == ("spend",)
    assert found.lacking("win_rate") == ()
    assert float(found.wins.frame["once"].sum()) == 1200 + 240 + 900, "without subscriptions all comes once"
    only = lever_inputs(make_tables(subscriptions=pd.DataFrame(PAID)))
    assert only.won == 0
    assert only.lacking("price") == ("deals",)


def test_leads_and_spend_of_a_team_are_its_share(make_tables: Callable[..., Tables]) -> None:
    leads = [
        {"lead_id": f"L{n}", "created_at": date(2025, 3, 1), "team": team, "deal_id": deal, "channel": "web"}
        for n, (team, deal) in enumerate([("North", "D3"), ("North", None), ("South", None), ("South", None)])
    ]
    spend = [{"month": date(2025, month, 1), "channel": "web", "amount": 1000} for month in range(1, 13)]
    tables = small(make_tables, leads=pd.DataFrame(leads), spend=pd.DataFrame(spend))
    whole, north = lever_inputs(tables), lever_inputs(tables, Owner("North"))
    assert whole.spending is not None
    assert north.spending is not None
    assert (whole.spending.bought, whole.spending.leads, whole.spending.shared) == (110.0, 4, False)
    assert (north.spending.bought, north.spending.leads, north.spending.shared) == (55.0, 2, True)
    assert whole.from_leads.frame.set_index("age").loc[3, "once"] == 900, "111 days after the lead"


def test_growth_is_quarter_on_the_year_before() -> None:
    month = pd.Series(np.repeat(np.arange(15), 2))
    amount = pd.Series(np.where(month < 12, 5.0, 10.0))
    found = growth_of(month, amount, amount**2, 0, 14)
    assert found.logs == pytest.approx([np.log(2)])
    assert found.errors == pytest.approx([6 * 25 / 30**2 + 6 * 100 / 60**2])
    assert growth_of(month, amount, 0 * amount, 0, 14).errors == (0.0,)
    assert growth_of(month, amount, amount**2, 4, 14).logs == ()


@pytest.mark.parametrize("owner", [COMPANY, Owner("North"), Owner("South"), Owner("North", "Ann")])
def test_sums_by_age_are_those_of_the_deals(draw: Callable[..., Tables], owner: Owner) -> None:
    tables = draw()
    deals = closed_deals(Scope(tables, owner))
    won = deals[deals["won"]]
    found = sums_by_age(won, "days").frame
    known = won[won["days"].notna() & won["account_id"].notna()]
    scale = won["amount"].sum() / known["amount"].sum()
    for flow in ("amount", "fresh", "more", "once", "renewed"):
        assert found[flow].sum() == pytest.approx(known[flow].sum() * scale)
    assert found["deals"].sum() == pytest.approx(len(won))
    assert found["amount"].sum() == pytest.approx(won["amount"].sum()), "nothing is lost"
    by_hand = known.loc[(known["days"] / (365.25 / 12)).between(1, 2, inclusive="left"), "amount"].sum()
    assert found.set_index("age").loc[1, "amount"] == pytest.approx(by_hand * scale)


@pytest.mark.parametrize("seed", [1, 2])
def test_duckdb_and_pandas_agree(draw: Callable[..., Tables], as_duckdb: Callable[[Tables], Tables], seed: int) -> None:
    for owner in (COMPANY, Owner("South")):
        tables = draw(seed)
        there = as_duckdb(tables)
        assert to_json(lever_inputs(tables, owner)) == to_json(lever_inputs(there, owner))
        assert to_json(driver_levels(tables, owner)) == to_json(driver_levels(there, owner))
        assert lead_channels(tables, owner) == lead_channels(there, owner)


def test_what_is_handed_on_is_read_back(draw: Callable[..., Tables]) -> None:
    tables = draw()
    for found in (lever_inputs(tables), driver_levels(tables, Owner("North")), lead_channels(tables)):
        assert to_json(from_json(to_json(found))) == to_json(found)


def test_levels_of_quarters_and_siblings(draw: Callable[..., Tables]) -> None:
    tables = draw()
    assert siblings(tables, Owner("North")) == ["South"]
    assert siblings(tables, Owner("East")) == []
    assert siblings(tables, COMPANY) == []
    found = driver_levels(tables, Owner("North"))
    rate = found[found["driver"] == "win_rate"].set_index("whose")
    deals = closed_deals(Scope(tables, Owner("North")))
    year = deals[deals["closed_month"].between(LAST - 12, LAST - 1)]
    assert rate.loc["year", "value"] == pytest.approx(year["won"].mean())
    assert rate.loc["year", "cases"] == len(year)
    inside = (year["won"].sum() + 0.5) / (len(year) + 1)
    assert rate.loc["year", "error"] == pytest.approx(np.sqrt(inside * (1 - inside) / len(year)))
    assert rate.loc[rate.index == "quarter", "cases"].sum() == len(year), "four quarters are the year"
    assert rate.loc["South", "sibling"]
    counted = found[found["sibling"]]["driver"]
    assert not counted.isin(["leads", "qualified_leads", "spend", "mrr"]).any(), "what goes with size is not compared"
    size = found[(found["driver"] == "deal_size") & (found["whose"] == "year") & ~found["sibling"]]
    amounts = year.loc[year["won"], "amount"].dropna()
    assert size["value"].iloc[0] == pytest.approx(amounts.mean())
    assert size["error"].iloc[0] == pytest.approx(amounts.std() / np.sqrt(len(amounts)))


def test_of_very_many_siblings_the_busiest_are_looked_at(make_tables: Callable[..., Tables], make_company: Any) -> None:
    names = [f"T{n:02}" for n in range(30)]
    rows = [
        deal(100 * n + i, "2025-02-01", "2025-03-01", 10, team=name) for n, name in enumerate(names) for i in range(n)
    ]
    tables = make_tables(company=make_company(teams=dict.fromkeys(names)), deals=pd.DataFrame(rows))
    assert siblings(tables, Owner("T29")) == names[9:29]
    assert siblings(tables, Owner("T00")) == names[10:]


def test_a_season_needs_two_years(make_tables: Callable[..., Tables]) -> None:
    rows = [deal(n, "2023-01-02", f"{2023 + n // 24}-{n % 24 // 2 + 1:02}-03", 100) for n in range(72)]
    rows += [deal(n, "2023-01-02", f"{year}-07-04", 100) for n, year in enumerate((2023, 2024, 2025), 100)]
    tables = make_tables(deals=pd.DataFrame(rows))
    usual = season_of(Scope(tables), LAST)
    assert usual[6] == pytest.approx(9 / (75 / 12))
    assert sum(usual) == pytest.approx(12)
    assert season_of(Scope(make_tables(deals=pd.DataFrame(rows[48:72]))), LAST) == (1.0,) * 12


def test_channels(make_tables: Callable[..., Tables]) -> None:
    leads = [
        {"lead_id": f"L{n}", "created_at": date(year, 3, 1), "team": "North", "deal_id": deal, "channel": channel}
        for n, (year, channel, deal) in enumerate(
            [(2024, "web", "D1"), (2024, "web", "D4"), (2024, "fair", None), (2025, "web", None), (2025, "fair", None)]
        )
    ]
    spend = [{"month": date(2025, 2, 1), "channel": channel, "amount": 5000} for channel in ("web", "fair", "mail")]
    tables = small(make_tables, leads=pd.DataFrame(leads), spend=pd.DataFrame(spend))
    web = next(channel for channel in lead_channels(tables) if channel.name == "web")
    assert (web.spend, web.leads, web.followed, web.won) == (50.0, 1, 2, 1)
    assert [channel.name for channel in lead_channels(tables)] == ["fair", "web"], "mail has brought no lead"
    assert lead_channels(small(make_tables)) == ()
