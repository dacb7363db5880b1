"""The gap: Shapley values by hand and against all orders, identities that are exact, parts that add up to the cent."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.follow.facts import Facts, facts
from salesgoals_kit.follow.gap import Gap, made_up
from salesgoals_kit.follow.identity import Case, identity_of
from salesgoals_kit.follow.parts import Part
from salesgoals_kit.follow.review import Review, review
from salesgoals_kit.follow.shapley import Value, shapley, whole_parts
from salesgoals_kit.kpis.drivers import drivers
from salesgoals_kit.kpis.overdue import Slips
from salesgoals_kit.owners import COMPANY
from salesgoals_kit.periods import parse_period
from salesgoals_kit.store.rows import DriverRow, GoalRow, OutlookRow
from salesgoals_kit.store.visible import KINDS, Visible

Q1 = parse_period("2025Q1")
Q4 = Q1.shifted(-1)
DAY = date(2025, 4, 30)


def naive(value: Value, then: list[float], now: list[float]) -> list[float]:
    """Move the drivers one after the other, in every order there is."""
    sums = [0.0] * len(then)
    for order in permutations(range(len(then))):
        at = list(then)
        for i in order:
            before = value(at)
            at[i] = now[i]
            sums[i] += value(at) - before
    return [total / math.factorial(len(then)) for total in sums]


def test_two_drivers_by_hand() -> None:
    # price 10 -> 12, units 2 -> 3: alone at old and new others 2 * (2 + 3) / 2 = 5 and 1 * (10 + 12) / 2 = 11
    assert shapley(lambda v: v[0] * v[1], (10.0, 2.0), (12.0, 3.0)) == pytest.approx((5.0, 11.0))


def test_the_glove_game_of_the_textbook() -> None:
    # two left gloves, one right; a pair is worth 1: Shapley values 1/6, 1/6, 4/6
    pairs: Value = lambda v: min(v[0] + v[1], v[2])  # noqa: E731
    assert shapley(pairs, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)) == pytest.approx((1 / 6, 1 / 6, 4 / 6))


numbers = st.floats(-1e6, 1e6, allow_nan=False)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=5), st.integers(0, 2))
def test_it_agrees_with_all_orders_and_adds_up(ends: list[tuple[float, float]], kind: int) -> None:
    values: tuple[Value, ...] = (math.prod, math.fsum, lambda v: max(v) * v[0])
    then, now = ([end[i] for end in ends] for i in (0, 1))
    found = shapley(values[kind], then, now)
    size = max(abs(values[kind](list(some))) for some in (then, now)) + sum(map(abs, found)) + 1
    assert found == pytest.approx(naive(values[kind], then, now), abs=1e-9 * size)
    assert sum(found) == pytest.approx(values[kind](now) - values[kind](then), abs=1e-9 * size)


def test_who_stayed_did_nothing_and_who_is_alike_did_the_same() -> None:
    found = shapley(math.prod, (2.0, 3.0, 3.0), (2.0, 5.0, 5.0))
    assert found[0] == 0
    assert found[1] == pytest.approx(found[2])


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=8))
def test_whole_parts_come_to_the_whole_and_are_next_to_the_exact(parts: list[float]) -> None:
    total = round(math.fsum(parts))
    found = whole_parts(parts, total)
    assert sum(found) == total
    assert all(abs(whole - part) < 1 + 1e-6 for whole, part in zip(found, parts, strict=True))


def case(kind: str, rng: np.random.Generator, **given: Any) -> Case:
    """Give a case of plausible numbers, any of which may be missing or nothing."""
    names = [
        *("leads", "qualification", "win_rate", "deal_size", "on_time", "from_leads", "decided", "price"),
        *("unit_cost", "recurring_revenue", "churn", "other_costs", "units"),
    ]
    rates = {"qualification", "win_rate", "on_time", "from_leads", "churn", "other_costs"}

    def some() -> dict[str, float]:
        drawn = {name: float(rng.uniform(0, 1 if name in rates else 1e4)) for name in names}
        return {name: value * (rng.random() > 0.1) for name, value in drawn.items() if rng.random() > 0.1}

    kpi, revenue = kind.split(" ")
    rate = kpi == "margin"
    basic: dict[str, Any] = {
        "kpi": kpi, "revenue": revenue, "then": some(), "now": some(), "months": int(rng.choice([1, 3, 12])),
        "expected": float(rng.uniform(-0.5, 0.9) if rate else rng.uniform(0, 1e6)),
        "actual": float(rng.uniform(-2.0, 1.0) if rate else rng.uniform(0, 1e6)),
        "slipped": None if rng.random() < 0.2 else int(rng.integers(0, 40)),
        "paid": None if rng.random() < 0.1 else float(rng.uniform(0, 1e5)),
        "foreseen": {} if rng.random() < 0.5 else {"win_rate": 0.3, "qualified_leads": 80.0},
    }  # fmt: skip
    return Case(**{**basic, **given})


KIND_OF_CASES = (
    "revenue deals",
    "revenue invoices",
    "revenue mrr",
    "mrr mrr",
    "arr deals",
    "margin deals",
    "margin mrr",
)


@pytest.mark.parametrize("kind", KIND_OF_CASES)
def test_what_was_frozen_gives_the_expectation_whatever_is_missing(kind: str) -> None:
    rng = np.random.default_rng(len(kind))
    split = 0
    for _ in range(300):
        one = case(kind, rng)
        found = identity_of(one)
        if isinstance(found, str):
            continue
        split += 1
        then = found.value([factor.then for factor in found.factors])
        assert then == pytest.approx(one.expected, rel=1e-9, abs=1e-9)
        if one.kpi != "revenue" or one.revenue == "mrr":  # these have nothing that could be left over
            assert found.value([factor.now for factor in found.factors]) == pytest.approx(
                one.actual, rel=1e-9, abs=1e-9
            )
    assert split > 100


# --- the whole way, from tables


def deals_of(rng: np.random.Generator, count: int, **given: Any) -> pd.DataFrame:
    """Give random deals of two years up to the day, all with amounts and days on which they were expected."""
    created = [date(2023, 6, 1) + timedelta(days=int(day)) for day in rng.integers(0, 660, count)]
    status = given.pop("status", None) or [str(some) for some in rng.choice(["won", "lost", "open"], count)]
    closed = [
        None if how == "open" else min(day + timedelta(days=int(rng.exponential(60))), DAY)
        for day, how in zip(created, status, strict=True)
    ]
    rows = {
        "deal_id": [f"D{i}" for i in range(count)], "status": status, "created_at": created, "closed_at": closed,
        "amount": rng.integers(100, 5_000_000, count), "cost": rng.integers(50, 4_000_000, count),
        "list_price": rng.integers(5_000, 6_000_000, count), "rep": "Ann", "account_id": "x",
        "expected_close_at": [day + timedelta(days=60) for day in created],
    }  # fmt: skip
    return pd.DataFrame({**rows, **given})


def leads_of(rng: np.random.Generator, deals: int) -> pd.DataFrame:
    count = 2 * deals
    created = [date(2023, 6, 1) + timedelta(days=int(day)) for day in rng.integers(0, 690, count)]
    qualified = [day + timedelta(days=3) if rng.random() < 0.6 else None for day in created]
    deal = [f"D{i}" if i < deals // 2 else None for i in range(count)]
    rows = {"lead_id": [f"L{i}" for i in range(count)], "created_at": created, "qualified_at": qualified}
    return pd.DataFrame({**rows, "deal_id": deal})


def frozen(company: Company, tables: Tables, expected: dict[str, float], goals: dict[str, float]) -> Visible:
    """Give the ledger's rows: the drivers of the quarter before, outlooks with these middles, and goals."""
    basic: dict[str, Any] = {"owner": COMPANY, "period": Q1.name, "template": "goal_setting", "as_of": Q4.end}
    found = drivers(tables, COMPANY, (Q4.first, Q4.last))
    rows: list[Any] = [
        DriverRow(name=name, value=value, unit="count", **basic) for name, value in found.items() if value is not None
    ]
    for kpi, middle in expected.items():
        record: dict[str, Any] = {"draws": 1000, "lowest": middle - 1, "highest": middle + 1}
        record["quantiles"] = {str(level): middle + (level - 50) / 1000 for level in range(5, 100, 5)}
        rows.append(OutlookRow(kpi=kpi, method="m", record=record, **basic))
    rows += [GoalRow(kpi=kpi, level="target", value=value, chance=0.5, **basic) for kpi, value in goals.items()]
    return Visible({kind: tuple(row for row in rows if isinstance(row, kind)) for kind in KINDS})


