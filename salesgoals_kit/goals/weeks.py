"""ISO weeks of some months, cut at the edges of these months' span; how a month's amount falls on them.

A week that lies in two months has a piece in each: the pieces add up to the months, and to the weeks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from salesgoals_kit.forecast.moving import working_dates
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.periods import day_number, month_end, month_start

LEAST, MOST = 0.05, 1e6  # sales of equal size that a month is taken to consist of


@dataclass(frozen=True)
class Piece:
    """The days of an ISO week that lie in one month; ``week`` is its name, as 2026-W05."""

    week: str
    month: int
    start: date
    end: date
    working: int


def pieces_of(months: Sequence[int], country: str | None) -> tuple[Piece, ...]:
    """Return the pieces of the weeks of consecutive months, in order, with their working days."""
    working = {day for month in months for day in working_dates(country, month_start(month), month_end(month))}
    return tuple(
        Piece(_name(start), month, start, end, sum(start <= day <= end for day in working))
        for month in months
        for start, end in _cuts(month)
    )


def pace(pieces: Sequence[Piece]) -> list[float]:
    """Return the weights by which a month falls on its pieces: working days; of a month that has none, its days."""
    if any(piece.working for piece in pieces):
        return [float(piece.working) for piece in pieces]
    return [float((piece.end - piece.start).days + 1) for piece in pieces]


def unevenness(daily: pd.DataFrame, country: str | None) -> float | None:
    """Return of how many sales of equal size past months were as uneven as, seen by their weeks; None without sales.

    ``daily`` has the columns month, day (numbers) and amount. Were a month ``n`` such sales, a week that has the
    share p of its working days would have a share of the amount with the variance p (1 - p) / (n + 1) (see `fallen`):
    n is the one that makes all weeks' squared distances what is to be expected (method of moments). A rush at a
    quarter's end and large deals make it small; it is at least 0.05, where a month is nearly always one sale.
    """
    expected = found = 0.0
    for month, own in daily[daily["amount"] > 0].groupby("month", sort=True):
        pieces = pieces_of([int(str(month))], country)
        share = np.array(pace(pieces)) / sum(pace(pieces))
        edges = [day_number(piece.start) for piece in pieces]
        at = np.searchsorted(edges, own["day"].to_numpy(), side="right") - 1
        got = np.bincount(at, weights=own["amount"].to_numpy(dtype=np.float64), minlength=len(pieces))
        expected += float((share * (1 - share)).sum())
        found += float(((got / got.sum() - share) ** 2).sum())
    if not expected:
        return None
    return max(LEAST, expected / max(found, expected / MOST) - 1)


def fallen(month: Array, weights: Sequence[float], sales: float | None, rng: np.random.Generator) -> Array:
    """Return how a month's draws fall on its pieces at random (draws by pieces), adding up to them.

    Counts (``sales`` is None) fall one by one: multinomial; a part of one falls nowhere. Amounts fall as the gamma
    process does whose month has the mean and the variance of ``sales`` independent sales of equal size: given the sum,
    its parts are a Dirichlet share (Ferguson 1973).
    """
    share = np.array(weights) / sum(weights)
    if sales is None:
        return rng.multinomial(np.maximum(np.floor(month), 0).astype(np.int64), share).astype(np.float64)
    drawn = np.zeros((len(month), len(share)))
    some = share > 0
    drawn[:, some] = rng.standard_gamma(sales * share[some], size=(len(month), int(some.sum())))
    total = drawn.sum(axis=1, keepdims=True)
    parts = np.divide(drawn, total, out=np.broadcast_to(share, drawn.shape).copy(), where=total > 0)
    return np.asarray(parts * month[:, None])


def _cuts(month: int) -> Iterator[tuple[date, date]]:
    start, last = month_start(month), month_end(month)
    while start <= last:
        end = min(start + timedelta(days=6 - start.weekday()), last)
        yield start, end
        start = end + timedelta(days=1)


def _name(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"
