"""Leads and open deals as they stood at the ends of past months, what became of them, and those that are there now.

A past month tells a score only what was known by its end. Stages, amounts, expected closings and reps are read from
what was written when (stage_events, deal_changes), activities by their day. What has no day (type, channel) is taken
as it stands today, but only where it is filled in alike for what converted, what did not and what is open: a field
that is filled in when a deal is won would tell its end. A lead's answers count from the day it was qualified.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import once
from salesgoals_kit.kpis.landmarks import FAR, Ints, days_of, ends_of_months, log_of, stood_at, words
from salesgoals_kit.kpis.scope import native
from salesgoals_kit.kpis.standing import BANT, DEAL_NUMBERS, DEAL_WORDS, LEAD_NUMBERS, LEAD_WORDS, Deals, Leads
from salesgoals_kit.periods import day_number
from salesgoals_kit.words import Message, Rate, say

UNDATED = {  # what has no day: the column that tells whether it is known, and what is made of it
    "deal_type": ("deal_type", ("deal_type",)),
    "channel": ("channel", ("channel",)),
    "team": ("team", ("team",)),
    "rep": ("left", ("left", "tenure")),
}
RECENT = 36  # months at whose ends prospects are looked at
FILLED = 0.9  # of those that converted, that did not and that are open: a field that has no day is known of so many


@dataclass(frozen=True, eq=False)
class Prospects:
    """Examples from the past, and what is open now; the features that may be used, words and numbers apart.

    ``past``: one row for each prospect and month's end at which it was open: ``id``, ``born`` and ``day`` (day
    numbers), ``converted`` (1: within ``horizon`` days after that day, else 0), and the features. ``now``: the same
    of as_of without ``converted``, with ``rep``, ``owner`` (the team whose it is) and ``value`` (currency units, NaN:
    unknown). Words are None and numbers NaN where nothing was known. Days that follow a past month's end by less than
    the horizon are no examples, whatever came of them. ``old``: open ones that are too old to be scored, ``undated``:
    those without a day of creation.
    """

    past: pd.DataFrame
    now: pd.DataFrame
    words: tuple[str, ...]
    numbers: tuple[str, ...]
    horizon: int
    old: int
    undated: int
    lacking: tuple[Message, ...]
    notes: tuple[Message, ...]


@once
def deal_prospects(tables: Tables) -> Prospects:
    """Return all open deals, and those of the past; one converts when it is won within the cycle's horizon."""
    if lacking := _lacking(tables, "deals", ("status", "created_at", "closed_at")):
        return _nothing(tables, lacking)
    columns = ("deal_id", "status", "rep", "team", "deal_type", "channel", "amount", "created_at_day", "closed_at_day")
    rows = native(tables.frame("deals").select(*columns)).rename(columns={"deal_id": "id"})
    rows = _typed(rows, ("id", "status", "rep", "team", "deal_type", "channel")).sort_values("id", ignore_index=True)
    dated = rows[rows["created_at_day"].notna()].reset_index(drop=True)
    today = day_number(tables.as_of)
    closed = days_of(dated["closed_at_day"], FAR)
    known = np.maximum(closed, _rewritten(tables, dated["id"], closed))
    began = int(closed.min(initial=FAR))
    days = ends_of_months(began, today - tables.company.cycle.horizon_days, RECENT) if began < FAR else _no_days()
    born = days_of(dated["created_at_day"], FAR)
    which, day = stood_at(born, known, days)
    won = (dated["status"] == "won").to_numpy()[which] & (closed[which] <= day + tables.company.cycle.horizon_days)
    opened = np.flatnonzero((dated["status"] == "open").to_numpy())
    deals = Deals.of(tables, dated, closed)
    past = deals.stood(which, day).assign(converted=won.astype("int64"))
    now = deals.stood(opened, np.full(len(opened), today))
    now = now.assign(rep=_take(dated["rep"], opened), owner=_take(dated["team"], opened))
    now = now.assign(value=dated["amount"].to_numpy("float64", na_value=np.nan)[opened] / tables.company.minor_units)
    undated = int((rows["status"] == "open").sum()) - len(opened)
    return _made(tables, past, now, (DEAL_WORDS, DEAL_NUMBERS), (0, undated))


@once
def lead_prospects(tables: Tables) -> Prospects:
    """Return all leads that are no deals yet, and those of the past.

    One converts when a deal of it is created within the cycle's horizon; older than that it is no prospect any more,
    then and now. A deal that is named but not known is none: at an as_of in the past it has not been created yet, and
    to leave such leads out would tell the future. ``value``: what a deal that came of a lead has brought on average,
    those lost included.
    """
    if lacking := _lacking(tables, "leads", ("deal_id",)) or _lacking(tables, "deals", ("created_at", "status")):
        return _nothing(tables, lacking)
    horizon, today = tables.company.cycle.horizon_days, day_number(tables.as_of)
    columns = ("lead_id", "created_at_day", "qualified_at_day", "deal_id", "channel", "team", "rep", *BANT)
    rows = native(tables.frame("leads").select(*columns)).rename(columns={"lead_id": "id"})
    rows = _typed(rows, ("id", "deal_id", "channel", "team", "rep")).sort_values("id", ignore_index=True)
    deals = native(tables.frame("deals").select("deal_id", "created_at_day", "closed_at_day", "status", "amount"))
    rows = rows.merge(deals.rename(columns={"created_at_day": "dealt"}), how="left", on="deal_id")
    born, dealt = days_of(rows["created_at_day"], FAR), days_of(rows["dealt"], FAR)
    began = max(int(born.min(initial=FAR)), _begun(deals))
    days = ends_of_months(began, today - horizon, RECENT) if began < FAR else _no_days()
    which, day = stood_at(born, np.minimum(dealt, born + horizon + 1), days)
    opened = np.flatnonzero((dealt > today) & (born + horizon >= today))
    leads = Leads.of(tables, rows)
    past = leads.stood(which, day).assign(converted=(dealt[which] <= day + horizon).astype("int64"))
    now = leads.stood(opened, np.full(len(opened), today))
    now = now.assign(rep=_take(rows["rep"], opened), owner=_take(rows["team"], opened), value=_brought(tables, rows))
    old = int((dealt > today).sum()) - len(opened)
    return _made(tables, past, now, (LEAD_WORDS, LEAD_NUMBERS), (old, 0))


