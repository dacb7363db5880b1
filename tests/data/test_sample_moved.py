"""The sample company with something done better from a day on: the same before it, and better after it."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.data.sample import Moved, make_sample
from salesgoals_kit.data.sample.customers import hazards
from salesgoals_kit.data.sample.days import month_first
from salesgoals_kit.data.sample.planted import Planted
from salesgoals_kit.periods import day_number, month_number

AS_OF = pd.Timestamp("2024-12-31")
DAY = day_number(date(2025, 1, 1))
SEED = 11
PLAIN = {  # of every table of the company that is not moved, as it was before it could be
    (7, True): "eb22821a990187fa6fc36e63",
    (1, False): "468926d6ed00843bd6340acf",
}


@cache
def tables(**moved: float) -> dict[str, pd.DataFrame]:
    return make_sample(SEED, moved=Moved(SEED, DAY, **moved)).tables  # type: ignore[arg-type]


def won(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    deals = frames["deals"]
    return deals[(deals["status"] == "won") & (deals["created_at"] > AS_OF)]


@pytest.mark.parametrize(("seed", "plant"), PLAIN)
def test_where_nothing_is_moved_nothing_has_changed(seed: int, plant: bool) -> None:
    found = hashlib.sha256()
    frames = make_sample(seed, plant).tables
    for name in sorted(frames):
        found.update(frames[name].to_csv().encode())
    assert found.hexdigest()[:24] == PLAIN[seed, plant]


def known(frame: pd.DataFrame, day: str, until: str | None) -> pd.DataFrame:
    """Return the rows of a table that had begun by the day, with ends after it taken away."""
    rows = frame[frame[day] <= AS_OF].reset_index(drop=True)
    if until is not None:
        rows[until] = rows[until].mask(rows[until] > AS_OF)
    return rows


@pytest.mark.parametrize("name", ["win", "days", "price", "more", "unit_cost", "acquisition", "churn", "future"])
def test_the_past_is_the_same(name: str) -> None:
    """Whom the last deals of the past are with may hang on who leaves next: a customer in a hundred is another."""
    base, other = tables(), tables(**{name: 2 if name == "future" else 0.9})
    for table, day in (("spend", "month"), ("leads", "created_at")) if name != "future" else ():
        columns = [column for column in base[table] if column in (day, "lead_id", "channel", "amount")]
        pd.testing.assert_frame_equal(known(base[table], day, None)[columns], known(other[table], day, None)[columns])
    told = ["deal_id", "status", "rep", "closed_at"]
    first, second = (frames["deals"].loc[frames["deals"]["closed_at"] <= AS_OF, told] for frames in (base, other))
    pd.testing.assert_frame_equal(first, second)
    paid = [known(frames["subscriptions"], "started_at", "ended_at") for frames in (base, other)]
    keys = ["account_id", "started_at", "mrr"]
    same = paid[0][keys].merge(paid[1][keys], how="inner")
    assert len(same) > 0.985 * max(len(rows) for rows in paid)


def test_more_is_won_of_what_is_created_since() -> None:
    base, better = tables(), tables(win=1.2)
    first, second = (set(won(frames)["deal_id"]) for frames in (base, better))
    assert first <= second, "the same lot, a better chance: nothing is lost that was won"
    assert len(second) / len(first) == pytest.approx(1.2, abs=0.07)


def test_deals_are_won_sooner() -> None:
    base, better = (won(frames).set_index("deal_id") for frames in (tables(), tables(days=0.8)))
    both = base.index.intersection(better.index)
    days = [(rows.loc[both, "closed_at"] - rows.loc[both, "created_at"]).dt.days.sum() for rows in (base, better)]
    assert days[1] / days[0] == pytest.approx(0.8, abs=0.02)
    assert len(better) > len(base), "some more come within the year"


def test_prices_rise_at_the_same_cost() -> None:
    base, better = (won(frames).set_index("deal_id") for frames in (tables(), tables(price=1.1)))
    new = base.index[(base["deal_type"] != "expansion") & base["account_id"].notna()]
    ratio = better.loc[new, "amount"].sum() / base.loc[new, "amount"].sum()
    assert ratio == pytest.approx(1.1, abs=0.01)
    assert better.loc[new, "cost"].sum() / base.loc[new, "cost"].sum() == pytest.approx(1, abs=0.01)


def test_customers_leave_less_and_those_who_had_left_have() -> None:
    base, better = (frames["subscriptions"] for frames in (tables(), tables(churn=0.5)))
    ended = [frames["ended_at"].notna() & (frames["ended_at"] > AS_OF) for frames in (base, better)]
    last = [rows.groupby("account_id")["ended_at"].apply(lambda days: days.isna().any()) for rows in (base, better)]
    assert last[1].sum() > last[0].sum() + 30
    assert ended[1].sum() < ended[0].sum()


def test_hazards_are_moved_from_the_day_on_alone() -> None:
    """A thousand customers each begun 0 to 30 months before: until the day the same leave, since then half as many."""
    start = month_first(month_number(date(2025, 1, 1)) - np.repeat(np.arange(31), 1000).astype(np.int64))
    rng = np.random.default_rng(5)
    lots, fresh = rng.random(len(start)), rng.random(len(start))
    usual = hazards(Planted(), leaving_channel=False)
    base = Moved(0, DAY).ends(start, lots, fresh, usual)
    half = Moved(0, DAY, churn=0.5).ends(start, lots, fresh, usual)
    other = Moved(0, DAY, future=1).ends(start, lots, fresh, usual)
    ages = np.repeat(np.arange(31), 1000)
    before = base < ages  # left before the day
    assert (half[before] == base[before]).all()
    assert (other[before] == base[before]).all()
    assert (half[~before] >= ages[~before]).all()
    assert (half >= base).all()
    year = [((months >= ages) & (months < ages + 12))[~before].mean() for months in (base, half, other)]
    assert year[0] == pytest.approx(1 - (1 - usual[0]) ** 12, rel=0.05)
    assert year[1] == pytest.approx(1 - (1 - usual[0] / 2) ** 12, rel=0.07)
    assert year[2] == pytest.approx(year[0], rel=0.07)
    assert (other != base)[~before].mean() > 0.9


def test_costs_fall_from_the_day_on() -> None:
    base, cheaper, bought = tables(), tables(unit_cost=0.8), tables(acquisition=0.97)
    sums = [frames["invoices"].query("invoiced_at > @AS_OF")["cost"].sum() for frames in (base, cheaper)]
    assert sums[1] / sums[0] == pytest.approx(0.8, abs=0.001)
    spent = [frames["spend"].groupby("month")["amount"].sum().loc["2025":] for frames in (base, bought)]
    assert np.allclose((spent[1] / spent[0]).to_numpy(dtype=float), 0.97 ** np.arange(1, 13), atol=0.002)


def test_another_future_is_as_likely() -> None:
    """Futures differ from each other, and in nothing on average."""
    wins = [len(won(tables(future=future))) for future in range(1, 6)]
    assert len(set(wins)) > 1
    assert np.mean(wins) == pytest.approx(len(won(tables())), rel=0.12)
