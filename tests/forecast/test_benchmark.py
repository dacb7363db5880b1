"""The benchmark: measures worked by hand, faults of a file, one small run from end to end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from salesgoals_kit.errors import DataError
from tests.benchmarks import forecast, measures, rivals, series_data, trial
from tests.benchmarks.csv_file import read_csv
from tests.benchmarks.kit import kit_draws
from tests.benchmarks.rivals import Ask, Forecast
from tests.benchmarks.series_data import MonthlySeries
from tests.benchmarks.summary import summarise

SCRIPT = Path(forecast.__file__)
HEADING = "unique_id,ds,y,split"


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_smape_by_hand() -> None:
    by_hand = 200 * (10 / 210 + 0 + 5 / 5 + 20 / 20) / 4  # 0/0 counts 0
    assert measures.smape(array(100, 0, 5, -10), array(110, 0, 0, 10)) == pytest.approx(by_hand)


def test_mase_is_divided_by_the_mean_change_from_the_same_month_of_last_year() -> None:
    train = np.concatenate([np.arange(12.0), np.arange(12.0) + 4, [20.0]])  # twelve changes of 4, one of 16
    assert measures.seasonal_error(train) == pytest.approx((12 * 4 + 16) / 13)
    assert measures.mase(array(1, 2), array(3, 8), train) == pytest.approx(4 / (64 / 13))


def test_the_scale_of_a_year_or_less_is_the_mean_monthly_change() -> None:
    assert measures.seasonal_error(np.arange(12.0) * 3) == 3
    assert measures.seasonal_error(np.arange(13.0) * 3) == 36


def test_without_a_scale_there_is_no_mase() -> None:
    assert np.isnan(measures.mase(array(1), array(2), np.full(30, 5.0)))
    assert np.isnan(measures.mase(array(1), array(2), array(5)))


def test_pinball_by_hand() -> None:
    draws = np.arange(11.0)[:, None]  # 0, 1, …, 10: the points are 1, 2, 5, 8 and 9
    # 4: above 1 and 2 by 3 and 2, below 5, 8 and 9 by 1, 4 and 5
    by_hand = (0.1 * 3 + 0.2 * 2 + 0.5 * 1 + 0.2 * 4 + 0.1 * 5) / 5
    assert measures.pinball(array(4), draws) == pytest.approx(by_hand)
    assert np.isnan(measures.pinball(array(), np.empty((11, 0))))


def test_randomised_pit_by_hand() -> None:
    draws = array(0, 0, 0, 2, 5)[:, None]
    assert measures.randomised_pit(array(0), draws, array(0.5)) == pytest.approx(0.5 * 3 / 5)
    assert measures.randomised_pit(array(3), draws, array(0.5)) == pytest.approx(4 / 5)
    assert measures.randomised_pit(array(9), draws, array(0.5)) == 1
    # what differs by rounding alone is a tie
    assert measures.randomised_pit(array(0.1 + 0.2), np.full((4, 1), np.float32(0.3)), array(0.25)) == 0.25


def test_hits_are_even_when_the_draws_tell_the_truth_though_most_totals_tie() -> None:
    rng = np.random.default_rng(3)
    actual, draws = rng.poisson(0.4, 4000).astype(float), rng.poisson(0.4, (1000, 4000)).astype(float)
    hits = measures.hits(measures.randomised_pit(actual, draws, measures.uniforms("A", "month", 4000)).tolist())
    for level, share in hits.items():
        assert share == pytest.approx(int(level) / 100, abs=0.03)


def test_uniforms_depend_on_series_grain_and_block_alone() -> None:
    first = measures.uniforms("A", "month", 5)
    assert first.tolist() == measures.uniforms("A", "month", 9)[:5].tolist()
    assert len({*first, *measures.uniforms("B", "month", 5), *measures.uniforms("A", "quarter", 5)}) == 15


def test_a_part_of_a_block_is_left_out() -> None:
    assert measures.blocks(np.arange(14.0), 12).tolist() == [66]
    assert measures.blocks(np.arange(14.0), 3).tolist() == [3, 12, 21, 30]
    assert measures.blocks(np.arange(11.0), 12).tolist() == []
    assert measures.blocks(np.ones((5, 7)), 3).tolist() == [[3, 3]] * 5


def test_the_sample_is_spread_evenly() -> None:
    series = [MonthlySeries(str(number), 0, array(1), array(1)) for number in range(10)]
    assert [one.name for one in series_data.spread(series, 4)] == ["0", "2", "5", "7"]
    assert len(series_data.spread(series, 20)) == len(series_data.spread(series, None)) == 10


@pytest.fixture
def two_years() -> MonthlySeries:
    months = np.arange(30)
    noise = np.random.default_rng(5).normal(0, 5, 34)
    values = 100 + 20 * np.sin(2 * np.pi * np.arange(34) / 12) + noise
    return MonthlySeries("A", 600, values[: len(months)], values[len(months) :])


def test_last_leaves_the_scale_uncut(two_years: MonthlySeries, only_naive: None) -> None:
    tried = trial.try_series(two_years, 18, last=3)
    found = tried.models["seasonal_naive"]
    scale = measures.seasonal_error(two_years.train)
    assert tried.months == 3
    # what is shown is the same, what was before moves twice as much
    wilder = replace(two_years, train=np.concatenate([2 * two_years.train[:-3], two_years.train[-3:]]))
    other = trial.try_series(wilder, 18, last=3).models["seasonal_naive"]
    ratio = measures.seasonal_error(wilder.train) / scale
    assert ratio > 1.5
    assert found.points.mase == pytest.approx(np.mean(np.abs(two_years.test - two_years.train[-1])) / scale)
    assert found.points.mase == pytest.approx(ratio * other.points.mase)
    for grain in ("month", "quarter"):
        losses = [one.spreads[rivals.OWN].pinball[grain] for one in (found, other)]
        assert losses[0] == pytest.approx(ratio * losses[1])


def test_a_test_part_shorter_than_the_horizon_is_scored_on_what_it_has(
    two_years: MonthlySeries, only_naive: None
) -> None:
    pits = trial.try_series(two_years, 18, None).models["kit"].spreads[rivals.OWN].pits
    assert {grain: len(found) for grain, found in pits.items()} == {"month": 4, "quarter": 1, "year": 0}
    shorter = trial.try_series(two_years, 2, None).models["kit"].spreads[rivals.OWN].pits
    assert {grain: len(found) for grain, found in shorter.items()} == {"month": 2, "quarter": 0, "year": 0}


@pytest.fixture
def only_naive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every model but seasonal naive finds no solution."""

    def fails(ask: Ask) -> Forecast:
        raise RuntimeError("no solution\nat all")

    for model in rivals.MODELS:
        monkeypatch.setitem(rivals.MODELS, model, rivals.seasonal_naive if model == "seasonal_naive" else fails)


