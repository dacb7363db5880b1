"""How far the tables reach, and what they cannot tell about a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import narwhals as nw

from salesgoals_kit.data.contract import EVENTS, TABLES
from salesgoals_kit.data.moment import Frame, Moment
from salesgoals_kit.periods import day_of, month_end, month_number
from salesgoals_kit.words import Count, Message, say


def unknown_deals(found: Frame, moment: Moment) -> list[Message]:
    """Count what cannot be told of deals: the rows left out, the closings written later, the fields overwritten."""
    born, is_open = nw.col("_born"), nw.col("_born") & ~nw.col("_closed")
    fields = ("amount", "stage", "rep", "expected_close_at")
    blank = [(is_open & nw.col(field).is_null()) for field in fields]
    closed_blank = nw.col("_closed") & nw.col("amount").is_null()
    flags = {"unborn": ~born, "moved": nw.col("_moved") & born, "open": is_open, "closed_amount": closed_blank}
    flags |= {f"open_{field}": flag for field, flag in zip(fields, blank, strict=True)}
    counts = found.select(*(_ones(flag).sum().alias(name) for name, flag in flags.items())).collect("pandas")
    number = {name: int(counts[name][0] or 0) for name in flags}
    told = [say("data.deals_not_known_to_exist", count=Count(number["unborn"]))] if number["unborn"] else []
    if number["moved"]:
        told.append(say("data.closings_written_later", count=Count(number["moved"])))
    if moment.hindsight:
        told += [
            say(f"data.open_{field}_unknown", count=Count(number[f"open_{field}"]), of=Count(number["open"]))
            for field in fields
            if number[f"open_{field}"]
        ]
    return told


def _ones(flag: nw.Expr) -> nw.Expr:
    return nw.when(flag.fill_null(False)).then(nw.lit(1)).otherwise(nw.lit(0))


def unknown_elsewhere(shown: Mapping[str, Frame], moment: Moment) -> list[Message]:
    """Return what the other tables cannot tell, and how the moment lies to the data's end."""
    told: list[Message] = []
    if moment.hindsight and "accounts" in shown:
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
