"""What is worked out from tables is worked out once, and a slice has what was asked for from outside, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from salesgoals_kit.data.kept import Kept, handed, once

CALLS: list[str] = []


@dataclass(frozen=True)
class Sheet:
    """Something to look at for somebody."""

    whose: str = "all"
    kept: Kept = field(default_factory=Kept)


@once
def inner(of: Sheet, number: int = 1) -> tuple[int, ...]:
    CALLS.append(f"inner {of.whose} {number}")
    return (number, number)


@handed
def outer(word: str, of: Sheet, number: int = 1) -> str:
    CALLS.append(f"outer {of.whose} {word} {number}")
    return f"{word} {sum(inner(of, number))}"


@handed
def refuses(of: Sheet) -> str:
    raise ValueError("no")


@pytest.fixture(autouse=True)
def forgotten() -> None:
    CALLS.clear()


def test_the_same_question_is_worked_out_once_however_it_is_put() -> None:
    sheet = Sheet()
    assert outer("a", sheet) == outer("a", sheet, 1) == outer(word="a", of=sheet, number=1) == "a 2"
    assert CALLS == ["outer all a 1", "inner all 1"]


def test_another_question_owner_or_sheet_is_worked_out_anew() -> None:
    sheet = Sheet()
    for of, word, number in ((sheet, "a", 1), (sheet, "b", 1), (sheet, "a", 2), (Sheet("North", sheet.kept), "a", 1)):
        outer(word, of, number)
    outer("a", Sheet())
    assert [call for call in CALLS if call.startswith("outer")] == [
        "outer all a 1", "outer all b 1", "outer all a 2", "outer North a 1", "outer all a 1",
    ]  # fmt: skip


def test_a_slice_has_what_was_asked_for_from_outside() -> None:
    sheet = Sheet()
    with sheet.kept.asking() as slice_:
        outer("a", sheet)
        inner(sheet, 7)
    assert list(slice_.values()) == ['"a 2"']


def test_a_slice_answers_without_working_anything_out() -> None:
    first = Sheet()
    with first.kept.asking() as slice_:
        outer("a", first)
    CALLS.clear()
    second = Sheet(kept=Kept(written=dict(slice_)))
    assert outer("a", second) == "a 2"
    assert CALLS == []
    assert outer("b", second) == "b 2"
    assert CALLS == ["outer all b 1", "inner all 1"]


def test_what_was_asked_earlier_is_in_a_later_slice_only_if_asked_again() -> None:
    sheet = Sheet()
    outer("a", sheet)
    with sheet.kept.asking() as slice_:
        outer("b", sheet)
        outer("a", sheet)
    with sheet.kept.asking() as other:
        outer("b", sheet)
    assert [len(slice_), len(other)] == [2, 1]


def test_what_is_refused_is_refused_each_time_and_in_no_slice() -> None:
    sheet = Sheet()
    with sheet.kept.asking() as slice_:
        for _ in range(2):
            with pytest.raises(ValueError, match="no"):
                refuses(sheet)
        outer("a", sheet)
    assert list(slice_.values()) == ['"a 2"']


def test_names_with_tabs_and_line_breaks_do_not_break_the_lines_of_a_slice() -> None:
    sheet = Sheet()
    with sheet.kept.asking() as slice_:
        outer("a\tb\nc", sheet)
    assert not any(sign in key for key in slice_ for sign in "\t\n")
