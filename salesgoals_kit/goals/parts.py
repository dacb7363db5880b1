"""Phases that are parts of an amount: months by the paths near the goal, weeks by working days; all add up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from salesgoals_kit.forecast.moving import working_days
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.goals.asked import Asked, Span, spans_of
from salesgoals_kit.goals.phased import Phase, Phasing
from salesgoals_kit.goals.shares import share_out
from salesgoals_kit.goals.weeks import Piece, fallen, pace, pieces_of
from salesgoals_kit.goals.wording import figure
from salesgoals_kit.periods import LENGTH, month_end, month_number, month_start, whole_periods
from salesgoals_kit.words import Message, say


def parts(asked: Asked) -> Phasing:
    """Return the phases of an amount. Where all of it was reached already, nothing is left for the coming months."""
    total = asked.steps.count(asked.value)
    done = [asked.steps.count(float(month)) for month in asked.course.months[0, : asked.course.past]]
    left = total - sum(done)
    weights = [float(weight) for weight in asked.course.weights(asked.value)]
    notes = [say("phase.parts") if any(weights) else say("phase.by_working_days")]
    months = [*done, *share_out(max(left, 0), weights if any(weights) else _working(asked))]
    if left < 0:
        notes.append(_already_reached(asked, total, -left))
    phases = [_part(asked, span, months) for span in spans_of(asked.course.period)]
    weeks = list(_weeks(asked, months))
    notes += [say("phase.weeks_without_chance")] if weeks and weeks[0].chance is None else []
    return asked.phasing(asked.steps.value(total), "parts", [*phases, *weeks], notes)


def _part(asked: Asked, span: Span, months: Sequence[int]) -> Phase:
    value, so_far = (asked.steps.value(sum(months[part])) for part in (span.months, span.until))
    paths = asked.course.months
    chance, then = (
        asked.chance(paths[:, part].sum(axis=1), asked_for)
        for part, asked_for in ((span.months, value), (span.until, so_far))
    )
    return asked.phase(span, value, chance, so_far, then)


def _working(asked: Asked) -> list[float]:
    country, period = asked.calendar.country, asked.course.period
    coming = list(period.months)[asked.course.past :]
    return [float(working_days(country, month_start(month), month_end(month))) for month in coming]


def _already_reached(asked: Asked, total: int, more: int) -> Message:
    value, over = (figure(asked.kpi, asked.steps.value(steps)) for steps in (total, more))
    return say("phase.already_reached", value=value, more=over)


@dataclass(frozen=True, eq=False)
class _Fallen:
    """A piece of a week with its steps, and what the paths bring in it (None: not known)."""

    piece: Piece
    steps: int
    paths: Array | None


def _weeks(asked: Asked, months: Sequence[int]) -> Iterator[Phase]:
    """Give the weeks of the running quarter's coming months, cut at the quarter's edges."""
    running = _running(asked)
    if not running:
        return
    before = running[0] - asked.course.period.first
    so_far, then = sum(months[:before]), asked.course.months[:, :before].sum(axis=1)
    for name, found in groupby(_fallen(asked, months, running), key=lambda one: one.piece.week):
        week = list(found)
        steps = sum(one.steps for one in week)
        drawn = [one.paths for one in week if one.paths is not None]
        paths = np.sum(drawn, axis=0) if drawn else None
        so_far, value = so_far + steps, asked.steps.value(steps)
        then = then if paths is None else then + paths
        yield Phase(
            grain="week",
            name=name,
            start=week[0].piece.start,
            end=week[-1].piece.end,
            value=value,
            chance=None if paths is None else asked.chance(paths, value),
            so_far=asked.steps.value(so_far),
            chance_so_far=None if paths is None else asked.chance(then, asked.steps.value(so_far)),
        )


def _running(asked: Asked) -> list[int]:
    """Return the coming months of the quarter that is running; of the first one before the period."""
    period, today = asked.course.period, asked.calendar.today
    first = period.first + asked.course.past
    month = first if today is None else max(first, month_number(today))
    around = range(month - LENGTH["quarter"] + 1, month + LENGTH["quarter"])
    quarters = whole_periods("quarter", around[0], around[-1], period.fiscal_year_starts)
    return [
        one for quarter in quarters if month in quarter.months for one in quarter.months if first <= one <= period.last
    ]


def _fallen(asked: Asked, months: Sequence[int], running: Sequence[int]) -> Iterator[_Fallen]:
    pieces = pieces_of(running, asked.calendar.country)
    for month in running:
        own = [piece for piece in pieces if piece.month == month]
        weights, at = pace(own), month - asked.course.period.first
        paths = _paths(asked, month, weights)
        for i, steps in enumerate(share_out(months[at], weights)):
            yield _Fallen(own[i], steps, None if paths is None else paths[:, i])


def _paths(asked: Asked, month: int, weights: Sequence[float]) -> Array | None:
    counted, sales = asked.kpi.unit == "count", asked.calendar.sales
    if not counted and not sales:
        return None
    course = asked.course
    rng = np.random.default_rng(seed_of("weeks", asked.kpi.name, asked.owner, course.period.name, month))
    return fallen(course.months[:, month - course.period.first], weights, None if counted else sales, rng)
