"""When within a quarter deals are won: late and early, and when they would be by the ages of open deals alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.covered import deal_months
from salesgoals_kit.kpis.curves import aalen_johansen, data_begins
from salesgoals_kit.kpis.cycles import NEEDED, dated_deals
from salesgoals_kit.kpis.measure import measure
from salesgoals_kit.kpis.needs import missing
from salesgoals_kit.kpis.others import as_words, late_days, quarters_until, sides
from salesgoals_kit.kpis.pipeline import RECENT
from salesgoals_kit.kpis.scope import Scope, native
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, day_number, last_whole_month

WHOLE = ""  # the group that is the owner himself
EARLY_DAYS = 10
OLDEST = 1095  # days; nobody tells the chances of older deals apart
WEEK, WORKING = 7, 5
THURSDAY = 3  # 1970-01-01 was one
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Closings:
    """The deals won in the whole fiscal quarters of the last 36 months.

    ``quarters``: name, first (month number), revenue (of the owner, currency, NaN: unknown), in order. ``wins``: by
    group, quarter (its first month) and deal_type: wins, late (won in the last tenth of its days), early (in its first
    ten days). ``pace``: by group and quarter: late, rest: how many wins a weekday the ages of its open deals would
    bring, on average over those days. The groups: the owner himself (WHOLE); of the company its teams by name, of a
    team ``own`` and ``others`` where there are at least three others. ``terms``: the owner's wins by deal_type and
    late (0 or 1): deals; priced, logs, squares (of amounts: how many, sums of their logarithm and its square);
    listed, discounts, spread (of 1 - amount / list price: likewise).
    """

    quarters: pd.DataFrame
    wins: pd.DataFrame
    pace: pd.DataFrame
    terms: pd.DataFrame


@handed
def closings(tables: Tables, owner: Owner = COMPANY) -> Closings | None:
    """Return when the owner's deals are won; None where the days of creation or closing are not known, or whose."""
    scope = Scope(tables, owner)
    if not tables.has("deals") or not tables.columns("deals") >= NEEDED or not scope.owns("deals"):
        return None
    first = max(deal_months(scope.everyone())[0], last_whole_month(tables.as_of) - RECENT + 1)
    quarters = quarters_until(scope, first)
    deals = _placed(scope, quarters)
    groups = list(_groups(scope, deals))
    won = [rows[rows["inside"] & (rows["won"] == 1)].assign(group=name) for name, rows in groups]
    counted = pd.concat(won, ignore_index=True).groupby(["group", "quarter", "deal_type"], as_index=False, dropna=False)
    return Closings(
        quarters=_quarters(scope, quarters),
        wins=counted.agg(wins=("won", "sum"), late=("late", "sum"), early=("early", "sum")),
        pace=_pace(scope, groups, quarters),
        terms=_terms(scope, won[0]),
    )


def _placed(scope: Scope, quarters: Sequence[Period]) -> pd.DataFrame:
    """Return all deals with the quarter they closed in, and whether that was late or early in it."""
    deals = dated_deals(scope.everyone())
    closed = (deals["created"] + deals["leave"]).where(deals["closed_month"].notna(), -1).to_numpy(dtype="int64")
    starts = np.array([day_number(quarter.start) for quarter in quarters], dtype="int64")
    ends = np.array([day_number(quarter.end) for quarter in quarters], dtype="int64")
    lengths = np.array([late_days(quarter) for quarter in quarters], dtype="int64")
    if not quarters:
        return deals.assign(quarter=0, inside=False, late=0, early=0)
    at = np.clip(np.searchsorted(starts, closed, side="right") - 1, 0, None)
    inside = (closed >= starts[0]) & (closed <= ends[-1])
    return deals.assign(
        deal_type=deals["deal_type"].fillna(""),
        quarter=np.array([quarter.first for quarter in quarters])[at],
        inside=inside,
        late=(inside & (closed > ends[at] - lengths[at])).astype("int64"),
        early=(inside & (closed < starts[at] + EARLY_DAYS)).astype("int64"),
    )