def looked_back(frames: dict[str, pd.DataFrame], goals: dict[str, float] | None = None, **given: Any) -> Review:
    sources = {name: {"path": f"{name}.csv"} for name in frames}
    company = Company.model_validate({"version": 1, "name": "Acme", "sources": sources, **given})
    tables = tables_from_frames(frames, company, DAY)
    seen = frozen(company, tables, {"revenue": 123_456.78, "margin": 0.31}, goals or {"revenue": 150_000.03})
    return review(COMPANY, Q1, DAY, company, facts=facts(tables, COMPANY, Q1), visible=seen)


def split_of(found: Review, kpi: str = "revenue") -> Gap:
    return next(gap for gap in found.gaps if gap.kpi.name == kpi)


@pytest.mark.parametrize("seed", range(12))
def test_the_parts_of_random_data_add_up_to_the_cent(seed: int) -> None:
    rng = np.random.default_rng(seed)
    deals = deals_of(rng, 200)
    frames = {"deals": deals} | ({"leads": leads_of(rng, 200)} if seed % 2 else {})
    found = looked_back(frames, {"revenue": float(rng.uniform(1e4, 1e7)), "margin": 0.4})
    for kpi in ("revenue", "margin"):
        gap = split_of(found, kpi)
        assert not gap.lacking
        assert gap.goal is not None
        whole = round(gap.actual * gap.scale) - round(gap.goal * gap.scale)
        assert sum(part.whole for part in gap.parts) == whole
        assert "other" not in {part.name for part in gap.parts}, "the product is exact where all deals have amounts"
    names = [part.name for part in split_of(found).parts]
    assert names[0] == "asked"
    assert names[-3:] == ["on_time", "win_rate", "deal_size"]
    assert ("leads" in names) == (seed % 2 == 1)


