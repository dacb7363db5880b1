"""The sample's invoices: subscriptions in advance, services in two parts, and credit notes."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from salesgoals_kit.data.sample.columns import as_days, as_ids, as_money, as_words
from salesgoals_kit.data.sample.contracts import FAMILIES, PRODUCTS, Contracts
from salesgoals_kit.data.sample.customers import Customers
from salesgoals_kit.data.sample.days import FIRST, LAST, Ints, month_of, months_later
from salesgoals_kit.data.sample.moved import Moved
from salesgoals_kit.data.sample.people import REGIONS, Roster
from salesgoals_kit.data.sample.pipeline import Pipeline
from salesgoals_kit.data.sample.planted import TEAMS

_MONTHS_BILLED = (1, 3)  # in advance, by plan
_COST_SHARES = (0.24, 0.22, 0.18, 0.20, 0.56, 0.58)  # by product
_SEAT = 4000  # what a seat costs a month, in minor units
_DAY_RATE = 110000  # and a day of services
_CREDITED = 0.006  # share of invoices that are credited in part


@dataclass(frozen=True)
class _Bills:
    """Invoices by number; ``rep`` and ``team`` are -1 where none is named, ``quantity`` 0 on credit notes."""

    account: Ints
    day: Ints
    amount: Ints
    product: Ints
    quantity: Ints
    team: Ints
    rep: Ints

    def take(self, chosen: Ints) -> _Bills:
        return _Bills(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def invoice_table(
    rng: np.random.Generator,
    roster: Roster,
    pipeline: Pipeline,
    customers: Customers,
    contracts: Contracts,
    moved: Moved | None = None,
) -> pd.DataFrame:
    """Return the table invoices, in the order of their days; a credit note's amount and cost are negative."""
    plain = _joined([*_subscriptions(customers, contracts), _services(rng, pipeline, customers, contracts)])
    bills = _joined([plain, _credits(rng, plain)])
    bills = bills.take(np.flatnonzero((bills.day >= FIRST) & (bills.day <= LAST) & (bills.amount != 0)))
    bills = bills.take(np.argsort(bills.day, kind="stable"))
    share = np.asarray(_COST_SHARES)[bills.product] * np.exp(rng.normal(0, 0.04, len(bills.day)))
    share = share if moved is None else share * moved.since(bills.day, moved.unit_cost)
    discount = np.where(rng.random(len(bills.day)) < 0.5, 0.0, rng.integers(1, 16, len(bills.day)) / 100)
    quantity = pd.Series(bills.quantity.astype(float)).mask(bills.quantity == 0)
    return pd.DataFrame(
        {
            "invoice_id": as_ids("I", np.arange(len(bills.day)) + 1, 6),
            "account_id": customers.ids[bills.account],
            "invoiced_at": as_days(bills.day),
            "amount": as_money(bills.amount),
            "cost": as_money(np.rint(bills.amount * share).astype(np.int64)),
            "quantity": quantity,
            "list_price": as_money(np.rint(bills.amount / (1 - discount)).astype(np.int64), bills.amount > 0),
            "team": as_words(TEAMS, bills.team),
            "rep": as_words(list(roster.reps), bills.rep),
            "product": as_words(PRODUCTS, bills.product),
            "family": as_words(FAMILIES, bills.product),
            "region": as_words(REGIONS, customers.region[bills.account]),
        }
    )


def _joined(parts: list[_Bills]) -> _Bills:
    names = [field.name for field in fields(_Bills)]
    return _Bills(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _subscriptions(customers: Customers, contracts: Contracts) -> list[_Bills]:
    """Return the invoices of subscriptions, and the credit notes for what was paid ahead and not used."""
    start, end = contracts.row_start, contracts.row_end
    account = customers.spell_account[contracts.row_spell]
    plan, team = customers.plan[account], customers.spell_team[contracts.row_spell]
    step = np.asarray(_MONTHS_BILLED)[plan]
    until = np.minimum(end, LAST + 1)
    count = (month_of(until - 1) - month_of(start)) // step + 1
    row = np.repeat(np.arange(len(start)), count)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    day = months_later(start[row], turn * step[row])
    row, day = row[day < until[row]], day[day < until[row]]
    amount = contracts.row_mrr[row] * step[row]
    following = months_later(day, step[row])
    seats = np.maximum(contracts.row_mrr[row] // _SEAT, 1) * step[row]
    nobody = np.full(len(row), -1)
    bills = _Bills(account[row], day, amount, plan[row], seats, team[row], nobody)
    unused = np.flatnonzero((following > end[row]) & (end[row] <= LAST))
    left = (following - end[row])[unused] / (following - day)[unused]
    notes = _Bills(
        bills.account[unused],
        end[row][unused],
        -np.rint(bills.amount[unused] * left).astype(np.int64),
        bills.product[unused],
        np.zeros(len(unused), dtype=np.int64),
        bills.team[unused],
        nobody[unused],
    )
    return [bills, notes]


def _services(rng: np.random.Generator, pipeline: Pipeline, customers: Customers, contracts: Contracts) -> _Bills:
    """Return two invoices for each deal of services that is won: half soon after closing, the rest weeks later."""
    deals = np.flatnonzero(pipeline.won & (contracts.product > 3) & (pipeline.closed <= LAST))
    half = contracts.amount[deals] // 2
    days = [pipeline.closed[deals] + rng.integers(*span, len(deals)) for span in ((5, 25), (35, 90))]
    amount = np.concatenate([half, contracts.amount[deals] - half])
    twice = np.tile(deals, 2)
    return _Bills(
        customers.of_deal[twice],
        np.concatenate(days),
        amount,
        contracts.product[twice],
        np.maximum(amount // _DAY_RATE, 1),
        pipeline.team[twice],
        pipeline.rep[twice],
    )


def _credits(rng: np.random.Generator, bills: _Bills) -> _Bills:
    """Return credit notes for some invoices that were wrong, dated some days after them."""
    wrong = np.flatnonzero((bills.amount > 0) & (rng.random(len(bills.amount)) < _CREDITED))
    notes = bills.take(wrong)
    part = rng.choice((0.2, 0.5, 1.0), size=len(wrong))
    return _Bills(
        notes.account,
        notes.day + rng.integers(4, 30, len(wrong)),
        -np.rint(notes.amount * part).astype(np.int64),
        notes.product,
        np.zeros(len(wrong), dtype=np.int64),
        notes.team,
        notes.rep,
    )