def test_where_a_model_fails_seasonal_naive_stands_in_and_is_counted(
    two_years: MonthlySeries, only_naive: None
) -> None:
    result = summarise([trial.try_series(two_years, 4, None)])
    assert result["kit_failures"] == 1
    assert result["fallbacks"] == {model: int(model != "seasonal_naive") for model in rivals.MODELS}
    assert result["fallback_reasons"]["ces"] == {"RuntimeError: no solution at all": 1}
    assert len({found["mase"] for found in result["models"].values()}) == 1


@pytest.mark.parametrize(
    "forecast",
    [
        Forecast(None, np.full((9, 3), np.nan)),
        Forecast(np.full(3, np.inf), np.ones((9, 3))),
        Forecast(None, np.ones((9, 2))),
    ],
)
def test_a_forecast_that_is_none_is_a_failure(forecast: Forecast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rivals.MODELS, "theta", lambda ask: forecast)
    given, reason = trial.answer("theta", Ask(array(1, 3), 0, 3, 0))
    assert reason.startswith("ValueError")
    assert given.totals(3).tolist() == [9]


def test_what_cannot_be_divided_is_left_out_and_counted(only_naive: None) -> None:
    flat = MonthlySeries("flat", 600, np.full(30, 5.0), np.zeros(4))
    result = summarise([trial.try_series(flat, 18, None)])
    assert result["left_out"] == {
        "no_scale": 1,
        "no_whole_quarter": 0,
        "no_whole_year": 1,
        "quarter_of_0": 1,
        "year_of_0": 0,
    }
    figures = result["models"]["seasonal_naive"]
    assert figures["smape"] == 200
    assert figures["mase"] is figures["q_ape"] is figures["pinball"]["month"] is None


