"""Whose deals an owner's are compared with: the company's other teams, pooled and never named, or its teams by name.

What a team lacks of its own, it takes from the company as a whole (when deals are won, how long customers stay, what a
person carries); the report says so. That is no comparison, and holds in a company of two teams as well: the company's
own figures are known to those who lead its teams, and who subtracts his own from them learns no more than that.
"""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import pandas as pd

from salesgoals_kit.data.kept import once
from salesgoals_kit.kpis.scope import Scope, native, teams_of
from salesgoals_kit.periods import YEAR, Period, day_number, last_whole_month, whole_periods

FEWEST_OTHERS = 3  # teams: of fewer, what is said of the others is said of a team that everybody knows
MOST_TEAMS = 20  # that are looked at one by one
RECENT = 2 * YEAR  # months: what sets teams apart stays for longer than a year, and luck evens out
OWN, OTHERS = "own", "others"


def sides(scope: Scope, team: pd.Series, kind: pd.Series) -> pd.Series | None:
    """Return for each row with a team which group it is in: a team by name, or ``own`` and ``others``; None: neither.

    The company has its teams by name, of very many those with most rows. A team has itself against all others where
    at least three of them have rows of a ``kind`` that it has as well, for it is compared within kinds; None altogether
    where there are fewer.
    """
    names = as_words(team)
    counts = names.value_counts()
    if scope.owner.kind != "team":
        most = sorted(counts.index, key=lambda name: (-int(counts[name]), name))[:MOST_TEAMS]
        return _placed(names, {name: name for name in most}) if len(most) > 1 else None
    own = teams_of(scope.company, str(scope.owner.team))
    kinds, mine = kind.fillna(""), names.isin(own)
    if names[~mine & kinds.isin({*kinds[mine]})].nunique() < FEWEST_OTHERS:
        return None
    return _placed(names, {name: OWN if name in own else OTHERS for name in counts.index})


def _placed(names: pd.Series, groups: Mapping[str, str]) -> pd.Series:
    return pd.Series([groups.get(name) for name in names], index=names.index, dtype="object")


@once
def people_of(scope: Scope) -> frozenset[str] | None:
    """Return the reps who may be named in the owner's report; None for the company: all.

    They are those whom the table of reps or of assignments has in the team, whenever that was; without either those
    who have closed most of their deals there.
    """
    if scope.owner.kind == "company":
        return None
    if scope.owner.kind == "rep":
        return frozenset({str(scope.owner.rep)})
    tables = scope.tables
    own = teams_of(tables.company, str(scope.owner.team))
    placed = [name for name in ("assignments", "reps") if tables.has(name) and "team" in tables.columns(name)]
    if placed:
        rows = tables.frame(placed[0]).filter(nw.col("team").is_in(own) & ~nw.col("rep").is_null())
        return frozenset(str(rep) for rep in native(rows.select("rep"))["rep"])
    deals = native(tables.frame("deals").select("rep", "team")).dropna()
    usual = deals.groupby("rep")["team"].agg(lambda teams: sorted(teams.mode())[0])
    return frozenset(str(rep) for rep, team in usual.items() if team in own)


def as_words(cells: pd.Series) -> pd.Series:
    """Return words as plain strings, None where unknown."""
    return pd.Series([None if pd.isna(cell) else str(cell) for cell in cells], index=cells.index, dtype="object")


def quarters_until(scope: Scope, first: int) -> list[Period]:
    """Return the whole fiscal quarters from a month on that have ended by as_of."""
    return whole_periods("quarter", first, last_whole_month(scope.tables.as_of), scope.company.fiscal_year_starts)


def late_days(quarter: Period) -> int:
    """Return how many days are the last tenth of a quarter, to the nearest day.

    >>> late_days(Period("quarter", 660, 662))
    9
    """
    return round((day_number(quarter.end) - day_number(quarter.start) + 1) / 10)
