"""Stages: who entered, went on, was lost or is still there; open deals are neither, whatever the data looks like."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.kpis.described import BANDS, BEFORE, UNKNOWN, described, size_bands
from salesgoals_kit.kpis.outcomes import outcomes, won_amounts
from salesgoals_kit.kpis.stages import (
    NOWHERE,
    Entries,
    followed_entries,
    order_of,
    stage_counts,
    stage_entries,
)
from salesgoals_kit.periods import day_number

Make = Callable[..., Tables]
Rows = list[dict[str, Any]]
DAY = date(2024, 1, 1)


def on(day: int) -> date:
    return DAY + timedelta(days=day)


def deal(name: str, status: str = "open", closed: int | None = None, **more: Any) -> dict[str, Any]:
    when = None if closed is None else on(closed)
    return {"deal_id": name, "status": status, "created_at": on(0), "closed_at": when, "amount": 100, **more}


def events(name: str, *stages: tuple[str, int]) -> Rows:
    return [{"deal_id": name, "stage": stage, "entered_at": on(day)} for stage, day in stages]


PLAIN = [
    *events("usual 1", ("A", 0), ("B", 10), ("C", 20)),
    *events("usual 2", ("A", 0), ("B", 5), ("C", 9)),
]
PLAIN_DEALS = [deal("usual 1", "won", 30), deal("usual 2", "lost", 40)]


def entries(tables: Tables) -> Entries:
    found = stage_entries(tables)
    assert found is not None
    return found


def path(found: Entries, name: str) -> list[tuple[str, int, int, int, int]]:
    """Return a deal's entries: stage, days after DAY of entering and leaving, passed, lost."""
    rows = found.rows[found.rows["deal_id"] == name]
    first = day_number(DAY)
    columns = [rows[name].astype(int).tolist() for name in ("stage", "day", "left", "passed", "lost")]
    return [(found.order[s], day - first, left - first, p, q) for s, day, left, p, q in zip(*columns, strict=True)]


def test_a_deal_goes_on_until_it_is_won_or_lost(make_tables: Make) -> None:
    found = entries(make_tables(on(50), deals=PLAIN_DEALS, stage_events=PLAIN))
    assert found.order == ("A", "B", "C")
    assert path(found, "usual 1") == [("A", 0, 10, 1, 0), ("B", 10, 20, 1, 0), ("C", 20, 30, 1, 0)]
    assert path(found, "usual 2") == [("A", 0, 5, 1, 0), ("B", 5, 9, 1, 0), ("C", 9, 40, 0, 1)]
    assert found.rows.loc[found.rows["deal_id"] == "usual 1", "next"].tolist() == [1, 2, 3]
    assert found.rows.loc[found.rows["deal_id"] == "usual 2", "next"].tolist() == [1, 2, NOWHERE]


def test_an_open_deal_is_still_where_it_is(make_tables: Make) -> None:
    more = events("open", ("A", 12), ("B", 15))
    found = entries(make_tables(on(50), deals=[*PLAIN_DEALS, deal("open")], stage_events=[*PLAIN, *more]))
    assert path(found, "open") == [("A", 12, 15, 1, 0), ("B", 15, 50, 0, 0)]