def test_revenue_by_hand(company: Company) -> None:
    """Expected 100 = 20 due x 0.8 on time x 0.25 x 25; came 30 due, 24 decided, 6 won, 20 each, one without amount."""
    then = {"on_time": 0.8, "win_rate": 0.25, "deal_size": 25.0}
    now = {"decided": 24.0, "win_rate": 0.25, "deal_size": 20.0}
    found = identity_of(Case("revenue", "deals", 100.0, 100.0, then, now, slipped=6))
    assert not isinstance(found, str)
    assert [(f.name, f.then, f.now) for f in found.factors] == [
        ("due", 20.0, 30.0),
        ("on_time", 0.8, 0.8),
        ("win_rate", 0.25, 0.25),
        ("deal_size", 25.0, 20.0),
    ]
    # 0.2 x (due x size): 10 more at (25 + 20) / 2 are 45, 5 less of (20 + 30) / 2 are -25; 20 are left: 5 of 6 had one
    ends = [[f.then for f in found.factors], [f.now for f in found.factors]]
    assert shapley(found.value, *ends) == pytest.approx((45.0, 0.0, 0.0, -25.0))


def test_deals_won_without_an_amount_are_a_part_of_their_own() -> None:
    deals = deals_of(np.random.default_rng(3), 200)
    won = deals.index[
        (deals["status"] == "won") & pd.Series([d is not None and Q1.start <= d <= Q1.end for d in deals["closed_at"]])
    ]
    deals["amount"] = deals["amount"].astype("Int64")
    deals.loc[won[:2], "amount"] = pd.NA
    gap = split_of(looked_back({"deals": deals}))
    size = next(part.now for part in gap.parts if part.name == "deal_size")
    other = next(part for part in gap.parts if part.name == "other")
    assert size is not None
    assert gap.amount(other) == pytest.approx(-2 * size, abs=0.02)
    assert sum(part.whole for part in gap.parts) == round(gap.actual * 100) - 15_000_003


