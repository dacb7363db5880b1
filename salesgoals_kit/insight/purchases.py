"""How often customers without a contract will buy, and whether they still are customers: the BG/NBD model.

Fader, Hardie & Lee 2005, "'Counting your customers' the easy way", Marketing Science 24(2), 275-284. While he is a
customer, each buys at random at his own rate, and these differ as a gamma distribution (``r``, ``alpha``); after each
purchase he leaves for good with his own chance, and these differ as a beta distribution (``a``, ``b``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
from scipy.interpolate import RegularGridInterpolator
from scipy.special import betaln, gammaln, hyp2f1

from salesgoals_kit.forecast.series import Array
from salesgoals_kit.insight.likelihood import drawn, highest
from salesgoals_kit.words import Count, Message, say

Ints = npt.NDArray[np.int64]
FEW_CUSTOMERS, FEW_AGAIN = 50, 20  # fewer in all, or that bought again, and four parameters are not to be had
DRAWS = 400
_STARTS = ((0.0, 1.5, 0.0, 0.0), (-1.5, 1.0, -0.5, 1.0), (0.5, 3.0, -1.0, 0.5))  # logarithms of r, alpha, a, b
_BOUNDS = ((-5.0, 6.0), (-5.0, 9.0), (-4.0, 5.0), (-4.0, 5.0))  # beyond them customers are all alike, or all unlike
_LEAVING = 2.71
_NODES = 16
_GRID = 18
_NEAR_ONE = 1e-4


@dataclass(frozen=True, eq=False)
class Buyers:
    """Purchases of customers since their first: ``again`` (how many more), ``latest`` and ``until`` (times since it).

    Purchases on one day are one. ``until``: when they were last looked at. Times are in weeks, or in any one unit.
    """

    again: Array
    latest: Array
    until: Array

    def __len__(self) -> int:
        return len(self.again)

    @cached_property
    def counts(self) -> tuple[Array, Ints]:
        """The numbers of purchases there are, and the place of each customer's among them: gammas are dear."""
        found, place = np.unique(self.again, return_inverse=True)
        return np.asarray(found, dtype="float64"), np.asarray(place)


