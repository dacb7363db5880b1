"""Scores worked by hand, against a twin in plain Python, and what must hold for any outlook."""

from __future__ import annotations

import random
import subprocess
import sys
from statistics import NormalDist, mean
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesgoals_kit.company import Company
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.recorded import recorded
from salesgoals_kit.forecast.scores import (
    Outcome,
    favourable,
    fifths,
    hit_rates,
    meets,
    pinball,
    pit,
    score_frame,
    weights,
)
from salesgoals_kit.forecast.series import Better
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period

ACME = Company.model_validate({"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}})
NORMAL = NormalDist()
GRID = range(5, 100, 5)


def outlook(draws: Any, better: Better = "higher", period: str = "2026Q1", **given: Any) -> Outlook:
    basic: dict[str, Any] = {"kpi": "revenue", "owner": Owner("Central"), "unit": "days", "step": None}
    return Outlook(
        period=parse_period(period), better=better, draws=np.asarray(draws, dtype=np.float64), counts=None, method="m",
        calibrated=False, history_months=48, yearly_season=True, notes=(), **{**basic, **given},
    )  # fmt: skip


def bell(better: Better = "higher", **given: Any) -> dict[str, Any]:
    """Give the record of the 1000 middle points of a normal distribution of mean 100 and deviation 10."""
    return outlook([NORMAL.inv_cdf((i + 0.5) / 1000) * 10 + 100 for i in range(1000)], better, **given).as_record()


COUNTS = outlook([0] * 40 + [1] * 35 + [2] * 20 + [3] * 5, "lower", kpi="logo_churn", step=1.0, unit="count")


def test_a_figure_in_the_middle_has_half_of_the_outlook_below_it() -> None:
    record = bell()
    assert recorded(record).position(100.0) == pytest.approx((0.5, 0.5), abs=0.002)
    # one, two deviations below and above: 15.9, 2.3, 84.1, 97.7 % of a normal distribution
    for actual, share in ((90.0, 0.1587), (80.0, 0.0228), (110.0, 0.8413), (120.0, 0.9772)):
        assert pit(record, actual) == pytest.approx(share, abs=0.002)


def test_beyond_every_draw_all_is_above_or_below() -> None:
    record = bell()
    assert (recorded(record).position(10.0), recorded(record).position(500.0)) == ((0.0, 0.0), (1.0, 1.0))
    assert (pit(record, 10.0), pit(record, 500.0)) == (0.0005, 0.9995)  # half a draw of a thousand


def test_a_tie_reaches_half_way_to_the_points_beside_it() -> None:
    # 40 of 100 are 0, 35 are 1, 20 are 2, 5 are 3: the points to 40 % hold 0, to 75 % 1, to 95 % 2, the highest 3
    record = COUNTS.as_record()
    assert recorded(record).position(0.0) == pytest.approx((0.0, 0.425))
    assert recorded(record).position(1.0) == pytest.approx((0.425, 0.775))
    assert recorded(record).position(2.0) == pytest.approx((0.775, 0.975))
    assert recorded(record).position(3.0) == pytest.approx((0.975, 1.0))


def test_where_an_outlook_ties_its_pit_is_drawn_from_the_tie_and_is_uniform() -> None:
    """Of 400 owners whose counts come as their outlooks hold them, about a tenth falls into each tenth."""
    dice = np.random.default_rng(4)
    found = []
    for number, actual in enumerate(dice.choice(COUNTS.draws, 400)):
        record = {**COUNTS.as_record(), "owner": {"team": f"team {number}", "rep": None}}
        below, within = recorded(record).position(float(actual))
        found.append(pit(record, float(actual)))
        assert below <= found[-1] <= within
    counts = np.histogram(found, bins=10, range=(0, 1))[0]
    assert counts.min() >= 20, counts  # of 40; without drawing only four values would come, and six tenths be empty
    assert counts.max() <= 60, counts


def test_the_pit_is_the_same_in_any_process() -> None:
    record = {**COUNTS.as_record(), "owner": {"team": 'ł<b>&"', "rep": None}}
    code = f"from salesgoals_kit.forecast.scores import pit; print(repr(pit({record!r}, 1.0)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == repr(pit(record, 1.0))


@pytest.mark.parametrize("other", [{"kpi": "cac"}, {"period": "2026Q2"}, {"owner": {"team": None, "rep": None}}])
def test_every_owner_kpi_and_period_has_a_lot_of_its_own(other: dict[str, Any]) -> None:
    record = COUNTS.as_record()
    assert pit(record, 1.0) != pit({**record, **other}, 1.0)


def test_an_outlook_of_a_single_value_has_no_pit() -> None:
    flat = outlook([7.0] * 10).as_record()
    assert np.isnan(pit(flat, 7.0))
    assert np.isnan(pit(flat, 8.0))


def test_pinball_loss_is_worked_by_hand() -> None:
    points = {"10": 8.0, "20": 9.0, "50": 10.0, "80": 11.0, "90": 12.0}
    # 12.5 is above all: 4.5 * 0.1 + 3.5 * 0.2 + 2.5 * 0.5 + 1.5 * 0.8 + 0.5 * 0.9 = 4.05; / 5 = 0.81; mean size 10
    assert pinball({"quantiles": points}, 12.5) == pytest.approx(0.081)
    # 8.5: 0.5 * 0.1 below; above it 0.5 * 0.8 + 1.5 * 0.5 + 2.5 * 0.2 + 3.5 * 0.1 = 2.0; 2.05 / 5 / 10
    assert pinball({"quantiles": points}, 8.5) == pytest.approx(0.041)


def test_pinball_loss_of_an_outlook_of_nothing_is_missing() -> None:
    assert np.isnan(pinball(outlook([0.0, 0.0]).as_record(), 1.0))


def test_scores_agree_with_a_twin_in_plain_python() -> None:
    """The share of draws below, and the goals as the outlook itself gives them, counted one by one."""
    dice = random.Random(6)
    for _ in range(60):
        better: Better = dice.choice(["higher", "lower"])
        draws = [dice.lognormvariate(3, dice.uniform(0.05, 0.8)) for _ in range(1000)]
        actual = dice.lognormvariate(3, 0.6)
        made = outlook(draws, better)
        frame = score_frame([Outcome(made.as_record(), actual, False)], ACME).iloc[0]
        assert frame["pit"] == pytest.approx(sum(draw < actual for draw in draws) / 1000, abs=0.012)
        ordered = sorted(draws)
        losses = []
        for level in (0.1, 0.2, 0.5, 0.8, 0.9):
            off = actual - ordered[round(level * 1000) - 1]
            losses.append(level * off if off > 0 else (level - 1) * off)
        size = mean(ordered[round(level * 1000) - 1] for level in (0.1, 0.2, 0.5, 0.8, 0.9))
        assert frame["pinball"] == pytest.approx(mean(losses) / size)
        for name, chance in (("commit", 0.8), ("target", 0.5), ("stretch", 0.2)):
            goal = made.goal(chance)
            if abs(actual / goal - 1) > 0.02:  # a goal is a draw, of the record one beside it
                assert frame[f"{name}_reached"] == meets(actual, goal, better)
            assert frame[f"{name}_chance"] == pytest.approx(chance, abs=1e-9)


def test_the_frame_says_whose_which_and_when() -> None:
    corrected = outlook([1.0, 2, 3], "lower", "2026", owner=Owner("West", "r1"), correction=(-0.2, 1.3))
    frame = score_frame([Outcome(bell(), 85.0, False), Outcome(corrected.as_record(), 1.0, True)], ACME)
    first, second = frame.to_dict("records")
    assert (first["team"], first["rep"], first["kpi"], first["period"], first["grain"]) == (
        "Central",
        None,
        "revenue",
        "2026Q1",
        "quarter",
    )
    assert (first["shift"], first["scale"], first["backfilled"]) == (0.0, 1.0, False)
    assert (second["rep"], second["grain"], second["ends"]) == ("r1", "year", pd.Timestamp("2026-12-31"))
    assert (second["shift"], second["scale"], second["backfilled"], second["better"]) == (-0.2, 1.3, True, "lower")


def test_commit_target_and_stretch_share_one_score() -> None:
    # of a normal 100 ± 10 with higher better: commit 91.6, target 100, stretch 108.4; lower: 108.4, 100, 91.6
    frame = score_frame([Outcome(bell(), 95.0, False), Outcome(bell("lower"), 95.0, False)], ACME)
    assert frame[["commit_reached", "target_reached", "stretch_reached"]].to_numpy().tolist() == [
        [True, False, False],
        [True, True, False],
    ]


def test_a_goal_in_counts_is_held_against_the_chance_it_really_has() -> None:
    # lower is better: "at most 0" has 40 %, "at most 1" 75, "at most 2" 95: commit is 2, target 1, stretch 0
    (row,) = score_frame([Outcome(COUNTS.as_record(), 1.0, False)], ACME).to_dict("records")
    assert [row[f"{level}_reached"] for level in ("commit", "target", "stretch")] == [True, True, False]
    assert [row[f"{level}_chance"] for level in ("commit", "target", "stretch")] == pytest.approx([0.975, 0.775, 0.425])


def test_a_fiscal_period_ends_when_the_fiscal_year_says() -> None:
    fiscal = ACME.model_copy(update={"fiscal_year_starts": 4})
    assert score_frame([Outcome(bell(), 100.0, False)], fiscal)["ends"].iloc[0] == pd.Timestamp("2025-06-30")


def test_no_outcomes_make_an_empty_frame_of_the_same_columns() -> None:
    empty, one = score_frame([], ACME), score_frame([Outcome(bell(), 1.0, False)], ACME)
    assert list(empty.columns) == list(one.columns)
    assert (empty.dtypes == one.dtypes).all()
    assert hit_rates(empty) == []


def test_scores_that_end_together_count_for_less() -> None:
    ends = pd.Series(pd.to_datetime(["2025-12-31"] * 4 + ["2026-03-31"]))
    # 1 / (1 + 0.3 * 3) each of the four, one whole for the fifth
    assert weights(ends).tolist() == pytest.approx([1 / 1.9] * 4 + [1.0])
    assert weights(pd.Series(pd.to_datetime(["2025-12-31"] * 1000))).sum() == pytest.approx(1 / 0.3, rel=0.01)


def test_a_hit_rate_has_wilsons_interval_of_the_effective_number() -> None:
    record = bell()
    outcomes = [Outcome(record, 120.0 if number < 7 else 80.0, False) for number in range(10)]
    frame = score_frame(outcomes, ACME).assign(ends=pd.date_range("2025-01-31", periods=10, freq="ME"))
    target = hit_rates(frame)[1]
    # Wilson of 7 in 10 at 90 %, z = 1.645: (0.7 + 0.1353) / 1.2706 = 0.6574; reach
    # sqrt(0.27055 * 0.21 + 0.27055^2 / 4) / 1.27055 = 0.2158
    assert (target.level, target.reached) == ("target", 0.7)
    assert target.chance == pytest.approx(0.5)
    assert (target.low, target.high) == pytest.approx((0.4417, 0.8732), abs=5e-4)
    together = hit_rates(frame.assign(ends=frame["ends"].iloc[0]))[1]
    assert together.low < target.low < target.high < together.high


def test_a_share_of_all_or_none_keeps_its_interval_within_0_and_1() -> None:
    always, never = (hit_rates(score_frame([Outcome(bell(), actual, False)], ACME)) for actual in (200.0, 0.0))
    assert all((rate.high, rate.low < 0.5) == (1.0, True) for rate in always)
    assert all((rate.low, rate.high > 0.5) == (0.0, True) for rate in never)


def test_fifths_go_from_the_worst_to_the_best_whichever_way_is_better() -> None:
    good = [Outcome(bell(), 130.0, False), Outcome(bell("lower"), 70.0, False)]
    frame = score_frame([*good, Outcome(bell("lower"), 130.0, False), Outcome(bell(), 100.3, False)], ACME)
    assert favourable(frame).round(2).tolist() == [1.0, 1.0, 0.0, 0.51]
    assert fifths(frame) == [0.25, 0.0, 0.25, 0.0, 0.5]


values = st.floats(-1e9, 1e9, allow_subnormal=False)


@given(st.lists(values, min_size=2, max_size=60), values, values)
def test_a_higher_figure_never_lies_lower(draws: list[float], a: float, b: float) -> None:
    record = outlook(draws).as_record()
    low, high = sorted((a, b))
    below, above = recorded(record).position(low), recorded(record).position(high)
    assert 0 <= below[0] <= below[1] <= 1
    assert below[0] <= above[0] + 1e-9
    assert below[1] <= above[1] + 1e-9


@given(st.lists(st.integers(0, 6), min_size=2, max_size=60), st.integers(-1, 7), st.sampled_from(["higher", "lower"]))
def test_a_score_is_a_share_whatever_the_outlook(draws: list[int], actual: int, better: Better) -> None:
    record = outlook(draws, better, owner=COMPANY).as_record()
    (row,) = score_frame([Outcome(record, float(actual), False)], ACME).to_dict("records")
    assert np.isnan(row["pit"]) if len(set(draws)) == 1 else 0 < row["pit"] < 1
    assert np.isnan(row["pinball"]) or row["pinball"] >= 0
    for level in ("commit", "target", "stretch"):
        assert 0 <= row[f"{level}_chance"] <= 1
    assert row["commit_reached"] >= row["target_reached"] >= row["stretch_reached"]
