"""What past scores taught is learned once, and the same whoever asks for it afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from salesgoals_kit.forecast.calibration import Correction
from salesgoals_kit.forecast.learned import learned

FOUND = Correction(shift=0.1 + 0.2, scale=1 / 3, scores=40, periods=2)


def never() -> Correction:
    raise AssertionError("it was to be known by now")


@pytest.mark.parametrize("correction", [FOUND, None])
def test_what_was_learned_is_read_again_to_the_last_digit(tmp_path: Path, correction: Correction | None) -> None:
    assert learned(tmp_path / "book", "key", lambda: correction) == correction
    assert learned(tmp_path / "book", "key", never) == correction
    assert learned(tmp_path / "book", "another", lambda: None) is None
    assert sorted(file.name for file in (tmp_path / "book").iterdir()) == ["another.json", "key.json"]


@pytest.mark.parametrize("half", ["", "{", "[]", "{}", '{"correction": {"shift": 1.0}}', '{"correction": 3}'])
def test_a_file_that_cannot_be_read_is_learned_anew(tmp_path: Path, half: str) -> None:
    (tmp_path / "key.json").write_text(half, "utf-8")
    assert learned(tmp_path, "key", lambda: FOUND) == FOUND
    assert learned(tmp_path, "key", never) == FOUND
