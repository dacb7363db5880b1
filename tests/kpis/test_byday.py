"""Flows day by day and steps within spans, against the rows read one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.kpis.byday import flow_by_day, flow_by_rep, open_by_rep, steps_within
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import day_number, month_name

OWNERS = (COMPANY, Owner("North"), Owner("South"), Owner("North", "Ann"))
BELOW = {"North": {"North"}, "South": {"South", "East"}}


def mine(row: Any, owner: Owner) -> bool:
    if owner.rep is not None:
        return not pd.isna(row.rep) and bool(row.rep == owner.rep)
    return owner.team is None or (not pd.isna(row.team) and row.team in BELOW[owner.team])


def within(day: Any, first: int, last: int) -> bool:
    return not pd.isna(day) and first <= day <= last


def rows(tables: Tables, name: str, owner: Owner) -> list[Any]:
    frame = tables.frame(name).collect("pandas").to_native()
    return [row for row in frame.itertuples() if mine(row, owner)]


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("seed", [1, 2])
def test_revenue_by_day_is_that_of_the_deals_won(draw: Callable[..., Tables], owner: Owner, seed: int) -> None:
    tables = draw(seed)
    expected: dict[int, int] = {}
    for deal in rows(tables, "deals", owner):
        if deal.status == "won":
            amount = 0 if pd.isna(deal.amount) else int(deal.amount)
            expected[int(deal.closed_at_day)] = expected.get(int(deal.closed_at_day), 0) + amount
    flow = flow_by_day(tables, owner, "revenue")
    assert flow is not None
    assert dict(zip(flow.frame["day"], flow.frame["amount"], strict=True)) == expected
    if owner == COMPANY:
        assert month_name(flow.last) == "2025-12"


def test_invoices_count_with_their_credit_notes_and_recurring_revenue_has_no_days(draw: Callable[..., Tables]) -> None:
    tables = draw(3, "invoices")
    flow = flow_by_day(tables, COMPANY, "revenue")
    assert flow is not None
    assert int(flow.frame["amount"].sum()) == sum(int(row.amount) for row in rows(tables, "invoices", COMPANY))
    assert flow_by_day(draw(3, "mrr"), COMPANY, "revenue") is None
    assert flow_by_day(tables, COMPANY, "win_rate") is None


def test_leads_are_counted_when_they_qualify(draw: Callable[..., Tables]) -> None:
    tables = draw(4)
    flow = flow_by_day(tables, Owner("South"), "qualified_leads")
    assert flow is not None
    assert int(flow.frame["amount"].sum()) == sum(
        not pd.isna(lead.qualified_at_day) for lead in rows(tables, "leads", Owner("South"))
    )
    assert flow_by_day(tables, Owner("North", "Ann"), "qualified_leads") is None, "its leads name no rep"


def test_what_reps_brought_and_what_they_have_open_adds_up(draw: Callable[..., Tables]) -> None:
    tables, north = draw(5), Owner("North")
    first, last = day_number(date(2025, 10, 1)), day_number(date(2025, 11, 15))
    found = flow_by_rep(tables, north, "revenue", first, last)
    flow = flow_by_day(tables, north, "revenue")
    assert flow is not None
    assert int(found["amount"].sum()) == int(flow.frame[flow.frame["day"].between(first, last)]["amount"].sum())
    opened = open_by_rep(tables, north)
    deals = [deal for deal in rows(tables, "deals", north) if deal.status == "open"]
    assert int(opened["deals"].sum()) == len(deals)
    assert int(opened["amount"].sum()) == sum(0 if pd.isna(deal.amount) else int(deal.amount) for deal in deals)


@pytest.mark.parametrize("owner", OWNERS[:3])
def test_steps_within_spans(draw: Callable[..., Tables], owner: Owner) -> None:
    tables = draw(6)
    spans = tuple(
        (day_number(day), day_number(day + timedelta(days=45))) for day in (date(2025, 10, 1), date(2025, 7, 1))
    )
    found = steps_within(tables, owner, spans)
    columns = ("step", "first", "count", "known")
    got = {(step, day): (count, known) for step, day, count, known in zip(*(found[c] for c in columns), strict=True)}
    for first, last in spans:
        created = [d for d in rows(tables, "deals", owner) if within(d.created_at_day, first, last)]
        priced = [int(deal.amount) for deal in created if not pd.isna(deal.amount)]
        won = [d for d in rows(tables, "deals", owner) if d.status == "won" and within(d.closed_at_day, first, last)]
        leads = [lead for lead in rows(tables, "leads", owner) if within(lead.created_at_day, first, last)]
        assert got["opportunities", first] == (len(created), len(created))
        assert got["pipeline", first] == (sum(priced), len(priced))
        assert got["won", first] == (len(won), len(won))
        assert got["leads", first] == (len(leads), len(leads))


def test_a_span_that_begins_before_the_table_is_not_known(draw: Callable[..., Tables]) -> None:
    early = (day_number(date(2023, 10, 1)), day_number(date(2023, 11, 15)))
    assert steps_within(draw(6), COMPANY, (early,)).empty


def test_a_company_without_leads_and_activities_has_the_steps_of_its_deals(make_tables: Callable[..., Tables]) -> None:
    deal = {"deal_id": "1", "status": "won", "created_at": date(2025, 1, 3), "closed_at": date(2025, 1, 3), "amount": 5}
    tables = make_tables(deals=[deal])
    span = (day_number(date(2025, 1, 3)), day_number(date(2025, 12, 31)))
    assert sorted(steps_within(tables, COMPANY, (span,))["step"]) == ["opportunities", "pipeline", "won"]
