"""Whether something happens more often in one group than in others that it is compared with like by like.

Strata (a month of tenure and a year, say) are compared each within itself. Given how many things happened in each
stratum and how many of it are in the group, the number that happened in the group is a sum of independent numbers: of
hypergeometric ones where cases are counted (Fisher 1935; noncentral where the odds are known to differ), of binomial
ones where shares of an exposure are. Its distribution is worked out in full by convolution, at every odds ratio (Gart
1970; Mehta, Patel & Gray 1985), so nothing is left to a large-sample approximation until there are more than ``LARGE``
events (there: Mantel & Haenszel 1959).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import gammaln
from scipy.stats import norm

LARGE = 2000  # events; more of them are as good as normal
TAIL = 0.1  # outside of the range on either side
FARTHEST = 12.0  # the logarithm of an odds ratio is looked for up to here
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Spread:
    """The chances of a whole number: of ``least``, and of each number from there on."""

    least: int
    chances: Floats

    def tails(self, seen: int) -> tuple[float, float]:
        """Return the chance of at most, and of at least, so many."""
        place = seen - self.least
        return float(self.chances[: max(place + 1, 0)].sum()), float(self.chances[max(place, 0) :].sum())

    def p(self, seen: int) -> float:
        """Return the two-sided p of so many: twice the smaller tail, 1 at most."""
        return min(1.0, 2 * min(self.tails(seen)))

    def without(self, negligible: float) -> Spread:
        """Return it without its ends that are no likelier than that."""
        kept = np.flatnonzero(self.chances > negligible)
        return Spread(self.least + int(kept[0]), self.chances[kept[0] : kept[-1] + 1])

    @property
    def mean(self) -> float:
        """The number to be expected."""
        return self.least + float(self.chances @ np.arange(len(self.chances)))

    @property
    def variance(self) -> float:
        """The variance of the number."""
        return float(self.chances @ (self.least + np.arange(len(self.chances)) - self.mean) ** 2)


def together(parts: Sequence[Spread], negligible: float = 0.0) -> Spread:
    """Return the sum of independent numbers; what is no likelier than ``negligible`` at its ends is left out."""
    left = [*parts] or [Spread(0, np.ones(1))]
    while len(left) > 1:  # in pairs, so that all are of about one length
        pairs = [_sum(*pair).without(negligible) for pair in zip(left[::2], left[1::2], strict=False)]
        left = [*pairs, *left[2 * len(pairs) :]]
    return left[0].without(negligible)


def _sum(one: Spread, other: Spread) -> Spread:
    return Spread(one.least + other.least, np.convolve(one.chances, other.chances))


def hypergeometric(own: Ints, others: Ints, events: Ints, odds: Floats | float = 1.0) -> list[Spread]:
    """Return for each stratum how many of its ``events`` are in the group of ``own`` cases, beside ``others``.

    ``odds``: of the group against the others where there is nothing between them.
    """
    least, most = np.maximum(events - others, 0), np.minimum(events, own)
    number, stratum, begins = _numbers(least, most)
    ways = _choose(own[stratum], number) + _choose(others[stratum], events[stratum] - number)
    return _spreads(least, begins, ways + number * np.log(np.broadcast_to(odds, own.shape))[stratum], stratum)


def _binomial(events: Ints, share: Floats) -> list[Spread]:
    least = np.zeros_like(events)
    number, stratum, begins = _numbers(least, events)
    odds = np.log(share) - np.log1p(-share)
    return _spreads(least, begins, _choose(events[stratum], number) + number * odds[stratum], stratum)


def _numbers(least: Ints, most: Ints) -> tuple[Ints, Ints, Ints]:
    """Return all numbers that are possible, stratum after stratum, whose each is, and where each stratum begins."""
    length = most - least + 1
    begins = np.cumsum(length) - length
    stratum = np.repeat(np.arange(len(length)), length)
    return np.arange(len(stratum)) - begins[stratum] + least[stratum], stratum, begins


def _spreads(least: Ints, begins: Ints, logs: Floats, stratum: Ints) -> list[Spread]:
    """Return each stratum's chances of the logarithms of what they are in proportion to."""
    if not len(begins):
        return []
    raw = np.exp(logs - np.maximum.reduceat(logs, begins)[stratum])
    chances = np.split(raw / np.add.reduceat(raw, begins)[stratum], begins[1:])
    return [Spread(int(first), part) for first, part in zip(least, chances, strict=True)]


def _choose(of: Ints, k: Ints) -> Floats:
    return np.asarray(gammaln(of + 1.0) - gammaln(k + 1.0) - gammaln(of - k + 1.0))


