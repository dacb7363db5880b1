"""How a running period goes: parts that add up, nothing from after as_of, and the ends of what can be known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.data.sample import LAST_DAY, sample_tables
from salesgoals_kit.errors import ParamError
from salesgoals_kit.follow.from_deals import Told, deal_parts, told_by_deals
from salesgoals_kit.follow.pace import Pace, pace
from salesgoals_kit.follow.running import Running, spread_over
from salesgoals_kit.follow.tried import tried_deals
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.goals.board import outlook_of
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.measure import measure
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report.text import Texts
from salesgoals_kit.run.folders import shipped
from tests.kpis.conftest import a_company, random_frames, tables_of

QUARTER = parse_period("2025Q1")
HALF = date(2025, 2, 14)
NORTH = Owner("North")
REVENUE = CATALOGUE["revenue"]
NEEDED = ("deals", "deal_changes", "stage_events", "leads", "reps", "assignments", "teams", "subscriptions")
Frames = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def company() -> Company:
    return load_company(shipped("params", "company.yaml"), TABLES, CATALOGUE)


@pytest.fixture(scope="module")
def frames() -> Frames:
    return {name: table for name, table in sample_tables(7).items() if name in NEEDED}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("book"))


@pytest.fixture(scope="module")
def seen(company: Company, frames: Frames) -> Callable[[date], Tables]:
    """Give the sample company as it was known on a day."""
    found: dict[date, Tables] = {}

    def at(day: date) -> Tables:
        if day not in found:
            found[day] = tables_from_frames(frames, company, day, known_on=LAST_DAY)
        return found[day]

    return at


def paced(tables: Tables, owner: Owner, book: Book, kpi: str = "revenue", period: Any = QUARTER) -> Pace:
    found = pace(tables, owner, period, book, kpi=kpi)
    assert found is not None
    return found


def read(tables: Tables, found: Pace) -> list[str]:
    texts = Texts.of(tables.company)
    said = (found.message, *found.method, *found.notes)
    return [texts.text(one).replace("\u00a0", " ").replace("\u2011", "-") for one in said]


@pytest.mark.parametrize("owner", [COMPANY, NORTH], ids=["company", "team"])
def test_closed_open_and_coming_are_the_whole_before_it_is_corrected(
    seen: Callable[[date], Tables], book: Book, owner: Owner
) -> None:
    tables = seen(HALF)
    running = Running(tables, owner, REVENUE, QUARTER, book)
    rest, told = running.rest(), told_by_deals(tables, owner, QUARTER)
    assert rest is not None
    assert isinstance(told, Told)
    parts = deal_parts(running, rest, told)
    assert np.array_equal(parts.draws, parts.closed + parts.opened + parts.coming)
    assert parts.months.sum(axis=1) == pytest.approx(parts.draws)
    found = paced(tables, owner, book)
    assert (found.closed, found.days_left) == (parts.closed, 45)
    assert np.array_equal(found.opened, parts.opened)
    assert np.array_equal(found.coming, parts.coming)
    assert set(found.outlook.draws) <= set(parts.draws)
    assert found.outlook.months.sum(axis=1) == pytest.approx(found.outlook.draws)
    assert found.outlook.draws.min() >= found.closed
    assert found.outlook.calibrated
    assert found.outlook.chance(found.outlook.goal(0.8)) == pytest.approx(0.8, abs=0.01)


def test_what_is_closed_is_what_the_rows_say(seen: Callable[[date], Tables], book: Book, frames: Frames) -> None:
    found = paced(seen(HALF), COMPANY, book)
    deals = frames["deals"]
    closed = deals["closed_at"].between(pd.Timestamp(QUARTER.start), pd.Timestamp(HALF)) & (deals["status"] == "won")
    assert found.closed == pytest.approx(deals.loc[closed, "amount"].sum() / 100, rel=0.01)  # but for later corrections
    assert int((deals["created_at"] <= pd.Timestamp(HALF)).sum()) > 0


def test_it_is_said_in_one_sentence_and_how_it_is_known(seen: Callable[[date], Tables], book: Book) -> None:
    said = read(seen(HALF), paced(seen(HALF), NORTH, book))
    assert "is closed; the" in said[0]
    assert "open deals should bring about" in said[0]
    assert any("The same was tried" in one for one in said)
    assert any("have no amount" in one for one in said)


def test_nothing_after_as_of_is_used(
    seen: Callable[[date], Tables], book: Book, frames: Frames, company: Company
) -> None:
    """The same past with another future: what came later is turned round, put off or left out."""
    day = pd.Timestamp(HALF)
    deals = frames["deals"][frames["deals"]["created_at"] <= day].copy()
    later = deals["closed_at"].isna() | (deals["closed_at"] > day)
    deals.loc[later, "status"] = np.where(np.arange(later.sum()) % 2 == 0, "won", "lost")
    deals.loc[later, "closed_at"] = day + pd.Timedelta(days=3)
    for column, value in (("amount", 99_999_900), ("stage", "Contract"), ("deal_type", "renewal")):
        deals.loc[later, column] = value
    changed = {
        **frames,
        "deals": deals,
        "deal_changes": frames["deal_changes"][
            (frames["deal_changes"]["changed_at"] <= day) & frames["deal_changes"]["deal_id"].isin(deals["deal_id"])
        ],
        "stage_events": frames["stage_events"][frames["stage_events"]["entered_at"] <= day],
    }
    other = tables_from_frames(changed, company, HALF, known_on=LAST_DAY)
    here, there = paced(seen(HALF), NORTH, book), paced(other, NORTH, book)
    assert np.array_equal(here.outlook.draws, there.outlook.draws)
    assert np.array_equal(here.opened, there.opened)
    assert here.message == there.message


def test_the_same_gives_the_same_and_can_be_handed_on(seen: Callable[[date], Tables], book: Book) -> None:
    tables = seen(HALF)
    told = told_by_deals(tables, NORTH, QUARTER)
    again = from_json(to_json(told))
    assert isinstance(told, Told)
    assert np.array_equal(told.opened, again.opened)
    assert (told.share, told.correction, told.method, told.notes) == (
        again.share,
        again.correction,
        again.method,
        again.notes,
    )


def test_tries_share_no_day_and_have_a_year_before_them(seen: Callable[[date], Tables]) -> None:
    """Deals close from January 2022 on. With 45 days left: every quarter's end from March 2023; of a year: two."""
    tables = seen(HALF)
    quarters, year = tried_deals(tables, QUARTER), tried_deals(tables, parse_period("2025"))
    assert (quarters.periods, quarters.scores) == (8, 5 * 8)
    assert year.periods == 2


