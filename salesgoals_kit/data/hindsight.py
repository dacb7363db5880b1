"""Deals as they were known at a moment, although the CRM has overwritten them since.

A deal that had closed stands as it is, its amount and rep as deal_changes last had them. A deal that had not is open;
what its row says today counts only if nothing can have happened since. Otherwise a field is what deal_changes,
stage_events or an earlier snapshot say, and null, that is unknown, where they say nothing.

A field that deal_changes saw change *after* the moment was learned after it: it is never taken from the row, not even
of a closed deal. A deal whose closing day was written after the moment had not closed by it.
"""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from salesgoals_kit.data.moment import Frame, Moment

UNDATED = (
    *("amount", "stage", "rep", "team", "expected_close_at", "cost", "list_price", "term_months"),
    *("channel", "deal_type", "product", "family", "region", "account_id"),
)
_DATES = {"expected_close_at": ("expected_close_at", "expected_close_at_day", "expected_close_at_month")}
_LOGGED = {  # field of deal_changes: (columns of deals, where deal_changes keeps their values)
    "amount": (("amount",), ("value_amount",)),
    "rep": (("rep",), ("value",)),
    "stage": (("stage",), ("value",)),
    "expected_close_at": (_DATES["expected_close_at"], ("value_date", "value_date_day", "value_date_month")),
}
_BY_LOG_WHEN_CLOSED = ("amount", "rep")  # of a closed deal these two are read from the log even if nothing came later
FLAGS = ("_closed", "_born", "_moved", "_lost_amount", "_lost_rep")


def deals_at(frames: Mapping[str, Frame], moment: Moment) -> Frame:
    """Return the deals that may have been known at the moment, with columns of truth values (FLAGS) beside.

    ``_closed``: had closed; ``_born``: was known to exist; ``_moved``: has closed by today's row, but the day of its
    closing was written after the moment; ``_lost_amount``, ``_lost_rep``: was changed after the moment, not before.
    """
    created = nw.col("created_at_day")
    deals = frames["deals"].filter((created <= moment.as_of) | created.is_null())
    deals = _with_closing(deals, frames.get("deal_changes"), moment)
    logs = _logs(frames)
    for field, log in logs.items():
        deals = _with_log(deals, field, log, moment)
    if moment.earlier is not None:
        deals = _with_earlier(deals, moment.earlier.deals)
    closed = nw.col("_closed")
    fields = [_value(column, field, field in logs, moment) for field in UNDATED for column in _columns(field)]
    deals = deals.with_columns(*fields, _born(moment), *(_lost(field, field in logs) for field in _BY_LOG_WHEN_CLOSED))
    closing = [nw.when(closed).then(nw.col(c)).alias(c) for c in ("closed_at", "closed_at_day", "closed_at_month")]
    status = nw.when(closed).then(nw.col("status")).otherwise(nw.lit("open")).alias("status")
    names = [*frames["deals"].collect_schema().names(), *FLAGS]
    return deals.with_columns(*closing, status).select(names)


def _columns(field: str) -> tuple[str, ...]:
    return _LOGGED[field][0] if field in _LOGGED else (field,)


def _with_closing(deals: Frame, changes: Frame | None, moment: Moment) -> Frame:
    if changes is None:
        deals = deals.with_columns(_later=nw.lit(False))
    else:
        later = changes.filter((nw.col("field") == "closed_at") & (nw.col("changed_at_day") > moment.as_of))
        later = later.group_by("deal_id").agg(nw.col("changed_at_day").max().alias("_day"))
        deals = deals.join(later, on="deal_id", how="left").with_columns(_later=~nw.col("_day").is_null())
    shut = nw.col("status").is_in(["won", "lost"]) & (nw.col("closed_at_day") <= moment.as_of)
    deals = deals.with_columns(_shut=shut.fill_null(False))
    return deals.with_columns(
        (nw.col("_shut") & ~nw.col("_later")).alias("_closed"), (nw.col("_shut") & nw.col("_later")).alias("_moved")
    )


