"""Results written as JSON come back as they were, exactly, and nothing is made from a file but records of the kit."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, parse_period
from salesgoals_kit.words import Count, Message, Money, Name, say

PLAIN = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text()
RECORDS = st.builds(Owner, st.none() | st.text()) | st.builds(Money, st.floats(allow_nan=False)) | st.dates()
NESTED = st.recursive(
    PLAIN | RECORDS,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.tuples(st.text(), st.integers()), inner)
        | st.frozensets(st.text())
    ),
)


@given(NESTED)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert from_json(to_json(value)) == value


@given(st.lists(st.floats(width=64), max_size=20), st.lists(st.none() | st.text(), max_size=20))
def test_frames_keep_every_bit_and_type(numbers: list[float], words: list[str | None]) -> None:
    rows = min(len(numbers), len(words))
    frame = pd.DataFrame(
        {
            "number": np.array(numbers[:rows], dtype="float64"),
            "word": pd.Series(words[:rows], dtype="object"),
            "whole": np.arange(rows),
            "flag": np.arange(rows) % 2 == 0,
            "month": pd.Series(pd.date_range("2024-01-01", periods=rows, freq="MS")).astype("datetime64[us]"),
        }
    )
    again = from_json(to_json(frame))
    pd.testing.assert_frame_equal(again, frame, check_exact=True)
    assert list(again.dtypes) == list(frame.dtypes)


def test_an_unknown_day_and_an_unknown_number_stay_unknown() -> None:
    frame = pd.DataFrame({"day": pd.to_datetime(pd.Series(["2024-02-29", None])), "value": [np.nan, np.inf]})
    again = from_json(to_json(frame))
    pd.testing.assert_frame_equal(again, frame)


def test_records_within_records() -> None:
    value = {
        parse_period("2026Q1", 4): (say("a.b", who=Name("Ann"), n=Count(3), day=date(2026, 1, 1)), np.float64(0.1))
    }
    again: dict[Period, tuple[Message, float]] = from_json(to_json(value))
    assert again == value


def test_the_same_value_has_the_same_text() -> None:
    assert to_json({"a": frozenset({"x", "y", "z"})}) == to_json({"a": frozenset({"z", "x", "y"})})


@pytest.mark.parametrize(
    "kind", ["os:system", "subprocess:Popen", "salesgoals_kit.words:say", "salesgoals_kit.words:Gone"]
)
def test_nothing_is_made_but_records_of_the_kit(kind: str) -> None:
    with pytest.raises((ValueError, AttributeError)):
        from_json(json.dumps({"!": kind, "v": {}}))


@pytest.mark.parametrize("value", [object(), {1, 2}, pd.DataFrame({"a": [1]}, index=[5]), np.zeros((2, 2)), 1 + 2j])
def test_what_has_no_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        to_json(value)
