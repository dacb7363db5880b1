"""How long deals took that have been followed to the horizon: by type, product and size, own and others'."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed, once
from salesgoals_kit.kpis.covered import Span
from salesgoals_kit.kpis.curves import aalen_johansen, data_begins, half_time, last_followed
from salesgoals_kit.kpis.months import first_whole
from salesgoals_kit.kpis.others import OWN, RECENT, as_words, people_of, sides
from salesgoals_kit.kpis.scope import Scope, count, native
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR, day_of, last_whole_month

SIZES = ("small", "medium", "large")
BY = ("deal_type", "product", "size")
KEYS = ["deal_type", "product", "size", "team", "rep", "lately"]
NEEDED = frozenset({"created_at", "closed_at", "status"})


@dataclass(frozen=True, eq=False)
class Cycles:
    """What is known of an owner's cycle; days are from creation, money in currency units.

    ``months``: the cohorts that count, all of whose deals have been followed to the ``horizon`` (first > last: none);
    ``last``: the last whole month. ``groups``: one row for all deals (``by`` is all) and for each type, product and
    size: by, group, deals (created in these months), won (within the horizon), half (days by which half of these had
    come, NaN: none came), mean (days of deals closed since the first of the months, which is biased), closed (how many
    those are). ``wins``: the wins within the horizon counted by deal_type, product, size, team, rep, lately (1: of the
    last twelve of these months), day. ``beside``: own and the other teams' wins counted by deal_type, side, unit (a
    number for each rep), day; no rows where there are fewer than three others. ``sizes``: up to which amounts a deal
    is small and medium. ``undated``: deals without a day of creation.
    """

    horizon: int
    months: Span
    last: int
    groups: pd.DataFrame
    wins: pd.DataFrame
    beside: pd.DataFrame
    sizes: tuple[float, float] | None
    undated: int


@dataclass(frozen=True, eq=False)
class OpenDeals:
    """Open deals, and how long deals that were won took.

    ``opened``: deal_id, deal_type, age (days), stage, amount (currency, NaN: unknown), rep (None: unknown, or nobody
    of the owner's). ``took``: deals won in the last 24 months counted by deal_type, day. ``undated``: open deals
    without a day of creation.
    """

    opened: pd.DataFrame
    took: pd.DataFrame
    undated: int


@handed
def cycles(tables: Tables, owner: Owner = COMPANY) -> Cycles | None:
    """Return the owner's cycle; None where the data does not say when deals were created and closed, or whose."""
    scope = Scope(tables, owner)
    if not _dated(scope):
        return None
    months, cuts = _months(scope), _cuts(scope.everyone())
    deals = _sized(dated_deals(scope), cuts)
    followed = deals[deals["month"].between(*months)]
    inside = followed[(followed["won"] == 1) & (followed["leave"] <= scope.company.cycle.horizon_days)]
    inside = inside.assign(lately=(inside["month"] > months[1] - YEAR).astype("int64"))
    return Cycles(
        horizon=scope.company.cycle.horizon_days,
        months=months,
        last=last_whole_month(tables.as_of),
        groups=_groups(scope, deals, followed, months[0]),
        wins=_counted(inside.rename(columns={"leave": "day"}), [*KEYS, "day"]),
        beside=_beside(scope, months),
        sizes=cuts,
        undated=count(scope.rows("deals").filter(nw.col("created_at_day").is_null())),
    )


def _dated(scope: Scope) -> bool:
    tables = scope.tables
    return tables.has("deals") and tables.columns("deals") >= NEEDED and scope.owns("deals")


def _months(scope: Scope) -> Span:
    """Return the followed months of the last 24, none from before the data begins."""
    last = last_followed(scope)
    return max(last - RECENT + 1, first_whole(day_of(data_begins(scope)))), last


@once
def dated_deals(scope: Scope) -> pd.DataFrame:
    """Return all deals with a day of creation, in the order of their ids.

    Columns deal_id, team, rep, deal_type, product (None: unknown), stage, amount (currency units, NaN: unknown, or
    nothing), created, month (of creation), leave (days to closing or as_of), closed_month (NaN: open), won, lost.
    """
    created = nw.col("created_at_day")
    rows = scope.rows("deals").filter(~created.is_null() & (nw.col("closed_at_day").fill_null(scope.as_of) >= created))
    names = ["deal_id", "team", "rep", "deal_type", "product", "stage", "status", "amount"]
    days = ["created_at_day", "created_at_month", "closed_at_day", "closed_at_month"]
    found = native(rows.select(*names, *days)).sort_values("deal_id", ignore_index=True)
    amount = found["amount"].astype("float64") / scope.company.minor_units
    born = found["created_at_day"].astype("int64")
    words = {name: as_words(found[name]) for name in names[:6]}
    return pd.DataFrame(
        {
            **words,
            "amount": amount.where(amount > 0),
            "created": born,
            "month": found["created_at_month"].astype("int64"),
            "leave": found["closed_at_day"].astype("float64").fillna(scope.as_of).astype("int64") - born,
            "closed_month": found["closed_at_month"].astype("float64"),
            "won": (found["status"] == "won").astype("int64"),
            "lost": (found["status"] == "lost").astype("int64"),
        }
    )


@once
def _cuts(scope: Scope) -> tuple[float, float] | None:
    """Return where thirds of the amounts of the company's won deals end; None where they do not differ."""
    deals = dated_deals(scope)
    known = deals.loc[(deals["won"] == 1) & (deals["month"] > last_followed(scope) - RECENT), "amount"].dropna()
    if known.empty:
        return None
    low, high = np.quantile(known.to_numpy(), [1 / 3, 2 / 3], method="inverted_cdf")
    return (float(low), float(high)) if low < high < known.max() else None


def _sized(deals: pd.DataFrame, cuts: tuple[float, float] | None) -> pd.DataFrame:
    if cuts is None:
        return deals.assign(size=pd.Series([None] * len(deals), index=deals.index, dtype="object"))
    place = np.searchsorted(np.array(cuts), deals["amount"].fillna(0.0).to_numpy())
    names = [SIZES[i] if known else None for i, known in zip(place, deals["amount"].notna(), strict=True)]
    return deals.assign(size=pd.Series(names, index=deals.index, dtype="object"))


def _groups(scope: Scope, deals: pd.DataFrame, followed: pd.DataFrame, first: int) -> pd.DataFrame:
    horizon = scope.company.cycle.horizon_days
    closed = deals[deals["closed_month"] >= first]
    rows = [_group("all", "", followed, closed, horizon)]
    for by in BY:
        known = sorted(followed[by].dropna().unique(), key=lambda name: SIZES.index(name) if by == "size" else name)
        rows += [
            _group(by, name, followed[followed[by] == name], closed[closed[by] == name], horizon) for name in known
        ]
    return pd.DataFrame(rows, columns=["by", "group", "deals", "won", "half", "mean", "closed"])


Row = tuple[str, str, int, int, float, float, int]


def _group(by: str, name: str, followed: pd.DataFrame, closed: pd.DataFrame, horizon: int) -> Row:
    seen = followed[["leave", "won", "lost"]].assign(entry=0, deals=1)
    curve = aalen_johansen(seen, horizon)
    mean = float(closed["leave"].mean()) if len(closed) else np.nan
    return (by, name, len(followed), int(curve["won"].sum()), half_time(curve), mean, len(closed))


def _beside(scope: Scope, months: Span) -> pd.DataFrame:
    """Return own wins and those of the other teams; reps are numbers, so that nobody else's is named."""
    names = ["deal_type", "side", "unit", "day"]
    deals = dated_deals(scope.everyone())
    inside = deals[deals["month"].between(*months) & (deals["won"] == 1)]
    inside = inside[inside["leave"] <= scope.company.cycle.horizon_days]
    side = sides(scope, inside["team"], inside["deal_type"]) if scope.owner.kind == "team" else None
    if side is None:
        return _counted(inside.iloc[:0].assign(side=None, unit=0, day=0), names)
    unit = pd.factorize(inside["rep"].fillna("") + "\n" + (side == OWN).astype(str), sort=True)[0]
    placed = inside.assign(side=side, unit=np.where(inside["rep"].isna(), -1, unit), day=inside["leave"])
    return _counted(placed[side.notna()], names)


def _counted(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return how many rows there are of each kind, in a fixed order, words as plain strings or None."""
    found = rows.groupby(keys, dropna=False).size().rename("wins").reset_index()
    for name in keys:
        if name not in ("day", "unit", "lately"):
            found[name] = as_words(found[name])
    return found.astype({"wins": "int64"}).sort_values(keys, na_position="last", ignore_index=True)


@handed
def open_deals(tables: Tables, owner: Owner = COMPANY) -> OpenDeals | None:
    """Return the owner's open deals and how long won ones took; None as `cycles`."""
    scope = Scope(tables, owner)
    if not _dated(scope):
        return None
    deals, last = dated_deals(scope), last_whole_month(tables.as_of)
    still = deals[(deals["won"] == 0) & (deals["lost"] == 0)].rename(columns={"leave": "age"})
    named = people_of(scope)
    reps = [rep if rep is not None and (named is None or rep in named) else None for rep in still["rep"]]
    won = deals[(deals["won"] == 1) & (deals["closed_month"] > last - RECENT)].rename(columns={"leave": "day"})
    undated = scope.rows("deals").filter((nw.col("status") == "open") & nw.col("created_at_day").is_null())
    opened = still.assign(rep=pd.Series(reps, index=still.index, dtype="object"))
    took = _counted(won, ["deal_type", "day"]).rename(columns={"wins": "deals"})
    names = ["deal_id", "deal_type", "age", "stage", "amount", "rep"]
    return OpenDeals(opened[names].reset_index(drop=True), took, count(undated))
