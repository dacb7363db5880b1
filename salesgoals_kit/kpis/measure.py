"""Measure a KPI over spans of months, and give its history of whole months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import once
from salesgoals_kit.errors import DataError, Fault
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.kpis.months import Reach, reach, starts
from salesgoals_kit.kpis.needs import dimensions, kpi_named, missing
from salesgoals_kit.kpis.scope import By, Scope, Spans
from salesgoals_kit.kpis.spans import added_up, kept_apart, month_spans, taken_alone
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import month_start
from salesgoals_kit.words import Message, say

COLUMNS = ("first", "last", "numerator", "denominator", "value")


@dataclass(frozen=True)
class History:
    """A KPI's whole months for one owner.

    ``frame`` has the columns month (datetime64, its first day), numerator, denominator, value; each row is over the
    ``length`` months that end with its month.
    """

    kpi: str
    owner: Owner
    frame: pd.DataFrame
    notes: tuple[Message, ...]
    length: int = 1


def measure(name: str, tables: Tables, spans: Spans, by: By = (), owner: Owner = COMPANY) -> pd.DataFrame:
    """Return a KPI over spans of months: columns by, first, last, numerator, denominator, value.

    Complete over groups * spans and sorted; a group is None where it is unknown. Money is in currency units, rates are
    fractions. The value is NaN where it is not defined, the denominator NaN where the KPI has none.

    Raises ParamError for a name or a dimension that there is not, DataError naming what the tables lack.
    """
    kpi = kpi_named(name)
    _check(kpi, tables, by, owner)
    if not spans:
        return pd.DataFrame(columns=[*by, *COLUMNS])
    scope = Scope(tables, owner)
    if scope.is_one_of_many and not by and "team" in dimensions(name, tables):
        found = _found_among_teams(name, scope, spans)
        if found is not None:
            return found
    return kpi.measure(scope, spans, by)[[*by, *COLUMNS]]


def _found_among_teams(name: str, scope: Scope, spans: Spans) -> pd.DataFrame | None:
    """Return the rows of a team from what was measured for all teams; None where the team is not among them."""
    wanted = pd.MultiIndex.from_tuples(sorted(set(spans)), names=["first", "last"])
    whole = whole_months(name, scope.everyone())
    usual = month_spans(whole.first, whole.last, spans[0][1] - spans[0][0] + 1)
    asked = usual if set(usual).issuperset(spans) else wanted.to_list()
    own = _measured_teams(name, scope.everyone(), tuple(asked)).get(str(scope.owner.team))
    return None if own is None else own.set_index(["first", "last"]).loc[wanted].reset_index()[list(COLUMNS)]


@once
def _measured_teams(name: str, scope: Scope, spans: Spans) -> dict[str, pd.DataFrame]:
    rows = kpi_named(name).measure(scope, spans, ("team",))
    return {str(team): own for team, own in rows.groupby("team", sort=False)}


def _check(kpi: Kpi, tables: Tables, by: By, owner: Owner) -> None:
    lacking = missing(kpi.name, tables, owner)
    if lacking:
        faults = [
            Fault(f"sources.{lack.partition('.')[0]}", f"{lack} is missing, or has nothing that counts here")
            for lack in lacking
        ]
        raise DataError(f"{kpi.name} cannot be computed.", faults)
    known = dimensions(kpi.name, tables) if by else ()
    unknown = [Fault("by", repr(name), f"one of {', '.join(known) or 'none'}") for name in by if name not in known]
    if unknown:
        raise DataError(f"{kpi.name} cannot be split like this.", unknown)


@once
def history(name: str, tables: Tables, owner: Owner = COMPANY, length: int = 1) -> History:
    """Return the KPI's whole months, from the first on which it can be measured; never a part month.

    With ``length`` above 1 each row is over so many months: for KPIs that are recomputed on a period's rows. Of a KPI
    that is shown trailing (cac: three months) the monthly value trails; numerator and denominator are the month's own.
    """
    kpi = kpi_named(name)
    _check(kpi, tables, (), owner)
    scope = Scope(tables, owner)
    found = whole_months(name, scope)
    rows = _measurable(kpi, measure(name, tables, month_spans(found.first, found.last, length), (), owner), length)
    empty = [] if len(rows) else [say("kpis.no_whole_month")]
    notes = (*found.notes, *empty, *_remarks(name, scope, found.first, found.last))
    return History(name, owner, _dated(rows), notes, length)


@once
def whole_months(name: str, scope: Scope) -> Reach:
    """Return the whole months of a KPI for an owner, by all tables that it is made of."""
    return reach(scope, kpi_named(name).clocks(scope))


@once
def _remarks(name: str, scope: Scope, first: int, last: int) -> tuple[Message, ...]:
    return tuple(kpi_named(name).remarks(scope, first, last))


@once
def histories(
    name: str,
    tables: Tables,
    by: Literal["team", "rep"],
    owner: Owner = COMPANY,
    length: int = 1,
    under: Mapping[str, str] | None = None,
) -> dict[str | None, pd.DataFrame]:
    """Return the histories of all teams or reps of an owner, measured at once; None is what belongs to no one.

    Each begins where `history` has it begin. What came in the part month before is no one's, so that what adds up
    adds up to the owner's in every month. A rep who has left has months to the owner's last. ``under`` names the part
    that each team belongs to, where these are fewer than the teams; what is not in it is no one's.
    """
    kpi = kpi_named(name)
    _check(kpi, tables, (by,), owner)
    scope = Scope(tables, owner)
    clocks = kpi.clocks(scope)
    found = whole_months(name, scope)
    rows = measure(name, tables, month_spans(found.first, found.last, length), (by,), owner)
    if rows.empty:
        return {}
    begins = starts(scope, clocks, by, found.first, under)
    placed = kept_apart(rows, by, begins, under)
    parts = taken_alone(placed, by) if kpi.over_period == "recompute" else added_up(placed, begins)
    kept = {part: _measurable(kpi, own.reset_index(drop=True), length) for part, own in parts.items()}
    return {part: _dated(own) for part, own in kept.items() if len(own)}


def _measurable(kpi: Kpi, rows: pd.DataFrame, length: int) -> pd.DataFrame:
    known = rows["value"].notna().cummax().astype(bool) if kpi.trailing == 1 else rows["numerator"].notna()
    rows = rows[known].reset_index(drop=True)
    if length == 1 and kpi.trailing > 1:
        rows["value"] = _trailing(rows, kpi.trailing)
    return rows


def _trailing(rows: pd.DataFrame, months: int) -> pd.Series:
    sums = rows[["numerator", "denominator"]].rolling(months).sum()
    return sums["numerator"] / sums["denominator"].where(sums["denominator"] > 0)


def _dated(rows: pd.DataFrame) -> pd.DataFrame:
    months = pd.to_datetime(pd.Series([month_start(month) for month in rows["last"]], dtype="object"))
    frame = rows[["numerator", "denominator", "value"]].astype("float64")
    frame.insert(0, "month", months.astype("datetime64[us]"))
    return frame