@pytest.mark.parametrize(
    ("stages", "expected", "counted"),
    [
        # falls back from C to A, comes again to B and to C, is lost: in C, the furthest it got
        (
            [("A", 0), ("C", 4), ("A", 6), ("B", 8), ("C", 9)],
            [("A", 0, 4, 1, 0), ("C", 4, 20, 0, 1)],
            {"again": 2, "back": 1, "skipped": 1},
        ),
        # goes back and is lost there: still lost in C
        ([("A", 0), ("B", 2), ("C", 4), ("B", 6)], [("A", 0, 2, 1, 0), ("B", 2, 4, 1, 0), ("C", 4, 20, 0, 1)],
         {"again": 1, "back": 0, "skipped": 0}),
        # begins in the middle: it never was in A
        ([("B", 3)], [("B", 3, 20, 0, 1)], {"again": 0, "back": 0, "skipped": 1}),
        # both on one day: the earlier stage first
        ([("B", 3), ("A", 3)], [("A", 3, 3, 1, 0), ("B", 3, 20, 0, 1)], {"again": 0, "back": 0, "skipped": 0}),
        # what is written after the closing is no way that the deal went
        ([("A", 0), ("B", 25)], [("A", 0, 20, 0, 1)], {"after": 1, "skipped": 0}),
    ],
)  # fmt: skip
def test_ways_that_are_not_straight(
    make_tables: Make, stages: list[tuple[str, int]], expected: list[Any], counted: dict[str, int]
) -> None:
    many = [{**row, "deal_id": f"{row['deal_id']} {i}"} for i in range(3) for row in PLAIN]
    deals = [{**row, "deal_id": f"{row['deal_id']} {i}"} for i in range(3) for row in PLAIN_DEALS]
    odd = deal("odd", "lost", 20)
    found = entries(make_tables(on(50), deals=[*deals, odd], stage_events=[*many, *events("odd", *stages)]))
    assert found.order == ("A", "B", "C")
    assert path(found, "odd") == expected
    assert {name: getattr(found, name) for name in counted} == counted


def test_stages_entered_on_closing_are_ends(make_tables: Make) -> None:
    ends = [*events("usual 1", ("Closed won", 30)), *events("usual 2", ("Closed lost", 40))]
    found = entries(make_tables(on(50), deals=PLAIN_DEALS, stage_events=[*PLAIN, *ends]))
    assert found.order == ("A", "B", "C") and found.ends == ("Closed lost", "Closed won")
    assert path(found, "usual 2")[-1] == ("C", 9, 40, 0, 1)


def test_events_of_no_deal_and_deals_without_events_are_counted(make_tables: Make) -> None:
    deals = [*PLAIN_DEALS, deal("bare", "won", 8)]
    found = entries(make_tables(on(50), deals=deals, stage_events=[*PLAIN, *events("ghost", ("A", 1))]))
    assert (found.strays, found.without, found.deals) == (1, 1, 3)
    told = followed_entries(make_tables(on(50), deals=deals, stage_events=[*PLAIN, *events("ghost", ("A", 1))]))
    assert told is not None and {"losses.events_strays", "losses.deals_without"} <= {note.id for note in told.notes}


def test_the_order_is_that_in_which_more_deals_enter() -> None:
    """B before A twice, A before B once; C last; days that tie say nothing."""
    ways = ["BAC", "BAC", "ABC", "AC", "BC"]
    rows = [{"deal_id": i, "name": name, "day": day} for i, way in enumerate(ways) for day, name in enumerate(way)]
    rows += [{"deal_id": "tie", "name": name, "day": 0} for name in "CBA"]
    assert order_of(pd.DataFrame(rows)) == ("B", "A", "C")


def _random(rng: random.Random) -> tuple[Rows, Rows]:
    """Return deals and events that go any way: back, again, past the closing, or nowhere."""
    deals: Rows = []
    told: Rows = []
    for i in range(150):
        status = rng.choice(["open", "won", "lost"])
        name = f"D{i:03}"
        closed = None if status == "open" else rng.randrange(100, 300)
        deals.append(
            deal(name, status, closed, team=rng.choice(["N", "S", None]), rep=rng.choice(["Ann", "Bob", None]))
        )
        at, place = rng.randrange(0, 60), rng.choice([0, 0, 0, 0, 1])
        for _ in range(rng.randrange(0, 7)):
            told += events(name, ("PQRS"[place], at))
            at += rng.choice([0, 5, 20, 60])
            place = min(max(place + rng.choice([1, 1, 1, 1, 2, -1, 0]), 0), 3)
    rng.shuffle(told)
    return deals, told


