"""Where it works: what is better by its mix is not better, what cannot be told apart is not judged."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.insight.contrast import Contrast, findings
from salesgoals_kit.insight.strengths import Strengths, strengths
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.words import Name
from tests.insight.funnels import AS_OF, DAY, TEAMS, at, funnel_frames, tables_of


def contrast(found: Strengths, **subject: str) -> Contrast:
    """Return the contrast of a subject."""
    (one,) = [one for one in found.contrasts if dict(one.subject) == subject]
    return one


def _world(seed: int, count: int, chance: Any, **columns: Any) -> Tables:
    """Return deals won with a chance of their own, all decided within weeks; columns by name, drawn evenly."""
    rng = np.random.default_rng(seed)
    deals = pd.DataFrame({name: rng.choice(values, count) for name, values in columns.items()})
    people = [(team, rep) for team, reps in TEAMS.items() for rep in reps]
    who = rng.integers(0, len(people), count)
    for name, place in (("team", 0), ("rep", 1)):
        if name not in deals:
            deals[name] = [people[i][place] for i in who]
    deals["status"] = np.where(rng.random(count) < chance(deals), "won", "lost")
    created = rng.integers(0, 900, count)
    deals["created_at"] = [DAY + timedelta(days=int(day)) for day in created]
    deals["closed_at"] = [DAY + timedelta(days=int(day)) for day in created + rng.integers(1, 60, count)]
    deals["deal_id"] = [f"D{i:05}" for i in range(count)]
    deals["amount"] = 100_000
    reps = pd.DataFrame([{"rep": rep, "team": team, "name": f"{rep} Smith"} for team, rep in people])
    return tables_of({"deals": deals, "reps": reps})


def test_a_product_that_is_called_as_a_rep_keeps_its_name() -> None:
    frames = funnel_frames(1, 2500)
    reps = frames["reps"].assign(rep=frames["reps"]["rep"].replace("East 0", "bolt"))
    deals = frames["deals"].assign(rep=frames["deals"]["rep"].replace("East 0", "bolt"))
    found = strengths(tables_of({"deals": deals, "reps": reps}))
    assert contrast(found, product="bolt").said.values["value"] == Name("bolt")
    assert contrast(found, team="East", rep="bolt").said.values["value"] == Name("East 0 Smith")


def test_without_days_of_creation_quarters_are_those_of_closing() -> None:
    deals = funnel_frames(1, 4000)["deals"]
    said = {
        one.said.id
        for bare in (deals, deals.drop(columns="created_at"))
        for one in strengths(tables_of({"deals": bare})).contrasts
        if one.subject[-1][0] == "quarter"
    }
    assert said == {"strengths.by_quarter", "strengths.by_quarter_decided"}


def test_a_product_is_not_better_for_being_sold_to_those_who_renew() -> None:
    """Bolts are mostly sold in renewals, which are won: every deal is won as its type is."""
    rng = np.random.default_rng(1)

    def kinds(deals: pd.DataFrame) -> Any:
        share = np.where(deals["product"] == "bolt", 0.8, 0.2)
        deals["deal_type"] = np.where(rng.random(len(deals)) < share, "renewal", "new")
        return np.where(deals["deal_type"] == "renewal", 0.8, 0.2)

    found = strengths(_world(1, 4000, kinds, product=["bolt", "nut"]))
    bolt, nut = found.of("product")
    assert (bolt.value, nut.value) == ("bolt", "nut") and bolt.rate > nut.rate + 0.25
    one = contrast(found, product="bolt")
    assert 0.93 < one.estimate < 1.07 and one.p > 0.05
    assert abs(bolt.others - bolt.rate) < 0.05
    assert findings(found.contrasts) == ()
    assert [row.value for row in found.of("deal_type")] == ["renewal", "new"]
    assert all(np.isnan(row.others) for row in found.of("deal_type"))  # shown, not tested


def test_what_is_better_is_found_and_what_is_worse_is_worth_a_move() -> None:
    found = strengths(
        _world(2, 4000, lambda deals: np.where(deals["region"] == "here", 0.5, 0.3), region=["here", "there"])
    )
    good, weak = contrast(found, region="here"), contrast(found, region="there")
    assert good.good and good.move is None and good.low < 5 / 3 < good.high and good.p < 1e-9
    assert not weak.good and weak.move is not None and weak.p == pytest.approx(good.p, rel=1e-6)
    rows = {row.value: row for row in found.of("region")}
    part = rows["there"].won / (rows["here"].won + rows["there"].won)
    assert weak.move.win == pytest.approx(1 + part * (1 / weak.estimate - 1))
    sure = [one.contrast.subject for one in findings(found.contrasts)]
    assert set(sure) == {(("region", "here"),), (("region", "there"),)}


def test_each_value_of_a_dimension_is_one_of_all_that_were_asked() -> None:
    """The same product against the same rest: as one of two it is half as surprising as alone, as one of five less."""
    products = [f"p{i}" for i in range(5)]
    tables = _world(12, 2500, lambda deals: np.where(deals["product"] == "p0", 0.5, 0.4), product=products)
    deals = tables.frame("deals").collect("pandas").to_native()
    plain = deals[["deal_id", "status", "product", "team", "created_at", "closed_at"]]
    two = plain.assign(product=plain["product"].where(plain["product"] == "p0", "other"))
    p_of_five, p_of_two = (contrast(strengths(tables_of({"deals": rows})), product="p0").p for rows in (plain, two))
    assert p_of_five == pytest.approx(p_of_two * 5 / 2) and p_of_five < 0.05


def test_a_region_that_one_team_alone_sells_in_is_not_judged() -> None:
    def chance(deals: pd.DataFrame) -> Any:
        deals["region"] = "land of " + deals["team"]
        return np.where(deals["team"] == "South", 0.2, 0.4)

    found = strengths(_world(3, 3000, chance))
    assert len(found.of("region")) == 4 and not [one for one in found.contrasts if "region" in dict(one.subject)]
    assert contrast(found, team="South").p < 1e-6


def test_one_rep_who_stands_out_makes_no_weak_region() -> None:
    def chance(deals: pd.DataFrame) -> Any:
        place = deals["rep"].str[-1].astype(int)
        deals["region"] = np.where(place < 3, "here", "there")
        return np.where(deals["rep"] == "North 0", 0.05, 0.45)

    found = strengths(_world(4, 5000, chance))
    sure = [dict(one.contrast.subject) for one in findings(found.contrasts)]
    assert sure == [{"team": "North", "rep": "North 0"}]  # nor are his colleagues better for it
    assert not [one for one in sure if "region" in one or set(one) == {"team"}]


def test_quarters_are_those_of_the_fiscal_year() -> None:
    found = strengths(_world(5, 3000, lambda deals: np.full(len(deals), 0.4)))
    assert sorted(row.value for row in found.of("quarter")) == ["1", "2", "3", "4"]
    one = contrast(found, quarter="2")
    assert one.said.id == "strengths.by_quarter" and one.said.values["value"].id == "strengths.quarter_of_year"  # type: ignore[union-attr]


def test_one_year_alone_makes_no_season() -> None:
    frames = {"deals": funnel_frames(1, 8000)["deals"]}
    deals = frames["deals"]
    year = deals[pd.to_datetime(deals["created_at"]).dt.year == 2024].reset_index(drop=True)
    bad = (pd.to_datetime(year["created_at"]).dt.quarter == 3) & (year["status"] == "won")
    found = strengths(tables_of({"deals": year.assign(status=year["status"].where(~bad, "lost"))}))
    assert found.of("quarter") and found.contrasts
    assert not [one for one in found.contrasts if one.subject[-1][0] == "quarter"]
    assert "strengths.quarters_once" in {note.id for note in found.notes}
    assert "strengths.quarters_once" not in {note.id for note in strengths(tables_of(frames)).notes}


def test_what_is_unknown_is_no_segment() -> None:
    """A product is mostly filled in when a deal is won: deals without one are in no comparison of products."""
    rng = np.random.default_rng(6)

    def chance(deals: pd.DataFrame) -> Any:
        return np.full(len(deals), 0.4)

    tables = _world(6, 3000, chance, product=["bolt", "nut"])
    deals = (
        tables.frame("deals").collect("pandas").to_native()[["deal_id", "status", "product", "created_at", "closed_at"]]
    )
    blank = (deals["status"] == "lost") & (rng.random(len(deals)) < 0.5)
    found = strengths(tables_of({"deals": deals.assign(product=deals["product"].mask(blank))}))
    assert {row.value for row in found.of("product")} == {"bolt", "nut"}
    assert contrast(found, product="bolt").p > 0.01


def test_a_team_s_report_holds_its_own_alone() -> None:
    tables = tables_of(funnel_frames(7, chance=at("Look", 0.5, rep="South 1")))
    found = strengths(tables, Owner("South"))
    assert not any(team in to_json(found) for team in ("East", "North", "West"))
    assert found.of("team") == () and {row.team for row in found.of("rep")} == {"South"}
    sure = [dict(one.contrast.subject) for one in findings(found.contrasts)]
    assert sure[0] == {"team": "South", "rep": "South 1"}
    assert to_json(found) == to_json(from_json(to_json(found)))


def test_sums_are_those_of_all_deals() -> None:
    found = strengths(tables_of(funnel_frames(8, 2000)))
    for dimension in ("team", "product", "channel", "deal_type", "quarter"):
        rows = found.of(dimension)
        assert len({sum(row.deals for row in found.of(name)) for name in ("team", "deal_type")}) == 1
        assert sum(row.deals for row in rows) == sum(row.deals for row in found.of("team"))
        assert all(row.low <= row.rate <= row.high and row.won <= row.deals for row in rows)


def test_few_deals_are_shown_and_not_judged() -> None:
    found = strengths(tables_of(funnel_frames(9, 60)))
    assert found.segments and found.contrasts == ()


def test_where_nothing_is_planted_findings_are_rare() -> None:
    ps: list[float] = []
    for seed in range(6):
        found = strengths(_world(50 + seed, 1500, lambda deals: np.full(len(deals), 0.4), region=["a", "b", "c"]))
        ps += [one.p for one in found.contrasts]
        assert not [one for one in findings(found.contrasts) if one.q < 0.01]
    assert np.mean(np.array(ps) < 0.05) < 0.06 and np.mean(np.array(ps) < 0.01) < 0.02


def test_deals_that_are_all_open_all_won_or_none() -> None:
    frames = funnel_frames(10, 400)
    frames["deals"]["status"] = "open"
    frames["deals"]["closed_at"] = pd.NaT
    assert [one.id for one in strengths(tables_of(frames)).lacking] == ["strengths.nothing_closed"]
    won = strengths(_world(11, 800, lambda deals: np.ones(len(deals))))
    assert all(row.rate == 1 for row in won.segments) and findings(won.contrasts) == ()
    assert all(one.p == 1 for one in won.contrasts)
    assert strengths(tables_of(frames), Owner("Nowhere")).lacking
    assert COMPANY.kind == "company" and AS_OF > DAY
