"""What deals bring in the days that are left: those that are open, and those that do not exist yet.

Open deals are won or not, each with its chance, and bring their own amounts; where none is known, one of those won
lately. What is still to come in these days as the series has it contains both: of it, deals not yet created bring the
share that they brought in as many days of the past.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import once
from salesgoals_kit.follow.credibility import drawn_in
from salesgoals_kit.follow.hazard import Hazards, hazards
from salesgoals_kit.follow.landmarks import Landmarks, landmarks
from salesgoals_kit.follow.rush import QUARTER, Days, days_of
from salesgoals_kit.kpis.deal_lives import NEVER, Floats, Ints, Lives, Mask, deal_lives
from salesgoals_kit.periods import day_number, day_of, month_end, month_number

YEAR = 365  # days of which sizes are taken
SPANS = 12  # quarters of which the share of deals not yet created is taken
FEW = 30  # deals, under which sizes are all teams'
MOST = 2000  # sizes that are kept
AHEAD = 3 * YEAR + 1  # days after as_of of which classes are known
TOGETHER = 500  # deals that are drawn at once


@dataclass(frozen=True, eq=False)
class Known:
    """The company's deals as they stood on past days, up to ``as_of``."""

    landmarks: Landmarks
    days: Days
    as_of: int

    @property
    def lives(self) -> Lives:
        """The deals themselves."""
        return self.landmarks.lives


@dataclass(frozen=True, eq=False)
class Moment:
    """What was known of the company's deals at the end of day ``cut``, and how it was used for the days up to ``end``.

    ``ratio``: by stage, what won deals brought / what they had been put at.
    """

    known: Known
    hazards: Hazards
    cut: int
    end: int

    @property
    def lives(self) -> Lives:
        """The deals."""
        return self.known.lives

    @property
    def left(self) -> int:
        """The days that are left."""
        return self.end - self.cut


@once
def known_deals(tables: Tables) -> Known | None:
    """Return the company's deals as they stood; None where nothing is known of when deals began."""
    lives = deal_lives(tables)
    if lives is None or not (lives.created < NEVER).any():
        return None
    as_of = day_number(tables.as_of)
    days = days_of(tables.company, min(lives.begins, as_of) - YEAR, as_of + AHEAD)
    return Known(landmarks(lives, as_of), days, as_of)


def moment(known: Known, cut: int, end: int) -> Moment:
    """Return what was known at the end of a day about the days up to another."""
    return Moment(known, hazards(known.landmarks, known.days, cut), cut, end)


def open_at(known: Known, cut: int, own: Mask) -> Ints:
    """Return which of an owner's deals were open at the end of a day; those of unknown age at as_of alone."""
    lives = known.lives
    begun = (lives.created <= cut) | ((lives.created == NEVER) & (cut >= known.as_of))
    return np.flatnonzero(own & begun & (lives.closed > cut))


def opened(at: Moment, own: Mask, rng: np.random.Generator, draws: int) -> Floats:
    """Return draws of what an owner's open deals bring by the end.

    Chances rise and fall together, as months have differed: hazards are times a gamma with that variance.
    """
    deals = open_at(at.known, at.cut, own)
    brought = np.zeros(draws)
    if not len(deals) or at.left <= 0:
        return brought
    rows = at.known.landmarks.standing(deals, at.cut)
    chance = at.hazards.chances(rows, at.end)
    amounts = amount_at(at, deals)
    guesses = sizes(at.lives, at.cut, own)
    ratios, weights = _ratios(at)
    unrest = at.hazards.unrest
    together = rng.gamma(1 / unrest, unrest, (draws, 1)) if unrest > 0 else np.ones((draws, 1))
    for first in range(0, len(deals), TOGETHER):
        some = slice(first, first + TOGETHER)
        won = rng.random((draws, len(deals[some]))) < 1 - (1 - chance[some]) ** together
        stated = np.where(
            np.isnan(amounts[some]),
            rng.choice(guesses, won.shape),
            amounts[some] * rng.choice(ratios, won.shape, p=weights),
        )
        brought += np.where(won, stated, 0.0).sum(axis=1)
    return brought


def amount_at(at: Moment, deals: Ints) -> Floats:
    """Return what deals were put at, at the end of the day; where no changes were logged, what they are put at now."""
    if not len(at.lives.amounts.deal):
        return at.lives.amount[deals]
    return at.lives.amounts.at(deals, np.full(len(deals), at.cut))


