"""The chance that an open deal is won in the days that are left, by how it stands and how near the quarter's end is.

From a landmark on, a deal that stood so is won or lost on a day with a hazard that is constant within some days of the
landmark and on days of one class (piecewise exponential: Holford 1980). Winning and losing compete. The hazards of a
cell are those of the wider one times its own factor, which is drawn in to 1 by what chance alone would show
(`drawn_in`): first what days after the landmark and classes of days do to all deals, then to those of a stage, and in
it to an age, a size, a type and a team's. Days of the week and months of the year have factors for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from salesgoals_kit.follow.credibility import beyond, drawn_in
from salesgoals_kit.follow.landmarks import AGES, SIZES, Landmarks, Standing
from salesgoals_kit.follow.rush import CLASSES, Days
from salesgoals_kit.kpis.deal_lives import Floats, Ints, Lives
from salesgoals_kit.periods import YEAR

BINS = np.array([0, 7, 14, 21, 28, 42, 63, 91, 182, 1 << 30])  # days after the landmark
SHAPE = (2, len(BINS) - 1, CLASSES)  # ways to end (won, lost), bins, classes of days
WEEK = 7
TWO_YEARS = 725  # days, but for what lies before the first landmark and after the last
BY_BIN, BY_CLASS, BY_BOTH = (2,), (1,), ()  # the axes over which a factor is the same


@dataclass(frozen=True, eq=False)
class Level:
    """Factors on hazards by cell (rows), way, bin and class of days; a cell has the same values of ``fields``."""

    fields: tuple[str, ...]
    factors: Floats


PLAN = (
    ((), BY_BIN),
    ((), BY_CLASS),
    (("stage",), BY_BIN),
    (("stage",), BY_CLASS),
    (("stage",), BY_BOTH),
    (("stage", "age"), BY_BIN),
    (("stage", "size"), BY_BIN),
    (("stage", "kind"), BY_BIN),
    (("stage", "kind", "age"), BY_BIN),
    (("team",), BY_BIN),
    (("stage", "team"), BY_BIN),
)  # in which order factors are learned, each on what the ones before explain


@dataclass(frozen=True, eq=False)
class Hazards:
    """Hazards as known at the end of day ``cut``: ``base`` of any deal on any day, by way, and factors on it.

    ``week``, ``season``: those of the days of the week (the first is a Thursday, as day 0 was) and of the months of the
    year, by way. ``unrest``: the variance of months' levels beside them.
    """

    lives: Lives
    days: Days
    cut: int
    base: Floats
    levels: tuple[Level, ...]
    week: Floats
    season: Floats
    unrest: float

    def rates(self, rows: Standing) -> Floats:
        """Return the daily hazards of rows, by way, bin and class."""
        found = np.broadcast_to(self.base[:, None, None], (len(rows.deal), *SHAPE)).copy()
        for level in self.levels:
            found *= level.factors[_codes(self.lives, rows, level.fields)[0]]
        return found

    def chances(self, rows: Standing, last: int) -> Floats:
        """Return the chance of each row, open at the end of day ``cut``, to be won by the end of day ``last``."""
        ahead = np.arange(1, last - self.cut + 1)
        if not len(ahead) or not len(rows.deal):
            return np.zeros(len(rows.deal))
        first, place = _unlike(self.lives, rows)
        bins = np.searchsorted(BINS, ahead, side="left") - 1
        daily = self.rates(rows.take(first))[:, :, bins, self.days.of(self.cut + ahead)]
        daily *= self.season[:, self.days.month_of(self.cut + ahead)] * self.week[:, (self.cut + ahead) % WEEK]
        daily /= np.maximum(daily.sum(axis=1, keepdims=True), 1.0)
        still = np.cumprod(1 - daily.sum(axis=1), axis=1)
        before = np.concatenate([np.ones((len(still), 1)), still[:, :-1]], axis=1)
        return np.asarray((before * daily[:, 0]).sum(axis=1)[place])


def hazards(known: Landmarks, days: Days, cut: int) -> Hazards:
    """Return the hazards as they were known at the end of day ``cut``."""
    lives, rows = known.lives, known.before(cut)
    first, cell = _unlike(lives, rows)
    cells = rows.take(first)
    exposed, ended = _counted(known, rows, days, cut, cell, len(first))
    risk = float(exposed.sum())
    base = ended.sum(axis=(0, 2, 3)) / risk if risk else np.zeros(2)
    rate = np.broadcast_to(base[:, None, None], ended.shape).copy()
    often, levels = _often(rows, cell, len(first)), []
    for fields, same in PLAN:
        codes, size = _codes(lives, cells, fields)
        parts = len(lives.stage_names) + 1 if len(fields) > 1 else 1
        weight = _weight(codes, often, size, same, known.step)
        factors = _factors(exposed[:, None] * rate, ended, codes, weight, same, parts)
        rate *= factors[codes]
        levels.append(Level(fields, factors))
    week, season, unrest = _by_calendar(known, rows, days, cut, rate[cell, :, 0])
    return Hazards(lives, days, cut, base, tuple(levels), week, season, unrest)


def _codes(lives: Lives, rows: Standing, fields: tuple[str, ...]) -> tuple[Ints, int]:
    """Return the cell of each row by these fields, the first one slowest, and how many cells there may be."""
    many = {"stage": len(lives.stage_names), "kind": len(lives.kinds), "team": len(lives.teams)}
    many |= {"age": AGES, "size": SIZES}
    codes, size = np.zeros(len(rows.deal), dtype=np.int64), 1
    for field in fields:
        width = many[field] + 1
        codes, size = codes * width + getattr(rows, field), size * width
    return codes, size


def _unlike(lives: Lives, rows: Standing) -> tuple[Ints, Ints]:
    """Return one row for each combination of codes, and the place of each row's own."""
    codes, _ = _codes(lives, rows, ("stage", "kind", "age", "size", "team"))
    _, first, place = np.unique(codes, return_index=True, return_inverse=True)
    return first, place.astype(np.int64)


