"""The charts: one visual language, direct labels, each drawn twice, wide and narrow; no state is left behind.

Every `draw_` function takes the finding it shows, which becomes the alternative text, and returns a figure block;
``unit`` is that of the KPI: money, rate, count, days, months or times. What a chart has no rows for is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd

from salesgoals_kit.errors import Fault, SalesGoalsError
from salesgoals_kit.follow.todate import ToDate
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.report import sketches
from salesgoals_kit.report.canvas import Figure
from salesgoals_kit.report.easel import drawn
from salesgoals_kit.report.funnels import Passage, funnel
from salesgoals_kit.report.hazard import hazard, worth_drawing
from salesgoals_kit.report.pacing import course_of, draw_course
from salesgoals_kit.report.quantities import Level
from salesgoals_kit.report.ranges import ranges
from salesgoals_kit.report.shapes import MOST_PEOPLE, Span, Standing, recent
from salesgoals_kit.report.text import Texts
from salesgoals_kit.report.waterfall import Drop, height, waterfall
from salesgoals_kit.words import Message, Rate, say

OUTER = Rate(0.8)  # what the outer range of every outlook holds


def draw_history(
    texts: Texts,
    history: pd.DataFrame,
    unit: str,
    *,
    finding: Message,
    name: str = "history",
    caption: Message | None = None,
    months: int = 24,
) -> Figure:
    """Return the latest months (columns month, value), and faint behind them the same months a year before."""
    shown = recent(_known(history, "value", name), months)
    return drawn(texts, sketches.history(texts, shown, unit), (300, 260), name, finding, caption)


def draw_outlook(
    texts: Texts,
    history: pd.DataFrame,
    outlook: Outlook,
    levels: Sequence[Level],
    *,
    finding: Message,
    name: str = "outlook",
    caption: Message | None = None,
) -> Figure:
    """Return whole periods so far (columns period, value) and what can be expected of the next, with its levels."""
    draw = sketches.outlook(texts, history.dropna(subset="value"), outlook, levels)
    compared = outlook.period.year_before().name in set(history["period"].astype(str).tail(4))
    said = caption or say(
        "report.chart_ranges_compared" if compared else "report.chart_ranges", outer=OUTER, inner=Rate(0.5)
    )
    return drawn(texts, draw, (340, 300), name, finding, said)


def draw_months_ahead(
    texts: Texts,
    history: pd.DataFrame,
    outlook: Outlook,
    *,
    finding: Message,
    goals: Sequence[Sequence[float]] = (),
    name: str = "months-ahead",
    caption: Message | None = None,
) -> Figure:
    """Return the latest months (columns month, value) and, as a fan, what can be expected of the months to come.

    ``goals`` are marked in the last months: of each goal a value a month, up to the period's last.
    """
    draw = sketches.months_ahead(texts, recent(_known(history, "value", name), 24), outlook, goals)
    marked = "report.chart_fan_with_goals" if goals else "report.chart_fan"
    said = caption or Message(marked, {"outer": OUTER, "inner": Rate(0.6)})
    return drawn(texts, draw, (320, 280), name, finding, said)


def draw_season(
    texts: Texts, profile: pd.DataFrame, *, finding: Message, name: str = "season", caption: Message | None = None
) -> Figure:
    """Return the months of a usual year (columns month from 1, factor), the busiest and the slowest standing out."""
    draw = sketches.season(texts, _known(profile, "factor", name))
    return drawn(texts, draw, (260, 230), name, finding, caption or say("report.chart_season"))


def draw_growth(
    texts: Texts,
    growth: pd.DataFrame,
    *,
    finding: Message,
    name: str = "growth",
    caption: Message | None = None,
    column: str = "growth",
) -> Figure:
    """Return the change of each whole period (columns period and ``column``), the latest standing out."""
    draw = sketches.growth(texts, _known(growth, column, name), column)
    return drawn(texts, draw, (260, 240), name, finding, caption)


def draw_hazard(
    texts: Texts, found: pd.DataFrame, marked: Collection[int], *, finding: Message, caption: Message
) -> Figure:
    """Return the share of customers who leave by month of tenure (columns month, at_risk, hazard, low, high)."""
    shown = _known(worth_drawing(found), "hazard", "hazard")
    return drawn(texts, hazard(texts, shown, marked), (280, 250), "hazard", finding, caption)


def draw_review(
    texts: Texts, rows: Sequence[Standing], *, finding: Message, name: str = "review", caption: Message | None = None
) -> Figure:
    """Return each goal as a line in the middle, its figure as a dot, and what was promised as a bar."""
    if not rows:
        raise _nothing(name)
    height = 50 + 58 * len(rows)
    said = caption or say("report.chart_review", outer=OUTER)
    return drawn(texts, sketches.review(texts, rows), (height, height), name, finding, said)


def draw_ranges(
    texts: Texts, rows: Sequence[Span], unit: str, line: Level | None, *, finding: Message, name: str, caption: Message
) -> Figure:
    """Return ranges one above the other, and through all a line (None: no line): the goal, or nothing at all."""
    if not rows:
        raise _nothing(name)
    height = 60 + 58 * len(rows)
    return drawn(texts, ranges(texts, rows, unit, line), (height, height), name, finding, caption)


def draw_funnel(texts: Texts, rows: Sequence[Passage], *, finding: Message, name: str, caption: Message) -> Figure:
    """Return stages one above the other: how many deals entered each, and how many of them went on."""
    if not any(row.entered for row in rows):
        raise _nothing(name)
    height = 30 + 58 * len(rows)
    return drawn(texts, funnel(texts, rows), (height, height), name, finding, caption)


def draw_pace(
    texts: Texts,
    found: ToDate,
    outlook: Outlook,
    goal: Level,
    *,
    finding: Message,
    name: str = "pace",
    caption: Message | None = None,
) -> Figure:
    """Return what came of a running period beside what usually comes by each day, and the outlook's fan to its end."""
    course = course_of(found, outlook, goal.value)
    draw = draw_course(texts, found, course, found.kpi.unit, goal)
    return drawn(texts, draw, (340, 320), name, finding, caption)


