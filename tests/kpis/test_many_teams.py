"""Where all teams will be asked for, each figure is measured for all at once: the same as for each by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, sample_tables
from salesgoals_kit.data.teams import team_names
from salesgoals_kit.kpis import measure as measuring
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.measure import history, measure, whole_months
from salesgoals_kit.kpis.needs import missing
from salesgoals_kit.kpis.scope import Scope, Spans
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.run.folders import shipped

Pair = tuple[Tables, Tables]
MakeTables = Callable[..., Tables]


def many(tables: Tables) -> Tables:
    tables.kept.many = True
    return tables


@pytest.fixture(scope="module", params=["sample", "random", "tree"])
def pair(
    request: pytest.FixtureRequest,
    frames: dict[str, pd.DataFrame],
    make_tables: MakeTables,
    make_company: Callable[..., Company],
) -> Pair:
    """The same tables twice: looked at for one owner, and for many. A tree has teams below teams."""
    if request.param == "sample":
        company = load_company(shipped("params", "company.yaml"), TABLES, CATALOGUE)
        one, other = (tables_from_frames(sample_tables(), company, LAST_DAY) for _ in range(2))
    else:
        company = make_company(
            teams={} if request.param == "random" else {"North": "South", "South": None, "East": None}
        )
        one, other = (make_tables(company=company, **frames) for _ in range(2))
    return one, many(other)


def owners(tables: Tables, name: str) -> list[Owner]:
    return [owner for team in team_names(tables) if not missing(name, tables, owner := Owner(team))]


@pytest.mark.parametrize("name", CATALOGUE)
def test_histories_and_their_notes_are_the_same(pair: Pair, name: str) -> None:
    one, other = pair
    for owner in owners(one, name):
        for length in (1, 3):
            alone, together = history(name, one, owner, length), history(name, other, owner, length)
            pd.testing.assert_frame_equal(alone.frame, together.frame)
            assert alone.notes == together.notes


@pytest.mark.parametrize("name", CATALOGUE)
def test_so_are_spans_of_any_length_in_any_order_within_its_months_and_beyond(pair: Pair, name: str) -> None:
    one, other = pair
    for owner in owners(one, name):
        last = whole_months(name, Scope(one, owner)).last
        spans = [(last - 2, last), (last - 5, last - 2), (last + 1, last + 3), (last, last), (last - 2, last)]
        pd.testing.assert_frame_equal(measure(name, one, spans, (), owner), measure(name, other, spans, (), owner))
        pd.testing.assert_frame_equal(
            measure(name, one, spans[:2], (), owner), measure(name, other, spans[:2], (), owner)
        )


def test_a_figure_is_measured_once_for_all_teams(monkeypatch: pytest.MonkeyPatch, make_tables: MakeTables) -> None:
    """Two teams begin in different months."""
    days = [date(2024, month, 3) for month in range(1, 10)]
    deals = [
        {"deal_id": f"{team} {day}", "team": team, "status": "won", "closed_at": day, "amount": 100}
        for team, begins in (("North", 0), ("South", 4))
        for day in days[begins:]
    ]
    tables = many(make_tables(date(2024, 9, 30), deals=deals))
    asked: list[tuple[Owner, tuple[str, ...]]] = []
    kpi = CATALOGUE["revenue"]

    def counted(scope: Scope, spans: Spans, by: tuple[str, ...]) -> pd.DataFrame:
        asked.append((scope.owner, by))
        return kpi.measure(scope, spans, by)

    monkeypatch.setattr(measuring, "kpi_named", lambda _: replace(kpi, measure=counted))
    assert len(history("revenue", tables, Owner("North")).frame) == len(days)
    assert len(history("revenue", tables, Owner("South")).frame) == len(days) - 4
    assert asked == [(COMPANY, ("team",))]
