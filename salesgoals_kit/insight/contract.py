"""How long customers under contract stay: the shifted beta-geometric model of Fader & Hardie 2007.

"How to project customer retention", Journal of Interactive Marketing 21(1), 76-90. Each customer has his own constant
chance of leaving at a renewal, and these differ as a beta distribution with ``alpha`` and ``beta``. Those most likely
to leave go first, so that a group's retention rises although nobody changes: r(t) = (beta + t - 1) / (alpha + beta +
t - 1). Retention may rise with age or be flat, never fall.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, expit, logit, logsumexp

from salesgoals_kit.forecast.series import Array
from salesgoals_kit.words import Count, Message, say

FEW_LOSSES = 10  # fewer, and nothing is said of how long customers stay: the rate itself is not known within a third
DRAWS = 2000
FLAT = 1.5e-4  # 1 / (1 + alpha): under it customers are alike, and the model is the geometric one
_EDGE = (1e-4, 1 - 1e-4)
_SPAN = (float(logit(_EDGE[0])), float(logit(_EDGE[1])))
_STARTS = ((0.3, 0.1), (0.7, 0.5), (0.02, 0.05))  # of 1 / (1 + alpha), and of the first renewal's loss
_DIGITS = 12
_FAR = 12.0  # log likelihood under the best that a point of the grid may have and still matter
_COARSE, _FINE = 48, 96


@dataclass(frozen=True, eq=False)
class Renewals:
    """How many customers came to their first, second, … renewal while they were looked at, and were lost in it.

    That is all the likelihood needs. Cohorts add up; a customer who was there before the data begins counts from the
    first renewal that is in it (late entry), one who is still there up to his latest (censored).
    """

    faced: Array
    lost: Array

    @property
    def losses(self) -> int:
        """How many were lost."""
        return round(float(self.lost.sum()))


@dataclass(frozen=True)
class Retention:
    """A fitted model. ``flat``: the likelihood is highest where all customers are alike, and retention is constant."""

    alpha: float
    beta: float
    log_likelihood: float = math.nan
    flat: bool = False

    def survival(self, renewals: int) -> Array:
        """Return the share still there after 0, 1, … renewals: Fader & Hardie 2007, (6)."""
        return survival(self.alpha, self.beta, renewals)

    def rate(self, renewals: int) -> Array:
        """Return the retention rate at the first, second, … renewal: Fader & Hardie 2007, (8)."""
        t = np.arange(1, renewals + 1)
        return np.asarray((self.beta + t - 1) / (self.alpha + self.beta + t - 1))

    def lifetime(self, discount: float) -> float:
        """Return the discounted payments a new customer can be expected to make, the first one now."""
        return float(lifetime(self.alpha, self.beta, discount))

    def residual(self, renewals: int, discount: float) -> float:
        """Return those of a customer with so many renewals behind him, the next of which he has yet to make."""
        return float(residual(self.alpha, self.beta, renewals, discount))


def survival(alpha: Array | float, beta: Array | float, renewals: int) -> Array:
    """Return the share still there after 0, 1, … renewals, in the last axis: B(alpha, beta + t) / B(alpha, beta)."""
    t = np.arange(renewals)
    a, b = np.asarray(alpha, dtype="float64")[..., None], np.asarray(beta, dtype="float64")[..., None]
    kept = np.cumsum(np.log((b + t) / (a + b + t)), axis=-1)
    return np.asarray(np.exp(np.concatenate([np.zeros((*kept.shape[:-1], 1)), kept], axis=-1)))


def lifetime(alpha: Array | float, beta: Array | float, discount: float) -> Array:
    """Return sum S(t) / (1 + d)^t over t = 0, 1, …: 2F1(1, beta; alpha + beta; 1 / (1 + d)), d a renewal's discount.

    Fader & Hardie 2010, "Customer-base valuation in a contractual setting", Marketing Science 29(1), 85-93. It is the
    first payment, made now, and what is left before the first renewal.
    """
    return np.asarray(1 + residual(alpha, beta, 0, discount) / (1 + discount))


def residual(alpha: Array | float, beta: Array | float, renewals: Array | int, discount: float) -> Array:
    """Return the discounted payments still expected after so many renewals, the next one counted as due now.

    Fader & Hardie 2010, (6): with one more payment made than renewals, n = renewals + 1, it is
    (beta + n - 1) / (alpha + beta + n - 1) * 2F1(1, beta + n; alpha + beta + n; 1 / (1 + d)).
    """
    kept = np.add(beta, renewals)
    there = np.asarray(np.add(alpha, kept), dtype="float64")
    return np.asarray(kept / there * _gauss(kept + 1, there, 1 / (1 + discount)))


def _gauss(b: Array, c: Array, z: float) -> Array:
    """Return 2F1(1, b; c + 1; z) by Gauss's continued fraction (DLMF 15.7.1), which converges wherever z < 1.

    Near z = 1 the power series, and with it scipy's hyp2f1, loses every digit or never ends. Each step shrinks the
    error by (1 - sqrt(1 - z)) / (1 + sqrt(1 - z)).
    """
    root = math.sqrt(1 - z)
    steps = math.ceil(_DIGITS * math.log(10) / -math.log((1 - root) / (1 + root))) + 1
    below = c + 2.0 * steps
    for n in range(steps, 0, -1):
        below = c + (2 * n - 1) - n * (c - b + n) * z / below
        below = c + (2 * n - 2) - (b + n - 1) * (c + n - 1) * z / below
    return np.asarray(c / below)


def too_little(seen: Renewals) -> Message | None:
    """Return why the renewals tell no model: too few lost, or all of them at their first; None where they do."""
    if seen.losses < FEW_LOSSES:
        return say("value.few_losses", lost=Count(seen.losses), few=Count(FEW_LOSSES))
    if float((seen.faced - seen.lost).sum()) <= 0:
        return say("value.nobody_renewed", lost=Count(seen.losses))
    return None


def fit(seen: Renewals) -> Retention | Message:
    """Return the model of highest likelihood, from several starts, or the sentence that says why there is none."""
    why = too_little(seen)
    if why is not None:
        return why
    bounds = [_SPAN, _SPAN]
    tried = [
        minimize(lambda at: -_likelihood(*_named(*at), seen), logit(start), method="L-BFGS-B", bounds=bounds)
        for start in _STARTS
    ]
    best = min(tried, key=lambda found: float(found.fun))
    best = minimize(
        lambda at: -_likelihood(*_named(*at), seen),
        best.x,
        method="Nelder-Mead",
        bounds=bounds,
        options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 4000},
    )
    alpha, beta = _named(*best.x)
    return Retention(float(alpha), float(beta), -float(best.fun), bool(expit(best.x[0]) < FLAT))


def draws(seen: Renewals, seed: int, count: int = DRAWS, others: Renewals | None = None) -> tuple[Array, Array]:
    """Return alpha and beta drawn from what the renewals say of them: their posterior, seeded.

    Before anything is seen it is as likely as not that customers are all alike (one rate, the geometric model) as that
    they differ. If they do, 1 / (1 + alpha), which is how unlike they are whatever the length of a renewal, is uniform
    on (0, 1). The loss at the first renewal, alpha / (alpha + beta), has Jeffreys' beta(1/2, 1/2). How likely the
    renewals are under each of the two tells how many draws are of which: without that even chance a few customers
    who leave at one rate would seem to stay too long. ``others``: customers who leave at their own rate, but are as
    unlike each other as these; few customers tell little of that.
    """
    rng = np.random.default_rng(seed)
    lent = None if others is None else _lent(others)
    axes, height = _grid(seen, lent)
    area = float(np.prod([axis[1] - axis[0] for axis in axes]))
    alike = _alike(seen) + (0.0 if others is None else _alike(others))
    flat = rng.random(count) < expit(alike - float(logsumexp(height)) - math.log(area))
    chance = np.exp(height - height.max()).ravel()
    places = np.unravel_index(rng.choice(chance.size, size=count, p=chance / chance.sum()), height.shape)
    moved = [
        np.clip(axis[place] + (axis[1] - axis[0]) * (rng.random(count) - 0.5), *_SPAN)
        for axis, place in zip(axes, places, strict=True)
    ]
    rate = rng.beta(seen.lost.sum() + 0.5, (seen.faced - seen.lost).sum() + 0.5, count)
    first = np.where(flat, logit(np.clip(rate, *_EDGE)), moved[1])
    return _named(np.where(flat, _SPAN[0], moved[0]), first)


def _grid(seen: Renewals, lent: tuple[Array, Array] | None) -> tuple[list[Array], Array]:
    """Return the logits of both parameters, and the log posterior of customers who differ, where it is not nothing."""
    spans = [_SPAN, _SPAN]
    for size in (_COARSE, _COARSE, _FINE):
        axes = [np.linspace(*span, size) for span in spans]
        height = _posterior(axes[0][:, None], axes[1][None, :], seen)
        height = height if lent is None else height + np.interp(axes[0], *lent)[:, None]
        spans = [_span(axis, height.max(axis=1 - i)) for i, axis in enumerate(axes)]
    return axes, height


def _alike(seen: Renewals) -> float:
    """Return the log likelihood of customers who are all alike, over their rate."""
    lost = float(seen.lost.sum())
    return float(betaln(lost + 0.5, float(seen.faced.sum()) - lost + 0.5)) - math.log(math.pi)


def _lent(others: Renewals) -> tuple[Array, Array]:
    """Return what others say of how unlike customers are: the log likelihood over their own rate, by logit."""
    unlike, span = np.linspace(*_SPAN, _FINE), _SPAN
    for size in (_COARSE, _COARSE):
        first = np.linspace(*span, size)
        height = _likelihood(*_named(unlike[:, None], first[None, :]), others) + _jeffreys(first)
        span = _span(first, height.max(axis=0))
    return unlike, np.asarray(logsumexp(height, axis=1) + math.log(first[1] - first[0]))


def _span(axis: Array, best: Array) -> tuple[float, float]:
    """Return the part of an axis on which the posterior is not nothing, one cell wider at each end."""
    inside = np.flatnonzero(best > best.max() - _FAR)
    return float(axis[max(inside[0] - 1, 0)]), float(axis[min(inside[-1] + 1, len(axis) - 1)])


def _named(unlike: Array | float, first: Array | float) -> tuple[Array, Array]:
    """Return alpha and beta of logit(1 / (1 + alpha)) and logit(alpha / (alpha + beta))."""
    alpha = np.exp(-np.asarray(unlike))
    return np.broadcast_arrays(alpha, alpha * np.exp(-np.asarray(first)))  # type: ignore[return-value]


def _likelihood(alpha: Array | float, beta: Array | float, seen: Renewals) -> Array:
    """Return the log likelihood: each renewal faced is kept or lost with the chance r(t) or 1 - r(t)."""
    t = np.arange(len(seen.faced))
    a, b = np.asarray(alpha)[..., None], np.asarray(beta)[..., None]
    whole = np.log(a + b + t)
    kept = seen.faced - seen.lost
    return np.asarray((seen.lost * (np.log(a) - whole) + kept * (np.log(b + t) - whole)).sum(axis=-1))


def _posterior(unlike: Array, first: Array, seen: Renewals) -> Array:
    """Return the log likelihood and the log prior on the logit scales."""
    alpha, beta = _named(unlike, first)
    prior = _log_logistic(unlike) + _jeffreys(first)
    return np.asarray(_likelihood(alpha, beta, seen) + prior)


def _jeffreys(x: Array) -> Array:
    """Return the log density of p = expit(x), with Jeffreys' beta(1/2, 1/2), on the logit scale."""
    return np.asarray(0.5 * _log_logistic(x) - math.log(math.pi))


def _log_logistic(x: Array) -> Array:
    """Return log(p (1 - p)) of p = expit(x): the density of a uniform p on the logit scale."""
    return np.asarray(-np.logaddexp(0, x) - np.logaddexp(0, -x))
