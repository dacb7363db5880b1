"""What a purchase of a customer comes to: the gamma-gamma model.

Fader & Hardie 2013, "The gamma-gamma model of monetary value", technical note 025 (brucehardie.com). Each customer's
purchases are gamma about his own mean with the shape ``p``, and the scales differ as a gamma distribution with ``q``
and ``v``: few purchases are drawn to the mean of all. How much and how often customers buy is taken to be independent.
The money of a customer is the mean of his purchases after the first, those of one day summed into one; who spent
nothing at them is left out. With that definition the published parameters of CDNOW come out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from salesgoals_kit.forecast.series import Array
from salesgoals_kit.insight.likelihood import drawn, highest
from salesgoals_kit.insight.purchases import FEW_AGAIN
from salesgoals_kit.words import Count, Message, say

DRAWS = 400
_STARTS = ((1.0, 1.0, 0.0), (2.0, 1.5, 1.0), (0.0, 0.5, 0.0))  # logarithms of p, q and v / mean money
_BOUNDS = ((-4.0, 9.0), (0.02, 7.0), (-9.0, 9.0))  # q above 1: else the mean of all has no end
_NO_MEAN = 1.03


@dataclass(frozen=True)
class Spending:
    """A fitted model."""

    p: float
    q: float
    v: float
    log_likelihood: float = math.nan

    @property
    def mean(self) -> float:
        """What a purchase of a customer comes to of whom nothing is known: p v / (q - 1)."""
        return self.p * self.v / (self.q - 1)

    def expected(self, money: Array, purchases: Array) -> Array:
        """Return what a further purchase of each can be expected to come to: (5), between his mean and that of all."""
        known = self.p * purchases
        return np.asarray((self.v + purchases * np.where(purchases > 0, money, 0.0)) * self.p / (known + self.q - 1))


def log_likelihood(parameters: Array, money: Array, purchases: Array) -> float:
    """Return the log likelihood at p, q and v of mean money over so many purchases: (1a)."""
    p, q, v = (float(value) for value in parameters)
    x, z = purchases, money
    found = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * math.log(v)
    found = found + (p * x - 1) * np.log(z) + p * x * np.log(x) - (p * x + q) * np.log(x * z + v)
    return float(found.sum())


def fit(money: Array, purchases: Array, near: Spending | None = None) -> Spending | Message:
    """Return the model of highest likelihood, or the sentence that says why there is none.

    Searched from several starts, or from a model that it should be ``near``.
    """
    money, purchases = _known(money, purchases)
    if len(money) < FEW_AGAIN:
        return say("value.few_amounts", customers=Count(len(money)), few=Count(FEW_AGAIN))
    scale = float(money.mean())
    starts = _STARTS if near is None else [np.log([near.p, near.q, near.v / scale]).tolist()]
    best = highest(lambda logs: log_likelihood(np.exp(logs), money / scale, purchases), starts, _BOUNDS)
    p, q, v = (float(value) for value in np.exp(best))
    if q < _NO_MEAN:
        return say("value.no_mean")
    v = v * scale
    return Spending(p, q, v, log_likelihood(np.array([p, q, v]), money, purchases))


def draws(found: Spending, money: Array, purchases: Array, seed: int, count: int = DRAWS) -> tuple[Spending, ...]:
    """Return models drawn from what the money says of the parameters."""
    money, purchases = _known(money, purchases)
    scale = float(money.mean())
    best = np.log([found.p, found.q, found.v / scale])
    centre = np.array([1.0, 1.0, 0.0])
    logs = drawn(lambda at: log_likelihood(np.exp(at), money / scale, purchases), best, centre, _BOUNDS, seed, count)
    return tuple(Spending(float(p), float(q), float(v) * scale) for p, q, v in np.exp(logs))


def _known(money: Array, purchases: Array) -> tuple[Array, Array]:
    known = (purchases > 0) & (money > 0)
    return money[known], purchases[known]
