"""Norms stand beside the own figure, with their source and year, and judge nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from salesgoals_kit.goals.carriers import Share
from salesgoals_kit.goals.norms import coverage_norm, ramp_norm, share_norm, wanted_share
from salesgoals_kit.kpis.funnel import Coverage
from salesgoals_kit.owners import Owner
from salesgoals_kit.words import Message

Read = Callable[[Message], str]
JUDGING = re.compile(r"\b(good|bad|healthy|poor|best|worse|should|must|too)\b", re.IGNORECASE)


def test_the_share_expected_to_make_it_is_the_mean_of_the_chances(read: Read) -> None:
    said = share_norm([0.65, 0.5, 0.35, math.nan])
    assert said is not None
    # (0.65 + 0.5 + 0.35) / 3
    assert read(said).startswith("50% of the 3 reps can be expected to make their goals; ")
    assert "60% to 70%, or more, do (Alexander Group, Quota Setting Practices (2026))" in read(said)
    assert share_norm([]) is None
    assert share_norm([math.nan]) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            2.9,
            "At a win rate of 27%, open deals of 3.7 times what is still to be won are needed, and there are 2.9",
        ),
        (math.nan, "At a win rate of 27%, open deals of 3.7 times what is still to be won are needed; a common rule"),
    ],
)
def test_the_coverage_needed_is_the_own_win_rate_turned_over(read: Read, value: float, words: str) -> None:
    said = coverage_norm(Coverage(0.0, 0.0, value, 1 / 0.27, True, ()))
    assert said is not None
    assert read(said).startswith(words)
    assert "3 times (Omega Point 2026), which is a win rate of 33% turned over" in read(said)


def test_without_a_win_rate_no_coverage_is_needed_that_anybody_knows() -> None:
    assert coverage_norm(Coverage(1.0, 1.0, 1.0, math.nan, True, ())) is None


def test_the_own_ramp_stands_beside_that_of_others(read: Read) -> None:
    assert read(ramp_norm(8.04, 6.5, 9.5, 14)) == (
        "A new rep takes 8 months here to full productivity (6.5 months to 9.5 months, from 14 hires); "
        "elsewhere half take 5 months or less (Bridge Group 2024)"
    )


def test_no_norm_judges(read: Read) -> None:
    said = [share_norm([0.2]), coverage_norm(Coverage(0, 0, 1.0, 4.0, True, ())), ramp_norm(9, 8, 10, 1)]
    for message in said:
        assert message is not None
        assert not JUDGING.search(read(message))
        assert re.search(r"\b20\d\d\b", read(message))


def shares_of(*reps: tuple[float, float, float, float]) -> list[Share]:
    """A team's goal and its reps': what each is asked for and with what chance, what he would propose and with what."""
    team = Owner("North")
    found = [Share(team, None, 0, "revenue", sum(rep[0] for rep in reps), 0.0, 0.5, 0.5, 3.0)]
    for i, (value, chance, own, before) in enumerate(reps):
        found.append(Share(Owner("North", f"rep {i}"), team, 1, "revenue", value, own, before, chance, 1.0))
    return found


def test_the_goal_that_would_bring_it_to_the_norm_is_what_the_reps_propose_together(read: Read) -> None:
    """300 and 500 are asked for, 210 and 350 would be proposed: 560 in place of 800."""
    said = wanted_share(shares_of((300.0, 0.4, 210.0, 0.66), (500.0, 0.3, 350.0, 0.64)))
    assert said is not None
    assert read(said).startswith(
        "For 65% of them to be expected to make theirs the goal of team North would have to be about €560, €240 less"
    )
    assert wanted_share(shares_of((200.0, 0.7, 210.0, 0.66))) is None
    assert wanted_share(shares_of()) is None
    over = shares_of((330.0, 0.4, 210.0, 0.66), (550.0, 0.3, 350.0, 0.64))
    over[0] = replace(over[0], value=800.0)  # asked for 110 % together: the goal falls in proportion
    assert "about €509" in read(wanted_share(over, 1.1) or said)
    held = [*shares_of((300.0, 0.4, 210.0, 0.66), (500.0, 0.3, 350.0, 0.64))]
    held[0] = replace(held[0], value=750.0)  # more is agreed below: what the reps propose together is what it was
    assert "about €560" in read(wanted_share(held) or said)
