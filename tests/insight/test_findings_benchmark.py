"""The benchmark of findings: what is planted implies what it should and nothing else, and a whole run in small."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.sample import Coaching, LeavingChannel, LeavingMonth, Planted, StageLeak, make_sample
from salesgoals_kit.data.sample.customers import SIZES, hazards
from salesgoals_kit.data.sample.people import REGIONS as SAMPLE_REGIONS
from salesgoals_kit.data.sample.planted import TEAMS
from salesgoals_kit.goals.ramp import Ramp
from salesgoals_kit.insight.contrast import Contrast
from salesgoals_kit.owners import Owner
from salesgoals_kit.words import say
from tests.benchmarks import findings
from tests.benchmarks.implied import REGIONS, SMALLER, World, implied, planted_effect

PLANTED = Planted(
    leak=StageLeak("North", "Proposal", 0.87),
    coaching=Coaching("ann", "South", "Discovery", 0.78),
    channel=LeavingChannel("Partners", 2.3),
    moment=LeavingMonth(7, 2.8),
)
PLACES = {"ann": {"South"}, "bob": {"North"}, "cid": {"Central"}, "dee": {"North", "Central"}, "eve": {"South"}}
WORLD = World(PLANTED, {rep: frozenset(teams) for rep, teams in PLACES.items()}, frozenset({"eve"}))
BARE = replace(WORLD, planted=Planted())
LESS, MORE = False, True  # whether the finding is a good one


def contrast(effect: str, good: bool, **subject: str) -> Contrast:
    return Contrast(effect, tuple(subject.items()), 1.2 if good else 0.8, 0.7, 1.3, 1e-9, good, say("x"))


TRUE = [
    ("stage", LESS, {"team": "North", "stage": "Proposal"}),
    ("stage", MORE, {"team": "Central", "stage": "Proposal"}),
    ("stage", LESS, {"team": "South", "stage": "Discovery"}),  # the coached rep's deals are his team's
    ("stage", MORE, {"team": "Key Accounts", "stage": "Discovery"}),
    ("segment", LESS, {"team": "North"}),
    ("segment", MORE, {"team": "Central"}),
    ("segment", LESS, {"team": "South", "rep": "ann"}),
    ("segment", LESS, {"team": "North", "rep": "bob"}),
    ("segment", MORE, {"team": "Central", "rep": "cid"}),
    ("segment", LESS, {"dimension": "region", "value": "Baltics"}),
    ("coaching", LESS, {"team": "South", "rep": "ann", "stage": "Discovery"}),
    ("coaching", MORE, {"team": "South", "rep": "eve", "stage": "Discovery"}),
    ("coaching", LESS, {"rep": "bob", "stage": "Proposal"}),
    ("coaching", LESS, {"rep": "dee", "stage": "Proposal"}),
    ("leaving", LESS, {"channel": "Partners"}),
    ("leaving", MORE, {"dimension": "channel", "value": "Website"}),
    ("moment", LESS, {"month": "7"}),
]
ALWAYS = [
    ("segment", MORE, {"channel": "Referral"}),
    ("segment", LESS, {"channel": "Outbound"}),
    ("segment", MORE, {"deal_type": "renewal"}),
    ("segment", LESS, {"deal_type": "new"}),
    ("segment", LESS, {"product": "Audit"}),
    ("segment", LESS, {"rep": "eve"}),  # new
    ("coaching", LESS, {"rep": "eve", "stage": "Contract"}),
    ("channel", LESS, {"channel": "Paid search", "measure": "conversion"}),
    ("channel", MORE, {"channel": "Referral", "measure": "cost"}),
    ("cycle", LESS, {"team": "Key Accounts"}),
    ("cycle", MORE, {"team": "North"}),
    ("cycle", LESS, {"size": "Enterprise"}),
    ("cycle", MORE, {"product": "Audit"}),
    ("bunching", LESS, {"team": "North"}),
]
FALSE = [
    ("stage", LESS, {"team": "North", "stage": "Contract"}),
    ("stage", LESS, {"team": "Central", "stage": "Proposal"}),
    ("stage", MORE, {"team": "North", "stage": "Proposal"}),
    ("stage", LESS, {"team": "North", "stage": "Proposal", "against": "past"}),
    ("stage", LESS, {"stage": "Proposal"}),
    ("segment", LESS, {"team": "Central"}),
    ("segment", LESS, {"rep": "cid"}),
    ("segment", MORE, {"team": "North", "region": "Nordics"}),
    ("segment", LESS, {"quarter": "2025Q2"}),
    ("segment", LESS, {"team": "North", "quarter": "2025Q2"}),
    ("segment", LESS, {"industry": "Health"}),
    ("segment", LESS, {"size": "Small"}),
    ("segment", LESS, {"team": "South", "region": "Iberia"}),
    ("segment", LESS, {"channel": "Referral"}),
    ("segment", MORE, {"deal_type": "new"}),
    ("coaching", LESS, {"rep": "ann", "stage": "Contract"}),
    ("coaching", LESS, {"rep": "cid", "stage": "Discovery"}),
    ("coaching", MORE, {"rep": "ann", "stage": "Discovery"}),
    ("leaving", MORE, {"channel": "Partners"}),
    ("leaving", LESS, {"channel": "Website"}),
    ("leaving", LESS, {"region": "Iberia"}),
    ("moment", LESS, {"month": "8"}),
    ("cycle", MORE, {"team": "Key Accounts"}),
    ("cycle", LESS, {"size": "Small"}),
    ("cycle", LESS, {"since": "2025-01"}),
    ("bunching", MORE, {"team": "North"}),
    ("slipping", LESS, {"team": "North"}),
    ("discount", LESS, {"discount": "over 10%"}),
]


@pytest.mark.parametrize(("effect", "good", "subject"), TRUE)
def test_what_is_planted_implies_this_and_nothing_does_where_nothing_is(
    effect: str, good: bool, subject: dict[str, str]
) -> None:
    one = contrast(effect, good, **subject)
    assert implied(one, WORLD)
    assert not implied(one, replace(BARE, new=frozenset()))


@pytest.mark.parametrize(("effect", "good", "subject"), ALWAYS)
def test_what_is_in_the_sample_anyway_implies_this(effect: str, good: bool, subject: dict[str, str]) -> None:
    one = contrast(effect, good, **subject)
    assert implied(one, WORLD)
    assert implied(one, BARE)


@pytest.mark.parametrize(("effect", "good", "subject"), FALSE)
def test_nothing_implies_this(effect: str, good: bool, subject: dict[str, str]) -> None:
    one = contrast(effect, good, **subject)
    assert not implied(one, WORLD)
    assert not implied(one, BARE)


def test_an_effect_that_nobody_has_judged_is_no_silent_pass() -> None:
    with pytest.raises(ValueError, match="'weather'"):
        implied(contrast("weather", LESS, team="North"), WORLD)


def test_the_planted_effects_are_known_by_what_they_are() -> None:
    wanted = {
        "leak": contrast("stage", LESS, team="North", stage="Proposal"),
        "coaching": contrast("coaching", LESS, team="South", rep="ann", stage="Discovery"),
        "channel": contrast("leaving", LESS, channel="Partners"),
        "moment": contrast("moment", LESS, month="7"),
    }
    assert {name: planted_effect(one, PLANTED) for name, one in wanted.items()} == {name: name for name in wanted}
    assert all(planted_effect(replace(one, good=True), PLANTED) is None for one in wanted.values())
    assert planted_effect(contrast("stage", LESS, team="North", stage="Proposal", against="past"), PLANTED) is None
    assert planted_effect(contrast("stage", LESS, team="South", stage="Discovery"), PLANTED) is None
    assert all(planted_effect(one, Planted()) is None for one in wanted.values())
    assert all(implied(one, WORLD) for one in wanted.values()), "what is planted is never false"


def test_the_sample_is_as_it_is_taken_to_be_here() -> None:
    assert [region for team in TEAMS[:3] for region in REGIONS[team]] == list(SAMPLE_REGIONS)
    assert set(SMALLER) < set(SIZES)
    assert hazards(PLANTED, False).argmax() == 6, "the planted month of leaving is counted from 1"
    world = findings.world_of(make_sample(3))
    assert {"North", "Central"} <= set().union(*world.teams.values())
    assert 2 <= len(world.new) < len(world.teams) / 2


def test_a_ramp_is_found_on_its_own_side() -> None:
    def ramp(low: float, high: float) -> Ramp:
        return Ramp((low + high) / 2, low, high, np.linspace(low, high, 100), 9, say("x"))

    assert findings.ramp_is_found(ramp(6, 10), 8.0)
    assert not findings.ramp_is_found(ramp(4, 10), 8.0)
    assert not findings.ramp_is_found(ramp(6, 10), 3.0)
    assert findings.ramp_is_found(ramp(2, 4), 3.0)


@cache
def _planted(seed: int) -> Planted:
    return make_sample(seed).planted


def told_all(tables: Tables, owner: Owner) -> tuple[Contrast, ...]:
    """Stand for a report's contrasts: seed 5's planted effects, a false one, and luck that does not survive."""
    planted = _planted(5)
    assert owner == Owner() and tables.has("deals")
    assert planted.leak and planted.coaching and planted.channel and planted.moment
    return (
        contrast("stage", LESS, team=planted.leak.team, stage=planted.leak.stage),
        contrast("coaching", LESS, rep=planted.coaching.rep, stage=planted.coaching.stage),
        contrast("leaving", LESS, channel=planted.channel.channel),
        replace(contrast("moment", LESS, month=str(planted.moment.month)), p=0.5),
        contrast("segment", LESS, industry="Health"),
        replace(contrast("segment", LESS, industry="Retail"), p=0.2),
    )


def test_a_seed_is_tried_with_and_without_what_is_planted() -> None:
    trial = findings.try_seed(5, told_all)
    wanted = {"leak": True, "coaching": True, "channel": True, "moment": False, "ramp": True, "floor": True}
    assert trial.found == wanted
    assert trial.false_planted == ("segment: industry Health: less, p 1e-09",)
    assert len(trial.false) == 4, "where nothing is planted all that survives is false"
    figures = findings.summarise([trial, replace(trial, seed=6, false=())], [["x"], []])
    assert figures["found"] == {**{k: float(v) for k, v in wanted.items()}, "pooled": 5 / 6}
    assert (figures["false_per_report"], figures["false_per_report_permuted"]) == (2.0, 0.5)
    assert figures["false_by_effect_planted"] == {"segment": 2}


def test_labels_are_dealt_out_anew_and_pairs_stay_together() -> None:
    maven = findings.maven_frames()
    if maven is None:
        pytest.skip("the public data set maven_crm is not beside the checkout")
    frames, company = maven
    seen = []

    def look(tables: Tables, owner: Owner) -> tuple[Contrast, ...]:
        rows = tables.frame("deals").collect("pandas").to_native()
        seen.append(rows)
        return (contrast("segment", LESS, team="East"), contrast("segment", LESS, product="GTX Pro"))

    assert findings.permuted_findings(1, frames, company, look) == ("segment: team East: less, p 1e-09",)
    before, after = frames["deals"].set_index("deal_id"), seen[0].set_index("deal_id")
    assert (before["rep"] != after["rep"].reindex(before.index)).mean() > 0.9
    assert before["rep"].value_counts().to_dict() == after["rep"].value_counts().to_dict()
    teams = before.drop_duplicates("rep").set_index("rep")["team"]
    assert (after["team"] == after["rep"].map(teams)).all()
    assert (before["status"] == after["status"].reindex(before.index)).all()
