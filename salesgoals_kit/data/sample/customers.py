"""The sample's accounts: who they are, and how long they stay customers of the software."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from salesgoals_kit.data.sample.columns import as_days, as_ids, as_words
from salesgoals_kit.data.sample.days import (
    LAST,
    NEVER,
    PRICES,
    TREND,
    Floats,
    Ints,
    Texts,
    billing_day,
    month_first,
    months_later,
    season,
    span_of_months,
    years_since,
)
from salesgoals_kit.data.sample.moved import Moved
from salesgoals_kit.data.sample.people import REGIONS, Roster
from salesgoals_kit.data.sample.pipeline import KEY, NEW, Pipeline
from salesgoals_kit.data.sample.planted import CHANNELS, Planted

PLANS = ("Core", "Plus")
SIZES = ("Small", "Medium", "Large", "Enterprise")
SEGMENTS = ("SMB", "Mid-market", "Enterprise", "Enterprise")
INDUSTRIES = ("Manufacturing", "Logistics", "Retail", "Finance", "Health", "Public sector")
REASONS = ("price", "went to a competitor", "project ended", "missing features", "insolvency", "support")
KEY_TERRITORY = len(REGIONS)  # territories: the regions, and beside them the key accounts of all regions
_PLAN_SHARES = (0.22, 0.48, 0.30)  # services only, and the plans
_HAZARD = 0.0135  # of leaving after any month
_OLD_A_MONTH = 15.0  # customers a month from the start of the subscriptions to the first deals in the CRM
_SIZE_SHARES = ((0.50, 0.37, 0.13, 0.0), (0.0, 0.05, 0.50, 0.45))  # ordinary and key accounts
_MRR = (50000, 105000, 215000, 430000)  # typical monthly price in 2022, in minor units, by size
_BEGINNINGS = ("Nord", "Alt", "Blau", "Grün", "Söder", "Lux", "Vela", "Mira", "Terra", "Corda", "Balt", "Rhön", "Aqua")
_ENDINGS = ("werk", "form", "gruppen", "tech", "logis", "bau", "pharm", "data", "med", "metal", "trans", "énergie")
_LEGAL = ("GmbH", "AB", "OÜ", "SIA", "B.V.", "S.p.A.", "S.L.", "Lda", "AG", "ApS")


@dataclass(frozen=True)
class Customers:
    """Accounts by number, and spells: the times in which an account is a customer of the software.

    ``channel`` is -1 where the account is older than the CRM. ``plan`` is what it buys or would buy, -1 for services
    only, ``price`` what that costs a month, at first. ``of_deal`` is the account of each deal of the pipeline, -1
    while there is none. ``spell_end`` is NEVER or a day not after the last.
    """

    names: Texts
    territory: Ints
    region: Ints
    size: Ints
    industry: Ints
    channel: Ints
    plan: Ints
    price: Ints
    of_deal: Ints
    spell_account: Ints
    spell_team: Ints
    spell_start: Ints
    spell_end: Ints

    @property
    def ids(self) -> Texts:
        """The accounts' ids."""
        return as_ids("A", np.arange(len(self.names)) + 10001, 5)


