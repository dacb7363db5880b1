"""What if: each change by hand, chances before and after on the same draws, and every fault at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from salesgoals_kit.errors import ParamError
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.changes import Changes, Situation
from salesgoals_kit.goals.levers import STAY, Move, model
from salesgoals_kit.goals.state import DRAWS, TRENDS, YEARS, State, _growth
from salesgoals_kit.goals.timing import Array
from salesgoals_kit.goals.whatif import conversions, what_if
from salesgoals_kit.kpis.channels import Channel
from salesgoals_kit.kpis.yearly import Growth
from salesgoals_kit.periods import YEAR, parse_period
from salesgoals_kit.words import Message, Rate
from tests.benchmarks.series_data import m3
from tests.goals.states import flows, plain_state

MICRO = 474  # of M3's monthly series, the first so many are companies' shipments
WEB = Channel("web", spend=12_000.0, leads=1200, followed=1000, won=100)
FAIR = Channel("fair", spend=24_000.0, leads=300, followed=300, won=60)
TEAM = Situation(capacity=4.0, churn=0.02, channels=(FAIR, WEB))
GOAL = 300.0


def state(**given: Any) -> State:
    """Return a state from January 2026 on: 1,200 a year of deals of no age, that come once, half of them from leads."""
    won = np.array([1200, 1200, 1100, 1300])
    basic: dict[str, Any] = {
        "wins": flows(4, amount=(0, won), once=(0, won)),
        "from_leads": flows(4, amount=(0, 600), once=(0, 600)),
        "churn": np.full(4, 0.02),
        "mrr": 100.0,
        "bought": 36_000.0,
        "leads": 1500,
        "cost_once": np.full(4, 0.5),
        "discount": 0.1,
    }
    return plain_state(4, **{**basic, **given})


@pytest.fixture
def outlook(make_outlook: Callable[..., Outlook]) -> Outlook:
    return make_outlook(np.linspace(200, 400, 101))


def test_nothing_tried_changes_nothing(outlook: Outlook) -> None:
    got = what_if(state(), Changes(), TEAM, outlook, GOAL)
    assert got.before == got.after
    assert got.gain == got.sales == got.lifetime == (0, 0, 0)
    assert got.before.chance == outlook.chance(GOAL)
    told = ["focus.if_chance", "focus.if_sales", "focus.if_margin", "focus.if_lifetime"]
    assert [said.id for said in got.said] == told


def test_a_price_without_elasticity_is_all_gain(outlook: Outlook) -> None:
    """Of the first quarter's deals 2.5 of 3 months are of new ones: 10 % dearer, revenue is 1 + 0.1 * 2.5 / 3 of it."""
    got = what_if(state(), Changes(price=0.1), TEAM, outlook, GOAL)
    lift = 1 + 0.1 * 2.5 / 3
    assert got.after.revenue == pytest.approx(np.quantile(outlook.draws * lift, (0.1, 0.5, 0.9)))
    assert got.after.chance == pytest.approx(np.mean(outlook.draws * lift >= GOAL))
    assert "focus.if_inelastic" in [said.id for said in got.said]
    reach = next(said.values["share"] for said in got.said if said.id == "focus.if_reach")
    assert reach == Rate(pytest.approx(2.5 / 3))  # type: ignore[arg-type]
    sold = np.array([1200, 1200, 1100, 1300]) * 11.5 / 12  # what is begun from now on in twelve months
    assert got.sales == pytest.approx(np.quantile(sold * 0.1, (0.1, 0.5, 0.9)))
    elastic = what_if(state(), Changes(price=0.1, elasticity=-1.0), TEAM, outlook, GOAL)
    assert elastic.after.chance == pytest.approx(got.before.chance), "what is dearer is won as much less often"


