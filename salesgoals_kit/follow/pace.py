"""The statistics of a running period: what is closed, what open deals will bring, what is still to come.

What comes after as_of is known as a distribution: closed + open + to come, calibrated as a whole on past periods.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import Fault, ForecastError, ParamError
from salesgoals_kit.follow.actuals import actual
from salesgoals_kit.follow.from_deals import Told, deal_parts, told_by_deals
from salesgoals_kit.follow.rules import parts_of
from salesgoals_kit.follow.running import Parts, Running
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.calibration import calibrate
from salesgoals_kit.forecast.outlook import FAN_LEVELS, Outlook
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.goals.limits import NO_GOAL
from salesgoals_kit.goals.wording import figure
from salesgoals_kit.kpis.needs import kpi_named, missing
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.words import Count, Message, say


@dataclass(frozen=True, eq=False)
class Pace:
    """How a running period goes, in the KPI's unit.

    ``closed``: what is known so far. ``opened``, ``coming``: draws of what open deals bring by the period's end, and of
    what comes from deals that do not exist yet; 0 where the KPI is no sum. ``outlook`` is of the whole period,
    calibrated. ``days_left``: days after as_of. ``method``: how the rest was told and tried on the past; ``notes``:
    what is to be known of the data. ``message``: so far, open, still to come, in one sentence.
    """

    kpi: str
    owner: Owner
    period: Period
    as_of: date
    closed: float
    opened: Array
    coming: Array
    outlook: Outlook
    days_left: int
    method: tuple[Message, ...]
    notes: tuple[Message, ...]
    message: Message


def pace(tables: Tables, owner: Owner, period: Period, book: Book, *, kpi: str = "revenue") -> Pace | None:
    """Return how a period that has begun goes for one KPI; None where the data lacks it, or a history to go by.

    Raises ParamError where the period does not begin by the day after as_of.
    """
    measured = kpi_named(kpi)
    if tables.as_of < period.start - timedelta(days=1):
        fault = Fault(
            period.name, f"it begins on {period.start}, and as_of is {tables.as_of}", "the day before it, or later"
        )
        raise ParamError("The period has not begun.", [fault])
    if kpi in NO_GOAL or missing(kpi, tables, owner):
        return None
    running = Running(tables, owner, measured, period, book)
    try:
        rest = running.rest()
        return _over(running) if rest is None else _running(running, rest)
    except ForecastError:
        return None


def _running(running: Running, rest: Outlook) -> Pace:
    told = _told(running, rest)
    parts = deal_parts(running, rest, told) if isinstance(told, Told) else parts_of(running, rest)
    outlook = _whole(running, rest, parts)
    return Pace(
        kpi=running.kpi.name,
        owner=running.owner,
        period=running.period,
        as_of=running.tables.as_of,
        closed=parts.closed,
        opened=parts.opened,
        coming=parts.coming,
        outlook=outlook,
        days_left=max(0, (running.period.end - running.tables.as_of).days),
        method=parts.method,
        notes=(*parts.notes, *((told,) if isinstance(told, Message) else ())),
        message=_message(running, parts, outlook, by_deals=isinstance(told, Told)),
    )


def _told(running: Running, rest: Outlook) -> Told | Message | None:
    """Return what deals tell, or why they tell nothing; None where revenue is none of theirs."""
    if running.kpi.name != "revenue" or running.tables.company.revenue != "deals" or not running.splits(rest):
        return None
    return told_by_deals(running.tables, running.owner, running.period)


def _whole(running: Running, rest: Outlook, parts: Parts) -> Outlook:
    """Return the outlook of the whole period, whose months that are over are the same in every draw."""
    coming = parts.months[:, -rest.months.shape[1] :]
    found = replace(
        rest,
        period=running.period,
        draws=parts.draws,
        counts=parts.counts,
        months=parts.months,
        fan=_fan(coming),
        notes=(),
        correction=None,
        calibrated=False,
    )
    if parts.correction is None or not parts.correction.scores:
        return found
    return replace(calibrate(found, parts.correction), notes=())


def _fan(months: Array) -> Array:
    """Return the quantiles of the months to come; NaN for one that has no value."""
    fan = np.full((len(FAN_LEVELS), months.shape[1]), np.nan)
    for month, drawn in enumerate(months.T):
        if np.isfinite(drawn).any():
            fan[:, month] = np.nanquantile(drawn, FAN_LEVELS)
    return fan


def _message(running: Running, parts: Parts, outlook: Outlook, *, by_deals: bool) -> Message:
    kpi, end = running.kpi, running.period.end
    value = figure(kpi, outlook.quantile(0.5))
    if kpi.over_period != "sum":
        return say("pace.level", value=value, end=end)
    closed, coming = figure(kpi, parts.closed), figure(kpi, float(np.median(parts.coming)))
    if not by_deals:
        return say("pace.sum", closed=closed, coming=coming, value=value, end=end)
    opened = figure(kpi, float(np.median(parts.opened)))
    return say(
        "pace.deals", closed=closed, deals=Count(parts.deals), opened=opened, coming=coming, value=value, end=end
    )


def _over(running: Running) -> Pace | None:
    """Return the pace of a period that is over: its figure, without any doubt; None where it has none."""
    kpi, period = running.kpi, running.period
    value = actual(running.tables, running.owner, period, kpi.name)
    if value is None:
        return None
    none = np.zeros(1)
    outlook = Outlook(
        kpi=kpi.name,
        owner=running.owner,
        period=period,
        better=kpi.better,
        draws=np.array([value]),
        counts=None,
        method="known",
        step=None,
        calibrated=False,
        history_months=len(running.series.months),
        yearly_season=False,
        notes=(),
        unit=kpi.unit,
        minor_units=running.tables.company.minor_units,
        fan=np.empty((len(FAN_LEVELS), 0)),
        months=np.empty((0, 0)),
    )
    message = say("pace.over", value=figure(kpi, value))
    return Pace(kpi.name, running.owner, period, running.tables.as_of, value, none, none, outlook, 0, (), (), message)
