"""Whom to offer more: what is planted is found, what is not there is not, and never who has it or has left."""

from __future__ import annotations

from datetime import date
from math import comb

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.notation import to_json
from salesgoals_kit.data.sample import LAST_DAY, make_sample
from salesgoals_kit.insight.upsell import FEWEST, MOST, Reason, UpSell, strong, upsell
from salesgoals_kit.kpis.adoption import GROWN, SEEN, adoption, untapped
from salesgoals_kit.owners import COMPANY, Owner
from tests.insight.customers import AS_OF, Frames, takers
from tests.kpis.conftest import a_company, in_duckdb, tables_of


def _tables(frames: Frames, as_of: date = AS_OF) -> Tables:
    return tables_of(as_of, a_company(teams={"N": None, "S": None}), **frames)


@pytest.fixture(scope="module")
def frames() -> Frames:
    return takers(1)


@pytest.fixture(scope="module")
def found(frames: Frames) -> UpSell:
    return upsell(_tables(frames))


def _owners_of(frames: Frames, product: str) -> set[str]:
    return set(frames["deals"].loc[frames["deals"]["product"] == product, "account_id"])


def test_what_is_planted_is_found_with_its_counts(frames: Frames, found: UpSell) -> None:
    accounts = frames["accounts"].set_index("account_id")
    kin = accounts.index[(accounts["industry"] == "bank") & (accounts["size"] == "large")]
    reason = next(one.reason for one in found.cross if one.reason.rule[1] == "industry_size")
    assert reason.rule == (True, "industry_size", "bank", "large", "Extra")
    extra = _owners_of(frames, "Extra")
    assert (reason.took, reason.of) == (len(extra & set(kin)), len(kin))
    assert (reason.rest_took, reason.rest_of) == (len(extra - set(kin)), len(accounts) - len(kin))
    assert reason.extra == 600
    up = next(one for one in found.up)
    assert up.reason.target == GROWN
    assert up.reason.more == pytest.approx(0.5)
    assert up.extra.middle == pytest.approx(up.reason.share.middle * 0.5 * 100 * 12)


def test_never_who_has_it_or_has_left(frames: Frames, found: UpSell) -> None:
    subs = frames["subscriptions"]
    here = set(subs.loc[subs["ended_at"].isna(), "account_id"])
    grown = set(subs.loc[subs["mrr"] > 10_000, "account_id"])
    assert {one.account_id for one in found.cross} <= here - _owners_of(frames, "Extra")
    assert {one.account_id for one in found.up} <= here - grown
    assert found.cross
    assert found.up


def test_what_is_true_of_a_part_of_a_kind_is_no_reason_for_the_rest(frames: Frames) -> None:
    tables = _tables(frames)
    table = adoption(tables)
    assert table is not None
    assert any(one.rule[1:4] == ("size_first", "large", "Base") for one in strong(table))  # for the banks among them
    accounts = frames["accounts"].set_index("account_id")
    whole = upsell(tables)
    kin = {(accounts.at[one.account_id, "industry"], accounts.at[one.account_id, "size"]) for one in whole.cross}
    assert kin == {("bank", "large")}
    lacking = [one for one in whole.cross if one.account_id in _owners_of(frames, "Extra")]
    assert lacking == []
    assert len(whole.cross) + whole.unnamed[1] <= 40


def test_what_was_bought_first_within_the_year_is_no_likeness(frames: Frames) -> None:
    """Who first bought Late this year has bought Late: that says nothing of anybody."""
    deals = frames["deals"].copy()
    newly = deals["deal_id"].isin([f"A{i:03}" for i in range(0, 240, 4)])
    deals.loc[newly, ["product", "closed_at"]] = ["Late", "2025-05-05"]
    table = adoption(_tables({**frames, "deals": deals}))
    assert table is not None
    assert set(table.loc[table["like"].isin(["first", "size_first"]), ["one", "other"]].stack()) & {"Late"} == set()
    assert (table.loc[table["target"] == "Late", "took"] > 0).any()


def test_each_is_offered_once_the_dearest_first_and_the_rest_is_counted() -> None:
    found = upsell(_tables(takers(2, lift=0.35, accounts=900)))
    for rows, more in ((found.up, found.unnamed[0]), (found.cross, found.unnamed[1])):
        offers = [(one.account_id, one.reason.target) for one in rows]
        assert len(set(offers)) == len(offers) == MOST
        assert [one.extra.middle for one in rows] == sorted((one.extra.middle for one in rows), reverse=True)
        assert more > 0


def test_a_team_has_its_own_customers_only(frames: Frames, found: UpSell) -> None:
    subs = frames["subscriptions"]
    parts = [upsell(_tables(frames), Owner(team)) for team in ("N", "S")]
    for part, team in zip(parts, ("N", "S"), strict=True):
        own = set(subs.loc[subs["team"] == team, "account_id"])
        assert {one.account_id for one in (*part.up, *part.cross)} <= own
    counts = [len(part.cross) + part.unnamed[1] for part in (*parts, found)]
    assert counts[0] + counts[1] == counts[2]


