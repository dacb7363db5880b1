"""The histories of all teams or reps at once: the same as one by one, and what is nobody's beside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, sample_tables
from salesgoals_kit.errors import DataError
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.measure import histories, history, measure
from salesgoals_kit.kpis.needs import available, dimensions
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import month_name, month_number
from salesgoals_kit.run.folders import shipped

MakeTables = Callable[..., Tables]
PARTS = ["numerator", "denominator"]


def won(day: date, amount: int = 100, **more: Any) -> dict[str, Any]:
    return {"deal_id": f"{day} {more}", "status": "won", "closed_at": day, "amount": amount, **more}


def every_tenth(first: date, last: date, **more: Any) -> list[dict[str, Any]]:
    return [won(first + timedelta(days=day), **more) for day in range(0, (last - first).days + 1, 10)]


def names(frame: pd.DataFrame) -> list[str]:
    return [month_name(month_number(month)) for month in frame["month"].dt.date]


@pytest.fixture(scope="module")
def flat(frames: dict[str, pd.DataFrame], make_tables: MakeTables, make_company: Callable[..., Company]) -> Tables:
    """Random tables of a company whose teams have no teams below them."""
    return make_tables(company=make_company(teams={}), **frames)


def split(tables: Tables, by: Literal["team", "rep"]) -> list[str]:
    return [name for name in available(tables) if by in dimensions(name, tables)]


def owner_of(by: str, group: str) -> Owner:
    return Owner(group) if by == "team" else Owner(None, group)


@pytest.fixture(scope="module")
def sample() -> Tables:
    """The sample company."""
    company = load_company(shipped("params", "company.yaml"), TABLES, CATALOGUE)
    return tables_from_frames(sample_tables(), company, LAST_DAY)


@pytest.mark.parametrize("by", ["team", "rep"])
@pytest.mark.parametrize("length", [1, 3])
@pytest.mark.parametrize("whose", ["flat", "sample"])
def test_histories_are_those_of_each_owner_by_itself(
    whose: str, by: Literal["team", "rep"], length: int, request: pytest.FixtureRequest
) -> None:
    """Of every figure, months and values; a pipeline has no past.

    All end with the whole: a rep who has left has months after that as well, and churn that is known of one team to a
    later month than of all has none of these.
    """
    tables: Tables = request.getfixturevalue(whose)
    compared = 0
    for name in split(tables, by):
        for group, frame in histories(name, tables, by, COMPANY, length).items():
            if group is None or name == "coverage":
                continue
            own = history(name, tables, owner_of(by, group), length).frame
            left = by == "rep" and whose == "sample"
            both = frame[frame["month"] <= own["month"].max()] if left else frame
            own = own[own["month"] <= frame["month"].max()] if name in ("logo_churn", "clv") else own
            pd.testing.assert_frame_equal(both, own, rtol=1e-12)
            compared += 1
    assert compared >= 9


@pytest.mark.parametrize("name", ["revenue", "mrr", "arr", "qualified_leads", "margin", "win_rate"])
def test_teams_and_what_belongs_to_none_add_up_to_the_company(flat: Tables, name: str) -> None:
    """In every month, cent for cent; a ratio's two parts each."""
    adds_up(histories(name, flat, "team"), history(name, flat).frame)


@pytest.mark.parametrize("name", ["revenue", "qualified_leads", "win_rate", "mrr"])
@pytest.mark.parametrize("by", ["team", "rep"])
def test_in_the_sample_too_all_adds_up_in_every_month(sample: Tables, name: str, by: Literal["team", "rep"]) -> None:
    if by == "team" or name != "mrr":
        adds_up(histories(name, sample, by), history(name, sample).frame)


def adds_up(found: dict[str | None, pd.DataFrame], whole: pd.DataFrame) -> None:
    added = pd.concat(list(found.values())).groupby("month")[PARTS].sum()
    assert len(whole) >= 3
    assert added.index.tolist() == whole["month"].tolist()
    np.testing.assert_allclose(added.to_numpy(), whole[PARTS].fillna(0).to_numpy(), rtol=1e-12)