def _groups(scope: Scope, deals: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give the owner's own deals, then those of each group that he is, or his teams are, compared by."""
    own = set(dated_deals(scope)["deal_id"])
    yield WHOLE, deals[deals["deal_id"].isin(own)]
    side = sides(scope, deals["team"], deals["deal_type"])
    for name in [] if side is None else sorted(side.dropna().unique()):
        yield str(name), deals[side == name]


def _quarters(scope: Scope, quarters: Sequence[Period]) -> pd.DataFrame:
    revenue = [np.nan] * len(quarters)
    if quarters and not missing("revenue", scope.tables, scope.owner):
        spans = [(quarter.first, quarter.last) for quarter in quarters]
        revenue = measure("revenue", scope.tables, spans, (), scope.owner)["value"].tolist()
    names = pd.Series([quarter.name for quarter in quarters], dtype="object")
    firsts = pd.Series([quarter.first for quarter in quarters], dtype="int64")
    return pd.DataFrame({"name": names, "first": firsts, "revenue": pd.Series(revenue, dtype="float64")})


def _pace(scope: Scope, groups: Sequence[tuple[str, pd.DataFrame]], quarters: Sequence[Period]) -> pd.DataFrame:
    """Return the wins a weekday that each group's open deals would bring, if age and type alone told."""
    rows: list[tuple[str, int, float, float]] = []
    everyone = groups[0][1] if scope.owner.kind == "company" else dated_deals(scope.everyone())
    everyone = everyone.assign(deal_type=everyone["deal_type"].fillna(""))
    hazards = {kind: _hazard(part, data_begins(scope)) for kind, part in everyone.groupby("deal_type")}
    for name, deals in groups if quarters else ():
        first, last = day_number(quarters[0].start), day_number(quarters[-1].end)
        daily = np.zeros(last - first + 1)
        for kind, part in deals.groupby("deal_type"):
            daily += _due(part, hazards[kind], first, last)
        rows += [(name, quarter.first, *_parts(daily, first, quarter)) for quarter in quarters]
    return pd.DataFrame(rows, columns=["group", "quarter", "late", "rest"])


def _hazard(deals: pd.DataFrame, begins: int) -> Floats:
    """Return by age the share of deals open at it that are won on that day."""
    seen = deals[["leave", "won", "lost"]].assign(entry=(begins - deals["created"]).clip(lower=0), deals=1)
    curve = aalen_johansen(seen, int(min(deals["leave"].max(), OLDEST)))
    return (curve["won"] / curve["at_risk"].clip(lower=1)).to_numpy(dtype="float64")


def _due(deals: pd.DataFrame, hazard: Floats, first: int, last: int) -> Floats:
    """Return by day the wins that deals open on it would bring: for each the hazard of its age, added up."""
    created, leave = deals["created"].to_numpy(), np.minimum(deals["leave"].to_numpy(), len(hazard) - 1)
    start = int(created.min())
    ends = np.zeros((int(created.max()) - start + 1, len(hazard)))
    np.add.at(ends, (created - start, leave), 1)
    still = ends[:, ::-1].cumsum(axis=1)[:, ::-1]  # open at the beginning of each age, by day of creation
    due = np.zeros(len(ends) + len(hazard))
    for age, chance in enumerate(hazard):
        due[age : age + len(ends)] += chance * still[:, age]
    days = np.arange(first, last + 1) - start
    known = (days >= 0) & (days < len(due))
    return np.where(known, due[np.clip(days, 0, len(due) - 1)], 0.0)


def _parts(daily: Floats, first: int, quarter: Period) -> tuple[float, float]:
    begin, end = day_number(quarter.start) - first, day_number(quarter.end) - first + 1
    weekday = (np.arange(begin, end) + first + THURSDAY) % WEEK < WORKING
    due, late = daily[begin:end], np.arange(end - begin) >= end - begin - late_days(quarter)
    return float(due[late & weekday].mean()), float(due[~late & weekday].mean())


def _terms(scope: Scope, won: pd.DataFrame) -> pd.DataFrame:
    listed = native(scope.rows("deals").filter(nw.col("list_price") > 0).select("deal_id", "list_price"))
    price = pd.Series(listed["list_price"].astype("float64").to_numpy(), index=as_words(listed["deal_id"]))
    paid = won["amount"] * scope.company.minor_units / won["deal_id"].map(price).astype("float64")
    logs, off = pd.Series(np.log(won["amount"].to_numpy("float64")), index=won.index), 1 - paid
    rows = won[["deal_type", "late"]].assign(
        deals=1,
        priced=logs.notna().astype("int64"),
        logs=logs.fillna(0.0),
        squares=(logs**2).fillna(0.0),
        listed=off.notna().astype("int64"),
        discounts=off.fillna(0.0),
        spread=(off**2).fillna(0.0),
    )
    return rows.groupby(["deal_type", "late"], as_index=False).sum()
