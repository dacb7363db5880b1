"""The rows of a workbook, of people who work for several teams."""

from __future__ import annotations

from pathlib import Path

from salesgoals_kit.forecast.book import Book
from salesgoals_kit.owners import Owner
from salesgoals_kit.run.planned import plan_rows
from tests.goals.test_above import Q1, agreed, shared


def test_no_chance_is_told_of_a_whole_goal_by_the_outlook_of_one_team(tmp_path: Path) -> None:
    """Ann sells for two teams: what North expects of her says nothing of all that was agreed with her."""
    tables = shared()
    rows = [agreed(Owner(rep="ann"), 60_000.0), agreed(Owner(rep="bob"), 50_000.0)]
    for teams in ([], ["North"]):
        found = {row.owner.rep: row.months for row in plan_rows(tables, Q1, teams, Book(tmp_path), rows)}
        assert sum(round(month.proposal * 100) for month in found["ann"] if month.proposal) == 60_000_00
        assert all(month.agreed and month.chance is None for month in found["ann"])
        assert all(month.agreed and month.chance is not None for month in found["bob"])
