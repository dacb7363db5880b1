"""An owner without a month of history: what its siblings lend, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.kin import Kin
from salesgoals_kit.forecast.model import fit_outlook
from salesgoals_kit.forecast.series import Series
from salesgoals_kit.forecast.why import why
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, say
from tests.forecast.conftest import MakeSeries

Q1 = parse_period("2026Q1")


def of(series: Series, team: str | None) -> Series:
    return replace(series, owner=Owner(team))


@pytest.fixture
def newcomer(make_series: MakeSeries) -> Series:
    return of(make_series([1.0]).between(0, 0), "New")


def test_a_newcomer_is_as_one_of_its_siblings_and_nobody_knows_which(
    make_series: MakeSeries, newcomer: Series, tmp_path: Path
) -> None:
    """Siblings that never move bring 3 * 100, twice 3 * 1000 and 3 * 100 a quarter: an even chance of each."""
    four = tuple(
        of(make_series([value] * 30), name) for name, value in zip("ABCD", (100.0, 1e3, 1e3, 100.0), strict=True)
    )
    nobody = of(make_series([1.0] * 30), None)
    kin = Kin(of(make_series([2201.0] * 30), None), (*four, replace(nobody, owner=Owner(None, ""))))
    outlook = Book(tmp_path).get(newcomer, Q1, kin=kin)
    assert set(outlook.draws) == {300.0, 3000.0}
    assert outlook.chance(1000) == pytest.approx(0.5, abs=0.05)
    assert (outlook.owner.team, outlook.method, outlook.history_months) == ("New", "borrowed", 0)
    assert [note.id for note in outlook.notes] == ["forecast.newcomer"]
    assert [reason.id for reason in why(outlook, newcomer)] == ["forecast.continues_borrowed"]
    np.testing.assert_array_equal(Book(tmp_path).get(newcomer, Q1, kin=kin).draws, outlook.draws)


def test_it_is_said_that_the_outlook_above_does_not_count_a_newcomer_in() -> None:
    for lenders in (3, 4):
        said = Texts("en", "en", "EUR").text(say("forecast.newcomer", lenders=Count(lenders)))
        assert said.endswith("The outlook of the team or company above does not count it in.")


def test_a_newcomers_rate_is_drawn_with_its_cases(make_series: MakeSeries, newcomer: Series, tmp_path: Path) -> None:
    won, decided = np.random.default_rng(1).binomial(20, 0.4, 30), np.full(30, 20.0)
    rate = make_series(won, decided, scale="rate", over_period="ratio_of_sums", unit="rate", kpi="win_rate")
    outlook = Book(tmp_path).get(newcomer, Q1, kin=Kin(of(rate, None), tuple(of(rate, name) for name in "ABC")))
    assert outlook.counts is not None
    np.testing.assert_array_equal(outlook.draws, outlook.counts[0] / outlook.counts[1])
    assert outlook.quantile(0.5) == pytest.approx(0.4, abs=0.08)


def test_without_siblings_a_newcomer_has_no_outlook(make_series: MakeSeries, newcomer: Series, tmp_path: Path) -> None:
    with pytest.raises(ForecastError, match="an outlook needs some history"):
        Book(tmp_path).get(newcomer, Q1, kin=Kin(of(make_series([1.0] * 30), None), ()))
    with pytest.raises(ForecastError, match="an outlook needs some history"):
        Book(tmp_path).get(newcomer, Q1)


def test_siblings_whose_history_ends_years_before_lend_nothing(
    make_series: MakeSeries, newcomer: Series, tmp_path: Path
) -> None:
    old = tuple(of(make_series([5.0] * 30, last="2022-12"), name) for name in ("Old", "Older", "Oldest"))
    with pytest.raises(ForecastError, match="load newer data"):
        Book(tmp_path).get(newcomer, Q1, kin=Kin(of(old[0], None), old))


def test_of_one_or_two_siblings_a_newcomer_takes_nothing(
    make_series: MakeSeries, newcomer: Series, tmp_path: Path
) -> None:
    """A company of two or three teams: what the new one is expected to bring would be what a known one is."""
    for names in ("A", "AB"):
        kin = Kin(of(make_series([9.0] * 30), None), tuple(of(make_series([5.0] * 30), name) for name in names))
        with pytest.raises(ForecastError, match="not enough others") as caught:
            Book(tmp_path).get(newcomer, Q1, kin=kin)
        assert caught.value.reason == "forecast.none_lent"
    kin = Kin(of(make_series([9.0] * 30), None), tuple(of(make_series([5.0] * 30), name) for name in "ABC"))
    assert Book(tmp_path).get(newcomer, Q1, kin=kin).method == "borrowed"


def test_an_owner_whose_kin_have_no_part_yet_stands_alone(make_series: MakeSeries, tmp_path: Path) -> None:
    """A team whose first sale is in the last month: no part has a whole month, and the report goes on without."""
    first = of(make_series([100.0]), "North")
    outlook = Book(tmp_path).get(first, Q1, kin=Kin(of(make_series([100.0]), None), ()))
    assert outlook.owner == Owner("North")
    assert np.isfinite(outlook.draws).all()


def test_siblings_that_have_not_moved_in_a_few_months_make_nothing_certain(make_series: MakeSeries) -> None:
    five = [of(make_series([1.0] * 5, over_period="recompute"), team) for team in (None, "A", "B")]
    outlook = fit_outlook(five[1], Q1, kin=Kin(five[0], tuple(five[1:])))
    assert outlook.quantile(0.1) < 1 < outlook.quantile(0.9)
