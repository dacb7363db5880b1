"""The tables as they came in, and the moment from which they are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw

Frame = nw.LazyFrame[Any]


@dataclass(frozen=True)
class Raw:
    """Whole tables: every canonical column, companions, and what orders rows in time; nothing is hidden yet.

    ``present`` names, per table, the canonical columns that really came with the data.
    """

    frames: Mapping[str, Frame]
    present: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Earlier:
    """An earlier snapshot's deals, as they were on the day number ``known_on``."""

    deals: Frame
    known_on: int


@dataclass(frozen=True)
class Moment:
    """The end of the day ``as_of``, seen from tables that end on ``known_on``; both day numbers."""

    as_of: int
    known_on: int
    earlier: Earlier | None = None

    @property
    def hindsight(self) -> bool:
        """Whether the tables know more than could be known then."""
        return self.as_of < self.known_on


def unless_after(frame: Frame, day: int, *dates: str) -> Frame:
    """Return the frame with dates after ``day`` made null, companions too."""
    if not dates:
        return frame
    return frame.with_columns(
        *(
            nw.when(nw.col(f"{date}_day") <= day).then(nw.col(name)).alias(name)
            for date in dates
            for name in (date, f"{date}_day", f"{date}_month")
        )
    )