def test_hires_ramp(outlook: Outlook) -> None:
    """Two reps from February on, full after two months, beside four: a half more deals at last."""
    got = what_if(state(), Changes(hire=2, hire_month="2026-02", ramp_months=2.0), TEAM, outlook, GOAL)
    volume = (1.0, 1 + 2 * 0.25 / 4, 1 + 2 * 0.75 / 4, *(1.5,) * 9)
    same = model(state(), Move(volume=volume)).total - model(state()).total
    assert got.gain[1] == pytest.approx(np.quantile(same, 0.5))
    assert "focus.if_no_wage" in [said.id for said in got.said]
    paid = what_if(state(), Changes(hire=2, hire_month="2026-02", ramp_months=2.0, wage=10.0), TEAM, outlook, GOAL)
    assert paid.gain[1] == pytest.approx(got.gain[1] - 2 * 11 * 10)
    discounted = sum(20 * 1.1 ** (-month / 12) for month in range(2, 13))
    assert paid.lifetime[1] == pytest.approx(got.lifetime[1] - discounted)
    assert got.sales[1] > got.gain[1] > got.lifetime[1] > 0, "half of it is cost, and later months count for less"


@pytest.mark.parametrize("months", [1.0, 3.0, 8.0])
def test_a_longer_ramp_never_helps(outlook: Outlook, months: float) -> None:
    short, long = (
        what_if(state(), Changes(hire=1, hire_month="2026-01", ramp_months=ramp), TEAM, outlook, GOAL)
        for ramp in (months, months + 1)
    )
    assert short.gain[1] > long.gain[1]
    assert short.after.chance >= long.after.chance


def test_a_year_set_well_ahead(make_outlook: Callable[..., Outlook], read: Callable[[Message], str]) -> None:
    """In June 2025, for 2026: what is dearer from July on is dearer all year, and a hire of March is paid ten months.

    The twelve months are those of 2026: 1,200 are won in them on average, half of it is cost.
    """
    ahead = make_outlook(np.linspace(1000, 1400, 101), period=parse_period("2026"))
    june = state(first=666)
    got = what_if(june, Changes(price=0.1), TEAM, ahead, 1200.0)
    assert got.after.revenue == pytest.approx(1.1 * np.asarray(got.before.revenue))
    assert got.gain[1] == pytest.approx(120.0, rel=0.05)
    assert "From January 2026 to December 2026" in read(got.said[-2])
    hire = Changes(hire=2, hire_month="2026-03", ramp_months=2.0)
    free, paid = (what_if(june, replace(hire, wage=wage), TEAM, ahead, 1200.0) for wage in (None, 10.0))
    volume = (1.0,) * 8 + (1 + 2 * 0.25 / 4, 1 + 2 * 0.75 / 4, *(1.5,) * 8)
    both = [model(replace(june, months=18), move).margin[:, 6:].sum(axis=1) for move in (Move(volume=volume), STAY)]
    assert free.gain[1] == pytest.approx(np.quantile(both[0] - both[1], 0.5))
    assert paid.gain[1] == pytest.approx(free.gain[1] - 2 * 10 * 10)
    shift = Changes(shift_from="fair", shift_to="web", shift_amount=500.0)
    assert what_if(june, shift, TEAM, ahead, 1200.0).gain[1] > 0
    assert what_if(june, Changes(leads=0.1, churn=0.01), TEAM, ahead, 1200.0).after.chance > got.before.chance


def test_only_a_period_that_has_begun_cannot_be_tried(make_outlook: Callable[..., Outlook]) -> None:
    begun = make_outlook([1.0, 2.0], period=parse_period("2025Q4"))
    with pytest.raises(ParamError) as caught:
        what_if(state(), Changes(price=0.1), TEAM, begun, 1.0)
    (fault,) = caught.value.faults
    assert "2025Q4, of which a part was over" in str(fault)
    assert "2026-01 or later" in str(fault)
    late = Changes(hire=1, hire_month="2027-01")
    with pytest.raises(ParamError, match="a month from 2025-07 to 2026-12"):
        what_if(state(first=666), late, TEAM, make_outlook([1.0], period=parse_period("2026")), 1.0)


def test_churn_is_moved_to_what_is_said(outlook: Outlook) -> None:
    got = what_if(state(), Changes(churn=0.01), TEAM, outlook, GOAL)
    same = model(state(), Move(churn=0.5)).total - model(state()).total
    assert got.gain[1] == pytest.approx(np.quantile(same, 0.5))


