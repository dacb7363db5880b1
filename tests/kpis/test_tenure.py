"""Rep-months: who was there for how much of each month, since when, and what he won."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.kpis.tenure import rep_months
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import DAYS_A_MONTH, day_number, month_end, month_name, month_number, month_start
from tests.kpis.conftest import a_company, in_duckdb, tables_of

AS_OF = date(2024, 12, 31)
REPS: list[dict[str, Any]] = [
    {"rep": "Ann", "team": "North", "hired_on": date(2020, 1, 1), "left_on": None, "capacity": 1.0},
    {"rep": "Bob", "team": "North", "hired_on": date(2024, 11, 16), "left_on": None, "capacity": 0.5},
    {"rep": "Cid", "team": "South", "hired_on": None, "left_on": date(2024, 12, 1), "capacity": None},
]


def deal(day: date, rep: str, amount: int | None = 1000, status: str = "won") -> dict[str, Any]:
    return {"deal_id": f"{day}{rep}{amount}{status}", "status": status, "closed_at": day, "amount": amount, "rep": rep}


DEALS = [
    deal(date(2024, 10, 2), "Ann", status="lost"),
    deal(date(2024, 10, 9), "Ann", 250_000),
    deal(date(2024, 12, 9), "Bob", 100_000),
    deal(date(2024, 12, 30), "Bob", None),
    deal(date(2024, 12, 9), "Cid", 100_000),  # he had left
]


def test_rep_months_by_hand() -> None:
    rows = rep_months(tables_of(AS_OF, deals=DEALS, reps=REPS))
    told = rows.assign(month=rows["month"].map(month_name))
    assert told[["rep", "month", "won", "amount", "leaves"]].to_numpy().tolist() == [
        ["Ann", "2024-10", 1, 2500.0, False],
        ["Ann", "2024-11", 0, 0.0, False],
        ["Ann", "2024-12", 0, 0.0, False],
        ["Bob", "2024-11", 0, 0.0, False],
        ["Bob", "2024-12", 2, 1000.0, False],
        ["Cid", "2024-10", 0, 0.0, False],
        ["Cid", "2024-11", 0, 0.0, True],  # 1 December is the first day he was no longer there
    ]
    # Bob is there for 15 of November's 30 days, half time; December is from his 15th day to his 46th.
    assert rows["time"].tolist() == pytest.approx([1, 1, 1, 0.25, 0.5, 1, 1])
    bob = rows[rows["rep"] == "Bob"]
    assert bob["begins"].tolist() == pytest.approx([0, 15 / DAYS_A_MONTH])
    assert bob["ends"].tolist() == pytest.approx([15 / DAYS_A_MONTH, 46 / DAYS_A_MONTH])
    assert rows.loc[rows["rep"] == "Cid", "begins"].isna().all()


def test_rep_months_belong_to_the_team_of_the_time() -> None:
    assignments = [
        {"rep": "Ann", "team": "North", "from": date(2020, 1, 1), "to": date(2024, 11, 11), "share": None},
        {"rep": "Ann", "team": "South", "from": date(2024, 11, 11), "to": None, "share": 0.6},
        {"rep": "Ann", "team": "North", "from": date(2024, 11, 11), "to": None, "share": 0.4},
    ]
    company = a_company(teams={"North": None, "South": None})
    tables = tables_of(AS_OF, company, deals=DEALS, reps=REPS, assignments=assignments)
    north, south = rep_months(tables, Owner("North")), rep_months(tables, Owner("South"))
    # November: ten days whole, then 20 of 30 days with 0.4 and 0.6.
    assert north["time"].tolist() == pytest.approx([1, 10 / 30 + 0.4 * 20 / 30, 0.4])
    assert south["time"].tolist() == pytest.approx([0.6 * 20 / 30, 0.6])
    assert north["won"].sum() + south["won"].sum() == 1  # Bob and Cid are in no team
    assert len(rep_months(tables, Owner(rep="Ann"))) == 5


def test_without_tables_of_people_the_sellers_are_there_from_first_to_last() -> None:
    deals = [deal(date(2023, 1, 5), "Zed"), deal(date(2023, 3, 5), "Zed"), deal(date(2024, 6, 5), "Yan")]
    rows = rep_months(tables_of(AS_OF, deals=deals))
    assert rows.groupby("rep")["month"].agg(["min", "max"]).map(month_name).to_numpy().tolist() == [
        ["2024-06", "2024-06"],  # the table of deals reaches no further
        ["2023-01", "2023-03"],
    ]
    assert rows["begins"].isna().all()


def test_no_rep_is_in_deals() -> None:
    assert rep_months(tables_of(AS_OF, deals=[{"deal_id": "1", "status": "won", "closed_at": AS_OF}])).empty


def drawn(rng: random.Random) -> dict[str, pd.DataFrame]:
    def day() -> date:
        return date(2024, 1, 1) + timedelta(days=rng.randrange(330))

    names = [f"R{i}" for i in range(8)]
    reps = [
        {
            "rep": name,
            "hired_on": day() if rng.random() < 0.7 else None,
            "left_on": day() if rng.random() < 0.4 else None,
            "capacity": rng.choice([1.0, 0.5, None]),
        }
        for name in names
    ]
    assignments = []
    for name in names:
        cuts = sorted({day() for _ in range(3)})
        for start, end in zip(cuts, [*cuts[1:], None], strict=True):
            team, share = rng.choice(["North", "South"]), rng.choice([1.0, 0.4])
            assignments.append({"rep": name, "team": team, "from": start, "to": end, "share": share})
    deals = [deal(day(), rng.choice(names), rng.randrange(100, 9_000) + i) for i in range(200)]
    ends = [deal(date(2024, 1, 2), "R0", 1), deal(date(2024, 12, 30), "R0", 2)]
    return {"reps": pd.DataFrame(reps), "assignments": pd.DataFrame(assignments), "deals": pd.DataFrame(deals + ends)}


def plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows = frame.astype(object).to_dict("records")
    return [{str(name): None if pd.isna(cell) else cell for name, cell in row.items()} for row in rows]


def naive_time(frames: dict[str, pd.DataFrame]) -> dict[tuple[str, str, int], float]:
    """Full-time months counted day by day."""
    reps = {row["rep"]: row for row in plain(frames["reps"])}
    found: dict[tuple[str, str, int], float] = {}
    for row in plain(frames["assignments"]):
        who = reps[row["rep"]]
        for i in range(366):
            at = date(2024, 1, 1) + timedelta(days=i)
            if row["from"] > at or (row["to"] is not None and at >= row["to"]):
                continue
            if (who["hired_on"] is not None and at < who["hired_on"]) or (
                who["left_on"] is not None and at >= who["left_on"]
            ):
                continue
            month = month_number(at)
            length = day_number(month_end(month)) - day_number(month_start(month)) + 1
            key = (row["rep"], row["team"], month)
            found[key] = found.get(key, 0.0) + row["share"] * (who["capacity"] or 1.0) / length
    return found


@pytest.mark.parametrize("seed", range(6))
def test_time_is_what_counting_days_gives_in_both_engines(seed: int) -> None:
    frames = drawn(random.Random(seed))
    tables: Tables = tables_of(AS_OF, a_company(teams={"North": None, "South": None}), **frames)
    rows = rep_months(tables)
    found = {(r.rep, r.team, r.month): r.time for r in rows.itertuples()}
    wanted = naive_time(frames)
    assert found.keys() == wanted.keys()
    assert [found[key] for key in wanted] == pytest.approx(list(wanted.values()))
    pd.testing.assert_frame_equal(rep_months(in_duckdb(tables)), rows)
    assert np.isfinite(rows["time"]).all()
