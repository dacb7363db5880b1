"""Whose rows a measure looks at, and how they leave the engine: summed by month, as pandas frames in a fixed order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pandas as pd

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import Kept
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import day_number

Frame = nw.LazyFrame[Any]
By = tuple[str, ...]
Spans = Sequence[tuple[int, int]]  # first and last month number, both inclusive; they may overlap


@dataclass(frozen=True)
class Scope:
    """The tables of a company, and the owner whose rows count."""

    tables: Tables
    owner: Owner = COMPANY

    @property
    def company(self) -> Company:
        """The company file."""
        return self.tables.company

    @property
    def kept(self) -> Kept:
        """What has been worked out from the tables."""
        return self.tables.kept

    @property
    def whose(self) -> str:
        """The owner, as part of the name of a result."""
        return repr(self.owner)

    @property
    def as_of(self) -> int:
        """The day number of as_of."""
        return day_number(self.tables.as_of)

    @property
    def is_one_of_many(self) -> bool:
        """Whether the owner is one of many teams that will be asked for, with no team below it: see `Kept.many`."""
        return self.kept.many and self.owner.kind == "team" and len(teams_of(self.company, str(self.owner.team))) == 1

    def everyone(self) -> Scope:
        """Return the same tables for the company as a whole."""
        return Scope(self.tables)

    def rows(self, table: str) -> Frame:
        """Return the owner's rows: all of them, those of a team and the teams below it, or those of a rep."""
        return self.own(self.tables.frame(table))

    def own(self, frame: Frame) -> Frame:
        """Return those rows of a frame (with a column team or rep) that are the owner's."""
        if self.owner.kind == "rep":
            return frame.filter(nw.col("rep") == self.owner.rep)
        if self.owner.kind == "team":
            return frame.filter(nw.col("team").is_in(teams_of(self.company, str(self.owner.team))))
        return frame

    def owns(self, table: str) -> bool:
        """Return whether the table says whose its rows are."""
        columns = self.tables.columns(table)
        if self.owner.kind == "rep":
            return "rep" in columns
        if self.owner.kind == "team":
            return "team" in columns or ("rep" in columns and self._knows_teams_of_reps())
        return True

    def _knows_teams_of_reps(self) -> bool:
        return self.tables.has("assignments") or (self.tables.has("reps") and "team" in self.tables.columns("reps"))


def teams_of(company: Company, team: str) -> list[str]:
    """Return a team and every team below it, sorted."""
    found = {team}
    while True:
        below = {item.name for item in company.teams if item.parent in found} - found
        if not below:
            return sorted(found)
        found |= below


def native(frame: Frame) -> pd.DataFrame:
    """Return a lazy frame's rows as they come, as pandas has them."""
    found: pd.DataFrame = frame.collect(backend="pandas").to_native().reset_index(drop=True)
    return found


def collected(frame: Frame) -> pd.DataFrame:
    """Return a lazy frame's rows, sorted by all its columns in turn; numbers are int64, an unknown word is None.

    Sums over no value at all (null in one engine, 0 in another) are 0.
    """
    found = native(frame)
    columns: dict[str, pd.Series] = {}
    for name in found.columns:
        cells = found[name]
        if pd.api.types.is_numeric_dtype(cells):
            columns[name] = cells.fillna(0).astype("int64")
        else:
            columns[name] = pd.Series([None if pd.isna(cell) else cell for cell in cells], dtype="object")
    return pd.DataFrame(columns).sort_values(list(columns), na_position="last", ignore_index=True)


def totals(frame: Frame, keys: By, **sums: nw.Expr) -> pd.DataFrame:
    """Return sums of whole numbers for each combination of keys (none: one row): columns keys and the sums, int64.

    Money stays in minor units, so that the sum does not depend on the order of the rows.
    """
    chosen, added = frame.select(*keys, **sums), [nw.col(name).sum() for name in sums]
    sums_of = chosen.group_by(*keys).agg(*added) if keys else chosen.select(*added)
    return collected(sums_of.with_columns(*(nw.col(name).cast(nw.Int64) for name in sums)))


def monthly(frame: Frame, month: str, by: By, **sums: nw.Expr) -> pd.DataFrame:
    """Return sums by group and month: columns by, ``month`` (month number) and the sums, int64."""
    dated = frame.filter(~nw.col(month).is_null())
    if month != "month":
        dated = dated.drop("month", strict=False).rename({month: "month"})
    return totals(dated, (*by, "month"), **sums)


def total(frame: Frame, value: nw.Expr) -> int:
    """Return one whole sum over all rows; 0 where there are none."""
    return int(totals(frame, (), value=value)["value"].sum())


def count(frame: Frame) -> int:
    """Return the number of rows."""
    return int(collected(frame.select(nw.len().cast(nw.Int64).alias("rows")))["rows"].iloc[0])


def flag(condition: nw.Expr) -> nw.Expr:
    """Return 1 where a condition holds and 0 elsewhere (unknown: 0), which every engine can sum."""
    return nw.when(condition.fill_null(False)).then(nw.lit(1)).otherwise(nw.lit(0))


def extent(frame: Frame, columns: By) -> tuple[int, int] | None:
    """Return the earliest and latest day number in the columns; None where no row has one."""
    ends = [
        expr
        for name in columns
        for expr in (nw.col(f"{name}_day").min().alias(f"{name}_lo"), nw.col(f"{name}_day").max().alias(f"{name}_hi"))
    ]
    found: pd.DataFrame = frame.select(*ends).collect(backend="pandas").to_native()
    known = found.iloc[0].dropna().astype(int) if len(found) else pd.Series(dtype=int)
    return (int(known.min()), int(known.max())) if len(known) else None
