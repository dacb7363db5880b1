"""What leads, deals and customers came to by channel and kind of account: by hand, beside twins, in both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.kpis.audiences import accounts_won, customers_worth, lead_cohorts
from salesgoals_kit.kpis.channel_costs import channel_costs
from salesgoals_kit.kpis.firsts import first_deals, kinds_of
from salesgoals_kit.kpis.measure import measure
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import month_name, parse_period

MakeTables = Callable[..., Tables]
MakeCompany = Callable[..., Company]
AS_OF = date(2024, 12, 31)


def m(text: str) -> int:
    return parse_period(text).first


def won(name: str, closed: date, account: str | None = None, **more: Any) -> dict[str, Any]:
    created = closed - timedelta(days=20)
    return {
        "deal_id": name, "status": "won", "created_at": created, "closed_at": closed, "account_id": account or name,
        "amount": 1_000, **more,
    }  # fmt: skip


def lead(name: str, created: date, channel: str | None = "web", deal: str | None = None, **more: Any) -> dict[str, Any]:
    return {"lead_id": name, "created_at": created, "channel": channel, "deal_id": deal, **more}


def test_leads_are_followed_for_as_many_days_and_open_ones_are_not_lost(
    make_tables: MakeTables, make_company: MakeCompany
) -> None:
    deals = [
        won("d1", date(2024, 1, 25)),
        won("d2", date(2024, 3, 20)),  # 64 days after its lead: after the horizon of 30
        won("d3", date(2024, 11, 20)),
        {**won("d4", date(2024, 2, 1)), "status": "lost"},
    ]
    leads = [
        lead("l1", date(2024, 1, 2), deal="d1"),
        lead("l2", date(2024, 1, 16), deal="d2"),
        lead("l3", date(2024, 1, 17), "fair", "d4"),
        lead("l4", date(2024, 1, 17), "fair"),
        lead("l5", date(2024, 1, 20), None, "d1"),
        lead("l6", date(2024, 11, 1), deal="d3"),  # all of November has been followed for 30 days on 30 December
        lead("l7", date(2024, 12, 2)),  # December has not
        lead("l8", date(2024, 1, 22), "fair", "d1"),  # a second lead of a deal: the first has won it
    ]
    found = lead_cohorts(make_tables(AS_OF, make_company(horizon_days=30), deals=deals, leads=leads))
    assert found is not None
    assert (found.days, found.told, month_name(found.last), found.immature) == (30, False, "2024-11", 1)
    assert found.rows[["channel", "month", "leads", "won"]].to_numpy().tolist() == [
        ["fair", m("2024-01"), 3, 0],
        ["web", m("2024-01"), 2, 1],
        ["web", m("2024-11"), 1, 1],
    ]


def test_the_days_are_those_in_which_nearly_all_are_won(make_tables: MakeTables, make_company: MakeCompany) -> None:
    deals = [won(f"d{i}", date(2024, 3, 1) + timedelta(days=i)) for i in range(1, 41)]
    leads = [lead(f"l{i}", date(2024, 3, 1), deal=f"d{i}") for i in range(1, 41)]
    found = lead_cohorts(make_tables(AS_OF, make_company(horizon_days=30), deals=deals, leads=leads))
    assert found is not None
    assert (found.days, found.told) == (39, True)  # 38 of 40 are 95 %; the quantile lies between 38 and 39 days


@pytest.mark.parametrize("owner", [None, "North"])
def test_cohorts_are_those_of_a_naive_twin(draw: Callable[..., Tables], owner: str | None) -> None:
    tables = draw(5, horizon_days=40)
    found = lead_cohorts(tables, Owner(owner))
    assert found is not None
    leads, deals = (tables.frame(name).collect("pandas").to_native() for name in ("leads", "deals"))
    closed = deals[deals["status"] == "won"].set_index("deal_id")["closed_at_day"].to_dict()
    counts: dict[tuple[str, int], list[int]] = {}
    used: set[str] = set()
    for row in leads.sort_values(["created_at_day", "lead_id"]).itertuples():
        if owner is not None and (pd.isna(row.team) or row.team != owner):
            continue
        first = not pd.isna(row.deal_id) and row.deal_id not in used
        used |= {str(row.deal_id)} if first else set()
        if pd.isna(row.channel) or row.created_at_month > found.last:
            continue
        cell = counts.setdefault((str(row.channel), int(row.created_at_month)), [0, 0])
        cell[0] += 1
        on = closed.get(row.deal_id)
        cell[1] += first and on is not None and max(int(on) - int(row.created_at_day), 0) <= found.days
    sums = found.rows.groupby(["channel", "month"])[["leads", "won"]].sum()
    assert {key: list(map(int, row)) for key, row in zip(sums.index, sums.to_numpy(), strict=True)} == counts


def test_what_channels_cost_is_the_kpi(draw: Callable[..., Tables]) -> None:
    tables = draw(6)
    found = channel_costs(tables)
    assert found is not None
    kpi = measure("cac", tables, [(found.first, found.last)], ("channel",)).dropna(subset="channel")
    assert found.rows["channel"].tolist() == kpi["channel"].tolist()
    assert found.rows["spend"].tolist() == pytest.approx(kpi["numerator"].tolist())
    assert found.rows["customers"].tolist() == kpi["denominator"].tolist()
    assert not found.shared


def test_a_team_is_given_the_part_of_spend_that_it_has_of_the_leads(draw: Callable[..., Tables]) -> None:
    tables = draw(6)
    whole = channel_costs(tables)
    teams = [channel_costs(tables, Owner(name)) for name in ("North", "South")]  # South has East below it
    nobody = tables.frame("leads").collect("pandas").to_native()
    assert whole is not None
    assert all(one is not None and one.shared for one in teams)
    for channel, spend in zip(whole.rows["channel"], whole.rows["spend"], strict=True):
        parts = [float(one.rows.set_index("channel")["spend"][channel]) for one in teams if one is not None]
        inside = nobody[nobody["created_at_month"].between(whole.first - whole.lag, whole.last - whole.lag)]
        inside = inside[inside["channel"] == channel]
        known = inside["team"].notna().mean()
        assert sum(parts) == pytest.approx(spend * known)


def test_new_customers_bring_what_they_begin_with(make_tables: MakeTables) -> None:
    deals = [
        won("d1", date(2024, 3, 10), "A", channel="web", amount=120_000),
        won("d2", date(2024, 4, 10), "B", channel="web", amount=50_000),  # pays nothing monthly: comes once
        won("d3", date(2024, 5, 10), "A", channel="fair", amount=90_000),  # not the first
        won("d4", date(2024, 5, 12), "C", channel="fair", amount=90_000),  # paid before: no new customer
        won("d5", date(2020, 5, 12), "D", channel="fair"),  # more than two years ago
    ]
    rows = [
        {"subscription_id": "1", "account_id": "A", "started_at": date(2024, 3, 15), "ended_at": None, "mrr": 10_000},
        {"subscription_id": "2", "account_id": "C", "started_at": date(2021, 3, 15), "ended_at": None, "mrr": 7_000},
    ]
    accounts = [{"account_id": "A", "industry": "Retail"}, {"account_id": "B", "industry": "Finance"}]
    found = customers_worth(make_tables(AS_OF, deals=deals, subscriptions=rows, accounts=accounts))
    by = {(row[0], row[1]): row[2:] for row in found.to_numpy().tolist()}
    # customers, monthly and its squares, once and its squares
    assert by["", ""] == [2, 100.0, 1e4, 500.0, 25e4]
    assert by["channel", "web"] == [2, 100.0, 1e4, 500.0, 25e4]
    assert by["industry", "Retail"] == [1, 100.0, 1e4, 0.0, 0.0]
    assert ("channel", "fair") not in by


def test_kinds_of_account_count_deals_with_who_was_no_customer(
    make_tables: MakeTables, make_company: MakeCompany
) -> None:
    deals = [
        won("d0", date(2024, 1, 1), "Z"),  # the data begin
        won("d1", date(2024, 3, 30), "A"),
        won("d2", date(2024, 6, 30), "A"),  # a customer by then
        {**won("d3", date(2024, 3, 30), "B"), "status": "lost"},
        won("d4", date(2024, 6, 30), "B"),  # lost the first time
        {**won("d5", date(2024, 6, 30), "C"), "status": "open", "closed_at": None, "created_at": date(2024, 12, 20)},
        {**won("d6", date(2024, 9, 30), "C"), "created_at": date(2024, 6, 1)},  # won after the horizon
    ]
    accounts = [{"account_id": name, "industry": "Retail"} for name in "ABC"]
    tables = make_tables(AS_OF, make_company(horizon_days=30), deals=deals, accounts=accounts)
    assert accounts_won(tables).to_numpy().tolist() == [["industry", "Retail", 4, 2]]


def test_engines_agree_and_slices_read_the_same(
    draw: Callable[..., Tables], as_duckdb: Callable[[Tables], Tables]
) -> None:
    tables, other = draw(8), as_duckdb(draw(8))
    for owner in (Owner(), Owner("North")):
        one, two = lead_cohorts(tables, owner), lead_cohorts(other, owner)
        assert one is not None
        assert two is not None
        pd.testing.assert_frame_equal(one.rows, two.rows)
        costs, costs_of = channel_costs(tables, owner), channel_costs(other, owner)
        assert costs is not None
        assert costs_of is not None
        pd.testing.assert_frame_equal(costs.rows, costs_of.rows)
        for asked in (customers_worth, accounts_won):
            pd.testing.assert_frame_equal(asked(tables, owner), asked(other, owner))
            pd.testing.assert_frame_equal(from_json(to_json(asked(tables, owner))), asked(tables, owner))
    pd.testing.assert_frame_equal(first_deals(tables), first_deals(other))


def test_sizes_that_are_numbers_of_employees_are_bands(make_tables: MakeTables) -> None:
    accounts = [{"account_id": f"A{i}", "size": str(10 * i)} for i in range(1, 21)]
    sizes = kinds_of(make_tables(AS_OF, deals=[won("d", AS_OF)], accounts=accounts))["size"]
    assert sizes.value_counts().to_dict() == {"10 - 50": 5, "60 - 100": 5, "110 - 150": 5, "160 - 200": 5}
    few = [{"account_id": f"A{i}", "size": str(i % 3)} for i in range(20)]
    assert set(kinds_of(make_tables(AS_OF, deals=[won("d", AS_OF)], accounts=few))["size"]) == {"0", "1", "2"}


def test_what_the_data_lacks_leaves_nothing(make_tables: MakeTables) -> None:
    deals = [won("d1", date(2024, 3, 10))]
    alone = make_tables(AS_OF, deals=deals)
    assert lead_cohorts(alone) is None
    assert channel_costs(alone) is None
    assert accounts_won(alone).empty
    assert customers_worth(alone)["customers"].tolist() == [1]
    all_open = [{**one, "status": "open", "closed_at": None} for one in deals]
    leads = [lead("l1", date(2024, 1, 2), deal="d1")]
    found = lead_cohorts(make_tables(AS_OF, deals=all_open, leads=leads))
    assert found is not None
    assert found.rows["won"].tolist() == [0]
    assert np.isfinite(found.days)
