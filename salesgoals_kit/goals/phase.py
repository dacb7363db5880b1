"""A goal over time: a year's in quarters and months, and in the weeks of the running quarter, each with its chance.

Of an amount (`sum`) the phases are parts and add up at every grain, in minor units: weeks to the quarter, months to
quarters, quarters to the goal. Months are shared out in the proportion of the paths that come out near the goal
(`course`), so by season, working days and trend as the outlook has them; weeks in that of their working days. Of a
stock, a rate or a figure that is recomputed, phases are levels: what the month shows when the period is on its way to
the goal. Of a KPI that every month has to keep they are the limit itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.asked import Asked, Calendar, wrong_months
from salesgoals_kit.goals.course import Course, course_from, course_of
from salesgoals_kit.goals.levels import levels, limit
from salesgoals_kit.goals.limits import impossible_value
from salesgoals_kit.goals.parts import parts
from salesgoals_kit.goals.phased import Phasing
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.periods import Period


def phase(
    value: float,
    outlook: Outlook,
    kpi: Kpi,
    calendar: Calendar | None = None,
    *,
    agreed: Mapping[int, float] | None = None,
) -> Phasing:
    """Return the phases of a goal for the outlook's period, which has not begun; money is rounded to minor units.

    Weeks are those of the first quarter. What was ``agreed`` for months of an amount, by month number, stands, and the
    other months share what it leaves. Raises ParamError for a value that the KPI cannot have, with every one of them.
    """
    return _phasing(value, outlook, kpi, calendar, course_of(outlook), agreed)


def rephase(
    value: float,
    period: Period,
    reached: Mapping[int, float],
    rest: Outlook,
    kpi: Kpi,
    calendar: Calendar | None = None,
    *,
    counts: tuple[float, float] | None = None,
) -> Phasing:
    """Return the phases of a goal whose period has begun: ``reached`` by month number, and what is left on the rest.

    ``rest`` is the outlook of the months left, up to the period's end. Past months show what was reached, so that
    reached and rest are the goal. Of a ratio ``counts`` are the numerator and the denominator so far. Raises ParamError
    with every month that is missing or too many.
    """
    return _phasing(value, rest, kpi, calendar, course_from(period, reached, rest, kpi, counts))


def _phasing(
    value: float,
    outlook: Outlook,
    kpi: Kpi,
    calendar: Calendar | None,
    course: Course,
    agreed: Mapping[int, float] | None = None,
) -> Phasing:
    asked = Asked(value, kpi, outlook.owner, outlook.minor_units, course, calendar or Calendar(), agreed or {})
    wrong = impossible_value(kpi, value) if math.isfinite(value) else f"{value!r} is not a number"
    faults = [Fault(f"{kpi.name}, {course.period.name}", wrong)] if wrong else []
    if faults := [*faults, *wrong_months(asked)]:
        raise ParamError("This goal cannot be phased.", faults)
    made = {"sum": parts, "every_month": limit}.get(kpi.over_period, levels)
    return made(asked)