@dataclass(frozen=True)
class Buying:
    """A fitted model."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = math.nan

    def expected(self, time: Array | float) -> Array:
        """Return the purchases a new customer can be expected to make after his first, up to a time: (9)."""
        nobody = Buyers(*(np.zeros(1) for _ in range(3)))
        found = self.purchases(nobody, np.atleast_1d(np.asarray(time, dtype="float64")))[:, 0]
        return np.asarray(found if np.ndim(time) else found[0])

    def alive(self, seen: Buyers) -> Array:
        """Return the chance that each is still a customer; Fader, Hardie & Lee 2008, note 021. Who never came back is.

        No customer can leave before he has bought a second time: the model's only weakness to be told.
        """
        return np.asarray(1 / (1 + np.exp(self._gone(seen))))

    def _gone(self, seen: Buyers) -> Array:
        """Return the log odds that each has left after his latest purchase."""
        x = np.maximum(seen.again, 1)
        waited = np.log(self.alpha + seen.until) - np.log(self.alpha + seen.latest)
        odds = math.log(self.a) - np.log(self.b + x - 1) + (self.r + x) * waited
        return np.asarray(np.where(seen.again > 0, odds, -np.inf))

    def purchases(self, seen: Buyers, time: Array) -> Array:
        """Return what each (columns) can be expected to buy in the next times (rows): (10). Times are above 0.

        Euler's transformation takes the large powers out of the hypergeometric function, which would overflow. The
        formula divides by a - 1: near a = 1 the line between both sides is taken, which errs by the square of
        their distance.
        """
        if abs(self.a - 1) < _NEAR_ONE:
            low, high = (Buying(self.r, self.alpha, 1 + side, self.b) for side in (-2 * _NEAR_ONE, 2 * _NEAR_ONE))
            part = (self.a - low.a) / (high.a - low.a)
            return np.asarray((1 - part) * low.purchases(seen, time) + part * high.purchases(seen, time))
        ahead = np.asarray(time, dtype="float64")[:, None]
        x, whole = seen.again[None, :], self.alpha + seen.until[None, :]
        top = self.a + self.b + x - 1
        left = (whole / (whole + ahead)) ** (self.a - 1)
        curve = left * hyp2f1(self.a - 1, self.a + self.b - 1 - self.r, top, ahead / (whole + ahead))
        return np.asarray(top / (self.a - 1) * (1 - curve) * self.alive(seen))

    def discounted(self, seen: Buyers, rate: float) -> Array:
        """Return all that each can be expected still to buy, what comes later counting less: e^(-rate time).

        By parts it is the integral of e^-u E(u / rate) over u, a Gauss-Laguerre sum of the expected purchases.
        """
        places, weights = _laguerre()
        return np.asarray(weights @ self.purchases(seen, places / rate))

    def discounted_for_many(self, seen: Buyers, rate: float) -> Array:
        """Return the same of many customers: read off a grid of purchases and times, in logarithms, to a per cent.

        What one who still is a customer will buy depends on those two alone, and smoothly.
        """
        axes = [
            np.geomspace(low, float(high) + low, _GRID)
            for low, high in ((1.0, seen.again.max()), (1.0, seen.until.max()))
        ]
        again, until = (part.ravel() for part in np.meshgrid(axes[0] - 1, axes[1] - 1, indexing="ij"))
        there = Buyers(again, until, until)
        logs = np.log(self.discounted(there, rate) / self.alive(there)).reshape(_GRID, _GRID)
        read = RegularGridInterpolator(
            [np.log(axis) for axis in axes], logs, method="linear", bounds_error=False, fill_value=None
        )
        places = np.log(np.column_stack([seen.again + 1, seen.until + 1]))
        return np.asarray(np.exp(read(places)) * self.alive(seen))


@cache
def _laguerre() -> tuple[Array, Array]:
    places, weights = np.polynomial.laguerre.laggauss(_NODES)
    return np.asarray(places), np.asarray(weights)


def log_likelihood(parameters: Array, seen: Buyers) -> float:
    """Return the log likelihood at r, alpha, a and b: Fader, Hardie & Lee 2005, (6), summed in logarithms."""
    r, alpha, a, b = (float(value) for value in parameters)
    x, place = seen.counts
    rate = gammaln(r + x) - gammaln(r) + r * math.log(alpha)
    here = rate + betaln(a, b + x) - betaln(a, b)
    gone = np.where(x > 0, rate + betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b), -np.inf)
    times = r + seen.again
    still = here[place] - times * np.log(alpha + seen.until)
    left = gone[place] - times * np.log(alpha + seen.latest)
    return float(np.logaddexp(still, left).sum())


def fit(seen: Buyers, near: Buying | None = None) -> Buying | Message:
    """Return the model of highest likelihood, or the sentence that says why there is none.

    There is none either where nothing shows that anybody leaves: a likelihood ratio against customers who never do
    under ``_LEAVING`` (5 %, at the edge of what is possible: Self & Liang 1987). Their purchases would have no end, and
    what discounting makes of that is no forecast. Searched from several starts, or from a model it should be ``near``.
    """
    again = int((seen.again > 0).sum())
    if len(seen) < FEW_CUSTOMERS or again < FEW_AGAIN:
        return say(
            "value.few_buyers",
            customers=Count(len(seen)),
            again=Count(again),
            few=Count(FEW_CUSTOMERS),
            few_again=Count(FEW_AGAIN),
        )
    starts = _STARTS if near is None else [np.log([near.r, near.alpha, near.a, near.b]).tolist()]
    best = highest(lambda logs: log_likelihood(np.exp(logs), seen), starts, _BOUNDS)
    found = log_likelihood(np.exp(best), seen)
    if 2 * (found - _of_those_who_never_leave(seen)) < _LEAVING:
        return say("value.nobody_leaves", customers=Count(len(seen)))
    r, alpha, a, b = (float(value) for value in np.exp(best))
    return Buying(r, alpha, a, b, found)


def _of_those_who_never_leave(seen: Buyers) -> float:
    """Return the highest log likelihood of customers who buy for ever: the gamma-Poisson, or NBD, model."""
    x, place = seen.counts

    def function(logs: Array) -> float:
        r, alpha = (float(value) for value in np.exp(logs))
        rate = gammaln(r + x) - gammaln(r) + r * math.log(alpha)
        return float((rate[place] - (r + seen.again) * np.log(alpha + seen.until)).sum())

    best = highest(function, [start[:2] for start in _STARTS], _BOUNDS[:2])
    return function(best)


def draws(found: Buying, seen: Buyers, seed: int, count: int = DRAWS) -> tuple[Buying, ...]:
    """Return models drawn from what the purchases say of the parameters; ``found`` is the one of highest likelihood."""
    best = np.log([found.r, found.alpha, found.a, found.b])
    centre = np.array([0.0, math.log(max(float(np.mean(seen.until)), 1e-3)), 0.0, 1.0])
    logs = drawn(lambda at: log_likelihood(np.exp(at), seen), best, centre, _BOUNDS, seed, count)
    return tuple(Buying(*(float(value) for value in row)) for row in np.exp(logs))
