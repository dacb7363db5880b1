"""What a chart shows of a frame, worked out before anything is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from salesgoals_kit.periods import month_number, month_start
from salesgoals_kit.words import Message

MOST_PEOPLE = 14  # by name; more are counted in bands
BANDS = {"first": (0, 6), "second": (6, 12), "third": (12, 24), "fourth": (24, 60), "fifth": (60, 1200)}  # months


@dataclass(frozen=True)
class Standing:
    """A goal and what came of it: the figure, and the range that held the middle 80 % of what was expected."""

    title: Message
    unit: str
    better: Literal["higher", "lower"]
    goal: float
    actual: float
    low: float | None = None
    high: float | None = None

    def beyond(self, value: float) -> float:
        """Return how far a value is beyond the goal, relative to it; positive is better, whichever way that is.

        >>> Standing(Message("x"), "days", "lower", 40, 30).beyond(30)
        0.25
        """
        far = (value - self.goal) / abs(self.goal) if self.goal else float("nan")
        return far if self.better == "higher" else -far


@dataclass(frozen=True)
class Span:
    """One row of a chart of ranges: what it is, its middle 80 %, its middle, and another figure to mark beside it.

    Where all three are one number it is known, and drawn as a stroke. ``tone``: it ``binds``, is ``chosen``, is
    neither, or is ``apart``: of another kind than the others, drawn hollow, and no reason to widen the chart.
    ``short``: what it is called where there is little room; None: as ever.
    """

    title: Message
    low: float
    middle: float
    high: float
    mark: float | None = None
    tone: Literal["plain", "binds", "chosen", "apart"] = "plain"
    short: Message | None = None


@dataclass(frozen=True)
class Step:
    """One row of a bridge: from where to where; start and end are places, not steps."""

    part: str
    begins: float
    ends: float


def recent(history: pd.DataFrame, months: int) -> pd.DataFrame:
    """Return the latest months: ``x`` (month number), value, and ``before``: the value of the month a year before."""
    known = pd.Series(
        history["value"].to_numpy(), index=[month_number(day.date()) for day in pd.to_datetime(history["month"])]
    )
    last = int(known.index.max())
    x = range(max(int(known.index.min()), last - months + 1), last + 1)
    before = known.reindex([month - 12 for month in x]).to_numpy()
    return pd.DataFrame({"x": list(x), "value": known.reindex(list(x)).to_numpy(), "before": before})


def bridge_steps(bridge: pd.DataFrame) -> list[Step]:
    """Return the steps of a bridge over all its months: what was there, what came, what went, what is there."""
    place = float(bridge["start"].iloc[0])
    steps = [Step("start", place, place)]
    for part, sign in (("new", 1), ("expansion", 1), ("contraction", -1), ("churn", -1)):
        moved = sign * float(bridge[part].sum())
        steps.append(Step(part, place, place + moved))
        place += moved
    end = float(bridge["end"].iloc[-1])
    return [*steps, Step("end", end, end)]


def tenure_bands(people: pd.DataFrame) -> list[tuple[str, int]]:
    """Return how many people are in each of the BANDS of time in the job; unknown ones last, where there are any."""
    months = people["tenure_months"].astype("float64")
    counts = [(band, int(((months >= low) & (months < high)).sum())) for band, (low, high) in BANDS.items()]
    unknown = int(months.isna().sum())
    return [*counts, ("unknown", unknown)] if unknown else counts


def month_ticks(first: int, last: int, every: int) -> list[int]:
    """Return the months that are named on an axis: every third, say, counted from January.

    >>> month_ticks(month_number(pd.Timestamp("2025-02-01")), month_number(pd.Timestamp("2025-08-01")), 3)
    [663, 666]
    """
    return [month for month in range(first, last + 1) if month % every == 0]


def named_months(ticks: Sequence[int]) -> list[tuple[int, bool]]:
    """Return each tick with whether its year is to be written: at the first, and whenever the year is new."""
    years = [month_start(tick).year for tick in ticks]
    return [(tick, i == 0 or years[i] != years[i - 1]) for i, tick in enumerate(ticks)]
