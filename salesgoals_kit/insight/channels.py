"""Channels and audiences: what leads, customers and money come to, channel by channel and cohort by cohort."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.insight.audience import Audience, Key, audience, brought, figures_of, margins_of, stayed
from salesgoals_kit.insight.channel_tests import CHANNEL, conversion_contrasts, cost_contrasts
from salesgoals_kit.insight.contrast import Contrast
from salesgoals_kit.insight.tenure import rate_range
from salesgoals_kit.kpis.audiences import Cohorts, accounts_won, customers_worth, lead_cohorts
from salesgoals_kit.kpis.channel_costs import ChannelCosts, channel_costs
from salesgoals_kit.kpis.leaving import lives
from salesgoals_kit.kpis.levers import LeverInputs, lever_inputs
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR, month_name
from salesgoals_kit.words import Count, Message, Money, Name, Number, say


@dataclass(frozen=True, eq=False)
class Channels:
    """Channels and kinds of account, the leads of every year, and every comparison of channels.

    ``cohorts``: channel, since and until (months as they are written), leads, won, conversion, low, high, spend, cost
    (of a customer won through a lead; NaN: none won, or no spend known).
    """

    channels: tuple[Audience, ...]
    kinds: tuple[Audience, ...]
    cohorts: pd.DataFrame
    contrasts: tuple[Contrast, ...]
    notes: tuple[Message, ...]
    lacking: tuple[Message, ...]

    def channel(self, name: str) -> Audience | None:
        """Return one of the channels; None where there is none of that name."""
        return next((one for one in self.channels if one.value == name), None)


def channels(tables: Tables, owner: Owner = COMPANY) -> Channels:
    """Return what the owner's channels and kinds of account come to; what the data lacks is said."""
    cohorts, costs = lead_cohorts(tables, owner), channel_costs(tables, owner)
    inputs, kinds = lever_inputs(tables, owner), accounts_won(tables, owner)
    paid = brought(customers_worth(tables, owner)) if tables.has("subscriptions") else {}
    known = (paid, stayed(lives(tables, owner)))
    margins = margins_of(inputs)
    of_leads, of_money, of_deals = _leads(cohorts), _money(costs), _deals(kinds)
    return Channels(
        channels=tuple(
            audience(key, figures_of(key, of_leads, of_money, *known), margins)
            for key in sorted({*of_leads, *of_money})
        ),
        kinds=tuple(audience(key, figures_of(key, of_deals, *known), margins) for key in of_deals),
        cohorts=_by_year(cohorts, costs),
        contrasts=(*conversion_contrasts(cohorts), *cost_contrasts(cohorts, costs)),
        notes=(*_notes(cohorts, costs), *(_worth_notes(inputs) if paid else ())),
        lacking=_lacking(tables, cohorts, costs),
    )


def _leads(cohorts: Cohorts | None) -> dict[Key, dict[str, float]]:
    if cohorts is None:
        return {}
    sums = cohorts.rows.groupby("channel")[["leads", "won"]].sum()
    return {(CHANNEL, str(name)): {"cases": int(row["leads"]), "won": int(row["won"])} for name, row in sums.iterrows()}


def _money(costs: ChannelCosts | None) -> dict[Key, dict[str, float]]:
    if costs is None:
        return {}
    rows = zip(costs.rows["channel"], costs.rows["spend"], costs.rows["customers"], strict=True)
    return {(CHANNEL, str(name)): {"spend": float(spend), "customers": int(count)} for name, spend, count in rows}


def _deals(kinds: pd.DataFrame) -> dict[Key, dict[str, float]]:
    rows = zip(kinds["dimension"], kinds["value"], kinds["deals"], kinds["won"], strict=True)
    return {
        (str(dimension), str(value)): {"cases": int(deals), "won": int(won)} for dimension, value, deals, won in rows
    }


