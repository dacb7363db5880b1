"""The past as it stood at the ends of months: which events had happened by then, who had what, who was where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.kpis.scope import native
from salesgoals_kit.periods import day_number, day_of, month_end, month_number

Ints = npt.NDArray[np.int64]
WIDE = 1 << 22  # more than there are day numbers
FAR = 1 << 21  # a day after all others
NONE = -1


@dataclass(frozen=True, eq=False)
class Log:
    """Events in the order of time, looked up by what they happened to and by the day."""

    rows: pd.DataFrame
    ids: pd.Index
    keys: Ints

    @staticmethod
    def of(rows: pd.DataFrame, key: str, day: str, then: Sequence[str] = ()) -> Log:
        """Return the log of rows with a column of ids and one of day numbers; ``then`` decides between one day's."""
        known = rows[rows[key].notna() & rows[day].notna()]
        ids = pd.Index(sorted(known[key].astype(str).unique()))
        code = ids.get_indexer(pd.Index(known[key].astype(str)))
        place = known.assign(_key=code.astype("int64") * WIDE + known[day].to_numpy(dtype="int64"))
        place = place.sort_values(["_key", *then], kind="stable", ignore_index=True)
        return Log(place.drop(columns="_key"), ids, place["_key"].to_numpy(dtype="int64"))

    def last(self, ids: pd.Series, days: Ints) -> Ints:
        """Return for each id and day the row of its last event by the end of that day, ``NONE`` where there is none."""
        code = self._codes(ids)
        row = np.searchsorted(self.keys, code * WIDE + days, side="right") - 1
        begin = np.searchsorted(self.keys, code * WIDE, side="left")
        return np.where((code >= 0) & (row >= begin), row, NONE)

    def count(self, ids: pd.Series, after: Ints, until: Ints) -> Ints:
        """Return how many events each id had after one day and by the end of another."""
        code = self._codes(ids)
        ends = (np.searchsorted(self.keys, code * WIDE + np.maximum(day, -1), side="right") for day in (after, until))
        first, last = ends
        return np.where(code >= 0, last - first, 0)

    def values(self, column: str, rows: Ints) -> npt.NDArray[np.object_]:
        """Return what a column holds in these rows, None for ``NONE`` and where nothing is known."""
        held = self.rows[column].astype(object).to_numpy()
        found = np.full(len(rows), None, dtype=object)
        seen = rows >= 0
        found[seen] = held[rows[seen]]
        found[pd.isna(found)] = None
        return found

    def _codes(self, ids: pd.Series) -> Ints:
        known = ids.notna().to_numpy()
        codes = np.full(len(ids), NONE, dtype=np.int64)
        codes[known] = self.ids.get_indexer(pd.Index(ids[known].astype(str)))
        return codes


def ends_of_months(first: int, last: int, months: int) -> Ints:
    """Return the last days of the latest so many months that ended between two days, both included; day numbers.

    >>> [str(day_of(day)) for day in ends_of_months(day_number(day_of(30)), day_number(day_of(60)), 9)]
    ['1970-01-31', '1970-02-28']
    """
    numbers = range(month_number(day_of(first)), month_number(day_of(last)) + 1)
    ends = np.array([day_number(month_end(number)) for number in numbers], dtype=np.int64)
    return ends[(ends >= first) & (ends <= last)][-months:]


def stood_at(born: Ints, gone: Ints, days: Ints) -> tuple[Ints, Ints]:
    """Return which were there on which of the days: born by its end and not gone by then. Two arrays of one length."""
    there = (born[:, None] <= days[None, :]) & (gone[:, None] > days[None, :])
    which, when = np.nonzero(there)
    return which.astype(np.int64), days[when]


def words(cells: pd.Series | npt.NDArray[np.object_]) -> pd.Series:
    """Return cells as texts, None where nothing is known, on a plain index."""
    return pd.Series([None if pd.isna(cell) else str(cell) for cell in cells], dtype="object")


