"""The driver model: worked by hand, against a walk through single deals, and what must hold of any lever."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from salesgoals_kit.errors import ParamError
from salesgoals_kit.goals.levers import STAY, Move, gain, lifetime_gain, model
from salesgoals_kit.goals.moves import LEVERS, Now, example_words, move_by, move_clv, moves_margin
from salesgoals_kit.goals.state import Growing, State
from salesgoals_kit.goals.timing import AGES, PARTS, STEPS, Array, arrivals
from salesgoals_kit.kpis.wins import FLOWS
from salesgoals_kit.periods import YEAR
from salesgoals_kit.words import Message
from tests.goals.states import flows, plain_state


def drawn(seed: int) -> State:
    """Return a state with everything in it, by chance."""
    rng = np.random.default_rng(seed)

    def many() -> dict[str, Array]:
        return {name: rng.gamma(2.0, 500.0, (3, AGES)) for name in FLOWS}

    season = rng.uniform(0.5, 1.5, YEAR)
    return plain_state(
        wins=many(),
        from_leads=many(),
        churn=rng.uniform(0.005, 0.03, 3),
        shrink=rng.uniform(0, 0.01, 3),
        growth=Growing(rng.uniform(0.8, 1.2), rng.uniform(0.8, 1.2, 3)),
        spend_growth=Growing(rng.uniform(0.8, 1.2), rng.uniform(0.8, 1.2, 3)),
        season=season / season.mean(),
        delay=rng.uniform(0, 0.9),
        mrr=rng.uniform(1e4, 1e5),
        bought=rng.uniform(1e3, 1e4),
        wages=rng.uniform(1e3, 1e4),
        leads=int(rng.integers(50, 500)),
        cost_recurring=rng.uniform(0.1, 0.4, 3),
        cost_once=rng.uniform(0.3, 0.6, 3),
        variable=rng.uniform(0, 0.1),
        discount=0.1,
    )


def test_what_comes_and_what_is_under_way_are_together_the_whole_season() -> None:
    rng = np.random.default_rng(1)
    season = rng.uniform(0.5, 1.5, YEAR)
    both = [arrivals(season, new=new) for new in (True, False)]
    assert np.allclose(both[0].begun + both[1].begun, season / YEAR)
    late = [arrivals(season, new=new, delay=1.0) for new in (True, False)]
    assert np.allclose(late[0].begun + late[1].begun, np.roll(season, 1) / YEAR), "a month later, all of it"


def test_a_new_deal_is_won_an_age_later() -> None:
    """Of deals that take 2 to 3 months half of a month's wins come in the third month from now, all from the fourth."""
    new = arrivals(np.ones(YEAR), new=True).begun[2] * YEAR
    assert np.allclose(new, [0, 0, 0.5] + [1] * 9)


def test_a_win_rate_is_worth_the_wins_of_deals_created_from_now_on() -> None:
    """Once 1,200 a year, of 2 to 3 months: 9.5 of 12 months are won from new deals; + 10 % is 95, less cost."""
    found = plain_state(wins=flows(once=(2, 1200.0)), cost_once=np.array([0.4]), variable=0.1)
    assert gain(found, Move(win=1.1)) == pytest.approx(1200 * 9.5 / 12 * 0.1 * (1 - 0.4 - 0.1))


def test_recurring_revenue_is_earned_from_the_day_it_begins() -> None:
    """12 of new monthly revenue a year from deals of no age, 1 in each month: in month k on average k - 1/2 is paid.

    A deal of age 0 takes half a month, so that half of the first month's wins were created before.
    """
    found = plain_state(wins=flows(fresh=(0, 12.0)))
    year = model(found)
    assert np.allclose(year.mrr, np.arange(1, 13))
    assert np.allclose(year.margin, np.arange(1, 13) - 0.5, atol=1 / STEPS)


def test_churn_builds_up() -> None:
    """1,000 a month, 2 % leave: after k months 1000 * 0.98^k; without churn 12,000 are earned."""
    found = plain_state(mrr=1000.0, churn=np.array([0.02]))
    assert np.allclose(model(found).mrr, 1000 * 0.98 ** np.arange(1, 13))
    earned = sum(1000 * 0.98**k * 0.99 for k in range(12))
    assert model(found).total == pytest.approx(earned)
    half = sum(1000 * 0.99**k * 0.995 for k in range(12))
    assert gain(found, Move(churn=0.5)) == pytest.approx(half - earned)


def test_a_price_holds_for_what_is_sold_from_now_on_at_the_same_cost() -> None:
    """All wins are of no age: 1,200 once and 1,200 renewed, a year's price: 100 a month in all, and + 10 % of both.

    Half of the first month's wins are of deals created before: 11.5 months' worth.
    """
    found = plain_state(wins=flows(once=(0, 1200.0), renewed=(0, 1200.0)), cost_once=np.array([0.5]), mrr=500.0)
    price = gain(found, Move(price=1.1))
    sold = 1200 * 11.5 / 12 * 0.1
    begun = arrivals(np.ones(YEAR), new=True)
    monthly = 100 * 0.1 * sum(begun.part[0, m] + begun.begun[0, m] * (11 - m) for m in range(YEAR))
    assert price == pytest.approx(sold + monthly)
    assert gain(found, Move(price=1.1, unit_cost=0.9)) == pytest.approx(price + 0.1 * 0.5 * 1200)


