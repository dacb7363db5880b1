"""From a report's content to the rows the ledger freezes; the runner alone does it, after the notebook succeeded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from salesgoals_kit.company import Company
from salesgoals_kit.goals.deadline import final_on
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report.content import Content
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import DriverRow, FinalRow, GoalRow, LessonRow, OutlookRow, Row


def freeze(company: Company, content: Content) -> bool:
    """Freeze a report's goals, outlooks, drivers, final figures and lessons in one transaction; False: it has none."""
    rows = list(rows_of(content, company))
    if rows:
        Ledger(open_store(company)).freeze(rows)
    return bool(rows)


def rows_of(content: Content, company: Company) -> Iterator[Row]:
    """Yield the ledger's rows of a report's content."""
    for goal in content.goals:
        yield GoalRow(
            **_whose(content, goal.owner),
            kpi=goal.kpi,
            level=goal.level,
            value=goal.value,
            money=goal.money,
            chance=goal.chance,
            objective=goal.objective,
            initiative=None if goal.initiative is None else {"what": goal.initiative},
        )
    for record in content.outlooks:
        yield OutlookRow(**_whose(content, None), kpi=record["kpi"], method=record["method"], record=record)
    for driver in content.drivers:
        money = driver.unit == "money"
        yield DriverRow(
            **_whose(content, driver.owner), name=driver.name, value=driver.value, unit=driver.unit, money=money
        )
    yield from _learned(content, company)


def _learned(content: Content, company: Company) -> Iterator[Row]:
    for figure in content.figures:
        if figure.final:
            yield FinalRow(
                **_whose(content, None),
                kpi=figure.kpi,
                value=figure.value,
                final_on=final_on(figure.kpi, parse_period(content.period, company.fiscal_year_starts), company),
                money=figure.unit == "money",
            )
    if content.lessons:
        said = tuple(lesson.sentence for lesson in content.lessons)
        facts = tuple(lesson.facts for lesson in content.lessons)
        yield LessonRow(**_whose(content, None), messages=said, preliminary=content.preliminary, facts=facts)


def _whose(content: Content, owner: Owner | None) -> dict[str, Any]:
    return {
        "owner": owner or content.owner,
        "period": content.period,
        "template": content.template,
        "as_of": content.as_of,
        "snapshot": content.snapshot,
    }