def win_customers(
    rng: np.random.Generator, roster: Roster, pipeline: Pipeline, planted: Planted, moved: Moved | None = None
) -> Customers:
    """Return the accounts: old customers, then one for each deal with a new customer (a lost one may try again)."""
    old_start = _old_starts(rng)
    fresh = np.flatnonzero(pipeline.kind == NEW)
    old_territory = rng.choice(
        KEY_TERRITORY + 1, size=len(old_start), p=[*[0.85 / KEY_TERRITORY] * KEY_TERRITORY, 0.15]
    )
    territory = np.concatenate([old_territory, _territory(roster, pipeline, fresh)])
    region = np.where(territory == KEY_TERRITORY, rng.integers(0, len(REGIONS), len(territory)), territory)
    size = _sizes(rng, territory)
    channel = np.concatenate([np.full(len(old_start), -1), pipeline.channel[fresh]])
    of_deal = np.full(len(pipeline), -1)
    of_deal[fresh] = len(old_start) + np.arange(len(fresh))
    plan = rng.choice(3, size=len(territory), p=_PLAN_SHARES) - 1
    plan[: len(old_start)] = np.maximum(plan[: len(old_start)], 0)
    price = _prices(rng, np.concatenate([old_start, pipeline.closed[fresh]]), size, plan)
    won = pipeline.won[fresh] & (plan[len(old_start) :] >= 0) & (pipeline.closed[fresh] <= LAST)
    account = np.concatenate([np.arange(len(old_start)), len(old_start) + np.flatnonzero(won)])
    if moved:
        dearer = moved.since(pipeline.created[fresh], moved.price)
        price[len(old_start) :] = np.rint(price[len(old_start) :] * dearer).astype(np.int64)
    wait = rng.integers(1, 10, won.sum()) if moved is None else moved.whole("starts", 1, 10, len(fresh))[won]
    begun = billing_day(pipeline.closed[fresh[won]] + wait)
    start = np.concatenate([old_start, begun])
    team = np.concatenate([_home_team(old_territory), pipeline.team[fresh[won]]])
    spells = _spells(rng, account, team, start, channel, planted, moved)
    names, industry = _names(rng, len(territory)), rng.integers(0, len(INDUSTRIES), len(territory))
    of_deal = _second_tries(rng, pipeline, territory, of_deal)
    return Customers(names, territory, region, size, industry, channel, plan, price, of_deal, *spells)


def _old_starts(rng: np.random.Generator) -> Ints:
    months = span_of_months(date(2019, 1, 1), date(2021, 12, 1))
    counts = rng.poisson(_OLD_A_MONTH * season(months) * (1 + TREND - PRICES) ** years_since(month_first(months)))
    month = np.repeat(months, counts)
    return month_first(month) + rng.integers(0, 28, len(month))


def _territory(roster: Roster, pipeline: Pipeline, deals: Ints) -> Ints:
    return np.where(pipeline.team[deals] == KEY, KEY_TERRITORY, roster.region[pipeline.rep[deals]])


