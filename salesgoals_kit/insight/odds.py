"""Whether a share is higher in one group than in the others, stratum by stratum, exactly.

Given how many cases there are in a stratum in all, the group's number of them has Fisher's hypergeometric distribution,
noncentral where the odds are known to differ (Fisher 1935; Birch 1964). Strata add up, and so does their distribution,
by convolution: p is exact and, counts being whole, never too small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import hypergeom, nchypergeom_fisher

from salesgoals_kit.insight.times import Floats

CENTRAL = 1e-9  # odds this near to even are even


@dataclass(frozen=True)
class Stratum:
    """``cases`` of the group's ``own`` deals, and of all ``others`` (``other_cases``); all whole numbers.

    ``odds``: of the group against the others where there is nothing between them.
    """

    cases: int
    own: int
    other_cases: int
    others: int
    odds: float = 1.0

    @property
    def distribution(self) -> tuple[int, Floats]:
        """The least number of cases the group can have, and the chances of it and each more, given all cases."""
        whole, chosen = self.own + self.others, self.cases + self.other_cases
        least, most = max(0, chosen - self.others), min(chosen, self.own)
        numbers = np.arange(least, most + 1)
        if len(numbers) == 1:
            return least, np.ones(1)
        if abs(self.odds - 1) < CENTRAL:
            return least, np.asarray(hypergeom.pmf(numbers, whole, chosen, self.own))
        return least, np.asarray(nchypergeom_fisher.pmf(numbers, whole, chosen, self.own, self.odds))


@dataclass(frozen=True)
class Exact:
    """The group's cases and what is expected of it; ``variance`` of that; ``p``: twice the smaller tail."""

    cases: int
    expected: float
    variance: float
    p: float


def compare_shares(strata: Sequence[Stratum]) -> Exact:
    """Return whether the group has more or fewer cases than its part; p is 1 where nothing can differ."""
    least, chances, expected, variance = 0, np.ones(1), 0.0, 0.0
    for one in strata:
        start, own = one.distribution
        numbers = start + np.arange(len(own))
        mean = float(own @ numbers)
        least, chances = least + start, np.convolve(chances, own)
        expected, variance = expected + mean, variance + float(own @ (numbers - mean) ** 2)
    cases = sum(one.cases for one in strata)
    place = cases - least
    below, above = float(chances[: place + 1].sum()), float(chances[place:].sum())
    return Exact(cases, expected, variance, min(2 * min(below, above), 1.0))


def beside_others(strata: Sequence[Stratum]) -> tuple[float, float]:
    """Return the share that the group would have at the others' odds (times ``odds``), and the error of its difference.

    It is the others' share in each stratum, weighted as the group's own deals are (direct standardisation); the error
    is that of the group's own share less it. (NaN, NaN) where no stratum has both.
    """
    both = [one for one in strata if one.own and one.others]
    total = sum(one.own for one in both)
    if not total:
        return float("nan"), float("nan")
    usual, spread = 0.0, 0.0
    for one in both:
        rate, weight = one.other_cases / one.others, one.own / total
        usual += weight * rate * one.odds / (1 - rate + rate * one.odds)
        own, other = (one.cases + 0.5) / (one.own + 1), (one.other_cases + 0.5) / (one.others + 1)
        spread += weight**2 * (own * (1 - own) / one.own + other * (1 - other) / one.others)
    return usual, float(np.sqrt(spread))


def common_difference(strata: Sequence[Stratum]) -> tuple[float, float]:
    """Return the difference of the shares common to the strata, and its standard error (Sato 1989).

    It is Mantel & Haenszel's weighting of differences; (NaN, NaN) where no stratum has both.
    """
    both = [one for one in strata if one.own and one.others]
    weights = np.array([one.own * one.others / (one.own + one.others) for one in both])
    if not both:
        return float("nan"), float("nan")
    shares = np.array([one.cases / one.own - one.other_cases / one.others for one in both])
    value = float((weights * shares).sum() / weights.sum())
    p_terms = sum(
        (one.own**2 * one.other_cases - one.others**2 * one.cases + one.own * one.others * (one.others - one.own) / 2)
        / (one.own + one.others) ** 2
        for one in both
    )
    q_terms = sum(
        (one.cases * (one.others - one.other_cases) + one.other_cases * (one.own - one.cases))
        / (2 * (one.own + one.others))
        for one in both
    )
    spread = max(value * p_terms + q_terms, 0.0) / float(weights.sum()) ** 2
    return value, float(np.sqrt(spread))
