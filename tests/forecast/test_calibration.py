"""What scores teach: nothing where chances came true, the right way where they did not, and never from itself."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesgoals_kit.company import Company
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.calibration import FEWEST, PRIOR, Correction, calibrate, learn, usable
from salesgoals_kit.forecast.outlook import FAN_LEVELS, Outlook
from salesgoals_kit.forecast.scores import TOGETHER, Outcome, score_frame
from salesgoals_kit.forecast.series import Better
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, parse_period
from tests.forecast.conftest import MakeSeries

ACME = Company.model_validate({"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}})
NORMAL = NormalDist()
Q1 = parse_period("2026Q1")
KPIS: tuple[tuple[str, Better], ...] = (
    ("revenue", "higher"),
    ("cac", "lower"),
    ("margin", "higher"),
    ("mrr", "higher"),
)
QUARTERS = [parse_period(f"{year}Q{quarter}") for year in range(2000, 2030) for quarter in (1, 2, 3, 4)]
STANDARD = np.array([NORMAL.inv_cdf((i + 0.5) / 1000) for i in range(1000)])


def outlook(draws: Any, better: Better = "higher", **given: Any) -> Outlook:
    basic: dict[str, Any] = {"kpi": "revenue", "owner": Owner("Central"), "period": Q1, "step": None, "unit": "days"}
    return Outlook(
        better=better, draws=np.asarray(draws, dtype=np.float64), method="m", calibrated=False, history_months=48,
        yearly_season=True, notes=(), **{"counts": None, **basic, **given},
    )  # fmt: skip


class World:
    """A company whose outlooks say 100, give or take 10 %, and whose figures come as ``bias`` and ``scale`` have it.

    ``bias`` and ``scale`` are of z, better above 0; ``rho`` is the correlation of the figures of one period.
    """

    def __init__(self, bias: float, scale: float, rho: float = 0.3, teams: int = 4, seed: int = 1) -> None:
        self.bias, self.scale, self.rho, self.teams = bias, scale, rho, teams
        self.dice = np.random.default_rng(seed)

    def lived(self, periods: list[Period], correction: Correction | None = None) -> list[Outcome]:
        """Let periods pass: outlooks are made, corrected as is known then, and figures come."""
        return [self._outcome(*case, correction) for period in periods for case in self._cases(period)]

    def _cases(self, period: Period) -> list[tuple[Period, str, str, Better, float]]:
        shared = self.dice.normal()
        return [(period, f"team {team}", kpi, better, shared) for team in range(self.teams) for kpi, better in KPIS]

    def _outcome(
        self, period: Period, team: str, kpi: str, better: Better, shared: float, correction: Correction | None
    ) -> Outcome:
        z = self.bias + self.scale * (sqrt(self.rho) * shared + sqrt(1 - self.rho) * self.dice.normal())
        said = outlook(100 * np.exp(0.1 * STANDARD), better, kpi=kpi, owner=Owner(team), period=period)
        actual = 100 * np.exp(0.1 * (z if better == "higher" else -z))
        return Outcome(calibrate(said, correction).as_record(), float(actual), False)


def learned(outcomes: list[Outcome]) -> Correction:
    found = learn(score_frame(outcomes, ACME))
    assert found is not None
    return found


def frame_of(pit: list[float], **given: Any) -> pd.DataFrame:
    """Give scores that fell so, each in a month of its own."""
    ends = pd.date_range("2000-01-31", periods=len(pit), freq="ME")
    basic = {"better": "higher", "backfilled": False, "shift": 0.0, "scale": 1.0, "draws": 1000, "ends": ends, **given}
    return pd.DataFrame({"pit": pit, **basic})


def test_shift_and_scale_are_worked_by_hand() -> None:
    # 40 scores of months of their own, half at z = 1.5 and half at z = -0.5: n = 40, m = 0.5, v = 1
    # shift = 40 * 0.5 / 50 = 0.4; scale^2 = (10 + 40 * 1 + 0.25 * 40 * 10 / 50) / 50 = 1.04
    found = learn(frame_of([NORMAL.cdf(1.5), NORMAL.cdf(-0.5)] * 20))
    assert found is not None
    assert (found.shift, found.scale) == pytest.approx((0.4, sqrt(1.04)))
    assert (found.scores, found.periods) == (40, 40)


def test_scores_of_one_period_count_as_hardly_more_than_three() -> None:
    # all at z = 1: n = 40 / (1 + 0.3 * 39) = 3.15, shift = 3.15 / 13.15 = 0.24
    found = learn(frame_of([NORMAL.cdf(1.0)] * 40, ends=pd.Timestamp("2025-12-31")))
    assert found is not None
    n = 40 / (1 + TOGETHER * 39)
    assert found.shift == pytest.approx(n / (n + PRIOR))
    assert found.shift == pytest.approx(0.2395, abs=1e-3)
    assert found.periods == 1


def test_under_thirty_scores_teach_nothing() -> None:
    assert learn(frame_of([0.9] * (FEWEST - 1))) is None
    assert learn(frame_of([0.9] * FEWEST)) is not None
    assert learn(score_frame([], ACME)) is None


def test_backfilled_scores_teach_nothing() -> None:
    late = frame_of([0.99] * 200, backfilled=True)
    assert learn(late) is None
    timely = frame_of([0.3, 0.5, 0.7] * 20)
    assert learn(pd.concat([timely, late])) == learn(timely)
    assert len(usable(pd.concat([timely, late]))) == 60


def test_outlooks_of_a_single_value_teach_nothing() -> None:
    flat = [Outcome(outlook([5.0] * 100).as_record(), 9.0, False)] * 100
    assert learn(score_frame(flat, ACME)) is None


def test_where_lower_is_better_optimism_is_what_is_pooled() -> None:
    """Costs that come higher than expected and revenue that comes lower both say: too optimistic."""
    high, low = frame_of([0.8] * 40), frame_of([0.2] * 40, better="lower")
    first, second = learn(high), learn(low)
    assert first is not None
    assert second is not None
    assert (first.shift, first.scale) == pytest.approx((second.shift, second.scale))
    costs = outlook(STANDARD + 10, "lower")
    optimistic = Correction(-0.4, 1.0, 40, 40)
    assert calibrate(costs, optimistic).goal(0.5) > costs.goal(0.5)
    assert calibrate(replace(costs, better="higher"), optimistic).goal(0.5) < costs.goal(0.5)


@pytest.mark.parametrize("rho", [0.0, 0.3])
@pytest.mark.parametrize(("quarters", "near"), [(2, 0.3), (12, 0.2), (40, 0.12)])
def test_chances_that_come_true_are_nearly_left_alone(rho: float, quarters: int, near: float) -> None:
    for seed in range(4):
        found = learned(World(0.0, 1.0, rho, seed=seed).lived(QUARTERS[:quarters]))
        assert abs(found.shift) < near
        assert abs(found.scale - 1) < near


def test_what_was_too_narrow_is_widened_and_what_was_too_wide_narrowed() -> None:
    base = outlook(100 + 10 * STANDARD)
    width = base.quantile(0.9) - base.quantile(0.1)
    for scale, low, high in ((2.0, 1.5, 2.0), (0.5, 0.5, 0.75)):
        found = learned(World(0.0, scale).lived(QUARTERS[:16]))
        assert low < found.scale < high
        after = calibrate(base, found)
        assert (after.quantile(0.9) - after.quantile(0.1)) / width == pytest.approx(found.scale, abs=0.05)


@pytest.mark.parametrize("bias", [-0.5, 0.5])
def test_what_was_one_sided_is_shifted_the_other_way(bias: float) -> None:
    found = learned(World(bias, 1.0).lived(QUARTERS[:40]))
    assert 0.3 < found.shift * np.sign(bias) < 0.7
    base = outlook(100 + 10 * STANDARD)
    assert calibrate(base, found).goal(0.5) == pytest.approx(100 + 10 * found.shift, abs=0.2)


def test_a_company_whose_periods_hang_together_is_corrected_no_further_than_it_ought() -> None:
    """Twenty companies with chances that come true, one bad or good quarter each: the shift stays below the prior's."""
    shifts = [learned(World(0.0, 1.0, rho=0.7, teams=10, seed=seed).lived(QUARTERS[:1])).shift for seed in range(20)]
    assert sqrt(float(np.mean(np.square(shifts)))) < 1 / sqrt(PRIOR)


