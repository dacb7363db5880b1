"""A running period by its KPI's own rule, where it is no revenue from deals: what is known, and the months left.

Months that are over are known. Of the running month a sum and a ratio of daily figures know the days so far; what is
left of it comes from the series' paths, by working days. A stock is its last value from the last whole month on; of
what every month has to keep, the worst so far and the rest decide.
"""

from __future__ import annotations

import numpy as np

from salesgoals_kit.follow.running import Parts, Running
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.words import Message, say


def parts_of(running: Running, rest: Outlook) -> Parts:
    """Return the running period by its KPI's rule."""
    rules = {"sum": _sum, "ratio_of_sums": _ratio, "every_month": _worst}
    return rules.get(running.kpi.over_period, _last)(running, rest)


def _sum(running: Running, rest: Outlook) -> Parts:
    known = running.known(rest)[0]
    coming = rest.months * running.left(rest)
    if running.kpi.unit == "count":
        coming = np.rint(coming)
    months = _months(running, rest, known, coming)
    closed, brought = float(known.sum()), coming.sum(axis=1)
    said = say("pace.by_days") if running.splits(rest) else say("pace.by_months")
    return Parts(closed, np.zeros(len(brought)), brought, closed + brought, months, method=(said,))


def _months(running: Running, rest: Outlook, known: Array, coming: Array) -> Array:
    """Return the months of the period: what is known of each and what comes."""
    months = np.broadcast_to(known, (len(rest.draws), len(known))).copy()
    months[:, -coming.shape[1] :] += coming
    return months


def _ratio(running: Running, rest: Outlook) -> Parts:
    """Return numerators and denominators so far with the rest's; of cases a random part of the rest's is taken."""
    above, below, value = running.known(rest)
    assert rest.counts is not None
    left = running.left(rest)
    more = _part(running, rest.counts, float(left.mean()))
    counts = (above.sum() + more[0], below.sum() + more[1])
    draws = np.divide(counts[0], counts[1], out=rest.draws.copy(), where=counts[1] > 0)
    closed = float(above.sum() / below.sum()) if below.sum() > 0 else np.nan
    said = say("pace.by_days") if running.splits(rest) else say("pace.by_months")
    return Parts(closed, _none(rest), _none(rest), draws, _beside(running, rest, value), counts, method=(said,))


def _part(running: Running, counts: tuple[Array, Array], share: float) -> tuple[Array, Array]:
    """Return the part of the rest's cases or amounts that comes in the share of its time that is left.

    Which of the cases come in it is chance: hypergeometric.
    """
    above, below = counts
    cases = running.kpi.scale == "rate" and bool(np.all(above == np.rint(above)) and np.all(below == np.rint(below)))
    if share >= 1 or not cases:
        return above * share, below * share
    rng = np.random.default_rng(seed_of("pace", running.kpi.name, running.owner, running.tables.as_of.isoformat()))
    hits, of = above.astype("int64"), below.astype("int64")
    taken = np.rint(of * share).astype("int64")
    return rng.hypergeometric(hits, of - hits, taken).astype("float64"), taken.astype("float64")


def _worst(running: Running, rest: Outlook) -> Parts:
    """Return the worst month so far, or what is still to come if that is worse."""
    value = running.known(rest)[2]
    over = value[np.isfinite(value)]
    worst = np.maximum if running.kpi.better == "lower" else np.minimum
    draws = worst(rest.draws, worst.reduce(over)) if len(over) else rest.draws
    closed = float(worst.reduce(over)) if len(over) else np.nan
    method = (say("pace.worst_month"),)
    return Parts(closed, _none(rest), _none(rest), draws, _beside(running, rest, value), method=method)


def _last(running: Running, rest: Outlook) -> Parts:
    """Return a stock as the rest has it at its end; a figure that is made anew of a period's rows likewise."""
    series = running.series.trimmed()
    stock = running.kpi.over_period == "last"
    value = running.known(rest)[2] if stock else np.full(len(running.period.months), np.nan)
    method: tuple[Message, ...] = (say("pace.stock") if stock else say("pace.stands"),)
    months = _beside(running, rest, value)
    return Parts(float(series.value[-1]), _none(rest), _none(rest), rest.draws, months, method=method)


def _beside(running: Running, rest: Outlook, value: Array) -> Array:
    """Return the months of the period: the values of those that are over beside the rest's."""
    months = np.broadcast_to(value, (len(rest.draws), len(value))).copy()
    months[:, -rest.months.shape[1] :] = rest.months
    return months


def _none(rest: Outlook) -> Array:
    return np.zeros(len(rest.draws))
