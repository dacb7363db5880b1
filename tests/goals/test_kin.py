"""Whose figures belong together, from tables: siblings, what belongs to none of them, and the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.errors import ForecastError, SalesGoalsError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.kin import Kin
from salesgoals_kit.goals import kin as kin_room
from salesgoals_kit.goals.board import outlook_of
from salesgoals_kit.goals.kin import NO_ONE, kin_of, known_of, series_of
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.policies import Team

FIRST, LAST = date(2023, 1, 2), date(2025, 12, 31)
Q1 = parse_period("2026Q1")
REVENUE = CATALOGUE["revenue"]
PEOPLE = {"Ann": "North", "Bob": "North", "Cid": "South", "Eve": "East"}


def company_of(teams: Mapping[str, str | None], **sources: str) -> Company:
    found = Company.model_validate(
        {
            "version": 1,
            "name": "Acme",
            "sources": {name: {"path": f"{name}.csv"} for name in ("deals", "subscriptions", *sources)},
        }
    )
    return found.model_copy(update={"teams": [Team(name=name, parent=parent) for name, parent in teams.items()]})


def deals_of(rng: np.random.Generator) -> pd.DataFrame:
    """Return a deal every second day of three years: of four reps in three teams, or of nobody."""
    rows: list[dict[str, Any]] = []
    for day in range(0, (LAST - FIRST).days + 1, 2):
        rep = [*PEOPLE, None][day // 2 % 5]
        closed = FIRST + timedelta(days=day)
        rows.append(
            {
                "deal_id": f"D{day:04}",
                "status": "won" if rng.random() < 0.7 else "lost",
                "created_at": closed - timedelta(days=int(rng.integers(1, 60))),
                "closed_at": closed,
                "amount": int(rng.integers(1_000, 90_000)),
                "rep": rep,
                "team": PEOPLE.get(str(rep)),
            }
        )
    return pd.DataFrame(rows)


def tables_of(teams: Mapping[str, str | None], deals: pd.DataFrame | None = None, **frames: pd.DataFrame) -> Tables:
    made = {"deals": deals_of(np.random.default_rng(1)) if deals is None else deals, **frames}
    return tables_from_frames(made, company_of(teams), LAST)


@pytest.fixture(scope="module")
def flat() -> Tables:
    """Three teams below the company, and deals of nobody."""
    return tables_of({"North": None, "South": None, "East": None})


@pytest.fixture(scope="module")
def nested() -> Tables:
    """East is a team of South."""
    return tables_of({"North": None, "South": None, "East": "South"})


def found(tables: Tables, owner: Owner, kpi: str = "revenue") -> Kin:
    kin = kin_of(tables, owner, CATALOGUE[kpi], Q1)
    assert kin is not None
    return kin


def owners(kin: Kin) -> list[Owner]:
    return [part.owner for part in kin.parts]


def add_up(kin: Kin) -> None:
    """Month by month, from the first, the parts' figures are the whole's, cent for cent."""
    total = np.zeros(len(kin.whole.months))
    for part in kin.parts:
        assert part.last == kin.whole.last
        total[-len(part.months) :] += part.numerator
    np.testing.assert_allclose(total, kin.whole.numerator, rtol=1e-12)


def test_parts_are_the_siblings_and_what_belongs_to_none_of_them(flat: Tables) -> None:
    kin = found(flat, Owner("South"))
    assert owners(kin) == [Owner("North"), Owner("South"), Owner("East"), Owner(None, NO_ONE)]
    assert kin.whole.owner == COMPANY
    assert kin.of is None
    add_up(kin)


def test_each_part_is_the_history_of_its_owner(flat: Tables) -> None:
    for part in found(flat, Owner("South")).parts[:3]:
        assert part.digest() == series_of(flat, part.owner, REVENUE, Q1).digest()
        assert (part.unit, part.scale, part.over_period, part.kpi) == ("money", "positive", "sum", "revenue")


def test_all_siblings_have_the_same_kin(flat: Tables) -> None:
    """So that they are fitted once and together."""
    digests = {found(flat, Owner(team)).digest for team in ("North", "South", "East")}
    assert len(digests) == 1


def test_the_company_is_part_of_nothing(flat: Tables) -> None:
    assert kin_of(flat, COMPANY, REVENUE, Q1) is None


def test_a_rep_of_no_team_is_part_of_nothing(flat: Tables) -> None:
    assert kin_of(flat, Owner(None, "Ann"), REVENUE, Q1) is None


def test_a_team_is_a_sibling_with_all_below_it(nested: Tables) -> None:
    kin = found(nested, Owner("South"))
    assert owners(kin) == [Owner("North"), Owner("South"), Owner(None, NO_ONE)]
    add_up(kin)
    south = series_of(nested, Owner("South"), REVENUE, Q1)  # with East, as the KPI has it
    np.testing.assert_array_equal(kin.parts[1].months, south.months)
    np.testing.assert_allclose(kin.parts[1].numerator, south.numerator, rtol=1e-12)


def test_a_team_below_a_team_is_part_of_it_beside_what_is_the_upper_ones_own(nested: Tables) -> None:
    """South is East and what is South's own; and South is part of the company, with the same figures."""
    kin = found(nested, Owner("East"))
    assert kin.whole.owner == Owner("South")
    assert owners(kin) == [Owner("East"), Owner("South", NO_ONE)]
    add_up(kin)
    assert kin.of is not None
    assert kin.of.whole.owner == COMPANY
    above = next(part for part in kin.of.parts if part.owner == kin.whole.owner)
    np.testing.assert_allclose(above.numerator[-30:], kin.whole.numerator[-30:], rtol=1e-12)


