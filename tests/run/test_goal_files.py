"""Goals are written into the files that git keeps without a sign of the rest being lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesgoals_kit.documents import load_document
from salesgoals_kit.errors import ParamError
from salesgoals_kit.run.goal_files import NEW, Edit, edited, flow, written_goals

GOAL = {"kpi": "revenue", "owner": {"rep": "Ann"}, "period": "2026-01", "value": 5.25}
LINE = "{kpi: revenue, owner: {rep: Ann}, period: 2026-01, value: 5.25}"
CASES: dict[str, tuple[str, list[int | None], str]] = {
    "nothing": ("version: 1\ngoals: []  # none yet\n", [None], f"version: 1\ngoals:  # none yet\n  - {LINE}\n"),
    "after": (
        "# ours\nversion: 1\ngoals:\n  # first\n  - {kpi: a}  # by phone\n  # last\n",
        [None],
        f"# ours\nversion: 1\ngoals:\n  # first\n  - {{kpi: a}}  # by phone\n  - {LINE}\n  # last\n",
    ),
    "in place": (
        "goals:\n- kpi: a  # gone\n  value: 3 # stays\n# between\n- {kpi: b}\nversion: 1\n",
        [0, None],
        f"goals:\n- {LINE} # stays\n# between\n- {{kpi: b}}\n- {LINE}\nversion: 1\n",
    ),
    "long texts": (
        "goals:\n  - kpi: a\n    reason: |\n      long\n      text\n\n  # next\n  - kpi: b\n    x:\n      y: 1\n",
        [0, 1],
        f"goals:\n  - {LINE}\n\n  # next\n  - {LINE}\n",
    ),
    "windows": ("goals:\r\n  - {kpi: a}\r\n", [None], f"goals:\r\n  - {{kpi: a}}\r\n  - {LINE}\r\n"),
    "no line end": ("goals:\n  - {kpi: a}", [None], f"goals:\n  - {{kpi: a}}\n  - {LINE}\n"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_goal_is_written_and_the_rest_stays(tmp_path: Path, name: str) -> None:
    before, places, after = CASES[name]
    file = tmp_path / "2026-01.yaml"
    file.write_bytes(before.encode())
    assert edited(file, [Edit(GOAL, at) for at in places]) == after


def test_a_new_file_is_one_that_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "2026-01.yaml"
    assert written_goals(file) == []
    file.write_text(edited(file, [Edit(GOAL, None), Edit(GOAL, None)]), "utf-8")
    assert file.read_text("utf-8").startswith(NEW)
    assert written_goals(file) == [GOAL, GOAL]


def test_brackets_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "2026-01.yaml"
    file.write_text("version: 1\ngoals: [{kpi: a}]\n", "utf-8")
    with pytest.raises(ParamError, match=r"2026-01\.yaml, goals: the goals stand in brackets; write each goal"):
        edited(file, [Edit(GOAL, None)])


def test_what_says_nothing_is_left_out() -> None:
    kept = {"what": "calls", "owner": None, "cost": 100.0}
    goal = {"kpi": "revenue", "base": None, "initiative": kept, "reason": "None"}
    assert flow(goal) == "{kpi: revenue, initiative: {what: calls, cost: 100}, reason: None}"


NAMES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12),
    st.sampled_from(
        ["true", "No", "2026", "1e5", "~", "null", "- a", "a: b", "# a", '"', "'", "{", "\\", "=1", "ą 😀", "2026-01"]
    ),
)


@settings(max_examples=150, deadline=None)
@given(name=NAMES, reason=NAMES, value=st.integers(0, 10**14).map(lambda cents: cents / 100))
def test_what_is_written_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, name: str, reason: str, value: float
) -> None:
    goal: dict[str, Any] = {"owner": {"rep": name}, "period": "2026Q1", "value": value, "reason": reason}
    file = tmp_path_factory.mktemp("yaml") / "goals.yaml"
    file.write_text(f"goals:\n  - {flow(goal)}\n", "utf-8", newline="")
    assert load_document(file).content == {"goals": [goal]}