@pytest.mark.parametrize(("bias", "scale"), [(-0.6, 1.0), (0.4, 1.8), (0.0, 0.6)])
def test_generations_of_corrections_come_to_the_truth_and_stay(bias: float, scale: float) -> None:
    """Five times: correct by all scores so far, live ten quarters under that, score again.

    A twin of the company, whose outlooks nobody ever corrects, learns the same from the same figures.
    """
    company, twin = (World(bias, scale, seed=5) for _ in range(2))
    correction: Correction | None = None
    outcomes, untouched = [], []
    for generation in range(5):
        quarters = QUARTERS[10 * generation : 10 * generation + 10]
        outcomes += company.lived(quarters, correction)
        untouched += twin.lived(quarters)
        correction, same = learned(outcomes), learned(untouched)
        assert correction.shift == pytest.approx(same.shift, abs=0.05)
        assert correction.scale == pytest.approx(same.scale, abs=0.05)
    assert correction is not None
    assert correction.shift == pytest.approx(bias, abs=0.25)
    assert correction.scale == pytest.approx(scale, abs=0.25)


def test_corrections_that_did_not_know_of_themselves_would_chase_each_other() -> None:
    """The same without the correction in the record: the second generation takes the first's success for the truth."""
    world = World(-0.6, 1.0, seed=5)
    first = learned(world.lived(QUARTERS[:32]))
    later = score_frame(world.lived(QUARTERS[32:64], first), ACME)
    knowing, forgetful = learn(later), learn(later.assign(shift=0.0, scale=1.0))
    assert knowing is not None
    assert forgetful is not None
    assert knowing.shift == pytest.approx(-0.6, abs=0.2)
    assert abs(forgetful.shift) < 0.25


