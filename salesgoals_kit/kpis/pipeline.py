"""What the funnel holds: open deals by age, how deals of their kind went day by day, how many come, what they bring."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.curves import aalen_johansen, cohort_counts
from salesgoals_kit.kpis.months import Clock, reach
from salesgoals_kit.kpis.scope import Scope, collected, flag, monthly
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR, last_whole_month
from salesgoals_kit.words import Count, Message, Name, say

ANY = ""  # the kind of deals that are too few of their type, and of those without one: judged by all deals together
FEW = 30  # wins, under which a type of deal, or an owner, has no curve of its own
RECENT = 36  # months of creation that the curves are made of
MOST = 2000  # won deals of a kind whose sizes are handed out; of more, every so many


@dataclass(frozen=True, eq=False)
class Pipeline:
    """What of the funnel is known at as_of; money in currency units. ``kind`` is a type of deal, or ``ANY``.

    ``opened``: one row an open deal: kind, age (days since creation, NaN: unknown), amount (NaN: unknown).
    ``curves``: by kind and day after creation, at_risk, won, lost, from all deals created in the last ``RECENT``
    months. ``created``: by kind and month number, deals. ``sizes``: of won deals of the last year kind, days (from
    creation, NaN: unknown), amount. ``won``: by month, deals and amount of the last year. ``leads_a_deal``: qualified
    leads for each deal that came of one, NaN where the data lacks either. ``lent``: the curves are the whole company's.
    ``since``: the first month of which all deals created are known.
    """

    opened: pd.DataFrame
    curves: pd.DataFrame
    created: pd.DataFrame
    sizes: pd.DataFrame
    won: pd.DataFrame
    leads_a_deal: float
    lent: bool
    notes: tuple[Message, ...]
    since: int = 0


@handed
def pipeline(tables: Tables, owner: Owner = COMPANY) -> Pipeline | None:
    """Return the owner's funnel; None where the data has no deals, or no day on which one was created."""
    scope = Scope(tables, owner)
    if not tables.has("deals") or not {"created_at", "status"} <= tables.columns("deals") or not scope.owns("deals"):
        return None
    since = last_whole_month(tables.as_of) - RECENT + 1
    counts, lent = _counts(scope, since)
    kinds = _kinds(counts)
    opened, sizes = _open(scope), _sizes(scope)
    created = monthly(
        scope.rows("deals"), "created_at_month", ("deal_type",), deals=flag(~nw.col("status").is_null())
    ).query("month >= @since")
    return Pipeline(
        opened=_with_kind(opened, kinds),
        curves=_curves(counts, kinds),
        created=_summed(_with_kind(created, kinds)),
        sizes=_thinned(_with_kind(sizes, kinds)),
        won=_won(scope),
        leads_a_deal=_leads_a_deal(scope),
        lent=lent,
        notes=_notes(scope, opened, lent),
        since=reach(scope, [Clock("deals", ("created_at",))]).first,
    )


def _counts(scope: Scope, since: int) -> tuple[pd.DataFrame, bool]:
    """Return the cohorts that curves are made of: the owner's, or if these won too little the company's."""
    own = cohort_counts(scope, ("deal_type",)).query("month >= @since")
    if _wins(own) >= FEW or scope.owner.kind == "company":
        return own, False
    return cohort_counts(scope.everyone(), ("deal_type",)).query("month >= @since"), True


def _wins(counts: pd.DataFrame) -> int:
    return int((counts["won"] * counts["deals"]).sum())


def _kinds(counts: pd.DataFrame) -> list[str]:
    """Return the types of deals that have curves of their own."""
    named = counts[counts["deal_type"].notna()]
    return [str(kind) for kind, rows in named.groupby("deal_type") if _wins(rows) >= FEW]


