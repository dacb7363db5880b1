"""What a day asks for by the calendar and the data: which template for which period, as of when, from what data.

Goals (and the baseline they rest on) are set from some days before a period until the day before it starts, once the
data has the month before that whole: what is agreed on older data is not corrected when the data arrives. A period
is reviewed when its figures are final, and again when those are that take longer: cycles still followed, customers
who may return. The running period is followed once for every day, week or month that the data newly reaches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import default_as_of
from salesgoals_kit.goals.deadline import final_on
from salesgoals_kit.periods import Grain, Period, month_number, whole_periods

AHEAD = ("baseline", "goal_setting", "strategy")  # made together before a period, in the order in which they are read
DRAFT_DAYS = 31  # what was known longer before goals are to be set makes a draft of them
DAY = timedelta(days=1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Day:
    """The day that is asked about, and how far the data reaches on it."""

    today: date
    first_day: date
    last_day: date

    @property
    def newest(self) -> date:
        """The latest day that is over and that the data reaches."""
        return min(self.today - DAY, self.last_day)


@dataclass(frozen=True)
class Occasion:
    """One template to be made for one period by every owner who has no report that is good enough.

    A report is good enough from ``enough`` on, by its own as_of. ``needs`` is the day the data has to reach, ``since``
    the day from which the report is due. ``everybody`` is false for an older period, which concerns only those who had
    goals or a review of it.
    """

    template: str
    period: Period
    as_of: date
    enough: date
    needs: date
    since: date
    everybody: bool = True


def occasions(company: Company, day: Day, promised: Iterable[Period], kpis: Iterable[str]) -> list[Occasion]:
    """Return what is due, in the order to make it: reviews first, so that goals are set with their lessons.

    ``promised`` are the periods that goals were set for, ``kpis`` those that the data can tell.
    """
    return [
        *_reviews(company, day, [*promised], sorted({*kpis, "revenue"})),
        *_ahead(company, day),
        *_now(company, day),
    ]


def _reviews(company: Company, day: Day, promised: list[Period], kpis: list[str]) -> Iterator[Occasion]:
    """Give the reviews of the periods that ended last, and of all earlier ones with goals."""
    latest = [running(company, grain, day.today).shifted(-1) for grain in company.schedule.periods]
    ended = [p for p in promised if p.grain in company.schedule.periods and p.end < day.today]
    for period in sorted({*latest, *ended}, key=lambda p: (p.end, -p.first)):
        if period.end >= day.first_day:
            yield from _reviews_of(company, day, period, kpis, everybody=period in latest)


def _reviews_of(company: Company, day: Day, period: Period, kpis: list[str], *, everybody: bool) -> Iterator[Occasion]:
    """Give the latest review that the data allows, and the next one if it is the data alone that it waits for."""
    settling = timedelta(days=company.settle_days)
    passed = [final for final in sorted({final_on(kpi, period, company) for kpi in kpis}) if final < day.today]
    arrived = [final for final in passed if final - settling <= day.last_day]
    for final in [*arrived[-1:], *passed[len(arrived) :][:1]]:
        yield Occasion("review", period, final, final, final - settling, final + DAY, everybody)


def _ahead(company: Company, day: Day) -> Iterator[Occasion]:
    """Give what is made before the periods that start within the days of the schedule."""
    lead = timedelta(days=company.schedule.goal_setting_days)
    for grain in company.schedule.periods:
        period = running(company, grain, day.today).shifted(1)
        while (opening := period.start - lead) <= day.today:
            for template in AHEAD:
                as_of = default_as_of(
                    template,
                    today=day.today,
                    last_day=day.last_day,
                    period=period,
                    settle_days=company.settle_days,
                )
                needs = opening.replace(day=1) - DAY
                enough = min(opening - DRAFT_DAYS * DAY, max(as_of, needs))
                yield Occasion(template, period, as_of, enough, needs, opening)
            period = period.shifted(1)


def _now(company: Company, day: Day) -> Iterator[Occasion]:
    """Give the tracking of the running periods; what was missed in an earlier week is not made up for."""
    if company.schedule.tracking == "never":
        return
    for grain in company.schedule.periods:
        period = running(company, grain, day.today)
        if day.today > period.start:
            enough = max(_slot(company, day.newest + DAY) - DAY, period.start)
            yield Occasion("tracking", period, max(day.newest, period.start), enough, period.start, period.start + DAY)


def _slot(company: Company, day: date) -> date:
    """Return the first day of the day, week or month that a day belongs to for tracking."""
    if company.schedule.tracking == "weekly":
        return day - (day.weekday() - WEEKDAYS.index(company.schedule.weekday)) % 7 * DAY
    return day.replace(day=1) if company.schedule.tracking == "monthly" else day


def running(company: Company, grain: Grain, day: date) -> Period:
    """Return the company's month, quarter or year that a day lies in.

    >>> acme = {"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}, "fiscal_year_starts": 2}
    >>> running(Company.model_validate(acme), "quarter", date(2026, 1, 31)).name
    '2026Q4'
    """
    month = month_number(day)
    around = whole_periods(grain, month - 11, month + 11, company.fiscal_year_starts)
    return next(period for period in around if month in period.months)
