"""What channels cost, month by month, and the customers they are set against."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.acquisition import lag, median_cycle, spend_months, spend_parts
from salesgoals_kit.kpis.covered import deal_months, months_in, within
from salesgoals_kit.kpis.firsts import first_deals, of_teams, words
from salesgoals_kit.kpis.scope import Scope, flag, monthly
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR, last_whole_month

NEEDED = {"spend": {"channel"}, "deals": {"account_id", "channel", "closed_at"}}


@dataclass(frozen=True, eq=False)
class ChannelCosts:
    """Spend and new customers of a year by channel, in currency units; ``rows``: channel, spend, customers.

    Of a year, or of what both are known of.
    Customers are those of the months ``first`` to ``last`` (numbers) by the channel of their first deal; the spend is
    that of as many months, ``lag`` months earlier: half of the deals won take ``cycle`` days (NaN: unknown, and no
    lag). ``shared``: a team's spend is its part of the company's, by leads. ``monthly``: the company's spend by channel
    and month (channel, month, spend).
    """

    rows: pd.DataFrame
    monthly: pd.DataFrame
    first: int
    last: int
    lag: int
    cycle: float
    shared: bool


@handed
def channel_costs(tables: Tables, owner: Owner = COMPANY) -> ChannelCosts | None:
    """Return what the owner's channels cost and won in the last twelve months; None without spend or wins by channel.

    That is the definition of the KPI cac by channel. Wages are in no channel. No month counts from before spend or
    deals begin. A team's part of a channel's spend is in proportion to its leads of those months; without leads a team
    has none.
    """
    scope = Scope(tables, owner)
    if not all(tables.has(name) and columns <= tables.columns(name) for name, columns in NEEDED.items()):
        return None
    everyone, later = scope.everyone(), lag(scope)
    covered = spend_months(everyone)
    until = min(last_whole_month(tables.as_of), covered[1] + later)
    begun = max(covered[0] + later, deal_months(everyone)[0])
    first, last = within((until - YEAR + 1, until), (begun, until))
    if not months_in((first, last)):
        return None
    spent = spend_parts(everyone, ("channel",))
    spent = spent.assign(channel=words(spent["channel"]), spend=spent["numerator"] / tables.company.minor_units)
    spent = spent[spent["channel"].notna()][["channel", "month", "spend"]].reset_index(drop=True)
    year = spent[spent["month"].between(first - later, last - later)].groupby("channel")["spend"].sum()
    part = _part(scope, first - later, last - later)
    if part is None:
        return None
    rows = pd.DataFrame({"spend": year if owner == COMPANY else year * part.reindex(year.index).fillna(0.0)})
    won = of_teams(scope, first_deals(tables))
    inside = won[won["month"].between(first, last) & won["channel"].notna()]
    customers = inside.groupby("channel")["account_id"].size().rename("customers")
    rows = rows.join(customers, how="outer").fillna(0.0).rename_axis("channel").reset_index()
    rows = rows.assign(customers=rows["customers"].astype("int64")).sort_values("channel", ignore_index=True)
    return ChannelCosts(rows, spent, first, last, later, median_cycle(everyone), owner != COMPANY)


def _part(scope: Scope, first: int, last: int) -> pd.Series | None:
    """Return which part of each channel's leads is the owner's; None where a team's leads are not known."""
    if scope.owner == COMPANY:
        return pd.Series(dtype="float64")
    if not scope.tables.has("leads") or "channel" not in scope.tables.columns("leads") or not scope.owns("leads"):
        return None
    counts = []
    for one in (scope, scope.everyone()):
        rows = monthly(one.rows("leads"), "created_at_month", ("channel",), leads=flag(~nw.col("lead_id").is_null()))
        counts.append(rows[rows["month"].between(first, last)].groupby("channel")["leads"].sum())
    return (counts[0] / counts[1]).fillna(0.0)