def test_before_the_first_day_it_is_nearly_the_outlook(seen: Callable[[date], Tables], book: Book) -> None:
    tables = seen(date(2024, 12, 31))
    for owner, off in ((COMPANY, 0.15), (NORTH, 0.3)):
        found, before = paced(tables, owner, book), outlook_of(tables, owner, REVENUE, QUARTER, book)
        assert (found.closed, found.days_left) == (0.0, 90)
        assert found.outlook.quantile(0.5) == pytest.approx(before.quantile(0.5), rel=off)
        assert before.quantile(0.1) < found.outlook.quantile(0.5) < before.quantile(0.9)
        assert found.outlook.draws.std() < before.draws.std()


def test_a_period_that_has_not_begun_is_refused(seen: Callable[[date], Tables], book: Book) -> None:
    with pytest.raises(ParamError, match="has not begun"):
        pace(seen(HALF), COMPANY, parse_period("2025Q2"), book)


def test_on_the_last_day_all_is_known(seen: Callable[[date], Tables], book: Book) -> None:
    for day in (date(2025, 3, 31), LAST_DAY):
        tables = seen(day)
        found = paced(tables, NORTH, book)
        actual = float(measure("revenue", tables, [(QUARTER.first, QUARTER.last)], (), NORTH)["value"].iloc[0])
        assert (found.closed, found.days_left) == (actual, 0)
        assert set(found.outlook.draws) == {actual}
        assert not found.opened.any()
        assert not found.coming.any()
        assert found.outlook.chance(actual) == 1.0
        assert found.outlook.chance(actual + 0.01) == 0.0


def test_months_and_years_run_too(seen: Callable[[date], Tables], book: Book) -> None:
    tables = seen(HALF)
    month, year = (paced(tables, COMPANY, book, period=parse_period(name)) for name in ("2025-02", "2025"))
    assert (month.days_left, year.days_left) == (14, 320)
    assert month.closed < paced(tables, COMPANY, book).closed == year.closed
    assert month.coming.mean() / month.outlook.draws.mean() < 0.02
    assert year.coming.mean() > year.opened.mean()  # in a year deals that do not exist yet bring more
    assert year.outlook.months.shape == (1000, 12)


def test_one_rep_is_told_by_his_own_deals(seen: Callable[[date], Tables], book: Book, frames: Frames) -> None:
    tables = seen(HALF)
    deals = tables.frame("deals").collect("pandas").to_native()
    opened = deals[(deals["status"] == "open") & (deals["team"] == "North")]
    rep = str(opened["rep"].value_counts().index[0])
    found = paced(tables, Owner("North", rep), book)
    assert int(found.message.values["deals"].value) == int((opened["rep"] == rep).sum())  # type: ignore[union-attr]
    assert found.outlook.quantile(0.5) < paced(tables, NORTH, book).outlook.quantile(0.5)


