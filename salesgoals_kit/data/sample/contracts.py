"""What the sample's customers pay: expansions and renewals find their account, prices change, deals get an amount."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from salesgoals_kit.data.sample.columns import as_days, as_ids, as_money, as_words
from salesgoals_kit.data.sample.customers import KEY_TERRITORY, PLANS, Customers
from salesgoals_kit.data.sample.days import LAST, NEVER, PRICES, Flags, Floats, Ints, next_turn, years_since
from salesgoals_kit.data.sample.moved import Moved
from salesgoals_kit.data.sample.people import Roster
from salesgoals_kit.data.sample.pipeline import EXPANSION, KEY, NEW, RENEWAL, Pipeline
from salesgoals_kit.data.sample.planted import TEAMS

PRODUCTS = ("Core", "Plus", "Analytics", "Connect", "Consulting", "Onboarding")
FAMILIES = ("Software", "Software", "Add-ons", "Add-ons", "Services", "Services")
_EXPANSIONS = (0.0, 0.2, 0.45, 0.35, 0.0, 0.0)
_SERVICES = (460000, 1000000, 2100000, 3700000)  # typical amount in 2022, in minor units, by size of the account
_STRANGER = 1200000  # typical yearly amount where the customer is not in the books
_FALLING = 0.007  # chance a month that a customer pays less from then on
_ROUND = 100  # prices are whole currency units


@dataclass(frozen=True)
class Contracts:
    """The deals' product and amount (minor units, of the year it is for), and the subscriptions' rows.

    A row is one price of one spell: ``row_end`` is NEVER while it is paid.
    """

    product: Ints
    amount: Ints
    row_spell: Ints
    row_mrr: Ints
    row_start: Ints
    row_end: Ints


def pair_accounts(
    rng: np.random.Generator, roster: Roster, pipeline: Pipeline, customers: Customers, moved: Moved | None = None
) -> Customers:
    """Return the customers with an account for every expansion and renewal, as far as there is one.

    A deal that is won is with a customer who stays for a while; a renewal that is lost, if one can be found, with one
    who leaves soon after. A customer renews no more than once in ten months.
    """
    of_deal, chance = customers.of_deal.copy(), rng.random(len(pipeline))
    territory = np.where(pipeline.team == KEY, KEY_TERRITORY, roster.region[pipeline.rep])
    places = None if moved is None else moved.lots("pairs", len(customers.names))[customers.spell_account]
    for own in range(KEY_TERRITORY + 1):
        spells = np.flatnonzero(customers.territory[customers.spell_account] == own)
        start, end = customers.spell_start[spells], customers.spell_end[spells]
        used = np.zeros(len(spells), dtype=np.int64)
        for deal in np.flatnonzero((territory == own) & (pipeline.kind != NEW)):
            created, closed = int(pipeline.created[deal]), int(pipeline.closed[deal])
            renews = pipeline.kind[deal] == RENEWAL
            there = (start + 120 <= created) & (end > closed + (60 if pipeline.won[deal] else 0))
            if renews:
                there &= used + 300 <= created
            found = np.flatnonzero(there)
            if renews and not pipeline.won[deal]:
                soon = found[end[found] <= closed + 75]
                found = soon if len(soon) else found
            if len(found):
                chosen = found[_chosen(chance[deal], None if places is None else places[spells[found]], len(found))]
                of_deal[deal] = customers.spell_account[spells[chosen]]
                used[chosen] = created if renews else used[chosen]
    return replace(customers, of_deal=of_deal)


def _chosen(chance: float, places: Floats | None, count: int) -> int:
    """Return which of the accounts a deal is with; with places on a circle, the next, so that others do not matter."""
    return int(chance * count) if places is None else int(np.argmin((places - chance) % 1))


def draw_contracts(
    rng: np.random.Generator, pipeline: Pipeline, customers: Customers, moved: Moved | None = None
) -> Contracts:
    """Return what every deal is for and worth, and what every customer pays from when to when."""
    spell_of = _latest_spell(pipeline, customers)
    wish = np.where(
        pipeline.kind == EXPANSION, rng.uniform(1.10, 1.30, len(pipeline)), rng.uniform(1, 1.05, len(pipeline))
    )
    wish = wish if moved is None else _raised(wish, pipeline, moved)
    deals = np.flatnonzero((pipeline.kind != NEW) & (spell_of >= 0))
    spell = spell_of[deals]
    start, end = customers.spell_start[spell], customers.spell_end[spell]
    day = next_turn(pipeline.closed[deals] + 1, start)
    real = pipeline.won[deals] & (day <= LAST) & (day > start) & (day < end)
    falls = _falls(rng, customers) if moved is None else _moved_falls(moved, customers)
    spells = np.arange(len(customers.spell_start))
    steps = _Steps(
        np.concatenate([spells, spell, falls[0]]),
        np.concatenate([customers.spell_start, day, falls[1]]),
        np.log(np.concatenate([customers.price[customers.spell_account].astype(float), wish[deals], falls[2]])),
        np.concatenate([np.ones(len(spells), bool), real, np.ones(len(falls[0]), bool)]),
    )
    before, after = steps.prices()
    product, amount = _first_amounts(rng, pipeline, customers, wish, moved)
    mine = slice(len(spells), len(spells) + len(deals))
    year = np.where(pipeline.kind[deals] == EXPANSION, after[mine] - before[mine], after[mine]) * 12
    amount[deals] = np.maximum(year, 24000)
    product[deals] = np.where(
        pipeline.kind[deals] == RENEWAL, customers.plan[customers.spell_account[spell]], product[deals]
    )
    return Contracts(product, amount, *_rows(rng, steps, after, customers.spell_end, moved))


@dataclass(frozen=True)
class _Steps:
    """Changes of price: the logarithm of a factor (of the first price itself where a spell begins); some are unreal."""

    spell: Ints
    day: Ints
    factor: Floats
    real: Flags

    def order(self) -> Ints:
        return np.lexsort((self.day, self.spell))

    def prices(self) -> tuple[Ints, Ints]:
        """Return the price before each change and the price it leads, or would lead, to."""
        order = self.order()
        real = np.where(self.real, self.factor, 0.0)[order]
        begin = np.flatnonzero(np.r_[True, np.diff(self.spell[order]) > 0])
        sums = np.cumsum(real)
        base = np.repeat((sums - real)[begin], np.diff(np.r_[begin, len(order)]))
        before, after = np.empty_like(sums), np.empty_like(sums)
        before[order] = sums - real - base
        after[order] = (sums - real - base) + self.factor[order]
        return _rounded(np.exp(before)), _rounded(np.exp(after))


def _rounded(price: Floats) -> Ints:
    return np.rint(price / _ROUND).astype(np.int64) * _ROUND


def _latest_spell(pipeline: Pipeline, customers: Customers) -> Ints:
    """Return the spell of each deal's account that had begun when the deal was created, -1 if none had."""
    order = np.lexsort((customers.spell_start, customers.spell_account))
    key = customers.spell_account[order] * 10**6 + customers.spell_start[order]
    place = np.searchsorted(key, customers.of_deal * 10**6 + pipeline.created, side="right") - 1
    found = order[np.maximum(place, 0)]
    known = (customers.of_deal >= 0) & (place >= 0) & (customers.spell_account[found] == customers.of_deal)
    return np.where(known, found, -1)


