"""The chance that an open deal is won in the days that are left, by how it stands and how near the quarter's end is.

From a landmark on, a deal that stood so is won or lost on a day with a hazard that is constant within some days of the
landmark and on days of one class (piecewise exponential: Holford 1980). Winning and losing compete. The hazards of a
cell are those of the wider one times its own factor, which is drawn in to 1 by what chance alone would show
(`drawn_in`): first what days after the landmark and classes of days do to all deals, then to those of a stage, a type
and an age, and to a team's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from salesgoals_kit.follow.credibility import beyond, drawn_in
from salesgoals_kit.follow.landmarks import AGES, Landmarks, Standing
from salesgoals_kit.follow.rush import CLASSES, Days
from salesgoals_kit.kpis.deal_lives import Floats, Ints, Lives
from salesgoals_kit.periods import YEAR

BINS = np.array([0, 7, 14, 21, 28, 42, 63, 91, 182, 1 << 30])  # days after the landmark
SHAPE = (2, len(BINS) - 1, CLASSES)  # ways to end (won, lost), bins, classes of days
TWO_YEARS = 725  # days, but for what lies before the first landmark and after the last
ALL, BY_BIN, BY_CLASS, BY_BOTH = (1, 2), (2,), (1,), ()  # the axes over which a factor is the same


@dataclass(frozen=True, eq=False)
class Level:
    """Factors on hazards by cell (rows), way, bin and class of days; ``name`` says what makes a cell."""

    name: str
    factors: Floats


PLAN = (
    ("all", BY_BIN),
    ("all", BY_CLASS),
    ("stage", BY_BIN),
    ("stage", BY_CLASS),
    ("stage", BY_BOTH),
    ("kind", BY_BIN),
    ("age", BY_BIN),
    ("team", ALL),
    ("team_stage", ALL),
)  # in which order factors are learned, each on what the ones before explain


@dataclass(frozen=True, eq=False)
class Hazards:
    """Hazards as known at the end of day ``cut``: ``base`` of any deal on any day, by way, and factors on it.

    ``season``: those of the months of the year, by way. ``unrest``: the variance of months' levels beside it.
    """

    lives: Lives
    days: Days
    cut: int
    base: Floats
    levels: tuple[Level, ...]
    season: Floats
    unrest: float

    def rates(self, rows: Standing) -> Floats:
        """Return the daily hazards of rows, by way, bin and class."""
        found = np.broadcast_to(self.base[:, None, None], (len(rows.deal), *SHAPE)).copy()
        for level in self.levels:
            found *= level.factors[_codes(self.lives, rows, level.name)]
        return found

    def chances(self, rows: Standing, last: int) -> Floats:
        """Return the chance of each row, open at the end of day ``cut``, to be won by the end of day ``last``."""
        ahead = np.arange(1, last - self.cut + 1)
        if not len(ahead) or not len(rows.deal):
            return np.zeros(len(rows.deal))
        first, place = _unlike(self.lives, rows)
        bins = np.searchsorted(BINS, ahead, side="left") - 1
        daily = self.rates(rows.take(first))[:, :, bins, self.days.of(self.cut + ahead)]
        daily *= self.season[:, self.days.month_of(self.cut + ahead)]
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
    for name, same in PLAN:
        codes, size = _codes(lives, cells, name), _size(lives, name)
        factors = _factors(exposed[:, None] * rate, ended, codes, often, size, same)
        rate *= factors[codes]
        levels.append(Level(name, factors))
    season, unrest = _by_month(known, rows, days, cut, rate[cell, :, 0])
    return Hazards(lives, days, cut, base, tuple(levels), season, unrest)


def _codes(lives: Lives, rows: Standing, name: str) -> Ints:
    """Return the cell of each row."""
    kinds, teams = len(lives.kinds) + 1, len(lives.teams) + 1
    if name == "all":
        return np.zeros(len(rows.deal), dtype=np.int64)
    if name == "team":
        return rows.team
    if name == "team_stage":
        return rows.stage * teams + rows.team
    by_kind = rows.stage * kinds + rows.kind
    return rows.stage if name == "stage" else by_kind if name == "kind" else by_kind * (AGES + 1) + rows.age


def _size(lives: Lives, name: str) -> int:
    """Return how many cells there may be."""
    stages, kinds, teams = (len(names) + 1 for names in (lives.stage_names, lives.kinds, lives.teams))
    by_kind = stages * kinds
    sizes = {"all": 1, "stage": stages, "kind": by_kind, "age": by_kind * (AGES + 1), "team": teams}
    return sizes.get(name, stages * teams)


def _unlike(lives: Lives, rows: Standing) -> tuple[Ints, Ints]:
    """Return one row for each combination of codes, and the place of each row's own."""
    whole = _codes(lives, rows, "age") * (len(lives.teams) + 1) + rows.team
    _, first, place = np.unique(whole, return_index=True, return_inverse=True)
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


