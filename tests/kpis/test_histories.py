"""The histories of all teams or reps at once: the same as one by one, but for where they begin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import DataError
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.measure import histories, history, measure
from salesgoals_kit.kpis.months import reach
from salesgoals_kit.kpis.needs import available, dimensions
from salesgoals_kit.kpis.scope import Scope
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import month_name, month_number

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


def twin(name: str, tables: Tables, owner: Owner) -> list[tuple[str, float, float, float]]:
    """Return an owner's months by themselves over the company's months, cut row by row as is documented."""
    scope = Scope(tables)
    whole = reach(scope, CATALOGUE[name].clocks(scope))
    spans = [(month, month) for month in range(whole.first, whole.last + 1)]
    rows = [
        (month_name(row["last"]), row["numerator"], row["denominator"], row["value"])
        for row in measure(name, tables, spans, (), owner).to_dict("records")
    ]
    empty = [not (row[1] == row[1] and row[1] != 0) and not (row[2] == row[2] and row[2] != 0) for row in rows]
    if all(empty):
        return []
    begins = empty.index(False)
    rows = rows[begins + 1 :] if begins > 0 else rows
    while rows and rows[0][3] != rows[0][3]:
        rows = rows[1:]
    return rows


@pytest.mark.parametrize("by", ["team", "rep"])
def test_histories_are_what_measuring_owner_by_owner_gives(flat: Tables, by: Literal["team", "rep"]) -> None:
    compared = 0
    for name in split(flat, by):
        for group, frame in histories(name, flat, by).items():
            if group is None or CATALOGUE[name].trailing > 1:
                continue
            expected = twin(name, flat, owner_of(by, group))
            assert names(frame) == [row[0] for row in expected]
            found = frame[[*PARTS, "value"]].to_numpy()
            np.testing.assert_allclose(found, np.array([row[1:] for row in expected]), rtol=1e-12)
            compared += 1
    assert compared >= {"team": 15, "rep": 9}[by]


@pytest.mark.parametrize("by", ["team", "rep"])
def test_months_that_both_have_are_alike(flat: Tables, by: Literal["team", "rep"]) -> None:
    """Of every figure. One that trails three months is compared from the third on, when its window is full."""
    for name in split(flat, by):
        for group, frame in histories(name, flat, by).items():
            if group is None:
                continue
            own = history(name, flat, owner_of(by, group)).frame
            both = frame.merge(own, on="month", suffixes=("", "_own")).iloc[CATALOGUE[name].trailing - 1 :]
            assert len(both) or CATALOGUE[name].trailing > 1
            for column in (*PARTS, "value"):
                np.testing.assert_allclose(both[column].to_numpy(), both[f"{column}_own"].to_numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", ["revenue", "mrr", "arr", "qualified_leads", "margin", "win_rate"])
def test_teams_and_what_belongs_to_none_add_up_to_the_company(flat: Tables, name: str) -> None:
    """From the month on in which all have begun, cent for cent; a ratio's two parts each."""
    found = histories(name, flat, "team")
    begun = max(frame["month"].iloc[0] for frame in found.values())
    whole = history(name, flat).frame
    whole = whole[whole["month"] >= begun].reset_index(drop=True)
    added = sum(frame[frame["month"] >= begun].reset_index(drop=True)[PARTS].fillna(0) for frame in found.values())
    assert isinstance(added, pd.DataFrame)
    assert len(whole) >= 12
    np.testing.assert_allclose(added.to_numpy(), whole[PARTS].fillna(0).to_numpy(), rtol=1e-12)
    assert None in found or name in ("mrr", "arr")


def test_who_was_there_from_the_first_month_begins_with_it_and_who_came_later_with_the_second_month(
    make_tables: MakeTables,
) -> None:
    """New's first deal is of 9 March: March is a part, April whole. Prompt's is of 1 March, which nobody can tell."""
    deals = [
        *every_tenth(date(2024, 1, 2), date(2024, 6, 30), team="Old"),
        *every_tenth(date(2024, 3, 9), date(2024, 6, 30), team="New"),
        *every_tenth(date(2024, 3, 1), date(2024, 6, 30), team="Prompt"),
    ]
    tables = make_tables(date(2024, 6, 30), deals=deals)
    found = histories("revenue", tables, "team")
    assert {group: names(frame)[0] for group, frame in found.items()} == {
        "Old": "2024-01", "New": "2024-04", "Prompt": "2024-04",
    }  # fmt: skip
    assert names(history("revenue", tables, Owner("New")).frame)[0] == "2024-04"
    assert names(history("revenue", tables, Owner("Prompt")).frame)[0] == "2024-03"
    assert {names(frame)[-1] for frame in found.values()} == {"2024-06"}


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
    assert set(histories("revenue", make_tables(date(2024, 6, 30), deals=deals), "team")) == {"Old"}


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
