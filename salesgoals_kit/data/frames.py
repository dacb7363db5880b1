"""Pandas frames with canonical columns, made complete: typed, with companions, in the order of time."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionDtype

from salesgoals_kit.data.contract import ORDERED, TABLES, Column, Table
from salesgoals_kit.data.moment import Raw
from salesgoals_kit.errors import DataError, Fault

_EPOCH = pd.Timestamp("1970-01-01")
_TYPES: dict[str, ExtensionDtype] = {
    **dict.fromkeys(("id", "text", "choice"), pd.StringDtype("python")),
    "money": pd.Int64Dtype(),
    "number": pd.Float64Dtype(),
    "flag": pd.BooleanDtype(),
}


def raw_from_frames(frames: Mapping[str, pd.DataFrame]) -> Raw:
    """Return the tables with every canonical column, companions and order; missing optional columns are null.

    Raises DataError with every table and column that the contract does not know or misses.
    """
    faults = [fault for name, frame in frames.items() for fault in _faults(name, frame)]
    if faults:
        raise DataError("These frames are not canonical tables.", faults)
    complete = {name: nw.from_native(_complete(frame, TABLES[name])).lazy() for name, frame in frames.items()}
    present = {
        name: frozenset(str(column) for column in frame.columns if column in TABLES[name].names)
        for name, frame in frames.items()
    }
    return Raw(complete, present)


def _faults(name: str, frame: pd.DataFrame) -> list[Fault]:
    if name not in TABLES:
        return [Fault(name, "the contract has no such table", f"one of {', '.join(TABLES)}")]
    table = TABLES[name]
    known = {*table.frame_names}
    found = [Fault(f"{name}.{column}", "the contract has no such column") for column in frame if column not in known]
    missing = [column.name for column in table.columns if column.required and column.name not in frame]
    return found + [Fault(f"{name}.{column}", "this column is missing") for column in missing]


def _complete(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    columns: dict[str, pd.Series] = {}
    for column in table.columns:
        columns.update(_typed(frame, table, column))
    if table.name in ORDERED:
        columns["seq"] = _sequence(frame, table)
    if table.name == "deal_changes":
        columns.update(_typed_values(columns["field"], columns["value"]))
    return pd.DataFrame(columns, index=frame.index).reset_index(drop=True)


def _typed(frame: pd.DataFrame, table: Table, column: Column) -> dict[str, pd.Series]:
    cells = frame[column.name] if column.name in frame else pd.Series(None, index=frame.index, dtype="object")
    try:
        if not column.dated:
            return {column.name: cells.astype(_TYPES[column.kind])}
        days = pd.to_datetime(cells).astype("datetime64[us]").dt.normalize()
    except (TypeError, ValueError) as error:
        fault = Fault(f"{table.name}.{column.name}", str(error), f"cells of kind {column.kind}")
        raise DataError("A frame has cells of another kind than the contract's.", [fault]) from None
    if column.kind == "month":
        days = days - pd.to_timedelta(days.dt.day - 1, unit="D")
    return companions(column.name, days.astype("datetime64[us]"))


def companions(name: str, days: pd.Series) -> dict[str, pd.Series]:
    """Return a column of days with its day numbers and month numbers."""
    return {
        name: days,
        f"{name}_day": (days - _EPOCH).dt.days.astype("Int32"),
        f"{name}_month": ((days.dt.year - 1970) * 12 + days.dt.month - 1).astype("Int32"),
    }


def _sequence(frame: pd.DataFrame, table: Table) -> pd.Series:
    """Return each row's place in time; rows of one moment keep their order."""
    if table.name == "assignments":
        share = frame["share"] if "share" in frame else pd.Series(1.0, index=frame.index)
        keys = pd.DataFrame({"share": share.astype("Float64").fillna(1.0), "from": pd.to_datetime(frame["from"])})
        keys["team"] = frame["team"].astype(str)
    else:
        keys = pd.DataFrame({"at": pd.to_datetime(frame[table.dates[0]])})
    order = keys.reset_index(drop=True).sort_values(list(keys.columns), kind="stable").index
    places = np.empty(len(frame), dtype="int64")
    places[order] = np.arange(len(frame))
    return pd.Series(places, index=frame.index, dtype="Int64")


def _typed_values(field: pd.Series, value: pd.Series) -> dict[str, pd.Series]:
    amounts = value.where(field == "amount").astype("Int64")
    dates = value.where(field.isin(["expected_close_at", "closed_at"]))
    return {"value_amount": amounts, **companions("value_date", pd.to_datetime(dates).astype("datetime64[us]"))}
