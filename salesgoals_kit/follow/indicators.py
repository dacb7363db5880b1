"""What comes before sales, so far: beside the same stretch of earlier periods, and beside what the goals need."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import ParamError
from salesgoals_kit.follow.curves import Calendar
from salesgoals_kit.follow.todate import ToDate
from salesgoals_kit.goals.activity import Range, activity_plan
from salesgoals_kit.goals.full_times import away_of, carries
from salesgoals_kit.kpis.byday import MOST_UNOWNED, STEPS, flow_by_day, steps_within, unowned
from salesgoals_kit.kpis.funnel import Coverage, coverage
from salesgoals_kit.kpis.needs import missing
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import LENGTH, Grain, Period, day_number, whole_periods
from salesgoals_kit.words import Message, Number, say

EARLIER: dict[Grain, int] = {"month": 6, "quarter": 4, "year": 2}  # periods that are looked back on
WON = STEPS[-1]  # the last step, which is the sale itself
OF_DEALS = ("opportunities", "pipeline")  # the steps that open deals are counted in
UNKNOWN = 0.1  # share of the deals that lack an amount, above which a sum of them tells nothing
Place = Literal["above", "usual", "below"]


@dataclass(frozen=True)
class Indicator:
    """One step so far: ``pipeline`` is money, all others are counts.

    ``usual`` is what the same stretch of earlier periods had: the least, the middle and the most of ``periods`` of them
    (None: none is known whole). ``needed`` is what the plan for the goals takes by now (None: there is no plan of this
    step); ``unknown`` deals of the pipeline have no amount.
    """

    step: str
    so_far: float
    usual: Range | None
    periods: int
    needed: Range | None
    unknown: int = 0

    @property
    def place(self) -> Place | None:
        """Whether it is more or less than all of the earlier periods had; None where none is known."""
        if self.usual is None:
            return None
        return "above" if self.so_far > self.usual.high else "below" if self.so_far < self.usual.low else "usual"

    @property
    def short(self) -> bool:
        """Whether even the low end of what the plan takes by now has not been done."""
        return self.needed is not None and self.so_far < self.needed.low


@dataclass(frozen=True)
class Indicators:
    """The steps before a sale in their order, the cover of what is still to be won, and what cannot be told.

    ``gone`` is how much of the period's working time is over; ``people`` how many reps' plans ``needed`` is of.
    """

    steps: tuple[Indicator, ...]
    gone: float
    people: int
    cover: Coverage | None
    lacking: tuple[Message, ...]

    @property
    def short(self) -> tuple[Indicator, ...]:
        """The steps of which clearly less was done than the plan takes."""
        return tuple(one for one in self.steps if one.short)


def indicators(
    tables: Tables,
    owner: Owner,
    period: Period,
    goals: Mapping[Owner, float],
    still_to_win: float | None,
    flow: ToDate | None = None,
) -> Indicators:
    """Return the leading indicators of an owner. ``goals`` are the revenue goals of the reps below it, by rep and team.

    ``still_to_win``: what is lacking to the owner's own goal (None: there is none). ``flow`` is its revenue so far:
    deals won come as sales usually do, late in a quarter, and what comes before them evenly. Without it, or where no
    usual course is known, they are counted evenly as well.
    """
    country, today = tables.company.country, day_number(tables.as_of)
    calendar = Calendar(period, country)
    gone = calendar.done(today) / max(len(calendar.days), 1)
    spans = [(day_number(period.start), today), *_stretches(period, country, gone, begins=_begins(tables, owner))]
    counts = steps_within(tables, owner, tuple(spans))
    sold = gone if flow is None or flow.share is None else flow.share[1]
    needed, people = _needed(tables, owner, period, goals, {WON: sold}, gone)
    whose = unowned(tables, owner) <= MOST_UNOWNED
    names = _in_order(name for name in counts["step"].unique() if whose or name not in OF_DEALS)
    found = [one for name in names if (one := _indicator(name, counts, spans, needed.get(name), tables)) is not None]
    return Indicators(
        steps=tuple(found),
        gone=gone,
        people=people,
        cover=_cover(tables, owner, period, still_to_win) if whose else None,
        lacking=(*_lacking(names, tables, whose=whose), *_unshown(names, found)),
    )


def _begins(tables: Tables, owner: Owner) -> int:
    """Return the first month that is whole of an owner's sales, by number: what a team did before it was is nothing."""
    flow = flow_by_day(tables, owner, "revenue")
    return 0 if flow is None else flow.first


def _stretches(period: Period, country: str | None, gone: float, *, begins: int = 0) -> list[tuple[int, int]]:
    """Return the same part of the working days of the periods before, from the month ``begins`` on, as days."""
    last, many = period.first - 1, EARLIER[period.grain]
    first = max(last - many * LENGTH[period.grain] + 1, begins)
    earlier = whole_periods(period.grain, first, last, period.fiscal_year_starts) if first <= last else []
    found = []
    for one in reversed(earlier):
        days = Calendar(one, country).days
        over = round(gone * len(days))
        end = day_number(one.end) if over >= len(days) else days[over - 1] if over else day_number(one.start) - 1
        found.append((day_number(one.start), end))
    return found


