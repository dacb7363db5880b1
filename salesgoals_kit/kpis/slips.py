"""How often the expected day of closing is put off, from deal_changes: deals counted for as long as they are open.

A deal that is open longer is put off more often, whoever has it. So what is expected of each is the rate at which all
open deals of its type and age were put off, added up over its days (Lawless & Nadeau 1995); and what sets a group
apart is judged from how its deals spread about that (the robust variance of Lin, Wei, Yang & Ying 2000).
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed, once
from salesgoals_kit.kpis.curves import data_begins
from salesgoals_kit.kpis.cycles import NEEDED, dated_deals
from salesgoals_kit.kpis.others import OWN, RECENT, as_words, sides
from salesgoals_kit.kpis.scope import Scope, native
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import day_of, last_whole_month, month_number

FIELD = "expected_close_at"
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Slips:
    """Deals created in the last 24 months that had an expected day of closing, and how often it was put off.

    ``deals``, ``slipped`` (put off at least once), ``over`` (over a fiscal quarter's end), ``moves`` (times put off)
    and ``days`` (by which they were put off, in all) are the owner's. ``units``: by group (a team by name, or ``own``
    and ``others``) and unit (a number for each rep, -1: nobody): deals, moves, expected. ``tests``: by group: excess
    (moves beyond those expected beside the others) and variance of it.
    """

    deals: int
    slipped: int
    over: int
    moves: int
    days: int
    units: pd.DataFrame
    tests: pd.DataFrame


@handed
def slips(tables: Tables, owner: Owner = COMPANY) -> Slips | None:
    """Return how the owner's expected days of closing slip; None where deal_changes or deals do not tell."""
    scope = Scope(tables, owner)
    if not tables.has("deals", "deal_changes") or not tables.columns("deals") >= NEEDED or not scope.owns("deals"):
        return None
    deals, moves = _seen(scope.everyone())
    if deals.empty:
        return None
    own = deals["deal_id"].isin(set(dated_deals(scope)["deal_id"]))
    mine = moves[moves["deal_id"].isin(set(deals.loc[own, "deal_id"]))]
    side = sides(scope, deals["team"], deals["deal_type"])
    units, tests = _compared(deals, moves, side)
    return Slips(
        deals=int(own.sum()),
        slipped=int(mine["deal_id"].nunique()),
        over=int(mine.loc[mine["over"], "deal_id"].nunique()),
        moves=len(mine),
        days=int(mine["days"].sum()),
        units=units,
        tests=tests,
    )


