"""The team a row belongs to: its own, or that of its rep on the day that counts."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from salesgoals_kit.data.contract import TEAM_DAY
from salesgoals_kit.data.moment import Frame, Moment

_NOBODY = nw.when(nw.col("rep").is_null()).then(nw.col("rep"))  # null in every row, a text in every engine


def with_team(name: str, frame: Frame, frames: Mapping[str, Frame], moment: Moment) -> Frame:
    """Return the table with its column ``team`` filled; null where no team is known.

    A rep's team on a day is his assignment's with the greatest share (of equal ones the latest begun). Without a table
    of assignments it is reps.team, which then holds for ever. A deal that is open asks for the team as it is.
    """
    day = nw.col(f"{TEAM_DAY[name]}_day")
    if name == "deals":
        day = day.fill_null(moment.as_of)
    own = nw.col("team") if "team" in frame.collect_schema().names() else None
    if "assignments" in frames:
        dated = frame.with_columns(day.cast(nw.Int32).alias("_on"))
        placed = dated.join(_assigned(dated, frames["assignments"]), on=["rep", "_on"], how="left").drop("_on")
    elif "reps" in frames:
        placed = frame.join(frames["reps"].select("rep", nw.col("team").alias("_team")), on="rep", how="left")
    else:
        return (
            frame if own is not None else frame.with_columns(nw.when(nw.col("rep").is_null()).then("rep").alias("team"))
        )
    team = nw.col("_team") if own is None else nw.when(own.is_null()).then(nw.col("_team")).otherwise(own)
    return placed.with_columns(team.alias("team")).drop("_team")


def _assigned(rows: Frame, assignments: Frame) -> Frame:
    """Return the team, ``_team``, of every rep on every day ``_on`` that the rows have."""
    asked = rows.select("rep", "_on").filter(~nw.col("rep").is_null() & ~nw.col("_on").is_null()).unique()
    spans = assignments.select(
        "rep", nw.col("team").alias("_team"), nw.col("from_day").alias("_from"), nw.col("to_day").alias("_to"), "seq"
    )
    on = nw.col("_on")
    within = asked.join(spans, on="rep", how="inner").filter(
        (nw.col("_from") <= on) & (nw.col("_to").is_null() | (on < nw.col("_to")))
    )
    first = within.group_by("rep", "_on").agg(nw.col("seq").max())
    return within.join(first, on=["rep", "_on", "seq"], how="inner").select("rep", "_on", "_team")
