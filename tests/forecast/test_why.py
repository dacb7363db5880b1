"""The sentences: why an outlook is what it is, and that each has its wording and its values."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import salesgoals_kit.forecast
from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.kin import Kin
from salesgoals_kit.forecast.model import fit_outlook
from salesgoals_kit.forecast.record import message_of, message_record
from salesgoals_kit.forecast.why import quantity, why
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.words import PLACEHOLDER, Change, Count, Message, Money, Number, Points, Rate, catalogue, say
from tests.forecast.conftest import MakeSeries

Q1 = parse_period("2026Q1")


def by_id(messages: tuple[Message, ...]) -> dict[str, Message]:
    return {message.id.removeprefix("forecast."): message for message in messages}


def test_level_trend_season_and_history_are_named(make_series: MakeSeries) -> None:
    """Two years at 100, one at 120, one at 150, each July doubled: worked by hand."""
    year = np.array([1.0, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1])
    series = make_series(np.concatenate([100 * year, 100 * year, 120 * year, 150 * year]))
    said = by_id(why(fit_outlook(series, Q1), series))
    assert said["history_used"].values == {
        "first": say("forecast.month_of_year", month=say("forecast.month_1"), year="2022"),
        "last": say("forecast.month_of_year", month=say("forecast.month_12"), year="2025"),
        "months": Count(48),
    }
    assert said["level_flow"].values == {"months": Count(12), "value": Money(150 * 13 / 12)}  # thirteen months' worth
    assert said["trend"].values["change"] == Change(150 / 120 - 1)
    assert said["season"].values["strong"] == say("forecast.month_7")


@pytest.mark.parametrize(
    ("values", "method"),
    [
        (np.random.default_rng(12).lognormal(0, 0.3, 40), "combination"),
        (np.random.default_rng(12).poisson(0.4, 40) * 900.0, "lumpy"),
        (np.full(40, 7.0), "still"),
    ],
    ids=["combination", "lumpy", "still"],
)
def test_how_the_history_is_continued_is_said_last(make_series: MakeSeries, values: np.ndarray, method: str) -> None:
    series = make_series(values)
    outlook = fit_outlook(series, Q1)
    assert outlook.method == method
    assert why(outlook, series)[-1] == say(f"forecast.continues_{method}")


def test_a_season_is_named_with_its_highest_and_lowest_month_and_by_how_much(
    make_series: MakeSeries, seasonal: np.ndarray
) -> None:
    series = make_series(seasonal)
    outlook = fit_outlook(series, Q1)
    said = by_id(why(outlook, series))
    assert outlook.season is not None
    strong, weak = int(np.argmax(outlook.season)), int(np.argmin(outlook.season))
    assert said["season"].values == {
        "strong": say(f"forecast.month_{strong + 1}"),
        "more": Change(outlook.season[strong] - 1),
        "weak": say(f"forecast.month_{weak + 1}"),
        "less": Change(outlook.season[weak] - 1),
    }
    assert strong + 1 in (6, 7, 8)
    assert weak + 1 in (12, 1, 2)


def test_a_year_whose_months_differ_by_less_than_a_twentieth_is_even(make_series: MakeSeries) -> None:
    series = make_series(np.random.default_rng(3).lognormal(0, 0.01, 48))
    said = by_id(why(fit_outlook(series, Q1), series))
    assert "even_year" in said
    assert "season" not in said


def test_no_season_is_named_under_two_years_nor_where_nothing_moves(
    make_series: MakeSeries, seasonal: np.ndarray
) -> None:
    for values in (seasonal[-23:], np.full(48, 7.0)):
        series = make_series(values)
        assert not {"season", "even_year"} & set(by_id(why(fit_outlook(series, Q1), series)))


def test_under_two_years_the_last_quarter_is_compared_with_the_one_before(make_series: MakeSeries) -> None:
    """5, 6, 7 before and 8, 9, 10 now: 27 / 18 - 1; five months have no two quarters."""
    series = make_series([5.0, 6, 7, 8, 9, 10])
    assert by_id(why(fit_outlook(series, Q1), series))["trend"].values == {"change": Change(0.5), "months": Count(3)}
    short = make_series([6.0, 7, 8, 9, 10])
    assert "trend" not in by_id(why(fit_outlook(short, Q1), short))


def test_a_stock_is_named_by_its_last_figure_and_a_rate_by_all_its_cases(make_series: MakeSeries) -> None:
    stock = make_series([100.0, 110, 130], over_period="last")
    assert by_id(why(fit_outlook(stock, Q1), stock))["level_stock"].values["value"] == Money(130)
    wins = make_series(
        [1, 2, 3, 4, 5, 6], [10, 10, 10, 20, 20, 20], scale="rate", over_period="ratio_of_sums", unit="rate"
    )
    said = by_id(why(fit_outlook(wins, Q1), wins))
    assert said["level_ratio"].values["value"] == Rate(21 / 90)  # 1 + … + 6 of 90
    assert said["trend"].values["change"] == Points(15 / 60 - 6 / 30)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("money", Money(2.5)), ("rate", Rate(2.5)), ("count", Number(2.5)), ("days", Number(2.5, 1, "days"))],
)
def test_a_value_is_of_its_unit(unit: str, expected: object) -> None:
    assert quantity(2.5, unit) == expected


def test_a_stock_is_compared_with_what_it_was_and_not_month_by_month(make_series: MakeSeries) -> None:
    """8 now and 5 three months ago, not (6 + 7 + 8) against (3 + 4 + 5)."""
    stock = make_series([3.0, 4, 5, 6, 7, 8], over_period="last")
    said = by_id(why(fit_outlook(stock, Q1), stock))
    assert said["trend_of_stock"].values == {"change": Change(8 / 5 - 1), "months": Count(3)}
    assert "trend" not in said


def test_every_sentence_has_its_wording_and_every_wording_its_sentence() -> None:
    """Ids are read from the code; those made of a name are listed by hand."""
    written: set[str] = set()
    for file in Path(salesgoals_kit.forecast.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                written |= set(re.findall(r"'(forecast\.\w+)'", ast.unparse(node)))
        written |= set(re.findall(r'"(forecast\.none\w*)"', file.read_text("utf-8")))  # of errors
    written |= {ForecastError("nothing").reason}
    written |= {f"forecast.month_{month}" for month in range(1, 13)}
    written |= {f"forecast.level_{rule}" for rule in ("stock", "flow", "ratio")}
    written |= {f"forecast.continues_{method}" for method in ("combination", "short", "lumpy", "still", "borrowed")}
    assert written == {name for name in catalogue("en") if name.startswith("forecast.")}


def test_every_wording_finds_its_values(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    hole = seasonal.copy()
    hole[20], hole[30] = np.nan, -5
    few = np.array([0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1])
    steady = np.random.default_rng(4).lognormal(0, 0.03, 48)
    huge, halved = steady.copy(), steady.copy()
    huge[20] *= 9
    halved[-8:] /= 2
    several = [
        make_series(huge),
        make_series(halved),
        make_series(few * 500.0),
        make_series(seasonal),
        make_series(hole, last="2025-10"),
        make_series([1.0]),
        make_series(np.tile(seasonal, 3)),
        make_series([0.0] * 30),
        make_series([7.0] * 30),
        make_series(few, few, scale="rate", over_period="ratio_of_sums", unit="rate"),
        make_series(np.linspace(0.9, 0.95, 40), scale="rate", over_period="recompute", unit="rate"),
    ]
    said = []
    for series in several:
        outlook = fit_outlook(series, Q1)
        said += [*outlook.notes, *why(outlook, series)]
    young = replace(make_series([5.0, 6, 7]), owner=Owner("Young"))
    said += fit_outlook(young, Q1, kin=Kin(replace(several[0], owner=COMPANY), (young,))).notes
    for message in said:
        wording = catalogue("en")[message.id]
        texts = [wording] if isinstance(wording, str) else [text for key, text in wording.items() if key != "by"]
        names = {name for text in texts for name in PLACEHOLDER.findall(text)}
        assert names <= set(message.values), message
    expected = {"holes", "gap", "below_zero", "all_zero", "constant", "may_be_undefined", "older_left_out"}
    expected |= {"huge_months", "level_changed", "range_borrowed", "season_borrowed", "continues_lumpy"}
    assert expected <= set(by_id(tuple(said)))


def test_a_message_is_read_as_it_was_written() -> None:
    message = say(
        "forecast.season",
        strong=say("forecast.month_7"),
        more=Change(0.3),
        when=date(2026, 1, 1),
        many=(Count(1), Number(2.5, 0, "days"), "revenue"),
    )
    assert message_of(message_record(message)) == message
