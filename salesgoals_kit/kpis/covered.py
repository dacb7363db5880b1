"""Which months of a span the tables cover: what came before a table began is not known, and is not nothing."""

from __future__ import annotations

from collections.abc import Sequence

from salesgoals_kit.data.kept import once
from salesgoals_kit.kpis.months import Clock, reach
from salesgoals_kit.kpis.scope import Scope
from salesgoals_kit.periods import YEAR

Span = tuple[int, int]  # first and last month number, both inclusive; first > last: no month
NOTHING: Span = (0, -1)


def within(span: Span, *others: Span) -> Span:
    """Return the months that all spans share.

    >>> within((1, 12), (6, 20)), months_in(within((1, 3), (6, 20)))
    ((6, 12), 0)
    """
    return max(first for first, _ in (span, *others)), min(last for _, last in (span, *others))


def months_in(span: Span) -> int:
    """Return how many months a span has."""
    return max(span[1] - span[0] + 1, 0)


@once
def deal_months(scope: Scope) -> Span:
    """Return the whole months that the closings of deals cover, of a team or a rep from its own first on."""
    return _reach(scope, Clock("deals", ("closed_at",)))


@once
def lead_months(scope: Scope) -> Span:
    """Return the whole months that the creation of leads covers, of a team or a rep from its own first on."""
    return _reach(scope, Clock("leads", ("created_at",)))


@once
def cost_months(scope: Scope) -> Span:
    """Return the whole months that the company's table of costs covers."""
    return _reach(scope.everyone(), Clock("costs", ("month",)))


def _reach(scope: Scope, clock: Clock) -> Span:
    if not scope.tables.has(clock.table) or not scope.owns(clock.table):
        return NOTHING
    found = reach(scope, [clock])
    return found.first, found.last


def a_year_of(span: Span, season: Sequence[float]) -> float:
    """Return by how much more a year brings than the months of a span do; 1 where it has none.

    ``season`` is how much of a month's average comes in January, February, …: of four busy months of twelve a year is
    less than three times as much.

    >>> a_year_of((1, 6), [1.0] * 12), a_year_of((0, 5), [1.5] * 6 + [0.5] * 6)
    (2.0, 1.3333333333333333)
    """
    share = sum(season[month % YEAR] for month in range(span[0], span[1] + 1))
    return YEAR / share if share > 0 else 1.0