def test_each_begins_where_its_own_history_does_and_its_part_month_is_nobodys(make_tables: MakeTables) -> None:
    """Who comes within a month's first week has that month whole. All deals are of 1; there is one every tenth day.

    Late's 20 and 30 March are nobody's, and so are Newest's 20 and 30 June.
    """
    begun = {"Old": (1, 2), "Third": (3, 3), "Late": (3, 20), "Last": (6, 4), "Newest": (6, 20)}
    deals = [
        deal
        for team, (month, day) in begun.items()
        for deal in every_tenth(date(2024, month, day), date(2024, 6, 30), team=team)
    ]
    tables = make_tables(date(2024, 6, 30), deals=deals)
    found = histories("revenue", tables, "team")
    assert {group: names(frame)[0] for group, frame in found.items()} == {
        "Old": "2024-01", "Third": "2024-03", "Late": "2024-04", "Last": "2024-06", None: "2024-01",
    }  # fmt: skip
    for team in begun:
        own = history("revenue", tables, Owner(team)).frame
        assert own.empty if team == "Newest" else own.equals(found[team])
    assert found[None]["value"].tolist() == [0.0, 0.0, 2.0, 0.0, 0.0, 2.0]
    adds_up(found, history("revenue", tables).frame)


def test_a_row_over_three_months_that_touches_a_part_month_is_nobodys(make_tables: MakeTables) -> None:
    deals = [
        *every_tenth(date(2024, 1, 2), date(2024, 8, 31), team="Old"),
        *every_tenth(date(2024, 3, 20), date(2024, 8, 31), team="Late"),
    ]
    tables = make_tables(date(2024, 8, 31), deals=deals)
    for name in ("revenue", "win_rate"):
        found = histories(name, tables, "team", COMPANY, 3)
        assert names(found["Late"]) == ["2024-06", "2024-07", "2024-08"]
        adds_up(found, history(name, tables, COMPANY, 3).frame)


def test_a_rep_begins_when_hired_and_in_another_team_with_the_first_deal_there(make_tables: MakeTables) -> None:
    """Bob sold in East from 2023 on, and in West from 20 April. Ann was hired in February, and sold in May.

    Which is what the history of Ann has, but that of Bob is of both teams.
    """
    reps = [
        {"rep": "Ann", "hired_on": date(2024, 2, 1), "left_on": None},
        {"rep": "Bob", "hired_on": date(2023, 1, 1), "left_on": None},
    ]
    deals = [
        *every_tenth(date(2024, 1, 1), date(2024, 4, 10), team="East", rep="Bob"),
        *every_tenth(date(2024, 4, 20), date(2024, 7, 31), team="West", rep="Bob"),
        *every_tenth(date(2024, 5, 2), date(2024, 7, 31), team="West", rep="Ann"),
        *every_tenth(date(2024, 1, 2), date(2024, 7, 31), team="West", rep="Old"),
    ]
    tables = make_tables(date(2024, 7, 31), deals=deals, reps=reps)
    found = histories("revenue", tables, "rep", Owner("West"))
    assert {rep: names(frame)[0] for rep, frame in found.items()} == {
        "Ann": "2024-02", "Bob": "2024-05", "Old": "2024-01", None: "2024-01",
    }  # fmt: skip
    assert found["Ann"].equals(history("revenue", tables, Owner("West", "Ann")).frame)
    adds_up(found, history("revenue", tables, Owner("West")).frame)


def test_who_has_only_lost_has_months_of_nothing(make_tables: MakeTables) -> None:
    lost = [{**row, "status": "lost"} for row in every_tenth(date(2024, 2, 3), date(2024, 4, 30), team="Sad")]
    deals = [*every_tenth(date(2024, 1, 2), date(2024, 4, 30), team="Old"), *lost]
    tables = make_tables(date(2024, 4, 30), deals=deals)
    found = histories("revenue", tables, "team")["Sad"]
    assert found["value"].tolist() == [0.0, 0.0, 0.0]
    assert found.equals(history("revenue", tables, Owner("Sad")).frame)


