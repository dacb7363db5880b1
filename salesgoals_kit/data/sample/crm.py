"""What the sample's CRM holds: deals as they look on the last day, and what they looked like before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesgoals_kit.data.sample.columns import as_days, as_ids, as_money, as_told, as_words
from salesgoals_kit.data.sample.contracts import FAMILIES, PRODUCTS, Contracts
from salesgoals_kit.data.sample.customers import Customers
from salesgoals_kit.data.sample.days import LAST, NEVER, Floats, Ints, Texts
from salesgoals_kit.data.sample.moved import Moved
from salesgoals_kit.data.sample.people import REGIONS, Roster
from salesgoals_kit.data.sample.pipeline import KINDS, NEW, Pipeline
from salesgoals_kit.data.sample.planted import CHANNELS, STAGES, TEAMS

FIRST_ID = 410001
_COST_SHARES = (0.24, 0.22, 0.18, 0.20, 0.56, 0.58)  # of the list price, by product
_TERMS = (12, 24, 36)
_GUESS = (70.0, 45.0, 60.0)  # days that reps expect a deal to take, by kind


@dataclass(frozen=True)
class Log:
    """Values written into one field: deal (by number), day, text."""

    field: str
    deal: Ints
    day: Ints
    value: Texts


def deal_ids(count: int) -> Texts:
    """Return the ids of deals, as the CRM numbers its records."""
    return as_ids("", np.arange(count) + FIRST_ID, 6)


def crm_tables(
    rng: np.random.Generator,
    roster: Roster,
    pipeline: Pipeline,
    customers: Customers,
    contracts: Contracts,
    moved: Moved | None = None,
) -> dict[str, pd.DataFrame]:
    """Return the tables deals, deal_changes and stage_events."""
    stage_deal, stage = np.nonzero(pipeline.entered <= LAST)
    entered = pipeline.entered[stage_deal, stage]
    amounts, amount = _amount_log(rng, pipeline, contracts.amount)
    slips, expected = _slip_log(rng, pipeline)
    rep = np.where(pipeline.handed <= LAST, pipeline.rep, pipeline.first_rep)
    closed = np.flatnonzero(pipeline.closed <= LAST)
    logs = (
        Log("stage", stage_deal, entered, as_words(STAGES, stage)),
        amounts,
        slips,
        _rep_log(roster, pipeline),
        Log("closed_at", closed, pipeline.closed[closed], _iso(pipeline.closed[closed])),
    )
    last_stage = (pipeline.entered <= LAST).sum(axis=1) - 1
    deals = {
        "deal_id": deal_ids(len(pipeline)),
        "status": np.where(pipeline.closed > LAST, "open", np.where(pipeline.won, "won", "lost")).astype(object),
        "rep": roster.reps[rep],
        "created_at": as_days(pipeline.created),
        "closed_at": as_days(np.where(pipeline.closed > LAST, NEVER, pipeline.closed)),
        "amount": as_money(amount, amount >= 0),
        "stage": as_words(STAGES, last_stage),
        **_described(rng, roster, pipeline, customers, contracts),
        **_money(rng, contracts.product, amount, _cost_moved(pipeline, moved)),
        "expected_close_at": as_days(expected),
    }
    events = {"deal": stage_deal, "entered_at": entered, "stage": as_words(STAGES, stage)}
    return {
        "deals": pd.DataFrame(deals),
        "deal_changes": _changes(logs, len(pipeline)),
        "stage_events": _stage_events(pd.DataFrame(events), len(pipeline)),
    }


def _described(
    rng: np.random.Generator, roster: Roster, pipeline: Pipeline, customers: Customers, contracts: Contracts
) -> dict[str, Texts | pd.Series]:
    """Return what the CRM says about each deal, with the cells that nobody filled in."""
    count, account = len(pipeline), customers.of_deal
    blank = rng.random((4, count))
    kept = blank[0] > np.where(pipeline.won, 0.01, 0.04)
    known = np.maximum(account, 0)
    channel = np.where(account >= 0, customers.channel[known], pipeline.channel)
    region = np.where(account >= 0, customers.region[known], roster.region[pipeline.rep])
    term = pd.Series(rng.choice(_TERMS, size=count, p=(0.68, 0.22, 0.10)), dtype="float64")
    return {
        "team": as_words(TEAMS, pipeline.team, pipeline.shared == 1),
        "account_id": as_told(customers.ids, account, kept & (account >= 0)),
        "channel": as_words(CHANNELS, channel, (blank[1] > 0.015) | (pipeline.kind != NEW)),
        "deal_type": as_words(KINDS, pipeline.kind),
        "product": as_words(PRODUCTS, contracts.product, blank[2] > 0.005),
        "family": as_words(FAMILIES, contracts.product, blank[2] > 0.005),
        "region": as_words(REGIONS, region, blank[3] > 0.01),
        "term_months": term.mask(contracts.product > 3),
    }


def _cost_moved(pipeline: Pipeline, moved: Moved | None) -> Floats:
    """Return by how much the cost of a deal is another share of its price than it was."""
    if moved is None:
        return np.ones(len(pipeline))
    return moved.since(pipeline.closed, moved.unit_cost) / moved.since(pipeline.created, moved.price)


def _money(rng: np.random.Generator, product: Ints, amount: Ints, part: Floats) -> dict[str, pd.Series]:
    """Return cost and list price; the discount has nothing to do with how the deal ends."""
    discount = np.where(rng.random(len(amount)) < 0.4, 0.0, rng.integers(1, 21, len(amount)) / 100)
    listed = np.rint(amount / (1 - discount)).astype(np.int64)
    share = np.asarray(_COST_SHARES)[product] * np.exp(rng.normal(0, 0.05, len(amount)))
    return {
        "cost": as_money(np.rint(listed * share * part).astype(np.int64), amount >= 0),
        "list_price": as_money(listed, amount >= 0),
    }


def _amount_log(rng: np.random.Generator, pipeline: Pipeline, amount: Ints) -> tuple[Log, Ints]:
    """Return the amounts as they were overwritten, and the last one of each deal (-1: none yet).

    Written at creation, on proposal, before the contract, at closing, and rarely corrected after it.
    """
    won, reached, chance = pipeline.won, pipeline.reached, rng.random((5, len(pipeline)))
    first = chance[0] < 0.85
    late = pipeline.closed + rng.integers(3, 16, len(pipeline))
    proposed, contract = pipeline.entered[:, 2], pipeline.entered[:, 4]
    days = np.column_stack([pipeline.created, proposed, contract, pipeline.closed, late])
    written = np.column_stack(
        [
            first,
            (reached >= 2) & ((chance[1] < 0.5) | ~first),
            (reached >= 4) & (chance[2] < 0.5),
            won & (chance[3] < 0.3),
            won & (chance[4] < 0.012) & (late <= LAST),
        ]
    )
    off = np.exp(rng.normal(0.04, 0.15, days.shape))
    guess = np.maximum(np.rint(amount[:, None] * off / 1000).astype(np.int64), 10) * 1000
    final = 4 - written[:, ::-1].argmax(axis=1)
    guess[np.arange(len(amount)), final] = amount
    shown = written & (days <= LAST)
    newest = 4 - shown[:, ::-1].argmax(axis=1)
    last = np.where(shown.any(axis=1), guess[np.arange(len(amount)), newest], -1)
    deal, step = np.nonzero(shown)
    values = np.array([str(cents) for cents in guess[deal, step].tolist()], dtype=object)
    return Log("amount", deal, days[deal, step], values), last


def _slip_log(rng: np.random.Generator, pipeline: Pipeline) -> tuple[Log, Ints]:
    """Return the expected days of closing as they slipped, and the last one of each deal."""
    count = len(pipeline)
    typical = np.asarray(_GUESS)[pipeline.kind] * np.exp(rng.normal(0, 0.25, count))
    expected = pipeline.created + np.rint(typical).astype(np.int64)
    written, until = pipeline.created, np.minimum(pipeline.closed, LAST + 1)
    deals, days, values, kept = [np.arange(count)], [written], [expected], np.ones(count, dtype=bool)
    for _ in range(6):
        written = np.maximum(written + 1, expected - rng.integers(0, 7, count))
        kept &= (written < until) & (rng.random(count) < 0.85)  # who once forgets to move it forgets it for good
        slips = np.flatnonzero(kept)
        moved = np.maximum(expected, written) + rng.integers(10, 45, count)
        expected = expected.copy()
        expected[slips] = moved[slips]
        deals, days, values = [*deals, slips], [*days, written[slips]], [*values, expected[slips]]
    value = _iso(np.concatenate(values))
    return Log("expected_close_at", np.concatenate(deals), np.concatenate(days), value), expected


def _rep_log(roster: Roster, pipeline: Pipeline) -> Log:
    taken = np.flatnonzero(pipeline.handed <= LAST)
    deal = np.concatenate([np.arange(len(pipeline)), taken])
    day = np.concatenate([pipeline.created, pipeline.handed[taken]])
    rep = np.concatenate([pipeline.first_rep, pipeline.rep[taken]])
    return Log("rep", deal, day, roster.reps[rep])


def _iso(days: Ints) -> Texts:
    return days.astype("datetime64[D]").astype(str).astype(object)


def _changes(logs: tuple[Log, ...], count: int) -> pd.DataFrame:
    deal, day = (np.concatenate([getattr(log, part) for log in logs]) for part in ("deal", "day"))
    field = np.repeat(np.array([log.field for log in logs], dtype=object), [len(log.deal) for log in logs])
    value = np.concatenate([log.value for log in logs])
    order = np.lexsort((deal, day))
    ids = deal_ids(count)
    rows = {
        "deal_id": ids[deal[order]],
        "field": field[order],
        "value": value[order],
        "changed_at": as_days(day[order]),
    }
    return pd.DataFrame(rows)


def _stage_events(events: pd.DataFrame, count: int) -> pd.DataFrame:
    events = events.sort_values(["entered_at", "deal"], kind="stable", ignore_index=True)
    ids = deal_ids(count)[events["deal"].to_numpy()]
    days = as_days(events["entered_at"].to_numpy())
    return pd.DataFrame({"deal_id": ids, "stage": events["stage"], "entered_at": days})
