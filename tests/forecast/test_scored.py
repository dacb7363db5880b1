"""Scores are worked out once, and the same whoever reads them afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from salesgoals_kit.company import Company
from salesgoals_kit.files import KEPT_FOR, prune
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.scored import all_kept, keep_scores, kept_scores
from salesgoals_kit.forecast.scores import Outcome, score_frame, together
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, parse_period

ACME = Company.model_validate({"version": 1, "name": "Acme", "sources": {"deals": {"path": "deals.csv"}}})


def record(owner: Owner, period: Period, spread: float = 10.0) -> dict[str, Any]:
    draws = np.random.default_rng(3).normal(100, 1, 1000) * spread / 10 + 1 / 3
    return Outlook("revenue", owner, period, "higher", draws, None, "m", None, False, 48, True, ()).as_record()


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    """Of the company, a team and a rep; one of an outlook of a single value, which has no transform."""
    owners = (COMPANY, Owner("Zürich"), Owner("Zürich", "r1"))
    some = [Outcome(record(owner, parse_period("2025Q3")), 100.1, False) for owner in owners]
    return score_frame([*some, Outcome(record(COMPANY, parse_period("2024"), 0.0), 100.0, True)], ACME)


def test_what_was_scored_is_read_again_to_the_last_digit(tmp_path: Path, scores: pd.DataFrame) -> None:
    assert scores["pit"].isna().sum() == 1
    assert kept_scores(tmp_path / "book", "key") is None
    keep_scores(tmp_path / "book", "key", scores)
    again = kept_scores(tmp_path / "book", "key")
    assert again is not None
    assert_frame_equal(again, scores, check_exact=True)
    assert again["rep"].to_list() == [None, None, "r1", None]
    assert kept_scores(tmp_path / "book", "another") is None
    assert [file.name for file in (tmp_path / "book").iterdir()] == ["key.json"]


def test_no_scores_are_read_again_as_none(tmp_path: Path) -> None:
    keep_scores(tmp_path, "key", score_frame([], ACME))
    again = kept_scores(tmp_path, "key")
    assert again is not None
    assert_frame_equal(again, score_frame([], ACME))


@pytest.mark.parametrize("half", ["", "{", "[]", "3", "{}", '{"team": ["North"]}'])
def test_a_file_that_cannot_be_read_is_none(tmp_path: Path, half: str) -> None:
    (tmp_path / "key.json").write_text(half, "utf-8")
    assert kept_scores(tmp_path, "key") is None


def test_what_was_scored_long_ago_goes(tmp_path: Path, scores: pd.DataFrame) -> None:
    keep_scores(tmp_path, "key", scores)
    (tmp_path / "outlook.npz").touch()
    written = (tmp_path / "key.json").stat().st_mtime
    prune(all_kept(tmp_path), written + KEPT_FOR - 60)
    assert (tmp_path / "key.json").exists()
    prune(all_kept(tmp_path), written + KEPT_FOR + 60)
    assert [file.name for file in tmp_path.iterdir()] == ["outlook.npz"]
    assert all_kept(tmp_path / "not there") == []


def test_past_scores_and_new_ones_are_as_if_scored_at_once(scores: pd.DataFrame) -> None:
    empty = score_frame([], ACME)
    assert_frame_equal(together(scores[:2], scores[2:]), scores)
    assert_frame_equal(together(empty, scores), scores)
    assert_frame_equal(together(scores, empty), scores)
    assert_frame_equal(together(empty, empty), empty)
