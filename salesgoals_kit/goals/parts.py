"""Phases that are parts of an amount: months by the paths near the goal, weeks by working days; all add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from salesgoals_kit.forecast.moving import working_days
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.goals.asked import Asked, Span, spans_of
from salesgoals_kit.goals.phased import Phase, Phasing
from salesgoals_kit.goals.shares import share_beside, share_out
from salesgoals_kit.goals.weeks import Piece, fallen, pace, pieces_of
from salesgoals_kit.goals.wording import figure
from salesgoals_kit.periods import LENGTH, month_end, month_name, month_number, month_start, whole_periods
from salesgoals_kit.words import Message, say


def parts(asked: Asked) -> Phasing:
    """Return the phases of an amount. What was agreed for a month stands; the others share what that leaves.

    Where all of it was reached already, or is asked of the agreed months, nothing is left for the other ones.
    """
    total = asked.steps.count(asked.value)
    done = [asked.steps.count(float(month)) for month in asked.course.months[0, : asked.course.past]]
    coming = list(asked.course.period.months)[asked.course.past :]
    stands = {i: asked.steps.count(asked.agreed[month]) for i, month in enumerate(coming) if month in asked.agreed}
    weights = [float(weight) for weight in asked.course.weights(asked.value)]
    expected = any(weight for i, weight in enumerate(weights) if i not in stands)
    months = [*done, *share_beside(total - sum(done), weights if expected else _working(asked), stands)]
    notes = [] if len(stands) == len(coming) else [say("phase.parts" if expected else "phase.by_working_days")]
    notes += _said(asked, total, sum(done), stands, sum(months))
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


def _said(asked: Asked, total: int, done: int, stands: Mapping[int, int], together: int) -> list[Message]:
    """Return what is to be known of months that were agreed, and of parts that come to another amount than the goal."""
    kpi, steps = asked.kpi, asked.steps
    goal, over = figure(kpi, steps.value(total)), figure(kpi, steps.value(abs(together - total)))
    every = len(stands) == len(asked.course.period.months) - asked.course.past
    said = []
    if stands:
        months = tuple(month_name(asked.course.period.first + asked.course.past + i) for i in sorted(stands))
        said.append(say("phase.agreed_all") if every else say("phase.agreed", months=months))
    if done > total:
        said.append(say("phase.already_reached", value=goal, more=over))
    elif together > total and not every:
        said.append(say("phase.agreed_beyond", value=goal, more=over))
    elif together != total:
        more = say("phase.more") if together > total else say("phase.less")
        summed = figure(kpi, steps.value(together))
        said.append(say("phase.agreed_otherwise", sum=summed, value=goal, difference=over, more=more))
    return said


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
