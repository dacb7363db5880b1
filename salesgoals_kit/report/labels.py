"""The words in a chart: short, of the company's locale, on as many lines as there is room for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from salesgoals_kit.periods import month_start
from salesgoals_kit.report import formats
from salesgoals_kit.report.blocks import level_message
from salesgoals_kit.report.quantities import Level, quantity
from salesgoals_kit.report.shapes import Span, Standing, Step, named_months, tenure_bands
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Change, Count, Message, Money, Name, Number, Value, say

_QUARTER = re.compile(r"(\d{4})(Q[1-4])")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


def value_label(texts: Texts, value: float, unit: str) -> str:
    """Return a figure of a KPI, as an axis or a label shows it."""
    return texts.text(quantity(value, unit))


def month_labels(texts: Texts, ticks: Sequence[int]) -> list[str]:
    """Return each month's short name, with the year below where it is new."""
    names = [formats.month(month_start(tick), texts.words, short=True) for tick in ticks]
    return [
        f"{name}\n{month_start(tick).year}" if new else name
        for name, (tick, new) in zip(names, named_months(ticks), strict=True)
    ]


def season_labels(texts: Texts, *, narrow: bool) -> list[str]:
    """Return January to December: short names, or single letters where there is no room."""
    names = texts.words.months["stand-alone"]["narrow" if narrow else "abbreviated"]
    return [str(names[month]) for month in range(1, 13)]


def period_label(texts: Texts, period: str) -> str:
    r"""Return a period's name on two lines.

    >>> period_label(Texts(), "2025Q1"), period_label(Texts(), "2025-03"), period_label(Texts(), "2025")
    ('Q1\n2025', 'Mar\n2025', '2025')
    """
    if found := _QUARTER.fullmatch(period):
        return f"{found[2]}\n{found[1]}"
    if found := _MONTH.fullmatch(period):
        day = pd.Timestamp(f"{period}-01").date()
        return f"{formats.month(day, texts.words, short=True)}\n{found[1]}"
    return period


def period_labels(texts: Texts, periods: Sequence[str]) -> list[str]:
    r"""Return the names of periods side by side: the year where it is new, and at the first if there is room for it.

    >>> period_labels(Texts(), ["2025Q3", "2025Q4", "2026Q1"])
    ['Q3\n2025', 'Q4', 'Q1\n2026']
    >>> period_labels(Texts(), ["2025Q4", "2026Q1", "2026Q2"]), period_labels(Texts(), ["2025", "2026"])
    (['Q4', 'Q1\n2026', 'Q2'], ['2025', '2026'])
    """
    years = [period[:4] for period in periods]
    crowded = len(set(years[:2])) == 2 and years[1:2] == years[2:3]
    new = [not crowded, *(year != before for before, year in pairwise(years))]
    said = [period_label(texts, period) for period in periods]
    return [text if told else text.partition("\n")[0] for text, told in zip(said, new, strict=True)]


def level_label(texts: Texts, level: Level, unit: str, *, narrow: bool) -> str:
    """Return a level with its value, and its chance where there is room."""
    shown = Level(level.name, level.value) if narrow else level
    return texts.text(level_message(shown, unit))


def beside(texts: Texts, value: float, other: float, unit: str) -> Value:
    """Return a figure that stands beside another: rates with as many decimals as it takes to tell the two apart.

    >>> Texts().text(beside(Texts(), 0.94894, 0.94907, "rate"))
    '94.89 %'
    """
    if unit != "rate":
        return quantity(value, unit)
    places = next((n for n in (1, 2, 3) if texts.percent(value, n) != texts.percent(other, n)), 1)
    return say("gap.plain", text=texts.percent(value, places))


def standing_label(texts: Texts, row: Standing) -> str:
    """Return a KPI with its figure and its goal."""
    actual, goal = (beside(texts, *pair, row.unit) for pair in ((row.actual, row.goal), (row.goal, row.actual)))
    return texts.text(say("report.chart_standing", kpi=row.title, actual=actual, goal=goal))


def span_label(texts: Texts, row: Span, unit: str, *, narrow: bool = False) -> str:
    """Return what a row of ranges is, and its range; its one figure where it is known, its mark where there is room."""
    title = row.title if row.short is None or not narrow else row.short
    low, high = quantity(row.low, unit), quantity(row.high, unit)
    if row.low == row.high:
        return texts.text(say("report.chart_known", title=title, value=low))
    if row.mark is not None and not narrow:
        said = say("report.chart_span_marked", title=title, low=low, high=high, mark=quantity(row.mark, unit))
        return texts.text(said)
    return texts.text(say("report.chart_span", title=title, low=low, high=high))


def step_labels(texts: Texts, step: Step) -> tuple[str, str]:
    """Return what a step of the bridge is called, and how much it was, signed."""
    moved = step.ends - step.begins
    still = step.part in ("start", "end")
    amount = texts.text(Money(step.ends if still else moved))
    return texts.text(Message(f"report.chart_bridge_{step.part}", {})), f"+{amount}" if moved > 0 else amount


def tenure_label(texts: Texts, months: float, ramping: bool) -> str:
    """Return how long somebody is in the job, and whether he still ramps."""
    if pd.isna(months):
        return texts.text(say("report.chart_tenure_unknown"))
    long = months >= 24
    time = Number(months / 12 if long else months, 1 if long and months < 120 else 0, "years" if long else "months")
    return texts.text(say("report.chart_ramping", time=time) if ramping else time)


def band_labels(texts: Texts, people: pd.DataFrame) -> list[tuple[str, int]]:
    """Return how many people are how long in the job, each band with its name."""
    return [(texts.text(Message(f"report.chart_band_{band}", {})), count) for band, count in tenure_bands(people)]


def name_label(texts: Texts, name: object) -> str:
    """Return a name that came with the data."""
    return texts.text(Name(str(name)))


def change_label(texts: Texts, change: float) -> str:
    """Return a relative change, signed."""
    return texts.text(Change(change))


def rate_label(texts: Texts, share: float) -> str:
    """Return a share in whole per cent."""
    return texts.percent(share, 0)


def count_label(texts: Texts, count: int) -> str:
    """Return a whole number."""
    return texts.text(Count(count))
