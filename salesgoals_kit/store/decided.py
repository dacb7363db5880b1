"""What the ledger holds of how things ended: every version of final figures, and agreed goals beside theirs."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from salesgoals_kit.store.encode import row_of
from salesgoals_kit.store.rows import FinalRow, GoalRow
from salesgoals_kit.store.schema import LEDGER
from salesgoals_kit.store.visible import joined, standing

Promise = tuple[GoalRow, FinalRow]


def final_versions(connection: Connection, company: str, period: str, as_of: date) -> list[FinalRow]:
    """Return everybody's final figures of a period in every version known at as_of, the oldest first."""
    table = LEDGER[FinalRow.TABLE].c
    query = joined(FinalRow).where(table.company == company, table.period == period, table.as_of <= as_of)
    found = [row_of(FinalRow, cells) for cells in connection.execute(query).mappings()]
    return sorted(found, key=lambda row: (repr(row.owner), row.kpi, row.version))


def promises(connection: Connection, company: str, period: str, template: str, as_of: date) -> list[Promise]:
    """Return each agreed goal with the final figure that decides it, as a run of a template for a period may see them.

    What the template itself wrote for the period is left out, as `Ledger.scorable` does.
    """
    goals, finals = LEDGER[GoalRow.TABLE].c, LEDGER[FinalRow.TABLE].c
    agreed = standing(GoalRow, period, template, as_of, goals.company == company, goals.level == "agreed")
    came = standing(FinalRow, period, template, as_of, finals.company == company)
    decided = {
        (cells["period"], cells["kpi"], cells["owner_key"]): row_of(FinalRow, cells)
        for cells in connection.execute(came).mappings()
    }
    found: list[tuple[tuple[str, str, str], Promise]] = []
    for cells in connection.execute(agreed).mappings():
        key = (cells["period"], cells["kpi"], cells["owner_key"])
        if key in decided:
            found.append((key, (row_of(GoalRow, cells), decided[key])))
    return [pair for _, pair in sorted(found, key=lambda item: item[0])]