@dataclass(frozen=True)
class Odds:
    """The odds ratio of the group against the others, its 80 % range, and p: two-sided, and one-sided for more.

    Without a stratum that tells anything it is 1, the range is as wide as can be, and p is 1. ``seen`` and
    ``expected``: how many happened in the group, and how many would have at the others' odds.
    """

    ratio: float
    low: float
    high: float
    p: float
    p_more: float
    seen: int
    expected: float


def of_cases(seen: Ints, own: Ints, events: Ints, cases: Ints) -> Odds:
    """Return the odds ratio from strata: events ``seen`` in the group of ``own`` cases, among ``events`` of ``cases``.

    The common odds ratio is the conditional maximum likelihood estimate, the range exact and conditional.
    """
    tells = (events > 0) & (events < cases) & (own > 0) & (own < cases)
    a, n1, d, n = (part[tells].astype("int64") for part in (seen, own, events, cases))
    share = n1 / np.maximum(n, 1)
    expected = float((d * share).sum())
    if d.sum() <= LARGE:
        return _exact(hypergeometric(n1, n - n1, d), int(a.sum()), expected)
    variance = float((d * share * (1 - share) * (n - d) / np.maximum(n - 1, 1)).sum())
    ratio = float((a * (n - n1 - d + a) / n).sum()) / max(float(((d - a) * (n1 - a) / n).sum()), 0.5)
    return _normal(ratio, int(a.sum()), expected, variance)


def of_shares(seen: Ints, events: Ints, share: Floats) -> Odds:
    """Return the ratio of events for each unit of an exposure, the group's against the others'.

    ``share`` is the group's part of each stratum's exposure. Given the stratum's events the group's are binomial.
    """
    tells = (events > 0) & (share > 0) & (share < 1)
    a, d, part = seen[tells].astype("int64"), events[tells].astype("int64"), share[tells]
    expected = float((d * part).sum())
    if d.sum() <= LARGE:
        return _exact(_binomial(d, part), int(a.sum()), expected)
    ratio = float((a * (1 - part)).sum()) / max(float(((d - a) * part).sum()), 0.5)
    return _normal(ratio, int(a.sum()), expected, float((d * part * (1 - part)).sum()))


def _exact(strata: list[Spread], seen: int, expected: float) -> Odds:
    if not strata:
        return Odds(1.0, 0.0, math.exp(FARTHEST), 1.0, 1.0, 0, 0.0)
    whole = together(strata)
    least, most = whole.least, whole.least + len(whole.chances) - 1
    inside = min(max(float(seen), least + 0.5), most - 0.5) if most > least else float(seen)
    return Odds(
        ratio=_at(lambda odds: _tilted(whole, odds).mean - inside),
        low=0.0 if seen == least else _at(lambda odds: _tilted(whole, odds).tails(seen)[1] - TAIL),
        high=math.exp(FARTHEST) if seen == most else _at(lambda odds: TAIL - _tilted(whole, odds).tails(seen)[0]),
        p=whole.p(seen),
        p_more=min(1.0, whole.tails(seen)[1]),
        seen=seen,
        expected=expected,
    )


def _tilted(whole: Spread, odds: float) -> Spread:
    """Return the distribution at a logarithm of the odds ratio: the chances at 0 times its power."""
    with np.errstate(divide="ignore"):
        weights = np.log(whole.chances) + odds * np.arange(len(whole.chances))
    found = np.exp(weights - weights.max())
    return Spread(whole.least, np.asarray(found / found.sum()))


def _at(rising: Callable[[float], float]) -> float:
    """Return the odds ratio at which a function that rises with its logarithm is 0, or the end nearest to that."""
    if rising(-FARTHEST) >= 0:
        return math.exp(-FARTHEST)
    if rising(FARTHEST) <= 0:
        return math.exp(FARTHEST)
    return math.exp(float(brentq(rising, -FARTHEST, FARTHEST, xtol=1e-9)))


def _normal(ratio: float, seen: int, expected: float, variance: float) -> Odds:
    off, error = seen - expected, math.sqrt(max(variance, 1e-12))
    p = min(1.0, 2 * float(norm.sf(max(abs(off) - 0.5, 0.0) / error)))
    more = float(norm.sf((off - 0.5) / error))
    ratio = max(ratio, math.exp(-FARTHEST))
    wide = math.exp(float(norm.isf(TAIL)) / error)
    return Odds(ratio, ratio / wide, ratio * wide, p, more, seen, expected)
