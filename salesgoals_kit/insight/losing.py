"""Which customers leave more than others: in a month of tenure, and by segment, like compared with like.

A *moment* is a month of tenure in which more customers leave than in those around it: every month with enough
customers is tested against its neighbours, calendar month by calendar month, so that a price rise or an import of old
customers on one day is none. *Segments* are compared month of tenure by month of tenure and year by year (a log-rank
test within strata, exact: Mantel 1966), so that one whose customers are young is not taken for a faithful one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.goals.levers import Move
from salesgoals_kit.insight.contrast import Contrast
from salesgoals_kit.insight.exact import Odds, of_cases
from salesgoals_kit.insight.tenure import Cells, cells_of, rate_range
from salesgoals_kit.kpis.leaving import Lives
from salesgoals_kit.periods import YEAR
from salesgoals_kit.words import Count, Message, Name, Number, Rate, Value

MOMENT, LEAVING = "moment", "leaving"  # effects
NEIGHBOURS = 6  # months of tenure before and after
ENOUGH = 5.0  # losses that a month of tenure, or a segment, must lead to expect, to be tested
OTHERS = ""  # what is not to be named: the company's other teams
Own = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Segment:
    """One value of a dimension: customers ever, lost so far, and the share that leaves in a month with its range.

    ``months`` at risk, of ``compared`` of all known values; ``odds``: against the other known values of the dimension,
    month of tenure by month of tenure; None where too few.
    """

    dimension: str
    value: str
    customers: int
    lost: int
    months: int
    compared: int
    rate: float
    low: float
    high: float
    odds: Odds | None


def moments(cells: Cells, whose: Cells | None = None) -> tuple[Contrast, ...]:
    """Return a contrast for every month of tenure with enough customers: whether more leave in it than around it.

    Compared are customers in that month of tenure with those up to ``NEIGHBOURS`` months before and after it, within
    each calendar month. p is that of more leaving, doubled: fewer is no moment. ``whose``: the months of the report's
    owner, where those of all customers are compared.
    """
    usual = cells.losses / max(cells.exposure, 1)
    at_risk = np.bincount(cells.tenure, weights=cells.at_risk)
    tested = [month for month in range(1, len(at_risk)) if at_risk[month] * usual >= ENOUGH]
    return tuple(_moment(cells, month, whose) for month in tested)


def _moment(cells: Cells, month: int, whose: Cells | None) -> Contrast:
    near = cells.where(np.abs(cells.tenure - month) <= NEIGHBOURS)
    here = near.tenure == month
    odds = _odds(near, here, near.month)
    inside, outside = near.where(here), near.where(~here)
    around = _share(outside)
    said: dict[str, Value] = {
        "month": Count(month),
        "rate": Rate(_share(inside)),
        "around": Rate(around),
        "low": Rate(float(rate_range(inside.losses, inside.exposure)[0])),
        "high": Rate(float(rate_range(inside.losses, inside.exposure)[1])),
        "lost": Count(inside.losses),
        "of": Count(inside.exposure),
    }
    return Contrast(
        effect=MOMENT,
        subject=(("month", str(month)),),
        estimate=odds.ratio,
        low=odds.low,
        high=odds.high,
        p=min(1.0, 2 * odds.p_more),
        good=False,
        said=Message("leaving.moment" if whose is None else "leaving.moment_pooled", said),
        move=_move((cells, cells.tenure == month), odds, None if whose is None else (whose, whose.tenure == month)),
    )


def segments(own: Lives) -> tuple[Segment, ...]:
    """Return every value of every dimension that has several, each beside the others of its dimension."""
    found: list[Segment] = []
    for dimension in own.dimensions:
        known = own.rows[own.rows[dimension].notna()]
        values = sorted(known[dimension].unique())
        if len(values) < 2:
            continue
        found += [_segment(known, dimension, str(value)) for value in values if value != OTHERS]
    return tuple(found)


def _segment(known: pd.DataFrame, dimension: str, value: str) -> Segment:
    mine = (known[dimension] == value).to_numpy()
    own, others = cells_of(known[mine]), cells_of(known[~mine])
    low, high = (float(end) for end in rate_range(own.losses, own.exposure))
    enough = own.exposure * (own.losses + others.losses) / max(own.exposure + others.exposure, 1) >= ENOUGH
    return Segment(
        dimension=dimension,
        value=value,
        customers=int(known.loc[mine, "lives"].sum()),
        lost=own.losses,
        months=own.exposure,
        compared=own.exposure + others.exposure,
        rate=_share(own),
        low=low,
        high=high,
        odds=_segment_odds(own, others) if enough and others.exposure else None,
    )


def _segment_odds(own: Cells, others: Cells) -> Odds:
    both = _both(own, others)
    mine = np.arange(len(both.tenure)) < len(own.tenure)
    years = both.month // YEAR
    return _odds(both, mine, both.tenure * (years.max(initial=0) + 1) + years)


def _both(own: Cells, others: Cells) -> Cells:
    pairs = ((own.tenure, others.tenure), (own.month, others.month), (own.at_risk, others.at_risk))
    return Cells(*(np.concatenate(pair) for pair in (*pairs, (own.lost, others.lost))))


def segment_contrasts(own: Lives, found: Sequence[Segment], whose: Lives | None = None) -> tuple[Contrast, ...]:
    """Return a contrast for every segment that has enough customers: whether more of them leave than of the others.

    Of two that are all there is the one that loses more: the other would say the same again. ``whose``: the lives of
    the report's owner's customers, where those of all are compared.
    """
    made = []
    for one in found:
        if one.odds is None or _mirrors(one, found):
            continue
        move = _move(_parted(own, one), one.odds, None if whose is None else _parted(whose, one))
        made.append(_contrast(one, one.odds, move))
    return tuple(made)


def _parted(lives: Lives, one: Segment) -> tuple[Cells, Own]:
    """Return the months of customers, and which of them are the segment's."""
    known = lives.rows.reindex(columns=[one.dimension])[one.dimension]
    mine = (known == one.value).to_numpy()
    inside = cells_of(lives.rows[mine])
    both = _both(inside, cells_of(lives.rows[~mine]))
    return both, np.arange(len(both.tenure)) < len(inside.tenure)


