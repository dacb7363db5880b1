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
from salesgoals_kit.goals.moves import now
from salesgoals_kit.kpis.channels import lead_channels
from salesgoals_kit.kpis.covered import a_year_of
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
    deal(0, "2024-06-01", "2024-10-05", 0, status="lost"),  # from here on the table has every month
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


def each_month(first: date, count: int, **cells: Any) -> list[dict[str, Any]]:
    return [{"month": day.date(), **cells} for day in pd.date_range(first, periods=count, freq="MS")]


def steady(first: str, count: int, **more: Any) -> list[dict[str, Any]]:
    """Return a deal of 100 won in each of so many months, a month after it was created."""
    days = pd.date_range(first, periods=count, freq="MS") + pd.Timedelta(days=4)
    return [deal(n, f"{day - pd.Timedelta(days=31):%F}", f"{day:%F}", 100, **more) for n, day in enumerate(days)]


def small(make_tables: Callable[..., Tables], **more: Any) -> Tables:
    return make_tables(deals=pd.DataFrame(DEALS), subscriptions=pd.DataFrame(PAID), **more)


def test_a_deal_brings_what_its_account_pays_after_it(make_tables: Callable[..., Tables]) -> None:
    rows = closed_deals(Scope(small(make_tables))).set_index("deal_id")
    assert rows["fresh"].to_dict() == {"D0": 0, "D1": 100, "D2": 0, "D3": 0, "D4": 0, "D5": 0}
    assert rows["more"].to_dict() == {"D0": 0, "D1": 0, "D2": 20, "D3": 0, "D4": 0, "D5": 0}
    assert rows["prompt"].to_dict() == {"D0": 0, "D1": 0, "D2": 20, "D3": 0, "D4": 0, "D5": 0}
    assert rows["once"].to_dict() == {"D0": 0, "D1": 0, "D2": 0, "D3": 900, "D4": 500, "D5": 600}
    assert rows["renewed"].to_dict() == {"D0": 0, "D1": 0, "D2": 240, "D3": 0, "D4": 0, "D5": 0}
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
    assert found.months == 12
    assert found.costing.source == "deals"
    assert found.costing.once is not None
    assert found.costing.recurring is not None
    assert found.costing.once.value == pytest.approx(540 / 900)
    assert found.costing.recurring.value == pytest.approx(348 / 1440)
    error = np.hypot(300 - 348 / 1440 * 1200, 48 - 348 / 1440 * 240) / 1440
    assert found.costing.recurring.error == pytest.approx(error)


def test_a_deal_of_nobody_known_says_nothing_of_what_comes_once(make_tables: Callable[..., Tables]) -> None:
    """D6 has no account: its cost is in neither share, and its amount is spread over the others."""
    nobody = deal(6, "2025-03-01", "2025-05-10", 2340, cost=1, account_id=None)
    found = lever_inputs(make_tables(deals=pd.DataFrame([*DEALS, nobody]), subscriptions=pd.DataFrame(PAID)))
    assert found.costing.once is not None
    assert found.costing.once.value == pytest.approx(540 / 900)
    assert found.wins.frame["once"].sum() == pytest.approx(900 * (2340 * 2) / 2340)
    assert found.wins.frame["deals"].sum() == pytest.approx(4)


def test_recurring_revenue_is_that_of_months_whose_losses_are_final(make_tables: Callable[..., Tables]) -> None:
    """To December 2025 less 30 days: December 2024 to November 2025. A9 is lost in August with its 30."""
    found = lever_inputs(small(make_tables)).recurring
    starts = 9 * (50 + 30) + 3 * (50 + 0) + 20 * 6 + 100 * 7  # A9 stands at nine starts
    uneven = (100**2 + 70**2) / 2 / 85**2
    expected = Recurring(170.0, float(starts), 30.0, 0.0, customers=12 + 9 + 7, lost=1, unevenness=uneven, months=12)
    assert found == expected


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
    leads += [
        {"lead_id": f"{team}{day}", "created_at": day, "team": team, "deal_id": None, "channel": "web"}
        for team in ("North", "South")
        for day in (date(2024, 11, 2), date(2025, 12, 5))
    ]
    spend = each_month(date(2024, 12, 1), 13, channel="web", amount=1000)
    tables = small(make_tables, leads=pd.DataFrame(leads), spend=pd.DataFrame(spend))
    whole, north = lever_inputs(tables), lever_inputs(tables, Owner("North"))
    assert whole.spending is not None
    assert north.spending is not None
    assert (whole.spending.bought, whole.spending.leads, whole.spending.shared) == (120.0, 4, False)
    assert (north.spending.bought, north.spending.leads, north.spending.shared) == (60.0, 2, True)
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
    leads.append({**leads[-1], "lead_id": "late", "created_at": date(2025, 12, 1)})
    names = ("web", "fair", "mail")
    spend = [row for name in names for row in each_month(date(2024, 12, 1), 13, channel=name, amount=500)]
    tables = small(make_tables, leads=pd.DataFrame(leads), spend=pd.DataFrame(spend))
    web = next(channel for channel in lead_channels(tables) if channel.name == "web")
    assert (web.spend, web.leads, web.followed, web.won) == (60.0, 1, 2, 1)
    assert [channel.name for channel in lead_channels(tables)] == ["fair", "web"], "mail has brought no lead"
    assert lead_channels(small(make_tables)) == ()


