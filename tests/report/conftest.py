"""A made-up report for the tests of the page: sentences of its own, blocks, and the notebook that holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from nbformat import NotebookNode, from_dict

from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report import blocks, charts
from salesgoals_kit.report import text as text_module
from salesgoals_kit.report.blocks import Card
from salesgoals_kit.report.canvas import Figure
from salesgoals_kit.report.content import Content, Driver, KeyFigure, Lesson, ProposedGoal, Provenance, TableCount
from salesgoals_kit.report.quantities import Level
from salesgoals_kit.report.shapes import Standing
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Chance, Change, Count, Message, Money, Points, Rate, catalogue, say

WORDS: dict[str, str | dict[str, str]] = {
    "t.headline": "Agree on {value} in revenue: {chance}, and the most that today's team can carry",
    "t.lead": "Demand alone would allow {demand}. Three of nine people still ramp, and that is what binds until May.",
    "t.plain": "Deals close late in the quarter.",
    "t.revenue": "revenue",
    "t.win_rate": "win rate",
    "t.churn": "monthly churn",
    "t.on": "{change} on {base}",
    "t.worth": "worth {value} of margin a year",
    "t.at_most": "at most {lost} of {accounts} accounts",
    "t.binds": "Capacity binds by {value}.",
    "t.hire": "One experienced hire in January would loosen it by about {value} this quarter.",
    "t.whose": "{name} carries {value}",
    "t.of": "{what} of {name}",
    "t.teams": {"by": "teams", "one": "team {teams}", "few": "few {teams}", "other": "teams {teams}"},
    "t.deals": {"by": "n", "one": "{n} deal", "few": "{n} few", "many": "{n} many", "other": "{n} deals"},
    **{f"t.heading_{i}": text for i, text in enumerate(
        (
            "Business as usual brings €1.05M to €1.3M, four times in five",
            "March brings as much as January and February together",
            "Growth slowed in the last year",
            "People who are still learning are what binds",
            "Two of three goals of the last quarter were reached",
            "Recurring revenue grew by €25K in two months",
            "What goes with it, month by month",
        )
    )},
    "t.season": "{month} is the busiest month of a usual year, {change} above the mean.",
    "t.col": "{name}",
    "t.plain_number": "{x}",
}  # fmt: skip

SEASON = [0.8, 0.85, 1.2, 0.9, 0.95, 1.25, 0.8, 0.75, 1.15, 1.0, 1.05, 1.4]


@pytest.fixture(scope="session", autouse=True)
def _own_words() -> Iterator[None]:
    """Let the tests have sentences that the catalogue need not have."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_module, "catalogue", lambda language: {**catalogue("en"), **WORDS})
        yield


@pytest.fixture(scope="session")
def texts() -> Texts:
    return Texts("en_GB", "en", "EUR")


@pytest.fixture(scope="session")
def months() -> pd.DataFrame:
    """Four years of months: a season, a trend, some noise."""
    season = np.tile(SEASON, 4)
    value = 300_000 * 1.004 ** np.arange(48) * season * np.random.default_rng(1).normal(1, 0.05, 48)
    return pd.DataFrame({"month": pd.date_range("2022-01-01", periods=48, freq="MS"), "value": value})


@pytest.fixture(scope="session")
def quarters(months: pd.DataFrame) -> pd.DataFrame:
    names = [str(period) for period in pd.period_range("2022Q1", "2025Q4", freq="Q")]
    values = months["value"].to_numpy().reshape(16, 3).sum(axis=1)
    return pd.DataFrame({"period": names, "value": values, "growth": pd.Series(values).pct_change(4)})