def test_a_model_asks_for_a_season_from_two_years_on() -> None:
    assert [Ask(np.ones(months), 0, 3, 0).season for months in (23, 24)] == [1, 12]


def test_draws_are_cut_at_zero_unless_the_history_was_below() -> None:
    draws = array(-2, 3)
    assert trial.at_least_zero(draws, array(0, 5)).tolist() == [0, 3]
    assert trial.at_least_zero(draws, array(-1, 5)).tolist() == [-2, 3]


def test_seasonal_naive_repeats_the_year_with_the_librarys_spread() -> None:
    y = np.concatenate([np.arange(12.0), np.arange(12.0) + 3])
    given = rivals.seasonal_naive(Ask(y, 0, 18, 1))
    np.testing.assert_allclose(given.totals(12), [y[-12:].sum()])
    np.testing.assert_allclose(given.draws.std(axis=0)[[0, 17]], [3, 3 * np.sqrt(2)], rtol=0.1)


def test_paths_of_an_undamped_trend_keep_it() -> None:
    y = 100 + 5 * np.arange(40) + np.random.default_rng(2).normal(0, 3, 40)
    given = rivals.autoets(Ask(y, 0, 18, 1))
    assert given.mean is not None
    assert given.mean[-1] > y[-1] + 60
    np.testing.assert_allclose(given.draws.mean(axis=0), given.mean, rtol=0.02)


def test_months_put_together_anew_are_the_same_months() -> None:
    draws = np.random.default_rng(1).normal(size=(500, 6)).cumsum(axis=1)
    ways = rivals.togetherness("theta", draws, 1)
    for drawn in ways.values():
        assert np.array_equal(np.sort(drawn, axis=0), np.sort(draws, axis=0))
    spread = {way: measures.blocks(drawn, 3).std(axis=0)[1] for way, drawn in ways.items()}
    assert spread["independent"] < spread[rivals.OWN] < spread["dependent"]
    assert list(rivals.togetherness("kit", draws, 1)) == list(rivals.togetherness("prophet", draws, 1)) == [rivals.OWN]


def test_the_kit_is_asked_for_paths_on_the_histories_own_side_of_zero(two_years: MonthlySeries) -> None:
    draws = kit_draws(two_years.train, 4, 7, two_years.first)
    assert draws.shape[1] == 4
    assert draws.min() >= 0
    assert np.array_equal(draws, kit_draws(two_years.train, 4, 7, two_years.first))
    assert kit_draws(two_years.train - 100, 4, 7).min() < 0


def test_the_models_are_shown_the_last_months(two_years: MonthlySeries) -> None:
    assert two_years.end == 630
    assert two_years.shown(3).tolist() == two_years.train[-3:].tolist()
    assert two_years.shown(None) is two_years.train


def test_m3_is_as_the_competition_had_it() -> None:
    series = series_data.m3()
    assert len(series) == 1428
    assert {len(one.test) for one in series} == {18}
    sample = series_data.spread(series, 100)
    asked = [Ask(one.train, one.first, 18, 0) for one in sample]
    # of all 1,428: seasonal naive 17.2, theta 13.7 (13.85 in the competition: Makridakis & Hibon 2000)
    assert smape_of(rivals.seasonal_naive, asked, sample) == pytest.approx(17.2, abs=2)
    assert smape_of(rivals.theta, asked, sample) == pytest.approx(13.7, abs=2)