def _by_month(known: Landmarks, rows: Standing, days: Days, cut: int, rate: Floats) -> tuple[Floats, float]:
    """Return what months of the year do to hazards, by way, and how much months differ besides in what is won.

    From the days up to the next landmark: each day of the past is in one such span. ``rate``: of the rows in the first
    bin, by way and class. Under two years of landmarks there is no season, and all is difference.
    """
    if not len(rows.day):
        return np.ones((2, YEAR)), 0.0
    until = known.until[: len(rows.deal)]
    month = days.month_number(rows.day + known.step // 2)
    first, many = int(month[0]), int(month[-1] - month[0]) + 1
    wanted, seen = np.zeros((2, many)), np.zeros((2, many))
    for after in range(1, known.step + 1):
        there = np.flatnonzero((until >= after) & (rows.day + after <= cut))
        kind = days.of(rows.day[there] + after)
        for way in range(2):
            wanted[way] += np.bincount(month[there] - first, weights=rate[there, way, kind], minlength=many)
    over = (until <= known.step) & (rows.day + until <= cut)
    for way, which in enumerate((over & known.lives.won[rows.deal], over & ~known.lives.won[rows.deal])):
        seen[way] = np.bincount(month[which] - first, minlength=many)
    wanted *= seen.sum(axis=1, keepdims=True) / np.maximum(wanted.sum(axis=1, keepdims=True), 1e-9)
    season, place = np.ones((2, YEAR)), (first + np.arange(many)) % YEAR
    if rows.day[-1] - rows.day[0] >= TWO_YEARS:
        for way in range(2):
            came, due = np.zeros(YEAR), np.zeros(YEAR)
            np.add.at(came, place, seen[way])
            np.add.at(due, place, wanted[way])
            season[way] = drawn_in(came, due)
    return season, beyond(seen[0], wanted[0] * season[0, place])


def _often(rows: Standing, cell: Ints, cells: int) -> tuple[Floats, Floats]:
    """Return how many rows each cell has, and of how many deals they are."""
    pairs = np.unique(cell * (int(rows.deal.max(initial=0)) + 1) + rows.deal, return_index=True)[1]
    count, deals = (np.bincount(part, minlength=cells).astype("float64") for part in (cell, cell[pairs]))
    return count, deals


def _factors(
    expected: Floats, seen: Floats, codes: Ints, often: tuple[Floats, Floats], size: int, same: tuple[int, ...]
) -> Floats:
    """Return the factors of one level by cell, way, bin and class, along ``same`` of which they do not differ.

    A deal is seen on several landmarks: its rows count together as one.
    """
    count, deals = (np.bincount(codes, weights=part, minlength=size) for part in often)
    weight = np.divide(deals, count, out=np.zeros(size), where=count > 0).reshape(size, 1, 1, 1)
    axes = tuple(axis + 1 for axis in same)
    wanted, found = (_summed(part, codes, size).sum(axis=axes, keepdims=True) * weight for part in (expected, seen))
    return np.stack([drawn_in(found[:, way], wanted[:, way]) for way in range(2)], axis=1)


def _summed(parts: Floats, codes: Ints, size: int) -> Floats:
    found = np.zeros((size, *parts.shape[1:]))
    np.add.at(found, codes, parts)
    return found
