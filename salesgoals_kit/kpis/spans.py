"""Monthly parts into spans of months: complete over groups and spans, divided once, in a fixed order."""

from __future__ import annotations

import numpy as np
import pandas as pd

from salesgoals_kit.kpis.scope import By, Spans


def month_spans(first: int, last: int, length: int = 1) -> list[tuple[int, int]]:
    """Return the spans of ``length`` months that lie within months ``first`` to ``last``, one ending in each month.

    >>> month_spans(10, 13, 3)
    [(10, 12), (11, 13)]
    """
    return [(month - length + 1, month) for month in range(first + length - 1, last + 1)]


def span_frame(spans: Spans) -> pd.DataFrame:
    """Return the spans as columns first, last; each once, in order."""
    return pd.DataFrame(sorted(set(spans)), columns=["first", "last"], dtype="int64")


def group_frame(parts: pd.DataFrame, by: By) -> pd.DataFrame:
    """Return each group once, in order, with None (unknown) last; one row without columns where ``by`` is empty."""
    if not by:
        return pd.DataFrame(index=[0])
    return (
        _with_none(parts[list(by)], by).drop_duplicates().sort_values(list(by), na_position="last", ignore_index=True)
    )


def grid(parts: pd.DataFrame, spans: Spans, by: By) -> pd.DataFrame:
    """Return every group with every span: columns by, first, last."""
    wanted = span_frame(spans)
    return group_frame(parts, by).merge(wanted, how="cross") if by else wanted


def summed(parts: pd.DataFrame, spans: Spans, by: By) -> pd.DataFrame:
    """Return the sums of monthly parts over each span, 0 where there are none.

    ``parts`` has the columns by, month and whole numbers; the answer by, first, last and the same numbers.
    """
    numbers = [name for name in parts.columns if name not in (*by, "month")]
    keys = [*by, "first", "last"]
    parts = _with_none(parts, by)
    crossed = parts.merge(span_frame(spans), how="cross")
    inside = crossed[crossed["month"].between(crossed["first"], crossed["last"])]
    sums = _with_none(inside.groupby(keys, dropna=False, as_index=False)[numbers].sum(), by)
    return placed(grid(parts, spans, by), sums, numbers)


def at_end(parts: pd.DataFrame, spans: Spans, by: By) -> pd.DataFrame:
    """Return the monthly parts of each span's last month, 0 where there is none: for stocks."""
    numbers = [name for name in parts.columns if name not in (*by, "month")]
    return placed(grid(parts, spans, by), _with_none(parts, by).rename(columns={"month": "last"}), numbers)


def _with_none(parts: pd.DataFrame, by: By) -> pd.DataFrame:
    """Return the parts with None for every unknown group: NaN and None would be two groups."""
    known = {name: [None if pd.isna(cell) else cell for cell in parts[name]] for name in by}
    return parts.assign(**{name: pd.Series(cells, index=parts.index, dtype="object") for name, cells in known.items()})


def placed(wanted: pd.DataFrame, found: pd.DataFrame, numbers: list[str]) -> pd.DataFrame:
    """Return the wanted rows with the whole numbers found for them, 0 where there are none."""
    keys = [name for name in wanted.columns if name in found.columns]
    placed = wanted.merge(found[[*keys, *numbers]], how="left", on=keys)
    placed[numbers] = placed[numbers].fillna(0).astype("int64")
    return placed


def measured(sums: pd.DataFrame, by: By, units: tuple[int, int] = (1, 1)) -> pd.DataFrame:
    """Return the frame every measure hands out: by, first, last, numerator, denominator, value.

    ``units`` are the minor units that numerator and denominator are divided by. Without a denominator it is NaN, and
    the value is the numerator; a ratio to nothing, or to less than nothing, has no value (NaN).
    """
    answer = sums[[*by, "first", "last"]].copy()
    answer["numerator"] = sums["numerator"] / units[0]
    if "denominator" in sums:
        answer["denominator"] = sums["denominator"] / units[1]
        answer["value"] = answer["numerator"] / answer["denominator"].where(answer["denominator"] > 0)
    else:
        answer["denominator"] = np.nan
        answer["value"] = answer["numerator"]
    return answer.sort_values([*by, "first", "last"], na_position="last", ignore_index=True)
