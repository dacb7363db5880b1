"""Monthly parts into spans of months: complete over groups and spans, divided once, in a fixed order."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from salesgoals_kit.kpis.scope import By, Spans

PARTS = ["numerator", "denominator"]


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


def kept_apart(rows: pd.DataFrame, by: str, begins: Mapping[str, int], under: Mapping[str, str] | None) -> pd.DataFrame:
    """Return measured rows with the column ``part``: whose each is, None where it is nobody's.

    Nobody's is what has no group, or belongs under none, and what came before the part's first whole month.
    """
    groups = [None if pd.isna(group) else str(group) for group in rows[by]]
    names = [group if under is None or group is None else under.get(group) for group in groups]
    starts = [None if name is None else begins.get(name) for name in names]
    parts = [
        name if start is not None and first >= start else None
        for name, start, first in zip(names, starts, rows["first"], strict=True)
    ]
    return rows.assign(part=pd.Series(parts, index=rows.index, dtype="object"))


def added_up(rows: pd.DataFrame, begins: Mapping[str, int]) -> dict[str | None, pd.DataFrame]:
    """Return each part's sums of numerators and of denominators, span by span, so that all add up to the whole.

    A part has every span from its beginning on, with 0 where nothing came; what is nobody's every span, if it is
    anything at all.
    """
    below = bool(rows["denominator"].notna().any())
    spans = pd.MultiIndex.from_frame(rows[["first", "last"]].drop_duplicates().sort_values(["first", "last"]))
    found: dict[str | None, pd.DataFrame] = {}
    for part in [*sorted(begins), None]:
        own = rows[rows["part"].isna() if part is None else rows["part"] == part]
        if own.empty and (below or part is None):
            continue
        sums = own.groupby(["first", "last"])[PARTS].sum(min_count=1)
        wanted = spans if part is None else spans[spans.get_level_values("first") >= begins[part]]
        filled = sums.reindex(wanted, fill_value=0.0).reset_index()
        filled["denominator"] = filled["denominator"] if below else np.nan
        if part is not None or filled[PARTS].fillna(0).ne(0).any(axis=None):
            ratio = filled["numerator"] / filled["denominator"].where(filled["denominator"] > 0)
            found[part] = filled.assign(value=ratio if below else filled["numerator"])
    return found


def taken_alone(rows: pd.DataFrame, by: str) -> dict[str | None, pd.DataFrame]:
    """Return the rows of each part as they were measured, where it is one group with anything at all.

    For what cannot be added up: of several groups together nothing is known. Nobody's are the rows without a group.
    """
    something = rows[rows[PARTS].fillna(0).ne(0).any(axis=1)]
    found: dict[str | None, pd.DataFrame] = {}
    for part, own in rows[rows["part"].notna()].groupby("part"):
        groups = something.loc[something["part"] == part, by].unique()
        if len(groups) == 1:
            found[str(part)] = own[own[by] == groups[0]]
    unknown = rows[rows[by].isna()]
    return found | ({None: unknown} if len(unknown) else {})