def test_leads_are_paid_for(outlook: Outlook) -> None:
    got = what_if(state(), Changes(leads=0.1), TEAM, outlook, GOAL)
    brought = 600 * 11.5 / 12 * 0.1 * 0.5
    assert got.gain[1] == pytest.approx(brought - 3600)
    assert got.after.chance > got.before.chance


def test_spend_goes_where_a_win_is_cheaper(outlook: Outlook) -> None:
    """A win costs 10 / 0.1 = 100 on the web and 80 / 0.2 = 400 at fairs: shifting there brings wins, and back loses."""
    there = what_if(state(), Changes(shift_from="fair", shift_to="web", shift_amount=500.0), TEAM, outlook, GOAL)
    back = what_if(state(), Changes(shift_from="web", shift_to="fair", shift_amount=500.0), TEAM, outlook, GOAL)
    assert there.gain[1] > 0 > back.gain[1]
    assert there.after.chance > there.before.chance > back.after.chance
    rates = dict(zip(("fair", "web"), conversions(TEAM.channels), strict=True))
    whole = 160 / 1300
    leads = 6000 * (1200 / 12_000 * rates["web"][0] - 300 / 24_000 * rates["fair"][0]) / whole
    once = 600 * 11.5 / 12 * 0.5
    assert there.gain[1] == pytest.approx(once * leads / 1500, rel=0.1)


def test_channels_whose_leads_have_won_nothing_yet_tell_little_and_not_nonsense(outlook: Outlook) -> None:
    young = replace(TEAM, channels=(replace(WEB, followed=10, won=0), replace(FAIR, followed=10, won=0)))
    got = what_if(state(), Changes(shift_from="fair", shift_to="web", shift_amount=500.0), young, outlook, GOAL)
    assert np.isfinite([*got.gain, *got.after.revenue, *got.after.margin]).all()
    assert 0 < got.after.chance < 1


def test_channels_are_shrunk_towards_each_other() -> None:
    (fair, _), (web, _) = conversions(TEAM.channels)
    assert 0.1 < web < fair < 0.2
    few = Channel("new", 100.0, 5, followed=4, won=2)
    assert conversions((FAIR, WEB, few))[2][0] < 0.4, "two of four is not every second"
    assert conversions(()) == []
    assert conversions((WEB,))[0][0] == pytest.approx(100.5 / 1001)


def test_every_fault_is_said_at_once(make_outlook: Callable[..., Outlook]) -> None:
    wrong = Changes(
        hire=-1,
        hire_month="2027-05",
        wage=-5.0,
        ramp_months=0.0,
        price=-1.0,
        elasticity=0.5,
        shift_from="radio",
        shift_to=None,
        shift_amount=10.0,
        churn=1.5,
        leads=float("nan"),
    )
    outlook = make_outlook([1.0, 2.0], kpi="mrr", period=parse_period("2025Q4"))
    with pytest.raises(ParamError) as caught:
        what_if(state(), wrong, TEAM, outlook, 1.0)
    where = [fault.where for fault in caught.value.faults]
    assert sorted(set(where)) == sorted(
        {"hire", "hire_month", "wage", "ramp_months", "price", "elasticity", "shift_from", "shift_to"}
        | {"churn", "leads", "outlook", "period"}
    )


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        (Changes(hire=1), "hire_month"),
        (Changes(hire_month="2026-03"), "hire"),
        (Changes(hire=1, hire_month="2026Q1"), "hire_month"),
        (Changes(hire=1, hire_month="next May"), "hire_month"),
        (Changes(elasticity=-1.0), "elasticity"),
        (Changes(shift_from="web", shift_to="web", shift_amount=1.0), "shift_to"),
        (Changes(shift_from="web", shift_to="fair", shift_amount=1001.0), "shift_amount"),
        (Changes(shift_from="web", shift_to="fair", shift_amount=-1.0), "shift_amount"),
        (Changes(shift_from="web"), "shift_from"),
    ],
)
def test_what_does_not_go_together_is_said(outlook: Outlook, changes: Changes, where: str) -> None:
    with pytest.raises(ParamError) as caught:
        what_if(state(), changes, TEAM, outlook, GOAL)
    assert [fault.where for fault in caught.value.faults] == [where]


