"""Few cases are drawn to their group by as much as chance alone can explain, and the draws hold the truth as often."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesgoals_kit.forecast.series import Array
from salesgoals_kit.goals.shrink import Pool, paces, rates, sizes
from salesgoals_kit.goals.worth import Worth

Row = tuple[str, str, float, float]


def units(*rows: Row, squares: list[float] | None = None) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["rep", "team", "hits", "of"])
    return frame if squares is None else frame.assign(squares=squares)


def weighed(pool: Pool, within: float, between: float = math.inf) -> Pool:
    """Return a pool whose weights are given, instead of estimated: a difference that is certain."""

    class Given(Worth):
        @property
        def cases(self) -> float:
            return self.least

        def draws(self, rng: np.random.Generator, draws: int) -> Array:
            return np.full(draws, self.least)

    for name, cases in (("within", within), ("between", between)):
        vars(pool)[name] = Given(0.0, 0.0, 0, cases, pool.family == "rate")
    return pool


def test_the_weight_of_a_team_s_rate_by_hand() -> None:
    """Two reps, 2 of 10 and 8 of 10: the spread is far beyond chance, and the weight follows from the moments.

    The mean is 1/2 (as (10 + 1/2) / 21 it is used in the variance), sum n (r - 1/2)^2 = 10 x .09 x 2 = 1.8; divided
    by 1/4 and less one that is 6.2. The room is 20 - 200 / 20 - 1 = 9. 1 / (6.2 / 9) - 1 is 0.4516, so one case.
    """
    pool = rates("x", units(("a", "T", 2, 10), ("b", "T", 8, 10)), "hits", "of")
    assert (pool.within.cases, pool.between.cases) == (1.0, math.inf)
    # closer ones, 4 and 8 of 10: mean .6, sum n (r - .6)^2 = .8, variance (12.5 / 21) (8.5 / 21) = .24093
    near = rates("x", units(("a", "T", 4, 10), ("b", "T", 8, 10)), "hits", "of")
    beyond = 0.8 / (12.5 / 21 * 8.5 / 21) - 1
    assert near.within.cases == pytest.approx(9 / beyond - 1) == pytest.approx(2.8786, abs=1e-4)


def test_a_rep_is_drawn_to_the_team_by_hand() -> None:
    pool = weighed(Pool("x", "rate", units(("a", "T", 4, 10), ("b", "T", 8, 10))), 10.0)
    # each counts as 10 x 11 / 20 = 5.5 cases of the team; (2.2 + 4.4 + .5) / (11 + 1) is the team's rate
    assert pool.mean(None, "T") == pytest.approx(7.1 / 12)
    assert pool.mean("a", "T") == pytest.approx((10 * 7.1 / 12 + 4) / 20)
    pace = weighed(Pool("x", "pace", units(("a", "T", 4, 10), ("b", "T", 8, 10))), 10.0)
    assert pace.mean("a", "T") == pytest.approx((10 * (6 + 0.5) / 10 + 4) / 20)  # each counts as 10 x 10 / 20


def test_reps_who_differ_by_chance_alone_have_one_rate() -> None:
    pool = rates("x", units(("a", "T", 5, 10), ("b", "T", 5, 10), ("c", "U", 50, 100)), "hits", "of")
    assert (pool.within.cases, pool.between.cases) == (math.inf, math.inf)
    assert pool.mean("a", "T") == pool.mean("c", "U") == pytest.approx(60.5 / 121)
    assert np.array_equal(pool.draws("a", "T"), pool.draws("a", "T"))


def test_a_stranger_takes_his_team_s_and_a_stranger_s_team_the_company_s() -> None:
    rng = np.random.default_rng(3)
    rows = [(f"r{i}", f"T{i % 4}", float(rng.binomial(80, rng.beta(20, 30) + 0.05 * (i % 4))), 80.0) for i in range(40)]
    pool = rates("x", units(*rows), "hits", "of")
    assert pool.mean("new", "T1") == pool.mean(None, "T1")
    assert pool.draws("new", "T1").mean() == pytest.approx(pool.mean(None, "T1"), abs=0.01)
    assert pool.draws("new", "T9").mean() == pytest.approx(pool.mean(None, "T9"), abs=0.01)
    seen, new = pool.draws("r1", "T1"), pool.draws("new", "T1")
    assert np.ptp(np.quantile(seen, [0.1, 0.9])) < np.ptp(np.quantile(new, [0.1, 0.9]))


def test_a_team_of_one_uses_its_cases_once() -> None:
    """One team, one rep, no other: whatever the weights, the draws are those of the plain posterior."""
    alone = weighed(Pool("x", "rate", units(("a", "T", 20, 50))), 50.0)
    drawn = alone.draws("a", "T")
    plain = np.random.default_rng(1).beta(20.5, 30.5, 40_000)
    assert drawn.mean() == pytest.approx(plain.mean(), abs=0.01)
    assert drawn.std() == pytest.approx(plain.std(), rel=0.1)


def test_nothing_known_is_said_and_deals_of_one_size_have_no_spread() -> None:
    assert not rates("x", units(("a", "T", 0, 10)), "hits", "of").known
    assert not rates("x", units(("a", "T", 0, 0)), "hits", "of").known
    pool = sizes("x", units(("a", "T", 300, 3), ("b", "T", 500, 5), squares=[30_000, 50_000]), "hits", "of", "squares")
    assert pool.draws("a", "T") == pytest.approx(100, rel=1e-3)
    lone = sizes("x", units(("a", "T", 100, 1), squares=[10_000]), "hits", "of", "squares")
    assert lone.spread == 1.0


def naive_weight(family: str, frame: pd.DataFrame) -> float:
    """Return the worth of a team's figure, written again with loops."""
    beyond = room = total = cases = 0.0
    for team in frame["team"].unique():
        rows = [
            (float(k), float(n)) for t, k, n in zip(frame["team"], frame["hits"], frame["of"], strict=True) if t == team
        ]
        hits, of = sum(k for k, _ in rows), sum(n for _, n in rows)
        total, cases = total + hits, cases + of
        if len(rows) < 2:
            continue
        mean = (hits + 0.5) / (of + (family == "rate"))
        one = mean * (1 - mean) if family == "rate" else mean
        beyond += sum(n * (k / n - hits / of) ** 2 for k, n in rows) / one - (len(rows) - 1)
        room += of - sum(n * n for _, n in rows) / of - (len(rows) - 1) * (family == "rate")
    if beyond <= 0 or room <= 0:
        return math.inf
    if family == "rate":
        return max(1.0, 1 / min(1.0, beyond / room) - 1)
    return max(1 / ((total + 0.5) / cases), room / beyond)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_the_weights_of_a_naive_twin(data: st.DataObject) -> None:
    rows: list[Row] = []
    for i in range(data.draw(st.integers(1, 9))):
        of = data.draw(st.integers(1, 60))
        rows.append((f"r{i}", data.draw(st.sampled_from("TUV")), float(data.draw(st.integers(0, of))), float(of)))
    frame = units(*rows)
    assert rates("x", frame, "hits", "of").within.cases == pytest.approx(naive_weight("rate", frame))
    assert paces("x", frame, "hits", "of").within.cases == pytest.approx(naive_weight("pace", frame))
    for pool in (rates("x", frame, "hits", "of"), paces("x", frame, "hits", "of")):
        if pool.known:
            drawn = pool.draws("r0", rows[0][1])
            assert np.isfinite(drawn).all() and (drawn >= 0).all()
            own = rows[0][2] / rows[0][3]
            low, high = sorted([own, pool.mean(None, rows[0][1])])
            assert low - 1e-9 <= pool.mean("r0", rows[0][1]) <= high + 1e-9


