"""The blocks of leaving and of channels: sentences are worded, long lists are cut and say so, tables fit a phone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from salesgoals_kit.company import load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, make_sample
from salesgoals_kit.insight.audience import Range
from salesgoals_kit.insight.channels import Channels, channels
from salesgoals_kit.insight.contrast import Finding, findings
from salesgoals_kit.insight.leaving import Entering, Leaving, entering, leaving, moments_of
from salesgoals_kit.insight.losing import moments
from salesgoals_kit.insight.shift import best_shift, shift
from salesgoals_kit.insight.tenure import Cells, cells_of, hazards
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report.blocks import Block
from salesgoals_kit.report.channels import channels_block
from salesgoals_kit.report.hazard import worth_drawing
from salesgoals_kit.report.leaving import MOST, leaving_block
from salesgoals_kit.report.text import Texts

PARAMS = Path(__file__).parents[2] / "params" / "company.yaml"


@pytest.fixture(scope="module")
def tables() -> Tables:
    company = load_company(PARAMS, TABLES, CATALOGUE)
    return tables_from_frames(make_sample(7).tables, company, LAST_DAY, known_on=LAST_DAY)


@pytest.fixture(scope="module")
def left(tables: Tables) -> Leaving:
    return leaving(tables)


@pytest.fixture(scope="module")
def won(tables: Tables) -> Channels:
    return channels(tables)


@pytest.fixture(scope="module")
def chosen(left: Leaving, won: Channels) -> tuple[Finding, ...]:
    return findings((*left.contrasts, *won.contrasts))


@pytest.fixture(scope="module")
def leaving_page(texts: Texts, tables: Tables, left: Leaving, chosen: tuple[Finding, ...]) -> Block:
    return leaving_block(texts, left, entering(tables, moments_of(chosen)), chosen)


@pytest.fixture(scope="module")
def channels_page(texts: Texts, tables: Tables, won: Channels, chosen: tuple[Finding, ...]) -> Block:
    return channels_block(texts, won, best_shift(tables, COMPANY, won), chosen)


def test_the_heading_is_the_finding(leaving_page: Block, channels_page: Block) -> None:
    assert leaving_page.headings[0].text == "After 9 months customers leave more often than before and after it"
    first = channels_page.headings[0].text
    assert re.fullmatch(r"A customer costs €\d+ through Referral and €[\d,]+ through Paid search", first)
    texts = [heading.text for heading in channels_page.headings]
    assert any(text.startswith("Moving 10\u00a0% of the spend on Events to Website") for text in texts)


def test_where_no_move_of_spend_gains_there_is_no_heading_of_one(texts: Texts, tables: Tables, won: Channels) -> None:
    best = best_shift(tables, COMPANY, won)
    assert best is not None and best.gains
    loss, gain = Range(-900.0, -400.0, 50.0), Range(100.0, 700.0, 2000.0)
    none = channels_block(texts, won, replace(best, gain=gain, lifetime=loss))
    assert not [one for one in none.headings if one.text.startswith("Moving")]
    assert "gains nothing" in none.plain
    later = channels_block(texts, won, replace(best, gain=loss, lifetime=gain))
    (head,) = [one.text for one in later.headings if one.text.startswith("Moving")]
    assert head.endswith("\u20ac700 of margin, but not in the first year")
    year = channels_block(texts, won, replace(best, gain=loss, lifetime=None, lifetime_chance=None))
    assert "gains nothing" in year.plain


def test_the_chart_says_the_moment_to_those_who_do_not_see_it(leaving_page: Block) -> None:
    alt = re.search(r'id="chart-hazard".*?alt="([^"]*)"', leaving_page.html, re.S)
    assert alt is not None
    assert alt[1].startswith("After 9 months 4.3")


def test_the_list_for_action_is_cut_and_says_so(leaving_page: Block, tables: Tables) -> None:
    found = re.search(r'<table[^>]*id="table-entering".*?</table>', leaving_page.html, re.S)
    assert found is not None
    count = len(entering(tables, (9,)).customers)
    assert count > MOST
    assert found[0].count("<tr") == MOST + 1
    assert f"The {MOST} who pay most, of {count}" in found[0]


def test_every_sentence_is_worded(texts: Texts, left: Leaving, won: Channels, tables: Tables) -> None:
    for one in (*left.contrasts, *won.contrasts):
        assert len(texts.text(one.said)) > 40
    for giving, taking in (("Paid search", "Referral"), ("Website", "Paid search")):
        moved = shift(tables, COMPANY, won, giving, taking)
        assert moved is not None
        assert all(texts.text(one) for one in moved.said)
    month = [one.said for one in moments(_one_month())]
    assert all("first month" in texts.text(one) for one in month)


def _one_month() -> Cells:
    rows = pd.DataFrame([(0, 1, 1, 1, 30), (0, 1, 1, 0, 300)], columns=["start", "entry", "last", "lost", "lives"])
    return cells_of(rows)


def test_tables_fit_a_phone(leaving_page: Block, channels_page: Block) -> None:
    for page in (leaving_page, channels_page):
        for table in re.findall(r"<table[^>]*>", page.html):
            assert "sg-stack" in table or "sg-side" in table


def test_what_a_table_shows_is_what_was_found(channels_page: Block, won: Channels) -> None:
    for one in won.channels:
        short, full = [line for line in channels_page.plain.split("\n") if line.startswith(f"{one.value} | ")][:2]
        assert (short.count("|"), full.count("|")) == (3, 6)
        assert full.split(" | ")[1].startswith(f"{short.split(' | ')[1]} (")
    assert "Referral | 13" in channels_page.plain


def test_without_findings_it_says_so_and_lists_nobody(texts: Texts, left: Leaving, won: Channels) -> None:
    page = leaving_block(texts, left)
    assert page.headings[0].text == "No month and no kind of customer stands out among those who leave"
    assert "table-entering" not in page.html
    nobody = Entering(pd.DataFrame(columns=["account_id", "name", "since", "month", "on", "mrr", "channel"]), 60, (9,))
    moment = findings([one for one in left.contrasts if one.effect == "moment"])
    assert "No customer comes to such a moment" in leaving_block(texts, left, nobody, moment).plain
    assert channels_block(texts, won).headings[0].text.startswith("A customer costs")


def test_what_is_lacking_is_said_and_no_error(texts: Texts) -> None:
    company = load_company(PARAMS, TABLES, CATALOGUE)
    deals = pd.DataFrame([{"deal_id": "D", "status": "won", "closed_at": date(2024, 1, 2)}])
    bare = tables_from_frames({"deals": deals}, company, date(2024, 12, 31))
    page = leaving_block(texts, leaving(bare))
    assert page.headings[0].text == "When customers leave cannot be told yet"
    assert "no table of subscriptions" in page.plain
    other = channels_block(texts, channels(bare))
    assert other.headings[0].text == "What channels bring cannot be told yet"
    assert "it takes the table leads" in other.plain
    no_team = pd.DataFrame([{"subscription_id": "1", "account_id": "A", "started_at": date(2024, 1, 1), "mrr": 1}])
    kept = tables_from_frames({"subscriptions": no_team}, company, date(2024, 12, 31))
    assert "which team they belong to" in leaving_block(texts, leaving(kept, Owner("North"))).plain
    assert "Nobody has left yet" in leaving_block(texts, leaving(kept)).plain


def test_months_that_few_have_come_to_are_not_drawn() -> None:
    found = pd.DataFrame({"month": [1, 2, 3], "at_risk": [5, 6, 2]})
    assert len(worth_drawing(found)) == 3
    assert hazards(_one_month())["month"].tolist() == [1]
