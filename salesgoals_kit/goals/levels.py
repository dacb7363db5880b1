"""Phases that are levels: of stocks, ratios and figures that are recomputed; and limits that every month keeps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from salesgoals_kit.forecast.series import Array
from salesgoals_kit.goals.asked import Asked, spans_of
from salesgoals_kit.goals.course import STOCKS
from salesgoals_kit.goals.phased import Phase, Phasing
from salesgoals_kit.words import Message, say


def levels(asked: Asked) -> Phasing:
    """Return what the months show when the period comes to the goal.

    A quarter's level is that of its last month; of a ratio the mean of its months', as their cases are not known.
    """
    coming = asked.course.levels(asked.value, asked.kpi)
    if asked.steps.per_unit:
        coming = np.array([asked.steps.value(asked.steps.count(float(level))) for level in coming])
    months = np.concatenate([asked.course.months[0, : asked.course.past], coming])
    kind = "stock" if asked.kpi.over_period in STOCKS else "ratio"
    notes = (Message(f"phase.levels_{kind}"), say("phase.no_weeks"))
    return asked.phasing(asked.value, "levels", _levels(asked, months), notes)


def limit(asked: Asked) -> Phasing:
    """Return the same limit for every month; where a month that is over broke it, a note says so."""
    value, past = asked.value, asked.course.months[:, : asked.course.past]
    kept = not past.size or asked.chance(_worst(asked, past), value) != 0.0
    notes = [say("phase.limit"), *([] if kept else [say("phase.broken")]), say("phase.no_weeks")]
    return asked.phasing(value, "limit", _limits(asked), notes)


def _levels(asked: Asked, months: Array) -> Iterator[Phase]:
    for span in spans_of(asked.course.period):
        inside = slice(span.last, span.last + 1) if asked.kpi.over_period in STOCKS else span.months
        value = _mean(months[None, inside])[0]
        shown = asked.value if np.isnan(value) else float(value)
        yield asked.phase(span, shown, asked.chance(_mean(asked.course.months[:, inside]), shown))


def _limits(asked: Asked) -> Iterator[Phase]:
    for span in spans_of(asked.course.period):
        worst = _worst(asked, asked.course.months[:, span.months])
        over = span.last < asked.course.past and np.isfinite(worst[0])
        so_far = asked.chance(_worst(asked, asked.course.months[:, span.until]), asked.value)
        shown = float(worst[0]) if over else asked.value
        yield asked.phase(span, shown, asked.chance(worst, asked.value), None, so_far)


def _mean(months: Array) -> Array:
    """Return each row's mean over the months that have a value; NaN where none has."""
    known = np.isfinite(months)
    count = known.sum(axis=1)
    total = np.where(known, months, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, count, out=np.full(len(months), np.nan), where=count > 0))


def _worst(asked: Asked, months: Array) -> Array:
    """Return each row's worst month; NaN where no month has a value."""
    worst = np.fmin if asked.kpi.better == "higher" else np.fmax
    return np.asarray(worst.reduce(months, axis=1))
