"""A file of monthly series, with everything that is wrong with it: columns unique_id, ds, y, split (train or test)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from salesgoals_kit.errors import DataError, Fault
from salesgoals_kit.periods import month_name
from tests.benchmarks.series_data import MonthlySeries

COLUMNS = ("unique_id", "ds", "y", "split")
PARTS = ("train", "test")


def read_csv(path: Path) -> list[MonthlySeries]:
    """Return the series of a file, in the order in which they first occur; DataError with every fault."""
    title = f"{path.name} cannot be used."
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", index_col=False)
    except (OSError, ValueError) as error:  # ValueError: no table, or no text
        raise DataError(title, [Fault("file", str(error), "a comma-separated table")]) from error
    table = _read(raw)
    faults = [*_column_faults(raw), *_cell_faults(raw, table)]
    if "unique_id" in table:
        for name, rows in table[table["unique_id"] != ""].groupby("unique_id", sort=False):
            faults += [Fault(str(name), *fault) for fault in (*_month_faults(rows), *_split_faults(rows))]
    if faults:
        raise DataError(title, faults)
    return [_series(str(name), rows) for name, rows in table.groupby("unique_id", sort=False)]


def _read(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that are there, read: ds as month numbers (NaN: no date), y as numbers."""
    table = raw[[column for column in COLUMNS if column in raw]].copy()
    if "ds" in table:
        dates = pd.to_datetime(raw["ds"], format="ISO8601", errors="coerce", utc=True)
        table["ds"] = (dates.dt.year - 1970) * 12 + dates.dt.month - 1
    if "y" in table:
        table["y"] = pd.to_numeric(raw["y"], errors="coerce").astype("float64")
    return table


def _column_faults(raw: pd.DataFrame) -> list[Fault]:
    missing = [Fault(f"column {column}", "missing") for column in COLUMNS if column not in raw]
    return [*missing, *([] if len(raw) else [Fault("file", "no rows")])]


def _cell_faults(raw: pd.DataFrame, table: pd.DataFrame) -> Iterator[Fault]:
    wrong = {
        "unique_id": lambda cells: cells == "",
        "ds": lambda cells: cells.isna(),
        "y": lambda cells: ~np.isfinite(cells),
        "split": lambda cells: ~cells.isin(PARTS),
    }
    expected = {"unique_id": "a name", "ds": "a date like 2024-01-31", "y": "a number", "split": "train or test"}
    for column in (column for column in COLUMNS if column in table):
        for at in np.flatnonzero(wrong[column](table[column])):
            yield Fault(f"row {at + 1}, {column}", repr(raw[column].iloc[at]), expected[column])


def _month_faults(rows: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """What is wrong with one series' months: (found, expected)."""
    if "ds" not in rows or rows["ds"].isna().all():
        return
    months = rows["ds"].dropna().astype("int64")
    for month, times in months.value_counts().sort_index().items():
        if times > 1:
            yield f"{times} rows in {month_name(int(str(month)))}", "one"
    seen = set(months)
    gaps = [month_name(month) for month in range(min(seen), max(seen)) if month not in seen]
    if gaps:
        yield f"no row in {', '.join(gaps)}", "one in every month"


def _split_faults(rows: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """What is wrong with one series' split: (found, expected)."""
    if "split" not in rows:
        return
    parts = {part: rows[rows["split"] == part] for part in PARTS}
    lacking = [part for part in PARTS if parts[part].empty]
    for part in lacking:
        yield f"no {part} rows", "one at least"
    if not lacking and "ds" in rows and parts["train"]["ds"].max() >= parts["test"]["ds"].min():
        yield "train rows after the first test row", "test rows after all train rows"


def _series(name: str, rows: pd.DataFrame) -> MonthlySeries:
    rows = rows.sort_values("ds")
    train, test = (rows.loc[rows["split"] == part, "y"].to_numpy("float64") for part in PARTS)
    return MonthlySeries(name, int(rows["ds"].iloc[0]), train, test)