@pytest.mark.parametrize("family", ["rate", "pace", "size"])
def test_ranges_hold_the_truth_as_often_as_they_say(family: str) -> None:
    """Twenty companies of four teams and six reps each, with rates that are known: 80 % ranges hold about 80 %."""
    held: list[bool] = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        rows: list[Row] = []
        truths, squares = [], []
        for t in range(4):
            team = rng.normal(0, 0.15)
            for r in range(6):
                factor = math.exp(team + rng.normal(0, 0.15))
                of = int(rng.integers(15, 90))
                if family == "rate":
                    truth = 0.4 * factor
                    hits, square = float(rng.binomial(of, min(truth, 0.95))), 0.0
                elif family == "pace":
                    truth = 0.4 * factor
                    hits, square = float(rng.poisson(truth * of)), 0.0
                else:
                    truth = 5000 * factor
                    drawn = rng.gamma(1.5, truth / 1.5, of)
                    hits, square = float(drawn.sum()), float((drawn**2).sum())
                rows.append((f"r{t}{r}", f"T{t}", hits, float(of)))
                truths.append(truth)
                squares.append(square)
        frame = units(*rows, squares=squares)
        pool = {
            "rate": rates("x", frame, "hits", "of"),
            "pace": paces("x", frame, "hits", "of"),
            "size": sizes("x", frame, "hits", "of", "squares"),
        }[family]
        for (rep, team_name, _, _), truth in zip(rows, truths, strict=True):
            low, high = np.quantile(pool.draws(rep, team_name), [0.1, 0.9])
            held.append(bool(low <= truth <= high))
    assert 0.72 <= np.mean(held) <= 0.88
