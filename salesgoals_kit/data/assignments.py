"""Assignments that give a rep to more teams at once than there is of him."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby

import duckdb

from salesgoals_kit.data.engine import LINE
from salesgoals_kit.data.rules import v

Row = tuple[str, date, date | None, float, int]
WHOLE = 1 + 1e-9


def set_aside_overlaps(con: duckdb.DuckDBPyConnection, judged: str) -> None:
    """Add a fault to every row of judged assignments that does not fit in beside the earlier ones."""
    rows = con.execute(
        f"SELECT {v('rep')}, {v('from')}, {v('to')}, coalesce({v('share')}, 1.0), {LINE} FROM {judged} "
        f"WHERE len(faults) = 0 ORDER BY 1, 2, {LINE}"
    ).fetchall()
    for line, others in overlapping(rows).items():
        reason = f"overlaps with line {', '.join(map(str, others))}: the shares add up to more than 1 (no share is 1)"
        fault = f"{{'column': 'from', 'value': CAST({v('from')} AS VARCHAR), 'reason': ?}}"
        con.execute(f"UPDATE {judged} SET faults = list_append(faults, {fault}) WHERE {LINE} = ?", [reason, line])


def overlapping(rows: Iterable[Row]) -> dict[int, list[int]]:
    """Return the lines that do not fit, each with the lines that are in its way.

    ``rows`` are (rep, from, to or None, share, line), sorted by rep, from and line. A row is measured on its first
    day, when all that have begun before and fit are still there unless they have ended.

    >>> whole = ("Ann", date(2026, 1, 1), None, 1.0, 2)
    >>> overlapping([whole, ("Ann", date(2026, 2, 1), None, 0.5, 3), ("Bob", date(2026, 2, 1), None, 1.0, 4)])
    {3: [2]}
    """
    bad: dict[int, list[int]] = {}
    for _, of_rep in groupby(rows, key=lambda row: row[0]):
        running: list[Row] = []
        for row in of_rep:
            running = [other for other in running if other[2] is None or other[2] > row[1]]
            if sum(other[3] for other in running) + row[3] > WHOLE:
                bad[row[4]] = [other[4] for other in running]
            else:
                running.append(row)
    return bad
