"""A team is compared with three other teams at least that have like deals: companies of two, three and four teams."""

from __future__ import annotations

import numpy as np
import pytest

from salesgoals_kit.insight.coaching import RepStage, coaching
from salesgoals_kit.insight.losses import losses
from salesgoals_kit.kpis.closings import WHOLE, closings
from salesgoals_kit.kpis.cycles import cycles
from salesgoals_kit.owners import Owner
from tests.insight.funnels import TEAMS, funnel_frames, tables_of

SOUTH = Owner("South")
OTHERS = ("East", "North", "West")


def of(many: int) -> dict[str, tuple[str, ...]]:
    """Return South and so many other teams, with their reps."""
    return {team: TEAMS[team] for team in (*OTHERS[:many], "South")}


@pytest.mark.parametrize("many", [1, 2, 3])
def test_only_three_others_are_others(many: int) -> None:
    tables = tables_of(funnel_frames(4, 4000, teams=of(many)), tuple(of(many)))
    found, days, ends = losses(tables, SOUTH), cycles(tables, SOUTH), closings(tables, SOUTH)
    assert days is not None and ends is not None
    compared = [one for one in found.contrasts if one.said.id == "losses.against_others"]
    assert len(compared) == (3 if many == 3 else 0)
    assert all(np.isfinite(row.others) == (many == 3) for row in found.rows)
    assert days.beside.empty == (many < 3)
    assert (set(ends.wins["group"]) == {WHOLE}) == (many < 3)


def test_a_team_without_like_deals_is_none_of_them() -> None:
    """South renews nothing, and West does nothing else: of three others only two can be compared with."""
    kinds = {"South": 0.0, "West": 1.0}
    tables = tables_of(funnel_frames(4, 4000, renewals=kinds))
    found, days, ends = losses(tables, SOUTH), cycles(tables, SOUTH), closings(tables, SOUTH)
    assert days is not None and ends is not None
    assert all(np.isnan(row.others) for row in found.rows)
    assert days.beside.empty
    assert set(ends.wins["group"]) == {WHOLE}


@pytest.mark.parametrize("many", [1, 2, 3])
def test_a_rep_alone_in_his_team_is_held_against_three_teams_or_nobody(many: int) -> None:
    teams = {**of(many), "South": TEAMS["South"][:1]}
    found = coaching(tables_of(funnel_frames(4, 4000, teams=teams), tuple(teams)), SOUTH)
    assert {row.rep for row in found.rows} == {*teams["South"]}
    assert {row.enough for row in found.rows} == {many == 3}
    assert all(told(row) for row in found.rows)


def told(row: RepStage) -> bool:
    """Whether a figure of his peers stands only where it is compared with."""
    return bool(np.isfinite(row.peers)) == row.enough
