"""The sample's calls, e-mails and meetings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from salesgoals_kit.data.sample.columns import as_days, as_ids, as_told, as_words
from salesgoals_kit.data.sample.crm import deal_ids
from salesgoals_kit.data.sample.days import FIRST, FIRST_DAY, LAST, LAST_DAY, Ints, month_first, span_of_months, workday
from salesgoals_kit.data.sample.demand import Leads
from salesgoals_kit.data.sample.people import Roster
from salesgoals_kit.data.sample.pipeline import Pipeline

_KINDS = ("call", "email", "meeting")
_FOR_DEALS = (0.42, 0.34, 0.24)
_FOR_OTHERS = (0.52, 0.44, 0.04)
_A_DAY = 0.045  # activities for each day that a deal is open, in its first five months
_A_LEAD = 0.55
_A_MONTH = 14.0  # a rep's month, neither for a deal nor for a lead

Part = tuple[Ints, Ints, Ints, Ints, Ints]  # rep, day, kind, deal, lead


def activity_table(rng: np.random.Generator, roster: Roster, pipeline: Pipeline, leads: Leads) -> pd.DataFrame:
    """Return the table activities in the order of days; only those who work for the company then do anything."""
    parts = (_for_deals(rng, pipeline), _for_leads(rng, leads), _for_none(rng, roster))
    rep, day, kind, deal, lead = (np.concatenate(column) for column in zip(*parts, strict=True))
    day = workday(day)
    there = np.flatnonzero((day >= FIRST) & (day <= LAST) & (rep >= 0) & (roster.team(rep, day) >= 0))
    chosen = there[np.argsort(day[there], kind="stable")]
    deals, names = deal_ids(len(pipeline)), leads.ids
    return pd.DataFrame(
        {
            "activity_id": as_ids("T", np.arange(len(chosen)) + 1, 6),
            "rep": roster.reps[rep[chosen]],
            "kind": as_words(_KINDS, kind[chosen]),
            "happened_at": as_days(day[chosen]),
            "deal_id": as_told(deals, deal[chosen]),
            "lead_id": as_told(names, lead[chosen]),
        }
    )


def _for_deals(rng: np.random.Generator, pipeline: Pipeline) -> Part:
    until = np.minimum(pipeline.closed, LAST)
    worked = np.minimum(until - pipeline.created, 150)
    deal = np.repeat(np.arange(len(pipeline)), rng.poisson(0.8 + _A_DAY * worked))
    day = pipeline.created[deal] + (rng.random(len(deal)) * (worked[deal] + 1)).astype(np.int64)
    day = np.maximum(workday(day), pipeline.created[deal])
    kind = rng.choice(len(_KINDS), size=len(deal), p=_FOR_DEALS)
    return pipeline.holder(deal, day), day, kind, deal, np.full(len(deal), -1)


def _for_leads(rng: np.random.Generator, leads: Leads) -> Part:
    lead = np.repeat(np.arange(len(leads.created)), rng.poisson(_A_LEAD, len(leads.created)))
    day = leads.created[lead] + rng.integers(0, 9, len(lead))
    day = np.maximum(workday(day), leads.created[lead])
    kind = rng.choice(len(_KINDS), size=len(lead), p=_FOR_OTHERS)
    return leads.rep[lead], day, kind, np.full(len(lead), -1), lead


def _for_none(rng: np.random.Generator, roster: Roster) -> Part:
    months = span_of_months(FIRST_DAY, LAST_DAY)
    count = rng.poisson(_A_MONTH * np.broadcast_to(roster.capacity[:, None], (len(roster.reps), len(months))))
    rep = np.repeat(np.arange(len(roster.reps)), count.sum(axis=1))
    month = np.repeat(np.tile(months, len(roster.reps)), count.ravel())
    first = month_first(month)
    day = first + (rng.random(len(month)) * (month_first(month + 1) - first)).astype(np.int64)
    kind = rng.choice(len(_KINDS), size=len(rep), p=_FOR_OTHERS)
    nothing = np.full(len(rep), -1)
    return rep, day, kind, nothing, nothing
