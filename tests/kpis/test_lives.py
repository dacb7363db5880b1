"""Lives of accounts under contract and purchases of those without: by hand, and against naive twins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.kpis.buying import purchases
from salesgoals_kit.kpis.lives import ALL, ContractLives, contract_lives, whole_months
from salesgoals_kit.kpis.recurring import standing
from salesgoals_kit.kpis.scope import Scope
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import day_number

Make = Callable[..., Tables]
AS_OF = date(2025, 12, 31)


def sub(account: str, start: str, end: str | None = None, mrr: int = 10_000, **more: object) -> dict[str, object]:
    """Return a row of subscriptions; its id is made of what it says."""
    row = {"subscription_id": f"{account} {start} {end}", "account_id": account, "started_at": start, "ended_at": end}
    return {**row, "mrr": mrr, **more}


def old() -> dict[str, object]:
    """Return the row that ends first, so that the data is known to hold all losses of the others."""
    return sub("Z", "2018-01-01", "2019-01-01")


def _all(lives: ContractLives | None, kind: str = ALL, name: str = ALL) -> pd.DataFrame:
    assert lives is not None
    rows = lives.renewals[(lives.renewals["kind"] == kind) & (lives.renewals["name"] == name)]
    return rows.set_index("renewal")[["faced", "lost"]]


def test_renewals_by_hand(make_tables: Make) -> None:
    rows = [
        sub("A", "2025-01-10", "2025-04-10"),  # paid three months and was lost at the third renewal
        sub("B", "2025-01-10", "2025-04-25"),  # paid a part of the fourth: lost at the fourth
        sub("C", "2025-06-01"),  # looked at until 1 December: six renewals
        sub("D", "2025-12-15"),  # too young to have been looked at
        old(),
    ]
    found = _all(contract_lives(make_tables(AS_OF, subscriptions=rows)))
    assert found["faced"].tolist() == [3, 3, 3, 2, 1, 1]
    assert found["lost"].tolist() == [0, 0, 1, 1, 0, 0]


def test_who_was_there_before_the_data_enters_late(make_tables: Make) -> None:
    rows = [sub("A", "2020-01-01"), sub("B", "2025-02-01", "2025-05-01"), sub("C", "2025-08-01", "2025-09-01")]
    found = _all(contract_lives(make_tables(AS_OF, subscriptions=rows)))
    assert found["lost"].tolist() == [1] + [0] * 70  # C; B's end is the first in the data
    assert found["faced"].tolist() == [1] + [0] * 63 + [1] * 7  # A's renewals from 1 June to 1 December


def test_overlaps_are_one_life_a_pause_ends_none_and_who_comes_back_begins_another(make_tables: Make) -> None:
    rows = [
        sub("A", "2025-01-01", "2025-04-01"),
        sub("A", "2025-03-01", "2025-06-01"),  # overlaps: one life of five months
        sub("A", "2025-06-20", "2025-07-01"),  # after a pause of 19 days: still the same, six months
        sub("A", "2025-10-01"),  # long after: a life of its own
        old(),
    ]
    found = _all(contract_lives(make_tables(AS_OF, subscriptions=rows)))
    assert found["lost"].tolist() == [0, 0, 0, 0, 0, 1]
    assert found["faced"].tolist() == [2, 2, 1, 1, 1, 1]


def test_yearly_contracts_are_seen_to_be_yearly(make_tables: Make) -> None:
    rows = [sub(f"A{i}", "2021-03-05", f"{2022 + i % 3}-03-05") for i in range(12)] + [sub("B", "2021-03-05"), old()]
    lives = contract_lives(make_tables(AS_OF, subscriptions=rows))
    assert lives is not None
    assert lives.term == 12
    assert _all(lives)["faced"].tolist() == [13, 9, 5, 1]
    assert lives.paying.query("kind == ''")[["made", "customers"]].to_numpy().tolist() == [[4, 1]]


def test_a_month_that_is_shorter_counts_as_one() -> None:
    start, ends = date(2025, 1, 31), [date(2025, 2, 27), date(2025, 2, 28), date(2025, 3, 30), date(2025, 3, 31)]
    days = np.array([day_number(end) for end in ends])
    months, beyond = whole_months(np.full(4, day_number(start)), days)
    assert months.tolist() == [0, 1, 1, 2]
    assert beyond.tolist() == [27, 0, 30, 0]


def _naive(tables: Tables) -> tuple[list[int], list[int]]:
    """Faced and lost by month, each spell gone through month by month."""
    final = day_number(AS_OF) - 30
    frame = tables.frame("subscriptions").collect("pandas").to_native()
    first_end = min(day_number(day.date()) for day in frame["ended_at"].dropna())
    faced, lost = [0] * 60, [0] * 60
    for spell in standing(Scope(tables)).spells.itertuples():
        start, end = int(str(spell.start_day)), int(str(spell.lost_day))
        if end <= first_end:
            continue
        for month in range(1, 60):
            turn = pd.Timestamp("1970-01-01") + pd.Timedelta(days=start) + pd.DateOffset(months=month)
            day = day_number(turn.date())
            gone = end <= min(final, day + 3)
            if not gone and day > final:
                break
            if day > first_end or gone:
                faced[month - 1] += 1
                lost[month - 1] += gone
            if gone:
                break
    while faced and not faced[-1]:
        faced.pop()
        lost.pop()
    return faced, lost


def test_renewals_are_those_of_a_naive_twin(draw: Make, as_duckdb: Callable[[Tables], Tables]) -> None:
    for seed in range(4):
        tables = draw(seed)
        found = _all(contract_lives(tables))
        faced, lost = _naive(tables)
        assert found["lost"].tolist() == lost
        assert found["faced"].tolist() == faced
    assert to_json(contract_lives(as_duckdb(tables))) == to_json(contract_lives(tables))


def test_lives_by_kind_of_account_and_of_a_team(make_tables: Make, make_company: Callable[..., Any]) -> None:
    company = make_company(teams={"North": None, "South": None})
    subs = [
        sub("A", "2025-01-01", "2025-03-01", team="North"),
        sub("B", "2025-01-01", team="South"),
        sub("C", "2025-01-01", mrr=30_000, team="North"),
        {**old(), "team": "South"},
    ]
    accounts = [{"account_id": "A", "size": "big"}, {"account_id": "C", "size": "big"}, {"account_id": "B"}]
    deals = [
        {"deal_id": "1", "status": "lost", "account_id": "C", "closed_at": "2024-11-01", "channel": "web"},
        {"deal_id": "2", "status": "won", "account_id": "C", "closed_at": "2024-12-01", "channel": "fair"},
        {"deal_id": "3", "status": "won", "account_id": "C", "closed_at": "2025-12-01", "channel": "web"},
    ]
    tables = make_tables(AS_OF, company, subscriptions=subs, accounts=accounts, deals=deals)
    lives = contract_lives(tables)
    assert lives is not None
    assert set(zip(lives.renewals["kind"], lives.renewals["name"], strict=True)) == {
        ("", ""),
        ("size", "big"),
        ("channel", "fair"),
    }
    assert lives.paying.query("kind == 'size'")[["customers", "mrr"]].to_numpy().tolist() == [[1, 300]]
    north = contract_lives(tables, Owner("North"))
    assert _all(north)["faced"].iloc[0] == 2
    assert to_json(from_json(to_json(lives))) == to_json(lives)


def test_nothing_known_later_is_in_a_life(make_tables: Make) -> None:
    rows = [sub("A", "2024-01-01", "2025-06-01"), sub("B", "2024-03-01", "2024-05-01"), sub("C", "2025-03-01")]
    early = date(2025, 1, 31)
    whole = contract_lives(make_tables(early, subscriptions=rows))
    known = [{**rows[0], "ended_at": None}, rows[1]]
    assert to_json(whole) == to_json(contract_lives(make_tables(early, subscriptions=known)))


def test_without_subscriptions_there_are_no_lives(make_tables: Make) -> None:
    deals = [{"deal_id": "1", "status": "won", "account_id": "A", "closed_at": "2025-01-01", "amount": 100}]
    assert contract_lives(make_tables(AS_OF, deals=deals)) is None
    assert contract_lives(make_tables(AS_OF, subscriptions=[sub("A", "2025-01-01", mrr=0)])) is None


def invoice(number: int, account: str, day: str, amount: int) -> dict[str, object]:
    return {"invoice_id": f"I{number}", "account_id": account, "invoiced_at": day, "amount": amount}


def test_purchases_by_hand(make_tables: Make, make_company: Callable[..., Any]) -> None:
    rows = [
        invoice(1, "A", "2025-01-01", 10_000),
        invoice(2, "A", "2025-01-15", 3_000),
        invoice(3, "A", "2025-01-15", 1_000),  # on the same day: one purchase of 40
        invoice(4, "A", "2025-02-05", 9_000),
        invoice(5, "A", "2025-02-20", -3_000),  # a credit note: the purchase before it was of 60
        invoice(6, "B", "2025-03-05", 5_000),
        invoice(7, "B", "2025-03-06", -5_000),  # credited in full: no purchase, and no customer
        invoice(8, "C", "2025-01-01", 7_000),  # under contract
        invoice(9, "D", "2024-01-01", -100),  # nothing before it that it could be taken off
        invoice(10, "D", "2025-12-31", 2_000),
        invoice(11, "E", "2025-12-24", 0),  # given away, and a purchase all the same
    ]
    company = make_company(revenue="invoices")
    found = purchases(make_tables(AS_OF, company, invoices=rows, subscriptions=[sub("C", "2025-01-01")]))
    assert found is not None
    assert found.source == "invoices"
    accounts = found.accounts.set_index("account_id")
    assert accounts.index.tolist() == ["A", "D", "E"]
    numbers = accounts[["again", "latest", "until", "money", "first"]].to_numpy()
    assert numbers.tolist() == [[2, 5, 52, 50, 100], [0, 0, 0, 0, 20], [0, 0, 1, 0, 0]]


def test_deals_tell_purchases_where_they_are_the_revenue(make_tables: Make) -> None:
    deals = [
        {"deal_id": str(i), "status": status, "account_id": "A", "closed_at": f"2025-0{i}-01", "amount": 100 * i}
        for i, status in enumerate(("won", "lost", "won"), 1)
    ]
    found = purchases(make_tables(AS_OF, deals=deals, invoices=[invoice(1, "B", "2025-01-01", 100)]))
    assert found is not None
    assert found.source == "deals"
    assert found.accounts[["account_id", "again", "money"]].to_numpy().tolist() == [["A", 1.0, 3.0]]


def test_purchases_are_those_of_a_naive_twin(draw: Make, as_duckdb: Callable[[Tables], Tables]) -> None:
    tables = draw(3)
    found = purchases(tables)
    assert found is not None
    deals = tables.frame("deals").collect("pandas").to_native()
    subs = tables.frame("subscriptions").collect("pandas").to_native()
    contracted = set(subs.loc[subs["mrr"] > 0, "account_id"])
    expected = {}
    for account, rows in deals[deals["status"] == "won"].dropna(subset=["amount", "account_id"]).groupby("account_id"):
        if account in contracted:
            continue
        days: dict[date, float] = {}
        for row in rows.itertuples():
            days[row.closed_at] = days.get(row.closed_at, 0.0) + row.amount / 100
        order = sorted(days)
        rest = [days[day] for day in order[1:]]
        money = sum(rest) / len(rest) if rest else 0.0
        expected[account] = (len(rest), (order[-1] - order[0]).days / 7, money)
    assert found.accounts["account_id"].tolist() == sorted(expected)
    for row in found.accounts.itertuples():
        assert (row.again, row.latest, row.money) == pytest.approx(expected[row.account_id])
    assert to_json(purchases(as_duckdb(tables))) == to_json(found)