def test_a_corrected_company_keeps_its_promises_better() -> None:
    """Learned from thirty quarters, tried on eighty others, whose outlooks are made with and without it."""
    correction = learned(World(-0.5, 1.6, seed=9).lived(QUARTERS[:30]))
    tried = (World(-0.5, 1.6, seed=10).lived(QUARTERS[40:], with_) for with_ in (None, correction))
    before, after = (score_frame(outcomes, ACME) for outcomes in tried)
    for level, promised in (("commit", 0.8), ("target", 0.5)):
        missed_before, missed_after = (promised - float(some[f"{level}_reached"].mean()) for some in (before, after))
        assert missed_before > 0.12
        assert abs(missed_after) < 0.7 * missed_before
    assert after["pinball"].mean() < before["pinball"].mean()


def test_a_correction_of_nothing_leaves_every_draw_where_it_is() -> None:
    some = outlook(np.random.default_rng(3).lognormal(0, 1, 777))
    same = calibrate(some, Correction(0.0, 1.0, 30, 3))
    assert np.array_equal(same.draws, some.draws)
    assert same.calibrated
    assert [note.id for note in same.notes] == ["forecast.came_as_promised"]
    assert calibrate(some, None) is some


def test_a_path_keeps_its_rank_and_its_counts_belong_to_its_value() -> None:
    dice = np.random.default_rng(8)
    below = dice.integers(20, 60, 400).astype(np.float64)
    above = np.floor(below * dice.beta(3, 5, 400))
    after = calibrate(outlook(above / below, counts=(above, below), unit="rate"), Correction(0.5, 1.4, 30, 3))
    assert after.counts is not None
    assert np.array_equal(after.counts[0] / after.counts[1], after.draws)
    order = np.argsort(above / below, kind="stable")
    assert (np.diff(after.draws[order]) >= 0).all()


def test_the_months_of_a_path_stay_together() -> None:
    months = np.random.default_rng(9).gamma(2.0, 1.0, (400, 3))
    after = calibrate(outlook(months.sum(axis=1), months=months), Correction(0.5, 1.4, 30, 3))
    assert np.array_equal(after.months.sum(axis=1), after.draws)
    assert not np.array_equal(after.months, months)


def test_the_fan_is_corrected_with_its_outlook() -> None:
    # a month of 100 ± 10, normal: its 10, 20, 50, 80, 90 % points are 87.2, 91.6, 100, 108.4, 112.8; and one unknown
    month = [100 + 10 * NORMAL.inv_cdf(level) for level in FAN_LEVELS]
    fan = np.array([[value, np.nan] for value in month])
    some = outlook(STANDARD, fan=fan)
    wider = calibrate(some, Correction(-0.5, 1.5, 64, 4)).fan
    assert wider[:, 0] == pytest.approx([100 + 10 * (1.5 * NORMAL.inv_cdf(level) - 0.5) for level in FAN_LEVELS])
    assert np.isnan(wider[:, 1]).all()
    assert np.array_equal(calibrate(some, Correction(0.0, 1.0, 64, 4)).fan, fan, equal_nan=True)
    near_nothing = calibrate(outlook(STANDARD, fan=fan - 85), Correction(0.0, 2.0, 64, 4)).fan
    assert near_nothing[0, 0] == 0.0
    # a rate of 0.9 ± 0.05: its 90 % point, 0.964, would become 0.9 + 0.05 * 2 * 1.28 = 1.028, more than all
    near_all = calibrate(outlook(STANDARD, fan=0.4 + fan / 200, unit="rate"), Correction(0.0, 2.0, 64, 4)).fan
    assert near_all[4, 0] == 1.0
    # retention of revenue is a rate that may be above all there was
    grown = calibrate(outlook(STANDARD, fan=fan / 80, unit="rate"), Correction(0.0, 2.0, 64, 4)).fan
    assert grown[4, 0] > 1.4