def sizes(lives: Lives, cut: int, own: Mask, within: float = np.inf) -> Floats:
    """Return the amounts of deals won in the year up to a day that took at most so many days; all teams' if few."""
    lately = lives.won & (lives.closed <= cut) & (lives.closed > cut - YEAR) & ~np.isnan(lives.amount)
    quick = lately & (lives.closed - lives.created <= within)
    for chosen in (quick & own, lately & own, quick, lately):
        if chosen.sum() >= FEW:
            return lives.amount[chosen]
    return lives.amount[lately] if lately.any() else np.zeros(1)


def quick_sizes(at: Moment, own: Mask) -> Floats:
    """Return what deals brought lately that took no more than the days that are left; of many, every so many."""
    found = sizes(at.lives, at.cut, own, float(at.left))
    return found[:: -(-len(found) // MOST)]


def _ratios(at: Moment) -> tuple[Floats, Floats]:
    """Return what won deals brought / what they had been put at on days of the past, and how often to draw each.

    In proportion to what they were put at, so that the mean is the ratio of the sums: who is put too high is large.
    All is 1 where no changes were logged.
    """
    none = np.ones(1), np.ones(1)
    if not len(at.lives.amounts.deal):
        return none
    rows = at.known.landmarks.before(at.cut)
    won = at.lives.won[rows.deal] & (at.lives.closed[rows.deal] <= at.cut)
    deal, day = rows.deal[won], rows.day[won]
    put_at, brought = at.lives.amounts.at(deal, day), at.lives.amount[deal]
    told = (put_at > 0) & (brought > 0)
    return (brought[told] / put_at[told], put_at[told] / put_at[told].sum()) if told.any() else none


def share_to_come(at: Moment, own: Mask) -> float:
    """Return what part of an owner's revenue in the days that are left comes from deals created in them.

    Of as many days up to the same place in the last quarters (twelve at most; where there is none, in the latest half
    of the data), a team's part drawn in to the company's by number of deals. All of it where nothing was ever won.
    """
    lives = at.lives
    won = np.flatnonzero(lives.won & (lives.closed <= at.cut) & ~np.isnan(lives.amount))
    whole, fresh = np.zeros(len(won)), np.zeros(len(won))
    for cut, end in spans_before(lives, at.cut, at.end) or [((lives.begins + at.cut) // 2, at.cut)]:
        within = (lives.closed[won] > cut) & (lives.closed[won] <= end)
        whole += within
        fresh += within & (lives.created[won] > cut) & (lives.created[won] < NEVER)
    amount = lives.amount[won]
    if not (whole * amount).sum():
        return 1.0
    share = float((fresh * amount).sum() / (whole * amount).sum())
    team = np.where(lives.team[won] < 0, len(lives.teams), lives.team[won])
    seen, wanted = (
        np.bincount(team, weights=part, minlength=len(lives.teams) + 1).astype("float64") for part in (fresh, whole)
    )
    factor = drawn_in(seen, wanted * seen.sum() / wanted.sum())
    mine = own[won]
    weight = (whole * amount)[mine]
    return min(1.0, share * float((weight * factor[team[mine]]).sum() / weight.sum())) if weight.sum() else share


def spans_before(lives: Lives, cut: int, end: int) -> list[tuple[int, int]]:
    """Return as many days up to the same place in earlier quarters, the latest first: days after one up to another.

    All of them lie in the data and are over by ``cut``.
    """
    last, found = month_number(day_of(end)), []
    for quarters in range(1, SPANS + 1):
        then = day_number(month_end(last - QUARTER * quarters))
        if then - (end - cut) < lives.begins:
            break
        if then <= cut:
            found.append((then - (end - cut), then))
    return found


def coming(rest: Floats, share: float, each: Floats, rng: np.random.Generator) -> Floats:
    """Return draws of what deals not yet created bring, ``rest`` being draws of all that is to come in the days.

    So many deals as bring their share of the rest on average, Poisson; each of one of the sizes.
    """
    mean = float(each.mean())
    if not mean > 0:
        return np.zeros(len(rest))
    many = rng.poisson(np.maximum(rest, 0.0) * share / mean)
    brought = rng.choice(each, size=int(many.sum()))
    return np.bincount(np.repeat(np.arange(len(rest)), many), brought, minlength=len(rest)).astype("float64")