def test_what_is_not_known_is_said(outlook: Outlook) -> None:
    nothing = Situation(capacity=0.0, churn=float("nan"), channels=())
    with pytest.raises(ParamError) as caught:
        what_if(state(), Changes(hire=1, hire_month="2026-01", churn=0.01), nothing, outlook, GOAL)
    assert [fault.where for fault in caught.value.faults] == ["hire", "churn"]
    empty = state(wins=flows(4))
    with pytest.raises(ParamError, match="none in the past year"):
        what_if(empty, Changes(price=0.1), TEAM, outlook, GOAL)


def test_every_sentence_is_worded(outlook: Outlook, read: Callable[[Message], str]) -> None:
    changes = Changes(1, "2026-02", 10.0, 3.0, 0.1, -0.5, "web", "fair", 10.0, 0.01, 0.1)
    got = what_if(state(), changes, TEAM, outlook, GOAL)
    words = [read(said) for said in got.said]
    assert not any("{" in text for text in words)
    assert len(words) == 12


def test_growth_without_a_past_is_none_give_or_take() -> None:
    """Trend and year to come, 0.08 and 0.13: 0.153. Seven quarters of 10 %, no error: 0.1 * 0.0064 / (0.0064 + off)."""
    rng = np.random.default_rng(1)
    (none,) = _growth(rng, (Growth(),), 20 * DRAWS)
    assert none.trend == 1
    assert np.log(none.level).std() == pytest.approx(np.hypot(0.08, 0.13), rel=0.03)
    (steady,) = _growth(rng, (Growth((0.1,) * 7, (0.0,) * 7),), 20 * DRAWS)
    yearly = 0.13**2 / 8
    known = 0.08**2 / (0.08**2 + yearly * 4 / 7)
    assert np.log(steady.trend) == pytest.approx(0.1 * known)
    assert np.log(steady.level).mean() == pytest.approx(0, abs=0.002)
    assert np.log(steady.level).std() == pytest.approx(np.sqrt(yearly + 0.08**2 * (1 - known)), rel=0.03)
    assert steady.path()[0] == pytest.approx(steady.level[0] * steady.trend ** ((np.arange(12) + 7.5) / 12))
    noisy = Growth((0.3, -0.1, 0.2, 0.0, 0.1, 0.25, -0.05), (0.02,) * 7)
    one, other = _growth(rng, (noisy, noisy), 100)
    assert (one.level == other.level).all(), "all with the same luck"


def test_how_companies_grow_is_measured() -> None:
    """Whole years of M3's micro series: how their growth lies about its mean, and how the means differ beyond that."""
    years = [one.train[len(one.train) % YEAR :].reshape(-1, YEAR).sum(axis=1) for one in m3()[:MICRO]]
    growth = [np.diff(np.log(sums)) for sums in years if len(sums) > 2]
    counts = np.array([len(grown) for grown in growth])
    about = np.concatenate([grown - grown.mean() for grown in growth])
    within = middle(about) / np.sqrt(np.mean((counts - 1) / counts))
    between = np.sqrt(middle(np.array([grown.mean() for grown in growth])) ** 2 - within**2 * np.mean(1 / counts))
    assert [between, within] == pytest.approx([TRENDS, YEARS], abs=0.005)


def middle(values: Array) -> float:
    """Return the standard deviation of the normal distribution with the same middle 80 %."""
    low, high = np.quantile(values, (0.1, 0.9))
    return float(high - low) / (2 * 1.2816)


def test_more_leads_for_nothing_are_never_worse_than_bought_ones() -> None:
    assert Move() == STAY
    free, paid = (model(state(), Move(leads=1.2, free=free)).total for free in (True, False))
    assert (free > paid).all()
