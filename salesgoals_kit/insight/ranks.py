"""Whether one group's times are longer than the others', like compared with like.

The log-rank test (Mantel 1966; Peto & Peto 1972) within strata: each time has a score, 1 - the hazard that all of its
stratum had been under by then, and a group whose scores add up to less than nothing takes longer. It is judged against
dealing the same scores out at random within strata: mean, variance and skewness of that are known exactly, and the tail
is that of a Pearson type III curve with these (Mielke, Berry & Johnson 1976), for the scores are skewed.

What people do is alike from deal to deal. Where the groups are people's, the same is asked with whole people dealt out
instead of deals, and the less sure of the two answers counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, pearson3

from salesgoals_kit.insight.times import Floats, Ints

Flags = npt.NDArray[np.bool_]
SHUFFLES = 20_000
BLOCK = 2_000  # shuffles at once
SYMMETRIC = 1e-6  # a skewness that small makes no difference


@dataclass(frozen=True)
class Ranked:
    """``observed`` - ``expected``: events of the group, and what of all events its times would have had.

    ``p`` two-sided; 1 where nothing can differ.
    """

    observed: float
    expected: float
    p: float


def scores_of(day: Ints, stratum: Ints, weight: Ints) -> Floats:
    """Return the log-rank score of each row: 1 - the sum, over days up to its own, of events / those not ended before.

    Rows are ``weight`` times the same. In each stratum the weighted scores add up to 0.
    """
    scores = np.zeros(len(day))
    for one in np.unique(stratum):
        rows = np.flatnonzero(stratum == one)
        events = np.bincount(day[rows], weights=weight[rows])
        at_risk = events[::-1].cumsum()[::-1]
        scores[rows] = 1 - np.cumsum(events / np.maximum(at_risk, 1))[day[rows]]
    return scores


def compare_times(day: Ints, group: Flags, stratum: Ints, weight: Ints) -> Ranked:
    """Return whether the times of the rows in the group differ from the others of their stratum."""
    scores = scores_of(day, stratum, weight)
    total, variance, third = 0.0, 0.0, 0.0
    for one in np.unique(stratum):
        inside = stratum == one
        score, many, mine = scores[inside], weight[inside], weight[inside] * group[inside]
        total += float((score * mine).sum())
        moments = _moments(score, many, int(mine.sum()))
        variance, third = variance + moments[0], third + moments[1]
    own = float((weight * group).sum())
    return Ranked(own, own - total, tail(total, variance, third))


def _moments(score: Floats, many: Ints, chosen: int) -> tuple[float, float]:
    """Return variance and third moment of the sum of so many scores chosen without putting back (Cochran 1977)."""
    whole = int(many.sum())
    if whole < 2:
        return 0.0, 0.0
    second = chosen * (whole - chosen) / (whole * (whole - 1)) * float((many * score**2).sum())
    if whole < 3:
        return second, 0.0
    part = chosen * (whole - chosen) * (whole - 2 * chosen) / (whole * (whole - 1) * (whole - 2))
    return second, part * float((many * score**3).sum())


def tail(total: float, variance: float, third: float = 0.0) -> float:
    """Return the two-sided p of a sum that is 0 on average: twice the smaller tail."""
    if variance <= 0:
        return 1.0
    z, skew = total / math.sqrt(variance), third / variance**1.5
    if abs(skew) < SYMMETRIC:
        return float(min(2 * norm.sf(abs(z)), 1.0))
    below, above = pearson3.cdf(z, skew), pearson3.sf(z, skew)
    return float(min(2 * min(below, above), 1.0))


def by_people(amount: Floats, size: Floats, group: Flags, seed: int, shuffles: int = SHUFFLES) -> float:
    """Return p of a group's amount / size against the others', with whole people dealt out at random.

    One row a person; ``size`` above 0. As many people as the group has are drawn each time; the drawn ones count along
    with the one that is judged (Phipson & Smyth 2010), so that p is never 0.
    """
    chosen, people = int(group.sum()), len(group)
    if not 0 < chosen < people:
        return 1.0
    rng = np.random.default_rng(seed)
    seen = abs(_apart(amount, size, group[None, :])[0])
    as_far = 0
    for begin in range(0, shuffles, BLOCK):
        lots = rng.random((min(BLOCK, shuffles - begin), people))
        drawn = np.zeros(lots.shape, dtype=bool)
        np.put_along_axis(drawn, np.argpartition(lots, chosen - 1, axis=1)[:, :chosen], True, axis=1)
        as_far += int((np.abs(_apart(amount, size, drawn)) >= seen * (1 - 1e-9)).sum())
    return (as_far + 1) / (shuffles + 1)


def _apart(amount: Floats, size: Floats, groups: Flags) -> Floats:
    mine, own = groups @ amount, groups @ size
    return np.asarray(mine / own - (amount.sum() - mine) / (size.sum() - own))
