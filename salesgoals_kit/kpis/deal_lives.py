"""The lives of deals, one by one: when each began and ended, how, the stages it entered, the amounts it was put at.

Of the past only what has a day: a stage that was overwritten without an event is not known.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import once
from salesgoals_kit.kpis.curves import data_begins
from salesgoals_kit.kpis.scope import Scope, native, teams_of
from salesgoals_kit.owners import Owner

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
NEVER = 1 << 40  # the day on which an open deal closes
UNKNOWN = -1  # the code of a stage, a type or a team that is not known


@dataclass(frozen=True, eq=False)
class Log:
    """What was written of deals, in the order of deal and time: ``deal`` (row), ``day``, ``value``."""

    deal: Ints
    day: Ints
    value: Floats

    def at(self, deal: Ints, day: Ints) -> Floats:
        """Return what stood of each of these deals at the end of each of these days; NaN: nothing yet."""
        if not len(self.deal):
            return np.full(len(deal), np.nan)
        span = NEVER >> 8
        place = np.searchsorted(self.deal * span + self.day, deal * span + day, side="right") - 1
        found = np.maximum(place, 0)
        return np.where((place >= 0) & (self.deal[found] == deal), self.value[found], np.nan)


NO_LOG = Log(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))


@dataclass(frozen=True, eq=False)
class Lives:
    """All deals of the company by row, sorted by name; days are day numbers, amounts currency units (NaN: unknown).

    ``created``: ``NEVER`` where unknown; ``closed``: ``NEVER`` of open ones. ``kind``, ``team``: codes into ``kinds``
    and ``teams``; ``rep``: names. ``stages``: codes into ``stage_names`` by day; without events it is empty, and so is
    ``amounts`` without a log of changes. ``begins``: the first day on which any deal of the data closed.
    """

    created: Ints
    closed: Ints
    won: Mask
    amount: Floats
    kind: Ints
    team: Ints
    rep: npt.NDArray[np.object_]
    kinds: tuple[str, ...]
    teams: tuple[str, ...]
    stage_names: tuple[str, ...]
    stages: Log
    amounts: Log
    begins: int

    def of(self, owner: Owner, tables: Tables) -> Mask:
        """Return which deals are an owner's: as `Scope.rows` has them."""
        if owner.kind == "rep":
            return np.asarray(self.rep == owner.rep)
        if owner.kind == "company":
            return np.ones(len(self.created), dtype=bool)
        own = [self.teams.index(name) for name in teams_of(tables.company, str(owner.team)) if name in self.teams]
        return np.asarray(np.isin(self.team, own))


@once
def deal_lives(tables: Tables) -> Lives | None:
    """Return the lives of all deals; None where the data has no deals, or no day on which one was created."""
    if not tables.has("deals") or not {"created_at", "status"} <= tables.columns("deals"):
        return None
    names = ["deal_id", "status", "created_at_day", "closed_at_day", "amount", "deal_type", "team", "rep"]
    rows = native(tables.frame("deals").select(names)).sort_values("deal_id", ignore_index=True)
    ids = {str(name): row for row, name in enumerate(rows["deal_id"])}
    kind, kinds = _codes(rows["deal_type"])
    team, teams = _codes(rows["team"])
    stages, stage_names = _stages(tables, ids)
    return Lives(
        created=_days(rows["created_at_day"]),
        closed=_days(rows["closed_at_day"]),
        won=(rows["status"] == "won").to_numpy(dtype=bool),
        amount=rows["amount"].to_numpy(dtype="float64", na_value=np.nan) / tables.company.minor_units,
        kind=kind,
        team=team,
        rep=rows["rep"].to_numpy(dtype=object),
        kinds=kinds,
        teams=teams,
        stage_names=stage_names,
        stages=stages,
        amounts=_amounts(tables, ids),
        begins=data_begins(Scope(tables)),
    )


def _days(cells: pd.Series) -> Ints:
    return np.asarray(cells.astype("float64").fillna(NEVER), dtype=np.int64)


def _codes(cells: pd.Series) -> tuple[Ints, tuple[str, ...]]:
    names = tuple(sorted({str(cell) for cell in cells.dropna()}))
    place = {name: code for code, name in enumerate(names)}
    codes = [UNKNOWN if pd.isna(cell) else place[str(cell)] for cell in cells]
    return np.array(codes, dtype=np.int64), names


def _stages(tables: Tables, ids: dict[str, int]) -> tuple[Log, tuple[str, ...]]:
    """Return the stages as entered, and their names in the order in which deals usually enter them.

    Of two that a deal entered on one day the later in that order counts.
    """
    if not tables.has("stage_events"):
        return NO_LOG, ()
    rows = native(tables.frame("stage_events").select("deal_id", "entered_at_day", "stage")).dropna()
    rows = rows.assign(deal=rows["deal_id"].map(ids), day=rows["entered_at_day"].astype("float64"))
    after = rows["day"] - rows.groupby("deal")["day"].transform("min")
    usual = pd.DataFrame({"stage": rows["stage"], "after": after}).groupby("stage", as_index=False).mean()
    order = usual.sort_values(["after", "stage"])["stage"]
    names = tuple(str(stage) for stage in order)
    return _log(rows.assign(value=rows["stage"].map({name: code for code, name in enumerate(names)}))), names


def _amounts(tables: Tables, ids: dict[str, int]) -> Log:
    """Return the amounts as written; of two on one day, which day does not tell apart, the larger counts."""
    if not tables.has("deal_changes"):
        return NO_LOG
    changes = tables.frame("deal_changes").filter(nw.col("field") == "amount")
    rows = native(changes.select("deal_id", "changed_at_day", "value"))
    value = pd.to_numeric(rows["value"]).astype("float64") / tables.company.minor_units
    return _log(rows.rename(columns={"changed_at_day": "day"}).assign(value=value, deal=rows["deal_id"].map(ids)))


def _log(rows: pd.DataFrame) -> Log:
    known = rows[rows["deal"].notna() & rows["day"].notna()].sort_values(["deal", "day", "value"])
    deal, day = (known[name].to_numpy(dtype="int64") for name in ("deal", "day"))
    return Log(deal, day, known["value"].to_numpy(dtype="float64"))
