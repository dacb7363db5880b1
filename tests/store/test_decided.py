"""How things ended, as the ledger holds it: versions of final figures, kept promises, lessons of an older ledger."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from salesgoals_kit.company import Company
from salesgoals_kit.owners import Owner
from salesgoals_kit.store import engine
from salesgoals_kit.store.encode import columns
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.messages import message_record
from salesgoals_kit.store.migrate import MIGRATIONS, migrate
from salesgoals_kit.store.rows import FinalRow, GoalRow, LessonRow
from salesgoals_kit.words import Message, Money

MakeCompany = Callable[..., Company]
MakeGoal = Callable[..., GoalRow]
CENTRAL, SETTLED, JULY = Owner("Central"), date(2026, 4, 5), date(2026, 7, 5)
LEARNED = Message("follow.lesson_agreed_reached", {"kpi": Message("kpis.title_revenue"), "goal": Money(1.0)})


def final(value: float | None, **given: Any) -> FinalRow:
    basic: dict[str, Any] = {"owner": CENTRAL, "period": "2026Q1", "template": "review", "kpi": "revenue"}
    row = {"as_of": SETTLED, "final_on": SETTLED, "value": value, "money": True, "snapshot": "aa"}
    return FinalRow(**{**basic, **row, **given})


def test_every_version_of_a_final_figure_is_kept_with_the_data_it_is_from(ledger: Ledger) -> None:
    ledger.freeze([final(100.0), final(5.0, kpi="cac")])
    ledger.freeze([final(100.0, snapshot="bb")])  # the same again is no version
    ledger.freeze([final(110.0, snapshot="cc")])
    ledger.freeze([final(120.0, snapshot="dd", as_of=date(2026, 5, 1))])
    rows = [(row.kpi, row.version, row.value, row.snapshot) for row in ledger.final_versions("2026Q1", SETTLED)]
    assert rows == [("cac", 1, 5.0, "aa"), ("revenue", 1, 100.0, "aa"), ("revenue", 2, 110.0, "cc")]
    assert len(ledger.final_versions("2026Q1", JULY)) == 4
    assert ledger.final_versions("2026Q2", JULY) == []
    assert [row.reason for row in ledger.final_versions("2026Q1", JULY) if row.version > 1] == ["new_data", "new_data"]


def test_agreed_goals_stand_beside_the_figures_that_decide_them(ledger: Ledger, make_goal: MakeGoal) -> None:
    does = {"what": "demos", "metric": "win_rate"}
    agreed = {"agreed_on": date(2025, 12, 20), "agreed_by": "Ann", "initiative": does}
    ledger.agree([make_goal(**agreed), make_goal(**agreed, kpi="cac"), make_goal(**agreed, period="2026Q2")])
    ledger.freeze([make_goal(), final(9.0), final(8.0, owner=Owner("West"))])
    ((goal, came),) = ledger.promises("2026Q3", "review", JULY)
    assert (goal.level, goal.initiative, came.value) == ("agreed", does, 9.0)
    assert ledger.promises("2026Q3", "review", date(2026, 4, 4)) == [], "the figure is not known yet"
    assert ledger.promises("2026Q1", "review", JULY) == [], "a review does not see what it wrote itself"


def test_lessons_keep_their_facts(ledger: Ledger) -> None:
    lesson: dict[str, Any] = {"owner": CENTRAL, "period": "2026Q1", "template": "review", "as_of": SETTLED}
    facts: tuple[dict[str, str | float], ...] = ({"kind": "goal", "kpi": "revenue", "goal": 1.0, "actual": 2.5},)
    ledger.freeze([LessonRow(messages=(LEARNED,), facts=facts, **lesson)])
    again = ledger.freeze([LessonRow(messages=(LEARNED,), facts=facts, **lesson)])
    assert (again.same, again.changed) == (1, 0)
    (row,) = ledger.visible(CENTRAL, "2026Q2", "goal_setting", JULY).lessons
    assert (row.messages, row.facts) == ((LEARNED,), facts)
    assert ledger.freeze([LessonRow(messages=(LEARNED,), facts=({"kind": "goal"},), **lesson)]).changed == 1


def test_an_older_ledger_is_brought_up_to_date_and_its_lessons_stay_readable(
    make_company: MakeCompany, environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, older, ignore=shutil.ignore_patterns("__pycache__", "v000[!1]*"))
    with monkeypatch.context() as patch:
        patch.setattr(engine, "migrate", partial(migrate, folder=older))
        with open_store(make_company(), environ) as store, store.writing() as connection:
            moment = datetime(2026, 4, 6, tzinfo=UTC)
            connection.execute(
                text("INSERT INTO runs (company, template, kit, recorded_at) VALUES ('Acme', 'review', '0', :moment)"),
                {"moment": moment},
            )
            row = LessonRow(owner=CENTRAL, period="2026Q1", template="review", as_of=SETTLED, messages=(LEARNED,))
            names = "run, company, team, period, owner_key, row_key, version, state, as_of, recorded_at, backfilled"
            written = cells_of(row, store.company)
            connection.execute(
                text(
                    f"INSERT INTO lessons ({names}, content, preliminary, messages) VALUES "
                    "(1, 'Acme', 'Central', '2026Q1', :owner_key, :row_key, 1, 'issued', '2026-04-05', :moment, :no, "
                    ":content, :no, :messages)"
                ),
                {**written, "moment": moment, "no": False},
            )
    with open_store(make_company(), environ) as store:
        ledger = Ledger(store)
        (found,) = ledger.visible(CENTRAL, "2026Q2", "goal_setting", JULY).lessons
        assert (found.messages, found.facts, found.version) == ((LEARNED,), (), 1)
        assert ledger.freeze([row]).same == 1, "what was kept before is known again"
        assert ledger.freeze([LessonRow(**{**vars(row), "facts": ({"kind": "goal"},)})]).changed == 1
        with pytest.raises(SQLAlchemyError, match="what is frozen never changes"), store.writing() as connection:
            connection.execute(text("UPDATE lessons SET facts = NULL WHERE version = 2"))


def cells_of(row: LessonRow, company: str) -> dict[str, str]:
    """Return the cells of a row as the first ledger wrote them."""
    cells = columns(row, company, 100)
    messages = json.dumps([message_record(message) for message in row.messages])
    return {**{name: cells[name] for name in ("owner_key", "row_key", "content")}, "messages": messages}