def test_what_slipped_is_said_and_is_a_part(company: Company) -> None:
    gap = split_of(looked_back({"deals": deals_of(np.random.default_rng(5), 200)}))
    said = {note.id for note in gap.notes}
    assert {"gap.slipped", "gap.moved_unseen", "gap.no_leads"} <= said
    assert any(part.name == "on_time" for part in gap.parts)


@pytest.mark.parametrize("status", ["open", "lost"])
def test_all_open_and_all_lost(status: str) -> None:
    rng = np.random.default_rng(1)
    deals = deals_of(rng, 120)
    recent = pd.Series([day >= date(2024, 12, 1) for day in deals["created_at"]])
    deals.loc[recent, "status"] = status
    closing = [day + timedelta(days=10) if status == "lost" else None for day in deals.loc[recent, "created_at"]]
    deals.loc[recent, "closed_at"] = pd.Series(closing, index=deals.index[recent], dtype="object")
    later = pd.Series([day is not None and not pd.isna(day) and day >= Q1.start for day in deals["closed_at"]])
    deals = deals[recent | ~later].reset_index(drop=True)
    found = looked_back({"deals": deals}, {"revenue": 150_000.0})
    gaps = [gap for gap in found.gaps if gap.kpi.name == "revenue"]
    for gap in gaps:
        assert (gap.actual, sum(part.whole for part in gap.parts)) == (0.0, -15_000_000)
        assert all(math.isfinite(part.now or 0.0) for part in gap.parts)
    assert gaps or status == "open", "where nothing closes at all, nobody knows whether the months are whole"


def test_one_rep_one_month_and_nothing_before(company: Company) -> None:
    rows = [
        {
            "deal_id": str(i),
            "status": "won",
            "created_at": date(2025, 1, 2),
            "closed_at": date(2025, 3, 3 + i),
            "amount": 100,
        }
        for i in range(3)
    ]
    found = looked_back({"deals": pd.DataFrame(rows)})
    assert found.gaps == ()  # the quarter is not known whole, so it has no figure that could be split
    assert found.kpis[0].actual is None


def test_goals_that_were_frozen_without_their_drivers_say_which_are_missing() -> None:
    for then, lacks in (
        ({}, "win_rate"),
        ({"win_rate": 0.5}, "deal_size"),
        ({"win_rate": 0.5, "deal_size": 1.0}, "deals"),
    ):
        assert identity_of(Case("revenue", "deals", 1.0, 1.0, then, {})) == lacks
    assert identity_of(Case("revenue", "invoices", 1.0, 1.0, {}, {"units": 1.0})) == "price"
    assert identity_of(Case("mrr", "deals", 1.0, 1.0, {"recurring_revenue": 1.0, "churn": 0.0}, {})) == "subscriptions"


def test_without_an_outlook_there_is_no_split(company: Company, visible: Callable[..., Visible]) -> None:
    goal = GoalRow(
        owner=COMPANY, period=Q1.name, template="goal_setting", as_of=Q4.end, kpi="revenue", level="target", value=1.0
    )
    found = review(COMPANY, Q1, DAY, company, facts=Facts({"revenue": 2.0}), visible=visible(goal))
    assert [said.id for gap in found.gaps for said in gap.lacking] == ["gap.no_outlook"]
    assert review(COMPANY, Q1, DAY, company, facts=Facts({"revenue": 2.0}), visible=visible()).gaps == ()


def test_negative_margins_are_split_like_others() -> None:
    rng = np.random.default_rng(8)
    deals = deals_of(rng, 200)
    deals["cost"] = (deals["amount"] * 1.4).round().astype("int64")
    gap = split_of(looked_back({"deals": deals}, {"revenue": 1.0, "margin": 0.2}), "margin")
    assert gap.actual == pytest.approx(-0.4, abs=1e-6)
    assert gap.scale == 1000
    assert sum(part.whole for part in gap.parts) == -600


