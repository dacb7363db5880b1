"""The sample's leads, those that became deals and the many that did not, and what marketing spent to get them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesgoals_kit.data.sample.columns import as_days, as_ids, as_money, as_told, as_words
from salesgoals_kit.data.sample.crm import deal_ids
from salesgoals_kit.data.sample.days import (
    FIRST,
    FIRST_DAY,
    LAST,
    LAST_DAY,
    NEVER,
    PRICES,
    Ints,
    Texts,
    month_first,
    month_of,
    span_of_months,
    workday,
    years_since,
)
from salesgoals_kit.data.sample.moved import Moved
from salesgoals_kit.data.sample.people import Roster
from salesgoals_kit.data.sample.pipeline import NEW, Pipeline
from salesgoals_kit.data.sample.planted import CHANNELS, LEAD_PRICES, LEADS_IN_VAIN, TEAMS

_FROM_LEADS = 0.78  # share of the deals with new customers that began as a lead
_GOOD_IN_VAIN = 0.14  # share of those that were qualified all the same
_LETTERS = ("budget", "authority", "need", "timing")
_IF_GOOD = (0.72, 0.66, 0.86, 0.60)  # chance that each of the four is given
_IF_NOT = (0.34, 0.38, 0.48, 0.28)
_EVENTS = CHANNELS.index("Events")


@dataclass(frozen=True)
class Leads:
    """Leads in the order of creation; ``deal``, ``rep`` -1 where there is none, ``qualified`` NEVER likewise."""

    channel: Ints
    team: Ints
    rep: Ints
    created: Ints
    qualified: Ints
    deal: Ints

    @property
    def ids(self) -> Texts:
        """The leads' ids."""
        return as_ids("L", np.arange(len(self.created)) + 1, 5)


def draw_leads(rng: np.random.Generator, roster: Roster, pipeline: Pipeline) -> Leads:
    """Return the leads of the sample's years; deals created after the last day have theirs, still without a deal."""
    deal = np.flatnonzero((pipeline.kind == NEW) & (rng.random(len(pipeline)) < _FROM_LEADS))
    created = workday(pipeline.created[deal] - rng.integers(3, 40, len(deal)))
    qualified = created + ((pipeline.created[deal] - created) * rng.random(len(deal))).astype(np.int64)
    channel = pipeline.channel[deal]
    vain = np.repeat(np.arange(len(deal)), rng.poisson(np.array([*LEADS_IN_VAIN.values()])[channel]))
    vain_created = workday(created[vain] + rng.integers(-20, 21, len(vain)))
    good = rng.random(len(vain)) < _GOOD_IN_VAIN
    vain_qualified = np.where(good, vain_created + rng.integers(2, 28, len(vain)), NEVER)
    team = np.concatenate([pipeline.team[deal], rng.choice(len(TEAMS), size=len(vain), p=(0.27, 0.31, 0.29, 0.13))])
    when = np.concatenate([created, vain_created])
    until = np.concatenate([qualified, vain_qualified])
    found = np.concatenate([np.where(pipeline.created[deal] <= LAST, deal, -1), np.full(len(vain), -1)])
    rep = np.concatenate([pipeline.first_rep[deal], roster.colleague(rng, team[len(deal) :], vain_created)])
    rep = np.where((rng.random(len(rep)) < 0.05) | (roster.team(np.maximum(rep, 0), when) < 0), -1, rep)
    team = np.where(rep >= 0, roster.team(np.maximum(rep, 0), when), team)
    until = np.where(until > LAST, NEVER, until)
    parts = (np.concatenate([channel, channel[vain]]), team, rep, when, until, found)
    order = np.argsort(when, kind="stable")
    order = order[(when[order] >= FIRST) & (when[order] <= LAST)]
    return Leads(*(part[order] for part in parts))


def lead_table(rng: np.random.Generator, roster: Roster, leads: Leads, deals: int) -> pd.DataFrame:
    """Return the table leads; of those not qualified, many answers are missing."""
    good = leads.qualified != NEVER
    answers = {}
    for letter, if_good, if_not in zip(_LETTERS, _IF_GOOD, _IF_NOT, strict=True):
        given = pd.Series(rng.random(len(good)) < np.where(good, if_good, if_not), dtype="boolean")
        answers[letter] = given.mask(rng.random(len(good)) < np.where(good, 0.04, 0.35))
    ids = deal_ids(deals)
    return pd.DataFrame(
        {
            "lead_id": leads.ids,
            "created_at": as_days(leads.created),
            "channel": as_words(CHANNELS, leads.channel, rng.random(len(good)) > 0.01),
            "team": as_words(TEAMS, leads.team),
            "rep": as_words(list(roster.reps), leads.rep),
            "qualified_at": as_days(leads.qualified),
            "deal_id": as_told(ids, leads.deal),
            **answers,
        }
    )


def spend_table(rng: np.random.Generator, leads: Leads, moved: Moved | None = None) -> pd.DataFrame:
    """Return the table spend: by month and channel, and for events by team as well."""
    months = span_of_months(FIRST_DAY, LAST_DAY)
    month, channel = (grid.ravel() for grid in np.meshgrid(months, np.arange(len(CHANNELS)), indexing="ij"))
    count = _counted(leads, months)
    price = np.array([*LEAD_PRICES.values()])[channel] * (1 + PRICES) ** years_since(month_first(month))
    price = price if moved is None else price * moved.spent(month)
    amount = np.rint(count.ravel() * price * np.exp(rng.normal(0, 0.08, len(month))) / 100).astype(np.int64) * 100
    events = channel == _EVENTS
    parts = [(month[~events], channel[~events], amount[~events], np.full((~events).sum(), -1))]
    for team, share in enumerate((0.25, 0.30, 0.25, 0.20)):
        part = np.rint(amount[events] * share).astype(np.int64)
        parts.append((month[events], channel[events], part, np.full(events.sum(), team)))
    month, channel, amount, team_of = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((team_of, channel, month))
    return pd.DataFrame(
        {
            "month": as_days(month_first(month[order])),
            "channel": as_words(CHANNELS, channel[order]),
            "amount": as_money(amount[order]),
            "team": as_words(TEAMS, team_of[order]),
        }
    )


def _counted(leads: Leads, months: Ints) -> Ints:
    """Return the leads by month and channel."""
    place = (month_of(leads.created) - months[0]) * len(CHANNELS) + leads.channel
    return np.bincount(place, minlength=len(months) * len(CHANNELS)).reshape(len(months), len(CHANNELS))
