"""What each deal won has brought: once, or month by month through what its account pays from then on."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.data.kept import once
from salesgoals_kit.kpis.recurring import standing
from salesgoals_kit.kpis.scope import Scope, native
from salesgoals_kit.periods import DAYS_A_MONTH

LONGEST = 24  # months; whatever took longer counts as this
FLOWS = ("amount", "fresh", "more", "once", "renewed")
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sums:
    """Sums over deals won, by the months each took.

    ``frame`` has a row for each age (0 to LONGEST, full months), ``deals`` (how many), and of each of FLOWS the sum
    and, with ``_squared``, the sum of squares: what tells how far the sum would be another in another such year.
    """

    frame: pd.DataFrame

    def of(self, flow: str) -> tuple[Floats, Floats]:
        """Return sums and sums of squares by age."""
        return self.frame[flow].to_numpy("float64"), self.frame[f"{flow}_squared"].to_numpy("float64")

    def times(self, factor: float) -> Sums:
        """Return the sums of so many times the time: no better known, for they are of no more deals."""
        once = ["deals", *FLOWS]
        found = self.frame.assign(**{name: self.frame[name] * factor for name in once})
        return Sums(found.assign(**{f"{flow}_squared": found[f"{flow}_squared"] * factor**2 for flow in FLOWS}))


def won_or_lost(scope: Scope) -> pd.DataFrame:
    """Return `closed_deals`, without rows where the data has no deals of the owner."""
    if scope.tables.has("deals") and scope.owns("deals"):
        return closed_deals(scope)
    kinds = {"object": ("deal_id", "account_id"), "bool": ("won", "placed"), "int64": ("closed_month",)}
    numbers = ("days", "lead_days", "amount", "cost", "list_price", "fresh", "more", "prompt", "once", "renewed")
    kinds["float64"] = numbers
    return pd.DataFrame({name: pd.Series(dtype=kind) for kind, names in kinds.items() for name in names})


@once
def closed_deals(scope: Scope) -> pd.DataFrame:
    """Return the owner's deals that are won or lost, in the order of their ids; money in currency, NaN where unknown.

    Columns deal_id, account_id, won, closed_month, days (from creation to closing), lead_days (from its first lead's
    creation), amount, cost, list_price. Of deals won besides: ``fresh`` (the monthly revenue of an account that paid
    none the month before), ``more`` (by how much it rose where it paid already), ``prompt`` (what of both was paid in
    the month of closing), ``once`` (the amount, where the account pays nothing monthly), ``renewed`` (the amount, where
    it had paid before), ``placed`` (whether it is known which of these it is).
    """
    names = ["deal_id", "account_id", "status", "created_at_day", "closed_at_day", "closed_at_month"]
    rows = scope.rows("deals").filter((nw.col("status") != "open") & ~nw.col("closed_at_day").is_null())
    deals = native(rows.select(*names, "amount", "cost", "list_price")).sort_values("deal_id", ignore_index=True)
    for name in ("amount", "cost", "list_price"):
        deals[name] = deals[name].astype("float64") / scope.company.minor_units
    closed = deals["closed_at_day"].astype("float64")
    deals["won"] = deals["status"] == "won"
    deals["closed_month"] = deals["closed_at_month"].astype("int64")
    deals["days"] = (closed - deals["created_at_day"].astype("float64")).clip(lower=0)
    deals["lead_days"] = (closed - deals["deal_id"].map(_first_leads(scope))).clip(lower=0)
    return _paid(scope, deals).drop(columns=["status", "created_at_day", "closed_at_day", "closed_at_month"])


def _first_leads(scope: Scope) -> dict[str, float]:
    """Return the day on which the first lead of each deal was created."""
    if not scope.tables.has("leads") or "deal_id" not in scope.tables.columns("leads"):
        return {}
    leads = scope.tables.frame("leads").filter(~nw.col("deal_id").is_null())
    found = native(leads.group_by("deal_id").agg(nw.col("created_at_day").min().alias("day")))
    return {str(deal): float(day) for deal, day in zip(found["deal_id"], found["day"], strict=True)}


def _paid(scope: Scope, deals: pd.DataFrame) -> pd.DataFrame:
    """Return the deals with what their accounts paid before and after; one deal of an account and month has it all."""
    amount = deals["amount"].fillna(0.0).to_numpy()
    if not scope.tables.has("subscriptions"):
        nothing = {name: 0.0 for name in ("fresh", "more", "prompt", "renewed")}
        return deals.assign(**nothing, once=amount, placed=True)
    found = standing(scope.everyone())
    keys = pd.Series(found.keys.index, index=found.keys["account_id"])
    key: Ints = deals["account_id"].map(keys).fillna(-1).to_numpy(dtype="int64")
    month: Ints = deals["closed_month"].to_numpy(dtype="int64")
    levels = np.vstack([found.mrr, np.zeros((1, found.mrr.shape[1]), dtype="int64")]) / scope.company.minor_units
    before, at, after = (_level(levels, found.first, key, month + step) for step in (-1, 0, 1))
    paying = (key >= 0) & (levels[key, :].max(axis=1, initial=0.0) > 0)
    ever = paying & (_latest(levels, found.first, key) >= month - 1)
    again = deals.assign(lost=~deals["won"]).duplicated(["account_id", "closed_month", "lost"]).to_numpy()
    rise = np.where(again, 0.0, np.maximum(after - before, 0.0))
    return deals.assign(
        fresh=np.where(before > 0, 0.0, rise),
        more=np.where(before > 0, rise, 0.0),
        prompt=np.minimum(np.maximum(at - before, 0.0), rise),
        once=np.where(ever, 0.0, amount),
        renewed=np.where(before > 0, amount, 0.0),
        placed=deals["account_id"].notna(),
    )


def _level(levels: Floats, first: int, key: Ints, month: Ints) -> Floats:
    """Return what each account pays at the end of each month; nothing changes after the last that is known."""
    if not levels.shape[1]:
        return np.zeros(len(key))
    place = np.clip(month - first, 0, levels.shape[1] - 1)
    return np.where(month >= first, levels[key, place], 0.0)


def _latest(levels: Floats, first: int, key: Ints) -> Ints:
    """Return the last month at whose end each account paid."""
    if not levels.shape[1]:
        return np.full(len(key), -1, dtype="int64")
    last: Ints = first + levels.shape[1] - 1 - np.argmax(levels[:, ::-1] > 0, axis=1)
    last[levels[:, -1] > 0] = np.iinfo("int64").max  # and it goes on
    return last[key]


def sums_by_age(won: pd.DataFrame, days: str) -> Sums:
    """Return the sums of deals won by the months in the column ``days``.

    Those of unknown age or account are taken to be like the others: their amount is spread over these. Without a deal
    of known age and account there is nothing to spread over, and the sums are 0.
    """
    known = won[won[days].notna() & won["placed"]]
    age = np.minimum(np.floor(known[days].to_numpy() / DAYS_A_MONTH), LONGEST).astype("int64")
    whole, part = float(won["amount"].sum()), float(known["amount"].sum())
    scale = whole / part if part > 0 else 1.0
    counts = np.bincount(age, minlength=LONGEST + 1).astype("float64")
    columns = {"age": np.arange(LONGEST + 1), "deals": counts * (len(won) / max(len(known), 1))}
    for flow in FLOWS:
        values = known[flow].fillna(0.0).to_numpy() * scale
        columns[flow] = np.bincount(age, values, LONGEST + 1)
        columns[f"{flow}_squared"] = np.bincount(age, values**2, LONGEST + 1)
    return Sums(pd.DataFrame(columns))