def test_without_stage_events_age_alone_counts(frames: Frames, company: Company, book: Book) -> None:
    some = {name: table for name, table in frames.items() if name != "stage_events"}
    some["deal_changes"] = some["deal_changes"][some["deal_changes"]["field"] != "stage"]
    tables = tables_from_frames(some, company, HALF, known_on=LAST_DAY)
    found = paced(tables, COMPANY, book)
    assert "pace.no_stages" in {note.id for note in found.notes}
    assert 0 < found.opened.mean() < 3 * found.closed


def test_missing_amounts_are_those_of_deals_won_lately(frames: Frames, company: Company, book: Book) -> None:
    some = {**frames, "deal_changes": frames["deal_changes"][frames["deal_changes"]["field"] != "amount"]}
    tables = tables_from_frames(some, company, HALF, known_on=LAST_DAY)  # of an open deal no amount was known then
    found = paced(tables, COMPANY, book)
    with_amounts = paced(tables_from_frames(frames, company, HALF, known_on=LAST_DAY), COMPANY, book)
    note = next(note for note in found.notes if note.id == "pace.without_amount")
    assert note.values["count"] == note.values["of"]
    assert found.opened.mean() == pytest.approx(with_amounts.opened.mean(), rel=0.2)
    assert found.opened.std() > with_amounts.opened.std()


