"""What past scores teach the next outlooks: a shift and a scale, by which chances come nearer to what they promise.

Every score is a probability integral transform u (`scores`); z = Φ⁻¹(u) is standard normal where outlooks keep what
they promise. The corrected outlook has the quantiles Q'(u) = Q(Φ(shift + scale Φ⁻¹(u))) (recalibration by the probit
of the transform: Dawid 1984; Gneiting, Balabdaoui & Raftery 2007; Platt's scaling with a probit link).

Pooled over the whole company is optimism: where lower is better z changes its sign, so that above 0 is always better
than expected. Shift and scale are the posterior of a normal mean and variance (normal and inverse χ², Gelman et al.,
Bayesian Data Analysis, 3.3) whose prior is PRIOR independent outcomes that came as promised. With the effective
number n of scores (`weights`), their weighted mean m and variance v:

    shift = n m / (n + PRIOR)        scale² = (PRIOR + n v + m² n PRIOR / (n + PRIOR)) / (n + PRIOR)

PRIOR = 10 says that a shift is seldom beyond 0.3, which moves an even chance by 12 points: as far as the chances of
years were off when they were first measured.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
import pandas as pd

from salesgoals_kit.forecast.outlook import FAN_LEVELS, Outlook
from salesgoals_kit.forecast.recorded import NORMAL
from salesgoals_kit.forecast.scores import favourable, weights
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.words import Count, Message, say

FEWEST = 30  # scores, before anything is corrected
PRIOR = 10.0  # independent outcomes that speak for leaving things as they are
NOTABLE = 0.025  # of shift or scale: less moves no chance by more than a point, and is not spoken of


@dataclass(frozen=True)
class Correction:
    """What to do to the next outlooks, in standard deviations of an outlook, and from how many scores that is known.

    ``shift`` above 0: figures came better than expected, goals of the same chance become harder. ``scale`` above 1:
    they came farther from the middle than expected, ranges become wider. ``periods`` are distinct period ends.
    """

    shift: float
    scale: float
    scores: int
    periods: int

    @property
    def message(self) -> Message:
        """What it rests on and what it does, for a manager."""
        scores, periods = Count(self.scores), Count(self.periods)
        effect = tuple(part for part in (_middle(self.shift), _width(self.scale)) if part is not None)
        if not effect:
            return say("forecast.came_as_promised", scores=scores, periods=periods)
        return say("forecast.corrected", scores=scores, periods=periods, effect=effect)


def usable(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores that may correct anything: not those backfilled, nor of outlooks that held a single value."""
    return scores[~scores["backfilled"] & scores["pit"].notna()]


def learn(scores: pd.DataFrame) -> Correction | None:
    """Return the correction that past scores (a `score_frame`) call for; None under 30 that are `usable`.

    The score of an outlook that had been corrected says how far the uncorrected one was off (shift + scale z, with the
    correction then in force, and never beyond the draws, as no correction is): corrections do not chase themselves.
    """
    scores = usable(scores)
    if len(scores) < FEWEST:
        return None
    end = scores["draws"].map(lambda draws: NORMAL.inv_cdf(1 - 0.5 / draws))
    z = (scores["shift"] + scores["scale"] * favourable(scores).map(NORMAL.inv_cdf)).clip(-end, end)
    return posterior(z.to_numpy(dtype="float64"), scores["ends"])


def posterior(z: Array, ends: pd.Series) -> Correction:
    """Return the correction that z call for, the favourable ones above 0, of periods with these ends; see the module.

    Of none it changes nothing.
    """
    weight = weights(ends)
    n = float(weight.sum())
    mean = float((weight * z).sum()) / n if n else 0.0
    variance = float((weight * (z - mean) ** 2).sum()) / n if n else 0.0
    shift = n * mean / (n + PRIOR)
    scale = sqrt((PRIOR + n * variance + mean**2 * n * PRIOR / (n + PRIOR)) / (n + PRIOR))
    return Correction(shift, scale, len(z), ends.nunique())


def calibrate(outlook: Outlook, correction: Correction | None) -> Outlook:
    """Return the outlook with its chances corrected; the same without a correction.

    Each path takes the value (and the counts) of the path whose rank it would have had, so values stay attainable
    and none is beyond what had been drawn; the paths of several owners no longer add up. The months' ``fan`` is read at
    the corrected levels, continued in a line beyond its own: months are taken to be off as periods are.
    """
    if correction is None:
        return outlook
    assert outlook.correction is None, "a correction is of the outlook as it was fitted"
    draws = len(outlook.draws)
    sign = 1.0 if outlook.better == "higher" else -1.0
    depths = [NORMAL.inv_cdf((rank + 0.5) / draws) for rank in range(draws)]
    levels = [NORMAL.cdf(sign * correction.shift + correction.scale * depth) for depth in depths]
    taken = np.minimum((np.array(levels) * draws).astype(np.int64), draws - 1)
    order = np.argsort(outlook.draws, kind="stable")
    source = np.empty(draws, dtype=np.int64)
    source[order] = order[taken]
    counts = outlook.counts
    return replace(
        outlook,
        draws=outlook.draws[source],
        counts=None if counts is None else (counts[0][source], counts[1][source]),
        months=outlook.months[source] if len(outlook.months) else outlook.months,
        calibrated=True,
        fan=_fan(outlook, sign * correction.shift, correction.scale),
        correction=(correction.shift, correction.scale),
        notes=(*outlook.notes, correction.message),
    )


def _fan(outlook: Outlook, shift: float, scale: float) -> Array:
    known = np.array([NORMAL.inv_cdf(level) for level in FAN_LEVELS])
    wanted = shift + scale * known
    at = np.clip(np.searchsorted(known, wanted) - 1, 0, len(known) - 2)
    part = ((wanted - known[at]) / (known[at + 1] - known[at]))[:, None]
    fan = outlook.fan[at] * (1 - part) + outlook.fan[at + 1] * part
    lowest = np.where(outlook.fan.min(axis=0) >= 0, 0.0, -np.inf)
    rate = outlook.unit == "rate" and float(np.nanmax(outlook.fan, initial=0.0)) <= 1
    return np.asarray(np.clip(fan, lowest, 1.0 if rate else np.inf))


def _middle(shift: float) -> Message | None:
    if abs(shift) < NOTABLE:
        return None
    return say("forecast.too_cautious") if shift > 0 else say("forecast.too_optimistic")


def _width(scale: float) -> Message | None:
    if abs(scale - 1) < NOTABLE:
        return None
    return say("forecast.too_narrow") if scale > 1 else say("forecast.too_wide")
