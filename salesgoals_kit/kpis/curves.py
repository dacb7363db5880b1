"""Winning day by day after a deal is created: cumulative incidence, with losing competing and open deals censored.

Aalen-Johansen on daily counts (Aalen & Johansen 1978; Putter, Fiocco & Geskus 2007, section 3). A deal that was
already under way when the data begins, which is when the first deal closes in it, enters late: the deals of its day
that had closed before were never seen.
"""

from __future__ import annotations

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed, once
from salesgoals_kit.kpis.months import Clock
from salesgoals_kit.kpis.scope import By, Scope, Spans, collected, count, extent, flag, monthly
from salesgoals_kit.kpis.spans import grid, group_frame, measured, summed
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import day_number, day_of, last_whole_month, month_end, month_name, month_number
from salesgoals_kit.words import Count, Message, Number, say

EXACT = 1e-9  # half of the wins is reached when the curve is there but for rounding
SEEN = ("entry", "leave", "won", "lost", "deals")
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@once
def cohort_counts(scope: Scope, by: By) -> pd.DataFrame:
    """Return the owner's deals with a known creation day, counted by the days on which they were seen.

    Columns by, ``month`` of creation, ``entry`` and ``leave`` (first and last day seen, in days after creation),
    ``won`` and ``lost`` (1 or 0; neither: still open at as_of) and ``deals``.
    """
    begins = data_begins(scope)
    created = nw.col("created_at_day")
    deals = scope.rows("deals").filter(~created.is_null() & (nw.col("closed_at_day").fill_null(scope.as_of) >= created))
    seen = deals.select(
        *by,
        nw.col("created_at_month").alias("month"),
        nw.when(created < begins).then(begins - created).otherwise(nw.lit(0)).cast(nw.Int64).alias("entry"),
        (nw.col("closed_at_day").fill_null(scope.as_of) - created).cast(nw.Int64).alias("leave"),
        flag(nw.col("status") == "won").alias("won"),
        flag(nw.col("status") == "lost").alias("lost"),
    )
    return collected(seen.group_by(*seen.collect_schema().names()).agg(nw.len().alias("deals")))


@once
def data_begins(scope: Scope) -> int:
    """Return the day number of the earliest closing in the company's data; as_of where nothing has closed."""
    days = extent(scope.tables.frame("deals"), ("closed_at",))
    return days[0] if days else scope.as_of


def aalen_johansen(counts: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """Return the curve of one cohort: columns day (0 to horizon), at_risk, won, lost, winning, losing, open.

    ``winning``, ``losing`` and ``open`` are the shares of deals that are won, lost or still open after each day; they
    add up to 1. They are NaN from the first day on which no open deal is seen although some must exist.
    """
    seen = counts[list(SEEN)].to_numpy(dtype="int64")
    return pd.DataFrame({"day": np.arange(horizon + 1), **_incidence(seen, horizon)})


def _incidence(counts: Ints, horizon: int) -> dict[str, Ints | Floats]:
    """Return the columns of the curve but for the day; ``counts`` has the columns SEEN."""
    days = horizon + 1
    entry, leave, won_of, lost_of, deals = counts[counts[:, 0] <= np.minimum(counts[:, 1], horizon)].T
    entered = _by_day(entry, deals, days)
    left = _by_day(leave + 1, deals, days)
    won = _by_day(leave, deals * won_of, days)
    lost = _by_day(leave, deals * lost_of, days)
    at_risk = np.cumsum(entered) - np.cumsum(left)
    known = np.maximum(at_risk, 1)
    still = np.cumprod((known - won - lost) / known)
    before = np.concatenate([[1.0], still[:-1]])
    unseen = np.logical_or.accumulate((at_risk == 0) & (before > 0))
    shares = {"winning": np.cumsum(before * won / known), "losing": np.cumsum(before * lost / known), "open": still}
    told = {name: np.where(unseen, np.nan, share) for name, share in shares.items()}
    return {"at_risk": at_risk, "won": won, "lost": lost, **told}


def _by_day(day: Ints, deals: Ints, days: int) -> Ints:
    within = day < days
    return np.bincount(day[within], weights=deals[within], minlength=days).astype("int64")


def win_curve(
    tables: Tables, span: tuple[int, int], owner: Owner = COMPANY, horizon: int | None = None, by: By = ()
) -> pd.DataFrame:
    """Return the win-by-day curve of the deals created in the months of the span, by group.

    Columns by and those of ``aalen_johansen``. ``horizon`` is company.cycle.horizon_days unless given. A cohort that
    was not followed so far has NaN after the last day on which one of its deals was seen.
    """
    counts = cohort_counts(Scope(tables, owner), by)
    counts = counts[counts["month"].between(*span)]
    days = horizon or tables.company.cycle.horizon_days
    if not by:
        return aalen_johansen(counts, days)
    curves = []
    for _, group in counts.groupby(list(by), dropna=False):
        curve = aalen_johansen(group, days)
        for i, name in enumerate(by):
            curve.insert(i, name, group[name].iloc[0])
        curves.append(curve)
    return pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=[*by, "day", "winning"])


