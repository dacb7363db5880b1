"""Whether channels convert leads, or win customers for their money, otherwise than the others: by more than luck."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.goals.levers import Move
from salesgoals_kit.insight.contrast import Contrast
from salesgoals_kit.insight.exact import Odds, of_cases, of_shares
from salesgoals_kit.kpis.audiences import Cohorts
from salesgoals_kit.kpis.channel_costs import ChannelCosts
from salesgoals_kit.words import Count, Message, Money, Name, Number, Rate, Value

CHANNEL = "channel"
CONVERSION, COST = "conversion", "cost"  # measures of a channel
QUARTER = 3
ENOUGH = 5.0  # customers that a channel must lead to expect, to be compared
Ints = npt.NDArray[np.int64]


def conversion_contrasts(cohorts: Cohorts | None) -> tuple[Contrast, ...]:
    """Return for each channel whether its leads become customers more or less often than those of the others.

    Leads of the same quarter and team are compared, all followed for as many days.
    """
    if cohorts is None or cohorts.rows.empty:
        return ()
    rows = cohorts.rows.assign(quarter=cohorts.rows["month"] // QUARTER, team=cohorts.rows["team"].fillna(""))
    strata = rows.groupby(["quarter", "team"])[["leads", "won"]].sum()
    made = []
    for name, own in rows.groupby("channel"):
        mine = own.groupby(["quarter", "team"])[["leads", "won"]].sum().reindex(strata.index, fill_value=0)
        odds = of_cases(_whole(mine["won"]), _whole(mine["leads"]), _whole(strata["won"]), _whole(strata["leads"]))
        if odds.expected >= ENOUGH:
            made.append(_conversion(str(name), own, rows, odds))
    return tuple(made)


def _conversion(name: str, own: pd.DataFrame, rows: pd.DataFrame, odds: Odds) -> Contrast:
    won, leads = int(own["won"].sum()), int(own["leads"].sum())
    others = (int(rows["won"].sum()) - won) / max(int(rows["leads"].sum()) - leads, 1)
    said: dict[str, Value] = {
        "channel": Name(name),
        "rate": Rate(won / max(leads, 1)),
        "won": Count(won),
        "leads": Count(leads),
        "others": Rate(others),
    }
    lift = won * (1 / odds.ratio - 1) / max(int(rows["won"].sum()), 1)
    return Contrast(
        effect=CHANNEL,
        subject=(("channel", name), ("measure", CONVERSION)),
        estimate=odds.ratio,
        low=odds.low,
        high=odds.high,
        p=odds.p,
        good=odds.ratio >= 1,
        said=Message("channels.converts_more" if odds.ratio >= 1 else "channels.converts_less", said),
        move=Move(leads=1 + lift, free=True) if 0 < won < int(rows["won"].sum()) else None,
    )


def cost_contrasts(cohorts: Cohorts | None, costs: ChannelCosts | None) -> tuple[Contrast, ...]:
    """Return for each channel whether a customer won through a lead costs more or less than one of the others.

    Of the customers that the leads of a quarter became, the channel's are set against its part of that quarter's
    spend. Only of the company: of a team's spend no more is known than its part of the leads.
    """
    if cohorts is None or costs is None or costs.shared:
        return ()
    won, spend = by_quarter(cohorts, costs)
    whole, spent = won.sum(axis=1), spend.sum(axis=1)
    made = []
    for name in won.columns:
        share = (spend[name] / spent.where(spent > 0)).fillna(0.0).to_numpy("float64")
        odds = of_shares(_whole(won[name]), _whole(whole), share)
        if odds.expected >= ENOUGH and (won.columns != name).any():
            made.append(_cost(str(name), won, spend, odds))
    return tuple(made)


def by_quarter(cohorts: Cohorts, costs: ChannelCosts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return customers and spend (currency) by quarter of the leads' creation (rows) and channel (columns).

    Only of months and channels that both are known of.
    """
    spend = costs.monthly.assign(quarter=costs.monthly["month"] // QUARTER)
    leads = cohorts.rows.assign(quarter=cohorts.rows["month"] // QUARTER)
    first, last = leads["month"].min(), cohorts.last
    spend = spend[spend["month"].between(first, last)]
    leads = leads[leads["month"].isin(spend["month"])]
    money = spend.pivot_table("spend", "quarter", "channel", aggfunc="sum", fill_value=0.0)
    won = leads.pivot_table("won", "quarter", "channel", aggfunc="sum", fill_value=0)
    names = [name for name in money.columns if money[name].sum() > 0]
    return won.reindex(index=money.index, columns=names, fill_value=0), money[names]


def _cost(name: str, won: pd.DataFrame, spend: pd.DataFrame, odds: Odds) -> Contrast:
    own, money = int(won[name].sum()), float(spend[name].sum())
    rest, others = int(won.to_numpy().sum()) - own, float(spend.to_numpy().sum()) - money
    said: dict[str, Value] = {"channel": Name(name), "spent": Money(money), "won": Count(own)}
    if own and rest:
        said |= {"cost": Money(money / own), "others": Money(others / rest)}
        said |= {"times": Number(max(odds.ratio, 1 / odds.ratio), 1, "times")}
    part = money / (money + others)
    return Contrast(
        effect=CHANNEL,
        subject=(("channel", name), ("measure", COST)),
        estimate=1 / odds.ratio,
        low=1 / odds.high,
        high=1 / max(odds.low, 1e-9),
        p=odds.p,
        good=odds.ratio >= 1,
        said=Message(_wording(own, rest, odds), said),
        move=Move(acquisition=1 - part * (1 - odds.ratio)) if rest and part < 1 else None,
    )


def _wording(own: int, rest: int, odds: Odds) -> str:
    if not own or not rest:
        return "channels.won_all" if own else "channels.won_none"
    return "channels.dearer" if odds.ratio < 1 else "channels.cheaper"


def _whole(cells: pd.Series) -> Ints:
    return cells.to_numpy("int64")