@pytest.fixture(scope="session")
def outlook() -> Outlook:
    draws = np.random.default_rng(2).normal(1_180_000, 90_000, 1000)
    fan = np.array([[level * 300_000 * month for month in (0.85, 0.9, 1.25)] for level in (0.85, 0.92, 1, 1.08, 1.16)])
    return Outlook(
        kpi="revenue", owner=Owner("Central"), period=parse_period("2026Q1"), better="higher", draws=draws,
        counts=None, method="prophet", step=None, calibrated=False, history_months=48, yearly_season=True, notes=(),
        unit="money", fan=fan,
    )  # fmt: skip


@pytest.fixture(scope="session")
def content(outlook: Outlook) -> Content:
    return Content(
        template="goal_setting", company="Acme", owner=Owner("Central"), period="2026Q1",
        first_day=date(2026, 1, 1), last_day=date(2026, 3, 31), as_of=date(2025, 12, 31), snapshot="9f2c41d0" * 8,
        headline=say("t.headline", value=Money(1_180_000), chance=Chance(0.52)),
        lead=say("t.lead", demand=Money(1_270_000)),
        provenance=Provenance(
            kit="1.0.0",
            tables=(TableCount("deals", 8245, 8214, 31, date(2022, 1, 3), date(2025, 12, 31)),),
            unknown=(say("t.plain"),), methods=(say("t.plain"),), parameters={"team": "Central", "seed": 0},
        ),
        locale="en_GB", language="en", currency="EUR", backfilled=True, preliminary=True,
        figures=(KeyFigure("revenue", say("t.revenue"), Money(1_144_600), "2025Q1", "money", 1_144_600.0),),
        goals=(ProposedGoal("revenue", "target", 1_180_000.0, 0.5, say("t.plain"), money=True),),
        outlooks=(outlook.as_record(),), drivers=(Driver("win_rate", 0.27, "rate"),),
        lessons=(Lesson(say("t.plain")),), findings=(say("t.heading_0"),),
    )  # fmt: skip


def column(name: str, kind: str, title: str | None = None) -> Column:
    return Column(name, say("t.col", name=title or name), cast("Any", kind))


@pytest.fixture(scope="session")
def pieces(
    _own_words: None, texts: Texts, months: pd.DataFrame, quarters: pd.DataFrame, outlook: Outlook
) -> list[blocks.Block]:
    """Every kind of block there is, as a report would order them."""
    levels = [Level(name, outlook.goal(p), p) for name, p in (("commit", 0.8), ("target", 0.5), ("stretch", 0.2))]
    profile = pd.DataFrame(
        {"month": range(1, 13), "factor": [0.8, 0.85, 1.2, 0.9, 0.95, 1.25, 0.8, 0.75, 1.15, 1, 1.05, 1.4]}
    )
    people = pd.DataFrame({
        "rep": ["A. Nowak", "B. Okafor", "C. Silva", "محمد علي"],
        "tenure_months": [49.0, 25.0, 3.0, np.nan], "ramping": [False, False, True, None],
    })  # fmt: skip
    rows = [
        Standing(say("t.revenue"), "money", "higher", 1.18e6, 1.21e6, 1.05e6, 1.3e6),
        Standing(say("t.churn"), "rate", "lower", 0.02, 0.023, 0.015, 0.028),
        Standing(say("t.win_rate"), "rate", "higher", 0.3, 0.31, 0.26, 0.34),
    ]
    bridge = pd.DataFrame({
        "month": pd.to_datetime(["2025-11-01", "2025-12-01"]), "start": [400e3, 412e3], "new": [20e3, 21e3],
        "expansion": [5e3, 6e3], "contraction": [3e3, 2e3], "churn": [10e3, 12e3], "end": [412e3, 425e3],
    })  # fmt: skip
    heads = [blocks.heading(texts, Message(f"t.heading_{i}", {})) for i in range(7)]
    hire = say("t.hire", value=Money(40_000))
    return [
        _cards(texts, levels),
        blocks.group(heads[0], charts.draw_outlook(texts, quarters, outlook, levels, finding=say("t.heading_0"))),
        charts.draw_months_ahead(texts, months, outlook, finding=say("t.heading_1")),
        blocks.group(heads[1], charts.draw_season(texts, profile, finding=_season())),
        charts.draw_history(texts, months, "money", finding=say("t.heading_1")),
        blocks.group(heads[2], charts.draw_growth(texts, quarters, finding=say("t.heading_2"))),
        blocks.group(heads[3], charts.draw_tenure(texts, people, finding=say("t.heading_3"))),
        blocks.paragraph(texts, hire, lead=say("t.binds", value=Money(90_000))),
        blocks.bullets(texts, [say("t.plain"), hire]),
        blocks.group(heads[4], charts.draw_review(texts, rows, finding=say("t.heading_4"))),
        blocks.group(heads[5], charts.draw_bridge(texts, bridge, finding=say("t.heading_5"))),
        blocks.heading(texts, say("t.heading_6"), level=3),
        _table(texts),
    ]