def _falls(rng: np.random.Generator, customers: Customers) -> tuple[Ints, Ints, Floats]:
    """Return some customers who pay less from some day on: spell, day, factor."""
    length = np.minimum(customers.spell_end, LAST + 1) - customers.spell_start
    count = rng.poisson(_FALLING * length / 30.4)
    spell = np.repeat(np.arange(len(count)), count)
    start = customers.spell_start[spell]
    day = next_turn(start + 1 + (rng.random(len(spell)) * length[spell]).astype(np.int64), start)
    inside = (day > start) & (day < customers.spell_end[spell]) & (day <= LAST)
    return spell[inside], day[inside], rng.uniform(0.65, 0.9, inside.sum())


def _moved_falls(moved: Moved, customers: Customers) -> tuple[Ints, Ints, Floats]:
    """Return falls as `_falls` does, of each spell by itself: days after its start, with exponential times between."""
    start, end = customers.spell_start, np.minimum(customers.spell_end, LAST + 1)
    again = pd.Series(customers.spell_account).duplicated().to_numpy()
    number = customers.spell_account + again * len(customers.names)
    lots = moved.lots("falls", 8 * len(customers.names)).reshape(2 * len(customers.names), 4)[number]
    after = np.cumsum(-np.log1p(-lots) * 30.4 / _FALLING, axis=1)
    spell, turn = np.nonzero(after < (end - start)[:, None])
    day = next_turn(start[spell] + 1 + after[spell, turn].astype(np.int64), start[spell])
    inside = (day < customers.spell_end[spell]) & (day <= LAST)
    lower = 0.65 + 0.25 * moved.lots("depths", lots.size).reshape(lots.shape)[spell, turn]
    return spell[inside], day[inside], lower[inside]


