"""Whether something happens more often in one group than in others that it is compared with like by like.

Strata (a month of tenure and a year, say) are compared each within itself. Given how many things happened in each
stratum and how many of it are in the group, the number that happened in the group is a sum of independent numbers: of
hypergeometric ones where cases are counted, of binomial ones where shares of an exposure are. Its distribution is
worked out in full, at every odds ratio (Gart 1970; Mehta, Patel & Gray 1985), so nothing is left to a large-sample
approximation until there are more than ``LARGE`` events (there: Mantel & Haenszel 1959).
"""

from __future__ import annotations

import math
from collections.abc import Callable
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
        return _exact(_hypergeometric(n1, d, n), int(a.sum()), expected)
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


def _hypergeometric(own: Ints, events: Ints, cases: Ints) -> list[Floats]:
    """Return for each stratum the chances that 0, 1, … of its events are the group's."""
    k = np.arange(events.max(initial=0) + 1)[None, :]
    n1, d, n = own[:, None], events[:, None], cases[:, None]
    possible = (k <= np.minimum(d, n1)) & (d - k <= n - n1)
    inside = np.where(possible, k, np.maximum(d - (n - n1), 0))
    ways = _choose(n1, inside) + _choose(n - n1, d - inside) - _choose(n, d)
    return _rows(np.where(possible, np.exp(ways), 0.0), events)


def _binomial(events: Ints, share: Floats) -> list[Floats]:
    k = np.arange(events.max(initial=0) + 1)[None, :]
    inside, d, part = np.minimum(k, events[:, None]), events[:, None], share[:, None]
    chances = np.exp(_choose(d, inside) + inside * np.log(part) + (d - inside) * np.log1p(-part))
    return _rows(np.where(k <= d, chances, 0.0), events)


def _rows(chances: Floats, events: Ints) -> list[Floats]:
    return [row[: count + 1] for row, count in zip(chances, events.tolist(), strict=True)]


def _choose(of: Ints, k: Ints) -> Floats:
    return np.asarray(gammaln(of + 1) - gammaln(k + 1) - gammaln(of - k + 1))


def _exact(strata: list[Floats], seen: int, expected: float) -> Odds:
    if not strata:
        return Odds(1.0, 0.0, math.exp(FARTHEST), 1.0, 1.0, 0, 0.0)
    parts = strata
    while len(parts) > 1:  # in pairs, so that all are of about one length
        pairs = [np.convolve(*pair) for pair in zip(parts[::2], parts[1::2], strict=False)]
        parts = [*pairs, *parts[2 * len(pairs) :]]
    chances = parts[0]
    least, most = (int(end) for end in np.flatnonzero(chances)[[0, -1]])
    more, less = float(chances[seen:].sum()), float(chances[: seen + 1].sum())
    inside = min(max(float(seen), least + 0.5), most - 0.5) if most > least else float(seen)
    return Odds(
        ratio=_at(lambda odds: _mean(chances, odds) - inside),
        low=0.0 if seen == least else _at(lambda odds: _tail(chances, odds, seen) - TAIL),
        high=math.exp(FARTHEST) if seen == most else _at(lambda odds: _tail(chances, odds, seen + 1) - 1 + TAIL),
        p=min(1.0, 2 * min(more, less)),
        p_more=min(1.0, more),
        seen=seen,
        expected=expected,
    )


def _tilted(chances: Floats, odds: float) -> Floats:
    """Return the distribution at a logarithm of the odds ratio: the chances at 0 times its power."""
    with np.errstate(divide="ignore"):
        weights = np.log(chances) + odds * np.arange(len(chances))
    found = np.exp(weights - weights.max())
    return np.asarray(found / found.sum())


def _mean(chances: Floats, odds: float) -> float:
    return float(_tilted(chances, odds) @ np.arange(len(chances)))


def _tail(chances: Floats, odds: float, seen: int) -> float:
    return float(_tilted(chances, odds)[seen:].sum())


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
