"""What each channel's leads cost and come to: for spend that is to be shifted from one to another."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.acquisition import spend_months
from salesgoals_kit.kpis.covered import Span, lead_months, months_in, within
from salesgoals_kit.kpis.levers import SETTLING
from salesgoals_kit.kpis.scope import Scope, native
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR, last_whole_month


@dataclass(frozen=True)
class Channel:
    """A channel: the company's ``spend`` of a year in currency, and the ``leads`` it brought.

    ``followed``: the owner's leads of the year before, old enough that nearly all that would be won is won; ``won``:
    those of them that are.
    """

    name: str
    spend: float
    leads: float
    followed: int
    won: int


@handed
def lead_channels(tables: Tables, owner: Owner = COMPANY) -> tuple[Channel, ...]:
    """Return the channels that have both spend and leads, by name; none where a table or its channel is missing.

    Spend and leads are those of the latest twelve months, or for twelve of those that both tables cover; conversion is
    that of leads created in the twelve before, followed to as_of.
    """
    wanted = {"spend": "channel", "leads": "channel"}
    if any(not tables.has(name) or column not in tables.columns(name) for name, column in wanted.items()):
        return ()
    scope = Scope(tables, owner)
    if not scope.owns("leads") or not tables.has("deals") or "deal_id" not in tables.columns("leads"):
        return ()
    last = last_whole_month(tables.as_of) - SETTLING
    span = within((last - YEAR + 1, last), spend_months(scope.everyone()), lead_months(scope.everyone()))
    year = YEAR / max(months_in(span), 1)
    spend = _sums(tables, span)
    everyone, own = (_leads(one, last - 2 * YEAR + 1, last) for one in (scope.everyone(), scope))
    recent = everyone[everyone["month"].between(*span)]["channel"].value_counts()
    old = own[own["month"] <= last - YEAR]
    followed, won = old["channel"].value_counts(), old[old["won"] == 1]["channel"].value_counts()
    return tuple(
        Channel(name, spend[name] * year, int(recent[name]) * year, int(followed[name]), int(won.get(name, 0)))
        for name in sorted(spend)
        if name in recent.index and name in followed.index and spend[name] > 0
    )


def _sums(tables: Tables, span: Span) -> dict[str, float]:
    month = nw.col("month_month")
    rows = tables.frame("spend").filter((month >= span[0]) & (month <= span[1]) & ~nw.col("channel").is_null())
    sums = native(rows.group_by("channel").agg(nw.col("amount").sum()))
    pairs = zip(sums["channel"], sums["amount"], strict=True)
    return {str(name): float(amount) / tables.company.minor_units for name, amount in pairs}


def _leads(scope: Scope, first: int, last: int) -> pd.DataFrame:
    month = nw.col("created_at_month")
    rows = scope.rows("leads").filter((month >= first) & (month <= last) & ~nw.col("channel").is_null())
    status = scope.tables.frame("deals").select("deal_id", "status")
    found = rows.join(status, on="deal_id", how="left").select("channel", month.alias("month"), "status")
    frame = native(found)
    won = frame["status"].fillna("").astype("object") == "won"
    return frame.assign(won=won.astype("int64"), month=frame["month"].astype("int64"))