def _raised(wish: Floats, pipeline: Pipeline, moved: Moved) -> Floats:
    """Return what customers come to pay, beside what they paid, with prices and expansions moved."""
    price, more = moved.since(pipeline.created, moved.price), moved.since(pipeline.created, moved.more)
    return np.where(pipeline.kind == EXPANSION, 1 + (wish - 1) * more * price, (1 + (wish - 1) * more) * price)


def _first_amounts(
    rng: np.random.Generator, pipeline: Pipeline, customers: Customers, wish: Floats, moved: Moved | None
) -> tuple[Ints, Ints]:
    """Return product and amount of deals with new customers; of the others where no account is known."""
    account, count = np.maximum(customers.of_deal, 0), len(pipeline)
    prices = (1 + PRICES) ** years_since(pipeline.closed)
    services = np.asarray(_SERVICES)[customers.size[account]] * prices * np.exp(rng.normal(0, 0.4, count))
    services *= 1.0 if moved is None else moved.since(pipeline.created, moved.price)
    software = 12 * customers.price[account]
    stranger = _STRANGER * prices * (wish - (pipeline.kind == EXPANSION))
    amount = np.where(customers.plan[account] < 0, services, software)
    amount = np.where(pipeline.kind == NEW, amount, stranger)
    service = rng.choice((4, 5), size=count, p=(0.6, 0.4))
    product = np.where(customers.plan[account] < 0, service, customers.plan[account])
    product = np.where(pipeline.kind == EXPANSION, rng.choice(len(PRODUCTS), size=count, p=_EXPANSIONS), product)
    return np.where((pipeline.kind == RENEWAL) & (product > 1), 0, product), _rounded(amount)


def _rows(
    rng: np.random.Generator, steps: _Steps, after: Ints, spell_end: Ints, moved: Moved | None
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the rows of subscriptions: one from each real change of price to the next, or to the spell's end.

    Now and then there is a gap of some days before the new price, shorter than what counts as leaving.
    """
    order = steps.order()
    order = order[steps.real[order]]
    spell, day, mrr = steps.spell[order], steps.day[order], after[order]
    last_of_day = np.r_[(np.diff(spell) > 0) | (np.diff(day) > 0), True]
    spell, day, mrr = spell[last_of_day], day[last_of_day], mrr[last_of_day]
    changed = np.r_[True, (np.diff(spell) > 0) | (np.diff(mrr) != 0)]
    spell, day, mrr = spell[changed], day[changed], mrr[changed]
    following = np.r_[np.diff(spell) == 0, False]
    end = np.where(following, np.r_[day[1:], NEVER], spell_end[spell])
    gap = rng.integers(8, 26, len(end)) * (following & (rng.random(len(end)) < 0.02))
    if moved:  # the same gap before the same change, whatever else changes
        gap = np.where(following & ((day * 0.6180339887498949) % 1 < 0.02), 8 + day % 18, 0)
    return spell, mrr, day, np.where(end - gap > day, end - gap, end)


def subscription_table(customers: Customers, contracts: Contracts) -> pd.DataFrame:
    """Return the table subscriptions, in the order of their beginning."""
    order = np.argsort(contracts.row_start, kind="stable")
    spell = contracts.row_spell[order]
    account = customers.spell_account[spell]
    return pd.DataFrame(
        {
            "subscription_id": as_ids("S", np.arange(len(order)) + 1, 5),
            "account_id": customers.ids[account],
            "started_at": as_days(contracts.row_start[order]),
            "ended_at": as_days(contracts.row_end[order]),
            "mrr": as_money(contracts.row_mrr[order]),
            "team": as_words(TEAMS, customers.spell_team[spell]),
            "plan": as_words(PLANS, customers.plan[account]),
        }
    )
