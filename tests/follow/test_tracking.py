"""A running period as a whole: the goals of flows on their way, by what was agreed and known when they were set."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.follow.before import Before, outlook_before
from salesgoals_kit.follow.tracking import Tracking, tracking
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.calibration import Correction
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report import onway
from salesgoals_kit.report.text import Texts
from salesgoals_kit.store.rows import GoalRow
from tests.kpis.conftest import a_company, tables_of

Q4, AS_OF, FIRST = parse_period("2025Q4"), date(2025, 11, 15), date(2024, 1, 1)
REVENUE, LEADS = "revenue", "qualified_leads"
MONTHS = ("2025-10", "2025-11", "2025-12")


def at(day: date) -> Tables:
    """Return a company that wins a deal of 100 every third day and qualifies a lead every second."""
    days = [FIRST + timedelta(days=i) for i in range((day - FIRST).days + 1)]
    deals = [
        {"deal_id": f"D{d}", "status": "won", "created_at": d - timedelta(days=20), "closed_at": d, "amount": 100_00}
        for d in days[::3]
    ]
    leads = [{"lead_id": f"L{d}", "created_at": d, "qualified_at": d} for d in days[::2]]
    return tables_of(day, a_company(), deals=pd.DataFrame(deals), leads=pd.DataFrame(leads))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("book"))


def row(kpi: str, value: float, level: str = "target", period: str = "2025Q4", owner: Owner = COMPANY) -> GoalRow:
    template = "agree" if level == "agreed" else "goal_setting"
    return GoalRow(
        owner=owner, period=period, template=template, as_of=date(2025, 9, 30), kpi=kpi, level=level, value=value,
        chance=0.5, agreed_on=date(2025, 9, 30), agreed_by="Ann",
    )  # fmt: skip


def found_of(book: Book, goals: list[GoalRow], everybodys: list[GoalRow]) -> Tracking:
    return tracking(at(AS_OF), COMPANY, Q4, book, goals=goals, everybodys=everybodys, before=Before(at, FIRST, book))


def test_each_goal_of_a_flow_is_on_its_way_and_adds_up(book: Book) -> None:
    goals = [row(REVENUE, 3_000.0), row(LEADS, 50), row(LEADS, 45, "commit"), row("win_rate", 0.9)]
    found = found_of(book, goals, goals)
    assert list(found.ways) == [REVENUE, LEADS], "a rate has no parts that add up"
    leads = found.ways[LEADS].milestones
    days = [FIRST + timedelta(days=i) for i in range(0, 700, 2)]
    came = sum(date(2025, 10, 1) <= day <= AS_OF for day in days)
    assert (leads.goal, leads.so_far, leads.so_far + leads.left) == (50, came, 50)
    (october,) = leads.past
    assert (october.phase.name, october.came) == ("2025-10", sum((day.year, day.month) == (2025, 10) for day in days))
    assert all(one.value == int(one.value) for one in leads.ahead), "leads are counted in whole numbers"
    assert {one.name for one in leads.ahead} == {"2025-W47", "2025-W48", "2025-12"}
    page = str(onway.milestones_block(Texts("en_GB"), found).plain)
    assert " still needed for the goal of 50" in page
    assert page.count("still needed for the goal of") == 2


def test_what_was_proposed_for_single_months_is_no_agreed_month(book: Book) -> None:
    """Goals of the months were proposed as well; only November's leads were agreed on."""
    goals = [row(REVENUE, 3_000.0), row(LEADS, 50)]
    proposed = [
        row(kpi, 1.0, level, month) for kpi in (REVENUE, LEADS) for level in ("target", "stretch") for month in MONTHS
    ]
    agreed = [row(LEADS, 11, "agreed", "2025-11"), row(REVENUE, 7.0, "agreed", "2025-11", Owner("North"))]
    plain = found_of(book, goals, goals)
    found = found_of(book, goals, [*goals, *proposed, *agreed])
    assert found.ways[REVENUE].case.agreed == {}
    assert found.ways[REVENUE].milestones.past == plain.ways[REVENUE].milestones.past
    assert found.ways[LEADS].case.agreed == {Q4.first + 1: 11}


def test_leads_that_stop_before_the_day_are_told_beside_their_milestones(book: Book) -> None:
    def stopped(day: date) -> Tables:
        known = at(day)
        frames = {name: known.frame(name).collect("pandas").to_native() for name in ("deals", "leads")}
        days = ["created_at", "qualified_at"]
        leads = frames["leads"][["lead_id", *days]]
        deals = frames["deals"][["deal_id", "status", "created_at", "closed_at", "amount"]]
        return tables_of(day, a_company(), deals=deals, leads=leads[leads["created_at"] < pd.Timestamp(2025, 10, 20)])

    goals = [row(LEADS, 50)]
    found = tracking(
        stopped(AS_OF), COMPANY, Q4, book, goals=goals, everybodys=goals, before=Before(stopped, FIRST, book)
    )
    page = str(onway.milestones_block(Texts("en_GB"), found).plain)
    assert "The last whole month in leads is September 2025; later months are unknown, not zero" in page


def test_who_agreed_on_every_month_has_their_sum_as_the_goal_of_any_flow(book: Book) -> None:
    months = [row(kpi, value, "agreed", month) for kpi, value in ((REVENUE, 900.0), (LEADS, 15)) for month in MONTHS]
    found = found_of(book, [row(LEADS, 50)], months)
    assert {one.kpi.name: (one.level, one.goal) for one in found.goals} == {
        REVENUE: ("agreed", 2_700.0),
        LEADS: ("agreed", 45.0),
    }
    assert found.ways[LEADS].milestones.past[0].asked_by_then == 15


def test_a_goal_as_it_was_set_does_not_know_what_scores_came_out_since(book: Book) -> None:
    """The outlook of before is corrected as it was then, whatever corrects that of today."""
    now = Book(book.folder, Correction(-1.0, 1.5, 40, 10))
    then = outlook_before(Before(at, FIRST, book), COMPANY, Q4, REVENUE)
    assert then is not None
    goals = [row(REVENUE, 3_000.0)]
    found = tracking(at(AS_OF), COMPANY, Q4, now, goals=goals, everybodys=goals, before=Before(at, FIRST, book))
    before = found.ways[REVENUE].case.before
    assert before is not None
    assert (before.draws == then.draws).all()
    assert not before.calibrated
    assert outlook_before(Before(at, date(2025, 10, 1), book), COMPANY, Q4, REVENUE) is None, "no data reached so far"
