"""How a running period goes, drawn: what came, beside what usually comes by each day, and the fan to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from salesgoals_kit.follow.todate import ToDate
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.periods import day_number, day_of, month_start
from salesgoals_kit.report import labels
from salesgoals_kit.report.canvas import Size
from salesgoals_kit.report.palette import LIGHT
from salesgoals_kit.report.pencil import Axes, label_ends, value_axis
from salesgoals_kit.report.quantities import Level
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import say

FAN = (0.1, 0.2, 0.5, 0.8, 0.9)


@dataclass(frozen=True, eq=False)
class Course:
    """The lines of a chart of a running period, by day (numbers).

    ``days`` are those at whose ends 0, 1, … working days are over; ``usual`` what has usually come by then on the way
    to the goal (low, middle, high; None: not known). ``known`` are days and what had come by them, ``ahead`` days and
    what is going to have come by them, in quantiles at `FAN` (rows).
    """

    days: Array
    usual: tuple[Array, Array, Array] | None
    known: tuple[Array, Array]
    ahead: tuple[Array, Array]


def course_of(found: ToDate, outlook: Outlook, whole: float) -> Course:
    """Return the lines of a flow so far on the way to a whole of so much.

    The outlook is of the period's end; between today and then the fan opens as what is left usually comes.
    """
    begins, ends = day_number(found.period.start) - 1, day_number(found.period.end)
    days = np.array([begins, *found.days[:-1], ends], dtype=np.float64)
    curve = found.curve
    usual = None if curve is None else (curve.low * whole, curve.mid * whole, curve.high * whole)
    known = np.array([*days[: found.done], found.today], dtype=np.float64)
    coming = [day for day in days[found.done :] if day > found.today]
    parts = np.array([0.0, *(found.rest(found.today, int(day)) for day in coming)])
    last = np.array([outlook.quantile(q) for q in FAN])
    fan = found.actual + (last - found.actual)[:, None] * np.clip(parts, 0.0, 1.0)
    return Course(days, usual, (known, found.by_day), (np.array([found.today, *coming], dtype=np.float64), fan))


def draw_course(texts: Texts, found: ToDate, course: Course, unit: str, goal: Level) -> Callable[[Axes, Size], None]:
    """Draw the band of what is usual, what came, the fan, and the goal as a line."""
    first, last = float(course.days[0]), float(course.days[-1])

    def draw(ax: Axes, size: Size) -> None:
        if course.usual is not None:
            ax.fill_between(course.days, course.usual[0], course.usual[2], color=LIGHT["line"], linewidth=0)
            ax.plot(course.days, course.usual[1], color=LIGHT["soft"], linewidth=1.5, linestyle=(0, (3, 2)))
        days, fan = course.ahead
        if len(days) > 1:
            ax.fill_between(days, fan[0], fan[4], color=LIGHT["band"], linewidth=0, alpha=0.8)
            ax.fill_between(days, fan[1], fan[3], color=LIGHT["core"], linewidth=0, alpha=0.8)
            ax.plot(days, fan[2], color=LIGHT["goal"], linewidth=2)
        ax.hlines(goal.value, first, last, LIGHT["ink"], linewidth=1.5)
        ax.plot(*course.known, color=LIGHT["ink"], linewidth=2.5)
        ax.plot(course.known[0][-1], course.known[1][-1], "o", markersize=6, color=LIGHT["ink"])
        value_axis(ax, texts, unit)
        _day_axis(ax, texts, found, size)
        marks = [
            (float(fan[row, -1]), labels.value_label(texts, fan[row, -1], unit), LIGHT["goal"]) for row in (0, 2, 4)
        ]
        marks = marks if len(days) > 1 else []
        label = labels.level_label(texts, Level(goal.name, goal.value), unit, narrow=True)
        label_ends(ax, last, [*marks, (goal.value, label, LIGHT["ink"])], size)

    return draw


def _day_axis(ax: Axes, texts: Texts, found: ToDate, size: Size) -> None:
    """Name the months where they begin; of a month alone the first working day of each week."""
    if found.period.grain == "month":
        weeks = [
            day for day in found.days if day == found.days[0] or (day_of(day).weekday() < day_of(day - 1).weekday())
        ]
        ax.set_xticks(weeks, [str(day_of(day).day) for day in weeks])
        ax.set_xlabel(texts.text(say("tracking.axis_days")), fontsize=size.text * 0.75, color=LIGHT["soft"])
    else:
        every = 1 if found.period.grain == "quarter" else 6 if size.narrow else 3
        months = [month for month in found.period.months if (month - found.period.first) % every == 0]
        places = [day_number(month_start(month)) for month in months]
        ax.set_xticks(places, labels.month_labels(texts, months))
    ax.margins(x=0.01)