def cycle_days(scope: Scope, spans: Spans, by: By) -> pd.DataFrame:
    """Return the days by which half of the wins within the horizon had come, for deals created in each span, by group.

    NaN for a cohort that was not followed to the horizon (immature), that won nothing, or whose first days were
    before the data begins.
    """
    counts = cohort_counts(scope, by)
    answer = grid(counts, spans, by)
    groups = group_frame(counts, by).assign(place=lambda frame: range(len(frame)))
    place = counts.merge(groups, how="left", on=list(by))["place"].to_numpy() if by else np.zeros(len(counts))
    wanted = answer.merge(groups, how="left", on=list(by)) if by else answer.assign(place=0)
    month, seen = counts["month"].to_numpy(), counts[list(SEEN)].to_numpy(dtype="int64")
    halves = [
        _cycle(scope, seen[(place == group) & (month >= first) & (month <= last)], last)
        for first, last, group in zip(wanted["first"], wanted["last"], wanted["place"], strict=True)
    ]
    return measured(answer.assign(numerator=pd.Series(halves, dtype="float64")), by)


def _cycle(scope: Scope, cohort: Ints, last: int) -> float:
    horizon = scope.company.cycle.horizon_days
    if not len(cohort) or last > last_followed(scope):
        return np.nan
    return _half_of(np.asarray(_incidence(cohort, horizon)["winning"]))


def half_time(curve: pd.DataFrame) -> float:
    """Return the first day of a curve by which half of the wins at its end had come; NaN where there are none."""
    return _half_of(curve["winning"].to_numpy())


def _half_of(winning: Floats) -> float:
    if not winning[-1] > 0:
        return np.nan
    return float(np.argmax(winning >= winning[-1] / 2 - EXACT))


def last_followed(scope: Scope) -> int:
    """Return the latest month whose deals have all been followed to the horizon at as_of."""
    horizon = scope.company.cycle.horizon_days
    month = month_number(day_of(scope.as_of - horizon))
    return month if day_number(month_end(month)) + horizon <= scope.as_of else month - 1


def mean_cycle(tables: Tables, spans: Spans, by: By = (), owner: Owner = COMPANY) -> pd.DataFrame:
    """Return the mean days from creation to closing, over deals closed in each span, by group.

    It is biased and called so: deals that take long are still open, and are not in it.
    """
    deals = Scope(tables, owner).rows("deals")
    closed = deals.filter((nw.col("status") != "open") & ~nw.col("created_at_day").is_null())
    took = nw.col("closed_at_day") - nw.col("created_at_day")
    parts = monthly(closed.filter(took >= 0), "closed_at_month", by, numerator=took, denominator=flag(took >= 0))
    return measured(summed(parts, spans, by), by)


@handed
def usual_cycle(tables: Tables, owner: Owner = COMPANY, months: int = 12) -> tuple[float, float]:
    """Return in days the half time of the latest cohorts that were followed to the horizon, and their biased mean.

    The cohorts are those of so many months; NaN where there is none.
    """
    last = last_followed(Scope(tables, owner))
    span = (last - months + 1, last)
    return half_time(win_curve(tables, span, owner)), float(mean_cycle(tables, [span], (), owner)["value"].iloc[0])


def cycle_remarks(scope: Scope, first: int, last: int) -> list[Message]:
    """Return the horizon, the biased mean beside the measure, and which deals are in no cohort or an immature one."""
    said = [say("kpis.cycle_horizon", horizon=Number(scope.company.cycle.horizon_days, 0, "days"))]
    followed = last_followed(scope)
    if followed < last_whole_month(scope.tables.as_of):
        said.append(say("kpis.cycle_immature", since=month_name(followed + 1)))
    mean = mean_cycle(scope.tables, [(first, month_number(scope.tables.as_of))], (), scope.owner)["value"].iloc[0]
    said += [say("kpis.cycle_mean_biased", mean=Number(float(mean), 1, "days"))] if mean > 0 else []
    undated = count(scope.rows("deals").filter(nw.col("created_at_day").is_null()))
    return said + ([say("kpis.deals_without_creation", count=Count(undated))] if undated else [])


def cycle_clocks(scope: Scope) -> list[Clock]:
    """Return by which events to tell which cohorts are whole: created since the data begins, and followed."""
    return [Clock("deals", ("closed_at",)), Clock("deals", ("created_at",), until=last_followed(scope))]
