"""Owners that belong together: a company and its teams, a team and its reps; what adds up, and what they lend.

Figures that add up (revenue, leads, recurring revenue) are drawn so that the parts' months add up to the whole's in
every path. Each part and the whole is forecast by itself, as far off as its own past says. Then each path of the whole
is shared out among the parts in the proportions that they have in one of their own joint paths (forecast
proportions: Athanasopoulos, Ahmed & Hyndman 2009), the whole's best path to the parts' best: comonotone.

A part that has been below zero, or may be, keeps its own path: the others share what it leaves of the whole.

The dependence that this assumes: the parts' errors are independent of each other but for what the whole's past shows.
Where the whole has been further off than independent parts would make it, all parts' good paths are stretched and
their bad ones compressed together, and the other way round. Ratios are not shared out: each owner's is its own.

A short history borrows: how far a month's forecast is off from the others of its kin, and the whole's season.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from salesgoals_kit.errors import Fault, ForecastError
from salesgoals_kit.forecast.damping import damped
from salesgoals_kit.forecast.paths import (
    Borrowed,
    Drawing,
    Paths,
    draw_paths,
    kind_of,
    method_of,
    sampled_of,
    season_of,
    value_signal,
)
from salesgoals_kit.forecast.season import Season
from salesgoals_kit.forecast.series import Array, Series
from salesgoals_kit.forecast.signals import Signal
from salesgoals_kit.forecast.spread import PRIOR_UNTIL, moments, rolling_origins
from salesgoals_kit.owners import Owner

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Kin:
    """A ``whole`` and all its ``parts``, as series of one KPI; ``of`` are those among which the whole is a part.

    What belongs to no part is a part as well, so that they add up.
    """

    whole: Series
    parts: tuple[Series, ...]
    of: Kin | None = None

    def __post_init__(self) -> None:
        """Raise ForecastError for parts that are none: another KPI's, or one owner's twice."""
        owners = [part.owner for part in self.parts]
        twice = [owner.name for owner in dict.fromkeys(owners) if owners.count(owner) > 1]
        others = sorted({part.kpi for part in self.parts} - {self.whole.kpi})
        faults = [Fault("parts", f"{name} more than once", "each owner once") for name in twice]
        faults += [Fault("parts", f"a part of {name}", f"parts of {self.whole.kpi} alone") for name in others]
        if faults:
            raise ForecastError("These do not belong together.", faults)

    @property
    def adds_up(self) -> bool:
        """Whether the parts' months add up to the whole's."""
        return adds_up(self.whole)

    @cached_property
    def sizes(self) -> dict[Owner, float]:
        """How far off a month's forecast of each has been (mean square): of those that have ever been off."""
        lenders = (series for series in (self.whole, *self.parts) if series.owner.name != "")
        found = {series.owner: _size(series) for series in lenders if _lends(series, self.whole)}
        return {owner: size for owner, size in found.items() if size}

    @cached_property
    def season(self) -> Season | None:
        """The season that the whole lends; None where it has none."""
        signal = _signal(self.whole)
        if signal is None or not _lends(self.whole, self.whole) or not signal.has_season:
            return None
        return season_of(damped(signal).signal, None)

    @cached_property
    def digest(self) -> str:
        """What tells it from any other."""
        digests = [self.whole.digest(), *(part.digest() for part in self.parts)]
        return "+".join([*digests, self.of.digest if self.of else ""])


def adds_up(series: Series) -> bool:
    """Return whether the figures of several owners add up: not those of ratios and medians."""
    return series.denominator is None and series.over_period in ("sum", "last")


def needs_kin(series: Series) -> bool:
    """Return whether an outlook depends on kin: the figures add up, or the history is short and may borrow."""
    return adds_up(series) or (not series.has_two_amounts and int(series.known.sum()) < PRIOR_UNTIL)


def is_shared(kin: Kin, series: Series) -> bool:
    """Return whether the outlook of a series is its share of the whole's: it is a part, and both end together.

    All else is forecast by itself. Where it is shared, the kin's part is what is forecast.
    """
    is_part = any(part.owner == series.owner for part in kin.parts)
    if not (is_part and kin.adds_up and kin.whole.known.any() and series.known.any()):
        return False
    return kin.whole.trimmed().last == series.trimmed().last


def joint_paths(kin: Kin, drawing: Drawing) -> tuple[Paths, ...]:
    """Return the parts' paths; in each path they add up to the whole's, month by month.

    They are those of the months after the whole's last known one, also of a part whose own figures end earlier.
    Raises ForecastError where the whole, or a part, has no known month.
    """
    end = kin.whole.recent().last + drawing.horizon
    own = [
        _up_to(part, end, drawing.horizon, replace(drawing, borrowed=borrowed(kin, part))).numerator
        for part in kin.parts
    ]
    signed = np.array([kind_of(part.recent()) == "signed" for part in kin.parts])
    if not signed.any():  # were the whole alone below zero, nobody could bring what is lacking
        signed[:] = kind_of(kin.whole.recent()) == "signed"
    counted = kin.whole.unit == "count"
    shared = share_out(_whole_paths(kin, end, drawing), np.stack(own), counted=counted, signed=signed)
    return tuple(Paths(part, None) for part in shared)