def _lacking(tables: Tables, table: str, columns: tuple[str, ...]) -> tuple[Message, ...]:
    if not tables.has(table):
        return (Message(f"scoring.no_{table}", {}),)
    missing = [column for column in columns if column not in tables.columns(table)]
    return tuple(say("scoring.no_column", table=table, column=column) for column in missing)


def _nothing(tables: Tables, lacking: tuple[Message, ...]) -> Prospects:
    nobody = pd.DataFrame({"id": pd.Series(dtype="object"), "day": pd.Series(dtype="int64")})
    horizon = tables.company.cycle.horizon_days
    return Prospects(nobody, nobody, (), (), horizon, 0, 0, lacking, ())


def _made(
    tables: Tables,
    past: pd.DataFrame,
    now: pd.DataFrame,
    features: tuple[tuple[str, ...], tuple[str, ...]],
    counts: tuple[int, int],
) -> Prospects:
    """Return the prospects with those features that are known of any, and fairly."""
    notes = []
    for field in UNDATED:
        if UNDATED[field][0] in past:
            past, now, note = _fairly(past, now, field)
            notes += note
    words_, numbers = (tuple(name for name in part if past[name].notna().any()) for part in features)
    horizon = tables.company.cycle.horizon_days
    return Prospects(past, now, words_, numbers, horizon, *counts, (), tuple(notes))


def _fairly(past: pd.DataFrame, now: pd.DataFrame, field: str) -> tuple[pd.DataFrame, pd.DataFrame, list[Message]]:
    """Return the rows with a field made unknown of those types of deals of which it is not filled in alike."""
    told, made = UNDATED[field]
    kinds = [_kinds(rows, field) for rows in (past, now)]
    late: list[float] = []
    for kind in sorted(set(kinds[0])):
        past_of, now_of = (of == kind for of in kinds)
        shares = _filled(past[past_of], now[now_of], told)
        if shares and min(shares) < FILLED:
            late += shares
            past = past.assign(**{name: past[name].mask(past_of, None) for name in made})
            now = now.assign(**{name: now[name].mask(now_of, None) for name in made})
    return past, now, [_late(field, *late)] if max(late, default=0.0) > 0 else []


def _kinds(rows: pd.DataFrame, word: str) -> pd.Series:
    """Return within what a field is looked at: the type of a deal, if there is one."""
    if "deal_type" not in rows or word == "deal_type":
        return pd.Series("", index=rows.index, dtype="object")
    return rows["deal_type"].fillna("")


def _filled(past: pd.DataFrame, now: pd.DataFrame, word: str) -> tuple[float, ...]:
    """Return of how many a field is known: of those that converted, that did not, that are open; of nobody: none."""
    ends = (past.loc[past["converted"] == end, ["id", word]].drop_duplicates("id") for end in (1, 0))
    return tuple(float(rows[word].notna().mean()) for rows in (*ends, now) if len(rows))


def _late(word: str, *shares: float) -> Message:
    return say("scoring.late", field=field_words(word), low=Rate(min(shares)), high=Rate(max(shares)))


def field_words(word: str) -> Message:
    """Return what a field is called."""
    return Message(f"scoring.field_{word}", {})


def _rewritten(tables: Tables, ids: pd.Series, closed: Ints) -> Ints:
    """Return the day on which a closing was last written down, where that was after it; -1 where it was not."""
    log = log_of(tables, "deal_changes", "deal_id", "changed_at_day", (), field="closed_at")
    if log is None:
        return np.full(len(ids), -1, dtype=np.int64)
    place = log.last(ids, np.full(len(ids), FAR))
    day = days_of(pd.Series(log.values("changed_at_day", place), dtype="Int64"), -1)
    return np.where(closed < FAR, day, -1)


def _brought(tables: Tables, rows: pd.DataFrame) -> float:
    """Return the amount of deals won that came of leads / such deals decided; NaN where none was."""
    decided = rows[rows["status"].isin(["won", "lost"])]
    won = decided.loc[decided["status"] == "won", "amount"].dropna()
    if not len(won):
        return float("nan")
    return int(won.astype("int64").sum()) / tables.company.minor_units / len(decided)


def _begun(deals: pd.DataFrame) -> int:
    """Return the day from which on all deals created are known: the first closing, without one the first creation."""
    closed = int(days_of(deals["closed_at_day"], FAR).min(initial=FAR))
    return closed if closed < FAR else int(days_of(deals["created_at_day"], FAR).min(initial=FAR))


def _typed(rows: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    return rows.assign(**{name: words(rows[name]) for name in names})


def _take(cells: pd.Series, places: Ints) -> pd.Series:
    return cells.iloc[places].reset_index(drop=True)


def _no_days() -> Ints:
    return np.zeros(0, dtype=np.int64)
