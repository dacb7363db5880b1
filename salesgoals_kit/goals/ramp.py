"""How long a new hire takes until he wins as much as his colleagues, from the company's own hires."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.makeup import RAMP_MONTHS, RAMP_SOURCE, MakeUp, make_up
from salesgoals_kit.kpis.tenure import rep_months
from salesgoals_kit.owners import Owner
from salesgoals_kit.words import Count, Message, Number, say

Floats = npt.NDArray[np.float64]
DRAWS = 1000
GRID = np.arange(1, 97) / 4  # ramps that are thought of, in months
SPREAD = 0.5  # of the logarithm of companies' ramps around the published median
SKILLS = np.array([0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.55, 0.75, 1.0])  # spread of reps that is thought of
BLOCK = 12  # months for which a team's pace beside the company's is held to be one
ROUNDS = 60
SETTLED = 1e-9
FEWEST_HIRES = 3
MIDDLE = (0.1, 0.9)  # the interval that is told


@dataclass(frozen=True, eq=False)
class Ramp:
    """Months until full productivity: ``draws`` from what is known of it, and the 80 % of them in the middle.

    ``hires``: how many reps were seen while they ramped; 0 means that the published figure stands alone.
    """

    months: float
    low: float
    high: float
    draws: Floats
    hires: int
    message: Message


def productivity(begins: Floats, ends: Floats, ramp: Floats | float) -> Floats:
    """Return the mean of min(t / ramp, 1) for a tenure t from ``begins`` to ``ends`` months; 1 where it is unknown.

    >>> float(productivity(np.array([4.0]), np.array([6.0]), 5.0)[0])  # from 0.8 to 1 in one month, then 1
    0.95
    """
    begins, ends = np.maximum(begins, 0.0), np.maximum(ends, 0.0)
    length = ends - begins
    point = np.clip(begins / ramp, 0.0, 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (_area(ends, ramp) - _area(begins, ramp)) / length
    return np.where(np.isnan(begins), 1.0, np.where(length > 0, mean, point))


def _area(tenure: Floats, ramp: Floats | float) -> Floats:
    within = np.minimum(tenure, ramp)
    return within**2 / (2 * ramp) + (tenure - within)


@handed
def ramp_of(tables: Tables) -> Ramp:
    """Return the ramp of the whole company's reps; the published one where fewer than three hires were seen.

    It stands in every team's report, and of one or two everybody knows who they are.
    """
    months = rep_months(tables)
    found = estimate_ramp(months)
    return found if found.hires >= FEWEST_HIRES else estimate_ramp(months.iloc[:0])


def estimate_ramp(months: pd.DataFrame) -> Ramp:
    """Return the ramp from rows as `kpis.tenure.rep_months` gives them.

    The deals that rep i of team k wins in month m are Poisson with mean
    ``time * a[k, year] * b[m] * skill[i] * productivity(tenure, ramp)``. ``b`` holds season, trend and a long month
    of the whole company, ``a`` what a team is used to beside it (big deals are few deals), ``skill`` is gamma with
    mean 1; deals are counted, as amounts have tails too heavy to tell a ramp by. For each ramp of a grid ``a`` and
    ``b`` are fitted by iterative proportional scaling (the Poisson maximum), skills are integrated out (negative
    binomial), and the likelihood is flattened by what the counts are overdispersed beyond that (McCullagh & Nelder
    1989, 9.2). The prior is log-normal around the published median (``RAMP_SOURCE``), so that few hires mean the
    published figure. Who leaves is seen until he left, a part month as the part it was, deals still open not at all.
    """
    known = months[months["time"] > 0]
    cells = _Cells.of(known)
    weights = _posterior(cells) if len(known) and known["won"].sum() else _prior()
    edges = np.concatenate([[0.0], np.cumsum(weights)])
    spots = np.concatenate([[GRID[0] - 0.125], GRID + 0.125])
    low, median, high = (float(np.interp(share, edges, spots)) for share in (MIDDLE[0], 0.5, MIDDLE[1]))
    shares = (np.random.default_rng(0).permutation(DRAWS) + 0.5) / DRAWS
    hires = int(known.loc[known["begins"] < median, "rep"].nunique()) if len(known) else 0
    return Ramp(median, low, high, np.interp(shares, edges, spots), hires, _told(median, low, high, hires))


@dataclass(frozen=True, eq=False)
class _Cells:
    """Rep-months as arrays: which rep, which team's year, which month, and what was there and won."""

    rep: npt.NDArray[np.intp]
    block: npt.NDArray[np.intp]
    month: npt.NDArray[np.intp]
    begins: Floats
    ends: Floats
    time: Floats
    won: Floats

    @staticmethod
    def of(rows: pd.DataFrame) -> _Cells:
        month = rows["month"].to_numpy(dtype="int64")
        month = month - (month.min() if len(month) else 0)
        team = pd.factorize(rows["team"], sort=True)[0]
        block = pd.factorize(team * 1000 + month // BLOCK, sort=True)[0]
        rep = pd.factorize(rows["rep"], sort=True)[0]
        numbers = [rows[name].to_numpy(dtype="float64") for name in ("begins", "ends", "time", "won")]
        return _Cells(rep, block, month, *numbers)


def _prior() -> Floats:
    log = -(np.log(GRID / RAMP_MONTHS) ** 2) / (2 * SPREAD**2) - np.log(GRID)
    return _shares(log)


def _posterior(cells: _Cells) -> Floats:
    expected = [_expected(cells, float(ramp)) for ramp in GRID]
    log = np.array([_likelihood(cells, means) for means in expected])  # ramps by skills
    ramp, skill = np.unravel_index(int(log.argmax()), log.shape)
    log = log / _overdispersion(cells, expected[ramp], 1 / SKILLS[skill] ** 2)
    top = log.max()
    return _shares(np.log(np.exp(log - top).sum(axis=1) + 1e-300) + np.log(_prior()))


def _shares(log: Floats) -> Floats:
    raw = np.exp(log - log.max())
    return np.asarray(raw / raw.sum())


def _expected(cells: _Cells, ramp: float) -> Floats:
    """Return what each rep-month was to win, were all equally able: paces fitted to rows and columns in turn."""
    there = cells.time * productivity(cells.begins, cells.ends, ramp)
    by_block, by_month = np.bincount(cells.block, cells.won), np.bincount(cells.month, cells.won)
    block, month = np.ones(len(by_block)), np.ones(len(by_month))
    for _ in range(ROUNDS):
        before = block
        block = _ratio(by_block, np.bincount(cells.block, there * month[cells.month]))
        month = _ratio(by_month, np.bincount(cells.month, there * block[cells.block]))
        if np.abs(block - before).max() <= SETTLED * block.max():
            break
    return np.asarray(there * block[cells.block] * month[cells.month])


def _ratio(above: npt.NDArray[Any], below: npt.NDArray[Any]) -> Floats:
    return np.asarray(np.divide(above, below, out=np.zeros(len(above)), where=below > 0))


def _likelihood(cells: _Cells, expected: Floats) -> Floats:
    """Return the logarithm for each spread of skills: Poisson counts whose means share a gamma skill by rep."""
    won, mean = np.bincount(cells.rep, cells.won), np.bincount(cells.rep, expected)
    seen = cells.won > 0
    fixed = float((cells.won[seen] * np.log(expected[seen])).sum())
    log = []
    for shape in 1 / SKILLS**2:
        rising = sum(math.lgamma(shape + count) - math.lgamma(shape) for count in won)
        log.append(fixed + rising + float((shape * np.log(shape) - (shape + won) * np.log(shape + mean)).sum()))
    return np.array(log)


def _overdispersion(cells: _Cells, expected: Floats, shape: float) -> float:
    """Return Pearson's chi-square by its degrees of freedom, skills taken at their posterior means; at least 1."""
    won, mean = np.bincount(cells.rep, cells.won), np.bincount(cells.rep, expected)
    likely = expected * ((shape + won) / (shape + mean))[cells.rep]
    seen = likely > 0
    free = int(seen.sum()) - len(np.unique(cells.block)) - len(np.unique(cells.month))
    if free <= 0:
        return 1.0
    return max(1.0, float(((cells.won - likely)[seen] ** 2 / likely[seen]).sum()) / free)


def _told(months: float, low: float, high: float, hires: int) -> Message:
    published = Number(RAMP_MONTHS, 1, "months")
    if not hires:
        return say("ceilings.ramp_published", published=published, source=RAMP_SOURCE)
    return say(
        "ceilings.ramp_own",
        ramp=Number(months, 1, "months"),
        low=Number(low, 1, ""),
        high=Number(high, 1, "months"),
        hires=Count(hires),
        published=published,
        source=RAMP_SOURCE,
    )


@handed
def team_of(tables: Tables, owner: Owner) -> MakeUp:
    """Return who there is; ramping is who has been here for less than the company's own ramp, where it has hires.

    The ramp is taken to a tenth of a month: a single deal of another team is to change nothing here.
    """
    ramp = ramp_of(tables)
    if not ramp.hires:
        return make_up(tables, owner)
    months = round(ramp.months, 1)
    found = make_up(tables, owner, months)
    return replace(found, notes=(*found.notes, say("ceilings.ramping_own", ramp=Number(months, 1, "months"))))
