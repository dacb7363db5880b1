"""A goal on the way: the milestones that are behind, hit or missed, and what the time left has to bring.

Milestones are the phases of the goal as it was set (`goals.phase`: a year's quarters, a quarter's months, a month's
weeks; months that were agreed stand). What is left is phased anew (`goals.phase.rephase`) from what has come: it adds
up to the goal in minor units, whatever was asked of these months before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from salesgoals_kit.follow.todate import ToDate
from salesgoals_kit.forecast.moving import working_days
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.asked import Calendar, Span, spans_of
from salesgoals_kit.goals.phase import phase, rephase
from salesgoals_kit.goals.phased import MILESTONES, Phase
from salesgoals_kit.goals.shares import share_beside, share_out, steps_of
from salesgoals_kit.goals.weeks import pieces_of
from salesgoals_kit.goals.wording import figure
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import day_number, month_end, month_name, month_start
from salesgoals_kit.words import Message, Value, say


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
class Needed:
    """A part of the time left: a ``week`` (or what is left of one), or a ``month``.

    ``value`` is what it has to bring, ``asked`` what was asked of it before (None: it was not asked of just these
    days), ``expected`` what it is going to bring as things are, on average (None: not known).
    """

    grain: str
    name: str
    first: date
    last: date
    value: float
    asked: float | None = None
    expected: float | None = None


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


@dataclass(frozen=True, eq=False)
class Case:
    """A flow so far and the goal for it: ``before`` is the outlook that it was set by, ``now`` that of today.

    Either may be None: then months go by what usually comes when. ``agreed`` are months that humans agreed on.
    """

    found: ToDate
    goal: float
    as_of: date
    owner: Owner
    country: str | None
    minor_units: int
    before: Outlook | None = None
    now: Outlook | None = None
    agreed: Mapping[int, float] | None = None

    @property
    def months(self) -> list[int]:
        """The months that are not over."""
        return [month for month in self.found.period.months if month_end(month) > self.as_of]

    @property
    def begun(self) -> float:
        """What has come of the running month."""
        return self.found.months.get(self.months[0], 0.0) if self.months else 0.0


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
    return Milestones(case.goal, found.actual, 0.0, past, tuple(_ahead(case, left, asked)), tuple(notes))


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


def _ahead(case: Case, left: int, asked: list[Phase]) -> list[Needed]:
    """Return what each part of the time left has to bring; together what is ``left``, in steps."""
    steps, before = steps_of(case.found.kpi, case.minor_units), {one.name: one.value for one in asked}
    shares, expected = _months_left(case, left)
    running = case.months[0]
    rest = _rest_of_month(case, running, shares[0], expected[0])
    later = [
        Needed(
            "month",
            month_name(month),
            month_start(month),
            month_end(month),
            steps.value(share),
            before.get(month_name(month)),
            usual,
        )
        for month, share, usual in zip(case.months[1:], shares[1:], expected[1:], strict=True)
    ]
    return [*rest, *later]


def _months_left(case: Case, left: int) -> tuple[list[int], list[float | None]]:
    """Return the steps that each month left has to bring, of the running one its rest, and what each is going to."""
    found, now = case.found, case.now
    steps = steps_of(found.kpi, case.minor_units)
    if now is None or now.months.shape != (len(now.draws), len(found.period.months)):
        ends = [(max(case.as_of, month_start(m) - timedelta(days=1)), month_end(m)) for m in case.months]
        weights = [max(found.rest(day_number(a), day_number(b)), 0.0) for a, b in ends]
        return list(share_out(left, weights if any(weights) else [1.0] * len(weights))), [None] * len(ends)
    coming = np.maximum(now.months[:, case.months[0] - found.period.first :], 0.0)
    coming[:, 0] = np.maximum(coming[:, 0] - case.begun, 0.0)
    expected = [float(mean) for mean in coming.mean(axis=0)]
    if len(case.months) == 1:
        return [left], list(expected)
    rest = replace(now, period=replace(found.period, first=case.months[0]), months=coming, draws=coming.sum(axis=1))
    reached = {month: found.months[month] for month in found.period.months if month < case.months[0]}
    done = sum(steps.count(value) for value in reached.values())
    made = rephase(steps.value(left + done), found.period, reached, rest, found.kpi, Calendar(case.country, case.as_of))
    return [steps.count(month.value) for month in made.of("month") if not month.past], list(expected)


def _rest_of_month(case: Case, month: int, share: int, expected: float | None) -> list[Needed]:
    """Return what the rest of a month has to bring, week by week, by what usually comes when."""
    steps, found = steps_of(case.found.kpi, case.minor_units), case.found
    spans = _weeks_left(max(case.as_of + timedelta(days=1), month_start(month)), month, case.country)
    weights = [max(found.rest(day_number(first) - 1, day_number(last)), 0.0) for _, first, last in spans]
    weights = weights if any(weights) else [float((last - first).days + 1) for _, first, last in spans]
    whole = sum(weights)
    return [
        Needed("week", name, first, last, steps.value(part), None, expected and expected * weight / whole)
        for (name, first, last), part, weight in zip(spans, share_out(share, weights), weights, strict=True)
    ]


def _weeks_left(begins: date, month: int, country: str | None) -> list[tuple[str, date, date]]:
    """Return the weeks of what is left of a month; days off alone go with the week beside them."""
    spans: list[tuple[str, date, date]] = []
    first = begins
    for piece in pieces_of([month], country):
        if piece.end >= begins and working_days(country, first, piece.end):
            spans.append((piece.week, first, piece.end))
            first = piece.end + timedelta(days=1)
    if not spans:
        return [(month_name(month), begins, month_end(month))]
    name, start, _ = spans[-1]
    return [*spans[:-1], (name, start, month_end(month))]


def sentences(found: Milestones, case: Case) -> tuple[Message, ...]:
    """Return how many milestones were hit, and what is still to come for the goal."""
    kpi, said = case.found.kpi, []
    if found.past:
        missed: dict[str, Value] = {"hit": found.hit, "count": len(found.past)}
        said.append(Message("tracking.milestones_hit", missed))
    if found.over or not found.ahead:
        return tuple(said)
    so_far, left, goal = (figure(kpi, value) for value in (found.so_far, found.left, found.goal))
    return (*said, say("tracking.needed", so_far=so_far, left=left, goal=goal, end=case.found.period.end))