def _counted(known: Landmarks, rows: Standing, days: Days, cut: int, cell: Ints, cells: int) -> tuple[Floats, Floats]:
    """Return the days at risk by cell, bin and class, and the deals that ended by cell, way, bin and class."""
    until = known.until[: len(rows.deal)]
    seen = np.minimum(until, cut - rows.day)
    passed = np.zeros((CLASSES, len(days.classes) + 1), dtype=np.int64)  # days of a class up to and with the day before
    for kind in range(CLASSES):
        passed[kind, 1:] = np.cumsum(days.classes == kind)
    at = rows.day + 1 - days.first
    exposed = np.zeros((cells, *SHAPE[1:]))
    for place, (low, high) in enumerate(pairwise(BINS.tolist())):
        inside = np.flatnonzero(seen > low)
        since, till = at[inside] + low, at[inside] + np.minimum(seen[inside], high)
        for kind in range(CLASSES):
            risk = passed[kind, till] - passed[kind, since]
            exposed[:, place, kind] = np.bincount(cell[inside], weights=risk, minlength=cells)
    over = np.flatnonzero(until <= cut - rows.day)
    way = np.where(known.lives.won[rows.deal[over]], 0, 1)
    bins = np.searchsorted(BINS, until[over], side="left") - 1
    where = np.ravel_multi_index((cell[over], way, bins, days.of(rows.day[over] + until[over])), (cells, *SHAPE))
    return exposed, np.bincount(where, minlength=cells * int(np.prod(SHAPE))).reshape(cells, *SHAPE).astype("float64")