def test_a_lower_cost_of_acquisition_compounds_month_on_month() -> None:
    found = plain_state(bought=600.0, wages=600.0)
    assert gain(found, Move(monthly=0.97)) == pytest.approx(sum(100 * (1 - 0.97**k) for k in range(1, 13)))
    assert gain(found, Move(acquisition=0.9)) == pytest.approx(120)


def test_more_leads_are_paid_for_unless_they_are_free() -> None:
    """Leads of a year bring 1,200 once, 2 to 3 months later, and cost 600; a tenth more of them, and no more wages."""
    found = plain_state(
        wins=flows(once=(1, 5000.0)), from_leads=flows(once=(2, 1200.0)), bought=600.0, wages=900.0, leads=50
    )
    brought = 1200 * 9.5 / 12 * 0.1
    assert gain(found, Move(leads=1.1, free=True)) == pytest.approx(brought)
    assert gain(found, Move(leads=1.1)) == pytest.approx(brought - 60)


def test_a_customer_s_lifetime_is_the_year_and_what_is_left_after_it() -> None:
    """100 a month, 5 % leave: what is left after a year is worth the next month's 0.95 and so on: 0.95 / 0.05."""
    found = plain_state(mrr=100.0, churn=np.array([0.05]), cost_recurring=np.array([0.2]))
    left = 100 * 0.95**12 * 0.8
    assert model(found).lifetime == pytest.approx(model(found).total + left * 0.95 / 0.05)
    half = model(replace(found, discount=1.0)).lifetime
    month = 2 ** (-1 / 12)
    assert half == pytest.approx(
        (model(found).margin * month ** np.arange(1, 13)).sum() + left * 0.5 * 0.95 * month / (1 - 0.95 * month)
    )


def grows(growth: Growing, draw: int, at: float) -> float:
    return float(growth.level[draw] * growth.trend ** ((np.floor(at) + 0.5 + 1 + 6) / 12))


def batches(found: State, move: Move, draw: int) -> Iterator[tuple[str, float, float, bool]]:
    """Give every small batch of deals: its flow, what it brings, when it is won, whether it is yet to be created."""
    size, months = 1 / len(PARTS) / STEPS / YEAR, found.months
    for name, age, part in product(FLOWS, range(AGES), PARTS):
        old = found.wins[name][draw, age] * size
        further = found.from_leads[name][draw, age] * size * (move.leads - 1)
        for step in range(-(AGES + 2) * STEPS, months * STEPS):
            created = (step + 0.5) / STEPS
            busy = found.season[int(np.floor(created + age + part)) % YEAR]
            if created < 0:
                yield name, old * busy, created + age + part, False
                continue
            won = created + (age + part) * move.pace
            at = won + (0.0 if name in ("once", "amount") else found.delay)
            leads = grows(found.spend_growth, draw, at) / grows(found.growth, draw, at)
            volume = move.volume[min(int(created), YEAR - 1)]
            yield name, (old + further * leads) * busy * move.win * volume, won, True


def standing(found: State, move: Move, begun: list[tuple[float, float]], level: float, draw: int) -> float:
    """Return what is earned in the year from what there is and what begins: when, and how much a month."""
    leaving, earned = found.churn[draw] * move.churn + found.shrink[draw], 0.0
    for month in range(found.months):
        mine = [(at - month, amount * grows(found.growth, draw, at)) for at, amount in begun if month <= at < month + 1]
        earned += level * (1 - leaving / 2) + sum((1 - at) * amount for at, amount in mine)
        level = level * (1 - leaving) + sum(amount for _, amount in mine)
    return float(earned)


def naive(found: State, move: Move, draw: int) -> float:
    """Return the margin of the months, walking through every small batch of deals on its own."""
    units: list[tuple[float, float]] = []
    above: list[tuple[float, float]] = []
    once = single = 0.0
    for name, amount, won, new in batches(found, move, draw):
        price = move.price if new else 1.0
        if name == "once" and won < found.months and won >= 0:
            amount *= grows(found.growth, draw, won)
            once, single = once + amount * price, single + amount
        if name in ("fresh", "more"):
            units.append((won + found.delay, amount * (move.more if name == "more" and new else 1.0)))
        if name in ("fresh", "renewed"):
            above.append((won + found.delay, amount * (price - 1) / (12 if name == "renewed" else 1)))
    paid = standing(found, move, units, found.mrr, draw)
    dearer = standing(found, move, above, 0.0, draw)
    cost = move.unit_cost * (found.cost_recurring[draw] * paid + found.cost_once[draw] * single)
    bought = found.bought * (1.0 if move.free else move.leads) + found.wages
    paths = [
        move.acquisition * move.monthly**month * grows(found.spend_growth, draw, month - 1)
        for month in range(1, found.months + 1)
    ]
    return float((paid + dearer + once) * (1 - found.variable) - cost - bought / YEAR * sum(paths))