def test_reps_are_part_of_their_team(flat: Tables) -> None:
    kin = found(flat, Owner("North", "Ann"))
    assert owners(kin) == [Owner("North", "Ann"), Owner("North", "Bob")]
    assert kin.whole.owner == Owner("North")
    add_up(kin)
    assert kin.of is not None
    assert owners(kin.of) == owners(found(flat, Owner("North")))


def test_without_a_list_of_teams_those_of_the_tables_are_the_siblings() -> None:
    kin = found(tables_of({}), Owner("North"))
    assert owners(kin) == [Owner("East"), Owner("North"), Owner("South"), Owner(None, NO_ONE)]
    add_up(kin)


def test_where_all_belongs_to_someone_there_is_no_part_of_nobody() -> None:
    """All three teams begin in the first week: in the second, the deals before would be nobody's."""
    deals = deals_of(np.random.default_rng(1))
    early = pd.to_datetime(deals["closed_at"]) < pd.Timestamp("2023-01-07")
    deals.loc[early, "team"] = ["North", "South", "East"]
    kin = found(tables_of({"North": None, "South": None, "East": None}, deals[deals["team"].notna()]), Owner("East"))
    assert owners(kin) == [Owner("North"), Owner("South"), Owner("East")]
    add_up(kin)


def test_a_listed_team_without_a_deal_is_no_part(flat: Tables) -> None:
    kin = found(tables_of({"North": None, "South": None, "East": None, "Moon": None}), Owner("Moon"))
    assert Owner("Moon") not in owners(kin)
    assert len(kin.parts) == 4


def test_a_figure_that_cannot_be_split_by_team_has_no_kin(flat: Tables) -> None:
    """Deals without a team, and a figure whose tables are not there at all."""
    untold = deals_of(np.random.default_rng(1)).drop(columns="team")
    assert kin_of(tables_of({"North": None}, untold), Owner("North"), REVENUE, Q1) is None
    assert kin_of(flat, Owner("North"), CATALOGUE["mrr"], Q1) is None
    assert kin_of(flat, Owner("North", "Ann"), CATALOGUE["clv"], Q1) is None


