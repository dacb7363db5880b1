"""A goal on the way: the milestones that are behind, hit or missed, and what the time left has to bring.

Milestones are the phases of the goal as it was set (`goals.phase`): a year's quarters, a quarter's months, a month's
weeks; months that were agreed stand. What is needed of the time left is said at `ahead`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from salesgoals_kit.follow.ahead import Case, Needed, needed
from salesgoals_kit.goals.asked import Calendar, Span, spans_of
from salesgoals_kit.goals.phase import phase
from salesgoals_kit.goals.phased import MILESTONES, Phase
from salesgoals_kit.goals.shares import share_beside, steps_of
from salesgoals_kit.goals.weeks import pieces_of
from salesgoals_kit.goals.wording import figure
from salesgoals_kit.periods import day_number, month_end, month_name, month_start
from salesgoals_kit.words import Count, Message, say


@dataclass(frozen=True)
class Milestone:
    """A part of the goal that is over: what it asked, and what had been asked by its end; what came, and by its end.

    ``agreed``: humans agreed on this month. It is ``hit`` when as much had come by its end as had been asked by then.
    """

    phase: Phase
    came: float
    by_then: float

    @property
    def asked_by_then(self) -> float:
        """What had been asked by its end."""
        return self.phase.value if self.phase.so_far is None else self.phase.so_far

    @property
    def hit(self) -> bool:
        """Whether as much had come by then as was asked."""
        return self.by_then >= self.asked_by_then - 1e-9 * abs(self.asked_by_then)


@dataclass(frozen=True)
class Milestones:
    """A goal's milestones so far, in order, and what is needed of the time left: with ``so_far`` it is the goal.

    ``over``: the goal is reached, by so much more.
    """

    goal: float
    so_far: float
    over: float
    past: tuple[Milestone, ...]
    ahead: tuple[Needed, ...]
    notes: tuple[Message, ...] = ()

    @property
    def hit(self) -> int:
        """How many milestones were hit."""
        return sum(one.hit for one in self.past)

    @property
    def left(self) -> float:
        """What is still to come for the goal; nothing once it is reached."""
        return sum(one.value for one in self.ahead)


def milestones(case: Case) -> Milestones:
    """Return the milestones of a goal that is the sum of its months (or weeks), so far and ahead."""
    found = case.found
    steps = steps_of(found.kpi, case.minor_units)
    left = steps.count(case.goal) - steps.count(found.actual)
    asked = _asked(case)
    past = tuple(_behind(case, one) for one in asked if one.end <= case.as_of)
    notes = [say("tracking.months_by_curve")] if case.before is None and past else []
    if left <= 0 or not case.months:
        over = steps.value(-left) if left < 0 else 0.0
        return Milestones(case.goal, found.actual, over, past, (), tuple(notes))
    return Milestones(case.goal, found.actual, 0.0, past, tuple(needed(case, left, asked)), tuple(notes))


def _asked(case: Case) -> list[Phase]:
    """Return the phases of the goal as it was set, of the grain that its period is followed by."""
    grain = MILESTONES[case.found.period.grain]
    agreed = {} if case.agreed is None or case.found.period.grain == "month" else dict(case.agreed)
    if case.before is not None and len(case.before.months):
        return [*phase(case.goal, case.before, case.found.kpi, Calendar(case.country), agreed=agreed).of(grain)]
    return _by_curve(case, agreed)


def _by_curve(case: Case, agreed: Mapping[int, float]) -> list[Phase]:
    """Return the phases by what usually comes when, where no outlook of before the period is known."""
    found, steps = case.found, steps_of(case.found.kpi, case.minor_units)
    period, whole = found.period, replace(found, done=0)
    if period.grain == "month":
        spans = [(p.week, p.start, p.end) for p in pieces_of([period.first], case.country)]
        stands: dict[int, int] = {}
    else:
        spans = [(month_name(m), month_start(m), month_end(m)) for m in period.months]
        stands = {m - period.first: steps.count(value) for m, value in agreed.items() if m in period.months}
    weights = [max(whole.rest(day_number(a) - 1, day_number(b)), 0.0) for _, a, b in spans]
    shares = share_beside(steps.count(case.goal), weights, stands)
    sums = np.cumsum(shares).tolist()
    made = [
        Phase(
            grain="week" if period.grain == "month" else "month",
            name=name,
            start=start,
            end=end,
            value=steps.value(share),
            chance=None,
            so_far=steps.value(so_far),
            agreed=i in stands,
        )
        for i, ((name, start, end), share, so_far) in enumerate(zip(spans, shares, sums, strict=True))
    ]
    return made if period.grain != "year" else [_quarter(span, made) for span in spans_of(period) if len_of(span) > 1]


def len_of(span: Span) -> int:
    """Return how many months a span has."""
    return span.last - span.first + 1


def _quarter(span: Span, months: list[Phase]) -> Phase:
    own = months[span.months]
    value = sum(month.value for month in own)
    return replace(own[-1], grain="quarter", name=span.name, start=own[0].start, value=value, agreed=False)


def _behind(case: Case, one: Phase) -> Milestone:
    came, by_then = (
        case.found.came(day_number(first), day_number(one.end)) for first in (one.start, case.found.period.start)
    )
    return Milestone(one, came, by_then)


def sentences(found: Milestones, case: Case) -> tuple[Message, ...]:
    """Return how many milestones were hit, and what is still to come for the goal."""
    kpi, said = case.found.kpi, list[Message]()
    if found.past:
        said.append(say("tracking.milestones_hit", hit=Count(found.hit), count=Count(len(found.past))))
    if found.over or not found.ahead:
        return tuple(said)
    so_far, left, goal = (figure(kpi, value) for value in (found.so_far, found.left, found.goal))
    return (*said, say("tracking.needed", so_far=so_far, left=left, goal=goal, end=case.found.period.end))
