"""Whatever is frozen in whatever order: versions count on, one stands, and nothing that was said is lost."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from salesgoals_kit.company import Company
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.freeze import Frozen
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import GoalRow

DAYS = st.dates(date(2025, 10, 1), date(2025, 12, 31))
TEXTS = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=40)
OWNERS = st.one_of(
    st.just(COMPANY), TEXTS.map(lambda name: Owner(name)), st.tuples(TEXTS, TEXTS).map(lambda names: Owner(*names))
)
HISTORY = st.lists(st.tuples(st.integers(0, 3), DAYS), min_size=1, max_size=8)


def ledger_in(folder: str) -> Ledger:
    sources = {"deals": {"path": "d.csv"}}
    company = Company.model_validate({"version": 1, "name": "Acme", "sources": sources, "store": folder})
    return Ledger(open_store(company, {}), lambda: datetime(2025, 12, 31, tzinfo=UTC))


def goal(**words: Any) -> GoalRow:
    basic = {"owner": COMPANY, "period": "2026Q1", "template": "goal_setting", "kpi": "win_rate", "level": "target"}
    return GoalRow(**{**basic, "as_of": date(2025, 12, 1), "value": 0.3, **words})


@settings(max_examples=25, deadline=None)
@given(history=HISTORY)
def test_versions_form_one_chain(history: list[tuple[int, date]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger = ledger_in(folder)
        said: list[tuple[int, date]] = []  # the naive twin: what differs from the last is added
        for value, day in history:
            expected = Frozen(same=1) if said and said[-1][0] == value else Frozen(changed=1) if said else Frozen(new=1)
            assert ledger.freeze([goal(value=float(value), as_of=day)]) == expected
            if expected.same == 0:
                said.append((value, day))
        found = ledger.goals()
        assert [(row.value, row.as_of) for row in found] == said
        assert [row.version for row in found] == list(range(1, len(said) + 1))
        assert [row.state for row in found] == ["superseded"] * (len(said) - 1) + ["proposed"]
        assert ledger.goals(current=True) == found[-1:]
        for day in (date(2025, 9, 30), date(2025, 11, 15), date(2025, 12, 31)):
            known = [value for value, of in said if of <= day][-1:]
            assert [row.value for row in ledger.visible(COMPANY, "2026Q1", "review", day).goals] == known


@settings(max_examples=40, deadline=None)
@given(
    owner=OWNERS,
    value=st.floats(-1e12, 1e12, allow_nan=False),
    money=st.booleans(),
    chance=st.none() | st.floats(0, 1),
    objective=st.none() | TEXTS,
)
def test_any_goal_comes_back_as_it_was_and_is_the_same_again(
    owner: Owner, value: float, money: bool, chance: float | None, objective: str | None
) -> None:
    row = goal(owner=owner, value=value, money=money, chance=chance, objective=objective)
    with tempfile.TemporaryDirectory() as folder:
        ledger = ledger_in(folder)
        assert ledger.freeze([row]) == Frozen(new=1)
        assert ledger.freeze([row]) == Frozen(same=1)
        (back,) = ledger.goals(owner)
        assert (back.owner, back.chance, back.objective, back.money) == (owner, chance, objective, money)
        assert back.value == (round(value * 100) / 100 if money else value)
