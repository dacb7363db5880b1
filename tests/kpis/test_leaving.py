"""Lives of customers: months of tenure, late entry, what is final; by hand and beside a naive twin."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.kpis.leaving import Lives, customers_reaching, lives, retention
from salesgoals_kit.kpis.measure import measure
from salesgoals_kit.kpis.tenures import month_marks, month_of_leaving, months_reached
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import day_number, day_of, month_number, parse_period

MakeTables = Callable[..., Tables]
MakeCompany = Callable[..., Company]
AS_OF = date(2024, 12, 31)


def m(text: str) -> int:
    return parse_period(text).first


def subscription(account: str, start: date, end: date | None, mrr: int = 100, **more: Any) -> dict[str, Any]:
    name = f"{account} {start} {mrr}"
    return {"subscription_id": name, "account_id": account, "started_at": start, "ended_at": end, "mrr": mrr, **more}


OLD = subscription("old", date(2022, 1, 1), date(2022, 1, 2))  # the table keeps what has ended from 2 January 2022 on


def told(found: Lives | None) -> set[tuple[Any, ...]]:
    assert found is not None
    rows = found.rows[found.rows["start"] > m("2022-01")]
    return {tuple(row) for row in rows[["start", "entry", "last", "lost", "lives"]].to_numpy().tolist()}


def test_tenure_is_counted_from_day_to_day_as_the_calendar_has_it() -> None:
    rng = random.Random(1)
    for _ in range(400):
        start = date(2020, 1, 1) + timedelta(days=rng.randrange(900))
        day = start + timedelta(days=rng.randrange(1, 1500))
        marks = [(pd.Timestamp(start) + pd.DateOffset(months=k)).date() for k in range(60)]
        begun, now = np.array([day_number(start)]), np.array([day_number(day)])
        assert months_reached(begun, now)[0] == sum(mark <= day for mark in marks[1:])
        assert month_of_leaving(begun, now)[0] == next(k for k, mark in enumerate(marks) if mark >= day)
        months = rng.randrange(60)
        assert day_of(int(month_marks(begun, months)[0])) == marks[months]


@pytest.mark.parametrize(
    ("end", "month"),
    [
        (date(2024, 2, 1), 1),
        (date(2024, 2, 29), 1),  # paid to the last day of a month that is too short for the 31st
        (date(2024, 3, 1), 2),
        (date(2024, 3, 31), 2),
        (date(2024, 4, 30), 3),
    ],
)
def test_who_pays_to_the_end_of_a_month_leaves_in_it(make_tables: MakeTables, end: date, month: int) -> None:
    tables = make_tables(AS_OF, subscriptions=[OLD, subscription("a", date(2024, 1, 31), end)])
    assert told(lives(tables)) == {(m("2024-01"), 1, month, 1, 1)}


def test_lives_by_hand(make_tables: MakeTables) -> None:
    rows = [
        OLD,
        subscription("stays", date(2024, 1, 10), None),  # on 1 December 10 months are over, the 11th is not
        subscription("parallel", date(2024, 2, 1), date(2024, 4, 1)),
        subscription("parallel", date(2024, 3, 1), date(2024, 6, 1)),  # overlaps, and is the same life
        subscription("pauses", date(2024, 3, 5), date(2024, 5, 5)),
        subscription("pauses", date(2024, 6, 4), date(2024, 8, 5)),  # 30 days without end no life
        subscription("returns", date(2024, 4, 5), date(2024, 5, 5)),
        subscription("returns", date(2024, 6, 5), date(2024, 9, 5)),  # 31 days do
        subscription("tries", date(2024, 5, 1), None, 0),
        subscription("late", date(2024, 8, 20), date(2024, 12, 5)),  # 26 days ago: not final, so three months are known
        subscription("brief", date(2024, 11, 15), None),  # not one whole month is known
    ]
    found = lives(make_tables(AS_OF, subscriptions=rows))
    assert told(found) == {
        (m("2024-01"), 1, 10, 0, 1),
        (m("2024-02"), 1, 4, 1, 1),
        (m("2024-03"), 1, 5, 1, 1),
        (m("2024-04"), 1, 1, 1, 1),
        (m("2024-06"), 1, 3, 1, 1),
        (m("2024-08"), 1, 3, 0, 1),
    }
    assert found is not None
    assert (found.final, found.unseen, found.late) == (date(2024, 12, 1), 2, 1)  # of brief and old no month is known


def test_customers_before_the_losses_were_kept_enter_late(make_tables: MakeTables) -> None:
    rows = [
        subscription("first", date(2023, 1, 10), date(2024, 3, 20)),  # the first ending that the table has
        subscription("older", date(2022, 12, 20), None),  # its 16th month begins on 20 March
        subscription("newer", date(2024, 4, 1), None),
    ]
    found = lives(make_tables(AS_OF, subscriptions=rows))
    assert found is not None
    # first: month 15 began on 10 March, before the losses are kept, and it left in that: nothing of it is known.
    # newer: on 1 December 8 months are over. older: 23 are.
    assert found.rows[["entry", "last", "lost"]].to_numpy().tolist() == [[16, 23, 0], [1, 8, 0]]
    assert (found.late, found.unseen) == (2, 1)


def test_where_nothing_has_ended_nothing_is_known(make_tables: MakeTables) -> None:
    found = lives(make_tables(AS_OF, subscriptions=[subscription("a", date(2023, 1, 1), None)]))
    assert found is not None
    assert found.rows.empty


def test_segments_are_those_of_the_first_deal_the_account_and_the_first_day(make_tables: MakeTables) -> None:
    rows = [
        OLD,
        subscription("A1", date(2024, 1, 10), date(2024, 2, 10), plan="Basic", team="North"),
        subscription("A1", date(2024, 2, 10), date(2024, 6, 10), plan="Pro", team="South"),
        subscription("A2", date(2023, 1, 10), date(2024, 6, 10), plan="Pro", team="South"),
    ]
    deals = [
        {"deal_id": "D2", "account_id": "A1", "status": "won", "closed_at": date(2024, 2, 9), "channel": "fair"},
        {"deal_id": "D1", "account_id": "A1", "status": "won", "closed_at": date(2024, 1, 15), "channel": "web"},
        {"deal_id": "D0", "account_id": "A1", "status": "lost", "closed_at": date(2023, 12, 1), "channel": "call"},
        {"deal_id": "D3", "account_id": "A2", "status": "won", "closed_at": date(2024, 1, 15), "channel": "web"},
    ]
    accounts = [{"account_id": "A1", "industry": "Retail", "size": "Small"}]
    tables = make_tables(AS_OF, subscriptions=rows, deals=deals, accounts=accounts)
    found = lives(tables)
    assert found is not None
    assert found.dimensions == ("channel", "industry", "size", "plan", "team")
    names = ["channel", "industry", "plan", "team"]
    by_start = {row[0]: tuple(row[1:]) for row in found.rows[["start", *names]].to_numpy().tolist()}
    assert by_start[m("2024-01")] == ("web", "Retail", "Basic", "North")
    # A2 began to pay a year before its first deal in the data: it is older than the deals.
    assert by_start[m("2023-01")] == (None, None, "Pro", "South")
    own = lives(tables, Owner("North"))
    assert own is not None
    assert told(own) == {(m("2024-01"), 1, 1, 1, 1)}  # within the team, whose subscription ended


@dataclass(frozen=True)
class Life:
    """A life of the twin, in days; end None: not lost by the last final day."""

    start: date
    end: date | None


def _twin_lives(rows: pd.DataFrame, as_of: date, pause: int) -> list[Life]:
    """Go through every account day by day."""
    found: list[Life] = []
    for _, own in rows[rows["mrr"] > 0].groupby("account_id"):
        active: set[int] = set()
        for start, ended in own[["started_at", "ended_at"]].astype("object").to_numpy().tolist():
            end = as_of + timedelta(days=1) if ended is None or ended > as_of else ended
            active |= {*range(day_number(start), day_number(end))}
        days = sorted(day for day in active if day <= day_number(as_of))
        begun = 0
        for place, day in enumerate(days):
            following = days[place + 1] if place + 1 < len(days) else day_number(as_of) + 1
            if following - day - 1 > pause:
                found.append(Life(day_of(days[begun]), day_of(day + 1)))
                begun = place + 1
        if begun < len(days):
            found.append(Life(day_of(days[begun]), None))
    return found


def _twin_rows(found: list[Life], begins: date, final: date) -> list[tuple[int, int, int, int]]:
    rows = []
    for life in found:
        marks = [(pd.Timestamp(life.start) + pd.DateOffset(months=k)).date() for k in range(80)]
        whole = [k for k in range(1, 80) if marks[k - 1] >= begins and marks[k] <= final]
        left = None if life.end is None else next(k for k in range(1, 80) if marks[k] >= life.end)
        seen = [k for k in whole if left is None or k <= left]
        if seen:
            rows.append((month_number(life.start), seen[0], seen[-1], int(left == seen[-1])))
    return sorted(rows)


@pytest.mark.parametrize(("seed", "pause"), [(1, 30), (2, 30), (3, 0), (4, 90)])
def test_lives_are_those_of_a_naive_twin(draw: Callable[..., Tables], seed: int, pause: int) -> None:
    tables = draw(seed, pause_days=pause, as_of=date(2025, 8, 17))
    rows = tables.frame("subscriptions").collect("pandas").to_native()
    for name in ("started_at", "ended_at"):
        rows[name] = [None if pd.isna(day) else pd.Timestamp(day).date() for day in rows[name]]
    final = tables.as_of - timedelta(days=pause)
    begins = min(day for day in rows["ended_at"] if day is not None and day <= tables.as_of)
    found = lives(tables)
    assert found is not None
    shown = found.rows[["start", "entry", "last", "lost", "lives"]].to_numpy().tolist()
    expanded = sorted((s, e, last, lost) for s, e, last, lost, count in shown for _ in range(count))
    assert expanded == _twin_rows(_twin_lives(rows, tables.as_of, pause), begins, final)


def test_what_comes_after_as_of_changes_nothing(draw: Callable[..., Tables], frames: dict[str, pd.DataFrame]) -> None:
    early = date(2025, 3, 31)
    rows = frames["subscriptions"]
    known = rows[rows["started_at"] <= early].copy()
    known["ended_at"] = [None if day is None or pd.isna(day) or day > early else day for day in known["ended_at"]]
    whole = lives(draw(frames=frames, as_of=early))
    cut = lives(draw(frames={**frames, "subscriptions": known}, as_of=early))
    assert whole is not None
    assert cut is not None
    pd.testing.assert_frame_equal(whole.rows, cut.rows)


def test_engines_agree_and_a_slice_reads_the_same(
    draw: Callable[..., Tables], as_duckdb: Callable[[Tables], Tables]
) -> None:
    tables = draw()
    for owner in (Owner(), Owner("North")):
        one, other = lives(tables, owner), lives(as_duckdb(draw()), owner)
        assert one is not None
        assert other is not None
        pd.testing.assert_frame_equal(one.rows, other.rows)
        pd.testing.assert_frame_equal(from_json(to_json(one)).rows, one.rows)
    reaching = customers_reaching(tables, (3, 6), 60)
    pd.testing.assert_frame_equal(reaching, customers_reaching(as_duckdb(draw()), (3, 6), 60))
    pd.testing.assert_frame_equal(from_json(to_json(reaching)), reaching)


def test_customers_who_come_to_a_month_are_listed_with_what_they_pay(make_tables: MakeTables) -> None:
    rows = [
        OLD,
        subscription("today", date(2024, 6, 30), None, 500),  # six months are complete on 30 December: over
        subscription("soon", date(2024, 7, 1), None, 20_000),
        subscription("soon", date(2024, 9, 1), None, 5_000),  # both are paid
        subscription("edge", date(2024, 8, 31), None, 90_000),  # on 28 February, 59 days from now
        subscription("far", date(2024, 9, 2), None, 100),  # 61 days
        subscription("gone", date(2024, 7, 3), date(2024, 10, 1), 100),
        subscription("lapsed", date(2024, 7, 3), date(2024, 12, 20), 100),  # pays nothing now
        subscription("back", date(2023, 1, 1), date(2023, 5, 1), 100),
        subscription("back", date(2024, 7, 15), None, 3_000),  # counted from its return
    ]
    accounts = [{"account_id": "edge", "name": "Edge Ltd"}]
    tables = make_tables(AS_OF, subscriptions=rows, accounts=accounts)
    found = customers_reaching(tables, (6,), 60)
    assert found[["name", "mrr", "on"]].to_numpy().tolist() == [
        ["Edge Ltd", 900.0, date(2025, 2, 28)],
        ["soon", 250.0, date(2025, 1, 1)],
        ["back", 30.0, date(2025, 1, 15)],
    ]
    assert customers_reaching(tables, (), 60).empty


def test_a_year_s_retention_is_the_kpis(draw: Callable[..., Tables]) -> None:
    tables = draw(3)
    found = retention(tables)
    assert found is not None
    assert (found.first, found.last) == (m("2024-12"), m("2025-11"))  # losses are final up to 1 December
    assert found.start + found.new + found.expansion - found.contraction - found.churn == pytest.approx(found.end)
    span = [(found.first, found.last)]
    assert found.grr == pytest.approx(measure("grr", tables, span)["value"].item())
    assert found.nrr == pytest.approx(measure("nrr", tables, span)["value"].item())


def test_without_subscriptions_or_their_team_there_is_nothing(make_tables: MakeTables) -> None:
    invoices = [{"invoice_id": "I1", "account_id": "A", "invoiced_at": date(2024, 1, 1), "amount": 1}]
    without = make_tables(AS_OF, invoices=invoices)
    assert lives(without) is None
    assert retention(without) is None
    assert customers_reaching(without, (6,), 60).empty
    no_team = make_tables(AS_OF, subscriptions=[OLD])
    assert lives(no_team, Owner("North")) is None
    fresh = retention(make_tables(date(2020, 1, 1), subscriptions=[OLD]))
    assert fresh is not None
    assert (fresh.grr, fresh.nrr) == (None, None)  # nobody paid yet