def small(status: Callable[[int], str], many: int = 400, days: int = 700, as_of: date = HALF) -> Tables:
    """Deals that begin day by day and end thirty days later, if they do."""
    rows = []
    for i in range(many):
        created = pd.Timestamp(as_of) - pd.Timedelta(days=days - i * days // many)
        closed, ends = created + pd.Timedelta(days=30), status(i)
        over = closed <= pd.Timestamp(as_of) and ends != "open"
        rows.append(
            {
                "deal_id": f"D{i:03}",
                "status": ends if over else "open",
                "created_at": created,
                "closed_at": closed if over else None,
                "amount": 1000_00,
            }
        )
    return tables_of(as_of, a_company(), deals=rows)


def test_where_every_deal_is_lost_nothing_comes(book: Book) -> None:
    tables = small(lambda _: "lost")
    found = paced(tables, COMPANY, book)
    assert found.closed == 0.0
    assert not found.outlook.draws.any()
    assert found.outlook.chance(1.0) == 0.0
    assert "pace.too_few_wins" in {note.id for note in found.notes}


def test_where_every_deal_is_open_there_is_no_history_to_go_by(book: Book) -> None:
    assert pace(small(lambda _: "open"), COMPANY, QUARTER, book) is None


def test_where_every_deal_is_won_the_open_ones_are(book: Book) -> None:
    """Thirty days after it begins each is won: of the next 45 days' wins those open bring 1,000 each."""
    tables = small(lambda _: "won")
    found = paced(tables, COMPANY, book)
    deals = int(found.message.values["deals"].value)  # type: ignore[union-attr]
    assert deals == 16
    assert found.opened.mean() == pytest.approx(1000.0 * deals, rel=0.1)
    assert found.outlook.quantile(0.5) == pytest.approx(found.closed + 1000.0 * 400 / 700 * 45, rel=0.2)


def test_one_month_of_history_falls_back_and_says_so(book: Book) -> None:
    tables = small(lambda i: "won" if i % 2 else "lost", many=60, days=75)
    found = paced(tables, COMPANY, book)
    assert "pace.too_few_wins" in {note.id for note in found.notes}
    assert found.message.id == "pace.sum"
    assert found.outlook.history_months == 1
    assert found.outlook.draws.std() > 0
    assert "under 30" in " ".join(read(tables, found))


def test_deals_without_a_day_of_creation_are_not_told_apart(book: Book) -> None:
    rows = [
        {"deal_id": f"D{i}", "status": "won", "closed_at": date(2023, 1, 5) + pd.Timedelta(days=i), "amount": 100_00}
        for i in range(760)
    ]
    found = paced(tables_of(HALF, a_company(), deals=rows), COMPANY, book)
    assert [note.id for note in found.notes] == ["pace.no_creation"]
    assert found.outlook.quantile(0.5) == pytest.approx(9000.0, rel=0.2)


@pytest.mark.parametrize(
    ("name", "revenue"), [("revenue", "invoices"), ("revenue", "mrr"), ("qualified_leads", "deals")]
)
def test_a_sum_of_no_deals_is_so_far_and_the_rest(book: Book, name: str, revenue: str) -> None:
    day = date(2025, 8, 20)
    company = a_company(revenue=revenue, teams={"North": None})
    kept = {
        table: rows[
            rows[column].isna()
            | (rows[column] <= (day if isinstance(rows[column].iloc[0], date) else pd.Timestamp(day)))
        ]
        for table, rows in random_frames(5).items()
        for column in [{"deals": "created_at", "invoices": "invoiced_at", "leads": "created_at"}.get(table)]
        if column is not None
    }
    tables = tables_of(day, company, subscriptions=random_frames(5)["subscriptions"], **kept)
    period = parse_period("2025Q3")
    found = paced(tables, COMPANY, book, name, period)
    over = 7 if revenue == "mrr" else 8
    first = period.first
    whole = measure(name, tables, [(month, month) for month in range(first, first + over - 6)], (), COMPANY)["value"]
    assert found.closed == pytest.approx(float(whole.sum()))
    assert found.outlook.draws == pytest.approx(found.closed + found.coming)
    assert not found.opened.any()
    assert found.outlook.months.sum(axis=1) == pytest.approx(found.outlook.draws, abs=2)
    assert [one.id for one in found.method] == ["pace.by_months" if revenue == "mrr" else "pace.by_days"]


def test_a_stock_starts_from_the_last_whole_month(seen: Callable[[date], Tables], book: Book) -> None:
    found = paced(seen(HALF), COMPANY, book, "mrr")
    january = float(measure("mrr", seen(HALF), [(QUARTER.first, QUARTER.first)])["value"].iloc[0])
    assert found.closed == january
    assert set(found.outlook.months[:, 0]) == {january}
    assert np.array_equal(found.outlook.months[:, -1], found.outlook.draws)
    arr = paced(seen(HALF), COMPANY, book, "arr")
    assert arr.outlook.quantile(0.5) == pytest.approx(12 * found.outlook.quantile(0.5), rel=0.01)


def test_a_ratio_has_what_was_decided_so_far(seen: Callable[[date], Tables], book: Book) -> None:
    tables = seen(HALF)
    found = paced(tables, COMPANY, book, "win_rate")
    so_far = measure("win_rate", tables, [(QUARTER.first, QUARTER.last)])
    won, decided = (float(so_far[part].iloc[0]) for part in ("numerator", "denominator"))
    assert found.closed == pytest.approx(won / decided)
    assert found.outlook.counts is not None
    above, below = found.outlook.counts
    assert (above >= won).all()
    assert (below - above >= decided - won).all()
    assert found.outlook.draws == pytest.approx(above / below)
    assert (
        found.outlook.draws.std()
        < outlook_of(seen(date(2024, 12, 31)), COMPANY, CATALOGUE["win_rate"], QUARTER, book).draws.std()
    )


def test_the_worst_month_so_far_stays_the_worst(seen: Callable[[date], Tables], book: Book) -> None:
    day = date(2025, 5, 14)
    found = paced(seen(day), COMPANY, book, "logo_churn", parse_period(2025))
    assert np.isfinite(found.closed)
    assert found.outlook.draws.min() >= found.closed
    assert found.outlook.better == "lower"


@pytest.mark.parametrize("name", ["cycle_days", "grr", "nrr"])
def test_what_is_made_of_a_periods_rows_stands_and_says_so(
    seen: Callable[[date], Tables], book: Book, name: str
) -> None:
    found = paced(seen(HALF), COMPANY, book, name)
    assert [one.id for one in found.method] == ["pace.stands"]
    assert np.isfinite(found.outlook.draws).all()
    assert "the outlook stands" in read(seen(HALF), found)[1]


def test_what_the_data_lacks_has_no_pace(book: Book) -> None:
    assert pace(small(lambda _: "won"), COMPANY, QUARTER, book, kpi="mrr") is None
    assert pace(small(lambda _: "won"), COMPANY, QUARTER, book, kpi="coverage") is None


def test_what_comes_falls_on_months_as_it_usually_does() -> None:
    usual = np.array([[1.0, 3.0], [0.0, 0.0]])
    months = spread_over(np.array([5.0, 2.0, 0.0]), usual, np.array([8.0, 4.0]))
    assert months.tolist() == [[5.0, 4.0, 6.0], [5.0, 3.0, 3.0]]


def test_pace_needs_no_folder_that_is_there(seen: Callable[[date], Tables], tmp_path: Path) -> None:
    assert pace(seen(HALF), NORTH, QUARTER, Book(tmp_path / "new")) is not None