def test_invoices_are_units_and_price_and_what_has_no_quantity_is_other() -> None:
    rng = np.random.default_rng(4)
    count = 150
    days = [date(2024, 1, 1) + timedelta(days=int(day)) for day in rng.integers(0, 480, count)]
    quantity = pd.array(
        [None if rng.random() < 0.1 else int(rng.integers(1, 9)) for _ in range(count)], dtype="Float64"
    )
    rows = {"invoice_id": [str(i) for i in range(count)], "account_id": "x", "invoiced_at": days}
    invoices = pd.DataFrame({**rows, "amount": rng.integers(-500, 90_000, count), "quantity": quantity})
    gap = split_of(looked_back({"invoices": invoices}, revenue="invoices"))
    assert [part.name for part in gap.parts] == ["asked", "units", "price", "other"]
    assert gap.parts[2].unit == "money"
    assert sum(part.whole for part in gap.parts) == round(gap.actual * 100) - 15_000_003
    blank = sum(
        amount for amount, many, day in zip(invoices["amount"], quantity, days, strict=True)
        if many is pd.NA and Q1.start <= day <= Q1.end
    )  # fmt: skip
    assert gap.parts[3].whole == pytest.approx(blank, abs=1)


def test_recurring_revenue_by_hand(company: Company) -> None:
    """100 at the start and 2 % a month go to 100 x (3 - 0.02 x 6) = 288 over three months; 12 more were expected."""
    then, now = {"recurring_revenue": 100.0, "churn": 0.02}, {"churn": 0.05}
    found = identity_of(Case("revenue", "mrr", 300.0, 330.0, then, now, paid=110.0, months=3))
    assert not isinstance(found, str)
    assert [(f.name, f.then, round(f.now, 9)) for f in found.factors] == [
        ("recurring_revenue", 100.0, 110.0),
        ("churn", 0.02, 0.05),
        ("new_revenue", 12.0, 33.0),  # 110 x (3 - 0.3) = 297
    ]


def test_a_deal_s_cost_is_set_against_its_list_price() -> None:
    """Deals of half the size at half the cost moved nothing; 0.9 of the list price and 0.36 of it in cost are 60 %."""
    then = {"price": 0.9, "unit_cost": 400.0, "deal_size": 1000.0}
    now = {"price": 0.9, "unit_cost": 200.0, "deal_size": 500.0}
    found = identity_of(Case("margin", "deals", 0.6, 0.6, then, now))
    assert not isinstance(found, str)
    assert [(f.name, round(f.then, 9), round(f.now, 9)) for f in found.factors] == [
        ("price", 0.9, 0.9),
        ("cost_at_list", 0.36, 0.36),
        ("drift", 1.0, 1.0),
    ]


def test_what_began_as_leads_counts_as_one_for_the_finding() -> None:
    then = {"leads": 100.0, "qualification": 0.5, "from_leads": 1.0, "on_time": 1.0, "win_rate": 0.5, "deal_size": 10.0}
    now = {**then, "leads": 200.0, "decided": 50.0, "win_rate": 0.55}
    found = identity_of(Case("revenue", "deals", 250.0, 275.0, then, now, slipped=0))
    assert not isinstance(found, str)
    raw = dict(
        zip(
            [f.name for f in found.factors],
            shapley(found.value, *zip(*((f.then, f.now) for f in found.factors), strict=True)),
            strict=True,
        )
    )
    assert raw["leads"] > 150  # twice as many leads
    assert raw["leads"] + raw["deals_a_lead"] == pytest.approx(0, abs=15)  # but no more deals of them yet


def test_slips_are_no_part_where_nobody_knows_how_many_are_usual() -> None:
    then, now = {"win_rate": 0.5, "deal_size": 10.0}, {"decided": 20.0, "win_rate": 0.5, "deal_size": 10.0}
    found = identity_of(Case("revenue", "deals", 100.0, 100.0, then, now, slipped=7))
    assert not isinstance(found, str)
    assert [f.name for f in found.factors] == ["due", "win_rate", "deal_size"]
    assert Slips(7, 7, 1.0, 0, 0, 0, moved=True).slipped == 7


@pytest.mark.parametrize(("leads", "deals_a_lead", "expected"), [(400, -350, True), (-9, 4, True), (300, 42, False)])
def test_leads_are_said_to_show_later_only_where_the_deals_of_each_make_up_for_them(
    leads: int, deals_a_lead: int, expected: bool
) -> None:
    assert made_up([Part("leads", leads), Part("deals_a_lead", deals_a_lead)]) is expected
    assert not made_up([Part("due", leads)])
