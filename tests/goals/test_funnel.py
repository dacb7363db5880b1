"""The funnel ceiling: curves drawn around Aalen and Johansen's, open deals one by one, and deals to come."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import load_company
from salesgoals_kit.data.asof import tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.data.sample import LAST_DAY, make_sample
from salesgoals_kit.goals.arrivals import season_of
from salesgoals_kit.goals.funnel import DRAWS, Curve, draw_curve, funnel_ceiling
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.curves import aalen_johansen
from salesgoals_kit.kpis.measure import measure
from salesgoals_kit.kpis.pipeline import ANY, Pipeline, amounts_of, pipeline
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import month_number, parse_period
from salesgoals_kit.run.folders import shipped
from salesgoals_kit.words import Message
from tests.kpis.conftest import FAR, a_company, in_duckdb, random_deals, tables_of

AS_OF = date(2025, 12, 31)
LAST = month_number(AS_OF)
QUARTER = parse_period("2026Q1")
NORTH = Owner("North")
NO_SIZES = pd.DataFrame({"kind": [ANY], "days": [10.0], "amount": [1_000.0]})


def sure_curves(won: float = 1.0, day: int = 30, length: int = 400) -> pd.DataFrame:
    """Every deal is won (the share ``won``) or lost on one day of its life; so many that nothing is uncertain."""
    days = np.arange(length)
    many = 10**9
    ends = days == day
    return pd.DataFrame(
        {
            "day": days,
            "at_risk": np.where(days <= day, many, 0),
            "won": np.where(ends, round(many * won), 0),
            "lost": np.where(ends, many - round(many * won), 0),
            "kind": pd.Series([ANY] * length, dtype="object"),
        }
    )


def known(opened: list[tuple[float, float]] | None = None, created: list[int] | None = None, **given: Any) -> Pipeline:
    rows = opened or []
    counts = created or []
    basic: dict[str, Any] = {
        "opened": pd.DataFrame({"age": [a for a, _ in rows], "amount": [m for _, m in rows]}, dtype="float64").assign(
            kind=pd.Series([ANY] * len(rows), dtype="object")
        ),
        "curves": sure_curves(),
        "created": pd.DataFrame(
            {"kind": pd.Series([ANY] * len(counts), dtype="object"), "month": LAST - len(counts) + 1, "deals": counts}
        ).assign(month=lambda f: f["month"] + np.arange(len(f))),
        "sizes": NO_SIZES,
        "won": pd.DataFrame({"month": [LAST], "deals": [7], "amount": [70.0]}),
        "leads_a_deal": 2.0,
        "lent": False,
        "notes": (),
    }
    return Pipeline(**{**basic, **given})


@pytest.mark.parametrize("seed", range(3))
def test_drawn_curves_are_centred_on_aalen_and_johansens(seed: int) -> None:
    rng = np.random.default_rng(seed)
    days = rng.integers(0, 60, size=400)
    ends = rng.choice(3, size=400)
    counts = pd.DataFrame({"entry": 0, "leave": days, "won": ends == 0, "lost": ends == 1, "deals": 1})
    curve = aalen_johansen(counts.astype("int64"), 50)
    drawn = draw_curve(rng, curve[["at_risk", "won", "lost"]].to_numpy(dtype="float64"))
    assert drawn.won.mean(axis=0) == pytest.approx(curve["winning"].to_numpy(), abs=0.005)
    assert drawn.still.mean(axis=0) == pytest.approx(curve["open"].to_numpy(), abs=0.005)
    # a share of n deals that all were followed varies as p(1-p)/n; early on nearly all of them were
    early = curve["winning"].to_numpy()[10]
    assert drawn.won[:, 10].std() == pytest.approx((early * (1 - early) / 400) ** 0.5, rel=0.15)
    assert (np.diff(drawn.won, axis=1) >= 0).all()


def test_the_chance_of_an_open_deal_by_hand() -> None:
    # Won by day 0 … 3: 0, 0.2, 0.3, 0.6; still open after them: 1, 0.5, 0.4, 0.
    curve = Curve(np.array([[0, 0.2, 0.3, 0.6]]), np.array([[1, 0.5, 0.4, 0.0]]))
    ages = np.array([0, 1, 2, 3, 9])
    assert curve.chance(ages, 1, 1)[0] == pytest.approx([0.2, 0.2, 0.75, 0, 0])
    assert curve.chance(ages, 1, 9)[0] == pytest.approx([0.6, 0.8, 0.75, 0, 0])
    assert curve.chance(ages, 2, 3)[0] == pytest.approx([0.4, 0.6, 0, 0, 0])  # only from the second day on


def test_open_deals_that_can_still_be_won_in_time_bring_their_own_amounts() -> None:
    # A deal is won on its 30th day: these on day 20, 0 + 30, 30 - 45 < 0: never; and the quarter has 90 days.
    found = funnel_ceiling(known([(10.0, 500.0), (0.0, 700.0), (45.0, 900.0)]), NORTH, QUARTER, AS_OF)
    assert np.unique(found.opened).tolist() == [1_200.0]
    assert np.unique(found.wins).tolist() == [2.0]
    march = funnel_ceiling(known([(10.0, 500.0), (0.0, 700.0)]), NORTH, parse_period("2026-03"), AS_OF)
    assert np.unique(march.opened).tolist() == [0.0]  # they are won in January, before the period


def test_half_the_deals_are_won_one_by_one() -> None:
    crowd = known([(0.0, 100.0)] * 40, curves=sure_curves(0.5))
    found = funnel_ceiling(crowd, NORTH, QUARTER, AS_OF)
    assert found.opened.mean() == pytest.approx(2_000, rel=0.03)
    assert found.opened.std() == pytest.approx(100 * (40 * 0.25) ** 0.5, rel=0.1)


def test_what_is_unknown_of_an_open_deal_is_that_of_the_others() -> None:
    rows = [(0.0, 100.0)] * 20 + [(np.nan, 100.0), (0.0, np.nan)]
    found = funnel_ceiling(known(rows), NORTH, QUARTER, AS_OF)
    assert np.unique(found.opened).tolist() == [21 * 100.0 + 1_000.0]


def test_a_kind_of_deals_none_of_which_says_when_it_began_is_not_lost() -> None:
    """Dated deals of another kind are won one time in two; without them the age is any that the curve leaves open."""
    rows = [(0.0, 100.0)] * 30 + [(np.nan, 100.0)] * 30
    kinds = pd.Series(["new"] * 30 + ["more"] * 30, dtype="object")
    half = known(rows, curves=sure_curves(0.5))
    others = funnel_ceiling(replace(half, opened=half.opened.assign(kind=kinds)), NORTH, QUARTER, AS_OF)
    assert others.wins.mean() == pytest.approx(30, rel=0.03)
    alone = funnel_ceiling(known(rows[30:], curves=sure_curves(0.5)), NORTH, QUARTER, AS_OF)
    assert alone.wins.mean() == pytest.approx(15, rel=0.03)  # on all 30 days of their life the quarter holds the end


def test_the_chance_at_any_age_is_that_of_deals_seen_open_on_a_day() -> None:
    """By hand, and against deals that begin on every day of a year, looked at on the last."""
    curve = Curve(np.array([[0, 0.2, 0.3, 0.6]]), np.array([[1, 0.5, 0.4, 0.0]]))
    assert curve.chance_at_any_age(1, 1)[0] == pytest.approx([(0.2 + 0.1 + 0.3) / 1.9])
    assert curve.chance_at_any_age(1, 9)[0] == pytest.approx([(0.6 + 0.4 + 0.3) / 1.9])
    rng = np.random.default_rng(3)
    ends = rng.choice(4, p=[0, 0.5, 0.1, 0.4], size=300_000)  # the day each is decided; of these days' ends won:
    wins = rng.random(len(ends)) < np.array([0, 0.4, 1.0, 0.75])[ends]
    age = rng.integers(0, 300, size=len(ends))
    there = age < ends
    assert wins[there].mean() == pytest.approx(float(curve.chance_at_any_age(1, 9)[0, 0]), abs=0.03)


def test_deals_to_come_have_the_days_that_are_left_to_them() -> None:
    # Ten a month, won on their 30th day: those of January and February (to 1 March: 60 days of 90) come in time.
    found = funnel_ceiling(known(created=[10] * 36), NORTH, QUARTER, AS_OF)
    assert found.wins.mean() == pytest.approx(10 + 10 + 10 * 1 / 31, rel=0.03)
    assert found.coming.mean() == pytest.approx(found.wins.mean() * 1_000, rel=1e-9)
    assert found.a_deal == pytest.approx(1_000)
    assert found.a_lead == pytest.approx(500)
    later = funnel_ceiling(known(created=[10] * 36), NORTH, parse_period("2026Q2"), AS_OF)
    assert later.wins.mean() == pytest.approx(10 * 30 / 31 + 20, rel=0.03)  # begun from 2 March to 31 May


def test_the_pace_of_a_young_owner_is_that_of_the_months_it_has() -> None:
    """Ten deals a month for three months come on as ten a month do for three years, only less surely."""
    young = funnel_ceiling(known(created=[10] * 3, since=LAST - 2), NORTH, QUARTER, AS_OF)
    old = funnel_ceiling(known(created=[10] * 36), NORTH, QUARTER, AS_OF)
    assert young.wins.mean() == pytest.approx(old.wins.mean(), rel=0.03)
    mean = float(young.wins.mean())
    assert young.wins.var() == pytest.approx(mean + mean**2 / 30, rel=0.15)
    assert "ceilings.pace_of_months" in [note.id for note in young.notes]
    assert "ceilings.pace_of_months" not in [note.id for note in old.notes]


def test_where_an_owners_deals_begin_is_what_its_rows_say() -> None:
    rows = random_deals(random.Random(4), 900)
    begins = [day is not None and day >= date(2025, 10, 3) for day in rows["created_at"]]
    deals = rows[[team != "North" or late for team, late in zip(rows["team"], begins, strict=True)]]
    found, whole = pipeline(tables_of(deals=deals), NORTH), pipeline(tables_of(deals=deals), COMPANY)
    assert found is not None and whole is not None
    assert (found.since, whole.since) == (month_number(date(2025, 10, 1)), month_number(date(2024, 1, 1)))
    notes = funnel_ceiling(found, NORTH, QUARTER, FAR).notes
    assert "ceilings.pace_of_months" in [note.id for note in notes]


def test_pace_and_chance_make_the_spread() -> None:
    """Poisson arrivals whose pace is known from a year of them: variance mean + mean^2 / seen."""
    found = funnel_ceiling(known(created=[10] * 36), NORTH, QUARTER, AS_OF)
    mean = float(found.wins.mean())
    assert found.wins.var() == pytest.approx(mean + mean**2 / 120, rel=0.15)
    jumpy = funnel_ceiling(known(created=[2, 18, 5, 15, 1, 19, 30] * 5), NORTH, QUARTER, AS_OF)
    assert jumpy.wins.var() > 2 * found.wins.var()


def test_the_season_is_of_shares_in_their_year() -> None:
    counts = np.concatenate([np.full(12, 10.0), np.full(12, 20.0)])
    counts[[0, 12]] *= 2.0
    months = np.arange(LAST - 23, LAST + 1)
    created = pd.DataFrame({"kind": ANY, "month": months, "deals": counts.astype("int64")})
    season = season_of(created, LAST)
    # 2 / (13 / 12) beside eleven times 12 / 13; their variance is 0.071, of which 0.035 are chance: (1/10.8 + 1/21.7)/4
    raw = np.array([24 / 13, *[12 / 13] * 11])
    kept = 1 - (12 / 130 + 12 / 260) / 4 / raw.var(ddof=1)
    assert season[0] == pytest.approx(1 + kept * (raw[0] - 1))
    assert 0.4 < kept < 0.6
    assert season.mean() == pytest.approx(1)
    assert season_of(created.tail(20), LAST).tolist() == [1.0] * 12


def test_what_a_running_period_has_won_is_in_it() -> None:
    found = funnel_ceiling(known(), NORTH, parse_period("2026"), date(2026, 1, 15))
    assert not found.draws.any()
    december = funnel_ceiling(known(), NORTH, parse_period("2025Q4"), date(2025, 12, 15))
    assert np.unique(december.draws).tolist() == [70.0]
    assert np.unique(december.wins).tolist() == [7.0]


def test_bigger_deals_that_take_too_long_are_not_counted_on() -> None:
    sizes = pd.DataFrame({"kind": [ANY, ANY, "new"], "days": [20.0, 200.0, np.nan], "amount": [1.0, 9.0, 5.0]})
    assert amounts_of(sizes, ANY, 90.0).tolist() == [1.0]
    assert amounts_of(sizes, ANY, 10.0).tolist() == [1.0, 9.0]  # none is so fast
    assert amounts_of(sizes, "new", 10.0).tolist() == [5.0]
    assert amounts_of(sizes, "other", 10.0).tolist() == [1.0, 9.0, 5.0]
    assert amounts_of(sizes.iloc[:0], "new", 10.0).tolist() == [0.0]


def test_a_pipeline_is_what_the_rows_say_in_both_engines() -> None:
    rows = random_deals(random.Random(3), 900)
    tables = tables_of(company=a_company(), deals=rows)
    found = pipeline(tables, NORTH)
    assert found is not None
    own = rows[rows["team"] == "North"]
    opened = own[own["status"] == "open"].sort_values("deal_id")
    assert found.opened["amount"].fillna(-1).tolist() == (opened["amount"].astype(float) / 100).fillna(-1).tolist()
    ages = [(FAR - day).days if isinstance(day, date) else -1 for day in opened["created_at"]]
    assert found.opened["age"].fillna(-1).tolist() == ages
    assert found.created["deals"].sum() == own["created_at"].notna().sum()
    won = own[(own["status"] == "won") & own["amount"].notna()]
    recent = won[[day > date(2024, 12, 31) for day in won["closed_at"]]]
    assert found.sizes["amount"].sum() == pytest.approx(recent["amount"].sum() / 100)
    assert set(found.curves["kind"]) == {ANY, "new", "more"}
    twin = pipeline(in_duckdb(tables), NORTH)
    assert twin is not None
    for name in ("opened", "curves", "created", "sizes", "won"):
        pd.testing.assert_frame_equal(getattr(twin, name), getattr(found, name))
    again = from_json(to_json(found))
    same = (funnel_ceiling(one, NORTH, QUARTER, FAR) for one in (found, again))
    assert len({tuple(one.draws) for one in same}) == 1


def test_few_wins_borrow_the_companys_curves(read: Callable[[Message], str]) -> None:
    deals = random_deals(random.Random(4), 400).assign(team=lambda f: ["South"] * 390 + ["North"] * 10)
    found = pipeline(tables_of(deals=deals), NORTH)
    assert found is not None
    assert found.lent
    assert "North won fewer than 30 deals" in read(found.notes[0])
    assert {"ceilings.no_leads", "ceilings.no_stages"} <= {note.id for note in found.notes}


def test_an_owner_without_a_deal_has_a_funnel_of_nothing() -> None:
    found = pipeline(tables_of(deals=random_deals(random.Random(4), 400)), Owner("West"))
    assert found is not None
    assert not funnel_ceiling(found, Owner("West"), QUARTER, FAR).draws.any()


@pytest.mark.parametrize("qualified", [None, "absent"])
def test_leads_none_of_which_is_known_to_be_qualified_are_no_divisor(qualified: str | None) -> None:
    deals = random_deals(random.Random(4), 400)
    leads = [
        {"lead_id": f"L{i}", "created_at": date(2025, 6, 1), "qualified_at": None, "deal_id": f"D{i:04}"}
        for i in range(20)
    ]
    rows = pd.DataFrame(leads).drop(columns=["qualified_at"] if qualified == "absent" else [])
    found = pipeline(tables_of(deals=deals, leads=rows))
    assert found is not None
    assert np.isnan(found.leads_a_deal)
    ceiling = funnel_ceiling(found, COMPANY, QUARTER, FAR)
    assert np.isnan(ceiling.a_lead) and ceiling.a_deal > 0


def test_without_creation_there_is_no_funnel() -> None:
    deals = random_deals(random.Random(4), 40).drop(columns="created_at")
    assert pipeline(tables_of(deals=deals)) is None


def test_older_deals_than_were_ever_followed_are_said() -> None:
    found = funnel_ceiling(known([(900.0, 10.0), (1.0, 10.0)]), NORTH, QUARTER, AS_OF)
    assert [note.id for note in found.notes] == ["ceilings.open_too_old"]
    assert np.unique(found.opened).tolist() == [10.0]


def test_a_quarter_of_the_sample_company_comes_out_in_the_range() -> None:
    """Long form: tests/benchmarks/ceilings.py."""
    company = load_company(shipped("params", "company.yaml"), TABLES, CATALOGUE)
    before = parse_period("2025Q4")
    as_of = before.start - timedelta(days=1)
    inside = []
    for seed in range(4):
        tables = make_sample(seed).tables
        frames = {name: tables[name] for name in ("deals", "deal_changes", "reps", "assignments", "leads")}
        told = pipeline(tables_from_frames(frames, company, as_of, known_on=LAST_DAY))
        assert told is not None
        draws = funnel_ceiling(told, COMPANY, before, as_of).draws
        whole = tables_from_frames(frames, company, LAST_DAY)
        actual = float(measure("revenue", whole, [(before.first, before.last)])["value"].iloc[0])
        assert np.median(draws) == pytest.approx(actual, rel=0.25)
        inside.append(np.quantile(draws, 0.02) <= actual <= np.quantile(draws, 0.98))
    assert len(draws) == DRAWS
    assert sum(inside) >= 3
