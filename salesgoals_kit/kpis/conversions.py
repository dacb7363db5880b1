"""What reps made of what they did: activities, qualified leads, opportunities, deals decided and won, and their size.

Counts alone, rep by rep; rates are estimated from them elsewhere. Open deals count nowhere as lost: winning is counted
among deals decided (by closing day), and leads only in cohorts that have had the time to become deals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.kpis.months import first_whole
from salesgoals_kit.kpis.scope import By, Frame, collected, flag, totals
from salesgoals_kit.periods import day_number, day_of, last_whole_month, month_end, month_number
from salesgoals_kit.words import Count, Message, Number, say

WINDOW = 12  # months that are looked back on
IN_TIME = 0.95  # of the leads that become deals have become one within the days a cohort is given
LAST_DAYS = 22  # a table whose last event falls on this day of a month or later has that month whole
UNIT: By = ("rep", "team")
COUNTS = ("decided", "won", "traced", "led", "opened", "qualified", "converted")


@dataclass(frozen=True)
class Conversions:
    """Counts of a trailing window of whole months, one row for each rep and team (None: unknown, or nobody's).

    ``units``: rep, team, ``decided`` and ``won`` (deals closed in the window), ``traced`` and ``led`` (those of the
    decided whose lead would be known, and that have one), ``opened`` (deals created in the months of activities),
    ``qualified`` and ``converted`` (leads of the mature cohorts, and those of them with a deal). ``sizes``: rep, team,
    ``deals`` won with an amount, ``total`` and ``squares`` of their amounts in currency units. ``activities``: rep,
    team, kind, ``count``. A rep who is here now has his present team in all rows. ``months``, ``lead_months`` and
    ``activity_months`` are first and last month numbers; None where there is no such table, or no whole month of it.
    """

    units: pd.DataFrame
    sizes: pd.DataFrame
    activities: pd.DataFrame
    months: tuple[int, int]
    lead_months: tuple[int, int] | None
    activity_months: tuple[int, int] | None
    notes: tuple[Message, ...]

    @property
    def kinds(self) -> list[str]:
        """The kinds of activities there are, the most frequent first."""
        sums = self.activities.groupby("kind")["count"].sum()
        return sorted((str(kind) for kind in sums.index), key=lambda kind: (-int(sums[kind]), kind))


@handed
def conversions(tables: Tables, months: int = WINDOW) -> Conversions:
    """Return what all reps made of what they did in the last so many whole months. It needs the table deals.

    A cohort of leads is mature when 95 % of the leads that became deals (among those qualified a horizon ago) would
    have become one by now. Without creation days the deals decided stand for those created.
    """
    last = last_whole_month(tables.as_of)
    window = (last - months + 1, last)
    lead_days = _lead_days(tables)
    leads = None if lead_days is None else _mature(tables, months, lead_days)
    active = _whole_months(tables, "activities", window)
    parts = [_decided(tables, window), _opened(tables, active or window)]
    parts += [] if leads is None else [_qualified(tables, leads)]
    placed = _Places(tables)
    units = placed.rows(_joined(parts), [*COUNTS])
    sizes = placed.rows(_sizes(tables, window), ["deals", "total", "squares"])
    done = placed.rows(_done(tables, active), ["count"], (*UNIT, "kind"))
    notes = _notes(tables, units, sizes, lead_days)
    return Conversions(units, sizes, done, window, leads, active, notes)


def _decided(tables: Tables, window: tuple[int, int]) -> pd.DataFrame:
    """Return by rep and team the deals decided and won, and of those whose lead would be known those that have one."""
    deals = _of(tables, "deals", "closed_at", window).filter(nw.col("status") != "open")
    one = flag(~nw.col("deal_id").is_null())
    if not tables.has("leads") or "leads" not in tables.coverage:
        return totals(deals, UNIT, decided=one, won=flag(nw.col("status") == "won"))
    since = day_number(tables.coverage["leads"][0])
    came = tables.frame("leads").filter(~nw.col("deal_id").is_null()).select("deal_id").unique()
    traced = deals.join(came.with_columns(nw.lit(1).alias("_led")), on="deal_id", how="left")
    known = nw.col("created_at_day").fill_null(since) >= since
    led = known & ~nw.col("_led").is_null()
    return totals(traced, UNIT, decided=one, won=flag(nw.col("status") == "won"), traced=flag(known), led=flag(led))


def _opened(tables: Tables, window: tuple[int, int]) -> pd.DataFrame:
    dated = "created_at" if "created_at" in tables.columns("deals") else "closed_at"
    return totals(_of(tables, "deals", dated, window), UNIT, opened=flag(~nw.col("deal_id").is_null()))


def _qualified(tables: Tables, window: tuple[int, int]) -> pd.DataFrame:
    leads = _with_deals(tables, _of(tables, "leads", "qualified_at", window))
    lead, deal = flag(~nw.col("lead_id").is_null()), flag(~nw.col("_born").is_null())
    return totals(leads, UNIT, qualified=lead, converted=deal)


def _sizes(tables: Tables, window: tuple[int, int]) -> pd.DataFrame:
    deals = _of(tables, "deals", "closed_at", window).filter((nw.col("status") == "won") & ~nw.col("amount").is_null())
    won = collected(deals.select(*UNIT, "amount"))
    won["amount"] = won["amount"].astype("float64") / tables.company.minor_units
    found = won.assign(squares=won["amount"] ** 2).groupby(list(UNIT), dropna=False, as_index=False)
    return found.agg(deals=("amount", "size"), total=("amount", "sum"), squares=("squares", "sum"))


def _done(tables: Tables, window: tuple[int, int] | None) -> pd.DataFrame:
    if window is None:
        return pd.DataFrame(columns=[*UNIT, "kind", "count"])
    rows = _of(tables, "activities", "happened_at", window)
    return totals(rows, (*UNIT, "kind"), count=flag(~nw.col("activity_id").is_null()))


def _of(tables: Tables, table: str, day: str, window: tuple[int, int]) -> Frame:
    return tables.frame(table).filter((nw.col(f"{day}_month") >= window[0]) & (nw.col(f"{day}_month") <= window[1]))


def _with_deals(tables: Tables, leads: Frame) -> Frame:
    """Return leads with ``_born``, the day their deal was created or, if that is unknown, closed; null without one."""
    born = nw.col("created_at_day").fill_null(nw.col("closed_at_day"))
    deals = tables.frame("deals").select("deal_id", born.alias("_born"))
    return leads.join(deals, on="deal_id", how="left")


def _lead_days(tables: Tables) -> int | None:
    """Return within how many days after they are qualified leads become deals; None where none is seen to."""
    if not tables.has("leads") or not {"qualified_at", "deal_id"} <= tables.columns("leads"):
        return None
    linked = _with_deals(tables, tables.frame("leads")).filter(
        ~nw.col("_born").is_null() & ~nw.col("qualified_at_day").is_null()
    )
    days = collected(linked.select("qualified_at_day", "_born"))
    old = days["qualified_at_day"] <= day_number(tables.as_of) - tables.company.cycle.horizon_days
    took = np.sort((days["_born"] - days["qualified_at_day"])[old if old.any() else old | True].clip(lower=0))
    return int(took[math.ceil(IN_TIME * len(took)) - 1]) if len(took) else None


def _mature(tables: Tables, months: int, days: int) -> tuple[int, int] | None:
    """Return the months of the latest cohorts of leads that have had so many days to become deals."""
    until = day_of(day_number(tables.as_of) - days)
    last = last_whole_month(until)
    return _whole_months(tables, "leads", (last - months + 1, last))


def _whole_months(tables: Tables, table: str, window: tuple[int, int]) -> tuple[int, int] | None:
    """Return the months of the window that a table has whole."""
    span = tables.coverage.get(table) if tables.has(table) else None
    if span is None:
        return None
    ends = month_number(span[1]) - (month_end(month_number(span[1])) > span[1] and span[1].day < LAST_DAYS)
    first, last = max(window[0], first_whole(span[0])), min(window[1], ends)
    return (first, last) if first <= last else None


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the sums of all parts by rep and team; 0 where a part says nothing."""
    rows = pd.concat(parts, ignore_index=True).reindex(columns=[*UNIT, *COUNTS])
    rows[list(COUNTS)] = rows[list(COUNTS)].fillna(0).astype("int64")
    return rows


class _Places:
    """Where reps are now."""

    def __init__(self, tables: Tables) -> None:
        people = make_up(tables).people
        self.team_of = dict(zip(people["rep"], people["team"], strict=True))

    def rows(self, found: pd.DataFrame, numbers: list[str], keys: By = UNIT) -> pd.DataFrame:
        """Return the sums by key, each rep who is here in his present team, in a fixed order."""
        reps = [None if pd.isna(rep) else rep for rep in found["rep"]]
        teams = [None if pd.isna(team) else team for team in found["team"]]
        moved = [self.team_of.get(rep, team) for rep, team in zip(reps, teams, strict=True)]
        named = found.assign(rep=pd.Series(reps, dtype="object"), team=pd.Series(moved, dtype="object"))
        sums = named.groupby(list(keys), dropna=False, as_index=False)[numbers].sum()
        for name in keys:
            sums[name] = pd.Series([None if pd.isna(cell) else cell for cell in sums[name]], dtype="object")
        return sums.sort_values(list(keys), na_position="last", ignore_index=True)


def _notes(tables: Tables, units: pd.DataFrame, sizes: pd.DataFrame, days: int | None) -> tuple[Message, ...]:
    said = []
    if days is not None:
        said.append(say("activity.mature", days=Number(days, 0, "days")))
    blank = int(units["won"].sum()) - int(sizes["deals"].sum())
    if blank:
        said.append(say("activity.won_without_amount", count=Count(blank), of=Count(int(units["won"].sum()))))
    if "created_at" not in tables.columns("deals"):
        said.append(say("activity.no_creation"))
    return tuple(said)
