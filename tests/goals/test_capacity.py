"""The capacity ceiling: by hand where nothing is uncertain, and what must hold whatever is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.errors import ParamError
from salesgoals_kit.forecast.moving import working_days
from salesgoals_kit.goals.capacity import CapacityCeiling, Hire, capacity_ceiling
from salesgoals_kit.goals.carrying import Calendar, levels_of
from salesgoals_kit.goals.ramp import Ramp
from salesgoals_kit.kpis.crew import Crew, crew
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import month_number, parse_period
from salesgoals_kit.words import Message, say
from tests.kpis.conftest import a_company, in_duckdb, tables_of

AS_OF = date(2025, 12, 31)
LAST = month_number(AS_OF)
JANUARY, QUARTER = parse_period("2026-01"), parse_period("2026Q1")
SURE = Ramp(5.0, 5.0, 5.0, np.full(1000, 5.0), 3, say("ceilings.nobody_there"))
NORTH = Owner("North")


def people(*rows: tuple[str, float, float]) -> pd.DataFrame:
    """Rows of team, tenure and time."""
    told = [(f"R{i}", *row) for i, row in enumerate(rows)]
    return pd.DataFrame(told, columns=["rep", "team", "tenure", "time"])


def months(team: str = "North", time: float = 2.0, won: Any = 4, amount: float = 100.0) -> pd.DataFrame:
    """Two years of full-grown rep-months, ``won`` deals a month of ``amount`` each."""
    counts = np.resize(np.asarray(won), 24)
    return pd.DataFrame(
        {
            "team": team,
            "month": np.arange(LAST - 23, LAST + 1),
            "begins": np.nan,
            "ends": np.nan,
            "time": time,
            "won": counts,
            "amount": counts * amount,
        }
    )


def known(who: pd.DataFrame, did: pd.DataFrame | None = None, leavers: int | None = None, seen: int = 500) -> Crew:
    return Crew(who, months() if did is None else did, leavers, seen, (), ())


def ceiling(crew: Crew, hires: tuple[Hire, ...] = (), period: str = "2026-01", ramp: Ramp = SURE) -> CapacityCeiling:
    return capacity_ceiling(crew, ramp, FLAT, NORTH, parse_period(period), AS_OF, hires)


class Flat(Calendar):
    """Every month is like every other."""

    def weight(self, month: int) -> float:
        return 1.0


FLAT = Flat(None, None)


def test_two_full_grown_and_one_new_by_hand() -> None:
    # Two deals a full time, of 100 each. The third is half time and in his second month of five: from 1.0 to 2.02
    # months (31 days), so 1.509 / 5 of the full.
    found = ceiling(known(people(("North", 40.0, 1.0), ("North", 30.0, 1.0), ("North", 1.0, 0.5))))
    half = 0.5 * (1 + 31 / 30.4375 / 2) / 5
    assert np.unique(found.full_times) == pytest.approx([2 + half])
    assert np.unique(found.wins) == pytest.approx([2 * (2 + half)])
    assert np.unique(found.draws) == pytest.approx([200 * (2 + half)])
    assert np.unique(found.one_more) == pytest.approx([200])
    assert (found.headcount, found.leaving) == (3, None)


def test_hires_come_with_their_month_and_ramp() -> None:
    base = known(people(("North", 40.0, 1.0)))
    found = ceiling(base, (Hire(JANUARY.first + 1, 2, "North"),), "2026Q1")
    # Two start in February: 0.1 of the full each, then 0.3.
    assert np.unique(found.draws) == pytest.approx([200 * (3 + 0.2 + 0.6)])
    assert [note.id for note in found.notes][-1] == "ceilings.hires"


def test_teams_have_their_own_levels_and_add_up() -> None:
    both = pd.concat([months(), months("Key", won=1, amount=5_000.0)], ignore_index=True)
    found = ceiling(known(people(("North", 40.0, 1.0), ("Key", 40.0, 1.0)), both))
    assert np.unique(found.draws) == pytest.approx([200 + 0.5 * 5_000])
    assert np.unique(found.one_more) == pytest.approx([(200 + 2_500) / 2])


def test_the_level_is_that_of_the_better_half_of_quarters() -> None:
    """Of eight quarters whose level is 1 … 8, drawn with repetition: against drawing and sorting one by one."""
    did = months(time=1.0, won=np.repeat(np.arange(1, 9), 3))
    drawn = levels_of(known(people(), did), "North", FLAT, SURE, NORTH)
    rng = np.random.default_rng(1)
    naive = [np.mean(sorted(rng.choice(np.arange(1, 9), 8))[4:]) for _ in range(20_000)]
    assert drawn.mean() == pytest.approx(np.mean(naive), abs=0.12)
    assert drawn.std() == pytest.approx(np.std(naive), rel=0.1)
    assert drawn.mean() > 4.5 + 1  # above the mean of all: a ceiling
    assert levels_of(known(people(), did.tail(3)), "North", FLAT, SURE, NORTH).tolist() == [8.0] * 1000


def test_where_all_are_new_the_level_is_worked_out_from_the_ramp() -> None:
    """Who won one deal a month at a tenth of the full carries ten when he is full-grown."""
    did = months(time=1.0, won=1).assign(begins=0.0, ends=1.0)
    drawn = levels_of(known(people(), did), "North", FLAT, SURE, NORTH)
    assert np.unique(drawn) == pytest.approx([10.0])
    longer = replace(SURE, draws=np.linspace(4.0, 8.0, 1000))
    assert levels_of(known(people(), did), "North", FLAT, longer, NORTH) == pytest.approx(longer.draws * 2, rel=1e-3)


def test_leavers_go_at_the_companys_rate() -> None:
    """Ten leavers in 500 person-months: of people who leave at a rate h a month, exp(-h t) are there at t."""
    crowd = known(people(*[("North", 40.0, 1.0)] * 50), leavers=10)
    found = ceiling(crowd, period="2026-12")
    rate = np.random.default_rng(0).gamma(10.5, 1 / 500, size=100_000)
    assert found.full_times.mean() / 50 == pytest.approx(float(np.exp(-rate * 11.5).mean()), abs=0.02)
    assert found.leaving == pytest.approx(1 - np.exp(-12 * 10.2 / 500), abs=0.02)


@pytest.mark.parametrize("leavers", [None, 0, 12])
def test_one_more_never_lowers_a_draw(leavers: int | None) -> None:
    rng = np.random.default_rng(5)
    for _ in range(10):
        who = people(*[("North", float(rng.uniform(0, 30)), float(rng.choice([0.5, 1.0]))) for _ in range(4)])
        base = known(who, months(won=rng.poisson(4, size=24)), leavers)
        ramp = replace(SURE, draws=rng.uniform(2, 10, size=1000))
        hires = tuple(Hire(LAST + int(rng.integers(1, 14)), int(rng.integers(1, 4)), "North") for _ in range(3))
        draws = [ceiling(base, hires[:n], "2026", ramp).draws for n in range(4)]
        assert all((more >= fewer).all() for fewer, more in pairwise(draws))


def test_the_same_is_drawn_again() -> None:
    base = known(people(("North", 3.0, 1.0)), months(won=[3, 5, 4]), 4)
    assert ceiling(base).draws.tolist() == ceiling(base).draws.tolist()


def test_nobody_is_there(read: Callable[[Message], str]) -> None:
    found = ceiling(known(people()))
    assert not found.draws.any()
    assert read(found.message) == "Nobody is there to carry anything, and no hire is planned"
    assert ceiling(known(people()), (Hire(JANUARY.first, 1, "North"),)).draws.all()


def test_impossible_hires_are_told_all_at_once() -> None:
    with pytest.raises(ParamError) as caught:
        ceiling(known(people()), (Hire(LAST, 0, "Nowhere"), Hire(JANUARY.first, 1, "North")))
    assert [fault.where for fault in caught.value.faults] == ["hires[0].team", "hires[0].count", "hires[0].month"]


def test_a_month_weighs_its_working_days_once() -> None:
    may = parse_period("2026-05").first
    days = {year: working_days("DE", date(year, 5, 1), date(year, 5, 31)) for year in (2023, 2024, 2025, 2026)}
    usual = (days[2023] + days[2024] + days[2025]) / 3
    season = tuple(1.0 + 0.1 * i for i in range(12))
    assert Calendar(season, "DE").weight(may) == pytest.approx(1.4 * days[2026] / usual)
    year = working_days("DE", date(2025, 5, 1), date(2026, 4, 30)) / 12
    assert Calendar(None, "DE").weight(may) == pytest.approx(days[2026] / year)


def won(day: date, rep: str, number: int) -> dict[str, Any]:
    return {"deal_id": f"{day}{rep}{number}", "status": "won", "closed_at": day, "amount": 10_000, "rep": rep}


def closings(rep: str, each: int, first: date = date(2023, 1, 1)) -> list[dict[str, Any]]:
    begins = month_number(first)
    days = [date(1970 + month // 12, month % 12 + 1, 3) for month in range(begins, LAST + 1)]
    return [won(day, rep, i) for day in days for i in range(each)]


REPS = [
    {"rep": "Ann", "team": "North", "hired_on": date(2020, 1, 1), "left_on": None, "capacity": 1.0},
    {"rep": "Bob", "team": "North", "hired_on": date(2025, 11, 1), "left_on": None, "capacity": 1.0},
    {"rep": "Cid", "team": "South", "hired_on": date(2025, 10, 1), "left_on": None, "capacity": 1.0},
    {"rep": "Dan", "team": "North", "hired_on": date(2020, 1, 1), "left_on": date(2024, 3, 1), "capacity": 1.0},
]
DEALS = [*closings("Ann", 3), *closings("Bob", 1, date(2025, 11, 1)), *closings("Cid", 1, date(2025, 10, 1))]


def test_a_crew_by_hand_in_both_engines() -> None:
    tables = tables_of(AS_OF, a_company(teams={"North": None, "South": None}), deals=DEALS, reps=REPS)
    north, south, everyone = (crew(tables, owner) for owner in (Owner("North"), Owner("South"), COMPANY))
    assert north is not None
    assert south is not None
    assert everyone is not None
    assert north.people["rep"].tolist() == ["Ann", "Bob"]
    assert (north.leavers, north.person_months) == (
        1,
        36 + 2 + 3 + 14,
    )  # Dan was there for January 2023 to February 2024
    grown = north.months[north.months["begins"].isna()]
    assert len(grown) == 24
    assert grown.iloc[0][["time", "won", "amount"]].tolist() == [2, 3, 300]  # Ann and Dan
    assert len(north.months) == 26
    assert south.lent == ("South",)  # three deals are too few
    assert south.months["won"].sum() == everyone.months.query("team == 'North'")["won"].sum() + 3
    assert "ceilings.productivity_lent" in [note.id for note in south.notes]
    assert {"ceilings.team_of_one", "ceilings.all_young"} <= {note.id for note in south.notes}
    twin = crew(in_duckdb(tables), NORTH)
    assert twin is not None
    pd.testing.assert_frame_equal(twin.months, north.months)


def test_a_rep_who_won_too_little_borrows_from_his_team() -> None:
    tables = tables_of(AS_OF, a_company(teams={"North": None, "South": None}), deals=DEALS, reps=REPS)
    bob, ann = crew(tables, Owner("North", "Bob")), crew(tables, Owner("North", "Ann"))
    assert bob is not None
    assert ann is not None
    assert bob.months["won"].sum() == 24 * 3 + 2
    assert ann.months["won"].sum() == 24 * 3
    assert ann.lent == ()


def test_without_tables_of_people_they_are_the_sellers() -> None:
    tables = tables_of(AS_OF, deals=[{**row, "team": "North"} for row in closings("Ann", 3)])
    found = crew(tables)
    assert found is not None
    assert found.people[["rep", "team", "time"]].to_numpy().tolist() == [["Ann", "North", 1.0]]
    assert found.leavers is None
    assert {"ceilings.no_reps", "ceilings.leaving_unknown"} <= {note.id for note in found.notes}
    assert np.median(ceiling(found).draws) > 0


def test_nothing_is_known_where_deals_are_nobodys() -> None:
    nobodys = [{key: cell for key, cell in row.items() if key != "rep"} for row in closings("Ann", 1)]
    assert crew(tables_of(AS_OF, deals=nobodys)) is None
    lost = [{**row, "status": "lost"} for row in closings("Ann", 1)]
    assert crew(tables_of(AS_OF, deals=lost)) is None
