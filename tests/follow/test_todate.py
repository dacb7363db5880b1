"""What has come so far goes by the company's own days: deals closed near midnight, read by its time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from salesgoals_kit.follow.todate import to_date
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, parse_period

UTC = ZoneInfo("UTC")
Q3, Q4, AS_OF = parse_period("2025Q3"), parse_period("2025Q4"), date(2025, 11, 15)
ZONES = ("Asia/Tokyo", "America/New_York", "Europe/Warsaw", "UTC")


def closings() -> list[tuple[datetime, int]]:
    """Return moments around the ends of local days, each with an amount of its own, and some on every day."""
    edges = [datetime(2025, 9, 30), datetime(2025, 10, 1), datetime(2025, 11, 15), datetime(2025, 11, 16)]
    hours = (timedelta(minutes=30), timedelta(hours=3), timedelta(hours=17), timedelta(hours=23, minutes=30))
    near = [day.replace(tzinfo=UTC) + hour for day in edges for hour in hours]
    usual = [datetime(2025, 1, 1, 12, tzinfo=UTC) + timedelta(days=i) for i in range(330)]
    return [*((moment, 10_000 + 2**i) for i, moment in enumerate(near)), *((moment, 7) for moment in usual)]


def rows() -> pd.DataFrame:
    told = [
        {"deal_id": f"D{i}", "status": "won", "created_at": moment - timedelta(days=9), "closed_at": moment}
        for i, (moment, _) in enumerate(closings())
    ]
    return pd.DataFrame(told).assign(amount=[amount for _, amount in closings()], rep="ann", team="North")


def company_of(folder: Path, zone: str, **source: Any) -> Company:
    content = {"version": 1, "name": "Acme", "store": "store", "timezone": zone, "teams": [{"name": "North"}]}
    return Company.model_validate({**content, "sources": {"deals": source}}).model_copy(update={"folder": folder})


def read(folder: Path, zone: str, kind: str) -> tuple[Tables, Tables]:
    """Return the tables of a file as known on two days: in the middle of a quarter, and after it."""
    made = rows()
    source: dict[str, Any] = {"path": f"deals.{kind}"}
    if kind == "csv":
        form = "%Y-%m-%dT%H:%M:%S%z"
        made = made.assign(**{name: made[name].dt.strftime(form) for name in ("created_at", "closed_at")})
        made.to_csv(folder / "deals.csv", index=False)
        source["read"] = {"dates": form}
    else:
        made.to_parquet(folder / "deals.parquet")
    company = company_of(folder, zone, **source)
    with open_snapshot(make_snapshot(company), company) as snapshot:
        found = [snapshot.at(day) for day in (AS_OF, date(2025, 11, 20))]
        for tables in found:
            for period in (Q3, Q4):
                to_date(tables, COMPANY, period, "revenue")
                to_date(tables, Owner("North"), period, "revenue")
        return found[0], found[1]


def by_hand(zone: str, period: Period, until: date) -> float:
    """Return what closed in a period up to a day, by the calendar on a wall in the zone."""
    days = [(moment.astimezone(ZoneInfo(zone)).date(), amount) for moment, amount in closings()]
    return float(sum(amount for day, amount in days if period.start <= day <= min(period.end, until)))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("zone", ZONES)
def test_a_deal_near_midnight_is_of_the_company_s_own_day(tmp_path: Path, zone: str, kind: str) -> None:
    then, later = read(tmp_path, zone, kind)
    for owner in (COMPANY, Owner("North")):
        for tables, until in ((then, AS_OF), (later, date(2025, 11, 20))):
            for period in (Q3, Q4):
                found = to_date(tables, owner, period, "revenue")
                assert found is not None
                assert found.actual == by_hand(zone, period, until)


def test_half_an_hour_to_midnight_in_london_is_next_quarter_in_tokyo_and_not_yet_evening_in_new_york() -> None:
    """The cases that the test above goes by, so that it cannot agree with itself."""
    last = datetime(2025, 9, 30, 23, 30, tzinfo=UTC)
    days = {zone: last.astimezone(ZoneInfo(zone)).date() for zone in ZONES}
    assert days == {
        "Asia/Tokyo": date(2025, 10, 1),
        "America/New_York": date(2025, 9, 30),
        "Europe/Warsaw": date(2025, 10, 1),
        "UTC": date(2025, 9, 30),
    }
    told = {zone: (by_hand(zone, Q3, Q3.end), by_hand(zone, Q4, AS_OF)) for zone in ZONES}
    assert told["Asia/Tokyo"][0] < told["UTC"][0] < told["America/New_York"][0]
    assert len(set(told.values())) == len(ZONES)