def young(make_tables: Callable[..., Tables]) -> Tables:
    """Return a company of eight months: each of them a deal, ten of spend, two leads, and A99 who comes to pay more."""
    days = pd.date_range("2025-05-01", periods=8, freq="MS")
    leads = [
        {"lead_id": f"{day:%m}{n}", "created_at": day.date(), "qualified_at": day.date(), "channel": "web"}
        for day in days
        for n in range(2)
    ]
    linked = [{**row, "deal_id": f"D{n // 2}" if n % 2 else None, "team": "North"} for n, row in enumerate(leads)]
    return make_tables(
        deals=pd.DataFrame([*steady("2025-05-01", 8), deal(99, "2025-07-01", "2025-08-02", 10)]),
        subscriptions=pd.DataFrame([pays("A99", "2025-05-01", 40, "2025-08-15"), pays("A99", "2025-08-15", 50)]),
        leads=pd.DataFrame(linked),
        spend=pd.DataFrame(each_month(date(2025, 5, 1), 8, channel="web", amount=1000)),
        costs=pd.DataFrame(each_month(date(2024, 1, 1), 24, category="fees", amount=700, kind="variable")).assign(
            counted_in="none"
        ),
    )


def test_a_part_of_a_year_is_not_called_a_year(make_tables: Callable[..., Tables]) -> None:
    """May to November are seven months: 100 in each are 1,200 in a year, no better known than from seven deals."""
    found = lever_inputs(young(make_tables))
    assert (found.months, found.last - found.first) == (7, 11)
    sums = found.wins.frame.sum()
    assert (sums["once"], sums["more"]) == (pytest.approx(1200), pytest.approx(10 * 12 / 7))
    assert sums["once_squared"] == pytest.approx(7 * 100**2 * (12 / 7) ** 2)
    assert found.from_leads.frame["once"].sum() == pytest.approx(1200)
    assert found.spending is not None
    assert [found.spending.bought, found.spending.leads] == pytest.approx([120, 24])
    starts = 40 * 3 + 50 * 3  # June to November
    assert found.variable == pytest.approx(7 * 7 / (7 * 100 + 40 * 3 + 50 * 4)), "costs of the months that are known"
    assert found.recurring is not None
    assert (found.recurring.starts, found.recurring.months) == (starts, 6)
    assert now(found).expansion == pytest.approx(10 / 7 / (starts / 6)), "a month's rise by a month's start"


def test_a_busy_part_of_the_year_is_not_taken_for_all_of_it() -> None:
    busy = [3.0] * 2 + [0.6] * 10
    assert a_year_of((672, 673), busy) == pytest.approx(2.0)
    assert a_year_of((674, 675), busy) == pytest.approx(10.0)
    assert a_year_of((672, 683), busy) == pytest.approx(1.0)
    assert a_year_of((5, 4), busy) == 1.0


def test_a_team_s_year_begins_with_the_team(make_tables: Callable[..., Tables]) -> None:
    old = [
        {**row, "deal_id": f"S{row['deal_id']}{n}"} for row in steady("2023-01-01", 36, team="South") for n in range(20)
    ]
    new = [{**row, "deal_id": f"N{n}", "account_id": f"N{n}"} for n, row in enumerate(steady("2025-06-01", 7))]
    tables = make_tables(deals=pd.DataFrame([*old, *new]))
    north = lever_inputs(tables, Owner("North"))
    assert north.months == 6
    assert north.wins.frame["amount"].sum() == pytest.approx(1200, rel=0.03), "the season is nearly flat"


def test_what_was_before_a_table_is_no_bad_quarter(make_tables: Callable[..., Tables]) -> None:
    """Leads, spend and what customers come to pay begin in May: no quarter before it, or only partly, is compared."""
    found = driver_levels(young(make_tables))
    quarters = found[found["whose"] == "quarter"]
    for driver, last in (("leads", 2), ("qualified_leads", 2), ("lead_cost", 2), ("spend", 2), ("cac", 2)):
        rows = quarters[quarters["driver"] == driver]
        assert (rows["first"] >= LAST - 7).all(), driver
        assert len(rows) == last, driver
    assert quarters.loc[quarters["driver"] == "leads", "value"].tolist() == [6, 6]


def test_a_channel_s_year_is_that_of_the_months_known(make_tables: Callable[..., Tables]) -> None:
    """13 months of leads and 8 of spend: of both the last seven before December count, as twelve."""
    days = pd.date_range("2024-11-01", periods=14, freq="MS")
    leads = [{"lead_id": f"L{day:%F}", "created_at": day.date(), "channel": "web", "deal_id": None} for day in days]
    spend = each_month(date(2025, 5, 1), 8, channel="web", amount=1000)
    tables = make_tables(deals=pd.DataFrame(DEALS), leads=pd.DataFrame(leads), spend=pd.DataFrame(spend))
    (web,) = lead_channels(tables)
    assert [web.spend, web.leads, web.followed] == pytest.approx([120, 12, 1])


