"""Two public data sets, against what is published of them; skipped where they are absent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from salesgoals_kit.company import load_company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from salesgoals_kit.kpis.baseline import baseline
from salesgoals_kit.kpis.bridge import PARTS, churn_definitions, mrr_bridge
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.curves import mean_cycle, win_curve
from salesgoals_kit.kpis.leaving import lives, retention
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.kpis.measure import history, measure
from salesgoals_kit.kpis.needs import available
from salesgoals_kit.kpis.rush import quarter_end_rush
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period

CHECKOUT = Path(__file__).parents[2]
WON = [1134672, 721932, 1025713, 1338466, 696932, 1050059, 1235264, 731980, 938943, 1131573]  # 2017-03 to 2017-12
FIRST, LAST = parse_period("2017-03").first, parse_period("2017-12").first
ALL = [(FIRST, LAST)]


def _tables(name: str, folder: str, as_of: date, store: Path) -> Iterator[Tables]:
    if not (CHECKOUT.parent / "shared" / "data" / folder).is_dir():
        pytest.skip(f"the public data set {folder} is not beside the checkout")
    company = load_company(CHECKOUT / "tests" / "data" / f"{name}.yaml", TABLES, CATALOGUE)
    company = company.model_copy(update={"store": str(store)})
    with open_snapshot(make_snapshot(company), company) as snapshot:
        yield snapshot.at(as_of)


@pytest.fixture(scope="module")
def maven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    yield from _tables("maven", "maven_crm", date(2017, 12, 31), tmp_path_factory.mktemp("maven"))


@pytest.fixture(scope="module")
def ravenstack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    yield from _tables("ravenstack", "ravenstack", date(2024, 12, 31), tmp_path_factory.mktemp("ravenstack"))


def test_revenue_reconciles_month_by_month_and_over_the_teams(maven: Tables) -> None:
    found = history("revenue", maven).frame
    assert found["month"].iloc[0].date() == date(2017, 3, 1)
    assert found["value"].tolist() == WON
    teams = measure("revenue", maven, ALL, ("team",))
    assert teams["team"].tolist() == ["Central", "East", "West"]
    assert teams["value"].sum() == measure("revenue", maven, ALL)["value"].item() == 10_005_534
    assert measure("revenue", maven, ALL, ("product",))["value"].sum() == 10_005_534  # GTXPro is not lost


def test_the_win_rate_counts_what_is_decided(maven: Tables) -> None:
    found = measure("win_rate", maven, ALL)
    assert (found["numerator"].item(), found["denominator"].item()) == (4238, 4238 + 2473)


def test_the_rush_at_quarters_ends_is_seen(maven: Tables) -> None:
    found = quarter_end_rush(maven)
    assert found.last_month == pytest.approx(0.8, abs=0.03)
    assert found.other_months == pytest.approx(0.5, abs=0.03)
    assert found.sentence.id == "kpis.rush_seen"


def test_the_mean_over_closed_deals_is_the_published_one(maven: Tables) -> None:
    assert round(mean_cycle(maven, ALL)["value"].item(), 2) == 47.99


def test_the_curve_of_the_west_stops_near_half(maven: Tables) -> None:
    # A horizon longer than any deal was followed has no end; the curve levels off at 49 % (deals of all months).
    curve = win_curve(maven, (FIRST - 12, LAST), Owner("West"), 140)["winning"]
    assert curve.is_monotonic_increasing
    assert curve.iloc[-1] == pytest.approx(0.49, abs=0.02)


def test_ten_months_have_no_year_and_the_base_is_the_quarter_before(maven: Tables) -> None:
    found = baseline(maven, COMPANY, parse_period("2018Q1"), "revenue")
    assert found.base_period == parse_period("2017Q4")
    assert found.base == 731980 + 938943 + 1131573
    assert found.growth["year"].empty
    assert found.totals["period"].tolist() == ["2017Q2", "2017Q3", "2017Q4"]  # March is a part of a quarter


def test_open_deals_without_an_amount_make_an_unknown_pipeline(maven: Tables) -> None:
    assert history("coverage", maven).frame.empty
    assert "coverage" in available(maven)


def test_the_people_are_listed_and_nobodys_tenure_is_known(maven: Tables) -> None:
    assert make_up(maven).headcount == 35
    assert make_up(maven, Owner("West")).people["tenure_months"].isna().all()


def test_every_bridge_adds_up_and_ends_with_the_mrr(ravenstack: Tables) -> None:
    bridge = mrr_bridge(ravenstack)
    assert len(bridge) == 24
    cents = (bridge[list(PARTS)] * 100).round().astype("int64")
    sums = cents["start"] + cents["new"] + cents["expansion"] - cents["contraction"] - cents["churn"]
    assert sums.tolist() == cents["end"].tolist()
    months = history("mrr", ravenstack).frame  # from February on: the first subscription is of 9 January
    assert bridge["end"].tolist()[1:] == months["value"].tolist()


def test_the_definitions_of_churn_disagree_as_published(ravenstack: Tables) -> None:
    found = churn_definitions(ravenstack)
    assert (found.flagged, found.with_event, found.subscriptions_ended) == (110, 352, 486)
    assert found.lost == _lost(ravenstack)


def test_a_year_of_retention_is_the_bridge_s_and_lives_lose_whom_the_definition_says(ravenstack: Tables) -> None:
    found, bridge = retention(ravenstack), mrr_bridge(ravenstack).set_index("month")
    assert found is not None
    assert found.start == bridge.loc["2023-12-01", "start"]
    assert found.end == bridge.loc["2024-11-01", "end"]
    cents = {part: round(getattr(found, part) * 100) for part in PARTS}
    moved = cents["new"] + cents["expansion"] - cents["contraction"] - cents["churn"]
    assert cents["start"] + moved == cents["end"]
    seen = lives(ravenstack)
    assert seen is not None
    lost = int((seen.rows["lost"] * seen.rows["lives"]).sum())
    assert 0 < lost <= churn_definitions(ravenstack).lost  # parallel subscriptions that end are no loss


def _lost(tables: Tables) -> int:
    """Accounts without any paying subscription for more than 30 days after one, counted day by day."""
    rows = tables.frame("subscriptions").collect("pandas").to_native()
    lost = 0
    for _, own in rows[rows["mrr"] > 0].groupby("account_id"):
        days = pd.DatetimeIndex([])
        for row in own.itertuples():
            end = date(2024, 12, 31) if pd.isna(row.ended_at) else row.ended_at - pd.Timedelta(days=1)
            days = days.union(pd.date_range(row.started_at, end))
        gaps = days[1:] - days[:-1]
        lost += bool((gaps > pd.Timedelta(days=31)).any() or (pd.Timestamp(2024, 12, 31) - days[-1]).days > 30)
    return lost
