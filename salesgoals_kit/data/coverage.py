"""How far the tables reach, and what they cannot tell about a moment."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import date

import narwhals as nw

from salesgoals_kit.data.contract import EVENTS, TABLES
from salesgoals_kit.data.dated import LEARNED_OF_ACCOUNTS, OVERWRITTEN_LEADS
from salesgoals_kit.data.moment import Frame, Moment
from salesgoals_kit.periods import day_of, month_end, month_number
from salesgoals_kit.words import Count, Message, say

_OF_OPEN_DEALS = ("amount", "stage", "rep", "expected_close_at")


def unknown_deals(found: Frame, moment: Moment, tellable: Container[str]) -> list[Message]:
    """Return what cannot be told of deals: rows left out, closings entered later, fields that are not known.

    ``found`` is what `hindsight.deals_at` gives; ``tellable`` are the fields that the data has at all.
    """
    born = nw.col("_born")
    flags = {
        "data.deals_not_known_to_exist": ~born,
        "data.closings_written_later": born & nw.col("_moved"),
        **{f"data.closed_{field}_unknown": nw.col("_closed") & nw.col(f"_lost_{field}") for field in ("amount", "rep")},
    }
    is_open = born & ~nw.col("_closed")
    if moment.hindsight:
        fields = [field for field in _OF_OPEN_DEALS if field in tellable]
        flags |= {f"data.open_{field}_unknown": is_open & nw.col(field).is_null() for field in fields}
    counts = [_ones(flag).sum().alias(title) for title, flag in flags.items()]
    row = found.select(*counts, _ones(is_open).sum().alias("open")).collect("pandas")
    number = {title: int(row[title][0] or 0) for title in (*flags, "open")}
    told = [say(title, count=Count(number[title])) for title in flags if number[title] and "open_" not in title]
    of = Count(number["open"])
    return told + [
        say(title, count=Count(number[title]), of=of) for title in flags if number[title] and "open_" in title
    ]


def _ones(flag: nw.Expr) -> nw.Expr:
    return nw.when(flag.fill_null(False)).then(nw.lit(1)).otherwise(nw.lit(0))


def unknown_elsewhere(present: Mapping[str, Container[str]], moment: Moment) -> list[Message]:
    """Return what the other tables cannot tell, and how the moment lies to the data's end."""
    told: list[Message] = []
    if moment.hindsight and moment.earlier is not None:
        told.append(say("data.earlier_used", day=day_of(moment.earlier.known_on)))
    if moment.hindsight and any(column in present.get("leads", ()) for column in OVERWRITTEN_LEADS):
        told.append(say("data.leads_undated", day=day_of(moment.as_of)))
    if moment.hindsight and any(column in present.get("accounts", ()) for column in LEARNED_OF_ACCOUNTS):
        told.append(say("data.accounts_undated", day=day_of(moment.as_of)))
    if moment.as_of > moment.known_on:
        told.append(say("data.ends_before", last=day_of(moment.known_on), day=day_of(moment.as_of)))
    return told


def coverage(name: str, frame: Frame) -> tuple[date, date] | None:
    """Return the first and the last day with data; months count as whole ones."""
    columns = EVENTS.get(name) or TABLES[name].dates[:1]
    if not columns:
        return None
    days = [nw.col(f"{column}_day") for column in columns]
    ends = frame.select(
        *(day.min().alias(f"first{i}") for i, day in enumerate(days)),
        *(day.max().alias(f"last{i}") for i, day in enumerate(days)),
    )
    row = ends.collect("pandas").to_native().iloc[0].dropna()
    if row.empty:
        return None
    first, last = day_of(int(row.min())), day_of(int(row.max()))
    return (first, month_end(month_number(last))) if name in ("spend", "costs") else (first, last)