def _up_to(series: Series, end: int, months: int, drawing: Drawing) -> Paths:
    """Return a series' paths of the ``months`` up to ``end``, however early its figures end."""
    known = series.trimmed().until(end - months).recent()
    return draw_paths(known, replace(drawing, horizon=end - known.last)).tail(months)


def _whole_paths(kin: Kin, end: int, drawing: Drawing) -> Array:
    """Return the paths that the whole's own outlook is made of: its share of what it is a part of, or by itself."""
    if kin.of is None:
        return _up_to(kin.whole, end, drawing.horizon, drawing).numerator
    if not is_shared(kin.of, kin.whole):
        lent = borrowed(kin.of, kin.whole)
        return _up_to(kin.whole, end, drawing.horizon, replace(drawing, borrowed=lent)).numerator
    place = [part.owner for part in kin.of.parts].index(kin.whole.owner)
    return joint_paths(kin.of, drawing)[place].numerator


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


def share_out(whole: Array, parts: Array, *, counted: bool = False, signed: Mask | None = None) -> Array:
    """Return the parts (parts by draws by months) so that they add up to the whole (draws by months).

    A part that is ``signed`` (may be below zero) keeps its draws; the others share what these leave of the whole in
    their own proportions, and none is below zero. What is left then goes to the signed parts, by their spread. Counts
    stay whole numbers (largest remainders).
    """
    rank = np.argsort(np.argsort(whole.sum(axis=1), kind="stable"), kind="stable")
    joint = parts[:, np.argsort(parts.sum(axis=(0, 2)), kind="stable")[rank]]
    below = np.zeros(len(parts), dtype=bool) if signed is None else signed
    shared = joint.copy()
    if not below.all():
        rest = np.maximum(whole - joint[below].sum(axis=0), 0) if below.any() else whole
        shared[~below] = _by_proportion(rest, joint[~below], counted)
    if below.any():
        shared[below] = _by_spread(whole - shared[~below].sum(axis=0), joint[below], counted)
    return shared


def _by_proportion(whole: Array, joint: Array, counted: bool) -> Array:
    """Return parts of a whole in the proportions of their draws; in the usual ones where no part drew anything."""
    total = joint.sum(axis=0)
    usual = joint.mean(axis=(1, 2), keepdims=True)
    usual = usual / usual.sum(axis=0) if usual.any() else np.full(usual.shape, 1 / len(joint))
    share = np.divide(joint, total, out=np.broadcast_to(usual, joint.shape).copy(), where=total > 0)
    return _whole_numbers(share * whole, whole) if counted else np.asarray(share * whole)


def _by_spread(whole: Array, joint: Array, counted: bool) -> Array:
    """Return the draws and what they lack of the whole: the more a part varies, the more of it it takes."""
    spread = joint.var(axis=1).mean(axis=1)
    weight = spread / spread.sum() if spread.any() else np.full(len(joint), 1 / len(joint))
    shared = joint + weight[:, None, None] * (whole - joint.sum(axis=0))
    return _whole_numbers(shared, whole) if counted else np.asarray(shared)


def borrowed(kin: Kin, own: Series) -> Borrowed | None:
    """Return what a series with a short history takes from the others of its kin; None where it needs nothing."""
    signal = _signal(own)
    if signal is None or own.has_two_amounts or int(signal.known.sum()) >= PRIOR_UNTIL:
        return None
    if _signal(kin.whole) is None or kind_of(own.recent()) != kind_of(kin.whole.recent()):
        return None
    sizes = [size for owner, size in kin.sizes.items() if owner != own.owner]
    season = None if signal.has_season or own.owner == kin.whole.owner else kin.season
    return (
        None if not sizes and season is None else Borrowed(float(np.mean(sizes)) if sizes else None, season, len(sizes))
    )


def _signal(series: Series) -> Signal | None:
    try:
        return value_signal(series.recent())
    except ForecastError:
        return None


def _size(series: Series) -> float | None:
    """Return how far off a month has been, without what is drawn with the cases; None where nothing tells."""
    signal = damped(value_signal(series.recent())).signal
    return moments(rolling_origins(signal).errors()).without(sampled_of(series.recent())).size


def _lends(series: Series, whole: Series) -> bool:
    """Return whether its errors are seen on the whole's scale, and are what it is drawn with: not of lumpy sales."""
    if _signal(series) is None:
        return False
    known = series.recent()
    return kind_of(known) == kind_of(whole.recent()) and method_of(known) == "combination"


def _whole_numbers(shared: Array, whole: Array) -> Array:
    """Return whole numbers that add up to the whole: the largest remainders are rounded up."""
    floor = np.floor(shared)
    left = np.rint(whole - floor.sum(axis=0))
    parts, draws, months = np.indices(shared.shape)
    turn = (parts + draws + months) % len(shared)  # of equal remainders each part's is the largest in its turn
    order = np.lexsort((turn, -np.round(shared - floor, 9)), axis=0)
    place = np.argsort(order, axis=0)
    return np.asarray(floor + (place < left))
