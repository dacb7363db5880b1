"""Scores: against chances that are known, refused where there are none, and the same whatever a row's place or name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from salesgoals_kit.company import load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.data.sample import LAST_DAY, make_sample
from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from salesgoals_kit.insight.checked import auc, check
from salesgoals_kit.insight.reasons import reason
from salesgoals_kit.insight.scoring import ENOUGH, SHOWN, Kind, judged, scored
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import Owner
from salesgoals_kit.words import Message
from tests.insight.worlds import AS_OF, deal_world, lead_world, tables_of

ROOT = Path(__file__).parents[2]


def test_the_area_is_the_published_one_and_that_of_its_definition() -> None:
    """Hanley & McNeil 1982, table I: 58 normal and 51 abnormal images in five ratings; the area is 0.893."""
    normal, abnormal = (33, 6, 6, 11, 2), (3, 2, 2, 11, 33)
    ratings = np.repeat(np.tile(np.arange(5.0), 2), normal + abnormal)
    truth = np.repeat([0.0, 1.0], [58, 51])
    order = np.argsort(ratings, kind="stable")
    assert auc(ratings[order], truth[order], np.ones(109)) == pytest.approx(0.893, abs=0.0005)
    rng = np.random.default_rng(3)
    for _ in range(20):
        chances, weights = np.sort(rng.integers(0, 9, 40) / 10), rng.integers(0, 4, 40).astype(float)
        ends = (rng.random(40) < 0.5).astype(float)
        assert auc(chances, ends, weights) == pytest.approx(roc_auc_score(ends, chances, sample_weight=weights))


def test_a_check_says_what_chances_were_worth() -> None:
    """Chances that are true: calibrated within luck, and their squared error that of their own spread."""
    rng = np.random.default_rng(4)
    chances = rng.random(4000)
    ends = (rng.random(4000) < chances).astype(float)
    found = check(pd.Series([f"P{i}" for i in range(4000)]), chances, ends)
    assert found.auc == pytest.approx(5 / 6, abs=0.015)  # of uniform true chances
    assert found.low < found.auc < found.high
    assert found.brier == pytest.approx(1 / 6, abs=0.01)
    assert found.base == pytest.approx(1 / 4, abs=0.002)
    assert found.off < 0.03
    assert found.better
    assert (
        (found.table["low"] <= found.table["promised"]) & (found.table["promised"] <= found.table["high"])
    ).sum() >= 5


def test_intervals_count_prospects_not_rows() -> None:
    """Ten copies of a prospect tell nothing more: the interval stays as wide."""
    rng = np.random.default_rng(5)
    chances = rng.random(200)
    ends = (rng.random(200) < chances).astype(float)
    ids = pd.Series([f"P{i:03}" for i in range(200)])
    once, often = check(ids, chances, ends), check(pd.concat([ids] * 10), np.tile(chances, 10), np.tile(ends, 10))
    assert often.rows == 10 * once.rows
    assert (often.low, often.high) == pytest.approx((once.low, once.high), abs=1e-9)


@pytest.mark.parametrize("kind", ["deals", "leads"])
def test_known_chances_are_found_again(kind: Kind) -> None:
    frames, truth = (deal_world if kind == "deals" else lead_world)(1)
    found = judged(tables_of(frames), kind)
    assert found.check is not None and found.model is not None
    past = found.prospects.past
    last = past[past["born"] > np.quantile(past.drop_duplicates("id")["born"], 0.75)]
    best = roc_auc_score(last["converted"], truth.loc[last["id"]])
    assert found.check.auc > best - 0.02
    assert found.check.off < 0.07  # fifty prospects in a tenth: luck alone makes about 0.05
    now = found.prospects.now
    now = now[now["age"] < 100]
    told = found.model.chances(now)
    assert np.abs(told - truth.loc[now["id"]].to_numpy()).mean() < 0.06
    assert found.model.parts(now).std().idxmax() == ("deal_type" if kind == "deals" else "budget")


def test_the_parts_add_up_to_the_odds() -> None:
    found = judged(tables_of(deal_world(2)[0]), "deals")
    assert found.model is not None
    now = found.prospects.now
    chances = found.model.chances(now)
    rest = np.log(chances / (1 - chances)) - found.model.parts(now).sum(axis=1)
    np.testing.assert_allclose(rest, rest.iloc[0])


def test_where_there_is_nothing_to_tell_nothing_is_told() -> None:
    """Eight companies whose deals are all alike: one in forty may be taken for more, by the interval."""
    told = []
    for seed in range(8):
        found = scored(tables_of(deal_world(100 + seed, 700, told=0.0)[0]), "deals")
        told.append(found.refused is None)
        if found.refused is not None:
            assert found.refused.id == "scoring.no_better_deals"
            assert found.rows.empty
            assert found.count > 0
            assert found.check is not None
    assert sum(told) <= 1


def test_under_the_minimum_of_outcomes_nothing_is_told() -> None:
    found = scored(tables_of(deal_world(1, 190)[0]), "deals")
    assert found.refused is not None
    assert found.refused.id == "scoring.few_deals"
    assert found.refused.values["enough"].value == ENOUGH  # type: ignore[union-attr]


def changed(frames: dict[str, pd.DataFrame], **columns: Any) -> dict[str, pd.DataFrame]:
    return {**frames, "deals": frames["deals"].assign(**columns)}


def test_all_open_all_lost_and_one_rep() -> None:
    frames, _ = deal_world(3, 900)
    for deals in (changed(frames, status="open", closed_at=pd.NaT), changed(frames, status="lost", closed_at=AS_OF)):
        found = scored(tables_of(deals), "deals")
        assert found.refused is not None
        assert found.refused.id == "scoring.few_deals"
        assert found.refused.values["yes"].value == 0  # type: ignore[union-attr]
    alone = scored(tables_of(changed(frames, rep="Ann", team="North")), "deals")
    assert alone.refused is None
    assert scored(tables_of(changed(frames, rep="Ann", team="North")), "deals", Owner(rep="Ann")).count == alone.count


def test_without_activities_answers_leads_or_days_the_rest_goes_on_or_it_is_said() -> None:
    deals = deal_world(3, 1500)[0]
    found = scored(tables_of({"deals": deals["deals"]}), "deals")
    assert found.refused is None and not found.lacking
    said = next(note for note in found.notes if note.id == "scoring.unknown_fields")
    assert Message("scoring.field_touches") in said.values["fields"]  # type: ignore[operator]
    assert [one.id for one in scored(tables_of(deals), "leads").lacking] == ["scoring.no_leads"]
    bare = {"deals": deals["deals"].drop(columns=["created_at"])}
    assert [one.id for one in scored(tables_of(bare), "deals").lacking] == ["scoring.no_column"]
    leads, _ = lead_world(3, 3000)
    plain = {**leads, "leads": leads["leads"].drop(columns=["budget", "authority", "need", "timing"])}
    found = scored(tables_of(plain), "leads")
    assert found.check is not None
    nothing = scored(tables_of({"leads": leads["leads"]}), "deals")
    assert [one.id for one in nothing.lacking] == ["scoring.no_deals"]
    assert nothing.refused is None


def test_the_order_of_rows_and_the_names_of_reps_make_no_difference() -> None:
    frames, _ = deal_world(4, 900)
    found = scored(tables_of(frames), "deals")
    mixed = {name: rows.sample(frac=1, random_state=1) for name, rows in frames.items()}
    assert to_json(scored(tables_of(mixed), "deals")) == to_json(found)
    assert to_json(from_json(to_json(found))) == to_json(found)
    other = {name: rows.assign(rep=rows["rep"].map(lambda rep: f"Z{rep[::-1]}")) for name, rows in frames.items()}
    renamed = scored(tables_of(other), "deals")
    assert renamed.rows[["id", "chance"]].equals(found.rows[["id", "chance"]])


def test_a_team_has_its_own_deals_only_by_the_companys_model() -> None:
    tables = tables_of(deal_world(5)[0])
    whole, parts = (
        scored(tables, "deals"),
        [scored(tables, "deals", Owner(team)) for team in ("North", "South", "East")],
    )
    assert whole.count == sum(part.count for part in parts)
    assert whole.expected == pytest.approx(sum(part.expected for part in parts))
    assert len(whole.rows) == SHOWN
    assert whole.rows["chance"].is_monotonic_decreasing
    for part, team in zip(parts, ("North", "South", "East"), strict=True):
        assert set(part.rows["owner"]) == {team}
        assert "scoring.by_team" not in to_json(part)
        assert part.check is not None and whole.check is not None
        assert part.check.auc == whole.check.auc
    assert scored(tables, "deals", Owner("Nowhere")).count == 0


def test_a_deal_of_the_team_that_another_team_s_person_has_is_shown_without_his_name() -> None:
    frames, _ = deal_world(5)
    reps = [f"R{i}" for i in range(12)]
    places = {rep: ("North", "South", "East")[i % 3] for i, rep in enumerate(reps)}
    known = pd.DataFrame({"rep": reps, "team": [places[rep] for rep in reps]})
    deals = frames["deals"].assign(team=np.where(frames["deals"]["rep"] == "R1", "North", frames["deals"]["team"]))
    found = scored(tables_of({**frames, "deals": deals, "reps": known}), "deals", Owner("North"))
    assert found.rows["rep"].isna().any()
    assert {places[rep] for rep in found.rows["rep"].dropna()} == {"North"}


def test_what_is_told_of_a_feature() -> None:
    told = {
        ("budget", 1.0): "scoring.has_budget",
        ("timing", 0.0): "scoring.no_timing",
        ("touches", 0.0): "scoring.silent",
        ("touches", 2.0): "scoring.touches",
        ("silent", 40.0): "scoring.silent",
        ("silent", 3.0): "scoring.touched",
        ("amount", -0.2): "scoring.smaller",
        ("slips", 0.0): "scoring.no_slips",
        ("overdue", 9.0): "scoring.overdue",
        ("left", 1.0): "scoring.left",
        ("age", 9.0): "scoring.age_deals",
        ("stage", "Offer"): "scoring.by_stage",
    }
    assert {key: getattr(reason(*key, "deals"), "id", None) for key in told} == told
    assert [reason(name, value, "deals") for name, value in (("left", 0.0), ("silent", np.nan), ("stage", None))] == [
        None
    ] * 3


def test_the_sample_company_is_told_well() -> None:
    company = load_company(ROOT / "params" / "company.yaml", TABLES, CATALOGUE)
    tables = tables_from_frames(make_sample(12).tables, company, LAST_DAY)
    deals, leads = (judged(tables, kind).check for kind in ("deals", "leads"))
    assert deals is not None and leads is not None
    assert deals.auc > 0.75
    assert leads.auc > 0.9
    assert max(deals.off, leads.off) < 0.05
    found = scored(tables, "deals", Owner("North"))
    assert all(
        reason.id in ("scoring.pro", "scoring.con", "scoring.both", "scoring.usual") for reason in found.rows["reasons"]
    )


@pytest.fixture(scope="module")
def maven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    if not (ROOT.parent / "shared" / "data" / "maven_crm").is_dir():
        pytest.skip("the public data set maven_crm is not beside the checkout")
    company = load_company(ROOT / "tests" / "data" / "maven.yaml", TABLES, CATALOGUE)
    company = company.model_copy(update={"store": str(tmp_path_factory.mktemp("maven"))})
    with open_snapshot(make_snapshot(company), company) as snapshot:
        yield snapshot.at(date(2017, 12, 31))


def test_maven_crm_is_refused(maven: Tables) -> None:
    """Its later deals go the other way than the earlier ones: what was learned from those would mislead."""
    found = scored(maven, "deals")
    assert found.refused is not None
    assert found.check is not None
    assert found.check.brier > found.check.base
    assert found.rows.empty