@pytest.mark.parametrize(("seed", "months"), [(0, 12), (1, 12), (2, 18)])
def test_the_model_is_what_a_walk_through_single_deals_finds(seed: int, months: int) -> None:
    rng = np.random.default_rng(seed)
    leads, win, pace, price, unit_cost, churn = (float(factor) for factor in rng.uniform(0.8, 1.2, 6))
    move = Move(leads, win, pace, price, unit_cost, churn, 1.3, 0.9, 0.98, tuple(rng.uniform(1, 2, YEAR)))
    found = replace(drawn(seed), months=months)
    year = model(found, move)
    assert year.total[seed] == pytest.approx(naive(found, move, seed), rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_what_comes_later_changes_nothing_before(seed: int) -> None:
    move = Move(1.1, 1.2, 0.9, 1.1, 0.9, 0.8, 1.2, 0.9, 0.99, (1.0,) * 5 + (1.5,) * 7)
    year, longer = model(drawn(seed), move), model(replace(drawn(seed), months=20), move)
    for name in ("revenue", "margin", "mrr", "spend"):
        assert np.allclose(getattr(longer, name)[:, :YEAR], getattr(year, name)), name


@pytest.mark.parametrize("seed", range(20))
def test_better_is_never_worse_and_nothing_moved_brings_nothing(seed: int) -> None:
    found = drawn(seed)
    assert (gain(found, STAY) == 0).all()
    assert (lifetime_gain(found, STAY) == 0).all()
    better = {
        "price": 1.1,
        "unit_cost": 0.9,
        "logo_churn": 0.9,
        "clv": 1.1,
        "win_rate": 1.1,
        "cac": 0.9,
        "cycle_days": 0.9,
    }
    for lever, ratio in better.items():
        assert (gain(found, move_by(lever, ratio)) > 0).all(), lever
        assert (lifetime_gain(found, move_by(lever, ratio)) > 0).all(), lever
    assert (gain(found, Move(leads=1.1, free=True)) > gain(found, Move(leads=1.1))).all()


def test_revenue_is_as_the_company_counts_it() -> None:
    found = plain_state(wins=flows(amount=(0, 1200.0), once=(0, 600.0), fresh=(0, 12.0)), mrr=10.0)
    booked, paid, standing = (model(replace(found, revenue=kind)).revenue for kind in ("deals", "invoices", "mrr"))
    assert np.allclose(booked, 100)
    assert np.allclose(standing, 10 + np.arange(1, 13))
    assert np.allclose(paid, 10 + np.arange(1, 13) - 0.5 + 50, atol=1 / STEPS)


def test_a_move_that_is_none_is_refused_with_every_fault() -> None:
    with pytest.raises(ParamError) as caught:
        model(plain_state(), Move(win=0.0, price=float("nan"), volume=(1.0,)))
    assert {fault.where for fault in caught.value.faults} == {"move.win", "move.price", "move.volume"}


def test_a_margin_by_price_and_by_cost_is_the_same_margin() -> None:
    """40 % cost: a margin of 60 % becomes 63 %. Dearer by p: 1 - 0.4 / p = 0.63; cheaper by u: 1 - 0.4 u = 0.63."""
    moves = moves_margin(0.6, 0.05)
    assert 1 - 0.4 / moves["price"].price == pytest.approx(0.63)
    assert 1 - 0.4 * moves["unit_cost"].unit_cost == pytest.approx(0.63)
    assert moves_margin(0.97, 0.05) == {}, "more than all cannot be left"
    assert moves_margin(float("nan"), 0.05) == {}


def test_a_customer_is_worth_a_tenth_more_by_expansion_alone() -> None:
    place = Now(margin=0.6, churn=0.02, expansion=0.005, leads=0, spend=float("nan"))
    move = move_clv(place, 0.1)
    assert move is not None
    assert 1 / (0.02 - 0.005 * move.more) == pytest.approx(1.1 / (0.02 - 0.005))
    assert move_clv(replace(place, expansion=0.03), 0.1) is None, "payments that grow for ever have no worth to raise"


def test_every_lever_can_be_moved() -> None:
    assert all(move_by(lever, 1.1) != STAY for lever in LEVERS)


def test_no_example_says_its_direction_twice(read: Callable[[Message], str]) -> None:
    """A verb that tells the way has a number without a sign: "has to grow by 16%", "changing prices by +8%"."""
    told = {lever: read(example_words(lever, move_by(lever, 1.162))) for lever in LEVERS}
    assert told["clv"] == "+10% by expansion alone, which has to grow by 16%"
    assert read(example_words("clv", Move(more=1.0449))).endswith("grow by 4.5%")
    assert "by changing prices by +16%" in told["price"]
    for words in told.values():
        assert not re.search(r"(grow|rise|fall|lift|more|less|up|down)( by| of)? [+-]", words, re.IGNORECASE), words