def test_where_the_whole_has_no_history_the_owner_stands_alone(flat: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise SalesGoalsError("No history.")

    monkeypatch.setattr(kin_room, "histories", fails)
    assert kin_of(replace(flat), Owner("North"), REVENUE, Q1) is None


def test_the_two_parts_of_a_ratio_add_up_each(nested: Tables) -> None:
    """Win rate: won and decided of the teams are those of the company; of South with East below it too."""
    kin = found(nested, Owner("South"), "win_rate")
    assert not kin.adds_up
    begun = max(part.first for part in kin.parts)
    for name in ("numerator", "denominator"):
        parts = [getattr(part.between(begun, kin.whole.last), name) for part in kin.parts]
        np.testing.assert_array_equal(np.sum(parts, axis=0), getattr(kin.whole.between(begun, kin.whole.last), name))
    south = kin.parts[1]
    assert south.denominator is not None
    assert (south.numerator <= south.denominator).all()
    np.testing.assert_array_equal(south.value, south.numerator / south.denominator)


def test_what_is_recomputed_on_a_periods_rows_is_not_added_up(nested: Tables) -> None:
    """The cycle of South is not that of its own deals and East's added up; nor is nobody's a part.

    North has nothing below it, and lends its history as it is, over the quarters of the period.
    """
    kin = found(nested, Owner("North"), "cycle_days")
    assert owners(kin) == [Owner("North")]
    own = series_of(nested, Owner("North"), CATALOGUE["cycle_days"], Q1)
    both = np.intersect1d(kin.parts[0].months, own.months)
    assert len(both) > 20
    np.testing.assert_allclose(
        kin.parts[0].value[np.isin(kin.parts[0].months, both)], own.value[np.isin(own.months, both)]
    )
    assert not kin.adds_up


def test_a_recomputed_figure_rolls_over_as_many_months_as_the_period_has(flat: Tables) -> None:
    """Of 36 months there are 34 quarters that end in one, and 25 years; other figures are by month."""
    cycle = CATALOGUE["cycle_days"]
    lengths = {name: len(series_of(flat, COMPANY, cycle, parse_period(name)).months) for name in ("2026Q1", "2026")}
    single = len(series_of(flat, COMPANY, cycle, parse_period("2026-01")).months)
    assert (lengths["2026Q1"], lengths["2026"]) == (single - 2, single - 11)
    assert len({len(series_of(flat, COMPANY, REVENUE, parse_period(name)).months) for name in ("2026Q1", "2026")}) == 1


def test_a_team_that_has_just_begun_is_a_part_and_all_add_up_from_then_on() -> None:
    deals = deals_of(np.random.default_rng(1))
    before = pd.to_datetime(deals["closed_at"]) < pd.Timestamp("2025-09-10")
    deals.loc[before & (deals["team"] == "East"), "team"] = "South"
    kin = found(tables_of({"North": None, "South": None, "East": None}, deals), Owner("East"))
    east = next(part for part in kin.parts if part.owner == Owner("East"))
    assert east.first == parse_period("2025-10").first  # September is a part month
    add_up(kin)


@pytest.mark.parametrize("begun", ["2025-12-01", "2025-12-20"])
def test_the_outlooks_of_all_teams_add_up_to_the_companys_also_of_one_that_began_in_the_last_month(
    begun: str, tmp_path: Path
) -> None:
    """East's first deal is of 3 December, and it is a part; or of the 23rd: a newcomer, with too few to be like one."""
    deals = deals_of(np.random.default_rng(1))
    before = pd.to_datetime(deals["closed_at"]) < pd.Timestamp(begun)
    deals.loc[before & (deals["team"] == "East"), "team"] = "South"
    tables = tables_of({"North": None, "South": None, "East": None}, deals)
    book = Book(tmp_path)
    kin = found(tables, Owner("East"))
    add_up(kin)
    newcomer = begun == "2025-12-20"
    teams = [part.owner for part in kin.parts[:-1]]
    assert (Owner("East") in teams) is not newcomer
    drawn = [outlook_of(tables, owner, REVENUE, Q1, book).draws for owner in teams]
    drawn.append(book.get(kin.parts[-1], Q1, kin=kin).draws)
    np.testing.assert_allclose(np.sum(drawn, axis=0), outlook_of(tables, COMPANY, REVENUE, Q1, book).draws, rtol=1e-9)
    if newcomer:
        with pytest.raises(ForecastError, match="not enough others"):
            outlook_of(tables, Owner("East"), REVENUE, Q1, book)


def test_what_is_reported_of_a_part_is_the_series_that_was_forecast(flat: Tables) -> None:
    """Ann sold in East to the end of 2024 and in North since: what she sold in East is not North's to share out."""
    deals = deals_of(np.random.default_rng(1))
    moved = (deals["rep"] == "Ann") & (pd.to_datetime(deals["closed_at"]) < pd.Timestamp("2025-01-01"))
    deals.loc[moved, "team"] = "East"
    tables = tables_of({"North": None, "South": None, "East": None}, deals)
    ann = Owner("North", "Ann")
    series, kin = known_of(tables, ann, REVENUE, Q1)
    assert kin is not None
    assert series in kin.parts
    assert len(series.months) == 12
    assert len(series_of(tables, ann, REVENUE, Q1).months) == 36
    add_up(kin)
    for owner in (Owner("North"), Owner("North", "Bob")):
        series, kin = known_of(flat, owner, REVENUE, Q1)
        assert kin is not None
        assert series in kin.parts
        assert series.digest() == series_of(flat, owner, REVENUE, Q1).digest()


def test_a_shuffled_table_has_the_same_kin(flat: Tables) -> None:
    deals = deals_of(np.random.default_rng(1)).sample(frac=1, random_state=3)
    shuffled = tables_of({"North": None, "South": None, "East": None}, deals)
    assert found(shuffled, Owner("South")).digest == found(flat, Owner("South")).digest


def test_siblings_share_one_kin_which_is_worked_out_once(flat: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    """With many teams everything else would be worked out as many times as there are pairs of them."""
    fresh = replace(flat)
    one = found(fresh, Owner("South"))
    monkeypatch.setattr(kin_room, "histories", None)
    assert all(found(fresh, Owner(team)) is one for team in ("North", "East"))