def _home_team(territory: Ints) -> Ints:
    return np.where(territory == KEY_TERRITORY, KEY, territory // 2)


def _sizes(rng: np.random.Generator, territory: Ints) -> Ints:
    shares = np.asarray(_SIZE_SHARES)[(territory == KEY_TERRITORY).astype(int)]
    size: Ints = (rng.random(len(territory))[:, None] > shares.cumsum(axis=1)).sum(axis=1)
    return np.minimum(size, len(SIZES) - 1)


def _prices(rng: np.random.Generator, start: Ints, size: Ints, plan: Ints) -> Ints:
    typical = np.asarray(_MRR)[size] * np.where(plan == 1, 1.25, 0.9) * (1 + PRICES) ** years_since(start)
    return np.rint(typical * np.exp(rng.normal(0, 0.25, len(start))) / 500).astype(np.int64) * 500


def hazards(planted: Planted, leaving_channel: bool) -> Floats:
    """Return the hazard of leaving after 1, 2, 3, … months."""
    found = np.full(120, _HAZARD)
    if planted.moment:
        found[planted.moment.month - 1] *= planted.moment.hazard_ratio
    if planted.channel and leaving_channel:
        found *= planted.channel.hazard_ratio
    return found


def _ends(rng: np.random.Generator, start: Ints, channel: Ints, planted: Planted) -> Ints:
    """Return the first day no longer paid for, NEVER if that is not before the day after the last."""
    leaving = channel == (CHANNELS.index(planted.channel.channel) if planted.channel else -2)
    lot, months = rng.random(len(start)), np.zeros(len(start), dtype=np.int64)
    for flag in (False, True):
        gone = 1 - np.cumprod(1 - hazards(planted, flag))
        months[leaving == flag] = np.searchsorted(gone, lot[leaving == flag]) + 1
    end = months_later(start, months)
    return np.where(end > LAST, NEVER, end)


def _spells(
    rng: np.random.Generator,
    account: Ints,
    team: Ints,
    start: Ints,
    channel: Ints,
    planted: Planted,
    moved: Moved | None,
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return account, team, start and end of each spell; a few leavers come back after some months, as if new."""
    if moved is None:
        end = _ends(rng, start, channel[account], planted)
        back = np.flatnonzero((end < LAST - 200) & (rng.random(len(end)) < 0.05))
        again = billing_day(end[back] + rng.integers(60, 180, len(back)))
        until = _ends(rng, again, channel[account[back]], planted)
    else:
        end = _moved_ends(moved, "ends", start, account, channel, planted)
        back = np.flatnonzero((end < LAST - 200) & (moved.lots("returns", len(channel))[account] < 0.05))
        again = billing_day(end[back] + moved.whole("pauses", 60, 180, len(channel))[account[back]])
        until = _moved_ends(moved, "second ends", again, account[back], channel, planted)
    pairs = ((account, account[back]), (team, team[back]), (start, again), (end, until))
    account, team, start, end = (np.concatenate(pair) for pair in pairs)
    begun = start <= LAST
    return account[begun], team[begun], start[begun], end[begun]


def _moved_ends(moved: Moved, part: str, start: Ints, account: Ints, channel: Ints, planted: Planted) -> Ints:
    leaving = channel[account] == (CHANNELS.index(planted.channel.channel) if planted.channel else -2)
    lots, fresh = moved.lots(part, len(channel))[account], moved.new_lots(part, len(channel))[account]
    months = np.zeros(len(start), dtype=np.int64)
    for flag in (False, True):
        own = leaving == flag
        months[own] = moved.ends(start[own], lots[own], fresh[own], hazards(planted, flag))
    end = months_later(start, months)
    return np.where(end > LAST, NEVER, end)


def _second_tries(rng: np.random.Generator, pipeline: Pipeline, territory: Ints, of_deal: Ints) -> Ints:
    """Let some deals that come to nothing be with the account of an earlier such deal in the same territory."""
    vain = np.flatnonzero((pipeline.kind == NEW) & ~pipeline.won)
    order = vain[np.argsort(territory[of_deal[vain]], kind="stable")]
    again, earlier = order[1:], order[:-1]
    together = (territory[of_deal[again]] == territory[of_deal[earlier]]) & (rng.random(len(again)) < 0.08)
    answer = of_deal.copy()
    answer[again[together]] = of_deal[earlier[together]]
    return answer


def _names(rng: np.random.Generator, count: int) -> Texts:
    parts = [rng.choice(words, size=count) for words in (_BEGINNINGS, _ENDINGS, _LEGAL)]
    return np.array([f"{first}{last} {legal}" for first, last, legal in zip(*parts, strict=True)], dtype=object)


def customer_tables(rng: np.random.Generator, customers: Customers) -> dict[str, pd.DataFrame]:
    """Return the tables accounts and churn_events."""
    latest = np.full(len(customers.names), -1)  # the day the last spell ends; -1: never a customer
    np.maximum.at(latest, customers.spell_account, customers.spell_end)
    lost, chance = (latest >= 0) & (latest != NEVER), rng.random(len(latest))
    flag = np.where(lost, chance < 0.92, chance < 0.01)
    accounts = pd.DataFrame(
        {
            "account_id": customers.ids,
            "name": customers.names,
            "industry": as_words(INDUSTRIES, customers.industry, rng.random(len(latest)) > 0.03),
            "size": as_words(SIZES, customers.size),
            "region": as_words(REGIONS, customers.region),
            "segment": as_words(SEGMENTS, customers.size),
            "churn_flag": pd.Series(flag, dtype="boolean").mask(latest < 0),
        }
    )
    ended = np.flatnonzero((customers.spell_end != NEVER) & (rng.random(len(customers.spell_end)) < 0.95))
    ended = ended[np.argsort(customers.spell_end[ended], kind="stable")]
    told = np.maximum(customers.spell_end[ended] - rng.integers(0, 20, len(ended)), customers.spell_start[ended])
    reason = as_words(REASONS, rng.integers(0, len(REASONS), len(ended)), rng.random(len(ended)) > 0.1)
    churn = {
        "event_id": as_ids("C", np.arange(len(ended)) + 1, 5),
        "account_id": customers.ids[customers.spell_account[ended]],
        "churned_at": as_days(told),
        "reason": reason,
    }
    return {"accounts": accounts, "churn_events": pd.DataFrame(churn)}
