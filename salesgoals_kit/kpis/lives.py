"""How long accounts under contract have stayed: renewals faced and lost, and what those who are here pay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.recurring import NEVER, standing
from salesgoals_kit.kpis.scope import Scope, extent
from salesgoals_kit.kpis.traits import TRAITS, with_traits
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import day_number

TERMS = (12, 6, 3)  # months from renewal to renewal that are looked for; else it is every month
NEARLY_ALL = 0.9  # of the losses that fall on such a renewal
ENOUGH = 10  # losses that tell the term
GRACE = 3  # days after a renewal on which a loss still belongs to it
ALL = ""  # the kind, and the name, of all customers together
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ContractLives:
    """The times for which accounts were customers, by kind of account (one of TRAITS, or ALL) and its name.

    ``term``: months from one renewal to the next. ``renewals``: kind, name, renewal (1, 2, …), faced, lost: from the
    first end of a subscription in the data, which may hold no loss from before it, to the day on which losses are
    final: a customer faces those of his renewals that come between. ``paying``:
    kind, name, made (renewals that a present customer has behind him), customers, mrr and mrr_squared: sums, in
    currency.
    """

    term: int
    renewals: pd.DataFrame
    paying: pd.DataFrame


@handed
def contract_lives(tables: Tables, owner: Owner = COMPANY) -> ContractLives | None:
    """Return the lives of an owner's accounts with recurring revenue; None where there are none.

    An account is a customer as `standing` has it: one that comes back after its loss begins a new life, a pause that is
    no loss ends none, and subscriptions that overlap are one life.
    """
    scope = Scope(tables, owner)
    if not tables.has("subscriptions") or not scope.owns("subscriptions"):
        return None
    found = standing(scope)
    if not len(found.spells):
        return None
    keyed = found.spells.join(found.keys, on="key")
    spells = with_traits(scope, keyed)
    term = _term(spells)
    final = day_number(tables.as_of - timedelta(days=tables.company.churn.pause_days))
    lives = _lives(spells, term, final, _first_end(scope))
    present = _present(scope, spells, term)
    return ContractLives(term, _by_kind(lives, _faced), _by_kind(present, _paid))


def _first_end(scope: Scope) -> int:
    """Return the first day on which the company's data has a subscription end: losses before it may not be in it.

    It is looked at what comes after that day: with it the time without a loss would end by one for sure.
    """
    days = extent(scope.everyone().rows("subscriptions").filter(~nw.col("ended_at_day").is_null()), ("ended_at",))
    return NEVER if days is None else days[0]


def whole_months(start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Return the whole calendar months from one day to another, and the days beyond them.

    What begins on the 31st is a month old at the end of a shorter month.

    >>> [part.tolist() for part in whole_months(np.array([30, 30]), np.array([57, 59]))]  # 31 January to 27 Feb, 1 Mar
    [[0, 1], [27, 1]]
    """
    months = _month_of(end) - _month_of(start)
    months = months - (_turn(start, months) > end)
    return months, end - _turn(start, months)


def _month_of(days: Ints) -> Ints:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype("int64")


def _turn(start: Ints, months: Ints) -> Ints:
    """Return the day on which so many months are over."""
    first, following = (
        month.astype("datetime64[M]").astype("datetime64[D]").astype("int64")
        for month in (_month_of(start) + months, _month_of(start) + months + 1)
    )
    place = start - _month_of(start).astype("datetime64[M]").astype("datetime64[D]").astype("int64")
    return np.asarray(np.minimum(first + place, following - 1), dtype="int64")


def _lost_in(start: Ints, end: Ints) -> Ints:
    """Return in which month, counted from 1, a customer was lost who was there until the day before ``end``."""
    months, beyond = whole_months(start, end)
    return np.maximum(months + (beyond > GRACE), 1)


def _term(spells: pd.DataFrame) -> int:
    lost = spells[spells["lost_day"] < NEVER]
    if len(lost) < ENOUGH:
        return 1
    months = _lost_in(lost["start_day"].to_numpy("int64"), lost["lost_day"].to_numpy("int64"))
    return next((term for term in TERMS if float((months % term == 0).mean()) >= NEARLY_ALL), 1)


def _lives(spells: pd.DataFrame, term: int, final: int, first_end: int) -> pd.DataFrame:
    """Return each life looked at, with ``entry``: renewals made before, ``age``: all made, ``lost``: in the last."""
    begun = spells[(spells["start_day"] <= final) & (spells["lost_day"] > first_end)]
    start, end = begun["start_day"].to_numpy("int64"), begun["lost_day"].to_numpy("int64")
    gone = end <= final
    months = np.where(gone, _lost_in(start, np.minimum(end, final)), whole_months(start, np.full(len(start), final))[0])
    age = np.where(gone, -(-months // term), months // term)
    looked_from = np.maximum(np.minimum(first_end, final), start)
    entry = whole_months(start, looked_from)[0] // term
    return begun.assign(entry=np.minimum(entry, age - gone), age=age, lost=gone)


def _present(scope: Scope, spells: pd.DataFrame, term: int) -> pd.DataFrame:
    """Return who pays at as_of: renewals made, and mrr in currency."""
    found = standing(scope)
    mrr = found.mrr[:, -1][spells["key"].to_numpy()] / scope.company.minor_units
    here: pd.DataFrame = spells.assign(mrr=mrr)[(mrr > 0) & (spells["lost_day"] == NEVER).to_numpy()]
    start = here["start_day"].to_numpy("int64")
    return here.assign(made=whole_months(start, np.full(len(start), scope.as_of))[0] // term)


def _by_kind(rows: pd.DataFrame, counted: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    parts = [counted(rows).assign(kind=ALL, name=ALL)]
    for kind in TRAITS:
        known = rows[rows[kind].notna()]
        for name, own in known.groupby(kind, sort=True):
            parts.append(counted(own).assign(kind=kind, name=str(name)))
    found = pd.concat(parts, ignore_index=True)
    first = ["kind", "name"]
    answer: pd.DataFrame = found[[*first, *(name for name in found.columns if name not in first)]]
    return answer


def _faced(lives: pd.DataFrame) -> pd.DataFrame:
    longest = int(lives["age"].max()) if len(lives) else 0
    ages = np.arange(1, longest + 1)
    entry, age, lost = (lives[name].to_numpy() for name in ("entry", "age", "lost"))
    came = np.bincount(entry, minlength=longest + 1)[:longest].cumsum()
    went = np.bincount(age, minlength=longest + 1)[:longest].cumsum()
    gone = np.bincount(age[lost.astype(bool)], minlength=longest + 1)[1 : longest + 1]
    return pd.DataFrame({"renewal": ages, "faced": came - went, "lost": gone}).astype("int64")


def _paid(rows: pd.DataFrame) -> pd.DataFrame:
    grouped = rows.assign(mrr_squared=rows["mrr"] ** 2).groupby("made", sort=True)
    found = grouped.agg(customers=("mrr", "size"), mrr=("mrr", "sum"), mrr_squared=("mrr_squared", "sum"))
    return found.reset_index().astype({"made": "int64", "customers": "int64"})
