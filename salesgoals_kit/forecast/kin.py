"""Owners that belong together: a company and its teams, a team and its reps; what adds up, and what they lend.

Figures that add up (revenue, leads, recurring revenue) are drawn so that the parts' months add up to the whole's in
every path. Each part and the whole is forecast by itself, as far off as its own past says. Then each path of the whole
is shared out among the parts in the proportions that they have in one of their own joint paths (forecast
proportions: Athanasopoulos, Ahmed & Hyndman 2009), the whole's best path to the parts' best: comonotone.

The dependence that this assumes: the parts' errors are independent of each other but for what the whole's past shows.
Where the whole has been further off than independent parts would make it, all parts' good paths are stretched and
their bad ones compressed together, and the other way round. Ratios are not shared out: each owner's is its own.

A short history borrows: how far a month's forecast is off from the others of its kin, and the whole's season.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.damping import damped
from salesgoals_kit.forecast.paths import Borrowed, Drawing, Paths, draw_paths, kind_of, season_of, value_signal
from salesgoals_kit.forecast.series import Array, Series
from salesgoals_kit.forecast.signals import Signal
from salesgoals_kit.forecast.spread import PRIOR_UNTIL, moments, rolling_origins


@dataclass(frozen=True, eq=False)
class Kin:
    """A ``whole`` and all its ``parts``, as series of one KPI; ``of`` are those among which the whole is a part.

    What belongs to no part is a part as well, so that they add up.
    """

    whole: Series
    parts: tuple[Series, ...]
    of: Kin | None = None

    @property
    def adds_up(self) -> bool:
        """Whether the parts' months add up to the whole's."""
        return adds_up(self.whole)

    def digest(self) -> str:
        """Return what tells it from any other."""
        digests = [self.whole.digest(), *(part.digest() for part in self.parts)]
        return "+".join([*digests, self.of.digest() if self.of else ""])


def adds_up(series: Series) -> bool:
    """Return whether the figures of several owners add up: not those of ratios and medians."""
    return series.denominator is None and series.over_period in ("sum", "last")


def needs_kin(series: Series) -> bool:
    """Return whether an outlook depends on kin: the figures add up, or the history is short."""
    return adds_up(series) or int(series.known.sum()) < PRIOR_UNTIL


def joint_paths(kin: Kin, drawing: Drawing) -> tuple[Paths, ...]:
    """Return the parts' paths; in each path they add up to the whole's, month by month.

    They are those of the months after the whole's last known one, also of a part whose own figures end earlier.
    """
    end = kin.whole.recent().last + drawing.horizon
    whole = _whole_paths(kin, end, drawing)
    own = [
        _up_to(part, end, drawing.horizon, replace(drawing, borrowed=borrowed(kin, part))).numerator
        for part in kin.parts
    ]
    counted = kin.whole.unit == "count"
    signed = any(kind_of(series) == "signed" for series in (kin.whole, *kin.parts))
    shared = share_out(whole, np.stack(own), counted=counted, signed=signed)
    return tuple(Paths(part, None) for part in shared)


def _up_to(series: Series, end: int, months: int, drawing: Drawing) -> Paths:
    """Return a series' paths of the ``months`` up to ``end``, however early its figures end."""
    known = series.until(end - months).recent()
    return draw_paths(known, replace(drawing, horizon=end - known.last)).tail(months)


def _whole_paths(kin: Kin, end: int, drawing: Drawing) -> Array:
    if kin.of is not None:
        ahead = replace(drawing, horizon=end - kin.of.whole.recent().last)
        for part, paths in zip(kin.of.parts, joint_paths(kin.of, ahead), strict=True):
            if part.owner == kin.whole.owner:
                return paths.tail(drawing.horizon).numerator
    return _up_to(kin.whole, end, drawing.horizon, drawing).numerator


def newcomer_paths(kin: Kin, months: int, last: int, drawing: Drawing) -> Paths:
    """Return paths of the ``months`` up to ``last`` for one of whom nothing is known: each is that of a random sibling.

    A newcomer is as the others are, and nobody knows as which of them.
    """
    lenders = siblings(kin)
    found = [_up_to(part, last, months, drawing) for part in lenders]
    chosen = drawing.rng("newcomer").integers(len(found), size=drawing.draws)
    row = np.arange(drawing.draws)
    above = np.stack([paths.numerator for paths in found])[chosen, row]
    below = [paths.denominator for paths in found if paths.denominator is not None]
    return Paths(above, np.stack(below)[chosen, row] if len(below) == len(found) else None)


def siblings(kin: Kin) -> tuple[Series, ...]:
    """Return the parts that are owners, with their histories as forecasts are made of them."""
    return tuple(part.recent() for part in kin.parts if part.owner.name and part.known.any())


def share_out(whole: Array, parts: Array, *, counted: bool = False, signed: bool = False) -> Array:
    """Return the parts (parts by draws by months) so that they add up to the whole (draws by months).

    Parts keep their proportions; what can be below zero takes its share of the difference by its spread. Counts stay
    whole numbers (largest remainders).
    """
    rank = np.argsort(np.argsort(whole.sum(axis=1), kind="stable"), kind="stable")
    joint = parts[:, np.argsort(parts.sum(axis=(0, 2)), kind="stable")[rank]]
    total = joint.sum(axis=0)
    if signed:
        spread = joint.var(axis=1).mean(axis=1)
        weight = spread / spread.sum() if spread.any() else np.full(len(joint), 1 / len(joint))
        return np.asarray(joint + weight[:, None, None] * (whole - total))
    usual = joint.mean(axis=(1, 2), keepdims=True)
    usual = usual / usual.sum(axis=0) if usual.any() else np.full(usual.shape, 1 / len(joint))
    share = np.divide(joint, total, out=np.broadcast_to(usual, joint.shape).copy(), where=total > 0)
    shared = share * whole
    return _whole_numbers(shared, whole) if counted else np.asarray(shared)


def borrowed(kin: Kin, own: Series) -> Borrowed | None:
    """Return what a series with a short history takes from the others of its kin; None where it needs nothing."""
    signal = _signal(own)
    if signal is None or int(signal.known.sum()) >= PRIOR_UNTIL:
        return None
    others = [found for other in (kin.whole, *kin.parts) if other.owner != own.owner and (found := _signal(other))]
    seen = [found for other in others if not other.still for found in [moments(rolling_origins(other).errors())]]
    size = _mean([found.size for found in seen if found.size])  # nothing that has never been off tells anything
    whole = _signal(kin.whole)
    has = whole is not None and whole.has_season and not whole.still
    lends = has and not signal.has_season and own.owner != kin.whole.owner
    season = season_of(damped(whole).signal, None) if lends and whole is not None else None
    return None if size is None and season is None else Borrowed(size, season, len(seen))


def _signal(series: Series) -> Signal | None:
    try:
        return value_signal(series.recent())
    except ForecastError:
        return None


def _mean(sizes: Sequence[float]) -> float | None:
    return float(np.mean(sizes)) if sizes else None


def _whole_numbers(shared: Array, whole: Array) -> Array:
    """Return whole numbers that add up to the whole: the largest remainders are rounded up."""
    floor = np.floor(shared)
    left = np.rint(whole - floor.sum(axis=0))
    place = np.argsort(np.argsort(-(shared - floor), axis=0, kind="stable"), axis=0, kind="stable")
    return np.asarray(floor + (place < left))
