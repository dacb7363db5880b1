"""The catalogue: the names everybody uses, what each KPI needs, and a wording for every sentence the room says."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from salesgoals_kit import kpis
from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.kpis.baseline import baseline
from salesgoals_kit.kpis.bridge import churn_definitions
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.kpis.measure import history
from salesgoals_kit.kpis.needs import available, dimensions, missing
from salesgoals_kit.kpis.rush import quarter_end_rush
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.words import PLACEHOLDER, Message, catalogue

Draw = Callable[..., Tables]
NAMES = [
    *("revenue", "mrr", "arr", "margin", "win_rate", "cycle_days", "qualified_leads"),
    *("logo_churn", "grr", "nrr", "clv", "cac", "coverage"),
]
DEALS = [{"deal_id": "1", "status": "won", "closed_at": date(2024, 1, 1), "amount": 100}]


def test_the_names_are_the_ones_of_the_grammar() -> None:
    assert list(CATALOGUE) == NAMES
    assert all(kpi.name == name for name, kpi in CATALOGUE.items())


def test_over_period_and_better_are_as_designed() -> None:
    over = {name: kpi.over_period for name, kpi in CATALOGUE.items()}
    assert [name for name in NAMES if over[name] == "sum"] == ["revenue", "qualified_leads"]
    assert [name for name in NAMES if over[name] == "last"] == ["mrr", "arr", "coverage"]
    assert [name for name in NAMES if over[name] == "ratio_of_sums"] == ["margin", "win_rate", "cac"]
    assert [name for name in NAMES if over[name] == "every_month"] == ["logo_churn"]
    assert [name for name in NAMES if over[name] == "recompute"] == ["cycle_days", "grr", "nrr", "clv"]
    assert [name for name in NAMES if CATALOGUE[name].better == "lower"] == ["cycle_days", "logo_churn", "cac"]


def test_every_kpi_has_a_title_a_definition_and_a_source() -> None:
    words = catalogue("en")
    for kpi in CATALOGUE.values():
        assert kpi.title.id in words
        assert kpi.definition.id in words
        assert kpi.source


def test_a_kpi_names_the_tables_it_lacks(make_tables: Callable[..., Tables]) -> None:
    tables = make_tables(deals=DEALS)
    assert {name: missing(name, tables) for name in NAMES} == {
        "revenue": (),
        **dict.fromkeys(("mrr", "arr", "logo_churn", "grr", "nrr", "clv"), ("subscriptions",)),
        "margin": ("deals.cost",),
        "win_rate": (),
        "cycle_days": ("deals.created_at",),
        "qualified_leads": ("leads",),
        "cac": ("deals.account_id", "spend"),
        "coverage": (),
    }
    assert available(tables) == ("revenue", "win_rate", "coverage")


def test_an_owner_that_the_tables_do_not_name_lacks_a_column(make_tables: Callable[..., Tables]) -> None:
    tables = make_tables(deals=[{**DEALS[0], "rep": "Ann"}])
    assert missing("revenue", tables, Owner(rep="Ann")) == ()
    assert missing("revenue", tables, Owner("North")) == ("deals.team",)
    reps = [{"rep": "Ann", "team": "North"}]
    assert missing("revenue", make_tables(deals=[{**DEALS[0], "rep": "Ann"}], reps=reps), Owner("North")) == ()


def test_costs_that_count_elsewhere_make_no_margin(make_tables: Callable[..., Tables]) -> None:
    cost = {"month": date(2024, 1, 1), "category": "x", "amount": 1, "kind": "fixed", "counted_in": "spend"}
    assert missing("margin", make_tables(deals=DEALS, costs=[cost])) == ("deals.cost",)  # either would do
    assert missing("margin", make_tables(deals=DEALS, costs=[{**cost, "counted_in": "margin"}])) == ()


def test_recurring_revenue_is_not_asked_for_a_column_that_there_cannot_be(
    make_tables: Callable[..., Tables], make_company: Callable[..., Company]
) -> None:
    row = {"subscription_id": "1", "account_id": "x", "started_at": date(2024, 1, 1), "mrr": 100}
    tables = make_tables(company=make_company(revenue="mrr"), subscriptions=[row])
    assert missing("margin", tables) == ("costs",)


def test_a_split_needs_the_column_in_every_table_that_is_used(draw: Draw, frames: dict[str, pd.DataFrame]) -> None:
    tables = draw(frames=frames)
    assert dimensions("revenue", tables) == ("team", "rep", "channel", "product", "region", "deal_type")  # no family
    assert dimensions("cac", tables) == ("channel", "team")
    assert dimensions("mrr", tables) == ("team", "plan")
    assert dimensions("cac", draw(revenue="mrr", frames=frames)) == ("team",)
    without = {name: rows.drop(columns="channel", errors="ignore") for name, rows in frames.items() if name != "spend"}
    assert dimensions("cac", draw(frames=without)) == ("team",)  # wages are of no channel


def test_every_sentence_the_room_says_has_its_wording_and_every_wording_is_said() -> None:
    """Ids that are put together (``kpis.title_{name}``) are known by their beginning."""
    said: set[str] = set()
    for module in Path(kpis.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                said.add(_pattern(node.args[0]))
    worded = {name for name in catalogue("en") if name.startswith("kpis.")}
    whole = {name for name in said if not name.endswith("*")}
    begun = tuple(name[:-1] for name in said if name.endswith("*") and name != "kpis.*")
    assert {name for name in whole if name.startswith("kpis.")} - worded == set()  # others' are worded where they are
    seen = {"kpis.rush_seen", "kpis.rush_not_seen"}  # chosen between by name
    seen |= {"kpis.open_without_amount", "kpis.due_without_amount"}
    assert {name for name in worded - whole - seen if not name.startswith(begun)} == set()


def _pattern(node: ast.expr) -> str:
    first = node.values[0] if isinstance(node, ast.JoinedStr) else node
    assert isinstance(first, ast.Constant)
    assert isinstance(first.value, str)
    return first.value + "*" * isinstance(node, ast.JoinedStr)


def _all_said(tables: Tables) -> Iterator[Message]:
    for owner in (COMPANY, Owner("North"), Owner(rep="Ann")):
        for name in available(tables, owner):
            yield from history(name, tables, owner).notes
        yield from make_up(tables, owner).notes
    for name in ("revenue", "nrr"):
        yield from baseline(tables, COMPANY, parse_period("2026"), name).notes
    yield quarter_end_rush(tables).sentence
    yield churn_definitions(tables).sentence


@pytest.mark.parametrize("revenue", ["deals", "invoices", "mrr"])
def test_a_message_has_every_value_its_wording_mentions_and_no_other(draw: Draw, revenue: str) -> None:
    found = list(_all_said(draw(17, revenue)))
    assert len({message.id for message in found}) > 10
    for message in found:
        wording = catalogue("en")[message.id]
        texts = [wording] if isinstance(wording, str) else [wording["one"], wording["other"]]
        for text in texts:
            assert set(PLACEHOLDER.findall(text)) == set(message.values)
        assert isinstance(wording, str) or wording["by"] in message.values