def test_teams_below_a_team_belong_to_it_and_begin_with_it(make_tables: MakeTables) -> None:
    """Below comes on 20 March, which is no part month of the upper team's; and what is in no team is nobody's."""
    deals = [
        *every_tenth(date(2024, 1, 2), date(2024, 4, 30), team="Upper"),
        *every_tenth(date(2024, 3, 20), date(2024, 4, 30), team="Below"),
        *every_tenth(date(2024, 1, 2), date(2024, 4, 30), team="Else"),
    ]
    tables = make_tables(date(2024, 4, 30), deals=deals)
    under = {"Upper": "Upper", "Below": "Upper"}
    found = histories("revenue", tables, "team", under=under)
    assert found["Upper"]["value"].tolist() == [3.0, 3.0, 5.0, 6.0]  # 2 March and every tenth day; 20 and 30 March
    assert set(found) == {"Upper", None}
    adds_up(found, history("revenue", tables).frame)


def test_a_month_without_a_sale_after_the_beginning_is_zero(make_tables: MakeTables) -> None:
    deals = [
        *every_tenth(date(2024, 1, 2), date(2024, 6, 30), team="Old"),
        won(date(2024, 2, 20), team="Rare"),
        won(date(2024, 5, 3), 700, team="Rare"),
    ]
    found = histories("revenue", make_tables(date(2024, 6, 30), deals=deals), "team")["Rare"]
    assert names(found) == ["2024-03", "2024-04", "2024-05", "2024-06"]
    assert found["value"].tolist() == [0.0, 0.0, 7.0, 0.0]


def test_who_has_but_one_month_that_may_be_a_part_has_no_history(make_tables: MakeTables) -> None:
    deals = [
        *every_tenth(date(2024, 1, 2), date(2024, 6, 30), team="Old"),
        won(date(2024, 6, 20), team="Newest"),
    ]
    found = histories("revenue", make_tables(date(2024, 6, 30), deals=deals), "team")
    assert set(found) == {"Old", None}
    assert found[None]["value"].tolist() == [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]


def test_what_belongs_to_no_one_is_under_none(make_tables: MakeTables) -> None:
    deals = [
        *every_tenth(date(2024, 1, 2), date(2024, 3, 31), team="Old"),
        *every_tenth(date(2024, 1, 3), date(2024, 3, 31), team=None),
    ]
    found = histories("revenue", make_tables(date(2024, 3, 31), deals=deals), "team")
    assert set(found) == {"Old", None}
    assert found[None]["value"].tolist() == [3.0, 3.0, 3.0]  # 3, 13, 23 January; 2, 12, 22 February; 3, 13, 23 March


def test_the_reps_of_a_team_are_those_with_deals_in_it(make_tables: MakeTables) -> None:
    deals = [
        *every_tenth(date(2024, 1, 2), date(2024, 3, 31), team="A", rep="Ann"),
        *every_tenth(date(2024, 1, 3), date(2024, 3, 31), team="B", rep="Bob"),
    ]
    tables = make_tables(date(2024, 3, 31), deals=deals)
    assert set(histories("revenue", tables, "rep", Owner("A"))) == {"Ann"}
    assert set(histories("revenue", tables, "rep")) == {"Ann", "Bob"}


def test_rows_over_a_quarter_end_with_each_month(flat: Tables) -> None:
    """The last row of a rolling figure is the last quarter measured by itself."""
    found = histories("win_rate", flat, "team", COMPANY, 3)["North"]
    december = month_number(date(2025, 12, 1))
    last = measure("win_rate", flat, [(december - 2, december)], (), Owner("North"))
    assert found["value"].iloc[-1] == last["value"].item()
    assert names(found)[-1] == "2025-12"


def test_what_cannot_be_split_so_is_told(make_tables: MakeTables) -> None:
    tables = make_tables(date(2024, 3, 31), deals=every_tenth(date(2024, 1, 2), date(2024, 3, 31), team="A"))
    with pytest.raises(DataError, match="cannot be split"):
        histories("revenue", tables, "rep")
    with pytest.raises(DataError, match="cannot be computed"):
        histories("mrr", tables, "team")