def _with_kind(rows: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    known = [kind if kind in kinds else ANY for kind in rows["deal_type"]]
    return rows.drop(columns="deal_type").assign(kind=pd.Series(known, index=rows.index, dtype="object"))


def _curves(counts: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    curves = []
    for kind in [ANY, *kinds]:
        rows = counts if kind == ANY else counts[counts["deal_type"] == kind]
        horizon = int(rows["leave"].max()) if len(rows) else 0
        curve = aalen_johansen(rows, horizon)[["day", "at_risk", "won", "lost"]]
        curves.append(curve.assign(kind=pd.Series([kind] * len(curve), dtype="object")))
    return pd.concat(curves, ignore_index=True)


def _open(scope: Scope) -> pd.DataFrame:
    rows = scope.rows("deals").filter(nw.col("status") == "open")
    found = rows.select("deal_type", "created_at_day", "amount", "deal_id").collect("pandas").to_native()
    found = found.sort_values("deal_id", ignore_index=True)
    age = scope.as_of - found["created_at_day"].astype("float64")
    amount = found["amount"].astype("float64") / scope.company.minor_units
    return pd.DataFrame({"deal_type": _words(found["deal_type"]), "age": age, "amount": amount})


def _sizes(scope: Scope) -> pd.DataFrame:
    last = last_whole_month(scope.tables.as_of)
    won = scope.rows("deals").filter(
        nw.col("status") == "won", nw.col("closed_at_month") > last - YEAR, ~nw.col("amount").is_null()
    )
    columns = ["deal_type", "created_at_day", "closed_at_day", "amount"]
    found = won.select(*columns, "deal_id").collect("pandas").to_native()
    found = found.sort_values(["closed_at_day", "deal_id"], ignore_index=True)
    days = found["closed_at_day"].astype("float64") - found["created_at_day"].astype("float64")
    amount = found["amount"].astype("float64") / scope.company.minor_units
    return pd.DataFrame({"deal_type": _words(found["deal_type"]), "days": days, "amount": amount})


def _words(cells: pd.Series) -> pd.Series:
    return pd.Series([None if pd.isna(cell) else str(cell) for cell in cells], dtype="object")


def _thinned(sizes: pd.DataFrame) -> pd.DataFrame:
    parts = [rows.iloc[:: -(-len(rows) // MOST)] for _, rows in sizes.groupby("kind")]
    return pd.concat(parts, ignore_index=True) if parts else sizes.reset_index(drop=True)


def _summed(created: pd.DataFrame) -> pd.DataFrame:
    return created.groupby(["kind", "month"])["deals"].sum().reset_index()


def _won(scope: Scope) -> pd.DataFrame:
    won = scope.rows("deals").filter(nw.col("status") == "won")
    rows = monthly(won, "closed_at_month", (), deals=flag(nw.col("status") == "won"), amount=nw.col("amount"))
    rows = rows[rows["month"] > last_whole_month(scope.tables.as_of) - YEAR].reset_index(drop=True)
    return rows.assign(amount=rows["amount"] / scope.company.minor_units)


def _leads_a_deal(scope: Scope) -> float:
    """Return qualified leads / deals that came of one, over leads of the last year; deals too young count too."""
    if not scope.tables.has("leads") or not scope.owns("leads"):
        return float("nan")
    last = last_whole_month(scope.tables.as_of)
    leads = scope.rows("leads").filter(nw.col("created_at_month") > last - YEAR)
    qualified, deals = flag(~nw.col("qualified_at_day").is_null()), flag(~nw.col("deal_id").is_null())
    sums = collected(leads.select(qualified=qualified.sum(), deals=deals.sum()))
    above, below = float(sums["qualified"].sum()), float(sums["deals"].sum())
    return above / below if above > 0 and below > 0 else float("nan")


def _notes(scope: Scope, opened: pd.DataFrame, lent: bool) -> tuple[Message, ...]:
    undated, unpriced = int(opened["age"].isna().sum()), int(opened["amount"].isna().sum())
    of = Count(len(opened))
    said = [say("ceilings.curves_lent", name=Name(scope.owner.name or ""), few=Count(FEW))] if lent else []
    said += [say("ceilings.open_without_creation", count=Count(undated), of=of)] if undated else []
    said += [say("ceilings.open_without_amount", count=Count(unpriced), of=of)] if unpriced else []
    if not scope.tables.has("leads"):
        said.append(say("ceilings.no_leads"))
    if not scope.tables.has("stage_events") and "stage" not in scope.tables.columns("deals"):
        said.append(say("ceilings.no_stages"))
    return (*said, say("ceilings.renewals_are_deals"))


def amounts_of(sizes: pd.DataFrame, kind: str, within: float) -> np.ndarray:
    """Return what won deals of a kind brought that took at most so many days; of all kinds where there are none."""
    for rows in (sizes[(sizes["kind"] == kind) & ~(sizes["days"] > within)], sizes[sizes["kind"] == kind], sizes):
        if len(rows):
            return rows["amount"].to_numpy(dtype="float64")
    return np.zeros(1)