def test_the_record_says_which_correction_was_made() -> None:
    after = calibrate(outlook(STANDARD), Correction(-0.25, 1.5, 64, 4))
    record = after.as_record()
    assert (record["calibrated"], record["correction"]) == (True, [-0.25, 1.5])
    assert outlook(STANDARD).as_record()["correction"] is None
    assert record["notes"][-1]["id"] == "forecast.corrected"


@pytest.mark.parametrize(
    ("shift", "scale", "said"),
    [
        (-0.3, 1.3, ["too_optimistic", "too_narrow"]),
        (0.3, 0.8, ["too_cautious", "too_wide"]),
        (0.01, 1.3, ["too_narrow"]),
        (-0.3, 1.01, ["too_optimistic"]),
    ],
)
def test_a_manager_is_told_what_the_correction_does(shift: float, scale: float, said: list[str]) -> None:
    message = Correction(shift, scale, 64, 4).message
    effect = message.values["effect"]
    assert isinstance(effect, tuple)
    assert [part.id for part in effect] == [f"forecast.{name}" for name in said]


def test_a_corrected_outlook_is_not_corrected_again() -> None:
    with pytest.raises(AssertionError, match="as it was fitted"):
        calibrate(calibrate(outlook(STANDARD), Correction(0.1, 1.0, 30, 3)), Correction(0.1, 1.0, 30, 3))


def test_the_book_keeps_outlooks_as_fitted_and_corrects_them_on_reading(
    tmp_path: Path, make_series: MakeSeries
) -> None:
    series = make_series([3.0, 4, 5, 4, 3, 6, 5, 4])
    correction = Correction(-0.3, 1.4, 64, 4)
    fitted, read = (Book(tmp_path, correction).get(series, Q1) for _ in range(2))
    plain = Book(tmp_path).get(series, Q1)
    assert (plain.calibrated, plain.correction) == (False, None)
    for found in (fitted, read):
        assert np.array_equal(found.draws, calibrate(plain, correction).draws)
        assert found.correction == (-0.3, 1.4)
    assert len(list(tmp_path.iterdir())) == 1


some_draws = st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=1, max_size=80)
betters = st.sampled_from(["higher", "lower"])
corrections = st.builds(Correction, st.floats(-1.5, 1.5), st.floats(0.3, 3.0), st.just(64), st.just(4))
chances = st.floats(0.01, 1.0)


@given(some_draws, betters, corrections)
def test_quantiles_stay_ordered(draws: list[float], better: Better, correction: Correction) -> None:
    after = calibrate(outlook(draws, better), correction)
    found = [after.quantile(q) for q in (0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95)]
    assert found == sorted(found)
    assert set(after.draws.tolist()) <= set(draws)


@given(some_draws, betters, corrections, st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)))
def test_a_harder_goal_never_has_a_better_chance(
    draws: list[float], better: Better, correction: Correction, goals: tuple[float, float]
) -> None:
    after = calibrate(outlook(draws, better), correction)
    low, high = sorted(goals)
    easy, hard = (low, high) if better == "higher" else (high, low)
    assert after.chance(hard) <= after.chance(easy)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=80), betters, corrections, chances)
def test_a_goal_in_counts_is_attainable_and_likely_enough(
    draws: list[int], better: Better, correction: Correction, chance: float
) -> None:
    after = calibrate(outlook(draws, better, step=1.0, unit="count"), correction)
    goal = after.goal(chance)
    assert goal == int(goal)
    assert after.chance(goal) >= chance


@given(some_draws, betters, corrections, corrections, chances)
def test_more_optimism_never_makes_a_goal_easier(
    draws: list[float], better: Better, a: Correction, b: Correction, chance: float
) -> None:
    low, high = sorted((a.shift, b.shift))
    some = outlook(draws, better)
    easier, harder = (calibrate(some, replace(a, shift=shift)).goal(chance) for shift in (low, high))
    assert easier <= harder if better == "higher" else easier >= harder