def smape_of(model: Callable[[Ask], Forecast], asked: list[Ask], series: list[MonthlySeries]) -> float:
    months = [model(ask).totals(1) for ask in asked]
    return float(np.mean([measures.smape(one.test, mean) for one, mean in zip(series, months, strict=True)]))


def test_lumpy_series_are_always_the_same_and_lumpy() -> None:
    series, again = series_data.lumpy(), series_data.lumpy()
    assert len({one.name for one in series}) == 300
    assert all(np.array_equal(one.train, other.train) for one, other in zip(series, again, strict=True))
    assert {len(one.test) for one in series} == {18}
    assert (min(len(one.train) for one in series), max(len(one.train) for one in series)) == (24, 96)
    assert 0.3 < np.mean(np.concatenate([one.train for one in series]) == 0) < 0.6
    assert all((one.train >= 0).all() for one in series)


def written(folder: Path, *lines: str, heading: str = HEADING) -> Path:
    path = folder / "sales.csv"
    path.write_text("\n".join([heading, *lines, ""]), "utf-8")
    return path


def rows(name: str, values: np.ndarray, test: int) -> list[str]:
    days = np.arange("2021-01", 1000, dtype="datetime64[M]")[: len(values)]
    parts = ["train"] * (len(values) - test) + ["test"] * test
    return [f"{name},{day}-01,{value},{part}" for day, value, part in zip(days, values, parts, strict=True)]


def test_a_file_is_read_in_any_order_of_rows(tmp_path: Path) -> None:
    ends = ["B,2024-03,3,test", "B,2024-02-29,2,train", "B,2024-01-31,1,train"]
    path = written(tmp_path, *ends, *rows("A", array(1, 2), 1))
    second, first = read_csv(path)
    assert (second.name, second.train.tolist(), second.test.tolist()) == ("B", [1, 2], [3])
    assert second.first == (2024 - 1970) * 12
    assert first.name == "A"


