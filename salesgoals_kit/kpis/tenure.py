"""What every rep won month by month, beside how long he had been there and how much of him was there."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import once
from salesgoals_kit.kpis.months import Clock, Reach, reach
from salesgoals_kit.kpis.scope import Scope, flag, monthly, native, teams_of
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import DAYS_A_MONTH, day_number, month_number, month_start

NO_TEAM = ""  # the team of who is in none
SELLING = 12  # months after his last closing for which someone known by his sales alone counts as still there
FAR = 1 << 24  # a day after all others
COLUMNS = ("rep", "team", "month", "begins", "ends", "time", "won", "amount", "leaves")


def rep_months(tables: Tables, owner: Owner = COMPANY) -> pd.DataFrame:
    """Return one row for each rep, team and whole month in which he was there for a part of it at least, sorted.

    ``month``: month number. ``begins``, ``ends``: months since he was hired, when his time in that month began and
    ended (NaN: unknown). ``time``: full-time months, that is capacity * share of his assignment * part of the month.
    ``won``: deals he won for that team by closing date, ``amount`` what they brought in currency units (a deal
    without an amount brings nothing). ``leaves``: whether this was his last month in the company. What someone wins
    after he left, or for a team he is not in, is nobody's here. Without tables of reps and assignments people are
    known by their sales alone: there from their first closing to the last, and on for a year.
    """
    rows = _everyone(tables)
    if owner.kind == "rep":
        return rows[rows["rep"] == owner.rep].reset_index(drop=True)
    if owner.kind == "team":
        return rows[rows["team"].isin(teams_of(tables.company, str(owner.team)))].reset_index(drop=True)
    return rows


@once
def _everyone(tables: Tables) -> pd.DataFrame:
    scope = Scope(tables)
    if not tables.has("deals") or "rep" not in tables.columns("deals"):
        return pd.DataFrame(columns=list(COLUMNS))
    months = reach(scope, [Clock("deals", ("closed_at",))])
    wins = _wins(scope)
    spells = _spells(tables, wins)
    there = _by_month(spells, months)
    rows = there.merge(wins, how="left", on=["rep", "team", "month"])
    rows["won"] = rows["won"].fillna(0).astype("int64")
    rows["amount"] = rows["amount"].fillna(0).astype("int64") / tables.company.minor_units
    return rows[list(COLUMNS)].sort_values(["rep", "month", "team"], ignore_index=True)


def _wins(scope: Scope) -> pd.DataFrame:
    deals = scope.rows("deals").filter(nw.col("status") == "won", ~nw.col("rep").is_null())
    won = flag(nw.col("status") == "won")
    rows = monthly(deals, "closed_at_month", ("rep", "team"), won=won, amount=nw.col("amount"))
    return rows.assign(team=_named(rows["team"]))


def _spells(tables: Tables, wins: pd.DataFrame) -> pd.DataFrame:
    """Return when people were where: rep, team, start, end (day numbers, the end exclusive), part, hired, left."""
    people = _people(tables)
    if people is None and not tables.has("assignments"):
        return _of_sellers(tables, wins)
    if tables.has("assignments"):
        rows = native(tables.frame("assignments").select("rep", "team", "share", "from_day", "to_day"))
        rows = rows.rename(columns={"from_day": "start", "to_day": "end", "share": "part"})
        spells = rows if people is None else rows.merge(people.drop(columns="team"), how="left", on="rep")
    else:
        assert people is not None
        spells = people.assign(start=np.nan, end=np.nan, part=1.0)
    spells = spells.reindex(columns=["rep", "team", "start", "end", "part", "hired", "left", "capacity"])
    numbers = ["start", "end", "part", "hired", "left", "capacity"]
    spells[numbers] = spells[numbers].astype("float64")
    spells["part"] = spells["part"].fillna(1.0) * spells["capacity"].fillna(1.0)
    spells["start"] = spells[["start", "hired"]].max(axis=1).fillna(-FAR)
    spells["end"] = spells[["end", "left"]].min(axis=1).fillna(FAR)
    return spells.assign(team=_named(spells["team"]))


def _people(tables: Tables) -> pd.DataFrame | None:
    if not tables.has("reps"):
        return None
    rows = native(tables.frame("reps").select("rep", "team", "hired_on_day", "left_on_day", "capacity"))
    return rows.rename(columns={"hired_on_day": "hired", "left_on_day": "left"})


def _of_sellers(tables: Tables, wins: pd.DataFrame) -> pd.DataFrame:
    seen = wins.groupby(["rep", "team"], as_index=False)["month"].agg(["min", "max"])
    now = month_number(tables.as_of)
    ends = np.where(seen["max"] > now - SELLING, now + 1, seen["max"] + 1)
    days = {"start": _days(seen["min"].to_numpy()), "end": _days(ends)}
    return seen[["rep", "team"]].assign(**days, part=1.0, hired=np.nan, left=np.nan)


def _by_month(spells: pd.DataFrame, months: Reach) -> pd.DataFrame:
    """Return the spells cut into months, those of one rep, team and month as one."""
    grid = pd.DataFrame({"month": np.arange(months.first, months.last + 1, dtype="int64")})
    grid["opens"], grid["closes"] = _days(grid["month"].to_numpy()), _days(grid["month"].to_numpy() + 1)
    rows = spells.merge(grid, how="cross")
    start = rows[["start", "opens"]].max(axis=1)
    end = rows[["end", "closes"]].min(axis=1)
    rows["begins"], rows["ends"] = (start - rows["hired"]) / DAYS_A_MONTH, (end - rows["hired"]) / DAYS_A_MONTH
    rows["time"] = rows["part"] * (end - start) / (rows["closes"] - rows["opens"])
    rows["leaves"] = (rows["left"] > rows["opens"]) & (rows["left"] <= rows["closes"])
    there = rows[(end > start) & (rows["part"] > 0)]
    return there.groupby(["rep", "team", "month"], as_index=False).agg(
        begins=("begins", "min"), ends=("ends", "max"), time=("time", "sum"), leaves=("leaves", "max")
    )


def _days(months: np.ndarray) -> np.ndarray:
    return np.array([day_number(month_start(int(month))) for month in months], dtype="float64")


def _named(teams: pd.Series) -> pd.Series:
    return pd.Series([NO_TEAM if pd.isna(team) else str(team) for team in teams], index=teams.index, dtype="object")
