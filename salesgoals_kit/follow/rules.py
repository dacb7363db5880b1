"""A running period by its KPI's own rule: what is known of it, the months that are left, and both together.

Months that are over are known. Of the running month a sum and a ratio of daily figures know the days so far; what is
left of it comes from the series' paths by the share of such a month that usually comes after such a day. A stock is
its last value from the last whole month on; of what every month has to keep, the worst so far and the rest decide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.moving import working_days
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.goals.board import outlook_of
from salesgoals_kit.goals.kin import series_of
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.kpis.measure import measure
from salesgoals_kit.kpis.revenue import costed_rows, counted_in
from salesgoals_kit.kpis.scope import Scope
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, last_whole_month, month_end, month_number, month_start
from salesgoals_kit.words import Message


@dataclass(frozen=True, eq=False)
class Running:
    """One KPI of one owner in a period that has begun, as known at the end of the tables' as_of."""

    tables: Tables
    owner: Owner
    kpi: Kpi
    period: Period
    book: Book

    @property
    def month(self) -> int:
        """The month of as_of, within the period."""
        return min(max(month_number(self.tables.as_of), self.period.first), self.period.last)


@dataclass(frozen=True, eq=False)
class Parts:
    """What is known, and joint draws of what comes; ``draws`` are of the whole period, ``months`` of its months.

    ``counts`` are the numerators and denominators of a ratio. Of what does not add up ``coming`` is 0.
    """

    closed: float
    coming: Array
    draws: Array
    months: Array
    counts: tuple[Array, Array] | None = None
    notes: tuple[Message, ...] = ()


def rest_of(running: Running) -> Outlook | None:
    """Return the outlook of the months that are not over; None where all are known.

    It begins after the last whole month of the figure, which is the start of a stock.
    """
    series = series_of(running.tables, running.owner, running.kpi, running.period)
    known = min(last_whole_month(running.tables.as_of), series.last if len(series.months) else running.period.first - 1)
    first = max(running.period.first, known + 1)
    if first > running.period.last:
        return None
    left = replace(running.period, first=first)
    return outlook_of(running.tables, running.owner, running.kpi, left, running.book)


def parts_of(running: Running, rest: Outlook) -> Parts:
    """Return the running period by its KPI's rule."""
    rule = running.kpi.over_period
    if rule == "sum":
        return _sum(running, rest)
    if rule == "ratio_of_sums":
        return _ratio(running, rest)
    return _worst(running, rest) if rule == "every_month" else _last(running, rest)


def share_left(running: Running) -> float:
    """Return what part of the running month's working days comes after as_of."""
    country, month, as_of = running.tables.company.country, running.month, running.tables.as_of
    whole = working_days(country, month_start(month), month_end(month))
    left = working_days(country, as_of, month_end(month)) - working_days(country, as_of, as_of)
    return left / whole if whole else 0.0


def is_daily(running: Running) -> bool:
    """Return whether the figure of a part of a month can be measured: all its parts are known by the day."""
    scope, name = Scope(running.tables, running.owner), running.kpi.name
    if name == "revenue":
        return running.tables.company.revenue != "mrr"
    if name == "margin":
        return costed_rows(scope) and counted_in(scope, "margin") is None
    return name in ("qualified_leads", "win_rate")


def _left(running: Running, rest: Outlook) -> Array:
    """Return what part of each of the rest's months is still to come: 1, but for the running one if it is daily."""
    left = np.ones(len(rest.period.months))
    if running.month == rest.period.first and is_daily(running):
        left[0] = share_left(running)
    return left


def _known(running: Running, rest: Outlook) -> pd.DataFrame:
    """Return numerator, denominator and value of the months before the rest, and of the running one's days so far."""
    last = running.month if running.month == rest.period.first and is_daily(running) else rest.period.first - 1
    spans = [(month, month) for month in range(running.period.first, last + 1)]
    return measure(running.kpi.name, running.tables, spans, (), running.owner)


def _sum(running: Running, rest: Outlook) -> Parts:
    known, left = _known(running, rest)["numerator"].to_numpy("float64"), _left(running, rest)
    coming = rest.months * left
    if running.kpi.unit == "count":
        coming = np.rint(coming)
    months = np.hstack([np.broadcast_to(known, (len(coming), len(known))), coming])
    if len(known) + coming.shape[1] > len(running.period.months):  # the running month is in both
        at = len(known) - 1
        months = np.hstack([months[:, :at], months[:, at : at + 1] + months[:, at + 1 : at + 2], months[:, at + 2 :]])
    closed = float(known.sum())
    brought = coming.sum(axis=1)
    return Parts(closed, brought, closed + brought, months)


def _ratio(running: Running, rest: Outlook) -> Parts:
    """Return numerators and denominators so far with the rest's; of cases a random part of the rest's is taken."""
    known = _known(running, rest)
    above, below = (float(np.nansum(known[part])) for part in ("numerator", "denominator"))
    assert rest.counts is not None
    left = _left(running, rest)
    numerators, denominators = _part(running, rest.counts, float(left.sum() / len(left)))
    counts = (above + numerators, below + denominators)
    value = np.divide(counts[0], counts[1], out=rest.draws.copy(), where=counts[1] > 0)
    closed = above / below if below > 0 else np.nan
    months = np.hstack(
        [np.broadcast_to(_values(running, rest), (len(value), len(_values(running, rest)))), rest.months]
    )
    return Parts(closed, np.zeros(len(value)), value, months, counts)


def _part(running: Running, counts: tuple[Array, Array], share: float) -> tuple[Array, Array]:
    """Return the part of cases or amounts that comes in the share of time that is left.

    Which of the cases come in it is chance: hypergeometric.
    """
    above, below = counts
    cases = bool(np.all(above == np.rint(above)) and np.all(below == np.rint(below)) and np.all(above <= below))
    if share >= 1 or not cases or running.kpi.scale != "rate":
        return above * share, below * share
    rng = np.random.default_rng(seed_of("pace", running.kpi.name, running.owner, running.tables.as_of.isoformat()))
    hits, of = above.astype("int64"), below.astype("int64")
    taken = np.rint(of * share).astype("int64")
    return rng.hypergeometric(hits, of - hits, taken).astype("float64"), taken.astype("float64")


def _values(running: Running, rest: Outlook) -> Array:
    """Return the values of the months that are over."""
    spans = [(month, month) for month in range(running.period.first, rest.period.first)]
    return measure(running.kpi.name, running.tables, spans, (), running.owner)["value"].to_numpy("float64")


def _worst(running: Running, rest: Outlook) -> Parts:
    """Return the worst month so far, or what is still to come if that is worse."""
    before = _values(running, rest)
    known = before[np.isfinite(before)]
    worst = np.maximum if running.kpi.better == "lower" else np.minimum
    draws = worst(rest.draws, worst.reduce(known)) if len(known) else rest.draws
    months = np.hstack([np.broadcast_to(before, (len(draws), len(before))), rest.months])
    return Parts(float(worst.reduce(known)) if len(known) else np.nan, np.zeros(len(draws)), draws, months)


def _last(running: Running, rest: Outlook) -> Parts:
    """Return a stock, or a figure recomputed on the last months, as the rest has it at its end."""
    before = (
        _values(running, rest)
        if running.kpi.over_period == "last"
        else np.full(len(running.period.months) - rest.months.shape[1], np.nan)
    )
    series = series_of(running.tables, running.owner, running.kpi, running.period)
    months = np.hstack([np.broadcast_to(before, (len(rest.draws), len(before))), rest.months])
    return Parts(float(series.trimmed().value[-1]), np.zeros(len(rest.draws)), rest.draws, months)
