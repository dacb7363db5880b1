"""How each chart is drawn on an axes of a size: functions that `charts` calls once for desks and once for phones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.report import labels, shapes
from salesgoals_kit.report.canvas import Size
from salesgoals_kit.report.palette import LIGHT
from salesgoals_kit.report.pencil import Axes, change_bars, label_ends, month_axis, row_names, value_axis, write
from salesgoals_kit.report.quantities import Level
from salesgoals_kit.report.shapes import Standing
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import say

Draw = Callable[[Axes, Size], None]
PERSON = ("rep", "tenure_months", "ramping")


def history(texts: Texts, shown: pd.DataFrame, unit: str) -> Draw:
    """Draw months (x, value), and faint behind them the same months a year before."""
    latest = float(shown["value"].iloc[-1])
    before = shown["before"].dropna()
    marks = [(latest, labels.value_label(texts, latest, unit), LIGHT["ink"])]
    if len(before):
        marks.append((float(before.iloc[-1]), texts.text(say("report.chart_year_before")), LIGHT["soft"]))

    def draw(ax: Axes, size: Size) -> None:
        ax.plot(shown["x"], shown["before"], color=LIGHT["faint"], linewidth=1.5)
        ax.plot(shown["x"], shown["value"], color=LIGHT["ink"], linewidth=2)
        value_axis(ax, texts, unit)
        month_axis(ax, texts, shown["x"].tolist(), size)
        label_ends(ax, float(shown["x"].iloc[-1]), marks, size)

    return draw


def outlook(texts: Texts, past: pd.DataFrame, found: Outlook, levels: Sequence[Level]) -> Draw:
    """Draw whole periods as bars, then the range of the next, with its levels."""
    before = found.period.year_before().name

    def draw(ax: Axes, size: Size) -> None:
        rows = past.tail(4 if size.narrow else 8)
        names = [*rows["period"].astype(str), found.period.name]
        colours = [LIGHT["soft" if period == before else "faint"] for period in names[:-1]]
        ax.bar(range(len(rows)), rows["value"], width=0.6, color=colours)
        _range_bar(ax, found, len(rows))
        inks = [LIGHT["ink" if level.name == "agreed" else "goal"] for level in levels]
        ax.hlines([level.value for level in levels], len(rows) - 0.3, len(rows) + 0.45, inks, linewidth=2)
        value_axis(ax, texts, found.unit)
        ax.set_xlim(-0.5, len(rows) + 0.45)
        ax.set_xticks(range(len(names)), labels.period_labels(texts, names))
        marks = [
            (level.value, labels.level_label(texts, level, found.unit, narrow=size.narrow), ink)
            for level, ink in zip(levels, inks, strict=True)
        ]
        label_ends(ax, len(rows) + 0.45, marks, size)

    return draw


def months_ahead(texts: Texts, shown: pd.DataFrame, found: Outlook, goals: Sequence[Sequence[float]]) -> Draw:
    """Draw the latest months, as a fan what can be expected of those to come, and goals month by month."""
    last, known = int(shown["x"].iloc[-1]), float(shown["value"].iloc[-1])
    fan = np.hstack([np.full((len(found.fan), 1), known), found.fan])
    ahead = last + np.arange(fan.shape[1])

    def draw(ax: Axes, size: Size) -> None:
        ax.fill_between(ahead, fan[0], fan[4], color=LIGHT["band"], linewidth=0)
        ax.fill_between(ahead, fan[1], fan[3], color=LIGHT["core"], linewidth=0)
        ax.plot(ahead, fan[2], color=LIGHT["goal"], linewidth=2)
        for goal in goals:
            marked = ahead[len(ahead) - len(goal) :]
            ax.hlines(goal, marked - 0.4, marked + 0.4, LIGHT["ink"], linewidth=1.5)
        ax.plot(shown["x"], shown["value"], color=LIGHT["ink"], linewidth=2)
        value_axis(ax, texts, found.unit)
        month_axis(ax, texts, [*shown["x"], *ahead], size)
        places = [float(fan[row, -1]) for row in (0, 2, 4)]
        marks = [(place, labels.value_label(texts, place, found.unit), LIGHT["goal"]) for place in places]
        label_ends(ax, int(ahead[-1]), marks, size)

    return draw


def season(texts: Texts, profile: pd.DataFrame) -> Draw:
    """Draw the months of a usual year against its mean, the busiest and the slowest standing out."""
    change = profile.sort_values("month")["factor"].to_numpy(dtype="float64") - 1
    told = {int(change.argmax()): LIGHT["goal"], int(change.argmin()): LIGHT["ink"]}
    colours = [told.get(month, LIGHT["faint"]) for month in range(len(change))]

    def draw(ax: Axes, size: Size) -> None:
        written = [month for month in range(len(change)) if month in told or not size.narrow]
        said = {month: labels.change_label(texts, float(change[month])) for month in written}
        change_bars(ax, change, colours, said, size)
        ax.set_xticks(range(len(change)), labels.season_labels(texts, narrow=size.narrow))

    return draw


def growth(texts: Texts, rows: pd.DataFrame, column: str) -> Draw:
    """Draw the change of each period, the latest standing out."""

    def draw(ax: Axes, size: Size) -> None:
        shown = rows.tail(5 if size.narrow else 10)
        change = shown[column].to_numpy(dtype="float64")
        colours = [LIGHT["faint"]] * (len(change) - 1) + [LIGHT["goal"]]
        said = {place: labels.change_label(texts, float(value)) for place, value in enumerate(change)}
        change_bars(ax, change, colours, said, size)
        ax.set_xticks(range(len(change)), labels.period_labels(texts, shown["period"].astype(str).tolist()))

    return draw


def review(texts: Texts, rows: Sequence[Standing]) -> Draw:
    """Draw every goal on one line, figures as dots and promised ranges as bars; right of the line is better."""
    far = [row.beyond(value) for row in rows for value in (row.actual, row.low, row.high) if value is not None]
    reach = min(max([0.1, *(abs(value) for value in far)]), 1.0) * 1.08

    def draw(ax: Axes, size: Size) -> None:
        ax.vlines([0] * len(rows), np.arange(len(rows)) - 0.2, np.arange(len(rows)) + 0.2, LIGHT["ink"], zorder=2)
        for y, row in enumerate(rows):
            if row.low is not None and row.high is not None:
                ends = np.clip([row.beyond(row.low), row.beyond(row.high)], -reach, reach)
                ax.plot(ends, [y, y], color=LIGHT["band"], linewidth=9, solid_capstyle="butt", zorder=1)
            place = row.beyond(row.actual)
            colour = LIGHT["goal" if place >= 0 else "warn"]
            ax.plot(np.clip(place, -reach, reach), y, "o", markersize=9, color=colour, clip_on=False, zorder=3)
            write(ax, -reach, y, labels.standing_label(texts, row), size, by=(0, 20))
        ax.set(xlim=(-reach, reach), ylim=(len(rows) - 0.6, -0.85), yticks=[])
        worse, better = (labels.change_label(texts, side * reach / 2) for side in (-1, 1))
        ax.set_xticks([-reach / 2, 0, reach / 2], [worse, texts.text(say("report.chart_goal")), better])

    return draw


def fifths(texts: Texts, shares: Sequence[float]) -> Draw:
    """Draw how many figures fell in each fifth of what had been held possible, and a line where all fifths are even."""
    said = {place: labels.rate_label(texts, share) for place, share in enumerate(shares)}
    ends = [texts.text(say("report.chart_worst")), texts.text(say("report.chart_best"))]

    def draw(ax: Axes, size: Size) -> None:
        change_bars(ax, np.array(shares), [LIGHT["core"]] * len(shares), said, size)
        ax.axhline(1 / len(shares), color=LIGHT["goal"], linewidth=2)
        ax.set_xticks([0, len(shares) - 1], ends)

    return draw


def bridge(texts: Texts, months: pd.DataFrame) -> Draw:
    """Draw what came and what went as steps from the start to the end."""
    steps = shapes.bridge_steps(months)
    said = [labels.step_labels(texts, step) for step in steps]

    def draw(ax: Axes, size: Size) -> None:
        for y, (step, (_, amount)) in enumerate(zip(steps, said, strict=True)):
            gain = step.ends >= step.begins
            ax.barh(y, step.ends - step.begins, left=step.begins, height=0.5, color=LIGHT["core" if gain else "warn"])
            if y + 1 < len(steps):
                ax.plot([step.ends] * 2, [y + 0.25, y + 0.75], color=LIGHT["soft"], linewidth=1)
            if step.part in ("start", "end"):
                ax.plot([step.ends] * 2, [y - 0.3, y + 0.3], color=LIGHT["ink"], linewidth=4)
            write(ax, max(step.begins, step.ends), y, amount, size, by=(8, 0))
        row_names(ax, [part for part, _ in said], size)

    return draw


def tenure(texts: Texts, people: pd.DataFrame) -> Draw:
    """Draw how long each of a few people is in the job, those who still ramp standing out."""
    ordered = people.sort_values(["tenure_months", "rep"], ascending=[False, True], na_position="last")
    rows = list(zip(*(ordered[column] for column in PERSON), strict=True))

    def draw(ax: Axes, size: Size) -> None:
        for y, (_, months, ramping) in enumerate(rows):
            length = 0.0 if pd.isna(months) else float(months)
            ax.barh(y, length, height=0.6, color=LIGHT["warn" if ramping == 1 else "faint"])
            write(ax, length, y, labels.tenure_label(texts, months, ramping == 1), size, by=(6, 0))
        row_names(ax, [labels.name_label(texts, rep) for rep, *_ in rows], size)

    return draw


def tenure_counts(texts: Texts, people: pd.DataFrame) -> Draw:
    """Draw how many of many people are how long in the job."""
    bands = labels.band_labels(texts, people)

    def draw(ax: Axes, size: Size) -> None:
        for y, (_, count) in enumerate(bands):
            ax.barh(y, count, height=0.6, color=LIGHT["faint"])
            write(ax, count, y, labels.count_label(texts, count), size, by=(6, 0))
        row_names(ax, [text for text, _ in bands], size)

    return draw


def _range_bar(ax: Axes, found: Outlook, x: float) -> None:
    """Draw the middle 80 % and 50 % of an outlook."""
    for low, high, colour in ((0.1, 0.9, "band"), (0.25, 0.75, "core")):
        ends = found.quantile(low), found.quantile(high)
        ax.bar(x, ends[1] - ends[0], bottom=ends[0], width=0.6, color=LIGHT[colour])
