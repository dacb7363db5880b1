"""Whose figures belong together: an owner, its siblings and what they add up to, measured at once."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import SalesGoalsError
from salesgoals_kit.forecast.kin import Kin
from salesgoals_kit.forecast.series import Series, monthly_series
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.kpis.measure import histories, history
from salesgoals_kit.kpis.needs import dimensions
from salesgoals_kit.kpis.scope import teams_of
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import LENGTH, Period

NO_ONE = ""  # the name of the part that belongs to none of the siblings


def series_of(tables: Tables, owner: Owner, kpi: Kpi, period: Period) -> Series:
    """Return the monthly series that the outlook of a period is made of.

    A KPI that is recomputed on a period's rows rolls over as many months as the period has.
    """
    return _series(tables, owner, kpi, history(kpi.name, tables, owner, _length(kpi, period)).frame)


def kin_of(tables: Tables, owner: Owner, kpi: Kpi, period: Period) -> Kin | None:
    """Return what an owner is a part of, and all the parts; None for the company, and where it cannot be split so."""
    above = _above(tables, owner)
    by = "rep" if owner.kind == "rep" else "team"
    if above is None or by not in dimensions(kpi.name, tables):
        return None
    try:
        frames = histories(kpi.name, tables, by, above, _length(kpi, period))  # type: ignore[arg-type]
        whole = series_of(tables, above, kpi, period)
        parts = tuple(_series(tables, part, kpi, frame) for part, frame in _parts(tables, owner, above, kpi, frames))
    except SalesGoalsError:  # what there is above, or beside it, has no history: the owner stands alone
        return None
    return Kin(whole, parts, kin_of(tables, above, kpi, period))


def _above(tables: Tables, owner: Owner) -> Owner | None:
    if owner.kind == "rep":
        return Owner(owner.team) if owner.team is not None else None
    if owner.kind == "company":
        return None
    parents = {team.name: team.parent for team in tables.company.teams}
    return Owner(parents.get(str(owner.team)))


def _parts(
    tables: Tables, owner: Owner, above: Owner, kpi: Kpi, frames: dict[str | None, pd.DataFrame]
) -> Iterator[tuple[Owner, pd.DataFrame]]:
    """Give each part and its history: siblings with all below them, and what belongs to none of them."""
    left = dict(frames)
    for name in _siblings(tables, owner, above, frames):
        below = [name] if owner.kind == "rep" else teams_of(tables.company, name)
        own = [left.pop(group) for group in below if group in left]
        if own and (len(own) == 1 or kpi.over_period != "recompute"):
            yield Owner(above.team, name) if owner.kind == "rep" else Owner(name), _summed(own)
    if left and kpi.over_period != "recompute":
        yield Owner(above.team, NO_ONE), _summed(list(left.values()))


def _siblings(tables: Tables, owner: Owner, above: Owner, frames: dict[str | None, pd.DataFrame]) -> list[str]:
    if owner.kind == "rep" or not tables.company.teams:
        return [name for name in frames if name is not None]
    return [team.name for team in tables.company.teams if team.parent == above.team]


def _summed(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Return histories added up month by month; a ratio's parts each."""
    if len(frames) == 1:
        return frames[0]
    total = pd.concat(frames).groupby("month", as_index=False)[["numerator", "denominator"]].sum(min_count=1)
    below = total["denominator"]
    total["value"] = total["numerator"].where(below.isna(), total["numerator"] / below.where(below > 0))
    return total


def _series(tables: Tables, owner: Owner, kpi: Kpi, frame: pd.DataFrame) -> Series:
    return monthly_series(
        kpi.name,
        owner,
        frame,
        scale=kpi.scale,
        better=kpi.better,
        over_period=kpi.over_period,
        unit=kpi.unit,
        minor_units=tables.company.minor_units,
    )


def _length(kpi: Kpi, period: Period) -> int:
    return LENGTH[period.grain] if kpi.over_period == "recompute" else 1
