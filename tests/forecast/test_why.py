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
from salesgoals_kit.forecast.calibration import calibrate
from salesgoals_kit.forecast.model import fit_outlook
from salesgoals_kit.forecast.record import message_of, message_record
from salesgoals_kit.forecast.why import quantity, why
from salesgoals_kit.periods import parse_period
from salesgoals_kit.words import PLACEHOLDER, Change, Count, Message, Money, Number, Points, Rate, catalogue, say
from tests.forecast.conftest import MakeSeries

Q1 = parse_period("2026Q1")


def by_id(messages: tuple[Message, ...]) -> dict[str, Message]:
    return {message.id.removeprefix("forecast."): message for message in messages}


def test_level_trend_season_and_history_are_named(make_series: MakeSeries) -> None:
    """Two years at 100, two at 120 with July doubled: worked by hand."""
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


def test_a_season_is_named_only_where_the_forecast_goes_by_one(make_series: MakeSeries) -> None:
    values = np.random.default_rng(12).lognormal(0, 0.5, 40)
    series = make_series(values)
    outlook = fit_outlook(series, Q1)
    assert outlook.season is not None
    said = by_id(why(replace(outlook, method="seasonal_naive"), series))
    assert "repeats_level" in said
    assert not {"season", "even_year"} & set(said)


def test_a_stock_is_named_by_its_last_figure_and_a_rate_by_all_its_cases(make_series: MakeSeries) -> None:
    stock = make_series([100.0, 110, 130], over_period="last")
    assert by_id(why(fit_outlook(stock, Q1), stock))["level_stock"].values["value"] == Money(130)
    wins = make_series(
        [1, 2, 3, 4, 5, 6], [10, 10, 10, 20, 20, 20], scale="rate", over_period="ratio_of_sums", unit="rate"
    )
    said = by_id(why(fit_outlook(wins, Q1), wins))
    assert said["level_ratio"].values["value"] == Rate(21 / 90)  # 1 + … + 6 of 90
    assert said["trend_of_rate"].values["change"] == Points(15 / 60 - 6 / 30)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("money", Money(2.5)), ("rate", Rate(2.5)), ("count", Number(2.5)), ("days", Number(2.5, 1, "days"))],
)
def test_a_value_is_of_its_unit(unit: str, expected: object) -> None:
    assert quantity(2.5, unit) == expected


def test_every_sentence_has_its_wording_and_every_wording_its_sentence() -> None:
    """Ids are read from the code; those made of a name are listed by hand."""
    written: set[str] = set()
    for file in Path(salesgoals_kit.forecast.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                written |= set(re.findall(r"'(forecast\.\w+)'", ast.unparse(node)))
    written |= {f"forecast.month_{month}" for month in range(1, 13)}
    written |= {f"forecast.level_{rule}" for rule in ("stock", "flow", "ratio")}
    for method in ("prophet", "seasonal_naive"):
        written |= {f"forecast.chosen_{method}", f"forecast.chosen_{method}_without_error"}
    assert written == {name for name in catalogue("en") if name.startswith("forecast.")}


def test_every_wording_finds_its_values(make_series: MakeSeries, seasonal: np.ndarray) -> None:
    hole = seasonal.copy()
    hole[20], hole[30] = np.nan, -5
    few = np.array([0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1])
    several = [
        make_series(seasonal),
        make_series(hole, last="2025-10"),
        make_series([1.0]),
        make_series(np.tile(seasonal, 2)),
        make_series([0.0] * 30),
        make_series([7.0] * 30),
        make_series(few, few, scale="rate", over_period="ratio_of_sums", unit="rate"),
        make_series(np.linspace(0.9, 0.95, 40), scale="rate", over_period="recompute", unit="rate"),
    ]
    said = []
    for series in several:
        outlook = fit_outlook(series, Q1)
        said += [*outlook.notes, *why(outlook, series)]
    for message in said:
        wording = catalogue("en")[message.id]
        texts = [wording] if isinstance(wording, str) else [text for key, text in wording.items() if key != "by"]
        names = {name for text in texts for name in PLACEHOLDER.findall(text)}
        assert names <= set(message.values), message
    assert {"holes", "gap", "below_zero", "all_zero", "constant", "may_be_undefined", "older_left_out"} <= set(
        by_id(tuple(said))
    )


def test_a_message_is_read_as_it_was_written() -> None:
    message = say(
        "forecast.season",
        strong=say("forecast.month_7"),
        more=Change(0.3),
        when=date(2026, 1, 1),
        many=(Count(1), Number(2.5, 0, "days"), "revenue"),
    )
    assert message_of(message_record(message)) == message


def test_calibration_changes_nothing_yet_and_says_so_once(make_series: MakeSeries) -> None:
    outlook = fit_outlook(make_series([1.0, 2, 3]), Q1)
    again = calibrate(outlook)
    assert again is outlook
    assert [note.id for note in outlook.notes].count("forecast.not_calibrated") == 1