def _by_calendar(known: Landmarks, rows: Standing, days: Days, cut: int, rate: Floats) -> tuple[Floats, Floats, float]:
    """Return what days of the week and months of the year do to hazards, by way, and how much months differ besides.

    From the days up to the next landmark: each day of the past is in one such span. ``rate``: of the rows in the first
    bin, by way and class. How much months differ is that of what is won; under two years of landmarks there is no
    season, and all is difference.
    """
    if not len(rows.day):
        return np.ones((2, WEEK)), np.ones((2, YEAR)), 0.0
    wanted, seen = _by_day(known, rows, days, cut, rate)
    wanted *= (seen.sum(axis=(1, 2)) / np.maximum(wanted.sum(axis=(1, 2)), 1e-9))[:, None, None]
    week = np.stack([drawn_in(seen[way].sum(axis=0), wanted[way].sum(axis=0)) for way in range(2)])
    due, came = (wanted * week[:, None]).sum(axis=2), seen.sum(axis=2)
    season, place = np.ones((2, YEAR)), days.month_of(rows.day[:1] + known.step // 2) + np.arange(due.shape[1])
    place %= YEAR
    if rows.day[-1] - rows.day[0] >= TWO_YEARS:
        season = np.stack(
            [
                drawn_in(*(np.bincount(place, part[way], YEAR).astype("float64") for part in (came, due)))
                for way in range(2)
            ]
        )
    return week, season, beyond(came[0], due[0] * season[0, place])


def _by_day(known: Landmarks, rows: Standing, days: Days, cut: int, rate: Floats) -> tuple[Floats, Floats]:
    """Return what was to be expected to end and what ended up to the next landmark, by way, month and day of the week.

    A span between two landmarks counts whole for the month of its middle.
    """
    until = known.until[: len(rows.deal)]
    month = days.month_number(rows.day + known.step // 2)
    month -= month[0]
    wanted, seen = np.zeros((2, 2, int(month[-1]) + 1, WEEK))
    for after in range(1, known.step + 1):
        there = np.flatnonzero((until >= after) & (rows.day + after <= cut))
        day = rows.day[there] + after
        place = month[there] * WEEK + day % WEEK
        over, won = until[there] == after, known.lives.won[rows.deal[there]]
        for way, ends in enumerate((over & won, over & ~won)):
            wanted[way] += np.bincount(place, rate[there, way, days.of(day)], wanted[way].size).reshape(-1, WEEK)
            seen[way] += np.bincount(place[ends], minlength=seen[way].size).reshape(-1, WEEK)
    return wanted, seen


def _often(rows: Standing, cell: Ints, cells: int) -> tuple[Floats, Floats]:
    """Return how many rows each cell has, and of how many deals they are."""
    pairs = np.unique(cell * (int(rows.deal.max(initial=0)) + 1) + rows.deal, return_index=True)[1]
    count, deals = (np.bincount(part, minlength=cells).astype("float64") for part in (cell, cell[pairs]))
    return count, deals


def _weight(codes: Ints, often: tuple[Floats, Floats], size: int, same: tuple[int, ...], step: int) -> Floats:
    """Return how much of one count each row's is, by cell, way, bin and class.

    A deal is seen on several landmarks: its rows count together as one. Where bins are told apart, as many of them as
    there are landmarks in a bin.
    """
    count, deals = (np.bincount(codes, weights=part, minlength=size) for part in often)
    once = np.divide(deals, count, out=np.zeros(size), where=count > 0).reshape(size, 1, 1, 1)
    return once if 1 in same else np.maximum(once, np.minimum(1.0, step / np.diff(BINS))[:, None])


def _factors(expected: Floats, seen: Floats, codes: Ints, weight: Floats, same: tuple[int, ...], parts: int) -> Floats:
    """Return the factors of one level by cell, way, bin and class, along ``same`` of which they do not differ.

    How much cells differ is learned in each of as many ``parts`` of them, and how much the sums of these differ.
    """
    axes, size = tuple(axis + 1 for axis in same), len(weight)
    wanted, found = ((_summed(part, codes, size) * weight).sum(axis=axes, keepdims=True) for part in (expected, seen))
    factors = np.ones(wanted.shape)
    for way in range(2):
        sums = drawn_in(*(part[:, way].reshape(parts, -1).sum(axis=1) for part in (found, wanted)))
        for own, whole in zip(np.split(np.arange(size), parts), sums, strict=True):
            drawn, of = drawn_in(found[own, way], wanted[own, way]), wanted[own, way]
            factors[own, way] = drawn * whole * of.sum() / np.sum(drawn * of) if of.any() else 1.0
    return factors


def _summed(parts: Floats, codes: Ints, size: int) -> Floats:
    found = np.zeros((size, *parts.shape[1:]))
    np.add.at(found, codes, parts)
    return found
