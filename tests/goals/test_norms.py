"""Norms stand beside the own figure, with their source and year, and judge nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import pytest

from salesgoals_kit.goals.norms import coverage_norm, ramp_norm, share_norm
from salesgoals_kit.kpis.funnel import Coverage
from salesgoals_kit.words import Message

Read = Callable[[Message], str]
JUDGING = re.compile(r"\b(good|bad|healthy|poor|best|worse|should|must|too)\b", re.IGNORECASE)


def test_the_share_expected_to_make_it_is_the_mean_of_the_chances(read: Read) -> None:
    said = share_norm([0.65, 0.5, 0.35, math.nan])
    assert said is not None
    # (0.65 + 0.5 + 0.35) / 3
    assert read(said).startswith("50% of the 3 reps can be expected to make their goals; ")
    assert "60% to 70%, or more, do (Alexander Group, Quota Setting Practices, read in 2026)" in read(said)
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
    assert "3 times (Omega Point, read in 2026), which is a win rate of 33% turned over" in read(said)


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
