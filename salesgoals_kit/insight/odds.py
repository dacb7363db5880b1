"""Whether a share is higher in one group than in the others, where the odds of both are known to differ anyway.

The test is exact (insight/exact.py; Birch 1964): counts being whole, its p is never too small.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from salesgoals_kit.insight.exact import hypergeometric, together


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


@dataclass(frozen=True)
class Exact:
    """The group's cases and what is expected of it; ``variance`` of that; ``p``: twice the smaller tail."""

    cases: int
    expected: float
    variance: float
    p: float


def compare_shares(strata: Sequence[Stratum]) -> Exact:
    """Return whether the group has more or fewer cases than its part; p is 1 where nothing can differ."""
    rows = [(one.own, one.others, one.cases + one.other_cases) for one in strata]
    own, others, chosen = np.array(rows, dtype="int64").reshape(-1, 3).T
    parts = hypergeometric(own, others, chosen, np.array([one.odds for one in strata]))
    cases = sum(one.cases for one in strata)
    expected, variance = math.fsum(one.mean for one in parts), math.fsum(one.variance for one in parts)
    return Exact(cases, expected, variance, together(parts).p(cases))


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