def numbers(cells: pd.Series | npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    """Return cells (numbers, flags, or texts of numbers) as floats, NaN where nothing is known."""
    return np.array([np.nan if pd.isna(cell) else float(cell) for cell in cells], dtype="float64")


def days_of(cells: pd.Series, unknown: int) -> Ints:
    """Return a column of day numbers as int64, ``unknown`` where there is none."""
    return cells.fillna(unknown).to_numpy(dtype="int64")


def log_of(tables: Tables, table: str, key: str, day: str, columns: Sequence[str], **equal: str) -> Log | None:
    """Return a table's events, those alone whose columns ``equal`` so; None where there is no such table or event."""
    if not tables.has(table) or not {key, *columns} <= tables.columns(table) | {day}:
        return None
    rows = native(tables.frame(table).select(*dict.fromkeys((key, day, *columns, *equal))))
    for column, value in equal.items():
        rows = rows[rows[column] == value]
    return Log.of(rows, key, day, columns) if len(rows) else None


@dataclass(frozen=True, eq=False)
class People:
    """Since when reps are here, until when, and in which team on which day; None where the data does not say."""

    hired: dict[str, int]
    left: dict[str, int]
    places: Log | None
    always: dict[str, str]

    @staticmethod
    def of(tables: Tables) -> People:
        """Return the people of the tables reps and assignments."""
        hired: dict[str, int] = {}
        left: dict[str, int] = {}
        always: dict[str, str] = {}
        if tables.has("reps"):
            rows = native(tables.frame("reps").select("rep", "team", "hired_on_day", "left_on_day"))
            for column, found in (("hired_on_day", hired), ("left_on_day", left), ("team", always)):
                known = rows[rows[column].notna()]
                found.update(zip(known["rep"].astype(str), known[column].tolist(), strict=True))
        return People(hired, left, _places(tables), {} if tables.has("assignments") else always)

    def team(self, reps: pd.Series, days: Ints) -> pd.Series:
        """Return where each rep was on each day."""
        if self.places is None:
            return words(np.array([self.always.get(rep) if rep is not None else None for rep in reps], dtype=object))
        return words(self.places.values("team", self.places.last(reps, days)))

    def tenure(self, reps: pd.Series, days: Ints) -> npt.NDArray[np.float64]:
        """Return for how many days each rep had been here on each day, 0 before he came; NaN: unknown."""
        since = np.array([self.hired.get(rep, np.nan) if rep is not None else np.nan for rep in reps])
        return np.asarray(np.maximum(days - since, 0.0))

    def gone(self, reps: pd.Series, days: Ints) -> npt.NDArray[np.float64]:
        """Return 1 where a rep had left by the day, 0 where he had not; NaN: no rep is known."""
        until = np.array([self.left.get(rep, FAR) if rep is not None else np.nan for rep in reps])
        return np.where(np.isnan(until), np.nan, (days >= until) * 1.0)


def _places(tables: Tables) -> Log | None:
    """Return the days on which reps' main teams change, with the team since then (None: in none).

    The main team is that of the greatest share, of equal ones the latest begun, as `data.membership` has it.
    """
    if not tables.has("assignments"):
        return None
    rows = native(tables.frame("assignments").select("rep", "team", "share", "from_day", "to_day"))
    rows = rows.assign(
        share=rows["share"].astype("float64").fillna(1.0), to_day=days_of(rows["to_day"], FAR), team=words(rows["team"])
    )
    changes = []
    for rep, own in rows.groupby(rows["rep"].astype(str)):
        parts = own.sort_values(["share", "from_day", "team"], ignore_index=True)
        for day in sorted({*parts["from_day"].astype("int64"), *parts["to_day"]} - {FAR}):
            there = parts[(parts["from_day"] <= day) & (day < parts["to_day"])]
            changes.append((rep, int(day), there["team"].iloc[-1] if len(there) else None))
    return Log.of(pd.DataFrame(changes, columns=["rep", "day", "team"]), "rep", "day")
