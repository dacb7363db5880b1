"""The book: fitted once, read exactly, fitted anew where a file is broken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast import book as book_module
from salesgoals_kit.forecast.book import Book, key_of
from salesgoals_kit.forecast.kin import Kin
from salesgoals_kit.forecast.model import fit_outlook, fit_parts
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.series import Series
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from tests.forecast.conftest import MakeSeries

Q1 = parse_period("2026Q1")


class Fits(list[str]):
    """The series that were really fitted, in order."""


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> Fits:
    """Count the calls of the real fit."""
    counted = Fits()

    def counting(series: Series, *rest: Any) -> Outlook:
        counted.append(series.kpi)
        return fit_outlook(series, *rest)

    monkeypatch.setattr(book_module, "fit_outlook", counting)
    return counted


def same(a: Outlook, b: Outlook) -> bool:
    parts = [
        (a.draws, b.draws),
        (a.fan, b.fan),
        (a.months, b.months),
        *zip(a.counts or (), b.counts or (), strict=True),
    ]
    exact = all(x.dtype == y.dtype and x.tobytes() == y.tobytes() for x, y in parts)
    return exact and all(
        getattr(a, name) == getattr(b, name)
        for name in Outlook.__dataclass_fields__
        if name not in ("draws", "fan", "months", "counts")
    )


def test_a_second_reading_fits_nothing_and_touches_no_file(
    tmp_path: Path, make_series: MakeSeries, seasonal: np.ndarray, fits: Fits
) -> None:
    series = make_series(seasonal)
    book = Book(tmp_path / "book")
    first = book.get(series, Q1)
    written = {file: file.stat().st_mtime_ns for file in book.folder.iterdir()}
    second = book.get(series, Q1)
    assert fits == ["revenue"]
    assert same(first, second)
    assert {file: file.stat().st_mtime_ns for file in book.folder.iterdir()} == written
    assert [file.suffix for file in written] == [".npz"]


def test_an_outlook_of_a_rate_is_read_exactly_as_it_was(tmp_path: Path, make_series: MakeSeries) -> None:
    series = make_series([1, 0, 2, 1], [30, 31, 29, 30], scale="rate", over_period="every_month", unit="rate")
    fitted, read = (Book(tmp_path).get(series, Q1, "PL", 3) for _ in range(2))
    assert fitted.counts is not None
    assert same(fitted, read)


@pytest.mark.parametrize("harm", ["empty", "cut", "flipped", "text", "another"])
def test_a_broken_file_is_fitted_anew(tmp_path: Path, make_series: MakeSeries, fits: Fits, harm: str) -> None:
    series, book = make_series([3.0, 4, 5]), Book(tmp_path)
    first = book.get(series, Q1)
    file = book.path(key_of(series, Q1))
    whole = file.read_bytes()
    middle = len(whole) // 2
    other = Book(tmp_path / "other")
    other.get(make_series([9.0, 8, 7]), Q1)
    broken = {
        "empty": b"",
        "cut": whole[:middle],
        "flipped": whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :],
        "text": b"not an outlook",
        "another": next(other.folder.iterdir()).read_bytes(),
    }
    file.write_bytes(broken[harm])
    fits.clear()
    assert same(book.get(series, Q1), first)
    assert fits == ["revenue"]
    assert file.read_bytes() == whole
    assert same(book.get(series, Q1), first)
    assert fits == ["revenue"]


def test_the_key_depends_on_everything_the_outlook_depends_on(make_series: MakeSeries) -> None:
    series = make_series([1.0, 2, 3])
    keys = {
        key_of(series, Q1),
        key_of(make_series([1.0, 2, 3.0000001]), Q1),
        key_of(series, parse_period("2026Q2")),
        key_of(series, parse_period("2026Q1", 4)),
        key_of(series, Q1, "PL"),
        key_of(series, Q1, None, 1),
    }
    assert len(keys) == 6
    assert key_of(make_series([1.0, 2, 3]), Q1) in keys


def test_a_write_that_fails_leaves_no_file(
    tmp_path: Path, make_series: MakeSeries, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: Any, **_: Any) -> None:
        file.write(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="no space"):
        Book(tmp_path).get(make_series([1.0, 2]), Q1)
    assert list(tmp_path.iterdir()) == []


def test_a_series_without_an_outlook_leaves_no_file(tmp_path: Path, make_series: MakeSeries) -> None:
    with pytest.raises(ForecastError):
        Book(tmp_path / "book").get(make_series([np.nan]), Q1)
    assert not (tmp_path / "book").exists()


def test_siblings_are_fitted_together_and_each_finds_its_own(
    tmp_path: Path, make_series: MakeSeries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of three teams one is asked for: then the others, asked for with their own series, are in the book."""
    kin = a_kin(make_series)
    book = Book(tmp_path)
    first = book.get(kin.parts[0], Q1, kin=kin)
    assert len(list(tmp_path.iterdir())) == 3
    monkeypatch.setattr(Book, "_fit", lambda *_: pytest.fail("a sibling was fitted again"))
    parts = fit_parts(kin, Q1)
    for part in kin.parts:
        own = replace(part, numerator=part.numerator.copy())
        assert same(book.get(own, Q1, kin=kin), parts[part.owner])
    assert same(first, parts[Owner("A")])


def test_what_is_not_shared_out_is_kept_by_its_own_figures_and_by_the_kin_that_lends(make_series: MakeSeries) -> None:
    """A team whose figures end a month earlier than the company's is forecast by itself, from what it has."""
    kin = a_kin(make_series)
    early = kin.parts[0].until(kin.whole.last - 1)
    other = replace(early, numerator=early.numerator + 1)
    lending = replace(kin, parts=kin.parts[1:])
    keys = {key_of(one, Q1, kin=of) for one in (early, other) for of in (kin, lending, None)}
    assert len(keys) == 6
    assert not keys & {key_of(kin.parts[0], Q1, kin=kin)}


def test_each_that_is_not_shared_out_has_the_outlook_of_its_own_figures(
    tmp_path: Path, make_series: MakeSeries
) -> None:
    kin = a_kin(make_series)
    early = kin.parts[0].until(kin.whole.last - 1)
    twice = replace(early, numerator=2 * early.numerator)
    once, more = (Book(tmp_path).get(one, Q1, kin=kin) for one in (early, twice))
    assert more.quantile(0.5) > 1.5 * once.quantile(0.5)


def a_kin(make_series: MakeSeries) -> Kin:
    """Return teams A, B and C of three years, and the company that they add up to."""
    rng = np.random.default_rng(5)
    made = [make_series(rng.normal(size, 0.1 * size, 36)) for size in (100.0, 300.0, 50.0)]
    parts = tuple(replace(one, owner=Owner(name)) for one, name in zip(made, "ABC", strict=True))
    return Kin(replace(made[0], owner=COMPANY, numerator=np.sum([one.numerator for one in made], axis=0)), parts)