def _season() -> Message:
    return say("t.season", month="2025-12", change=Change(0.4))


def _cards(texts: Texts, levels: list[Level]) -> blocks.Block:
    beside = (levels[0], levels[2])
    grown = say("t.on", change=Change(0.031), base="2025Q1")
    at_most = say("t.at_most", lost=Count(1), accounts=Count(60))
    worth = say("t.worth", value=Money(48_000))
    return blocks.goal_cards(texts, [
        Card(say("t.revenue"), Money(1_180_000), "money", 0.52, grown, beside),
        Card(say("t.win_rate"), Rate(0.31), "rate", 0.44, say("t.on", change=Points(0.04), base="2025Q1")),
        Card(say("t.churn"), at_most, "rate", 0.58, None, (), worth),
    ])  # fmt: skip


def _table(texts: Texts) -> blocks.Block:
    frame = pd.DataFrame({
        "month": pd.to_datetime(["2026-01-01", "2026-02-01", "2026-03-01"]), "goal": [305_000, 352_000, 523_000],
        "share": [0.26, 0.3, 0.443], "chance": [0.55, 0.51, 0.5], "before": [298_400.4, 341_900.0, np.nan],
        "who": ["A. Nowak", "B. Okafor", "C. Silva"],
    })  # fmt: skip
    columns = [
        column("month", "month", "Month"), column("goal", "money", "Goal"),
        column("share", "rate", "Share of a usual quarter"), column("chance", "chance", "Chance"),
        column("before", "money", "Same month last year"), column("who", "name", "Who"),
    ]  # fmt: skip
    return table(texts, frame, columns, name="phasing", caption=say("t.plain"))


@pytest.fixture(scope="session")
def notebook_of() -> Callable[..., NotebookNode]:
    """Give a function that makes an executed notebook of what its cells show, as IPython would record it."""

    def make(*shown: object, extra: list[dict[str, Any]] | None = None) -> NotebookNode:
        cells = [{"cell_type": "markdown", "metadata": {}, "source": "# For the analyst: `secret()`"}]
        for thing in shown:
            found = cast("Any", thing)._repr_mimebundle_()
            data, metadata = found if isinstance(found, tuple) else (found, {})
            output = {"output_type": "display_data", "data": data, "metadata": metadata}
            cells.append(_code([output]))
        for output in extra or []:
            cells.append(_code([output]))
        notebook: NotebookNode = cast("Any", from_dict)(
            {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
        )
        return notebook

    return make


def _code(outputs: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "source": "import secret_code",
        "outputs": outputs,
    }


@pytest.fixture(scope="session")
def report(
    pieces: list[blocks.Block], content: Content, notebook_of: Callable[..., NotebookNode]
) -> tuple[NotebookNode, Content]:
    found = tuple(piece.chart for piece in pieces if isinstance(piece, Figure))
    whole = replace(content, charts=found)
    return notebook_of(*pieces, whole), whole


STAMP = {"made": "2026-01-02T10:12:00+00:00", "kit": "1.0.0"}


@pytest.fixture
def stamp() -> dict[str, str]:
    return dict(STAMP)
