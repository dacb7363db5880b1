"""What is worth coaching: who differs is found, who is new or has few deals is not judged, other teams stay unnamed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.insight.coaching import MOST, Coaching, coaching, worth_coaching
from salesgoals_kit.insight.contrast import Contrast, Finding, findings
from salesgoals_kit.insight.strata import FEW
from salesgoals_kit.owners import Owner
from salesgoals_kit.words import Name, say
from tests.insight.funnels import STAGES, TEAMS, at, funnel_frames, tables_of

COACHED = at("Offer", 0.6, rep="West 2")


@pytest.fixture(scope="module")
def tables() -> Tables:
    return tables_of(funnel_frames(1, 8000, COACHED))


def _one(found: Coaching, rep: str, stage: str) -> Contrast:
    (one,) = [one for one in found.contrasts if (dict(one.subject)["rep"], dict(one.subject)["stage"]) == (rep, stage)]
    return one


def test_who_differs_is_found_in_both_reports_with_the_same_figures(tables: Tables) -> None:
    company, team = coaching(tables), coaching(tables, Owner("West"))
    for found in (company, team):
        first = findings(found.contrasts)[0].contrast
        assert first.subject == (("team", "West"), ("rep", "West 2"), ("stage", "Offer"))
        assert not first.good and first.said.id == "coaching.behind" and first.move is None
        assert first.said.values["name"] == Name("West 2 Smith")
        assert list(worth_coaching(found, findings(found.contrasts))) == ["West 2"]
    assert company.of("West 2") == team.of("West 2")
    row = team.of("West 2")[1]
    assert row.low < 0.6 * row.peers < row.high


def test_a_team_s_report_holds_only_its_own_people(tables: Tables) -> None:
    found = coaching(tables, Owner("West"))
    assert {rep for rep, _ in found.reps} == set(TEAMS["West"]) == set(found.names)
    assert not any(team in to_json(found) for team in ("East", "North", "South"))
    assert to_json(found) == to_json(from_json(to_json(found)))


def test_a_whole_team_that_leaks_is_nobody_s_fault() -> None:
    found = coaching(tables_of(funnel_frames(2, 6000, at("Offer", 0.7, team="South"))))
    assert findings(found.contrasts) == ()
    south = [row for row in found.rows if row.team == "South" and row.stage == "Offer"]
    elsewhere = [row for row in found.rows if row.team == "East" and row.stage == "Offer"]
    assert max(row.peers for row in south) < min(row.peers for row in elsewhere)


def test_one_who_is_new_is_compared_with_those_who_were() -> None:
    """New people pass less in every team; the newest of one team is as all of them were."""
    frames = funnel_frames(3, 8000)
    people = pd.concat([frames["reps"].assign(new=False)], ignore_index=True)
    people["new"] = people["rep"].str.endswith("0")
    people.loc[people["new"], "hired_on"] = date(2025, 4, 1)
    fresh = people.loc[people["new"], "rep"].tolist()

    def chance(deals: pd.DataFrame, stage: int) -> Any:
        return np.where(deals["rep"].isin(fresh), 0.75, 1.0)

    frames = funnel_frames(3, 8000, chance)
    young = frames["deals"]["rep"].isin(fresh) & (
        pd.to_datetime(frames["deals"]["created_at"]) < pd.Timestamp(2025, 4, 2)
    )
    kept = frames["deals"][~young]
    events = frames["stage_events"][frames["stage_events"]["deal_id"].isin(kept["deal_id"])]
    found = coaching(tables_of({"deals": kept, "stage_events": events, "reps": people.drop(columns="new")}))
    told = {row.rep: row for row in found.rows if row.stage == "Look"}
    old_peers = np.mean([row.peers for rep, row in told.items() if rep not in fresh])
    judged = [told[rep] for rep in fresh if told[rep].enough]
    assert judged and all(row.peers < old_peers - 0.05 for row in judged)
    assert not [one for one in findings(found.contrasts) if dict(one.contrast.subject)["rep"] in fresh]


def test_few_deals_are_no_verdict() -> None:
    """However bad they went: of one rep with a handful of deals the report only says that they are too few."""
    weights = {"East 1": 0.05}
    found = coaching(tables_of(funnel_frames(4, 5000, at("Look", 0.2, rep="East 1"), weights=weights)))
    rows = found.of("East 1")
    assert 0 < rows[0].entered < FEW and rows[0].rate < 0.4
    assert not any(row.enough for row in rows) and all(np.isnan(row.likely) for row in rows)
    assert not [one for one in found.contrasts if dict(one.subject)["rep"] == "East 1"]
    (few,) = found.few
    assert few.id == "coaching.few" and few.values["name"] == Name("East 1 Smith")
    assert [
        one.values["name"] for one in coaching(tables_of(funnel_frames(4, 5000, weights=weights)), Owner("East")).few
    ]
    assert coaching(tables_of(funnel_frames(4, 5000, weights=weights)), Owner("West")).few == ()


def test_the_fewer_the_deals_the_less_is_left_of_a_difference(tables: Tables) -> None:
    everyone = coaching(tables)
    for row in everyone.rows:
        if row.enough:
            assert 0 <= row.low <= row.likely <= row.high <= 1
    usual = [row for row in everyone.rows if row.enough and row.rep != "West 2"]
    raw = np.array([row.rate - row.peers for row in usual])
    left = np.array([row.likely - row.peers for row in usual])
    assert np.abs(left).mean() < 0.5 * np.abs(raw).mean()


def test_a_team_of_one_is_compared_with_the_company() -> None:
    teams = {**{team: TEAMS[team] for team in ("East", "North", "West")}, "Solo": ("Ann",)}
    found = coaching(tables_of(funnel_frames(5, 3000, teams=teams), tuple(teams)), Owner("Solo"))
    assert found.few == () and all(row.enough for row in found.of("Ann"))
    alone = coaching(tables_of(funnel_frames(5, 800, teams={"Solo": ("Ann",)}), ("Solo",)))
    assert alone.contrasts == () and len(alone.few) == 1  # nobody to compare with


def test_who_has_left_is_not_in_it() -> None:
    frames = funnel_frames(6, 3000)
    frames["reps"]["left_on"] = [date(2025, 1, 1) if rep == "West 1" else None for rep in frames["reps"]["rep"]]
    found = coaching(tables_of(frames))
    assert "West 1" not in {rep for rep, _ in found.reps} and not found.of("West 1")


def _finding(rep: str, stage: str, estimate: float, *, good: bool = False, effect: str = "coaching") -> Finding:
    place = (("rep", rep), ("stage", stage)) if effect == "coaching" else (("rep", rep),)
    return Finding(Contrast(effect, place, estimate, 0.5, 0.9, 1e-6, good, say("coaching.peers")), 1e-4)


def test_three_things_at_most_the_farthest_first(tables: Tables) -> None:
    found = replace(coaching(tables), reps=(("Ann", "N"), ("Bob", "N"), ("Cid", None)))
    sure = [_finding("Ann", f"S{i}", 0.5 + i / 10) for i in (3, 0, 2, 1)]
    sure += [_finding("Ann", "", 0.4, effect="segment"), _finding("Bob", "S1", 1.2, good=True)]
    sure += [_finding("Cid", "", 0.6, effect="segment"), _finding("stranger", "S1", 0.5)]
    told = worth_coaching(found, sure)
    assert list(told) == ["Ann", "Cid"] and len(told["Ann"]) == MOST == 3
    assert [dict(one.subject)["stage"] for one in told["Ann"]] == ["S0", "S1", "S2"]
    assert told["Cid"][0].effect == "segment"  # no stage stands out, the win rate does
    assert worth_coaching(found, ()) == {}


def test_where_nothing_is_planted_findings_are_rare() -> None:
    ps: list[float] = []
    for seed in range(5):
        found = coaching(tables_of(funnel_frames(200 + seed, 2500)))
        ps += [one.p for one in found.contrasts]
        assert not [one for one in findings(found.contrasts) if one.q < 0.01]
    assert np.mean(np.array(ps) < 0.05) < 0.06 and np.mean(np.array(ps) < 0.005) < 0.01


def test_what_the_data_lacks_is_said() -> None:
    frames = funnel_frames(7, 400)
    none = coaching(tables_of({name: frames[name] for name in ("deals", "reps")}))
    assert [one.id for one in none.lacking] == ["losses.lacks_events"] and none.contrasts == ()
    unnamed = coaching(tables_of({**frames, "deals": frames["deals"].drop(columns="rep")}), Owner("East"))
    assert [one.id for one in unnamed.lacking] == ["coaching.nothing_followed"]
    frames["deals"]["status"], frames["deals"]["closed_at"] = "open", pd.NaT
    assert coaching(tables_of(frames)).lacking
    assert STAGES == ("Look", "Offer", "Sign")