def _logs(frames: Mapping[str, Frame]) -> dict[str, Frame]:
    """Return, by field, what was written when: deal_id, day, order in time, and the values, named as in deals."""
    logs: dict[str, Frame] = {}
    if "deal_changes" in frames:
        for field, (ours, theirs) in _LOGGED.items():
            changes = frames["deal_changes"].filter(nw.col("field") == field)
            logs[field] = _log(changes, "changed_at_day", 0, dict(zip(theirs, ours, strict=True)))
    if "stage_events" in frames:
        events = _log(frames["stage_events"], "entered_at_day", 1, {"stage": "stage"})
        logs["stage"] = nw.concat([logs["stage"], events]) if "stage" in logs else events
    return logs


def _log(rows: Frame, day: str, rank: int, values: dict[str, str]) -> Frame:
    """``rank`` decides between two tables that tell of the same day."""
    order = (nw.col(day).cast(nw.Int64) * 2 + rank) * 2**32 + nw.col("seq").cast(nw.Int64)
    named = [nw.col(theirs).alias(f"_last_{ours}") for theirs, ours in values.items()]
    return rows.select("deal_id", nw.col(day).alias("_day"), order.alias("_order"), *named)


def _with_log(deals: Frame, field: str, log: Frame, moment: Moment) -> Frame:
    """Add ``_last_<column>`` as last written by the moment, ``_on_<field>`` its day, ``_after_<field>`` a later one."""
    by_then = log.filter(nw.col("_day") <= moment.as_of)
    newest = by_then.group_by("deal_id").agg(nw.col("_order").max())
    last = by_then.join(newest, on=["deal_id", "_order"], how="inner").drop("_order").rename({"_day": f"_on_{field}"})
    after = log.filter(nw.col("_day") > moment.as_of).group_by("deal_id").agg(nw.col("_day").max())
    after = after.rename({"_day": f"_after_{field}"})
    return deals.join(last, on="deal_id", how="left").join(after, on="deal_id", how="left")


def _with_earlier(deals: Frame, earlier: Frame) -> Frame:
    held = [nw.col(column).alias(f"_held_{column}") for field in UNDATED for column in _columns(field)]
    return deals.join(earlier.select("deal_id", nw.lit(1).alias("_held"), *held), on="deal_id", how="left")


def _value(column: str, field: str, logged: bool, moment: Moment) -> nw.Expr:
    """Return what a field of a deal is known to have been."""
    own, last = nw.col(column), nw.col(f"_last_{column}")
    when_closed = own
    if logged:
        untouched = nw.col(f"_after_{field}").is_null()
        if field in _BY_LOG_WHEN_CLOSED:
            untouched = untouched & nw.col(f"_on_{field}").is_null()
        when_closed = nw.when(untouched).then(own).otherwise(last)
    choice = nw.when(nw.col("_closed")).then(when_closed)
    when_open = _open_value(column, field, logged, moment)
    return (choice if when_open is None else choice.otherwise(when_open)).alias(column)


def _open_value(column: str, field: str, logged: bool, moment: Moment) -> nw.Expr | None:
    """Return what a field of a deal that was open is known to have been; None: nothing is."""
    if not moment.hindsight:
        return nw.col(column)
    last = nw.col(f"_last_{column}")
    if moment.earlier is None:
        return last if logged else None
    held = nw.col(f"_held_{column}")
    if not logged:
        return held
    newer = nw.col(f"_on_{field}") > moment.earlier.known_on
    return nw.when(newer | nw.col("_held").is_null()).then(last).otherwise(held)


def _lost(field: str, logged: bool) -> nw.Expr:
    """Return whether a field was written after the moment, and by then never."""
    if not logged:
        return nw.lit(False).alias(f"_lost_{field}")
    return (~nw.col(f"_after_{field}").is_null() & nw.col(f"_on_{field}").is_null()).alias(f"_lost_{field}")


def _born(moment: Moment) -> nw.Expr:
    known = nw.col("_closed") | ~nw.col("created_at_day").is_null() | nw.lit(not moment.hindsight)
    if moment.earlier is not None:
        known = known | ~nw.col("_held").is_null()
    return known.alias("_born")
