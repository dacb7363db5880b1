"""What the company file says of the tree: the rule, asking for more, who is away, who is going to be hired."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.goals.capacity import Hire
from salesgoals_kit.goals.carried import goal_tree, terms_of
from salesgoals_kit.goals.feasibility import planned
from salesgoals_kit.goals.full_times import away_of, carries
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period

END = date(2025, 12, 31)
Q1 = parse_period("2026Q1")
REVENUE = CATALOGUE["revenue"]


def company_of(**given: Any) -> Company:
    sources = {name: {"path": f"{name}.csv"} for name in ("deals", "reps")}
    return Company.model_validate(
        {"version": 1, "name": "Acme", "sources": sources, "teams": [{"name": "A"}, {"name": "B"}], **given}
    )


def tables_of(**given: Any) -> Tables:
    rng = np.random.default_rng(5)
    days = pd.date_range("2024-01-03", "2025-12-20", freq="5D")
    reps = np.array(["a1", "a2", "b1"])[rng.integers(0, 3, len(days))]
    deals = pd.DataFrame(
        {
            "deal_id": [str(i) for i in range(len(days))],
            "status": "won",
            "rep": reps,
            "closed_at": days,
            "amount": rng.integers(500_00, 2_000_00, len(days)) * np.where(reps == "b1", 3, 1),
        }
    )
    staff = pd.DataFrame({"rep": ["a1", "a2", "b1"], "team": ["A", "A", "B"]})
    return tables_from_frames({"deals": deals, "reps": staff}, company_of(**given), END)


def test_the_company_file_says_by_what_rule_and_how_much_more(tmp_path: Path) -> None:
    book = Book(tmp_path)
    even = goal_tree(tables_of(tree={"rule": "equal_chance"}), COMPANY, Q1, book, REVENUE, 30_000.0)
    split = even.split(COMPANY)
    assert even.rule == "equal_chance" and split is not None and split.common is not None
    chances = [share.chance for share in even.below(COMPANY)]
    assert chances == pytest.approx([split.common] * 2, abs=0.02)
    more = goal_tree(tables_of(tree={"over": 1.1}), COMPANY, Q1, book, REVENUE, 30_000.0)
    assert sum(round(share.value * 100) for share in more.below(COMPANY)) == 33_000_00
    assert terms_of(company_of()).over == 1.0


def test_who_is_away_carries_less_and_a_name_nobody_has_is_told(tmp_path: Path) -> None:
    away = [
        {"rep": "a1", "from": "2026-01-01", "to": "2026-02-14"},
        {"rep": "zoe", "from": "2026-01-01", "to": "2026-01-01"},
    ]
    tables = tables_of(away=away)
    found = carries(tables, Owner("A"), Q1, away_of(tables.company))
    # 64 weekdays; the first 32 of them are those to 13 February
    assert found[Owner("A", "a1")].now == pytest.approx(0.5)
    assert found[Owner("A", "a2")].now == 1.0
    book = Book(tmp_path)
    whole = goal_tree(tables_of(), COMPANY, Q1, book, REVENUE, 30_000.0)
    less = goal_tree(tables, COMPANY, Q1, book, REVENUE, 30_000.0)
    one = Owner("A", "a1")
    before, after = whole.share(one), less.share(one)
    assert before is not None and after is not None and after.value < before.value
    assert any(note.id == "tree.away_unknown" for note in less.notes)
    assert not any(note.id == "tree.away_unknown" for note in whole.notes)


def test_hires_to_come_count_and_those_who_were_to_start_already_are_in_the_table_of_reps() -> None:
    hires = [{"team": "A", "month": "2025-12"}, {"team": "A", "month": "2026-02", "count": 2}]
    assert planned(tables_of(hires=hires)) == [Hire(parse_period("2026-02").first, 2, "A")]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"away": [{"rep": "a", "from": "2026-02-30", "to": "2026-03-01"}]}, "is no day"),
        ({"away": [{"rep": "a", "from": "2026-03-02", "to": "2026-03-01"}]}, "2026-03-01 is before 2026-03-02"),
        ({"hires": [{"team": "A", "month": "2026Q1"}]}, "pattern"),
        ({"hires": [{"team": "A", "month": "2026-01", "count": 0}]}, "greater than or equal to 1"),
        ({"tree": {"rule": "even"}}, "'potential' or 'equal_chance'"),
        ({"tree": {"over": 0.9}}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_is_a_fault_of_the_company_file(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        company_of(**given)
