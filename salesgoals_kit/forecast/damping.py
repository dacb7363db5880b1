"""What is taken out of a history before it is fitted: single huge months, and levels that ended abruptly.

One huge deal, or one huge credit note, tells little of the next months, and a team that was halved is not on its way
down. In the fit a single month far from its neighbours is drawn to them, and the months before an abrupt change of
level are moved to the new one. The figures themselves stay as they are, and the outlook says which months these were.
What comes back every year is no exception, nor what comes more often than once in two years; where there are not two
years to tell by, only what no season explains is one. Levels are not moved where figures can be below zero.

Thresholds are high: on the monthly series of M1, Tourism and M3's training part it makes no difference to the
accuracy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from salesgoals_kit.forecast.quick import quick_season
from salesgoals_kit.forecast.season import Season
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import YEAR, Signal

FEWEST = 9  # months
AROUND = 3  # months on each side that are a month's neighbours
FAR = 6.0  # robust spreads
DOUBLE = float(np.log(2.0))  # a huge month is at least twice, or at most half of what it should be
FIVE_TIMES = float(np.log(5.0))  # the same where no season is known: a December alone may bring three times a month
SIZE = 1.0  # the same for signed figures, in the size of the series
FOUR_SIZES = 4.0  # and where no season is known
SUSPECT = 0.5  # of these thresholds: a month that might be huge has no say in the season by which it is judged
AGAIN = 0.5  # of what a month is off the same month of other years was off as well: that is season
RARE = 24  # months to one exception upwards, and one downwards; what is more frequent is usual
DRAWN_TO = 2.5  # robust spreads: so far from its neighbours a huge month is left
AFTER = 3  # months that a new level has lasted
BEFORE = 6
LIKELIEST = 12  # places, those of the largest differences from month to month, are looked at closely
STEP = float(np.log(1.35))  # a change of level is by a third at least
SUDDEN = 0.7  # of the change happens from one month to the next
OF_A_LINE = 0.25  # of the squares that a straight line leaves in the year before and after, a step leaves at most
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
    if len(signal) < FEWEST or signal.still or signal.scale.kind == "rate":
        return Damped(signal, ())
    calm, huge = _without_huge(signal)
    if signal.scale.kind == "signed":
        return Damped(calm, huge)
    at, step = _change(calm)
    moved = np.where(np.arange(len(calm)) < at, step, 0.0)
    return Damped(replace(calm, z=calm.z + moved), huge, at or None, step)


def _without_huge(signal: Signal) -> tuple[Signal, tuple[int, ...]]:
    """Return the signal with its huge months drawn to their neighbours, and which these are."""
    usual, unseen = (SIZE, FOUR_SIZES) if signal.scale.kind == "signed" else (DOUBLE, FIVE_TIMES)
    once = _known_once(signal)
    least = np.where(once, unseen, usual)
    first = _Off(signal, quick_season(signal))
    suspect = once | (np.abs(first.off) > SUSPECT * first.far(least))
    judged = replace(signal, z=np.where(suspect, np.nan, signal.z))
    seen = _Off(signal, quick_season(judged)) if judged.has_season else first
    far = signal.known & (np.abs(seen.off) > seen.far(least))
    off = np.where(signal.known, seen.off, np.nan)
    alone = far & (np.convolve(far, [1, 0, 1], mode="same") == 0) & ~_comes_back(off)
    alone &= ~_often(alone & (seen.off > 0)) & ~_often(alone & (seen.off < 0))
    drawn = seen.around + np.sign(seen.off) * DRAWN_TO * seen.spread + seen.season
    return replace(signal, z=np.where(alone, drawn, signal.z)), tuple(np.flatnonzero(alone).tolist())


class _Off:
    """How far each month is off its neighbours without the season; ``spread`` is a robust one."""

    def __init__(self, signal: Signal, season: Season) -> None:
        self.season = season.at(signal.months())
        apart = signal.filled - self.season
        self.around = _neighbours(apart)
        self.off = apart - self.around
        self.spread = max(float(1.4826 * np.median(np.abs(self.off))), SMALLEST)

    def far(self, least: Array) -> Array:
        """Return how far off each month must be to be called huge."""
        return np.maximum(FAR * self.spread, least)


def _often(alone: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return these months if there are more of them than exceptions can be, or none."""
    return alone & bool(alone.sum() > max(1, len(alone) // RARE))


def _known_once(signal: Signal) -> npt.NDArray[np.bool_]:
    """Return the months of which no season can tell: all under two years, and whose calendar month is known once."""
    if not signal.has_season:
        return np.ones(len(signal), dtype=bool)
    times = np.array([signal.known[at::YEAR].sum() for at in range(YEAR)])
    return np.asarray(times[np.arange(len(signal)) % YEAR] < 2)


def _comes_back(off: Array) -> npt.NDArray[np.bool_]:
    """Return for each month whether the same month of other years was off in the same way."""
    again = np.zeros(len(off), dtype=bool)
    for at in range(len(off)):
        others = np.delete(off[at % YEAR :: YEAR], at // YEAR)
        others = others[np.isfinite(others)]
        again[at] = bool(len(others)) and float(np.median(others)) * np.sign(off[at]) > AGAIN * abs(off[at])
    return again


def _neighbours(z: Array) -> Array:
    """Return the median of the three months before and the three after each month (as many as there are)."""
    padded = np.pad(z, AROUND, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * AROUND + 1)
    return np.asarray(np.nanmedian(np.delete(windows, AROUND, axis=1), axis=1))


def _change(signal: Signal) -> tuple[int, float]:
    """Return the place of the last abrupt change of level and what it added; 0 and 0 where there is none.

    At each place the season is what it is if the level has changed there, as ramps and seasons make steps as well.
    """
    apart = signal.filled - quick_season(signal).at(signal.months())
    places = np.argsort(-np.abs(np.diff(apart)), kind="stable")[:LIKELIEST] + 1
    for at in sorted((int(at) for at in places if BEFORE <= at <= len(signal) - AFTER), reverse=True):
        z = signal.filled - quick_season(signal, step_at=at).at(signal.months())
        before, after = z[max(0, at - YEAR) : at], z[at : at + YEAR]
        step = float(np.median(after) - np.median(before))
        jump = float(np.median(z[at : at + AFTER]) - np.median(z[at - AFTER : at]))
        sudden = abs(step) > STEP and jump / step > SUDDEN and (z[at] - z[at - 1]) / step > SUDDEN
        if sudden and _squares(before, 0) + _squares(after, 0) < OF_A_LINE * _squares(
            z[max(0, at - YEAR) : at + YEAR], 1
        ):
            return at, step
    return 0, 0.0


def _squares(z: Array, degree: int) -> float:
    """Return the sum of squares around the mean (degree 0) or the straight line (1) that fits best."""
    month = np.arange(len(z))
    return float(np.sum((z - np.polyval(np.polyfit(month, z, degree), month)) ** 2))
