"""How long deals take, where the time goes, what takes longer than the rest, and which open deals are stale."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.insight.contrast import Contrast
from salesgoals_kit.insight.slow import slow
from salesgoals_kit.insight.stale import Stale, stale
from salesgoals_kit.insight.times import by_day, drawn_halves, drawn_medians, median_of, middle
from salesgoals_kit.kpis.covered import NOTHING, Span, months_in
from salesgoals_kit.kpis.cycles import Cycles, cycles, open_deals
from salesgoals_kit.kpis.pipeline import FEW
from salesgoals_kit.kpis.stays import Stays, stage_stays
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import month_name
from salesgoals_kit.words import Count, Message, Number, say


@dataclass(frozen=True)
class Cycle:
    """The cycle of all deals, of one type, product or size; days.

    ``half``: days by which half of the wins within the horizon had come, with its range (80 %); NaN where none came.
    ``mean``: of all deals closed, which is biased. ``deals`` were created, ``won`` within the horizon.
    """

    by: str
    name: str
    deals: int
    won: int
    half: float
    low: float
    high: float
    mean: float


@dataclass(frozen=True)
class StageTime:
    """How long deals stay in a stage: the median of days, open deals counted as far as they have come, and its range.

    NaN: more than half stay longer than any that was seen. ``share``: of all days that deals have spent in stages.
    ``still``: how many of the ``deals`` are in it.
    """

    stage: str
    median: float
    low: float
    high: float
    deals: int
    still: int
    share: float


@dataclass(frozen=True)
class CycleReport:
    """What is found of an owner's sales cycle. What the data lacks is empty, and named in ``lacking``.

    ``months``: the cohorts that count; ``whole``: of all deals, None where no cohort was followed to the ``horizon``;
    ``groups``: by type, product and size. ``stages`` in their usual order. ``contrasts``: what takes longer or less
    long than the rest; which of them are findings is for the report to decide.
    """

    owner: Owner
    horizon: int
    months: Span
    whole: Cycle | None
    groups: tuple[Cycle, ...]
    stages: tuple[StageTime, ...]
    stale: Stale | None
    contrasts: tuple[Contrast, ...]
    notes: tuple[Message, ...]
    lacking: tuple[Message, ...]

    @property
    def longest(self) -> StageTime | None:
        """The stage that most of the time goes to, of those that enough deals were in; None where none was."""
        known = [one for one in self.stages if one.deals >= FEW and not math.isnan(one.share)]
        return max(known, key=lambda stage: (stage.share, stage.stage), default=None)


def cycle_report(tables: Tables, owner: Owner = COMPANY) -> CycleReport:
    """Return the sales cycle of an owner as known at as_of."""
    found, opened, stays = cycles(tables, owner), open_deals(tables, owner), stage_stays(tables, owner)
    lacking = [] if found is not None else [say("cycle.no_dates")]
    lacking += [] if stays is not None else [say("cycle.no_stage_events")]
    old = None if opened is None else stale(opened)
    groups = () if found is None else _cycles(found, owner)
    return CycleReport(
        owner=owner,
        horizon=tables.company.cycle.horizon_days,
        months=NOTHING if found is None else found.months,
        whole=groups[0] if groups else None,
        groups=groups[1:],
        stages=() if stays is None else _stages(stays, owner),
        stale=old,
        contrasts=() if found is None else slow(found, owner),
        notes=tuple(
            [*_cohort_notes(found), *_open_notes(old, (opened is not None and opened.undated) or 0), *_back(stays)]
        ),
        lacking=tuple(lacking),
    )


def _cycles(found: Cycles, owner: Owner) -> tuple[Cycle, ...]:
    """Return the cycle of all deals, then of each group that won anything; nothing where no cohort was followed."""
    if not months_in(found.months):
        return ()
    rows = zip(*(found.groups[name] for name in ("by", "group", "deals", "won", "half", "mean")), strict=True)
    made = []
    for by, name, deals, won, half, mean in rows:
        wins = found.wins if by == "all" else found.wins[found.wins[by] == name]
        rng = np.random.default_rng(seed_of("cycle of group", owner, by, name))
        low, high = middle(drawn_halves(by_day(wins["day"], wins["wins"]), rng))
        if won or by == "all":
            made.append(Cycle(by, name, int(deals), int(won), float(half), low, high, float(mean)))
    return tuple(made)


def _stages(found: Stays, owner: Owner) -> tuple[StageTime, ...]:
    rows, made = found.stays, []
    whole = float((rows["days"] * (rows["left"] + rows["still"])).sum())
    for (_, stage), part in rows.groupby(["place", "stage"]):
        spent = float((part["days"] * (part["left"] + part["still"])).sum())
        made.append(_stage(str(stage), part, spent / whole if whole > 0 else math.nan, owner))
    return tuple(made)


def _stage(stage: str, rows: pd.DataFrame, share: float, owner: Owner) -> StageTime:
    last = int(rows["days"].max())
    left, still = (by_day(rows["days"], rows[name], last) for name in ("left", "still"))
    rng = np.random.default_rng(seed_of("stage", owner, stage))
    low, high = middle(drawn_medians(left, still, rng))
    deals = int(left.sum() + still.sum())
    return StageTime(stage, median_of(left, still), low, high, deals, int(still.sum()), share)


def _cohort_notes(found: Cycles | None) -> list[Message]:
    if found is None:
        return []
    horizon, said = Number(found.horizon, 0, "days"), []
    if not months_in(found.months):
        said.append(say("cycle.none_followed", horizon=horizon))
    elif found.months[1] < found.last:
        said.append(say("cycle.immature", since=month_name(found.months[1] + 1), horizon=horizon))
    closed = found.groups.iloc[0]
    if closed["mean"] == closed["mean"]:
        mean = Number(float(closed["mean"]), 0, "days")
        said.append(say("cycle.mean_biased", mean=mean, count=Count(int(closed["closed"]))))
    return said + ([say("cycle.undated", count=Count(found.undated))] if found.undated else [])


def _open_notes(found: Stale | None, undated: int) -> list[Message]:
    said = [say("cycle.too_few_won", few=Count(FEW))] if found is not None and found.all_types is None else []
    return said + ([say("cycle.open_undated", count=Count(undated))] if undated else [])


def _back(found: Stays | None) -> list[Message]:
    if found is None or not found.backwards:
        return []
    return [say("cycle.backwards", count=Count(found.backwards), of=Count(found.deals))]