def draw_waterfall(
    texts: Texts, drops: Sequence[Drop], unit: str, *, finding: Message, name: str, caption: Message
) -> Figure:
    """Return how one figure becomes another, step by step."""
    if not drops:
        raise _nothing(name)
    return drawn(texts, waterfall(texts, drops, unit), (height(drops), height(drops)), name, finding, caption)


def draw_fifths(
    texts: Texts, shares: Sequence[float], *, finding: Message, name: str = "fifths", caption: Message | None = None
) -> Figure:
    """Return how many figures fell in each fifth of what their outlooks had held possible, the worst fifth first."""
    draw = sketches.fifths(texts, shares)
    return drawn(texts, draw, (220, 200), name, finding, caption or say("report.chart_fifths"))


def draw_bridge(
    texts: Texts, bridge: pd.DataFrame, *, finding: Message, name: str = "bridge", caption: Message | None = None
) -> Figure:
    """Return how recurring revenue got from its start to its end over the months given (month, start, new, …, end)."""
    draw = sketches.bridge(texts, _known(bridge, "end", name))
    return drawn(texts, draw, (240, 240), name, finding, caption)


def draw_tenure(
    texts: Texts, people: pd.DataFrame, *, finding: Message, name: str = "tenure", caption: Message | None = None
) -> Figure:
    """Return how long people are in the job (columns rep, tenure_months, ramping); a large team is counted in bands."""
    if people.empty:
        raise _nothing(name)
    many = len(people) > MOST_PEOPLE
    draw = sketches.tenure_counts(texts, people) if many else sketches.tenure(texts, people)
    height = 20 + 30 * (6 if many else len(people))
    return drawn(texts, draw, (height, height), name, finding, caption)


def _known(frame: pd.DataFrame, column: str, name: str) -> pd.DataFrame:
    known = frame.dropna(subset=column)
    if known.empty:
        raise _nothing(name)
    return known


def _nothing(name: str) -> SalesGoalsError:
    return SalesGoalsError("A chart has nothing to show.", [Fault(f"chart {name}", "no rows", "a sentence instead")])
