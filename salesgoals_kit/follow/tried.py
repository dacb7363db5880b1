"""The same tried on the past: what was told of as many days at the end of earlier quarters, and what then came.

Each try is made from what was known on its day, for the company and for its teams. The correction that these tries
call for is that of `forecast.calibration`: few of them change little.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import once
from salesgoals_kit.errors import ForecastError
from salesgoals_kit.follow.deals import (
    YEAR,
    Known,
    Moment,
    coming,
    known_deals,
    moment,
    open_at,
    opened,
    quick_sizes,
    share_to_come,
    spans_before,
)
from salesgoals_kit.follow.left import part_left
from salesgoals_kit.forecast.calibration import Correction, posterior
from salesgoals_kit.forecast.combination import quick_point
from salesgoals_kit.forecast.paths import value_signal
from salesgoals_kit.forecast.recorded import NORMAL
from salesgoals_kit.forecast.signals import Signal, seed_of
from salesgoals_kit.forecast.spread import FIRST, Spread, moments, rolling_origins, spread_of
from salesgoals_kit.goals.kin import series_of
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.deal_lives import Floats
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, day_number, day_of, month_number

DRAWS, LEAST_DRAWS = 400, 100  # of a try; the less, the more deals are open
DEALS = 200_000  # that are drawn in a try, draws by open deals
MOST_TEAMS = 12  # that are tried, those with most deals


@dataclass(frozen=True, eq=False)
class Quick:
    """An owner's months, and how far off quick forecasts of them have been."""

    signal: Signal
    spread: Spread

    def rest(self, at: Moment, draws: int, country: str | None, rng: np.random.Generator) -> Floats | None:
        """Return draws of all that is to come from the day after a moment to its end; None under three months known."""
        first, last = month_number(day_of(at.cut + 1)), month_number(day_of(at.end))
        known = first - self.signal.first
        if known < FIRST or int(self.signal.known[:known].sum()) < FIRST:
            return None
        horizon = last - first + 1
        paths = quick_point(self.signal.until(known), horizon) + self.spread.draw(draws, horizon, rng)
        months = self.signal.scale.back(paths)
        months[:, 0] *= part_left(at.cut, first, country)
        return np.asarray(months.sum(axis=1))


@once
def tried_deals(tables: Tables, period: Period) -> Correction:
    """Return what tries with as many days left in earlier quarters teach; a try's score is where the outcome fell.

    No two of them share a day. A try needs a year of deals before it.
    """
    known = known_deals(tables)
    assert known is not None
    quick = {owner: found for owner in _owners(tables, known) if (found := _quick(tables, owner, period)) is not None}
    z: list[float] = []
    ends: list[date] = []
    for cut, end in _spans(known, day_number(tables.as_of), day_number(period.end)):
        at = moment(known, cut, end)
        for owner, own in quick.items():
            score = _score(tables, at, owner, own)
            if score is not None:
                z.append(score)
                ends.append(day_of(end))
    return posterior(np.array(z, dtype="float64"), pd.Series(pd.to_datetime(pd.Series(ends, dtype="object"))))


def _spans(known: Known, cut: int, end: int) -> Iterator[tuple[int, int]]:
    until = cut
    for first, last in spans_before(known.lives, cut, end):
        if last <= until and first - YEAR >= known.lives.begins:
            until = first
            yield first, last


def _owners(tables: Tables, known: Known) -> list[Owner]:
    """Return the company, and its teams by what they have closed."""
    teams = [Owner(team.name) for team in tables.company.teams]
    many = {team: int(known.lives.of(team, tables).sum()) for team in teams}
    return [COMPANY, *sorted((team for team in teams if many[team]), key=lambda team: -many[team])[:MOST_TEAMS]]


def _quick(tables: Tables, owner: Owner, period: Period) -> Quick | None:
    try:
        signal = value_signal(series_of(tables, owner, CATALOGUE["revenue"], period).recent())
    except ForecastError:
        return None
    spread = spread_of(moments(rolling_origins(signal).errors()), int(signal.known.sum()))
    return Quick(signal, spread)


def _score(tables: Tables, at: Moment, owner: Owner, quick: Quick) -> float | None:
    """Return the normal score of what came among the draws of what had been told; None where nothing could be told.

    Among equal draws it takes the middle.
    """
    rng = np.random.default_rng(seed_of("tried", owner, at.cut, at.end))
    lives, own = at.lives, at.lives.of(owner, tables)
    draws = min(DRAWS, max(LEAST_DRAWS, DEALS // max(1, len(open_at(at.known, at.cut, own)))))
    rest = quick.rest(at, draws, tables.company.country, rng)
    if rest is None:
        return None
    told = opened(at, own, rng, draws) + coming(rest, share_to_come(at, own), quick_sizes(at, own), rng)
    within = own & lives.won & (lives.closed > at.cut) & (lives.closed <= at.end)
    came = float(np.nansum(lives.amount[within]))
    place = (np.count_nonzero(told < came) + np.count_nonzero(told <= came)) / 2 / draws
    return float(NORMAL.inv_cdf(min(max(place, 0.5 / draws), 1 - 0.5 / draws)))
