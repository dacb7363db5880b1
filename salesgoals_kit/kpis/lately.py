"""What each rep has done of late: leads qualified, deals begun and won, activities of each kind, counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import narwhals as nw
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed, once
from salesgoals_kit.kpis.scope import Frame, flag, totals
from salesgoals_kit.periods import day_number, day_of

DAYS = 91  # 13 weeks, a quarter
ENDED = 14  # days without a row, after which a table is taken to have ended
COLUMNS = ("rep", "step", "first", "last", "count")


@handed
def done_lately(tables: Tables, team: str | None) -> pd.DataFrame:
    """Return what each rep of a team has done in the last 13 weeks that the data has: one row a rep and step.

    Columns: rep, step (won, opportunities, qualified_leads, or a kind of activity), first and last (day numbers of
    what was looked at, both inclusive), count. Rows of the team and of no team count; without a team all do. Each step
    that anybody in the company has done has a row without a rep and with a count of 0: who is in no row of it has done
    nothing of it.
    """
    found = _done(tables)
    own = found if team is None else found[found["team"].isna() | (found["team"] == team)]
    steps = found[["step", "first", "last"]].drop_duplicates().assign(rep=None, count=0)
    counts = own.groupby(["rep", "step", "first", "last"], as_index=False)["count"].sum()
    return pd.concat([steps[list(COLUMNS)], counts[list(COLUMNS)]], ignore_index=True)


@once
def _done(tables: Tables) -> pd.DataFrame:
    """Return the counts of everybody by rep, team and step."""
    parts = [part for part in _parts(tables) if len(part)]
    if not parts:
        return pd.DataFrame(columns=["rep", "team", *COLUMNS[1:]])
    return pd.concat(parts, ignore_index=True)


def _parts(tables: Tables) -> Iterator[pd.DataFrame]:
    if _has(tables, "deals", "closed_at"):
        won = tables.frame("deals").filter(nw.col("status") == "won")
        yield _counted(tables, "deals", won, "closed_at", nw.lit("won"))
    if _has(tables, "deals", "created_at"):
        yield _counted(tables, "deals", tables.frame("deals"), "created_at", nw.lit("opportunities"))
    if _has(tables, "leads", "qualified_at"):
        yield _counted(tables, "leads", tables.frame("leads"), "qualified_at", nw.lit("qualified_leads"))
    if _has(tables, "activities", "happened_at"):
        yield _counted(tables, "activities", tables.frame("activities"), "happened_at", nw.col("kind"))


def _has(tables: Tables, table: str, day: str) -> bool:
    return tables.has(table) and table in tables.coverage and {"rep", day} <= set(tables.columns(table))


def _counted(tables: Tables, table: str, rows: Frame, day: str, step: nw.Expr) -> pd.DataFrame:
    first, last = _window(tables.as_of, *tables.coverage[table])
    at = nw.col(f"{day}_day")
    within = rows.filter((at >= first) & (at <= last) & ~nw.col("rep").is_null())
    found = totals(within.with_columns(step.alias("step")), ("rep", "team", "step"), count=flag(~at.is_null()))
    return found.assign(first=first, last=last)


def _window(as_of: date, begins: date, ends: date) -> tuple[int, int]:
    """Return the days that are looked at: the last 13 weeks, shorter where the table is."""
    last = day_number(as_of)
    last = day_number(ends) if last - day_number(ends) > ENDED else last
    return max(day_number(begins), last - DAYS + 1), last


def looked_at(found: pd.DataFrame) -> tuple[date, date] | None:
    """Return the first and the last day that anything of `done_lately` was counted on; None without a row."""
    if found.empty:
        return None
    return day_of(int(found["first"].min())), day_of(int(found["last"].max()))
