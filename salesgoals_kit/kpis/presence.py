"""Who is there on which days: for people who move, join, leave, work part time or are away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.kpis.scope import native, teams_of
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import day_number

Days = npt.NDArray[np.int64]
Away = Mapping[str, Sequence[tuple[date, date]]]  # by rep: first and last day, both inclusive
COLUMNS = ("rep", "team", "here", "while_here", "capacity")
NEVER = 2**31


def presence(
    tables: Tables, owner: Owner, days: Sequence[date], away: Away | None = None, *, below: bool = True
) -> pd.DataFrame:
    """Return how much of some (working) days each rep of a company, of a team, or one rep is there: one row a rep.

    Columns: rep, team (his only one here, or the one that has most of him), here (the share of the days that he is
    employed, not away, and in these teams, his assignment's share counted), while_here (the same over the days from the
    first on which he is), capacity (1 is full time). Who is not there on any of the days has no row. What is planned is
    not in the tables: who is here at as_of stays, unless ``away`` says otherwise. Without a table of reps people are
    known by what they sold, and are there all the time. ``below``: those of the teams below a team are in it.
    """
    numbers = np.array(sorted(day_number(day) for day in days), dtype=np.int64)
    spans = _spans(tables, owner)
    if owner.team is not None and not below:
        spans = spans[spans["team"] == owner.team]
    planned = away or {}
    rows = [
        _row(rep, spans[spans["rep"] == rep], numbers, planned.get(rep, ())) for rep in sorted(spans["rep"].unique())
    ]
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    return found[found["here"] > 0].reset_index(drop=True)


@handed
def in_several(tables: Tables) -> tuple[str, ...]:
    """Return the reps who are in more than one team at as_of, sorted; none where there is no table of assignments."""
    if not tables.has("assignments"):
        return ()
    parts = native(tables.frame("assignments").select("rep", "team", "from_day", "to_day"))
    today = day_number(tables.as_of)
    begun = parts["from_day"].astype("float64").fillna(-NEVER)
    ends = parts["to_day"].astype("float64").fillna(NEVER)
    teams = parts[(begun <= today) & (today < ends)].groupby("rep")["team"].nunique()
    return tuple(sorted(str(rep) for rep in teams[teams > 1].index))


def teams_of_reps(tables: Tables) -> dict[str, frozenset[str]]:
    """Return the teams that each rep is in at as_of; who is not there any more, or not yet, is not in it."""
    spans, today = _spans(tables, COMPANY), day_number(tables.as_of)
    here = spans[(spans["first"] <= today) & (today < spans["end"])]
    return {str(rep): frozenset(str(team) for team in parts["team"].dropna()) for rep, parts in here.groupby("rep")}


def _spans(tables: Tables, owner: Owner) -> pd.DataFrame:
    """Return rep, team, first and end (exclusive) day number, share and capacity of everyone's times in the teams."""
    if not tables.has("reps"):
        people = make_up(tables, owner).people[["rep", "team", "share"]]
        return people.assign(first=-NEVER, end=NEVER, capacity=1.0)
    staff = native(tables.frame("reps").select("rep", "team", "hired_on_day", "left_on_day", "capacity"))
    staff["capacity"] = staff["capacity"].astype("float64").fillna(1.0)
    if tables.has("assignments"):
        parts = native(tables.frame("assignments").select("rep", "team", "from_day", "to_day", "share"))
        placed = staff.drop(columns="team").merge(parts, on="rep")
    else:
        placed = staff.assign(from_day=np.nan, to_day=np.nan, share=np.nan)
    for name, lacking in (("from_day", -NEVER), ("hired_on_day", -NEVER), ("to_day", NEVER), ("left_on_day", NEVER)):
        placed[name] = placed[name].astype("float64").fillna(lacking)
    placed["first"] = placed[["from_day", "hired_on_day"]].max(axis=1)
    placed["end"] = placed[["to_day", "left_on_day"]].min(axis=1)
    placed["share"] = placed["share"].astype("float64").fillna(1.0)
    return _of(tables, owner, placed)[["rep", "team", "first", "end", "share", "capacity"]]


def _of(tables: Tables, owner: Owner, placed: pd.DataFrame) -> pd.DataFrame:
    if owner == COMPANY:
        return placed
    own = placed if owner.rep is None else placed[placed["rep"] == owner.rep]
    return own if owner.team is None else own[own["team"].isin(teams_of(tables.company, owner.team))]


def _row(rep: str, parts: pd.DataFrame, days: Days, away: Sequence[tuple[date, date]]) -> dict[str, object]:
    there = np.zeros(len(days))
    most: dict[str, float] = {}
    for team, first, end, share in parts[["team", "first", "end", "share"]].itertuples(index=False):
        within = (days >= first) & (days < end)
        for start, last in away:
            within &= (days < day_number(start)) | (days > day_number(last))
        there += within * share
        name = None if pd.isna(team) else str(team)
        most[name or ""] = most.get(name or "", 0.0) + float((within * share).sum())
    begun = np.flatnonzero(there > 0)
    return {
        "rep": rep,
        "team": max(sorted(most), key=lambda name: most[name]) or None,
        "here": float(there.mean()) if len(days) else 0.0,
        "while_here": float(there[begun[0] :].mean()) if begun.size else 0.0,
        "capacity": float(parts["capacity"].iloc[0]),
    }
