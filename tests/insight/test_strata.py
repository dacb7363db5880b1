"""Like with like: the exact test, the ratio, and how much people differ."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact, hypergeom

from salesgoals_kit.insight.strata import (
    Split,
    Unevenness,
    cases,
    cautious_p,
    exact_p,
    ratio_of,
    unevenness,
)


def _split(*strata: tuple[int, int, int, int]) -> Split:
    return Split(*(np.array(column, dtype="int64") for column in zip(*strata, strict=True)))


def test_one_stratum_by_hand() -> None:
    # the lady tasting tea: 3 of 4 on the one side, 1 of 4 on the other: a tail of 17/70
    assert exact_p(_split((3, 4, 1, 4))) == pytest.approx(34 / 70)
    assert exact_p(_split((4, 4, 0, 4))) == pytest.approx(2 / 70)


def test_one_stratum_is_half_of_fishers_test_on_each_side() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        of, other_of = rng.integers(1, 60, 2)
        hits, other_hits = rng.integers(0, of + 1), rng.integers(0, other_of + 1)
        table = [[hits, of - hits], [other_hits, other_of - other_hits]]
        tails = [fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
        assert exact_p(_split((hits, of, other_hits, other_of))) == pytest.approx(min(1.0, 2 * min(tails)))


def _twin(found: Split) -> float:
    """The exact p by going through every table that the margins allow."""
    strata = list(zip(found.hits, found.of, found.other_hits, found.other_of, strict=True))
    seen = int(found.hits.sum())
    low = high = 0.0
    for hits in product(*(range(of + 1) for _, of, _, _ in strata)):
        chance = math.prod(
            hypergeom.pmf(k, of + other_of, a + b, of) for k, (a, of, b, other_of) in zip(hits, strata, strict=True)
        )
        low += chance * (sum(hits) <= seen)
        high += chance * (sum(hits) >= seen)
    return min(1.0, 2 * min(low, high))


def test_several_strata_are_what_all_tables_add_up_to() -> None:
    rng = np.random.default_rng(2)
    for _ in range(15):
        of, other_of = rng.integers(1, 6, 3), rng.integers(0, 9, 3)
        found = Split(rng.integers(0, of + 1), of, rng.integers(0, other_of + 1), other_of)
        assert exact_p(found) == pytest.approx(_twin(found), abs=1e-12)


def test_the_ratio_by_hand() -> None:
    # strata (8 of 10, 5 of 10) and (6 of 20, 4 of 10): above 8*10/20 + 6*10/30 = 6, below 5*10/20 + 4*20/30 = 5 1/6
    found = ratio_of(_split((8, 10, 5, 10), (6, 20, 4, 10)))
    assert found.middle == pytest.approx(6 / (5 / 2 + 8 / 3))
    # (13*100/20 - 40)/20 + (10*200/30 - 24)/30 = 1.25 + 1.4222; over 6 * 5.1667: 0.0862
    far = 1.2815515655446004 * math.sqrt((1.25 + (200 / 3 - 24) / 30) / (6 * (5 / 2 + 8 / 3)))
    assert found.high / found.middle == pytest.approx(math.exp(far))
    assert found.low / found.middle == pytest.approx(math.exp(-far))


def test_a_side_without_success_has_a_range_all_the_same() -> None:
    for found in (ratio_of(_split((0, 40, 20, 40))), ratio_of(_split((0, 40, 0, 40)))):
        assert 0 < found.low < found.middle < found.high < math.inf
    assert ratio_of(_split((0, 40, 20, 40))).high < 1


def test_a_mix_of_kinds_is_no_difference() -> None:
    """North sells what is won nine times in ten, South what is won once: each as everybody else (Simpson 1951)."""
    rows = pd.DataFrame(
        {
            "team": ["N", "N", "S", "S"],
            "kind": ["easy", "hard"] * 2,
            "won": [180, 10, 90, 20],
            "of": [200, 100, 100, 200],
        }
    )
    mine = (rows["team"] == "N").to_numpy()
    alike = cases(rows, ["kind"], "won", "of").split(mine)
    assert ratio_of(alike).middle == pytest.approx(1) and exact_p(alike) > 0.9
    assert exact_p(cases(rows, [], "won", "of").split(mine)) < 1e-9


def test_strata_without_counterpart_weigh_nothing_and_do_not_make_enough() -> None:
    both = _split((8, 10, 5, 10))
    more = _split((8, 10, 5, 10), (3, 500, 0, 0), (0, 0, 77, 500))
    assert exact_p(more) == pytest.approx(exact_p(both))
    assert ratio_of(more).middle == pytest.approx(ratio_of(both).middle)
    assert not more.enough


def test_where_nothing_differs_p_is_small_no_more_often_than_it_says() -> None:
    rng = np.random.default_rng(3)
    ps = []
    for _ in range(1000):
        of, other_of = rng.integers(0, 12, 30), rng.integers(0, 40, 30)
        chance = rng.random(30)
        found = Split(rng.binomial(of, chance), of, rng.binomial(other_of, chance), other_of)
        ps.append(exact_p(found))
    for level in (0.001, 0.01, 0.05, 0.2):
        assert np.mean(np.array(ps) <= level) <= level + 3 * math.sqrt(level / 1000)


def _people(rng: np.random.Generator, spread: float) -> pd.DataFrame:
    rows = []
    for team, rep, kind in product("ABCD", range(8), ("new", "old")):
        chance = np.clip(0.6 + 0.2 * (kind == "old") + spread * rng.standard_normal(), 0.01, 0.99)
        rows.append({"team": team, "rep": f"{team}{rep}", "kind": kind, "of": 80, "won": rng.binomial(80, chance)})
    return pd.DataFrame(rows)


def test_people_who_differ_by_chance_alone_have_a_factor_near_one() -> None:
    rng = np.random.default_rng(4)
    found = [unevenness(_people(rng, 0.0), ["kind"], "won", "of", "rep", "team").factor for _ in range(50)]
    assert 1.0 <= np.mean(found) < 1.2
    wide = [unevenness(_people(rng, 0.15), ["kind"], "won", "of", "rep", "team") for _ in range(20)]
    assert min(one.factor for one in wide) > 2 and wide[0].freedom == 28


def test_teams_of_people_who_differ_are_told_apart_no_more_often_than_said() -> None:
    """With people spread as widely as this the exact test alone is wrong in most cases."""
    rng = np.random.default_rng(5)
    exact, cautious = [], []
    for _ in range(150):
        rows = _people(rng, 0.1)
        found = cases(rows, ["kind"], "won", "of").split((rows["team"] == "A").to_numpy())
        exact.append(exact_p(found))
        cautious.append(cautious_p(found, unevenness(rows, ["kind"], "won", "of", "rep", "team")))
    assert np.mean(np.array(exact) < 0.05) > 0.15
    assert np.mean(np.array(cautious) < 0.05) < 0.1
    assert np.mean(np.array(cautious) < 0.005) < 0.02


def test_very_many_deals_are_no_overflow() -> None:
    few, many = _split((500, 1000, 515, 1000)), _split((500_000, 1_000_000, 515_000, 1_000_000))
    assert many.variance.tolist() == pytest.approx((few.variance * 1000).tolist(), rel=1e-3)
    assert cautious_p(many, Unevenness(900.0, 20)) > 0.3


def test_a_factor_of_one_changes_nothing() -> None:
    found = _split((30, 60, 50, 60))
    assert cautious_p(found, Unevenness(1.0, 20)) == exact_p(found)
    assert cautious_p(found, Unevenness(4.0, 20)) > exact_p(found)