def _twin(deals: Rows, told: Rows, order: tuple[str, ...], as_of: int) -> set[tuple[str, str, int, int, str]]:
    """Every deal by itself, event after event."""
    found = set()
    for one in deals:
        closed = None if one["closed_at"] is None else (one["closed_at"] - DAY).days
        own = [(order.index(e["stage"]), (e["entered_at"] - DAY).days) for e in told if e["deal_id"] == one["deal_id"]]
        own = [(stage, day) for stage, day in own if closed is None or day <= closed]
        way: list[tuple[int, int]] = []
        for stage, day in sorted(own, key=lambda event: (event[1], event[0])):
            if not way or stage > way[-1][0]:
                way.append((stage, day))
        for i, (stage, day) in enumerate(way):
            last = i + 1 == len(way)
            left = (as_of if closed is None else closed) if last else way[i + 1][1]
            end = {"won": "passed", "lost": "lost", "open": "still"}[one["status"]] if last else "passed"
            found.add((one["deal_id"], order[stage], day, left, end))
    return found


@pytest.mark.parametrize("seed", range(8))
def test_entries_are_what_going_through_each_deal_finds(
    make_tables: Make, as_duckdb: Callable[[Tables], Tables], seed: int
) -> None:
    deals, told = _random(random.Random(seed))
    tables = make_tables(on(400), deals=deals, stage_events=told)
    found = entries(tables)
    seen = {(name, *way) for name in found.rows["deal_id"].unique() for way in path(found, name)}
    ends = {(1, 0): "passed", (0, 1): "lost", (0, 0): "still"}
    assert found.order == ("P", "Q", "R", "S")
    assert {(n, s, a, b, ends[p, q]) for n, s, a, b, p, q in seen} == _twin(deals, told, found.order, 400)
    pd.testing.assert_frame_equal(found.rows, entries(as_duckdb(tables)).rows, check_dtype=False)
    lost = found.rows[found.rows["lost"] == 1]
    assert not lost["deal_id"].duplicated().any()  # a deal is lost in one stage
    assert (found.rows["left"] >= found.rows["day"]).all()


@pytest.mark.parametrize("seed", range(3))
def test_every_entry_followed_is_passed_lost_or_still_there(make_tables: Make, seed: int) -> None:
    deals, told = _random(random.Random(seed))
    found = followed_entries(make_tables(on(700), deals=deals, stage_events=told))
    assert found is not None and len(found.rows)
    for by in ((), ("team", "rep"), ("month",), ("deal_type", "quarter", "tenure", "ago")):
        sums = stage_counts(found, by)
        assert (sums["entered"] == sums["passed"] + sums["lost"] + sums["still"]).all()
        assert sums["entered"].sum() == len(found.rows)