def _indicator(
    name: str, counts: pd.DataFrame, spans: Sequence[tuple[int, int]], needed: Range | None, tables: Tables
) -> Indicator | None:
    own = counts[counts["step"] == name]
    done = dict(zip(own["first"].tolist(), own["count"].tolist(), strict=True))
    begins = spans[0][0]
    if begins not in done:
        return None
    unit = tables.company.minor_units if name == "pipeline" else 1
    blank = _unpriced(counts, own) if name == "pipeline" else {}
    unknown, share = blank.get(begins, (0, 0.0))
    like = [first for first, _ in spans[1:] if first in done and max(share, blank.get(first, (0, 0.0))[1]) <= UNKNOWN]
    before = [done[first] / unit for first in like]
    usual = Range(min(before), float(np.median(before)), max(before)) if before else None
    return None if share == 1 else Indicator(name, done[begins] / unit, usual, len(before), needed, unknown)


def _unpriced(counts: pd.DataFrame, own: pd.DataFrame) -> dict[int, tuple[int, float]]:
    """Return how many of the deals created in each span have no amount, and which share of them that is."""
    created = counts[counts["step"] == "opportunities"]
    both = created.merge(own, on="first", suffixes=("", "_priced"))
    rows = zip(both["first"].tolist(), both["count"].tolist(), both["known_priced"].tolist(), strict=True)
    return {first: (many - known, (many - known) / max(many, 1)) for first, many, known in rows}


def _needed(
    tables: Tables, owner: Owner, period: Period, goals: Mapping[Owner, float], by_now: Mapping[str, float], gone: float
) -> tuple[dict[str, Range], int]:
    """Return what the reps' plans take together ``by_now``, by step: else a steady flow over their working days."""
    if not tables.has("deals") or not goals:
        return {}, 0
    times = carries(tables, owner, period, away_of(tables.company))
    sums: dict[str, list[Range]] = {}
    people = 0
    for rep, goal in goals.items():
        if rep not in times:
            continue
        try:
            plan = activity_plan(tables, rep, period, goal, there=times[rep].now)
        except ParamError:  # he is not there any more
            continue
        people += bool(plan.steps)
        for step in plan.steps:
            sums.setdefault(step.name, []).append(step.needed)
    return {name: _sum(parts, by_now.get(name, gone)) for name, parts in sums.items()}, people


def _sum(parts: Iterable[Range], gone: float) -> Range:
    rows = np.array([(part.low, part.middle, part.high) for part in parts])
    low, middle, high = rows.sum(axis=0) * gone
    return Range(float(low), float(middle), float(high))


def _cover(tables: Tables, owner: Owner, period: Period, still_to_win: float | None) -> Coverage | None:
    """Return how far open deals cover what is still to be won; None where there is nothing to win, or no deals."""
    if still_to_win is None or still_to_win <= 0 or missing("coverage", tables, owner):
        return None
    found = coverage(tables, owner, period, 1.0)  # of any amount it is the same but for the last step
    return Coverage(found.pipeline, still_to_win, found.pipeline / still_to_win, found.needed, found.dated, found.notes)


def cover_sentence(found: Coverage) -> Message | None:
    """Return whether the open pipeline covers what is still to be won as far as the own win rate takes."""
    if not math.isfinite(found.value) or not math.isfinite(found.needed):
        return None
    name = "tracking.cover_enough" if found.value >= found.needed else "tracking.cover_thin"
    return Message(name, {"value": Number(found.value, 1, "times"), "needed": Number(found.needed, 1, "times")})


def _in_order(names: Iterable[object]) -> list[str]:
    """Return the steps in the order in which they are done; activities before the deals won."""
    known = [str(name) for name in names]
    kinds = sorted(name for name in known if name not in STEPS)
    return [*(name for name in STEPS[:-1] if name in known), *kinds, *(name for name in STEPS[-1:] if name in known)]


def _unshown(names: Sequence[str], found: Sequence[Indicator]) -> list[Message]:
    """Return that the pipeline created is not known, where no deal created has an amount."""
    shown = {one.step for one in found}
    unpriced = {"opportunities", "pipeline"} - shown == {"pipeline"} and "pipeline" in names
    return [say("tracking.lacks_amounts")] if unpriced else []


def _lacking(names: Sequence[str], tables: Tables, *, whose: bool) -> tuple[Message, ...]:
    """Return which steps cannot be told, and the table that would; ``whose``: whose the open deals are is known."""
    said = [] if "leads" in names else [say("tracking.lacks_leads")]
    if not whose:
        said.append(say("tracking.lacks_owners"))
    elif "opportunities" not in names:
        said.append(say("tracking.lacks_deals"))
    if not set(names) - set(STEPS):
        said.append(say("tracking.lacks_start") if tables.has("activities") else say("tracking.lacks_activities"))
    return tuple(said)
