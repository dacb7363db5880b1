"""What is taken out of a history before it is fitted: single huge months, and levels that ended abruptly.

One huge deal tells little of the next months, and a team that was halved is not on its way down. In the fit a single
month far from its neighbours is drawn to them, and the months before an abrupt change of level are moved to the new
one. The figures themselves stay as they are, and the outlook says which months these were. Thresholds are high: on
the monthly series of M1, Tourism and M3's training part it makes no difference to the accuracy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from salesgoals_kit.forecast.quick import quick_season
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import YEAR, Signal

FEWEST = 9  # months
AROUND = 3  # months on each side that are a month's neighbours
FAR = 6.0  # robust spreads
DOUBLE = float(np.log(2.0))  # a huge month is at least twice, or at most half of what it should be
DRAWN_TO = 2.5  # robust spreads: so far from its neighbours a huge month is left
AFTER = 3  # months that a new level has lasted
BEFORE = 6
STEP = float(np.log(1.35))  # a change of level is by a third at least
SUDDEN = 0.7  # of the change happens from one month to the next
SMALLEST = 0.01


@dataclass(frozen=True, eq=False)
class Damped:
    """A signal as it is fitted; which of its months (places) were huge, and where and by how much its level changed."""

    signal: Signal
    huge: tuple[int, ...]
    changed_at: int | None = None
    change: float = 0.0


def damped(signal: Signal) -> Damped:
    """Return a signal without huge months and without the levels that ended abruptly."""
    if len(signal) < FEWEST or signal.still or signal.scale.kind != "positive":
        return Damped(signal, ())
    season = quick_season(signal).at(signal.months())
    apart = signal.filled - season
    around = _neighbours(apart)
    off = apart - around
    spread = max(float(1.4826 * np.median(np.abs(off))), SMALLEST)
    far = signal.known & (np.abs(off) > max(FAR * spread, DOUBLE))
    alone = far & (np.convolve(far, [1, 0, 1], mode="same") == 0)
    calm = np.where(alone, around + np.sign(off) * DRAWN_TO * spread, apart)
    at, step = _change(calm, spread)
    moved = calm + np.where(np.arange(len(calm)) < at, step, 0.0) + season
    fitted = replace(signal, z=np.where(signal.known, moved, np.nan))
    return Damped(fitted, tuple(np.flatnonzero(alone).tolist()), at or None, step)


def _neighbours(z: Array) -> Array:
    """Return the median of the three months before and the three after each month (as many as there are)."""
    padded = np.pad(z, AROUND, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * AROUND + 1)
    return np.asarray(np.nanmedian(np.delete(windows, AROUND, axis=1), axis=1))


def _change(z: Array, spread: float) -> tuple[int, float]:
    """Return the place of the last abrupt change of level and what it added; 0 and 0 where there is none."""
    for at in range(len(z) - AFTER, BEFORE - 1, -1):
        before, after = z[max(0, at - YEAR) : at], z[at : at + YEAR]
        step = float(np.median(after) - np.median(before))
        off = np.concatenate([before - np.median(before), after - np.median(after)])
        noise = max(float(1.4826 * np.median(np.abs(off))), spread / 2, SMALLEST)
        jump = float(np.median(z[at : at + AFTER]) - np.median(z[at - AFTER : at]))
        if abs(step) > max(FAR * noise, STEP) and jump / step > SUDDEN and (z[at] - z[at - 1]) / step > SUDDEN:
            return at, step
    return 0, 0.0