def _censored(rng: np.random.Generator, conversion: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Deals that come ever faster; going on takes 20 days on average, being lost 90; as_of is day 900."""
    count = 6000
    entered = np.sort(900 * rng.random(count) ** 0.25).astype(int)
    goes = rng.random(count) < conversion
    left = entered + 1 + rng.exponential(np.where(goes, 20, 90)).astype(int)
    shut = left + np.where(goes, 5, 0)
    status = np.where(shut > 900, "open", np.where(goes, "won", "lost"))
    days = np.datetime64(DAY) + np.column_stack([entered, left, shut]).astype("timedelta64[D]")
    days = days.astype("datetime64[s]")
    names = [f"D{i:04}" for i in range(count)]
    deals = pd.DataFrame({"deal_id": names, "status": status, "created_at": days[:, 0], "amount": 100})
    deals["closed_at"] = pd.Series(days[:, 2]).where(status != "open")
    seen = goes & (left <= 900)
    told = [
        pd.DataFrame({"deal_id": names, "stage": "First", "entered_at": days[:, 0]}),
        pd.DataFrame({"deal_id": np.array(names)[seen], "stage": "Second", "entered_at": days[seen, 1]}),
    ]
    return deals, pd.concat(told, ignore_index=True)


def test_open_deals_are_neither_lost_nor_gone_on(make_tables: Make) -> None:
    """The truth is 60 %. Taking open deals as lost says less, leaving them out says more: both by far too much."""
    deals, told = _censored(np.random.default_rng(1), 0.6)
    tables = make_tables(on(900), deals=deals, stage_events=told)
    found = followed_entries(tables)
    assert found is not None
    first = stage_counts(found, ()).iloc[0]
    rate = first["passed"] / first["entered"]
    error = np.sqrt(0.24 / first["entered"])
    assert abs(rate - 0.6) < 3 * error + 0.01  # the horizon leaves out one in a hundred of those that go on
    rows = entries(tables).rows
    naive = rows[rows["stage"] == 0]
    passed, lost = naive["passed"].sum(), naive["lost"].sum()
    as_lost, dropped = passed / len(naive), passed / (passed + lost)
    assert as_lost < 0.6 - 4 * error and dropped > 0.6 + 4 * error
    assert found.young > 0 and found.horizons[0] == pytest.approx(20 * np.log(100), abs=12)


def test_a_team_that_only_takes_longer_does_not_convert_less(make_tables: Make) -> None:
    rng = np.random.default_rng(2)
    count = 4000
    slow = np.arange(count) % 2 == 0
    entered = (900 * rng.random(count)).astype(int)
    goes = rng.random(count) < 0.7
    left = entered + 1 + rng.exponential(np.where(slow, 60, 15)).astype(int)
    rows, told = [], []
    for i in range(count):
        status = "open" if left[i] > 900 else "won" if goes[i] else "lost"
        when = None if status == "open" else int(left[i])
        rows.append(deal(f"{i}", status, when, team="slow" if slow[i] else "fast"))
        told += events(f"{i}", ("Only", int(entered[i])))
    found = followed_entries(make_tables(on(900), deals=rows, stage_events=told))
    assert found is not None
    sums = stage_counts(found, ("team",)).set_index("team")
    rates = sums["passed"] / sums["entered"]
    assert abs(rates["slow"] - rates["fast"]) < 0.06 and found.horizons[0] > 200


def test_deals_from_before_the_data_begins_are_left_out(make_tables: Make) -> None:
    """The first closing is on day 100; a deal that entered before was seen only because it lived so long."""
    rows = [deal(f"{i}", "won", 100 + i) for i in range(200)]
    told = [row for i in range(200) for row in events(f"{i}", ("Only", 60 + i))]
    found = followed_entries(make_tables(on(700), deals=rows, stage_events=told))
    assert found is not None and found.rows["day"].min() == day_number(on(100))


def test_who_had_the_deal_when_it_left_the_stage(make_tables: Make) -> None:
    reps = [
        {"rep": "Old", "team": "N", "hired_on": date(2015, 1, 1)},
        {"rep": "New", "team": "N", "hired_on": on(8)},
        {"rep": "Nobody knows", "team": "N", "hired_on": None},
    ]
    deals = [
        deal("handed", "won", 30, rep="New"),
        deal("untold", "won", 30, rep="New"),
        deal("dark", rep="Nobody knows"),
    ]
    log = [
        {"deal_id": "handed", "field": "rep", "value": "Old", "changed_at": on(0)},
        {"deal_id": "handed", "field": "rep", "value": "New", "changed_at": on(15)},
    ]
    told = [row for name in ("handed", "untold") for row in events(name, ("A", 0), ("B", 5), ("C", 20))]
    tables = make_tables(
        on(50), deals=deals, stage_events=[*told, *events("dark", ("A", 1))], deal_changes=log, reps=reps
    )
    rows = entries(tables).rows
    of = {name: part["rep"].tolist() for name, part in rows.groupby("deal_id")}
    assert of == {"handed": ["Old", "New", "New"], "untold": [None, "New", "New"], "dark": ["Nobody knows"]}
    bands = {name: part["tenure"].tolist() for name, part in rows.groupby("deal_id")}
    assert bands == {"handed": [len(BANDS), BEFORE, 0], "untold": [UNKNOWN, BEFORE, 0], "dark": [UNKNOWN]}


@pytest.mark.parametrize(
    ("deals", "told"),
    [
        ([deal("a"), deal("b")], [*events("a", ("A", 0)), *events("b", ("A", 3), ("B", 9))]),  # all open
        ([], []),
        ([deal("a", "won", 5)], []),
        ([deal("a", "lost", 5)], events("a", ("Closed", 5))),  # nothing but ends
    ],
)
def test_where_nothing_can_be_followed_there_are_no_rows(make_tables: Make, deals: Rows, told: Rows) -> None:
    frames = {
        "deals": pd.DataFrame(deals, columns=["deal_id", "status", "created_at", "closed_at", "amount"]),
        "stage_events": pd.DataFrame(told, columns=["deal_id", "stage", "entered_at"]),
    }
    found = followed_entries(make_tables(on(400), **frames))
    assert found is not None and found.rows.empty


def test_without_stage_events_there_is_nothing(make_tables: Make) -> None:
    tables = make_tables(on(50), deals=PLAIN_DEALS)
    assert stage_entries(tables) is None and followed_entries(tables) is None


def test_all_lost_is_lost(make_tables: Make) -> None:
    rows = [deal(f"{i}", "lost", 10 + i % 20) for i in range(60)]
    told = [row for i in range(60) for row in events(f"{i}", ("A", 10))]
    found = followed_entries(make_tables(on(400), deals=rows, stage_events=told))
    assert found is not None
    assert stage_counts(found, ())[["entered", "passed", "lost", "still"]].iloc[0].tolist() == [60, 0, 60, 0]


def test_deals_know_their_account(make_tables: Make) -> None:
    accounts = [{"account_id": "X", "industry": "Health", "size": "Small"}]
    deals = [deal("a", account_id="X", product="bolt"), deal("b", account_id="Y"), deal("c")]
    rows = described(make_tables(on(50), deals=deals, accounts=accounts))
    assert rows["industry"].tolist() == ["Health", None, None] and rows["product"].tolist() == ["bolt", None, None]


def test_sizes_that_are_numbers_of_people_are_banded() -> None:
    employees = pd.Series([str(n) for n in [5, 7, 9, 20, 40, 80, 200, 900, 1600, 4000]] + [None])
    banded = size_bands(employees)
    assert banded.tolist()[:-1] == ["5-9"] * 3 + ["20-40"] * 2 + ["80-200"] * 2 + ["900-4000"] * 3
    assert pd.isna(banded.iloc[-1])
    for kept in (["Small", "Large", None], ["1", "2", "3"], [*map(str, range(20)), "many"]):
        assert size_bands(pd.Series(kept, dtype="object")).tolist() == kept


def test_deals_won_are_counted_in_cohorts_old_enough(make_tables: Make) -> None:
    deals, _ = _censored(np.random.default_rng(3), 0.45)
    found = outcomes(make_tables(on(900), deals=deals))
    assert found is not None and found.horizon is not None
    rate = found.rows["won"].mean()
    assert abs(rate - 0.45) < 3 * np.sqrt(0.25 / len(found.rows)) + 0.01
    decided = deals[deals["status"] != "open"]
    assert (decided["status"] == "won").mean() > 0.45 + 5 * np.sqrt(0.25 / len(decided))


def test_without_days_of_creation_deals_decided_are_judged(make_tables: Make) -> None:
    rows = [{**deal(f"{i}", "won" if i % 3 else "lost", i), "created_at": None} for i in range(300)]
    found = outcomes(make_tables(on(365), deals=[*rows, deal("open")]))
    assert found is not None and found.horizon is None
    assert (len(found.rows), int(found.rows["won"].sum())) == (300, 200)
    assert found.notes[0].id == "strengths.decided"
    assert outcomes(make_tables(on(365), deals=[deal("open")])) is None


def test_what_wins_of_the_last_year_brought(make_tables: Make) -> None:
    rows = [
        deal("old", "won", -500, team="N", deal_type="new"),
        deal("a", "won", 10, team="N", deal_type="new", amount=300),
        deal("b", "won", 20, team="N", deal_type="new", amount=500),
        deal("c", "won", 20, team="N", deal_type="new", amount=None),
        deal("d", "lost", 20, team="N", deal_type="new", amount=900),
    ]
    found = won_amounts(make_tables(date(2024, 3, 31), deals=rows))
    assert found.to_dict("records") == [{"team": "N", "deal_type": "new", "deals": 2, "total": 8.0, "squares": 34.0}]