def _by_year(cohorts: Cohorts | None, costs: ChannelCosts | None) -> pd.DataFrame:
    """Return the leads of each twelve months, counted back from the last that are followed; what is over is left out.

    Of less than a year of leads all months together are one cohort.
    """
    names = ["channel", "since", "until", "leads", "won", "conversion", "low", "high", "spend", "cost"]
    if cohorts is None or cohorts.rows.empty:
        return pd.DataFrame(columns=names)
    first, last = int(cohorts.rows["month"].min()), cohorts.last
    years = max((last - first + 1) // YEAR, 1)
    parts = []
    for year in range(years):
        until = last - YEAR * (years - 1 - year)
        since = max(until - YEAR + 1, first)
        rows = cohorts.rows[cohorts.rows["month"].between(since, until)]
        sums = rows.groupby("channel", as_index=False)[["leads", "won"]].sum()
        spend = _spent(costs, since, until)
        sums["spend"] = sums["channel"].map(spend) if spend is not None else np.nan
        parts.append(sums.assign(since=month_name(since), until=month_name(until)))
    found = pd.concat(parts, ignore_index=True).sort_values(["channel", "since"], ignore_index=True)
    found["low"], found["high"] = rate_range(found["won"].to_numpy("int64"), found["leads"].to_numpy("int64"))
    found["conversion"] = found["won"] / found["leads"]
    found["cost"] = found["spend"] / found["won"].where(found["won"] > 0)
    return found[names]


def _spent(costs: ChannelCosts | None, since: int, until: int) -> pd.Series | None:
    """Return the company's spend of these months by channel; None where it is not known of all, or of a team."""
    known = None if costs is None or costs.shared else costs.monthly["month"]
    if costs is None or known is None or known.min() > since or known.max() < until:
        return None
    inside = costs.monthly[costs.monthly["month"].between(since, until)]
    return inside.groupby("channel")["spend"].sum()


def _notes(cohorts: Cohorts | None, costs: ChannelCosts | None) -> tuple[Message, ...]:
    said: list[Message] = []
    if cohorts is not None:
        wording = "channels.followed" if cohorts.told else "channels.followed_horizon"
        days = Number(cohorts.days, 0, "days")
        last, count = month_name(cohorts.last), Count(cohorts.immature)
        said.append(Message(wording, {"days": days, "last": last, "count": count}))
    if costs is not None:
        said += [_lag(costs), say("channels.kinds_without_cost")]
        idle = costs.rows[(costs.rows["customers"] == 0) & (costs.rows["spend"] > 0)]
        for name, spend in zip(idle["channel"], idle["spend"], strict=True):
            said.append(say("channels.spent_won_none", channel=Name(str(name)), spent=Money(float(spend))))
        said += [say("channels.shared")] if costs.shared else []
    return tuple(said)


def _worth_notes(inputs: LeverInputs) -> tuple[Message, ...]:
    """Return how worth is counted, and whether nothing is left of what customers pay."""
    said = [say("channels.worth")]
    said += [say("channels.before_costs")] if inputs.before_costs else []
    return (*said, *([say("channels.no_margin")] if margins_of(inputs).recurring <= 0 else []))


def _lag(costs: ChannelCosts) -> Message:
    """Return by how much spend comes before the customers it is set against, and how that is found."""
    first, last = month_name(costs.first), month_name(costs.last)
    if np.isnan(costs.cycle):
        return say("channels.lag_unknown", first=first, last=last)
    days = Number(costs.cycle, 0, "days")
    if not costs.lag:
        return say("channels.lag_none", first=first, last=last, days=days)
    return say("channels.lag", lag=Number(costs.lag, 0, "months"), first=first, last=last, days=days)


def _lacking(tables: Tables, cohorts: Cohorts | None, costs: ChannelCosts | None) -> tuple[Message, ...]:
    said = [] if cohorts is not None else [say("channels.lacks_leads")]
    said += [] if costs is not None else [say("channels.lacks_spend")]
    said += [] if tables.has("subscriptions") else [say("channels.lacks_subscriptions")]
    return (*said, *([] if tables.has("accounts") else [say("channels.lacks_accounts")]))
