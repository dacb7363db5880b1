"""Whose figures belong together: an owner, its siblings and what they add up to, measured at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed, once
from salesgoals_kit.errors import SalesGoalsError
from salesgoals_kit.forecast.book import key_of
from salesgoals_kit.forecast.kin import Kin, is_shared, needs_kin
from salesgoals_kit.forecast.series import Series, monthly_series
from salesgoals_kit.forecast.signals import YEAR
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.kpis.measure import histories, history
from salesgoals_kit.kpis.needs import dimensions
from salesgoals_kit.kpis.scope import teams_of
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import LENGTH, Period

By = Literal["team", "rep"]
NO_ONE = ""  # the name of the part that belongs to none of the siblings


def series_of(tables: Tables, owner: Owner, kpi: Kpi, period: Period) -> Series:
    """Return the monthly series that the outlook of a period is made of.

    A KPI that is recomputed on a period's rows rolls over as many months as the period has.
    """
    return _series(tables, owner, kpi, history(kpi.name, tables, owner, _length(kpi, period)).frame)


def kin_of(tables: Tables, owner: Owner, kpi: Kpi, period: Period) -> Kin | None:
    """Return what an owner is a part of, and all the parts; None for the company, and where it cannot be split so."""
    above = _above(tables, owner)
    by: By = "rep" if owner.kind == "rep" else "team"
    if above is None or by not in dimensions(kpi.name, tables):
        return None
    return _kin_below(tables, above, by, kpi, period)


@once
def _kin_below(tables: Tables, above: Owner, by: By, kpi: Kpi, period: Period) -> Kin | None:
    """Return a whole and its parts, for all parts the same; None where it has no history, or a part has none."""
    try:
        under = _under(tables, by, above)
        frames = histories(kpi.name, tables, by, above, _length(kpi, period), under)
        whole = series_of(tables, above, kpi, period)
        found = (_series(tables, part, kpi, frame) for part, frame in _parts(above, by, kpi, frames, under))
        parts = tuple(part for part in found if part.owner.name != NO_ONE or goes_on(part, whole.last))
    except SalesGoalsError:  # each owner stands alone
        return None
    return Kin(whole, parts, kin_of(tables, above, kpi, period))


def goes_on(part: Series, last: int) -> bool:
    """Return whether there was anything of a part in the year up to a month; else nothing of it comes any more."""
    recent = part.between(last - YEAR + 1, last)
    below = np.zeros(1) if recent.denominator is None else recent.denominator
    return bool(np.nansum(np.abs(recent.numerator)) or np.nansum(np.abs(below)))


@once
def known_of(tables: Tables, owner: Owner, kpi: Kpi, period: Period) -> tuple[Series, Kin | None]:
    """Return the series an outlook is made of, and the kin that counts for it.

    Where the outlook is a share of the whole's, the series is the kin's part, so that a report speaks of what was
    forecast. It is the owner's own history, but for a rep who came from another team: what was sold there is not in it.
    """
    series = series_of(tables, owner, kpi, period)
    kin = kin_of(tables, owner, kpi, period) if needs_kin(series) else None
    if kin is None or not is_shared(kin, series):
        return series, kin
    return next(part for part in kin.parts if part.owner == owner), kin


@dataclass(frozen=True, eq=False)
class Asked:
    """What an outlook is made of: the series, and the key that it has in the book."""

    series: Series
    key: str


@handed
def asked_of(tables: Tables, owner: Owner, kpi: Kpi, period: Period) -> Asked:
    """Return what the outlook of a period is asked for by; its key depends on the kin as well."""
    series, kin = known_of(tables, owner, kpi, period)
    return Asked(series, key_of(series, period, tables.company.country, kin=kin))


def _above(tables: Tables, owner: Owner) -> Owner | None:
    if owner.kind == "rep":
        return Owner(owner.team) if owner.team is not None else None
    if owner.kind == "company":
        return None
    parents = {team.name: team.parent for team in tables.company.teams}
    return Owner(parents.get(str(owner.team)))


def _parts(
    above: Owner, by: By, kpi: Kpi, frames: dict[str | None, pd.DataFrame], under: Mapping[str, str] | None
) -> Iterator[tuple[Owner, pd.DataFrame]]:
    """Give each part and its history: siblings with all below them, and what belongs to none of them."""
    names = [name for name in frames if name is not None] if under is None else list(dict.fromkeys(under.values()))
    for name in names:
        if name in frames:
            yield Owner(above.team, name) if by == "rep" else Owner(name), frames[name]
    if None in frames and kpi.over_period != "recompute":
        yield Owner(above.team, NO_ONE), frames[None]


def _under(tables: Tables, by: By, above: Owner) -> dict[str, str] | None:
    """Return the sibling that each team belongs to, in the company's order; None where each is its own.

    Reps who have left or moved by as_of are no siblings: what they sold is nobody's.
    """
    if by == "rep":
        return {rep: rep for rep in make_up(tables, above).people["rep"]}
    if not tables.company.teams:
        return None
    siblings = [team.name for team in tables.company.teams if team.parent == above.team]
    return {below: name for name in siblings for below in teams_of(tables.company, name)}


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