def _by_definition(took: int, of: int, rest_took: int, rest_of: int) -> float:
    """Fisher's exact test: of all ways to share out those who took it, those that give the group as many or more."""
    everybody, takers = of + rest_of, took + rest_took
    ways = sum(comb(of, k) * comb(rest_of, takers - k) for k in range(took, min(of, takers) + 1))
    return ways / comb(everybody, takers)


def test_the_chance_of_luck_is_that_of_its_definition() -> None:
    rng, rows = np.random.default_rng(3), []
    for i in range(60):
        of, rest = (int(size) for size in rng.integers(20, 90, 2))
        took, rest_took = int(rng.binomial(of, 0.35)), int(rng.binomial(rest, 0.1))
        rows.append((True, "first", f"{i}", "", "T", of, took, rest, rest_took, 100.0, np.nan))
    names = ["contract", "like", "one", "other", "target", "of", "took", "rest_of", "rest_took", "extra", "more"]
    table = pd.DataFrame(rows, columns=names)
    found = {reason.rule[2]: reason for reason in strong(table)}
    chances = {str(row[2]): _by_definition(row[6], row[5], row[8], row[7]) for row in rows}
    ranked = sorted(chances.values())
    last = max((p for place, p in enumerate(ranked, 1) if p <= 0.05 * place / len(ranked)), default=-1.0)
    for row in rows:
        low = float(beta.ppf(0.1, row[6] + 0.5, row[5] - row[6] + 0.5))
        holds = chances[str(row[2])] <= last and row[6] >= FEWEST and low > row[8] / row[7]
        assert (str(row[2]) in found) == holds
        if holds:
            assert found[str(row[2])].p == pytest.approx(chances[str(row[2])])
    assert 10 < len(found) < 60
    assert strong(table.iloc[:0]) == ()


def test_where_nothing_is_planted_hardly_anybody_is_named() -> None:
    named = [bool(upsell(_tables(takers(seed, lift=0.15, base=0.15))).cross) for seed in range(25)]
    assert sum(named) <= 4  # 1.25 expected at the most, deviation 1.1


def test_the_sample_company_without_effects_names_nobody() -> None:
    sample = make_sample(3, plant=False)
    found = upsell(tables_of(LAST_DAY, a_company(), **sample.tables))
    assert (found.up, found.cross, found.unnamed) == ((), (), (0, 0))
    assert found.looked > 100
    assert len(found.usual) >= 3


def test_nothing_known_later_counts(frames: Frames) -> None:
    early = date(2024, 12, 31)
    known = {
        **frames,
        "deals": frames["deals"][pd.to_datetime(frames["deals"]["closed_at"]) <= pd.Timestamp(early)],
        "subscriptions": frames["subscriptions"][lambda rows: rows["started_at"] <= "2024-12-31"].assign(ended_at=None),
    }
    assert to_json(adoption(_tables(frames, early))) == to_json(adoption(_tables(known, early)))


def test_engines_agree(frames: Frames) -> None:
    tables = _tables(frames)
    other = in_duckdb(tables)
    assert to_json(adoption(tables)) == to_json(adoption(other))
    rules = ((True, "industry_size", "bank", "large", "Extra"), (True, "first", "Base", "", GROWN))
    assert to_json(untapped(tables, COMPANY, rules)) == to_json(untapped(other, COMPANY, rules))


def test_customers_without_a_contract_are_compared_among_themselves() -> None:
    made = takers(4)
    del made["subscriptions"]
    latest = made["deals"].assign(deal_id=made["deals"]["deal_id"] + "b", closed_at="2024-06-01", product="Base")
    made["deals"] = pd.concat([made["deals"], latest], ignore_index=True)
    found = upsell(_tables(made))
    assert found.up == ()
    assert found.cross
    assert not any(one.reason.rule[0] for one in found.cross)
    made["deals"] = made["deals"][made["deals"]["closed_at"] < "2023-06-01"]  # nobody bought for two years and a half
    assert upsell(_tables(made)).cross == ()


def test_what_is_missing_is_said() -> None:
    made = takers(5)
    bare = {"deals": made["deals"].drop(columns=["product"]), "subscriptions": made["subscriptions"]}
    assert [one.id for one in upsell(_tables(bare)).lacking] == ["upsell.no_products"]
    few = {name: rows[rows["account_id"] < f"A{SEEN - 5:03}"] for name, rows in made.items()}
    assert [one.id for one in upsell(_tables(few)).lacking] == ["upsell.too_few"]
    del made["accounts"]
    assert upsell(_tables(made)).lacking == ()  # the first product still tells who is alike


def test_a_share_lies_within_its_range() -> None:
    one = Reason((True, "first", "A", "", "B"), 12, 30, 5, 100, 0.001, 50.0, np.nan)
    assert one.share.low < 12 / 30 < one.share.high
    assert one.share.low > 5 / 100