@once
def _seen(scope: Scope) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the deals seen (with ``entry``, the age at which the day was first written) and each time one slipped."""
    rows = scope.tables.frame("deal_changes").filter(nw.col("field") == FIELD)
    found = native(rows.select("deal_id", "value", "changed_at_day"))
    log = pd.DataFrame({"deal_id": as_words(found["deal_id"]), "at": found["changed_at_day"].astype("int64")})
    log["expected"] = pd.to_datetime(as_words(found["value"]), format="ISO8601")
    log = log.dropna().sort_values(["deal_id", "at", "expected"], ignore_index=True)
    since = max(last_whole_month(scope.tables.as_of) - RECENT + 1, month_number(day_of(data_begins(scope))))
    deals = dated_deals(scope)
    deals = deals[deals["month"] >= since].assign(deal_type=lambda rows: rows["deal_type"].fillna(""))
    first = log.groupby("deal_id")["at"].min()
    deals = deals[deals["deal_id"].isin(first.index)].reset_index(drop=True)
    deals["entry"] = np.clip(deals["deal_id"].map(first) - deals["created"], 0, deals["leave"]).astype("int64")
    return deals, _moves(scope, log, deals)


def _moves(scope: Scope, log: pd.DataFrame, deals: pd.DataFrame) -> pd.DataFrame:
    """Return each time that a day was put off while its deal was open: deal_id, age, days, over (a quarter's end)."""
    before = log.groupby("deal_id")["expected"].shift(1)
    moved = log.assign(before=before, days=(log["expected"] - before).dt.days)
    moved = moved[moved["days"] > 0].merge(deals[["deal_id", "created", "entry", "leave"]], on="deal_id")
    age = moved["at"] - moved["created"]
    inside = (age >= moved["entry"]) & (age <= moved["leave"])
    starts = scope.company.fiscal_year_starts
    quarters = [(cells.dt.year * 12 + cells.dt.month - starts) // 3 for cells in (moved["before"], moved["expected"])]
    moved = moved.assign(age=age, over=quarters[1] > quarters[0])[inside]
    return moved[["deal_id", "age", "days", "over"]].reset_index(drop=True)


def _compared(deals: pd.DataFrame, moves: pd.DataFrame, side: pd.Series | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    counted = deals.assign(moves=deals["deal_id"].map(moves["deal_id"].value_counts()).fillna(0).astype("int64"))
    groups = [] if side is None else sorted(side.dropna().unique())
    counted["expected"] = 0.0
    tests = {name: np.zeros(2) for name in groups}
    for _, rows in counted.groupby("deal_type"):
        mine = moves.merge(rows.reset_index()[["index", "deal_id"]], on="deal_id")
        rates = _Rates(rows, mine["age"].to_numpy())
        counted.loc[rows.index, "expected"] = rates.expected(np.ones(len(rates.at_risk)))
        for name in groups:
            inside = (side == name).loc[rows.index].to_numpy() if side is not None else np.zeros(len(rows), dtype=bool)
            place = rows.index.get_indexer(pd.Index(mine["index"]))
            tests[name] += rates.apart(inside, place, mine["age"].to_numpy())
    tested = [(name, float(found[0]), float(found[1])) for name, found in tests.items()]
    return _units(counted, side), pd.DataFrame(tested, columns=["group", "excess", "variance"])


class _Rates:
    """How often open deals of one type are put off, by age."""

    def __init__(self, deals: pd.DataFrame, ages: npt.NDArray[np.int64]) -> None:
        self.entry, self.leave = deals["entry"].to_numpy(), deals["leave"].to_numpy()
        self.at_risk = self._open(np.ones(len(deals), dtype=bool))
        self.rate = np.bincount(ages, minlength=len(self.at_risk)) / np.maximum(self.at_risk, 1)

    def _open(self, inside: npt.NDArray[np.bool_]) -> Floats:
        length = int(self.leave.max()) + 2
        came = np.bincount(self.entry[inside], minlength=length)
        went = np.bincount(self.leave[inside] + 1, minlength=length)
        return np.asarray((came.cumsum() - went.cumsum())[:-1], dtype=np.float64)

    def expected(self, weight: Floats) -> Floats:
        """Return for each deal the rates of its days, times the weight of each age, added up."""
        sums = np.concatenate([[0.0], np.cumsum(self.rate * weight)])
        return np.asarray(sums[self.leave + 1] - sums[self.entry])

    def apart(self, inside: npt.NDArray[np.bool_], place: npt.NDArray[np.int64], age: npt.NDArray[np.int64]) -> Floats:
        """Return by how much the group's moves exceed those expected, and the robust variance of that."""
        part = self._open(inside) / np.maximum(self.at_risk, 1)
        moved = np.bincount(place, minlength=len(inside)), np.bincount(place, part[age], minlength=len(inside))
        beyond = inside * (moved[0] - self.expected(np.ones(len(part)))) - (moved[1] - self.expected(part))
        return np.array([beyond.sum(), (beyond**2).sum()])


def _units(counted: pd.DataFrame, side: pd.Series | None) -> pd.DataFrame:
    names = ["group", "unit", "deals", "moves", "expected"]
    if side is None:
        empty = pd.DataFrame({name: pd.Series(dtype="int64") for name in names})
        return empty.astype({"group": "object", "expected": "float64"})
    known = counted.assign(group=side)[side.notna()]
    unit = pd.factorize(known["rep"].fillna("") + "\n" + (known["group"] == OWN).astype(str), sort=True)[0]
    known = known.assign(unit=np.where(known["rep"].isna(), -1, unit), deals=1)
    return known.groupby(["group", "unit"], as_index=False)[["deals", "moves", "expected"]].sum()
