"""What has come of a running period so far, beside what has usually come by this working day: never a straight line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.follow.curves import Calendar, Curve, curve_of
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.goals.wording import figure, owner_words
from salesgoals_kit.kpis.byday import flow_by_day
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.kpis.needs import kpi_named
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, day_number, month_end, month_start
from salesgoals_kit.words import Count, Message, Rate, Value, say

Place = Literal["ahead", "usual", "behind"]


@dataclass(frozen=True, eq=False)
class ToDate:
    """A flow by the end of as_of (``today``, a number): ``done`` is how many of the period's working ``days`` are over.

    ``curve`` is what is usual of such a period (None: not known), ``lent``: it is the company's. ``events`` are the
    days (numbers) of the period on which anything came, and what came on each, in minor units of money or counts.
    """

    kpi: Kpi
    owner: Owner
    period: Period
    today: int
    days: tuple[int, ...]
    done: int
    events: tuple[Array, Array]
    minor_units: int
    curve: Curve | None = None
    lent: bool = False
    notes: tuple[Message, ...] = ()

    @property
    def actual(self) -> float:
        """What came so far."""
        return self.came(day_number(self.period.start), self.today)

    @property
    def months(self) -> dict[int, float]:
        """What came in each month up to as_of's, by number."""
        begun = [month for month in self.period.months if day_number(month_start(month)) <= self.today]
        return {month: self.came(day_number(month_start(month)), day_number(month_end(month))) for month in begun}

    @property
    def by_day(self) -> Array:
        """What had come after 0, 1, …, ``done`` working days; the last of them is ``actual``."""
        begins = day_number(self.period.start)
        ends = [*[begins - 1, *self.days][: self.done], self.today]
        return np.array([self.came(begins, end) for end in ends])

    def came(self, first: int, last: int) -> float:
        """Return what came between two days (numbers, both inclusive), up to as_of."""
        days, amounts = self.events
        unit = self.minor_units if self.kpi.unit == "money" else 1
        return int(amounts[(days >= first) & (days <= last)].sum()) / unit

    @property
    def share(self) -> tuple[float, float, float] | None:
        """What share of the whole has usually come by now: low, middle, high; None where that is not known."""
        return None if self.curve is None else self.curve.after(self.done)

    def expected(self, whole: float) -> tuple[float, float, float] | None:
        """Return what would usually have come by now of a whole of so much: low, middle, high; None of nothing."""
        return (
            None
            if self.share is None or whole <= 0
            else (self.share[0] * whole, self.share[1] * whole, self.share[2] * whole)
        )

    def place(self, whole: float) -> Place | None:
        """Return whether what came is more or less than the band around what is usual on the way to a whole."""
        found = self.expected(whole)
        if found is None:
            return None
        return "ahead" if self.actual > found[2] else "behind" if self.actual < found[0] else "usual"

    def sentence(self, whole: float) -> Message:
        """Return what came beside what usually comes by now on the way to a whole of so much."""
        found, place = self.expected(whole), self.place(whole)
        said: dict[str, Value] = {"actual": figure(self.kpi, self.actual), "whole": figure(self.kpi, whole)}
        if found is None or place is None:
            return Message("tracking.so_far_alone", said)
        low, mid, high = (figure(self.kpi, value) for value in found)
        return Message(f"tracking.so_far_{place}", {**said, "low": low, "mid": mid, "high": high})

    def rest(self, first: int, last: int) -> float:
        """Return what part of what is still to come usually comes after ``first`` and up to ``last`` (day numbers).

        By the curve, or by working days where there is none or all of it has usually come by now.
        """
        before, after = (max(sum(day <= end for day in self.days), self.done) for end in (first, last))
        left = 1 - float(self.curve.mid[self.done]) if self.curve is not None else 0.0
        if self.curve is not None and left > 0:
            return float(self.curve.mid[after] - self.curve.mid[before]) / left
        return (after - before) / max(len(self.days) - self.done, 1)


def to_date(tables: Tables, owner: Owner, period: Period, kpi: str) -> ToDate | None:
    """Return what came of a flow so far, and what is usual; None for what is no flow by day, or lacks its tables.

    Of a team with too few whole periods of its own the company's curve counts, and that is said.
    """
    flow = flow_by_day(tables, owner, kpi)
    if flow is None:
        return None
    country, today = tables.company.country, day_number(tables.as_of)
    calendar = Calendar(period, country)
    curve = curve_of(flow, period, country)
    common = flow_by_day(tables, COMPANY, kpi) if curve is None and owner != COMPANY else None
    borrowed = None if common is None else curve_of(common, period, country)
    days, amounts = flow.frame["day"].to_numpy(), flow.frame["amount"].to_numpy()
    inside = (days >= day_number(period.start)) & (days <= min(today, day_number(period.end)))
    found = ToDate(
        kpi=kpi_named(kpi),
        owner=owner,
        period=period,
        today=today,
        days=calendar.days,
        done=calendar.done(today),
        events=(days[inside], amounts[inside]),
        minor_units=tables.company.minor_units,
        curve=curve or borrowed,
        lent=curve is None and borrowed is not None,
    )
    return replace(found, notes=(*flow.notes, *_notes(found)))


def _notes(found: ToDate) -> tuple[Message, ...]:
    """Return what the band is made of, or why there is none."""
    curve = found.curve
    if curve is None:
        return (say("tracking.curve_none", grain=say(f"tracking.grain_{found.period.grain}")),)
    said: dict[str, Value] = {
        "count": Count(len(curve.names)),
        "first": curve.names[0],
        "last": curve.names[-1],
        "within": Rate(curve.within),
    }
    if found.lent:
        return (Message("tracking.curve_lent", {**said, "owner": owner_words(found.owner)}),)
    return (Message("tracking.curve_own", said),)