def test_season_and_growth_begin_with_the_deals(make_tables: Callable[..., Tables], make_company: Any) -> None:
    """Subscriptions go back to 2019 and deals to 20 May 2024: 18 whole months are no season, and May no quarter."""
    deals = [*steady("2024-06-01", 19), deal(90, "2024-05-01", "2024-05-20", 100)]
    paid = [pays("B", "2019-01-01", 10), pays("C", "2020-03-05", 10)]
    company = make_company(revenue="mrr")
    tables = make_tables(company=company, deals=pd.DataFrame(deals), subscriptions=pd.DataFrame(paid))
    assert season_of(Scope(tables), LAST - 1) == (1.0,) * 12
    assert lever_inputs(tables).growth.logs == pytest.approx([0.0, 0.0])


def test_spend_grows_from_where_all_of_it_is_known(make_tables: Callable[..., Tables]) -> None:
    """Wages since 2022, and the table of spend since 2024: that it begins is no growth."""
    spend = each_month(date(2024, 1, 1), 24, channel="web", amount=1000)
    costs = each_month(date(2022, 1, 1), 48, category="wages", amount=500, kind="fixed", counted_in="spend")
    found = lever_inputs(make_tables(deals=pd.DataFrame(DEALS), spend=pd.DataFrame(spend), costs=pd.DataFrame(costs)))
    assert found.spending is not None
    assert found.spending.growth.logs == pytest.approx([0.0] * 3)


def costed(n: int, month: str, cost: int, listed: int | None) -> dict[str, Any]:
    return deal(
        n, "2024-11-01", f"{month}-09", 100, cost=cost * 100, list_price=None if listed is None else listed * 100
    )


def test_a_deal_without_a_list_price_makes_no_quarter_cheaper(make_tables: Callable[..., Tables]) -> None:
    """All cost 30 of a list price of 150, sold for 100: 20 %. One list price is missing, and nothing else changes."""
    months = [f"{day:%Y-%m}" for day in pd.date_range("2024-12-01", periods=12, freq="MS") for _ in range(3)]
    rows = [costed(n, month, 30, 150) for n, month in enumerate(months)]
    rows[20] = costed(20, months[20], 90, None)
    tables = make_tables(deals=pd.DataFrame([deal(99, "2024-06-01", "2024-10-05", 0, status="lost"), *rows]))
    found = driver_levels(tables)
    costs = found[found["driver"] == "unit_cost"]
    assert costs["value"].tolist() == pytest.approx([0.2] * 5), "a year and four quarters"
    assert sorted(costs["cases"]) == [8, 9, 9, 9, 35]
    assert lever_inputs(tables).unlisted == (1, 36)


def test_where_few_deals_have_a_list_price_costs_are_compared_by_what_was_paid(
    make_tables: Callable[..., Tables],
) -> None:
    months = [f"{day:%Y-%m}" for day in pd.date_range("2024-12-01", periods=12, freq="MS") for _ in range(3)]
    rows = [costed(n, month, 30, 150 if n < 9 else None) for n, month in enumerate(months)]
    found = driver_levels(make_tables(deals=pd.DataFrame(rows)))
    assert found.loc[found["driver"] == "unit_cost", "value"].tolist() == pytest.approx([0.3] * 5)
    assert lever_inputs(make_tables(deals=pd.DataFrame(rows))).unlisted == (0, 33)


def test_what_is_sold_costs_what_some_table_says(make_tables: Callable[..., Tables], make_company: Any) -> None:
    """Deals carry no cost: invoices may, where they are the revenue; else the table of costs; else it is not known."""
    deals = pd.DataFrame(steady("2024-10-01", 15))
    days = pd.date_range("2024-10-02", periods=15, freq="MS") + pd.Timedelta(days=3)
    invoices = pd.DataFrame(
        {"invoice_id": f"I{n}", "account_id": "A", "invoiced_at": day.date(), "amount": 20000, "cost": 5000}
        for n, day in enumerate(days)
    )
    costs = pd.DataFrame(each_month(date(2024, 1, 1), 24, category="x", amount=1000, kind="variable"))

    def source(revenue: str = "deals", **more: Any) -> tuple[str, float | None]:
        tables = make_tables(company=make_company(revenue=revenue), deals=deals, **more)
        found = lever_inputs(tables).costing
        return found.source, None if found.once is None else found.once.value

    assert source() == ("nothing", None)
    assert source("invoices", invoices=invoices) == ("invoices", 0.25)
    assert source(invoices=invoices) == ("nothing", None), "the margin is of deals there"
    assert source(costs=costs.assign(counted_in="none")) == ("table", None)
    assert source(costs=costs.assign(counted_in="margin", kind="fixed")) == ("table", None)
    assert source(costs=costs.assign(counted_in="spend")) == ("nothing", None)
    assert source(costs=costs.assign(counted_in="none", kind="fixed")) == ("nothing", None)