def _mirrors(one: Segment, found: Sequence[Segment]) -> bool:
    """Return whether the only other value of the dimension says the same, the other way round."""
    others = [other for other in found if other.dimension == one.dimension and other != one]
    if len(others) != 1 or others[0].odds is None or one.odds is None or one.months + others[0].months != one.compared:
        return False
    return (one.odds.ratio, one.value) < (others[0].odds.ratio, others[0].value)


def _contrast(one: Segment, odds: Odds, move: Move | None) -> Contrast:
    said: dict[str, Value] = {
        "segment": segment_words(one.dimension, one.value),
        "rate": Rate(one.rate),
        "low": Rate(one.low),
        "high": Rate(one.high),
        "times": Number(max(odds.ratio, 1 / odds.ratio), 1, "times"),
    }
    return Contrast(
        effect=LEAVING,
        subject=((one.dimension, one.value),),
        estimate=odds.ratio,
        low=odds.low,
        high=odds.high,
        p=odds.p,
        good=odds.ratio < 1,
        said=Message("leaving.segment_fewer" if odds.ratio < 1 else "leaving.segment_more", said),
        move=move,
    )


def segment_words(dimension: str, value: str) -> Message:
    """Return a segment as it stands in a sentence: customers won through Partners."""
    return Message(f"leaving.of_{dimension}", {"value": Name(value)})


def _odds(cells: Cells, own: Own, strata: Ints) -> Odds:
    """Return the odds of leaving of some entries against the others, within strata."""
    _, place = np.unique(strata, return_inverse=True)
    parts = [cells.lost * own, cells.at_risk * own, cells.lost, cells.at_risk]
    sums = [np.bincount(place.ravel(), weights=part).astype("int64") for part in parts]
    return of_cases(sums[0], sums[1], sums[2], sums[3])


def _move(compared: tuple[Cells, Own], odds: Odds, whose: tuple[Cells, Own] | None = None) -> Move | None:
    """Return what would change of churn if some entries lost no more than the others; None where they lose no more.

    Of the losses to be expected of the latest year's customers (of ``whose``, where those of all are compared) a part
    is theirs, and of that the excess would go. Accounts stand for what they pay.
    """
    (cells, own), (here, mine) = compared, whose or compared
    year = here.month > cells.month.max(initial=0) - YEAR
    theirs = here.where(year & mine).exposure * _share(cells.where(own))
    rest = here.where(year & ~mine).exposure * _share(cells.where(~own))
    if odds.ratio <= 1 or theirs <= 0:
        return None
    return Move(churn=1 - theirs / (theirs + rest) * (1 - 1 / odds.ratio))


def _share(cells: Cells) -> float:
    return cells.losses / cells.exposure if cells.exposure else 0.0
