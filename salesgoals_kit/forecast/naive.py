"""The seasonal naive forecast: last year's months as they were, as far off as years have been from years before.

It has no drift: whether past growth goes on is left open, and the range is as wide as the growth there has been.
Where there is no year to repeat, the last values take the place of last year's: up to a year of history, and where a
month has not been clearly nearer to the same month of last year than to the month before (recurring revenue, or sales
without a season, whose noise would only be counted twice). On 300 monthly series of M3, within their training part,
that brought the pinball loss of a quarter's total from 0.051 to 0.028 of its size.
"""

from __future__ import annotations

import numpy as np

from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import YEAR, Signal

NEARER = 0.85  # so much nearer must last year be; without a season both are equally far, give or take some luck
ASSUMED_CHANGE = 0.3  # spread of a month's change on the even scale, as long as hardly any change has been seen
CHANGES_NEEDED = 6  # from so many changes on nothing is assumed
SHARE_OF_DRIFT = 0.03  # of the variance of monthly changes, at the least, is the level moving and not noise

FADING = 0.9  # a trend seen in a few months goes on, if at all, by so much less each month


def paths(signal: Signal, horizon: int, draws: int, seed: int) -> Array:
    """Return joint paths (draws by months) on the even scale for the months after the last."""
    rng = np.random.default_rng(seed)
    if follows_the_year(signal):
        return _from_last_year(signal, horizon, draws, rng)
    return _from_last_values(signal.z, horizon, draws, rng)


def follows_the_year(signal: Signal) -> bool:
    """Return whether there is a year to repeat: the same month of last year is clearly nearer than other months are.

    It has to be nearer than the month before, and than the months two to eleven before are on the whole.
    """
    far = [float(np.mean(np.abs(changes))) for lag in range(1, YEAR) if len(changes := _changes(signal.z, lag))]
    yearly = _changes(signal.z, YEAR)
    if not len(yearly) or not far:
        return False
    return float(np.mean(np.abs(yearly))) < NEARER * min(far[0], float(np.mean(far)))


def _from_last_year(signal: Signal, horizon: int, draws: int, rng: np.random.Generator) -> Array:
    """Repeat last year; each coming year is off by a whole run of past year-on-year changes, up or down."""
    years = -(-horizon // YEAR)
    off = _year_on_year(signal, (draws, years), rng) * _few_seen(len(_changes(signal.z, YEAR)) / 6, draws, rng)[:, None]
    walked = signal.filled[-YEAR:] + np.cumsum(off, axis=1)
    return np.asarray(walked.reshape(draws, years * YEAR)[:, :horizon])


def _year_on_year(signal: Signal, shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """Return (draws, years, 12) changes: runs of consecutive past ones, joined end to start, with a random sign a run.

    Few past changes (less than half a year of them) may all be small by luck: noise then makes up the difference to
    the spread of the month-on-month changes.
    """
    seen = _changes(signal.z, YEAR)
    pool = seen if len(seen) else np.zeros(1)
    start = rng.integers(len(pool), size=(*shape, 1))
    sign = rng.choice((-1.0, 1.0), size=(*shape, 1))
    off = sign * pool[(start + np.arange(YEAR)) % len(pool)]
    if len(seen) < CHANGES_NEEDED:
        lacking = max(0.0, _spread(_changes(signal.z, 1)) ** 2 - float(np.mean(pool**2)))
        off = off + rng.normal(0, np.sqrt(lacking), off.shape)
    return np.asarray(off)


def _from_last_values(z: Array, horizon: int, draws: int, rng: np.random.Generator) -> Array:
    """Carry the level on: a random walk with noise (local level), its two spreads from the month-on-month changes.

    The mean change so far, fading, is added with a random size and sign: it may go on, it need not.
    """
    changes = _changes(z, 1)
    noise, drift = _noise_and_drift(changes)
    level, doubt = _level(z, noise, drift)
    trend = float(np.sum(changes)) / (len(changes) + CHANGES_NEEDED)
    ahead = np.cumsum(FADING ** np.arange(1, horizon + 1))
    moved = np.cumsum(rng.normal(0, np.sqrt(drift), (draws, horizon)), axis=1)
    moved = moved + rng.normal(0, np.sqrt(doubt), (draws, 1)) + rng.normal(0, abs(trend), (draws, 1)) * ahead
    around = moved + rng.normal(0, np.sqrt(noise), (draws, horizon))
    return np.asarray(level + around * _few_seen(len(changes) / 2, draws, rng))


def _noise_and_drift(changes: Array) -> tuple[float, float]:
    """Return the variance of a month's noise and that of the level's step.

    Noise makes neighbouring changes cancel: their covariance is minus its variance. With few of them it is drawn
    towards a quarter of the changes' variance.
    """
    whole = _spread(changes) ** 2
    covered = float(np.sum(changes[1:] * changes[:-1])) if len(changes) > 1 else 0.0
    cancel = (covered - 3 * whole / 4) / (max(len(changes) - 1, 0) + 3)
    noise = float(np.clip(-cancel, 0.0, (1 - SHARE_OF_DRIFT) * whole / 2))
    return noise, whole - 2 * noise


def _level(z: Array, noise: float, drift: float) -> tuple[float, float]:
    """Return the level after the last month and the variance of what is not known about it (Kalman filter)."""
    level, doubt = float(z[np.isfinite(z)][0]), noise
    for value in z[np.flatnonzero(np.isfinite(z))[0] + 1 :]:
        doubt += drift
        if np.isfinite(value) and doubt > 0:
            gain = doubt / (doubt + noise)
            level, doubt = level + gain * (float(value) - level), (1 - gain) * doubt
    return level, doubt


def _spread(changes: Array) -> float:
    """Return the spread of monthly changes, partly assumed until enough have been seen."""
    assumed = max(0.0, CHANGES_NEEDED - len(changes)) / 2
    total = float(np.sum(changes**2)) + assumed * ASSUMED_CHANGE**2
    return float(np.sqrt(total / (len(changes) + assumed)))


def _few_seen(freedom: float, draws: int, rng: np.random.Generator) -> Array:
    """Return a factor a path that widens the range as Student's t does: a spread seen few times is itself not known."""
    degrees = max(3.0, freedom)
    return np.asarray(np.sqrt(degrees / rng.chisquare(degrees, (draws, 1))))


def _changes(z: Array, months: int) -> Array:
    changes = z[months:] - z[:-months]
    return np.asarray(changes[np.isfinite(changes)])