def test_every_fault_of_a_file_is_told(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "A,2024-01-01,1,train",
        "A,someday,2,train",
        "A,2024-04-01,,train",
        "A,2024-05-01,much,trial",
        "B,2024-01-01,1,train",
        "B,2024-01-31,inf,train",
        "C,2024-02-01,1,train",
        "C,2024-01-01,1,test",
        "D,2024-01-01,1,test",
        ",2024-01-01,1,test",
    )
    with pytest.raises(DataError) as caught:
        read_csv(path)
    assert [str(fault) for fault in caught.value.faults] == [
        "row 10, unique_id: ''; expected a name",
        "row 2, ds: 'someday'; expected a date like 2024-01-31",
        "row 3, y: ''; expected a number",
        "row 4, y: 'much'; expected a number",
        "row 6, y: 'inf'; expected a number",
        "row 4, split: 'trial'; expected train or test",
        "A: no row in 2024-02, 2024-03; expected one in every month",
        "A: no test rows; expected one at least",
        "B: 2 rows in 2024-01; expected one",
        "B: no test rows; expected one at least",
        "C: train rows after the first test row; expected test rows after all train rows",
        "D: no train rows; expected one at least",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["No columns to parse"]),
        (f"{HEADING}\n", ["file: no rows"]),
        ("unique_id,ds\nA,2024-13-01\n", ["column y: missing", "column split: missing", "row 1, ds: '2024-13-01'"]),
        (f"{HEADING}\nA,2024-01-01,1,train\nA,2024-02-01,1,test,5\n", ["Expected 4 fields in line 3"]),
    ],
)
def test_bad_input_is_told_with_exit_code_2_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: list[str]
) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(text, "utf-8")
    assert forecast.main(["--csv", str(path), "--horizon", "3", "--json", str(tmp_path / "out.json")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert all(words in said.err for words in ("sales.csv cannot be used.", *told))
    assert [file.name for file in tmp_path.iterdir()] == ["sales.csv"]


def test_a_file_that_is_not_there_and_a_place_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.json"
    assert forecast.main(["--csv", str(tmp_path / "no.csv"), "--horizon", "3", "--json", str(out)]) == 2
    assert "no.csv cannot be used." in capsys.readouterr().err
    assert forecast.main(["--data", "lumpy", "--json", str(tmp_path / "no" / "out.json")]) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--csv", "sales.csv"], ["--data", "m3", "--last", "0"], []])
def test_arguments_that_make_no_sense(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        forecast.main([*arguments, "--json", "out.json"])
    assert "error:" in capsys.readouterr().err


def test_figures_are_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out.json"
    out.write_text("before", "utf-8")

    def full(self: Path, target: Path) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        forecast.write_whole(out, "after")
    assert [(file.name, file.read_text("utf-8")) for file in tmp_path.iterdir()] == [("out.json", "before")]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three series: two of 40 months with a season and a lumpy one of 20, with 14 test months."""
    rng = np.random.default_rng(11)
    season = 100 + 30 * np.sin(2 * np.pi * np.arange(54) / 12)
    values = {"north": season * rng.lognormal(0, 0.1, 54), "south": season * rng.lognormal(0, 0.2, 54)}
    values["lumpy"] = rng.poisson(0.5, 34) * rng.gamma(2, 50, 34)
    lines = [line for name, months in values.items() for line in rows(name, months, 14)]
    return written(tmp_path_factory.mktemp("small"), *lines)


def test_a_run_from_end_to_end(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In this process, and as a script with two processes: the same but for the seconds."""
    out, other = tmp_path / "one.json", tmp_path / "two.json"
    arguments = ["--csv", str(small), "--horizon", "18", "--last", "30", "--worst", "2", "--json"]
    assert forecast.main([*arguments, str(out)]) == 0
    said = capsys.readouterr().out
    assert all(model in said for model in rivals.MODELS)
    assert "the kit's highest MASE" in said
    result: dict[str, Any] = json.loads(out.read_text("utf-8"))
    check_shape(result)
    assert {key: result["run"][key] for key in ("data", "horizon", "last", "series")} == {
        "data": "sales.csv",
        "horizon": 18,
        "last": 30,
        "series": 3,
    }
    assert result["kit_failures"] == 0
    assert set(result["fallbacks"].values()) == {0}
    assert result["without_season"] == 1
    command = [sys.executable, str(SCRIPT), *arguments, str(other), "--jobs", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stderr == ""
    assert without_seconds(json.loads(other.read_text("utf-8"))) == without_seconds(result)


def check_shape(result: dict[str, Any]) -> None:
    assert list(result["models"]) == ["kit", "prophet", "autoets", "theta", "ces", "seasonal_naive"]
    levels = {"10", "20", "50", "80", "90"}
    for found in result["models"].values():
        assert set(found) == {"smape", "mase", "q_ape", "y_ape", "seconds_per_series", "pinball", "hits"}
        assert set(found["pinball"]) == set(found["hits"]) == {"month", "quarter", "year"}
        assert all(set(shares) == levels for shares in found["hits"].values())
        assert all(0 <= share <= 1 for shares in found["hits"].values() for share in shares.values())
        assert all(found[name] > 0 for name in ("smape", "mase", "q_ape", "y_ape", "seconds_per_series"))
    assert result["kit_over_prophet_seconds"] > 0
    assert set(result["run"]["versions"]) >= {"python", "prophet", "statsforecast"}


def without_seconds(result: dict[str, Any]) -> dict[str, Any]:
    for found in result["models"].values():
        del found["seconds_per_series"]
    del result["kit_over_prophet_seconds"], result["run"]["jobs"]
    return result
